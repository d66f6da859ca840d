"""From the outputs of all time steps to one vector a row: each way in one place, for Keras and for ONNX."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqtext.models.graph import FLOAT, Graph

Weights = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Steps:
    """
    What a Keras encoder has read, to be pooled.

    Parameters
    ----------
    aligned
        Outputs in the order of the text, if that matters: (batch, time, width).
    runs
        Outputs of each direction in the order in which it read: (batch, time, units).
    lengths
        Tokens of each row: (batch,).
    name
        Of the encoder, to begin the names of layers with.
    initializer
        Returns a new initializer of the encoder's kind, with a seed of its own.
    seeds
        Returns a new seed.
    """

    aligned: Any
    runs: list[Any]
    lengths: Any
    name: str
    initializer: Callable[[], Any]
    seeds: Callable[[], int]


@dataclass(frozen=True)
class OnnxSteps:
    """The same in an ONNX graph: names of the steps, of the token mask (batch, time, 1) and of the lengths."""

    steps: str
    mask: str
    lengths: str


@dataclass(frozen=True)
class Pooling:
    """
    One way to pool.

    Parameters
    ----------
    keras
        Makes the layers and returns their output.
    onnx
        Adds the nodes and returns the name of the result; None where the last state is all that is read.
    vectors
        How many times as wide as a step the result is.
    weights
        The shapes of its weights, by their names, for steps of a given width.
    needs_order
        Whether it matters that the outputs of both directions for a token stand side by side.
    """

    keras: Callable[[Steps], Any]
    onnx: Callable[[Graph, OnnxSteps, Weights], str] | None
    vectors: int = 1
    weights: Callable[[int], dict[str, tuple[int, ...]]] = lambda width: {}
    needs_order: bool = True


def last(steps: Steps) -> Any:
    """Return the output for the token that each direction read last."""
    from seqtext.models.layers import LastStep, side_by_side

    found = [LastStep(name=f"{steps.name}>last_{i}")(run, steps.lengths) for i, run in enumerate(steps.runs)]
    return side_by_side(found, f"{steps.name}>last")


def maximum(steps: Steps) -> Any:
    """Return the maximum over each row's own tokens."""
    from seqtext.models.layers import MaxOverTime

    return MaxOverTime(name=f"{steps.name}>max")(steps.aligned, steps.lengths)


def maximum_onnx(graph: Graph, steps: OnnxSteps, weights: Weights) -> str:
    """Add the nodes of `maximum`."""
    masked = graph.add("Where", steps.mask, steps.steps, graph.constant(np.float32(-1e9)))
    return graph.add("ReduceMax", masked, axes=[1], keepdims=0)


def mean(steps: Steps) -> Any:
    """Return the mean over each row's own tokens."""
    from seqtext.models.layers import MeanOverTime

    return MeanOverTime(name=f"{steps.name}>mean")(steps.aligned, steps.lengths)


def mean_onnx(graph: Graph, steps: OnnxSteps, weights: Weights) -> str:
    """Add the nodes of `mean`."""
    masked = graph.add("Where", steps.mask, steps.steps, graph.constant(np.float32(0)))
    total = graph.add("ReduceSum", masked, graph.integers(1), keepdims=0)
    count = graph.add("Unsqueeze", graph.add("Cast", steps.lengths, to=FLOAT), graph.integers(1))
    return graph.add("Div", total, count)


def maximum_and_mean(steps: Steps) -> Any:
    """Return maximum and mean side by side."""
    from seqtext.models.layers import side_by_side

    return side_by_side([maximum(steps), mean(steps)], f"{steps.name}>max_mean")


def maximum_and_mean_onnx(graph: Graph, steps: OnnxSteps, weights: Weights) -> str:
    """Add the nodes of `maximum_and_mean`."""
    return graph.add("Concat", maximum_onnx(graph, steps, weights), mean_onnx(graph, steps, weights), axis=1)


def attention(steps: Steps) -> Any:
    """Return a mean with learned weights (Yang et al. 2016, "Hierarchical Attention Networks")."""
    import keras

    from seqtext.models.layers import AttentionOverTime

    kernel = steps.initializer()
    context = keras.initializers.RandomNormal(stddev=0.1, seed=steps.seeds())
    return AttentionOverTime(kernel, context, name=f"{steps.name}>attention")(steps.aligned, steps.lengths)


def attention_onnx(graph: Graph, steps: OnnxSteps, weights: Weights) -> str:
    """Add the nodes of `attention`."""
    weight = {name: graph.constant(weights[f"attention/{name}"]) for name in ("kernel", "bias", "context")}
    hidden = graph.add("MatMul", steps.steps, weight["kernel"])
    hidden = graph.add("Tanh", graph.add("Add", hidden, weight["bias"]))
    scores = graph.add("ReduceSum", graph.add("Mul", hidden, weight["context"]), graph.integers(2), keepdims=1)
    scores = graph.add("Where", steps.mask, scores, graph.constant(np.float32(-1e9)))
    weighted = graph.add("Mul", graph.add("Softmax", scores, axis=1), steps.steps)
    return graph.add("ReduceSum", weighted, graph.integers(1), keepdims=0)


def attention_weights(width: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the weights of `attention`."""
    return {"attention/kernel": (width, width), "attention/bias": (width,), "attention/context": (width,)}


POOLINGS: dict[str, Pooling] = {
    "last": Pooling(last, None),
    "mean": Pooling(mean, mean_onnx, needs_order=False),
    "max": Pooling(maximum, maximum_onnx, needs_order=False),
    "max_mean": Pooling(maximum_and_mean, maximum_and_mean_onnx, vectors=2, needs_order=False),
    "attention": Pooling(attention, attention_onnx, weights=attention_weights),
}
