"""An exported model is an ONNX file that runs without seqtext, from what stands in the JSON file beside it."""

import json
import subprocess
import sys

import numpy as np
import pytest

from seqtext import load, saving
from seqtext.errors import DataError
from seqtext.export import export_onnx

TEXTS = ["", "What a LOVELY film", "unheard words only", "so such a very long text of more than eight words it is", "a"]

# What somebody writes who has never seen seqtext, only the two files.
STRANGER = """
import json, sys
import numpy, onnxruntime

name, texts = sys.argv[1], json.loads(sys.argv[2])
about = json.load(open(name.replace(".onnx", ".json"), encoding="utf-8"))["inputs"]["text"]
assert (about["clean"], about["tokens"], about["truncating"]) == (["lowercase"], "whitespace", "middle")
place = {word: i for i, word in enumerate(about["vocabulary"])}

rows = []
for text in texts:
    words, most = text.lower().split(), about["max_length"]
    if len(words) > most:
        words = words[: most - most // 2] + words[len(words) - most // 2 :]
    rows.append([place.get(word, 1) for word in words] or [1])
longest = max(map(len, rows))
ids = numpy.array([row + [0] * (longest - len(row)) for row in rows], "int32")
print(json.dumps(onnxruntime.InferenceSession(name).run(None, {"text": ids})[0].tolist()))
print(sorted(module for module in sys.modules if module.startswith("seqtext")))
"""


@pytest.fixture(scope="module")
def plain(reviews, tiny):
    """A model of the reviews with a pipeline that anybody can write down; of three words the middle is cut."""
    from seqtext.recipes import changed
    from seqtext.training.run import labelled_rows, train

    texts, labels = reviews
    settings = {"clean": ("lowercase",), "tokens": "whitespace", "max_length": 7, "epochs": 3}
    return train(labelled_rows({"text": texts}, {"label": labels}), changed(tiny, settings))[0]


def test_a_stranger_gets_the_same_probabilities(plain, tmp_path):
    model = load(saving.save(plain, tmp_path / "model"))
    graph, _ = export_onnx(model, tmp_path / "plain.onnx")

    line = [sys.executable, "-I", "-c", STRANGER, str(graph), json.dumps(TEXTS)]
    found, imported = subprocess.run(line, capture_output=True, text=True, check=True).stdout.splitlines()

    np.testing.assert_allclose(json.loads(found), model.predict_proba(TEXTS), atol=1e-6)
    assert imported == "[]"


def test_the_file_passes_the_full_check_of_onnx(trained_pairs, tmp_path):
    onnx = pytest.importorskip("onnx")
    graph, _ = export_onnx(trained_pairs, tmp_path / "pairs.onnx")

    onnx.checker.check_model(str(graph), full_check=True)

    model = onnx.load(str(graph))
    assert [value.name for value in model.graph.input] == ["title", "body"]
    assert [value.name for value in model.graph.output] == ["mood", "rain"]


def test_the_description_names_columns_and_labels(trained_pairs, tmp_path):
    _, beside = export_onnx(trained_pairs, tmp_path / "pairs.onnx")

    about = json.loads(beside.read_text(encoding="utf-8"))

    assert {name: one["column"] for name, one in about["inputs"].items()} == {"title": "title", "body": "body"}
    assert {name: one["labels"] for name, one in about["outputs"].items()} == {
        "mood": ["happy", "sad"],
        "rain": ["dry", "wet"],
    }
    assert about["inputs"]["body"]["vocabulary"][:2] == ["", "[UNK]"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("model.pb", r"cannot export to .*model.pb: the name of an ONNX file ends in .onnx"),
        ("no/model.onnx", r"cannot write .*no/model.onnx: "),
        ("folder.onnx", r"cannot write .*folder.onnx: "),
    ],
)
def test_a_file_that_cannot_be_written_is_one_line(trained, tmp_path, name, message):
    (tmp_path / "folder.onnx").mkdir()

    with pytest.raises(DataError, match=message) as caught:
        export_onnx(trained, tmp_path / name)

    assert len(str(caught.value).splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["folder.onnx"]
