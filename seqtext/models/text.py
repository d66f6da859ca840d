"""A text column: what can be asked of it, what prepares it, and the part of the model that reads it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from seqtext.errors import RecipeError
from seqtext.models.graph import Graph
from seqtext.models.recurrent import Recurrent
from seqtext.preprocess import TextPipeline
from seqtext.preprocess.clean import list_steps
from seqtext.preprocess.split import SPLITTERS
from seqtext.preprocess.texts import each_text
from seqtext.schema import check_settings, one_of, setting

if TYPE_CHECKING:
    from seqtext.models.layers import Seeds

MAX_VOCABULARY = 5_000_000
MAX_ENCODERS = 16
# What can read a text; each class builds its part in Keras and in ONNX, as `Recurrent` does.
ENCODERS: dict[str, Any] = {"recurrent": Recurrent}


@dataclass(frozen=True)
class TextSettings:
    """
    What can be asked of a text column; the words are documented at `seqtext.preprocess.TextPipeline`.

    Parameters
    ----------
    encoders
        What reads the text; their vectors stand side by side.
    """

    kind: ClassVar[str] = "text"
    clean: tuple[Any, ...] = ("unicode", "lowercase", "spaces")
    tokens: str = setting("words", choices=SPLITTERS)
    num_words: int = setting(20_000, low=3, high=MAX_VOCABULARY)
    min_count: int = setting(2, low=1, high=1_000_000)
    max_length: int | None = setting(256, low=1, high=100_000)
    truncating: str = setting("middle", choices=("pre", "middle", "post"))
    encoders: tuple[Any, ...] = one_of(ENCODERS, (Recurrent(),))

    def __post_init__(self) -> None:
        check_settings(self)
        _check_encoders(self.encoders)
        self.preparer().check_options()

    def read(self, column: Iterable[Any]) -> list[str]:
        """Return raw values as texts, a missing one as the empty text; TypeError names the row of anything else."""
        return list(each_text(column))

    def preparer(self) -> TextPipeline:
        """Return what prepares the column, before it has learned anything."""
        return TextPipeline(
            clean=self.clean,
            tokens=self.tokens,
            num_words=self.num_words,
            min_count=self.min_count,
            max_length=self.max_length,
            truncating=self.truncating,
        )

    def part(self, name: str, preparer: TextPipeline) -> "TextInput":
        """Return the part of the model that reads what a fitted ``preparer`` gives."""
        return TextInput(name, len(preparer.vocabulary_), self.encoders)


def _check_encoders(encoders: tuple[Any, ...]) -> None:
    if not 1 <= len(encoders) <= MAX_ENCODERS:
        raise RecipeError(f"a text has 1 to {MAX_ENCODERS} encoders, this one has {len(encoders)}")


@dataclass(frozen=True)
class TextInput:
    """One text input of a model: int32 ids of shape (batch, time), padded on the right with 0."""

    kind: ClassVar[str] = "text"
    preparer: ClassVar[Any] = TextPipeline
    has_vocabulary: ClassVar[bool] = True
    name: str
    vocabulary_size: int = setting(low=2, high=MAX_VOCABULARY)
    encoders: tuple[Any, ...] = one_of(ENCODERS)

    def __post_init__(self) -> None:
        check_settings(self)
        _check_encoders(self.encoders)

    @property
    def width(self) -> int:
        """Numbers that describe one text."""
        return sum(encoder.width for encoder in self.encoders)

    @property
    def summary(self) -> str:
        """The input in a few words."""
        return f"{' and '.join(encoder.summary for encoder in self.encoders)}, {self.vocabulary_size:,} words"

    @property
    def parts(self) -> dict[str, Any]:
        """The encoders by the name that their weights and layers begin with."""
        return {f"{self.name}/{encoder.kind}_{i}": encoder for i, encoder in enumerate(self.encoders)}

    def facts(self, preparer: TextPipeline) -> list[tuple[str, str]]:
        """Return how a text becomes numbers and what reads them, as names and values for people."""
        steps = ", ".join(step if isinstance(step, str) else str(step) for step in list_steps(preparer.clean))
        kept = {"post": "the beginning is", "pre": "the end is", "middle": "beginning and end are"}
        limit = f"; at most {preparer.max_length} of a text ({kept[preparer.truncating]} kept)"
        return [
            ("cleaning", steps or "none"),
            (
                "tokens",
                f"{preparer.tokens}; {self.vocabulary_size:,} in the vocabulary{limit if preparer.max_length else ''}",
            ),
            *(("encoder", encoder.description) for encoder in self.encoders),
        ]

    def how_to_feed(self, preparer: TextPipeline) -> dict[str, Any]:
        """Return in words and data how a text becomes ids, for who has the exported graph and nothing of ours."""
        saved = preparer.to_dict()
        return {
            "type": "int32",
            "shape": ["rows", "tokens"],
            "steps": [
                "apply the cleaning steps of 'clean' to the text, first to last",
                "cut it into tokens as 'tokens' says",
                "replace each token by its place in 'vocabulary', counted from 0, and unknown ones by 1",
                "if there are more than 'max_length', keep the part that 'truncating' does not name: 'pre' cuts off "
                "the beginning, 'post' the end, 'middle' keeps the first half (and the odd one) and the last",
                "if there is no token at all, the text is the single id 1",
                "put the rows into one array and fill them up on the right with 0",
            ],
            **{name: saved[name] for name in ("clean", "tokens", "max_length", "truncating", "vocabulary")},
        }

    def mismatch(self, preparer: TextPipeline) -> str | None:
        """Return what is wrong if ``preparer`` does not give what this input reads."""
        found = len(preparer.vocabulary_)
        if found == self.vocabulary_size:
            return None
        return f"it has {found:,} words, the model has {self.vocabulary_size:,}"

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return name and shape of every weight, in the order in which they are stored."""
        return {
            f"{path}/{name}": shape
            for path, encoder in self.parts.items()
            for name, shape in encoder.weight_shapes(self.vocabulary_size).items()
        }

    def build(self, seeds: "Seeds") -> tuple[Any, Any]:
        """Make the Keras input and layers; return the input and the vectors (batch, ``width``)."""
        import keras

        from seqtext.models.layers import side_by_side

        ids = keras.Input((None,), dtype="int32", name=self.name)
        vectors = [
            encoder.build(path.replace("/", "."), ids, self.vocabulary_size, seeds)
            for path, encoder in self.parts.items()
        ]
        return ids, side_by_side(vectors, f"{self.name}.joined")

    def add_nodes(self, graph: Graph, weights: Mapping[str, np.ndarray]) -> str:
        """Add the same to an ONNX graph, its input included; return the name of the vectors."""
        ids = graph.add_input(self.name, np.int32, ["batch", f"{self.name}_time"])
        vectors = [
            encoder.add_nodes(graph, ids, {name.removeprefix(f"{path}/"): one for name, one in weights.items()})
            for path, encoder in self.parts.items()
        ]
        return graph.side_by_side(vectors)
