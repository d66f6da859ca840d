"""The training loop: the best weights are kept, Ctrl-C loses nothing, a seed decides everything."""

import dataclasses
import signal
import threading

import numpy as np
import pytest

from seqtext.errors import DataError, RecipeError
from seqtext.models.heads import Multiclass
from seqtext.models.recurrent import Recurrent
from seqtext.models.rows import Rows
from seqtext.models.spec import ModelSpec
from seqtext.models.text import TextInput
from seqtext.preprocess import TextPipeline
from seqtext.recipes.change import changed, configure
from seqtext.recipes.recipe import OPTIMIZERS
from seqtext.saving import load, save
from seqtext.training import fit as fitting
from seqtext.training.fit import check_watched, compile_model, fit, optimizer_of, predict, validation_scores
from seqtext.training.imbalance import row_weights
from seqtext.training.labelled import labelled_rows
from seqtext.training.progress import Progress
from seqtext.training.rates import merit_of, rate_at
from seqtext.training.run import train

pytestmark = pytest.mark.slow


def rows(ids, labels):
    return Rows({"text": TextPipeline()}, {"text": [np.array(row, np.int32) for row in ids]}, {"label": labels})


# Label 0 has the words 2 and 3, label 1 the words 4 and 5.
TRAIN = rows([[2 + 2 * (i % 2), 3 + 2 * (i % 2), 6][: 1 + i % 3] for i in range(24)], np.arange(24) % 2)
VALIDATION = rows([[2], [4, 6]], np.array([0, 1]))
PLAIN = Recurrent(
    embedding_dim=3,
    cell="simple_rnn",
    units=3,
    bidirectional=False,
    pooling="last",
    word_dropout=0.0,
    embedding_dropout=0.0,
)
SPEC = ModelSpec((TextInput("text", 7, (PLAIN,)),), (Multiclass("label", 2),))


@pytest.fixture
def model():
    from seqtext.models.build import build

    return build(SPEC)


@pytest.fixture
def recipe(tiny):
    return changed(tiny, {"epochs": 3, "batch_size": 12, "early_stopping": "loss", "patience": 2})


class Spy(Progress):
    """Remembers what it is told, and does something at a given batch."""

    def __init__(self, at=None, act=lambda: None):
        self.lines, self.batches, self.epochs, self.at, self.act = [], 0, [], at, act

    def say(self, line):
        self.lines.append(line)

    def batch(self, epoch, epochs, done, loss):
        self.batches += 1
        if self.batches == self.at:
            self.act()

    def epoch(self, epoch, epochs, scores):
        self.epochs.append((epoch, epochs, scores))


def scores_in_turn(monkeypatch, losses, name="validation_loss"):
    """Make validation give these losses, one per epoch, and remember the weights that it saw."""
    seen, turn = [], iter(losses)

    def fake(model, spec, rows, asked):
        seen.append(model.get_weights())
        return {"validation_loss": 1.0, "validation_macro_f1": 0.5, name: next(turn)}

    monkeypatch.setattr(fitting, "validation_scores", fake)
    return seen


def test_a_model_learns_what_can_be_learned(model, recipe):
    history, _ = fit(model, SPEC, TRAIN, VALIDATION, changed(recipe, {"epochs": 20, "early_stopping": "none"}))

    assert history[-1]["loss"] < history[0]["loss"] / 2
    assert predict(model, TRAIN)["label"].argmax(axis=1).tolist() == TRAIN.targets["label"].tolist()
    assert set(history[0]) == {"loss", "validation_loss", "validation_accuracy", "validation_macro_f1"}
    assert len(history) == 20


def test_the_weights_of_the_best_epoch_are_kept(model, recipe, monkeypatch):
    seen = scores_in_turn(monkeypatch, [0.9, 0.5, 0.7, 0.6, 0.1])
    spy = Spy()

    history, _ = fit(model, SPEC, TRAIN, VALIDATION, changed(recipe, {"epochs": 5}), progress=spy)

    assert len(history) == 4, "two epochs without a better one, and that is all the patience there is"
    for kept, best in zip(model.get_weights(), seen[1], strict=True):
        np.testing.assert_array_equal(kept, best)
    assert spy.lines == ["keeping the weights of epoch 2, the best on the validation rows (loss 0.500)"]


def test_macro_f1_is_better_where_it_is_higher(model, recipe, monkeypatch):
    seen = scores_in_turn(monkeypatch, [0.2, 0.8, 0.4], name="validation_macro_f1")

    fit(model, SPEC, TRAIN, VALIDATION, changed(recipe, {"early_stopping": "macro_f1"}))

    for kept, best in zip(model.get_weights(), seen[1], strict=True):
        np.testing.assert_array_equal(kept, best)


def test_without_early_stopping_the_last_weights_are_kept(model, recipe, monkeypatch):
    seen = scores_in_turn(monkeypatch, [0.1, 0.5, 0.9])

    history, _ = fit(model, SPEC, TRAIN, VALIDATION, changed(recipe, {"early_stopping": "none"}))

    assert len(history) == 3
    for kept, last in zip(model.get_weights(), seen[-1], strict=True):
        np.testing.assert_array_equal(kept, last)


def test_a_small_file_is_gone_through_more_often(model, recipe):
    spy = Spy()

    fit(
        model, SPEC, TRAIN, None, changed(recipe, {"early_stopping": "none", "epochs": 2, "min_steps": 7}), progress=spy
    )

    assert spy.batches == 8, "24 rows are 2 batches, so 4 epochs instead of 2"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("early_stopping", ["loss", "none"])
def test_an_interrupt_ends_training_after_the_batch_and_keeps_the_best(
    model, recipe, monkeypatch, early_stopping, number
):
    seen = scores_in_turn(monkeypatch, [0.9, 0.5, 0.7])
    spy = Spy(at=5, act=lambda: signal.raise_signal(number))
    recipe = changed(recipe, {"epochs": 50, "patience": 50, "early_stopping": early_stopping})

    history, _ = fit(model, SPEC, TRAIN, VALIDATION, recipe, progress=spy)

    assert (spy.batches, len(history)) == (5, 3)
    for kept, best in zip(model.get_weights(), seen[1 if early_stopping == "loss" else 2], strict=True):
        np.testing.assert_array_equal(kept, best)
    assert spy.lines[0] == "stopping after this batch and keeping the best model so far; press Ctrl-C again to quit"


def test_ctrl_c_in_the_first_batch_keeps_a_model(model, recipe):
    history, was_stopped = fit(
        model, SPEC, TRAIN, VALIDATION, recipe, progress=Spy(at=1, act=lambda: signal.raise_signal(signal.SIGINT))
    )

    assert (len(history), was_stopped) == (1, True)
    assert np.isfinite(history[0]["loss"])


def test_training_works_outside_the_main_thread(model, recipe):
    found = []
    worker = threading.Thread(target=lambda: found.append(fit(model, SPEC, TRAIN, VALIDATION, recipe)))
    worker.start()
    worker.join()

    assert len(found[0][0]) >= 1


def test_training_that_diverges_says_so(model, recipe):
    wild = changed(recipe, {"optimizer": "sgd", "learning_rate": 10.0, "clipnorm": 0.0, "schedule": "constant"})
    # Weights beyond what a float32 can square: the loss is no number at once.
    model.set_weights([weight + np.float32(np.inf) for weight in model.get_weights()])

    with pytest.raises(RecipeError, match="training diverged in epoch 1; lower learning_rate, or set clipnorm=1"):
        fit(model, SPEC, TRAIN, VALIDATION, wild)


def test_the_same_seed_gives_the_same_weights(recipe):
    from seqtext.models.build import build

    encoder = dataclasses.replace(PLAIN, dropout=0.3, word_dropout=0.3)
    spec = ModelSpec((TextInput("text", 7, (encoder,)),), (Multiclass("label", 2),), head_dropout=0.3)

    def train(seed):
        model = build(spec, seed=seed)
        fit(model, spec, TRAIN, VALIDATION, changed(recipe, {"seed": seed}))
        return [weight.tobytes() for weight in model.get_weights()]

    assert train(1) == train(1)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_changes_every_weight(model, recipe, optimizer):
    before = model.get_weights()
    compile_model(model, SPEC, changed(recipe, {"optimizer": optimizer, "learning_rate": 0.1}).training)

    # Without tf.function, which takes a second for each.
    model.optimizer.apply(
        [np.ones(weight.shape, np.float32) for weight in model.trainable_variables], model.trainable_variables
    )

    moved = [np.abs(now - then).max() for now, then in zip(model.get_weights(), before, strict=True)]
    assert min(moved) > 0


def test_every_optimizer_of_keras_is_known():
    import keras

    others = {"Optimizer", "LossScaleOptimizer", "MultiOptimizer", "OptimizerMap", "ScheduleFreeAdamW"}
    known = {name for name in dir(keras.optimizers) if name[0].isupper()}

    assert known - others == set(OPTIMIZERS.values())


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        ("constant", [0.0, 0.05, 0.1, 0.1, 0.1]),
        ("cosine", [0.0, 0.05, 0.1, 0.05, 0.0]),
        ("one_cycle", [0.004, 0.052, 0.1, 0.05, 0.0]),
        ("plateau", [0.0, 0.05, 0.1, 0.1, 0.1]),
    ],
)
def test_the_learning_rate_rises_and_then_does_as_its_schedule_says(recipe, schedule, rates):
    asked = changed(recipe, {"learning_rate": 0.1, "warmup": 0.2, "schedule": schedule}).training

    assert [round(rate_at(asked, step, 100), 3) for step in (0, 10, 20, 60, 99)] == rates


def test_the_learning_rate_falls_where_the_validation_rows_are_no_better(model, recipe, monkeypatch):
    scores_in_turn(monkeypatch, [0.9, 0.8, 0.8, 0.9, 0.7, 0.8])
    rates = []
    spy = Spy()
    monkeypatch.setattr(spy, "epoch", lambda *_: rates.append(round(float(model.optimizer.learning_rate), 4)))
    plateau = {"schedule": "plateau", "warmup": 0.0, "plateau_patience": 2, "plateau_factor": 0.1, "epochs": 6}

    fit(model, SPEC, TRAIN, VALIDATION, changed(recipe, {**plateau, "learning_rate": 0.1, "patience": 9}), progress=spy)

    assert rates == [0.1, 0.1, 0.1, 0.1, 0.01, 0.01]


@pytest.mark.parametrize(
    ("settings", "clipped"),
    [({"clipnorm": 2.5}, (2.5, None)), ({"clipvalue": 0.5}, (None, 0.5)), ({"clipnorm": 0.0}, (None, None))],
)
def test_gradients_are_clipped_in_one_way(recipe, settings, clipped):
    optimizer = optimizer_of(changed(recipe, settings).training)

    assert (optimizer.clipnorm, optimizer.clipvalue) == clipped


def test_gradients_of_several_batches_are_one_step(model, recipe):
    import keras

    settings = {"optimizer": "sgd", "learning_rate": 1.0, "clipnorm": 0.0, "schedule": "constant", "warmup": 0.0}
    start = model.get_weights()
    found = []
    # Two batches of twelve rows of one length, or all 24 rows at once.
    same = rows([[2 + 2 * (i % 2), 3] for i in range(24)], np.arange(24) % 2)
    for size, accumulation in ((24, 1), (12, 2)):
        one = keras.models.clone_model(model)
        one.set_weights(start)
        asked = {**settings, "batch_size": size, "accumulation": accumulation, "epochs": 1, "early_stopping": "none"}
        fit(one, SPEC, same, None, changed(recipe, asked))
        found.append(one.get_weights())

    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert np.abs(found[0][-1] - start[-1]).max() > 1e-4


def test_training_rows_are_scored_like_validation_rows_if_asked(model, recipe):
    asked = changed(recipe, {"training_scores": True, "epochs": 1})
    history, _ = fit(model, SPEC, TRAIN, VALIDATION, asked)

    expected = validation_scores(model, SPEC, TRAIN, asked.training)

    assert {name: history[0][name.replace("validation", "training")] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_a_model_of_float32(reviews, tiny, tmp_path, precision):
    import keras

    texts, labels = reviews
    recipe = changed(tiny, {"precision": precision, "epochs": 2, "bidirectional": False, "max_length": 4})

    trained, model = train(labelled_rows({"text": texts}, {"label": labels}), recipe)
    loaded = load(save(trained, tmp_path / "model"))

    assert model.dtype_policy.name == precision
    assert keras.config.dtype_policy().name == "float32"
    assert {weight.dtype for weight in loaded.weights.values()} == {np.dtype(np.float32)}
    watched = Rows.encode(loaded.preparers, {"text": texts}, {})
    # Eight bits of precision over four steps: probabilities agree to about two digits.
    np.testing.assert_allclose(loaded.predict_proba(texts), predict(model, watched)["label"], atol=0.02)


@pytest.mark.parametrize(("backend", "widths"), [("tensorflow", [5, 5]), ("torch", [5, 5]), ("jax", [6, 6])])
def test_a_batch_is_as_long_as_its_longest_text_but_where_new_shapes_are_compiled(
    model, recipe, monkeypatch, backend, widths
):
    monkeypatch.setattr(fitting, "backend", lambda: backend)
    long = rows([[2, 3, 2, 3, 2], [4, 5, 4, 5]] * 12, np.arange(24) % 2)
    seen = []
    learn = model.train_on_batch
    monkeypatch.setattr(
        model, "train_on_batch", lambda x, *a, **k: seen.append(x["text"].shape[1]) or learn(x, *a, **k)
    )

    fit(model, SPEC, long, None, changed(recipe, {"epochs": 1, "early_stopping": "none"}))

    assert seen == widths


def test_answers_come_in_the_order_of_the_rows(model):
    alone = [predict(model, rows([ids], None))["label"][0] for ids in TRAIN.inputs["text"]]

    np.testing.assert_allclose(predict(model, TRAIN, batch_size=5)["label"], alone, atol=1e-6)


def test_validation_scores_by_hand(model, recipe, monkeypatch):
    answers = {"label": np.array([[0.75, 0.25], [0.5, 0.5]], np.float32)}
    monkeypatch.setattr(fitting, "predict", lambda *_, **__: answers)

    assert validation_scores(model, SPEC, VALIDATION, recipe.training) == {
        "validation_loss": pytest.approx(-(np.log(0.75) + np.log(0.5)) / 2),
        "validation_accuracy": 0.5,
        "validation_macro_f1": pytest.approx(1 / 3),
    }


def test_balanced_weights_make_every_label_count_the_same():
    target = np.array([0] * 6 + [1] * 3 + [2])
    weights = row_weights(target, is_balanced=True)

    sums = [weights[target == label].sum() for label in range(3)]
    np.testing.assert_allclose(sums, [10 / 3] * 3, rtol=1e-6)


def test_balanced_weights_make_the_rare_label_heard(recipe):
    from seqtext.models.build import build

    # One word for all rows: a model can only learn how frequent the labels are.
    words = rows([[2]] * 20, np.array([0] * 16 + [1] * 4))
    rare = {}
    for weight in ("none", "balanced"):
        model = build(SPEC)
        settings = {"class_weight": weight, "epochs": 60, "early_stopping": "none", "batch_size": 20}
        fit(model, SPEC, words, None, changed(recipe, settings))
        rare[weight] = float(predict(model, words)["label"][0, 1])

    assert rare == {"none": pytest.approx(0.2, abs=0.05), "balanced": pytest.approx(0.5, abs=0.05)}


# ------------------------------------------------------------------------------------- labels that are missing

TWO = ModelSpec((TextInput("text", 7, (PLAIN,)),), (Multiclass("mood", 2), Multiclass("topic", 3)))
MOODS, TOPICS = np.array([0, 1, -1, 1, -1, 0]), np.array([2, -1, 0, 1, 1, -1])
WORDS = [[2], [3, 4], [5], [4], [6, 2], [3]]


def one_step(recipe, targets, **settings):
    """By how much a step of plain gradient descent moves each weight, from rows that have any of these labels."""
    from seqtext.models.build import build, get_weights, set_weights

    chosen = np.any([target >= 0 for target in targets.values()], axis=0)
    spec = dataclasses.replace(TWO, outputs=tuple(head for head in TWO.outputs if head.name in targets))
    whole = build(TWO)
    before = get_weights(whole, TWO)
    model = build(spec)
    set_weights(model, spec, before)
    ids = {"text": [np.array(row, np.int32) for row, is_there in zip(WORDS, chosen, strict=True) if is_there]}
    part = Rows({"text": TextPipeline()}, ids, {name: target[chosen] for name, target in targets.items()})
    plain = {"optimizer": "sgd", "learning_rate": 1.0, "schedule": "constant", "clipnorm": 0.0, "batch_size": 6}
    fit(model, spec, part, None, changed(recipe, {**plain, "epochs": 1, "early_stopping": "none", **settings}))
    return {name: weight - before[name] for name, weight in get_weights(model, spec).items()}


@pytest.mark.parametrize("class_weight", ["none", "balanced"])
def test_a_missing_label_leaves_the_gradient_that_a_model_of_the_other_rows_has(recipe, class_weight):
    both = one_step(recipe, {"mood": MOODS, "topic": TOPICS}, class_weight=class_weight)
    alone = [one_step(recipe, one, class_weight=class_weight) for one in ({"mood": MOODS}, {"topic": TOPICS})]

    assert any(name.startswith("text/") and np.abs(moved).max() > 1e-3 for name, moved in both.items())
    for name, moved in both.items():
        # The gradient of a sum is the sum of the gradients, and an answer has weights of its own.
        np.testing.assert_allclose(moved, sum(one[name] for one in alone if name in one), atol=1e-6)


def test_a_batch_without_a_label_of_one_output_moves_nothing_of_it(recipe):
    moved = one_step(recipe, {"mood": MOODS, "topic": np.full(6, -1)})

    assert not moved["topic/answer/kernel"].any()
    assert moved["mood/answer/kernel"].any()


def test_validation_scores_of_an_output_are_those_of_its_labelled_rows(model, recipe, monkeypatch):
    answers = {"label": np.array([[0.75, 0.25], [0.9, 0.1]], np.float32)}
    monkeypatch.setattr(fitting, "predict", lambda *_, **__: answers)

    found = validation_scores(model, SPEC, rows([[2], [4, 6]], np.array([0, -1])), recipe.training)

    assert found == {
        "validation_loss": pytest.approx(-np.log(0.75)),
        "validation_accuracy": 1.0,
        "validation_macro_f1": 1.0,
    }


# ---------------------------------------------------------------------------------------- outputs apart


def test_the_loss_of_an_output_is_weighed(recipe):
    half = configure(recipe, ["topic.loss_weight=0.5", "mood.loss_weight=0"])

    once, weighed = (one_step(asked, {"mood": MOODS, "topic": TOPICS}) for asked in (recipe, half))

    np.testing.assert_allclose(weighed["topic/answer/bias"], once["topic/answer/bias"] / 2, atol=1e-6)
    assert not weighed["mood/answer/bias"].any()


def test_scores_of_several_outputs_stand_beside_their_mean(recipe, monkeypatch):
    answers = {"mood": np.float32([[0.75, 0.25], [0.5, 0.5]]), "topic": np.float32([[0, 1, 0], [0, 0, 1]])}
    monkeypatch.setattr(fitting, "predict", lambda *_, **__: answers)
    held_out = dataclasses.replace(VALIDATION, targets={"mood": np.array([0, 1]), "topic": np.array([1, 2])})

    found = validation_scores(None, TWO, held_out, recipe.training)

    assert {name: value for name, value in found.items() if name.endswith("accuracy")} == {
        "validation_accuracy": 0.75,
        "validation_mood_accuracy": 0.5,
        "validation_topic_accuracy": 1.0,
    }


@pytest.mark.parametrize(
    ("watched", "early_stopping", "merit"), [("", "loss", -2.0), ("topic", "loss", -3.0), ("topic", "macro_f1", 0.25)]
)
def test_early_stopping_watches_one_output_or_the_mean(recipe, watched, early_stopping, merit):
    record = {"validation_loss": 2.0, "validation_topic_loss": 3.0, "validation_macro_f1": 0.5}
    asked = changed(recipe, {"early_stopping_output": watched, "early_stopping": early_stopping}).training

    assert merit_of({**record, "validation_topic_macro_f1": 0.25}, asked) == merit


def test_an_output_that_no_validation_row_has_cannot_be_watched(recipe):
    held_out = dataclasses.replace(VALIDATION, targets={"mood": np.array([0, 1]), "topic": np.array([-1, -1])})

    with pytest.raises(DataError, match="no validation row has the topic that early stopping watches"):
        check_watched(held_out, changed(recipe, {"early_stopping_output": "topic"}).training)


def test_what_is_watched_is_an_output(recipe):
    with pytest.raises(RecipeError, match="early_stopping_output is 'topik', which is no output; did you mean 'topic'"):
        changed(recipe, {"early_stopping_output": "topik"}).check_names(["text"], ["mood", "topic"])
