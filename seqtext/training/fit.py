"""The training loop: batches in, a model with its best weights out."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtext.errors import DataError, RecipeError
from seqtext.models.heads import labelled
from seqtext.models.rows import Rows
from seqtext.models.spec import ModelSpec, plain_name
from seqtext.recipes import Recipe, Training
from seqtext.recipes.recipe import OPTIMIZERS
from seqtext.training.backend import backend
from seqtext.training.checkpoint import Checkpoint, Kept, Position
from seqtext.training.imbalance import of_labelled, row_weights
from seqtext.training.interrupts import Interrupts, stop_on_interrupt
from seqtext.training.kernels import choose_kernels
from seqtext.training.progress import Progress
from seqtext.training.rates import kept_epoch, merit_of, rate_at
from seqtext.training.thresholds import decode_at_best

if TYPE_CHECKING:
    import keras

# Training rows that are scored after each epoch, at most.
SCORED_ROWS = 5_000


def fit(
    model: "keras.Model",
    spec: ModelSpec,
    train: Rows,
    validation: Rows | None,
    recipe: Recipe,
    *,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> tuple[list[dict[str, float]], bool]:
    """
    Train ``model`` in place; return one record of scores per epoch, and whether somebody stopped it.

    With early stopping the weights of the best epoch (validation macro-F1 or loss, averaged over the outputs) are
    put back at the end, and training ends after ``patience`` epochs without a better one. Ctrl-C, or SIGTERM, ends
    training after the running batch and keeps the best weights so far; a second one raises KeyboardInterrupt.

    Parameters
    ----------
    model, spec
        The Keras model, and what it is.
    train, validation
        Rows to learn from, and rows to watch if there are any.
    recipe
        How to train.
    progress
        Who is told of it.
    checkpoint
        Where it is written down how far training has come, and what it goes on from if that is there.
    """
    asked, progress = recipe.training, progress or Progress()
    steps = math.ceil(len(train) / asked.batch_size)
    epochs = max(asked.epochs, math.ceil(asked.min_steps / steps))
    patience = max(1, round(asked.patience * epochs / asked.epochs))
    loss_weights = {head.name: recipe.output_of(head.name).loss_weight for head in spec.outputs}
    if validation:
        check_watched(validation, asked)
    shown = _some(train, recipe.rows.seed) if asked.training_scores else None
    learner = Learner(model, train, recipe, steps * epochs, progress)
    compile_model(model, spec, asked, loss_weights)
    if choose_kernels(model, spec, asked, lambda: learner.learn(*next(train.batches(asked.batch_size))), progress):
        compile_model(model, spec, asked, loss_weights)
    kept = Kept(model, checkpoint, progress)
    kept.go_on()
    at = kept.position
    with stop_on_interrupt(progress) as interrupted:
        while at.epoch <= epochs and not is_over(at, asked, patience) and not interrupted.is_set():
            record = {"loss": learner.epoch(kept, epochs, interrupted, is_watched=bool(validation))}
            if shown:
                found = validation_scores(model, spec, shown, asked)
                record |= {name.replace("validation", "training"): score for name, score in found.items()}
            if validation:
                record |= validation_scores(model, spec, validation, asked)
            if not math.isfinite(record["loss"]):
                if not at.best:
                    kept.drop()
                    raise RecipeError(f"training diverged in epoch {at.epoch}; lower learning_rate, or set clipnorm=1")
                progress.say(f"training diverged in epoch {at.epoch}")
                break
            progress.epoch(at.epoch, epochs, record)
            is_best = asked.early_stopping != "none" and kept_epoch([*at.history, record], asked) == at.epoch
            kept.end_epoch(record, is_best=is_best)
            if not interrupted.is_set():
                kept.save_if_due()
        was_stopped = interrupted.is_set()
    if at.best:
        model.set_weights(kept.best)
        if at.best < len(at.history):
            what = f"{'macro-F1' if asked.early_stopping == 'macro_f1' else 'loss'} "
            what += f"{abs(merit_of(at.history[at.best - 1], asked)):.3f}"
            progress.say(f"keeping the weights of epoch {at.best}, the best on the validation rows ({what})")
    return at.history, was_stopped


def is_over(at: Position, asked: Training, patience: int) -> bool:
    """Return whether the last epochs were no better, so that early stopping ends training."""
    return asked.early_stopping != "none" and at.best > 0 and len(at.history) - at.best >= patience


class Learner:
    """
    One epoch after the other.

    Parameters
    ----------
    model, train, recipe
        What learns, from which rows, and how.
    steps
        Batches in all, over which the learning rate may rise and fall.
    progress
        Who is told of every batch.
    """

    def __init__(self, model: "keras.Model", train: Rows, recipe: Recipe, steps: int, progress: Progress) -> None:
        self.model, self.train, self.steps, self.progress = model, train, steps, progress
        self.asked, self.seed = recipe.training, recipe.rows.seed
        self.weights = weights_of(train.targets, self.asked)

    def epoch(self, kept: Kept, epochs: int, interrupted: Interrupts, *, is_watched: bool) -> float:
        """Learn from every row once, or until somebody interrupts; return the mean loss of the rows."""
        at, size = kept.position, self.asked.batch_size
        before = (at.epoch - 1) * math.ceil(len(self.train) / size)
        merits = [merit_of(record, self.asked) for record in at.history] if is_watched else []
        # By the number of the epoch, and not from a generator that has come a long way: a resumed run draws the same.
        rng = np.random.default_rng([self.seed, at.epoch])
        for indices, feed in self.train.batches(size, rng, first=at.step, tight=takes_any_shape()):
            self.model.optimizer.learning_rate = rate_at(self.asked, before + at.step, self.steps, merits)
            with interrupted.batch():
                at.total += self.learn(indices, feed) * len(indices)
            at.predictions, at.step = at.predictions + len(indices), at.step + 1
            self.progress.batch(at.epoch, epochs, at.predictions / len(self.train), at.total / at.predictions)
            if interrupted.is_set():
                break
            kept.save_if_due()
        return at.total / at.predictions

    def learn(self, indices: np.ndarray, feed: dict[str, np.ndarray]) -> float:
        """Learn from one batch; return its loss."""
        # What a missing label is taken for has the weight 0.
        targets = {
            plain_name(name): np.nan_to_num(np.maximum(column[indices], 0))
            for name, column in self.train.targets.items()
        }
        weight = {plain_name(name): of_labelled(one[indices]) for name, one in self.weights.items()} or None
        # Keras' own running loss would weigh small and large batches alike.
        self.model.reset_metrics()
        fed = taken_by(self.model, feed)
        return float(self.model.train_on_batch(fed, targets, weight, return_dict=True)["loss"])


def _some(rows: Rows, seed: int) -> Rows:
    """Rows to be scored after each epoch; drawn, for the first ones may be all of one kind."""
    return rows.take(np.sort(np.random.default_rng(seed).permutation(len(rows))[:SCORED_ROWS]))


def check_watched(validation: Rows, asked: Training) -> None:
    """Raise DataError if no validation row has a label of the output that early stopping watches."""
    if (watched := asked.early_stopping_output) and not labelled(validation.targets[watched]).any():
        raise DataError(f"no validation row has the {watched} that early stopping watches; watch another output")


def weights_of(targets: Mapping[str, np.ndarray], asked: Training) -> dict[str, np.ndarray]:
    """Return the weights of the rows by output name; nothing where all are 1."""
    is_balanced = asked.class_weight == "balanced"
    if not is_balanced and all(labelled(column).all() for column in targets.values()):
        return {}
    return {name: row_weights(column, is_balanced=is_balanced) for name, column in targets.items()}


def compile_model(
    model: "keras.Model", spec: ModelSpec, asked: Training, loss_weights: Mapping[str, float] | None = None
) -> None:
    """
    Give ``model`` its losses and its optimizer.

    Parameters
    ----------
    model, spec
        The Keras model, and what it is.
    asked
        Optimizer, and what becomes of its gradients.
    loss_weights
        How much each output counts, by its name; without them all count alike.
    """
    model.compile(
        optimizer=optimizer_of(asked),
        loss={plain_name(head.name): head.loss(asked.label_smoothing) for head in spec.outputs},
        loss_weights={plain_name(name): weight for name, weight in (loss_weights or {}).items()} or None,
        # To TensorFlow, XLA has no cuDNN kernel and compiles again for every shape of batch; scripts/bench_step.py: no
        # clear gain. JAX without it would compile parts of each step anew.
        jit_compile=backend() == "jax",
    )


def optimizer_of(asked: Training) -> "keras.optimizers.Optimizer":
    """Return the optimizer that is asked for; its learning rate is to be set before every batch, see `rate_at`."""
    import keras

    options: dict[str, Any] = {"learning_rate": asked.learning_rate}
    if clip := "clipvalue" if asked.clipvalue else "clipnorm" if asked.clipnorm else "":
        options[clip] = getattr(asked, clip)
    if asked.accumulation > 1:
        options["gradient_accumulation_steps"] = asked.accumulation
    return getattr(keras.optimizers, OPTIMIZERS[asked.optimizer])(**options)


def predict(model: "keras.Model", rows: Rows, *, batch_size: int = 256) -> dict[str, np.ndarray]:
    """Return probabilities (rows, labels) by the plain name of each output, in the order of the rows."""
    found: dict[str, np.ndarray] = {}
    for indices, feed in rows.batches(batch_size, tight=takes_any_shape()):
        for name, probabilities in model.predict_on_batch(taken_by(model, feed)).items():
            found.setdefault(name, np.empty((len(rows), probabilities.shape[1]), np.float32))[indices] = probabilities
    return found


def takes_any_shape() -> bool:
    """Return whether a batch of a new length costs nothing; JAX compiles for each."""
    return backend() != "jax"


def taken_by(model: "keras.Model", feed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return those arrays that the model takes; a text without a recurrent encoder needs no ids."""
    return {name: feed[name] for name in model.input}


def validation_scores(model: "keras.Model", spec: ModelSpec, rows: Rows, asked: Training) -> dict[str, float]:
    """Return loss, accuracy and macro-F1 on held-out rows: the mean over the outputs, then those of each if several."""
    answers = predict(model, rows, batch_size=max(asked.batch_size, 128))
    found: dict[str, dict[str, float]] = {}
    for head in spec.outputs:
        known = labelled(rows.targets[head.name])
        if not known.any():
            continue
        truth, answer = rows.targets[head.name][known], answers[plain_name(head.name)][known]
        score = head.scores(truth, decode_at_best(head, answer, truth), [str(i) for i in range(head.n_labels)])
        loss = head.mean_loss(truth, answer)
        found[head.name] = {"loss": loss, "accuracy": score.accuracy, "macro_f1": score.macro_f1}
    names = ("loss", "accuracy", "macro_f1")
    record = {f"validation_{name}": float(np.mean([one[name] for one in found.values()])) for name in names}
    if len(found) > 1:
        record |= {f"validation_{output}_{name}": one[name] for output, one in found.items() for name in names}
    return record
