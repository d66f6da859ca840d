"""A model folder: what is written is what is read, damage is noticed, and nothing is ever half replaced."""

import dataclasses
import errno
import json
import os
import pickle
import shutil
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtext import bundle, load
from seqtext.errors import BundleError
from seqtext.models.spec import Head, ModelSpec, TextInput

FILES = (
    "model.json",
    "vocabulary.text.json",
    "weights.safetensors",
    "model.onnx",
    "metrics.json",
    "history.csv",
    "README.md",
)
SPEC = ModelSpec((TextInput("text", 8, 3, cell="gru", units=2),), (Head("label", 2),))

HOSTILE = (
    "", " ", "\0", "\ud800", "\ufeff", "\r\n\t", "\u202eabc", "e\u0301", "👍🏽" * 50, "good " * 5_000, "x" * 100_000,
    "<br />" * 500, '"', "NaN", "[UNK]", "\x85", "日本語", "RT @a http://b.c #d", "not good!" * 300,
)  # fmt: skip
texts = st.none() | st.sampled_from(HOSTILE) | st.text(max_size=30) | st.sampled_from(["good film", "not the bad"])


@pytest.fixture
def contents(untrained):
    return untrained(SPEC)


@pytest.fixture
def folder(contents, tmp_path):
    return bundle.save(tmp_path / "model", contents)


def listing(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# ------------------------------------------------------------------------------------------------ round trip


def test_save_then_load_changes_nothing(trained, saved, reviews):
    from seqtext.training.batches import Rows
    from seqtext.training.fit import predict

    model = load(saved)

    ids = trained.pipelines["text"].encode(reviews[0])
    np.testing.assert_allclose(
        model.predict_proba(reviews[0]), predict(trained.model, Rows({"text": ids}, {}))["label"], atol=1e-5
    )
    assert model.spec == trained.spec
    assert model.labels == {"label": ("happy", "sad")}
    assert model.pipelines["text"].to_dict() == trained.pipelines["text"].to_dict()
    for name, weight in bundle.load_weights(model).items():
        np.testing.assert_array_equal(weight, trained.weights[name])


def test_the_model_has_learned_the_reviews(saved, reviews):
    texts, labels = reviews

    assert np.mean(load(saved).predict(texts) == labels) > 0.8


def test_a_folder_holds_exactly_the_promised_files(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)


def test_the_same_contents_give_the_same_bytes(folder, contents, tmp_path):
    again = bundle.save(tmp_path / "again", contents)

    assert listing(again) == listing(folder)


def test_history_is_a_table_with_a_row_per_epoch(contents, tmp_path):
    contents = dataclasses.replace(
        contents, history=[{"loss": 0.5, "validation_loss": 1}, {"loss": 0.25, "validation_loss": 2}]
    )
    folder = bundle.save(tmp_path / "model", contents)

    assert (folder / "history.csv").read_text() == "epoch,loss,validation_loss\n1,0.5,1\n2,0.25,2\n"


def test_label_names_of_any_kind_come_back(contents, tmp_path):
    names = ["0" * 64, 'say "no",\n\\ud800 👍']
    folder = bundle.save(tmp_path / "model", dataclasses.replace(contents, labels={"label": names}))

    assert load(folder).labels["label"] == tuple(names)


def test_a_loaded_model_can_be_pickled(folder):
    model = load(folder)
    before = model.predict_proba(["good", "bad"])

    again = pickle.loads(pickle.dumps(model))

    np.testing.assert_array_equal(again.predict_proba(["good", "bad"]), before)


# ------------------------------------------------------------------------------------------------ predicting


@settings(max_examples=30)
@given(rows=st.lists(texts, min_size=1, max_size=12), order=st.randoms(use_true_random=False))
def test_a_text_gets_the_same_probabilities_alone_and_in_any_batch_in_any_order(saved, rows, order):
    model = shared(saved)
    alone = np.concatenate([model.predict_proba([text]) for text in rows])
    places = list(range(len(rows)))
    order.shuffle(places)

    together = model.predict_proba([rows[place] for place in places])

    np.testing.assert_allclose(together, alone[places], atol=1e-5)
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-5)


MODELS = {}


def shared(folder):
    """Load a folder once: hypothesis runs a test many times."""
    return MODELS.setdefault(folder, load(folder))


def test_more_rows_than_a_batch_holds_keep_their_order(saved):
    model = load(saved)
    rows = ["a lovely film " * (i % 5) + ("boring" if i % 3 else "funny") for i in range(3 * bundle.BATCH_ROWS + 7)]

    np.testing.assert_allclose(
        model.predict_proba(rows), np.concatenate([model.predict_proba([text]) for text in rows]), atol=1e-5
    )


def test_long_texts_are_read_a_few_at_a_time(folder, monkeypatch):
    model = load(folder)
    rows = ["good " * 3_000, *["bad"] * 70, "film " * 2_500]
    whole = model.predict_proba(rows)
    read = []
    run = bundle.Bundle._run
    monkeypatch.setattr(bundle, "BATCH_IDS", 8_192)
    monkeypatch.setattr(
        bundle.Bundle, "_run", lambda self, feed, names: read.append(feed["text"]) or run(self, feed, names)
    )

    in_parts = model.predict_proba(rows)

    assert max(ids.size for ids in read) <= 8_192
    np.testing.assert_allclose(in_parts, whole, atol=1e-5)


@pytest.mark.parametrize("missing", [None, float("nan"), "", "  "])
def test_a_missing_text_is_one_unknown_word(folder, missing):
    model = load(folder)

    np.testing.assert_array_equal(model.predict_proba([missing]), model.predict_proba(["quux"]))


def test_no_texts_give_no_rows(folder):
    assert load(folder).predict_proba([]).shape == (0, 2)
    assert load(folder).predict([]).shape == (0,)


def test_the_most_probable_label_is_given_as_a_string(folder):
    model = load(folder)
    best = model.predict_proba(["good"]).argmax()

    assert model.predict(["good"]).tolist() == [f"label {best}"]


def test_one_string_is_refused_as_a_list_of_texts(folder):
    with pytest.raises(TypeError, match=r"not one string: predict\(\[text\]\)"):
        load(folder).predict("good film")


def test_a_row_that_is_no_text_is_named(folder):
    with pytest.raises(TypeError, match="row 1 is int"):
        load(folder).predict(["good", 3])


def test_several_inputs_and_outputs_go_by_their_names(trained_pairs, tmp_path, reviews):
    from seqtext.training.batches import Rows
    from seqtext.training.experiment import contents_of
    from seqtext.training.fit import predict

    texts = reviews[0][:5]
    columns = {"body": texts, "title": [text[:9] for text in texts]}
    model = load(bundle.save(tmp_path / "pairs", contents_of(trained_pairs, recipe_name="tiny", source="test")))

    found = model.predict_proba(columns)

    ids = {name: trained_pairs.pipelines[name].encode(columns[name]) for name in ("title", "body")}
    by_keras = predict(trained_pairs.model, Rows(ids, {}))
    assert sorted(found) == ["mood", "rain"]
    for name in found:
        np.testing.assert_allclose(found[name], by_keras[name], atol=1e-5)
    assert set(model.predict(columns)["rain"]) <= {"dry", "wet"}


@pytest.fixture
def pairs(untrained, tmp_path):
    texts = (TextInput("title", 8, 3, cell="gru", units=2), TextInput("body", 8, 3, cell="lstm", units=2))
    return load(bundle.save(tmp_path / "pairs", untrained(ModelSpec(texts, (Head("label", 2),)))))


def test_a_data_frame_gives_its_columns(pairs):
    from pandas import DataFrame

    columns = {"title": ["good", "bad"], "body": ["the film", None]}

    np.testing.assert_array_equal(pairs.predict_proba(DataFrame(columns).assign(other=1)), pairs.predict_proba(columns))


@pytest.mark.parametrize(
    ("texts", "error", "message"),
    [
        (["good"], TypeError, "reads several texts; give a dict with the keys title, body"),
        ({"title": ["a"]}, ValueError, "the input 'body' is missing; this model reads title, body"),
        ({"title": ["a"], "body": ["a", "b"]}, ValueError, "all inputs must have the same number of rows"),
    ],
)
def test_wrong_inputs_are_answered_with_what_the_model_reads(pairs, texts, error, message):
    with pytest.raises(error, match=message):
        pairs.predict(texts)


# ------------------------------------------------------------------------------------------------ damage


def test_every_byte_of_the_manifest_matters(folder):
    path = folder / "model.json"
    raw = path.read_bytes()
    intact = []
    for place in range(len(raw)):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        try:
            bundle.read_manifest(folder)
        except BundleError:
            continue
        intact.append(place)

    assert intact == []


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=40)
@given(where=st.floats(0, 1, exclude_max=True), flipped=st.integers(1, 255))
def test_a_changed_byte_is_noticed_in_every_file(damaged, name, where, flipped):
    raw = damaged.files[name]
    place = int(where * len(raw))
    damaged.write(name, raw[:place] + bytes([raw[place] ^ flipped]) + raw[place + 1 :])

    with pytest.raises(BundleError, match=name):
        load(damaged.folder)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=10)
@given(where=st.floats(0, 1, exclude_max=True), more=st.binary(min_size=1, max_size=20))
def test_a_shortened_or_lengthened_file_is_noticed(damaged, name, where, more):
    raw = damaged.files[name]
    for content in (raw[: int(where * len(raw))], raw + more, more + raw):
        damaged.write(name, content)
        with pytest.raises(BundleError, match=name):
            load(damaged.folder)


class Damaged:
    def __init__(self, folder):
        self.folder, self.files = folder, listing(folder)

    def write(self, name, content):
        for other, raw in self.files.items():
            (self.folder / other).write_bytes(content if other == name else raw)


@pytest.fixture(scope="module")
def damaged(untrained, tmp_path_factory):
    return Damaged(bundle.save(tmp_path_factory.mktemp("damaged") / "model", untrained(SPEC)))


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()

    with pytest.raises(BundleError, match=f"{name} is damaged: the file is missing|it has no model.json"):
        load(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_folder_in_the_place_of_a_file_is_named(folder, name):
    (folder / name).unlink()
    (folder / name).mkdir()

    with pytest.raises(BundleError, match=f"{name} cannot be read"):
        load(folder)


def test_swapped_files_are_noticed(folder):
    one, other = folder / "metrics.json", folder / "README.md"
    one.rename(folder / "kept")
    other.rename(one)
    (folder / "kept").rename(other)

    with pytest.raises(BundleError, match="is damaged"):
        load(folder)


def test_files_of_another_model_are_noticed(folder, untrained, tmp_path):
    larger = dataclasses.replace(SPEC, head_dropout=0.1)
    other = bundle.save(tmp_path / "other", dataclasses.replace(untrained(larger), card="another\n"))
    for name in ("README.md", "model.json"):
        shutil.copy(other / name, tmp_path / name)
    shutil.copy(tmp_path / "README.md", folder / "README.md")

    with pytest.raises(BundleError, match=r"README.md is damaged"):
        load(folder)


def test_a_file_that_does_not_belong_there_does_no_harm(folder):
    (folder / "notes.txt").write_text("mine")

    assert load(folder).predict(["good"]).shape == (1,)


# ------------------------------------------------------------------------------------------------ no model


def test_a_file_is_not_a_model(tmp_path):
    (tmp_path / "file").write_text("hello")

    with pytest.raises(BundleError, match=r"no model at .*: that is a file, not a folder"):
        load(tmp_path / "file")


def test_a_folder_without_a_manifest_is_not_a_model(tmp_path):
    with pytest.raises(BundleError, match=r"is not a model: it has no model.json; give a folder written by"):
        load(tmp_path)


@pytest.mark.parametrize("path", ["a" * 5_000, "nul\0byte", "no/such/folder"])
def test_an_impossible_path_is_no_model(path):
    with pytest.raises(BundleError, match="there is no such folder"):
        load(path)


# ------------------------------------------------------------------------------------------------ forged manifests


def put(path, value):
    """A change of the manifest: ``value`` at the place given by keys and numbers with dots between them."""

    def change(manifest):
        *above, last = path.split(".")
        for key in above:
            manifest = manifest[int(key) if key.isdigit() else key]
        manifest[last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("format", 2, "has the format 2, this seqtext reads format 1; install the seqtext that wrote it"),
        ("format", "1", "has the format '1'"),
        ("format", 1.0, "format is 1.0, expected int"),
        ("format", [1] * 10_000, r"has the format \[1, 1"),
        ("extra", 1, "unknown key 'extra'"),
        ("spec.inputs.0.cel", "gru", "unknown key 'cel'; did you mean 'cell'"),
        ("spec.inputs.0.cell", "transformer", "cell is 'transformer', expected one of"),
        ("spec.inputs.0.units", 10**9, "units is 1000000000, expected 1 to 4,096"),
        ("spec.inputs.0.units", 0, "units is 0"),
        ("spec.inputs.0.units", -1, "units is -1"),
        ("spec.inputs.0.units", True, "units is True, expected int"),
        ("spec.inputs.0.units", 2.0, "units is 2.0, expected int"),
        ("spec.inputs.0.units", "2", "units is '2', expected int"),
        ("spec.inputs.0.layers", 10**6, "layers is 1000000"),
        ("spec.inputs.0.vocabulary_size", 10**12, "vocabulary_size is 1000000000000"),
        ("spec.inputs.0.dropout", 10**400, r"dropout is 1000.*\.\.\., expected float"),
        ("spec.inputs.0.dropout", 2, "dropout is 2.0, expected 0 to 0.95"),
        ("spec.inputs.0.name", "../../etc/passwd", "is not made of letters"),
        ("spec.inputs.0.name", "a/b", "is not made of letters"),
        ("spec.inputs.0.name", "a\n", "is not made of letters"),
        ("spec.inputs.0.name", "", "is not made of letters"),
        ("spec.inputs.0.name", "other", "its pipelines and labels do not belong"),
        ("spec.inputs.0.name", "label", "both called 'label'"),
        ("spec.inputs", [], "1 to 64 inputs, this one has 0"),
        ("spec.outputs.0.n_labels", 3, "it should name 3 different labels for 'label'"),
        ("spec.outputs.0.n_labels", 10**9, "n_labels is 1000000000"),
        ("spec.outputs.0.kind", "regression", "kind is 'regression'"),
        ("labels.label", ["one", "one"], "2 different labels"),
        ("labels.label", ["one", 2], r"labels\['label'\]\[1\] is 2, expected str"),
        ("labels.label", ["one", "\ud800"], "not valid JSON"),
        ("labels", {"label": ["a", "b"], "more": ["c"]}, "its pipelines and labels do not belong"),
        ("columns", {"text": "text"}, "its columns do not belong"),
        ("pipelines", {}, "its pipelines and labels do not belong"),
        ("pipelines.text", 7, "the pipeline of 'text' is not as seqtext writes it"),
        ("pipelines.text.vocabulary", ["", "[UNK]"], "the pipeline of 'text' is not as seqtext writes it"),
        ("pipelines.text.tokens", "os.system", "no tokens 'os.system'"),
        ("pipelines.text.clean", [["regex", "(", ""]], "regex|regular expression|pattern"),
        ("pipelines.text.max_length", 10**12, "max_length is 1000000000000"),
        ("pipelines.text.max_length", 0, "max_length is 0"),
        ("files", {}, "it should list the files"),
        ("files.weights\0safetensors", {"bytes": 1, "sha256": ""}, "it should list the files"),
        ("checksum", "short", "checksum is missing"),
        ("checksum", "\ud800" * 64, "not valid JSON"),
        ("checksum", None, "checksum is missing"),
    ],
)  # fmt: skip
def test_a_forged_manifest_is_refused(folder, forge, path, value, message):
    if path == "checksum":
        raw = json.loads((folder / "model.json").read_text())
        (folder / "model.json").write_text(json.dumps({**raw, "checksum": value}))
    else:
        forge(folder, "model.json", put(path, value))

    with pytest.raises(BundleError, match=message) as caught:
        load(folder)

    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("size", [-1, 10**15])
def test_an_impossible_file_size_is_refused(folder, forge, size):
    forge(folder, "model.json", lambda manifest: manifest["files"]["model.onnx"].update(bytes=size))

    with pytest.raises(BundleError, match=f"model.onnx is damaged: model.json says that it has {size:,} bytes"):
        load(folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"units": 2', '"units": NaN', "NaN is no JSON number"),
        ('"dropout": 0.0', '"dropout": -Infinity', "-Infinity is no JSON number"),
        ('"dropout": 0.0', '"dropout": 1e999', "dropout is inf"),
        ('"units": 2', '"units": 2, "units": 3', "a key stands twice"),
        ('"recipe": {}', '"recipe": ' + "[" * 100_000 + "]" * 100_000, "not valid JSON"),
        ('"recipe": {}', '"recipe": {"a": ' + "9" * 10_000 + "}", "not valid JSON"),
        ("{", "[{", "not valid JSON"),
    ],
)
def test_forged_json_is_refused(folder, forge, old, new, message):
    def change(manifest):
        text = json.dumps(manifest)
        assert old in text
        return text.replace(old, new, 1)

    if new == "[{":
        (folder / "model.json").write_text("[{")
    else:
        forged_text = change(json.loads((folder / "model.json").read_text()))
        forge_text(folder, forged_text)

    with pytest.raises(BundleError, match=message):
        load(folder)


def forge_text(folder, text):
    """Sign a text that need not be valid JSON."""
    import hashlib
    import re

    zeros = "0" * 64
    text = re.sub(r'("checksum": ")[0-9a-f]{64}', rf"\g<1>{zeros}", text)
    (folder / "model.json").write_text(text.replace(zeros, hashlib.sha256(text.encode()).hexdigest(), 1))


@pytest.mark.parametrize("depth", [100, 300, 900, 950, 980, 990, 1_000, 3_000])
def test_deep_nesting_is_refused_at_every_depth(folder, depth):
    text = (folder / "model.json").read_text()
    deep = "[" * depth + "]" * depth
    forge_text(folder, text.replace('"dropout": 0.0', f'"dropout": {deep}', 1))

    with pytest.raises(BundleError, match="is damaged"):
        load(folder)


def test_a_manifest_that_is_too_large_is_refused(folder, monkeypatch):
    monkeypatch.setattr(bundle, "MAX_MANIFEST_BYTES", 100)

    with pytest.raises(BundleError, match="larger than 100 bytes"):
        load(folder)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def places(value, above=()):
    """Every place in a JSON value, as a tuple of keys."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*above, key)
        yield from places(inner, (*above, key))


@settings(max_examples=300)
@given(data=st.data(), value=json_values)
def test_any_value_anywhere_in_the_manifest_is_taken_or_refused_as_a_bundle_error(damaged, forge, data, value):
    damaged.write("", b"")
    everywhere = [place for place in places(json.loads(damaged.files["model.json"])) if place != ("checksum",)]
    place = data.draw(st.sampled_from(everywhere))

    def change(manifest):
        for key in place[:-1]:
            manifest = manifest[key]
        manifest[place[-1]] = value

    forge(damaged.folder, "model.json", change)

    try:
        model = load(damaged.folder)
    except BundleError:
        return
    assert model.predict_proba(["good", None]).shape == (2, 2)


# ------------------------------------------------------------------------------------------------ forged weights


def with_header(change):
    def forged(content):
        (size,) = struct.unpack("<Q", content[:8])
        header = json.loads(content[8 : 8 + size])
        text = json.dumps(change(header)).encode()
        return struct.pack("<Q", len(text)) + text + content[8 + size :]

    return forged


def changed(name, **facts):
    return with_header(lambda header: {**header, name: {**header[name], **facts}})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (changed("label/bias", dtype="F16"), "'label/bias' is not as the model"),
        (changed("label/bias", dtype=5), "its header cannot be read"),
        (changed("label/bias", shape=[3]), "'label/bias' is not as the model"),
        (changed("label/bias", shape=[2.0]), "its header cannot be read"),
        (changed("label/bias", shape=[[2]]), "its header cannot be read"),
        (changed("label/bias", shape=None), "its header cannot be read"),
        (changed("label/bias", shape=[2**62, 4]), "'label/bias' is not as the model"),
        (changed("label/bias", data_offsets=[8, 16]), "the numbers that its header promises"),
        (changed("label/bias", data_offsets=[0, 4]), "the numbers that its header promises"),
        (changed("label/bias", data_offsets=[0, 8, 16]), "the numbers that its header promises"),
        (changed("label/bias", data_offsets=[10**9, 10**9 + 8]), "the numbers that its header promises"),
        (changed("label/bias", data_offsets=[False, 8]), "its header cannot be read"),
        (changed("label/bias", data_offsets="08"), "its header cannot be read"),
        (changed("label/bias", data_offsets=7), "its header cannot be read"),
        (changed("label/bias", path="/etc/passwd"), "its header cannot be read"),
        (with_header(lambda header: {"x" + name: facts for name, facts in header.items()}), "is not as the model"),
        (with_header(lambda header: dict(list(header.items())[1:])), "is not as the model"),
        (with_header(lambda header: {**header, "more": header["label/bias"]}), "the weight 'more' is not as the model"),
        (with_header(lambda header: []), "its header cannot be read"),
        (with_header(lambda header: {"label/bias": 3}), "its header cannot be read"),
        (lambda content: content + b"\0\0\0\0", "the numbers that its header promises"),
        (lambda content: content[:-4], "the numbers that its header promises"),
        (lambda content: content[:5], "its header cannot be read"),
        (lambda content: b"\xff" * 8 + content[8:], "its header cannot be read"),
        (lambda content: b"", "its header cannot be read"),
    ],
)
def test_forged_weights_are_refused(folder, forge, change, message):
    forge(folder, "weights.safetensors", change)

    with pytest.raises(BundleError, match=f"weights.safetensors is damaged: .*({message})"):
        load(folder)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (b"7", "a vocabulary is a list of words"),
        (b'["", "[UNK]"]', "it has 2 words, the model has 8"),
        (b'["", "[UNK]", "a", "b", "c", "d", "e", 7]', "no word"),
        (b'["", "[UNK]", "a", "b", "c", "d", "e", "a"]', "holds 'a' twice"),
        (b'["[UNK]", "", "a", "b", "c", "d", "e", "f"]', "begins with"),
        (b'["", "[UNK]", "a", "b", "c", "d", "e", "\\ud800"]', "surrogate|no word"),
        (b"[" * 100_000, "recursion"),
        (b"\xff", "utf-8"),
    ],
)
def test_a_forged_vocabulary_is_refused(folder, forge, words, message):
    forge(folder, "vocabulary.text.json", lambda content: words)

    with pytest.raises(BundleError, match=f"vocabulary.text.json is damaged: .*({message})"):
        load(folder)


def test_a_missing_package_is_no_damage(folder, forge, monkeypatch):
    from seqtext.errors import MissingExtraError, missing_extra
    from seqtext.preprocess import TextPipeline

    def lacks_nltk(saved):
        raise missing_extra("nltk", "train")

    monkeypatch.setattr(TextPipeline, "from_dict", lacks_nltk)

    with pytest.raises(MissingExtraError, match="pip install"):
        load(folder)


# ------------------------------------------------------------------------------------------------ writing


def nothing_beside(folder):
    return [path.name for path in folder.parent.iterdir() if path != folder] == []


def test_a_model_is_replaced_only_when_asked(folder, contents):
    before = listing(folder)

    with pytest.raises(BundleError, match="holds a model already; give --force"):
        bundle.save(folder, contents)

    assert listing(folder) == before


def test_a_model_is_replaced_whole(folder, contents):
    (folder / "notes.txt").write_text("of the old model")

    bundle.save(folder, dataclasses.replace(contents, card="new\n"), replace=True)

    assert (folder / "README.md").read_text() == "new\n"
    assert not (folder / "notes.txt").exists()
    assert nothing_beside(folder)


@pytest.mark.parametrize("replace", [False, True])
def test_a_folder_that_is_no_model_is_never_touched(tmp_path, contents, replace):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("years of work")

    with pytest.raises(BundleError, match="exists and is not a model; give another --out, nothing was touched"):
        bundle.save(tmp_path / "thesis", contents, replace=replace)

    assert (tmp_path / "thesis" / "chapter1.txt").read_text() == "years of work"


@pytest.mark.parametrize("replace", [False, True])
def test_a_file_is_never_touched(tmp_path, contents, replace):
    (tmp_path / "model").write_text("hello")

    with pytest.raises(BundleError, match="is a file; give a folder as --out"):
        bundle.save(tmp_path / "model", contents, replace=replace)

    assert (tmp_path / "model").read_text() == "hello"


def test_an_empty_folder_and_missing_parents_are_fine(tmp_path, contents):
    (tmp_path / "empty").mkdir()

    bundle.save(tmp_path / "empty", contents)
    bundle.save(tmp_path / "a" / "b" / "c", contents)

    assert load(tmp_path / "empty").labels == load(tmp_path / "a" / "b" / "c").labels


def test_what_appears_while_a_model_is_trained_is_not_replaced(tmp_path, contents):
    folder = tmp_path / "model"

    def write_slowly():
        with bundle.written_beside(folder) as beside:
            bundle.write_files(beside, contents)
            folder.mkdir()
            (folder / "mine.txt").write_text("mine")

    with pytest.raises(BundleError, match="exists and is not a model"):
        write_slowly()

    assert (folder / "mine.txt").read_text() == "mine"
    assert nothing_beside(folder)


@pytest.mark.parametrize("write", range(len(FILES)))
@pytest.mark.parametrize("exists", [True, False])
def test_a_full_disk_at_any_write_leaves_everything_as_it_was(folder, contents, monkeypatch, write, exists):
    before = listing(folder)
    if not exists:
        folder = folder.parent / "inner" / "new"
    writes = []

    def full(handle):
        writes.append(handle)
        if len(writes) > write:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(BundleError, match=r"cannot be written to .*: No space left on device; free space or give"):
        bundle.save(folder, dataclasses.replace(contents, card="new\n"), replace=True)

    assert (listing(folder) == before) if exists else not folder.exists()
    assert nothing_beside(folder)
    assert len(writes) == write + 1


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize(
    "error", [OSError(errno.EIO, "Input/output error"), KeyboardInterrupt()], ids=["disk", "ctrl-c"]
)
def test_a_rename_that_fails_leaves_the_old_model(folder, contents, monkeypatch, at, error):
    before = listing(folder)
    rename, renamed = Path.rename, []

    def fails_once(path, target):
        renamed.append(path)
        if len(renamed) == at + 1:
            raise error
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fails_once)

    with pytest.raises((BundleError, KeyboardInterrupt)):
        bundle.save(folder, dataclasses.replace(contents, card="new\n"), replace=True)

    assert listing(folder) == before
    assert nothing_beside(folder)


def test_an_interrupt_while_writing_leaves_the_old_model(folder, contents, monkeypatch):
    before = listing(folder)

    def interrupted(handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)

    with pytest.raises(KeyboardInterrupt):
        bundle.save(folder, contents, replace=True)

    assert listing(folder) == before
    assert nothing_beside(folder)


def test_a_parent_that_may_not_be_written_is_one_line(tmp_path, contents, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refused)

    with pytest.raises(BundleError, match=r"cannot be written to .*model: Permission denied"):
        bundle.check_target(tmp_path / "model", replace=False)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_parent_is_one_line(tmp_path, contents):
    tmp_path.chmod(0o500)

    with pytest.raises(BundleError, match="Permission denied"):
        bundle.save(tmp_path / "model", contents)


@pytest.mark.parametrize("path", ["file/model", "a" * 5_000])
def test_an_impossible_target_is_one_line(tmp_path, contents, path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(BundleError, match="cannot be written to"):
        bundle.save(tmp_path / path, contents)


def test_a_link_to_a_model_is_replaced_and_its_target_is_left_alone(folder, contents, tmp_path):
    before = listing(folder)
    link = tmp_path / "latest"
    link.symlink_to(folder)

    bundle.save(link, dataclasses.replace(contents, card="new\n"), replace=True)

    assert (link / "README.md").read_text() == "new\n"
    assert listing(folder) == before


def test_others_may_read_a_model_as_the_umask_allows(tmp_path, contents):
    before = os.umask(0o022)
    try:
        folder = bundle.save(tmp_path / "model", contents)
    finally:
        os.umask(before)

    assert folder.stat().st_mode & 0o777 == 0o755
