"""``seqtext train``: from a file to a scored model, and everything that can be wrong with the file."""

import errno
import importlib.util
import io
import json
import os
import pty
import re
import signal
import sys
from pathlib import Path

import pytest


@pytest.fixture
def films(write, reviews):
    """The reviews as a file with columns of other names."""
    texts, labels = reviews
    return write("films.csv", words=texts, mood=labels)


def train(*arguments):
    return ("train", *arguments, "--text", "words", "--label", "mood")


# ------------------------------------------------------------------------------------------ what comes out


def test_training_ends_with_scores_a_verdict_and_a_model(run, films, tiny_settings):
    result = run(*train("--data", films), *tiny_settings)

    assert result.exit_code == 0
    assert "Scores on 8 rows that training never saw" in result.stdout
    for contestant in ("this model", "linear model", "most frequent label"):
        assert re.search(rf"^{contestant} +[01]\.\d{{3}} +[01]\.\d{{3}}$", result.stdout, re.MULTILINE)
    assert re.search(r"^true \\ predicted +happy +sad$", result.stdout, re.MULTILINE)
    assert re.search(
        r"^wrote models/films \(bidirectional lstm 4 and bag of [^;]*, labels happy, sad; trained in 0:\d\d\): "
        r"accuracy [01]\.\d{3}, macro-F1 [01]\.\d{3}$",
        result.stdout,
        re.MULTILINE,
    )
    assert re.fullmatch(
        r"40 rows, 2 labels in the column 'mood': happy 20 \(50%\), sad 20 \(50%\)\n"
        r"32 rows for training \(20% of them for validation\), 8 held out for the score "
        r"\(equal texts kept on one side\)\n"
        r"chosen for these rows: .*validation_share 0\.2 \(few rows\).*\n"
        r"epoch 1/1  loss \d\.\d{3}  validation loss \d\.\d{3}, accuracy \d\.\d{3}, macro-F1 \d\.\d{3}  \(0:\d\d\)\n"
        r"saved to models/films; now scoring it and a linear model on 8 rows\n"
        r"label texts with it: seqtext classify FILE -m models/films\n",
        result.stderr,
    )
    assert os.listdir("models") == ["films"]
    assert run("classify", films, "--text", "words").exit_code == 0
    assert "the model has learned from " in run("evaluate", films).stderr


def test_evaluate_knows_texts_that_the_model_has_learned_from_by_what_they_hold(run, films, write, reviews):
    run(*train("--data", films, "--recipe", "linear", "--out", "models/films"))
    texts, labels = reviews
    mixed = write("other.csv", words=[*texts, "something else altogether"], mood=[*labels, labels[0]])

    shown = run("evaluate", mixed, "-m", "models/films")
    found = json.loads(run("evaluate", mixed, "-m", "models/films", "--json").stdout)

    assert re.search(r"^the model has learned from \d+ of these 41 texts: on new", shown.stderr, re.M)
    assert re.search(r"^on new texts only: accuracy ", shown.stdout, re.M)
    assert 30 < found["rows_seen_in_training"] < found["rows"] == 41


def test_texts_of_the_test_file_that_stand_in_the_training_rows_are_told_of(run, films, write, reviews):
    texts, labels = reviews
    test = write("test.csv", words=[texts[0].upper(), "something new"], mood=[labels[0], labels[0]])
    asked = train("--data", films, "--test", test, "--recipe", "linear", "--no-baseline")

    told = run(*asked, "--out", "told")
    dropped = run(*asked, "--out", "dropped", "--drop-overlap")

    assert "1 of 2 rows for the score has a text that stands in the training rows, too" in told.stderr
    assert "Scores on 2 rows, of which 1 has a text that training saw, too" in told.stdout
    assert "this model, new texts only" in told.stdout
    assert "of which 1 has a text that training saw, too" in Path("told/README.md").read_text()
    assert "left out 1 of 2 rows for the score, whose text stands in the training rows, too" in dropped.stderr
    assert "Scores on 1 row that training never saw" in dropped.stdout


def test_scores_on_texts_that_all_stand_in_the_training_rows_are_called_what_they_are(run, films):
    result = run(*train("--data", films, "--test", films, "--recipe", "linear", "--no-baseline"))

    assert "their scores tell nothing of new texts; give others as --test" in result.stderr
    assert "Scores on 40 rows with a text that training saw, too" in result.stdout
    assert "this model has learned from all of these texts" in result.stdout
    assert "never saw" not in result.stdout + Path("models/films/README.md").read_text()


def test_no_linear_model_is_made_where_none_is_wanted(run, films):
    result = run(*train("--data", films, "--recipe", "linear", "--no-baseline"))

    assert "now scoring it on 8 rows" in result.stderr
    assert "linear model  " not in result.stdout
    assert "and no other was scored beside it" in result.stdout


def test_scores_as_json_and_a_task_with_data_of_ones_own(run, films, write, reviews, tiny_settings):
    texts, labels = reviews
    test = write("test.csv", words=texts[:10], mood=labels[:10], more=range(10))
    shared = (*train("authors", "--data", films, "--test", test), *tiny_settings)

    result = run(*shared, "--json", "--seed", 7, "--set", "early_stopping=none", "--set", "validation_share=0")

    found = json.loads(result.stdout)
    manifest = json.loads(Path("models/authors/model.json").read_text())
    made, seed = manifest["made"], manifest["recipe"]["rows"]["seed"]
    assert found["model"] == "models/authors"
    assert found["scores"]["label"]["this model"]["rows"] == 10
    assert "40 rows for training, 10 rows of test.csv for the score\n" in result.stderr
    assert (made["recipe"], seed, made["rows"]["training"]) == ("authors", 7, 40)
    assert list(run(*train("--data", films, "--out", "models/authors")).stderr.splitlines()) == [
        "seqtext: models/authors holds a model already; give --force (in Python replace=True) or another folder"
    ]


@pytest.fixture
def mails(write, reviews):
    """The reviews as mails: two texts, whose columns have names of their own."""
    texts, labels = reviews
    return write("mails.csv", **{"Mail subject": [text[:9] for text in texts], "标题": texts, "Folder": labels})


def test_one_of_two_inputs_can_be_set_and_every_input_is_named_at_the_end(run, mails, tiny_settings):
    columns = ("--text", "Mail subject", "--text", "标题", "--label", "Folder")

    result = run("train", "--data", mails, *columns, *tiny_settings, "--set", "Mail subject.units=8")

    assert re.search(
        r"^wrote models/mails \(Mail subject: bidirectional lstm 8 and bag .*; 标题: bidirectional lstm 4 and bag ",
        result.stdout,
        re.MULTILINE,
    )
    assert run("classify", mails, "-m", "models/mails").exit_code == 0


def test_a_recipe_as_printed_gives_the_same_model(run, films, write, tiny_settings):
    run(*train("--data", films, "--out", "one"), *tiny_settings, "--recipe", "sentiment")
    write("mine.toml", run("inspect", "one", "--recipe").stdout)
    write("named.toml", run("recipes", "sentiment", "--toml").stdout)

    run(*train("--data", films, "--out", "two", "--recipe", "mine.toml"))
    run(*train("--data", films, "--out", "three", "--recipe", "named.toml"), *tiny_settings)

    weights = {Path(name, "weights.safetensors").read_bytes() for name in ("one", "two", "three")}
    assert len(weights) == 1


def test_no_limit_is_written_and_read_as_none(run, films, tiny_settings):
    assert re.search(r"^max_length +none$", run("recipes", "slides/gop-lstm").stdout, re.MULTILINE)

    run(*train("--data", films), *tiny_settings, "--set", "max_length=none")

    assert "at most" not in run("inspect", "models/films").stdout
    assert 'max_length = "none"' in run("inspect", "models/films", "--recipe").stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_training_early_and_the_model_is_scored(command, films, number):
    line = (*train("--data", films), "--set", "units=4", "--set", "epochs=10000", "--set", "early_stopping=none")
    process = command(*line, "--set", "validation_share=0")
    # The first line of an epoch tells that training has begun.
    for said in iter(process.stderr.readline, b""):
        if said.startswith(b"epoch 1/"):
            break
    process.send_signal(number)

    out, said = process.communicate(timeout=120)

    assert (process.returncode, b"Traceback" in said) == (0, False)
    assert b"stopping after this batch" in said
    assert b"Scores on 8 rows" in out
    assert json.loads(Path("models/films/model.json").read_text())["made"]["was_stopped"] is True


def test_a_disk_that_is_full_at_the_end_leaves_nothing(refused, films, tiny_settings, monkeypatch):
    def fail(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("seqtext.model_folder.os.fsync", fail)

    message = refused(*train("--data", films, "--out", "out/model"), *tiny_settings)

    assert re.match("the model cannot be written to out/model: [Nn]o space left on", message)
    assert os.listdir("out") == []


def test_on_a_terminal_progress_moves(films, tiny_settings):
    output = _on_a_terminal(*train("--data", films), *tiny_settings)

    assert re.search(r"epoch 1/1  \[[#.]{20}\]  loss \d", output)
    assert re.search(r"\r +\repoch 1/1  loss ", output)
    assert output.isascii()
    assert "tensorflow" not in output.lower()


def _on_a_terminal(*arguments):
    process, terminal = pty.fork()
    if not process:
        os.execv(sys.executable, [sys.executable, "-m", "seqtext", *map(str, arguments)])
    output = b""
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            piece = b""
        if not piece:
            break
        output += piece
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0, output.decode()
    return output.decode()


# ------------------------------------------------------------------------------------------ what is said


def test_a_guessed_column_is_said(run, write):
    file = write("a.csv", Tweet=["a b", "c d"], sentiment=["x", "x"], date=["1", "2"])

    lines = run("train", "--data", file).stderr.splitlines()

    assert lines[:2] == [
        "taking the texts from the column 'Tweet'; choose another with --text",
        "taking the labels from the column 'sentiment'; choose another with --label",
    ]


def test_rows_without_a_label_are_counted(run, write):
    file = write("a.csv", text=["a b", "c d", "e f"], label=["x", "", "x"])

    assert run("train", "--data", file).stderr.startswith("left out 1 row")


def test_the_bundled_sample_is_named_and_why():
    from seqtext.cli.training_rows import corpus_rows
    from seqtext.training.progress import PrintedProgress

    said = io.StringIO()

    rows, test, columns, title, corpus = corpus_rows("authors", False, PrintedProgress(said))

    assert said.getvalue() == (
        "corpus: the bundled sample authors.csv (the real corpus spooky is not here; "
        "'seqtext corpora list' tells how to get it)\n"
    )
    assert (len(rows) > 300, test, columns.outputs) == (True, None, {"label": "label"})
    assert (title, corpus) == ("the bundled sample authors.csv", "spooky")


def test_a_folder_with_the_parts_train_and_test_is_used_as_such(write):
    from seqtext.cli.training_rows import _official_parts
    from seqtext.data.dataset import read

    for part in ("train", "test"):
        for label in ("pos", "neg"):
            write(f"reviews/{part}/{label}/1.txt", f"{part} {label}")

    train, test = _official_parts(read("reviews"))

    assert train.column("text") == ["train neg", "train pos"]
    assert test.column("text") == ["test neg", "test pos"]


@pytest.mark.parametrize("package", ["tensorflow", "keras"])
def test_a_missing_package_is_said_before_the_work_begins(refused, films, monkeypatch, package):
    real = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == package else real(name))

    assert refused(*train("--data", films)) == (
        f"this needs the package '{package}', which is not installed; run: pip install 'seqtext[train]'"
    )


@pytest.mark.parametrize(
    ("gpus", "driver", "said"),
    [
        (["NVIDIA H200"], True, "training on the GPU NVIDIA H200\n"),
        ([], True, "training on the CPU: there is an NVIDIA GPU, but TensorFlow cannot use it; "),
        ([], False, ""),
        (None, True, "training with jax, the backend that Keras is set to\n"),
    ],
)
def test_a_gpu_is_spoken_of_only_where_there_is_one(monkeypatch, gpus, driver, said):
    from seqtext.cli.train import start_backend
    from seqtext.training.progress import PrintedProgress

    monkeypatch.setenv("KERAS_BACKEND", "tensorflow" if gpus is not None else "jax")
    monkeypatch.setattr("seqtext.training.quiet.import_tensorflow_quietly", lambda: gpus)
    # The package's name "train" is the command, no longer the module.
    module = importlib.import_module("seqtext.cli.train")
    monkeypatch.setattr(module, "NVIDIA_DRIVER", Path("/" if driver else "/nowhere"))
    stream = io.StringIO()

    start_backend(PrintedProgress(stream))

    assert stream.getvalue().startswith(said)
    assert bool(stream.getvalue()) == bool(said)


def test_validation_rows_may_come_from_a_file(run, films, write, tiny_settings):
    seen = write("seen.csv", words=["what a lovely film", "so so", "grim"], mood=["happy", "sad", "sad"])

    result = run(*train("--data", films, "--validation", seen), *tiny_settings)

    assert result.exit_code == 0
    assert "32 rows for training, 3 rows of seen.csv for validation, 8 held out for the score" in result.stderr
    assert "of 3 validation rows, the text stands again: 1 in a t" in result.stderr
    assert "3 validation" in run("inspect").stdout


def test_the_history_is_drawn(run, films, tiny_settings):
    result = run(*train("--data", films, "--plot", "a.png"), *tiny_settings)

    assert result.exit_code == 0
    assert Path("a.png").read_bytes().startswith(b"\x89PNG")
    assert "wrote a.png\n" in result.stderr
    assert run(*train("--data", films, "--plot", "a.png", "--recipe", "linear", "--force")).exit_code == 2


def test_a_validation_file_is_refused_before_training(refused, films, write):
    seen = write("seen.csv", words=["so so"], mood=["meh"])

    assert "meh" in refused(*train("--data", films, "--validation", seen))
    other = write("other.csv", text=["so so"], mood=["sad"])
    assert "other.csv has no column 'words'" in refused(*train("--data", films, "--validation", other))


# ------------------------------------------------------------------------------------------ bad input

ROWS = "".join(f"text number {i} of many,{'ab'[i % 2]}\n" for i in range(20))
ONE_LABEL = "text,label\n" + ROWS.replace(",b", ",a")


BAD = [
    (ROWS, ["--data", "b.csv"], "there is no file b.csv; did you mean 'a.csv'?"),
    (ROWS, ["--data", "no/b.csv"], "there is no folder no, so no file no/b.csv; check the path"),
    ("", [], "a.csv is empty; expected a header line with column names, then rows"),
    ("text,label\n", [], r"a.csv has a header \('text', 'label'\) but no rows; expected a row per text"),
    ("words,mood\n" + ROWS, [], "a.csv has the columns 'words', 'mood'; say with --text which holds the texts"),
    ("text,mood\n" + ROWS, [], "a.csv has the columns 'text', 'mood'; say with --label which holds the labels"),
    ("text,label\n" + ROWS, ["--text", "txet"], "a.csv has no column 'txet'; .*; did you mean 'text'?"),
    ("text,label\n" + ROWS, ["--label", "labels"], "a.csv has no column 'labels'; .*; did you mean 'label'?"),
    ("text,label\n" + ROWS, ["--label", "text"], "the column 'text' cannot be both text and label; name another"),
    ("text\nso\n", [], "a.csv has no labels, only the column 'text'; give a csv, tsv or jsonl file with a column"),
    ("text;label\n" + ROWS, [], "a.csv has a single column, .*; add --delimiter ';'"),
    (ONE_LABEL, [], "all .* rows have the label 'a' in 'label', so there is nothing to learn; give rows"),
    (ONE_LABEL + "so,rare\n", [], r"too few texts to both learn and test: 'rare' \(1 row\) has a single .*; add"),
    ("text,label\n" + ROWS.replace(",a", ",").replace(",b", ","), [], "no row of a.csv has a label in 'label'; na"),
    ("text,label\n" + ROWS + "x,a,b\n", [], "a.csv: 1 row does not have the 2 fields of the header: line 22"),
    ("text,label\n" + ",a\n,b\n" * 9, [], "too few texts to both learn and test|no split leaves every label"),
    ("text,label\n" + ROWS, ["--set", "title.units=8"], "the recipe has settings for the input 'title', but only"),
    ("text,label\n" + ROWS, ["--set", "mood.head=binary"], "the recipe has settings for the output 'mood', but only"),
    ("text,label\n" + ROWS, ["--recipe", "mine.toml"], "the recipe mine.toml cannot be read: No such file"),
    ("text,label\n" + ROWS, ["--recipe", "a.toml"], "the recipe a.toml is not valid TOML: "),
    ("text,label\n" + ROWS, ["--recipe", "b.toml"], "b.toml.text has an unknown key 'tokesn'; did you mean 'tokens'"),
    ("text,label\n" + ROWS, ["--out", "a.csv"], "a.csv is a file; give a folder as --out, nothing was touched"),
    ("text,label\n" + ROWS, ["--out", "."], "[.] exists and is not a model; give another --out, nothing was touc"),
    ("text,label\n" + ROWS, ["--out", "a.csv/model"], "the model cannot be written to a.csv/model: "),
]


@pytest.mark.parametrize(("content", "options", "message"), BAD, ids=[row[-1][:60] for row in BAD])
def test_bad_input_is_answered_in_one_line(refused, write, content, options, message):
    write("a.csv", content)
    write("a.toml", "= what")
    write("b.toml", '[text]\ntokesn = "words"\n')

    said = refused("train", *(() if "--data" in options else ("--data", "a.csv")), *options)

    assert re.match(message, said)
    assert [path for path in Path().rglob("*") if path.name not in ("a.csv", "a.toml", "b.toml", "models")] == []


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("text,mood\nso,a\n", "test.csv has no column 'label'; its columns are 'text', 'mood'"),
        ("text,label\nso,\n", "no row of test.csv has a label in 'label'"),
        ("text,label\nso,c\n", "label 'c'"),
        ("", "test.csv is empty; expected a header line"),
    ],
)
def test_a_bad_test_file_is_refused_before_training(refused, write, test, message):
    write("a.csv", "text,label\n" + ROWS)
    write("test.csv", test)

    assert message in refused("train", "--data", "a.csv", "--test", "test.csv")


def test_files_without_a_common_column_are_refused(refused, write):
    write("a.csv", "text,label\n" + ROWS)
    write("b.csv", "body,mood\n" + ROWS)

    assert refused("train", "--data", "a.csv", "--data", "b.csv") == (
        "b.csv has the columns 'body', 'mood', but a.csv has 'text', 'label'; "
        "give files that have the text and the label in columns of the same name"
    )


def test_of_files_with_different_columns_those_are_read_that_all_have(write, capsys):
    from seqtext.cli.training_rows import _joined
    from seqtext.data.dataset import Dataset

    first = Dataset({"id": ["1"], "text": ["good"], "label": ["x"]}, "a.csv")
    second = Dataset({"label": ["y"], "text": ["bad"], "predicted_label": ["x"], "predicted_score": ["0.9"]}, "b.csv")

    joined = _joined([first, second])

    assert joined.columns == {"text": ["good", "bad"], "label": ["x", "y"]}
    assert joined.source == "a.csv, b.csv"
    assert capsys.readouterr().err == (
        "leaving out 'id', 'predicted_label', 'predicted_score', which not all files have\n"
    )


def test_a_place_without_permission_is_refused_before_training(refused, write, monkeypatch):
    def fail(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("seqtext.atomic.new_folder", fail)
    write("a.csv", "text,label\n" + ROWS)

    assert re.match("the model cannot be written to models/a: ", refused("train", "--data", "a.csv"))


def test_a_bag_alone_is_trained_without_tensorflow(run, films, monkeypatch):
    for package in ("tensorflow", "keras"):
        monkeypatch.setitem(sys.modules, package, None)

    result = run(*train("--data", films, "--recipe", "linear"))

    assert result.exit_code == 0, result.stderr
    assert "wrote models/films (bag of words" in result.stdout


def test_a_setting_given_as_an_option_of_its_own_is_pointed_to_set(run, films):
    result = run(*train("--data", films, "--epochs", "3"))

    assert result.exit_code == 2
    assert "epochs is a setting: write --set epochs=VALUE" in result.stderr


def test_labels_with_too_few_rows_are_left_out_and_named(run, write, reviews):
    texts, labels = reviews
    file = write("rare.csv", words=[*texts, "something else"], mood=[*labels, "odd"])

    result = run(*train("--data", file, "--recipe", "linear", "--no-baseline", "--min-rows", "2"))

    assert "left out of 'mood': 'odd', with fewer than 2 rows each (1 row together)" in result.stderr
    assert "without a label" not in result.stderr, "it has one"
    assert "epochs" not in result.stderr, "a linear model has none"
    assert "this model is a linear one itself" in result.stdout
    assert "labels happy, sad;" in result.stdout


def test_labels_are_chosen_by_name(run, write, reviews, refused):
    texts, labels = reviews
    file = write("more.csv", words=[*texts, *(f"quite odd {i}" for i in range(20))], mood=[*labels, *["odd"] * 20])

    result = run(*train("--data", file, "--recipe", "linear", "--no-baseline", "--labels", "happy, odd"))

    assert "learning 'happy', 'odd' of the 3 labels" in result.stderr
    assert "labels happy, odd;" in result.stdout
    assert refused(*train("--data", file, "--labels", "hapy", "--out", "m")) == (
        "no row has the label 'hapy'; did you mean 'happy'?"
    )


def test_a_label_with_a_comma_is_chosen_in_quotes_as_it_is_shown(run, write, reviews):
    texts, labels = reviews
    odd = ["cut, colour"] * 20
    file = write("salon.csv", words=[*texts, *(f"a haircut {i}" for i in range(20))], mood=[*labels, *odd])

    result = run(*train("--data", file, "--recipe", "linear", "--no-baseline", "--labels", "'cut, colour', happy"))

    assert "learning 'cut, colour', 'happy' of the 3 labels" in result.stderr
    assert "labels 'cut, colour', happy;" in result.stdout
    checked = run("check", file, "--text", "words", "--label", "mood", "--labels", "'cut, colour'")
    assert "cut, colour" in checked.stdout
    assert "happy" not in checked.stdout


def test_training_says_what_check_would_warn_of(run, write, reviews):
    texts, labels = reviews
    file = write(
        "alike.csv", words=texts, mood=[label.upper() if i % 4 == 0 else label for i, label in enumerate(labels)]
    )

    result = run(*train("--data", file, "--recipe", "linear", "--no-baseline"))

    notes = [line for line in result.stderr.splitlines() if line.startswith(("note: ", "missing"))]
    assert notes[0].startswith("note: labels that differ only in case or spaces: ")
    assert "1 row" not in result.stderr


def test_the_most_important_warnings_come_first_and_the_others_are_counted(run, write):
    moods = [*["good", "bad"] * 20, *["Good", "Bad"] * 4, *["odd"] * 3]
    tones = [*["high", "low"] * 22, *["High"] * 7]
    file = write("w.csv", text=["", *(f"so {i}" for i in range(50))], mood=moods, tone=tones)
    columns = ("--label", "mood", "--label", "tone", "--recipe", "linear", "--no-baseline")

    lines = run("train", "--data", file, *columns, "--out", "m").stderr.splitlines()

    notes = [line for line in lines if line.startswith("note: ")]
    assert len(notes) == 4, notes
    assert all("labels that differ only in case" in one for one in notes[:2])
    assert "1 of 51 rows (2 %) without a text" in notes[2]
    assert notes[3].endswith("warnings more, which 'seqtext check' shows")
    assert not [line for line in lines if line.startswith("missing")], "empty texts are told of once"


def test_rows_of_a_test_file_with_labels_that_are_not_learned_are_left_out_and_told_of(run, write, reviews):
    texts, labels = reviews
    file = write("more.csv", words=[*texts, "odd one"], mood=[*labels, "odd"])
    other = write("tt.csv", words=["a lovely film", "quite odd"], mood=[labels[0], "odd"])

    said = run(*train("--data", file, "--test", other, "--recipe", "linear", "--no-baseline", "--min-rows", 2)).stderr

    assert "left out 1 row of tt.csv with labels that are not learned" in said
    assert "1 row of tt.csv for the score" in said


def test_vectors_that_are_not_there_are_refused_before_anything_is_read(refused, write):
    file = write("a.csv", text=["a"], label=["x"])

    assert refused("train", "--data", file, "--vectors", "nope") == (
        "there are no vectors 'nope': neither a file nor a name of 'seqtext corpora list'"
    )
