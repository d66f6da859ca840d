"""``seqtext export``: two files, and one line where they cannot be written."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from seqtext import load


def test_a_model_becomes_two_files(run, model):
    result = run("export", model, "mood.onnx")

    assert result.stdout == ""
    assert result.stderr == "wrote mood.onnx\nwrote mood.json\n"
    assert json.loads(Path("mood.json").read_text(encoding="utf-8"))["outputs"]["label"]["labels"] == ["happy", "sad"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["models/mood", "mood.pb"], "cannot export to mood.pb: the name of an ONNX file ends in .onnx"),
        (["models/mood", "no/mood.onnx"], "cannot write no/mood.onnx: "),
        (["models/moo", "mood.onnx"], "no model at models/moo: there is no such folder"),
    ],
)
def test_what_a_user_can_put_right_is_one_line(refused, model, arguments, message):
    assert refused("export", *arguments).startswith(message)
    assert list(Path().glob("mood*")) == []


@pytest.fixture
def held_out(write):
    return write("held_out.csv", text=["what a joy", "what a mess", "", "joy"], label=["happy", "sad", "", "happy"])


def test_what_8_bits_cost_and_buy_is_said(run, model, held_out):
    result = run("export", model, "small.onnx", "--quantize", "--data", held_out)

    assert result.exit_code == 0
    scores, speed, *written = result.stderr.splitlines()[-4:]
    assert re.fullmatch(r"label: accuracy .*; in 8 bits accuracy .*, on 3 rows of held_out.csv", scores)
    number = r"[0-9.,]+"
    each = f"{number} MB and {number} rows a second"
    assert re.fullmatch(f"{each}; in 8 bits {each}, on this machine", speed)
    assert written == ["wrote small.onnx", "wrote small.json"]


def worthless(array, *, axis, highest):
    """Everything is zero, so that every text gets the same label."""
    return np.zeros(array.shape, np.int8), np.ones_like(array.max(axis=axis, keepdims=True))


def test_nothing_is_written_if_accuracy_falls_by_more_than_is_allowed(refused, model, write, monkeypatch):
    monkeypatch.setattr("seqtext.models.quantized.SMALL_BYTES", 0)
    monkeypatch.setattr("seqtext.models.quantized.FEWEST_TO_SHARE", 1)
    monkeypatch.setattr("seqtext.models.quantized.in_8_bits", worthless)
    texts = ["what a joy", "what a mess"] * 5
    # The labels that the model gives.
    labels = load(model).predict(texts)
    assert set(labels) == {"happy", "sad"}
    data = write("held_out.csv", text=texts, label=labels)

    line = refused("export", model, "small.onnx", "--quantize", "--data", data, "--max-drop", "3")

    assert line == (
        "nothing was written: in 8 bits the accuracy of 'label' falls by 50.00 points, from 1.0000 to 0.5000 on 10 "
        "rows of held_out.csv, and --max-drop allows 3"
    )
    assert list(Path().glob("small*")) == []


def test_a_drop_that_is_allowed_is_written(run, model, held_out, monkeypatch):
    monkeypatch.setattr("seqtext.models.quantized.in_8_bits", worthless)

    assert run("export", model, "small.onnx", "--quantize", "--data", held_out, "--max-drop", 100).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--quantize"], "--quantize needs --data FILE, rows with labels"),
        (["--data", "held_out.csv"], "--data and --max-drop belong to --quantize"),
        (["--max-drop", "1"], "--data and --max-drop belong to --quantize"),
    ],
)
def test_options_that_do_not_fit_are_told(run, model, held_out, arguments, message):
    result = run("export", model, "small.onnx", *arguments)

    assert result.exit_code == 2
    assert message in result.stderr.replace("\n", " ")
    assert list(Path().glob("small*")) == []


def test_what_8_bits_cost_is_measured_on_every_output(refused, write, pairs):
    file = write("a.csv", title=["lovely", "awful"], body=["so", "so"], mood=["happy", "sad"])
    said = refused("export", pairs, "small.onnx", "--quantize", "--data", file)

    assert said == "a.csv has no labels of 'rain'; --quantize is measured on every output"
