"""Rows of text as they come: from lists, arrays, frames and generators, with some of them missing."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from seqtext.errors import BadValueError, shortened


def is_missing(value: object) -> bool:
    """Return whether nobody knows the value: None, NaN, or pandas' NA and NaT. A blank string is a value."""
    if isinstance(value, float | np.floating):
        return math.isnan(value)
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def as_text(value: object, row: int) -> str:
    """Return the text in ``value``; a missing one is the empty text."""
    if isinstance(value, str):
        return value
    if is_missing(value):
        return ""
    if isinstance(value, list):
        raise BadValueError(row, f"is a list, {shortened(repr(value), 60)}, expected a text")
    found = f"{type(value).__name__} ({shortened(repr(value), 60)})"
    raise TypeError(f"row {row + 1:,} is {found}, not a text; convert it with str() first")


def each_text(texts: Iterable[Any]) -> Iterator[str]:
    """Yield the ``texts`` of a list, an array, a pandas Series or a frame of one column, a generator."""
    if isinstance(texts, str | bytes):
        raise TypeError("expected a list of texts, not a single one; write [text]")
    if isinstance(texts, Mapping):
        raise TypeError("expected a list of texts, not a dict; pass the values of one column")
    shape: tuple[int, ...] = getattr(texts, "shape", ())
    if len(shape) == 2:
        if shape[1] != 1:
            raise ValueError(f"expected one column of texts, not {shape[1]}; select one, or use a ColumnTransformer")
        texts = np.asarray(texts, dtype=object)[:, 0]
    for row, text in enumerate(texts):
        yield text if type(text) is str else as_text(text, row)
