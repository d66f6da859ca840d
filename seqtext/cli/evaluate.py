"""``seqtext evaluate``: how a trained model does on a labelled file."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtext.cli.answers import Answers, free_prefix, say_prefix
from seqtext.cli.options import (
    file_options,
    hint_at_terminal,
    how_to_read,
    input_columns,
    label_columns,
    memory_option,
    model_option,
    open_model,
    say,
)
from seqtext.errors import DataError, UnknownLabelError, in_file, listed, plural

if TYPE_CHECKING:
    import numpy as np

    from seqtext.data.dataset import Dataset
    from seqtext.evaluation import AnyScores
    from seqtext.model import TrainedModel
    from seqtext.preprocess.labels import Encoder


@click.command(short_help="Score a trained model on a labelled file.")
@click.argument("file")
@model_option
@click.option(
    "--text",
    multiple=True,
    metavar="COL",
    help="Column with the text. Default: that of the training file, else 'text'.",
)
@click.option(
    "--label",
    multiple=True,
    metavar="COL",
    help="Column with the true label, one per output, or of some by their names. Default: as in training.",
)
@click.option(
    "--rename",
    multiple=True,
    metavar="OLD=NEW",
    help="Read the label OLD of the file as NEW, e.g. 1=positive.",
)
@click.option("--known-labels", is_flag=True, help="Leave out rows with labels that the model does not know.")
@click.option(
    "--mistakes",
    default=5,
    show_default=True,
    type=click.IntRange(min=0),
    metavar="N",
    help="How many of the surest mistakes to show.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the scores, and the mistakes, as JSON.")
@click.option(
    "-o",
    "--output",
    "scored",
    metavar="FILE",
    help="Write every row with what the model said, how sure it was of that, and whether it is right.",
)
@file_options
@memory_option
def evaluate(
    file: str,
    folder: Path | None,
    text: tuple[str, ...],
    label: tuple[str, ...],
    rename: tuple[str, ...],
    known_labels: bool,
    mistakes: int,
    as_json: bool,
    scored: str | None,
    **options: Any,
) -> None:
    """
    Score a trained model on the labelled rows of FILE.

    Prints accuracy, macro-F1, a table per class, the confusion matrix, how sure it was and how often right, and
    the mistakes that the model was surest of.

    \b
        seqtext evaluate held_out.csv -m models/sentiment
    """
    from seqtext.cli.screen import echo_json
    from seqtext.evaluation import calibration_error, in_short
    from seqtext.models.heads import labelled

    renamed = renames(rename)
    model = open_model(folder)
    hint_at_terminal(file)
    rows, texts, truths = read_labelled(model, file, text, label, renamed, options, known_labels=known_labels)
    with in_file(rows.source):
        has_seen = model.has_seen(texts)
        answers = model.probabilities(texts)
    say_seen(has_seen)
    results: dict[str, Any] = {}
    written: Answers = {}
    shown = [" | ".join(filter(None, row)) for row in zip(*texts.values(), strict=True)]
    heads = {head.name: head for head in model.spec.outputs}
    for number, (output, truth) in enumerate(truths.items()):
        head, labels = heads[output], model.label_names[output]
        name = model.columns[output]
        known, predicted = labelled(truth), head.decode(answers[output])
        scores = head.scores(truth[known], predicted[known], labels)
        sure = _decisions(head, truth[known], answers[output][known])
        given = Given(head, answers[output], truth, labels)
        wrong = given.surest_mistakes(shown, mistakes)
        results[name] = {**scores.to_dict(), "calibration_error": calibration_error(*sure), "mistakes": wrong}
        written |= given.columns(f"{name}_" if len(heads) > 1 else "")
        is_new = known & ~has_seen
        if has_seen.any():
            results[name]["rows_seen_in_training"] = int((known & has_seen).sum())
        if as_json:
            continue
        if len(heads) > 1:
            click.echo(f"{chr(10) if number else ''}{name}\n{'=' * len(name)}")
        click.echo(f"{model.folder}: {summary(scores, rows.source, int((~known).sum()), known_labels=known_labels)}")
        if is_new.any() and has_seen.any():
            on_new = head.scores(truth[is_new], predicted[is_new], labels)
            click.echo(f"on new texts only: {in_short(on_new)} on {plural(on_new.rows, 'row')}")
        _show(head, scores, sure, wrong)
    if as_json:
        echo_json(results if len(heads) > 1 else next(iter(results.values())))
    if scored:
        _write(scored, rows, written)


def _write(path: str, rows: "Dataset", found: Answers) -> None:
    """Write the rows, and beside them what was found, under names that no column of theirs has."""
    from seqtext.data.writing import open_writer

    if prefix := free_prefix(list(found), rows.names):
        say_prefix(rows.source, prefix, list(found), rows.names)
    with open_writer(path) as writer:
        writer.write({**rows.columns, **{prefix + name: values for name, values in found.items()}})
    say(f"wrote {plural(len(rows), 'row')} to {path}")


def _scored(model: "TrainedModel", rows: "Dataset", chosen: tuple[str, ...]) -> dict[str, str]:
    """The column of each output that can be scored: the ``chosen`` ones, or those in which some row has a label."""
    columns = label_columns([head.name for head in model.spec.outputs], model.columns, rows, chosen)
    has_label = {name: any(map(model.labels[name].has_label, rows.column(column))) for name, column in columns.items()}
    if chosen or not any(has_label.values()):
        return columns
    for name, column in columns.items():
        if not has_label[name]:
            say(f"{column!r} is not scored: no row of {rows.source} has a label in the column {column!r}")
    return {name: column for name, column in columns.items() if has_label[name]}


def _show(head: Any, scores: "AnyScores", sure: "tuple[np.ndarray, np.ndarray]", wrong: list[dict[str, Any]]) -> None:
    """The tables of one output."""
    from seqtext.evaluation import coverage_table, reliability_table

    click.echo("\n" + "\n\n".join(scores.tables))
    click.echo(f"\nHow sure, and how often right\n\n{reliability_table(*sure)}")
    if head.is_exclusive:
        click.echo(f"\n{coverage_table(*sure)}")
    if wrong:
        click.echo(f"\nThe surest mistakes\n\n{mistakes_table(wrong)}")


def _decisions(head: Any, truth: "np.ndarray", answer: "np.ndarray") -> "tuple[np.ndarray, np.ndarray]":
    """What is right and the probabilities, with a row for each decision that is one label, or no and yes."""
    import numpy as np

    values, right = head.decisions(answer, truth)
    return right, values if values.shape[1] > 1 else np.concatenate([1 - values, values], axis=1)


def summary(scores: "AnyScores", source: str, skipped: int, *, known_labels: bool) -> str:
    """The scores in one line."""
    why = "" if known_labels else "without a label "
    left = f" ({skipped:,} {why}left out)" if skipped else ""
    from seqtext.evaluation import in_short

    return f"{in_short(scores)} on {plural(scores.rows, 'row')} of {source}{left}"


def read_labelled(
    model: "TrainedModel",
    file: str,
    text: tuple[str, ...],
    label: tuple[str, ...],
    renamed: dict[str, str],
    options: dict[str, Any],
    *,
    known_labels: bool = False,
) -> "tuple[Dataset, dict[str, list[Any]], dict[str, np.ndarray]]":
    """The rows of a file, what the model reads of them by input, and the right answers by output that can be scored."""
    from seqtext.data.dataset import read

    rows = read(file, **how_to_read(options))
    texts = {name: rows.column(column) for name, column in input_columns(model, rows, text).items()}
    columns = _scored(model, rows, label)
    truths = {
        name: targets_of(rows, column, model.labels[name], renamed, known_labels=known_labels)
        for name, column in columns.items()
    }
    return rows, texts, truths


def say_seen(has_seen: "np.ndarray") -> None:
    """Tell the user where scores flatter."""
    if has_seen.any():
        counted = f"{has_seen.sum():,} of these {plural(len(has_seen), 'text')}"
        say(f"the model has learned from {counted}: on new ones it may do worse")


def renames(pairs: tuple[str, ...]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise click.UsageError(f"--rename takes OLD=NEW, for example 1=positive; found {pair!r}")
    return {old: new for old, _, new in (pair.partition("=") for pair in pairs)}


def targets_of(
    rows: "Dataset", column: str, encoder: "Encoder", renamed: dict[str, str], *, known_labels: bool
) -> "np.ndarray":
    """What the encoder makes of the labels of the rows: -1, or a row of NaN, where they are missing."""
    known = encoder.classes_
    with in_file(rows.source, column):
        encoder.check(rows.column(column))
    named = [
        [renamed.get(name, name) for name in encoder.names(row)] if encoder.has_label(row) else None
        for row in rows.column(column)
    ]
    strange = sorted({label for row in named for label in row or ()} - set(known))
    if strange and known_labels:
        before, named = named, [row if row is not None and set(row) <= set(known) else None for row in named]
        left = sum(one is not None and other is None for one, other in zip(before, named, strict=True))
        say(f"left out {plural(left, 'row')} with {listed(strange, most=5)} in the column {column!r}")
    elif strange:
        few, verb = ("label", "is") if len(strange) == 1 else ("labels", "are")
        raise UnknownLabelError(
            f"the {few} {listed(strange, most=5)} in the column {column!r} of {rows.source} {verb} not in this model, "
            f"which knows {listed(known)}; read them as others with --rename OLD=NEW, leave them out with "
            "--known-labels, name another --label, or train again"
        )
    if all(row is None for row in named):
        raise DataError(f"no row of {rows.source} has a label in the column {column!r}; name another --label")
    return encoder.of_names(named)


@dataclass(frozen=True)
class Given:
    """What a model said of some rows in one output, beside the truth."""

    head: Any
    answer: "np.ndarray"
    truth: "np.ndarray"
    labels: list[str]

    def names(self, chosen: "np.ndarray") -> list[str]:
        """The labels of each row of a table of what it has, in a text."""
        return [", ".join(self.labels[i] for i in row.nonzero()[0]) for row in chosen]

    def tables(self) -> "tuple[np.ndarray, np.ndarray]":
        """Which labels the model gave to each row, and which it has: bool of shape (rows, labels)."""
        from seqtext.models.heads import belongs

        given, true = (belongs(one, len(self.labels)) for one in (self.head.decode(self.answer), self.truth))
        return given, true

    def columns(self, prefix: str) -> dict[str, list[Any]]:
        """What is written beside each row."""
        import numpy as np

        from seqtext.models.heads import labelled

        given, true = self.tables()
        is_right = (given == true).all(axis=1).tolist()
        right = [one if known else None for one, known in zip(is_right, labelled(self.truth).tolist(), strict=True)]
        score = np.where(given, self.answer, 1 - self.answer).min(axis=1)
        if self.head.is_exclusive:
            score = self.answer.max(axis=1)
        found = {"predicted": self.names(given), "score": score.astype(float).round(4).tolist(), "right": right}
        return {prefix + name: values for name, values in found.items()}

    def surest_mistakes(self, texts: list[str], most: int) -> list[dict[str, Any]]:
        """Return the wrong answers with the highest probabilities: row from 1, text, and what was said and is true."""
        import numpy as np

        from seqtext.models.heads import labelled

        given, true = self.tables()
        # How sure a row's worst decision is: of a label that is given and not true, or true and not given.
        sure = np.where(given & ~true, self.answer, 0.0).max(axis=1)
        if not self.head.is_exclusive:
            sure = np.maximum(sure, np.where(true & ~given, 1 - self.answer, 0.0).max(axis=1))
        is_wrong = labelled(self.truth) & (given != true).any(axis=1)
        wrong = [int(i) for i in (-sure).argsort(kind="stable") if is_wrong[i]][:most]
        said, known = self.names(given[wrong]), self.names(true[wrong])
        return [
            {"row": i + 1, "text": texts[i], "predicted": one, "true": other, "score": float(sure[i])}
            for i, one, other in zip(wrong, said, known, strict=True)
        ]


def mistakes_table(wrong: list[dict[str, Any]]) -> str:
    """The same as a table, a line each."""
    from seqtext.cli.screen import printable
    from seqtext.evaluation import table

    lines = [("predicted", "true", "row", "score")]
    lines += [(one["predicted"], one["true"], f"{one['row']:,}", f"{one['score']:.2f}") for one in wrong]
    shown = ["text", *(printable(one["text"]) for one in wrong)]
    return "\n".join(f"{line}  {text}" for line, text in zip(table(lines).splitlines(), shown, strict=True))
