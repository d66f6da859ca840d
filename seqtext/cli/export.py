"""``seqtext export``: a trained model as an ONNX file for other languages and runtimes."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtext.cli.evaluate import read_labelled, renames, say_seen
from seqtext.cli.options import file_options, memory_option, say
from seqtext.errors import DataError, in_file, listed, plural

if TYPE_CHECKING:
    from seqtext.export import Trial
    from seqtext.model import TrainedModel


@click.command(short_help="Write a model as an ONNX file for other runtimes.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.onnx")
@click.option("--quantize", is_flag=True, help="Keep large weights in 8 bits: a quarter of the size, and LSTMs faster.")
@click.option(
    "--data",
    metavar="FILE",
    help="Of --quantize: a file with labels, to measure what it costs. Rows that the model has not learned from.",
)
@click.option(
    "--max-drop",
    type=click.FloatRange(0, 100),
    metavar="POINTS",
    help="Of --quantize: write nothing if accuracy falls by more, in percentage points. Default: 0.5.",
)
@click.option("--text", multiple=True, metavar="COL", help="Column of --data with the text. Default: as in training.")
@click.option("--label", multiple=True, metavar="COL", help="Column of --data with the label. Default: as in training.")
@click.option("--rename", multiple=True, metavar="OLD=NEW", help="Read the label OLD of --data as NEW.")
@click.option("--known-labels", is_flag=True, help="Leave out rows of --data with labels that the model does not know.")
@file_options
@memory_option
def export(
    folder: Path,
    file: Path,
    quantize: bool,
    data: str | None,
    max_drop: float | None,
    rename: tuple[str, ...],
    **options: Any,
) -> None:
    """
    Write the model in DIR as FILE.onnx, and beside it FILE.json, which says how a text becomes what the graph takes.

    Any ONNX runtime can run the file, in any language; the JSON file holds the cleaning steps, the words and the
    labels. The n-grams of a model that counts some are in FILE.ngrams.safetensors.

    With --quantize the file is smaller, and an LSTM faster, on ONNX Runtime alone. What that costs is measured on the
    labelled rows of --data: a model folder has none.

    \b
        seqtext export models/sentiment sentiment.onnx
        seqtext export models/sentiment small.onnx --quantize --data held_out.csv
    """
    from seqtext.export import export_onnx, quantized
    from seqtext.saving import load

    if quantize and data is None:
        raise click.UsageError(
            "--quantize needs --data FILE, rows with labels to measure what it costs, best such that the model has "
            "not learned from: a model folder has none"
        )
    if not quantize and (data is not None or max_drop is not None):
        raise click.UsageError("--data and --max-drop belong to --quantize; add it")
    model = load(folder)
    if data is not None:
        small = quantized(model)
        _measure(model, small, data, 0.5 if max_drop is None else max_drop, renames(rename), options)
        model = small
    for written in export_onnx(model, file):
        say(f"wrote {written}")


def _measure(
    model: "TrainedModel",
    small: "TrainedModel",
    data: str,
    max_drop: float,
    renamed: dict[str, str],
    options: dict[str, Any],
) -> None:
    """Say what 8 bits cost and buy; DataError where the accuracy of an output falls by more than that many points."""
    from seqtext.evaluation import in_short
    from seqtext.export import compare

    text, label = options["text"], options["label"]
    rows, texts, truths = read_labelled(
        model, data, text, label, renamed, options, known_labels=options["known_labels"]
    )
    if missing := [head.name for head in model.spec.outputs if head.name not in truths]:
        raise DataError(f"{rows.source} has no labels of {listed(missing)}; --quantize is measured on every output")
    with in_file(rows.source):
        say_seen(model.has_seen(texts))
        before, after = compare([model, small], texts, truths)
    for output, scores in before.scores.items():
        now = after.scores[output]
        drop = 100 * (scores.accuracy - now.accuracy)
        on = f"on {plural(scores.rows, 'row')} of {rows.source}"
        if drop > max_drop + 1e-9:
            raise DataError(
                f"nothing was written: in 8 bits the accuracy of {output!r} falls by {drop:.2f} points, from "
                f"{scores.accuracy:.4f} to {now.accuracy:.4f} {on}, and --max-drop allows {max_drop:g}"
            )
        say(f"{output}: {in_short(scores)}; in 8 bits {in_short(now)}, {on}")
    say(f"{_size_and_speed(before)}; in 8 bits {_size_and_speed(after)}, on this machine")


def _size_and_speed(trial: "Trial") -> str:
    return f"{trial.size / 1e6:,.2f} MB and {trial.speed:,.0f} rows a second"
