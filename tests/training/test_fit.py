"""The training loop: the best weights are kept, Ctrl-C loses nothing, a seed decides everything."""

import dataclasses
import signal
import threading

import numpy as np
import pytest

from seqtext.errors import RecipeError
from seqtext.models.spec import Head, ModelSpec, TextInput
from seqtext.training import fit as fitting
from seqtext.training.batches import Rows
from seqtext.training.fit import class_weights, fit, predict, validation_scores
from seqtext.training.progress import Silent

pytestmark = pytest.mark.slow

# Label 0 has the words 2 and 3, label 1 the words 4 and 5.
TRAIN = Rows(
    {"text": [np.array([2 + 2 * (i % 2), 3 + 2 * (i % 2), 6][: 1 + i % 3], np.int32) for i in range(24)]},
    {"label": np.arange(24) % 2},
)
VALIDATION = Rows({"text": [np.array([2], np.int32), np.array([4, 6], np.int32)]}, {"label": np.array([0, 1])})


@pytest.fixture
def model():
    from seqtext.models.build import build

    return build(ModelSpec((TextInput("text", 7, 3, cell="simple_rnn", units=3),), (Head("label", 2),)))


@pytest.fixture
def recipe(tiny):
    return dataclasses.replace(tiny, epochs=3, batch_size=12, early_stopping="loss", patience=2)


class Spy(Silent):
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


def interrupt():
    signal.raise_signal(signal.SIGINT)


def scores_in_turn(monkeypatch, losses, name="validation_loss"):
    """Make validation give these losses, one per epoch, and remember the weights that it saw."""
    seen, turn = [], iter(losses)

    def fake(model, rows, recipe):
        seen.append(model.get_weights())
        return {"validation_loss": 1.0, "validation_macro_f1": 0.5, name: next(turn)}

    monkeypatch.setattr(fitting, "validation_scores", fake)
    return seen


def test_a_model_learns_what_can_be_learned(model, recipe):
    history = fit(model, TRAIN, VALIDATION, dataclasses.replace(recipe, epochs=20, early_stopping="none"))

    assert history[-1]["loss"] < history[0]["loss"] / 2
    assert predict(model, TRAIN)["label"].argmax(axis=1).tolist() == TRAIN.targets["label"].tolist()
    assert set(history[0]) == {"loss", "validation_loss", "validation_accuracy", "validation_macro_f1"}
    assert len(history) == 20


def test_the_weights_of_the_best_epoch_are_kept(model, recipe, monkeypatch):
    seen = scores_in_turn(monkeypatch, [0.9, 0.5, 0.7, 0.6, 0.1])
    spy = Spy()

    history = fit(model, TRAIN, VALIDATION, dataclasses.replace(recipe, epochs=5), progress=spy)

    assert len(history) == 4, "two epochs without a better one, and that is all the patience there is"
    for kept, best in zip(model.get_weights(), seen[1], strict=True):
        np.testing.assert_array_equal(kept, best)
    assert spy.lines == ["keeping the weights of epoch 2, the best on the validation rows (loss 0.500)"]


def test_macro_f1_is_better_where_it_is_higher(model, recipe, monkeypatch):
    seen = scores_in_turn(monkeypatch, [0.2, 0.8, 0.4], name="validation_macro_f1")

    fit(model, TRAIN, VALIDATION, dataclasses.replace(recipe, early_stopping="macro_f1"))

    for kept, best in zip(model.get_weights(), seen[1], strict=True):
        np.testing.assert_array_equal(kept, best)


def test_without_early_stopping_the_last_weights_are_kept(model, recipe, monkeypatch):
    seen = scores_in_turn(monkeypatch, [0.1, 0.5, 0.9])

    history = fit(model, TRAIN, VALIDATION, dataclasses.replace(recipe, early_stopping="none"))

    assert len(history) == 3
    for kept, last in zip(model.get_weights(), seen[-1], strict=True):
        np.testing.assert_array_equal(kept, last)


def test_a_small_file_is_gone_through_more_often(model, recipe):
    spy = Spy()

    fit(model, TRAIN, None, dataclasses.replace(recipe, early_stopping="none", epochs=2, min_steps=7), progress=spy)

    assert spy.batches == 8, "24 rows are 2 batches, so 4 epochs instead of 2"


@pytest.mark.parametrize("early_stopping", ["loss", "none"])
def test_ctrl_c_ends_training_after_the_batch_and_keeps_the_best(model, recipe, monkeypatch, early_stopping):
    seen = scores_in_turn(monkeypatch, [0.9, 0.5, 0.7])
    spy = Spy(at=5, act=interrupt)
    recipe = dataclasses.replace(recipe, epochs=50, patience=50, early_stopping=early_stopping)

    history = fit(model, TRAIN, VALIDATION, recipe, progress=spy)

    assert (spy.batches, len(history)) == (5, 3)
    for kept, best in zip(model.get_weights(), seen[1 if early_stopping == "loss" else 2], strict=True):
        np.testing.assert_array_equal(kept, best)
    assert spy.lines[0] == "stopping after this batch and keeping the best model so far; press Ctrl-C again to quit"


def test_ctrl_c_in_the_first_batch_keeps_a_model(model, recipe):
    history = fit(model, TRAIN, VALIDATION, recipe, progress=Spy(at=1, act=interrupt))

    assert len(history) == 1
    assert np.isfinite(history[0]["loss"])


def test_a_second_ctrl_c_quits(model, recipe):
    def twice():
        interrupt()
        interrupt()

    with pytest.raises(KeyboardInterrupt):
        fit(model, TRAIN, VALIDATION, recipe, progress=Spy(at=2, act=twice))


@pytest.mark.parametrize("times", [0, 1])
def test_ctrl_c_means_what_it_did_before_once_training_is_over(model, recipe, times):
    before = signal.getsignal(signal.SIGINT)

    fit(model, TRAIN, None, dataclasses.replace(recipe, early_stopping="none"), progress=Spy(at=times, act=interrupt))

    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_while_the_progress_line_is_written_still_ends_training(model, recipe):
    class Busy(Spy):
        def say(self, line):
            raise RuntimeError("reentrant call inside <_io.BufferedWriter name='<stderr>'>")

    spy = Busy(at=1, act=interrupt)
    fit(model, TRAIN, None, dataclasses.replace(recipe, early_stopping="none"), progress=spy)

    assert spy.batches == 1


def test_training_works_outside_the_main_thread(model, recipe):
    found = []
    worker = threading.Thread(target=lambda: found.append(fit(model, TRAIN, VALIDATION, recipe)))
    worker.start()
    worker.join()

    assert len(found[0]) >= 1


def test_training_that_diverges_says_so(model, recipe):
    wild = dataclasses.replace(recipe, optimizer="sgd", learning_rate=10.0, clipnorm=0.0, schedule="constant")
    # Weights beyond what a float32 can square: the loss is no number at once.
    model.set_weights([weight + np.float32(np.inf) for weight in model.get_weights()])

    with pytest.raises(RecipeError, match="training diverged in epoch 1; lower learning_rate, or set clipnorm=1"):
        fit(model, TRAIN, VALIDATION, wild)


def test_the_same_seed_gives_the_same_weights(recipe):
    from seqtext.models.build import build

    spec = ModelSpec(
        (TextInput("text", 7, 3, cell="simple_rnn", units=3, dropout=0.3, word_dropout=0.3),), (Head("label", 2),), 0.3
    )

    def train(seed):
        model = build(spec, seed=seed)
        fit(model, TRAIN, VALIDATION, dataclasses.replace(recipe, seed=seed))
        return [weight.tobytes() for weight in model.get_weights()]

    assert train(1) == train(1)


@pytest.mark.parametrize("optimizer", ["adamw", "nadam", "rmsprop", "sgd", "adagrad"])
def test_every_optimizer_takes_the_schedule(model, recipe, optimizer):
    from seqtext.training.fit import compile_model

    compile_model(model, dataclasses.replace(recipe, optimizer=optimizer, warmup=1.0), 3)
    compile_model(model, dataclasses.replace(recipe, optimizer=optimizer, warmup=0.0, clipnorm=0.0), 1)


def test_the_learning_rate_rises_and_falls(model, recipe):
    from seqtext.training.fit import compile_model

    compile_model(model, dataclasses.replace(recipe, learning_rate=0.1, warmup=0.2), 100)
    rate = model.optimizer._learning_rate

    assert [round(float(rate(step)), 3) for step in (0, 10, 20, 60, 100)] == [0.0, 0.05, 0.1, 0.05, 0.0]


def test_answers_come_in_the_order_of_the_rows(model):
    alone = [predict(model, Rows({"text": [ids]}, {}))["label"][0] for ids in TRAIN.ids["text"]]

    np.testing.assert_allclose(predict(model, TRAIN, batch_size=5)["label"], alone, atol=1e-6)


def test_validation_scores_by_hand(model, recipe, monkeypatch):
    answers = {"label": np.array([[0.75, 0.25], [0.5, 0.5]], np.float32)}
    monkeypatch.setattr(fitting, "predict", lambda *_, **__: answers)

    assert validation_scores(model, VALIDATION, recipe) == {
        "validation_loss": pytest.approx(-(np.log(0.75) + np.log(0.5)) / 2),
        "validation_accuracy": 0.5,
        "validation_macro_f1": pytest.approx(1 / 3),
    }


def test_balanced_weights_make_every_label_count_the_same():
    target = np.array([0] * 6 + [1] * 3 + [2])
    weights = class_weights({"label": target})["label"]

    sums = [weights[target[target == label]].sum() for label in range(3)]
    np.testing.assert_allclose(sums, [10 / 3] * 3, rtol=1e-6)


def test_balanced_weights_make_the_rare_label_heard(recipe):
    from seqtext.models.build import build

    # One word for all rows: a model can only learn how frequent the labels are.
    rows = Rows({"text": [np.array([2], np.int32)] * 20}, {"label": np.array([0] * 16 + [1] * 4)})
    spec = ModelSpec((TextInput("text", 3, 2, cell="simple_rnn", units=2),), (Head("label", 2),))
    rare = {}
    for weight in ("none", "balanced"):
        model = build(spec)
        settings = {"class_weight": weight, "epochs": 60, "early_stopping": "none", "batch_size": 20}
        fit(model, rows, None, dataclasses.replace(recipe, **settings))
        rare[weight] = float(predict(model, rows)["label"][0, 1])

    assert rare == {"none": pytest.approx(0.2, abs=0.05), "balanced": pytest.approx(0.5, abs=0.05)}
