"""
Texts as weighted bags of word and character n-grams, by NumPy alone.

An n-gram is recognised by a number of 64 bits: that of a word n-gram is made of its words' ids, that of a character
n-gram is a hash of its characters. So a vocabulary of a million n-grams takes eight megabytes, and all n-grams of a
thousand texts are found with a few operations on arrays.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from seqtext.errors import RecipeError
from seqtext.preprocess.contract import check_choice, check_count
from seqtext.preprocess.vocabulary import RESERVED

OPTIONS = ("words", "min_chars", "max_chars", "min_count", "max_features", "rank", "weighting")
RANKS = ("texts", "occurrences")
WEIGHTINGS = ("binary", "count", "freq", "tfidf", "keras_tfidf")
MAX_FEATURES = 20_000_000
MAX_WORDS_IN_A_ROW, MAX_CHARACTERS_IN_A_ROW = 3, 8
# Ids are below 2**21, so that three of them fit into the 63 bits below the mark of a character n-gram.
ID_BITS = np.uint64(21)
OF_CHARACTERS = np.uint64(1 << 63)
# Odd constants that mix bits well (Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number Generators").
MIX, MIX_AGAIN = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
SPACE = ord(" ")
# Words and characters that are looked at together; a block takes some hundred times as many bytes.
BLOCK = 100_000
# So many n-grams that blocks have counted are gathered before they join the others, of which so many are remembered.
AT_ONCE, MOST_COUNTED = 2_000_000, 16_000_000

# The inverse document frequency of an n-gram in one of 2**63 texts would be 45, that of one in a single text, as Keras
# counts it, is ln 1.5.
SMALLEST_IDF, LARGEST_IDF = 0.4, 100.0

# The ids of a text's features, int32 and sorted, and their weights, float32.
Features = tuple[np.ndarray, np.ndarray]


class NgramBag:
    """
    Turn texts into rows of feature ids and their weights.

    Parameters
    ----------
    words
        Longest run of words, up to 3; 0 for none.
    min_chars, max_chars
        Shortest and longest run of characters inside a word with a space on both sides; 0 for none.
    min_count
        N-grams in fewer texts than this are left out.
    max_features
        No more than that many n-grams are kept.
    rank
        Which are: those in most "texts", or those of most "occurrences", as Keras' Tokenizer chooses its words.
    weighting
        "binary", "count", "freq" (the count divided by the sum of all) or "tfidf": (1 + ln count) x
        (1 + ln((1 + texts) / (1 + texts with it))), the words and the characters of a text each scaled to length 1; or
        "keras_tfidf", that of Keras' Tokenizer: (1 + ln count) x ln(1 + texts / (1 + texts with it)), not scaled.

    Attributes
    ----------
    keys_
        The n-grams as sorted uint64; the place of each is its feature id. There is always one: where no n-gram is
        common enough, it is 0, which no n-gram has.
    idf_
        float32, the inverse document frequency of each feature; 1 where the weighting has none.

    >>> bag = NgramBag(words=2, weighting="count").fit([np.array([2, 3, 2, 3])], ["so good so good"])
    >>> bag.encode([np.array([3, 2, 9])], ["good so far"])
    [(array([0, 1, 3], dtype=int32), array([1., 1., 1.], dtype=float32))]
    """

    keys_: np.ndarray
    idf_: np.ndarray

    def __init__(
        self,
        *,
        words: int = 2,
        min_chars: int = 0,
        max_chars: int = 0,
        min_count: int = 1,
        max_features: int = 1_000_000,
        rank: str = "texts",
        weighting: str = "tfidf",
    ) -> None:
        self.words = words
        self.min_chars = min_chars
        self.max_chars = max_chars
        self.min_count = min_count
        self.max_features = max_features
        self.rank = rank
        self.weighting = weighting
        check_count("words", words, 0, MAX_WORDS_IN_A_ROW)
        check_count("max_chars", max_chars, 0, MAX_CHARACTERS_IN_A_ROW)
        check_count("min_chars", min_chars, 1 if max_chars else 0, max_chars or MAX_CHARACTERS_IN_A_ROW)
        check_count("min_count", min_count, 1, sys.maxsize)
        check_count("max_features", max_features, 1, MAX_FEATURES)
        check_choice("rank", rank, RANKS)
        check_choice("weighting", weighting, WEIGHTINGS)
        if not words and not max_chars:
            raise RecipeError("a bag holds runs of words or of characters; let words or characters be 1 at least")

    def fit(self, ids: Sequence[np.ndarray], texts: Sequence[str]) -> "NgramBag":
        """Learn which n-grams there are; ``ids`` are those of the words of ``texts``, which are cleaned."""
        counts = [(np.zeros(0, np.uint64), np.zeros((2, 0), np.int64))]
        for rows, found, group, row in self._blocks(ids, texts):
            in_texts = np.bincount(different(group * rows + row) // rows, minlength=len(found))
            ranked = in_texts if self.rank == "texts" else np.bincount(group, minlength=len(found))
            counts.append((found, np.stack([in_texts, ranked])))
            if sum(len(one) for one, _ in counts[1:]) > max(AT_ONCE, len(counts[0][0])):
                counts = [forgotten(together(counts), MOST_COUNTED)]
        keys, (documents, ranked) = together(counts)
        kept = documents >= self.min_count
        if kept.sum() > self.max_features:
            order = np.argsort(np.where(kept, -ranked, 1), kind="stable")[: self.max_features]
            kept[:] = False
            kept[order] = True
        self.keys_, documents = keys[kept], documents[kept]
        if not len(self.keys_):
            self.keys_, documents = np.zeros(1, np.uint64), np.zeros(1, np.int64)
        self.idf_ = np.ones(len(self.keys_), dtype=np.float32)
        if self.weighting == "tfidf":
            self.idf_ = (1 + np.log((1 + len(texts)) / (1 + documents))).astype(np.float32)
        if self.weighting == "keras_tfidf":
            self.idf_ = np.log(1 + len(texts) / (1 + documents)).astype(np.float32)
        return self

    def grow(self, more: "NgramBag", places: np.ndarray) -> "NgramBag":
        """
        Know the n-grams of ``more``, too; those that are known keep their weight.

        Parameters
        ----------
        more
            Of the same options.
        places
            The id here of each word there, uint64.
        """
        keys = moved_keys(more.keys_, places)
        known = np.union1d(self.keys_, keys)[:MAX_FEATURES]
        idf = np.ones(len(known), dtype=np.float32)
        idf[np.searchsorted(known, keys)] = more.idf_
        idf[np.searchsorted(known, self.keys_)] = self.idf_
        self.keys_, self.idf_ = known, idf
        return self

    def encode(self, ids: Sequence[np.ndarray], texts: Sequence[str]) -> list[Features]:
        """Return the features of each text; a text without any known n-gram has none."""
        rows_of_features: list[Features] = []
        for count, keys, group, rows in self._blocks(ids, texts):
            features = np.searchsorted(self.keys_, keys)
            features[features == len(self.keys_)] = 0
            known = (self.keys_[features] == keys)[group]
            found = rows[known] * len(self.keys_) + features[group[known]]
            cells, counts = np.unique(found, return_counts=True)
            row, feature = np.divmod(cells, len(self.keys_))
            values = self._weigh(row, feature, counts, count)
            feature = feature.astype(np.int32)
            ends = np.searchsorted(row, np.arange(count + 1))
            rows_of_features += [(feature[begin:end], values[begin:end]) for begin, end in pairwise(ends.tolist())]
        return rows_of_features

    def _weigh(self, row: np.ndarray, feature: np.ndarray, counts: np.ndarray, rows: int) -> np.ndarray:
        if self.weighting == "binary":
            return np.ones(len(counts), dtype=np.float32)
        values = counts.astype(np.float32)
        if self.weighting == "freq":
            return values / np.bincount(row, weights=values, minlength=rows).astype(np.float32)[row]
        if self.weighting in ("tfidf", "keras_tfidf"):
            values = (1 + np.log(values)) * self.idf_[feature]
        if self.weighting == "tfidf":
            # Words and characters are two groups of a row, each scaled by itself.
            group = 2 * row + (self.keys_[feature] >= OF_CHARACTERS)
            lengths = np.sqrt(np.bincount(group, weights=values * values, minlength=2 * rows))
            values = values / lengths[group]
        return values.astype(np.float32)

    def _blocks(
        self, ids: Sequence[np.ndarray], texts: Sequence[str]
    ) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
        """Yield how many texts a block has, and its n-grams as `grouped` returns them, texts counted from 0."""
        pairs = zip(ids, texts, strict=True)
        sizes = np.array([len(words) + (len(text) if self.max_chars else 0) for words, text in pairs])
        block = np.cumsum(sizes) // BLOCK if len(sizes) else sizes
        starts = np.flatnonzero(np.diff(block, prepend=-1))
        for begin, end in pairwise([*starts.tolist(), len(sizes)]):
            found = [*word_keys(ids[begin:end], self.words)]
            found += character_keys(texts[begin:end], self.min_chars, self.max_chars)
            keys, rows = map(np.concatenate, zip(*found, strict=True))
            yield end - begin, *grouped(keys, rows)

    def to_dict(self) -> dict[str, Any]:
        """Return the options as plain values; `arrays` has the rest."""
        return {name: getattr(self, name) for name in OPTIONS}

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what was learned."""
        return {"keys": self.keys_, "idf": self.idf_}

    @classmethod
    def from_dict(cls, options: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> "NgramBag":
        """
        Make the bag that `to_dict` and `arrays` described.

        Raises
        ------
        ValueError, RecipeError
            If the options make no sense, the keys are not sorted, or a frequency is none.
        """
        # A bag from before there was some option has what is usual for it.
        if not isinstance(options, Mapping) or set(options) - set(OPTIONS):
            raise ValueError(f"the options of a saved bag are {', '.join(OPTIONS)}")
        bag = cls(**options)
        bag.keys_, bag.idf_ = arrays["keys"], arrays["idf"]
        if not 0 < len(bag.keys_) == len(bag.idf_) or (bag.keys_[1:] <= bag.keys_[:-1]).any():
            raise ValueError("the n-grams of a saved bag are not in order")
        if not ((bag.idf_ >= SMALLEST_IDF) & (bag.idf_ <= LARGEST_IDF)).all():
            raise ValueError(
                f"an inverse document frequency of a saved bag is not from {SMALLEST_IDF:g} to {LARGEST_IDF:g}"
            )
        return bag


def grouped(keys: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Return the different keys in order; and, key by key, for each n-gram the place of its key among them and its text.

    >>> [found.tolist() for found in grouped(np.array([7, 5, 7], np.uint64), np.array([0, 0, 1]))]
    [[5, 7], [0, 1, 1], [0, 0, 1]]
    """
    order = np.argsort(keys)
    keys = keys[order]
    is_first = _are_first(keys)
    return keys[is_first], np.cumsum(is_first) - 1, rows[order]


def different(numbers: np.ndarray) -> np.ndarray:
    """Return each of the numbers once, in order, as `numpy.unique`, which hashes them first and is slower here."""
    numbers = np.sort(numbers)
    return numbers[_are_first(numbers)]


def _are_first(ordered: np.ndarray) -> np.ndarray:
    """Whether each number of some that are in order is another than the one before."""
    found = np.ones(len(ordered), dtype=bool)
    found[1:] = ordered[1:] != ordered[:-1]
    return found


Counts = tuple[np.ndarray, np.ndarray]


def together(parts: Sequence[Counts]) -> Counts:
    """Return the different keys of all parts in order, and the sums of their counts, which are of shape (2, keys)."""
    keys, group, order = grouped(np.concatenate([part for part, _ in parts]), np.arange(sum(len(k) for k, _ in parts)))
    counts = np.concatenate([counts for _, counts in parts], axis=1)[:, order]
    return keys, np.add.reduceat(counts, np.flatnonzero(np.diff(group, prepend=-1)), axis=1)


def forgotten(counted: Counts, most: int) -> Counts:
    """
    Return what is left when the rarest n-grams are forgotten until there are no more than ``most``.

    It is the lossy counting of Manku and Motwani 2002, "Approximate Frequency Counts over Data Streams": without it the
    memory would grow with the text, for most n-grams of much text stand in it once.
    """
    keys, counts = counted
    rarest = 1
    while len(keys) > most:
        kept = counts[1] > rarest
        keys, counts, rarest = keys[kept], counts[:, kept], rarest + 1
    return keys, counts


def word_keys(ids: Sequence[np.ndarray], longest: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """
    Yield the keys of all runs of 1 word, of 2 words, up to ``longest``, and the text of each.

    There is none with an unknown word in it, as there may be in training: an empty text is one.

    >>> [keys.tolist() for keys, rows in word_keys([np.array([5, 2]), np.array([3, 1])], 2)]
    [[5, 2, 3], [10485762]]
    """
    rows = np.repeat(np.arange(len(ids)), [len(one) for one in ids])
    words = np.concatenate(ids).astype(np.uint64) if len(rows) else np.zeros(0, np.uint64)
    is_known = words >= len(RESERVED)
    keys, are_known = words, is_known
    for size in range(1, longest + 1):
        if size > 1:
            keys = (keys[:-1] << ID_BITS) | words[size - 1 :]
            are_known = are_known[:-1] & is_known[size - 1 :]
        inside = are_known & (rows[: len(keys)] == rows[size - 1 :])
        yield keys[inside], rows[: len(keys)][inside]


def moved_keys(keys: np.ndarray, places: np.ndarray) -> np.ndarray:
    """
    Return keys of n-grams in which each word has the id that ``places`` has at its own.

    >>> moved_keys(np.array([2, (2 << 21) | 3], np.uint64), np.array([0, 1, 7, 2], np.uint64)).tolist()
    [7, 14680066]
    """
    found, mask = keys.copy(), (np.uint64(1) << ID_BITS) - np.uint64(1)
    is_word = keys < OF_CHARACTERS
    words = keys[is_word]
    shifts = [np.uint64(i) * ID_BITS for i in range(MAX_WORDS_IN_A_ROW)]
    found[is_word] = sum(places[(words >> shift) & mask] << shift for shift in shifts)
    return found


def character_keys(texts: Sequence[str], shortest: int, longest: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """
    Yield the keys of all runs of ``shortest`` to ``longest`` characters, and the text of each.

    A run has a space at its beginning or end at most, so it tells beginnings and ends of words from their middles. It
    is never a space alone.
    """
    if not longest:
        return
    padded = [" ".join(["", *text.split(), ""]) for text in texts]
    rows = np.repeat(np.arange(len(texts)), [len(text) for text in padded])
    letters = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    spaces = np.concatenate([[0], np.cumsum(letters == SPACE)])
    mixed = (letters + np.uint64(1)) * MIX
    hashed = mixed
    for size in range(1, longest + 1):
        if size > 1:
            hashed = hashed[:-1] * MIX_AGAIN + mixed[size - 1 :]
        if size < shortest:
            continue
        count = len(hashed)
        inside = rows[:count] == rows[size - 1 :]
        if size == 1:
            inside &= letters != SPACE
        if size > 2:
            inside &= spaces[size - 1 : size - 1 + count] == spaces[1 : 1 + count]
        chosen = hashed[inside]
        yield (chosen ^ (chosen >> np.uint64(29))) | OF_CHARACTERS, rows[:count][inside]
