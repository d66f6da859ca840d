"""What a person sees while a model trains: a moving line on a terminal, plain lines for epochs everywhere."""

import shutil
import time
from typing import TextIO

WATCHED = "validation_"


class Silent:
    """Shows nothing; the base of what shows something."""

    def say(self, line: str) -> None:
        """Tell one finished line."""

    def batch(self, epoch: int, epochs: int, done: float, loss: float) -> None:
        """Report a training step; ``done`` is the share of the epoch that is over."""

    def epoch(self, epoch: int, epochs: int, scores: dict[str, float]) -> None:
        """Report a finished epoch."""


class Lines(Silent):
    """
    Plain lines on ``stream``; on a terminal the running epoch is shown as well, a few times a second.

    Epochs that pass faster than one a second get a line only now and then, and the last one always.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.moves = stream.isatty()
        self.began: float | None = None
        self.shown = 0.0
        self.width = 0
        self.told = 0.0
        self.held_back: str | None = None

    def say(self, line: str) -> None:
        lines = [line] if self.held_back is None else [self.held_back, line]
        self.held_back = None
        self._clear()
        self.stream.write("".join(f"{one}\n" for one in lines))
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
        line = f"epoch {epoch}/{epochs}  [{bar:.<20}]  loss {loss:.3f}{left}"[: shutil.get_terminal_size().columns - 1]
        self._clear()
        self.stream.write(line)
        self.stream.flush()
        self.width = len(line)

    def epoch(self, epoch: int, epochs: int, scores: dict[str, float]) -> None:
        now = time.monotonic()
        elapsed = now - (self.began or now)
        learned = [f"{_shown(name)} {value:.3f}" for name, value in scores.items() if not name.startswith(WATCHED)]
        watched = [f"{_shown(name)} {value:.3f}" for name, value in scores.items() if name.startswith(WATCHED)]
        parts = [f"epoch {epoch}/{epochs}", ", ".join(learned)]
        parts += [f"validation {', '.join(watched)}"] if watched else []
        left = f", at most {clock(elapsed / epoch * (epochs - epoch))} left" if epoch < epochs else ""
        line = f"{'  '.join(parts)}  ({clock(elapsed)}{left})"
        self.held_back = None
        if now - self.told >= 1 or epoch == epochs:
            self.told = now
            self.say(line)
        else:
            self.held_back = line

    def _clear(self) -> None:
        if self.width:
            self.stream.write("\r" + " " * self.width + "\r")
            self.width = 0


def _shown(name: str) -> str:
    return name.removeprefix(WATCHED).replace("macro_f1", "macro-F1").replace("_", " ")


def clock(seconds: float) -> str:
    """
    Minutes and seconds, as a clock shows them.

    >>> clock(75.2), clock(3700)
    ('1:15', '1:01:40')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
