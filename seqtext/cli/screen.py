"""What commands print: JSON, foreign text, and what moves on a terminal during long work."""

import json
import shutil
import sys
import time
from typing import Any, TextIO

import click


def echo_json(value: Any) -> None:
    """Print ``value`` as JSON on standard output."""
    as_is = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
    click.echo(json.dumps(value, default=str, indent=1, ensure_ascii=not as_is))


def printable(text: str, most: int = 100) -> str:
    r"""
    One line of ``text`` for the screen: spaces folded, cut after ``most`` characters, control characters as ``?``.

    A text from a file may hold sequences that move the cursor or rename the window.

    >>> printable("two\n lines \x1b[2J")
    'two lines ?[2J'
    """
    folded = " ".join(text.split())
    safe = "".join(character if character.isprintable() else "?" for character in folded[: most + 1])
    return safe if len(folded) <= most else f"{safe[:most].rstrip()}…"


class Moving:
    """A line on a terminal that is written over; elsewhere nothing. It appears after a second of work."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.is_shown = self.stream.isatty()
        self.began = time.monotonic()
        self.drawn = self.began + 0.8
        self.width = 0

    def __enter__(self) -> "Moving":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def seconds(self) -> float:
        """Seconds since the work began."""
        return time.monotonic() - self.began

    def show(self, line: str) -> None:
        """Write ``line`` over the one before, at most five times a second."""
        if not self.is_shown or time.monotonic() < self.drawn + 0.2:
            return
        self.drawn = time.monotonic()
        line = line[: shutil.get_terminal_size().columns - 1]
        self.stream.write(f"\r{line.ljust(self.width)}")
        self.stream.flush()
        self.width = len(line)

    def end(self) -> None:
        """Leave no line behind."""
        if self.width:
            self.stream.write("\r" + " " * self.width + "\r")
            self.stream.flush()
            self.width = 0
