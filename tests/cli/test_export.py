"""``seqtext export``: two files, and one line where they cannot be written."""

import json
from pathlib import Path

import pytest


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
