"""``seqtext evaluate``: how a trained model does on a labelled file."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

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
    help="Column with the true label, one per output. Default: as in training.",
)
@click.option(
    "--rename",
    multiple=True,
    metavar="OLD=NEW",
    help="Read the label OLD of the file as NEW, e.g. 1=positive.",
)
@click.option(
    "--mistakes",
    default=5,
    show_default=True,
    type=click.IntRange(min=0),
    metavar="N",
    help="How many of the surest mistakes to show.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
@file_options
@memory_option
def evaluate(
    file: str,
    folder: Path | None,
    text: tuple[str, ...],
    label: tuple[str, ...],
    rename: tuple[str, ...],
    mistakes: int,
    as_json: bool,
    **options: Any,
) -> None:
    """
    Score a trained model on the labelled rows of FILE.

    Prints accuracy, macro-F1, a table per class, the confusion matrix, how sure it was and how often right, and
    the mistakes that the model was surest of.

    \b
        seqtext evaluate held_out.csv -m models/sentiment
    """
    from seqtext.data.dataset import read
    from seqtext.evaluation import calibration_error, coverage_table, in_short, reliability_table
    from seqtext.models.heads import labelled

    renamed = _renames(rename)
    model = open_model(folder)
    hint_at_terminal(file)
    rows = read(file, **how_to_read(options))
    texts = {name: rows.column(column) for name, column in input_columns(model, rows, text).items()}
    columns = label_columns([head.name for head in model.spec.outputs], model.columns, rows, label)
    truths = {output: targets_of(rows, column, model.labels[output], renamed) for output, column in columns.items()}
    with in_file(rows.source):
        has_seen = model.has_seen(texts)
        answers = model.probabilities(texts)
    if has_seen.any():
        counted = f"{has_seen.sum():,} of these {plural(len(rows), 'text')}"
        say(f"the model has learned from {counted}: on new ones it may do worse")
    results = {}
    for number, head in enumerate(model.spec.outputs):
        output, truth = head.name, truths[head.name]
        known, predicted = labelled(truth), head.decode(answers[head.name])
        scores = head.scores(truth[known], predicted[known], model.label_names[output])
        sure = _decisions(head, truth[known], answers[output][known])
        results[output] = {**scores.to_dict(), "calibration_error": calibration_error(*sure)}
        is_new = known & ~has_seen
        if has_seen.any():
            results[output]["rows_seen_in_training"] = int((known & has_seen).sum())
        if as_json:
            continue
        if len(columns) > 1:
            click.echo(f"{chr(10) if number else ''}{output}\n{'=' * len(output)}")
        click.echo(f"{model.folder}: {summary(scores, rows.source, int((~known).sum()))}")
        if is_new.any() and has_seen.any():
            on_new = head.scores(truth[is_new], predicted[is_new], model.label_names[output])
            click.echo(f"on new texts only: {in_short(on_new)} on {plural(on_new.rows, 'row')}")
        click.echo("")
        click.echo("\n\n".join(scores.tables))
        click.echo(f"\nHow sure, and how often right\n\n{reliability_table(*sure)}")
        if head.is_exclusive:
            click.echo(f"\n{coverage_table(*sure)}")
        shown = [" | ".join(filter(None, row)) for row in zip(*texts.values(), strict=True)]
        if wrong := surest_mistakes(head, answers[output], truth, model.label_names[output], shown, mistakes):
            click.echo(f"\nThe surest mistakes\n\n{wrong}")
    if as_json:
        from seqtext.cli.screen import echo_json

        echo_json(results if len(results) > 1 else next(iter(results.values())))


def _decisions(head: Any, truth: "np.ndarray", answer: "np.ndarray") -> "tuple[np.ndarray, np.ndarray]":
    """What is right and the probabilities, with a row for each decision that is one label, or no and yes."""
    import numpy as np

    values, right = head.decisions(answer, truth)
    return right, values if values.shape[1] > 1 else np.concatenate([1 - values, values], axis=1)


def summary(scores: "AnyScores", source: str, unlabelled: int) -> str:
    """The scores in one line."""
    skipped = f" ({unlabelled:,} without a label left out)" if unlabelled else ""
    from seqtext.evaluation import in_short

    return f"{in_short(scores)} on {plural(scores.rows, 'row')} of {source}{skipped}"


def _renames(pairs: tuple[str, ...]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise click.UsageError(f"--rename takes OLD=NEW, for example 1=positive; found {pair!r}")
    return {old: new for old, _, new in (pair.partition("=") for pair in pairs)}


def targets_of(rows: "Dataset", column: str, encoder: "Encoder", renamed: dict[str, str]) -> "np.ndarray":
    """What the encoder makes of the labels of the rows: -1, or a row of NaN, where they are missing."""
    known = encoder.classes_
    with in_file(rows.source, column):
        encoder.check(rows.column(column))
    named = [
        [renamed.get(name, name) for name in encoder.names(row)] if encoder.has_label(row) else None
        for row in rows.column(column)
    ]
    if strange := sorted({label for row in named for label in row or ()} - set(known)):
        few, verb = ("label", "is") if len(strange) == 1 else ("labels", "are")
        raise UnknownLabelError(
            f"the {few} {listed(strange, most=5)} in the column {column!r} of {rows.source} {verb} not in this model, "
            f"which knows {listed(known)}; read them as others with --rename OLD=NEW, name another --label, or train "
            "again"
        )
    if all(row is None for row in named):
        raise DataError(f"no row of {rows.source} has a label in the column {column!r}; name another --label")
    return encoder.of_names(named)


def surest_mistakes(
    head: Any, answer: "np.ndarray", truth: "np.ndarray", labels: list[str], texts: list[str], most: int
) -> str:
    """A table of the wrong answers with the highest probabilities; empty if there are none to show."""
    import numpy as np

    from seqtext.cli.screen import printable
    from seqtext.evaluation import table
    from seqtext.models.heads import belongs, labelled

    given, true = (belongs(one, len(labels)) for one in (head.decode(answer), truth))
    # How sure a row's worst decision is: of a label that is given and not true, or true and not given.
    sure = np.where(given & ~true, answer, 0.0).max(axis=1)
    if not head.is_exclusive:
        sure = np.maximum(sure, np.where(true & ~given, 1 - answer, 0.0).max(axis=1))
    is_wrong = labelled(truth) & (given != true).any(axis=1)
    wrong = [i for i in (-sure).argsort(kind="stable") if is_wrong[i]][:most]
    if not wrong:
        return ""
    names = np.array(labels, dtype=object)
    lines = [("predicted", "true", "row", "score")]
    lines += [(", ".join(names[given[i]]), ", ".join(names[true[i]]), f"{i + 1:,}", f"{sure[i]:.2f}") for i in wrong]
    shown = ["text", *(printable(texts[i]) for i in wrong)]
    return "\n".join(f"{line}  {text}" for line, text in zip(table(lines).splitlines(), shown, strict=True))
