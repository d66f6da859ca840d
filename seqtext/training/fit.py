"""The training loop: batches in, a model with its best weights out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtext.errors import DataError, RecipeError
from seqtext.models.heads import labelled
from seqtext.models.rows import Rows
from seqtext.models.spec import ModelSpec
from seqtext.recipes import Recipe, Training
from seqtext.training.imbalance import of_labelled, row_weights
from seqtext.training.interrupts import stop_on_interrupt
from seqtext.training.progress import Progress
from seqtext.training.thresholds import decode_at_best

if TYPE_CHECKING:
    import keras


@dataclass
class Best:
    """The best epoch so far, and its weights."""

    merit: float = -math.inf
    epoch: int = 0
    weights: list[np.ndarray] = field(default_factory=list)


def fit(
    model: "keras.Model",
    spec: ModelSpec,
    train: Rows,
    validation: Rows | None,
    recipe: Recipe,
    *,
    progress: Progress | None = None,
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
    """
    asked, progress = recipe.training, progress or Progress()
    rng = np.random.default_rng(recipe.rows.seed)
    steps = math.ceil(len(train) / asked.batch_size)
    epochs = max(asked.epochs, math.ceil(asked.min_steps / steps))
    patience = max(1, round(asked.patience * epochs / asked.epochs))
    loss_weights = {head.name: recipe.output_of(head.name).loss_weight for head in spec.outputs}
    compile_model(model, spec, asked, steps * epochs, loss_weights)
    weights = weights_of(train.targets, asked)
    if validation:
        check_watched(validation, asked)
    best = Best()
    history: list[dict[str, float]] = []
    with stop_on_interrupt(progress) as interrupted:
        for epoch in range(1, epochs + 1):
            total, seen = 0.0, 0
            for step, (indices, feed) in enumerate(train.batches(asked.batch_size, rng), 1):
                loss = learn(model, feed, train.targets, weights, indices)
                total, seen = total + loss * len(indices), seen + len(indices)
                progress.batch(epoch, epochs, step / steps, total / seen)
                if interrupted.is_set():
                    break
            record = {"loss": total / seen}
            if validation:
                record |= validation_scores(model, spec, validation, asked)
            if not math.isfinite(record["loss"]):
                if not best.weights:
                    raise RecipeError(f"training diverged in epoch {epoch}; lower learning_rate, or set clipnorm=1")
                progress.say(f"training diverged in epoch {epoch}")
                break
            history.append(record)
            progress.epoch(epoch, epochs, record)
            if asked.early_stopping != "none":
                merit = merit_of(record, asked)
                if not best.weights or merit > best.merit:
                    best = Best(merit, epoch, model.get_weights())
                elif epoch - best.epoch >= patience:
                    break
            if interrupted.is_set():
                break
        was_stopped = interrupted.is_set()
    if best.weights:
        model.set_weights(best.weights)
        if best.epoch < len(history):
            what = f"{'macro-F1' if asked.early_stopping == 'macro_f1' else 'loss'} {abs(best.merit):.3f}"
            progress.say(f"keeping the weights of epoch {best.epoch}, the best on the validation rows ({what})")
    return history, was_stopped


def learn(
    model: "keras.Model",
    feed: dict[str, np.ndarray],
    targets: Mapping[str, np.ndarray],
    weights: Mapping[str, np.ndarray],
    indices: np.ndarray,
) -> float:
    """Learn from the rows with these ``indices``, which the ``feed`` is of; return their loss."""
    # What a missing label is taken for has the weight 0.
    known = {name: np.nan_to_num(np.maximum(column[indices], 0)) for name, column in targets.items()}
    sample_weight = {name: of_labelled(one[indices]) for name, one in weights.items()} or None
    # Keras' own running loss would weigh small and large batches alike.
    model.reset_metrics()
    return float(model.train_on_batch(taken_by(model, feed), known, sample_weight, return_dict=True)["loss"])


def check_watched(validation: Rows, asked: Training) -> None:
    """Raise DataError if no validation row has a label of the output that early stopping watches."""
    if (watched := asked.early_stopping_output) and not labelled(validation.targets[watched]).any():
        raise DataError(f"no validation row has the {watched} that early stopping watches; watch another output")


def merit_of(record: Mapping[str, float], asked: Training) -> float:
    """Return what early stopping wants to be high: of one output, or the mean."""
    of_one = f"validation_{asked.early_stopping_output}_{asked.early_stopping}"
    value = record.get(of_one, record[f"validation_{asked.early_stopping}"])
    return value if asked.early_stopping == "macro_f1" else -value


def weights_of(targets: Mapping[str, np.ndarray], asked: Training) -> dict[str, np.ndarray]:
    """Return the weights of the rows by output name; nothing where all are 1."""
    is_balanced = asked.class_weight == "balanced"
    if not is_balanced and all(labelled(column).all() for column in targets.values()):
        return {}
    return {name: row_weights(column, is_balanced=is_balanced) for name, column in targets.items()}


def compile_model(
    model: "keras.Model",
    spec: ModelSpec,
    asked: Training,
    steps: int,
    loss_weights: Mapping[str, float] | None = None,
) -> None:
    """
    Give ``model`` its losses and its optimizer.

    Parameters
    ----------
    model, spec
        The Keras model, and what it is.
    asked
        Optimizer, learning rate and schedule.
    steps
        Batches in all, over which the learning rate may rise and fall.
    loss_weights
        How much each output counts, by its name; without them all count alike.
    """
    model.compile(
        optimizer=optimizer_of(asked, steps),
        loss={head.name: head.loss(asked.label_smoothing) for head in spec.outputs},
        loss_weights=dict(loss_weights) if loss_weights else None,
        # XLA has no cuDNN kernel and compiles again for every shape of batch; scripts/bench_step.py: no clear gain.
        jit_compile=False,
    )


def optimizer_of(asked: Training, steps: int) -> "keras.optimizers.Optimizer":
    """Return the optimizer that is asked for, its learning rate laid out over that many batches."""
    import keras

    rate: Any = asked.learning_rate
    if asked.schedule == "cosine":
        warmup = min(int(steps * asked.warmup), steps - 1)
        rate = keras.optimizers.schedules.CosineDecay(
            0.0 if warmup else asked.learning_rate,
            decay_steps=steps - warmup,
            warmup_target=asked.learning_rate if warmup else None,
            warmup_steps=warmup,
        )
    config = {"learning_rate": rate, **({"clipnorm": asked.clipnorm} if asked.clipnorm else {})}
    return type(keras.optimizers.get(asked.optimizer))(**config)


def predict(model: "keras.Model", rows: Rows, *, batch_size: int = 256) -> dict[str, np.ndarray]:
    """Return probabilities (rows, labels) by output name, in the order of the rows."""
    found: dict[str, np.ndarray] = {}
    for indices, feed in rows.batches(batch_size):
        for name, probabilities in model.predict_on_batch(taken_by(model, feed)).items():
            found.setdefault(name, np.empty((len(rows), probabilities.shape[1]), np.float32))[indices] = probabilities
    return found


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
        truth, answer = rows.targets[head.name][known], answers[head.name][known]
        score = head.scores(truth, decode_at_best(head, answer, truth), [str(i) for i in range(head.n_labels)])
        loss = head.mean_loss(truth, answer)
        found[head.name] = {"loss": loss, "accuracy": score.accuracy, "macro_f1": score.macro_f1}
    names = ("loss", "accuracy", "macro_f1")
    record = {f"validation_{name}": float(np.mean([one[name] for one in found.values()])) for name in names}
    if len(found) > 1:
        record |= {f"validation_{output}_{name}": one[name] for output, one in found.items() for name in names}
    return record
