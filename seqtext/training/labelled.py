"""Labelled rows, checked and with their labels encoded, and how some of them are held out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from seqtext.data.splitting import fingerprints, joined, normalise, split_rows
from seqtext.errors import DataError, listed, plural
from seqtext.model import TrainedModel
from seqtext.models.heads import belongs, labelled
from seqtext.preprocess.labels import Encoder, holds_lists
from seqtext.recipes import Output, Recipe


@dataclass(frozen=True)
class LabelledRows:
    """
    Rows to learn from, checked and with their labels encoded; get them from `labelled_rows`.

    Parameters
    ----------
    inputs
        One value a row, by input name, as `Recipe.read` gives it.
    labels
        The encoder of each output's labels.
    targets
        By output name: label indices, int64 of shape (rows,), -1 where the label is missing; of any number of labels a
        row, float32 of shape (rows, labels), NaN where nobody knows.
    columns
        The column of the data behind each input and output.
    """

    inputs: dict[str, list[Any]]
    labels: dict[str, Encoder]
    targets: dict[str, np.ndarray]
    columns: dict[str, str]
    _known: dict[tuple[str, ...], np.ndarray] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))

    def seen(self, recipe: Recipe, before: TrainedModel | None = None) -> np.ndarray:
        """
        Return the fingerprints of the texts, each once and in order, by which a model knows them again.

        Those of the model ``before``, from which one has gone on, are among them.
        """
        texts = recipe.text_columns(self.inputs)
        if (names := tuple(texts)) not in self._known:  # the split, the model and its rival all ask
            self._known[names] = np.unique(fingerprints(joined(texts)))
        found = self._known[names]
        return found if before is None else np.union1d(before.seen, found)


def labelled_rows(
    inputs: Mapping[str, Sequence[Any]],
    labels: Mapping[str, Sequence[Any]],
    columns: Mapping[str, str] | None = None,
    *,
    recipe: Recipe | None = None,
    known: Mapping[str, Encoder] | None = None,
) -> LabelledRows:
    """
    Check rows and encode their labels.

    Parameters
    ----------
    inputs
        Equally long columns by input name; of a text: strings, or None and NaN where it is missing.
    labels
        Columns by output name; a label is a string, an int or a bool, None or NaN where it is missing, and a list of
        such for an output that the recipe calls "multilabel". A row needs a label of one output, and teaches those.
    columns
        What the columns are called in the data, where that is not the name of the input or output.
    recipe
        Of what kind each input and output is; without it all are texts, and have one label.
    known
        Labels that a model knows already, by output name: they keep their places, and others stand behind them.

    Raises
    ------
    DataError
        If there is nothing to learn from these rows.
    """
    recipe = recipe or Recipe()
    values = recipe.read(inputs, columns)
    lengths = {len(column) for column in (*values.values(), *labels.values())}
    if len(lengths) != 1:
        raise ValueError(f"texts and labels must be equally long, but have {sorted(lengths)} rows")
    if not lengths.pop():
        raise DataError("there are no rows to train on")
    named = columns or {}
    encoders = {name: fit_encoder(named.get(name, name), own, recipe.output_of(name)) for name, own in labels.items()}
    encoders = {name: known[name].grown(one) if known else one for name, one in encoders.items()}
    targets = {name: encoder.transform(labels[name]) for name, encoder in encoders.items()}
    if len(empty := np.flatnonzero(~np.any([labelled(column) for column in targets.values()], axis=0))):
        rows = "row" if len(empty) == 1 else "rows"
        raise DataError(f"no label in {rows} {listed((empty + 1).tolist(), 5)}; fill it in, or leave the row out")
    return LabelledRows(values, encoders, targets, dict(columns or {name: name for name in (*values, *labels)}))


def fit_encoder(name: str, column: Sequence[Any], asked: Output) -> Encoder:
    """Return what makes targets of the labels of an output; DataError if these, in a column ``name``, cannot teach."""
    encoder = asked.encoder()
    if not any(map(encoder.has_label, column)):
        raise DataError(f"no row has a label in {name!r}, so there is nothing to learn; name another column of labels")
    separator = getattr(encoder, "separator", None)
    if separator and not any(separator in row for row in column if isinstance(row, str)) and not holds_lists(column):
        raise DataError(
            f"the separator {separator!r} stands in no row of {name!r}, so none has two labels; give another "
            "--separator, or take the column for single labels with --label"
        )
    if len(encoder.fit(column)) < 2:
        rows = sum(map(encoder.has_label, column))
        only = "there is only" if hasattr(encoder, "separator") else f"all {rows:,} rows have"
        raise DataError(
            f"{only} the label {encoder.classes_[0]!r} in {name!r}, so there is nothing to learn; "
            "give rows with at least two labels"
        )
    return encoder


def validation_split(rows: LabelledRows, recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    """
    Return row numbers to learn from and row numbers to watch; the second part is empty where none is wanted.

    There are some of each label to learn from, and to watch where it has two distinct texts.
    """
    share = recipe.rows.validation_share
    if not share:
        return np.arange(len(rows)), np.arange(0)
    name, targets = next(iter(rows.targets.items()))
    counted, _ = strata(rows.labels[name].classes_, targets)
    texts = joined(recipe.text_columns(rows.inputs))
    kept, held_out = split_rows(counted, texts, share=share, seed=recipe.rows.seed, loose={"", *counted})
    kept, held_out = learnable(kept, held_out, rows.targets.values(), texts)
    if not len(held_out):
        raise DataError(
            "no row can be held out for validation, because every label has a single distinct text; add texts, or set "
            "validation_share to 0 and early_stopping to none"
        )
    return kept, held_out


def never_watched(rows: LabelledRows, held_out: np.ndarray) -> str:
    """Return a line about the labels, each of a single distinct text, that no row to watch has; empty without any."""
    name, targets = next(iter(rows.targets.items()))
    if targets.ndim > 1 or not len(held_out):
        return ""
    lacking = sorted(set(targets.tolist()) - set(targets[held_out].tolist()) - {-1})
    found = [f"{rows.labels[name].classes_[i]!r} ({plural(int(np.sum(targets == i)), 'row')})" for i in lacking]
    which = f"label{'s'[: len(found) > 1]} {listed(found, 5, quote=False)}"
    return f"too few texts to hold some out for validation: all with the {which} are learned from" if found else ""


def strata(classes: Sequence[str], targets: np.ndarray) -> tuple[list[str], set[str]]:
    """
    Return what each row counts for when some are held out, and what of that need not stand on both sides.

    A row counts for its label, or for the rarest of its labels, of which none needs to stand on both sides.

    >>> strata(["no", "yes"], np.array([1, -1]))
    (['yes', ''], {''})
    """
    if targets.ndim == 1:
        return [classes[i] if i >= 0 else "" for i in targets.tolist()], {""}
    counts = np.where(targets == 1, (targets == 1).sum(axis=0), np.inf)
    rarest = zip(counts.argmin(axis=1).tolist(), counts.min(axis=1).tolist(), strict=True)
    return [classes[i] if count < np.inf else "" for i, count in rarest], {"", *classes}


def learnable(
    kept: np.ndarray, held_out: np.ndarray, targets: Iterable[np.ndarray], texts: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the parts, with those rows back among the kept, and all of their text, whose label no kept row has."""
    of_label = [belongs(one, int(np.nanmax(one)) + 1) for one in targets]
    only = [(one[held_out] & ~one[kept].any(axis=0)).any(axis=1) for one in of_label]
    if not np.any(only):
        return kept, held_out
    back = {normalise(texts[i]) for i in held_out[np.any(only, axis=0)]}
    stays = np.array([normalise(texts[i]) not in back for i in held_out])
    return np.sort(np.concatenate([kept, held_out[~stays]])), held_out[stays]
