"""What tells how far to trust an answer: ``classify --min-score`` and ``--diagnose``, and what ``evaluate`` says."""

import json

import pytest

pytestmark = pytest.mark.usefixtures("model")


def test_a_label_below_the_score_is_left_empty(run, write, rows_of):
    file = write("texts.csv", text=["what a lovely film", "xyzzy"])

    rows = rows_of(run("classify", file, "--min-score", "1").stdout)

    assert [row["label"] for row in rows if float(row["score"]) < 1] == ["", ""]


def test_another_word_may_stand_for_it(run, write, rows_of):
    file = write("texts.csv", text=["xyzzy"])

    assert rows_of(run("classify", file, "--min-score", "1", "--else", "unsure").stdout)[0]["label"] == "unsure"


def test_evaluate_says_how_sure_and_how_often_right(run, write):
    file = write("rows.csv", text=["what a lovely film", "what a waste"], label=["happy", "sad"])

    assert "expected calibration error" in run("evaluate", file).stdout
    assert 0 <= json.loads(run("evaluate", file, "--json").stdout)["calibration_error"] <= 1


def test_diagnose_says_what_the_model_cannot_read(run, write, rows_of):
    file = write("texts.csv", text=["what xyzzy", ""])

    rows = rows_of(run("classify", file, "--diagnose").stdout)

    assert [(row["tokens"], row["unknown"], row["cut"]) for row in rows] == [("2", "0.5", "0"), ("0", "1.0", "0")]


def test_what_is_to_be_written_instead_of_a_label_needs_to_know_when(run, write, model):
    result = run("classify", write("a.csv", text=["lovely"]), "-m", model, "--else", "unsure")

    assert result.exit_code == 2
    assert "--else is written where the label is less probable than --min-score; add that" in result.stderr
