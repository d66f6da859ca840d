"""``seqtext evaluate``: how a trained model does on a labelled file."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtext.cli.options import file_options, model_option, open_model
from seqtext.errors import DataError

if TYPE_CHECKING:
    import numpy as np

    from seqtext.dataset import Dataset


@click.command()
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
    help="How many of the surest mistakes to show.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
@file_options
def evaluate(file: str, folder: Path | None, as_json: bool, mistakes: int, **options: Any) -> None:
    """
    Score a trained model on the labelled rows of FILE.

    Prints accuracy, macro-F1, a table per class, the confusion matrix and the mistakes that the model was surest of.

    \b
        seqtext evaluate held_out.csv -m models/sentiment
    """
    from seqtext.cli.classify import text_columns
    from seqtext.dataset import read
    from seqtext.evaluation import score

    model = open_model(folder)
    rows = read(file, delimiter=options["delimiter"], encoding=options["encoding"])
    answers = model.predict_proba(text_columns(model, rows, options["text"]))
    answers = answers if isinstance(answers, dict) else {model.spec.outputs[0].name: answers}
    columns = _label_columns(list(answers), model.manifest.columns, options["label"], rows)
    result = {}
    for output, column in columns.items():
        truth = _indices(rows, column, model.labels[output], dict(_renames(options["rename"])))
        known = truth >= 0
        if not known.any():
            raise DataError(f"no row of {rows.source} has a label in {column!r}, so there is nothing to score")
        scores = score(truth[known], answers[output].argmax(axis=1)[known], model.labels[output])
        result[output] = scores.to_dict()
        if not as_json:
            _show(
                output if len(columns) > 1 else "",
                rows,
                model,
                truth,
                answers[output],
                scores,
                mistakes,
                options["text"],
            )
    if as_json:
        import json

        click.echo(json.dumps(result if len(result) > 1 else next(iter(result.values()))))


def _label_columns(
    outputs: list[str], trained: dict[str, str], chosen: tuple[str, ...], rows: "Dataset"
) -> dict[str, str]:
    if chosen and len(chosen) != len(outputs):
        raise DataError(
            f"the model gives {len(outputs)} answers ({', '.join(outputs)}), but --label names {len(chosen)}; name one each"
        )
    wanted = dict(zip(outputs, chosen, strict=True)) if chosen else {name: trained.get(name, name) for name in outputs}
    for column in wanted.values():
        if column not in rows.names:
            raise DataError(
                f"{rows.source} has no column {column!r} with the true labels, only {', '.join(rows.names)}; "
                "name it with --label"
            )
    return wanted


def _renames(pairs: tuple[str, ...]) -> list[tuple[str, str]]:
    for pair in pairs:
        if "=" not in pair:
            raise click.UsageError(f"--rename takes OLD=NEW, found {pair!r}")
    return [(pair.partition("=")[0], pair.partition("=")[2]) for pair in pairs]


def _indices(rows: "Dataset", column: str, labels: tuple[str, ...], renamed: dict[str, str]) -> "np.ndarray":
    """Label indices of the rows, -1 where the label is missing."""
    import numpy as np

    index = {label: i for i, label in enumerate(labels)}
    named = [renamed.get(label, label) if label else None for label in rows.column(column)]
    if strange := sorted({label for label in named if label is not None and label not in index}):
        shown = ", ".join(repr(label) for label in strange[:5])
        raise DataError(
            f"labels {shown} in {column!r} are not in this model, which knows {', '.join(map(repr, labels))}; "
            "map them with --rename OLD=NEW, or train again"
        )
    return np.array([-1 if label is None else index[label] for label in named])


def _show(
    output: str,
    rows: "Dataset",
    model: Any,
    truth: Any,
    answer: Any,
    scores: Any,
    mistakes: int,
    text: tuple[str, ...],
) -> None:
    from seqtext.cli.classify import text_columns
    from seqtext.evaluation import class_table, confusion_table

    if output:
        click.echo(f"{output}\n{'=' * len(output)}")
    skipped = int((truth < 0).sum())
    missing = f" ({skipped:,} rows without a label left out)" if skipped else ""
    click.echo(
        f"accuracy {scores.accuracy:.3f}, macro-F1 {scores.macro_f1:.3f} "
        f"on {scores.rows:,} rows of {rows.source}{missing}\n"
    )
    click.echo(f"{class_table(scores)}\n\n{confusion_table(scores)}")
    called, sure = answer.argmax(axis=1), answer.max(axis=1)
    wrong = [i for i in (-sure).argsort(kind="stable") if truth[i] >= 0 and called[i] != truth[i]]
    if not wrong or not mistakes:
        return
    click.echo("\nthe surest mistakes (row, probability, answer, truth, text)")
    texts = next(iter(text_columns(model, rows, text).values()))
    names = scores.labels
    for i in wrong[:mistakes]:
        shown = " ".join((texts[i] or "").split())
        click.echo(
            f"  {i + 1}  {sure[i]:.2f}  {names[called[i]]}, not {names[truth[i]]}: "
            f"{shown[:100]}{'…' if len(shown) > 100 else ''}"
        )
