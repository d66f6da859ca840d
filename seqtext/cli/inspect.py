"""``seqtext inspect``: what is in a model folder."""

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seqtext.cli.options import open_model
from seqtext.errors import plural, told_apart

if TYPE_CHECKING:
    from seqtext.language import LanguageModel
    from seqtext.model import TrainedModel


@click.command(short_help="Say what is in a model folder.")
@click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[DIR]")
@click.option("--json", "as_json", is_flag=True, help="Print model.json's content as JSON.")
@click.option("--recipe", is_flag=True, help="Print the recipe as TOML, for 'seqtext train --recipe FILE.toml'.")
@click.option("--graph", is_flag=True, help="Draw the network: inputs, encoders, layers, answers, with their shapes.")
def inspect(folder: Path | None, as_json: bool, recipe: bool, graph: bool) -> None:
    """
    Check a model folder and say what is in it: labels, text pipeline, layers, scores, origin.

    A folder of 'seqtext pretrain' is described, too.
    Default: the model trained last under models/.

    \b
        seqtext inspect models/sentiment
    """
    if folder is not None and _is_network(folder):
        if recipe or graph:
            option, what = ("recipe", "prints") if recipe else ("graph", "draws")
            raise click.UsageError(f"--{option} {what} that of a model, and {folder} is a pre-trained network")
        _show_network(folder, as_json=as_json)
        return
    model = open_model(folder)
    if as_json:
        from seqtext.cli.screen import echo_json
        from seqtext.saving import manifest_of
        from seqtext.schema import to_plain

        echo_json(to_plain(manifest_of(model)))
        return
    if recipe:
        from seqtext.recipes.toml import to_toml

        click.echo(to_toml(model.recipe))
        return
    if graph:
        from seqtext.models.picture import picture

        click.echo(picture(model.spec))
        return
    _show(facts(model))


def _show(found: list[tuple[str, str]]) -> None:
    width = max(len(name) for name, _ in found)
    for name, value in found:
        folded = _folded(value) or [""]
        click.echo("\n".join(f"{name if i == 0 else '':<{width}}  {line}" for i, line in enumerate(folded)))


def _is_network(folder: Path) -> bool:
    from seqtext.model_folder import NETWORK, kind_of

    return kind_of(folder) == NETWORK


def _show_network(folder: Path, *, as_json: bool) -> None:
    from seqtext import language

    network = language.load(folder)
    if as_json:
        from seqtext.cli.screen import echo_json
        from seqtext.schema import to_plain

        echo_json(to_plain(language.manifest_of(network)))
        return
    _show(network_facts(network, folder))


def network_facts(network: "LanguageModel", folder: Path) -> list[tuple[str, str]]:
    """Return what a person wants to know about a pre-trained network, as name and value."""
    from seqtext.cli.screen import printable
    from seqtext.language import perplexity_words
    from seqtext.preprocess.clean import list_steps

    made, pipeline = network.made, network.pipeline
    steps = ", ".join(step if isinstance(step, str) else str(step) for step in list_steps(pipeline.clean))
    counts = [f"{texts:,} texts with {made.tokens[part]:,} tokens {part}" for part, texts in made.texts.items()]
    stopped = ", stopped by hand" if made.was_stopped else ""
    epochs = f"{plural(made.epochs, 'epoch')}{stopped}"
    lines = [
        (
            "pre-trained network",
            f"{folder} (all files checked): labels nothing, 'seqtext train --pretrained' starts from it",
        ),
        ("cleaning", steps or "none"),
        ("tokens", f"{pipeline.tokens}; {network.spec.vocabulary_size:,} in the vocabulary"),
        ("network", f"embedding {network.spec.encoder.embedding_dim}, {network.spec.encoder.summary}"),
        ("weights", f"{network.spec.weight_count:,}"),
        ("trained on", f"{made.source}: {', '.join(counts)}"),
        ("trained by", f"cleaning of {made.recipe}, seed {network.recipe.rows.seed}, {epochs}, {made.seconds:,.0f} s"),
        ("trained at", f"{made.created} with " + ", ".join(f"{name} {it}" for name, it in made.versions.items())),
        ("perplexity", f"{perplexity_words(made.perplexity)} on held-out texts"),
    ]
    return [(name, printable(value, 2_000)) for name, value in lines]


def _folded(value: str) -> list[str]:
    return textwrap.wrap(value, 100, break_on_hyphens=False, break_long_words=False)


def facts(model: "TrainedModel") -> list[tuple[str, str]]:
    """Return what a person wants to know about a model, as name and value."""
    from seqtext.cli.screen import printable
    from seqtext.evaluation import MODEL_ON_NEW, MODEL_ON_SEEN, in_short, which_rows
    from seqtext.model_folder import FORMAT
    from seqtext.models.cudnn import cudnn_lines

    made = model.made
    several = len(model.labels) > 1
    lines = [("model", f"{model.folder} (format {FORMAT}; all files checked)")]
    for output, labels in model.label_names.items():
        lines.append(
            (
                f"labels {model.columns[output]}" if several else "labels",
                printable(", ".join(map(told_apart, labels)), 1_000),
            )
        )
    for part in model.spec.inputs:
        name = f"input {model.columns[part.name]}" if len(model.spec.inputs) > 1 else "input"
        lines.append((name, f"the column {model.columns[part.name]!r}"))
        lines += part.facts(model.preparers[part.name])
    lines += [("compared", one.summary) for one in model.spec.comparisons]
    lines += [("weights", f"{model.spec.weight_count:,}"), *(("cuDNN", line) for line in cudnn_lines(model.spec))]
    rows = ", ".join(f"{count:,} {part}" for part, count in made.rows.items())
    lines += [
        ("trained on", f"{made.title or made.source}; rows: {rows}"),
        ("trained by", f"recipe {made.recipe}, seed {model.recipe.rows.seed}, {made.effort}, {made.seconds:,.0f} s"),
        ("trained at", f"{made.created} with " + ", ".join(f"{name} {it}" for name, it in made.versions.items())),
    ]
    found = [(name, printable(value, 2_000)) for name, value in lines]
    for output, scores in model.scores.items():
        width = max(map(len, scores), default=0)
        has_seen = not scores.keys().isdisjoint((MODEL_ON_NEW, MODEL_ON_SEEN))
        for who, one in scores.items():
            name = f"score {model.columns[output]}" if several else "score"
            rows = which_rows(scores) if has_seen and who != MODEL_ON_NEW else f"{plural(one.rows, 'unseen row')}"
            found.append((name, f"{printable(who):<{width}}  {in_short(one)} on {rows}"))
    return found
