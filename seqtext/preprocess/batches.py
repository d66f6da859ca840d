"""Rows of ids as others ask for them: batches of like length, a ``tf.data.Dataset``, a pandas frame."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from seqtext.errors import missing_extra
from seqtext.preprocess.padding import length_batches, pad_ids


def as_labels(labels: Sequence[Any] | np.ndarray | None, rows: int) -> np.ndarray | None:
    """Return an array of ``labels``, one for each of ``rows`` texts."""
    if labels is None:
        return None
    array = np.atleast_1d(labels)
    if len(array) != rows:
        raise ValueError(f"{rows} texts, but {len(array)} labels; give one label a text")
    return array


def numpy_batches(
    rows: Sequence[np.ndarray],
    labels: np.ndarray | None,
    *,
    batch_size: int,
    rng: np.random.Generator | None = None,
) -> Iterator[Any]:
    """Yield the ``rows`` of ids in batches as :func:`length_batches` makes them; with ``labels``, pairs."""
    for batch in length_batches([len(row) for row in rows], batch_size, rng=rng):
        ids = pad_ids([rows[index] for index in batch])
        yield ids if labels is None else (ids, labels[batch])


def tf_dataset(
    rows: Sequence[np.ndarray], labels: np.ndarray | None, *, batch_size: int, seed: int | None = None
) -> Any:
    """Return the batches of :func:`numpy_batches` as a ``tf.data.Dataset``; with ``seed``, shuffled each epoch."""
    try:
        import tensorflow as tf  # 3 s, so only for who asks for its datasets
    except ImportError as error:
        raise missing_extra("tensorflow", "train") from error
    rng = None if seed is None else np.random.default_rng(seed)
    signature: Any = tf.TensorSpec((None, None), tf.int32)
    if labels is not None:
        signature = signature, tf.TensorSpec((None, *labels.shape[1:]), tf.as_dtype(labels.dtype))
    batches = tf.data.Dataset.from_generator(
        lambda: numpy_batches(rows, labels, batch_size=batch_size, rng=rng), output_signature=signature
    )
    return batches.apply(tf.data.experimental.assert_cardinality(-(-len(rows) // batch_size))).prefetch(2)


def token_names(count: int) -> list[str]:
    """Return the names of ``count`` columns of ids."""
    return [f"token{place}" for place in range(count)]


def as_frame(ids: np.ndarray, texts: object) -> Any:
    """Return a pandas DataFrame of ``ids``, with the index of ``texts`` where they have one."""
    import pandas as pd  # the caller asked for its frames

    index = texts.index if isinstance(texts, pd.Series | pd.DataFrame) else None
    return pd.DataFrame(ids, columns=token_names(ids.shape[1]), index=index)
