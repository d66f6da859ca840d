"""From raw text to numbers and back: clean, tokenize, encode, truncate, pad."""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any, Self

import numpy as np

from seqtext.data.files import written_atomically
from seqtext.errors import RecipeError
from seqtext.parallel import in_processes
from seqtext.preprocess.batches import as_frame, as_labels, numpy_batches, tf_dataset, token_names
from seqtext.preprocess.clean import Step, compile_steps, list_steps
from seqtext.preprocess.contract import Parameters, check_choice, check_count, not_fitted
from seqtext.preprocess.diagnose import diagnose
from seqtext.preprocess.explain import Explanation, explain
from seqtext.preprocess.padding import TRUNCATING, kept_ends, pad_ids, truncate
from seqtext.preprocess.pieces import UNKNOWN_ID, Encoder, count_tokens, make_encoder
from seqtext.preprocess.report import Report, report
from seqtext.preprocess.saving import FORMAT, check_saved, read_json, refuse_functions
from seqtext.preprocess.split import SPLITTERS, Splitter
from seqtext.preprocess.texts import as_text, each_text
from seqtext.preprocess.vocabulary import MAX_WORDS, build_vocabulary, check_vocabulary, extended

MAX_LENGTH = 1_000_000


class TextPipeline(Parameters):
    """
    Turn raw texts into rows of word ids, the same way in training and in use.

    Follows scikit-learn's contract, so that it works in a ``Pipeline``, a ``ColumnTransformer`` and a search.
    Id 0 is padding only and stands on the right; id 1 is every unknown word; an empty or missing text is ``[1]``.

    What was learned is ``vocabulary_``: a list of words, in which a word's place is its id.

    Parameters
    ----------
    clean
        Cleaning steps in order, or the name of a profile; see :data:`seqtext.preprocess.clean.CLEANERS`.
    tokens
        Name of a splitter in :data:`seqtext.preprocess.split.SPLITTERS`, or a function from a text to its tokens.
    num_words
        Size of the vocabulary, ids 0 and 1 included; None for every word.
    min_count
        Words seen less often than this are unknown.
    max_length
        Longer texts are cut to this many tokens; None keeps them whole.
    truncating
        Which part of a long text is kept: the head ("post"), the tail ("pre"), or both ("middle").
    padding
        "longest" pads the rows of a call to the longest of them, "max_length" always to ``max_length``.
    n_jobs
        Processes to use on many texts; -1 for one per core. Not saved.

    >>> pipeline = TextPipeline(num_words=5).fit(["Good film, good cast", "Bad film"])
    >>> pipeline.vocabulary_
    ['', '[UNK]', 'film', 'good', ',']
    >>> pipeline.transform(["good good FILM!", ""])
    array([[3, 3, 2, 1],
           [1, 0, 0, 0]], dtype=int32)
    """

    vocabulary_: list[str]
    _output: str = "default"
    # For which vocabulary, steps and splitter the encoder was made; replaced as a whole, since threads share it.
    _encoder: tuple[tuple[list[str], list[Step], Splitter], Encoder] | None = None

    def __init__(
        self,
        *,
        clean: str | Sequence[Step] = ("lowercase",),
        tokens: str | Splitter = "words",
        num_words: int | None = 20_000,
        min_count: int = 1,
        max_length: int | None = None,
        truncating: str = "post",
        padding: str = "longest",
        n_jobs: int | None = None,
    ) -> None:
        self.clean = clean
        self.tokens = tokens
        self.num_words = num_words
        self.min_count = min_count
        self.max_length = max_length
        self.truncating = truncating
        self.padding = padding
        self.n_jobs = n_jobs

    def fit(self, texts: Iterable[str | None], y: object = None) -> Self:
        """Learn the vocabulary of ``texts``, forgetting an earlier one; a RecipeError if an option makes no sense."""
        self.check_options()
        self.tokenize("a")  # what needs a missing package or dictionary says so before the texts are read
        self.vocabulary_ = build_vocabulary(self.count(texts), num_words=self.num_words, min_count=self.min_count)
        return self

    def extend(self, words: Iterable[str]) -> Self:
        """Let the vocabulary end with those of ``words`` that it lacks; the ids of all others stay as they are."""
        self._check_fitted()
        self.vocabulary_ = extended(self.vocabulary_, words, most=MAX_WORDS)
        return self

    def grow(self, more: Self) -> Self:
        """Know the words of ``more``, too; the ids of all others stay as they are."""
        return self.extend(more.vocabulary_)

    def count(self, texts: Iterable[str | None]) -> Counter[str]:
        """Return how often each token occurs in ``texts``, cleaned and cut as :meth:`tokenize` does."""
        if self._jobs() == 1:
            return count_tokens(each_text(texts), list_steps(self.clean), self.splitter())
        total: Counter[str] = Counter()
        for counts in self._in_processes("count", texts):
            total.update(counts)
        return total

    def tokenize(self, text: str | None) -> list[str]:
        """Clean one ``text`` and cut it into tokens, before any is looked up or left out."""
        return self.splitter()(compile_steps(self.clean)(as_text(text, 0)))

    def iter_encode(self, texts: Iterable[str | None]) -> Iterator[np.ndarray]:
        """Yield the ids of one text after the other, as :meth:`encode`; holds one text at a time."""
        self._check_fitted()
        self.check_options()
        if self._jobs() > 1:
            for block in self._in_processes("encode", texts):
                yield from block
            return
        encode_text = self._get_encoder()
        longest = self.max_length or sys.maxsize
        ends = kept_ends(longest, self.truncating) if self.max_length else None
        for text in each_text(texts):
            ids = np.frombuffer(encode_text(text, ends) or bytearray(UNKNOWN_ID), dtype=np.int32)
            yield ids if len(ids) <= longest else truncate(ids, longest, self.truncating).copy()

    def encode(self, texts: Iterable[str | None]) -> list[np.ndarray]:
        """Return the ids of each text, truncated but not padded: int32, at least one, never 0."""
        return list(self.iter_encode(texts))

    def pad(self, rows: Sequence[np.ndarray]) -> np.ndarray:
        """Return rows of ids as one array, zeros on the right up to the :func:`bucket_length` of the longest."""
        return pad_ids(rows)

    def transform(self, texts: Iterable[str | None]) -> np.ndarray:
        """Return the ids of all texts: int32 of shape (texts, length), zeros on the right; see ``padding``."""
        rows = self.encode(texts)
        length = self.max_length if self.padding == "max_length" else max(map(len, rows), default=0)
        ids = pad_ids(rows, length)
        return ids if self._output == "default" else as_frame(ids, texts)

    def fit_transform(self, texts: Iterable[str | None], y: object = None) -> np.ndarray:
        """Learn the vocabulary of ``texts`` and return their ids."""
        if isinstance(texts, Iterator):
            texts = list(texts)
        return self.fit(texts).transform(texts)

    def batches(
        self,
        texts: Iterable[str | None],
        labels: Sequence[Any] | np.ndarray | None = None,
        *,
        batch_size: int = 32,
        rng: np.random.Generator | None = None,
    ) -> Iterator[Any]:
        """Yield ids in padded batches of like length; with ``labels``, pairs; with ``rng``, shuffled, as to train."""
        rows = self.encode(texts)
        return numpy_batches(rows, as_labels(labels, len(rows)), batch_size=batch_size, rng=rng)

    def to_tf_dataset(
        self,
        texts: Iterable[str | None],
        labels: Sequence[Any] | np.ndarray | None = None,
        *,
        batch_size: int = 32,
        seed: int | None = None,
    ) -> Any:
        """Return the same batches as a ``tf.data.Dataset``; with ``seed``, in a new order each epoch."""
        rows = self.encode(texts)
        return tf_dataset(rows, as_labels(labels, len(rows)), batch_size=batch_size, seed=seed)

    def inverse_transform(self, ids: Iterable[Sequence[int] | np.ndarray]) -> list[list[str]]:
        """Return the words behind ``ids``, without the padding; what was unknown or cut does not come back."""
        self._check_fitted()
        words = []
        for row, row_ids in enumerate(ids, 1):
            values = np.asarray(row_ids, dtype=np.int64)
            if values.ndim != 1 or (values.size and not 0 <= values.min() <= values.max() < len(self.vocabulary_)):
                raise ValueError(f"row {row} holds an id outside 0 to {len(self.vocabulary_) - 1}")
            words.append([self.vocabulary_[index] for index in values if index])
        return words

    def explain(self, text: str | None) -> Explanation:
        """Return every stage of one ``text``; ``str()`` of it is for a terminal. Before ``fit`` there are no ids."""
        return explain(self, text)

    def report(self, texts: Iterable[str | None], *, lengths: Sequence[int] | None = None, top: int = 20) -> Report:
        """Return what this pipeline does to many ``texts``: what steps change, lengths, unknown words, what is cut."""
        return report(self, texts, lengths=lengths, top=top)

    def diagnose(self, texts: Sequence[str | None]) -> dict[str, list[float]]:
        """Return for each text its ``tokens``, the share of ``unknown`` ones, and how many tokens are ``cut``."""
        return diagnose(copy(self).set_params(max_length=None), texts, self.max_length)

    def to_dict(self) -> dict[str, Any]:
        """Return all that is needed to transform again, as plain values; a RecipeError if a step is a function."""
        self._check_fitted()
        refuse_functions(list_steps(self.clean), self.tokens)
        steps: list[Any] = list_steps(self.clean)
        return {
            "format": FORMAT,
            **self._saved_options(),
            "clean": [step if isinstance(step, str) else list(step) for step in steps],
            "vocabulary": list(self.vocabulary_),
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Self:
        """Return the pipeline that :meth:`to_dict` described; a DataError or RecipeError for anything else."""
        options = list(cls()._saved_options())
        check_saved(saved, options)
        pipeline = cls(**{name: saved[name] for name in options})
        pipeline.check_options()
        pipeline.vocabulary_ = check_vocabulary(saved["vocabulary"])
        return pipeline

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the pipeline to ``path`` as JSON, beside it first, so that an older file is never half replaced.

        A link that stands there is replaced, too, and what it points to stays as it was.
        """
        saved = json.dumps(self.to_dict(), ensure_ascii=False)
        with written_atomically(path, follow_link=False) as file:
            file.write(saved.encode())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Return the pipeline that :meth:`save` wrote; a DataError or RecipeError if the file holds anything else."""
        return cls.from_dict(read_json(path))

    def set_output(self, *, transform: str | None = None) -> Self:
        """Choose what :meth:`transform` returns: "default" an array, "pandas" a frame of ``token0``, ...."""
        if transform is not None:
            check_choice("transform", transform, ("default", "pandas"))
            self._output = transform
        return self

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the names of the columns of :meth:`transform`, for scikit-learn."""
        if self.max_length is None:
            raise ValueError(
                "the columns are as many as the longest text has tokens; set max_length to have names for them"
            )
        return np.array(token_names(self.max_length), dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "vocabulary_")

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_encoder"}

    def check_options(self) -> None:
        """Raise a RecipeError if an option makes no sense; `fit` does it too."""
        compile_steps(self.clean)
        self.splitter()
        check_count("num_words", self.num_words, 2, MAX_WORDS, or_none=True)
        check_count("min_count", self.min_count, 1, sys.maxsize)
        check_count("max_length", self.max_length, 1, MAX_LENGTH, or_none=True)
        check_count("n_jobs", self.n_jobs, -1, 1_024, or_none=True)
        check_choice("truncating", self.truncating, TRUNCATING)
        check_choice("padding", self.padding, ("longest", "max_length"))
        if self.padding == "max_length" and self.max_length is None:
            raise RecipeError("padding='max_length' needs a max_length; set one, or use padding='longest'")

    def splitter(self) -> Splitter:
        """Return the function from a cleaned text to its tokens."""
        if callable(self.tokens):
            return self.tokens
        check_choice("tokens", self.tokens, SPLITTERS)
        return SPLITTERS[self.tokens]

    def _saved_options(self) -> dict[str, Any]:
        return {name: value for name, value in self.get_params().items() if name != "n_jobs"}

    def _check_fitted(self) -> None:
        if not hasattr(self, "vocabulary_"):
            raise not_fitted("this TextPipeline has no vocabulary yet; call fit(texts) first")

    def _get_encoder(self) -> Encoder:
        """Return the function from a text to its ids, as bytes; kept between calls with all it has learned."""
        made_of = self.vocabulary_, list_steps(self.clean), self.splitter()
        cached = self._encoder
        if cached is None or cached[0] != made_of:
            self._encoder = cached = made_of, make_encoder(*made_of)
        return cached[1]

    def _jobs(self) -> int:
        return (os.cpu_count() or 1) if self.n_jobs == -1 else self.n_jobs or 1

    def _in_processes(self, method: str, texts: Iterable[str | None]) -> Iterator[Any]:
        alone = copy(self).set_params(n_jobs=None)
        return in_processes(getattr(alone, method), each_text(texts), self._jobs())
