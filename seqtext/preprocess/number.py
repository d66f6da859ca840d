"""A column of numbers: how they are written, and how they become what a model reads."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from seqtext.errors import BadValueError, DataError, shortened
from seqtext.preprocess.texts import is_missing

# What people and programs write where they have no number.
NO_NUMBER = ("", "na", "n/a", "nan", "null", "none")
# Decimals, or thousands: 1,000 may be either.
WITH_COMMA = re.compile(r"\s*[-+]?[0-9]+,[0-9]+\s*$")
# Squares of larger ones, of a whole column together, are no longer numbers.
LARGEST = 1e100
MOST_DEVIATIONS = 1_000.0
# Into so many ranges are all numbers cut, and all different ones, with as many in each as can be.
RANGES = 10


def read_numbers(column: Iterable[Any]) -> list[float | None]:
    """
    Return values as numbers, a missing one as None; BadValueError names the row of anything else.

    >>> read_numbers([3, "4.5", "", "NA", float("nan")])
    [3.0, 4.5, None, None, None]
    """
    return [_number(value, row) for row, value in enumerate(column)]


def _number(value: Any, row: int) -> float | None:
    if is_missing(value) or (isinstance(value, str) and value.strip().lower() in NO_NUMBER):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    # Python reads 1_000 as a thousand; in a table it is more likely a name.
    if not abs(number) <= LARGEST or (isinstance(value, str) and "_" in value):
        remedy = ", with a point, not a comma; replace it" if isinstance(value, str) and WITH_COMMA.match(value) else ""
        raise BadValueError(row, f"is {shortened(repr(value), 60)}, expected a number{remedy}")
    return number


def range_edges(numbers: np.ndarray) -> np.ndarray:
    """
    Return where ranges of numbers begin, the lowest left out: quantiles of all, and of the different ones.

    The second are for columns in which nearly all numbers are equal. An edge is halfway from the number before.

    >>> range_edges(np.float32([0] * 99 + [1])), range_edges(np.float32([]))
    (array([0.5], dtype=float32), array([], dtype=float32))
    """
    if not len(numbers):
        return numbers
    different = np.unique(numbers)
    shares = np.linspace(0, 1, RANGES + 1)[1:]
    found = [np.quantile(some, shares, method="higher") for some in (numbers, different)]
    places = np.unique(np.searchsorted(different, np.concatenate(found)))
    above, below = different[places[places > 0]], different[places[places > 0] - 1]
    halfway = ((above + below) / 2).astype(np.float32)
    # Between neighbours there is no number of its own.
    return np.where(halfway > below, halfway, above)


class NumberColumn:
    """
    Turn numbers into how many standard deviations each is away from the mean, and whether it is missing.

    Parameters
    ----------
    clip
        Where a number counts as that many deviations away, however much farther it is.

    Attributes
    ----------
    mean, deviation
        Of the numbers of the training rows.
    edges
        Where the ranges of the scaled numbers begin, all but the first; float32, and not there in one that was saved.
    warning
        What is odd about these, for people; empty if nothing is, and in a column that was saved.
    """

    mean: float
    deviation: float
    edges: np.ndarray
    warning: str = ""

    def __init__(self, clip: float) -> None:
        self.clip = clip

    def fit(self, numbers: Sequence[float | None]) -> "NumberColumn":
        """Learn mean and deviation of the numbers that are not None; without any they are 0 and 1."""
        known = np.array([number for number in numbers if number is not None], dtype=np.float64)
        self.mean = float(known.mean()) if len(known) else 0.0
        # Equal numbers have a deviation that is nothing but rounding.
        is_constant = not len(known) or bool(known.min() == known.max())
        self.deviation = 1.0 if is_constant else float(known.std()) or 1.0
        if is_constant:
            self.warning = "all its numbers are equal" if len(known) else "it has no number in any row"
        scaled = self.encode([number for number in numbers if number is not None])[:, 0]
        self.edges = range_edges(scaled)
        return self

    def grow(self, more: "NumberColumn") -> "NumberColumn":
        """Return the column as it is: a model that goes on with ``more`` numbers reads them as those before."""
        return self

    def encode(self, numbers: Sequence[float | None]) -> np.ndarray:
        """Return float32 of shape (rows, 2): the scaled number, 0 where it is missing; and 1 there, else 0."""
        missing = np.array([number is None for number in numbers], dtype=bool)
        known = np.array([self.mean if number is None else number for number in numbers], dtype=np.float64)
        scaled = np.clip((known - self.mean) / self.deviation, -self.clip, self.clip)
        return np.stack([scaled, missing], axis=1).astype(np.float32)

    def pad(self, rows: Sequence[np.ndarray]) -> np.ndarray:
        """Return rows of `encode` as one array, float32 of shape (rows, 2)."""
        return np.stack(rows)

    def to_dict(self) -> dict[str, Any]:
        """Return all that was learned as plain values."""
        return {"clip": self.clip, "mean": self.mean, "deviation": self.deviation}

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> "NumberColumn":
        """Return the column that `to_dict` described; DataError for anything else."""
        is_known = set(saved) == {"clip", "mean", "deviation"} and all(type(one) is float for one in saved.values())
        if not is_known or not (0 < saved["clip"] <= MOST_DEVIATIONS and abs(saved["mean"]) <= LARGEST):
            raise DataError("a saved column of numbers has a clip, a mean and a deviation, which are numbers")
        if not 0 < saved["deviation"] <= LARGEST:
            raise DataError(f"the deviation of a saved column of numbers cannot be {saved['deviation']}")
        found = cls(saved["clip"])
        found.mean, found.deviation = saved["mean"], saved["deviation"]
        return found
