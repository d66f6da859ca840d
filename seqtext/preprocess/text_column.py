"""What prepares a text that is read both as a sequence of words and as a bag of n-grams."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqtext.errors import DataError
from seqtext.preprocess.bag import ID_BITS, Features, NgramBag
from seqtext.preprocess.clean import compile_steps
from seqtext.preprocess.diagnose import diagnose
from seqtext.preprocess.padding import pad_ids, truncate
from seqtext.preprocess.pipeline import TextPipeline
from seqtext.preprocess.texts import each_text
from seqtext.preprocess.vocabulary import RESERVED

MAX_WORDS = (1 << int(ID_BITS)) - 1
# The options of the pipeline that the sequence has for itself: a bag wants every word of the whole text.
OF_SEQUENCE = ("num_words", "min_count", "max_length", "truncating")
SAVED = {"pipeline", "vocabulary", "vocabulary_size", "sequence", "bags"}


# A batch with as many features as this times its tokens needs about as much memory for either.
FEATURES_LIKE_A_TOKEN = 8


@dataclass(frozen=True, slots=True)
class PreparedText:
    """The ids of a text as a sequence, int32 of shape (tokens,), and its features in each bag."""

    ids: np.ndarray
    bags: tuple[Features, ...]

    def __len__(self) -> int:
        """Tokens, or more where the features take more memory: the sequence may be cut, the bags are not."""
        return max([len(self.ids), *(len(ids) // FEATURES_LIKE_A_TOKEN for ids, _ in self.bags)])


class TextColumn:
    """
    Turn texts into ids and into bags of n-grams.

    Parameters
    ----------
    pipeline
        How a text becomes ids. Its vocabulary holds every word; ``num_words``, ``min_count``, ``max_length`` and
        ``truncating`` are those of the sequence.
    bags
        What counts the n-grams.

    Attributes
    ----------
    vocabulary_size
        Words that the sequence knows, the two reserved ids included: the first ones of the vocabulary.
    """

    vocabulary_size: int

    def __init__(self, pipeline: TextPipeline, bags: Sequence[NgramBag]) -> None:
        self.bags = tuple(bags)
        self.of_sequence = {name: getattr(pipeline, name) for name in OF_SEQUENCE}
        self.pipeline = TextPipeline(clean=pipeline.clean, tokens=pipeline.tokens, num_words=MAX_WORDS)

    @property
    def vocabulary_(self) -> list[str]:
        """Every word, the commonest first."""
        return self.pipeline.vocabulary_

    def fit(self, texts: Iterable[str | None]) -> "TextColumn":
        """Learn the words and the n-grams of ``texts``."""
        read = list(each_text(texts))
        ids = self.pipeline.fit(read).encode(read)
        counts = np.bincount(np.concatenate([[], *ids]).astype(np.int64), minlength=len(self.vocabulary_))[
            len(RESERVED) :
        ]
        known = int((counts >= self.of_sequence["min_count"]).sum()) + len(RESERVED)
        self.vocabulary_size = min(known, self.of_sequence["num_words"] or known)
        cleaned = self._cleaned(read)
        for bag in self.bags:
            bag.fit(ids, cleaned)
        return self

    def encode(self, texts: Iterable[str | None]) -> list[PreparedText]:
        """Return the ids and the features of each text."""
        read = list(each_text(texts))
        ids = self.pipeline.encode(read)
        cleaned = self._cleaned(read)
        features = [bag.encode(ids, cleaned) for bag in self.bags]
        return [PreparedText(self._sequence(row), tuple(bag[i] for bag in features)) for i, row in enumerate(ids)]

    def _cleaned(self, texts: Sequence[str]) -> Sequence[str]:
        return (
            list(map(compile_steps(self.pipeline.clean), texts)) if any(bag.max_chars for bag in self.bags) else texts
        )

    def _sequence(self, ids: np.ndarray) -> np.ndarray:
        if self.of_sequence["max_length"]:
            ids = truncate(ids, self.of_sequence["max_length"], self.of_sequence["truncating"])
        return np.where(ids < self.vocabulary_size, ids, 1).astype(np.int32)

    def pad(self, rows: Sequence[PreparedText]) -> dict[str, np.ndarray]:
        """
        Return the arrays that a model takes, by what follows the name of the input.

        Ids as of a pipeline; for each bag the ids of the features, int32 of shape (rows, features), and their weights,
        float32 of the same shape, both filled up with 0.
        """
        found = {"": pad_ids([row.ids for row in rows])}
        for i in range(len(self.bags)):
            ids = pad_ids([row.bags[i][0] for row in rows])
            values = np.zeros(ids.shape, dtype=np.float32)
            for cells, row in zip(values, rows, strict=True):
                cells[: len(row.bags[i][1])] = row.bags[i][1]
            found |= {f".bag_{i}.ids": ids, f".bag_{i}.values": values}
        return found

    def explain(self, text: str | None) -> Any:
        """Return every stage of one ``text`` as a sequence; see `TextPipeline.explain`."""
        return self.as_sequence().explain(text)

    def report(self, texts: Iterable[str | None], **options: Any) -> Any:
        """Return what becomes of many ``texts`` as sequences; see `TextPipeline.report`."""
        return self.as_sequence().report(texts, **options)

    def diagnose(self, texts: Sequence[str | None]) -> dict[str, list[float]]:
        """Return for each text its ``tokens``, the share of ``unknown`` ones, and how many the sequence has ``cut``."""
        return diagnose(self.pipeline, texts, self.of_sequence["max_length"])

    def as_sequence(self) -> TextPipeline:
        """Return the pipeline of the sequence alone."""
        alone = TextPipeline(clean=self.pipeline.clean, tokens=self.pipeline.tokens, **self.of_sequence)
        alone.vocabulary_ = self.vocabulary_[: self.vocabulary_size]
        return alone

    def to_dict(self) -> dict[str, Any]:
        """Return everything but `arrays` as plain values."""
        return {
            "pipeline": {name: value for name, value in self.pipeline.to_dict().items() if name != "vocabulary"},
            "vocabulary": self.vocabulary_,
            "vocabulary_size": self.vocabulary_size,
            "sequence": dict(self.of_sequence),
            "bags": [bag.to_dict() for bag in self.bags],
        }

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what the bags have learned, by name."""
        return {f"bag_{i}/{name}": one for i, bag in enumerate(self.bags) for name, one in bag.arrays().items()}

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> "TextColumn":
        """Return the column that `to_dict` and `arrays` described; an error of one line for anything else."""
        if not isinstance(saved, Mapping) or set(saved) != SAVED:
            raise DataError("a saved text column has a pipeline, a vocabulary and its size, a sequence and bags")
        for name, options in (("pipeline", saved["pipeline"]), ("sequence", saved["sequence"])):
            if not isinstance(options, Mapping) or (name == "sequence" and set(options) != set(OF_SEQUENCE)):
                raise DataError(f"the {name} of a saved text column has its options by name, not {options!r:.60}")
        if not isinstance(saved["bags"], Sequence) or set(arrays) != set(_array_names(len(saved["bags"]))):
            raise DataError("the bags of a saved text column are not those that its n-grams belong to")
        whole = TextPipeline.from_dict({**saved["pipeline"], "vocabulary": saved["vocabulary"]})
        sequence = TextPipeline(clean=whole.clean, tokens=whole.tokens, **saved["sequence"])
        sequence.check_options()
        size = saved["vocabulary_size"]
        if type(size) is not int or not len(RESERVED) <= size <= len(whole.vocabulary_):
            raise DataError(f"the vocabulary of a saved text column cannot have the size {size!r:.60}")
        bags = [
            NgramBag.from_dict(options, {name: arrays[f"bag_{i}/{name}"] for name in ("keys", "idf")})
            for i, options in enumerate(saved["bags"])
        ]
        column = cls(sequence, bags)
        column.pipeline, column.vocabulary_size = whole, size
        return column


def _array_names(bags: int) -> list[str]:
    return [f"bag_{i}/{name}" for i in range(bags) for name in ("keys", "idf")]
