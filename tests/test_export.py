"""An exported model is an ONNX file that runs without seqtext, from what stands in the JSON file beside it."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest

from seqtext import load, saving
from seqtext.errors import DataError
from seqtext.export import export_onnx, quantized
from seqtext.models import feeding
from seqtext.models.bag import Bag
from seqtext.models.recurrent import Recurrent
from seqtext.preprocess import TextPipeline
from seqtext.preprocess.text_column import TextColumn

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
    from seqtext.recipes.change import changed
    from seqtext.training.labelled import labelled_rows
    from seqtext.training.run import train

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


def test_a_graph_in_8_bits_is_the_one_that_was_measured(plain, tmp_path, monkeypatch):
    monkeypatch.setattr("seqtext.models.quantized.SMALL_BYTES", 0)
    small = quantized(plain)
    graph, beside = export_onnx(small, tmp_path / "plain.onnx")

    line = [sys.executable, "-I", "-c", STRANGER, str(graph), json.dumps(TEXTS)]
    found = json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout.splitlines()[0])

    assert "DynamicQuantizeLSTM" in json.loads(beside.read_text(encoding="utf-8"))["numbers"]
    np.testing.assert_allclose(found, small.predict_proba(TEXTS), atol=0.01)
    np.testing.assert_allclose(found, plain.predict_proba(TEXTS), atol=0.02)
    assert np.abs(found - plain.predict_proba(TEXTS)).max() > 1e-6


# The same for a model with bags: the rules that the JSON file tells, and a third file.
STRANGER_TO_BAGS = """
import collections, json, math, sys
import numpy, onnxruntime, safetensors.numpy

name, texts = sys.argv[1], json.loads(sys.argv[2])
everything = json.load(open(name.replace(".onnx", ".json"), encoding="utf-8"))
about = everything["inputs"]["text"]
learned = safetensors.numpy.load_file(name.replace("bags.onnx", everything["arrays"]["file"]))
assert sorted(learned) == sorted(everything["arrays"]["names"])
assert (about["clean"], about["tokens"]) == (["lowercase"], "whitespace")
place = {word: i for i, word in enumerate(about["vocabulary"])}

def word_keys(ids, bag):
    for size in range(1, bag["words"] + 1):
        for i in range(len(ids) - size + 1):
            run, key = ids[i : i + size], 0
            if 1 not in run:
                for one in run:
                    key = key * 2**21 + one
                yield key

def character_keys(text, bag):
    text = " " + " ".join(text.split()) + " "
    for size in range(max(bag["min_chars"], 1), bag["max_chars"] + 1):
        for i in range(len(text) - size + 1):
            run, key = text[i : i + size], 0
            if " " not in run[1:-1] and run.strip():
                for one in run:
                    key = (key * 10723151780598845931 + (ord(one) + 1) * 13787848793156543929) % 2**64
                yield (key ^ (key >> 29)) | 2**63

def features(text, ids, bag):
    where = {key: i for i, key in enumerate(learned[bag["keys"]].tolist())}
    counts = collections.Counter(key for key in [*word_keys(ids, bag), *character_keys(text, bag)] if key in where)
    if bag["weighting"] == "freq":
        return {where[key]: count / sum(counts.values()) for key, count in counts.items()}
    assert bag["weighting"] == "tfidf"
    values = {key: (1 + math.log(count)) * learned[bag["idf"]][where[key]] for key, count in counts.items()}
    lengths = {}
    for key, value in values.items():
        lengths[key >> 63] = lengths.get(key >> 63, 0) + value**2
    return {where[key]: value / math.sqrt(lengths[key >> 63]) for key, value in values.items()}

def filled_up(rows, dtype):
    longest = max(1, *map(len, rows))
    return numpy.array([[*row] + [0] * (longest - len(row)) for row in rows], dtype)

texts = [text.lower() for text in texts]
ids = [[place.get(word, 1) for word in text.split()] or [1] for text in texts]
feed = {}
for bag in about["bags"]:
    found = [features(text, row, bag) for text, row in zip(texts, ids)]
    feed[bag["arrays"]["ids"]["array"]] = filled_up(found, bag["arrays"]["ids"]["type"])
    feed[bag["arrays"]["values"]["array"]] = filled_up([one.values() for one in found], bag["arrays"]["values"]["type"])
if sequence := about.get("sequence"):
    most, known, rows = sequence["max_length"], sequence["vocabulary_size"], []
    for row in ids:
        row = row if len(row) <= most else row[: most - most // 2] + row[len(row) - most // 2 :]
        also = {place: known + number for number, place in enumerate(sequence.get("also_known", []))}
        rows.append([i if i < known else also.get(i, 1) for i in row])
    feed[sequence["array"]] = filled_up(rows, sequence["type"])
print(json.dumps(onnxruntime.InferenceSession(name).run(None, feed)[0].tolist()))
print(sorted(module for module in sys.modules if module.startswith("seqtext")))
"""

BAGS = Bag(min_count=1), Bag(ngrams=3, max_chars=0, weighting="freq")


@pytest.mark.parametrize("encoders", [(Recurrent(units=2, embedding_dim=3), *BAGS), BAGS], ids=["both", "bags alone"])
def test_a_stranger_gets_the_same_probabilities_of_bags(tiny, reviews, tmp_path, encoders):
    from seqtext.recipes.change import changed
    from seqtext.training.labelled import labelled_rows
    from seqtext.training.run import train

    texts, labels = reviews
    settings = {"clean": ("lowercase",), "tokens": "whitespace", "max_length": 7, "num_words": 30, "epochs": 1}
    recipe = changed(tiny, settings)
    recipe = dataclasses.replace(recipe, text=dataclasses.replace(recipe.text, encoders=encoders))
    trained, _ = train(labelled_rows({"text": texts}, {"label": labels}), recipe)
    model = load(saving.save(trained, tmp_path / "model"))
    files = export_onnx(model, tmp_path / "bags.onnx")
    seen = [*TEXTS, *texts[:8], "\U0001f600 a film \U0001f600"]

    line = [sys.executable, "-I", "-c", STRANGER_TO_BAGS, str(files[0]), json.dumps(seen)]
    found, imported = subprocess.run(line, capture_output=True, text=True, check=True).stdout.splitlines()

    assert [file.name for file in files] == ["bags.onnx", "bags.json", "bags.ngrams.safetensors"]
    np.testing.assert_allclose(json.loads(found), model.predict_proba(seen), atol=1e-5)
    assert imported == "[]"


def test_a_stranger_is_told_which_words_the_sequence_also_knows():
    column = TextColumn(TextPipeline(num_words=3), [Bag().preparer()]).fit(["a a b c"]).extend(["new", "c"])

    sequence = feeding.how_to_feed("text", column, reads_sequence=True)["sequence"]

    assert (sequence["vocabulary_size"], sequence["also_known"]) == (3, [5, 4])
    assert "'also_known' by 'vocabulary_size' plus its place there" in sequence["steps"][1]


def test_the_steps_name_the_numbers_that_hashes_are_made_of():
    about = feeding.how_to_feed("text", TextColumn(TextPipeline(), [Bag().preparer()]).fit(["a"]), reads_sequence=True)

    steps = " ".join(about["bags"][0]["steps"])
    assert "begin with 0, and for each character times 10723151780598845931 plus (code point + 1) times 137878" in steps
    assert "times 2**21, plus the last id" in steps


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
