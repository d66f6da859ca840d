"""What a person sees of training, on a terminal and in a file."""

import io
from time import sleep

import pytest

from seqtext import terminal
from seqtext.training import progress
from seqtext.training.progress import PrintedProgress, Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def time(monkeypatch):
    """A clock that is put forward by hand: ``time[0] += seconds``."""
    now = [100.0]
    monkeypatch.setattr(terminal.time, "monotonic", lambda: now[0])
    return now


def screen(text):
    """What is left to see on a terminal, line by line."""
    return [line.split("\r")[-1] for line in text.split("\n")]


def test_silence_says_nothing(capsys):
    silent = Progress()
    silent.say("hello")
    silent.batch(1, 2, 0.5, 0.1)
    silent.epoch(1, 2, {"loss": 0.1})

    assert capsys.readouterr() == ("", "")


def test_a_file_gets_a_plain_line_for_every_slow_epoch(time):
    stream = io.StringIO()
    lines = PrintedProgress(stream)

    lines.say("3 rows")
    for epoch in (1, 2):
        for step in range(50):
            time[0] += 0.1
            lines.batch(epoch, 2, step / 50, 0.5)
        lines.epoch(epoch, 2, {"loss": 0.25, "validation_macro_f1": 0.5})

    assert stream.getvalue() == (
        "3 rows\n"
        "epoch 1/2  loss 0.250  validation macro-F1 0.500  (0:05, at most 0:05 left)\n"
        "epoch 2/2  loss 0.250  validation macro-F1 0.500  (0:10)\n"
    )


def test_a_terminal_shows_the_running_epoch_and_leaves_only_finished_lines(time):
    stream = Terminal()
    lines = PrintedProgress(stream)
    for step in range(50):
        time[0] += 0.1
        lines.batch(1, 2, (step + 1) / 50, 0.5)
    running = stream.getvalue()
    lines.epoch(1, 2, {"loss": 0.25})

    assert "epoch 1/2  [##########..........]  loss 0.500  about 0:07 left" in running
    assert screen(stream.getvalue()) == ["epoch 1/2  loss 0.250  (0:05, at most 0:05 left)", ""]


def test_what_is_left_of_a_training_that_goes_on_is_told_by_the_epochs_since_then(time):
    stream = io.StringIO()
    lines = PrintedProgress(stream)
    lines.batch(9, 10, 0.1, 0.5)
    time[0] += 20
    lines.epoch(9, 10, {"loss": 0.25})

    assert stream.getvalue() == "epoch 9/10  loss 0.250  (0:20, at most 0:20 left)\n"


def test_an_epoch_without_batches_takes_no_time():
    stream = io.StringIO()

    PrintedProgress(stream).epoch(1, 1, {"loss": 1.0})

    assert stream.getvalue() == "epoch 1/1  loss 1.000  (0:00)\n"


def test_of_fast_epochs_a_line_comes_now_and_then_and_the_last_always(time):
    stream = io.StringIO()
    lines = PrintedProgress(stream)

    for epoch in range(1, 7):
        time[0] += 0.4
        lines.batch(epoch, 6, 1, 0.5)
        lines.epoch(epoch, 6, {"loss": 0.25})
    lines.say("done")

    assert [line.split()[1] for line in stream.getvalue().splitlines()[:-1]] == ["1/6", "4/6", "6/6"]
    assert stream.getvalue().endswith("\ndone\n")


def test_long_work_shows_that_it_is_alive_and_how_far_it_is(monkeypatch):
    monkeypatch.setattr(progress, "PERIOD", 0.02)
    stream = Terminal()
    lines = PrintedProgress(stream)

    with lines.busy("scoring the model") as at:
        sleep(0.3)
        at(0.25)
        sleep(0.4)

    shown = stream.getvalue().split("\r")
    assert "scoring the model  0:00" in [line.rstrip() for line in shown]
    assert "scoring the model  [#####...............]  0:00" in [line.rstrip() for line in shown]
    assert shown[-1] == ""


def test_a_file_is_not_told_that_work_goes_on(monkeypatch):
    monkeypatch.setattr(progress, "PERIOD", 0.01)
    stream = io.StringIO()

    with PrintedProgress(stream).busy("scoring the model"):
        sleep(0.1)

    assert stream.getvalue() == ""


def test_work_that_fails_leaves_no_line_behind(monkeypatch):
    monkeypatch.setattr(progress, "PERIOD", 0.01)
    stream = Terminal()

    def stop():
        sleep(0.1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), PrintedProgress(stream).busy("scoring the model"):
        stop()
    sleep(0.1)

    assert screen(stream.getvalue()) == [""]
