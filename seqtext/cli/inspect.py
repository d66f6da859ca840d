"""``seqtext inspect``: what is in a model folder."""

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqtext.cli.options import open_model
from seqtext.errors import BundleError

if TYPE_CHECKING:
    from seqtext.bundle import Bundle
    from seqtext.models.spec import TextInput


@click.command(short_help="Say what is in a model folder.")
@click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[DIR]")
@click.option("--json", "as_json", is_flag=True, help="Print model.json's content as JSON.")
def inspect(folder: Path | None, as_json: bool) -> None:
    """
    Check a model folder and say what is in it: labels, text pipeline, layers, scores, origin.

    Default: the model trained last under models/.

    \b
        seqtext inspect models/sentiment
    """
    from seqtext.schema import to_plain

    model = open_model(folder)
    if as_json:
        from seqtext.cli.screen import echo_json

        echo_json(to_plain(model.manifest))
        return
    try:
        lines = facts(model)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        # What a model tells about itself for people is not covered by the schema.
        raise BundleError(
            f"{model.folder} can be used, but what it tells about its training is not as seqtext writes it; "
            "'seqtext inspect --json' shows it as it is"
        ) from error
    for name, value in lines:
        folded = _folded(value) or [""]
        click.echo("\n".join(f"{name if i == 0 else '':<10}  {line}" for i, line in enumerate(folded)))


def _folded(value: str) -> list[str]:
    return textwrap.wrap(value, 100, break_on_hyphens=False, break_long_words=False)


def facts(model: "Bundle") -> list[tuple[str, str]]:
    """Lines of what a person wants to know about a model, as name and value."""
    from seqtext.cli.screen import printable
    from seqtext.models.cudnn import cudnn_lines

    manifest = model.manifest
    made = manifest.made
    several = len(manifest.labels) > 1
    lines = [("model", f"{model.folder} (format {manifest.format}; all files checked)")]
    for output, labels in manifest.labels.items():
        lines.append((f"labels {output}" if several else "labels", printable(", ".join(labels), 1_000)))
    for text in manifest.spec.inputs:
        lines += text_facts(text, manifest.columns.get(text.name, text.name), manifest.pipelines[text.name])
    lines += [("weights", f"{made['weights']:,}"), *(("cuDNN", line) for line in cudnn_lines(manifest.spec))]
    source = made["corpus"].get("title") or made["source"]
    rows = ", ".join(f"{count:,} {part}" for part, count in made["rows"].items())
    epochs = f"{made['epochs']} epoch{'s'[: made['epochs'] != 1]}"
    lines += [
        ("trained on", printable(f"{source}; rows: {rows}", 1_000)),
        ("trained by", f"recipe {made['recipe']}, seed {made['seed']}, {epochs}, {made['training_seconds']:,.0f} s"),
        ("trained at", f"{made['created']} with " + ", ".join(f"{name} {it}" for name, it in made["versions"].items())),
    ]
    found = [(name, printable(value, 2_000)) for name, value in lines]
    for output, scores in _metrics(model).items():
        width = max(map(len, scores), default=0)
        for who, one in scores.items():
            name = f"score {output}" if several else "score"
            scored = f"accuracy {one['accuracy']:.3f}, macro-F1 {one['macro_f1']:.3f}"
            found.append((name, f"{who:<{width}}  {scored} on {one['rows']:,} unseen rows"))
    return found


def text_facts(text: "TextInput", column: str, pipeline: dict[str, Any]) -> list[tuple[str, str]]:
    """How one text becomes numbers, and what the encoder makes of them."""
    steps = ", ".join(step if isinstance(step, str) else str(list(step)) for step in pipeline["clean"])
    kept = {"post": "the beginning is", "pre": "the end is", "middle": "beginning and end are"}[pipeline["truncating"]]
    limit = f"; at most {pipeline['max_length']} of a text ({kept} kept)" if pipeline["max_length"] else ""
    cell = f"{'bidirectional ' if text.bidirectional else ''}{text.cell} {text.units}"
    layers = f", {text.layers} layers" if text.layers > 1 else ""
    return [
        (f"input {text.name}" if text.name != "text" else "input", f"the column {column!r}"),
        ("cleaning", steps or "none"),
        ("tokens", f"{pipeline['tokens']}; {text.vocabulary_size:,} in the vocabulary{limit}"),
        ("encoder", f"embedding {text.embedding_dim}, {cell}{layers}, {text.pooling} pooling"),
    ]


def _metrics(model: "Bundle") -> dict[str, Any]:
    import json

    return json.loads((model.folder / "metrics.json").read_text(encoding="utf-8"))
