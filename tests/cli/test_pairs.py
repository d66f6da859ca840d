"""Pairs of texts from the command line."""

import pytest

ONE = ["a dog runs", "a cat sleeps", "the man sings", "nobody is here"] * 10
TWO = ["a dog is running", "the cat is awake", "a man is singing", "somebody is here"] * 10
ASKED = ("--text", "one", "--text", "two", "--label", "label")


@pytest.mark.slow
def test_every_command_reads_pairs_that_are_compared(run, write, rows_of, tiny_settings, tmp_path):
    numbered = [[f"{text} {i}" for i, text in enumerate(column)] for column in (ONE, TWO)]
    pairs = write("pairs.csv", one=numbered[0], two=numbered[1], label=["same", "other"] * 20)
    settings = (*tiny_settings, "--set", "texts=compared")
    trained = run("train", "--data", pairs, *ASKED, "--out", "pairs", "--recipe", "recurrent", *settings)
    assert trained.exit_code == 0, trained.stderr

    drawn = run("inspect", "pairs", "--graph").stdout
    assert "that of one: bidirectional lstm 4" in drawn
    assert "difference and product of one and two  (rows, 32)" in drawn
    assert "compared  difference and product of one and two" in " ".join(run("inspect", "pairs").stdout.split("  "))
    assert 'texts = "compared"' in run("inspect", "pairs", "--recipe").stdout
    assert rows_of(run("classify", pairs, "-m", "pairs").stdout)[0]["label"] in {"same", "other"}
    assert run("evaluate", pairs, "-m", "pairs").exit_code == 0
    assert "== two ==" in run("explain", "a dog sings", "-m", "pairs").stdout
    assert run("export", "pairs", "pairs.onnx").exit_code == 0
    assert (tmp_path / "pairs.onnx").stat().st_size > 1_000


def test_one_text_cannot_be_compared(refused, write):
    texts = write("texts.csv", text=ONE, label=["same", "other"] * 20)

    said = refused("train", "--data", texts, "--set", "texts=compared")

    assert said == "texts is 'compared', but there is only one text; give another --text, or set texts=apart"
