"""A column of numbers: what can be asked of it, and the part of the model that reads it."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from seqtext.errors import RecipeError
from seqtext.models.graph import FLOAT, Graph
from seqtext.models.sides import MAX_ANSWERS, both_sides, check_sides
from seqtext.preprocess.bag import Features
from seqtext.preprocess.number import MOST_DEVIATIONS, NO_NUMBER, RANGES, NumberColumn, read_numbers
from seqtext.schema import check_settings, setting

if TYPE_CHECKING:
    from seqtext.models.layers import Seeds

WIDTH = 2
MAX_EDGES = 2 * RANGES


@dataclass(frozen=True)
class NumberSettings:
    """What can be asked of a column of numbers; see `seqtext.preprocess.number.NumberColumn`."""

    kind: ClassVar[str] = "number"
    has_wide_half: ClassVar[bool] = True
    clip: float = setting(5.0, low=0.1, high=MOST_DEVIATIONS)

    def __post_init__(self) -> None:
        check_settings(self)

    def read(self, column: Iterable[Any]) -> list[float | None]:
        """Return raw values as numbers, a missing one as None; BadValueError names the row of anything else."""
        return read_numbers(column)

    def preparer(self) -> NumberColumn:
        """Return what prepares the column, before it has learned anything."""
        return NumberColumn(float(self.clip))

    def part(self, name: str, preparer: NumberColumn, answers: int) -> "NumberInput":
        """Return the part of the model that reads what ``preparer`` gives."""
        return NumberInput(name, tuple(preparer.edges.tolist()))


@dataclass(frozen=True)
class NumberInput:
    """
    One number of each row: how far it is from the mean, and whether it is missing; float32 of shape (batch, 2).

    Parameters
    ----------
    edges
        Where ranges of scaled numbers begin, for the wide half.
    answers
        With a wide half: as many numbers as all answers together. It adds one to each for every edge that a number has
        reached, or for its being missing.
    is_deep
        Whether the number itself is read.
    """

    kind: ClassVar[str] = "number"
    has_vocabulary: ClassVar[bool] = False
    preparer: ClassVar[Any] = NumberColumn
    summary: ClassVar[str] = "a number"
    name: str
    edges: tuple[float, ...] = ()
    answers: int = setting(0, low=0, high=MAX_ANSWERS)
    is_deep: bool = True

    def __post_init__(self) -> None:
        check_settings(self)
        if len(self.edges) > MAX_EDGES or not all(a < b for a, b in pairwise((-math.inf, *self.edges, math.inf))):
            raise RecipeError(f"the ranges of numbers have at most {MAX_EDGES} edges, each above the one before")
        check_sides(self.name, self.answers, self.is_deep)

    @property
    def width(self) -> int:
        """Numbers that describe one row."""
        return sum(width for _, width in self.sides)

    @property
    def sides(self) -> list[tuple[bool, int]]:
        """Whether each part of the vector belongs to the wide half, and how wide it is."""
        return both_sides(WIDTH, self.answers, self.is_deep)

    @property
    def wide_kernels(self) -> list[tuple[str, int]]:
        """Name of the weights of the wide half, and their rows."""
        return [(f"{self.name}/straight/kernel", len(self.edges) + 1)] if self.answers else []

    def wide_rows(self, column: np.ndarray) -> list[Features]:
        """Return what the wide half sees of each prepared row: which edges the number has reached."""
        edges = np.array(self.edges, dtype=np.float32)
        ids = [[len(edges)] if missing else np.flatnonzero(scaled >= edges) for scaled, missing in column]
        return [(np.asarray(one, dtype=np.int32), np.ones(len(one), dtype=np.float32)) for one in ids]

    def facts(self, preparer: NumberColumn) -> list[tuple[str, str]]:
        """Return how a number is scaled, as names and values for people."""
        return [("number", f"mean {preparer.mean:.6g}, deviation {preparer.deviation:.6g}; may be missing")]

    def how_to_feed(self, preparer: NumberColumn) -> dict[str, Any]:
        """Return in words and data how a number becomes an array, for who has the exported graph alone."""
        return {
            "type": "float32",
            "shape": ["rows", WIDTH],
            "steps": [
                "a number is missing where there is none, or one of the words in 'missing', whatever their case",
                "first: subtract 'mean', divide by 'deviation', and bring it between -'clip' and 'clip'; 0 if missing",
                "second: 1 if the number is missing, else 0",
            ],
            "missing": list(NO_NUMBER),
            **preparer.to_dict(),
        }

    def mismatch(self, preparer: NumberColumn) -> str | None:
        """Return what is wrong if ``preparer`` does not give what this input reads: every column of numbers does."""
        return None

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return name and shape of the weights: those of the wide half."""
        return {name: (rows, self.answers) for name, rows in self.wide_kernels}

    def build(self, seeds: "Seeds") -> tuple[dict[str, Any], Any]:
        """Make the Keras input and layers; return the input by name and the vectors (batch, ``width``)."""
        import keras
        from keras import ops

        from seqtext.models.layers import side_by_side

        feed = keras.Input((WIDTH,), dtype="float32", name=self.name)
        vectors = [keras.layers.Identity(name=f"{self.name}>number")(feed)] if self.is_deep else []
        if self.answers:
            missing = feed[:, 1:]
            reached = ops.cast(feed[:, :1] >= np.array(self.edges, dtype=np.float32), "float32") * (1 - missing)
            layer = keras.layers.Dense(self.answers, use_bias=False, name=f"{self.name}>straight")
            vectors.append(layer(ops.concatenate([reached, missing], axis=1)))
        return {self.name: feed}, side_by_side(vectors, f"{self.name}>joined")

    def add_nodes(self, graph: Graph, weights: Mapping[str, np.ndarray]) -> str:
        """Add the same to an ONNX graph; return the name of the vectors."""
        feed = graph.add_input(self.name, np.float32, ["batch", WIDTH])
        vectors = [feed] if self.is_deep else []
        if self.answers:
            number, missing = (
                graph.add("Gather", feed, graph.constant(np.array([i], dtype=np.int64)), axis=1) for i in range(WIDTH)
            )
            edges = graph.constant(np.array(self.edges, dtype=np.float32).reshape(1, -1))
            reached = graph.add("Cast", graph.add("GreaterOrEqual", number, edges), to=FLOAT)
            reached = graph.add("Mul", reached, graph.add("Sub", graph.constant(np.float32(1)), missing))
            kernel = graph.constant(weights[f"{self.name}/straight/kernel"])
            vectors.append(graph.add("MatMul", graph.side_by_side([reached, missing]), kernel))
        return graph.side_by_side(vectors)
