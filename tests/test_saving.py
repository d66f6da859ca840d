"""A saved model is the model: what is written is what runs, and nothing that a stranger forged is built."""

import dataclasses
import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtext import load, saving
from seqtext.data.splitting import fingerprints
from seqtext.errors import BundleError
from seqtext.models.heads import Multiclass
from seqtext.models.recurrent import Recurrent
from seqtext.models.spec import ModelSpec
from seqtext.models.text import TextInput
from seqtext.preprocess import LabelEncoder

FILES = ("model.json", "vocabulary.text.json", "weights.safetensors", "metrics.json", "history.csv", "README.md")
GRU = (Recurrent(embedding_dim=3, cell="gru", units=2),)
SPEC = ModelSpec((TextInput("text", 8, GRU),), (Multiclass("label", 2),))


@pytest.fixture(scope="module")
def small(untrained):
    return untrained(SPEC)


@pytest.fixture
def folder(small, tmp_path):
    return saving.save(small, tmp_path / "model")


@pytest.fixture(scope="module")
def forged(small, tmp_path_factory):
    """A folder for hypothesis, and what belongs into its files."""
    folder = saving.save(small, tmp_path_factory.mktemp("forged") / "model")
    return folder, {path.name: path.read_bytes() for path in folder.iterdir()}


# ------------------------------------------------------------------------------------------------ round trip


def test_what_is_loaded_is_what_was_trained(trained, saved, reviews):
    model = load(saved)

    np.testing.assert_array_equal(model.predict_proba(reviews[0]), trained.predict_proba(reviews[0]))
    assert model.folder == saved
    for name in ("recipe", "spec", "columns", "made", "history", "label_names"):
        assert getattr(model, name) == getattr(trained, name), name
    assert model.preparers["text"].to_dict() == trained.preparers["text"].to_dict()
    assert {name: weight.tobytes() for name, weight in model.weights.items()} == {
        name: weight.tobytes() for name, weight in trained.weights.items()
    }


def test_a_model_that_is_loaded_and_saved_again_has_the_same_bytes(saved, tmp_path):
    again = saving.save(load(saved), tmp_path / "again")

    assert [name for name in FILES if (again / name).read_bytes() != (saved / name).read_bytes()] == []


def test_a_folder_holds_exactly_the_promised_files(saved):
    assert sorted(path.name for path in saved.iterdir()) == sorted((*FILES, "training_texts.bin"))


@pytest.fixture
def with_seen(saved, tmp_path):
    """Folder of a model that has learned from the text "so good"."""
    seen = fingerprints(["so good"])
    return saving.save(dataclasses.replace(load(saved), seen=seen), tmp_path / "with_seen")


def test_a_model_knows_the_texts_again_that_it_has_learned_from(with_seen):
    assert load(with_seen).has_seen({"text": ["So GOOD!", "so bad"]}).tolist() == [True, False]


def test_a_model_without_fingerprints_knows_none(saved, tmp_path):
    folder = saving.save(dataclasses.replace(load(saved), seen=fingerprints([])), tmp_path / "without")

    assert not (folder / "training_texts.bin").exists()
    assert not load(folder).has_seen({"text": ["so good"]}).any()


@pytest.mark.parametrize("raw", [b"1234567", (2).to_bytes(8, "little") + (1).to_bytes(8, "little")])
def test_fingerprints_that_are_none_are_refused(with_seen, forge, raw):
    folder = with_seen
    forge(folder, "training_texts.bin", lambda content: raw)

    with pytest.raises(BundleError, match=r"training_texts\.bin is damaged"):
        load(folder)


def test_several_inputs_and_outputs_come_back(trained_pairs, reviews, tmp_path):
    columns = {"body": reviews[0], "title": [text[:9] for text in reviews[0]]}
    model = load(saving.save(trained_pairs, tmp_path / "pairs"))

    found, expected = model.predict_proba(columns), trained_pairs.predict_proba(columns)

    assert (tmp_path / "pairs" / "vocabulary.body.json").exists()
    assert found.keys() == expected.keys() == {"mood", "rain"}
    for name in found:
        np.testing.assert_array_equal(found[name], expected[name])


def test_history_is_a_table_with_a_row_per_epoch(folder):
    assert (folder / "history.csv").read_text() == "epoch,loss,validation_loss\n1,0.5,1.0\n"


def test_label_names_of_any_kind_come_back(small, tmp_path):
    labels = LabelEncoder().fit(names := ["0" * 64, 'say "no",\n\\ud800 👍'])
    folder = saving.save(dataclasses.replace(small, labels={"label": labels}), tmp_path / "model")

    assert load(folder).label_names["label"] == names


def test_the_weights_are_what_runs(folder, forge):
    before = load(folder).predict_proba(["good film"])
    forge(folder, "weights.safetensors", with_bias(50))

    assert not list(folder.glob("*.onnx"))
    assert before[0, 1] < 0.999 < load(folder).predict_proba(["good film"])[0, 1]


BIAS = "label/answer/bias"


def with_bias(number):
    """A change of the weights: the bias of the last label is ``number``."""

    def change(content):
        (size,) = struct.unpack("<Q", content[:8])
        end = 8 + size + json.loads(content[8 : 8 + size])[BIAS]["data_offsets"][1]
        return content[: end - 4] + struct.pack("<f", number) + content[end:]

    return change


# ------------------------------------------------------------------------------------------------ forged manifests


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=15)
@given(where=st.floats(0, 1, exclude_max=True), flipped=st.integers(1, 255))
def test_a_changed_byte_of_any_file_is_one_line(forged, name, where, flipped):
    folder, files = forged
    raw = files[name]
    place = int(where * len(raw))
    (folder / name).write_bytes(raw[:place] + bytes([raw[place] ^ flipped]) + raw[place + 1 :])
    try:
        with pytest.raises(BundleError, match=rf"^[^\n]*{name}[^\n]*$"):
            load(folder)
    finally:
        (folder / name).write_bytes(raw)


def put(path, value):
    """A change of the manifest: ``value`` at the place given by keys and numbers with dots between them."""

    def change(manifest):
        *above, last = path.split(".")
        for key in above:
            manifest = manifest[int(key) if key.isdigit() else key]
        manifest[int(last) if last.isdigit() else last] = value

    return change


ENCODER = "spec.inputs.0.encoders.0"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("extra", 1, "unknown key 'extra'"),
        ("spec.inputs.0.kind", "image", "kind 'image', expected one of text"),
        ("spec.inputs.0.kind", ["text"], "is of the kind"),
        ("spec.inputs.0", 7, "is 7, expected an object"),
        ("spec.inputs", {}, "expected a list"),
        ("spec.inputs", [], "1 to 64 inputs, this one has 0"),
        ("spec.inputs.0.encoders", [], "encoder"),
        ("spec.inputs.0.vocabulary_size", 10**12, "vocabulary_size is 1000000000000"),
        ("spec.inputs.0.vocabulary_size", 5_000_000, "it has 8 words, the model has 5,000,000"),
        ("spec.inputs.0.name", "../../etc/passwd", "visible characters at most"),
        ("spec.inputs.0.name", "a/b", "visible characters at most"),
        ("spec.inputs.0.name", "a\n", "visible characters at most"),
        ("spec.inputs.0.name", "", "visible characters at most"),
        ("spec.inputs.0.name", "other", "it should list the files|do not belong"),
        ("spec.inputs.0.name", "label", "both called 'label'"),
        (f"{ENCODER}.kind", "transformer", "kind 'transformer', expected one of recurrent"),
        (f"{ENCODER}.cel", "gru", "unknown key 'cel'; did you mean 'cell'"),
        (f"{ENCODER}.cell", "transformer", "cell is 'transformer', expected one of"),
        (f"{ENCODER}.cell", ["gru"], "cell is .*, expected"),
        (f"{ENCODER}.units", 10**9, "units is 1000000000, expected 1 to 4,096"),
        (f"{ENCODER}.units", 0, "units is 0"),
        (f"{ENCODER}.units", True, "units is True, expected"),
        (f"{ENCODER}.units", 2.0, "units is 2.0, expected"),
        (f"{ENCODER}.units", None, "units is None, expected"),
        (f"{ENCODER}.units", "2", "units is '2', expected"),
        (f"{ENCODER}.layers", 10**6, "layers is 1000000"),
        (f"{ENCODER}.dropout", 10**400, r"dropout is 1000.*\.\.\., expected"),
        (f"{ENCODER}.dropout", 2, "dropout is 2.0, expected 0 to 0.95"),
        ("spec.outputs.0.n_labels", 3, "it should name 3 different labels for 'label'"),
        ("spec.outputs.0.n_labels", 10**9, "n_labels is 1000000000"),
        ("spec.outputs.0.kind", "regression", "kind 'regression'"),
        ("labels.label.classes", ["one", "one"], "different labels|twice"),
        ("labels.label.classes", ["one", 2], r"classes\[1\] is 2, expected str"),
        ("labels.label.kind", "complex", "complex"),
        ("labels.label.kind", "int", "label 0"),
        ("labels", {}, "its preparers and labels do not belong"),
        ("columns", {"text": "text"}, "its columns do not belong"),
        ("preparers", {}, "its preparers and labels do not belong"),
        ("preparers.text", 7, "what prepares 'text' is not as seqtext writes it"),
        ("preparers.text.vocabulary", ["", "[UNK]"], "what prepares 'text' is not as seqtext writes it"),
        ("preparers.text.tokens", "os.system", "no tokens 'os.system'"),
        ("preparers.text.clean", [["regex", "(", ""]], "regex|regular expression|pattern"),
        ("preparers.text.max_length", 10**12, "max_length is 1000000000000"),
        ("recipe.text.tokens", "os.system", "tokens is 'os.system'"),
        ("recipe.rows.seed", -1, "seed is -1"),
        ("made.rows", ["many"], "rows is .*, expected an object"),
        ("made.was_stopped", 1, "was_stopped is 1, expected bool"),
    ],
)
def test_a_forged_manifest_is_refused(folder, forge, path, value, message):
    forge(folder, "model.json", put(path, value))

    with pytest.raises(BundleError, match=message) as caught:
        load(folder)

    assert len(str(caught.value)) < 700
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("path", ["recipe.texts", "recipe.training.label_smoothing", f"{ENCODER}.recurrent_l2"])
def test_a_model_from_before_there_was_a_setting_has_what_is_usual(folder, forge, small, path):
    def without(manifest):
        *above, last = path.split(".")
        for key in above:
            manifest = manifest[int(key) if key.isdigit() else key]
        del manifest[last]

    forge(folder, "model.json", without)

    assert load(folder).predict_proba(["so good"]).tolist() == small.predict_proba(["so good"]).tolist()


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
def test_any_value_anywhere_in_the_manifest_is_taken_or_refused_in_one_line(forged, forge, data, value):
    folder, files = forged
    manifest = json.loads(files["model.json"])
    place = data.draw(st.sampled_from([place for place in places(manifest) if place != ("checksum",)]))

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
        assert found.predict_proba(["good", None]).shape == (2, 2)


# ------------------------------------------------------------------------------------------------ forged files


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
        (changed(BIAS, dtype="F16"), f"'{BIAS}' is not as the model"),
        (changed(BIAS, dtype=5), "its header cannot be read"),
        (changed(BIAS, shape=[3]), f"'{BIAS}' is not as the model"),
        (changed(BIAS, shape=[2.0]), "its header cannot be read"),
        (changed(BIAS, shape=[[2]]), "its header cannot be read"),
        (changed(BIAS, shape=None), "its header cannot be read"),
        (changed(BIAS, shape=[2**62, 4]), f"'{BIAS}' is not as the model"),
        (changed(BIAS, data_offsets=[8, 16]), "the numbers that its header promises"),
        (changed(BIAS, data_offsets=[0, 8, 16]), "the numbers that its header promises"),
        (changed(BIAS, data_offsets=[10**9, 10**9 + 8]), "the numbers that its header promises"),
        (changed(BIAS, data_offsets=[False, 8]), "its header cannot be read"),
        (changed(BIAS, data_offsets="08"), "its header cannot be read"),
        (changed(BIAS, path="/etc/passwd"), "its header cannot be read"),
        (with_header(lambda header: {"x" + name: facts for name, facts in header.items()}), "is not as the model"),
        (with_header(lambda header: dict(list(header.items())[1:])), "promises|is not as the model"),
        (with_header(lambda header: {**header, "more": header[BIAS]}), "the weight 'more' is not as the model"),
        (with_header(lambda header: {**header, "__metadata__": {"a": "b"}}), "its header cannot be read"),
        (with_header(lambda header: {}), "is not as the model"),
        (with_header(lambda header: []), "its header cannot be read"),
        (with_header(lambda header: {BIAS: 3}), "its header cannot be read"),
        (lambda content: content + b"\0\0\0\0", "the numbers that its header promises"),
        (lambda content: content[:-4], "the numbers that its header promises"),
        (lambda content: content[:5], "its header cannot be read"),
        (lambda content: b"\xff" * 8 + content[8:], "its header cannot be read"),
        (lambda content: b"", "its header cannot be read"),
        (with_bias(np.nan), f"the weight '{BIAS}' holds what is no number"),
        (with_bias(np.inf), f"the weight '{BIAS}' holds what is no number"),
    ],
)
def test_forged_weights_are_refused(folder, forge, change, message):
    forge(folder, "weights.safetensors", change)

    with pytest.raises(BundleError, match=f"weights.safetensors is damaged: .*({message})"):
        load(folder)


def test_weights_with_a_gap_between_them_are_refused(folder, forge):
    def spread(content):
        def later(header):
            last = max(header.values(), key=lambda facts: facts["data_offsets"])
            last["data_offsets"] = [place + 4 for place in last["data_offsets"]]
            return header

        return with_header(later)(content) + b"\0\0\0\0"

    forge(folder, "weights.safetensors", spread)

    with pytest.raises(BundleError, match="the numbers that its header promises"):
        load(folder)


def test_weights_that_are_larger_than_the_model_are_not_read(folder, forge, monkeypatch):
    monkeypatch.setattr(saving, "MAX_HEADER_BYTES", 100)

    with pytest.raises(BundleError, match=r"weights.safetensors is damaged: .* and at most [\d,]+ are allowed"):
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


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("metrics.json", b"[]"),
        ("metrics.json", b'{"label": []}'),
        ("metrics.json", b'{"label": {"this model": {}}}'),
        ("metrics.json", b'{"label": {"this model": {"confusion": [[1, 2]]}}}'),
        ("metrics.json", b'{"label": {"this model": {"confusion": [[1, 2], [3, -4]]}}}'),
        ("metrics.json", b'{"label": {"this model": {"confusion": [[1, 2], [3]]}}}'),
        ("metrics.json", b'{"label": {"this model": {"confusion": [[1, 2], [3, 1e999]]}}}'),
        ("metrics.json", b'{"other": {"this model": {"confusion": [[1, 2], [3, 4]]}}}'),
        ("history.csv", b"epoch,loss\n1,low\n"),
        ("history.csv", b"epoch,loss\n1,2,3\n"),
        ("history.csv", b"epoch,loss\n1\n"),
        ("history.csv", b"\xff"),
    ],
)
def test_forged_scores_and_history_are_refused(folder, forge, name, content):
    forge(folder, name, lambda _: content)

    with pytest.raises(BundleError, match=f"{name} is damaged"):
        load(folder)


def test_a_missing_package_is_no_damage(folder, monkeypatch):
    from seqtext.errors import MissingExtraError, missing_extra
    from seqtext.preprocess import TextPipeline

    def lacks_nltk(saved):
        raise missing_extra("nltk", "train")

    monkeypatch.setattr(TextPipeline, "from_dict", lacks_nltk)

    with pytest.raises(MissingExtraError, match="pip install"):
        load(folder)
