"""``seqtext train --from MODEL``: what the model says of the columns, and of the recipe to go on by."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtext.cli.options import check_roles, input_columns, label_columns, wrong_call
from seqtext.errors import DataError, listed

if TYPE_CHECKING:
    from seqtext.data.dataset import Dataset
    from seqtext.model import TrainedModel
    from seqtext.recipes import Recipe

# What the model that goes on has decided already. --text and --label say where its columns are in the new file.
DECIDED = ("number", "category", "multilabel", "separator", "recipe", "vectors", "pretrained", "use_unlabelled")


def load_before(folder: Path | None, task: str | None, options: dict[str, Any]) -> "TrainedModel | None":
    """Return the model that training goes on from; None without --from."""
    if folder is None:
        return None
    if task is not None:
        raise click.UsageError("--from goes on with a file of your own; add --data, and leave out the task")
    if given := [f"--{name.replace('_', '-')}" for name in DECIDED if options[name]]:
        raise click.UsageError(f"the model of --from has decided {listed(given)} already; leave that out")
    from seqtext import saving

    return saving.load(folder)


def as_trained(before: "TrainedModel", rows: "Dataset", text: tuple[str, ...], label: tuple[str, ...]) -> "Dataset":
    """Return ``rows`` with the columns of the model, found as `evaluate` finds them, under their names in training."""
    from seqtext.data.dataset import Dataset

    check_roles({"text": text, "label": label}, rows)
    outputs = [head.name for head in before.spec.outputs]
    if (
        len(outputs) > 1
        and not label
        and (lacking := [one for one in outputs if before.columns[one] not in rows.names])
    ):
        raise DataError(
            f"{rows.source} has no column {before.columns[lacking[0]]!r} with labels; its columns are "
            f"{listed(rows.names)}; name {len(outputs)} with --label, in the order "
            f"{listed(before.columns[name] for name in outputs)}"
        )
    found = input_columns(before, rows, text) | label_columns(outputs, before.columns, rows, label)
    if lacking := [one for one in outputs if one not in found]:
        raise DataError(f"--label names no column for {before.columns[lacking[0]]!r}; name one for each output")
    renamed = {before.columns[name]: rows.column(column) for name, column in found.items()}
    others = {name: column for name, column in rows.columns.items() if name not in {*found.values(), *renamed}}
    return Dataset(renamed | others, rows.source)


def recipe_after(before: "TrainedModel", options: dict[str, Any]) -> "Recipe":
    """Return the recipe to go on by: that of the model with the settings of training that are asked for."""
    from seqtext.recipes.change import configure
    from seqtext.training.growing import going_on

    seed = [] if options["seed"] is None else [f"seed={options['seed']}"]
    cudnn = [f"cudnn={options['cudnn']}"] if options["cudnn"] else []
    shown = ["training_scores=true"] if options["plot"] else []
    with wrong_call():
        recipe = configure(before.recipe, [*cudnn, *shown, *options["settings"], *seed])
    return going_on(before, recipe)
