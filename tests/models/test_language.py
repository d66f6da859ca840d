"""A language model: neither direction sees what it is to tell, and the sampled softmax is fair."""

import numpy as np
import pytest

from seqtext.errors import RecipeError
from seqtext.models.language import SAMPLE, LanguageSpec, others_of, targets_of
from seqtext.models.recurrent import Recurrent

IDS = np.array([[3, 4, 5, 6, 7, 0, 0], [9, 2, 0, 0, 0, 0, 0], [2, 2, 3, 3, 4, 4, 5]], dtype=np.int32)


def spec_of(words=12, **options):
    return LanguageSpec(Recurrent(**{"embedding_dim": 5, "units": 4, **options}), words)


@pytest.fixture(scope="module", params=["lstm", "gru", "simple_rnn"])
def built(request):
    """The spec, and both Keras models, of a language model with each cell."""
    from seqtext.models.layers import Seeds

    spec = spec_of(cell=request.param)
    return (spec, *spec.build(Seeds(1)))


def test_the_forward_cell_never_sees_the_future(built):
    _, _, reader = built
    changed = IDS.copy()
    changed[0, 3:5] = [11, 10]
    changed[2, 3:] = 8

    before, after = (reader.predict_on_batch(ids)["forward"] for ids in (IDS, changed))

    np.testing.assert_array_equal(before[[0, 2], :3], after[[0, 2], :3])
    assert np.abs(before[0, 3:5] - after[0, 3:5]).max() > 1e-6


def test_the_backward_cell_never_sees_the_past(built):
    _, _, reader = built
    changed = IDS.copy()
    changed[0, :2] = [11, 10]  # of 5 tokens; the cell reads 7 6 5 4 3

    before, after = (reader.predict_on_batch(ids)["backward"] for ids in (IDS, changed))

    np.testing.assert_array_equal(before[0, :3], after[0, :3])
    assert np.abs(before[0, 3:5] - after[0, 3:5]).max() > 1e-6


def test_padding_changes_no_prediction(built):
    _, _, reader = built

    alone, padded = (reader.predict_on_batch(ids) for ids in (IDS[1:2, :2], IDS[1:2]))

    for direction in ("forward", "backward"):
        np.testing.assert_allclose(alone[direction][0], padded[direction][0, :2], atol=1e-6)


def test_keras_has_the_weights_that_the_spec_promises(built):
    spec, model, _ = built

    assert {name: tuple(one.shape) for name, one in spec.variables(model).items()} == spec.weight_shapes()
    assert len(model.trainable_variables) == len(spec.weight_shapes())


def test_the_encoder_has_the_same_names_and_shapes(built):
    spec, *_ = built

    assert spec.encoder.weight_shapes(12).items() <= spec.weight_shapes().items()


def test_a_row_costs_what_a_softmax_over_the_vocabulary_says(built):
    spec, model, reader = built
    targets = {f"{name}_targets": targets_of(IDS, name) for name in spec.encoder.directions}
    others = others_of(spec, np.random.default_rng(1))
    weights = {name: np.asarray(one) for name, one in spec.variables(model).items()}
    expected = np.zeros(3)
    for name, steps in reader.predict_on_batch(IDS).items():
        scores = np.exp(steps @ weights["embedding/embeddings"].T + weights["softmax_bias/embeddings"][:, 0])
        scores[..., 0] = 0
        wanted = targets[f"{name}_targets"]
        right = np.take_along_axis(scores, wanted[..., None], axis=2)[..., 0]
        expected -= np.where(wanted > 0, np.log(np.maximum(right, 1e-9) / scores.sum(axis=2)), 0).sum(axis=1)

    costs = model.predict_on_batch({"ids": IDS, "others": others, **targets})

    np.testing.assert_allclose(costs[:, 0], expected, rtol=1e-5)


def test_one_direction_alone():
    spec = spec_of(bidirectional=False)

    assert not any("backward" in name for name in spec.weight_shapes())


def test_a_second_layer_is_refused_for_it_would_see_the_word_it_tells():
    with pytest.raises(RecipeError, match=r"layers is 2, but a language model has 1: .* would see the word"):
        spec_of(layers=2)


def test_too_many_weights_are_refused():
    with pytest.raises(RecipeError, match="the limit is 500,000,000"):
        spec_of(words=5_000_000, embedding_dim=200)


# ------------------------------------------------------------------------------------------- the sampled softmax


def test_a_small_vocabulary_is_not_sampled_and_a_large_one_is():
    small, large = spec_of(2 * SAMPLE), spec_of(2 * SAMPLE + 1)
    rng = np.random.default_rng(1)

    assert others_of(small, rng).tolist() == [list(range(1, 2 * SAMPLE))]
    assert others_of(large, rng).shape == (1, SAMPLE)


def test_samples_are_drawn_as_often_as_the_correction_says():
    from seqtext.models.layers import NextWordLoss

    spec = spec_of(5_000)
    rng = np.random.default_rng(1)
    drawn = np.concatenate([others_of(spec, rng)[0] for _ in range(400)])

    ids = np.arange(1, SAMPLE + 1, dtype=np.int32)[None]  # as many as there are in a sample
    expected = np.exp(np.asarray(NextWordLoss(5_000, True).log_expected(ids)))[0]

    assert drawn.min() == 1
    assert drawn.max() < 5_000
    np.testing.assert_allclose(np.bincount(drawn)[1:30] / 400, expected[:29], rtol=0.15)


def test_the_sampled_cost_is_near_the_whole_one():
    from seqtext.models.layers import NextWordLoss

    rng = np.random.default_rng(1)
    words, width = 5_000, 6
    vectors, biases = (rng.normal(0, 0.3, size=(words, size)).astype("float32") for size in (width, 1))
    steps, targets = rng.normal(size=(1, 4, width)).astype("float32"), np.array([[7, 400, 4_000, 0]], dtype="int32")
    spec, whole, sampled = spec_of(words), NextWordLoss(words, False), NextWordLoss(words, True)

    def cost(loss, others):
        of_targets, of_others = ((vectors[ids], biases[ids]) for ids in (targets, others))
        return float(np.asarray(loss(steps, targets, of_targets, others, of_others))[0, 0])

    exact = cost(whole, np.arange(1, words, dtype="int32")[None])
    found = np.mean([cost(sampled, others_of(spec, rng)) for _ in range(50)])

    assert found == pytest.approx(exact, rel=0.03)
