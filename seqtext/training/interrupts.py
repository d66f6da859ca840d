"""Ctrl-C and SIGTERM during long work: end it early, and lose nothing of what is done."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

from seqtext.training.progress import Progress

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts(threading.Event):
    """Whether somebody wants an end: set by the first Ctrl-C or SIGTERM, where the second is a KeyboardInterrupt."""

    def __init__(self) -> None:
        super().__init__()
        self.is_impatient = self.is_in_batch = False

    def again(self, *_: object) -> None:
        """Quit, after the batch; the third time at once."""
        is_third, self.is_impatient = self.is_impatient, True
        if is_third or not self.is_in_batch:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def batch(self) -> Iterator[None]:
        """Finish what is inside first: of a KeyboardInterrupt TensorFlow makes other errors, and prints some."""
        self.is_in_batch = True
        try:
            yield
        finally:
            self.is_in_batch = False
        if self.is_impatient:
            raise KeyboardInterrupt


@contextlib.contextmanager
def stop_on_interrupt(progress: Progress) -> Iterator[Interrupts]:
    """Turn the first Ctrl-C or SIGTERM into an event; the second is a KeyboardInterrupt, whatever it meets."""
    interrupted = Interrupts()

    def first(*_: object) -> None:
        for number in SIGNALS:
            signal.signal(number, interrupted.again)
        interrupted.set()
        with contextlib.suppress(RuntimeError):  # the signal may come while the same stream is being written to
            progress.say("stopping after this batch and keeping the best model so far; press Ctrl-C again to quit")

    with _handled(first):
        try:
            yield interrupted
        except Exception as error:
            if interrupted.is_impatient:
                raise KeyboardInterrupt from error
            raise


@contextlib.contextmanager
def hold_interrupts() -> Iterator[None]:
    """Finish what is inside first; an interrupt that came meanwhile is a KeyboardInterrupt at the end."""
    held: list[int] = []
    with _handled(lambda number, _: held.append(number)):
        yield
    if held:
        raise KeyboardInterrupt


@contextlib.contextmanager
def interrupt_on_sigterm() -> Iterator[None]:
    """Let SIGTERM do inside what Ctrl-C does."""
    with _handled(signal.default_int_handler):
        yield


@contextlib.contextmanager
def _handled(handler: Any) -> Iterator[None]:
    """Outside the main thread Python allows no signal handlers, and nothing is done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)
