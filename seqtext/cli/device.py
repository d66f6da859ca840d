"""``seqtext device``: what training would run on, and whether recurrent layers are on cuDNN there."""

import sys
from pathlib import Path
from typing import Any

import click

from seqtext.cli.options import recipe_called


@click.command(short_help="Show what training runs on, and which layers use cuDNN there.")
@click.argument("what", required=False, metavar="[RECIPE|DIR]")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def device(what: str | None, as_json: bool) -> None:
    """
    Show processors, GPUs and versions, and for each recurrent layer whether it runs on cuDNN, or why it does not.

    Looks at the recipe general, or at another recipe, a TOML file of one, or the folder of a trained model.

    \b
        seqtext device
        seqtext device slides/gop-lstm
    """
    from seqtext.cli.screen import echo_json, printable
    from seqtext.cli.train import start_backend
    from seqtext.training.backend import check_packages
    from seqtext.training.progress import PrintedProgress

    what = what or "general"
    precision, inputs = _asked(what)
    check_packages(with_keras=True)
    start_backend(PrintedProgress(sys.stderr))

    from seqtext.models.cudnn import verdict
    from seqtext.training.kernels import layers_here, machine

    lines = layers_here(inputs, precision)
    if as_json:
        layers = [{"input": name, "layer": one.summary, "cudnn": not why, "reasons": why} for name, one, why in lines]
        echo_json({"machine": dict(machine()), "of": what, "layers": layers})
        return
    for name, value in machine():
        click.echo(f"{name:<11} {value}")
    for name, encoder, why in lines:
        click.echo(f"{printable(what)}, {name}: {verdict(encoder, why)}")
    if not lines:
        click.echo(f"{printable(what)} has no recurrent layer")


def _asked(what: str) -> tuple[str, dict[str, Any]]:
    """Precision and inputs of a recipe, of a file of one, or of a trained model."""
    from seqtext.saving import load

    if Path(what).is_dir():
        model = load(what)
        return model.recipe.training.precision, {part.name: part for part in model.spec.inputs}
    recipe = recipe_called(what)
    return recipe.training.precision, {"text": recipe.text, **recipe.inputs}
