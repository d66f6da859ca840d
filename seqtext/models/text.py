"""A text column: what can be asked of it, what prepares it, and the part of the model that reads it."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from seqtext.errors import RecipeError
from seqtext.models.bag import Bag
from seqtext.models.feeding import how_to_feed
from seqtext.models.graph import Graph
from seqtext.models.recurrent import Recurrent
from seqtext.models.sharing import Shared
from seqtext.models.sides import MAX_ANSWERS, is_wide
from seqtext.preprocess import TextPipeline
from seqtext.preprocess.bag import MAX_FEATURES
from seqtext.preprocess.clean import list_steps
from seqtext.preprocess.split import SPLITTERS
from seqtext.preprocess.text_column import TextColumn
from seqtext.preprocess.texts import each_text
from seqtext.schema import check_settings, one_of, setting

if TYPE_CHECKING:
    from seqtext.models.layers import Seeds

MAX_VOCABULARY = 5_000_000
MAX_ENCODERS = 16
# What can read a text; each class builds its part in Keras and in ONNX, as `Recurrent` does.
ENCODERS: dict[str, Any] = {"recurrent": Recurrent, "bag": Bag}


@dataclass(frozen=True)
class TextSettings:
    """
    What can be asked of a text column; see `seqtext.preprocess.TextPipeline`.

    Parameters
    ----------
    clean
        Cleaning steps in their order; docs/preprocessing.md lists them.
    tokens
        How a text is split into tokens: words and marks, as Keras' Tokenizer does, as tweets are written, characters,
        or at white space alone.
    num_words
        So many words does a sequence know at most, the most frequent ones.
    min_count
        Words that occur less often are unknown.
    max_length
        Longer texts are cut to so many tokens; none for never.
    truncating
        Where they are cut: at their beginning (pre), in the middle or at their end (post).
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
        self.preparer()

    def read(self, column: Iterable[Any]) -> list[str]:
        """Return raw values as texts, a missing one as the empty text; TypeError names the row of anything else."""
        return list(each_text(column))

    def preparer(self) -> TextPipeline | TextColumn:
        """Return what prepares the column, before it has learned anything."""
        bags = [encoder.preparer() for encoder in bags_of(self.encoders)]
        pipeline = TextPipeline(
            clean=self.clean,
            tokens=self.tokens,
            num_words=self.num_words,
            min_count=self.min_count,
            max_length=self.max_length,
            truncating=self.truncating,
        )
        pipeline.check_options()
        return TextColumn(pipeline, bags) if bags else pipeline

    def part(self, name: str, preparer: Any, answers: int) -> "TextInput":
        """
        Return the part of the model that reads what a fitted ``preparer`` gives.

        Parameters
        ----------
        name
            Of the input.
        preparer
            A `TextPipeline`, or a `TextColumn` where there is a bag.
        answers
            How many numbers the answers of the model have together, for what goes straight to them.
        """
        if isinstance(preparer, TextPipeline):
            return TextInput(name, len(preparer.vocabulary_), self.encoders)
        features = tuple(len(bag.keys_) for bag in preparer.bags)
        return TextInput(name, preparer.vocabulary_size, self.encoders, features, answers)


def unlike(first: TextSettings, second: TextSettings) -> list[str]:
    """
    Return the settings of two texts that keep them from sharing words and encoders; they may be cut differently.

    >>> unlike(TextSettings(max_length=9), TextSettings(min_count=1, encoders=(Recurrent(units=3),)))
    ['min_count', 'units']
    """
    pairs: list[tuple[Any, Any]] = [(first, second)]
    if [one.kind for one in first.encoders] != [one.kind for one in second.encoders]:
        return ["encoders"]
    pairs += zip(first.encoders, second.encoders, strict=True)
    may_differ = ("max_length", "truncating", "encoders")
    names = [(one, other, field.name) for one, other in pairs for field in dataclasses.fields(one)]
    return [name for one, other, name in names if name not in may_differ and getattr(one, name) != getattr(other, name)]


def bags_of(encoders: tuple[Any, ...]) -> list[Any]:
    """Return those of some encoders that read a bag of n-grams."""
    return [encoder for encoder in encoders if getattr(encoder, "reads_bag", False)]


def _check_encoders(encoders: tuple[Any, ...]) -> None:
    if not 1 <= len(encoders) <= MAX_ENCODERS:
        raise RecipeError(f"a text has 1 to {MAX_ENCODERS} encoders, this one has {len(encoders)}")


@dataclass(frozen=True)
class TextInput:
    """
    One text input of a model: int32 ids of shape (batch, time), padded on the right with 0, and the bags of n-grams.

    Parameters
    ----------
    vocabulary_size
        Words that the sequence knows.
    features
        How many n-grams each bag knows.
    answers
        What a bag that goes straight to the labels has to give: as many numbers as all answers together.
    shares
        The text input whose encoders read this text, too, as `seqtext.models.sharing` says; empty for its own. Bags are
        not shared: the same word may mean one thing in a question and another in its answer.
    """

    kind: ClassVar[str] = "text"
    has_vocabulary: ClassVar[bool] = True
    name: str
    vocabulary_size: int = setting(low=2, high=MAX_VOCABULARY)
    encoders: tuple[Any, ...] = one_of(ENCODERS)
    features: tuple[int, ...] = ()
    answers: int = setting(0, low=0, high=MAX_ANSWERS)
    shares: str = ""

    def __post_init__(self) -> None:
        check_settings(self)
        _check_encoders(self.encoders)
        bags = bags_of(self.encoders)
        if len(self.features) != len(bags) or not all(1 <= size <= MAX_FEATURES for size in self.features):
            raise RecipeError(f"a text with {len(bags)} bags cannot have the numbers of n-grams {self.features}")
        if not self.answers and any(bag.is_wide for bag in bags):
            raise RecipeError("a bag that goes straight to the labels needs the number of their answers")

    @property
    def preparer(self) -> Any:
        """The class of what prepares the column."""
        return TextColumn if self.features else TextPipeline

    @property
    def widths(self) -> list[int]:
        """Numbers that each encoder gives."""
        return [_width(encoder, self.answers) for encoder in self.encoders]

    @property
    def width(self) -> int:
        """Numbers that describe one text."""
        return sum(self.widths)

    @property
    def sides(self) -> list[tuple[bool, int]]:
        """Whether each part of the vector belongs to the wide half, and how wide it is."""
        return [(is_wide(encoder), width) for encoder, width in zip(self.encoders, self.widths, strict=True)]

    @property
    def wide_kernels(self) -> list[tuple[str, int]]:
        """Names of the weights of the wide half, and their rows: one for each n-gram."""
        found = [(path, sizes[0]) for path, encoder, sizes, _ in self._read() if is_wide(encoder)]
        return [(f"{path}/weighted_sum/kernel", size) for path, size in found]

    @property
    def array_shapes(self) -> dict[str, tuple[str, tuple[int, ...]]]:
        """Element type and shape of what the preparer has learned beside its vocabulary, by name."""
        return {
            f"bag_{i}/{name}": (dtype, (size,))
            for i, size in enumerate(self.features)
            for name, dtype in (("keys", "U64"), ("idf", "F32"))
        }

    @property
    def summary(self) -> str:
        """The input in a few words."""
        if self.shares:
            return f"read as {self.shares}"
        return f"{' and '.join(encoder.summary for encoder in self.encoders)}, {self.vocabulary_size:,} words"

    @property
    def parts(self) -> dict[str, Any]:
        """The encoders by the name that their weights and layers begin with."""
        owners = [
            self.name if encoder in bags_of(self.encoders) else self.shares or self.name for encoder in self.encoders
        ]
        pairs = zip(owners, self.encoders, strict=True)
        return {f"{owner}/{encoder.kind}_{i}": encoder for i, (owner, encoder) in enumerate(pairs)}

    @property
    def sequence_parts(self) -> dict[str, Any]:
        """Those of `parts` that read words in a row, which texts can share."""
        bags = bags_of(self.encoders)
        return {path: encoder for path, encoder in self.parts.items() if encoder not in bags}

    @property
    def descriptions(self) -> list[str]:
        """Each encoder in a line."""
        return [
            f"that of {self.shares}: {encoder.summary}" if path.startswith(f"{self.shares}/") else encoder.description
            for path, encoder in self.parts.items()
        ]

    def facts(self, preparer: Any) -> list[tuple[str, str]]:
        """Return how a text becomes numbers and what reads them, as names and values for people."""
        sequence = preparer if isinstance(preparer, TextPipeline) else preparer.as_sequence()
        steps = ", ".join(step if isinstance(step, str) else str(step) for step in list_steps(sequence.clean))
        kept = {"post": "the beginning is", "pre": "the end is", "middle": "beginning and end are"}
        limit = f"; at most {sequence.max_length} of a text ({kept[sequence.truncating]} kept)"
        return [
            ("cleaning", steps or "none"),
            (
                "tokens",
                f"{sequence.tokens}; {self.vocabulary_size:,} in the vocabulary{limit if sequence.max_length else ''}",
            ),
            *(("encoder", words) for words in self.descriptions),
        ]

    def how_to_feed(self, preparer: Any) -> dict[str, Any]:
        """Return in words and data how a text becomes arrays, for who has the exported graph and nothing of ours."""
        reads_sequence = len(bags_of(self.encoders)) < len(self.encoders)
        return how_to_feed(self.name, preparer, reads_sequence=reads_sequence)

    def mismatch(self, preparer: Any) -> str | None:
        """Return what is wrong if ``preparer`` does not give what this input reads."""
        found = len(preparer.vocabulary_) if isinstance(preparer, TextPipeline) else preparer.vocabulary_size
        if found == self.vocabulary_size:
            return None
        return f"it has {found:,} words, the model has {self.vocabulary_size:,}"

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return name and shape of every weight, in the order in which they are stored."""
        return {
            f"{path}/{name}": shape
            for path, encoder, sizes, _ in self._read()
            for name, shape in encoder.weight_shapes(*sizes).items()
        }

    def _read(self) -> list[tuple[str, Any, tuple[int, ...], list[str]]]:
        """Path, encoder, sizes of its tables, and what follows the name of the input in what it reads."""
        found: list[tuple[str, Any, tuple[int, ...], list[str]]] = []
        bags = iter(enumerate(self.features))
        for (path, encoder), width in zip(self.parts.items(), self.widths, strict=True):
            if getattr(encoder, "reads_bag", False):
                i, size = next(bags)
                found.append((path, encoder, (size, width), [f".bag_{i}.ids", f".bag_{i}.values"]))
            else:
                found.append((path, encoder, (self.vocabulary_size,), [""]))
        return found

    def keras_input(self, suffix: str) -> Any:
        """Return what Keras takes under the name of the input and ``suffix``: ids, or the weights of a bag."""
        import keras

        dtype = "float32" if suffix.endswith("values") else "int32"
        return keras.Input((None,), dtype=dtype, name=self.name + suffix)

    def graph_input(self, graph: Graph, suffix: str) -> str:
        """Declare the same in an ONNX graph; return its name."""
        dtype = np.float32 if suffix.endswith("values") else np.int32
        dimension = f"{self.name}{suffix.removesuffix('.ids').removesuffix('.values')}_time"
        return graph.add_input(self.name + suffix, dtype, ["batch", dimension])

    def build(self, seeds: "Seeds", shared: Shared | None = None) -> tuple[dict[str, Any], Any]:
        """
        Make the Keras inputs and layers; return the inputs by name and the vectors (batch, ``width``).

        Parameters
        ----------
        seeds
            Where weights and dropouts get their seeds.
        shared
            What has been made already, for this text and those that share its encoders.
        """
        from seqtext.models.layers import side_by_side

        feeds: dict[str, Any] = {"": shared.ids} if shared else {}
        vectors = []
        for path, encoder, sizes, suffixes in self._read():
            if shared and path in shared.vectors:
                vectors.append(shared.vectors[path])
                continue
            feeds |= {suffix: self.keras_input(suffix) for suffix in suffixes if suffix not in feeds}
            given = tuple(feeds[suffix] for suffix in suffixes)
            vectors.append(encoder.build(path.replace("/", ">"), given if len(given) > 1 else given[0], *sizes, seeds))
        named = {self.name + suffix: feed for suffix, feed in feeds.items()}
        return named, side_by_side(vectors, f"{self.name}>joined")

    def add_nodes(self, graph: Graph, weights: Mapping[str, np.ndarray], shared: Shared | None = None) -> str:
        """Add the same to an ONNX graph, its inputs included; return the name of the vectors."""
        feeds: dict[str, str] = {"": shared.ids} if shared else {}
        vectors = []
        for path, encoder, _, suffixes in self._read():
            if shared and path in shared.vectors:
                vectors.append(shared.vectors[path])
                continue
            feeds |= {suffix: self.graph_input(graph, suffix) for suffix in suffixes if suffix not in feeds}
            given = tuple(feeds[suffix] for suffix in suffixes)
            below = {name.removeprefix(f"{path}/"): one for name, one in weights.items()}
            vectors.append(encoder.add_nodes(graph, given if len(given) > 1 else given[0], below))
        return graph.side_by_side(vectors)


def _width(encoder: Any, answers: int) -> int:
    if getattr(encoder, "reads_bag", False):
        return answers if encoder.is_wide else encoder.hidden_units
    return encoder.width
