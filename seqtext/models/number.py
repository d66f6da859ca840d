"""A column of numbers: what can be asked of it, and the part of the model that reads it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from seqtext.models.graph import Graph
from seqtext.preprocess.number import MOST_DEVIATIONS, NO_NUMBER, NumberColumn, read_numbers
from seqtext.schema import check_settings, setting

if TYPE_CHECKING:
    from seqtext.models.layers import Seeds

WIDTH = 2


@dataclass(frozen=True)
class NumberSettings:
    """What can be asked of a column of numbers; see `seqtext.preprocess.number.NumberColumn`."""

    kind: ClassVar[str] = "number"
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
        return NumberInput(name)


@dataclass(frozen=True)
class NumberInput:
    """One number of each row: how far it is from the mean, and whether it is missing; float32 of shape (batch, 2)."""

    kind: ClassVar[str] = "number"
    has_vocabulary: ClassVar[bool] = False
    preparer: ClassVar[Any] = NumberColumn
    width: ClassVar[int] = WIDTH
    summary: ClassVar[str] = "a number"
    name: str

    def __post_init__(self) -> None:
        check_settings(self)

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
        """Return no weights: there is nothing to learn before the numbers of all inputs are joined."""
        return {}

    def build(self, seeds: "Seeds") -> tuple[dict[str, Any], Any]:
        """Make the Keras input; return it by name and as the vectors (batch, 2)."""
        import keras

        feed = keras.Input((WIDTH,), dtype="float32", name=self.name)
        return {self.name: feed}, keras.layers.Identity(name=f"{self.name}.number")(feed)

    def add_nodes(self, graph: Graph, weights: Mapping[str, np.ndarray]) -> str:
        """Add the same to an ONNX graph; return the name of the vectors."""
        return graph.add_input(self.name, np.float32, ["batch", WIDTH])
