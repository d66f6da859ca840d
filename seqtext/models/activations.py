"""Activations by the names that Keras has for them, and the ONNX nodes that do the same (ONNX operator set 17)."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqtext.models.graph import Graph

# From the name of a value to the name of what the activation makes of it.
Nodes = Callable[[Graph, str], str]


def operator(name: str, **attributes: Any) -> Nodes:
    """Return an activation that is an operator of ONNX by itself."""
    return lambda graph, value: graph.add(name, value, **attributes)


def gate(inner: Nodes) -> Nodes:
    """Return x times an activation of x, such as silu."""
    return lambda graph, value: graph.add("Mul", value, inner(graph, value))


def clip(low: float, high: float) -> Nodes:
    """Return x between two bounds."""
    return lambda graph, value: graph.add("Clip", value, _number(graph, low), _number(graph, high))


def gelu(graph: Graph, value: str) -> str:
    """Add x / 2 (1 + erf(x / sqrt 2)): Hendrycks and Gimpel (2016), "Gaussian Error Linear Units", not approximated."""
    erf = graph.add("Erf", graph.add("Mul", value, _number(graph, math.sqrt(0.5))))
    half = graph.add("Mul", value, _number(graph, 0.5))
    return graph.add("Mul", half, graph.add("Add", erf, _number(graph, 1)))


def log_sigmoid(graph: Graph, value: str) -> str:
    """Add -softplus(-x)."""
    return graph.add("Neg", graph.add("Softplus", graph.add("Neg", value)))


def sparse_plus(graph: Graph, value: str) -> str:
    """Add 0 up to -1, x from 1 on, and (x + 1)^2 / 4 between; here as (c + 1)^2 / 4 + max(x - 1, 0), c = x clipped."""
    shifted = graph.add("Add", clip(-1, 1)(graph, value), _number(graph, 1))
    bend = graph.add("Mul", graph.add("Mul", shifted, shifted), _number(graph, 0.25))
    return graph.add("Add", bend, graph.add("Relu", graph.add("Sub", value, _number(graph, 1))))


def sparse_sigmoid(graph: Graph, value: str) -> str:
    """Add (x + 1) / 2 between 0 and 1."""
    shifted = graph.add("Add", clip(-1, 1)(graph, value), _number(graph, 1))
    return graph.add("Mul", shifted, _number(graph, 0.5))


def squareplus(graph: Graph, value: str) -> str:
    """Add (x + sqrt(x^2 + 4)) / 2."""
    root = graph.add("Sqrt", graph.add("Add", graph.add("Mul", value, value), _number(graph, 4)))
    return graph.add("Mul", graph.add("Add", value, root), _number(graph, 0.5))


def _number(graph: Graph, number: float) -> str:
    return graph.constant(np.float32(number))


def _less_tanh(graph: Graph, value: str) -> str:
    return graph.add("Sub", value, graph.add("Tanh", value))


# Of Keras 3.15, without those that need an argument (threshold), halve the width (glu) or sort (sparsemax).
HARD_SIGMOID = operator("HardSigmoid", alpha=1 / 6, beta=0.5)
SILU, HARD_SILU = gate(operator("Sigmoid")), gate(HARD_SIGMOID)
ACTIVATIONS: dict[str, Nodes] = {
    "relu": operator("Relu"),
    "tanh": operator("Tanh"),
    "sigmoid": operator("Sigmoid"),
    "linear": operator("Identity"),
    "elu": operator("Elu", alpha=1.0),
    "celu": operator("Celu", alpha=1.0),
    "selu": operator("Selu", alpha=1.6732632423543772, gamma=1.0507009873554805),
    "gelu": gelu,
    "silu": SILU,
    "swish": SILU,
    "mish": gate(lambda graph, value: graph.add("Tanh", graph.add("Softplus", value))),
    "leaky_relu": operator("LeakyRelu", alpha=0.2),
    "relu6": clip(0, 6),
    "exponential": operator("Exp"),
    "softplus": operator("Softplus"),
    "softsign": operator("Softsign"),
    "softmax": operator("Softmax", axis=-1),
    "log_softmax": operator("LogSoftmax", axis=-1),
    "log_sigmoid": log_sigmoid,
    "hard_sigmoid": HARD_SIGMOID,
    "hard_silu": HARD_SILU,
    "hard_swish": HARD_SILU,
    "hard_tanh": clip(-1, 1),
    "hard_shrink": operator("Shrink", bias=0.0, lambd=0.5),
    "soft_shrink": operator("Shrink", bias=0.5, lambd=0.5),
    "tanh_shrink": _less_tanh,
    "sparse_plus": sparse_plus,
    "sparse_sigmoid": sparse_sigmoid,
    "squareplus": squareplus,
}


@dataclass(frozen=True)
class CellActivation:
    """An activation inside ONNX's recurrent operators: its name there, and its two numbers where it has them."""

    operator: str
    alpha: float | None = None
    beta: float | None = None


# Without softplus: the GRU of ONNX Runtime 1.31 makes NaN of it.
CELL_ACTIVATIONS: dict[str, CellActivation] = {
    "tanh": CellActivation("Tanh"),
    "relu": CellActivation("Relu"),
    "sigmoid": CellActivation("Sigmoid"),
    "softsign": CellActivation("Softsign"),
    "linear": CellActivation("Affine", 1.0, 0.0),
    "elu": CellActivation("Elu", 1.0),
    "leaky_relu": CellActivation("LeakyRelu", 0.2),
    "hard_sigmoid": CellActivation("HardSigmoid", 1 / 6, 0.5),
}
# What a new weight can be drawn from; "zeros", "ones" and "identity" draw nothing.
INITIALIZERS = (
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "orthogonal",
    "random_uniform",
    "random_normal",
    "truncated_normal",
    "variance_scaling",
    "identity",
    "zeros",
    "ones",
)
