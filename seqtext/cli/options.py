"""Options that several commands share, and what several commands do."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtext.errors import BundleError

if TYPE_CHECKING:
    from seqtext.bundle import Bundle

MODELS = Path("models")


def model_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``-m DIR``: the trained model to use."""
    return click.option(
        "-m", "--model", "folder", type=click.Path(path_type=Path), metavar="DIR",
        help="Folder of a trained model. Default: the one trained last under models/.",
    )(command)  # fmt: skip


def file_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How to read a file that does not say it by its name."""
    command = click.option(
        "--encoding",
        default="utf-8",
        show_default=True,
        metavar="NAME",
        help="Encoding of the text in the file.",
    )(command)
    return click.option(
        "--delimiter",
        metavar="CHAR",
        help="What separates the columns of a csv file: a character, or tab, semicolon, pipe.",
    )(command)


def open_model(folder: Path | None) -> "Bundle":
    """Load the model in ``folder``, or the one trained last under models/."""
    from seqtext.bundle import load  # numpy; nothing heavier until the first text is classified

    return load(folder or newest_model())


def newest_model() -> Path:
    """The model under models/ that was written last; BundleError if there is none."""
    written = {path.parent: path.stat().st_mtime for path in MODELS.glob("*/model.json")}
    if not written:
        raise BundleError(
            f"there is no model under {MODELS.resolve()}; train one with 'seqtext train', or name one with -m"
        )
    return max(written, key=lambda path: (written[path], path.name))


def stdin_name(file: str) -> str:
    """How messages call the file."""
    return "standard input" if file == "-" else file
