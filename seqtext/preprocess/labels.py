"""Labels as numbers and back: one label a text, or any number of them."""

import inspect
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from seqtext.errors import DataError, UnknownLabelError, did_you_mean

__all__ = ["LabelEncoder", "MultiLabelEncoder"]

MAX_LABELS = 100_000
MAX_NAME_LENGTH = 10_000
MISSING = ("error", "keep")
# How a name becomes a label again, by the kind of label that was learned.
FROM_NAME: dict[str, Callable[[str], Any]] = {"str": str, "int": int, "bool": "True".__eq__}


class _Encoder:
    """What both encoders share: the known labels, their order, and how they are stored."""

    missing: str
    classes_: list[str]
    kind_: str

    def __len__(self) -> int:
        """Give the number of labels."""
        return len(self._known())

    def __repr__(self) -> str:
        """Show the arguments of the constructor."""
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
        return f"{type(self).__name__}({arguments})"

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the arguments of the constructor, for ``sklearn.base.clone``."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **params: Any) -> Self:
        """Change arguments of the constructor; what was learned stays until the next ``fit``."""
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}{did_you_mean(name, known)}")
            setattr(self, name, value)
        return self

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain JSON values, for `from_dict`."""
        return {"classes": list(self._known()), "kind": self.kind_, **self.get_params()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """
        Make an encoder from what `to_dict` gave; only "classes" is required.

        Raises
        ------
        DataError
            If ``stored`` holds a key that does not belong there, too many labels, or anything of a wrong type.
        """
        if not isinstance(stored, Mapping):
            raise DataError(f"stored labels are an object with the key 'classes', not {stored!r:.60}")
        arguments = list(inspect.signature(cls).parameters)
        allowed = ["classes", "kind", *arguments]
        for key in stored:
            if key not in allowed:
                raise DataError(f"stored labels have no key {key!r:.60}{did_you_mean(str(key), allowed)}")
        encoder = cls(**{name: stored[name] for name in arguments if name in stored})
        try:
            encoder._check_arguments()
        except ValueError as error:
            raise DataError(f"stored labels cannot be read: {error}") from error
        encoder.kind_ = _check_kind(stored.get("kind", "str"))
        encoder.classes_ = _check_names(stored.get("classes"), encoder.kind_)
        return encoder

    def _check_arguments(self) -> None:
        if self.missing not in MISSING:
            raise ValueError(f"missing must be one of {', '.join(MISSING)}, but is {self.missing!r:.60}")

    def _known(self) -> list[str]:
        if not hasattr(self, "classes_"):
            # Whoever wants to catch scikit-learn's error has imported it; nobody else has to wait for that.
            sklearn = sys.modules.get("sklearn.exceptions")
            not_fitted: type[Exception] = sklearn.NotFittedError if sklearn else ValueError
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
        self.kind_ = kind if all(_names_a(kind, name) for name in kinds) else "str"
        self.classes_ = sorted(kinds, key=int if self.kind_ == "int" else None)

    def _values(self) -> list[Any]:
        return [FROM_NAME[self.kind_](name) for name in self._known()]

    def _refuse_missing(self, rows: Sequence[int]) -> None:
        if rows and self.missing == "error":
            raise DataError(
                f"no label in {'row' if len(rows) == 1 else 'rows'} {_listed(map(str, rows))}, counted from 0; "
                "fill it in, leave the row out, or use missing='keep'"
            )

    def _indices(self, names: Iterable[str | None]) -> dict[str | None, int]:
        """Give the index of every known label, after a check that ``names`` holds no other."""
        known: dict[str | None, int] = {name: index for index, name in enumerate(self._known())}
        unseen = list(dict.fromkeys(name for name in names if name is not None and name not in known))
        if unseen:
            raise UnknownLabelError(
                f"{'label' if len(unseen) == 1 else 'labels'} {_listed(map(repr, unseen))} not among those learned: "
                f"{_listed(map(repr, self.classes_), most=20)}; learn again with all labels, or map these first"
            )
        return known


class LabelEncoder(_Encoder):
    """
    Labels to integers from 0 and back; one label for each text.

    A label is a string, an int or a bool, and comes back as what it was. Its name is a string in any case: 3 is
    named "3", True "True", and 3.0 is 3, because that is what tables make of integers beside an empty cell. A
    label is recognised by its name, so that a model that has learned 3 understands the "3" in a file.

    Strings are in the order of their code points ("Z" before "a", "10" before "9"), integers in that of their
    values, False before True. None, NaN and blank strings mean that the label is missing.

    Parameters
    ----------
    missing
        "error" refuses rows without a label. "keep" encodes them as -1, decodes -1 as None, and learns nothing
        from them.

    Attributes
    ----------
    classes_
        The names; the index of each is its integer.
    kind_
        "str", "int" or "bool": what labels come back as. Where kinds are mixed, as strings.

    >>> encoder = LabelEncoder()
    >>> encoder.fit_transform([10, 9, 10])
    array([1, 0, 1])
    >>> encoder.classes_, encoder.inverse_transform([1, 0])
    (['9', '10'], array([10,  9]))
    """

    def __init__(self, *, missing: str = "error") -> None:
        """Store the argument; it is checked by `fit`."""
        self.missing = missing

    def fit(self, labels: Iterable[Any], y: Any = None) -> Self:
        """Learn which labels there are; ``y`` is ignored."""
        self._check_arguments()
        labels = _as_list(labels)
        self._names(labels)
        self._learn(label for label in labels if not _is_missing(label))
        return self

    def transform(self, labels: Iterable[Any]) -> np.ndarray:
        """
        Give the index of each label: int64 of shape (labels,).

        Raises
        ------
        UnknownLabelError
            If a label was not learned.
        DataError
            If a label is missing, unless ``missing="keep"``.
        """
        names = self._names(_as_list(labels))
        known = self._indices(names)
        return np.array([-1 if name is None else known[name] for name in names], dtype=np.int64)

    def fit_transform(self, labels: Iterable[Any], y: Any = None) -> np.ndarray:
        """Give what `fit` and then `transform` give."""
        labels = _as_list(labels)
        return self.fit(labels).transform(labels)

    def inverse_transform(self, indices: Iterable[int] | np.ndarray) -> np.ndarray:
        """
        Give the label of each index, as the kind of value that was learned.

        Strings come in an array of objects, as do all labels where one of them is missing.
        """
        indices = np.asarray(list(indices) if not isinstance(indices, np.ndarray) else indices)
        if indices.ndim != 1 or (indices.size and indices.dtype.kind not in "iu"):
            raise ValueError(
                f"expected a list of indices, not {indices.dtype} of shape {indices.shape}; "
                "of probabilities, take the argmax(axis=1) first"
            )
        values = self._values()
        first = 0 if self.missing == "error" else -1
        if indices.size and not (first <= indices.min() and indices.max() < len(values)):
            wrong = next(index for index in indices.tolist() if not first <= index < len(values))
            raise ValueError(f"there is no label with index {wrong}; the indices go from {first} to {len(values) - 1}")
        if self.kind_ == "str" or (indices < 0).any():
            # The None stands last, which is where -1 points.
            return np.array([*values, None], dtype=object)[indices.astype(np.int64)]
        return np.array(values)[indices.astype(np.int64)]

    def one_hot(self, labels: Iterable[Any]) -> np.ndarray:
        """
        Give a row for each label, 1 at its index: float32 of shape (labels, known labels).

        The row of a missing label is all zeros, which adds nothing to a cross-entropy.

        >>> LabelEncoder(missing="keep").fit(["no", "yes"]).one_hot(["yes", None])
        array([[0., 1.],
               [0., 0.]], dtype=float32)
        """
        indices = self.transform(labels)
        return (indices[:, None] == np.arange(len(self))).astype(np.float32)

    def _names(self, labels: Iterable[Any]) -> list[str | None]:
        names = [None if _is_missing(label) else _name(label) for label in labels]
        self._refuse_missing([row for row, name in enumerate(names) if name is None])
        return names


class MultiLabelEncoder(_Encoder):
    """
    Any number of labels for each text to a row of zeros and ones, and back.

    A row is a list, tuple, set or array of labels. A row that is a single string is one label, or is cut at
    ``separator`` if there is one, spaces around the labels being dropped. An empty row, or a blank string, has no
    labels; None and NaN mean that nobody knows. What a label is, and the order, are as in `LabelEncoder`.

    Parameters
    ----------
    separator
        What stands between the labels of a row that is a string.
    missing
        "error" refuses rows that are None or NaN. "keep" encodes them as a row of NaN, decodes that as None, and
        learns nothing from them.

    Attributes
    ----------
    classes_
        The names; the index of each is its column.
    kind_
        "str", "int" or "bool": what labels come back as. Where kinds are mixed, as strings.

    >>> encoder = MultiLabelEncoder(separator=",")
    >>> encoder.fit_transform(["joy, love", "", "anger"])
    array([[0., 1., 1.],
           [0., 0., 0.],
           [1., 0., 0.]], dtype=float32)
    >>> encoder.inverse_transform([[0.2, 0.7, 0.9]])
    [['joy', 'love']]
    """

    def __init__(self, *, separator: str | None = None, missing: str = "error") -> None:
        """Store the arguments; they are checked by `fit`."""
        self.separator = separator
        self.missing = missing

    def fit(self, rows: Iterable[Any], y: Any = None) -> Self:
        """Learn which labels there are; ``y`` is ignored."""
        self._check_arguments()
        self._learn(label for row in self._rows(rows) if row is not None for label in row)
        return self

    def transform(self, rows: Iterable[Any]) -> np.ndarray:
        """
        Give a row for each row, 1 for each of its labels: float32 of shape (rows, known labels).

        Raises
        ------
        UnknownLabelError
            If a label was not learned.
        DataError
            If a row is missing, unless ``missing="keep"``.
        """
        names = [None if row is None else [_name(label) for label in row] for row in self._rows(rows)]
        known = self._indices(name for row in names if row is not None for name in row)
        matrix = np.zeros((len(names), len(known)), dtype=np.float32)
        for cells, row in zip(matrix, names, strict=True):
            if row is None:
                cells[:] = np.nan
            else:
                cells[[known[name] for name in row]] = 1
        return matrix

    def fit_transform(self, rows: Iterable[Any], y: Any = None) -> np.ndarray:
        """Give what `fit` and then `transform` give."""
        rows = _as_list(rows)
        return self.fit(rows).transform(rows)

    def inverse_transform(self, matrix: np.ndarray | Sequence[Sequence[float]]) -> list[list[Any] | None]:
        """Give the labels of each row, in order: those with a number, or probability, of 0.5 or more."""
        values = self._values()
        matrix = np.asarray(matrix, dtype=np.float64)
        if matrix.shape == (0,):
            return []
        if matrix.ndim != 2 or matrix.shape[1] != len(values):
            raise ValueError(f"expected the shape (rows, {len(values)}), a column for each label, not {matrix.shape}")
        return [
            None if np.isnan(row).any() else [values[index] for index in np.flatnonzero(row >= 0.5).tolist()]
            for row in matrix
        ]

    def _check_arguments(self) -> None:
        super()._check_arguments()
        if self.separator is not None and not (isinstance(self.separator, str) and self.separator):
            raise ValueError(f"separator must be a string that is not empty, or None, but is {self.separator!r:.60}")

    def _rows(self, rows: Iterable[Any]) -> list[list[Any] | None]:
        lists = [self._labels(row, number) for number, row in enumerate(_as_list(rows))]
        self._refuse_missing([number for number, row in enumerate(lists) if row is None])
        return lists

    def _labels(self, row: Any, number: int) -> list[Any] | None:
        if isinstance(row, str):
            parts = [row] if self.separator is None else [part.strip() for part in row.split(self.separator)]
            return [part for part in parts if not _is_missing(part)]
        if isinstance(row, list | tuple | set | frozenset | np.ndarray):
            if any(_is_missing(label) for label in row):
                raise DataError(f"row {number}, counted from 0, has an empty label: {row!r:.100}; leave that one out")
            return list(row)
        return None if _is_missing(row) else [row]


def _as_list(labels: Iterable[Any]) -> list[Any]:
    if isinstance(labels, str | bytes | Mapping):
        raise TypeError(f"expected a list with a label for each row, not {labels!r:.60}")
    return list(labels)


def _is_missing(label: Any) -> bool:
    """Tell whether nobody knows the label: None, NaN, pandas' NA, or a blank string."""
    if isinstance(label, str):
        return not label or label.isspace()
    if isinstance(label, float | np.floating):
        return math.isnan(label)
    return label is None or type(label).__name__ in ("NAType", "NaTType")


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


def _listed(words: Iterable[str], most: int = 5) -> str:
    """
    Join ``words`` for a message, with no more than ``most`` of them.

    >>> _listed(["a", "b", "c", "d"], most=2), _listed(["a", "b"])
    ('a, b and 2 more', 'a, b')
    """
    words = list(words)
    shown = ", ".join(word if len(word) <= 60 else f"{word[:57]}..." for word in words[:most])
    return shown if len(words) <= most else f"{shown} and {len(words) - most} more"


def _check_kind(kind: Any) -> str:
    if not isinstance(kind, str) or kind not in FROM_NAME:
        raise DataError(f"the kind of the stored labels is {kind!r:.60}, expected one of {', '.join(FROM_NAME)}")
    return kind


def _check_names(names: Any, kind: str) -> list[str]:
    """Return ``names`` if they can be the names of labels of that ``kind``, else raise DataError."""
    if not isinstance(names, list) or not 1 <= len(names) <= MAX_LABELS:
        found = f"{len(names):,} names" if isinstance(names, list) else f"{names!r:.60}"
        raise DataError(f"'classes' of the stored labels is {found}, expected a list of 1 to {MAX_LABELS:,} names")
    for name in names:
        if not isinstance(name, str) or _is_missing(name) or len(name) > MAX_NAME_LENGTH:
            raise DataError(
                f"a stored label is {name!r:.60}, expected a string of 1 to {MAX_NAME_LENGTH:,} characters, not blank"
            )
        if not _names_a(kind, name):
            raise DataError(f"the stored label {name!r:.60} is no {kind}, which its kind says")
    if len(set(names)) < len(names):
        twice = Counter(names).most_common(1)[0][0]
        raise DataError(f"the stored label {twice!r:.60} occurs twice")
    return list(names)


def _names_a(kind: str, name: str) -> bool:
    """Tell whether ``name`` is what a label of that ``kind`` is called; 19 digits may be too many for an int64."""
    if kind == "bool":
        return name in ("False", "True")
    if kind == "int":
        digits = name.removeprefix("-")
        return len(digits) <= 18 and digits.isascii() and digits.isdigit() and str(int(name)) == name
    return True
