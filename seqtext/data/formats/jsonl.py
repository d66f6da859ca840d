"""JSON lines: an object per line; a key may appear in any of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from seqtext.data.files import text_lines
from seqtext.data.formats.shared import Columns, ReadOptions, WriteRows, as_text, chunked, line_numbers
from seqtext.errors import DataError


def read(stream: BinaryIO, where: str, rows: int, options: ReadOptions) -> Iterator[Columns]:
    wrong: dict[int, str] = {}

    def objects() -> Iterator[dict[str, Any]]:
        for number, line in enumerate(text_lines(stream, where, options.encoding, "\n"), 1):
            if line.isspace():
                continue
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):  # ValueError: also a number of more than 4,300 digits
                wrong[number] = "not JSON"
                continue
            if isinstance(value, dict):
                yield value
            else:
                wrong[number] = f"a {type(value).__name__}"

    names: dict[str, None] = {}
    chunk: list[dict[str, Any]] = []
    for chunk in chunked(objects(), rows):
        names.update(dict.fromkeys(name for record in chunk for name in record))
        if not wrong:
            yield {name: [as_text(record.get(name)) for record in chunk] for name in names}
    if wrong:
        count = "1 line is" if len(wrong) == 1 else f"{len(wrong):,} lines are"
        first, found = next(iter(wrong.items()))
        raise DataError(
            f"{where}: {count} not a JSON object: {line_numbers(list(wrong))} (line {first} is {found}); "
            'expected lines such as {"text": "..."}'
        )
    if not chunk:
        raise DataError(f"{where} is empty; expected a JSON object per line")


@contextmanager
def write(stream: BinaryIO) -> Iterator[WriteRows]:
    encode = json.JSONEncoder(ensure_ascii=False, default=lambda scalar: scalar.item()).encode

    def write_rows(columns: Mapping[str, Sequence[Any]]) -> None:
        rows = zip(*columns.values(), strict=True)
        lines = (encode(dict(zip(columns, row, strict=True))) + "\n" for row in rows)
        stream.write("".join(lines).encode("utf-8", "replace"))

    yield write_rows
