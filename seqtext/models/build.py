"""ModelSpec -> Keras model, and the model's weights under the names of `weight_shapes`."""

from typing import Any

import keras
import numpy as np

from seqtext.models.layers import (
    AttentionOverTime,
    BothLabels,
    LastStep,
    MaxOverTime,
    MeanOverTime,
    ReverseByLength,
    Seeds,
    TextLength,
    WordDropout,
    recurrent,
)
from seqtext.models.spec import Head, ModelSpec, TextInput, cell_name, weight_shapes


def build(spec: ModelSpec, *, seed: int = 0) -> keras.Model:
    """
    Make the Keras model of ``spec`` with fresh weights that depend on ``seed`` alone.

    It takes a dict of int32 ids of shape (batch, time), one per input name, padded on the right with 0, each row
    with at least one token; and gives a dict of float32 probabilities (batch, labels), one per output name.
    """
    # Layers have a "." in their names, which no input or output has: each may be called "max" or "concatenate".
    seeds = Seeds(seed)
    ids = {text.name: keras.Input((None,), dtype="int32", name=text.name) for text in spec.inputs}
    vectors = [encode(text, ids[text.name], seeds) for text in spec.inputs]
    features = vectors[0] if len(vectors) == 1 else keras.layers.Concatenate(name="all.joined")(vectors)
    if spec.head_dropout:
        features = keras.layers.Dropout(spec.head_dropout, seed=seeds(), name="all.dropout")(features)
    return keras.Model(ids, {head.name: answer(head, features, seeds) for head in spec.outputs}, name="seqtext")


def build_reference(spec: ModelSpec, weights: dict[str, np.ndarray]) -> keras.Model:
    """
    A copy of a trained model for the CPU, in full float32 and off cuDNN, whatever it was trained on.

    GPUs may multiply in TF32, which differs from ONNX Runtime by about 1e-3: too much to find a wrong graph by.
    """
    with keras.device("cpu:0"):
        model = build(spec)
        set_weights(model, spec, weights)
    for layer in model.layers:
        if hasattr(layer, "use_cudnn"):
            layer.use_cudnn = False
    return model


def encode(text: TextInput, ids: keras.KerasTensor, seeds: Seeds) -> keras.KerasTensor:
    """Read one text: ids (batch, time) to one vector a row (batch, ``text.width``)."""
    lengths = TextLength(name=f"{text.name}.length")(ids)
    if text.word_dropout:
        ids = WordDropout(text.word_dropout, seeds(), name=f"{text.name}.word_dropout")(ids)
    steps = keras.layers.Embedding(
        text.vocabulary_size,
        text.embedding_dim,
        embeddings_initializer=keras.initializers.RandomUniform(seed=seeds()),
        name=f"{text.name}.embedding",
    )(ids)
    if text.embedding_dropout:
        drop = keras.layers.SpatialDropout1D(
            text.embedding_dropout, seed=seeds(), name=f"{text.name}.embedding_dropout"
        )
        steps = drop(steps)
    for layer in range(text.layers):
        runs = [run(text, layer, direction, steps, lengths, seeds) for direction in text.directions]
        steps = _side_by_side(aligned(text, layer, runs, lengths), f"{text.name}.steps_{layer}")
    return pool(text, steps, runs, lengths, seeds)


def run(
    text: TextInput,
    layer: int,
    direction: str,
    steps: keras.KerasTensor,
    lengths: keras.KerasTensor,
    seeds: Seeds,
) -> keras.KerasTensor:
    """One recurrent layer in one direction; the backward one gives its steps in the order in which it read them."""
    if direction == "backward":
        steps = ReverseByLength(name=f"{text.name}.reversed_{layer}")(steps, lengths)
    return recurrent(text, seeds, keras_name(cell_name(text, layer, direction)))(steps)


def aligned(
    text: TextInput, layer: int, runs: list[keras.KerasTensor], lengths: keras.KerasTensor
) -> list[keras.KerasTensor]:
    """Put the steps of the backward run into the order of the text."""
    restore = ReverseByLength(name=f"{text.name}.restored_{layer}")
    return [runs[0], *(restore(backward, lengths) for backward in runs[1:])]


def pool(
    text: TextInput,
    steps: keras.KerasTensor,
    runs: list[keras.KerasTensor],
    lengths: keras.KerasTensor,
    seeds: Seeds,
) -> keras.KerasTensor:
    """Turn all steps into one vector a row; "last" takes the step that each direction read last."""
    if text.pooling == "last":
        last = [LastStep(name=f"{text.name}.last_{i}")(run, lengths) for i, run in enumerate(runs)]
        return _side_by_side(last, f"{text.name}.last")
    if text.pooling == "attention":
        kernel, context = (
            seeds.initializer(text.initializer),
            keras.initializers.RandomNormal(stddev=0.1, seed=seeds()),
        )
        return AttentionOverTime(kernel, context, name=f"{text.name}.attention")(steps, lengths)
    maximum = [MaxOverTime(name=f"{text.name}.max")(steps, lengths)] if text.pooling in ("max", "max_mean") else []
    mean = [MeanOverTime(name=f"{text.name}.mean")(steps, lengths)] if text.pooling in ("mean", "max_mean") else []
    return _side_by_side(maximum + mean, f"{text.name}.max_mean")


def answer(head: Head, features: keras.KerasTensor, seeds: Seeds) -> keras.KerasTensor:
    """Probabilities of shape (batch, ``head.n_labels``), float32."""
    # float32 even under mixed precision: float16 rounds small probabilities to zero.
    dense = keras.layers.Dense(
        head.width,
        activation="sigmoid" if head.kind == "binary" else "softmax",
        kernel_initializer=seeds.initializer("glorot_uniform"),
        dtype="float32",
        name=f"{head.name}.answer",
    )(features)
    if head.kind == "binary":
        return BothLabels(dtype="float32", name=head.name)(dense)
    return keras.layers.Identity(dtype="float32", name=head.name)(dense)


def _side_by_side(tensors: list[keras.KerasTensor], name: str) -> keras.KerasTensor:
    return tensors[0] if len(tensors) == 1 else keras.layers.Concatenate(name=name)(tensors)


def keras_name(path: str) -> str:
    """Keras uses '/' for itself, so layers are called with '.' where our weight names have '/'."""
    return path.replace("/", ".")


def variables(model: keras.Model, spec: ModelSpec) -> dict[str, Any]:
    """The Keras variables of ``model`` under the names of `weight_shapes`."""
    found = {}
    for name in weight_shapes(spec):
        path, _, weight = name.rpartition("/")
        if weight == "embedding":
            found[name] = model.get_layer(keras_name(name)).embeddings
        elif path in {head.name for head in spec.outputs}:
            found[name] = getattr(model.get_layer(f"{path}.answer"), weight)
        else:
            layer = model.get_layer(keras_name(path))
            found[name] = getattr(getattr(layer, "cell", layer), weight)
    return found


def get_weights(model: keras.Model, spec: ModelSpec) -> dict[str, np.ndarray]:
    """Copies of all weights as float32 arrays, named and ordered as in `weight_shapes`."""
    return {
        name: np.array(keras.ops.convert_to_numpy(variable), dtype=np.float32)
        for name, variable in variables(model, spec).items()
    }


def set_weights(model: keras.Model, spec: ModelSpec, weights: dict[str, np.ndarray]) -> None:
    """Put arrays named as in `weight_shapes` into ``model``."""
    for name, variable in variables(model, spec).items():
        variable.assign(weights[name])
