"""The wide half is solved, the mix watches validation rows, and the whole model is both halves added up."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from seqtext.errors import RecipeError
from seqtext.models.bag import Bag
from seqtext.models.heads import Binary, Multiclass
from seqtext.models.recurrent import Recurrent
from seqtext.models.spec import Dense, ModelSpec, build_graph, weight_shapes
from seqtext.models.text import TextInput
from seqtext.training import wide
from seqtext.training.labelled import labelled_rows
from seqtext.training.run import train

RNN = Recurrent(embedding_dim=4, cell="simple_rnn", units=2, bidirectional=False)
WIDE, HIDDEN = Bag(), Bag(hidden_units=3)
LABEL, SURE = Multiclass("label", 3), Binary("sure")
sparse = pytest.importorskip("scipy.sparse")


def text(*encoders, name="text", features=5, answers=3):
    return TextInput(name, 10, encoders, (features,) * sum(isinstance(one, Bag) for one in encoders), answers)


# ------------------------------------------------------------------------------------------------ the mix


def softmax(logits):
    found = np.exp(logits - logits.max(axis=1, keepdims=True))
    return found / found.sum(axis=1, keepdims=True)


def loss(weights, halves, targets):
    total = sum(weight * half for weight, half in zip(weights, halves, strict=True))
    return -np.log(softmax(total)[np.arange(len(targets)), targets]).mean()


def halves_of(rows, rng, *, wide_knows=1.0, deep_knows=1.0):
    targets = rng.integers(0, 3, rows)
    right = np.eye(3)[targets]
    halves = [knows * 2 * right + rng.normal(size=(rows, 3)) for knows in (wide_knows, deep_knows)]
    return halves, targets


def test_the_mix_of_two_good_halves_is_better_than_either():
    halves, targets = halves_of(2_000, np.random.default_rng(1))
    found = wide.mix(halves, [2.0, 0.5], targets)

    # Where noise is normal and equal, both have the weight 2.
    np.testing.assert_allclose(found, [2, 2], rtol=0.15)
    alone = [wide.mix([half], [1.0], targets) for half in halves]
    assert all(
        loss(found, halves, targets) < loss(one, [half], targets) for one, half in zip(alone, halves, strict=True)
    )


@pytest.mark.parametrize("better", [0, 1])
def test_the_mix_falls_back_on_the_better_half(better):
    knows = {"wide_knows": 1.0 * (better == 0), "deep_knows": 1.0 * (better == 1)}
    halves, targets = halves_of(6_000, np.random.default_rng(2), **knows)

    found = wide.mix(halves, [1.0, 1.0], targets)

    assert found[better] == pytest.approx(2, rel=0.15)
    assert 0 < found[1 - better] < 0.2


@pytest.mark.parametrize("knows", [1.0, 0.0])
def test_few_rows_stay_near_the_usual_weights(knows):
    halves, targets = halves_of(3, np.random.default_rng(3), wide_knows=knows, deep_knows=knows)

    found = wide.mix(halves, [2.0, 0.5], targets)

    assert np.abs(np.log(found / [2.0, 0.5])).max() < 1.5  # without the pull it is 7.6 for what knows nothing


def test_a_half_that_does_harm_at_its_usual_weight_has_next_to_none():
    halves, targets = halves_of(60, np.random.default_rng(5), deep_knows=0.0)
    noisy = [halves[0], 20 * halves[1]]

    np.testing.assert_allclose(wide.mix(noisy, [2.0, 0.5], targets)[1], wide.SMALLEST)


def test_no_row_changes_nothing():
    np.testing.assert_allclose(wide.mix([np.zeros((0, 3))] * 2, [2.0, 0.5], np.zeros(0, int)), [2.0, 0.5])


def test_a_certain_half_has_no_weight_without_end():
    targets = np.array([0, 1] * 5_000)
    certain = np.where(np.eye(2)[targets] > 0, 1.0, -1.0)

    assert 1 < wide.mix([certain, certain], [1.0, 1.0], targets).max() <= wide.LARGEST + 1e-6


def test_one_number_for_two_labels_is_mixed_as_two_numbers_are():
    rng = np.random.default_rng(4)
    targets = rng.integers(0, 2, 500)
    second = [(2 * targets - 1 + rng.normal(size=500))[:, None] for _ in range(2)]
    both = [np.concatenate([0 * one, one], axis=1) for one in second]

    np.testing.assert_allclose(wide.mix(second, [1, 1], targets), wide.mix(both, [1, 1], targets))


@pytest.mark.parametrize(("head", "width"), [(Binary("label", 2), 1), (Multiclass("label", 3), 3)])
def test_logits_become_the_same_probabilities_again(head, width):
    probabilities = np.array([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])[:, : max(width, 2)]
    probabilities /= probabilities.sum(axis=1, keepdims=True)

    logits = head.logits(probabilities)

    both = logits if width > 1 else np.concatenate([0 * logits, logits], axis=1)
    np.testing.assert_allclose(softmax(both), probabilities, atol=1e-8)


# ------------------------------------------------------------------------------------------------ machines


def solved(targets, heads, features=None, **options):
    spec = ModelSpec((text(Bag(cost=1000.0, **options), features=4, answers=3),), heads)
    rows = np.eye(4)[targets if features is None else features]
    return wide.solve(sparse.csr_matrix(rows), {head.name: np.array(targets) for head in heads}, spec, seed=1)


def test_each_label_has_its_own_machine():
    targets = [0, 1, 2] * 4
    kernel, bias = solved(targets, (LABEL,))

    assert (kernel.dtype, bias.dtype, kernel.shape, bias.shape) == (np.float32, np.float32, (4, 3), (3,))
    assert (np.eye(4) @ kernel + bias)[:3].argmax(axis=1).tolist() == [0, 1, 2]
    np.testing.assert_allclose((kernel + bias)[:3], 2 * np.eye(3) - 1, atol=0.01)
    np.testing.assert_array_equal(kernel[3], 0)


def test_two_labels_are_one_machine_with_both_signs():
    kernel, bias = solved([0, 1] * 4, (Multiclass("label", 2),))

    np.testing.assert_allclose((kernel + bias)[:2], [[1, -1], [-1, 1]], atol=0.01)
    np.testing.assert_array_equal(kernel[:, 0], -kernel[:, 1])


def test_a_binary_head_has_the_difference_of_both():
    kernel, bias = solved([0, 1] * 4, (SURE,))

    assert (kernel.shape, bias.shape) == ((4, 1), (1,))
    np.testing.assert_allclose((kernel + bias)[:2], [[-2], [2]], atol=0.01)


def test_several_heads_stand_side_by_side():
    other = Multiclass("other", 2)
    whole, bias = solved([0, 1] * 4, (LABEL, SURE, other))

    for head, columns in ((LABEL, slice(0, 3)), (SURE, slice(3, 4)), (other, slice(4, 6))):
        alone, alone_bias = solved([0, 1] * 4, (head,))
        np.testing.assert_array_equal(whole[:, columns], alone)
        np.testing.assert_array_equal(bias[columns], alone_bias)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_label_without_a_row_is_never_the_answer(missing):
    there = [label for label in range(3) if label != missing]
    kernel, bias = solved(there * 4, (LABEL,))

    found = np.eye(4) @ kernel + bias
    assert found[there].argmax(axis=1).tolist() == there
    np.testing.assert_array_equal(found[:, missing], -1)


def test_of_four_labels_three_are_solved_beside_one_that_is_missing():
    kernel, bias = solved([0, 1, 3] * 4, (Multiclass("label", 4),))

    found = np.eye(4) @ kernel + bias
    assert found[[0, 1, 3]].argmax(axis=1).tolist() == [0, 1, 3]
    np.testing.assert_array_equal(found[:, 2], -1)


@pytest.mark.parametrize(("head", "expected"), [(LABEL, [-1, 1, -1]), (SURE, [2])])
def test_a_single_label_is_always_the_answer(head, expected):
    kernel, bias = solved([1] * 4, (head,))

    np.testing.assert_array_equal(kernel, 0)
    np.testing.assert_array_equal(bias, expected)


def test_naive_bayes_shares_each_weight_with_a_machine_that_sees_telling_features_larger():
    from sklearn.svm import LinearSVC

    rows, targets = np.random.default_rng(3).poisson(0.6, size=(60, 4)), [0, 1] * 30
    targets[:8] = [1] * 8
    rows[:, 0] += targets
    spec = ModelSpec((text(Bag(cost=0.1, naive_bayes=0.25), features=4, answers=2),), (Multiclass("label", 2),))
    kernel, bias = wide.solve(sparse.csr_matrix(rows, dtype=float), {"label": np.array(targets)}, spec, seed=1)

    # Fractions of rows with a feature that are of the label, smoothed by one.
    inside, outside = ((rows[np.array(targets) == label] > 0).sum(axis=0) + 1 for label in (1, 0))
    ratio = np.log(inside / inside.sum() / (outside / outside.sum()))
    plain = LinearSVC(C=0.1, random_state=1).fit(rows, targets)
    telling = LinearSVC(C=0.1, random_state=1).fit(rows * ratio, targets)
    expected = 0.75 * plain.coef_[0] + 0.25 * ratio * telling.coef_[0]
    np.testing.assert_allclose(kernel[:, 1], expected, rtol=1e-3)
    np.testing.assert_allclose(bias[1], 0.75 * plain.intercept_[0] + 0.25 * telling.intercept_[0], rtol=1e-3)


def test_balanced_rows_keep_a_label_with_a_few_more_from_always_winning():
    rng = np.random.default_rng(0)
    rows, targets = rng.normal(size=(40, 400)) / 20, np.array([0] * 14 + [1] * 26)
    spec = ModelSpec((text(Bag(naive_bayes=0), features=400, answers=2),), (Multiclass("label", 2),))

    found = {
        weight: wide.solve(sparse.csr_matrix(rows), {"label": targets}, spec, seed=1, class_weight=weight)
        for weight in ("none", "balanced")
    }

    assert found["none"][1][1] > 0.2
    assert abs(found["balanced"][1][1]) < 0.1


def test_the_same_seed_gives_the_same_bytes():
    assert [one.tobytes() for one in solved([0, 1, 2] * 4, (LABEL,))] == [
        one.tobytes() for one in solved([0, 1, 2] * 4, (LABEL,))
    ]


# ------------------------------------------------------------------------------------------------ both halves

ASSEMBLED = {
    "beside": ModelSpec((text(RNN, WIDE),), (LABEL,)),
    "the bag first": ModelSpec((text(WIDE, RNN),), (LABEL,)),
    "the same bag twice": ModelSpec((text(WIDE, RNN, WIDE),), (LABEL,)),
    "two recurrent ones around": ModelSpec(
        (text(RNN, WIDE, dataclasses.replace(RNN, units=3), Bag(ngrams=1)),), (LABEL,)
    ),
    "binary": ModelSpec((text(WIDE, RNN, answers=1),), (SURE,)),
    "heads": ModelSpec((text(RNN, WIDE, answers=6),), (LABEL, SURE, Multiclass("other", 2))),
    "inputs": ModelSpec(
        (
            text(WIDE, name="tags", features=4),
            text(WIDE, RNN, name="title"),
            text(HIDDEN, RNN, name="body", answers=0),
            text(WIDE, name="more", features=2),
        ),
        (LABEL,),
    ),
    "wide alone": ModelSpec((text(WIDE), text(WIDE, WIDE, name="title")), (LABEL,)),
}


def feed_for(spec, rows, rng):
    feed = {}
    for part in spec.inputs:
        feed[part.name] = rng.integers(1, 10, (rows, 6)).astype(np.int32)
        for i, size in enumerate(part.features):
            feed[f"{part.name}.bag_{i}.ids"] = rng.integers(0, size, (rows, 4)).astype(np.int32)
            feed[f"{part.name}.bag_{i}.values"] = rng.normal(size=(rows, 4)).astype(np.float32)
    return feed


def run(spec, weights, feed):
    import onnxruntime

    session = onnxruntime.InferenceSession(build_graph(spec, weights).to_bytes())
    taken = {one.name: feed[one.name] for one in session.get_inputs()}
    return dict(zip([head.name for head in spec.outputs], session.run(None, taken), strict=True))


@pytest.mark.parametrize("spec", ASSEMBLED.values(), ids=ASSEMBLED)
def test_the_whole_model_adds_up_both_halves_with_their_weights(spec, random_weights):
    rng = np.random.default_rng(5)
    deep = wide.deep_half(spec)
    deep_weights = random_weights(deep) if deep else {}
    sizes = [next(part for part in spec.inputs if part.name == name).features[i] for name, i, _ in wide.wide_bags(spec)]
    answers = sum(map(wide.answer_width, spec.outputs))
    kernel, bias = (rng.normal(size=shape).astype(np.float32) for shape in ((sum(sizes), answers), (answers,)))
    mixed = {head.name: (0.7 + i, 1.3 - i / 2 if deep else 0.0) for i, head in enumerate(spec.outputs)}
    feed = feed_for(spec, 4, rng)

    whole = wide.assemble(spec, deep, deep_weights, (kernel, bias), mixed)

    wide_logits, first = np.tile(bias, (4, 1)).astype(float), 0
    for (name, i, _), size in zip(wide.wide_bags(spec), sizes, strict=True):
        rows = kernel[first : first + size][feed[f"{name}.bag_{i}.ids"]]
        wide_logits += (rows * feed[f"{name}.bag_{i}.values"][:, :, None]).sum(axis=1)
        first += size
    by_deep = run(deep, deep_weights, feed) if deep else {}
    found, first = run(spec, whole, feed), 0
    for head in spec.outputs:
        width, (wide_weight, deep_weight) = wide.answer_width(head), mixed[head.name]
        total = wide_weight * wide_logits[:, first : first + width]
        if deep:
            total = total + deep_weight * head.logits(by_deep[head.name])
        expected = softmax(total if width > 1 else np.concatenate([0 * total, total], axis=1))
        np.testing.assert_allclose(found[head.name], expected, atol=1e-5)
        first += width
    assert {name: array.shape for name, array in whole.items()} == weight_shapes(spec)
    assert {array.dtype.name for array in whole.values()} == {"float32"}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (ModelSpec((text(WIDE, HIDDEN),), (LABEL,)), "the bags of 'text' go straight to the labels, or none does"),
        (ModelSpec((text(WIDE),), (LABEL,), (Dense(4),)), "cannot stand before dense layers; set hidden_units"),
        (ModelSpec((text(WIDE, Bag(cost=2)),), (LABEL,)), "solved together, at one cost, not 0.3 and 2"),
        (ModelSpec((text(WIDE, Bag(naive_bayes=0)),), (LABEL,)), "with one share of naive Bayes, not 0 and 0.5"),
    ],
)
def test_what_cannot_be_solved_is_refused(spec, message):
    with pytest.raises(RecipeError, match=message):
        wide.deep_half(spec)


def test_a_model_without_wide_bags_is_its_deep_half():
    for spec in (ModelSpec((text(RNN, HIDDEN),), (LABEL,)), ModelSpec((text(RNN),), (LABEL,), (Dense(4),))):
        assert wide.deep_half(spec) == spec


# ------------------------------------------------------------------------------------------------ from texts


def with_encoders(recipe, *encoders):
    return dataclasses.replace(recipe, text=dataclasses.replace(recipe.text, encoders=encoders))


@pytest.fixture(scope="module")
def quick(tiny):
    return dataclasses.replace(tiny, training=dataclasses.replace(tiny.training, epochs=2))


@pytest.mark.slow
@pytest.mark.parametrize("head", ["multiclass", "binary"])
@pytest.mark.parametrize("encoders", [(RNN, WIDE), (WIDE, RNN), (RNN, HIDDEN), (WIDE, Bag(max_chars=0)), (HIDDEN,)])
def test_every_mixture_trains_and_answers_alone_as_together(reviews, quick, encoders, head):
    from seqtext.recipes import Output

    texts, labels = reviews
    recipe = dataclasses.replace(with_encoders(quick, *encoders), output=Output(head))

    model, keras_model = train(labelled_rows({"text": texts}, {"label": labels}), recipe)

    together = model.predict_proba([*texts, "", "\U0001f600 unheard"])
    alone = np.concatenate([model.predict_proba([text]) for text in [*texts, "", "\U0001f600 unheard"]])
    np.testing.assert_allclose(alone, together, atol=1e-5)
    assert (keras_model is None) == all(isinstance(one, Bag) and one.is_wide for one in encoders)
    assert bool(model.made.mixed) == any(isinstance(one, Bag) and one.is_wide for one in encoders)


@pytest.mark.slow
def test_two_texts_with_bags_and_two_answers_train(reviews, quick):
    texts, moods = reviews
    rain = ["wet" if i % 4 < 3 else "dry" for i in range(len(texts))]
    rows = labelled_rows({"title": [text[:9] for text in texts], "body": texts}, {"mood": moods, "rain": rain})

    model, _ = train(rows, with_encoders(quick, RNN, WIDE))

    found = model.predict({"title": [text[:9] for text in texts], "body": texts})
    assert np.mean(np.array(found["mood"]) == np.array(moods)) > 0.8
    assert model.made.mixed.keys() == {"mood", "rain"}


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.2])
def test_n_grams_that_are_all_too_rare_still_make_a_model(reviews, quick, share):
    texts, labels = reviews
    recipe = with_encoders(quick, Bag(min_count=1_000))
    recipe = dataclasses.replace(recipe, rows=dataclasses.replace(recipe.rows, validation_share=share))

    model, _ = train(labelled_rows({"text": texts}, {"label": labels}), recipe)

    np.testing.assert_allclose(model.predict_proba(["good", ""]).sum(axis=1), 1, atol=1e-6)


def test_a_label_that_only_validation_rows_have_is_no_error(quick, reviews):
    # The split looks at the labels of the first output only.
    texts, moods = reviews
    rows = labelled_rows({"text": texts}, {"mood": moods, "rare": ["no"] * 39 + ["yes"]})
    for seed in (1, 3):  # with these the one other row is not learned from
        recipe = dataclasses.replace(quick, rows=dataclasses.replace(quick.rows, seed=seed, validation_share=0.3))

        model, _ = train(rows, with_encoders(recipe, Bag(max_chars=0)))

        assert model.predict_proba(["good"])["rare"].shape == (1, 2)


def test_without_scikit_learn_the_extra_is_named_before_any_work(reviews, monkeypatch):
    from seqtext.errors import MissingExtraError
    from seqtext.recipes import Recipe
    from seqtext.training import run

    monkeypatch.setitem(sys.modules, "sklearn.svm", None)
    monkeypatch.setattr(run, "validation_split", lambda *_: pytest.fail("work began"))

    with pytest.raises(MissingExtraError, match="scikit-learn"):
        train(labelled_rows({"text": reviews[0]}, {"label": reviews[1]}), with_encoders(Recipe(), RNN, WIDE))


def test_a_bag_alone_trains_without_keras(reviews):
    script = (
        "import dataclasses, sys\n"
        f"sys.path[:0] = {sys.path!r}\n"
        "from seqtext.models.bag import Bag\n"
        "from seqtext.recipes import Recipe\n"
        "from seqtext.training.labelled import labelled_rows\n"
        "from seqtext.training.run import train\n"
        f"texts, labels = {reviews!r}\n"
        "recipe = Recipe()\n"
        "recipe = dataclasses.replace(recipe, text=dataclasses.replace(recipe.text, encoders=(Bag(min_count=1),)))\n"
        "model, keras_model = train(labelled_rows({'text': texts}, {'label': labels}), recipe)\n"
        "assert keras_model is None and model.made.epochs == 0\n"
        "assert (model.predict(texts) == labels).mean() > 0.95\n"
        "print(sorted({'keras', 'tensorflow', 'torch', 'jax'} & set(sys.modules)))\n"
    )

    found = subprocess.run([sys.executable, "-"], input=script, capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"
