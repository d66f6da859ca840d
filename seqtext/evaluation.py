"""Scores of predicted labels, as plain numbers and as text. NumPy only, so that any trained model can be scored."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Scores:
    """
    How one output did on some rows.

    ``confusion[i, j]`` counts the rows of label i that were called j. ``precision``, ``recall`` and ``f1`` hold one
    number per label. ``macro_f1`` is the plain mean of ``f1`` over the labels that occur, in truth or prediction.
    """

    labels: tuple[str, ...]
    confusion: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    accuracy: float
    macro_f1: float

    @property
    def rows(self) -> int:
        """Number of rows that were scored."""
        return int(self.confusion.sum())

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "rows": self.rows,
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "labels": {
                label: {
                    "precision": float(self.precision[i]),
                    "recall": float(self.recall[i]),
                    "f1": float(self.f1[i]),
                    "rows": int(self.confusion[i].sum()),
                }
                for i, label in enumerate(self.labels)
            },
            "confusion": self.confusion.tolist(),
        }


def score(truth: np.ndarray, predicted: np.ndarray, labels: Sequence[str]) -> Scores:
    """
    Compare label indices with label indices, both of shape (rows,).

    A label that is never predicted has precision 0, one without rows has recall 0, as in scikit-learn.

    >>> scores = score(np.array([0, 0, 1]), np.array([0, 1, 1]), ["no", "yes"])
    >>> round(scores.accuracy, 3), round(scores.macro_f1, 3), scores.confusion.tolist()
    (0.667, 0.667, [[1, 1], [0, 1]])
    """
    if len(truth) == 0:
        raise ValueError("there are no rows to score")
    count = len(labels)
    confusion = np.bincount(np.asarray(truth) * count + np.asarray(predicted), minlength=count * count)
    confusion = confusion.reshape(count, count)
    hits, actual, called = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    f1 = _ratio(2 * hits, actual + called)
    return Scores(
        labels=tuple(labels),
        confusion=confusion,
        precision=_ratio(hits, called),
        recall=_ratio(hits, actual),
        f1=f1,
        accuracy=float(hits.sum() / confusion.sum()),
        macro_f1=float(f1[actual + called > 0].mean()),
    )


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def cross_entropy(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean negative log probability (in nats) of the true labels; probabilities have shape (rows, labels)."""
    return float(-np.log(np.clip(probabilities[np.arange(len(truth)), truth], 1e-7, None)).mean())


MOST_LABELS_IN_A_MATRIX = 12


def class_table(scores: Scores) -> str:
    """One line per label: precision, recall, F1 and rows."""
    header = ("label", "precision", "recall", "F1", "rows")
    lines = [
        (label, *(f"{column[i]:.3f}" for column in (scores.precision, scores.recall, scores.f1)), f"{rows:,}")
        for i, (label, rows) in enumerate(zip(scores.labels, scores.confusion.sum(axis=1), strict=True))
    ]
    return table([header, *lines])


def confusion_table(scores: Scores) -> str:
    """The confusion matrix; with very many labels, the most frequent confusions instead."""
    if len(scores.labels) <= MOST_LABELS_IN_A_MATRIX:
        header = ("true \\ predicted", *scores.labels)
        return table(
            [
                header,
                *((label, *map(str, row)) for label, row in zip(scores.labels, scores.confusion, strict=True)),
            ]
        )
    wrong = scores.confusion - np.diag(np.diag(scores.confusion))
    worst = [divmod(int(cell), len(scores.labels)) for cell in np.argsort(-wrong, axis=None)[:MOST_LABELS_IN_A_MATRIX]]
    lines = [(scores.labels[i], scores.labels[j], str(wrong[i, j])) for i, j in worst if wrong[i, j]]
    return table([("true", "predicted", "rows"), *lines])


def table(rows: Sequence[Sequence[str]]) -> str:
    """
    Columns side by side: the first aligned to the left, the others to the right.

    >>> print(table([("a", "b"), ("long", "1")]))
    a     b
    long  1
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *rest in rows:
        cells = [
            first.ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)),
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
