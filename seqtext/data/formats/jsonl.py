"""JSON lines: an object per line; a key may appear in any of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from seqtext.data.files import text_lines
from seqtext.data.formats.shared import (
    CELL_SIZE,
    MAX_KEYS,
    Columns,
    Json,
    ReadOptions,
    WriteRows,
    WrongLines,
    as_json,
    as_text,
    as_value,
    chunked,
    length,
)
from seqtext.errors import DataError, listed


def read(stream: BinaryIO, where: str, rows: int, options: ReadOptions) -> Iterator[Columns]:
    lines = text_lines(stream, where, options.encoding, "\n", options.max_row_size)
    if_none = f"{where} is empty; expected a JSON object per line"
    yield from columns_of(_objects(lines, where), rows, if_none, where, stream)


def columns_of(
    objects: Iterator[dict[str, Any]], rows: int, if_none: str, where: str, stream: BinaryIO | None = None
) -> Iterator[Columns]:
    """The ``objects`` as columns, at most ``rows`` at a time; a column for every key that was there up to then."""
    names: dict[str, None] = {}

    def weigh(record: dict[str, Any]) -> int:
        names.update(dict.fromkeys(record))
        if len(names) > MAX_KEYS:
            raise DataError(
                f"{where} has more than {MAX_KEYS:,} keys ({listed(names, 3)}), each of which would be a column; "
                "gather those that differ from row to row under one key"
            )
        return CELL_SIZE * len(names) + sum(map(length, record.values()))

    for chunk in chunked(objects, rows, if_none, weigh, stream):
        if not names:
            raise DataError(f'{where} begins with objects that have no keys; expected such as {{"text": "..."}}')
        yield {name: [record.get(name) for record in chunk] for name in names}


class Repeated(ValueError):
    """A key that stands twice in an object."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise Repeated(next(key for key in keys if keys.count(key) > 1))
    return found


# A number with a point or an exponent stays as it is written: as a float it might have fewer digits, or be infinite.
DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=Json)


def as_values(record: dict[str, Any]) -> dict[str, Any]:
    """An object with texts, lists of texts or None for its values."""
    return {as_text(name) or "": as_value(own) for name, own in record.items()}


def _objects(lines: Iterator[str], where: str) -> Iterator[dict[str, Any]]:
    """Yield the objects, their values as text, up to the first wrong line; all wrong ones are reported in the end."""
    wrong = WrongLines()
    for number, line in enumerate(lines, 1):
        if line.isspace():
            continue
        try:
            value = DECODER.decode(line)
            record = as_values(value) if isinstance(value, dict) and not wrong.count else {}
        except Repeated as error:
            wrong.add(number, f"has the key {str(error)!r:.60} twice")
            continue
        except (ValueError, RecursionError):  # ValueError: also a number of more than 4,300 digits
            wrong.add(number, "is not JSON")
            continue
        if not isinstance(value, dict):
            wrong.add(number, f"is a {type(value).__name__}")
        elif not wrong.count:
            yield record
    if wrong.count:
        first, found = next(iter(wrong.first.items()))
        several = f"{wrong.count:,} lines are not JSON objects: {wrong}; "
        raise DataError(
            f"{where}: {several if wrong.count > 1 else ''}line {first} {found}; "
            'expected lines such as {"text": "..."}'
        )


@contextmanager
def write(stream: BinaryIO) -> Iterator[WriteRows]:
    def write_rows(columns: Mapping[str, Sequence[Any]]) -> None:
        fields = ([f"{as_json(name)}: {as_json(value)}" for value in own] for name, own in columns.items())
        stream.write("".join(f"{{{', '.join(row)}}}\n" for row in zip(*fields, strict=True)).encode())

    yield write_rows
