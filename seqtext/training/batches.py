"""Encoded rows, and the batches of like length that a model is fed with."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seqtext.preprocess.padding import length_batches, pad_ids


@dataclass(frozen=True)
class Rows:
    """
    Encoded rows by name: ``ids`` holds one int32 array per row for each text input, ``targets`` one label index.

    ``targets`` is int64 of shape (rows,) for each output, and empty where there is nothing to learn from.
    """

    ids: dict[str, list[np.ndarray]]
    targets: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(next(iter(self.ids.values())))

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each row's longest text, int64 of shape (rows,)."""
        return np.max([[len(ids) for ids in column] for column in self.ids.values()], axis=0)


def batches(rows: Rows, batch_size: int, rng: np.random.Generator | None = None) -> Iterator[tuple[np.ndarray, dict]]:
    """
    Yield row indices and their padded ids (batch, time) by input name, rows of like length together.

    With ``rng`` the order is shuffled, for training; without it the same rows always meet.
    """
    for indices in length_batches(rows.lengths, batch_size, rng=rng):
        yield indices, {name: pad_ids([column[i] for i in indices]) for name, column in rows.ids.items()}
