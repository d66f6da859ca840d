"""The line that is written over: on a terminal, not too often, and gone in the end."""

import io
import os

import pytest

from seqtext import terminal
from seqtext.terminal import StatusLine, clock


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
    """What is left to see on a terminal."""
    return text.split("\r")[-1]


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (59.6, "1:00"), (75, "1:15"), (3_599, "59:59"), (3_600, "1:00:00")]
)
def test_clock(seconds, shown):
    assert clock(seconds) == shown


def test_a_shorter_line_covers_the_longer_one_before(time):
    stream = Terminal()
    status = StatusLine(stream, delay=0)

    status.show("100 rows")
    time[0] += 1
    status.show("2 rows")

    assert screen(stream.getvalue()) == "2 rows  "


def test_nothing_is_left_behind(time):
    stream = Terminal()
    with StatusLine(stream, delay=0) as status:
        status.show("100 rows")

    assert stream.getvalue().endswith("\r" + " " * len("100 rows") + "\r")


def test_short_work_shows_nothing(time):
    stream = Terminal()
    with StatusLine(stream) as status:
        time[0] += 0.9
        status.show("100 rows")

    assert stream.getvalue() == ""


def test_a_file_gets_nothing(time):
    stream = io.StringIO()
    with StatusLine(stream, delay=0) as status:
        status.show("100 rows")

    assert stream.getvalue() == ""


def test_it_is_written_a_few_times_a_second(time):
    stream = Terminal()
    status = StatusLine(stream, delay=0)
    for row in range(1_000):
        time[0] += 0.001
        status.show(f"row {row}")

    assert stream.getvalue().count("row") <= 6


def test_a_line_is_never_wider_than_the_terminal(time, monkeypatch):
    monkeypatch.setattr(terminal.shutil, "get_terminal_size", lambda: os.terminal_size((20, 24)))
    stream = Terminal()

    StatusLine(stream, delay=0).show("x" * 100)

    assert stream.getvalue() == "\r" + "x" * 19


def test_ctrl_c_while_the_command_is_imported_is_one_line(monkeypatch, capsys):
    from seqtext.__main__ import run

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("builtins.__import__", interrupted)
        with pytest.raises(SystemExit) as end:
            run()

    assert end.value.code == 130
    assert capsys.readouterr().err == "seqtext: stopped\n"
