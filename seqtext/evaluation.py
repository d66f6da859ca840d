"""Scores of predicted labels, as plain numbers and as text. NumPy only, so that any trained model can be scored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqtext.errors import plural
from seqtext.notebook import html_table
from seqtext.schema import are_counts

# Who is scored on the same rows.
MODEL, LINEAR, MAJORITY, BEFORE = "this model", "linear model", "most frequent label", "the model before"
# The model on those of the rows alone whose text it has not learned from, where that are not all.
MODEL_ON_NEW = "this model, new texts only"
# The same scores once more, where it has learned from the text of every row.
MODEL_ON_SEEN = "this model, texts that it knows"
LINEAR_IN_FULL = "the linear model (tf-idf of word and character n-grams, support vector machine)"


def _short(scores: "AnyScores") -> str:
    return f"{type(scores).__name__}({in_short(scores)} on {plural(scores.rows, 'row')}, {len(scores.labels)} labels)"


def _as_html(scores: "AnyScores") -> str:
    return html_table(class_rows(scores), f"{in_short(scores)} on {plural(scores.rows, 'row')}")


@dataclass(frozen=True, repr=False)
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

    __repr__, _repr_html_ = _short, _as_html

    @property
    def rows(self) -> int:
        """Number of rows that were scored."""
        return int(self.confusion.sum())

    @property
    def rows_of_label(self) -> np.ndarray:
        """Number of rows that have each label: int64 of shape (labels,)."""
        return self.confusion.sum(axis=1)

    @property
    def figures(self) -> dict[str, float]:
        """What is said of it in one line."""
        return {"accuracy": self.accuracy, "macro-F1": self.macro_f1}

    @property
    def tables(self) -> list[str]:
        """What is said of it in full."""
        return [class_table(self), confusion_table(self)]

    @classmethod
    def from_dict(cls, data: Any, labels: Sequence[str]) -> "Scores":
        """Return what `to_dict` gave, worked out again from the confusion matrix; ValueError if that is none."""
        confusion = data["confusion"] if isinstance(data, dict) else None
        if not are_counts(confusion, len(labels), len(labels)):
            raise ValueError("it holds no confusion matrix of the labels")
        return _scores(np.array(confusion), labels)

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


@dataclass(frozen=True, repr=False)
class MultilabelScores:
    """
    How one output did on some rows, each of which has any number of labels.

    Numbers of rows for each label, int64 of shape (labels,): ``rows_of_label`` that have it, ``predicted`` that got it,
    ``hits`` both. ``exact`` counts the rows whose labels were all right, and no other given.
    """

    labels: tuple[str, ...]
    rows_of_label: np.ndarray
    predicted: np.ndarray
    hits: np.ndarray
    rows: int
    exact: int

    __repr__, _repr_html_ = _short, _as_html

    @property
    def precision(self) -> np.ndarray:
        """Share of what was called a label that has it, 0 where nothing was."""
        return _ratio(self.hits, self.predicted)

    @property
    def recall(self) -> np.ndarray:
        """Share of what has a label that was called it."""
        return _ratio(self.hits, self.rows_of_label)

    @property
    def f1(self) -> np.ndarray:
        """Of each label."""
        return _ratio(2 * self.hits, self.rows_of_label + self.predicted)

    @property
    def macro_f1(self) -> float:
        """The plain mean of ``f1`` over the labels that occur, in truth or prediction."""
        occur = self.rows_of_label + self.predicted > 0
        return float(self.f1[occur].mean()) if occur.any() else 0.0

    @property
    def micro_f1(self) -> float:
        """F1 of all decisions together."""
        return float(2 * self.hits.sum() / max((self.rows_of_label + self.predicted).sum(), 1))

    @property
    def accuracy(self) -> float:
        """Share of rows whose labels were all right, and no other given."""
        return self.exact / self.rows

    @property
    def figures(self) -> dict[str, float]:
        """What is said of it in one line."""
        return {"macro-F1": self.macro_f1, "micro-F1": self.micro_f1, "exact match": self.accuracy}

    @property
    def tables(self) -> list[str]:
        """What is said of it in full."""
        return [class_table(self)]

    @classmethod
    def from_dict(cls, data: Any, labels: Sequence[str]) -> "MultilabelScores":
        """Return what `to_dict` gave, worked out again from the numbers of rows; ValueError if these cannot be."""
        try:
            counts = [[data["labels"][label][name] for name in ("rows", "predicted", "hits")] for label in labels]
            rows, exact = data["rows"], data["exact_rows"]
        except (KeyError, TypeError) as error:
            raise ValueError("it holds no numbers of rows for the labels") from error
        are_whole = are_counts([*counts, [rows, exact, 0]], len(labels) + 1, 3)
        if not are_whole or not exact <= rows or rows < 1 or max(map(max, counts)) > rows:
            raise ValueError("it holds no numbers of rows for the labels")
        of_label, predicted, hits = np.array(counts).T
        if (hits > np.minimum(of_label, predicted)).any():
            raise ValueError("it holds more right answers than answers")
        return cls(tuple(labels), of_label, predicted, hits, rows, exact)

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        columns = {"precision": self.precision, "recall": self.recall, "f1": self.f1, "rows": self.rows_of_label}
        columns |= {"predicted": self.predicted, "hits": self.hits}
        return {
            "rows": self.rows,
            "exact_rows": self.exact,
            "macro_f1": self.macro_f1,
            "micro_f1": self.micro_f1,
            "exact_match": self.accuracy,
            "labels": {
                label: {name: column[i].item() for name, column in columns.items()}
                for i, label in enumerate(self.labels)
            },
        }


AnyScores = Scores | MultilabelScores


def score_sets(truth: np.ndarray, predicted: np.ndarray, labels: Sequence[str]) -> MultilabelScores:
    """
    Compare which labels rows have with those that they got, both bool of shape (rows, labels).

    >>> truth, predicted = np.array([[True, False], [True, True]]), np.array([[True, False], [True, False]])
    >>> scores = score_sets(truth, predicted, ["a", "b"])
    >>> scores.macro_f1, round(scores.micro_f1, 3), scores.accuracy
    (0.5, 0.8, 0.5)
    """
    if len(truth) == 0:
        raise ValueError("there are no rows to score")
    actual, given, hits = (one.sum(axis=0) for one in (truth, predicted, truth & predicted))
    exact = int((truth == predicted).all(axis=1).sum())
    return MultilabelScores(tuple(labels), actual, given, hits, len(truth), exact)


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
    return _scores(confusion.reshape(count, count), labels)


def _scores(confusion: np.ndarray, labels: Sequence[str]) -> Scores:
    hits, actual, predicted = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    f1 = _ratio(2 * hits, actual + predicted)
    return Scores(
        labels=tuple(labels),
        confusion=confusion,
        precision=_ratio(hits, predicted),
        recall=_ratio(hits, actual),
        f1=f1,
        accuracy=float(hits.sum() / max(confusion.sum(), 1)),
        macro_f1=float(f1[actual + predicted > 0].mean()) if confusion.any() else 0.0,
    )


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def calibration_error(truth: np.ndarray, probabilities: np.ndarray, *, bins: int = 15) -> float:
    """
    Return by how much the probability of the answer and the share of right answers differ, on average over the rows.

    Expected calibration error with bins of equal width (Guo et al. 2017, "On Calibration of Modern Neural Networks").

    Parameters
    ----------
    truth
        Label indices of shape (rows,).
    probabilities
        Of every label, of shape (rows, labels).
    bins
        Into how many ranges of probability the rows are put.

    >>> calibration_error(np.array([0, 1]), np.array([[0.9, 0.1], [0.9, 0.1]]))
    0.4
    """
    table = reliability(truth, probabilities, bins=bins)
    return float(sum(rows * abs(sure - right) for _, rows, sure, right in table) / max(len(truth), 1))


def reliability(
    truth: np.ndarray, probabilities: np.ndarray, *, bins: int = 10
) -> list[tuple[float, int, float, float]]:
    """
    Return ranges of probability that have rows: upper end, rows, mean probability, share of right answers.

    >>> reliability(np.array([0, 1]), np.array([[0.9, 0.1], [0.9, 0.1]]), bins=2)
    [(1.0, 2, 0.9, 0.5)]
    """
    sure, right = probabilities.max(axis=1).astype(float), probabilities.argmax(axis=1) == truth
    place = np.minimum((sure * bins).astype(int), bins - 1)
    return [
        ((i + 1) / bins, int(inside.sum()), float(sure[inside].mean()), float(right[inside].mean()))
        for i in range(bins)
        if (inside := place == i).any()
    ]


def reliability_table(truth: np.ndarray, probabilities: np.ndarray) -> str:
    """Return a line for each range of probability, and below them the expected calibration error."""
    lines = [("probability up to", "rows", "mean", "right")]
    found = reliability(truth, probabilities)
    lines += [(f"{end:.1f}", f"{rows:,}", f"{sure:.3f}", f"{right:.3f}") for end, rows, sure, right in found]
    return f"{table(lines)}\n\nexpected calibration error {calibration_error(truth, probabilities):.3f}"


def coverage_table(truth: np.ndarray, probabilities: np.ndarray) -> str:
    """Return what share of the rows is answered, and how well, if only answers of at least some probability count."""
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    lines = [("--min-score", "answered", "accuracy")]
    for least in (0.5, 0.7, 0.8, 0.9, 0.95, 0.99):
        if (answered := sure >= least).any():
            lines.append((f"{least}", f"{answered.mean():.1%}", f"{right[answered].mean():.3f}"))
    return table(lines)


def in_short(scores: AnyScores) -> str:
    """Return the scores in one line."""
    return ", ".join(f"{name} {value:.3f}" for name, value in scores.figures.items())


def which_rows(scores: Mapping[str, AnyScores]) -> str:
    """Say on which rows the model was scored: those that training never saw, unless it had their texts."""
    rows = scores[MODEL].rows
    if MODEL_ON_SEEN in scores:
        return f"{plural(rows, 'row')} with a text that training saw, too"
    if MODEL_ON_NEW not in scores:
        return f"{plural(rows, 'row')} that training never saw"
    known = rows - scores[MODEL_ON_NEW].rows
    return f"{plural(rows, 'row')}, of which {known:,} {'has' if known == 1 else 'have'} a text that training saw, too"


def score_table(scores: Mapping[str, AnyScores]) -> str:
    """Return the contestants side by side, best macro-F1 first."""
    order = sorted(scores, key=lambda name: -scores[name].macro_f1)
    lines = [(name, *(f"{value:.3f}" for value in scores[name].figures.values())) for name in order]
    return table([("", *scores[order[0]].figures), *lines])


def verdict(scores: Mapping[str, AnyScores], *, is_linear: bool = False) -> str:
    """
    Say plainly which contestant won, by macro-F1, and whether that can be more than chance.

    The margin is two standard errors of the difference of two accuracies measured on the same number of rows.
    """
    if MODEL_ON_SEEN in scores:
        return "this model has learned from all of these texts, so nobody knows how it does on new ones"
    ours, linear, majority = scores[MODEL], scores.get(LINEAR), scores[MAJORITY]
    if ours.macro_f1 <= majority.macro_f1:
        return "this model learned nothing: it does no better than always answering the most frequent label"
    if linear is None:
        unknown = "no linear model was scored beside it, so nobody knows whether the simplest thing would do as well"
        return "this model is a linear one itself, and no other was scored beside it" if is_linear else unknown
    difference = ours.macro_f1 - linear.macro_f1
    if f"{abs(difference):.3f}" == "0.000":
        same = "this model is a linear one itself, and" if is_linear else "this model and"
        return f"{same} {LINEAR_IN_FULL} do{'es' * is_linear} equally well"
    error = 2 * np.sqrt((ours.accuracy * (1 - ours.accuracy) + linear.accuracy * (1 - linear.accuracy)) / ours.rows)
    winner = "this model beats the linear model" if difference > 0 else f"{LINEAR_IN_FULL} wins"
    doubt = f", but on {ours.rows:,} rows that can be chance" if abs(difference) <= error else ""
    return f"{winner} by {abs(difference):.3f} macro-F1{doubt}"


MOST_LABELS_IN_A_MATRIX, WIDEST_MATRIX = 12, 100  # what fits on a page


def class_table(scores: AnyScores) -> str:
    """One line per label: precision, recall, F1 and rows."""
    return table(class_rows(scores))


def class_rows(scores: AnyScores) -> list[tuple[str, ...]]:
    """What stands in that table, and its header."""
    figures = zip(scores.labels, scores.precision, scores.recall, scores.f1, scores.rows_of_label, strict=True)
    lines = [(name, *(f"{one:.3f}" for one in three), f"{rows:,}") for name, *three, rows in figures]
    return [("label", "precision", "recall", "F1", "rows"), *lines]


def confusion_table(scores: Scores) -> str:
    """The confusion matrix; where it would be too wide, the most frequent confusions instead."""
    if len(scores.labels) <= MOST_LABELS_IN_A_MATRIX:
        header = ("true \\ predicted", *scores.labels)
        rows = [(label, *map(str, row)) for label, row in zip(scores.labels, scores.confusion, strict=True)]
        matrix = table([header, *rows])
        if max(map(len, matrix.splitlines())) <= WIDEST_MATRIX:
            return matrix
    wrong = scores.confusion - np.diag(np.diag(scores.confusion))
    worst = [divmod(int(cell), len(scores.labels)) for cell in np.argsort(-wrong, axis=None)[:MOST_LABELS_IN_A_MATRIX]]
    lines = [(scores.labels[i], scores.labels[j], str(wrong[i, j])) for i, j in worst if wrong[i, j]]
    return table([("true", "predicted", "rows"), *lines])


def table(rows: Sequence[Sequence[str]]) -> str:
    """
    Columns side by side: the first aligned to the left, the others to the right; each row is one line.

    >>> print(table([("a", "b"), ("two\\nlines", "1")]))
    a          b
    two lines  1
    """
    rows = [[_on_one_line(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *rest in rows:
        cells = [
            first.ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)),
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _on_one_line(cell: str) -> str:
    """Return ``cell``, which may be a label from a file, with nothing in it that moves the cursor."""
    if cell.isprintable():
        return cell
    return "".join(one if one.isprintable() else " " if one.isspace() else "?" for one in cell)
