"""A trained model for other languages and runtimes: an ONNX file, and a description of what goes in and comes out."""

from pathlib import Path
from typing import Any

from seqtext.data.files import reason
from seqtext.errors import DataError
from seqtext.model import TrainedModel
from seqtext.model_folder import to_json
from seqtext.models.spec import build_graph


def export_onnx(model: TrainedModel, path: Path) -> tuple[Path, Path]:
    """
    Write the graph of ``model`` to ``path`` and its description beside it; return both paths.

    Raises DataError where they cannot be written, or ``path`` does not end in ".onnx".
    """
    if path.suffix != ".onnx":
        raise DataError(f"cannot export to {path}: the name of an ONNX file ends in .onnx")
    beside = path.with_suffix(".json")
    try:
        path.write_bytes(build_graph(model.spec, model.weights).to_bytes())
        beside.write_bytes(to_json(description(model)))
    except OSError as error:
        raise DataError(f"cannot write {error.filename or path}: {reason(error)}") from error
    return path, beside


def description(model: TrainedModel) -> dict[str, Any]:
    """Return how raw columns become what the graph takes, and what its answers mean, as plain values for JSON."""
    return {
        "about": "An ONNX graph written by seqtext, and how to use it without seqtext.",
        "inputs": {
            part.name: {"column": model.columns[part.name], **part.how_to_feed(model.preparers[part.name])}
            for part in model.spec.inputs
        },
        "outputs": {
            head.name: {
                "column": model.columns[head.name],
                "type": "float32",
                "shape": ["rows", head.n_labels],
                "meaning": "probability of each label; the answer is the label with the highest",
                "labels": model.label_names[head.name],
            }
            for head in model.spec.outputs
        },
    }
