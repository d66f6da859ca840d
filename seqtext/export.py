"""A trained model for other languages and runtimes: an ONNX file, and a description of what goes in and comes out."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from seqtext.data.files import reason
from seqtext.errors import DataError
from seqtext.evaluation import AnyScores
from seqtext.model import TrainedModel
from seqtext.model_folder import to_json
from seqtext.models.heads import labelled
from seqtext.models.quantized import QuantizedGraph

# For who has the file and not these pages.

IN_8_BITS = (
    "large weights have 8 bits, and a scale for each of their outputs; an LSTM is DynamicQuantizeLSTM, an operator of "
    "ONNX Runtime (com.microsoft), and its answers depend a little on the rows that are beside a row"
)
# Of which the speed is measured, and how often: the best time counts.
TIMED_ROWS, TAKES = 500, 3


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
        path: model.graph().to_bytes(),
        path.with_suffix(".json"): to_json(description(model, ngrams.name)),
        **({ngrams: safetensors.numpy.save(arrays)} if arrays else {}),
    }
    try:
        for file, content in files.items():
            file.write_bytes(content)
    except OSError as error:
        raise DataError(f"cannot write {error.filename or path}: {reason(error)}") from error
    return tuple(files)


@dataclass(frozen=True)
class Trial:
    """How the graph of a model does: its scores by output, rows that it labels in a second, and its size in bytes."""

    scores: dict[str, AnyScores]
    speed: float
    size: int


def quantized(model: TrainedModel) -> TrainedModel:
    """Return the same model with large weights of 8 bits, and LSTMs that compute in them."""
    return replace(model, kind_of_graph=QuantizedGraph)


def compare(
    models: Sequence[TrainedModel], columns: Mapping[str, Sequence[Any]], truths: Mapping[str, np.ndarray]
) -> list[Trial]:
    """
    Return how several models with the same inputs and outputs do on the same rows.

    Parameters
    ----------
    models
        The models, which take turns where time is measured.
    columns, truths
        What they read by input name, and the right answers by output name, as the encoders of the labels give them.
    """
    scores = [_scores(model, columns, truths) for model in models]
    few = {name: column[:TIMED_ROWS] for name, column in columns.items()}
    seconds = np.min([[_seconds(model, few) for model in models] for _ in range(TAKES)], axis=0)
    n_rows = max(map(len, few.values()))
    sizes = [len(model.graph().to_bytes()) for model in models]
    return [Trial(one, n_rows / taken, size) for one, taken, size in zip(scores, seconds, sizes, strict=True)]


def _scores(
    model: TrainedModel, columns: Mapping[str, Sequence[Any]], truths: Mapping[str, np.ndarray]
) -> dict[str, AnyScores]:
    answers, found = model.probabilities(columns), {}
    for head in model.spec.outputs:
        truth = truths[head.name]
        known, predicted = labelled(truth), head.decode(answers[head.name])
        found[head.name] = head.scores(truth[known], predicted[known], model.label_names[head.name])
    return found


def _seconds(model: TrainedModel, columns: Mapping[str, Sequence[Any]]) -> float:
    began = time.perf_counter()
    model.probabilities(columns)
    return time.perf_counter() - began


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
        **({"numbers": IN_8_BITS} if model.kind_of_graph is QuantizedGraph else {}),
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
