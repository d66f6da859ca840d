"""A bag is read by Keras and by ONNX in the same way: alone, in a batch, and with room at the end."""

import dataclasses

import numpy as np
import pytest

from seqtext.errors import RecipeError
from seqtext.models.bag import Bag
from seqtext.models.heads import Binary, Multiclass
from seqtext.models.recurrent import Recurrent
from seqtext.models.spec import Dense, ModelSpec, weight_shapes
from seqtext.models.text import TextInput, TextSettings
from seqtext.schema import from_plain, to_plain

GRU = Recurrent(embedding_dim=4, cell="gru", units=3, word_dropout=0.0, embedding_dropout=0.0)
WIDE, HIDDEN = Bag(), Bag(hidden_units=5)
LABEL, BINARY, OTHER = Multiclass("label", 3), Binary("sure"), Multiclass("other", 2)

SEQUENCE = np.array([[3, 4, 5, 6, 7, 0, 0], [9, 0, 0, 0, 0, 0, 0], [2, 2, 3, 3, 4, 4, 5]], dtype=np.int32)
# The second text has no features at all, and the last one has feature 0, which is also what rows are filled up with.
FEATURES = np.array([[1, 4, 6], [0, 0, 0], [0, 3, 0]], dtype=np.int32)
VALUES = np.array([[0.5, -2.0, 1.5], [0, 0, 0], [3.0, 1.0, 0]], dtype=np.float32)


def text(*encoders, name="text", features=7, answers=0):
    bags = sum(isinstance(one, Bag) for one in encoders)
    return TextInput(name, 10, encoders, (features,) * bags, answers)


def feed_of(spec):
    found = {}
    for part in spec.inputs:
        if any(isinstance(one, Recurrent) for one in part.encoders):
            found[part.name] = SEQUENCE
        for i in range(len(part.features)):
            # Another order of rows, so that two bags are not the same.
            found |= {f"{part.name}.bag_{i}.ids": np.roll(FEATURES, i, 0)}
            found |= {f"{part.name}.bag_{i}.values": np.roll(VALUES, i, 0)}
    return found


SPECS = {
    "wide": ModelSpec((text(WIDE, answers=3),), (LABEL,)),
    "wide and binary": ModelSpec((text(WIDE, answers=1),), (BINARY,)),
    "hidden": ModelSpec((text(HIDDEN),), (LABEL,)),
    "hidden with everything": ModelSpec(
        (text(Bag(hidden_units=4, activation="tanh", l1=0.1, l2=0.1, dropout=0.5, weighting="count")),), (LABEL,)
    ),
    "two bags": ModelSpec((text(WIDE, Bag(max_chars=0), answers=3),), (LABEL,)),
    "the same bag twice": ModelSpec((text(HIDDEN, HIDDEN),), (LABEL,)),
    "beside a recurrent one": ModelSpec((text(GRU, WIDE, answers=3),), (LABEL,)),
    "before a recurrent one": ModelSpec((text(HIDDEN, GRU),), (LABEL,), (Dense(4),)),
    "two inputs": ModelSpec((text(WIDE, answers=3), text(GRU, name="title"), text(HIDDEN, name="note")), (LABEL,)),
    "several heads": ModelSpec((text(GRU, WIDE, answers=6),), (LABEL, BINARY, OTHER)),
}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_keras_and_onnx_give_the_same_alone_and_in_batches(both, spec):
    by_keras, by_onnx = both(spec)
    feed = feed_of(spec)
    longer = {name: np.pad(array, ((0, 0), (0, 4))) for name, array in feed.items()}

    expected = by_keras(feed)

    assert expected.keys() == {head.name for head in spec.outputs}
    for name, wanted in expected.items():
        assert np.abs(wanted[0] - wanted[2]).max() > 1e-3, "the rows say nothing"
        for run in (by_keras, by_onnx):
            alone = [run({feed: array[i : i + 1] for feed, array in feed.items()})[name] for i in range(3)]
            np.testing.assert_allclose(run(feed)[name], wanted, atol=1e-5)
            np.testing.assert_allclose(run(longer)[name], wanted, atol=1e-5)
            np.testing.assert_allclose(np.concatenate(alone), wanted, atol=1e-5)


@pytest.mark.parametrize("activation", ["tanh", "silu", "softmax"])
def test_an_activation_is_the_same(both, activation):
    spec = ModelSpec((text(Bag(hidden_units=4, activation=activation)),), (LABEL,))
    by_keras, by_onnx = both(spec)

    np.testing.assert_allclose(by_onnx(feed_of(spec))["label"], by_keras(feed_of(spec))["label"], atol=1e-5)


def test_a_bag_adds_up_rows_of_its_table(both, weights_of):
    spec = ModelSpec((text(HIDDEN),), (LABEL,))
    weights = weights_of(spec)
    kernel, bias = weights["text/bag_0/weighted_sum/kernel"], weights["text/bag_0/weighted_sum/bias"]
    sums = [0.5 * kernel[1] - 2 * kernel[4] + 1.5 * kernel[6], 0 * kernel[0], 3 * kernel[0] + kernel[3]]
    hidden = np.maximum(sums + bias, 0)
    logits = hidden @ weights["label/answer/kernel"] + weights["label/answer/bias"]
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)

    for run in both(spec):
        np.testing.assert_allclose(run(feed_of(spec))["label"], expected, atol=1e-5)


def test_weights_are_named_by_the_place_of_the_encoder():
    assert weight_shapes(SPECS["before a recurrent one"])["text/bag_0/weighted_sum/kernel"] == (7, 5)
    shapes = weight_shapes(SPECS["several heads"])
    assert shapes["text/bag_1/weighted_sum/kernel"] == (7, 6)
    assert shapes["sure/answer/kernel"] == (GRU.width + 6, 1)


def test_a_model_of_bags_alone_reads_no_ids():
    from seqtext.models.build import build

    assert list(build(SPECS["wide"]).input) == ["text.bag_0.ids", "text.bag_0.values"]


def test_a_spec_comes_back_from_plain_values():
    for spec in SPECS.values():
        assert from_plain(ModelSpec, to_plain(spec), "spec", RecipeError) == spec


# ------------------------------------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Bag(ngrams=0, max_chars=0), "a bag holds runs of words or of characters"),
        (lambda: Bag(ngrams=4), "ngrams is 4, expected 0 to 3"),
        (lambda: Bag(min_chars=6), "min_chars is 6; expected a whole number from 1 to 5"),
        (lambda: Bag(min_chars=0), "min_chars is 0, expected 1 to 8"),
        (lambda: Bag(max_chars=9), "max_chars is 9, expected 0 to 8"),
        (lambda: Bag(weighting="bm25"), "weighting is 'bm25', expected one of"),
        (lambda: Bag(hidden_units=-1), "hidden_units is -1"),
        (lambda: Bag(hidden_units=10**6), "hidden_units is 1000000"),
        (lambda: Bag(activation="swish2"), "activation is 'swish2'"),
        (lambda: Bag(cost=0), "cost is 0"),
        (lambda: TextInput("text", 10, (WIDE,), (7,)), "straight to the labels needs the number of their answers"),
        (lambda: TextInput("text", 10, (HIDDEN,), ()), r"a text with 1 bags cannot have the numbers of n-grams \(\)"),
        (lambda: TextInput("text", 10, (GRU,), (7,)), r"a text with 0 bags cannot have the numbers of n-grams \(7,\)"),
        (lambda: TextInput("text", 10, (HIDDEN,), (0,)), r"cannot have the numbers of n-grams \(0,\)"),
        (lambda: TextInput("text", 10, (HIDDEN,), (-1,)), r"cannot have the numbers of n-grams \(-1,\)"),
        (lambda: TextInput("text", 10, (HIDDEN,), (10**12,)), "cannot have the numbers of n-grams"),
        (lambda: TextInput("text", 10, (WIDE,), (7,), answers=10**9), "answers is 1000000000"),
        (
            lambda: ModelSpec((text(Bag(hidden_units=4_096), features=2_000_000),), (LABEL,)),
            "the limit is 500,000,000; make it smaller",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(RecipeError, match=message):
        make()


# ------------------------------------------------------------------------------------------------ settings and facts


def test_words_alone_need_one_setting():
    assert Bag(max_chars=0).preparer().max_chars == 0


def test_a_text_is_prepared_for_its_bags():
    from seqtext.preprocess import TextPipeline
    from seqtext.preprocess.text_column import TextColumn

    texts = ["good film", "bad film"] * 3
    one = TextSettings(encoders=(Recurrent(), WIDE, HIDDEN)).preparer().fit(texts)

    assert isinstance(one, TextColumn)
    assert isinstance(TextSettings(encoders=(Recurrent(),)).preparer(), TextPipeline)
    part = dataclasses.replace(TextSettings(), encoders=(Recurrent(), HIDDEN)).part("text", _alone(one), 2)
    assert (part.vocabulary_size, part.features) == (5, (len(one.bags[1].keys_),))


def _alone(column):
    from seqtext.preprocess.text_column import TextColumn

    return TextColumn.from_dict(
        {**column.to_dict(), "bags": [column.bags[1].to_dict()]},
        {f"bag_0/{name}": array for name, array in column.bags[1].arrays().items()},
    )


@pytest.mark.parametrize(
    ("bag", "description"),
    [
        (Bag(), "bag of words up to 2 in a row and 2 to 5 characters, tfidf, straight to the labels"),
        (Bag(ngrams=0, hidden_units=9), "bag of 2 to 5 characters, tfidf, 9 units, relu"),
        (Bag(max_chars=0, weighting="freq"), "bag of words up to 2 in a row, freq, straight to the labels"),
    ],
)
def test_people_are_told_what_a_bag_is(bag, description):
    assert bag.description == description


def test_the_options_of_a_bag_reach_what_counts():
    found = Bag(3, 1, 4, 5, 6, "occurrences", "freq").preparer()

    expected = {"words": 3, "min_chars": 1, "max_chars": 4, "min_count": 5, "max_features": 6}
    assert found.to_dict() == {**expected, "rank": "occurrences", "weighting": "freq"}
