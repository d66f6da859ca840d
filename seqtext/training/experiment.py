"""Train, save, score: what ``seqtext train`` does, and what a script can call."""

import dataclasses
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqtext import atomic, model_folder, saving
from seqtext.checking.brief import warnings_of
from seqtext.checking.findings import Part
from seqtext.data.dataset import Dataset
from seqtext.data.splitting import fingerprints, joined, random_split, split_rows
from seqtext.errors import BundleError, DataError, in_file, listed, plural, told_apart
from seqtext.model import TrainedModel
from seqtext.preprocess.labels import MultiLabelEncoder
from seqtext.recipes import Recipe
from seqtext.training.checkpoint import Checkpoint
from seqtext.training.choosing import Choice, chosen_labels, only
from seqtext.training.columns import Columns
from seqtext.training.labelled import LabelledRows, fit_encoder, labelled_rows, learnable, strata
from seqtext.training.progress import Progress
from seqtext.training.run import Origin, fitted, train
from seqtext.training.scoring import contest
from seqtext.training.unlabelled import Unlabelled
from seqtext.training.watched import equal_texts, watched_rows


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
    drop_overlap: bool = False,
    with_linear: bool = True,
    choice: Choice | None = None,
    checkpoint: Checkpoint | None = None,
    before: TrainedModel | None = None,
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
    drop_overlap
        Whether rows for the score are left out whose text stands in the training rows, too.
    with_linear
        Whether a linear model is made to compare with.
    choice
        Which labels are learned, where not all are; rows without any of them are left out.
    checkpoint
        Where it is written down how far training has come; it is removed in the end.
    before
        The model to go on from, which is scored on the same rows; the recipe is that of `growing.going_on`.

    Raises
    ------
    SeqtextError
        Before training for whatever can be known before; then nothing is written.
    """
    progress, origin = progress or Progress(), origin or Origin(source=data.source)
    model_folder.check_target(out, replace=replace)
    recipe.check_names(list(columns.inputs), list(columns.outputs))
    for part in (data, test, validation):
        check_values(part, columns, recipe)
    if choice and (chosen := chosen_labels(data, columns, recipe, choice, progress)):
        data = only(data, columns, recipe, chosen)
        test, validation = (part and _only(part, columns, recipe, chosen, progress) for part in (test, validation))
    unlabelled = (
        Unlabelled(columns.input_values(without_labels(data, columns, recipe)), recipe) if use_unlabelled else None
    )
    if unlabelled:
        recipe = unlabelled.start(data.source)
    data = with_labels(data, columns, recipe, Progress() if unlabelled else progress)
    unseen = None if test is None else with_labels(test, columns, recipe, progress)
    learning = data
    if unseen is None:
        kept, held_out = test_split(data, columns, recipe)
        learning, unseen = data.take(kept), data.take(held_out)
    values, labels = columns.input_values(learning), columns.label_values(learning)
    known = before.labels if before else None
    rows = labelled_rows(values, labels, columns.inputs | columns.outputs, recipe=recipe, known=known)
    unseen, has_seen = _new_to(rows.seen(recipe, before), unseen, columns, recipe, progress, drop=drop_overlap)
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
        networks = unlabelled.pretrain(rows, recipe, unwanted, data.source, progress, checkpoint)
    origin = dataclasses.replace(origin, test_rows=len(unseen))
    how = {"origin": origin, "progress": progress, "networks": networks, "watched": watched}
    how |= {"checkpoint": checkpoint, "before": before}
    scored = {"has_seen": has_seen, "with_linear": with_linear}
    return _publish_and_score(rows, recipe, questions, truth, out, replace, scored, **how)


def _only(
    part: Dataset, columns: Columns, recipe: Recipe, chosen: Mapping[str, Collection[str]], progress: Progress
) -> Dataset:
    """The rows of another file with labels that are learned; says how many there are of others."""
    found = only(part, columns, recipe, chosen)
    if left := len(part) - len(found):
        progress.say(f"left out {plural(left, 'row')} of {part.source} with labels that are not learned")
    return found


def _new_to(
    seen: np.ndarray, unseen: Dataset, columns: Columns, recipe: Recipe, progress: Progress, *, drop: bool
) -> tuple[Dataset, np.ndarray]:
    """Say how many rows for the score have a text of the rows to learn from, or leave them out; return which have."""
    texts = joined(recipe.text_columns(recipe.read(columns.input_values(unseen))))
    known = np.isin(fingerprints(texts), seen)
    if not known.any():
        return unseen, known
    count = f"{known.sum():,} of {plural(len(known), 'row')} for the score"
    have = "has" if known.sum() == 1 else "have"
    if not drop:
        scored = "scored with and without them (--drop-overlap leaves them out)"
        if known.all():
            scored = "their scores tell nothing of new texts; give others as --test"
        progress.say(f"{count} {have} a text that stands in the training rows, too: {scored}")
        return unseen, known
    if known.all():
        raise DataError(
            f"all {len(known):,} rows for the score have a text of the training rows; give others as --test"
        )
    progress.say(f"left out {count}, whose text stands in the training rows, too")
    return unseen.take(np.flatnonzero(~known)), known[~known]


def _publish_and_score(
    rows: LabelledRows,
    recipe: Recipe,
    questions: Mapping[str, Sequence[Any]],
    truth: Mapping[str, np.ndarray],
    out: Path,
    replace: bool,
    scored: Mapping[str, Any],
    **how: Any,
) -> TrainedModel:
    """Train, publish before anything else can go wrong, then score as ``scored`` tells `contest`; see `experiment`."""
    progress: Progress = how["progress"]
    published = False

    def publish(model: TrainedModel) -> None:
        nonlocal published
        save_somewhere(model, out, replace=replace)
        published = True

    try:
        trained, _ = train(rows, recipe, publish=publish, **how)
        if not how["origin"].test_rows:
            progress.say("no rows were held out, so there is no score")
            return saving.load(out)
        both = "it and a linear model" if scored["with_linear"] else "it"
        progress.say(f"saved to {out}; now scoring {both} on {plural(how['origin'].test_rows, 'row')}")
        scores = contest(saving.load(out), rows, questions, truth, progress=progress, before=how["before"], **scored)
        saving.save(dataclasses.replace(trained, scores=scores), out, replace=True)
    except KeyboardInterrupt:
        if published:
            progress.say(f"stopped; the model in {out} is complete, but has no scores")
        raise
    finally:
        if published and how["checkpoint"]:
            for one in (how["checkpoint"], how["checkpoint"].of_network()):
                one.remove()
    return saving.load(out)


def save_somewhere(model: TrainedModel, out: Path, *, replace: bool) -> None:
    """
    Save a model that took long to make to ``out``, or where that can no longer be, to another place.

    Raises the BundleError of the first in any case, which says where the model is.
    """
    try:
        saving.save(model, out, replace=replace)
    except BundleError as error:
        for other in (Path.cwd(), Path(tempfile.gettempdir())):
            try:
                made = Path(tempfile.mkdtemp(prefix="seqtext-model-", dir=other))
            except OSError:
                continue
            try:
                place = saving.save(model, made / "model")
            except BundleError:
                atomic.remove(made)
                continue
            raise BundleError(f"{error}; the trained model, without scores, is in {place}") from error
        raise


def check_values(rows: Dataset | None, columns: Columns, recipe: Recipe) -> None:
    """Raise the error of the first value that is not of its column's kind, while its row is that of the file."""
    if rows is None:
        return
    with in_file(rows.source):
        recipe.read(columns.input_values(rows), columns.inputs)
    for name, column in columns.outputs.items():
        with in_file(rows.source, column):
            recipe.output_of(name).encoder().check(rows.column(column))


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
    labelled = with_labels(validation, columns, recipe, progress)
    watched = watched_rows(columns.input_values(labelled), columns.label_values(labelled), rows, recipe)
    # As in every split, equal are the texts, whatever number stands beside them.
    texts = dataclasses.replace(watched, inputs=recipe.text_columns(watched.inputs))
    if line := equal_texts(texts, recipe.text_columns(rows.inputs), recipe.text_columns(unseen)):
        progress.say(line)
    return watched


def with_labels(rows: Dataset, columns: Columns, recipe: Recipe, progress: Progress) -> Dataset:
    """Leave out the rows without a label of any output, and say so, and how many lack that of one."""
    for column in columns.inputs.values():
        rows.column(column)
    known = _known(rows, columns, recipe)
    labelled = [i for i, of_row in enumerate(zip(*known.values(), strict=True)) if any(of_row)]
    if not labelled:
        raise DataError(
            f"no row of {rows.source} has a label in {listed(columns.outputs.values())}; name another --label"
        )
    several = len(columns.outputs) > 1
    if len(labelled) < len(rows):
        left = plural(len(rows) - len(labelled), "row")
        progress.say(f"left out {left} of {rows.source} without {'any' if several else 'a'} label")
    for name, column in columns.outputs.items():
        if lacking := len(labelled) - sum(known[name]):
            progress.say(f"{plural(lacking, 'row')} without {column!r}: trained and scored on the other labels only")
    return rows.take(labelled)


def without_labels(rows: Dataset, columns: Columns, recipe: Recipe) -> Dataset:
    """Return the rows without a label of any output."""
    known = _known(rows, columns, recipe)
    return rows.take(i for i, of_row in enumerate(zip(*known.values(), strict=True)) if not any(of_row))


def _known(rows: Dataset, columns: Columns, recipe: Recipe) -> dict[str, list[bool]]:
    """Whether each row has a label, by output name."""
    labels = columns.label_values(rows)
    return {name: list(map(recipe.output_of(name).encoder().has_label, column)) for name, column in labels.items()}


def test_split(rows: Dataset, columns: Columns, recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    """Return row numbers for training and for the test: equal texts on one side, or at random as on the slides."""
    asked = recipe.rows
    if not asked.test_share:
        return np.arange(len(rows)), np.arange(0)
    labels = columns.label_values(rows)
    encoders = {
        name: fit_encoder(column, labels[name], recipe.output_of(name)) for name, column in columns.outputs.items()
    }
    targets = {name: encoder.transform(labels[name]) for name, encoder in encoders.items()}
    texts = joined(recipe.text_columns(recipe.read(columns.input_values(rows))))
    if asked.split == "random":
        kept, held_out = random_split(texts, share=asked.test_share, seed=asked.seed)
    else:
        first = next(iter(targets))
        counted, loose = strata(encoders[first].classes_, targets[first])
        kept, held_out = split_rows(counted, texts, share=asked.test_share, seed=asked.seed, loose=loose)
    return learnable(kept, held_out, targets.values(), texts)


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
    values = recipe.read(columns.input_values(data))
    texts = list(recipe.text_columns(values))
    told = texts if len(texts) == 1 else []  # of a text alone, empty ones are a warning
    others = {columns.inputs[name]: own for name, own in values.items() if name not in told}
    empty = {column: sum(one in (None, "") for one in own) for column, own in others.items()}
    if missing := [f"{column!r} in {plural(count, 'row')}" for column, count in empty.items() if count]:
        progress.say(f"missing, and read as such: {', '.join(missing)}")
    for output, column in columns.outputs.items():
        encoder = recipe.output_of(output).encoder()
        labels = [encoder.names(row) for row in data.column(column) if encoder.has_label(row)]
        names, counts = np.unique([name for row in labels for name in row], return_counts=True)
        order = np.argsort(-counts, kind="stable")
        first = [(told_apart(str(names[i])), counts[i]) for i in order[:12]]
        shown = ", ".join(f"{name} {count:,} ({count / len(labels):.0%})" for name, count in first)
        more = f" and {len(names) - 12} more" if len(names) > 12 else ""
        progress.say(
            f"{plural(len(labels), 'row')}, {plural(len(names), 'label')} in the column {column!r}: {shown}{more}"
        )
    for warning in warnings_of(_part(data, columns, recipe)):
        progress.say(f"note: {warning}")
    watched = f" ({asked.validation_share:.0%} of them for validation)" if asked.validation_share else ""
    if validation is not None:
        watched = f", {plural(len(validation), 'row')} of {validation.source} for validation"
    if not len(unseen):
        held = "none held out for the score"
    elif len(learning) == len(data):
        held = f"{plural(len(unseen), 'row')} of {unseen.source} for the score"
    else:
        how = "equal texts kept on one side" if asked.split == "leak_free" else "split at random"
        held = f"{len(unseen):,} held out for the score ({how})"
    progress.say(f"{plural(len(learning), 'row')} for training{watched}, {held}")


def _part(data: Dataset, columns: Columns, recipe: Recipe) -> Part:
    """The rows as checks look at them."""
    encoders = {column: recipe.output_of(name).encoder() for name, column in columns.outputs.items()}
    separators = {column: one.separator or "" for column, one in encoders.items() if isinstance(one, MultiLabelEncoder)}
    texts = tuple(recipe.text_columns(columns.inputs).values())
    return Part(data.source, data, texts, tuple(columns.outputs.values()), separators=separators)


def say_chosen(reasons: Mapping[str, str], progress: Progress, *, explain: bool) -> None:
    """Say what the rules of the recipe chose: all, or only what is not usual."""
    if shown := {name: why for name, why in reasons.items() if explain or not why.endswith("(the usual)")}:
        progress.say(f"chosen for these rows: {', '.join(f'{name} {why}' for name, why in shown.items())}")
