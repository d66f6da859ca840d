"""``seqtext explain``: what a pipeline does to one text, or to the texts of a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtext.cli.options import (
    file_options,
    hint_at_terminal,
    how_to_read,
    memory_option,
    open_model,
    say,
    text_column,
    text_columns,
    wrong_call,
)
from seqtext.errors import DataError

if TYPE_CHECKING:
    from seqtext.data.dataset import Dataset
    from seqtext.model import TrainedModel
    from seqtext.preprocess import TextPipeline

# The options that make a pipeline, by TextPipeline's names; a model has its own.
PIPELINE_OPTIONS = ("clean", "tokens", "num_words", "min_count", "max_length", "truncating")


@click.command(short_help="Show what becomes of a text before a model reads it.")
@click.argument("text", required=False)
@click.option(
    "-m",
    "--model",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Use the pipeline of this trained model, instead of the options below.",
)
@click.option(
    "--clean",
    metavar="STEPS",
    help="Cleaning steps or profiles, separated by commas. Default: lowercase.",
)
@click.option("--tokens", metavar="NAME", help="Splitter: words, tweets, whitespace, chars or keras. Default: words.")
@click.option("--num-words", type=int, metavar="N", help="Size of the vocabulary. Default: 20000.")
@click.option("--min-count", type=int, metavar="N", help="Rarer words are unknown. Default: 1.")
@click.option("--max-length", type=int, metavar="N", help="Cut texts to this many tokens. Default: no limit.")
@click.option("--truncating", metavar="SIDE", help="The side that is cut off: post, pre or middle. Default: post.")
@click.option("--file", metavar="FILE", help="Report on all texts of a file instead of one TEXT.")
@click.option("--text", "columns", multiple=True, metavar="COL", help="Column of FILE with the text.")
@click.option("--lengths", metavar="N,N", help="Lengths at which to tell what would be cut from the texts of FILE.")
@click.option(
    "--top", type=click.IntRange(min=0), default=20, show_default=True, help="How many unknown words of FILE to list."
)
@click.option(
    "--plot", type=click.Path(path_type=Path), metavar="OUT", help="Draw the lengths of FILE's texts: OUT.png."
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@file_options
@memory_option
def explain(text: str | None, file: str | None, folder: Path | None, as_json: bool, **options: Any) -> None:
    """
    Show what becomes of TEXT before a model reads it; '-' reads it from standard input.

    Prints the text after each cleaning step that changes it, its tokens and, with -m, their ids; unknown words are
    marked with '?'. With --file: what share of the texts each step changes or empties, how long they are, what is
    lost at several lengths, and which words are unknown: to the model, or, without one, in every fifth text after
    learning the words of the others.

    \b
        seqtext explain 'RT @jo: SOOO good!!! http://t.co/x' --clean tweets
        seqtext explain 'so good' -m models/sentiment
        seqtext explain --file tweets.csv --clean tweets
    """
    _check_usage(text, file, folder, options)
    lengths = _lengths(options["lengths"])
    model = open_model(folder) if folder else None
    pipelines = _pipelines(model) if model else {"text": _pipeline(options)}
    if file is None:
        given = _given_text(text or "", options["encoding"])
        _show({name: pipeline.explain(given) for name, pipeline in pipelines.items()}, as_json)
        return
    texts = _texts(file, model, options)
    reports = {
        name: pipelines[name if model else "text"].report(column, lengths=lengths, top=options["top"])
        for name, column in texts.items()
        if not model or name in pipelines
    }
    if options["plot"]:
        _plot(reports, options["plot"])
    _show(reports, as_json)


def _check_usage(text: str | None, file: str | None, folder: Path | None, options: dict[str, Any]) -> None:
    if (text is None) == (file is None):
        raise click.UsageError("give either a TEXT or --file FILE")
    if file is None:
        for name, option in (("columns", "--text"), ("lengths", "--lengths"), ("plot", "--plot")):
            if options[name]:
                raise click.UsageError(f"{option} belongs to a file; add --file FILE")
    chosen = [name for name in PIPELINE_OPTIONS if options[name] is not None]
    if folder and chosen:
        raise click.UsageError(f"-m brings a pipeline of its own; leave out --{chosen[0].replace('_', '-')}")


def _pipelines(model: "TrainedModel") -> "dict[str, TextPipeline]":
    """What prepares each text of a model; its other inputs have nothing to explain."""
    return {name: one for name, one in model.preparers.items() if hasattr(one, "explain")}


def _pipeline(options: dict[str, Any]) -> "TextPipeline":
    from seqtext.preprocess import TextPipeline

    chosen = {name: options[name] for name in PIPELINE_OPTIONS if options[name] is not None}
    if "clean" in chosen:
        chosen["clean"] = [step.strip() for step in chosen["clean"].split(",") if step.strip()]
    pipeline = TextPipeline(**chosen)
    with wrong_call():
        pipeline.check_options()
    return pipeline


def _lengths(listed: str | None) -> list[int] | None:
    if listed is None:
        return None
    parts = [part.strip() for part in listed.split(",")]
    if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= 10**9 for part in parts):
        raise click.UsageError(f"--lengths takes numbers, for example 100,200; found {listed!r}")
    return sorted({int(part) for part in parts})


def _given_text(text: str, encoding: str) -> str:
    if text != "-":
        return text
    import sys

    from seqtext.data.files import check_encoding

    check_encoding(encoding)
    if sys.stdin.isatty():
        say("reading one text from the terminal; end with Ctrl-D")
    try:
        return sys.stdin.buffer.read().decode(encoding).removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise DataError(f"the text on standard input is not {encoding}; say what it is with --encoding") from error


def _texts(file: str, model: "TrainedModel | None", options: dict[str, Any]) -> dict[str, list[str | None]]:
    """The texts to report on: by the inputs of the model, or else by the names of their columns."""
    from seqtext.data.dataset import read

    hint_at_terminal(file)
    rows: Dataset = read(file, **how_to_read(options))
    if model:
        only = rows.names if len(rows.names) == 1 else []
        columns = text_columns(model, rows, options["columns"], likely=("text", *only))
    else:
        columns = {name: name for name in options["columns"] or (text_column(rows),)}
    return {name: rows.column(column) for name, column in columns.items()}


def _show(found: dict[str, Any], as_json: bool) -> None:
    """One explanation or report as it is; several by the names of the inputs."""
    if as_json:
        from dataclasses import asdict

        from seqtext.cli.screen import echo_json

        plain = {name: asdict(one) for name, one in found.items()}
        echo_json(plain if len(plain) > 1 else next(iter(plain.values())))
        return
    for number, (name, one) in enumerate(found.items()):
        if len(found) > 1:
            click.echo(f"{chr(10) if number else ''}== {name} ==")
        click.echo(str(one))


def _plot(reports: dict[str, Any], path: Path) -> None:
    from seqtext.preprocess.report import plot_lengths

    for name, found in reports.items():
        picture = path if len(reports) == 1 else path.with_stem(f"{path.stem}-{name}")
        plot_lengths(found, picture)
        say(f"wrote {picture}")
