"""From raw text to numbers and back: clean, tokenize, encode, truncate, pad."""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from pathlib import Path
from typing import Any, Self

import numpy as np

from seqtext.errors import DataError, RecipeError
from seqtext.preprocess.batches import as_labels, numpy_batches, tf_dataset
from seqtext.preprocess.clean import WHOLE_TEXT, Cleaner, Step, chain, find_step, keep, list_steps
from seqtext.preprocess.contract import Parameters, check_choice, check_count, not_fitted
from seqtext.preprocess.explain import Explanation, Report, explain, report
from seqtext.preprocess.padding import pad_ids, truncate
from seqtext.preprocess.split import PIECE_SPLITTERS, SPLITTERS, Splitter
from seqtext.preprocess.texts import as_text, each_text
from seqtext.preprocess.vocabulary import MAX_WORDS, PADDING, UNKNOWN, build_vocabulary, check_vocabulary

FORMAT = 1
MAX_LENGTH = 1_000_000
MAX_STEPS = 100
TRUNCATING = ("post", "pre", "middle")

# A piece is what stands between white space. Longer ones are rarely seen twice; together they could fill the memory.
MAX_PIECE = 64
MAX_PIECES = 1 << 19
MAX_COUNTED = 1 << 20
PARALLEL_BLOCK = 5_000

UNKNOWN_ID = np.int32(1).tobytes()

Encoder = Callable[[str], bytearray | bytes]


@dataclass(frozen=True)
class SplitPieces:
    """
    Pieces of text with their tokens, as numbers of words: hundreds of thousands of lists would be slow to keep.

    ``lengths`` tells how many of the ``numbers`` belong to each piece; a number is a place in ``words``.
    """

    pieces: list[str]
    lengths: np.ndarray
    numbers: np.ndarray
    words: list[str]


class PieceCache(dict[str, bytes]):
    """The ids of each piece of text, worked out when it is first met; when it is full, it forgets the newer half."""

    def __init__(self, piece_tokens: Splitter, id_of: Mapping[str, bytes], known: SplitPieces | None = None) -> None:
        """
        Cut pieces with ``piece_tokens`` and look their tokens up in ``id_of``.

        Those that are ``known`` need not be cut again. They are entered when the first piece is asked for: many a
        pipeline only learns, and is saved.
        """
        super().__init__()
        self.piece_tokens = piece_tokens
        self.find_id = id_of.get
        self.known = known

    def __missing__(self, piece: str) -> bytes:
        """Work out and remember the ids of ``piece``."""
        if self.known is not None:
            self.enter(self.known)
            self.known = None
            return self[piece]
        tokens = self.piece_tokens(piece)
        if len(tokens) == 1:
            ids = self.find_id(tokens[0], UNKNOWN_ID)  # shared: one object for each word, not for each piece
        else:
            find_id = self.find_id
            ids = b"".join([find_id(token, UNKNOWN_ID) for token in tokens])
        if len(piece) <= MAX_PIECE:
            if len(self) >= MAX_PIECES:
                for newer in list(islice(self, MAX_PIECES // 2, None)):
                    del self[newer]
            self[piece] = ids
        return ids

    def enter(self, known: SplitPieces) -> None:
        """Remember the ids of the ``known`` pieces, at most half as many as there is room for."""
        id_of_word = np.frombuffer(b"".join(map(self.find_id, known.words, repeat(UNKNOWN_ID))), dtype=np.int32)
        ids = id_of_word[known.numbers].tobytes()
        ends = np.cumsum(known.lengths * id_of_word.itemsize)
        places = map(slice, [0, *ends[:-1].tolist()], ends.tolist())
        self.update(islice(zip(known.pieces, map(ids.__getitem__, places), strict=False), MAX_PIECES // 2))
        for piece in [piece for piece in self if len(piece) > MAX_PIECE]:
            del self[piece]


def separate_steps(steps: Sequence[tuple[Step, Cleaner]]) -> tuple[Cleaner, Cleaner]:
    """
    Give two functions that do ``steps`` together: one for the whole text, one for the pieces between white space.

    The second takes all steps after the last one that looks further than white space.
    """
    far = [not isinstance(step, str) or step in WHOLE_TEXT for step, _ in steps]
    cut = max((index + 1 for index, is_far in enumerate(far) if is_far), default=0)
    on_text, on_piece = list(steps[:cut]), [step for step in steps[cut:] if step[0] != "spaces"]
    # These are cheaper on the whole text than on its pieces, and lower case leaves fewer different ones.
    while on_piece and on_piece[0][0] in ("lowercase", "unicode"):
        on_text.append(on_piece.pop(0))
    return tuple(chain([do for _, do in part if do is not keep]) for part in (on_text, on_piece))  # type: ignore[return-value]


class TextPipeline(Parameters):
    """
    Turn raw texts into rows of word ids, the same way in training and in use.

    Follows scikit-learn's contract, so that it works in a ``Pipeline``, a ``ColumnTransformer`` and a search.
    Id 0 is padding only and stands on the right; id 1 is every unknown word; an empty or missing text is ``[1]``.

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

    Attributes
    ----------
    vocabulary_ : list[str]
        The known words; a word's place is its id.

    Examples
    --------
    >>> pipeline = TextPipeline(num_words=5).fit(["Good film, good cast", "Bad film"])
    >>> pipeline.vocabulary_
    ['', '[UNK]', 'film', 'good', ',']
    >>> pipeline.transform(["good good FILM!", ""])
    array([[3, 3, 2, 1],
           [1, 0, 0, 0]], dtype=int32)
    """

    vocabulary_: list[str]
    _output: str = "default"
    _cached: tuple[Any, list[str], Encoder] | None = None

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

    # ------------------------------------------------------------------ learning

    def fit(self, texts: Iterable[str | None], y: object = None) -> Self:
        """
        Learn the vocabulary of ``texts``, forgetting an earlier one.

        Raises
        ------
        RecipeError
            If an option makes no sense.
        TypeError
            If a row is neither a text nor missing.
        """
        self.check_options()
        self.tokenize("a")  # what needs a missing package or dictionary says so before the texts are read
        counts, known = self._count(texts)
        self.vocabulary_ = build_vocabulary(counts, num_words=self.num_words, min_count=self.min_count)
        # What was split for counting need not be split again by transform.
        self._encoder(known)
        return self

    def count(self, texts: Iterable[str | None]) -> Counter[str]:
        """
        Count the tokens of ``texts``, cleaned and cut as :meth:`tokenize` does.

        >>> TextPipeline().count(["a b", "B"])
        Counter({'b': 2, 'a': 1})
        """
        return self._count(texts)[0]

    def _count(self, texts: Iterable[str | None]) -> tuple[Counter[str], SplitPieces | None]:
        """Count the tokens; give the pieces that were split for it as well, the commonest of them if they are many."""
        jobs = self._jobs()
        total: Counter[str] = Counter()
        if jobs > 1:
            for counts in in_processes(self._unfitted(), "count", each_text(texts), jobs):
                total.update(counts)
            return total, None
        whole, piece_tokens = self._stages()
        if piece_tokens is None:
            for text in each_text(texts):
                total.update(self.tokenize(text))
            return total, None
        return count_pieces((whole(text).split() for text in each_text(texts)), piece_tokens)

    # ------------------------------------------------------------------ using

    def tokenize(self, text: str | None) -> list[str]:
        """
        Clean one ``text`` and cut it into tokens, before any is looked up or left out.

        >>> TextPipeline(clean="tweets").tokenize("RT @Jo: SOOOO good!!!! http://t.co/x")
        ['user', ':', 'soo', 'good', '!', '!', 'url']
        """
        return self.splitter()(chain(self._cleaners())(as_text(text, 0)))

    def iter_encode(self, texts: Iterable[str | None]) -> Iterator[np.ndarray]:
        """
        Give the ids of one text after the other, as :meth:`encode`; holds one text at a time.

        >>> next(TextPipeline().fit(["so good"]).iter_encode(["good"]))
        array([2], dtype=int32)
        """
        self._check_fitted()
        self.check_options()
        jobs = self._jobs()
        if jobs > 1:
            for block in in_processes(self, "encode", each_text(texts), jobs):
                yield from block
            return
        encode_text = self._encoder()
        longest = self.max_length or sys.maxsize
        for text in each_text(texts):
            ids = np.frombuffer(encode_text(text) or bytearray(UNKNOWN_ID), dtype=np.int32)
            yield ids if len(ids) <= longest else truncate(ids, longest, self.truncating).copy()

    def encode(self, texts: Iterable[str | None]) -> list[np.ndarray]:
        """
        Give the ids of each text, truncated but not padded: int32, at least one, never 0.

        >>> TextPipeline().fit(["so good"]).encode(["good", None])
        [array([2], dtype=int32), array([1], dtype=int32)]
        """
        return list(self.iter_encode(texts))

    def pad(self, rows: Sequence[np.ndarray]) -> np.ndarray:
        """Return encoded rows as one int32 array of shape (rows, length), zeros on the right."""
        return pad_ids(rows)

    def transform(self, texts: Iterable[str | None]) -> np.ndarray:
        """
        Give the ids of all texts as one array, padded with 0 on the right; see ``padding``.

        Returns
        -------
        int32 of shape (texts, length)
        """
        rows = self.encode(texts)
        length = self.max_length if self.padding == "max_length" else max(map(len, rows), default=0)
        ids = pad_ids(rows, length)
        return ids if self._output == "default" else as_frame(ids, texts)

    def fit_transform(self, texts: Iterable[str | None], y: object = None) -> np.ndarray:
        """
        Learn the vocabulary of ``texts`` and give their ids.

        >>> TextPipeline().fit_transform(["so good", "so"])
        array([[2, 3],
               [2, 0]], dtype=int32)
        """
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
        """
        Give ids in batches of like length, each padded to its longest (rounded up); with ``labels``, pairs.

        Without ``rng`` the shortest texts come first; with it, rows and batches are shuffled, as for training.

        >>> pipeline = TextPipeline().fit(["so good"])
        >>> for ids, labels in pipeline.batches(["so good", "so"], ["+", "-"], batch_size=1):
        ...     print(ids, labels)
        [[3]] ['-']
        [[3 2]] ['+']
        """
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
        """Give the same batches as a ``tf.data.Dataset``; with ``seed``, in a new order each epoch."""
        rows = self.encode(texts)
        return tf_dataset(rows, as_labels(labels, len(rows)), batch_size=batch_size, seed=seed)

    def inverse_transform(self, ids: Iterable[Sequence[int] | np.ndarray]) -> list[list[str]]:
        """
        Give the words behind ``ids``, without the padding; what was unknown or cut does not come back.

        >>> TextPipeline().fit(["so good"]).inverse_transform([[3, 1, 2, 0]])
        [['so', '[UNK]', 'good']]
        """
        self._check_fitted()
        words = []
        for row, row_ids in enumerate(ids):
            values = np.asarray(row_ids, dtype=np.int64)
            if values.ndim != 1 or (values.size and not 0 <= values.min() <= values.max() < len(self.vocabulary_)):
                raise ValueError(f"row {row} holds an id outside 0 to {len(self.vocabulary_) - 1}")
            words.append([self.vocabulary_[index] for index in values if index])
        return words

    def explain(self, text: str | None) -> Explanation:
        """
        Give every stage of one ``text``; ``str()`` of it is for a terminal. Works before ``fit`` too, without ids.

        >>> print(TextPipeline().explain("So GOOD"))
        text       So GOOD
        lowercase  so good
        <BLANKLINE>
        tokens     so  good
        """
        return explain(self, text)

    def report(self, texts: Iterable[str | None], *, lengths: Sequence[int] | None = None, top: int = 20) -> Report:
        """
        Look at what this pipeline does to many ``texts``: what steps change, lengths, unknown words, what is cut.

        >>> TextPipeline().fit(["so good"]).report(["so bad"]).unknown_words
        (('bad', 1),)
        """
        return report(self, texts, lengths=lengths, top=top)

    # ------------------------------------------------------------------ saving

    def to_dict(self) -> dict[str, Any]:
        """
        Give everything needed to transform again, as plain values for JSON.

        Raises
        ------
        RecipeError
            If a step or the splitter is a function: a saved model holds data, never code.
        """
        self._check_fitted()
        if not isinstance(self.tokens, str):
            raise RecipeError(
                f"tokens={name_of(self.tokens)} is a function, and a saved model holds no code; "
                f"use one of {', '.join(SPLITTERS)}"
            )
        steps = list_steps(self.clean)
        for step in steps:
            if callable(step):
                raise RecipeError(
                    f"the cleaning step {name_of(step)} is a function, and a saved model holds no code; "
                    "use named steps, or ['regex', pattern, replacement]"
                )
        return {
            "format": FORMAT,
            "clean": [step if isinstance(step, str) else list(step) for step in steps],  # type: ignore[arg-type]
            "tokens": self.tokens,
            "num_words": self.num_words,
            "min_count": self.min_count,
            "max_length": self.max_length,
            "truncating": self.truncating,
            "padding": self.padding,
            "vocabulary": list(self.vocabulary_),
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Self:
        """
        Make the pipeline that :meth:`to_dict` described; refuses anything else.

        >>> again = TextPipeline.from_dict(TextPipeline().fit(["so good"]).to_dict())
        >>> again.encode(["good"])
        [array([2], dtype=int32)]

        Raises
        ------
        DataError, RecipeError
            If a key is missing or unknown, or a value is of the wrong kind or out of bounds.
        """
        if not isinstance(saved, Mapping):
            raise DataError(f"a saved pipeline is a dict, not {type(saved).__name__}")
        options = [name for name in cls.parameter_names() if name != "n_jobs"]
        expected = {"format", "vocabulary", *options}
        if missing := sorted(expected - saved.keys()):
            raise DataError(f"the saved pipeline has no {', '.join(missing)}; it is damaged or not a pipeline")
        if unknown := sorted(map(str, saved.keys() - expected)):
            raise DataError(f"the saved pipeline has unknown entries: {', '.join(unknown)[:200]}")
        if saved["format"] != FORMAT:
            raise DataError(f"the saved pipeline has format {saved['format']!r:.50}, this version reads {FORMAT}")
        if not isinstance(saved["clean"], list) or len(saved["clean"]) > MAX_STEPS:
            raise DataError(f"a saved pipeline's cleaning steps are a list of at most {MAX_STEPS}")
        if not isinstance(saved["tokens"], str):
            raise DataError("a saved pipeline's 'tokens' is the name of a splitter")
        pipeline = cls(**{name: saved[name] for name in options})
        pipeline.check_options()
        pipeline.vocabulary_ = check_vocabulary(saved["vocabulary"])
        return pipeline

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the pipeline to ``path`` as JSON, beside it first, so that an older file is never half replaced."""
        path = Path(path)
        beside = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            beside.write_text(json.dumps(self.to_dict(), ensure_ascii=False), encoding="utf-8")
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """
        Read a pipeline that :meth:`save` wrote.

        Raises
        ------
        DataError, RecipeError
            If the file cannot be read, or is not a saved pipeline.
        """
        try:
            saved = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise DataError(f"cannot read a pipeline from {os.fspath(path)!r}: {error}") from error
        return cls.from_dict(saved)

    # ------------------------------------------------------------------ scikit-learn

    def set_output(self, *, transform: str | None = None) -> Self:
        """
        Choose what :meth:`transform` gives: "default" an array, "pandas" a frame; None changes nothing.

        A frame has the columns ``token0``, ``token1``, ...; use ``padding="max_length"`` for the same in every call.
        """
        if transform is not None:
            check_choice("transform", transform, ("default", "pandas"))
            self._output = transform
        return self

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """
        Name the columns of :meth:`transform`, for scikit-learn.

        >>> TextPipeline(max_length=2).get_feature_names_out()
        array(['token0', 'token1'], dtype=object)
        """
        if self.max_length is None:
            raise ValueError(
                "the columns are as many as the longest text has tokens; set max_length to have names for them"
            )
        return np.array([f"token{place}" for place in range(self.max_length)], dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "vocabulary_")

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_cached"}

    # ------------------------------------------------------------------ inside

    def _unfitted(self) -> "TextPipeline":
        return type(self)(**{**self.get_params(), "n_jobs": None})

    def _jobs(self) -> int:
        if self.n_jobs is None:
            return 1
        return (os.cpu_count() or 1) if self.n_jobs == -1 else self.n_jobs

    def _check_fitted(self) -> None:
        if not hasattr(self, "vocabulary_"):
            raise not_fitted("this TextPipeline has no vocabulary yet; call fit(texts) first")

    def check_options(self) -> None:
        """Raise a RecipeError if an option makes no sense; `fit` does it too."""
        self._cleaners()
        self.splitter()
        check_count("num_words", self.num_words, 2, MAX_WORDS, or_none=True)
        check_count("min_count", self.min_count, 1, sys.maxsize)
        check_count("max_length", self.max_length, 1, MAX_LENGTH, or_none=True)
        check_count("n_jobs", self.n_jobs, -1, 1_024, or_none=True)
        check_choice("truncating", self.truncating, TRUNCATING)
        check_choice("padding", self.padding, ("longest", "max_length"))
        if self.padding == "max_length" and self.max_length is None:
            raise RecipeError("padding='max_length' needs a max_length; set one, or use padding='longest'")

    def _cleaners(self) -> list[Cleaner]:
        return [find_step(step)[1] for step in list_steps(self.clean)]

    def splitter(self) -> Splitter:
        """Give the function from a cleaned text to its tokens."""
        if callable(self.tokens):
            return self.tokens
        check_choice("tokens", self.tokens, SPLITTERS)
        return SPLITTERS[self.tokens]

    def _stages(self) -> tuple[Cleaner, Splitter | None]:
        """
        Give the cleaning of whole texts, and what turns a piece between white space into tokens.

        The second is None if the splitter looks further than white space.
        """
        steps = list_steps(self.clean)
        if callable(self.tokens) or self.tokens not in PIECE_SPLITTERS:
            return chain(self._cleaners()), None
        whole, near = separate_steps(list(zip(steps, self._cleaners(), strict=True)))
        split_piece = PIECE_SPLITTERS[self.tokens]
        if near is keep:
            return whole, split_piece

        def piece_tokens(piece: str) -> list[str]:
            return [token for part in near(piece).split() for token in split_piece(part)]

        return whole, piece_tokens

    def _encoder(self, known: SplitPieces | None = None) -> Encoder:
        """Give the function from a text to its ids, as bytes; kept between calls with all it has learned."""
        made_of = (list_steps(self.clean), self.tokens)
        if not self._cached or self._cached[0] != made_of or self._cached[1] is not self.vocabulary_:
            self._cached = (made_of, self.vocabulary_, self._make_encoder(known))
        return self._cached[2]

    def _make_encoder(self, known: SplitPieces | None) -> Encoder:
        # int32 as bytes: joining them is the fastest way to an array, four times faster than a list of int.
        packed = (index.to_bytes(4, sys.byteorder) for index in range(len(self.vocabulary_)))
        id_of = dict(zip(self.vocabulary_, packed, strict=True))
        del id_of[PADDING], id_of[UNKNOWN]
        find_id, join = id_of.get, bytearray().join
        whole, piece_tokens = self._stages()
        if piece_tokens is None:
            return lambda text: join([find_id(token, UNKNOWN_ID) for token in self.tokenize(text)])

        find_piece = PieceCache(piece_tokens, id_of, known).__getitem__
        return lambda text: join(map(find_piece, whole(text).split()))


def count_pieces(texts: Iterable[list[str]], piece_tokens: Splitter) -> tuple[Counter[str], SplitPieces]:
    """
    Count the tokens in ``texts`` that are already cut at white space, splitting each distinct piece once.

    Gives the counts, and what the pieces were split into, of the first million where there are more.

    >>> counts, known = count_pieces([["a-b", "a"], ["a-b"]], lambda piece: piece.split("-"))
    >>> counts, known.pieces, known.words
    (Counter({'a': 3, 'b': 2}), ['a-b', 'a'], ['a', 'b'])
    """
    total: Counter[str] = Counter()
    pieces: Counter[str] = Counter()
    known: SplitPieces | None = None
    for text in texts:
        pieces.update(text)
        if len(pieces) > MAX_COUNTED:
            added = add_pieces(total, pieces, piece_tokens)
            known = known or added
            pieces.clear()
    last = add_pieces(total, pieces, piece_tokens)
    return total, known or last


def add_pieces(total: Counter[str], pieces: Counter[str], piece_tokens: Splitter) -> SplitPieces:
    """Add to ``total`` the tokens of all ``pieces``, each as often as it was seen."""
    # The order in which they were met has the commonest first, too, more or less.
    counted = dict(pieces.most_common()) if len(pieces) > MAX_PIECES // 2 else pieces
    lengths, tokens = [], list[str]()
    for found in map(piece_tokens, counted):
        lengths.append(len(found))
        tokens += found
    number_of = {word: number for number, word in enumerate(dict.fromkeys(tokens))}
    known = SplitPieces(
        list(counted),
        np.array(lengths, dtype=np.int64),
        np.fromiter(map(number_of.__getitem__, tokens), dtype=np.int64, count=len(tokens)),
        list(number_of),
    )
    times = np.repeat(np.fromiter(counted.values(), dtype=np.int64, count=len(counted)), known.lengths)
    sums = np.bincount(known.numbers, weights=times, minlength=len(known.words))  # float64: exact up to 2**53
    total.update(dict(zip(known.words, sums.astype(np.int64).tolist(), strict=True)))
    return known


def in_processes(pipeline: TextPipeline, method: str, texts: Iterator[str], jobs: int) -> Iterator[Any]:
    """Call ``method`` of ``pipeline`` on blocks of ``texts`` in other processes; results come in order."""
    from collections import deque
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    worker = pipeline.__class__(**{**pipeline.get_params(), "n_jobs": None})
    if hasattr(pipeline, "vocabulary_"):
        worker.vocabulary_ = pipeline.vocabulary_
    blocks = iter(lambda: list(islice(texts, PARALLEL_BLOCK)), [])
    # "spawn": a forked copy of a process that runs TensorFlow can hang.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=set_worker, initargs=(worker,)) as pool:
        waiting: deque[Any] = deque()
        for block in blocks:
            waiting.append(pool.submit(call_worker, method, block))
            if len(waiting) > 2 * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


WORKER: list[TextPipeline] = []


def set_worker(pipeline: TextPipeline) -> None:
    """Keep ``pipeline`` in this process, which was started to run it."""
    WORKER[:] = [pipeline]


def call_worker(method: str, texts: list[str]) -> Any:
    """Call ``method`` of this process's pipeline."""
    return getattr(WORKER[0], method)(texts)


def as_frame(ids: np.ndarray, texts: object) -> Any:
    """Make a pandas DataFrame of ``ids``, with the index of ``texts`` where they have one."""
    import pandas as pd  # the caller asked for its frames

    index = texts.index if isinstance(texts, pd.Series | pd.DataFrame) else None
    return pd.DataFrame(ids, columns=[f"token{place}" for place in range(ids.shape[1])], index=index)


def name_of(function: object) -> str:
    """
    Give the name of a ``function`` for a message.

    >>> name_of(len)
    'len'
    """
    return getattr(function, "__name__", repr(function))
