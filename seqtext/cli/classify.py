"""``seqtext classify``: a file of texts in, the same rows with labels out."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtext.cli.options import file_options, model_option, open_model
from seqtext.errors import DataError

if TYPE_CHECKING:
    import numpy as np

    from seqtext.bundle import Bundle
    from seqtext.dataset import Dataset


@click.command()
@click.argument("file")
@model_option
@click.option(
    "-o",
    "--output",
    default="-",
    metavar="FILE",
    help="Where the result goes; its suffix chooses the format. Default: standard output.",
)
@click.option(
    "--format",
    "out_format",
    metavar="NAME",
    help="csv, tsv, jsonl or parquet. Default: from -o, else csv (jsonl for jsonl).",
)
@click.option(
    "--input-format",
    metavar="NAME",
    help="txt, csv, tsv, jsonl or parquet, where the name of FILE does not tell.",
)
@click.option(
    "--text",
    multiple=True,
    metavar="COL",
    help="Column with the text. Default: that of the training file, else 'text'.",
)
@click.option("--proba", is_flag=True, help="Add a column with the probability of every label.")
@click.option(
    "--top-k",
    type=click.IntRange(min=1),
    metavar="K",
    help="Add the K most probable labels and their probabilities.",
)
@file_options
def classify(file: str, folder: Path | None, output: str, out_format: str | None, **options: Any) -> None:
    """
    Label every row of FILE: txt (a text per line), csv, tsv, jsonl, parquet, compressed or not; '-' is standard input.

    Writes the columns of FILE and, for each row in the same order, its label and the probability of that label.
    Reads and writes piece by piece, so the file may be larger than memory.

    \b
        seqtext classify tweets.csv -o labelled.csv
        echo 'what a film' | seqtext classify -
    """
    from seqtext.dataset import format_of, iter_chunks, open_writer

    model = open_model(folder)
    input_format = options["input_format"]
    chunks = iter_chunks(file, format=input_format, delimiter=options["delimiter"], encoding=options["encoding"])
    out_format = out_format or (_default_format(format_of(file, input_format)[0]) if output == "-" else None)
    if output == "-" and out_format == "parquet" and sys.stdout.isatty():
        raise click.UsageError("parquet is not for the screen; give a file with -o")
    rows = 0
    with open_writer(output, out_format) as writer:
        for chunk in chunks:
            writer.write(labelled(model, chunk, options["text"], proba=options["proba"], top_k=options["top_k"]))
            rows += len(chunk)
    if output != "-":
        click.echo(f"wrote {output}: {rows:,} rows labelled by {model.folder} ({model.summary})", err=True)


def _default_format(input_format: str) -> str:
    return "jsonl" if input_format == "jsonl" else "csv"


def labelled(
    model: "Bundle", rows: "Dataset", text: tuple[str, ...], *, proba: bool, top_k: int | None
) -> dict[str, Any]:
    """The columns of ``rows`` and behind them those of the answers."""
    answers = model.predict_proba(text_columns(model, rows, text))
    answers = answers if isinstance(answers, dict) else {model.spec.outputs[0].name: answers}
    columns: dict[str, Any] = dict(rows.columns)
    for name, probabilities in answers.items():
        single = len(answers) == 1
        heading = ("label", "score") if single else (name, f"{name}_score")
        for column, values in answer_columns(model, name, probabilities, heading, proba=proba, top_k=top_k):
            columns[column if column not in columns else f"predicted_{column}"] = values
    return columns


def answer_columns(
    model: "Bundle",
    output: str,
    probabilities: "np.ndarray",
    heading: tuple[str, str],
    *,
    proba: bool,
    top_k: int | None,
) -> Iterator[tuple[str, list[Any]]]:
    """Names and values of the columns that tell one output."""
    names = model.labels[output]
    order = (-probabilities).argsort(axis=1, kind="stable")
    for rank in range(min(top_k or 1, len(names))):
        chosen = order[:, rank]
        suffix = "" if rank == 0 else f"_{rank + 1}"
        yield heading[0] + suffix, [names[i] for i in chosen]
        yield heading[1] + suffix, [_rounded(row[i]) for row, i in zip(probabilities, chosen, strict=True)]
    if proba:
        prefix = "proba_" if heading[0] == "label" else f"{output}_proba_"
        for i, label in enumerate(names):
            yield prefix + label, [_rounded(value) for value in probabilities[:, i]]


def _rounded(probability: float) -> float:
    return round(float(probability), 4)


def text_columns(model: "Bundle", rows: "Dataset", text: tuple[str, ...]) -> dict[str, Any]:
    """Texts by input name: from the columns named by the user, else as in training, else the column 'text'."""
    inputs = [one.name for one in model.spec.inputs]
    if text and len(text) != len(inputs):
        raise DataError(
            f"the model reads {len(inputs)} text(s) ({', '.join(inputs)}), but --text was given {len(text)} time(s)"
        )
    wanted = (
        dict(zip(inputs, text, strict=True))
        if text
        else {name: model.manifest.columns.get(name, name) for name in inputs}
    )
    if not text and len(inputs) == 1 and wanted[inputs[0]] not in rows.names:
        wanted[inputs[0]] = "text" if "text" in rows.names else wanted[inputs[0]]
    return {name: rows.column(column) for name, column in wanted.items()}
