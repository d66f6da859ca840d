"""A line on a terminal that is written over during long work."""

import shutil
import sys
import time
from typing import TextIO


class StatusLine:
    """
    What is going on, on one line that is written over; nothing where the stream is no terminal.

    Parameters
    ----------
    stream
        Standard error by default.
    delay
        Seconds of work before the line first appears.
    """

    def __init__(self, stream: TextIO | None = None, *, delay: float = 1.0) -> None:
        self.stream = stream or sys.stderr
        self.is_shown = self.stream is not None and self.stream.isatty()  # standard error may be closed
        self.began = time.monotonic()
        self.next = self.began + delay
        self.width = 0

    def __enter__(self) -> "StatusLine":
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    @property
    def seconds(self) -> float:
        """Seconds since the work began."""
        return time.monotonic() - self.began

    def show(self, line: str) -> None:
        """Write ``line`` over the one before, at most five times a second."""
        now = time.monotonic()
        if not self.is_shown or now < self.next:
            return
        self.next = now + 0.2
        line = line[: shutil.get_terminal_size().columns - 1]
        self.stream.write(f"\r{line.ljust(self.width)}")
        self.stream.flush()
        self.width = len(line)

    def clear(self) -> None:
        """Leave no line behind."""
        if self.width:
            self.stream.write("\r" + " " * self.width + "\r")
            self.stream.flush()
            self.width = 0


def clock(seconds: float) -> str:
    """
    Return minutes and seconds, as a clock shows them.

    >>> clock(75.2), clock(3700)
    ('1:15', '1:01:40')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
