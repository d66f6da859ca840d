"""``seqtext train --resume``: an interrupted training goes on with the options that it was given."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtext.cli.options import MODELS
from seqtext.errors import BundleError, listed

if TYPE_CHECKING:
    from seqtext.recipes import Recipe
    from seqtext.training.checkpoint import Checkpoint


def check_place(
    folder: Path, recipe: "Recipe", context: click.Context, *, replace: bool
) -> "tuple[Checkpoint | None, bool]":
    """
    Return the checkpoint of the model for ``folder``, None if it has no epochs, and whether a model may be replaced.

    What a checkpoint goes on with was allowed to do so; one of another training is refused later. Raises BundleError
    if no model can be written to ``folder``.
    """
    from seqtext.model_folder import check_target
    from seqtext.models.sides import needs_keras
    from seqtext.training.checkpoint import Checkpoint, beside

    if not needs_keras([recipe.text, *recipe.inputs.values()]):
        check_target(folder, replace=replace)
        return None, replace
    options = {name: str(value) if isinstance(value, Path) else value for name, value in context.params.items()}
    found = Checkpoint(beside(folder), command=options, replace=context.params["force"])
    replace = replace or found.exists()
    check_target(folder, replace=replace)
    return found, replace


def asked_before(context: click.Context) -> dict[str, Any]:
    """
    Return the options of the training whose checkpoint is beside --out, or is the newest under models/.

    Parameters
    ----------
    context
        Of the command that is to go on, which has been given --resume.

    Raises
    ------
    BundleError
        If there is no checkpoint, or it cannot be read.
    """
    from seqtext.training.checkpoint import Checkpoint, beside

    given = [
        name
        for name in context.params
        if name not in ("resume", "out")
        and context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(f"--resume takes every option as it was given then, so leave out {listed(given)}")
    target = context.params["out"]
    found = Checkpoint(beside(target) if target else _newest())
    if not found.exists():
        raise BundleError(f"there is no checkpoint {found.folder}; give the command that was interrupted once more")
    saved = found.saved_command()
    values = {
        option.name: option.type_cast_value(context, saved[option.name])
        for option in context.command.params
        if option.name in saved
    }
    return {**values, "resume": False}


def _newest() -> Path:
    written = {path.parent: path.stat().st_mtime for path in MODELS.glob("*.checkpoint/checkpoint.json")}
    if not written:
        raise BundleError(
            f"no training under {MODELS.resolve()} was interrupted after its first checkpoint; name another with "
            "--out, or give its command once more"
        )
    return max(written, key=lambda folder: written[folder])
