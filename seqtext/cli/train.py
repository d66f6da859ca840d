"""``seqtext train``: labelled rows in, a scored model folder out."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtext.cli.going_on import load_before, recipe_after
from seqtext.cli.group import WithSettings
from seqtext.cli.options import (
    MODELS,
    ROLES,
    SEPARATOR,
    check_separator,
    file_options,
    memory_option,
    names_in,
    recipe_called,
    say,
    wrong_call,
)
from seqtext.cli.resume import asked_before, check_place
from seqtext.cli.training_rows import corpus_rows, own_rows, validation_rows
from seqtext.corpora.catalogue import tasks
from seqtext.errors import RecipeError, did_you_mean

if TYPE_CHECKING:
    from seqtext.model import TrainedModel
    from seqtext.recipes import Recipe
    from seqtext.training.choosing import Choice
    from seqtext.training.columns import Columns
    from seqtext.training.progress import Progress

# There only where the driver of an NVIDIA GPU runs.
NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")


@click.command(cls=WithSettings, short_help="Train a model on labelled texts, and score it.")
@click.argument("task", required=False, metavar=f"[{'|'.join(tasks())}]")
@click.option(
    "--data",
    multiple=True,
    metavar="PATH",
    help="Labelled file or folder to train on; may be given several times.",
)
@click.option("--test", metavar="PATH", help="Labelled file for the score, instead of a share of the data.")
@click.option(
    "--validation", metavar="PATH", help="Labelled file to watch while learning, instead of a share of the data."
)
@click.option(
    "--text",
    multiple=True,
    metavar="COL",
    help="Column with the text; several make a model with several inputs.",
)
@click.option("--number", multiple=True, metavar="COL", help="Column of numbers to read beside the texts.")
@click.option("--category", multiple=True, metavar="COL", help="Column of categories to read beside the texts.")
@click.option(
    "--label",
    multiple=True,
    metavar="COL",
    help="Column with the label; several make a model with several outputs.",
)
@click.option(
    "--multilabel",
    multiple=True,
    metavar="COL",
    help="Column with any number of labels in each row; may be given beside --label.",
)
@click.option("--labels", metavar="NAMES", help="Learn only these labels: blue,red or 'a, b',red.")
@click.option("--min-rows", type=click.IntRange(1), default=1, metavar="N", help="Leave out labels with fewer rows.")
@click.option("--separator", metavar="TEXT", help="What stands between the labels of --multilabel. Default: a comma.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the model goes. Default: models/<task>, or models/<name of the file>.",
)
@click.option("--drop-overlap", is_flag=True, help="Leave rows of --test out whose text stands in the training rows.")
@click.option("--no-baseline", is_flag=True, help="Score no linear model beside this one, which takes its time.")
@click.option(
    "--force", is_flag=True, help="Replace a model that stands at --out, and drop the checkpoint of another training."
)
@click.option("--resume", is_flag=True, help="Go on with an interrupted training, with the options that it was given.")
@click.option(
    "--from",
    "start",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Go on from this trained model with more rows: its words and labels stay, new ones are added.",
)
@click.option(
    "--recipe",
    metavar="NAME|FILE",
    help="Which recipe to train by, or a TOML file; 'seqtext recipes' lists them. Default: that of the task.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Change a setting of the recipe, e.g. units=128, or title.units=32 for one input.",
)
@click.option(
    "--vectors", metavar="NAME|FILE", help="Start from pretrained word vectors: a file, or e.g. glove-6b-100d."
)
@click.option(
    "--pretrained", metavar="DIR", help="Start from the embedding and recurrent layers of 'seqtext pretrain'."
)
@click.option(
    "--use-unlabelled", is_flag=True, help="Pre-train on the texts first, those of rows without a label included."
)
@click.option(
    "--cudnn",
    type=click.Choice(["auto", "require", "off"]),
    help="Whether LSTM and GRU may, must or must not run on cuDNN; 'seqtext device' shows which can. Default: auto.",
)
@click.option("--explain-recipe", "explain", is_flag=True, help="Say all that the rules of the recipe chose, and why.")
@click.option(
    "--plot",
    type=click.Path(path_type=Path),
    metavar="FILE.png",
    help="Draw loss and macro-F1 of every epoch, on training and validation rows.",
)
@click.option("--seed", type=int, metavar="N", help="Seed of the splits, weights and batches.")
@click.option("--sample", is_flag=True, help="Use the bundled sample even if the real corpus is there.")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
@file_options
@memory_option
def train(
    task: str | None, data: tuple[str, ...], out: Path | None, force: bool, as_json: bool, **options: Any
) -> None:
    """
    Train a model, save it, and score what was saved on rows it has never seen.

    Trains on the corpus of a task, or with --data on files of your own: csv or what else --input-format names, and
    folders of texts.
    Prints accuracy, macro-F1, a table per class and the confusion matrix, beside a linear model and the most
    frequent label on the same rows. Ctrl-C ends training early and keeps the best model so far. A killed run goes on
    from its checkpoint, DIR.checkpoint, when the same command is given again, or --resume.

    \b
        seqtext train sentiment
        seqtext train --data mails.csv --text body --label folder --out models/mails
        seqtext train --data mails.csv --text body --number age --label topic
    """
    from seqtext.training.progress import PrintedProgress

    context = click.get_current_context()
    if options["resume"]:
        context.invoke(train, **asked_before(context))
        return
    _check_usage(task, data, options)
    before = load_before(options["start"], task, options)
    usual = before.made.recipe if before else tasks()[task].recipe if task else ""
    name = options["recipe"] or usual or "general"
    recipe = recipe_after(before, options) if before else _recipe(name, options)
    folder = out or MODELS / (task or _stem(data[0]))
    checkpoint, replace = check_place(folder, recipe, context, replace=force or (out is None and task is not None))
    with_keras = _check_needed(recipe, name, options["plot"], is_new=before is None)

    progress = PrintedProgress(sys.stderr)
    if data:
        rows, test, columns = own_rows(data, options, recipe, before)
        recipe = recipe if before else _with_multilabel(recipe, columns, options)
        title, corpus = "", ""
    else:
        assert task is not None
        rows, test, columns, title, corpus = corpus_rows(task, options["sample"], progress)

    from seqtext.training.experiment import experiment
    from seqtext.training.run import Origin

    model = experiment(
        rows,
        test,
        columns,
        recipe,
        folder,
        origin=Origin(name, rows.source, title, corpus),
        replace=replace,
        progress=progress,
        explain=options["explain"],
        use_unlabelled=options["use_unlabelled"],
        before_training=(lambda: start_backend(progress)) if with_keras else None,
        validation=validation_rows(options, before),
        drop_overlap=options["drop_overlap"],
        choice=_choice(options),
        with_linear=not options["no_baseline"],
        checkpoint=checkpoint,
        before=before,
    )
    if options["plot"]:
        _plot(model, options["plot"])
    _print(model, folder, as_json)


def _choice(options: dict[str, Any]) -> "Choice":
    from seqtext.training.choosing import Choice

    return Choice(tuple(names_in(options["labels"] or "")), options["min_rows"])


def _print(model: "TrainedModel", folder: Path, as_json: bool) -> None:
    """The scores, for people or for programs."""
    if as_json:
        from seqtext.cli.screen import echo_json

        several = len(model.spec.outputs) > 1
        scores = {
            model.columns[output] if several else output: {who: one.to_dict() for who, one in every.items()}
            for output, every in model.scores.items()
        }
        echo_json({"model": str(folder), "scores": scores, "training_seconds": model.made.seconds})
        return
    from seqtext.training.scoring import report

    click.echo(report(model))
    say(f"label texts with it: seqtext classify FILE -m {folder}")


def _recipe(name: str, options: dict[str, Any]) -> "Recipe":
    """The recipe called ``name``, or in the file of that name, with what else was asked for."""
    from seqtext.models.spec import part_names
    from seqtext.recipes.change import configure

    known = recipe_called(name)
    starts = [f"{option}={options[option]}" for option in ("vectors", "pretrained", "cudnn") if options[option]]
    seed = [] if options["seed"] is None else [f"seed={options['seed']}"]
    others = {column: kind for kind in ("number", "category") for column in options[kind]}
    names = part_names([*others, "text"], "text")  # those of the others do not depend on what the texts are called
    for name, column in names.items():
        if column in others and (asked := known.inputs.get(name)) and asked.kind != others[column]:
            raise RecipeError(
                f"the recipe says that {name!r} is a {asked.kind}, and --{others[column]} that it is a "
                f"{others[column]}; write --{asked.kind} {column}, or change the recipe"
            )
    known = known.with_kinds({name: others[column] for name, column in names.items() if column in others})
    shown = ["training_scores=true"] if options["plot"] else []
    with wrong_call():
        return configure(known, [*starts, *shown, *options["settings"], *seed])


def _check_needed(recipe: "Recipe", name: str, plot: Path | None, *, is_new: bool) -> bool:
    """
    Raise an error if something is lacking that training, or the plot, needs; return whether Keras trains.

    Only a model that is new starts from vectors.
    """
    from seqtext.models.sides import needs_keras
    from seqtext.training.backend import check_packages
    from seqtext.training.plot import check_plot

    with_keras = needs_keras([recipe.text, *recipe.inputs.values()])
    check_packages(with_keras=with_keras)
    if plot is not None and not with_keras:
        raise click.UsageError(f"--plot draws the epochs of a training, and the recipe {name!r} has none")
    if plot is not None:
        check_plot(plot)
    if is_new:
        _check_vectors(recipe)
    return with_keras


def _check_vectors(recipe: "Recipe") -> None:
    """Raise the error of vectors that are not there before any row is read."""
    from seqtext.models.sides import all_encoders
    from seqtext.training.pretrained import find_vectors

    for vectors in {getattr(one, "vectors", "") for one in all_encoders([recipe.text, *recipe.inputs.values()])} - {""}:
        find_vectors(vectors)


def _plot(model: "TrainedModel", path: Path) -> None:
    from seqtext.training.plot import plot_history

    plot_history(model.history, model.recipe.training, path)
    say(f"wrote {path}")


def _with_multilabel(recipe: "Recipe", columns: "Columns", options: dict[str, Any]) -> "Recipe":
    """The recipe in which the outputs of --multilabel are of that kind."""
    import dataclasses

    changes: dict[str, Any] = {"head": "multilabel", "separator": options["separator"] or SEPARATOR}
    names = [name for name, column in columns.outputs.items() if column in options["multilabel"]]
    found = {name: dataclasses.replace(recipe.output_of(name), **changes) for name in names}
    return dataclasses.replace(recipe, outputs=recipe.outputs | found)


def _check_usage(task: str | None, data: tuple[str, ...], options: dict[str, Any]) -> None:
    if task is not None and task not in tasks():
        is_file = "; for a file of your own write --data " + task if Path(task).exists() else ""
        raise click.UsageError(
            f"no task {task!r}; there are {', '.join(tasks())}"
            f"{is_file or did_you_mean(task, tasks()) or '; for a file of your own use --data'}"
        )
    if task is None and not data:
        raise click.UsageError(f"name a task ({', '.join(tasks())}) or give a file with --data")
    check_separator(options)
    if data and options["sample"]:
        raise click.UsageError("--sample trains on the bundled sample and --data on a file; give one of them")
    if not data and (given := [f"--{name}" for name in ("test", "validation", *ROLES) if options[name]]):
        verb = "belongs" if len(given) == 1 else "belong"
        raise click.UsageError(f"{' and '.join(given)} {verb} to a file of your own; add --data")


def _stem(path: str) -> str:
    """
    A name for the model trained on the file ``path``.

    >>> _stem("data/mails.csv.gz"), _stem("-")
    ('mails', 'model')
    """
    return Path(path).resolve().name.split(".")[0] or "model" if path != "-" else "model"


def start_backend(progress: "Progress") -> None:
    """Import TensorFlow without its noise, if that is the backend; a word about the GPU, or about another backend."""
    from seqtext.training.backend import backend
    from seqtext.training.quiet import import_tensorflow_quietly

    gpus = import_tensorflow_quietly()
    if gpus is None:
        progress.say(f"training with {backend()}, the backend that Keras is set to")
    elif gpus:
        progress.say(f"training on the GPU {', '.join(gpus)}")
    elif NVIDIA_DRIVER.exists():
        progress.say(
            "training on the CPU: there is an NVIDIA GPU, but TensorFlow cannot use it; run: pip install 'seqtext[gpu]'"
        )
