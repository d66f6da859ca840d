"""The Keras model of a spec: its layers, its weights, and that padding never matters."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtext.models.spec import CELLS, POOLINGS, Head, ModelSpec, TextInput, weight_shapes

pytestmark = pytest.mark.slow

IDS = np.array([[3, 4, 5, 6, 0, 0], [9, 0, 0, 0, 0, 0], [2, 2, 3, 3, 4, 5]], dtype=np.int32)


def spec_of(**options):
    return ModelSpec((TextInput("text", 10, 4, **{"cell": "gru", "units": 3, **options}),), (Head("label", 3),))


def answers(model, ids, **options):
    return {name: np.asarray(value) for name, value in model(ids, training=False, **options).items()}


@pytest.mark.parametrize(("cell", "pooling"), list(itertools.product(CELLS, POOLINGS)))
def test_the_weights_are_those_that_the_spec_promises(cell, pooling):
    from seqtext.models.build import build, get_weights

    spec = spec_of(cell=cell, pooling=pooling, bidirectional=True, layers=2)
    model = build(spec)

    assert {name: weight.shape for name, weight in get_weights(model, spec).items()} == weight_shapes(spec)
    assert len(model.trainable_variables) == len(weight_shapes(spec))


def test_weights_that_are_put_in_come_out_again(random_weights):
    from seqtext.models.build import build, get_weights, set_weights

    spec = spec_of(bidirectional=True, pooling="attention")
    weights = random_weights(spec)
    model = build(spec)
    set_weights(model, spec, weights)

    for name, weight in get_weights(model, spec).items():
        np.testing.assert_array_equal(weight, weights[name])


def test_the_same_seed_gives_the_same_weights_and_another_one_others():
    from seqtext.models.build import build, get_weights

    spec = spec_of(bidirectional=True, pooling="attention", layers=2)
    one, same, other = (get_weights(build(spec, seed=seed), spec) for seed in (1, 1, 2))

    for name in one:
        np.testing.assert_array_equal(one[name], same[name])
        assert "bias" in name or not np.array_equal(one[name], other[name])


def test_no_two_weights_begin_alike():
    from seqtext.models.build import build, get_weights

    spec = spec_of(bidirectional=True)
    weights = get_weights(build(spec), spec)

    assert not np.array_equal(weights["text/gru_0/forward/kernel"], weights["text/gru_0/backward/kernel"])


def test_no_mask_reaches_any_layer():
    from seqtext.models.build import build

    model = build(spec_of(bidirectional=True, layers=2, pooling="max_mean"))

    assert not any(getattr(layer, "mask_zero", False) for layer in model.layers)


@pytest.mark.parametrize(
    "name",
    ["joined", "concatenate", "head_dropout", "all", "subtract", "reverse_by_length", "max_over_time", "seqtext"],
)
def test_no_input_or_output_has_a_name_that_keras_uses_itself(name):
    import keras

    from seqtext.models.build import build

    keras.backend.clear_session()
    options = {"cell": "gru", "units": 2, "bidirectional": True, "pooling": "max_mean"}
    texts = (TextInput(name, 10, 4, **options), TextInput("other", 10, 4, **options))

    model = build(ModelSpec(texts, (Head("yes", 2, "binary"),), head_dropout=0.5))

    assert answers(model, {name: IDS, "other": IDS})["yes"].shape == (3, 2)


ROWS = st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=5), min_size=1, max_size=3)


@pytest.fixture(
    scope="module", params=[("lstm", "last"), ("simple_rnn", "attention"), ("gru", "max_mean")], ids="-".join
)
def model(request, random_weights):
    from seqtext.models.build import build, set_weights

    cell, pooling = request.param
    spec = spec_of(cell=cell, pooling=pooling, bidirectional=True)
    model = build(spec)
    set_weights(model, spec, random_weights(spec))
    return model


@settings(max_examples=5)
@given(rows=ROWS, more=st.integers(0, 3), order=st.randoms(use_true_random=False))
def test_a_row_gets_the_same_answer_alone_in_any_batch_at_any_padding(model, rows, more, order):
    from seqtext.preprocess.padding import pad_ids

    alone = np.concatenate([answers(model, {"text": pad_ids([row], len(row))})["label"] for row in rows])
    places = list(range(len(rows)))
    order.shuffle(places)

    batch = pad_ids([rows[place] for place in places], max(map(len, rows)) + more)

    np.testing.assert_allclose(answers(model, {"text": batch})["label"], alone[places], atol=1e-5)


def test_the_probabilities_of_every_head_add_up_to_one(random_weights):
    from seqtext.models.build import build, set_weights

    text = TextInput("text", 10, 4, cell="lstm", units=3)
    spec = ModelSpec((text,), (Head("many", 5), Head("two", 2, "binary")))
    model = build(spec)
    set_weights(model, spec, random_weights(spec))
    found = answers(model, {"text": IDS})

    assert [found["many"].shape, found["two"].shape] == [(3, 5), (3, 2)]
    for probabilities in found.values():
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("dropout", ["word_dropout", "embedding_dropout", "dropout", "recurrent_dropout"])
def test_a_dropout_acts_in_training_and_only_there(dropout):
    from seqtext.models.build import build

    model = build(spec_of(**{dropout: 0.5}))
    in_use = [np.asarray(model({"text": IDS}, training=False)["label"]) for _ in range(2)]
    in_training = [np.asarray(model({"text": IDS}, training=True)["label"]) for _ in range(2)]

    np.testing.assert_array_equal(*in_use)
    assert not np.array_equal(*in_training)


def test_word_dropout_makes_words_unknown_and_leaves_padding():
    from seqtext.models.layers import WordDropout

    ids = np.repeat(IDS, 200, axis=0)
    dropped = np.asarray(WordDropout(0.5, seed=1)(ids, training=True))

    assert set(np.unique(dropped[dropped != ids])) == {1}
    assert (dropped[ids == 0] == 0).all()
    assert 0.4 < np.mean(dropped[ids > 1] == 1) < 0.6


def test_reversing_twice_changes_nothing_and_once_only_the_words():
    from seqtext.models.layers import ReverseByLength

    steps = np.array([[[1.0], [2.0], [3.0], [7.0]], [[4.0], [8.0], [8.0], [8.0]]], np.float32)
    lengths = np.array([3, 1], np.int32)
    once = np.asarray(ReverseByLength()(steps, lengths))

    assert once[..., 0].tolist() == [[3, 2, 1, 7], [4, 8, 8, 8]]
    np.testing.assert_array_equal(ReverseByLength()(once, lengths), steps)


def test_pooling_by_hand():
    from seqtext.models.layers import LastStep, MaxOverTime, MeanOverTime

    steps = np.array([[[-1.0], [-3.0], [99.0]], [[5.0], [99.0], [99.0]]], np.float32)
    lengths = np.array([2, 1], np.int32)

    assert [np.asarray(pool()(steps, lengths))[:, 0].tolist() for pool in (LastStep, MaxOverTime, MeanOverTime)] == [
        [-3, 5],
        [-1, 5],
        [-2, 5],
    ]


@pytest.mark.parametrize(("l1", "l2"), [(0.5, 0.0), (0.0, 0.5)])
def test_a_penalty_on_the_weights_is_part_of_the_loss(l1, l2):
    from seqtext.models.build import build, get_weights

    spec = spec_of(l1=l1, l2=l2)
    model = build(spec)
    kernel = get_weights(model, spec)["text/gru_0/forward/kernel"]

    expected = l1 * np.abs(kernel).sum() + l2 * (kernel**2).sum()
    np.testing.assert_allclose(sum(float(loss) for loss in model.losses), expected, rtol=1e-5)
