"""From raw rows to a trained model: nothing leaks, nothing depends on chance, Keras and ONNX agree."""

import dataclasses
import hashlib
import subprocess
import sys

import numpy as np
import pytest

from seqtext.errors import BundleError, DataError
from seqtext.models.onnx_graph import build_graph
from seqtext.training import run
from seqtext.training.run import check_rows, compare, encode, train, validation_split

pytestmark = pytest.mark.slow


def fingerprint(trained):
    whole = b"".join(name.encode() + weight.tobytes() for name, weight in trained.weights.items())
    return hashlib.sha256(whole + trained.graph).hexdigest()


def test_a_fixed_seed_gives_byte_identical_weights_twice(trained, reviews, tiny):
    texts, labels = reviews

    again = train({"text": texts}, {"label": labels}, tiny)

    assert fingerprint(again) == fingerprint(trained)
    assert again.history == trained.history


def test_a_fixed_seed_gives_byte_identical_weights_in_another_process(trained, reviews, tiny):
    script = (
        "import sys, warnings\n"
        f"sys.path[:0] = {sys.path!r}\n"
        "from seqtext.recipes import Recipe\n"
        "from seqtext.training.run import train\n"
        f"texts, labels = {reviews!r}\n"
        f"trained = train({{'text': texts}}, {{'label': labels}}, {tiny!r})\n"
        "import hashlib\n"
        "whole = b''.join(name.encode() + weight.tobytes() for name, weight in trained.weights.items())\n"
        "print(hashlib.sha256(whole + trained.graph).hexdigest())\n"
    )

    done = subprocess.run([sys.executable, "-"], input=script, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == fingerprint(trained)


def test_nothing_is_learned_from_validation_rows(reviews, tiny):
    texts, labels = reviews
    recipe = dataclasses.replace(tiny, cell="simple_rnn", bidirectional=False, epochs=1)
    _, held_out = validation_split({"text": texts}, {"label": labels}, recipe)
    marked = [f"{text} secret{row}" if row in held_out else text for row, text in enumerate(texts)]
    kept, held_again = validation_split({"text": marked}, {"label": labels}, recipe)
    assert held_again.tolist() == held_out.tolist(), "the marks must not change the split"

    one, other = (train({"text": column}, {"label": labels}, recipe) for column in (texts, marked))

    assert not any(word.startswith("secret") for word in other.pipelines["text"].vocabulary_)
    assert other.rows == {"training": len(kept), "validation": len(held_out)} == {"training": 32, "validation": 8}
    assert fingerprint(one) == fingerprint(other)


def test_a_word_of_a_training_row_is_learned(trained):
    assert "wonderful" in trained.pipelines["text"].vocabulary_


def test_equal_texts_stay_on_one_side(tiny):
    texts = [f"text number {i // 2}" for i in range(60)]
    labels = ["ab"[i // 2 % 2] for i in range(60)]

    kept, held_out = validation_split({"text": texts}, {"label": labels}, tiny)

    assert not {texts[i] for i in kept} & {texts[i] for i in held_out}
    assert sorted([*kept, *held_out]) == list(range(60))


def test_without_validation_every_row_is_learned_from(tiny):
    recipe = dataclasses.replace(tiny, validation_share=0.0)

    kept, held_out = validation_split({"text": ["a", "b"]}, {"label": ["x", "y"]}, recipe)

    assert (kept.tolist(), held_out.tolist()) == ([0, 1], [])


def test_the_graph_gives_what_keras_gives(trained, reviews):
    rows = encode({"text": reviews[0]}, {"label": reviews[1]}, trained.pipelines, trained.labels, np.arange(40))

    compare(trained.model, trained.graph, rows)


def test_several_inputs_and_outputs_have_each_their_own(trained_pairs):
    assert sorted(trained_pairs.pipelines) == ["body", "title"]
    assert trained_pairs.pipelines["body"].vocabulary_ != trained_pairs.pipelines["title"].vocabulary_
    assert {name: encoder.classes_ for name, encoder in trained_pairs.labels.items()} == {
        "mood": ["happy", "sad"],
        "rain": ["dry", "wet"],
    }
    assert [head.name for head in trained_pairs.spec.outputs] == ["mood", "rain"]


def test_numbers_as_labels_are_in_the_order_of_their_values(tiny):
    texts = [f"text {'abcdefghijkl'[i % 12]} {i}" for i in range(48)]
    labels = [i % 12 for i in range(48)]

    trained = train({"text": texts}, {"stars": labels}, dataclasses.replace(tiny, epochs=1, bidirectional=False))

    assert trained.labels["stars"].classes_ == [str(i) for i in range(12)]


@pytest.mark.parametrize("change", [1.01, np.nan])
def test_a_graph_that_differs_from_keras_is_an_error(trained, reviews, change):
    rows = encode({"text": reviews[0]}, {"label": reviews[1]}, trained.pipelines, trained.labels, np.arange(40))
    kernel = trained.weights["label/kernel"] * np.float32(change)
    wrong = build_graph(trained.spec, {**trained.weights, "label/kernel": kernel})

    with pytest.raises(BundleError, match=r"the ONNX graph differs from Keras by .* in 'label'.*was not saved"):
        compare(trained.model, wrong, rows)


@pytest.mark.parametrize(
    ("texts", "labels", "error", "message"),
    [
        ([], [], DataError, "there are no rows to train on"),
        (["a", "b"], ["x"], ValueError, r"must be equally long, but have \[1, 2\] rows"),
        (["a", "b"], ["x", "x"], DataError, "all 2 rows have the label 'x', so there is nothing to learn"),
    ],
)
def test_rows_that_cannot_be_learned_from_are_refused(texts, labels, error, message):
    with pytest.raises(error, match=message):
        check_rows({"text": texts}, {"label": labels})


def test_a_label_seen_once_is_refused_by_name(reviews, tiny):
    texts, labels = reviews

    with pytest.raises(DataError, match="'odd'"):
        train({"text": [*texts, "something else"]}, {"label": [*labels, "odd"]}, tiny)


@pytest.mark.parametrize("missing", [None, "", float("nan")])
def test_a_missing_label_is_refused(reviews, tiny, missing):
    texts, labels = reviews

    with pytest.raises(DataError, match="no label in row 40"):
        train({"text": [*texts, "more"]}, {"label": [*labels, missing]}, tiny)


def test_without_tensorflow_the_extra_is_named_before_any_work(reviews, tiny, monkeypatch):
    from seqtext.errors import MissingExtraError

    monkeypatch.setitem(sys.modules, "keras", None)
    monkeypatch.setattr(run, "validation_split", lambda *_: pytest.fail("work began"))

    with pytest.raises(MissingExtraError, match=r"pip install 'seqtext\[train\]'"):
        train({"text": reviews[0]}, {"label": reviews[1]}, tiny)


def test_empty_and_missing_texts_are_rows_like_others(tiny):
    texts = [None, "", "good", "good film", "fine", "bad", "bad film", "poor", "a", "b", "c", "d"]
    labels = ["x", "y", "x", "x", "x", "y", "y", "y", "x", "y", "x", "y"]

    trained = train({"text": texts}, {"label": labels}, dataclasses.replace(tiny, epochs=1, bidirectional=False))

    assert trained.rows["training"] + trained.rows["validation"] == 12
