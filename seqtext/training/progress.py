"""What a person sees while a model trains: a moving line on a terminal, one plain line per epoch elsewhere."""

import time
from typing import TextIO


class Silent:
    """Shows nothing; the base of what shows something."""

    def say(self, line: str) -> None:
        """Tell one finished line."""

    def batch(self, epoch: int, epochs: int, done: float, loss: float) -> None:
        """Report a training step; ``done`` is the share of the epoch that is over."""

    def epoch(self, epoch: int, epochs: int, scores: dict[str, float]) -> None:
        """Report a finished epoch."""


class Lines(Silent):
    """Plain lines on ``stream``; on a terminal the running epoch is shown as well, a few times a second."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.moves = stream.isatty()
        self.began: float | None = None
        self.shown = 0.0
        self.width = 0

    def say(self, line: str) -> None:
        self._clear()
        self.stream.write(f"{line}\n")
        self.stream.flush()

    def batch(self, epoch: int, epochs: int, done: float, loss: float) -> None:
        now = time.monotonic()
        self.began = self.began or now
        if not self.moves or now - self.shown < 0.2:
            return
        self.shown = now
        total = (epoch - 1 + done) / epochs
        bar = "#" * round(20 * done)
        left = f"  about {clock((now - self.began) * (1 - total) / total)} left" if now - self.began > 2 else ""
        line = f"epoch {epoch}/{epochs}  [{bar:.<20}]  loss {loss:.3f}{left}"
        self._clear()
        self.stream.write(line)
        self.stream.flush()
        self.width = len(line)

    def epoch(self, epoch: int, epochs: int, scores: dict[str, float]) -> None:
        elapsed = time.monotonic() - (self.began or time.monotonic())
        parts = [
            f"epoch {epoch}/{epochs}",
            *(f"{name.replace('_', ' ')} {value:.3f}" for name, value in scores.items()),
        ]
        left = f", at most {clock(elapsed / epoch * (epochs - epoch))} left" if epoch < epochs else ""
        self.say(f"{'  '.join(parts)}  ({clock(elapsed)}{left})")

    def _clear(self) -> None:
        if self.width:
            self.stream.write("\r" + " " * self.width + "\r")
            self.width = 0


def clock(seconds: float) -> str:
    """
    Minutes and seconds, as a clock shows them.

    >>> clock(75.2), clock(3700)
    ('1:15', '1:01:40')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
