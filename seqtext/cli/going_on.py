"""``seqtext train --from MODEL``: what the model says of the columns, and of the recipe to go on by."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtext.cli.options import ROLES, wrong_call
from seqtext.errors import listed

if TYPE_CHECKING:
    from seqtext.model import TrainedModel
    from seqtext.recipes import Recipe

# What the model that goes on has decided already.
DECIDED = (*ROLES, "separator", "recipe", "vectors", "pretrained", "use_unlabelled")


def load_before(folder: Path | None, task: str | None, options: dict[str, Any]) -> "TrainedModel | None":
    """Return the model that training goes on from, and let ``options`` have its columns; None without --from."""
    if folder is None:
        return None
    if task is not None:
        raise click.UsageError("--from goes on with a file of your own; add --data, and leave out the task")
    if given := [f"--{name.replace('_', '-')}" for name in DECIDED if options[name]]:
        raise click.UsageError(f"the model of --from has decided {listed(given)} already; leave that out")
    from seqtext import saving

    model = saving.load(folder)
    for role in ("text", "number", "category"):
        options[role] = tuple(model.columns[part.name] for part in model.spec.inputs if part.kind == role)
    for role, is_several in (("label", False), ("multilabel", True)):
        heads = [head.name for head in model.spec.outputs if (head.kind == "multilabel") == is_several]
        options[role] = tuple(model.columns[name] for name in heads)
    return model


def recipe_after(before: "TrainedModel", options: dict[str, Any]) -> "Recipe":
    """Return the recipe to go on by: that of the model with the settings of training that are asked for."""
    from seqtext.recipes import configure
    from seqtext.training.growing import going_on

    seed = [] if options["seed"] is None else [f"seed={options['seed']}"]
    cudnn = [f"cudnn={options['cudnn']}"] if options["cudnn"] else []
    shown = ["training_scores=true"] if options["plot"] else []
    with wrong_call():
        recipe = configure(before.recipe, [*cudnn, *shown, *options["settings"], *seed])
    return going_on(before, recipe)
