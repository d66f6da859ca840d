"""``seqtext evaluate``: scores of a trained model on a labelled file."""

import csv
import io
import json
import re
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("model")


@pytest.fixture
def labelled(write, reviews):
    """The reviews as a file, with their true labels."""
    texts, labels = reviews
    return write("films.csv", text=texts, label=labels)


def test_scores_and_tables_are_printed(run, labelled):
    text = run("evaluate", labelled).stdout

    assert re.match(r"models/mood: accuracy \d\.\d{3}, macro-F1 \d\.\d{3} on 40 rows of films.csv\n", text)
    assert re.search(r"^label +precision +recall +F1 +rows$", text, re.MULTILINE)
    assert re.search(r"^true \\ predicted +happy +sad$", text, re.MULTILINE)


def test_the_scores_are_those_of_the_answers(run, labelled, reviews, model):
    from seqtext import load

    texts, labels = reviews
    hits = sum(a == b for a, b in zip(load(model).predict(texts), labels, strict=True))

    found = json.loads(run("evaluate", labelled, "--json").stdout)

    assert found["accuracy"] == hits / 40
    assert found["rows"] == 40


def test_the_surest_mistakes_come_first_and_can_be_left_out(run, write, reviews):
    texts, labels = reviews
    wrong = write("wrong.csv", text=texts, label=labels[::-1])

    text = run("evaluate", wrong, "--mistakes", 3).stdout
    mistakes = text.partition("The surest mistakes\n\n")[2].splitlines()

    assert len(mistakes) == 4
    scores = [float(line.split()[3]) for line in mistakes[1:]]
    assert scores == sorted(scores, reverse=True)
    assert "mistakes" not in run("evaluate", wrong, "--mistakes", 0).stdout


def test_texts_of_mistakes_cannot_move_the_cursor(run, write):
    file = write("a.csv", text=["lovely \x1b[2J film", "dull \x07"], label=["sad", "happy"])

    text = run("evaluate", file).stdout

    assert "\x1b" not in text
    assert "\x07" not in text


def test_rows_without_a_label_are_left_out_and_that_is_said(run, write):
    file = write("a.csv", text=["lovely", "awful", "dull"], label=["happy", "", "sad"])

    assert " on 2 rows of a.csv (1 without a label left out)\n" in run("evaluate", file).stdout


def test_labels_of_another_name_are_renamed(run, write):
    file = write("a.csv", text=["lovely", "awful"], label=["1", "0"])

    assert run("evaluate", file, "--rename", "1=happy", "--rename", "0=sad").exit_code == 0


def test_a_column_that_is_called_like_labels_is_taken_and_that_is_said(run, write):
    file = write("a.csv", text=["lovely", "awful"], Sentiment=["happy", "sad"])

    result = run("evaluate", file)

    assert result.exit_code == 0
    assert result.stderr == "taking the true labels from the column 'Sentiment'; choose another with --label\n"


def test_several_outputs_are_scored_one_by_one(run, write, pairs):
    file = write("a.csv", title=["lovely", "awful"], body=["so", "so"], mood=["happy", "sad"], rain=["wet", "dry"])

    text = run("evaluate", file, "-m", pairs).stdout

    assert re.findall(r"^(\w+)\n=+$", text, re.MULTILINE) == ["mood", "rain"]
    assert set(json.loads(run("evaluate", file, "-m", pairs, "--json").stdout)) == {"mood", "rain"}


@pytest.mark.parametrize(
    ("columns", "options", "why"),
    [
        ({"mood": ["happy", "sad"]}, [], "'rain' is not scored: a.csv has no column 'rain'"),
        (
            {"mood": ["happy", "sad"], "rain": ["", ""]},
            [],
            "'rain' is not scored: no row of a.csv has a label in the column 'rain'",
        ),
        (
            {"rain": ["wet", "frogs"], "mood": ["happy", "sad"]},
            ["--label", "mood"],
            "'rain' is not scored: --label does not name it",
        ),
    ],
)
def test_one_output_of_several_is_scored_alone_and_why_the_other_is_not_is_said(
    run, write, rows_of, pairs, columns, options, why
):
    file = write("a.csv", title=["lovely", "awful"], body=["so", "so"], **columns)

    result = run("evaluate", file, "-m", pairs, *options, "-o", "scored.csv")

    assert result.exit_code == 0
    assert result.stderr.splitlines()[0] == why
    assert re.findall(r"^(\w+)\n=+$", result.stdout, re.MULTILINE) == ["mood"]
    assert set(json.loads(run("evaluate", file, "-m", pairs, "--json", *options).stdout)) == {"mood"}
    with open("scored.csv", encoding="utf-8") as scored:
        assert "rain_predicted" not in rows_of(scored.read())[0]


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"mod": ["happy"]}, [], "a.csv has no column 'mood' with true labels; its columns are 'title', 'body', 'mod'"),
        (
            {"mod": ["happy"]},
            ["--label", "mod"],
            "the model gives 2 answers (mood, rain), but --label names 1; 'mod' is none of them; name one column each",
        ),
        ({"mod": ["happy"]}, ["--label", "mood"], "a.csv has no column 'mood'; its columns are 'title', 'body', 'mod'"),
        ({"mood": [""], "rain": [""]}, [], "no row of a.csv has a label in the column 'mood'; name another --label"),
    ],
)
def test_a_file_in_which_no_output_can_be_scored_is_refused(refused, write, pairs, columns, options, message):
    file = write("a.csv", title=["lovely"], body=["so"], **columns)

    assert message in refused("evaluate", file, "-m", pairs, *options)


def test_mistakes_show_every_input(run, write, pairs):
    file = write("a.csv", title=["lovely", "awful"], body=["so", ""], mood=["happy", "sad"], rain=["wet", "dry"])
    swapped = write("b.csv", title=["lovely", "awful"], body=["so", ""], mood=["sad", "happy"], rain=["dry", "wet"])

    text = run("evaluate", file, "-m", pairs).stdout + run("evaluate", swapped, "-m", pairs).stdout

    assert re.search(r"0\.\d\d  lovely \| so$", text, re.MULTILINE)
    assert re.search(r"0\.\d\d  awful$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        (
            {"text": ["lovely"], "mood": ["happy"]},
            [],
            "a.csv has no column 'label' with true labels; its columns are 'text', 'mood'; say with --label which one "
            "holds them, or label the file with 'seqtext classify'",
        ),
        (
            {"text": ["lovely"], "mood": ["happy"]},
            ["--label", "mod"],
            "a.csv has no column 'mod'; its columns are 'text', 'mood'; did you mean 'mood'?",
        ),
        (
            {"text": ["lovely"], "label": ["happy"]},
            ["--label", "label", "--label", "label"],
            r"the model gives 1 answer \(label\), but --label names 2; name one column each, in this order",
        ),
        (
            {"text": ["lovely", "so"], "label": ["merry", "glad"]},
            [],
            "the labels 'glad', 'merry' in the column 'label' of a.csv are not in this model, which knows 'happy', "
            "'sad'; read them as others with --rename OLD=NEW, leave them out with --known-labels, name "
            "another --label, or train again",
        ),
        (
            {"text": ["lovely"], "label": ["merry"]},
            ["--rename", "merry=glad"],
            "the label 'glad' in the column 'label' of a.csv is not in this model",
        ),
        (
            {"text": ["lovely"], "label": [""]},
            [],
            "no row of a.csv has a label in the column 'label'; name another --label",
        ),
    ],
)
def test_bad_input_is_answered_in_one_line(refused, write, columns, options, message):
    assert re.match(message, refused("evaluate", write("a.csv", **columns), *options))


def test_without_a_model_it_says_how_to_get_one(refused, labelled):
    shutil.rmtree("models")

    assert refused("evaluate", labelled).endswith("train one with 'seqtext train', or name one with -m")


def test_every_row_is_written_with_what_was_said_of_it(run, labelled, model, tmp_path):
    run("evaluate", labelled, "-m", model, "-o", tmp_path / "scored.csv")

    rows, before = (
        list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
        for path in (tmp_path / "scored.csv", tmp_path / labelled)
    )
    assert [{name: row[name] for name in before[0]} for row in rows] == before
    assert list(rows[0])[-3:] == ["predicted", "score", "right"]
    assert all((row["predicted"] == row["label"]) == (row["right"] == "True") for row in rows if row["right"])


def test_the_mistakes_are_in_the_json_as_well(run, labelled, model):
    found = json.loads(run("evaluate", labelled, "-m", model, "--json", "--mistakes", "1").stdout)

    assert [list(one) for one in found["mistakes"]] in ([], [["row", "text", "predicted", "true", "score"]])


def test_columns_of_the_file_that_are_called_like_answers_stay_as_they_are(run, write, model, rows_of):
    file = write("labelled.csv", text=["lovely", "awful"], label=["happy", "sad"], score=["0.9932", "x"])

    result = run("evaluate", file, "-m", model, "-o", "scored.csv")

    found = rows_of(Path("scored.csv").read_text())
    assert list(found[0])[2:] == ["score", "predicted_predicted", "predicted_score", "predicted_right"]
    assert [row["score"] for row in found] == ["0.9932", "x"]
    assert all(re.fullmatch(r"[01]\.\d{1,4}", row["predicted_score"]) for row in found)
    assert "labelled.csv has a column 'score' already, so the answers are in 'predicted_predicted'" in result.stderr


def test_rows_with_labels_that_the_model_does_not_know_can_be_left_out(run, write, model):
    file = write("odd.csv", text=["lovely", "awful", "odd"], label=["happy", "sad", "green"])

    result = run("evaluate", file, "-m", model, "--known-labels")

    assert " on 2 rows of odd.csv (1 left out)\n" in result.stdout
    assert "left out 1 row with 'green' in the column 'label'" in result.stderr
