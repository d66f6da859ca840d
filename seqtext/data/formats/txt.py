"""Plain text: every line is a text, whatever it holds."""

from collections.abc import Iterator
from typing import BinaryIO

from seqtext.data.files import text_lines
from seqtext.data.formats.shared import Columns, ReadOptions, chunked
from seqtext.errors import DataError


def read(stream: BinaryIO, where: str, rows: int, options: ReadOptions) -> Iterator[Columns]:
    lines = text_lines(stream, where, options.encoding, "\n")
    without_end = (line[:-2] if line.endswith("\r\n") else line.removesuffix("\n") for line in lines)
    texts: list[str] = []
    for texts in chunked(without_end, rows):
        yield {"text": [*texts]}
    if not texts:
        raise DataError(f"{where} is empty; expected a text per line")
