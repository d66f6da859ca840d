"""The training loop: batches in, a model with its best weights out."""

import contextlib
import math
import signal
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtext.errors import RecipeError
from seqtext.evaluation import cross_entropy, score
from seqtext.recipes import Recipe
from seqtext.training.batches import Rows, batches
from seqtext.training.progress import Silent

if TYPE_CHECKING:
    import keras


def fit(
    model: "keras.Model",
    train: Rows,
    validation: Rows | None,
    recipe: Recipe,
    *,
    progress: Silent | None = None,
) -> list[dict[str, float]]:
    """
    Train ``model`` in place and give one record of scores per epoch.

    With early stopping the weights of the best epoch (validation macro-F1 or loss, averaged over the outputs) are
    put back at the end, and training ends after ``recipe.patience`` epochs without a better one. Ctrl-C ends
    training after the running batch and keeps the best weights so far; a second Ctrl-C raises KeyboardInterrupt.
    """
    progress = progress or Silent()
    rng = np.random.default_rng(recipe.seed)
    steps = math.ceil(len(train) / recipe.batch_size)
    epochs = max(recipe.epochs, math.ceil(recipe.min_steps / steps))
    patience = max(1, round(recipe.patience * epochs / recipe.epochs))
    compile_model(model, recipe, steps * epochs)
    weights = class_weights(train.targets) if recipe.class_weight == "balanced" else {}
    best: tuple[float, int, list[np.ndarray]] | None = None
    history: list[dict[str, float]] = []
    with stop_on_interrupt(progress) as interrupted:
        for epoch in range(1, epochs + 1):
            total, seen = 0.0, 0
            for step, (indices, ids) in enumerate(batches(train, recipe.batch_size, rng), 1):
                targets = {name: column[indices] for name, column in train.targets.items()}
                sample_weight = {name: weights[name][target] for name, target in targets.items()} if weights else None
                # Keras' own running loss would weigh small and large batches alike.
                model.reset_metrics()
                loss = model.train_on_batch(ids, targets, sample_weight, return_dict=True)["loss"]
                total, seen = total + float(loss) * len(indices), seen + len(indices)
                progress.batch(epoch, epochs, step / steps, total / seen)
                if interrupted.is_set():
                    break
            record = {
                "loss": total / seen,
                **(validation_scores(model, validation, recipe) if validation else {}),
            }
            if not math.isfinite(record["loss"]):
                if best is None:
                    raise RecipeError(f"training diverged in epoch {epoch}; lower learning_rate, or set clipnorm=1")
                progress.say(f"training diverged in epoch {epoch}")
                break
            history.append(record)
            progress.epoch(epoch, epochs, record)
            if recipe.early_stopping != "none":
                merit = (
                    record["validation_macro_f1"] if recipe.early_stopping == "macro_f1" else -record["validation_loss"]
                )
                if best is None or merit > best[0]:
                    best = merit, epoch, model.get_weights()
                elif epoch - best[1] >= patience:
                    break
            if interrupted.is_set():
                break
    if best is not None:
        model.set_weights(best[2])
        if best[1] < len(history):
            what = "macro-F1" if recipe.early_stopping == "macro_f1" else "loss"
            progress.say(
                f"keeping the weights of epoch {best[1]}, the best on the validation rows ({what} {abs(best[0]):.3f})"
            )
    return history


def compile_model(model: "keras.Model", recipe: Recipe, steps: int) -> None:
    """Give ``model`` its loss and optimizer; over ``steps`` batches the learning rate may rise and fall (cosine)."""
    import keras

    rate: Any = recipe.learning_rate
    if recipe.schedule == "cosine":
        warmup = min(int(steps * recipe.warmup), steps - 1)
        rate = keras.optimizers.schedules.CosineDecay(
            0.0 if warmup else recipe.learning_rate,
            decay_steps=steps - warmup,
            warmup_target=recipe.learning_rate if warmup else None,
            warmup_steps=warmup,
        )
    config = {"learning_rate": rate, **({"clipnorm": recipe.clipnorm} if recipe.clipnorm else {})}
    optimizers = {
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
        "nadam": keras.optimizers.Nadam,
        "rmsprop": keras.optimizers.RMSprop,
        "sgd": keras.optimizers.SGD,
        "adagrad": keras.optimizers.Adagrad,
    }
    model.compile(
        optimizer=optimizers[recipe.optimizer](**config),
        loss=dict.fromkeys(model.output_names, cross_entropy_loss(recipe.label_smoothing)),
        # XLA has no cuDNN kernel and compiles again for every shape of batch; scripts/bench_step.py: no clear gain.
        jit_compile=False,
    )


def cross_entropy_loss(smoothing: float) -> Any:
    """
    Keras' cross-entropy of label indices; a share ``smoothing`` of each target is spread evenly over all labels.

    Szegedy et al. (2016), "Rethinking the Inception Architecture for Computer Vision": what is not asked to be certain
    learns more from labels that are sometimes wrong.
    """
    if not smoothing:
        return "sparse_categorical_crossentropy"
    from keras import ops

    def loss(indices: Any, probabilities: Any) -> Any:
        logs = ops.log(ops.clip(probabilities, 1e-7, 1.0))
        column = ops.reshape(ops.cast(indices, "int32"), (-1, 1))
        of_label = ops.squeeze(ops.take_along_axis(logs, column, axis=1), axis=1)
        return -(1 - smoothing) * of_label - smoothing * ops.mean(logs, axis=1)

    return loss


def predict(model: "keras.Model", rows: Rows, *, batch_size: int = 256) -> dict[str, np.ndarray]:
    """Probabilities (rows, labels) by output name, in the order of the rows."""
    found: dict[str, np.ndarray] = {}
    for indices, ids in batches(rows, batch_size):
        for name, probabilities in model.predict_on_batch(ids).items():
            found.setdefault(name, np.empty((len(rows), probabilities.shape[1]), np.float32))[indices] = probabilities
    return found


def validation_scores(model: "keras.Model", rows: Rows, recipe: Recipe) -> dict[str, float]:
    """Loss, accuracy and macro-F1 on held-out rows, each the mean over the outputs."""
    answers = predict(model, rows, batch_size=max(recipe.batch_size, 128))
    scores = [
        score(rows.targets[name], answer.argmax(axis=1), [str(i) for i in range(answer.shape[1])])
        for name, answer in answers.items()
    ]
    return {
        "validation_loss": float(np.mean([cross_entropy(rows.targets[name], answers[name]) for name in answers])),
        "validation_accuracy": float(np.mean([one.accuracy for one in scores])),
        "validation_macro_f1": float(np.mean([one.macro_f1 for one in scores])),
    }


def class_weights(targets: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """
    For each output, a weight per label: inverse to its share of the rows, 1 on average over the rows.

    >>> class_weights({"label": np.array([0, 0, 0, 0, 1])})["label"].tolist()
    [0.625, 2.5]
    """
    counts = {name: np.bincount(column) for name, column in targets.items()}
    return {
        name: (count.sum() / (len(count) * np.maximum(count, 1))).astype(np.float32) for name, count in counts.items()
    }


@contextlib.contextmanager
def stop_on_interrupt(progress: Silent) -> Iterator[threading.Event]:
    """
    Turn the first Ctrl-C into an event; the second is a KeyboardInterrupt again.

    Outside the main thread Python allows no signal handlers, and the event is never set.
    """
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return
    before = signal.getsignal(signal.SIGINT)

    def first(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        interrupted.set()
        with contextlib.suppress(RuntimeError):  # the signal may come while the same stream is being written to
            progress.say("stopping after this batch and keeping the best model so far; press Ctrl-C again to quit")

    signal.signal(signal.SIGINT, first)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)
