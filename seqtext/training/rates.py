"""The learning rate of each batch, as a number: the same on every backend, and wherever a run is taken up again."""

import math
from collections.abc import Mapping, Sequence

from seqtext.recipes import Training

# Of one cycle, as shares of the highest rate: where it begins and where it ends.
BEGIN, END = 1 / 25, 1 / 250_000


def rate_at(asked: Training, step: int, steps: int, merits: Sequence[float] = ()) -> float:
    """
    Return the learning rate of one batch.

    It rises over the first ``asked.warmup`` of all batches; then it stays, falls along a cosine (Loshchilov and Hutter
    2017, "SGDR"), falls whenever a plateau is reached, or ends one cycle (Smith and Topin 2018, "Super-Convergence",
    without their cycle of the momentum).

    Parameters
    ----------
    asked
        Learning rate, schedule and warm-up.
    step, steps
        Number of the batch, from 0, and batches in all.
    merits
        How good the model was after each epoch so far; more is better.

    >>> asked = Training(learning_rate=0.1, warmup=0.2, schedule="cosine")
    >>> [round(rate_at(asked, step, 100), 3) for step in (0, 10, 20, 60, 99)]
    [0.0, 0.05, 0.1, 0.05, 0.0]
    """
    warmup = min(int(steps * asked.warmup), steps - 1)
    share = 1.0
    if step < warmup:
        share = step / warmup
        if asked.schedule == "one_cycle":
            share = _along_cosine(BEGIN, 1, share)
    elif asked.schedule in ("cosine", "one_cycle"):
        share = _along_cosine(1, END if asked.schedule == "one_cycle" else 0, (step - warmup) / (steps - warmup))
    elif asked.schedule == "plateau":
        share = asked.plateau_factor ** plateaus(merits, asked.plateau_patience)
    return asked.learning_rate * share


def _along_cosine(begin: float, end: float, done: float) -> float:
    return end + (begin - end) * (1 + math.cos(math.pi * done)) / 2


def plateaus(merits: Sequence[float], patience: int) -> int:
    """
    Return how often ``patience`` epochs in a row were no better than the best before.

    >>> plateaus([0.1, 0.3, 0.2, 0.3, 0.4, 0.4], 2), plateaus([0.1, 0.3, 0.2, 0.3, 0.4, 0.4], 1)
    (1, 3)
    """
    best, waited, found = -math.inf, 0, 0
    for merit in merits:
        best, waited = (merit, 0) if merit > best else (best, waited + 1)
        if waited == patience:
            waited, found = 0, found + 1
    return found


def merit_of(record: Mapping[str, float], asked: Training) -> float:
    """Return what early stopping wants to be high: of one output, or the mean."""
    watched = "macro_f1" if asked.early_stopping == "macro_f1" else "loss"
    value = record.get(f"validation_{asked.early_stopping_output}_{watched}", record[f"validation_{watched}"])
    return value if watched == "macro_f1" else -value


def kept_epoch(history: Sequence[Mapping[str, float]], asked: Training) -> int:
    """
    Return the number of the epoch, from 1, whose weights training keeps; 0 if there was none.

    >>> kept_epoch([{"validation_loss": 0.5}, {"validation_loss": 0.4}, {"validation_loss": 0.4}], Training())
    2
    """
    best, kept = -math.inf, 0
    if asked.early_stopping == "none":
        return len(history)
    for epoch, record in enumerate(history, 1):
        if not kept or merit_of(record, asked) > best:
            best, kept = merit_of(record, asked), epoch
    return kept
