"""``seqtext classify``: a file of texts in, the same rows with labels out."""

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtext.cli.group import STOPPED
from seqtext.cli.options import (
    WRITTEN_FORMATS,
    file_options,
    hint_at_terminal,
    how_to_read,
    input_columns,
    model_option,
    models,
    open_model,
    say,
)
from seqtext.errors import DataError, in_file, plural, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from seqtext.data.dataset import Dataset
    from seqtext.model import TrainedModel

Answers = dict[str, list[Any]]


@click.command(short_help="Label every row of a file.")
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
    "output_format",
    metavar="NAME",
    help=f"Format of the result: {WRITTEN_FORMATS}. Default: from -o, else csv (jsonl for jsonl).",
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
    default=1,
    metavar="K",
    help="Add the K most probable labels and their probabilities.",
)
@click.option(
    "--min-score",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="P",
    help="Leave the label empty where its probability is below P; 'seqtext evaluate' shows what that buys.",
)
@click.option("--else", "otherwise", default="", metavar="NAME", help="With --min-score: what to write instead.")
@click.option(
    "--diagnose",
    is_flag=True,
    help="Add how many tokens a text has, the share of them that the model does not know, and how many are cut.",
)
@file_options
@click.pass_context
def classify(
    ctx: click.Context,
    file: str,
    folder: Path | None,
    output: str,
    output_format: str | None,
    text: tuple[str, ...],
    proba: bool,
    top_k: int,
    min_score: float,
    otherwise: str,
    diagnose: bool,
    **options: Any,
) -> None:
    """
    Label every row of FILE: csv, txt (a text per line) or what else --input-format names, also compressed (.gz,
    .xz, .zst), a folder of .txt files, or '-' for standard input.

    Writes the columns of FILE and, for each row in the same order, its label and the probability of that label
    (the columns 'label' and 'score'). Of a model that gives any number of labels, all of them, and the smallest of
    their probabilities; where it gives none, how sure it is of that. Reads and writes piece by piece, so the file
    may be larger than memory.

    \b
        seqtext classify tweets.csv -o labelled.csv
        echo 'what a film' | seqtext classify -
    """
    from seqtext.data.dataset import iter_chunks
    from seqtext.data.formats import format_of
    from seqtext.data.writing import open_writer
    from seqtext.terminal import StatusLine
    from seqtext.training.interrupts import hold_interrupts

    _check_file(file, output)
    model = open_model(folder)
    to_screen = output == "-" and sys.stdout is not None and sys.stdout.isatty()
    if output == "-" and output_format is None:
        output_format = "jsonl" if _is_jsonl(file, options["input_format"]) else "csv"
    if to_screen and output_format == "parquet":
        raise click.UsageError("parquet is not for the screen; give a file with -o")
    hint_at_terminal(file)
    is_new = not os.path.exists(output)
    model.start()  # before the output is opened: a graph that cannot run, or Ctrl-C meanwhile, leaves no file
    rows = empty = 0
    is_stopped = False
    with StatusLine() as status, open_writer(output, output_format) as writer:
        lists = format_of(output, output_format, "--format")[0] == "jsonl"
        wanted = Wanted(proba, top_k, min_score, otherwise, diagnose, lists)
        try:
            for labelled, without_text in _labelled(model, iter_chunks(file, **how_to_read(options)), text, wanted):
                with hold_interrupts():
                    writer.write(labelled)
                    rows, empty = rows + len(labelled), empty + without_text
                if not to_screen:
                    status.show(_progress(rows, status.seconds, labelled.share))
        except KeyboardInterrupt:
            # Hours of work are worth keeping, but not worth an older result, which may be whole.
            is_stopped = output != "-" and is_new and rows > 0
            if not is_stopped:
                raise
    if empty:
        say(f"{plural(empty, 'row')} of {rows:,} without any text: the label is what the model says of an empty text")
    if output == "-" and folder is None and len(models()) > 1:
        say(f"labelled by {model.folder}, the model trained last; choose another with -m")
    if is_stopped:
        say(f"stopped: {output} has the first {plural(rows, 'row')} of {file}")
        ctx.exit(STOPPED)
    if output != "-":
        verb = "wrote" if is_new else "replaced"
        say(f"{verb} {output}: {plural(rows, 'row')} labelled by {model.folder} ({model.summary})")


def _check_file(file: str, output: str) -> None:
    """DataError where FILE is a text and no file, or is to be read and written at once."""
    if file != "-" and not os.path.exists(file) and (" " in file.strip() or not Path(file).suffix) and file:
        raise DataError(
            f"there is no file {shortened(file)!r}; if that is a text, write: echo {shortened(shlex.quote(file))} | "
            "seqtext classify -"
        )
    if os.path.exists(output) and os.path.exists(file) and os.path.samefile(file, output):
        raise DataError(
            f"{output} is the file that is read; give another -o, and replace it when you have seen the result"
        )


def _progress(rows: int, seconds: float, share: float | None) -> str:
    """
    Return how far the work is, and how long it will take where that can be told.

    >>> _progress(1000, 10.0, 0.25)
    '1,000 rows, 100 a second, 0:30 left'
    """
    from seqtext.terminal import clock

    left = f", {clock(seconds / share - seconds)} left" if share else ""
    return f"{rows:,} rows, {rows / seconds:,.0f} a second{left}"


def _is_jsonl(file: str, input_format: str | None) -> bool:
    from seqtext.data.formats import format_of

    if input_format is None and file != "-" and Path(file).is_dir():
        return False
    return format_of(file, input_format)[0] == "jsonl"


@dataclass(frozen=True)
class Wanted:
    """
    What is to be written of each answer.

    Parameters
    ----------
    proba
        The probability of every label.
    top_k
        How many labels, the most probable first.
    min_score, otherwise
        The probability below which ``otherwise`` is written in place of a label.
    diagnose
        How well the model can read each text.
    lists
        Whether several labels of a text are a list, and not one text with the separator in it.
    """

    proba: bool = False
    top_k: int = 1
    min_score: float = 0.0
    otherwise: str = ""
    diagnose: bool = False
    lists: bool = False


def _labelled(
    model: "TrainedModel", chunks: "Iterator[Dataset]", text: tuple[str, ...], wanted: Wanted
) -> "Iterator[tuple[Dataset, int]]":
    """
    The rows with their answers, and how many have no text at all.

    Which columns are read and written is decided, and said, on the first of them.
    """
    from seqtext.data.dataset import Dataset

    columns: dict[str, str] = {}
    prefix, before = "", 0
    for number, chunk in enumerate(chunks):
        if number == 0:
            only = chunk.names if len(chunk.names) == 1 else []
            columns = input_columns(model, chunk, text, likely=("text", *only))
        values = {name: chunk.column(column) for name, column in columns.items()}
        with in_file(chunk.source, after=before):
            found = answers(model, values, wanted)
        before += len(chunk)
        if number == 0 and (prefix := free_prefix(list(found), chunk.names)):
            _say_prefix(chunk.source, prefix, list(found), chunk.names)
        texts = [values[one.name] for one in model.spec.inputs if one.kind == "text"]
        empty = sum(not any(text and not text.isspace() for text in row) for row in zip(*texts, strict=True))
        yield Dataset({**chunk.columns, **_renamed(found, prefix, chunk.names)}, chunk.source, chunk.share), empty


def answers(model: "TrainedModel", texts: dict[str, Any], wanted: Wanted) -> Answers:
    """The columns that tell what the model says of ``texts``: label and score for each output, and what was asked."""
    by_output = model.probabilities(texts)
    found: Answers = {}
    for head in model.spec.outputs:
        name, probabilities, labels = head.name, by_output[head.name], model.label_names[head.name]
        label, below = (name, f"{name}_") if len(by_output) > 1 else ("label", "")
        if not head.is_exclusive:
            separator = model.recipe.output_of(name).separator or ","
            found |= _sets(probabilities, labels, label, below, wanted, separator)
        found |= _columns(probabilities, labels, label, below, wanted, ranks_alone=not head.is_exclusive)
    for part in model.spec.inputs if wanted.diagnose else ():
        if hasattr(preparer := model.preparers[part.name], "diagnose"):
            before = f"{part.name}_" if len(model.spec.inputs) > 1 else ""
            found |= {f"{before}{what}": values for what, values in preparer.diagnose(texts[part.name]).items()}
    return found


def _sets(
    probabilities: "np.ndarray", labels: list[str], label: str, below: str, wanted: Wanted, separator: str
) -> Answers:
    """Labels of which a row may have several, in one cell, and the smallest of their probabilities."""
    import numpy as np

    given = probabilities >= max(0.5, wanted.min_score)
    sets = [[labels[i] for i in np.flatnonzero(row)] or [wanted.otherwise] * bool(wanted.otherwise) for row in given]
    named = sets if wanted.lists else [separator.join(one) for one in sets]
    least = np.where(given, probabilities, 1.0).min(axis=1)
    score = np.where(given.any(axis=1), least, 1 - probabilities.max(axis=1))
    return {label: named, f"{below}score": score.astype(float).round(4).tolist()}


def _columns(
    probabilities: "np.ndarray", labels: list[str], label: str, below: str, wanted: Wanted, *, ranks_alone: bool
) -> Answers:
    """The most probable labels; with ``ranks_alone`` all have a number, and none stands for the answer."""
    order = (-probabilities).argsort(axis=1, kind="stable")
    rounded = probabilities.astype(float).round(4)
    rows = range(len(rounded))
    found: Answers = {}
    for rank in range(0 if ranks_alone and wanted.top_k == 1 else min(wanted.top_k, len(labels))):
        suffix = f"_{rank + 1}" if rank or ranks_alone else ""
        is_sure = probabilities[rows, order[:, rank]] >= wanted.min_score
        pairs = zip(order[:, rank], is_sure, strict=True)
        found[label + suffix] = [labels[i] if sure else wanted.otherwise for i, sure in pairs]
        found[f"{below}score{suffix}"] = rounded[rows, order[:, rank]].tolist()
    if wanted.proba:
        found |= {f"{below}proba_{name}": rounded[:, i].tolist() for i, name in enumerate(labels)}
    return found


def free_prefix(added: list[str], taken: list[str]) -> str:
    """
    What to put before the names of the ``added`` columns so that none is ``taken``.

    >>> free_prefix(["label", "score"], ["text", "label"])
    'predicted_'
    """
    prefix, number = "", 1
    while {prefix + name for name in added} & set(taken):
        prefix = "predicted_" if number == 1 else f"predicted{number}_"
        number += 1
    return prefix


def _renamed(found: Answers, prefix: str, taken: list[str]) -> Answers:
    named = {prefix + name: values for name, values in found.items()}
    if late := sorted(set(named) & set(taken)):
        raise DataError(
            f"a later row brings the key {late[0]!r}, under which the answers of the rows before are written; "
            "give the first row this key as well, if only as null"
        )
    return named


def _say_prefix(source: str, prefix: str, added: list[str], taken: list[str]) -> None:
    from seqtext.errors import listed

    there = [name for name in added if name in taken]
    columns = "a column" if len(there) == 1 else "columns"
    say(
        f"{source} has {columns} {listed(there)} already, so the answers are in "
        f"{listed([prefix + name for name in added], most=4)}"
    )
