"""Standard input that is still being written to: the rows that are there need not wait for those that are not."""

import io
import os
import select
import stat
import time
from typing import BinaryIO

PATIENCE = 0.1
PIECE = 1 << 16


class Arriving(io.BufferedIOBase):
    """
    Bytes from a pipe or a keyboard, which can tell whether another line is there.

    Parameters
    ----------
    stream
        Where they come from; it has a file descriptor, and hands out at once what it has.

    Attributes
    ----------
    taken
        How many lines the reader has taken out of what it was given.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.held = b""
        self.given = self.taken = 0
        self.is_at_end = False

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1, /) -> bytes:
        if not self.held:
            self._fill()
        data = self.held[:size] if size >= 0 else self.held
        self.held = self.held[len(data) :]
        self.given += data.count(b"\n")
        return data

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            return self.held + self.stream.read()
        parts, left = [], size
        while left and (part := self.read1(left)):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def has_line(self, patience: float = PATIENCE) -> bool:
        """Return whether the next line can be read, or the end; wait for it at most that many seconds."""
        last = time.monotonic() + patience
        while self.given <= self.taken and b"\n" not in self.held and len(self.held) < PIECE and not self.is_at_end:
            if not select.select([self.stream], [], [], max(0.0, last - time.monotonic()))[0]:
                return False
            self._fill()
        return True

    def _fill(self) -> None:
        more: bytes = self.stream.read1(PIECE)  # type: ignore[attr-defined]
        self.is_at_end = not more
        self.held += more


def arriving(stream: BinaryIO, encoding: str) -> BinaryIO:
    """Return ``stream``, as `Arriving` where the system can tell whether there is more, and lines end with a byte."""
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):  # not a file of the system, as in tests and notebooks
        return stream
    is_pipe = stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)
    ends_with_byte = "\n\n".encode(encoding).endswith(b"\n\n")
    return Arriving(stream) if is_pipe and ends_with_byte and os.name == "posix" else stream  # type: ignore[return-value]
