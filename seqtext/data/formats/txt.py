"""Plain text: every line is a text, whatever it holds."""

from collections.abc import Iterator
from typing import BinaryIO

from seqtext.data.files import text_lines
from seqtext.data.formats.shared import CELL_SIZE, Columns, ReadOptions, chunked


def read(stream: BinaryIO, where: str, rows: int, options: ReadOptions) -> Iterator[Columns]:
    lines = text_lines(stream, where, options.encoding, "\n", options.max_row_size)
    texts = (line[:-2] if line.endswith("\r\n") else line.removesuffix("\n") for line in lines)
    weigh = lambda text: CELL_SIZE + len(text)  # noqa: E731
    for chunk in chunked(texts, rows, f"{where} is empty; expected a text per line", weigh, stream):
        yield {"text": [*chunk]}
