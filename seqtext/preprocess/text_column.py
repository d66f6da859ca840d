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
from seqtext.preprocess.vocabulary import RESERVED, extended

MAX_WORDS = (1 << int(ID_BITS)) - 1
# The options of the pipeline that the sequence has for itself: a bag wants every word of the whole text.
OF_SEQUENCE = ("num_words", "min_count", "max_length", "truncating")
SAVED = {"pipeline", "vocabulary", "vocabulary_size", "sequence", "bags"}
# Saved only where the vocabulary has been extended.
ALSO_KNOWN = "also_known"


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
    first_words
        So many words of the vocabulary does the sequence know from its beginning, the two reserved ids included.
    also_known
        Places in the vocabulary of the words that it knows beyond these; int64. The ids that they have in the sequence
        follow those of the first words.
    """

    first_words: int
    also_known: np.ndarray

    def __init__(self, pipeline: TextPipeline, bags: Sequence[NgramBag]) -> None:
        self.bags = tuple(bags)
        self.of_sequence = {name: getattr(pipeline, name) for name in OF_SEQUENCE}
        self.pipeline = TextPipeline(clean=pipeline.clean, tokens=pipeline.tokens, num_words=MAX_WORDS)

    @property
    def vocabulary_(self) -> list[str]:
        """Every word, the commonest first."""
        return self.pipeline.vocabulary_

    @property
    def vocabulary_size(self) -> int:
        """Words that the sequence knows, the two reserved ids included."""
        return self.first_words + len(self.also_known)

    @property
    def sequence_vocabulary(self) -> list[str]:
        """The words that the sequence knows, in the order of their ids."""
        words = self.vocabulary_
        return [*words[: self.first_words], *(words[place] for place in self.also_known.tolist())]

    def fit(self, texts: Iterable[str | None]) -> "TextColumn":
        """Learn the words and the n-grams of ``texts``."""
        read = list(each_text(texts))
        return self.fit_bags(read, self.fit_words(read))

    def fit_words(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Learn the words of ``texts``, and which of them the sequence knows; return the ids of each text."""
        ids = self.pipeline.fit(texts).encode(texts)
        counts = np.bincount(np.concatenate([[], *ids]).astype(np.int64), minlength=len(self.vocabulary_))[
            len(RESERVED) :
        ]
        known = int((counts >= self.of_sequence["min_count"]).sum()) + len(RESERVED)
        self._know(min(known, self.of_sequence["num_words"] or known), np.zeros(0, dtype=np.int64))
        return ids

    def fit_bags(self, texts: Sequence[str], ids: Sequence[np.ndarray]) -> "TextColumn":
        """Learn the n-grams of ``texts``, whose ids these are."""
        cleaned = self._cleaned(texts)
        for bag in self.bags:
            bag.fit(ids, cleaned)
        return self

    def extend(self, words: Iterable[str]) -> "TextColumn":
        """
        Let the sequence know ``words``, too; nothing changes for the bags.

        Words that are new stand at the end of the vocabulary. Others that the sequence lacked, since they were too
        rare, keep their places there; those between that nobody asked for stay unknown to it.
        """
        wanted = list(dict.fromkeys(words))
        self.pipeline.vocabulary_ = extended(self.vocabulary_, wanted, most=MAX_WORDS)
        place_of = {word: place for place, word in enumerate(self.vocabulary_)}
        places = [place_of[word] for word in wanted if word in place_of]
        known = set(self.also_known.tolist())
        new = [place for place in places if place >= self.first_words and place not in known]
        self._know(self.first_words, np.concatenate([self.also_known, np.array(new, dtype=np.int64)]))
        return self

    def grow(self, more: "TextColumn") -> "TextColumn":
        """Know the words and the n-grams of ``more``, too; the ids of all other words stay as they are."""
        self.pipeline.vocabulary_ = extended(self.vocabulary_, more.vocabulary_, most=MAX_WORDS)
        self.extend(more.sequence_vocabulary)
        place_of = {word: place for place, word in enumerate(self.vocabulary_)}
        places = np.array([place_of.get(word, 1) for word in more.vocabulary_], dtype=np.uint64)
        for bag, other in zip(self.bags, more.bags, strict=True):
            bag.grow(other, places)
        return self

    def _know(self, first_words: int, also_known: np.ndarray) -> None:
        self.first_words, self.also_known = first_words, also_known
        # Made here and not for each text: a vocabulary is long, and a text is short.
        self._id_of = np.ones(len(self.vocabulary_), dtype=np.int32)
        self._id_of[:first_words] = np.arange(first_words)
        self._id_of[also_known] = np.arange(first_words, self.vocabulary_size)

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
        return self._id_of[ids]

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
        alone.vocabulary_ = self.sequence_vocabulary
        return alone

    def to_dict(self) -> dict[str, Any]:
        """Return everything but `arrays` as plain values."""
        return {
            "pipeline": {name: value for name, value in self.pipeline.to_dict().items() if name != "vocabulary"},
            "vocabulary": self.vocabulary_,
            "vocabulary_size": self.first_words,
            "sequence": dict(self.of_sequence),
            "bags": [bag.to_dict() for bag in self.bags],
            **({ALSO_KNOWN: self.also_known.tolist()} if len(self.also_known) else {}),
        }

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what the bags have learned, by name."""
        return {f"bag_{i}/{name}": one for i, bag in enumerate(self.bags) for name, one in bag.arrays().items()}

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> "TextColumn":
        """Return the column that `to_dict` and `arrays` described; an error of one line for anything else."""
        if not isinstance(saved, Mapping) or set(saved) - {ALSO_KNOWN} != SAVED:
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
        column.pipeline = whole
        column._know(size, _check_places(saved.get(ALSO_KNOWN, []), size, len(whole.vocabulary_)))
        return column


def fit_together(preparers: Mapping[str, TextPipeline | TextColumn], columns: Mapping[str, Sequence[str]]) -> None:
    """
    Let what prepares several texts learn one vocabulary, that of all of them; n-grams are those of each text.

    Parameters
    ----------
    preparers
        Of equal settings, but for where a text is cut, by input name.
    columns
        The texts to learn from, by input name.
    """
    everything = [text for name in preparers for text in each_text(columns[name])]
    for name, preparer in preparers.items():
        if isinstance(preparer, TextColumn):
            preparer.fit_words(everything)
            own = list(each_text(columns[name]))
            preparer.fit_bags(own, preparer.pipeline.encode(own))
        else:
            preparer.fit(everything)


def _check_places(places: Any, first: int, words: int) -> np.ndarray:
    """Places of words that a saved column knows beyond its first ones: each once."""
    is_list = isinstance(places, list) and all(type(place) is int for place in places)
    if not is_list or not all(first <= place < words for place in places) or len(set(places)) < len(places):
        raise DataError(f"the words that a saved text column also knows are different places from {first} to {words}")
    return np.array(places, dtype=np.int64)


def _array_names(bags: int) -> list[str]:
    return [f"bag_{i}/{name}" for i in range(bags) for name in ("keys", "idf")]
