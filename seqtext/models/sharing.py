"""
Texts that share the encoders of one of them, and pairs of texts that are compared.

The rows of all sharing texts stand under each other while an encoder reads them, so its layers, its weights and its
nodes exist once. Padding changes no vector, so it does no harm that all are as long as the longest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtext.errors import RecipeError
from seqtext.models.graph import Graph
from seqtext.schema import check_settings

if TYPE_CHECKING:
    from seqtext.models.layers import Seeds


@dataclass(frozen=True)
class Comparison:
    """
    Two texts whose vectors u and v are compared: |u - v| and u * v stand beside the vectors themselves.

    Both are the matching of Mou et al. (2016), "Natural Language Inference by Tree-Based Convolution and Heuristic
    Matching", in the form of Conneau et al. (2017), "Supervised Learning of Universal Sentence Representations".

    Parameters
    ----------
    first, second
        Names of text inputs that share their encoders.
    """

    first: str
    second: str

    def __post_init__(self) -> None:
        check_settings(self)

    @property
    def summary(self) -> str:
        """The comparison in a few words."""
        return f"difference and product of {self.first} and {self.second}"

    def build(self, shared: Mapping[str, "Shared"]) -> Any:
        """Make the Keras layers for what shared encoders have made of each text; return (batch, 2 widths)."""
        from seqtext.models.layers import DifferenceAndProduct, side_by_side

        name = f"{self.first}>{self.second}>compared"
        pairs = zip(*(shared[text].vectors.items() for text in (self.first, self.second)), strict=True)
        compared = [
            DifferenceAndProduct(name=f"{name}>{path.replace('/', '>')}")(one, other)
            for (path, one), (_, other) in pairs
        ]
        return side_by_side(compared, name)

    def add_nodes(self, graph: Graph, shared: Mapping[str, "Shared"]) -> str:
        """Add the same to an ONNX graph; return the name of the result."""
        pairs = zip(*(shared[text].vectors.values() for text in (self.first, self.second)), strict=True)
        return graph.side_by_side(
            [one for pair in pairs for one in (graph.add("Abs", graph.add("Sub", *pair)), graph.add("Mul", *pair))]
        )


@dataclass(frozen=True)
class Shared:
    """
    What the shared encoders have made of one text, in Keras or, by the names of values, in ONNX.

    Parameters
    ----------
    ids
        The ids of the text alone: (batch, time).
    vectors
        What each shared encoder gives, (batch, its width), by the path of its weights.
    """

    ids: Any
    vectors: dict[str, Any]


def groups(inputs: Sequence[Any]) -> list[list[Any]]:
    """Return the inputs that share encoders, those of one together, and first the one that the encoders belong to."""
    found: dict[str, list[Any]] = {part.name: [part] for part in inputs if not getattr(part, "shares", "")}
    for part in inputs:
        if owner := getattr(part, "shares", ""):
            found[owner].append(part)
    return [group for group in found.values() if len(group) > 1]


def check_sharing(inputs: Sequence[Any], comparisons: Sequence[Comparison]) -> None:
    """Raise RecipeError unless each text shares the encoders of one before it, and what is compared shares its own."""
    owners: dict[str, Any] = {}
    group_of: dict[str, str] = {}
    for part in inputs:
        owner = getattr(part, "shares", None)
        if owner == "":
            owners[part.name], group_of[part.name] = part, part.name
        elif owner is not None:
            if owner not in owners:
                raise RecipeError(
                    f"the text {part.name!r} shares the encoders of {owner!r:.80}, which is no text before it that has "
                    "encoders of its own"
                )
            _check_alike(part, owners[owner])
            group_of[part.name] = owner
    seen = set()
    for one in comparisons:
        pair = frozenset((one.first, one.second))
        if len(pair) < 2 or pair in seen or len({group_of.get(name, name) for name in pair}) > 1:
            raise RecipeError(
                f"{one.first!r:.80} and {one.second!r:.80} cannot be compared: a pair is two texts that share their "
                "encoders, and is compared once"
            )
        seen.add(pair)


def _check_alike(part: Any, owner: Any) -> None:
    if part.encoders != owner.encoders or part.vocabulary_size != owner.vocabulary_size:
        raise RecipeError(
            f"the texts {part.name!r} and {owner.name!r} share their encoders, but have other encoders or vocabularies"
        )
    if not part.sequence_parts:
        raise RecipeError(f"the text {part.name!r} has no encoder to share: the weights of a bag are its own")


def build_shared(inputs: Sequence[Any], seeds: "Seeds") -> dict[str, Shared]:
    """Make the Keras layers of all shared encoders, and the inputs that they read, by the names of their texts."""
    from seqtext.models.layers import StackTexts, UnstackTexts

    found: dict[str, Shared] = {}
    for group in groups(inputs):
        vectors: dict[str, dict[str, Any]] = {text.name: {} for text in group}
        ids = [text.keras_input("") for text in group]
        for path, encoder in group[0].sequence_parts.items():
            name = path.replace("/", ">")
            stacked = StackTexts(name=f"{name}>stacked")(ids)
            given = encoder.build(name, stacked, group[0].vocabulary_size, seeds)
            each = UnstackTexts(len(group), name=f"{name}>unstacked")(given)
            for text, one in zip(group, each, strict=True):
                vectors[text.name][path] = one
        found |= {text.name: Shared(one, vectors[text.name]) for text, one in zip(group, ids, strict=True)}
    return found


def add_shared(graph: Graph, inputs: Sequence[Any], weights: Mapping[str, np.ndarray]) -> dict[str, Shared]:
    """Add the same to an ONNX graph."""
    found: dict[str, Shared] = {}
    for group in groups(inputs):
        vectors: dict[str, dict[str, str]] = {text.name: {} for text in group}
        ids = [text.graph_input(graph, "") for text in group]
        stacked = _stack(graph, ids)
        for path, encoder in group[0].sequence_parts.items():
            below = {name.removeprefix(f"{path}/"): one for name, one in weights.items()}
            given = encoder.add_nodes(graph, stacked, below)
            # (texts x batch, width) -> (texts, batch, width)
            each = graph.add("Reshape", given, graph.integers(len(group), -1, encoder.width))
            for i, text in enumerate(group):
                vectors[text.name][path] = graph.add("Gather", each, graph.constant(np.int64(i)), axis=0)
        found |= {text.name: Shared(one, vectors[text.name]) for text, one in zip(group, ids, strict=True)}
    return found


def made_for(part: Any, shared: Mapping[str, Shared]) -> list[Shared]:
    """Return what has been made for an input: one, or none."""
    return [shared[part.name]] if part.name in shared else []


def _stack(graph: Graph, ids: Sequence[str]) -> str:
    """Ids (batch, time) under each other: (texts x batch, the longest time)."""
    lengths = [graph.add("Gather", graph.add("Shape", one), graph.integers(1)) for one in ids]
    longest = graph.add("Max", *lengths)
    before = graph.integers(0, 0, 0)
    padded = []
    for one, length in zip(ids, lengths, strict=True):
        pads = graph.add("Concat", before, graph.add("Sub", longest, length), axis=0)
        padded.append(graph.add("Pad", one, pads))
    return graph.add("Concat", *padded, axis=0)
