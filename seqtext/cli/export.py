"""``seqtext export``: a trained model as an ONNX file for other languages and runtimes."""

from pathlib import Path

import click

from seqtext.cli.options import say


@click.command(short_help="Write a model as an ONNX file for other runtimes.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.onnx")
def export(folder: Path, file: Path) -> None:
    """
    Write the model in DIR as FILE.onnx, and beside it FILE.json, which says how a text becomes what the graph takes.

    Any ONNX runtime can run the file, in any language; the JSON file holds the cleaning steps, the words and the
    labels. The n-grams of a model that counts some are in FILE.ngrams.safetensors.

    \b
        seqtext export models/sentiment sentiment.onnx
    """
    from seqtext.export import export_onnx
    from seqtext.saving import load

    for written in export_onnx(load(folder), file):
        say(f"wrote {written}")
