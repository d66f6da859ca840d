"""What a model may be: names, bounds, and the weights that follow from them."""

import dataclasses
import json

import pytest

from seqtext.errors import BundleError, RecipeError
from seqtext.models.cells import CELLS
from seqtext.models.heads import MAX_LABELS, Binary, Multiclass
from seqtext.models.pooling import POOLINGS
from seqtext.models.recurrent import MAX_WIDTH, Recurrent
from seqtext.models.spec import Dense, ModelSpec, part_names, plain_name, weight_shapes
from seqtext.models.text import MAX_VOCABULARY, TextInput
from seqtext.schema import from_plain, to_plain

ENCODER = Recurrent(embedding_dim=8, units=4, bidirectional=False, pooling="last")
TEXT, HEAD = TextInput("text", 100, (ENCODER,)), Multiclass("label", 3)


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
    assert dataclasses.replace(ENCODER, **change).width == width


def test_weights_of_a_gru_in_both_directions():
    spec = ModelSpec((TextInput("text", 100, (Recurrent(8, "gru", 4, pooling="last"),)),), (HEAD,))

    assert weight_shapes(spec) == {
        "text/recurrent_0/embedding/embeddings": (100, 8),
        "text/recurrent_0/gru_0/forward/kernel": (8, 12),
        "text/recurrent_0/gru_0/forward/recurrent_kernel": (4, 12),
        "text/recurrent_0/gru_0/forward/bias": (2, 12),
        "text/recurrent_0/gru_0/backward/kernel": (8, 12),
        "text/recurrent_0/gru_0/backward/recurrent_kernel": (4, 12),
        "text/recurrent_0/gru_0/backward/bias": (2, 12),
        "label/answer/kernel": (8, 3),
        "label/answer/bias": (3,),
    }


def test_weights_of_two_encoders_with_attention_a_dense_layer_and_a_binary_head():
    attentive = dataclasses.replace(ENCODER, layers=2, pooling="attention")
    spec = ModelSpec((TextInput("text", 100, (attentive, ENCODER)),), (Binary("yes"),), (Dense(5),))

    assert weight_shapes(spec) == {
        "text/recurrent_0/embedding/embeddings": (100, 8),
        "text/recurrent_0/lstm_0/forward/kernel": (8, 16),
        "text/recurrent_0/lstm_0/forward/recurrent_kernel": (4, 16),
        "text/recurrent_0/lstm_0/forward/bias": (16,),
        "text/recurrent_0/lstm_1/forward/kernel": (4, 16),
        "text/recurrent_0/lstm_1/forward/recurrent_kernel": (4, 16),
        "text/recurrent_0/lstm_1/forward/bias": (16,),
        "text/recurrent_0/attention/kernel": (4, 4),
        "text/recurrent_0/attention/bias": (4,),
        "text/recurrent_0/attention/context": (4,),
        "text/recurrent_1/embedding/embeddings": (100, 8),
        "text/recurrent_1/lstm_0/forward/kernel": (8, 16),
        "text/recurrent_1/lstm_0/forward/recurrent_kernel": (4, 16),
        "text/recurrent_1/lstm_0/forward/bias": (16,),
        "dense/0/kernel": (8, 5),
        "dense/0/bias": (5,),
        "yes/answer/kernel": (5, 1),
        "yes/answer/bias": (1,),
    }
    assert spec.weight_count == 800 + 128 + 64 + 16 + 64 + 64 + 16 + 16 + 4 + 4 + 800 + 128 + 64 + 16 + 40 + 5 + 5 + 1


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("pooling", POOLINGS)
def test_to_json_and_back(cell, pooling):
    text = TextInput("text", 100, (dataclasses.replace(ENCODER, cell=cell, pooling=pooling, l1=0.5), ENCODER))
    spec = ModelSpec((text,), (HEAD, Binary("b")), (Dense(5, l2=0.1),), 0.3)

    assert from_plain(ModelSpec, json.loads(json.dumps(to_plain(spec))), "model", BundleError) == spec


def test_a_wrong_value_raises_the_error_that_was_asked_for_with_its_place():
    plain = to_plain(ModelSpec((TEXT,), (HEAD,)))
    plain["inputs"][0]["encoders"][0]["units"] = 10**9

    with pytest.raises(BundleError, match=r"model.inputs\[0\].encoders\[0\]: units is 1000000000, expected 1 to 4,096"):
        from_plain(ModelSpec, plain, "model", BundleError)


@pytest.mark.parametrize("name", ["", " a", "a/b", "../x", "a.b", "a\n", "a\u2028b", "\ud800", "a" * 65])
def test_a_name_that_nobody_can_read_or_that_holds_what_stands_between_names_is_refused(name):
    with pytest.raises(RecipeError, match="is not one of 64 visible characters at most"):
        ModelSpec((dataclasses.replace(TEXT, name=name),), (HEAD,))


def test_layers_and_files_get_names_that_are_known_everywhere_and_differ_as_the_names_do():
    assert plain_name("Mail-body_2") == "Mail-body_2"
    assert len({plain_name(name) for name in ("Größe", "Grüße", "日本", "日本語", "Gr_e")}) == 5
    assert all(plain_name(plain_name(name)) == plain_name(name) for name in ("Größe", "_", "a b", "日" * 64))


def test_two_parts_of_one_name_are_refused():
    with pytest.raises(RecipeError, match="both called 'text'"):
        ModelSpec((TEXT,), (Multiclass("text"),))


@pytest.mark.parametrize(
    ("kind", "labels", "message"),
    [
        (Multiclass, 1, "n_labels is 1, expected 2"),
        (Multiclass, MAX_LABELS + 1, "n_labels is 100001"),
        (Binary, 3, "n_labels is 3, expected 2 to 2"),
    ],
)
def test_a_head_that_cannot_answer_is_refused(kind, labels, message):
    with pytest.raises(RecipeError, match=message):
        kind("label", labels)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"inputs": ()}, "1 to 64 inputs, this one has 0"),
        ({"outputs": ()}, "1 to 64 outputs, this one has 0"),
        ({"inputs": (TEXT,) * 65}, "1 to 64 inputs, this one has 65"),
        ({"dense": (Dense(),) * 65}, "at most 64 dense layers, this one has 65"),
        ({"inputs": (HEAD,)}, r"inputs holds Multiclass\(.*\), expected one of text"),
        ({"outputs": (TEXT,)}, "outputs holds TextInput.*, expected one of multiclass, binary"),
    ],
)
def test_too_few_too_many_or_other_parts_are_refused(parts, message):
    with pytest.raises(RecipeError, match=message):
        ModelSpec(**{"inputs": (TEXT,), "outputs": (HEAD,), **parts})


@pytest.mark.parametrize("count", [0, 17])
def test_a_text_that_nothing_or_too_much_reads_is_refused(count):
    with pytest.raises(RecipeError, match=f"a text has 1 to 16 encoders, this one has {count}"):
        TextInput("text", 100, (ENCODER,) * count)


def test_a_model_too_large_for_any_machine_is_refused_before_it_is_built():
    text = TextInput("text", MAX_VOCABULARY, (Recurrent(embedding_dim=MAX_WIDTH),))

    with pytest.raises(RecipeError, match=r"the model would have .* weights, the limit is 500,000,000"):
        ModelSpec((text,), (HEAD,))


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        (["a", "b"], ["a", "b"]),
        (["Mail_body", "Mail/body"], ["Mail_body", "Mail_body_1"]),
        (["标题", "Größe (€)"], ["标题", "Größe (€)"]),
        (["x" * 100, "\n"], ["x" * 56, "text"]),
        (["x" * 55 + " y", "_"], ["x" * 55, "_"]),
    ],
)
def test_several_columns_get_names_that_a_model_takes(columns, names):
    found = part_names(columns, "text")

    assert found == dict(zip(names, columns, strict=True))
    ModelSpec(tuple(dataclasses.replace(TEXT, name=name) for name in found), (HEAD,))
