"""Texts that share encoders, and pairs that are compared: one set of weights, the same answers everywhere."""

import dataclasses

import numpy as np
import pytest

from seqtext.errors import BundleError, RecipeError
from seqtext.models.bag import Bag
from seqtext.models.heads import Multiclass
from seqtext.models.number import NumberInput
from seqtext.models.picture import picture
from seqtext.models.recurrent import Recurrent
from seqtext.models.sharing import Comparison
from seqtext.models.spec import Dense, ModelSpec, build_graph, weight_shapes
from seqtext.models.text import TextInput
from seqtext.saving import load, save
from seqtext.schema import from_plain, to_plain

SMALL = Recurrent(embedding_dim=3, units=2, word_dropout=0.0, embedding_dropout=0.0)
GRU = dataclasses.replace(SMALL, cell="gru", layers=2, pooling="last")
HEAD = (Multiclass("label", 3),)
PAIR = (Comparison("a", "b"),)
A, B = TextInput("a", 10, (SMALL,)), TextInput("b", 10, (SMALL,), shares="a")
COMPARED = ModelSpec((A, B), HEAD, comparisons=PAIR)
IDS = {
    "a": np.int32([[3, 4, 5, 6], [9, 0, 0, 0], [2, 2, 3, 0]]),
    "b": np.int32([[7, 0], [3, 4], [9, 9]]),
    "c": np.int32([[1, 2, 3, 4, 5], [2, 0, 0, 0, 0], [8, 8, 0, 0, 0]]),
}


def texts(*encoders, names="ab"):
    """Inputs that all share the encoders of the first."""
    return tuple(TextInput(name, 10, encoders, shares="" if name == names[0] else names[0]) for name in names)


# ------------------------------------------------------------------------------------------------ what it computes


@pytest.mark.slow
@pytest.mark.parametrize(
    "spec",
    [
        COMPARED,
        ModelSpec(texts(SMALL), HEAD),
        ModelSpec(texts(GRU, SMALL, names="abc"), HEAD, (Dense(3),), comparisons=(Comparison("c", "a"), *PAIR)),
        ModelSpec((A, TextInput("c", 7, (GRU,)), dataclasses.replace(B, vocabulary_size=10)), HEAD, comparisons=PAIR),
        ModelSpec(texts(dataclasses.replace(SMALL, pooling="attention")), HEAD, comparisons=(Comparison("b", "a"),)),
    ],
    ids=["compared", "shared", "three texts of two encoders", "one apart", "attention"],
)
def test_keras_and_onnx_agree_alone_and_in_batches_of_any_lengths(assert_same, spec):
    assert_same(spec, {part.name: IDS[part.name] % part.vocabulary_size for part in spec.inputs})


@pytest.mark.slow
def test_bags_and_shared_encoders_stand_side_by_side(both):
    encoders = (Bag(hidden_units=2), SMALL, Bag(hidden_units=1))
    inputs = tuple(TextInput(name, 10, encoders, (5, 6), shares=owner) for name, owner in (("a", ""), ("b", "a")))
    rng = np.random.default_rng(0)
    feed = {
        f"{name}.bag_{i}.{what}": rng.integers(0, 5, (3, 2), "i4") if what == "ids" else rng.random((3, 2), "f4")
        for name in "ab"
        for i in range(2)
        for what in ("ids", "values")
    }
    by_keras, by_onnx = both(ModelSpec(inputs, HEAD, comparisons=PAIR))

    given = feed | {name: IDS[name] for name in "ab"}

    np.testing.assert_allclose(by_onnx(given)["label"], by_keras(given)["label"], atol=1e-5)


@pytest.mark.slow
def test_a_shared_encoder_gives_what_two_of_equal_weights_would(weights_of):
    import onnxruntime

    apart = ModelSpec((A, dataclasses.replace(B, shares="")), HEAD)
    shared = ModelSpec((A, B), HEAD)
    weights = weights_of(shared)
    copied = weights | {f"b{name[1:]}": one for name, one in weights.items() if name.startswith("a/")}

    one, other = (
        onnxruntime.InferenceSession(build_graph(spec, given).to_bytes()).run(None, {n: IDS[n] for n in "ab"})[0]
        for spec, given in ((shared, weights), (apart, copied))
    )

    np.testing.assert_allclose(one, other, atol=1e-6)


def answer_of_comparison_alone(weights):
    """The weights, but what stands before the comparison says nothing."""
    kernel = weights["label/answer/kernel"].copy()
    kernel[:16] = 0
    return weights | {"label/answer/kernel": kernel}


@pytest.mark.slow
def test_what_is_compared_is_the_same_either_way_round(weights_of):
    import onnxruntime

    session = onnxruntime.InferenceSession(
        build_graph(COMPARED, answer_of_comparison_alone(weights_of(COMPARED))).to_bytes()
    )
    one = session.run(None, {"a": IDS["a"], "b": IDS["b"]})[0]
    other = session.run(None, {"a": IDS["b"], "b": IDS["a"]})[0]

    np.testing.assert_allclose(one, other, atol=1e-6)
    assert np.abs(one[0] - one[1]).max() > 0.01


def test_difference_and_product_of_two_vectors():
    from seqtext.models.layers import DifferenceAndProduct

    found = DifferenceAndProduct()(np.float32([[1, -2]]), np.float32([[3, 1]]))

    assert np.asarray(found).tolist() == [[2, 3, 3, -2]]


def test_texts_under_each_other_are_as_long_as_the_longest_and_come_apart_again():
    from seqtext.models.layers import StackTexts, UnstackTexts

    stacked = StackTexts()([np.int32([[3, 4, 5]]), np.int32([[6]])])

    assert np.asarray(stacked).tolist() == [[3, 4, 5], [6, 0, 0]]
    assert [np.asarray(one).tolist() for one in UnstackTexts(2)(stacked)] == [[[3, 4, 5]], [[6, 0, 0]]]


# ------------------------------------------------------------------------------------------------ weights exist once


def test_a_shared_encoder_has_its_weights_once():
    shared = [name for name in weight_shapes(COMPARED) if not name.startswith("label/")]

    assert shared[0] == "a/recurrent_0/embedding/embeddings"
    assert len(shared) == 7  # the embedding, and kernel, recurrent kernel and bias of each direction
    assert all(name.startswith("a/recurrent_0/") for name in shared)
    assert weight_shapes(COMPARED)["label/answer/kernel"] == (8 + 8 + 16, 3)


@pytest.mark.slow
def test_keras_and_onnx_hold_each_shared_weight_once(weights_of):
    from seqtext.models.build import build

    graph = build_graph(COMPARED, weights_of(COMPARED))

    assert len(build(COMPARED).weights) == len(weight_shapes(COMPARED))
    assert [one.shape for one in graph.constants.values()].count((10, 3)) == 1
    assert graph.to_bytes().count(b"LSTM") == 2  # the operator of a node, and its name


def test_the_drawing_says_what_is_shared_and_compared():
    assert picture(COMPARED).splitlines()[:8] == [
        "a: text",
        " └─ embedding 3, bidirectional lstm 2, max_mean pooling  (rows, 8)",
        "b: text",
        " └─ that of a: bidirectional lstm 2  (rows, 8)",
        " │",
        "difference and product of a and b  (rows, 16)",
        " │",
        "joined  (rows, 32)",
    ]


# ------------------------------------------------------------------------------------------------ what is refused


def put(value, *path):
    def change(plain):
        for key in path[:-1]:
            plain = plain[key]
        plain[path[-1]] = value

    return change


COMPARISON = {"first": "a", "second": "b"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put("b", "inputs", 1, "shares"), "'b' shares the encoders of 'b', which is no text before it"),
        (put("b", "inputs", 0, "shares"), "'a' shares the encoders of 'b', which is no text before it"),
        (put("nobody", "inputs", 1, "shares"), "'b' shares the encoders of 'nobody', which is no text before it"),
        (put("x" * 10_000, "inputs", 1, "shares"), "which is no text before it"),
        (put(7, "inputs", 1, "shares"), r"shares is 7, expected str"),
        (put(11, "inputs", 1, "vocabulary_size"), "'b' and 'a' share their encoders, but have other"),
        (put(3, "inputs", 1, "encoders", 0, "units"), "'b' and 'a' share their encoders, but have other"),
        (put("a", "comparisons", 0, "second"), "'a' and 'a' cannot be compared"),
        (put("nobody", "comparisons", 0, "second"), "'a' and 'nobody' cannot be compared"),
        (put("label", "comparisons", 0, "first"), "'label' and 'b' cannot be compared"),
        (put([COMPARISON, {"first": "b", "second": "a"}], "comparisons"), "is compared once"),
        (put([COMPARISON] * 65, "comparisons"), "at most 64 compared pairs, this one has 65"),
        (put([{"first": "a"}], "comparisons"), "lacks the key 'second'"),
        (put("", "inputs", 1, "shares"), "'a' and 'b' cannot be compared: a pair is two texts that share"),
    ],
)
def test_a_forged_model_of_shared_texts_is_refused_in_a_line(untrained, tmp_path, forge, change, message):
    folder = save(untrained(COMPARED), tmp_path / "model")
    forge(folder, "model.json", lambda manifest: change(manifest["spec"]))

    with pytest.raises(BundleError, match=message) as caught:
        load(folder)

    assert len(str(caught.value)) < 700
    assert len(str(caught.value).splitlines()) == 1


def test_a_chain_of_texts_that_share_is_refused():
    third = dataclasses.replace(A, name="c", shares="b")

    with pytest.raises(RecipeError, match="'c' shares the encoders of 'b', which is no text before it that has enc"):
        ModelSpec((A, B, third), HEAD)


def test_bags_cannot_be_all_that_is_shared():
    bag = TextInput("a", 10, (Bag(hidden_units=2),), (5,))

    with pytest.raises(RecipeError, match="'b' has no encoder to share: the weights of a bag are its own"):
        ModelSpec((bag, dataclasses.replace(bag, name="b", shares="a")), HEAD)


def test_a_number_has_no_encoders_to_share():
    with pytest.raises(RecipeError, match="'b' shares the encoders of 'age', which is no text before it"):
        ModelSpec((NumberInput("age"), dataclasses.replace(B, shares="age")), HEAD)


def test_a_shared_model_that_is_saved_is_the_one_that_is_loaded(untrained, tmp_path):
    model = untrained(COMPARED, words=["good", "bad", "film", "the", "not", "!", "so", "long"])
    again = load(save(model, tmp_path / "model"))
    rows = {"a": ["good film", "bad"], "b": ["the film", "not good !"]}

    assert again.spec == COMPARED == from_plain(ModelSpec, to_plain(COMPARED), "model", BundleError)
    np.testing.assert_array_equal(again.predict_proba(rows), model.predict_proba(rows))
