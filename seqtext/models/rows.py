"""Prepared rows, and the batches of like length that a model is fed with, in training and in use."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from seqtext.preprocess.padding import length_batches


@dataclass(frozen=True)
class Rows:
    """
    Rows as a model reads them.

    Parameters
    ----------
    preparers
        What prepares each input, by input name.
    inputs
        One prepared value a row, by input name, each with a length; for a text its ids, int32 of shape (tokens,).
    targets
        Label indices, int64 of shape (rows,), by output name; empty where there is nothing to learn from.
    """

    preparers: Mapping[str, Any]
    inputs: dict[str, Sequence[Any]]
    targets: dict[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def encode(
        cls, preparers: Mapping[str, Any], columns: Mapping[str, Iterable[Any]], targets: dict[str, np.ndarray]
    ) -> "Rows":
        """
        Return the rows of raw columns.

        Parameters
        ----------
        preparers
            Fitted, by input name.
        columns
            Values of each row, by input name, as `seqtext.recipes.Recipe.read` gives them.
        targets
            Label indices of the same rows; may be empty.
        """
        return cls(preparers, {name: one.encode(columns[name]) for name, one in preparers.items()}, targets)

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))

    @property
    def lengths(self) -> np.ndarray:
        """Length of each row's longest value, in tokens for a text: int64 of shape (rows,)."""
        return np.max([[len(one) for one in column] for column in self.inputs.values()], axis=0)

    def take(self, indices: np.ndarray) -> "Rows":
        """Return the rows with these numbers."""
        inputs: dict[str, Sequence[Any]] = {name: [column[i] for i in indices] for name, column in self.inputs.items()}
        return Rows(self.preparers, inputs, {name: target[indices] for name, target in self.targets.items()})

    def first(self, most: int) -> "Rows":
        """Return the first ``most`` rows, without targets."""
        return Rows(self.preparers, {name: column[:most] for name, column in self.inputs.items()})

    def feed(self, indices: np.ndarray, *, tight: bool = False) -> dict[str, np.ndarray]:
        """
        Return the arrays that a model takes for some rows, padded, by input name.

        They are as wide as a `bucket_length`, so that there are few shapes; ``tight`` ones as the longest row, if that
        is known.
        """
        feed: dict[str, np.ndarray] = {}
        for name, column in self.inputs.items():
            values = [column[i] for i in indices]
            padded = self.preparers[name].pad(values)
            several = padded if isinstance(padded, dict) else {"": padded}
            if tight and "" in several:
                several |= {"": several[""][:, : max(map(len, values))]}
            feed |= {f"{name}{suffix}": array for suffix, array in several.items()}
        return feed

    def batches(
        self, batch_size: int, rng: np.random.Generator | None = None, *, first: int = 0, tight: bool = False
    ) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        """
        Yield row indices and what `feed` returns for them, rows of like length together.

        With ``rng`` the order is shuffled, for training; without it the same rows always meet. So many as ``first``
        says are left out.
        """
        for indices in length_batches(self.lengths, batch_size, rng=rng)[first:]:
            yield indices, self.feed(indices, tight=tight)
