"""A column of categories: how they are written, and how they become ids."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from seqtext.errors import BadValueError, DataError, shortened
from seqtext.preprocess.texts import is_missing

MISSING, UNKNOWN = 0, 1
RESERVED = 2
MAX_VALUES = 100_000
# What is longer is a text.
MAX_CHARACTERS = 200


def read_categories(column: Iterable[Any]) -> list[str]:
    """
    Return values as words, a missing one as the empty word.

    A frame makes 3.0 of the whole number 3 where other rows have none, so both are "3". BadValueError names the row of
    a list.

    >>> read_categories(["it ", None, 3, 3.0, True])
    ['it', '', '3', '3', 'True']
    """
    return [_category(value, row) for row, value in enumerate(column)]


def _category(value: Any, row: int) -> str:
    if is_missing(value):
        return ""
    if isinstance(value, list):
        raise BadValueError(row, f"is a list, {shortened(repr(value), 60)}, expected a single category")
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    return str(value).strip()


class CategoryColumn:
    """
    Turn categories into ids: 0 is missing, 1 is one that training did not know, and then each has its own.

    Parameters
    ----------
    max_values
        How many categories are known at most, the most frequent ones.
    min_rows
        Those of fewer training rows are not known.

    Attributes
    ----------
    values
        The known categories, in the order of their ids.
    warning
        What is odd about them, for people; empty if nothing is, and in a column that was saved.
    """

    values: list[str]
    warning: str = ""

    def __init__(self, max_values: int = MAX_VALUES, min_rows: int = 1) -> None:
        self.max_values, self.min_rows = max_values, min_rows

    def fit(self, categories: Sequence[str]) -> "CategoryColumn":
        """Learn which categories there are, the most frequent first."""
        counts = Counter(one for one in categories if one)
        order = sorted(counts, key=lambda one: (-counts[one], one))
        known = [one for one in order if counts[one] >= self.min_rows and len(one) <= MAX_CHARACTERS]
        self.values = known[: self.max_values]
        if rows := counts.total():
            if 2 * len(counts) > rows:
                self.warning = (
                    f"it has {len(counts):,} different values in {rows:,} rows, too many to learn from; "
                    "is it a text, a number, or the name of a row?"
                )
        else:
            self.warning = "it has no value in any row"
        return self

    def grow(self, more: "CategoryColumn") -> "CategoryColumn":
        """Know what ``more`` knows, too; the ids of all others stay as they are."""
        self.values = list(dict.fromkeys([*self.values, *more.values]))[:MAX_VALUES]
        return self

    def encode(self, categories: Sequence[str]) -> np.ndarray:
        """Return the ids, int32 of shape (rows, 1)."""
        ids = {"": MISSING, **{value: i for i, value in enumerate(self.values, RESERVED)}}
        return np.array([ids.get(one, UNKNOWN) for one in categories], dtype=np.int32).reshape(-1, 1)

    def pad(self, rows: Sequence[np.ndarray]) -> np.ndarray:
        """Return rows of `encode` as one array, int32 of shape (rows, 1)."""
        return np.stack(rows)

    def to_dict(self) -> dict[str, Any]:
        """Return all that was learned as plain values."""
        return {"values": self.values}

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> "CategoryColumn":
        """Return the column that `to_dict` described; DataError for anything else."""
        values = saved.get("values")
        if set(saved) != {"values"} or not isinstance(values, list) or len(values) > MAX_VALUES:
            raise DataError(f"a saved column of categories has a list of at most {MAX_VALUES:,} values")
        if not all(isinstance(one, str) and 0 < len(one) <= MAX_CHARACTERS for one in values):
            raise DataError(f"the values of a saved column of categories have 1 to {MAX_CHARACTERS} characters")
        if len(set(values)) < len(values):
            raise DataError("a saved column of categories has the same value twice")
        found = cls()
        found.values = list(values)
        return found
