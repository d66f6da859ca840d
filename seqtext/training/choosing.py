"""Which labels are learned: those that are named, and those with enough rows."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from seqtext.data.dataset import Dataset
from seqtext.errors import DataError, did_you_mean, listed, plural
from seqtext.recipes import Recipe
from seqtext.training.columns import Columns
from seqtext.training.progress import Progress


@dataclass(frozen=True)
class Choice:
    """
    What is asked of the labels; without anything, all are learned.

    Parameters
    ----------
    labels
        Their names, of the outputs with one label a row that have any of them; empty for all.
    min_rows
        How many rows a label must have.
    """

    labels: tuple[str, ...] = ()
    min_rows: int = 1


def chosen_labels(
    data: Dataset, columns: Columns, recipe: Recipe, choice: Choice, progress: Progress
) -> dict[str, Collection[str]]:
    """Return by output name the labels to learn, of those outputs where that are not all, and say so."""
    found: dict[str, Collection[str]] = {}
    every = _counts(data, columns, recipe)
    known = [label for counts in every.values() for label in counts]
    if strange := [label for label in choice.labels if label not in known]:
        hint = did_you_mean(strange[0], known) or f"; there is {listed(known, 12)}"
        raise DataError(f"no row has the label {strange[0]!r}{hint}")
    for output, counts in every.items():
        named = {label for label in choice.labels if label in counts}
        kept = {label for label in named or counts if counts[label] >= choice.min_rows}
        if len(kept) == len(counts):
            continue
        found[output] = kept
        if rare := sorted((named or set(counts)) - kept):
            rows = plural(sum(counts[label] for label in rare), "row")
            progress.say(
                f"left out of {columns.outputs[output]!r}: {listed(rare, 5)}, with fewer than {choice.min_rows} rows "
                f"each ({rows} together)"
            )
        if named:
            progress.say(f"learning {listed(sorted(kept), 12)} of the {plural(len(counts), 'label')}")
    return found


def _counts(data: Dataset, columns: Columns, recipe: Recipe) -> dict[str, Counter[str]]:
    """How many rows each label has, of the outputs with one label a row."""
    found = {}
    for output, column in columns.outputs.items():
        encoder = recipe.output_of(output).encoder()
        if not hasattr(encoder, "separator"):
            labelled = (row for row in data.column(column) if encoder.has_label(row))
            found[output] = Counter(name for row in labelled for name in encoder.names(row))
    return found


def only(data: Dataset, columns: Columns, recipe: Recipe, chosen: Mapping[str, Collection[str]]) -> Dataset:
    """Return the rows, with no label where it is none of those chosen, and without those that had no other label."""
    changed = dict(data.columns)
    had, has = ([False] * len(data) for _ in range(2))
    for output, column in columns.outputs.items():
        encoder = recipe.output_of(output).encoder()
        names = [encoder.names(row) if encoder.has_label(row) else None for row in changed[column]]
        kept = [own is not None and set(own) <= set(chosen.get(output, own)) for own in names]
        if output in chosen:
            changed[column] = [row if stays else None for row, stays in zip(changed[column], kept, strict=True)]
        had = [before or own is not None for before, own in zip(had, names, strict=True)]
        has = [before or stays for before, stays in zip(has, kept, strict=True)]
    return Dataset(changed, data.source).take(i for i, own in enumerate(has) if own or not had[i])
