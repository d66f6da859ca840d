"""Sequences as one array, as Keras 2 made it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from seqtext.preprocess.padding import TRUNCATING, truncate

PADDING = ("pre", "post")


def pad_sequences(
    sequences: Sequence[Any] | np.ndarray,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
    *,
    return_lengths: bool = False,
    multiple: int | None = None,
) -> Any:
    """
    Return sequences padded and cut to one length, as Keras 2 did.

    Beware of Keras' defaults: both ``padding`` and ``truncating`` work at the front. No sequences, and ``maxlen=0``,
    give an empty array where Keras fails.

    Parameters
    ----------
    sequences
        Each a list, tuple or array of items; the items are numbers, strings, or arrays of one shape.
    dtype
        Of the result. Strings of varying length need ``object``.
    padding, truncating
        "pre" or "post": the side that is filled with ``value``, or cut off; cutting the "middle" keeps both ends.
    multiple
        Widen the result to the next multiple of this. Sequences are still cut to ``maxlen``.

    >>> pad_sequences([[1], [2, 3, 4]], padding="post", multiple=4, return_lengths=True)
    (array([[1, 0, 0, 0],
            [2, 3, 4, 0]], dtype=int32), array([1, 3], dtype=int32))
    """
    if not hasattr(sequences, "__len__"):
        raise ValueError(f"sequences must be a list or an array, but is of type {type(sequences).__name__}")
    for name, side, choices in (("padding", padding, PADDING), ("truncating", truncating, TRUNCATING)):
        if side not in choices:
            raise ValueError(f"{name} must be one of {', '.join(choices)}, but is {side!r}")
    if multiple is not None and multiple < 1:
        raise ValueError(f"multiple must be at least 1, but is {multiple}")
    if isinstance(value, str) and np.dtype(dtype).kind not in "OSU":
        raise ValueError(f"the padding value {value!r} is no {dtype}; for strings use dtype=object")
    for index, row in enumerate(sequences):
        if not hasattr(row, "__len__"):
            raise ValueError(f"sequence {index} is {row!r}, which is not a list of items; put it into a list")

    lengths = np.array([len(row) for row in sequences], dtype=np.int64)
    longest = int(lengths.max(initial=0)) if maxlen is None else maxlen
    width = longest if multiple is None else -(-longest // multiple) * multiple
    shape = next((np.asarray(row).shape[1:] for row in sequences if len(row)), ())
    padded = np.full((len(sequences), width, *shape), value, dtype=dtype)
    for index, row in enumerate(sequences):
        if not len(row) or not longest:
            continue
        if len(row) > longest:
            row = truncate(row if isinstance(row, list | tuple) else np.asarray(row), longest, truncating)
        items = np.asarray(row, dtype=dtype)
        if items.shape[1:] != shape:
            raise ValueError(f"items of sequence {index} have shape {items.shape[1:]}, the first ones {shape}")
        start = 0 if padding == "post" else width - len(items)
        padded[index, start : start + len(items)] = items
    return (padded, np.minimum(lengths, longest).astype(np.int32)) if return_lengths else padded
