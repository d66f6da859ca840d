"""What a model is, as plain facts: no Keras here, so that a model folder can be checked before anything is built."""

import math
import re
from dataclasses import dataclass
from typing import Any

from seqtext.errors import RecipeError, SeqtextError, did_you_mean
from seqtext.schema import from_plain, to_plain

# Gates per cell: the widths of its kernels are that many times ``units``.
GATES = {"simple_rnn": 1, "gru": 3, "lstm": 4}
CELLS = tuple(GATES)
POOLINGS = ("last", "mean", "max", "max_mean", "attention")
ACTIVATIONS = ("tanh", "relu", "sigmoid", "softsign")
INITIALIZERS = (
    "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal", "orthogonal"
)  # fmt: skip
HEAD_KINDS = ("multiclass", "binary")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

# Upper bounds. They are generous for people and small enough that a hostile file cannot exhaust a machine.
MAX_VOCABULARY = 5_000_000
MAX_WIDTH = 4_096
MAX_LAYERS = 16
MAX_LABELS = 100_000
MAX_PARTS = 64
MAX_WEIGHTS = 500_000_000


@dataclass(frozen=True)
class TextInput:
    """
    One text column and the recurrent encoder that reads it.

    ``pooling`` turns the outputs of all time steps into one vector: the last real step, their mean, their maximum,
    both of these, or a learned weighting (Yang et al. 2016, "Hierarchical Attention Networks").
    ``word_dropout`` replaces tokens by the unknown token, ``embedding_dropout`` drops whole embedding channels,
    ``dropout`` and ``recurrent_dropout`` are those of the Keras cell. Every dropout acts in training only.
    """

    name: str
    vocabulary_size: int
    embedding_dim: int = 64
    cell: str = "lstm"
    units: int = 64
    layers: int = 1
    bidirectional: bool = False
    pooling: str = "last"
    activation: str = "tanh"
    initializer: str = "glorot_uniform"
    word_dropout: float = 0.0
    embedding_dropout: float = 0.0
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    l1: float = 0.0
    l2: float = 0.0

    @property
    def directions(self) -> tuple[str, ...]:
        """The directions in which the text is read, in the order of their outputs."""
        return ("forward", "backward") if self.bidirectional else ("forward",)

    @property
    def step_width(self) -> int:
        """Numbers that the last recurrent layer gives out for each time step."""
        return self.units * len(self.directions)

    @property
    def width(self) -> int:
        """Numbers that describe one whole text, after pooling."""
        return self.step_width * (2 if self.pooling == "max_mean" else 1)


@dataclass(frozen=True)
class Head:
    """
    One answer: probabilities over ``n_labels`` labels.

    "multiclass" is a softmax over all labels; "binary" is one sigmoid unit, the probability of the second of
    two labels.
    """

    name: str
    n_labels: int
    kind: str = "multiclass"

    @property
    def width(self) -> int:
        """Units of the last dense layer."""
        return 1 if self.kind == "binary" else self.n_labels


@dataclass(frozen=True)
class ModelSpec:
    """Inputs, outputs, and the dropout between the joined text vectors and the outputs; checked when made."""

    inputs: tuple[TextInput, ...]
    outputs: tuple[Head, ...]
    head_dropout: float = 0.0

    def __post_init__(self) -> None:
        check(self)

    @property
    def width(self) -> int:
        """Numbers that describe one row: the vectors of all inputs side by side."""
        return sum(text.width for text in self.inputs)


def check(spec: ModelSpec) -> None:
    """Raise RecipeError if any part of ``spec`` is outside what can be built."""
    for kind, parts in (("inputs", spec.inputs), ("outputs", spec.outputs)):
        if not 1 <= len(parts) <= MAX_PARTS:
            raise RecipeError(f"a model has 1 to {MAX_PARTS} {kind}, this one has {len(parts)}")
    names = [*(text.name for text in spec.inputs), *(head.name for head in spec.outputs)]
    for name in names:
        if not NAME.fullmatch(name):
            raise RecipeError(f"the name {name!r} is not made of letters, digits, '_' and '-' (64 at most)")
        if names.count(name) > 1:
            raise RecipeError(
                f"two parts of the model are both called {name!r}; every input and output needs its own name"
            )
    for text in spec.inputs:
        _check_text(text)
    for head in spec.outputs:
        _one_of("kind", head.kind, HEAD_KINDS)
        _between("n_labels", head.n_labels, 2, MAX_LABELS)
        if head.kind == "binary" and head.n_labels != 2:
            raise RecipeError(
                f"a binary head decides between 2 labels, {head.name!r} has {head.n_labels}; use multiclass"
            )
    _between("head_dropout", spec.head_dropout, 0, 0.95)
    if (weights := sum(math.prod(shape) for shape in weight_shapes(spec).values())) > MAX_WEIGHTS:
        raise RecipeError(f"the model would have {weights:,} weights, the limit is {MAX_WEIGHTS:,}; make it smaller")


def _check_text(text: TextInput) -> None:
    _one_of("cell", text.cell, CELLS)
    _one_of("pooling", text.pooling, POOLINGS)
    _one_of("activation", text.activation, ACTIVATIONS)
    _one_of("initializer", text.initializer, INITIALIZERS)
    _between("vocabulary_size", text.vocabulary_size, 2, MAX_VOCABULARY)
    _between("embedding_dim", text.embedding_dim, 1, MAX_WIDTH)
    _between("units", text.units, 1, MAX_WIDTH)
    _between("layers", text.layers, 1, MAX_LAYERS)
    for name in ("word_dropout", "embedding_dropout", "dropout", "recurrent_dropout"):
        _between(name, getattr(text, name), 0, 0.95)
    for name in ("l1", "l2"):
        _between(name, getattr(text, name), 0, 100)


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise RecipeError(f"{name} is {value!r}, expected one of {', '.join(choices)}{did_you_mean(value, choices)}")


def _between(name: str, value: float, low: float, high: float) -> None:
    # Written so that NaN fails, too.
    if not low <= value <= high:
        raise RecipeError(f"{name} is {value}, expected {low:,} to {high:,}")


def weight_shapes(spec: ModelSpec) -> dict[str, tuple[int, ...]]:
    """
    Name and shape of every weight of the model, in the order in which they are stored.

    The shapes are those of Keras: kernels are (inputs, gates x units), and a GRU has one bias for the input and
    one for the recurrent part.
    """
    shapes: dict[str, tuple[int, ...]] = {}
    for text in spec.inputs:
        shapes[f"{text.name}/embedding"] = (text.vocabulary_size, text.embedding_dim)
        gates = GATES[text.cell] * text.units
        for layer in range(text.layers):
            inputs = text.step_width if layer else text.embedding_dim
            for direction in text.directions:
                prefix = cell_name(text, layer, direction)
                shapes[f"{prefix}/kernel"] = (inputs, gates)
                shapes[f"{prefix}/recurrent_kernel"] = (text.units, gates)
                shapes[f"{prefix}/bias"] = (2, gates) if text.cell == "gru" else (gates,)
        if text.pooling == "attention":
            shapes[f"{text.name}/attention/kernel"] = (text.step_width, text.step_width)
            shapes[f"{text.name}/attention/bias"] = (text.step_width,)
            shapes[f"{text.name}/attention/context"] = (text.step_width,)
    for head in spec.outputs:
        shapes[f"{head.name}/kernel"] = (spec.width, head.width)
        shapes[f"{head.name}/bias"] = (head.width,)
    return shapes


def cell_name(text: TextInput, layer: int, direction: str) -> str:
    """
    Path of one recurrent cell inside the stored weights.

    >>> cell_name(TextInput("text", 100), 0, "forward")
    'text/lstm_0/forward'
    """
    return f"{text.name}/{text.cell}_{layer}/{direction}"


def spec_to_dict(spec: ModelSpec) -> dict[str, Any]:
    """Plain values for ``model.json``."""
    return to_plain(spec)


def spec_from_dict(data: Any, error: type[SeqtextError]) -> ModelSpec:
    """Read what `spec_to_dict` wrote; anything unknown, missing, mistyped or out of bounds raises ``error``."""
    try:
        return from_plain(ModelSpec, data, "spec", error)
    except RecipeError as problem:
        raise error(str(problem)) from problem
