"""``seqtext inspect``: what is in a model folder."""

from pathlib import Path
from typing import Any

import click

from seqtext.cli.options import newest_model


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[DIR]")
@click.option("--json", "as_json", is_flag=True, help="Print model.json's content as JSON.")
def inspect(folder: Path | None, as_json: bool) -> None:
    """
    Check a model folder and say what is in it: labels, text pipeline, layers, scores, origin.

    \b
        seqtext inspect models/sentiment
    """
    from seqtext.bundle import load
    from seqtext.schema import to_plain

    model = load(folder or newest_model())
    if as_json:
        import json

        click.echo(json.dumps(to_plain(model.manifest), ensure_ascii=False, indent=1))
        return
    for name, value in facts(model):
        click.echo(f"{name:<12} {value}")


def facts(model: Any) -> list[tuple[str, str]]:
    """Lines of what a person wants to know about a model, as name and value."""
    import json

    from seqtext.models.cudnn import cudnn_lines

    manifest = model.manifest
    made = manifest.made
    lines = [("model", f"{model.folder} (format {manifest.format}, all files intact)")]
    lines += [(f"output {name}", ", ".join(labels)) for name, labels in manifest.labels.items()]
    for text in manifest.spec.inputs:
        options = manifest.pipelines[text.name]
        lines += [
            (
                f"input {text.name}",
                f"column {manifest.columns.get(text.name, text.name)!r}; {text.vocabulary_size:,} words",
            ),
            (
                "text",
                ", ".join(f"{key} {json.dumps(value, ensure_ascii=False)}" for key, value in options.items()),
            ),
            (
                "encoder",
                f"embedding {text.embedding_dim}, "
                f"{'bidirectional ' if text.bidirectional else ''}{text.cell} {text.units}"
                f"{f' x {text.layers} layers' if text.layers > 1 else ''}, {text.pooling} pooling",
            ),
        ]
    lines += [("cuDNN", line) for line in cudnn_lines(manifest.spec)]
    lines += [
        ("weights", f"{made.get('weights', 0):,}"),
        ("recipe", str(made.get("recipe"))),
        ("made", str(made.get("created"))),
    ]
    rows = ", ".join(f"{count:,} {part}" for part, count in made.get("rows", {}).items())
    lines += [("trained on", f"{made.get('corpus', {}).get('title') or made.get('source')} (rows: {rows})")]
    versions = ", ".join(f"{name} {version}" for name, version in made.get("versions", {}).items())
    lines += [("versions", versions)]
    metrics = json.loads((model.folder / "metrics.json").read_text(encoding="utf-8"))
    for output, scores in metrics.items():
        for who, one in scores.items():
            lines.append(
                (
                    f"score {output}",
                    f"{who}: accuracy {one['accuracy']:.3f}, macro-F1 {one['macro_f1']:.3f} on {one['rows']:,} rows",
                )
            )
    return lines
