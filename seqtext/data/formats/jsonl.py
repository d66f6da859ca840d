"""JSON lines: an object per line; a key may appear in any of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from seqtext.data.files import text_lines
from seqtext.data.formats.shared import Columns, ReadOptions, WriteRows, as_value, chunked, line_numbers
from seqtext.errors import DataError, plural


def read(stream: BinaryIO, where: str, rows: int, options: ReadOptions) -> Iterator[Columns]:
    names: dict[str, None] = {}
    objects = _objects(text_lines(stream, where, options.encoding, "\n"), where)
    for chunk in chunked(objects, rows, f"{where} is empty; expected a JSON object per line"):
        names.update(dict.fromkeys(name for record in chunk for name in record))
        yield {name: [as_value(record.get(name)) for record in chunk] for name in names}


def _objects(lines: Iterator[str], where: str) -> Iterator[dict[str, Any]]:
    """Yield the objects up to the first wrong line; all wrong ones are reported in the end."""
    wrong: dict[int, str] = {}
    for number, line in enumerate(lines, 1):
        if line.isspace():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):  # ValueError: also a number of more than 4,300 digits
            wrong[number] = "not JSON"
            continue
        if not isinstance(value, dict):
            wrong[number] = f"a {type(value).__name__}"
        elif not wrong:
            yield value
    if wrong:
        first, found = next(iter(wrong.items()))
        raise DataError(
            f"{where}: {plural(len(wrong), 'line')} {'is' if len(wrong) == 1 else 'are'} not a JSON object: "
            f'{line_numbers(list(wrong))} (line {first} is {found}); expected lines such as {{"text": "..."}}'
        )


@contextmanager
def write(stream: BinaryIO) -> Iterator[WriteRows]:
    encode = json.JSONEncoder(ensure_ascii=False, default=lambda scalar: scalar.item()).encode

    def write_rows(columns: Mapping[str, Sequence[Any]]) -> None:
        rows = zip(*columns.values(), strict=True)
        lines = (encode(dict(zip(columns, row, strict=True))) + "\n" for row in rows)
        stream.write("".join(lines).encode("utf-8", "replace"))

    yield write_rows
