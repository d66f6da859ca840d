"""What a model is, as plain facts: no Keras here, so that a model folder can be checked before anything is built."""

import dataclasses
import hashlib
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from seqtext.errors import RecipeError
from seqtext.models.activations import ACTIVATIONS, INITIALIZERS
from seqtext.models.category import CategoryInput, CategorySettings
from seqtext.models.graph import Graph
from seqtext.models.heads import HEADS
from seqtext.models.number import NumberInput, NumberSettings
from seqtext.models.recurrent import MAX_WIDTH
from seqtext.models.sharing import Comparison, add_shared, check_sharing, made_for
from seqtext.models.text import TextInput, TextSettings
from seqtext.schema import check_settings, one_of, setting

if TYPE_CHECKING:
    from seqtext.models.layers import Seeds

# The kinds of columns that a model can read: what can be asked of one, and what is built for it.
INPUT_SETTINGS: dict[str, Any] = {"text": TextSettings, "number": NumberSettings, "category": CategorySettings}
INPUTS: dict[str, Any] = {"text": TextInput, "number": NumberInput, "category": CategoryInput}
# What layers of Keras and files may be called everywhere.
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
# "/" stands between the parts of the name of a weight, "." between those of a setting and of a value in a graph.
MAX_NAME, NOT_IN_NAMES = 64, "./"

# Upper bounds. They are generous for people and small enough that a hostile file cannot exhaust a machine.
MAX_PARTS = 64
MAX_WEIGHTS = 500_000_000


@dataclass(frozen=True)
class Dense:
    """
    A dense layer behind the joined vectors of all inputs.

    Parameters
    ----------
    units
        Its width.
    activation, initializer, l1, l2
        By the names that Keras has for them; the penalties are on the kernel.
    gaussian_noise, dropout
        Behind the layer, in training only: standard deviation of what is added, and share of what is dropped.
    """

    kind: ClassVar[str] = "dense"
    units: int = setting(64, low=1, high=MAX_WIDTH)
    activation: str = setting("relu", choices=ACTIVATIONS)
    initializer: str = setting("glorot_uniform", choices=INITIALIZERS)
    gaussian_noise: float = setting(0.0, low=0, high=1)
    dropout: float = setting(0.0, low=0, high=0.95)
    l1: float = setting(0.0, low=0, high=100)
    l2: float = setting(0.0, low=0, high=100)

    def __post_init__(self) -> None:
        check_settings(self)

    def weight_shapes(self, features: int) -> dict[str, tuple[int, ...]]:
        """Return name and shape of the weights for that many features."""
        return {"kernel": (features, self.units), "bias": (self.units,)}

    def build(self, name: str, features: Any, seeds: "Seeds") -> Any:
        """Make the Keras layers and return their output."""
        import keras

        from seqtext.models.layers import penalty

        features = keras.layers.Dense(
            self.units,
            activation=self.activation,
            kernel_initializer=seeds.initializer(self.initializer),
            kernel_regularizer=penalty(self.l1, self.l2),
            name=name,
        )(features)
        if self.gaussian_noise:
            noise = keras.layers.GaussianNoise(self.gaussian_noise, seed=seeds(), name=f"{name}>noise")
            features = noise(features)
        if self.dropout:
            features = keras.layers.Dropout(self.dropout, seed=seeds(), name=f"{name}>dropout")(features)
        return features

    def add_nodes(self, graph: Graph, features: str, weights: Mapping[str, np.ndarray]) -> str:
        """Add the same to an ONNX graph; return the name of the result."""
        kernel, bias = graph.constant(weights["kernel"]), graph.constant(weights["bias"])
        return ACTIVATIONS[self.activation](graph, graph.add("Gemm", features, kernel, bias))


@dataclass(frozen=True)
class ModelSpec:
    """
    A whole model; checked when made.

    Parameters
    ----------
    inputs
        What is read; the vectors of all inputs stand side by side.
    outputs
        The answers, all from the same features.
    dense
        Layers between the joined vectors and the answers.
    head_dropout
        Dropout before the answers.
    comparisons
        Pairs of texts whose difference and product stand behind the vectors of all inputs.
    """

    inputs: tuple[Any, ...] = one_of(INPUTS)
    outputs: tuple[Any, ...] = one_of(HEADS)
    dense: tuple[Dense, ...] = ()
    head_dropout: float = setting(0.0, low=0, high=0.95)
    comparisons: tuple[Comparison, ...] = ()

    def __post_init__(self) -> None:
        check_settings(self)
        for kind, parts in (("inputs", self.inputs), ("outputs", self.outputs)):
            if not 1 <= len(parts) <= MAX_PARTS:
                raise RecipeError(f"a model has 1 to {MAX_PARTS} {kind}, this one has {len(parts)}")
        for what, several in (("dense layers", self.dense), ("compared pairs", self.comparisons)):
            if len(several) > MAX_PARTS:
                raise RecipeError(f"a model has at most {MAX_PARTS} {what}, this one has {len(several)}")
        _check_names([part.name for part in (*self.inputs, *self.outputs)])
        check_sharing(self.inputs, self.comparisons)
        if (weights := self.weight_count) > MAX_WEIGHTS:
            raise RecipeError(
                f"the model would have {weights:,} weights, the limit is {MAX_WEIGHTS:,}; make it smaller"
            )

    @property
    def summary(self) -> str:
        """The inputs in a few words."""
        several = len(self.inputs) > 1
        parts = [f"{part.name}: {part.summary}" if several else part.summary for part in self.inputs]
        return "; ".join([*parts, *(one.summary for one in self.comparisons)])

    @property
    def weight_count(self) -> int:
        """Numbers in all weights together."""
        return sum(math.prod(shape) for shape in weight_shapes(self).values())

    @property
    def features(self) -> list[int]:
        """Widths of the joined vectors and of the output of each dense layer."""
        return [sum(width for _, width in self.sides), *(layer.units for layer in self.dense)]

    @property
    def comparison_widths(self) -> list[int]:
        """Numbers that each comparison gives."""
        by_name = {part.name: part for part in self.inputs}
        pairs = [by_name[one.first].sequence_parts.values() for one in self.comparisons]
        return [2 * sum(encoder.width for encoder in encoders) for encoders in pairs]

    @property
    def sides(self) -> list[tuple[bool, int]]:
        """Whether each part of the joined vectors belongs to the wide half, and how wide it is."""
        of_inputs = [side for part in self.inputs for side in getattr(part, "sides", [(False, part.width)])]
        return [*of_inputs, *((False, width) for width in self.comparison_widths)]

    @property
    def is_linear(self) -> bool:
        """Whether all that it reads goes straight to the answers."""
        return all(is_wide for is_wide, _ in self.sides)


def _check_names(names: list[str]) -> None:
    for name in names:
        if not 1 <= len(name) <= MAX_NAME or name != _visible(name):
            raise RecipeError(
                f"the name {name!r:.80} is not one of {MAX_NAME} visible characters at most, without {NOT_IN_NAMES!r} "
                "and without a space at its ends"
            )
    plain = list(map(plain_name, names))
    for name, own in zip(names, plain, strict=True):
        if plain.count(own) > 1:
            raise RecipeError(f"two parts of the model are both called {name!r}; every one needs its own name")


def part_names(columns: list[str], default: str, known: Collection[str] = ()) -> dict[str, str]:
    """
    Return names for the parts of a model, made from its columns: one gets the plain name, several are told apart.

    One that a recipe has settings for, under a name that is ``known``, has that name.

    >>> part_names(["Mail body"], "text"), part_names(["Mail subject", "标题"], "text")
    ({'text': 'Mail body'}, {'Mail subject': 'Mail subject', '标题': '标题'})
    """
    if len(columns) == 1 and not {default} & set(known) and (name := name_of(columns[0]) or default) in known:
        return {name: columns[0]}
    if len(columns) == 1:
        return {default: columns[0]}
    found: dict[str, str] = {}
    for column in columns:
        name = name_of(column) or default
        found[name if name not in found else f"{name}_{len(found)}"] = column
    return found


def name_of(column: str) -> str:
    """
    Return what the part of a model that reads or answers ``column`` is called, empty if nothing of it can be seen.

    >>> name_of("Größe"), name_of("a.b"), name_of("\\t")
    ('Größe', 'a_b', '')
    """
    return _visible(_visible(column)[: MAX_NAME - 8])


def _visible(name: str) -> str:
    return "".join("_" if one in NOT_IN_NAMES else one if one.isprintable() else " " for one in name).strip()


def plain_name(name: str) -> str:
    """
    Return a name for layers of Keras and for files, of which few alphabets are known to all: its own if it is plain.

    >>> plain_name("Mail-subject"), plain_name("Mail subject")
    ('Mail-subject', 'Mail_subject-4f217ae129269871')
    """
    if PLAIN_NAME.fullmatch(name):
        return name
    plain = re.sub("[^A-Za-z0-9]+", "_", name).strip("_")[:32]
    return f"{plain or 'part'}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def with_plain_names(spec: ModelSpec) -> ModelSpec:
    """Return the same model with parts that have plain names."""
    inputs = [
        dataclasses.replace(part, name=plain_name(part.name), **_plain(shares=getattr(part, "shares", "")))
        for part in spec.inputs
    ]
    outputs = [dataclasses.replace(head, name=plain_name(head.name)) for head in spec.outputs]
    comparisons = [Comparison(plain_name(one.first), plain_name(one.second)) for one in spec.comparisons]
    return dataclasses.replace(spec, inputs=tuple(inputs), outputs=tuple(outputs), comparisons=tuple(comparisons))


def _plain(**names: str) -> dict[str, str]:
    """Those names that there are, plain."""
    return {field: plain_name(name) for field, name in names.items() if name}


def weight_shapes(spec: ModelSpec) -> dict[str, tuple[int, ...]]:
    """Return name and shape of every weight of the model, in the order in which they are stored."""
    shapes = {name: shape for part in spec.inputs for name, shape in part.weight_shapes().items()}
    for i, (layer, width) in enumerate(zip(spec.dense, spec.features, strict=False)):
        shapes |= {f"dense/{i}/{name}": shape for name, shape in layer.weight_shapes(width).items()}
    for head in spec.outputs:
        shapes |= {f"{head.name}/{name}": shape for name, shape in head.weight_shapes(spec.features[-1]).items()}
    return shapes


def build_graph(spec: ModelSpec, weights: Mapping[str, np.ndarray], kind: type[Graph] = Graph) -> Graph:
    """
    Return the ONNX graph of a model: ids of each input in, float32 probabilities of each output out.

    It has the standard's own recurrent operators; ``sequence_lens`` tells them where each row ends.

    Parameters
    ----------
    spec
        What the model is.
    weights
        Named and shaped as in `weight_shapes`.
    kind
        `Graph`, or a subclass that does the same in another way.
    """
    graph = kind()
    shared = add_shared(graph, spec.inputs, weights)
    vectors = [part.add_nodes(graph, weights, *made_for(part, shared)) for part in spec.inputs]
    compared = [one.add_nodes(graph, shared) for one in spec.comparisons]
    features = graph.side_by_side([*vectors, *compared])
    for i, layer in enumerate(spec.dense):
        features = layer.add_nodes(graph, features, _below(f"dense/{i}", weights))
    for head in spec.outputs:
        head.add_nodes(graph, features, _below(head.name, weights))
        graph.add_output(head.name, np.float32, ["batch", head.n_labels])
    return graph


def _below(path: str, weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.removeprefix(f"{path}/"): one for name, one in weights.items() if name.startswith(f"{path}/")}
