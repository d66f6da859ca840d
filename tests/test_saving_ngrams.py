"""The n-grams of a model are in a file of their own, which is checked as its weights are."""

import dataclasses
import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtext import load, saving
from seqtext.errors import BundleError
from seqtext.models.bag import Bag
from seqtext.models.heads import Multiclass
from seqtext.models.recurrent import Recurrent
from seqtext.models.spec import ModelSpec
from seqtext.models.text import TextInput, TextSettings

FILES = (
    "model.json",
    "vocabulary.text.json",
    "ngrams.text.safetensors",
    "weights.safetensors",
    "metrics.json",
    "history.csv",
    "README.md",
)
NGRAMS = "ngrams.text.safetensors"
TEXTS = ["good film", "bad film", "good songs \U0001f600", "bad bad cast"]
ENCODERS = (Recurrent(embedding_dim=3, cell="gru", units=2), Bag(min_count=1), Bag(ngrams=1, max_chars=0, min_count=1))


@pytest.fixture(scope="session")
def with_bags(untrained, random_weights):
    column = TextSettings(encoders=ENCODERS, num_words=4, min_count=1).preparer().fit(TEXTS)
    part = TextSettings(encoders=ENCODERS).part("text", column, 2)
    spec = ModelSpec((part,), (Multiclass("label", 2),))
    plain = untrained(ModelSpec((TextInput("text", 8, ENCODERS[:1]),), spec.outputs))
    return dataclasses.replace(plain, spec=spec, preparers={"text": column}, weights=random_weights(spec))


@pytest.fixture
def folder(with_bags, tmp_path):
    return saving.save(with_bags, tmp_path / "model")


@pytest.fixture(scope="session")
def forged(with_bags, tmp_path_factory):
    folder = saving.save(with_bags, tmp_path_factory.mktemp("ngrams") / "model")
    return folder, {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_has_a_file_of_n_grams(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)


def test_what_is_loaded_gives_the_same(with_bags, folder):
    seen = [*TEXTS, "", None, "unheard", "bad " * 1_000]

    model = load(folder)

    np.testing.assert_array_equal(model.predict_proba(seen), with_bags.predict_proba(seen))
    assert model.spec == with_bags.spec
    assert model.preparers["text"].to_dict() == with_bags.preparers["text"].to_dict()


def test_a_model_that_is_loaded_and_saved_again_has_the_same_bytes(folder, tmp_path):
    again = saving.save(load(folder), tmp_path / "again")

    assert [name for name in FILES if (again / name).read_bytes() != (folder / name).read_bytes()] == []


def test_a_model_of_bags_alone_comes_back(with_bags, random_weights, tmp_path):
    encoders = ENCODERS[1:]
    part = TextSettings(encoders=encoders).part("text", with_bags.preparers["text"], 2)
    spec = ModelSpec((part,), with_bags.spec.outputs)
    model = dataclasses.replace(with_bags, spec=spec, weights=random_weights(spec))

    again = load(saving.save(model, tmp_path / "alone"))

    np.testing.assert_array_equal(again.predict_proba(TEXTS), model.predict_proba(TEXTS))


@settings(max_examples=25)
@given(where=st.floats(0, 1, exclude_max=True), flipped=st.integers(1, 255))
def test_a_changed_byte_is_one_line(forged, where, flipped):
    folder, files = forged
    raw = files[NGRAMS]
    place = int(where * len(raw))
    (folder / NGRAMS).write_bytes(raw[:place] + bytes([raw[place] ^ flipped]) + raw[place + 1 :])
    try:
        with pytest.raises(BundleError, match=rf"^[^\n]*{NGRAMS}[^\n]*$"):
            load(folder)
    finally:
        (folder / NGRAMS).write_bytes(raw)


def test_a_missing_file_is_one_line(folder):
    (folder / NGRAMS).unlink()

    with pytest.raises(BundleError, match=rf"^[^\n]*{NGRAMS}[^\n]*$"):
        load(folder)


def with_array(name, change):
    """A change of the file: the numbers of one array are what ``change`` makes of them."""

    def forged(content):
        (size,) = struct.unpack("<Q", content[:8])
        facts = json.loads(content[8 : 8 + size])[name]
        begin, end = (8 + size + place for place in facts["data_offsets"])
        dtype = {"U64": "<u8", "F32": "<f4"}[facts["dtype"]]
        return content[:begin] + change(np.frombuffer(content[begin:end], dtype).copy()).tobytes() + content[end:]

    return forged


def with_header(change):
    def forged(content):
        (size,) = struct.unpack("<Q", content[:8])
        text = json.dumps(change(json.loads(content[8 : 8 + size]))).encode()
        return struct.pack("<Q", len(text)) + text + content[8 + size :]

    return forged


def facts(name, **changes):
    return with_header(lambda header: {**header, name: {**header[name], **changes}})


def filled(value):
    def change(array):
        array[0] = value
        return array

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (with_array("bag_0/keys", lambda keys: keys[::-1]), "the n-grams of a saved bag are not in order"),
        (with_array("bag_1/keys", lambda keys: keys * 0 + keys[:1]), "the n-grams of a saved bag are not in order"),
        (with_array("bag_0/idf", filled(0.0)), "document frequency of a saved bag is not from 0.4"),
        (with_array("bag_0/idf", filled(1e38)), "document frequency of a saved bag is not from 0.4"),
        (with_array("bag_0/idf", filled(np.nan)), "'bag_0/idf' holds what is no number"),
        (facts("bag_0/keys", dtype="F32"), "'bag_0/keys' is not as the model"),
        (facts("bag_0/keys", dtype="I64"), "'bag_0/keys' is not as the model"),
        (facts("bag_0/idf", dtype="U64"), "'bag_0/idf' is not as the model"),
        (facts("bag_0/keys", shape=[1]), "'bag_0/keys' is not as the model"),
        (facts("bag_0/keys", data_offsets=[8, 16]), "the numbers that its header promises"),
        (
            with_header(lambda header: {**header, "bag_2/keys": header["bag_0/keys"]}),
            "'bag_2/keys' is not as the model",
        ),
        (
            with_header(lambda header: {name: one for name, one in header.items() if name != "bag_1/idf"}),
            "promises|is not as the model",
        ),
        (lambda content: content + b"\0", "the numbers that its header promises"),
        (lambda content: b"", "its header cannot be read"),
    ],
)
def test_forged_n_grams_are_refused(folder, forge, change, message):
    forge(folder, NGRAMS, change)

    with pytest.raises(BundleError, match=rf"^[^\n]* is damaged: [^\n]*({message})[^\n]*$"):
        load(folder)


def put(path, value):
    def change(manifest):
        *above, last = path.split(".")
        for key in above:
            manifest = manifest[int(key) if key.isdigit() else key]
        manifest[int(last) if last.isdigit() else last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("spec.inputs.0.features", [1, 1], "is not as the model|promises"),
        ("spec.inputs.0.features", [10**15, 5], "cannot have the numbers of n-grams"),
        ("spec.inputs.0.features", [], "cannot have the numbers of n-grams"),
        ("spec.inputs.0.features.0", -1, "cannot have the numbers of n-grams"),
        ("spec.inputs.0.answers", 3, "is not as the model|promises"),
        ("spec.inputs.0.answers", 0, "needs the number of their answers"),
        ("spec.inputs.0.encoders.1.weighting", "bm25", "weighting is 'bm25'"),
        ("spec.inputs.0.vocabulary_size", 5, "it has 4 words, the model has 5"),
        ("preparers.text.vocabulary_size", 5, "it has 5 words, the model has 4"),
        ("preparers.text.vocabulary_size", 10**9, "cannot have the size 1000000000"),
        ("preparers.text.bags", [], "the bags of a saved text column are not those"),
        ("preparers.text.bags", 7, "the bags of a saved text column are not those"),
        ("preparers.text.bags.0", None, "the options of a saved bag are"),
        ("preparers.text.bags.0.weighting", "bm25", "no weighting 'bm25'"),
        ("preparers.text.bags.0.words", 10**6, "words is 1000000"),
        ("preparers.text.sequence", [], "the sequence of a saved text column"),
        ("preparers.text.sequence.clean", [], "the sequence of a saved text column"),
        ("preparers.text.sequence.max_length", "8", "max_length is '8'"),
        ("preparers.text.pipeline", [], "the pipeline of a saved text column"),
        ("preparers.text.pipeline.tokens", "os.system", "no tokens 'os.system'"),
        ("preparers.text.extra", 1, "a saved text column has a pipeline"),
    ],
)
def test_a_forged_manifest_is_refused(folder, forge, path, value, message):
    forge(folder, "model.json", put(path, value))

    with pytest.raises(BundleError, match=message) as caught:
        load(folder)

    assert len(str(caught.value).splitlines()) == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def places(value, above=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*above, key)
        yield from places(inner, (*above, key))


@settings(max_examples=300)
@given(data=st.data(), value=json_values)
def test_any_value_anywhere_is_taken_or_refused_in_one_line(forged, forge, data, value):
    folder, files = forged
    manifest = json.loads(files["model.json"])
    of_bags = [one for one in places(manifest) if one[0] == "preparers" or one[:2] == ("spec", "inputs")]
    place = data.draw(st.sampled_from(of_bags))

    def change(manifest):
        for key in place[:-1]:
            manifest = manifest[key]
        manifest[place[-1]] = value

    forge(folder, "model.json", change)
    try:
        found = load(folder)
    except BundleError as error:
        found = error
    finally:
        (folder / "model.json").write_bytes(files["model.json"])

    if isinstance(found, BundleError):
        assert len(str(found).splitlines()) == 1
    else:
        assert np.isfinite(found.predict_proba(["good", None])).all()
