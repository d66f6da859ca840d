"""Corpora as rows with the columns "text" and "label", whatever the published files look like."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from seqtext.corpora.cache import find, plain_or_compressed, sample_path
from seqtext.corpora.catalogue import Corpus, corpus
from seqtext.errors import DataError

if TYPE_CHECKING:
    from seqtext.data.dataset import Dataset


@dataclass(frozen=True)
class Parts:
    """A corpus as read: the columns "text" and "label" of its parts, beside any others that it has."""

    train: "Dataset"
    test: "Dataset | None"
    name: str
    is_sample: bool
    path: Path


def load(name: str, *, sample: bool = False) -> Parts:
    """Read a corpus, without unlabelled rows: the real one if it is in a cache folder, else the bundled sample."""
    from seqtext.data import dataset  # imports numpy, which is not needed to list or find a corpus

    known = corpus(name)
    if known.task is None:
        raise DataError(f"{known.name} is a resource without labels, so nothing can be trained on it")
    real = None if sample else find(name)
    path = real or sample_path(name)
    if path.is_file():
        train = _labelled(dataset.read(path), known)
        file = plain_or_compressed(path.with_name(known.test)) if real and known.test else None
        test = _labelled(dataset.read(file), known) if file else None
    else:
        rows = _labelled(dataset.read_folder(path, skip=("unsup",)), known)
        train, test = _part(rows, "train"), _part(rows, "test")
    return Parts(train, test, known.name, real is None, path)


def _part(rows: "Dataset", part: str) -> "Dataset":
    """Return one part of a tree part/label/text.txt."""
    parts, labels = rows.column("part"), rows.column("label")
    ours = [row for row in range(len(rows)) if parts[row] == part]
    # Last to first ("pos" before "neg"), as in the other published forms of IMDB: the same seed, the same model.
    return rows.take(sorted(ours, key=lambda row: labels[row] or "", reverse=True))


def _labelled(rows: "Dataset", known: Corpus) -> "Dataset":
    """Return ``rows`` with the columns "text" and "label" first, and without the unlabelled ones."""
    labels = [known.label_names.get(label or "", label) for label in rows.column(known.label)]
    columns = {"text": rows.column(known.text), "label": labels}
    taken = {*columns, known.text, known.label}
    others = {name: values for name, values in rows.columns.items() if name not in taken}
    return replace(rows, columns=columns | others).take(row for row, label in enumerate(labels) if label)
