"""Validation rows that are given, and not a share of the training rows: nothing is learned from them."""

from collections.abc import Mapping, Sequence
from typing import Any

from seqtext.data.splitting import joined, normalise
from seqtext.errors import DataError, plural
from seqtext.recipes import Recipe
from seqtext.training.labelled import LabelledRows


def watched_rows(
    inputs: Mapping[str, Sequence[Any]], labels: Mapping[str, Sequence[Any]], like: LabelledRows, recipe: Recipe
) -> LabelledRows:
    """
    Return rows to watch, for `seqtext.training.run.train`.

    Parameters
    ----------
    inputs, labels
        Columns by input and output name.
    like
        The rows to learn from, which have the same inputs and outputs.
    recipe
        Of what kind each input is.

    Raises
    ------
    UnknownLabelError
        For a label that no training row has.
    DataError
        If there are no rows.
    """
    targets = {name: encoder.transform(labels[name]) for name, encoder in like.labels.items()}
    found = LabelledRows(recipe.read(inputs), like.labels, targets, like.columns)
    if {len(column) for columns in (found.inputs, found.targets) for column in columns.values()} != {len(found)}:
        raise ValueError("validation texts and labels must be equally long")
    if not len(found):
        raise DataError("there are no validation rows; give some, or hold out a share of the training rows")
    return found


def equal_texts(
    watched: LabelledRows, training: Mapping[str, Sequence[Any]], unseen: Mapping[str, Sequence[Any]]
) -> str:
    """
    Return how many validation rows have a text of other rows, in a line; empty if none has.

    Texts are equal as in `seqtext.data.splitting.normalise`.
    """
    texts = [normalise(text) for text in joined(watched.inputs)]
    found = []
    for what, columns in (("training", training), ("test", unseen)):
        known = set(map(normalise, joined(columns)))
        if count := sum(text in known for text in texts):
            found.append(f"{count:,} in a {what} row")
    if not found:
        return ""
    rest = "; what is said of the validation rows is too good" if "training" in found[0] else ""
    return f"of {plural(len(texts), 'validation row')}, the text stands again: {', '.join(found)}{rest}"
