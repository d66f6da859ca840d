"""Plain text: every line is a text, whatever it holds."""

from collections.abc import Iterator
from typing import BinaryIO

from seqtext.data.files import text_lines
from seqtext.data.formats.shared import Columns, ReadOptions, chunked


def read(stream: BinaryIO, where: str, rows: int, options: ReadOptions) -> Iterator[Columns]:
    lines = text_lines(stream, where, options.encoding, "\n")
    without_end = (line[:-2] if line.endswith("\r\n") else line.removesuffix("\n") for line in lines)
    for texts in chunked(without_end, rows, f"{where} is empty; expected a text per line"):
        yield {"text": texts}
