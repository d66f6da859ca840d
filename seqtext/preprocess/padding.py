"""Rows of different lengths as one array, with little padding."""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

TRUNCATING = ("post", "pre", "middle")

Row = TypeVar("Row", list, tuple, np.ndarray, Any)
# How many batches a row may be away from where its length puts it, when batches are shuffled.
BATCHES_APART = 2


def bucket_length(length: int) -> int:
    """
    Return the smallest of the lengths 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, ... that holds ``length`` tokens.

    Programs compiled for a shape meet few shapes that way, and a row is never half as long again as it need be.
    """
    if length < 0:
        raise ValueError(f"a length cannot be negative, but is {length}")
    power = 1 << max(int(length) - 1, 0).bit_length()
    between = 3 * power // 4
    return between if power >= 4 and between >= length else power


def length_batches(
    lengths: Sequence[int] | np.ndarray, batch_size: int, *, rng: np.random.Generator | None = None
) -> list[np.ndarray]:
    """
    Return batches of rows of like length: int64 arrays of ``batch_size`` row indices, only the last may be smaller.

    Without ``rng`` rows are sorted by length, equal lengths in their own order. With it, each row is moved from there
    by chance, by two batches at most, and then the batches are shuffled: they differ, although padding stays small.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, but is {batch_size}")
    lengths = np.asarray(lengths, dtype=np.int64)
    full, rest = divmod(len(lengths), batch_size)
    if rng is None:
        order = np.argsort(lengths, kind="stable")
        return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]

    shuffled = rng.permutation(len(lengths))
    order = shuffled[np.argsort(lengths[shuffled], kind="stable")]
    moved = np.arange(len(order)) + rng.uniform(0, BATCHES_APART * batch_size, len(order))
    order = order[np.argsort(moved, kind="stable")]
    # The rows of the smaller batch come from anywhere: were they always the longest ones, those few rows
    # would weigh more than others in every epoch.
    start = int(rng.integers(full + 1)) * batch_size
    small, order = order[start : start + rest], np.delete(order, slice(start, start + rest))
    batches = [order[index * batch_size : (index + 1) * batch_size] for index in rng.permutation(full)]
    return [*batches, small] if rest else batches


def pad_ids(rows: Sequence[np.ndarray | list[int]], length: int | None = None) -> np.ndarray:
    """Return int32 of shape (rows, length), zeros on the right; by default the `bucket_length` of the longest."""
    lengths = list(map(len, rows))
    longest = max(lengths, default=0)
    if length is None:
        length = bucket_length(longest)
    if longest > length:
        worst = lengths.index(longest)
        raise ValueError(f"row {worst + 1} has {longest} ids, more than the length {length}; cut it first")
    padded = np.zeros((len(rows), length), dtype=np.int32)
    # Row by row is faster than a mask over all cells or flat indices, whose cost grows with the padding.
    for cells, row, size in zip(padded, rows, lengths, strict=True):
        cells[:size] = row
    return padded


def truncate(row: Row, length: int, truncating: str = "pre") -> Row:
    """Return ``row`` without its end ("post"), its beginning ("pre") or its middle, at most ``length`` items long."""
    if length < 0:
        raise ValueError(f"a length cannot be negative, but is {length}")
    size, (first, last) = len(row), kept_ends(length, truncating)
    if size <= length:
        return row
    if not first:
        return row[size - last :]
    if not last:
        return row[:first]
    head, tail = row[:first], row[size - last :]
    return np.concatenate([head, tail]) if isinstance(row, np.ndarray) else head + tail


def kept_ends(length: int, truncating: str) -> tuple[int, int]:
    """
    Return how many items a row that is cut to ``length`` keeps of its beginning, and how many of its end.

    >>> kept_ends(5, "post"), kept_ends(5, "pre"), kept_ends(5, "middle")
    ((5, 0), (0, 5), (3, 2))
    """
    if truncating not in TRUNCATING:
        raise ValueError(f"truncating must be one of {', '.join(TRUNCATING)}, but is {truncating!r}")
    last = {"post": 0, "pre": length, "middle": length // 2}[truncating]
    return length - last, last
