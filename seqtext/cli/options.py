"""Options that several commands share, and what several commands do."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtext.errors import BundleError, DataError, SeqtextError, did_you_mean, listed, plural

if TYPE_CHECKING:
    from seqtext.data.dataset import Dataset
    from seqtext.model import TrainedModel
    from seqtext.recipes import Recipe

MODELS = Path("models")
# Those of `seqtext.data.formats`, which would bring numpy into every --help; a test compares the two.
READ_FORMATS = "txt, csv, tsv, jsonl, json, parquet or xlsx"
WRITTEN_FORMATS = "csv, tsv, jsonl or parquet"
# What a column can be for, as options, and what stands between labels where the user does not say.
ROLES = ("text", "number", "category", "label", "multilabel")
SEPARATOR = ","

# What the columns of published corpora are called, tried in this order where the user names none.
TEXT_COLUMNS = ("text", "tweet", "review", "sentence", "message", "comment", "body", "content")
LABEL_COLUMNS = ("label", "sentiment", "author", "class", "category", "target")
# A name in a list that is separated by commas, with what follows it.
QUOTED_OR_NOT = re.compile(r"""\s*(?:'([^']*)'|"([^"]*)"|([^,]*))\s*(?:,|$)""")


class Size(click.ParamType):
    """A number of characters or bytes, such as 500, 20kB, 4MB or 1.5GB."""

    name = "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        found = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,9})?) ?([kmg]?)b?", str(value).lower())
        size = int(float(found[1]) * {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}[found[2]]) if found else 0
        return size or self.fail(f"{value!r} is not a size; give one such as 500kB, 4MB or 2GB", param, ctx)


@contextmanager
def wrong_call() -> Iterator[None]:
    """What is found to be wrong within, before any data is read, is a wrong call, which ends with status 2."""
    try:
        yield
    except SeqtextError as error:
        raise click.UsageError(str(error)) from error


def recipe_called(name: str) -> "Recipe":
    """The recipe of that name, or in the TOML file of that name."""
    from seqtext.recipes.named import find_recipe
    from seqtext.recipes.toml import read_recipe

    if name.endswith(".toml"):
        return read_recipe(Path(name))
    with wrong_call():
        return find_recipe(name)


class Checked(click.ParamType):
    """A value that ``check`` accepts; it raises a SeqtextError for others."""

    name = "VALUE"

    def __init__(self, check: Callable[[str], Any]) -> None:
        self.check = check

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the value as it is."""
        try:
            self.check(value)
        except SeqtextError as error:
            self.fail(str(error), param, ctx)
        return str(value)


def _check_format(name: str) -> None:
    from seqtext.data.formats import format_of

    format_of("-", name)


def _check_delimiter(name: str) -> None:
    from seqtext.data.formats.delimited import delimiter_called

    delimiter_called(name)


def _check_encoding(name: str) -> None:
    from seqtext.data.files import check_encoding

    if name != "utf-8":  # which brings numpy into no --help
        check_encoding(name)


FORMAT = Checked(_check_format)


def model_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``-m DIR``: the trained model to use."""
    return click.option(
        "-m", "--model", "folder", type=click.Path(path_type=Path), metavar="DIR",
        help="Folder of a trained model. Default: the one trained last under models/.",
    )(command)  # fmt: skip


def file_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How to read a file that does not say it by its name; `how_to_read` takes them."""
    options = (
        click.option(
            "--input-format",
            type=FORMAT,
            metavar="NAME",
            help=f"{READ_FORMATS}, where the name of the file does not tell.",
        ),
        click.option(
            "--delimiter",
            type=Checked(_check_delimiter),
            metavar="CHAR",
            help="What separates the columns of a csv file: a character, or tab, semicolon, pipe.",
        ),
        click.option(
            "--encoding",
            type=Checked(_check_encoding),
            default="utf-8",
            show_default=True,
            metavar="NAME",
            help="Encoding of the text in the file.",
        ),
        click.option("--no-quotes", is_flag=True, help="Quotes are ordinary characters in the csv or tsv file."),
        click.option(
            "--no-header",
            is_flag=True,
            help="The csv, tsv or xlsx file begins with its first row; its columns are column1, column2, ...",
        ),
        click.option(
            "--max-row-size",
            type=Size(),
            default="2MB",
            show_default=True,
            metavar="SIZE",
            help="Refuse rows with more characters than this, which may be damage or malice.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def memory_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--max-memory``, of commands that hold a file whole."""
    return click.option(
        "--max-memory", type=Size(), default="500MB", show_default=True, metavar="SIZE",
        help="Refuse files whose rows take more memory than this.",
    )(command)  # fmt: skip


def how_to_read(options: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `seqtext.data.dataset.read` that the user gave with `file_options`."""
    return {
        "format": options["input_format"],
        "delimiter": options["delimiter"],
        "encoding": options["encoding"],
        "quotes": not options["no_quotes"],
        "header": not options["no_header"],
        "max_row_size": options["max_row_size"],
        "say": say,
        **({"max_memory": options["max_memory"]} if "max_memory" in options else {}),
    }


def check_roles(roles: dict[str, tuple[str, ...]], rows: "Dataset") -> None:
    """DataError if a column is not there, or is to be two things at once."""
    taken: dict[str, str] = {}
    for role, columns in roles.items():
        for column in columns:
            rows.column(column)
            if (before := taken.setdefault(column, role)) != role:
                raise DataError(
                    f"the column {column!r} cannot be both {before} and {role}; name another --{before} or --{role}"
                )
        if twice := [column for column in columns if columns.count(column) > 1]:
            raise DataError(f"the column {twice[0]!r} is given twice with --{role}; give it once")


def check_separator(options: dict[str, Any]) -> None:
    """UsageError for a --separator that has nothing to separate."""
    if options["separator"] is not None and not options["multilabel"]:
        raise click.UsageError("--separator stands between the labels of a column that --multilabel names; add it")


def names_in(listed: str) -> list[str]:
    """
    Return the names in a list that is separated by commas; one that has a comma stands in quotes, as we print it.

    >>> names_in("blue, 'cut, colour', 'tis")
    ['blue', 'cut, colour', "'tis"]
    """
    found = (match[1] or match[2] or match[3].strip() for match in QUOTED_OR_NOT.finditer(listed))
    return [name for name in found if name]


def say(line: str) -> None:
    """Tell the user something that is not the result."""
    click.echo(line, err=True)


def hint_at_terminal(file: str) -> None:
    """Somebody who reads ``-`` from the keyboard waits for an answer that comes only at the end."""
    import sys

    if file == "-" and sys.stdin is not None and sys.stdin.isatty():
        say("reading texts from the terminal, one a line; end with Ctrl-D")


def open_model(folder: Path | None) -> "TrainedModel":
    """Load the model in ``folder``, or the one trained last under models/."""
    from seqtext.saving import load  # numpy; nothing heavier until the first text is classified

    return load(folder or newest_model())


def newest_model() -> Path:
    """The model under models/ that was written last; BundleError if there is none."""
    written = {path.parent: path.stat().st_mtime for path in models()}
    if not written:
        raise BundleError(
            f"there is no model under {MODELS.resolve()}; train one with 'seqtext train', or name one with -m"
        )
    return max(written, key=lambda path: (written[path], path.name))


def models() -> list[Path]:
    """The models under models/, as their files model.json; temporary folders of a running training do not count."""
    return [path for path in MODELS.glob("*/model.json") if not path.parent.name.startswith(".")]


def input_columns(
    model: "TrainedModel", rows: "Dataset", chosen: tuple[str, ...], *, likely: tuple[str, ...] = ("text",)
) -> dict[str, str]:
    """Which column of ``rows`` feeds each input: the texts as `text_columns` has them, others are called as trained."""
    others = {one.name: one.kind for one in model.spec.inputs if one.kind != "text"}
    for name, kind in others.items():
        if (column := model.columns[name]) not in rows.names:
            raise DataError(
                f"{rows.source} has no column {column!r}, which the model reads as a {kind}; its columns are "
                f"{listed(rows.names)}{did_you_mean(column, rows.names)}"
            )
    return text_columns(model, rows, chosen, likely=likely) | {name: model.columns[name] for name in others}


def text_columns(
    model: "TrainedModel", rows: "Dataset", chosen: tuple[str, ...], *, likely: tuple[str, ...] = ("text",)
) -> dict[str, str]:
    """Which column of ``rows`` feeds each text: as named by the user, else as in training, else a ``likely`` one."""
    inputs = [one.name for one in model.spec.inputs if one.kind == "text"]
    if chosen and len(chosen) != len(inputs):
        raise DataError(
            f"the model reads {plural(len(inputs), 'text')} ({', '.join(inputs)}), but --text names {len(chosen)}; "
            "name one column each, in this order"
        )
    if chosen:
        for column in chosen:
            rows.column(column)
        return dict(zip(inputs, chosen, strict=True))
    trained = {name: model.columns[name] for name in inputs}
    missing = [column for column in trained.values() if column not in rows.names]
    if missing and len(inputs) == 1 and (found := next((name for name in likely if name in rows.names), None)):
        if found != "text":
            say(f"reading the texts from the only column, {found!r}")
        return {inputs[0]: found}
    if missing:
        raise DataError(
            f"{rows.source} has no column {missing[0]!r}, from which the model reads its texts; "
            f"its columns are {listed(rows.names)}; say with --text which one to read"
            f"{f', one each for {listed(inputs)}, in this order' if len(inputs) > 1 else ''}"
            f"{did_you_mean(missing[0], rows.names)}"
        )
    return trained


def label_columns(
    outputs: list[str], trained: dict[str, str], rows: "Dataset", chosen: tuple[str, ...]
) -> dict[str, str]:
    """Which column of ``rows`` holds the true labels of each output that can be scored; says which cannot, and why."""
    wanted = {name: trained.get(name, name) for name in outputs}
    if len(chosen) == len(outputs):
        wanted = dict(zip(outputs, chosen, strict=True))
    elif chosen:
        wanted = _chosen_outputs(wanted, chosen)
    for column in chosen:
        rows.column(column)
    found = {name: column for name, column in wanted.items() if column in rows.names}
    if not found and len(outputs) == 1 and (guess := first_of(LABEL_COLUMNS, rows)):
        say(f"taking the true labels from the column {guess!r}; choose another with --label")
        return {outputs[0]: guess}
    if not found:
        raise DataError(
            f"{rows.source} has no column {next(iter(wanted.values()))!r} with true labels; its columns are "
            f"{listed(rows.names)}; say with --label which one holds them, or label the file with 'seqtext classify'"
        )
    for name in outputs:
        if name not in wanted:
            say(f"{name!r} is not scored: --label does not name it")
        elif name not in found:
            say(f"{name!r} is not scored: {rows.source} has no column {wanted[name]!r}")
    return found


def _chosen_outputs(trained: dict[str, str], chosen: tuple[str, ...]) -> dict[str, str]:
    """Some outputs, with their columns, that are called like one or the other; ``trained`` are all, with theirs."""
    by_name = {column: name for name, column in trained.items()} | {name: name for name in trained}
    if strange := [column for column in chosen if column not in by_name] or chosen[len(trained) :]:
        answers = plural(len(trained), "answer")
        hint = f"; {strange[0]!r} is none of them" if len(chosen) < len(trained) else ""
        raise DataError(
            f"the model gives {answers} ({', '.join(trained)}), but --label names {len(chosen)}{hint}; name one column "
            "each, in this order, or some by their names in training"
        )
    return {by_name[column]: column for column in chosen}


def first_of(candidates: tuple[str, ...], rows: "Dataset") -> str | None:
    """The first of ``candidates`` that ``rows`` has as a column, in whatever case."""
    by_name = {name.lower(): name for name in reversed(rows.names)}
    return next((by_name[name] for name in candidates if name in by_name), None)


def text_column(rows: "Dataset") -> str:
    """The column with the texts, without a model that would know it: the only one, or one of `TEXT_COLUMNS`."""
    if len(rows.names) == 1:
        return rows.names[0]
    if found := first_of(TEXT_COLUMNS, rows):
        return found
    raise DataError(f"{rows.source} has the columns {listed(rows.names)}; say with --text which one has the text")
