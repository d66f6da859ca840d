"""
The text preprocessing of Keras 2, which Keras 3 no longer offers.

Change ``from keras.preprocessing.text import Tokenizer`` to ``from seqtext.preprocess import Tokenizer`` and
everything gives the results it gave, the surprising ones included. For new work take `TextPipeline`.
"""

import hashlib
import json
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, count, repeat
from typing import Any

import numpy as np

from seqtext.errors import DataError, did_you_mean

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
MODES = ("binary", "count", "freq", "tfidf")
BEYOND = sys.maxsize  # stands for the number of an unknown word; no limit is higher
OPTIONS = ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")
TABLES = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")


def text_to_word_sequence(
    input_text: str, filters: Iterable[str] = FILTERS, lower: bool = True, split: str = " "
) -> list[str]:
    """
    Return the words of a text as Keras 2 did: filtered characters become ``split``, and that is where it cuts.

    Apostrophes, carriage returns, no-break spaces, and dashes and quotes outside ASCII stay inside words.

    >>> text_to_word_sequence("Don't... 100\\xa0km!")
    ["don't", '100\\xa0km']
    """
    if not isinstance(input_text, str):
        raise TypeError(f"a text must be a str, but this one is {input_text!r}; replace missing texts with ''")
    table = _replacements(filters if isinstance(filters, str) else "".join(filters), split)
    return list(filter(None, (input_text.lower() if lower else input_text).translate(table).split(split)))


@lru_cache(maxsize=64)
def _replacements(filters: str, split: str) -> dict[int, str]:
    return str.maketrans(dict.fromkeys(filters, split))


def one_hot(
    input_text: str,
    n: int,
    filters: Iterable[str] = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Iterable[Any]] | None = None,
) -> list[int]:
    """Return a number from 1 to ``n`` - 1 for every word, by Python's ``hash``; nothing is one-hot."""
    return hashing_trick(input_text, n, hash, filters, lower, split, analyzer)


def hashing_trick(
    text: str,
    n: int,
    hash_function: Callable[[Any], int] | str | None = None,
    filters: Iterable[str] = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Iterable[Any]] | None = None,
) -> list[int]:
    """Return a number from 1 to ``n`` - 1 for every word, by "md5", a function, or Python's ``hash``; some meet."""
    if n < 2:
        raise ValueError(f"n must be at least 2, as number 0 is never given, but is {n}")
    if isinstance(hash_function, str) and hash_function != "md5":
        raise ValueError(f"hash_function must be 'md5', a function or None, but is {hash_function!r}")
    number = md5 if isinstance(hash_function, str) else hash_function or hash
    words = analyzer(text) if analyzer else text_to_word_sequence(text, filters, lower, split)
    return [number(word) % (n - 1) + 1 for word in words]


def md5(word: str) -> int:
    """Return the MD5 sum of ``word`` as a number."""
    return int.from_bytes(hashlib.md5(word.encode(), usedforsecurity=False).digest(), "big")


class Tokenizer:
    """
    Texts to sequences of word numbers, or to one row of a matrix each, as in Keras 2.

    What may surprise is kept, so that old code gives old results: ``num_words=3`` keeps two words, since column 0
    of the matrix belongs to none; without ``oov_token`` an unknown word vanishes; a text given as a list is
    lowercased, but neither filtered nor split; ``char_level`` goes before ``analyzer`` and leaves the filters unused;
    fitting again adds to the counts; ``docs/preprocessing.md`` has the full list.

    Parameters
    ----------
    num_words
        Use the ``num_words - 1`` most frequent words; among equally frequent ones, those seen first. It limits
        neither ``word_index``, from 1 for the most frequent, nor ``index_word``.
    filters
        Characters that separate words, in addition to ``split``.
    oov_token
        Stands for every unknown word, as number 1.
    analyzer
        A function from a text to its words, in place of lowercasing, filtering and splitting.

    >>> tokenizer = Tokenizer(num_words=3)
    >>> tokenizer.fit_on_texts(["the cat sat", "the cat and the hat"])
    >>> tokenizer.texts_to_sequences(["The hat! The cat!"])
    [[1, 1, 2]]
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: Iterable[str] = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        analyzer: Callable[[str], Iterable[Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        if "nb_words" in kwargs:
            warnings.warn("the argument nb_words of Tokenizer is now called num_words", stacklevel=2)
            num_words = kwargs.pop("nb_words")
        document_count = kwargs.pop("document_count", 0)
        if kwargs:
            raise TypeError(f"Tokenizer has no arguments {', '.join(kwargs)}")
        self.num_words = num_words
        self.filters = filters
        self.lower = lower
        self.split = split
        self.char_level = char_level
        self.oov_token = oov_token
        self.analyzer = analyzer
        self.document_count = document_count
        self.word_counts: Counter[Any] = Counter()
        self.word_docs: Counter[Any] = Counter()
        self.index_docs: Counter[int] = Counter()
        self.word_index: dict[Any, int] = {}
        self.index_word: dict[int, Any] = {}

    def fit_on_texts(self, texts: Iterable[str | list[str]]) -> None:
        """Count the words of ``texts``, add them to what was counted before, and number them by frequency."""
        for text in texts:
            tokens = self._tokens(text)
            self.word_counts.update(tokens)
            self.word_docs.update(set(tokens))
            self.document_count += 1
        by_frequency = sorted(self.word_counts, key=self.word_counts.__getitem__, reverse=True)
        reserved = [] if self.oov_token is None else [self.oov_token]
        self.word_index = dict(zip(reserved + by_frequency, count(1), strict=False))
        self.index_word = {index: word for word, index in self.word_index.items()}
        for word, containing in self.word_docs.items():
            self.index_docs[self.word_index[word]] = containing

    def fit_on_sequences(self, sequences: Sequence[Iterable[int]]) -> None:
        """Count in how many ``sequences`` each number occurs, for `sequences_to_matrix` in mode "tfidf"."""
        self.document_count += len(sequences)
        for sequence in sequences:
            self.index_docs.update(set(sequence))

    def texts_to_sequences(self, texts: Iterable[str | list[str]]) -> list[list[int]]:
        """Return the numbers of the words of each text; a text without any known word may become ``[]``."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[str | list[str]]) -> Iterator[list[int]]:
        """Yield what `texts_to_sequences` returns, a text at a time."""
        limit = self.num_words or BEYOND
        unknown: Any = self.word_index.get(self.oov_token)
        for text in texts:
            indices: Iterator[Any] = map(self.word_index.get, self._tokens(text), repeat(BEYOND))
            if self.oov_token is None:
                yield [index for index in indices if index < limit]
            else:
                yield [index if index < limit else unknown for index in indices]

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Return the words of each sequence joined by spaces; unknown numbers become the ``oov_token``, or vanish."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Iterable[int]]) -> Iterator[str]:
        """Yield what `sequences_to_texts` returns, a text at a time."""
        limit = self.num_words or BEYOND
        unknown = self.index_word.get(self.word_index.get(self.oov_token, 0))
        word_of = self.index_word.get
        for sequence in sequences:
            if unknown is None:
                words = [word for i in sequence if (word := word_of(i)) is not None and i < limit]
            else:
                words = [word_of(i, unknown) if i < limit else unknown for i in sequence]
            yield " ".join(words)

    def texts_to_matrix(self, texts: Iterable[str | list[str]], mode: str = "binary") -> np.ndarray:
        """Return one row for each text; see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(self, sequences: Sequence[Sequence[int]], mode: str = "binary") -> np.ndarray:
        """
        Return float64 of shape (sequences, ``num_words`` or the number of words + 1); column 0 is for no word.

        ``mode`` is "binary": 1 where the word occurs; "count": how often; "freq": how often, divided by the length of
        the sequence; or "tfidf": (1 + ln count) * ln(1 + documents / (1 + documents with the word)).
        """
        if mode not in MODES:
            raise ValueError(f"no mode {mode!r}; choose from {', '.join(MODES)}{did_you_mean(mode, MODES)}")
        if not self.num_words and not self.word_index:
            raise ValueError("the number of columns is not known; give num_words, or call fit_on_texts first")
        if mode == "tfidf" and not self.document_count:
            raise ValueError("document frequencies are not known; call fit_on_texts first")

        columns = self.num_words or len(self.word_index) + 1
        lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
        indices = np.fromiter(chain.from_iterable(sequences), dtype=np.int64, count=int(lengths.sum()))
        if (indices < 0).any():
            raise ValueError(f"word numbers cannot be negative, but one is {indices.min()}")
        cells = np.repeat(np.arange(len(lengths)) * columns, lengths) + indices
        cells, counts = np.unique(cells[indices < columns], return_counts=True)

        weights: Any = 1 if mode == "binary" else counts
        if mode == "freq":
            weights = counts / lengths[cells // columns]
        if mode == "tfidf":
            containing = np.array([self.index_docs[index] for index in range(columns)])
            weights = (1 + np.log(counts)) * np.log(1 + self.document_count / (1 + containing))[cells % columns]
        matrix = np.zeros((len(lengths), columns))
        matrix.reshape(-1)[cells] = weights
        return matrix

    def get_config(self) -> dict[str, Any]:
        """Return the arguments except ``analyzer``, and the tables as JSON text, as Keras did."""
        tables = {table: json.dumps(getattr(self, table)) for table in TABLES}
        return {option: getattr(self, option) for option in OPTIONS} | tables

    def to_json(self, **kwargs: Any) -> str:
        """Return all but the ``analyzer`` as JSON, which Keras 2 reads too; ``kwargs`` go to ``json.dumps``."""
        return json.dumps({"class_name": "Tokenizer", "config": self.get_config()}, **kwargs)

    def _tokens(self, text: str | list[str]) -> Sequence[Any]:
        if isinstance(text, list):
            return [word.lower() for word in text] if self.lower else text
        if self.char_level:
            return text.lower() if self.lower else text
        if self.analyzer is not None:
            return list(self.analyzer(text))
        return text_to_word_sequence(text, self.filters, self.lower, self.split)


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """Return the `Tokenizer` that its ``to_json``, or that of Keras, wrote; a DataError for anything else."""
    try:
        config = dict(json.loads(json_string)["config"])
        tables = {table: json.loads(config.pop(table)) for table in TABLES}
        for table in ("index_docs", "index_word"):  # JSON knows only strings as keys
            tables[table] = {int(index): value for index, value in tables[table].items()}
        tokenizer = Tokenizer(**config)
        for table in TABLES:
            getattr(tokenizer, table).update(tables[table])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DataError(f"this is not a tokenizer as Tokenizer.to_json writes it: {error!r}") from error
    return tokenizer
