"""``seqtext train``: labelled rows in, a scored model folder out."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtext.cli.options import MODELS, file_options
from seqtext.errors import DataError, did_you_mean

if TYPE_CHECKING:
    from seqtext.dataset import Dataset
    from seqtext.training.experiment import Columns

TASKS = ("sentiment", "imdb", "authors")


@click.command()
@click.argument("task", required=False, metavar="[sentiment|imdb|authors]")
@click.option(
    "--data",
    multiple=True,
    metavar="PATH",
    help="Labelled file or folder to train on; may be given several times.",
)
@click.option("--test", metavar="PATH", help="Labelled file for the score, instead of a share of the data.")
@click.option(
    "--text",
    multiple=True,
    metavar="COL",
    help="Column with the text; several make a model with several inputs.",
)
@click.option(
    "--label",
    multiple=True,
    metavar="COL",
    help="Column with the label; several make a model with several outputs.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the model goes. Default: models/<task>.",
)
@click.option("--force", is_flag=True, help="Replace a model that stands at --out.")
@click.option(
    "--recipe",
    metavar="NAME",
    help="Which recipe to train by; 'seqtext recipes' lists them. Default: that of the task.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Change one setting of the recipe, e.g. units=128.",
)
@click.option("--seed", type=int, help="Seed of the splits, weights and batches.")
@click.option("--sample", is_flag=True, help="Use the bundled sample even if the real corpus is there.")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
@file_options
def train(
    task: str | None, data: tuple[str, ...], out: Path | None, force: bool, as_json: bool, **options: Any
) -> None:
    """
    Train a model, save it, and score what was saved on rows it has never seen.

    Prints accuracy, macro-F1, a table per class and the confusion matrix, beside a linear model and the most
    frequent label on the same rows. Ctrl-C ends training early and keeps the best model so far.

    \b
        seqtext train sentiment
        seqtext train --data mails.csv --text body --label folder --out models/mails
    """
    from seqtext.bundle import check_target
    from seqtext.recipes import configure, find_recipe

    if task is not None and task not in TASKS:
        raise click.UsageError(
            f"no task {task!r}; there are {', '.join(TASKS)}{did_you_mean(task, TASKS)}; "
            "for a file of your own use --data"
        )
    if task is None and not data:
        raise click.UsageError(f"name a task ({', '.join(TASKS)}) or give a file with --data")
    name = options["recipe"] or task or "general"
    seed = [] if options["seed"] is None else [f"seed={options['seed']}"]
    recipe = configure(find_recipe(name), [*options["settings"], *seed])
    folder = out or MODELS / (task or Path(data[0]).name.split(".")[0] or "model")
    is_default = out is None and task is not None
    check_target(folder, replace=force or is_default)

    from seqtext.training.progress import Lines

    progress = Lines(sys.stderr)
    if data:
        rows, test, columns, corpus = _own_rows(data, options)
    else:
        assert task is not None
        rows, test, columns, corpus = _corpus_rows(task, options["sample"], progress)

    from seqtext.cli.quiet import import_tensorflow_quietly
    from seqtext.training.experiment import experiment, report

    import_tensorflow_quietly()

    outcome = experiment(
        rows,
        test,
        columns,
        recipe,
        folder,
        recipe_name=name,
        corpus=corpus,
        replace=force or is_default,
        progress=progress,
    )
    if as_json:
        import json

        scores = {
            output: {who: one.to_dict() for who, one in every.items()} for output, every in outcome.scores.items()
        }
        click.echo(
            json.dumps(
                {
                    "model": str(outcome.folder),
                    "scores": scores,
                    "training_seconds": round(outcome.seconds, 1),
                }
            )
        )
    else:
        click.echo(report(outcome))


def _own_rows(data: tuple[str, ...], options: dict[str, Any]) -> "tuple[Dataset, Dataset | None, Columns, dict]":
    """The rows of --data and --test, and what their columns are for."""
    from seqtext.dataset import Dataset, read
    from seqtext.training.experiment import Columns

    how = {"delimiter": options["delimiter"], "encoding": options["encoding"]}
    parts = [read(path, **how) for path in data]
    rows = parts[0]
    for part in parts[1:]:
        if set(part.names) != set(rows.names):
            raise DataError(
                f"{part.source} has the columns {', '.join(part.names)}, but {rows.source} has {', '.join(rows.names)}"
            )
        rows = Dataset(
            {name: [*rows.column(name), *part.column(name)] for name in rows.names},
            f"{rows.source}, {part.source}",
        )
    texts = options["text"] or _guess(rows, ("text",), "--text")
    labels = options["label"] or _guess(rows, ("label", "sentiment", "author", "class", "category"), "--label")
    columns = Columns(_names(texts, "text"), _names(labels, "label"))
    test = read(options["test"], **how) if options["test"] else None
    return rows, test, columns, {}


def _guess(rows: "Dataset", candidates: tuple[str, ...], option: str) -> tuple[str, ...]:
    for name in candidates:
        if name in rows.names:
            return (name,)
    raise DataError(f"{rows.source} has the columns {', '.join(rows.names)}; say with {option} which one to use")


def _names(columns: tuple[str, ...], default: str) -> dict[str, str]:
    """Input or output name -> column. One column gets the plain name, several are called after themselves."""
    import re

    if len(columns) == 1:
        return {default: columns[0]}
    found: dict[str, str] = {}
    for column in columns:
        name = re.sub(r"[^A-Za-z0-9_-]+", "_", column).strip("_-") or default
        found[name if name not in found else f"{name}_{len(found)}"] = column
    return found


def _corpus_rows(task: str, sample: bool, progress: Any) -> "tuple[Dataset, Dataset | None, Columns, dict]":
    """The real corpus of a task where it is in the cache, else the bundled sample; says which."""
    from seqtext import corpora
    from seqtext.training.experiment import Columns

    parts = corpora.load(task, sample=sample)
    known = corpora.corpus(task)
    if parts.is_sample:
        why = (
            "as asked"
            if sample
            else f"the real corpus {known.name} is not in the cache: 'seqtext corpora list' tells more"
        )
        progress.say(f"corpus: the bundled sample {parts.path.name} ({why})")
        title = f"the bundled sample {parts.path.name}"
    else:
        progress.say(f"corpus: {known.title}, from {parts.path}")
        title = known.title
    corpus = {"name": parts.name, "title": title, "sample": parts.is_sample}
    return parts.train, parts.test, Columns({"text": "text"}, {"label": "label"}), corpus
