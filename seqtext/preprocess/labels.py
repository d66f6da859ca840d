"""Labels as numbers and back: one label a text, or any number of them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from seqtext.errors import BadValueError, DataError, UnknownLabelError, did_you_mean, listed, shortened
from seqtext.preprocess.contract import Parameters, not_fitted
from seqtext.preprocess.texts import is_missing

MAX_LABELS = 100_000
MAX_NAME_LENGTH = 10_000
MISSING = ("error", "keep")
SEVERAL = (list, tuple, set, frozenset, np.ndarray)  # what may hold the labels of a text that has any number of them
# How a name becomes a label again, by the kind of label that was learned.
FROM_NAME: dict[str, Callable[[str], Any]] = {"str": str, "int": int, "bool": "True".__eq__}


class Encoder(Parameters):
    """What both encoders share: the known labels, their order, and how they are stored."""

    missing: str
    classes_: list[str]
    kind_: str
    transform: Callable[..., np.ndarray]
    of_names: Callable[..., np.ndarray]
    _row: Callable[..., list[Any] | None]  # the labels of a row; None if nobody knows them

    def __len__(self) -> int:
        return len(self._known())

    def fit(self, rows: Iterable[Any], y: Any = None) -> Self:
        """Learn which labels there are; ``y`` is ignored."""
        self._check_options()
        self._learn(label for row in self._rows(rows) if row is not None for label in row)
        return self

    def fit_transform(self, rows: Iterable[Any], y: Any = None) -> np.ndarray:
        """Return what `fit` and then `transform` return."""
        rows = _as_list(rows)
        return self.fit(rows).transform(rows)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON values, for `from_dict`."""
        return {"classes": list(self._known()), "kind": self.kind_, **self.get_params()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the encoder that `to_dict` described; only "classes" is required, a DataError for anything else."""
        if not isinstance(stored, Mapping):
            raise DataError(f"stored labels are an object with the key 'classes', not {stored!r:.60}")
        options = list(cls.parameter_defaults())
        allowed = ["classes", "kind", *options]
        for key in stored:
            if key not in allowed:
                raise DataError(f"stored labels have no key {key!r:.60}{did_you_mean(str(key), allowed)}")
        encoder = cls(**{name: stored[name] for name in options if name in stored})
        try:
            encoder._check_options()
        except ValueError as error:
            raise DataError(f"stored labels cannot be read: {error}") from error
        encoder.kind_ = stored.get("kind", "str")
        encoder.classes_ = _check_names(stored.get("classes"), encoder.kind_)
        return encoder

    def grown(self, more: Self) -> Self:
        """Return an encoder of these labels, in their places, and behind them of those that only ``more`` has."""
        new = [name for name in more.classes_ if name not in set(self.classes_)]
        kind = self.kind_ if self.kind_ == more.kind_ else "str"
        return self.from_dict({**more.to_dict(), "classes": [*self.classes_, *new], "kind": kind})

    def check(self, rows: Iterable[Any]) -> None:
        """Raise BadValueError for the first row that cannot be the label, or the labels, of a text."""
        for number, row in enumerate(rows):
            self._row(row, number)

    def has_label(self, row: Any) -> bool:
        """Return whether anybody knows the labels of a row: False for what ``missing`` is about."""
        return self._row(row, 0) is not None

    def names(self, row: Any) -> list[str]:
        """Return the names of the labels of a row; none if it has none, or nobody knows."""
        return [_name(label) for label in self._row(row, 0) or []]

    def _check_options(self) -> None:
        if self.missing not in MISSING:
            raise ValueError(f"missing must be one of {', '.join(MISSING)}, but is {self.missing!r:.60}")

    def _rows(self, rows: Iterable[Any]) -> list[list[Any] | None]:
        found = [self._row(row, number) for number, row in enumerate(_as_list(rows))]
        empty = [number for number, row in enumerate(found, 1) if row is None]
        if empty and self.missing == "error":
            raise DataError(
                f"no label in {'row' if len(empty) == 1 else 'rows'} {listed(empty, 5)}; "
                "fill it in, leave the row out, or use missing='keep'"
            )
        return found

    def _known(self) -> list[str]:
        if not hasattr(self, "classes_"):
            raise not_fitted(f"this {type(self).__name__} knows no labels yet; call fit first")
        return self.classes_

    def _learn(self, labels: Iterable[Any]) -> None:
        kinds: dict[str, set[str]] = {}
        for label in labels:
            kinds.setdefault(_name(label), set()).add(_kind(label))
        if not kinds:
            raise DataError("there are no labels to learn: no row has one")
        longest = max(map(len, kinds))
        if len(kinds) > MAX_LABELS or longest > MAX_NAME_LENGTH:
            raise DataError(
                f"there are {len(kinds):,} different labels, the longest of {longest:,} characters, where at most "
                f"{MAX_LABELS:,} and {MAX_NAME_LENGTH:,} are allowed; is this the column of the labels?"
            )
        found = set.union(*kinds.values())
        kind = found.pop() if len(found) == 1 else "str"
        self.kind_ = kind if all(_is_name_of(kind, name) for name in kinds) else "str"
        self.classes_ = sorted(kinds, key=int if self.kind_ == "int" else None)

    def values(self) -> list[Any]:
        """Return the known labels in the order of their integers, with the type that they had."""
        return [FROM_NAME[self.kind_](name) for name in self._known()]

    def _indices(self, names: Iterable[str]) -> dict[str, int]:
        """Return the index of every known label, after a check that ``names`` holds no other."""
        known = {name: index for index, name in enumerate(self._known())}
        if unseen := list(dict.fromkeys(name[:60] for name in names if name not in known)):
            raise UnknownLabelError(
                f"{'label' if len(unseen) == 1 else 'labels'} {listed(unseen, most=5)} not among those learned: "
                f"{listed(name[:60] for name in known)}; learn again with all labels, or map these first"
            )
        return known


class LabelEncoder(Encoder):
    """
    Labels to integers from 0 and back; one label for each text.

    A label is a string, an int or a bool, and comes back as what it was; where kinds are mixed, as a string. It is
    recognised by its name, a string in any case: a model that has learned 3 understands the "3" in a file, and 3.0,
    which is what tables make of integers beside an empty cell. ``classes_`` has the names in the order of their
    integers: strings by code points ("Z" before "a", "10" before "9"), ints by value, False before True.

    None, NaN and blank strings mean that the label is missing: ``missing="error"`` refuses such rows, "keep"
    encodes them as -1, decodes -1 as None, and learns nothing from them.

    >>> encoder = LabelEncoder()
    >>> encoder.fit_transform([10, 9, 10])
    array([1, 0, 1])
    >>> encoder.classes_, encoder.inverse_transform([1, 0])
    (['9', '10'], array([10,  9]))
    """

    def __init__(self, *, missing: str = "error") -> None:
        self.missing = missing

    def transform(self, rows: Iterable[Any]) -> np.ndarray:
        """Return the index of each label: int64 of shape (labels,); an UnknownLabelError for one not learned."""
        return self.of_names([None if row is None else [_name(row[0])] for row in self._rows(rows)])

    def of_names(self, rows: Sequence[list[str] | None]) -> np.ndarray:
        """Return the same for labels by their names, in a list for each row; None where a label is missing."""
        known = self._indices(name for row in rows for name in row or ())
        return np.array([known[row[0]] if row else -1 for row in rows], dtype=np.int64)

    def inverse_transform(self, indices: Iterable[int] | np.ndarray) -> np.ndarray:
        """Return the label of each index: strings in an array of objects, as all labels where one is missing."""
        indices = indices if isinstance(indices, np.ndarray) else np.asarray(list(indices))
        if indices.ndim != 1 or (indices.size and indices.dtype.kind not in "iu"):
            raise ValueError(
                f"expected a list of indices, not {indices.dtype} of shape {indices.shape}; "
                "of probabilities, take the argmax(axis=1) first"
            )
        values = self.values()
        first = 0 if self.missing == "error" else -1
        for wrong in indices[(indices < first) | (indices >= len(values))].tolist():
            raise ValueError(f"there is no label with index {wrong}; the indices go from {first} to {len(values) - 1}")
        if self.kind_ == "str" or (indices < 0).any():
            # The None stands last, which is where -1 points.
            return np.array([*values, None], dtype=object)[indices.astype(np.int64)]
        return np.array(values)[indices.astype(np.int64)]

    def one_hot(self, labels: Iterable[Any]) -> np.ndarray:
        """Return a row for each label, 1 at its index, none for a missing one: float32 of shape (labels, known)."""
        return (self.transform(labels)[:, None] == np.arange(len(self))).astype(np.float32)

    def _row(self, row: Any, number: int) -> list[Any] | None:
        if isinstance(row, list):
            raise BadValueError(
                number,
                f"is a list, {shortened(repr(row), 60)}, expected one label; for several use --multilabel, or the head "
                "multilabel",
            )
        return None if _is_blank(row) else [row]


class MultiLabelEncoder(Encoder):
    """
    Any number of labels for each text to a row of zeros and ones, and back.

    A row is a list, tuple, set or array of labels. A row that is a single string is one label, or is cut at
    ``separator`` if there is one, without the spaces around the labels. An empty row, or a blank string, has no
    labels; None and NaN mean that nobody knows: ``missing="error"`` refuses them, "keep" encodes them as a row of
    NaN, decodes that as None, and learns nothing from them. Labels and their order are as in `LabelEncoder`.

    >>> encoder = MultiLabelEncoder(separator=",")
    >>> encoder.fit_transform(["joy, love", "", "anger"])
    array([[0., 1., 1.],
           [0., 0., 0.],
           [1., 0., 0.]], dtype=float32)
    >>> encoder.inverse_transform([[0.2, 0.7, 0.9]])
    [['joy', 'love']]
    """

    def __init__(self, *, separator: str | None = None, missing: str = "error") -> None:
        self.separator = separator
        self.missing = missing

    def transform(self, rows: Iterable[Any]) -> np.ndarray:
        """Return 1 for each label of each row: float32 of shape (rows, known labels)."""
        return self.of_names([None if row is None else [_name(label) for label in row] for row in self._rows(rows)])

    def of_names(self, rows: Sequence[list[str] | None]) -> np.ndarray:
        """Return the same for labels by their names, in a list for each row; None where nobody knows."""
        known = self._indices(name for row in rows for name in row or ())
        matrix = np.zeros((len(rows), len(known)), dtype=np.float32)
        for cells, row in zip(matrix, rows, strict=True):
            if row is None:
                cells[:] = np.nan
            else:
                cells[[known[name] for name in row]] = 1
        return matrix

    def inverse_transform(self, matrix: np.ndarray | Sequence[Sequence[float]]) -> list[list[Any] | None]:
        """Return the labels of each row, in order: those with a number, or probability, of 0.5 or more."""
        values = self.values()
        matrix = np.asarray(matrix, dtype=np.float64)
        if matrix.shape == (0,):
            return []
        if matrix.ndim != 2 or matrix.shape[1] != len(values):
            raise ValueError(f"expected the shape (rows, {len(values)}), a column for each label, not {matrix.shape}")
        return [
            None if np.isnan(row).any() else [values[index] for index in np.flatnonzero(row >= 0.5).tolist()]
            for row in matrix
        ]

    def _check_options(self) -> None:
        super()._check_options()
        if self.separator is not None and not (isinstance(self.separator, str) and self.separator):
            raise ValueError(f"separator must be a string that is not empty, or None, but is {self.separator!r:.60}")

    def _row(self, row: Any, number: int) -> list[Any] | None:
        if isinstance(row, str):
            parts = [row] if self.separator is None else [part.strip() for part in row.split(self.separator)]
            return [part for part in parts if not _is_blank(part)]
        if isinstance(row, SEVERAL):
            if any(map(_is_blank, row)):
                raise BadValueError(number, f"has an empty label in its list: {row!r:.100}; leave that one out")
            return list(row)
        return None if is_missing(row) else [row]


def holds_lists(column: Iterable[Any]) -> bool:
    """Return whether any row of a column of labels has a list of them, or another collection."""
    return any(isinstance(row, SEVERAL) for row in column)


def _as_list(labels: Iterable[Any]) -> list[Any]:
    if isinstance(labels, str | bytes | Mapping):
        raise TypeError(f"expected a list with a label for each row, not {labels!r:.60}")
    return list(labels)


def _is_blank(label: Any) -> bool:
    return not label.strip() if isinstance(label, str) else is_missing(label)


def _kind(label: Any) -> str:
    if isinstance(label, str):
        return "str"
    if isinstance(label, bool | np.bool_):
        return "bool"
    if isinstance(label, int | np.integer) or (isinstance(label, float | np.floating) and float(label).is_integer()):
        return "int"
    raise TypeError(f"a label is a string, an int or a bool, not {label!r:.60}; turn it into a string first")


def _name(label: Any) -> str:
    return str(int(label)) if _kind(label) == "int" else str(label)


def _check_names(names: Any, kind: Any) -> list[str]:
    """Return ``names`` if they can be the names of labels of that ``kind``, else raise DataError."""
    if not isinstance(kind, str) or kind not in FROM_NAME:
        raise DataError(f"the kind of the stored labels is {kind!r:.60}, expected one of {', '.join(FROM_NAME)}")
    if not isinstance(names, list) or not 1 <= len(names) <= MAX_LABELS:
        found = f"{len(names):,} names" if isinstance(names, list) else f"{names!r:.60}"
        raise DataError(f"'classes' of the stored labels is {found}, expected a list of 1 to {MAX_LABELS:,} names")
    for name in names:
        if not isinstance(name, str) or _is_blank(name) or len(name) > MAX_NAME_LENGTH:
            raise DataError(
                f"a stored label is {name!r:.60}, expected a string of 1 to {MAX_NAME_LENGTH:,} characters, not blank"
            )
        if not _is_name_of(kind, name):
            raise DataError(f"the stored label {name!r:.60} is no {kind}, which its kind says")
    twice, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise DataError(f"the stored label {twice!r:.60} occurs twice")
    return list(names)


def _is_name_of(kind: str, name: str) -> bool:
    """Return whether a label of that ``kind`` has the ``name``; 19 digits may be too many for an int64."""
    if kind == "bool":
        return name in ("False", "True")
    if kind == "int":
        digits = name.removeprefix("-")
        return len(digits) <= 18 and digits.isascii() and digits.isdigit() and str(int(name)) == name
    return True
