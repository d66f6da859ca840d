"""What a model may be: names, bounds, and the weights that follow from them."""

import dataclasses
import math

import pytest

from seqtext.errors import BundleError, RecipeError
from seqtext.models.spec import (
    CELLS,
    MAX_LABELS,
    MAX_LAYERS,
    MAX_VOCABULARY,
    MAX_WIDTH,
    POOLINGS,
    Head,
    ModelSpec,
    TextInput,
    spec_from_dict,
    spec_to_dict,
    weight_shapes,
)

TEXT, HEAD = TextInput("text", 100, 8, units=4), Head("label", 3)


def with_text(**change):
    return ModelSpec((dataclasses.replace(TEXT, **change),), (HEAD,))


@pytest.mark.parametrize(
    ("change", "width"),
    [
        ({}, 4),
        ({"bidirectional": True}, 8),
        ({"pooling": "max_mean"}, 8),
        ({"pooling": "max_mean", "bidirectional": True}, 16),
        ({"pooling": "attention", "layers": 3}, 4),
    ],
)
def test_width_of_a_text_after_pooling(change, width):
    assert with_text(**change).width == width


def test_weights_of_a_gru_in_both_directions():
    spec = ModelSpec((TextInput("text", 100, 8, cell="gru", units=4, bidirectional=True),), (HEAD,))

    assert weight_shapes(spec) == {
        "text/embedding": (100, 8),
        "text/gru_0/forward/kernel": (8, 12),
        "text/gru_0/forward/recurrent_kernel": (4, 12),
        "text/gru_0/forward/bias": (2, 12),
        "text/gru_0/backward/kernel": (8, 12),
        "text/gru_0/backward/recurrent_kernel": (4, 12),
        "text/gru_0/backward/bias": (2, 12),
        "label/kernel": (8, 3),
        "label/bias": (3,),
    }


def test_weights_of_two_lstm_layers_with_attention_and_a_binary_head():
    spec = ModelSpec((dataclasses.replace(TEXT, layers=2, pooling="attention"),), (Head("yes", 2, "binary"),))

    assert weight_shapes(spec) == {
        "text/embedding": (100, 8),
        "text/lstm_0/forward/kernel": (8, 16),
        "text/lstm_0/forward/recurrent_kernel": (4, 16),
        "text/lstm_0/forward/bias": (16,),
        "text/lstm_1/forward/kernel": (4, 16),
        "text/lstm_1/forward/recurrent_kernel": (4, 16),
        "text/lstm_1/forward/bias": (16,),
        "text/attention/kernel": (4, 4),
        "text/attention/bias": (4,),
        "text/attention/context": (4,),
        "yes/kernel": (4, 1),
        "yes/bias": (1,),
    }


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("pooling", POOLINGS)
def test_plain_values_and_back(cell, pooling):
    spec = ModelSpec(
        (dataclasses.replace(TEXT, cell=cell, pooling=pooling, l1=0.5),), (HEAD, Head("b", 2, "binary")), 0.3
    )

    assert spec_from_dict(spec_to_dict(spec), BundleError) == spec


def test_a_wrong_value_raises_the_error_that_was_asked_for():
    plain = spec_to_dict(with_text())
    plain["inputs"][0]["units"] = 10**9

    with pytest.raises(BundleError, match="units is 1000000000"):
        spec_from_dict(plain, BundleError)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("vocabulary_size", 2, MAX_VOCABULARY),
        ("embedding_dim", 1, MAX_WIDTH),
        ("units", 1, MAX_WIDTH),
        ("layers", 1, MAX_LAYERS),
        ("word_dropout", 0.0, 0.95),
        ("embedding_dropout", 0.0, 0.95),
        ("dropout", 0.0, 0.95),
        ("recurrent_dropout", 0.0, 0.95),
        ("l1", 0.0, 100.0),
        ("l2", 0.0, 100.0),
    ],
)
def test_bounds_of_an_input(name, low, high):
    with_text(**{name: low})
    with_text(**{name: high})
    for value in (low - 1, high + 1, math.nan, math.inf):
        with pytest.raises(RecipeError, match=f"{name} is {value}"):
            with_text(**{name: value})


@pytest.mark.parametrize("name", ["cell", "pooling", "activation", "initializer"])
def test_a_word_that_is_no_choice_is_refused(name):
    with pytest.raises(RecipeError, match=f"{name} is 'os.system', expected one of"):
        with_text(**{name: "os.system"})


@pytest.mark.parametrize("name", ["", "a b", "a/b", "../x", "a.b", "_a", "a\n", "ä", "a" * 65])
def test_a_name_that_cannot_be_a_file_or_a_layer_is_refused(name):
    with pytest.raises(RecipeError, match="is not made of letters, digits"):
        with_text(name=name)


def test_two_parts_of_one_name_are_refused():
    with pytest.raises(RecipeError, match="both called 'text'"):
        ModelSpec((TEXT,), (Head("text", 2),))


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (Head("label", 1), "n_labels is 1, expected 2"),
        (Head("label", MAX_LABELS + 1), "n_labels is 100001"),
        (Head("label", 2, "regression"), "kind is 'regression', expected one of multiclass, binary"),
        (Head("label", 3, "binary"), "a binary head decides between 2 labels, 'label' has 3; use multiclass"),
    ],
)
def test_a_head_that_cannot_answer_is_refused(head, message):
    with pytest.raises(RecipeError, match=message):
        ModelSpec((TEXT,), (head,))


@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        ((), (HEAD,), "1 to 64 inputs, this one has 0"),
        ((TEXT,), (), "1 to 64 outputs, this one has 0"),
        ((TEXT,) * 65, (HEAD,), "1 to 64 inputs, this one has 65"),
    ],
)
def test_too_few_or_too_many_parts_are_refused(inputs, outputs, message):
    with pytest.raises(RecipeError, match=message):
        ModelSpec(inputs, outputs)


def test_a_model_too_large_for_any_machine_is_refused_before_it_is_built():
    with pytest.raises(RecipeError, match=r"the model would have .* weights, the limit is 500,000,000"):
        with_text(vocabulary_size=MAX_VOCABULARY, embedding_dim=MAX_WIDTH)
