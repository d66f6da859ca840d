"""``seqtext classify`` works on several pieces at once, in threads and in processes, and nobody can tell."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("model")


@pytest.fixture
def many(write):
    """A file of five pieces."""
    words = ("lovely", "awful", "film", "dull")
    return write("many.txt", "\n".join(" ".join(words[(i * j) % 4] for j in range(i % 23)) for i in range(10_000)))


def test_several_processes_write_what_one_writes(run, many):
    run("classify", many, "-o", "one.csv")
    result = run("classify", many, "-o", "two.csv", "--jobs", 2)

    assert result.exit_code == 0
    assert Path("two.csv").read_bytes() == Path("one.csv").read_bytes()


def test_a_wrong_row_is_named_however_many_processes_read(refused, write):
    lines = ['{"text": "lovely"}'] * 4_096 + ['{"text": ["a", "b"]}']
    file = write("a.jsonl", "\n".join(lines))

    messages = {refused("classify", file, "-o", "out.csv", "--jobs", jobs) for jobs in (1, 2)}

    assert len(messages) == 1
    assert messages.pop() == "a.jsonl: row 4,097 of the column 'text' is a list, ['a', 'b'], expected a text"
    assert not Path("out.csv").exists()


def test_a_process_that_is_ended_from_outside_is_one_line(command, many):
    process = command("classify", many, "-o", "out.csv", "--jobs", 2)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        pytest.skip("needs /proc")
    while len(found := _workers(children)) < 2:
        assert process.poll() is None
        time.sleep(0.01)
    os.kill(found[0], signal.SIGKILL)

    said = process.communicate()[1].decode()

    assert said.startswith("seqtext: one of 2 processes ended before its work was done")
    assert process.returncode == 1
    assert not Path("out.csv").exists()


def _workers(children):
    """Processes that were spawned to work; one more keeps count of what they share."""
    found = []
    for number in children.read_text().split():
        line = Path(f"/proc/{number}/cmdline").read_bytes()
        if b"spawn_main" in line:
            found.append(int(number))
    return found


def test_rows_of_a_pipe_are_answered_where_they_fill_a_piece_exactly(command):
    process = command("classify", "-", "--format", "jsonl")
    process.stdin.write(b"lovely\n" * 2_048)
    process.stdin.flush()

    found = [json.loads(process.stdout.readline())["text"] for _ in range(2_048)]

    assert found == ["lovely"] * 2_048
