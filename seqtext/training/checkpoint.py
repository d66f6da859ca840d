"""
How far pre-training has come, as a folder beside its target: what a killed run goes on from, exactly.

The folder is written like that of a model: there whole or not at all, and checked before anything in it is used.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from seqtext.errors import BundleError
from seqtext.model_folder import CHECKPOINT, SavedFolder, write
from seqtext.models.spec import MAX_WEIGHTS
from seqtext.saving import MAX_HEADER_BYTES, read_arrays
from seqtext.schema import from_plain, to_plain

STATE = "state.safetensors"
# Of the weights there are the running ones, the best ones, and two moments that an optimizer may keep.
MOST_BYTES = 4 * 4 * MAX_WEIGHTS + MAX_HEADER_BYTES


@dataclass
class Position:
    """
    Where training stands.

    Parameters
    ----------
    epoch, step
        The epoch that is running, from 1 on, and how many of its batches are done.
    total, predictions
        What these batches cost in nats, and for how many predictions.
    seconds
        Of training so far.
    history
        One record of scores per finished epoch.
    best
        The best of these by its cost on the held-out texts, from 1 on; 0 for none.
    """

    epoch: int = 1
    step: int = 0
    total: float = 0.0
    predictions: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)
    best: int = 0


@dataclass(frozen=True)
class _Saved:
    """The content of ``checkpoint.json``."""

    made_of: dict[str, Any]
    epoch: int
    step: int
    total: float
    predictions: int
    seconds: float
    history: tuple[dict[str, float], ...]
    best: int


class Checkpoint:
    """
    The checkpoint of one training.

    Parameters
    ----------
    folder
        Where it lies.
    made_of
        What the result depends on, as plain values by name: settings, and a digest of the texts.
    """

    def __init__(self, folder: Path, made_of: Mapping[str, Any]) -> None:
        self.folder = folder
        self.made_of = dict(made_of)

    def exists(self) -> bool:
        """Return whether there is one, of whatever."""
        return (self.folder / CHECKPOINT.manifest).is_file()

    def is_mine(self) -> bool:
        """Return whether there is one of this very training."""
        try:
            return not self._differences(SavedFolder(self.folder, CHECKPOINT).manifest["made_of"])
        except (BundleError, KeyError, AttributeError):
            return False

    def save(self, position: Position, arrays: Mapping[str, np.ndarray]) -> None:
        """Write where training stands; what stood there before is replaced when it is whole."""
        import safetensors.numpy

        saved = _Saved(self.made_of, **{**vars(position), "history": tuple(position.history)})
        content = safetensors.numpy.save({name: np.asarray(one, order="C") for name, one in arrays.items()})
        write(self.folder, to_plain(saved), {STATE: content}, replace=True, kind=CHECKPOINT)

    def load(
        self, shapes: Mapping[str, tuple[str, tuple[int, ...]]], best: Mapping[str, tuple[str, tuple[int, ...]]]
    ) -> tuple[Position, dict[str, np.ndarray]]:
        """
        Return where training stood, and its arrays.

        Parameters
        ----------
        shapes
            Element type and shape of each array that there must be.
        best
            Those of the arrays that there are once an epoch was the best.

        Raises
        ------
        BundleError
            If the checkpoint is damaged, or of another training; then it names the difference.
        """
        folder = SavedFolder(self.folder, CHECKPOINT)
        name = CHECKPOINT.manifest
        saved = folder.checked(name, lambda: from_plain(_Saved, folder.manifest, "checkpoint", BundleError))
        if differences := self._differences(saved.made_of):
            raise BundleError(
                f"{self.folder} is of another training: {differences[0]}; give the settings and texts of that one to "
                "go on with it, or --force to drop it"
            )
        folder.check_names({STATE})
        expected = {**shapes, **(best if saved.best else {})}
        content = folder.read(STATE, MOST_BYTES)
        arrays = folder.checked(STATE, lambda: read_arrays(content, expected))
        values = {key: value for key, value in vars(saved).items() if key != "made_of"}
        return Position(**{**values, "history": list(saved.history)}), arrays

    def _differences(self, other: Mapping[str, Any]) -> list[str]:
        names = [*self.made_of, *(name for name in other if name not in self.made_of)]
        return [
            f"{name} is {other.get(name)!r:.80} there and {self.made_of.get(name)!r:.80} here"
            for name in names
            if other.get(name) != self.made_of.get(name)
        ]

    def remove(self) -> None:
        """Leave nothing behind."""
        remove_checkpoint(self.folder)


def remove_checkpoint(folder: Path) -> None:
    """Remove the checkpoint at ``folder``; anything that is none is never touched."""
    if (folder / CHECKPOINT.manifest).is_file():
        shutil.rmtree(folder, ignore_errors=True)
