"""The Keras model of a spec: its weights, its layers, and what acts in training only."""

import numpy as np
import pytest

from seqtext.models.build import build, build_reference, get_weights, set_weights
from seqtext.models.heads import HEADS, Binary, Multiclass, Multilabel
from seqtext.models.layers import LastStep, MaxOverTime, MeanOverTime, ReverseByLength, WordDropout
from seqtext.models.pooling import POOLINGS
from seqtext.models.recurrent import Recurrent
from seqtext.models.spec import Dense, ModelSpec, plain_name, weight_shapes
from seqtext.models.text import TextInput

pytestmark = pytest.mark.slow


@pytest.fixture(params=POOLINGS)
def spec(request):
    """Two texts, two encoders, two layers, a dense layer and both heads, for each pooling."""
    title = TextInput("title", 10, (Recurrent(4, "gru", 3, pooling=request.param), Recurrent(3, "gru", 2)))
    body = TextInput("body", 12, (Recurrent(3, "lstm", 2, layers=2, pooling=request.param),))
    return ModelSpec((title, body), (Multiclass("label", 3), Binary("yes")), (Dense(5),))


def test_the_weights_are_those_that_the_spec_promises_and_come_out_as_they_went_in(spec, weights_of):
    model, weights = build(spec), weights_of(spec)
    fresh = get_weights(model, spec)
    set_weights(model, spec, weights)

    assert {name: weight.shape for name, weight in fresh.items()} == weight_shapes(spec)
    assert len(model.trainable_variables) == len(fresh)
    for name, weight in get_weights(model, spec).items():
        np.testing.assert_array_equal(weight, weights[name])


def test_the_same_seed_gives_the_same_model_and_another_one_no_equal_weight(spec):
    one, same, other = (get_weights(build(spec, seed=seed), spec) for seed in (1, 1, 2))

    for name in one:
        np.testing.assert_array_equal(one[name], same[name])
        assert "bias" in name or not np.array_equal(one[name], other[name])


def test_no_two_parts_begin_alike(spec_of):
    encoder = spec_of().inputs[0].encoders[0]
    spec = ModelSpec((TextInput("text", 10, (encoder, encoder)),), (Multiclass("label"), Multiclass("other")))
    weights = get_weights(build(spec), spec)

    for one, other in (
        ("text/recurrent_0/embedding/embeddings", "text/recurrent_1/embedding/embeddings"),
        ("label/answer/kernel", "other/answer/kernel"),
    ):
        assert not np.array_equal(weights[one], weights[other])


def test_the_reference_is_off_the_gpu_kernels_and_answers_alike(spec_of, weights_of, ids):
    spec = spec_of(cell="gru")
    model, weights = build(spec), weights_of(spec)
    set_weights(model, spec, weights)

    reference = build_reference(spec, weights)

    assert [layer.use_cudnn for layer in reference.layers if hasattr(layer, "use_cudnn")] == [False]
    np.testing.assert_allclose(reference({"text": ids})["label"], model({"text": ids})["label"], atol=1e-6)


def test_no_mask_reaches_any_layer(spec):
    assert not any(getattr(layer, "mask_zero", False) for layer in build(spec).layers)


@pytest.mark.parametrize(
    "name",
    ["all", "concatenate", "dense", "joined", "answer", "recurrent_0", "max", "seqtext", "_", "Größe (€)", "日本"],
)
def test_no_input_or_output_has_a_name_that_keras_or_we_use(name, ids):
    import keras

    keras.backend.clear_session()
    encoders = (Recurrent(4, "gru", 2), Recurrent(4, "gru", 2))
    texts = (TextInput("text", 10, encoders), TextInput("other", 10, encoders))
    small = {"dense": (Dense(3, dropout=0.1),), "head_dropout": 0.5}
    as_output = build(ModelSpec(texts, (Binary(name),), **small))
    as_input = build(ModelSpec((TextInput(name, 10, encoders), texts[1]), (Binary("label"),), **small))

    assert as_output({"text": ids, "other": ids})[plain_name(name)].shape == (3, 2)
    assert as_input({name: ids, "other": ids})["label"].shape == (3, 2)


@pytest.mark.parametrize("where", ["word_dropout", "embedding_dropout", "dense", "head_dropout"])
def test_a_dropout_outside_the_cells_acts_in_training_and_only_there(spec_of, ids, where):
    options = {where: 0.5} if where.startswith(("word", "embedding")) else {}
    dense = (Dense(8, dropout=0.5),) if where == "dense" else ()
    plain = spec_of(units=8, **options)
    model = build(ModelSpec(plain.inputs, plain.outputs, dense, 0.5 if where == "head_dropout" else 0.0))

    in_use, in_training = (
        [np.asarray(model({"text": ids}, training=training)["label"]) for _ in range(3)] for training in (False, True)
    )

    np.testing.assert_array_equal(in_use[0], in_use[1])
    assert any(not np.array_equal(in_training[0], other) for other in in_training[1:])


@pytest.mark.parametrize(("l1", "l2"), [(0.5, 0.0), (0.0, 0.5)])
def test_a_penalty_on_a_dense_layer_is_part_of_the_loss(spec_of, l1, l2):
    plain = spec_of()
    spec = ModelSpec(plain.inputs, plain.outputs, (Dense(4, l1=l1, l2=l2),))
    model = build(spec)
    kernel = get_weights(model, spec)["dense/0/kernel"]

    expected = l1 * np.abs(kernel).sum() + l2 * (kernel**2).sum()
    np.testing.assert_allclose(sum(float(loss) for loss in model.losses), expected, rtol=1e-5)


def test_word_dropout_makes_words_unknown_and_leaves_padding(ids):
    ids = np.repeat(ids, 200, axis=0)
    dropped = np.asarray(WordDropout(0.5, seed=1)(ids, training=True))

    assert set(np.unique(dropped[dropped != ids])) == {1}
    assert (dropped[ids == 0] == 0).all()
    assert 0.4 < np.mean(dropped[ids > 1] == 1) < 0.6


def test_reversing_twice_changes_nothing_and_once_only_the_words():
    steps = np.array([[[1.0], [2.0], [3.0], [7.0]], [[4.0], [8.0], [8.0], [8.0]]], np.float32)
    lengths = np.array([3, 1], np.int32)
    once = np.asarray(ReverseByLength()(steps, lengths))

    assert once[..., 0].tolist() == [[3, 2, 1, 7], [4, 8, 8, 8]]
    np.testing.assert_array_equal(ReverseByLength()(once, lengths), steps)


@pytest.mark.parametrize(
    ("pooling", "layers", "restored"),
    [("max", 1, []), ("mean", 1, []), ("max_mean", 2, [0]), ("attention", 2, [0, 1]), ("last", 2, [0])],
)
def test_backward_outputs_are_put_in_order_only_where_it_matters(pooling, layers, restored):
    encoder = Recurrent(embedding_dim=2, units=2, layers=layers, pooling=pooling)
    model = build(ModelSpec((TextInput("text", 5, (encoder,)),), (Multiclass("label", 2),)))

    found = [layer.name for layer in model.layers if "restored" in layer.name]
    assert found == [f"text>recurrent_0>restored_{i}" for i in restored]


@pytest.mark.parametrize(("pool", "expected"), [(LastStep, [-3, 5]), (MaxOverTime, [-1, 5]), (MeanOverTime, [-2, 5])])
def test_pooling_by_hand(pool, expected):
    steps = np.array([[[-1.0], [-3.0], [99.0]], [[5.0], [99.0], [99.0]]], np.float32)

    assert np.asarray(pool()(steps, np.array([2, 1], np.int32)))[:, 0].tolist() == expected


@pytest.mark.parametrize("kind", HEADS)
def test_the_probabilities_of_a_head_are_float32_even_in_mixed_precision(spec_of, ids, kind):
    import keras

    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build(ModelSpec(spec_of().inputs, (HEADS[kind]("label", 2),)))
    finally:
        keras.config.set_dtype_policy(policy)

    assert model({"text": ids})["label"].dtype == "float32"


def test_smoothing_spreads_a_share_of_each_target_over_all_labels():
    probabilities = np.float32([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]])

    loss = np.asarray(Multiclass("label", 3).loss(0.3)(np.array([0, 1]), probabilities))

    # 0.8 for the label itself and 0.1 for each of the others.
    expected = [-(0.8 * np.log(0.5) + 0.2 * np.log(0.25)), -(0.8 * np.log(0.8) + 0.2 * np.log(0.1))]
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_each_of_several_labels_is_an_answer_of_its_own():
    head, probabilities = Multilabel("tags", 2), np.float32([[0.75, 0.25], [0.5, 1.0], [0.0, 0.25]])
    targets = np.float32([[1, 0], [1, 1], [0, 0]])

    assert head.decode(probabilities).tolist() == [[True, False], [True, True], [False, False]]
    assert head.mean_loss(targets, probabilities) == pytest.approx(-(3 * np.log(0.75) + np.log(0.5)) / 6)
    assert head.labels_of(head.decode(probabilities), np.array([7, 9])).tolist() == [[7], [7, 9], []]


def test_smoothing_draws_both_targets_of_a_label_to_a_half():
    targets, probabilities = np.float32([[1, 0]]), np.float32([[0.8, 0.8]])

    loss = np.asarray(Multilabel("tags", 2).loss(0.2)(targets, probabilities))

    expected = [[-(0.9 * np.log(0.8) + 0.1 * np.log(0.2)), -(0.1 * np.log(0.8) + 0.9 * np.log(0.2))]]
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


@pytest.mark.parametrize("kind", [kind for kind, head in HEADS.items() if head.is_exclusive])
def test_a_head_knows_its_answer_and_its_loss(kind):
    head, probabilities = HEADS[kind]("label", 2), np.float32([[0.75, 0.25], [0.5, 0.5], [0.0, 1.0]])

    assert head.decode(probabilities).tolist() == [0, 0, 1]
    assert head.mean_loss(np.array([0, 1, 1]), probabilities) == pytest.approx((-np.log(0.75) - np.log(0.5)) / 3)
    assert head.mean_loss(np.array([1, 1, 0]), probabilities) < 20
