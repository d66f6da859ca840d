"""Train, save, score: what ``seqtext train`` does, and what a script can call."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seqtext import model_folder, saving
from seqtext.data.dataset import Dataset
from seqtext.data.splitting import random_split, split_rows
from seqtext.errors import DataError, listed, plural
from seqtext.evaluation import (
    LINEAR,
    MAJORITY,
    MODEL,
    Scores,
    class_table,
    confusion_table,
    score_table,
    verdict,
)
from seqtext.model import TrainedModel
from seqtext.models.spec import part_names
from seqtext.recipes import Recipe
from seqtext.terminal import clock
from seqtext.training import baseline
from seqtext.training.progress import Progress
from seqtext.training.run import LabelledRows, Origin, fitted, joined, labelled_rows, train
from seqtext.training.unlabelled import Unlabelled
from seqtext.training.watched import equal_texts, watched_rows


@dataclass(frozen=True)
class Columns:
    """Which column of the data feeds each input, and which holds the labels of each output, by their names."""

    inputs: dict[str, str]
    outputs: dict[str, str]

    @classmethod
    def named(cls, inputs: Sequence[str], outputs: Sequence[str]) -> "Columns":
        """Return these columns under names made from them."""
        texts = part_names(list(inputs), "text")
        labels = part_names(list(outputs), "label")
        taken = {name: f"{name}_label" if name in texts else name for name in labels}
        return cls(texts, {taken[name]: column for name, column in labels.items()})

    def input_values(self, rows: Dataset) -> dict[str, Sequence[str | None]]:
        """Return the values of ``rows`` by input name."""
        return {name: rows.column(column) for name, column in self.inputs.items()}

    def label_values(self, rows: Dataset) -> dict[str, list[str]]:
        """Return the labels of ``rows`` by output name."""
        return {name: [str(label) for label in rows.column(column)] for name, column in self.outputs.items()}


def experiment(
    data: Dataset,
    test: Dataset | None,
    columns: Columns,
    recipe: Recipe,
    out: Path,
    *,
    origin: Origin | None = None,
    replace: bool = False,
    progress: Progress | None = None,
    before_training: Callable[[], None] | None = None,
    explain: bool = False,
    use_unlabelled: bool = False,
    validation: Dataset | None = None,
) -> TrainedModel:
    """
    Train on ``data``, save to ``out``, load what was saved, and score it on rows that training never saw.

    A linear model and the most frequent label are scored on the same rows. The model is published before it is
    scored: whatever happens then, it is there, and only its scores are missing.

    Parameters
    ----------
    data, test
        Rows to learn from, and rows for the score; without ``test`` a share of ``data`` is held out.
    columns
        What their columns are for.
    recipe
        How to train.
    out
        The folder for the model.
    origin
        What the model is to tell of its making.
    replace
        Whether a model that stands at ``out`` may be replaced.
    progress
        Who is told how it goes.
    before_training
        Called once the rows are known to be good, and before Keras is imported.
    explain
        Whether to say all that the rules of the recipe chose, and not only what is not usual.
    use_unlabelled
        Whether to pre-train first, on the texts of rows without a label and of the training rows.
    validation
        Rows to watch while learning, instead of a share of the training rows; nothing is learned from them.

    Raises
    ------
    SeqtextError
        Before training for whatever can be known before; then nothing is written.
    """
    progress, origin = progress or Progress(), origin or Origin(source=data.source)
    model_folder.check_target(out, replace=replace)
    recipe.check_names(list(columns.inputs), list(columns.outputs))
    unlabelled = Unlabelled(columns.input_values(without_labels(data, columns)), recipe) if use_unlabelled else None
    if unlabelled:
        recipe = unlabelled.start(data.source)
    data = with_labels(data, columns, Progress() if unlabelled else progress)
    unseen = None if test is None else with_labels(test, columns, progress)
    learning = data
    if unseen is None:
        kept, held_out = test_split(data, columns, recipe)
        learning, unseen = data.take(kept), data.take(held_out)
    values, labels = columns.input_values(learning), columns.label_values(learning)
    rows = labelled_rows(values, labels, columns.inputs | columns.outputs, recipe=recipe)
    recipe, reasons = fitted(recipe, rows)
    describe(data, learning, unseen, columns, recipe, progress, validation)
    say_chosen(reasons, progress, explain=explain)
    truth = {name: rows.labels[name].transform(labels) for name, labels in columns.label_values(unseen).items()}
    questions = recipe.read(columns.input_values(unseen))
    watched = _watched(validation, columns, recipe, rows, questions, progress)
    if before_training:
        before_training()
    networks = {}
    if unlabelled:
        unwanted = _both(questions, watched.inputs if watched else {})
        networks = unlabelled.pretrain(rows, recipe, unwanted, data.source, progress)
    origin = dataclasses.replace(origin, test_rows=len(unseen))
    published = False

    def publish(model: TrainedModel) -> None:
        nonlocal published
        saving.save(model, out, replace=replace)
        published = True

    try:
        trained, _ = train(
            rows, recipe, origin=origin, progress=progress, publish=publish, networks=networks, watched=watched
        )
        if not len(unseen):
            progress.say("no rows were held out, so there is no score")
            return saving.load(out)
        progress.say(f"saved to {out}; now scoring it and a linear model on {len(unseen):,} unseen rows")
        scores = contest(saving.load(out), rows, questions, truth)
        saving.save(dataclasses.replace(trained, scores=scores), out, replace=True)
    except KeyboardInterrupt:
        if published:
            progress.say(f"stopped; the model in {out} is complete, but has no scores")
        raise
    return saving.load(out)


def _both(some: Mapping[str, Sequence[Any]], more: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    return {name: [*column, *more.get(name, ())] for name, column in some.items()}


def _watched(
    validation: Dataset | None,
    columns: Columns,
    recipe: Recipe,
    rows: LabelledRows,
    unseen: Mapping[str, Sequence[Any]],
    progress: Progress,
) -> LabelledRows | None:
    """The rows to watch, if they are given; says how many of their texts stand elsewhere, too."""
    if validation is None:
        return None
    labelled = with_labels(validation, columns, progress)
    watched = watched_rows(columns.input_values(labelled), columns.label_values(labelled), rows, recipe)
    if line := equal_texts(watched, rows.inputs, unseen):
        progress.say(line)
    return watched


def with_labels(rows: Dataset, columns: Columns, progress: Progress) -> Dataset:
    """Leave out the rows that lack a label, and say so."""
    for column in columns.inputs.values():
        rows.column(column)
    labelled = _labelled(rows, columns)
    if not labelled:
        raise DataError(
            f"no row of {rows.source} has a label in {listed(columns.outputs.values())}; name another --label"
        )
    if len(labelled) < len(rows):
        progress.say(f"left out {plural(len(rows) - len(labelled), 'row')} without a label")
    return rows.take(labelled)


def without_labels(rows: Dataset, columns: Columns) -> Dataset:
    """Return the rows that lack a label."""
    labelled = set(_labelled(rows, columns))
    return rows.take(i for i in range(len(rows)) if i not in labelled)


def _labelled(rows: Dataset, columns: Columns) -> list[int]:
    wanted = [rows.column(column) for column in columns.outputs.values()]
    return [i for i, row in enumerate(zip(*wanted, strict=True)) if all(row)]


def test_split(rows: Dataset, columns: Columns, recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    """Return row numbers for training and for the test: equal texts on one side, or at random as on the slides."""
    asked = recipe.rows
    first = next(iter(columns.label_values(rows).values()))
    if not asked.test_share:
        return np.arange(len(rows)), np.arange(0)
    if asked.split == "random":
        return random_split(first, share=asked.test_share, seed=asked.seed)
    return split_rows(first, joined(recipe.read(columns.input_values(rows))), share=asked.test_share, seed=asked.seed)


def describe(
    data: Dataset,
    learning: Dataset,
    unseen: Dataset,
    columns: Columns,
    recipe: Recipe,
    progress: Progress,
    validation: Dataset | None = None,
) -> None:
    """Say what is about to be learned from what."""
    asked = recipe.rows
    for column in columns.outputs.values():
        labels = data.column(column)
        names, counts = np.unique(np.asarray(labels), return_counts=True)
        order = np.argsort(-counts, kind="stable")
        shown = ", ".join(f"{names[i]} {counts[i]:,} ({counts[i] / len(labels):.0%})" for i in order[:12])
        more = f" and {len(names) - 12} more" if len(names) > 12 else ""
        progress.say(f"{len(labels):,} rows, {plural(len(names), 'label')} in the column {column!r}: {shown}{more}")
    watched = f" ({asked.validation_share:.0%} of them for validation)" if asked.validation_share else ""
    if validation is not None:
        watched = f", {len(validation):,} rows of {validation.source} for validation"
    if not len(unseen):
        held = "none held out for the score"
    elif len(learning) == len(data):
        held = f"{len(unseen):,} rows of {unseen.source} for the score"
    else:
        how = "equal texts kept on one side" if asked.split == "leak_free" else "split at random"
        held = f"{len(unseen):,} held out for the score ({how})"
    progress.say(f"{len(learning):,} rows for training{watched}, {held}")


def say_chosen(reasons: Mapping[str, str], progress: Progress, *, explain: bool) -> None:
    """Say what the rules of the recipe chose: all, or only what is not usual."""
    if shown := {name: why for name, why in reasons.items() if explain or not why.endswith("(the usual)")}:
        progress.say(f"chosen for these rows: {', '.join(f'{name} {why}' for name, why in shown.items())}")


def contest(
    model: TrainedModel,
    rows: LabelledRows,
    unseen: Mapping[str, Sequence[Any]],
    truth: Mapping[str, np.ndarray],
) -> dict[str, dict[str, Scores]]:
    """
    Return scores by output, then by contestant, all on the same rows and all learned from the same rows.

    Parameters
    ----------
    model
        The trained one.
    rows
        What all contestants learn from.
    unseen, truth
        What they answer to by input name, as `Recipe.read` gives it, and the right answers by output name.
    """
    answers = model.probabilities(unseen)
    texts = dataclasses.replace(rows, inputs=baseline.as_texts(rows.inputs))
    rival, _ = train(texts, baseline.linear_recipe(model.recipe))
    by_rival = rival.probabilities(baseline.as_texts(unseen))
    found = {}
    for head in model.spec.outputs:
        labels, expected = rows.label_names(head.name), truth[head.name]
        index = {label: i for i, label in enumerate(rows.labels[head.name].classes_)}
        predicted = {
            MODEL: head.decode(answers[head.name]),
            LINEAR: head.decode(by_rival[head.name]),
            MAJORITY: np.array([index[label] for label in baseline.majority(labels, len(expected))]),
        }
        found[head.name] = {who: head.scores(expected, said, list(index)) for who, said in predicted.items()}
    return found


def report(model: TrainedModel) -> str:
    """Return what a person reads at the end of training."""
    lines = []
    several = len(model.scores) > 1
    for name, scores in model.scores.items():
        ours = scores[MODEL]
        heading = f"{name}: scores" if several else "Scores"
        lines += [
            f"{heading} on {ours.rows:,} rows that training never saw (saved model, reloaded, ONNX Runtime)",
            *("", score_table(scores), "", verdict(scores), "", class_table(ours), "", confusion_table(ours), ""),
        ]
    scored = ", ".join(
        f"{name + ' ' if several else ''}accuracy {scores[MODEL].accuracy:.3f}, macro-F1 {scores[MODEL].macro_f1:.3f}"
        for name, scores in model.scores.items()
    )
    trained = f"trained in {clock(model.made.seconds)}"
    lines.append(f"wrote {model.folder} ({model.summary}; {trained}){': ' + scored if scored else ''}")
    return "\n".join(lines)
