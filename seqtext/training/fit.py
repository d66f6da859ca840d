"""The training loop: batches in, a model with its best weights out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtext.errors import RecipeError
from seqtext.models.heads import labelled
from seqtext.models.rows import Rows
from seqtext.models.spec import ModelSpec
from seqtext.recipes import Recipe, Training
from seqtext.training.imbalance import of_labelled, row_weights
from seqtext.training.interrupts import stop_on_interrupt
from seqtext.training.progress import Progress

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
    compile_model(model, spec, asked, steps * epochs)
    weights = weights_of(train.targets, asked)
    best = Best()
    history: list[dict[str, float]] = []
    with stop_on_interrupt(progress) as interrupted:
        for epoch in range(1, epochs + 1):
            total, seen = 0.0, 0
            for step, (indices, feed) in enumerate(train.batches(asked.batch_size, rng), 1):
                # What a missing label is taken for has the weight 0.
                targets = {name: np.maximum(column[indices], 0) for name, column in train.targets.items()}
                sample_weight = {name: of_labelled(one[indices]) for name, one in weights.items()} or None
                # Keras' own running loss would weigh small and large batches alike.
                model.reset_metrics()
                loss = model.train_on_batch(taken_by(model, feed), targets, sample_weight, return_dict=True)["loss"]
                total, seen = total + float(loss) * len(indices), seen + len(indices)
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
                watches_f1 = asked.early_stopping == "macro_f1"
                merit = record["validation_macro_f1"] if watches_f1 else -record["validation_loss"]
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


def weights_of(targets: Mapping[str, np.ndarray], asked: Training) -> dict[str, np.ndarray]:
    """Return the weights of the rows by output name; nothing where all are 1."""
    is_balanced = asked.class_weight == "balanced"
    if not is_balanced and all(labelled(column).all() for column in targets.values()):
        return {}
    return {name: row_weights(column, is_balanced=is_balanced) for name, column in targets.items()}


def compile_model(model: "keras.Model", spec: ModelSpec, asked: Training, steps: int) -> None:
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
    """
    model.compile(
        optimizer=optimizer_of(asked, steps),
        loss={head.name: head.loss(asked.label_smoothing) for head in spec.outputs},
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
    """Return loss, accuracy and macro-F1 on held-out rows, each the mean over the outputs."""
    answers = predict(model, rows, batch_size=max(asked.batch_size, 128))
    losses, scores = [], []
    for head in spec.outputs:
        known = labelled(rows.targets[head.name])
        if not known.any():
            continue
        truth, answer = rows.targets[head.name][known], answers[head.name][known]
        losses.append(head.mean_loss(truth, answer))
        scores.append(head.scores(truth, head.decode(answer), [str(i) for i in range(head.n_labels)]))
    return {
        "validation_loss": float(np.mean(losses)),
        "validation_accuracy": float(np.mean([one.accuracy for one in scores])),
        "validation_macro_f1": float(np.mean([one.macro_f1 for one in scores])),
    }
