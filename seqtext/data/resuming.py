"""Go on with a file that an earlier run has begun to write."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from seqtext.data.files import FilePath, open_bytes
from seqtext.data.formats import FORMATS, format_of
from seqtext.errors import DataError


class Begun:
    """
    The whole rows of a file, as bytes; half a row at its end, which a killed process leaves, does not count.

    Parameters
    ----------
    stream
        The file, open for reading.
    source
        Its name, for messages.
    quote
        As `Format` has it.
    has_header
        Whether its first row is none of those that `take` counts.

    Attributes
    ----------
    rows
        How many have been taken.
    """

    def __init__(self, stream: BinaryIO, source: str, quote: bytes, *, has_header: bool) -> None:
        self.source = source
        self.rows = 0
        self._every = whole_rows(stream, quote)
        self._header = next(self._every, b"") if has_header else b""
        self._next = next(self._every, None)

    @property
    def is_at_end(self) -> bool:
        """Whether all rows have been taken."""
        return self._next is None

    def take(self, rows: int) -> bytes:
        """Return the next rows, at most so many, and before the first of them the header."""
        if self._next is None:
            return b""
        taken = [self._next, *islice(self._every, rows - 1)]
        header, self._header = self._header, b""
        self.rows += len(taken)
        self._next = next(self._every, None)
        return header + b"".join(taken)


def whole_rows(lines: "BinaryIO | Iterator[bytes]", quote: bytes) -> Iterator[bytes]:
    """
    Yield the rows in ``lines``; one goes on in the next line where a ``quote`` is still open.

    >>> list(whole_rows(iter([b'1,"two\\n', b'lines"\\n', b"2,half a li"]), b'"'))
    [b'1,"two\\nlines"\\n']
    """
    row: list[bytes] = []
    is_open = False
    for line in lines:
        row.append(line)
        is_open ^= bool(quote) and line.count(quote) % 2 == 1
        if not is_open and line.endswith(b"\n"):
            yield b"".join(row)
            row = []


def can_be_continued(path: FilePath, format: str | None) -> bool:
    """Return whether `open_begun` can open the file."""
    return FORMATS[format_of(path, format, "--format")[0]].quote is not None


@contextmanager
def open_begun(path: FilePath, format: str | None) -> Iterator[Begun | None]:
    """Open what has been written of a file, as `open_writer` would write it; None where there is nothing."""
    name, compression = format_of(path, format, "--format")
    quote = FORMATS[name].quote
    if quote is None:
        raise DataError(f"a {name} file cannot be continued; write csv or jsonl, or leave out --resume")
    if not Path(path).is_file():
        yield None
        return
    with open_bytes(path, compression) as stream:
        yield Begun(stream, str(path), quote, has_header=not FORMATS[name].any_columns)
