"""Ctrl-C and SIGTERM: the first ends training early, the second quits, and neither breaks into publishing."""

import signal
import threading

import pytest

from seqtext.training.interrupts import SIGNALS, hold_interrupts, stop_on_interrupt
from seqtext.training.progress import Progress


class Said(Progress):
    def __init__(self):
        self.lines = []

    def say(self, line):
        self.lines.append(line)


@pytest.fixture(autouse=True)
def handlers():
    """Every signal means afterwards what it meant before."""
    before = [signal.getsignal(number) for number in SIGNALS]
    yield
    assert [signal.getsignal(number) for number in SIGNALS] == before


every_signal = pytest.mark.parametrize("number", SIGNALS)


@every_signal
def test_a_second_interrupt_quits_whatever_tensorflow_makes_of_it(number):
    def interrupted_twice():
        signal.raise_signal(number)
        try:
            signal.raise_signal(number)
        except KeyboardInterrupt:
            raise TypeError from None

    with pytest.raises(KeyboardInterrupt), stop_on_interrupt(Said()):
        interrupted_twice()


@every_signal
def test_a_second_interrupt_waits_for_the_batch_and_a_third_does_not(number):
    done = []

    def learn(interrupts):
        with stop_on_interrupt(Said()) as interrupted, interrupted.batch():
            for _ in range(interrupts):
                signal.raise_signal(number)
            done.append(interrupts)

    learn(1)
    with pytest.raises(KeyboardInterrupt):
        learn(2)
    with pytest.raises(KeyboardInterrupt):
        learn(3)

    assert done == [1, 2]


def test_an_error_after_one_interrupt_is_that_error():
    def interrupted_once():
        signal.raise_signal(signal.SIGINT)
        raise TypeError

    with pytest.raises(TypeError), stop_on_interrupt(Said()):
        interrupted_once()


@every_signal
def test_the_first_interrupt_is_an_event_and_says_what_comes(number):
    said = Said()

    with stop_on_interrupt(said) as interrupted:
        signal.raise_signal(number)

    assert interrupted.is_set()
    assert said.lines == ["stopping after this batch and keeping the best model so far; press Ctrl-C again to quit"]


@every_signal
def test_the_second_interrupt_quits(number):
    with stop_on_interrupt(Progress()):
        signal.raise_signal(signal.SIGINT)

        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)


def test_an_interrupt_while_a_line_is_written_still_counts():
    class Busy(Progress):
        def say(self, line):
            raise RuntimeError("reentrant call inside <_io.BufferedWriter name='<stderr>'>")

    with stop_on_interrupt(Busy()) as interrupted:
        signal.raise_signal(signal.SIGINT)

    assert interrupted.is_set()


@every_signal
def test_an_interrupt_while_something_is_finished_is_heard_afterwards(number):
    done = []

    def finish():
        with hold_interrupts():
            signal.raise_signal(number)
            signal.raise_signal(number)
            done.append("published")

    with pytest.raises(KeyboardInterrupt):
        finish()

    assert done == ["published"]


def test_without_an_interrupt_nothing_happens():
    with hold_interrupts():
        pass


def test_an_error_while_something_is_finished_is_the_error():
    def fail():
        with hold_interrupts():
            signal.raise_signal(signal.SIGINT)
            raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        fail()


@pytest.mark.parametrize("use", [hold_interrupts, lambda: stop_on_interrupt(Progress())])
def test_outside_the_main_thread_nothing_is_changed(use):
    found = []

    def work():
        with use():
            found.append([signal.getsignal(number) for number in SIGNALS])

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()

    assert found == [[signal.getsignal(number) for number in SIGNALS]]
