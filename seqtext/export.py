"""A trained model for other languages and runtimes: an ONNX file, and a description of what goes in and comes out."""

from pathlib import Path
from typing import Any

import numpy as np

from seqtext.data.files import reason
from seqtext.errors import DataError
from seqtext.model import TrainedModel
from seqtext.model_folder import to_json
from seqtext.models.spec import build_graph


def export_onnx(model: TrainedModel, path: Path) -> tuple[Path, ...]:
    """
    Write the graph of ``model`` to ``path``, and beside it its description, and its n-grams if it has any.

    Returns the paths of all files, in that order.

    Raises DataError where they cannot be written, or ``path`` does not end in ".onnx".
    """
    if path.suffix != ".onnx":
        raise DataError(f"cannot export to {path}: the name of an ONNX file ends in .onnx")
    import safetensors.numpy

    arrays, ngrams = learned_arrays(model), path.with_suffix(".ngrams.safetensors")
    files = {
        path: build_graph(model.spec, model.weights).to_bytes(),
        path.with_suffix(".json"): to_json(description(model, ngrams.name)),
        **({ngrams: safetensors.numpy.save(arrays)} if arrays else {}),
    }
    try:
        for file, content in files.items():
            file.write_bytes(content)
    except OSError as error:
        raise DataError(f"cannot write {error.filename or path}: {reason(error)}") from error
    return tuple(files)


def learned_arrays(model: TrainedModel) -> dict[str, np.ndarray]:
    """Return what the preparers have learned beside words: ``text/bag_0/keys`` and the like."""
    return {
        f"{part.name}/{name}": array
        for part in model.spec.inputs
        if getattr(part, "array_shapes", {})
        for name, array in model.preparers[part.name].arrays().items()
    }


def description(model: TrainedModel, ngrams: str) -> dict[str, Any]:
    """
    Return how raw columns become what the graph takes, and what its answers mean, as plain values for JSON.

    Parameters
    ----------
    ngrams
        Name of the file with the n-grams, where the model has any.
    """
    names = list(learned_arrays(model))
    return {
        "about": "An ONNX graph written by seqtext, and how to use it without seqtext.",
        **({"arrays": {"file": ngrams, "format": "safetensors", "names": names}} if names else {}),
        "inputs": {
            part.name: {"column": model.columns[part.name], **part.how_to_feed(model.preparers[part.name])}
            for part in model.spec.inputs
        },
        "outputs": {
            head.name: {
                "column": model.columns[head.name],
                "type": "float32",
                "shape": ["rows", head.n_labels],
                "meaning": head.meaning,
                "labels": model.label_names[head.name],
            }
            for head in model.spec.outputs
        },
    }
