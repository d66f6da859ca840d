"""What a person sees while a model trains: a line that is written over on a terminal, lines for epochs everywhere."""

import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from seqtext.terminal import StatusLine, clock

WATCHED = "validation_"
PERIOD = 1.0  # seconds between two looks at work that tells nothing of itself
OF_ALL = ("loss", "accuracy", "macro_f1")


class Progress:
    """What training tells of itself; this one shows nothing."""

    def say(self, line: str) -> None:
        """Show one finished line."""

    def warn(self, line: str) -> None:
        """Show what may be wrong with the rows."""
        self.say(line)

    def batch(self, epoch: int, epochs: int, done: float, loss: float) -> None:
        """Report a training step; ``done`` is the share of the epoch that is over."""

    def epoch(self, epoch: int, epochs: int, scores: dict[str, float]) -> None:
        """Report a finished epoch."""

    @contextmanager
    def busy(self, work: str) -> Iterator[Callable[[float], None]]:
        """Show that some ``work`` is going on as long as it does; what is yielded is told which share of it is done."""
        yield lambda done: None


class Warnings(Progress):
    """Shows nothing but what may be wrong with the rows, which is a warning of Python."""

    def warn(self, line: str) -> None:
        warnings.warn(line, stacklevel=2)


class PrintedProgress(Progress):
    """
    Plain lines on ``stream``; on a terminal the running epoch is shown as well.

    Epochs that pass faster than one a second get a line only now and then, and the last one always.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.status = StatusLine(stream, delay=0)
        self.began: float | None = None
        self.first = 0  # epochs that were over when this training began, or went on
        self.printed = 0.0
        self.held_back: str | None = None

    def say(self, line: str) -> None:
        lines = [line] if self.held_back is None else [self.held_back, line]
        self.held_back = None
        self.status.clear()
        self.stream.write("".join(f"{one}\n" for one in lines))
        self.stream.flush()

    def batch(self, epoch: int, epochs: int, done: float, loss: float) -> None:
        if self.began is None:
            self.began, self.first = time.monotonic(), epoch - 1
        seconds = time.monotonic() - self.began
        total = (epoch - 1 - self.first + done) / (epochs - self.first)
        left = f"  about {clock(seconds * (1 - total) / total)} left" if seconds > 2 else ""
        self.status.show(f"epoch {epoch}/{epochs}  [{'#' * round(20 * done):.<20}]  loss {loss:.3f}{left}")

    @contextmanager
    def busy(self, work: str) -> Iterator[Callable[[float], None]]:
        began, share, is_over = time.monotonic(), 0.0, threading.Event()

        def at(done: float) -> None:
            nonlocal share
            share = done

        def show() -> None:
            while not is_over.wait(PERIOD):
                seconds = time.monotonic() - began
                bar = f"  [{'#' * round(20 * share):.<20}]" if share else ""
                left = f"  about {clock(seconds * (1 - share) / share)} left" if share and seconds > 2 else ""
                self.status.show(f"{work}{bar}  {clock(seconds)}{left}")

        # The work may be one call that takes minutes, so somebody else has to look at the clock.
        watch = threading.Thread(target=show, daemon=True)
        if self.status.is_shown:
            watch.start()
        try:
            yield at
        finally:
            is_over.set()
            if self.status.is_shown:
                watch.join()
            self.status.clear()

    def epoch(self, epoch: int, epochs: int, scores: dict[str, float]) -> None:
        now = time.monotonic()
        elapsed = now - (self.began or now)
        learned = [f"{_words(name)} {value:.3f}" for name, value in scores.items() if not name.startswith(WATCHED)]
        # Of several outputs macro-F1 alone: a line has to fit a screen, and history.csv has it all.
        watched = [
            f"{_words(name)} {value:.3f}"
            for name, value in scores.items()
            if name.startswith(WATCHED) and (name.removeprefix(WATCHED) in OF_ALL or name.endswith("macro_f1"))
        ]
        parts = [f"epoch {epoch}/{epochs}", ", ".join(learned)]
        parts += [f"validation {', '.join(watched)}"] if watched else []
        left = f", at most {clock(elapsed / (epoch - self.first) * (epochs - epoch))} left" if epoch < epochs else ""
        line = f"{'  '.join(parts)}  ({clock(elapsed)}{left})"
        self.held_back = None
        if now - self.printed >= 1 or epoch == epochs:
            self.printed = now
            self.say(line)
        else:
            self.held_back = line


def _words(name: str) -> str:
    return name.removeprefix(WATCHED).replace("macro_f1", "macro-F1").replace("_", " ")
