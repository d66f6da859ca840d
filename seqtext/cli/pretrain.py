"""``seqtext pretrain``: texts without labels in, a language model out, from which ``seqtext train`` starts."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtext.cli.options import (
    file_options,
    first_of,
    how_to_read,
    memory_option,
    recipe_called,
    say,
    text_column,
    wrong_call,
)
from seqtext.cli.train import start_backend
from seqtext.errors import DataError, in_file, plural

if TYPE_CHECKING:
    from seqtext.language import LanguageModel
    from seqtext.training.progress import Progress


@click.command(short_help="Learn a language from texts without labels, to train from.")
@click.option(
    "--data",
    multiple=True,
    required=True,
    metavar="PATH",
    help="File or folder of texts; may be given several times. Labels are not looked at.",
)
@click.option("--text", metavar="COL", help="Column with the text, the same in every file.")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Where the network goes.")
@click.option("--force", is_flag=True, help="Replace a network at --out, and drop the checkpoint of another training.")
@click.option(
    "--recipe",
    default="general",
    show_default=True,
    metavar="NAME|FILE",
    help="Clean the texts as this recipe does: that of the models which are to start from the network.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Change a setting, e.g. epochs=1, units=96, num_words=30000, max_length=128 (of a piece of text).",
)
@click.option("--seed", type=int, metavar="N", help="Seed of the split, weights, batches and samples.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@file_options
@memory_option
def pretrain(
    data: tuple[str, ...],
    text: str | None,
    out: Path,
    force: bool,
    recipe: str,
    settings: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """
    Train a language model on texts without labels: the next word forward, the previous word backward.

    'seqtext train --pretrained DIR' starts from its embedding and recurrent layers, which helps where labels are few.
    Prints the perplexity on held-out texts, and how it continues some of them. Ctrl-C ends training early and keeps
    what there is. A killed run goes on from its checkpoint, DIR.checkpoint, when the same command is given again.

    \b
        seqtext pretrain --data all.csv --recipe imdb --out networks/films
        seqtext train --data some.csv --recipe imdb --pretrained networks/films
    """
    from seqtext.model_folder import NETWORK, check_target
    from seqtext.recipes.pretraining import pretraining_recipe

    known = recipe_called(recipe)
    seed = [] if options["seed"] is None else [f"seed={options['seed']}"]
    with wrong_call():
        asked = pretraining_recipe(known, [*settings, *seed])
    from seqtext.training.checkpoint import Checkpoint, beside

    kept = Checkpoint(beside(out))
    # What was stopped early stands at --out, too, and the same command goes on with it.
    check_target(out, replace=force or kept.exists(), kind=NETWORK)
    from seqtext.training.backend import check_packages
    from seqtext.training.progress import PrintedProgress

    check_packages(with_keras=True)
    progress = PrintedProgress(sys.stderr)
    texts, source = _texts(data, text, how_to_read(options), progress)
    start_backend(progress)
    from seqtext import language
    from seqtext.training.interrupts import hold_interrupts
    from seqtext.training.pretrain import Source, pretrain

    network, samples = pretrain(
        texts, asked, source=Source(recipe, source), progress=progress, checkpoint=kept.folder, replace=force
    )
    with hold_interrupts():
        language.save(network, out, replace=True)
        if not network.made.was_stopped:
            kept.remove()
    _report(network, samples, out, as_json=as_json)


def _texts(
    data: tuple[str, ...], column: str | None, how: dict[str, Any], progress: "Progress"
) -> tuple[list[str], str]:
    """The texts of all files, without empty ones, and where they come from."""
    from seqtext.data.dataset import read
    from seqtext.preprocess.texts import each_text

    found: list[str] = []
    sources = []
    for path in data:
        rows = read(path, **how)
        name = column or text_column(rows)
        if column is None and name != "text" and first_of(("text",), rows) is None:
            say(f"taking the texts of {rows.source} from the column {name!r}; choose another with --text")
        with in_file(rows.source, name):
            found += [text for text in each_text(rows.column(name)) if text and not text.isspace()]
        sources.append(rows.source)
    if not found:
        raise DataError(f"{', '.join(sources)}: there is no text in it; give files with texts")
    progress.say(f"{plural(len(found), 'text')} from {', '.join(sources)}")
    return found, ", ".join(sources)


def _report(network: "LanguageModel", samples: list[tuple[str, str]], out: Path, *, as_json: bool) -> None:
    from seqtext.cli.screen import echo_json, printable
    from seqtext.language import perplexity_words
    from seqtext.terminal import clock

    made = network.made
    if as_json:
        shown = [{"beginning": begin, "continuation": rest} for begin, rest in samples]
        echo_json({"network": str(out), "perplexity": made.perplexity, "seconds": made.seconds, "samples": shown})
    else:
        for beginning, continuation in samples:
            click.echo(printable(f"{beginning} ... {continuation}", 1_000))
        stopped = ", stopped by hand: the same command goes on" if made.was_stopped else ""
        click.echo(
            f"wrote {out} ({network.spec.encoder.summary}, {network.spec.vocabulary_size:,} words; "
            f"trained in {clock(made.seconds)}{stopped}): perplexity {perplexity_words(made.perplexity)} on "
            f"{made.tokens['held out']:,} held-out tokens"
        )
        say(f"start from it: seqtext train --data FILE --recipe {made.recipe} --pretrained {out}")
