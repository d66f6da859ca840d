"""
How far a training has come, as a folder beside its target: what a killed run goes on from, exactly.

The folder is written like that of a model: there whole or not at all, and checked before anything in it is used.
"""

import dataclasses
import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtext import atomic
from seqtext.errors import BundleError
from seqtext.model_folder import CHECKPOINT, SavedFolder, write
from seqtext.models.spec import MAX_WEIGHTS
from seqtext.saving import MAX_HEADER_BYTES, read_arrays
from seqtext.schema import from_plain, to_plain
from seqtext.training.progress import Progress

if TYPE_CHECKING:
    import keras

STATE = "state.safetensors"
# Of the weights there are the running ones, the best ones, and two moments that an optimizer may keep.
MOST_BYTES = 4 * 4 * MAX_WEIGHTS + MAX_HEADER_BYTES
DTYPES = {"float32": "F32", "int64": "I64", "uint32": "U32", "int32": "I32"}
# Work that a kill may cost, in the middle of an epoch and at its end; and the share of the time that writing may take.
SECONDS, SECONDS_AT_END, SHARE = 60.0, 10.0, 0.01


@dataclass
class Position:
    """
    Where training stands.

    Parameters
    ----------
    epoch, step
        The epoch that is running, from 1 on, and how many of its batches are done.
    total, predictions
        What these batches cost, and for how many predictions: tokens of a language, rows with labels.
    seconds
        Of training so far.
    history
        One record of scores per finished epoch.
    best
        The epoch whose weights are the best so far, from 1 on; 0 for none.
    """

    epoch: int = 1
    step: int = 0
    total: float = 0.0
    predictions: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)
    best: int = 0

    def is_sound(self) -> bool:
        """Return whether training can stand there."""
        return self.step >= 0 and self.epoch == len(self.history) + 1 and 0 <= self.best < self.epoch


@dataclass(frozen=True)
class _Saved:
    """The content of ``checkpoint.json``."""

    made_of: dict[str, Any]
    command: dict[str, Any]
    epoch: int
    step: int
    total: float
    predictions: int
    seconds: float
    history: tuple[dict[str, float], ...]
    best: int


@dataclass(frozen=True)
class Checkpoint:
    """
    The checkpoint of one training.

    Parameters
    ----------
    folder
        Where it lies.
    made_of
        What the result depends on, as plain values by name: settings, and digests of the rows.
    command
        The options of the command that trains, for whoever goes on with it.
    replace
        Whether the checkpoint of another training may be dropped.
    """

    folder: Path
    made_of: Mapping[str, Any] = field(default_factory=dict)
    command: Mapping[str, Any] = field(default_factory=dict)
    replace: bool = False

    def of(self, made_of: Mapping[str, Any]) -> "Checkpoint":
        """Return the checkpoint of the training that depends on that."""
        return dataclasses.replace(self, made_of=dict(made_of))

    def of_network(self) -> "Checkpoint":
        """Return the checkpoint of a network that is pre-trained for this one training."""
        return Checkpoint(self.folder.with_name(f"{self.folder.name}.network"))

    def exists(self) -> bool:
        """Return whether there is one, of whatever."""
        atomic.restore(self.folder)
        return (self.folder / CHECKPOINT.manifest).is_file()

    def save(self, position: Position, arrays: Mapping[str, np.ndarray]) -> None:
        """Write where training stands; what stood there before is replaced when it is whole."""
        import safetensors.numpy

        stands = {**vars(position), "history": tuple(position.history)}
        saved = _Saved(dict(self.made_of), dict(self.command), **stands)
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
        folder, saved = self._read()
        if difference := self.difference(saved):
            raise BundleError(
                f"the checkpoint {self.folder} was made with {difference}; give what was given then to go on with it, "
                "or --force to begin anew"
            )
        folder.check_names({STATE})
        expected = {**shapes, **(best if saved.best else {})}
        content = folder.read(STATE, MOST_BYTES)
        arrays = folder.checked(STATE, lambda: read_arrays(content, expected))
        values = {key: value for key, value in vars(saved).items() if key not in ("made_of", "command")}
        position = Position(**{**values, "history": list(saved.history)})
        if not position.is_sound():
            raise folder.damaged(CHECKPOINT.manifest, "training cannot stand where it says")
        return position, arrays

    def saved_command(self) -> dict[str, Any]:
        """Return the options of the command that wrote what is there."""
        return self._read()[1].command

    def seconds(self) -> float:
        """Return how long the training that stands there has taken; 0 where there is none."""
        return self._read()[1].seconds if self.exists() else 0.0

    def difference(self, saved: _Saved | None = None) -> str:
        """Return in what the checkpoint that is there is of another training, in words; empty if in nothing."""
        there, here = (saved or self._read()[1]).made_of, self.made_of
        differing = (name for name in [*here, *there] if there.get(name) != here.get(name))
        first = next(differing, None)
        return f"{first} {there.get(first)!r:.80}, now it is {here.get(first)!r:.80}" if first else ""

    def _read(self) -> tuple[SavedFolder, _Saved]:
        folder = SavedFolder(self.folder, CHECKPOINT)
        name = CHECKPOINT.manifest
        return folder, folder.checked(name, lambda: from_plain(_Saved, folder.manifest, "checkpoint", BundleError))

    def remove(self) -> None:
        """Leave nothing behind; anything that is no checkpoint is never touched."""
        if self.exists():
            with atomic.only_writer(self.folder):
                atomic.remove(self.folder)


class Kept:
    """
    A Keras model in training and where it stands, written to its checkpoint now and then, if it has one.

    Parameters
    ----------
    model
        Compiled.
    checkpoint
        Where it is written down, if it is to be.
    progress
        Who is told of it.
    """

    def __init__(self, model: "keras.Model", checkpoint: Checkpoint | None, progress: Progress) -> None:
        self.model, self.checkpoint, self.progress = model, checkpoint, progress
        self.position = Position()
        self.best: list[np.ndarray] = []
        self.began = self.written = time.monotonic()
        self.cost = 0.0
        if checkpoint:
            model.optimizer.build(model.trainable_variables)

    def go_on(self) -> None:
        """Take up what a checkpoint of the same training has; see `Checkpoint.load`."""
        if not self.checkpoint or not self.checkpoint.exists():
            return
        if self.checkpoint.replace and (difference := self._difference()):
            self.progress.say(f"dropping {self.checkpoint.folder}, which was made with {difference}")
            self.checkpoint.remove()
            return
        shapes = {name: (DTYPES[str(one.dtype)], one.shape) for name, one in self._arrays().items()}
        best = {f"best/{i:03}": ("F32", one.shape) for i, one in enumerate(self.model.get_weights())}
        self.position, found = self.checkpoint.load(shapes, best)
        for name, variable in self._state().items():
            variable.assign(found[name])
        self.best = [found[name] for name in best if name in found]
        at = self.position
        self.began -= at.seconds
        self.progress.say(f"going on from {self.checkpoint.folder}: epoch {at.epoch}, batch {at.step}")

    def _difference(self) -> str:
        """In what the checkpoint is of another training; one that cannot be read is, too."""
        assert self.checkpoint
        try:
            return self.checkpoint.difference()
        except BundleError as error:
            return f"what cannot be read: {error}"

    def end_epoch(self, record: dict[str, float], *, is_best: bool) -> None:
        """Note the scores of the epoch that is over, and keep its weights if they are the best so far."""
        at = self.position
        at.history.append(record)
        if is_best:
            at.best, self.best = at.epoch, self.model.get_weights()
        at.epoch, at.step, at.total, at.predictions = at.epoch + 1, 0, 0.0, 0

    def save_if_due(self) -> None:
        """Write where training stands, unless little would be lost by a kill, or writing has taken much of the time."""
        least = SECONDS if self.position.step else SECONDS_AT_END
        # A loss that is no number has spoilt the weights.
        if time.monotonic() - self.written >= max(least, self.cost / SHARE) and np.isfinite(self.position.total):
            self.save()

    def save(self) -> None:
        """Write where training stands."""
        began = time.monotonic()
        self.position.seconds = began - self.began
        if self.checkpoint:
            best = {f"best/{i:03}": one for i, one in enumerate(self.best)}
            try:
                self.checkpoint.save(self.position, self._arrays() | best)
            except BundleError as error:  # a full disk is no reason to lose what has been learned
                self.progress.say(f"going on without a checkpoint: {error}")
                self.checkpoint = None
        self.written = time.monotonic()
        self.cost = self.written - began

    def drop(self) -> None:
        """Leave no checkpoint behind."""
        if self.checkpoint:
            self.checkpoint.remove()

    def _arrays(self) -> dict[str, np.ndarray]:
        import keras

        return {name: np.asarray(keras.ops.convert_to_numpy(one)) for name, one in self._state().items()}

    def _state(self) -> dict[str, Any]:
        """All that changes in training: weights, seeds of the dropouts, and what the optimizer remembers."""
        scores = set(map(id, self.model.metrics_variables))  # made with the first batch, and forgotten with each
        variables = [one for one in self.model.variables if id(one) not in scores]
        owners = {"model": variables, "optimizer": self.model.optimizer.variables}
        return {f"{owner}/{i:03}": one for owner, every in owners.items() for i, one in enumerate(every)}


def beside(target: Path) -> Path:
    """Return where the checkpoint of what is trained for ``target`` lies."""
    named = target if target.name not in ("", "..") else Path(os.path.abspath(target))
    return named.with_name(f"{named.name}.checkpoint")


def digest_of(values: Iterable[Any]) -> str:
    """
    Return how many values there are, and a digest of them: plain ones as they are written, arrays by their bytes.

    >>> digest_of(["one", None]) == digest_of(["one", "None"])
    False
    """
    count, digest = 0, hashlib.sha256()
    for count, value in enumerate(values, 1):  # noqa: B007
        raw = value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode("utf-8", "backslashreplace")
        digest.update(b"%d " % len(raw))
        digest.update(raw)
    return f"{count:,} ({digest.hexdigest()[:16]})"
