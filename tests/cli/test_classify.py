"""``seqtext classify``: row i out is row i in, with its label."""

import csv
import errno
import gzip
import json
import os
import re
import signal
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("model")

TEXTS = ["what a lovely film", "what a waste of time", "dull and stupid"]


# ------------------------------------------------------------------------------------------ what comes out


def test_a_csv_file_keeps_its_columns_and_gets_label_and_score(run, write, rows_of):
    file = write("films.csv", id=["1", "2", "3"], text=TEXTS)

    rows = rows_of(run("classify", file).stdout)

    assert list(rows[0]) == ["id", "text", "label", "score"]
    assert [(row["id"], row["text"]) for row in rows] == list(zip("123", TEXTS, strict=True))
    assert {row["label"] for row in rows} <= {"happy", "sad"}
    assert all(0.5 <= float(row["score"]) <= 1 and len(row["score"]) <= 6 for row in rows)


def test_labels_are_those_of_the_library(run, write, rows_of, reviews, model):
    from seqtext import load

    texts, _ = reviews

    rows = rows_of(run("classify", write("a.csv", text=texts)).stdout)

    assert [row["label"] for row in rows] == load(model).predict(texts).tolist()


def test_a_txt_file_is_a_text_per_line(run, write, rows_of):
    rows = rows_of(run("classify", write("a.txt", "lovely\n\nawful, truly\n")).stdout)

    assert [row["text"] for row in rows] == ["lovely", "", "awful, truly"]


HOSTILE = [
    "",
    "NaN",
    "None",
    'say "hi"',
    "two\nlines",
    "two\r\nlines",
    " spaces ",
    "a,b;c\td",
    "🙂👩‍👩‍👧",
    "é" * 5_000,
    "=1+1",
]


def test_hostile_texts_come_back_as_they_are(run, write):
    file = write("hostile.csv", n=list(range(len(HOSTILE))), text=HOSTILE)

    result = run("classify", file, "-o", "out.csv")

    with open("out.csv", encoding="utf-8", newline="") as out:
        rows = list(csv.DictReader(out))
    assert result.exit_code == 0
    assert [row["text"] for row in rows] == HOSTILE


def test_standard_input_is_a_text_per_line(run, rows_of):
    rows = rows_of(run("classify", "-", input="lovely\nawful\n").stdout)

    assert [row["text"] for row in rows] == ["lovely", "awful"]


def test_standard_input_can_be_csv(run, rows_of):
    rows = rows_of(run("classify", "-", "--input-format", "csv", input="id,text\n7,lovely\n").stdout)

    assert rows[0]["id"] == "7"


def test_jsonl_in_is_jsonl_out(run, write):
    file = write("a.jsonl", '{"text": "lovely", "n": 1}\n{"text": null}\n')

    lines = [json.loads(line) for line in run("classify", file).stdout.splitlines()]

    assert [line["text"] for line in lines] == ["lovely", None]
    assert list(lines[0]) == ["text", "n", "label", "score"]
    assert isinstance(lines[0]["score"], float)


def test_jsonl_rows_come_out_as_they_went_in(run, write):
    row = '{"text": "lovely", "n": 0, "f": 1.0, "b": true, "o": {"a": [1, null]}, "id": "007"'

    out = run("classify", write("a.jsonl", row + "}\n")).stdout

    assert out.startswith(row + ', "label": "')


def test_a_number_is_read_as_a_text_and_written_as_a_number(run, write):
    assert run("classify", write("a.jsonl", '{"text": 12}\n')).stdout.startswith('{"text": 12, "label": "')


def test_a_folder_of_texts(run, write, rows_of):
    write("letters/2.txt", "lovely")
    write("letters/10.txt", "awful")

    rows = rows_of(run("classify", "letters").stdout)

    assert [(row["path"], row["text"]) for row in rows] == [("2.txt", "lovely"), ("10.txt", "awful")]


def test_compressed_in_and_out(run, write, rows_of):
    file = write("a.csv.gz", gzip.compress(b"text\nlovely\n"))

    result = run("classify", file, "-o", "out.csv.gz")

    assert rows_of(gzip.decompress(Path("out.csv.gz").read_bytes()).decode())[0]["text"] == "lovely"
    assert result.stdout == ""
    assert re.fullmatch(r"wrote out.csv.gz: 1 row labelled by models/mood \(.*labels happy, sad\)\n", result.stderr)


def test_parquet_out(run, write):
    parquet = pytest.importorskip("pyarrow.parquet")

    run("classify", write("a.csv", text=TEXTS), "-o", "out.parquet")

    assert parquet.read_table("out.parquet").column_names == ["text", "label", "score"]


def test_the_format_of_the_result_can_be_named(run, write):
    result = run("classify", write("a.csv", text=["lovely"]), "--format", "tsv")

    assert result.stdout.startswith("text\tlabel\tscore\n")


def test_a_file_is_never_overwritten_with_its_own_result(refused, write):
    file = write("a.csv", text=TEXTS)
    before = file.read_text()
    Path("link.csv").symlink_to("a.csv")

    for output in (file, "./a.csv", "link.csv"):
        assert "is the file that is read; give another -o" in refused("classify", file, "-o", output)
    assert file.read_text() == before


def test_a_result_that_is_replaced_is_said_to_be(run, write):
    file = write("a.csv", text=TEXTS)

    assert run("classify", file, "-o", "out.csv").stderr.startswith("wrote out.csv: 3 rows")
    assert run("classify", file, "-o", "out.csv").stderr.startswith("replaced out.csv: 3 rows")


def test_probabilities_of_every_label(run, write, rows_of):
    row = rows_of(run("classify", write("a.csv", text=["lovely"]), "--proba").stdout)[0]

    assert list(row) == ["text", "label", "score", "proba_happy", "proba_sad"]
    assert float(row["proba_happy"]) + float(row["proba_sad"]) == pytest.approx(1, abs=1e-3)
    assert row["score"] == row[f"proba_{row['label']}"]


def test_the_most_probable_labels_stand_in_order(run, write, rows_of):
    row = rows_of(run("classify", write("a.csv", text=["lovely"]), "--top-k", 5).stdout)[0]

    assert list(row) == ["text", "label", "score", "label_2", "score_2"]
    assert {row["label"], row["label_2"]} == {"happy", "sad"}
    assert float(row["score"]) >= float(row["score_2"])


def test_several_outputs_are_called_by_their_names(run, write, rows_of, pairs):
    file = write("a.csv", title=["lovely"], body=["a lovely film"])

    row = rows_of(run("classify", file, "-m", pairs).stdout)[0]

    assert list(row) == ["title", "body", "mood", "mood_score", "rain", "rain_score"]


def test_several_inputs_are_named_in_their_order(run, write, rows_of, pairs):
    swapped = write("a.csv", head=["lovely"], main=["a lovely film"])
    plain = write("b.csv", title=["lovely"], body=["a lovely film"])

    row = rows_of(run("classify", swapped, "-m", pairs, "--text", "head", "--text", "main").stdout)[0]

    assert row["mood_score"] == rows_of(run("classify", plain, "-m", pairs).stdout)[0]["mood_score"]


# ------------------------------------------------------------------------------------------ what is said


def test_answers_never_replace_a_column_of_the_file(run, write, rows_of):
    result = run("classify", write("a.csv", text=["lovely"], label=["mine"]))

    row = rows_of(result.stdout)[0]
    assert row["label"] == "mine"
    assert list(row) == ["text", "label", "predicted_label", "predicted_score"]
    assert result.stderr == (
        "a.csv has a column 'label' already, so the answers are in 'predicted_label', 'predicted_score'\n"
    )


def test_labelling_twice_keeps_both_answers(run, write, rows_of):
    once = run("classify", write("a.csv", text=["lovely"])).stdout
    twice = run("classify", write("b.csv", once)).stdout

    row = rows_of(run("classify", write("c.csv", twice)).stdout)[0]

    assert list(row)[-2:] == ["predicted2_label", "predicted2_score"]
    assert row["label"] == row["predicted_label"] == row["predicted2_label"]


def test_a_key_that_comes_late_is_not_overwritten(refused, write):
    lines = ['{"text": "lovely"}'] * 2048 + ['{"text": "awful", "label": "mine"}']

    message = refused("classify", write("a.jsonl", "\n".join(lines)), "-o", "out.jsonl")

    assert "brings the key 'label'" in message
    assert not Path("out.jsonl").exists()


def test_the_only_column_of_a_file_is_the_text_and_that_is_said(run, write):
    result = run("classify", write("a.csv", tweet=["lovely"]))

    assert result.exit_code == 0
    assert result.stderr == "reading the texts from the only column, 'tweet'\n"


def test_texts_that_are_empty_are_counted(run, write):
    result = run("classify", write("a.csv", text=["lovely", "", " ", "awful"]))

    assert result.stderr == "2 rows of 4 without any text: the label is what the model says of an empty text\n"


def test_a_delimiter_that_was_recognised_is_said(run, write, rows_of):
    result = run("classify", write("a.csv", "id;text\n1;lovely\n"))

    assert [(row["id"], row["text"]) for row in rows_of(result.stdout)] == [("1", "lovely")]
    assert result.stderr == "a.csv separates its columns by ';'; name another with --delimiter if that is wrong\n"


def test_nothing_is_said_when_there_is_nothing_to_say(run, write):
    assert run("classify", write("a.csv", text=["lovely"])).stderr == ""


def test_with_several_models_the_one_trained_last_is_taken_and_named(run, write, saved):
    import shutil

    shutil.copytree(saved, "models/newer")
    os.utime("models/newer/model.json", (2e9, 2e9))

    assert "labelled by models/newer, the model trained last" in run("classify", write("a.txt", "lovely\n")).stderr


# ------------------------------------------------------------------------------------------ bad input


BAD = [
    ("films.csv", "text\nlovely\n", ["flims.csv"], "there is no file flims.csv; did you mean 'films.csv'?"),
    ("a.csv", "", [], "a.csv is empty; expected a header line with column names, then rows"),
    ("a.txt", "", [], "a.txt is empty; expected a text per line"),
    ("a.csv", "id,text\n", [], r"a.csv has a header \('id', 'text'\) but no rows; expected a row per text"),
    (
        "a.csv",
        "id,body\n1,lovely\n",
        [],
        "a.csv has no column 'text', from which the model reads its texts; its columns are 'id', 'body'; "
        "say with --text which one to read",
    ),
    (
        "a.csv",
        "id,body\n1,lovely\n",
        ["a.csv", "--text", "bodi"],
        "a.csv has no column 'bodi'; its columns are 'id', 'body'; did you mean 'body'?",
    ),
    (
        "a.csv",
        "text\nlovely\n",
        ["a.csv", "--text", "text", "--text", "text"],
        r"the model reads 1 text \(text\), but --text names 2",
    ),
    ("a.csv", "id;text\nlovely\n", [], "a.csv has a single column, 'id;text', .* add --delimiter ';'"),
    ("a.txt", "lovely\n", [""], "the name of the file is empty; expected a file, a folder, or '-'"),
    ("a.txt", "lovely\n", ["a film"], "there is no file 'a film'; if that is a text, write: echo 'a film' . seqtext"),
    ("a.txt", "lovely\n", ["lovely"], "there is no file 'lovely'; if that is a text, write: echo lovely . seqtext"),
    ("a.txt", "lovely\n" + "x" * 501, ["a.txt", "--max-row-size", "500"], "a.txt, line 2 has more than 500 characters"),
    ("a.csv", 'text\n"a" b\n', [], ".* if quotes are ordinary characters in this file, add --no-quotes"),
    ("a.csv", b"text\ncaf\xe9\n", [], "a.csv, line 2: byte 0xe9 is not utf-8; .* or add --encoding cp1252"),
    ("a.doc", "lovely", [], "a.doc has the suffix '.doc'; expected .txt, .* or say what it is with --input-format"),
    ("a.txt", "lovely", ["a.txt", "-o", "out"], "out has no suffix .*, or say what it is with --format"),
    ("a.txt", "lovely", ["a.txt", "-o", "out.txt"], "cannot write out.txt: a txt file has no columns; choose csv"),
    ("a.txt", "lovely", ["a.txt", "-o", "no/out.csv"], "cannot write no/out.csv: there is no folder .*; make it"),
    ("empty/.hidden", "", ["empty"], "empty holds no .txt files; expected texts, or a folder of texts for each"),
]


@pytest.mark.parametrize(("name", "content", "options", "message"), BAD, ids=[row[-1][:60] for row in BAD])
def test_bad_input_is_answered_in_one_line(refused, write, name, content, options, message):
    file = write(name, content)
    before = sorted(map(str, Path().rglob("*")))

    said = refused("classify", *(options or [file]))

    assert re.match(message, said)
    assert sorted(map(str, Path().rglob("*"))) == before


@pytest.mark.parametrize(
    ("content", "option"),
    [
        ('text\n"a" b\n', ["--no-quotes"]),
        (b"text\ncaf\xe9\n", ["--encoding", "latin-1"]),
        ("id;text\n1;lovely\n", ["--delimiter", "semicolon"]),
        ("1,lovely\n", ["--no-header", "--text", "column2"]),
    ],
)
def test_the_options_that_messages_recommend_help(run, write, content, option):
    assert run("classify", write("a.csv", content), *option).exit_code == 0


def test_a_wrong_row_at_the_end_leaves_the_older_result_as_it_was(refused, write):
    rows = "".join(f"{i},lovely\n" for i in range(5_000))
    older = write("out.csv", "older\n")

    message = refused("classify", write("a.csv", f"id,text\n{rows}1,2,3\n"), "-o", older)

    assert "line 5002" in message
    assert older.read_text() == "older\n"
    assert not list(Path().glob(".out*"))


@pytest.mark.parametrize(
    ("number", "remedy"), [(errno.EACCES, "change its permissions or choose another"), (errno.ENOSPC, "free some or")]
)
def test_a_place_that_cannot_be_written_is_one_line(refused, write, monkeypatch, number, remedy):
    def refuse(descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)

    message = refused("classify", write("a.txt", "lovely\n"), "-o", "out.csv")

    assert message.startswith("cannot write out.csv: no ")
    assert remedy in message
    assert not Path("out.csv").exists()


# ------------------------------------------------------------------------------------------ as a process


@pytest.fixture
def many(write):
    """A file of 50,000 rows, about 20 MB."""
    words = np.array(["lovely", "awful", "film", "dull", "warm", "the", "of", "and", "a", "joy"])
    rng = np.random.default_rng(0)
    lines = (" ".join(row) for row in words[rng.integers(len(words), size=(50_000, 80))])
    return write("many.txt", "\n".join(lines))


def test_memory_does_not_grow_with_the_file(command, many, write):
    if not Path("/proc/self/status").exists():
        pytest.skip("needs /proc")
    few = write("few.txt", "\n".join(many.read_text().splitlines()[:5_000]))

    def peak(file):
        code = (
            "import sys; from seqtext.cli import main\n"
            f"main(['classify', {str(file)!r}, '-o', 'out.csv'], standalone_mode=False)\n"
            "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
        )
        return int(_output(code)) / 1024

    grown = peak(many) - peak(few)

    assert len(Path("out.csv").read_text().splitlines()) == 5_001
    assert grown < 15, f"{grown:.0f} MB more for a file of 20 MB"


def _output(code):
    import subprocess
    import sys

    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_a_reader_that_has_seen_enough_is_no_error(command, many):
    process = command("classify", many)

    first = process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    _, said = process.communicate()

    assert first == b"text,label,score\n"
    assert said == b""
    assert process.returncode == 0


def test_a_full_disk_behind_standard_output_is_one_line(command, write):
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    with open("/dev/full", "wb") as full:
        process = command("classify", write("a.txt", "lovely\n"), stdout=full)
        _, said = process.communicate()

    assert process.returncode == 1
    assert said.decode() == (
        "seqtext: cannot write standard output: no space left on the device; free some or choose another place\n"
    )


def interrupted(command, many, output):
    process = command("classify", many, "-o", output)
    while not any(path.stat().st_size for path in Path().glob(f".{output}.*")):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    return said.decode()


def test_ctrl_c_keeps_the_rows_that_are_done(command, many):
    said = interrupted(command, many, "out.csv")

    with open("out.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert re.fullmatch(rf"stopped: out.csv has the first {len(rows):,} rows of many.txt; go on with --resume\n", said)
    assert 0 < len(rows) < 50_000
    assert [row["text"] for row in rows] == many.read_text().splitlines()[: len(rows)]
    assert not list(Path().glob(".out.csv*"))


def test_ctrl_c_leaves_an_older_result_as_it_was(command, many, write):
    write("out.csv", "older\n")

    said = interrupted(command, many, "out.csv")

    assert said == "seqtext: stopped\n"
    assert Path("out.csv").read_text() == "older\n"
    assert not list(Path().glob(".out.csv*"))


def test_lines_from_a_pipe_are_answered_as_they_come(command):
    process = command("classify", "-", "--format", "jsonl")

    for text in ("lovely", "awful"):
        process.stdin.write(f"{text}\n".encode())
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["text"] == text


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_a_stream_that_is_closed_is_no_traceback(write, closed):
    import subprocess
    import sys

    write("a.txt", "lovely\n")
    file, sign = ("-", "<") if closed == 0 else ("a.txt", ">")
    line = f"exec {sys.executable} -m seqtext classify {file} {closed}{sign}&-"
    result = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)

    said = {0: "seqtext: standard input is closed; give a file", 1: "seqtext: standard output is closed; give", 2: ""}
    assert result.stderr.startswith(said[closed])
    assert result.returncode == (0 if closed == 2 else 1)


def test_a_console_that_knows_only_ascii_is_no_error(command, write, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    monkeypatch.setenv("PYTHONUTF8", "0")
    file = write("a.csv", text=["é lovely", "ü awful"], label=["sad", "happy"])

    out, said = command("evaluate", file).communicate()

    assert b"Traceback" not in said
    assert b"accuracy" in out


def test_objects_in_a_pipe_that_are_read_as_texts_are_told_of(run, model):
    line = '{"id": 0, "text": "lovely"}\n'

    assert "looks like a JSON object" in run("classify", "-", "-m", model, input=line).stderr
    assert "JSON" not in run("classify", "-", "-m", model, "--input-format", "txt", input=line).stderr
    assert "JSON" not in run("classify", "-", "-m", model, input="{lovely}\n" + line).stderr


def test_ctrl_c_waits_until_a_thread_has_started(run, write, model, monkeypatch):
    from concurrent.futures import ThreadPoolExecutor

    submit, submitted = ThreadPoolExecutor.submit, []

    def interrupted(self, *work):
        signal.raise_signal(signal.SIGINT)
        submitted.append(submit(self, *work))
        return submitted[-1]

    monkeypatch.setattr(ThreadPoolExecutor, "submit", interrupted)

    assert run("classify", write("films.csv", text=["a film"]), "-o", "out.csv").exit_code == 130
    assert len(submitted) == 1
