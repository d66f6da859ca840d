"""``seqtext classify --resume``: what was stopped goes on, and becomes what it would have become."""

import csv
import gzip
import re
import signal
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("model")

ROWS = [f'{i},"{"lovely" if i % 3 else "awful"}, as ""{i}""\nsaid"\n' for i in range(5_000)]


@pytest.fixture
def films(write):
    """A csv file that is read in three pieces, every text of two lines and with quotes."""
    return write("films.csv", "id,text\n" + "".join(ROWS))


@pytest.fixture
def whole(run, films):
    """What is written of it without a stop."""
    run("classify", films, "-o", "whole.csv")
    return Path("whole.csv").read_bytes()


@pytest.mark.parametrize("rows", [0, 1, 2_048, 3_000, 4_096, 5_000])
@pytest.mark.parametrize("torn", [b"", b'7,"half a r', b"12"], ids=["whole", "in quotes", "outside"])
def test_a_result_that_was_cut_off_anywhere_becomes_the_same(run, films, whole, rows, torn):
    header, *each = re.split(rb"(?<=[0-9])\n", whole[:-1].replace(b"score\n", b"score0\n", 1))
    begun = b"".join(row + b"\n" for row in [header.removesuffix(b"0"), *each[:rows]])
    Path("out.csv").write_bytes(begun + torn)

    result = run("classify", films, "-o", "out.csv", "--resume")

    assert len(each) == 5_000
    assert result.exit_code == 0, result.stderr
    assert Path("out.csv").read_bytes() == whole


def test_rows_that_are_done_are_not_labelled_again(run, films, whole, monkeypatch):
    from seqtext.model import TrainedModel

    asked = []
    probabilities = TrainedModel.probabilities
    monkeypatch.setattr(
        TrainedModel,
        "probabilities",
        lambda self, values, **others: asked.append(len(values["text"])) or probabilities(self, values, **others),
    )
    Path("out.csv").write_bytes(whole)

    run("classify", films, "-o", "out.csv", "--resume")

    assert sorted(asked) == [904, 2_048], "the first and the last piece, to see that they are the same"


@pytest.mark.parametrize("name", ["out.csv.gz", "out.jsonl", "out.tsv"])
def test_every_format_with_lines_can_be_continued(run, films, name):
    run("classify", films, "-o", name)
    found = Path(name).read_bytes()
    text = gzip.decompress(found) if name.endswith("gz") else found
    begun = text[: len(text) // 2]
    Path(name).write_bytes(gzip.compress(begun) if name.endswith("gz") else begun)

    result = run("classify", films, "-o", name, "--resume")

    assert result.exit_code == 0, result.stderr
    assert Path(name).read_bytes() == found


def test_where_nothing_was_written_it_begins(run, films, whole):
    run("classify", films, "-o", "new.csv", "--resume")

    assert Path("new.csv").read_bytes() == whole


@pytest.mark.parametrize(
    ("change", "options"),
    [
        (lambda text: text, ["--proba"]),
        (lambda text: text, ["--min-score", "0.999"]),
        (lambda text: text.replace("0,", "9,", 1), []),
        (lambda text: text.replace("4999", "9999"), []),
        (lambda text: text.replace("id,", "number,", 1), []),
    ],
    ids=["columns", "answers", "first row", "last row", "header"],
)
def test_a_result_of_something_else_is_refused_and_stays(refused, films, whole, change, options):
    Path("out.csv").write_bytes(whole)
    films.write_text(change(films.read_text()))

    message = refused("classify", films, "-o", "out.csv", "--resume", *options)

    assert message == (
        "out.csv is not what this run would write: another file, model or option made it; "
        "leave out --resume and choose another -o"
    )
    assert Path("out.csv").read_bytes() == whole


def test_a_result_with_more_rows_than_the_file_is_refused(refused, films, whole):
    Path("out.csv").write_bytes(whole)
    films.write_text("id,text\n" + "".join(ROWS[:3_000]))

    message = refused("classify", films, "-o", "out.csv", "--resume")

    assert message == "out.csv has more than the 3,000 rows of the file; leave out --resume and choose another -o"


def test_a_parquet_file_cannot_be_continued(refused, films):
    message = refused("classify", films, "-o", "out.parquet", "--resume")

    assert message == "a parquet file cannot be continued; write csv or jsonl, or leave out --resume"


@pytest.mark.parametrize("arguments", [["-", "-o", "out.csv"], ["films.csv"]])
def test_what_comes_or_goes_through_a_pipe_cannot_be_continued(run, films, arguments):
    result = run("classify", *arguments, "--resume", input="lovely\n")

    assert result.exit_code == 2
    assert "--resume needs a file to read from its beginning" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_a_signal_stopped_goes_on(command, run, write, number):
    many = write("many.txt", "\n".join(f"{i} lovely film and so on" for i in range(60_000)))
    process = command("classify", many, "-o", "out.csv")
    while not any(path.stat().st_size for path in Path().glob(".out.csv.*")):
        assert process.poll() is None
    process.send_signal(number)
    said = process.communicate()[1].decode()
    assert process.returncode == 130
    assert said.endswith("; go on with --resume\n")

    assert run("classify", many, "-o", "out.csv", "--resume").exit_code == 0

    with open("out.csv", newline="") as file:
        assert [row["text"] for row in csv.DictReader(file)] == many.read_text().splitlines()
