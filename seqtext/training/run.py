"""A whole training run: raw texts and labels in, everything that a saved model needs out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtext.data.splitting import split_rows
from seqtext.errors import BundleError, DataError, missing_extra
from seqtext.models.spec import ModelSpec
from seqtext.preprocess import LabelEncoder, TextPipeline
from seqtext.preprocess.texts import each_text
from seqtext.recipes import Recipe
from seqtext.training.batches import Rows, batches
from seqtext.training.progress import Silent

if TYPE_CHECKING:
    import keras

# Rows on which the ONNX graph is compared with Keras, and the difference in a probability that is still rounding.
COMPARED_ROWS = 256
TOLERANCE = 1e-5

Texts = Mapping[str, Sequence[str | None]]
Labels = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Trained:
    """What training found: all of it plain data, but for the Keras ``model`` itself."""

    recipe: Recipe
    spec: ModelSpec
    pipelines: dict[str, TextPipeline]
    labels: dict[str, LabelEncoder]
    weights: dict[str, np.ndarray]
    graph: bytes
    history: list[dict[str, float]]
    rows: dict[str, int]
    model: "keras.Model"


def train(texts: Texts, labels: Labels, recipe: Recipe, *, progress: Silent | None = None) -> Trained:
    """
    Train a model on raw rows; ``texts`` and ``labels`` hold one column per input and output, equally long.
    A label is a string, an int or a bool.

    ``recipe.validation_share`` of the rows is held out for early stopping, with equal texts on one side, and
    nothing is learned from them: neither words nor weights. Raises DataError where the rows cannot be learned from,
    BundleError if the ONNX graph does not give what Keras gives.
    """
    progress = progress or Silent()
    texts = {name: readable(name, column) for name, column in texts.items()}
    check_rows(texts, labels)
    try:
        import keras  # noqa: F401  (4 s: fail here, before the work begins)
    except ImportError as error:
        raise missing_extra("tensorflow", "train") from error
    from seqtext.models.build import build, build_reference, get_weights
    from seqtext.models.onnx_graph import build_graph
    from seqtext.training.fit import fit

    encoders = {name: LabelEncoder().fit(column) for name, column in labels.items()}
    labels = {name: names_of(encoders[name], column) for name, column in labels.items()}
    kept, held_out = validation_split(texts, labels, recipe)
    pipelines = {name: recipe.pipeline().fit([column[i] for i in kept]) for name, column in texts.items()}
    training = encode(texts, labels, pipelines, encoders, kept)
    validation = encode(texts, labels, pipelines, encoders, held_out) if len(held_out) else None
    spec = recipe.spec(
        {name: len(pipeline.vocabulary_) for name, pipeline in pipelines.items()},
        {name: len(encoder) for name, encoder in encoders.items()},
    )
    model = build(spec, seed=recipe.seed)
    history = fit(model, training, validation, recipe, progress=progress)
    weights = get_weights(model, spec)
    graph = build_graph(spec, weights)
    compare(build_reference(spec, weights), graph, validation or training)
    rows = {"training": len(kept), "validation": len(held_out)}
    return Trained(recipe, spec, pipelines, encoders, weights, graph, history, rows, model)


def readable(name: str, column: Sequence[Any]) -> list[str]:
    """One column of texts, a missing one (None, NaN) as the empty text; TypeError names the row of anything else."""
    try:
        return list(each_text(column))
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from error


def check_rows(texts: Texts, labels: Labels) -> None:
    """Raise DataError where there is nothing to learn from these rows."""
    lengths = {len(column) for column in (*texts.values(), *labels.values())}
    if len(lengths) != 1:
        raise ValueError(f"texts and labels must be equally long, but have {sorted(lengths)} rows")
    if not lengths.pop():
        raise DataError("there are no rows to train on")
    for name, column in labels.items():
        counts: dict[str, int] = {}
        for label in column:
            counts[label] = counts.get(label, 0) + 1
        if len(counts) < 2:
            raise DataError(
                f"all {len(column):,} rows have the {name} {next(iter(counts))!r}, so there is nothing to learn; "
                "give rows with at least two labels"
            )


def names_of(encoder: LabelEncoder, labels: Sequence[Any]) -> list[str]:
    """The labels as strings, by which a saved model knows them."""
    return [encoder.classes_[index] for index in encoder.transform(labels)]


def validation_split(texts: Texts, labels: Labels, recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers to learn from and row numbers to watch; the second part is empty where none is wanted."""
    first = next(iter(labels.values()))
    if not recipe.validation_share:
        return np.arange(len(first)), np.arange(0)
    return split_rows(first, joined(texts), share=recipe.validation_share, seed=recipe.seed)


def joined(texts: Texts) -> list[str]:
    """One text per row for finding duplicates: all inputs one after the other."""
    return ["\n".join(text or "" for text in row) for row in zip(*texts.values(), strict=True)]


def encode(
    texts: Texts,
    labels: Labels,
    pipelines: Mapping[str, TextPipeline],
    encoders: Mapping[str, LabelEncoder],
    chosen: np.ndarray,
) -> Rows:
    """The chosen rows as ids and label indices."""
    return Rows(
        {name: pipeline.encode([texts[name][i] for i in chosen]) for name, pipeline in pipelines.items()},
        {name: encoder.transform([labels[name][i] for i in chosen]) for name, encoder in encoders.items()},
    )


def compare(model: "keras.Model", graph: bytes, rows: Rows) -> None:
    """Raise BundleError if ONNX Runtime and Keras, both on the CPU, differ by more than 1e-5 on the first rows."""
    import keras
    import onnxruntime

    from seqtext.training.fit import predict

    few = Rows({name: column[:COMPARED_ROWS] for name, column in rows.ids.items()}, {})
    with keras.device("cpu:0"):
        by_keras = predict(model, few)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    for indices, ids in batches(few, 64):
        for name, answer in zip(names, session.run(None, ids), strict=True):
            difference = float(np.abs(answer - by_keras[name][indices]).max())
            if not difference <= TOLERANCE:
                raise BundleError(
                    f"the ONNX graph differs from Keras by {difference:.1e} in {name!r}, where {TOLERANCE:.0e} is "
                    "allowed; the model was not saved: please report this with the recipe"
                )
