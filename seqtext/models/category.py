"""A column of categories: what can be asked of it, and the part of the model that reads it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from seqtext.models.graph import Graph
from seqtext.models.sides import MAX_ANSWERS, both_sides, check_sides
from seqtext.preprocess.bag import Features
from seqtext.preprocess.category import MAX_VALUES, MISSING, RESERVED, UNKNOWN, CategoryColumn, read_categories
from seqtext.schema import check_settings, setting

if TYPE_CHECKING:
    from seqtext.models.layers import Seeds

MAX_WIDTH = 1_024
WIDEST_BY_RULE = 50


def usual_width(values: int) -> int:
    """
    Return how many numbers describe one of so many values: the rule of thumb of fast.ai, with a lower end.

    >>> usual_width(4), usual_width(100), usual_width(5_000)
    (3, 21, 50)
    """
    return min(WIDEST_BY_RULE, round(1.6 * values**0.56))


@dataclass(frozen=True)
class CategorySettings:
    """
    What can be asked of a column of categories.

    Parameters
    ----------
    max_values, min_rows
        Which categories are known; see `seqtext.preprocess.category.CategoryColumn`.
    width
        Numbers of the embedding; 0 for the rule of thumb.
    value_dropout
        In training, the share of rows whose category is taken for one that is not known.
    """

    kind: ClassVar[str] = "category"
    has_wide_half: ClassVar[bool] = True
    max_values: int = setting(1_000, low=1, high=MAX_VALUES)
    min_rows: int = setting(2, low=1, high=1_000_000)
    width: int = setting(0, low=0, high=MAX_WIDTH)
    value_dropout: float = setting(0.05, low=0, high=0.95)

    def __post_init__(self) -> None:
        check_settings(self)

    def read(self, column: Iterable[Any]) -> list[str]:
        """Return raw values as words, a missing one as the empty word."""
        return read_categories(column)

    def preparer(self) -> CategoryColumn:
        """Return what prepares the column, before it has learned anything."""
        return CategoryColumn(self.max_values, self.min_rows)

    def part(self, name: str, preparer: CategoryColumn, answers: int) -> "CategoryInput":
        """Return the part of the model that reads what a fitted ``preparer`` gives."""
        ids = RESERVED + len(preparer.values)
        return CategoryInput(name, ids, self.width or usual_width(ids), self.value_dropout)


@dataclass(frozen=True)
class CategoryInput:
    """
    One category of each row, as an id, int32 of shape (batch, 1), and its embedding.

    Parameters
    ----------
    ids
        How many there are, those of what is missing and of what is not known included.
    embedding_dim
        Numbers of the embedding.
    value_dropout
        In training, the share of rows whose category is taken for one that is not known.
    answers
        With a wide half: as many numbers as all answers together, which the category gives straight to them.
    is_deep
        Whether there is an embedding.
    """

    kind: ClassVar[str] = "category"
    has_vocabulary: ClassVar[bool] = False
    preparer: ClassVar[Any] = CategoryColumn
    name: str
    ids: int = setting(low=RESERVED, high=RESERVED + MAX_VALUES)
    embedding_dim: int = setting(low=1, high=MAX_WIDTH)
    value_dropout: float = setting(0.0, low=0, high=0.95)
    answers: int = setting(0, low=0, high=MAX_ANSWERS)
    is_deep: bool = True

    def __post_init__(self) -> None:
        check_settings(self)
        check_sides(self.name, self.answers, self.is_deep)

    @property
    def width(self) -> int:
        """Numbers that describe one row."""
        return sum(width for _, width in self.sides)

    @property
    def sides(self) -> list[tuple[bool, int]]:
        """Whether each part of the vector belongs to the wide half, and how wide it is."""
        return both_sides(self.embedding_dim, self.answers, self.is_deep)

    @property
    def wide_kernels(self) -> list[tuple[str, int]]:
        """Name of the weights of the wide half, and their rows."""
        return [(f"{self.name}/straight/embeddings", self.ids)] if self.answers else []

    def wide_rows(self, column: np.ndarray) -> list[Features]:
        """Return what the wide half sees of each prepared row: its id."""
        return [(row, np.ones(1, dtype=np.float32)) for row in column]

    @property
    def summary(self) -> str:
        """The input in a few words."""
        return f"one of {self.ids - RESERVED:,} values"

    def facts(self, preparer: CategoryColumn) -> list[tuple[str, str]]:
        """Return which categories are known, as names and values for people."""
        first, more = ", ".join(preparer.values[:12]), len(preparer.values) - 12
        shown = f"{first}{f' and {more:,} more' if more > 0 else ''}" if first else "none"
        return [("values", f"{shown}; others are unknown, and may be missing"), ("embedding", str(self.embedding_dim))]

    def how_to_feed(self, preparer: CategoryColumn) -> dict[str, Any]:
        """Return in words and data how a category becomes an id, for who has the exported graph alone."""
        return {
            "type": "int32",
            "shape": ["rows", 1],
            "steps": [
                "remove white space at both ends",
                f"the id of a value is its place in 'values', counted from {RESERVED}; it is {MISSING} where there is "
                f"none, and {UNKNOWN} where it is not in 'values'",
            ],
            **preparer.to_dict(),
        }

    def mismatch(self, preparer: CategoryColumn) -> str | None:
        """Return what is wrong if ``preparer`` does not give what this input reads."""
        found = RESERVED + len(preparer.values)
        return None if found == self.ids else f"{self.name!r} has {found:,} ids, the model has {self.ids:,}"

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return name and shape of the embedding, and of the weights of the wide half."""
        deep = [(f"{self.name}/embedding/embeddings", self.ids, self.embedding_dim)] if self.is_deep else []
        wide = [(name, rows, self.answers) for name, rows in self.wide_kernels]
        return {name: (rows, width) for name, rows, width in (*deep, *wide)}

    def build(self, seeds: "Seeds") -> tuple[dict[str, Any], Any]:
        """Make the Keras input and layers; return the input by name and the vectors (batch, ``width``)."""
        import keras

        from seqtext.models.layers import WordDropout, side_by_side

        feed = keras.Input((1,), dtype="int32", name=self.name)
        vectors = []
        if self.is_deep:
            # As with words, what is unknown has the id 1, and 0 stays what it is.
            ids = WordDropout(self.value_dropout, seeds(), name=f"{self.name}>value_dropout")(feed)
            vectors.append(_embedding(f"{self.name}>embedding", self.ids, self.embedding_dim, ids, seeds))
        if self.answers:
            vectors.append(_embedding(f"{self.name}>straight", self.ids, self.answers, feed, seeds))
        return {self.name: feed}, side_by_side(vectors, f"{self.name}>joined")

    def add_nodes(self, graph: Graph, weights: Mapping[str, np.ndarray]) -> str:
        """Add the same to an ONNX graph, its input included; return the name of the vectors."""
        ids = graph.add_input(self.name, np.int32, ["batch", 1])
        found = [graph.add("Gather", graph.constant(weights[name]), ids) for name in self.weight_shapes()]
        return graph.side_by_side([graph.add("Squeeze", one, graph.integers(1)) for one in found])


def _embedding(name: str, ids: int, width: int, feed: Any, seeds: "Seeds") -> Any:
    """Rows of a table (ids, width) for ids of shape (batch, 1): vectors (batch, width)."""
    import keras

    start = keras.initializers.RandomUniform(seed=seeds())
    steps = keras.layers.Embedding(ids, width, embeddings_initializer=start, name=name)(feed)
    return keras.layers.Flatten(name=f"{name}>vector")(steps)
