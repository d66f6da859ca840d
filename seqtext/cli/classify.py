"""``seqtext classify``: a file of texts in, the same rows with labels out."""

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import click

from seqtext.cli.answers import Answers, Wanted, answers, free_prefix, say_prefix
from seqtext.cli.group import STOPPED
from seqtext.cli.options import (
    FORMAT,
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
    from concurrent.futures import Executor, Future

    from seqtext.data.dataset import Dataset
    from seqtext.data.resuming import Begun
    from seqtext.data.writing import Writer
    from seqtext.model import TrainedModel


# Pieces that are cleaned, counted and labelled at once: while one waits for ONNX Runtime, Python works on the other.
THREADS = 2
# Seconds; in Python's own 0.005 ONNX Runtime has done with a batch, and its thread would wait as long for the next.
SWITCH_AFTER = 0.0005
START_ANEW = "leave out --resume and choose another -o"


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
    type=FORMAT,
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
@click.option(
    "--resume", is_flag=True, help="Go on where an earlier run was stopped: keep the rows that OUTPUT has already."
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 1024),
    default=1,
    show_default=True,
    metavar="N",
    help="Share the work among N processes, each with a copy of the model.",
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
    resume: bool,
    jobs: int,
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
    from seqtext.data.resuming import can_be_continued, open_begun
    from seqtext.data.writing import open_writer
    from seqtext.terminal import StatusLine
    from seqtext.training.interrupts import hold_interrupts, interrupt_on_sigterm

    _check_file(file, output, resume=resume)
    model = open_model(folder)
    if otherwise and not min_score and all(head.is_exclusive for head in model.spec.outputs):
        raise click.UsageError("--else is written where the label is less probable than --min-score; add that")
    to_screen = output == "-" and sys.stdout is not None and sys.stdout.isatty()
    if output == "-" and output_format is None:
        output_format = "jsonl" if _has_objects(file, options["input_format"]) else "csv"
    if to_screen and output_format == "parquet":
        raise click.UsageError("parquet is not for the screen; give a file with -o")
    hint_at_terminal(file)
    model.start()  # before the output is opened: a graph that cannot run, or Ctrl-C meanwhile, leaves no file
    lists = format_of(output, output_format, "--format")[0] == "jsonl"
    wanted = Wanted(proba, top_k, min_score, otherwise, diagnose, lists)
    done = Done(file, output, is_new=not os.path.exists(output))
    with (
        StatusLine() as status,
        open_begun(output, output_format) if resume else nullcontext() as begun,
        _workers(model, wanted, jobs) as submit,
        open_writer(output, output_format) as writer,
        interrupt_on_sigterm(),
    ):
        pieces = _pieces(model, iter_chunks(file, **how_to_read(options)), text, begun)
        try:
            for piece, labelled in _labelled(pieces, submit, ahead=2 * max(jobs, THREADS)):
                with hold_interrupts():
                    _write(writer, piece, labelled, output)
                    done.rows, done.empty = done.rows + len(piece.rows), done.empty + piece.empty
                if not to_screen:
                    status.show(_progress(done.rows, status.seconds, piece.rows.share))
        except KeyboardInterrupt:
            # Hours of work are worth keeping, but not worth an older result, which may be whole.
            is_kept = done.is_new if begun is None else done.rows >= begun.rows
            done.is_stopped = output != "-" and done.rows > 0 and is_kept
            if not done.is_stopped:
                raise
    _say_done(done, model, named=folder is not None, continues=can_be_continued(output, output_format))
    if done.is_stopped:
        ctx.exit(STOPPED)


@dataclass
class Done:
    """What has been read and written: how many ``rows``, and how many of them without any text."""

    file: str
    output: str
    is_new: bool
    rows: int = 0
    empty: int = 0
    is_stopped: bool = False


def _say_done(done: Done, model: "TrainedModel", *, named: bool, continues: bool) -> None:
    if done.empty:
        say(
            f"{plural(done.empty, 'row')} of {done.rows:,} without any text: the label is what the model says of an "
            "empty text"
        )
    if done.output == "-" and not named and len(models()) > 1:
        say(f"labelled by {model.folder}, the model trained last; choose another with -m")
    if done.is_stopped:
        how = "; go on with --resume" if continues and done.file != "-" else ""
        say(f"stopped: {done.output} has the first {plural(done.rows, 'row')} of {done.file}{how}")
    elif done.output != "-":
        verb = "wrote" if done.is_new else "replaced"
        say(f"{verb} {done.output}: {plural(done.rows, 'row')} labelled by {model.folder} ({model.summary})")


def _check_file(file: str, output: str, *, resume: bool) -> None:
    """DataError where FILE is a text and no file, or is to be read and written at once, or again but cannot be."""
    if resume and "-" in (file, output):
        raise click.UsageError("--resume needs a file to read from its beginning, and with -o one to go on with")
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


def _has_objects(file: str, input_format: str | None) -> bool:
    from seqtext.data.formats import format_of

    if input_format is None and file != "-" and Path(file).is_dir():
        return False
    return format_of(file, input_format)[0] in ("jsonl", "json")


@dataclass(frozen=True)
class Piece:
    """
    Some rows to label.

    Parameters
    ----------
    rows
        As they were read.
    values
        What the model reads of them, by input.
    before
        How many rows stand before them.
    done
        What an earlier run has written of them.
    is_kept
        Whether that is all there is to write.
    empty
        How many of the rows have no text at all.
    """

    rows: "Dataset"
    values: dict[str, Any]
    before: int
    done: bytes = b""
    is_kept: bool = False
    empty: int = 0


def _pieces(
    model: "TrainedModel", chunks: "Iterator[Dataset]", text: tuple[str, ...], begun: "Begun | None"
) -> Iterator[Piece]:
    """Which columns are read is decided, and said, on the first rows; ``begun`` is what has been done of all."""
    columns: dict[str, str] = {}
    before = 0
    for number, chunk in enumerate(chunks):
        if number == 0:
            only = chunk.names if len(chunk.names) == 1 else []
            columns = input_columns(model, chunk, text, likely=("text", *only))
        values = {name: chunk.column(column) for name, column in columns.items()}
        texts = [values[one.name] for one in model.spec.inputs if one.kind == "text"]
        empty = sum(not any(map(_has_text, row)) for row in zip(*texts, strict=True))
        done = begun.take(len(chunk)) if begun else b""
        # The first and the last of these rows are labelled once more, to see that they are the same.
        is_kept = begun is not None and number > 0 and not begun.is_at_end
        yield Piece(chunk, values, before, done, is_kept, empty)
        before += len(chunk)
    if begun and not begun.is_at_end:
        raise DataError(f"{begun.source} has more than the {plural(before, 'row')} of the file; {START_ANEW}")


def _has_text(value: Any) -> bool:
    return not (value is None or value == "" or (isinstance(value, str) and value.isspace()))


@contextmanager
def _workers(model: "TrainedModel", wanted: Wanted, jobs: int) -> "Iterator[Callable[[Piece], Future[Answers]]]":
    """Yield what begins the work on a piece: in threads here, or in other processes."""
    from concurrent.futures import ThreadPoolExecutor

    from seqtext.parallel import call, processes
    from seqtext.training.interrupts import hold_interrupts

    def submit(piece: Piece) -> "Future[Answers]":
        # Where Ctrl-C meets the start of a thread, Python 3.11 leaves its lock open: "release unlocked lock".
        with hold_interrupts():
            return pool.submit(label if jobs == 1 else call, piece.values)

    label = partial(answers, model, wanted=wanted)
    if jobs > 1:
        workers: AbstractContextManager[Executor] = processes(label, jobs)
    else:
        label, workers = partial(label, turn=Lock()), ThreadPoolExecutor(THREADS)
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_AFTER)
    with workers as pool:
        try:
            yield submit
        finally:
            pool.shutdown(cancel_futures=True)
            sys.setswitchinterval(before)


def _labelled(
    pieces: Iterator[Piece], submit: "Callable[[Piece], Future[Answers]]", *, ahead: int
) -> "Iterator[tuple[Piece, Dataset | None]]":
    """The pieces, in their order, with their answers behind their columns; None for what is kept as it is."""
    from concurrent.futures import Future

    from seqtext.data.dataset import Dataset
    from seqtext.parallel import in_order

    nothing: Future[Any] = Future()
    nothing.set_result(None)
    prefix = ""
    every = in_order(
        lambda piece: nothing if piece.is_kept else submit(piece),
        pieces,
        ahead=ahead,
        is_last=lambda piece: piece.rows.pauses,
    )
    for piece, future in every:
        rows = piece.rows
        with in_file(rows.source, after=piece.before):
            found = future.result()
        if found is None:
            yield piece, None
            continue
        if piece.before == 0 and (prefix := free_prefix(list(found), rows.names)):
            say_prefix(rows.source, prefix, list(found), rows.names)
        yield piece, Dataset({**rows.columns, **_renamed(found, prefix, rows.names)}, rows.source)


def _write(writer: "Writer", piece: Piece, labelled: "Dataset | None", output: str) -> None:
    if labelled is None:
        writer.copy(piece.done)
        return
    writer.write(labelled)
    if not writer.last.startswith(piece.done):
        raise DataError(
            f"{output} is not what this run would write: another file, model or option made it; {START_ANEW}"
        )


def _renamed(found: Answers, prefix: str, taken: list[str]) -> Answers:
    named = {prefix + name: values for name, values in found.items()}
    if late := sorted(set(named) & set(taken)):
        raise DataError(
            f"a later row brings the key {late[0]!r}, under which the answers of the rows before are written; "
            "give the first row this key as well, if only as null"
        )
    return named
