"""
Pretrained word vectors, as the first weights of an embedding.

The file is read once, as a stream, and nothing is kept of it but the rows of the vocabulary: files of many
gigabytes need the memory of the result. Used by the embedding of a recurrent encoder, which comes next.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from seqtext.data.files import COMPRESSIONS, open_bytes
from seqtext.errors import DataError, did_you_mean
from seqtext.preprocess.vocabulary import RESERVED

FORMATS = ("glove", "word2vec", "word2vec-binary", "fasttext")

MAX_DIMENSION = 10_000
MAX_LINE = 1_000_000  # bytes; 10,000 numbers of 25 digits, and a word
MAX_WORD = 10_000  # bytes
CHUNK = 1 << 18
FLOAT32_MAX = float(np.finfo(np.float32).max)
FASTTEXT_MODEL = (793712314).to_bytes(4, "little")

# Keras' own first weights lie in this range; a word without a vector starts like any other word would.
RANDOM_RANGE = 0.05


@dataclass(frozen=True)
class Vectors:
    """
    An embedding, float32 of shape (vocabulary, dimension), and how much of it comes from the file.

    Row 0, the padding, is zeros; rows of words that were not ``found`` are random and small. ``share_of_words`` is
    that of the words found, without the reserved ones; ``share_of_tokens`` weighs each by its count, if given.
    """

    matrix: np.ndarray
    found: np.ndarray
    share_of_words: float
    share_of_tokens: float | None = None


def load_vectors(
    path: str | Path,
    vocabulary: Sequence[str],
    *,
    format: str | None = None,
    counts: Sequence[int] | np.ndarray | None = None,
    seed: int = 0,
) -> Vectors:
    """
    Read the vectors of the words in ``vocabulary`` from a file, which may be compressed (.gz, .xz, .zst).

    Words are compared as they are: lowercase your texts for vectors of lowercase words. Where the file has a word
    twice, the first counts. A DataError says what is wrong with the file, and in which line.

    Parameters
    ----------
    path
        GloVe text, word2vec text or binary, or fastText text (".vec").
    vocabulary
        The word of every id; the first one is ``""``, the padding.
    format
        "glove" has a word and its numbers on each line; "word2vec" and "fasttext" have a line with the number of
        words and the dimension before that; "word2vec-binary" has that line, and then bytes. By default a file
        named ".bin" is binary, and the first line of any other tells.
    counts
        How often each word of the vocabulary occurs in your texts, for ``share_of_tokens``.
    seed
        Of the random rows. A row depends on the seed, on its place and on the dimension, not on what was found.
    """
    if len(vocabulary) == 0 or vocabulary[0] != "":
        raise ValueError("vocabulary[0] must be '', the padding; put it before your words")
    if counts is not None and len(counts) != len(vocabulary):
        raise ValueError(f"there are {len(counts):,} counts for {len(vocabulary):,} words; give one for each")
    if format is not None and format not in FORMATS:
        raise ValueError(f"no format {format!r}; choose from {', '.join(FORMATS)}{did_you_mean(format, FORMATS)}")
    path = Path(path)
    if path.suffix == ".zip":
        raise DataError(f"{path} is an archive; unzip it, and name a file of vectors that was in it")
    rows = {word.encode("utf-8", "surrogatepass"): row for row, word in enumerate(vocabulary) if word}
    compression = path.suffix if path.suffix in COMPRESSIONS else ""
    is_binary = path.name.removesuffix(compression).endswith(".bin") if format is None else format == FORMATS[2]
    with open_bytes(path, compression) as stream:
        vectors = _read_binary(stream, rows, path) if is_binary else _read_text(stream, rows, path, format)
        dimension = next(vectors)
        matrix = np.random.default_rng(seed).random((len(vocabulary), dimension), dtype=np.float32)
        matrix -= 0.5
        matrix *= 2 * RANDOM_RANGE
        matrix[0] = 0
        found = np.zeros(len(vocabulary), dtype=bool)
        for row, vector in vectors:
            matrix[row] = vector
            found[row] = True
    words = np.array([word not in RESERVED for word in vocabulary])
    tokens = None if counts is None else _share(found, words * np.asarray(counts))
    return Vectors(matrix, found, _share(found, words), tokens)


def first_words(path: str | Path, most: int) -> list[str]:
    """Return the words of the first ``most`` vectors of a file that `load_vectors` reads: mostly the commonest ones."""

    class Enough(Exception):
        pass

    class Seen(dict[bytes, int]):
        def pop(self, word: bytes, default: Any = None) -> Any:
            self[word] = len(self)
            if len(self) >= most:
                raise Enough
            return default

    seen, path = Seen(), Path(path)
    compression = path.suffix if path.suffix in COMPRESSIONS else ""
    is_binary = path.name.removesuffix(compression).endswith(".bin")
    with open_bytes(path, compression) as stream, suppress(Enough):
        for _ in _read_binary(stream, seen, path) if is_binary else _read_text(stream, seen, path, None):
            pass
    return [word.decode("utf-8", "replace") for word in seen]


def _share(found: np.ndarray, weights: np.ndarray) -> float:
    return float(weights[found].sum() / (weights.sum() or 1))


def _read_text(stream: BinaryIO, rows: dict[bytes, int], path: Path, format: str | None) -> Iterator[Any]:
    """Yield the dimension, and then the row and the vector of each word in ``rows``, which loses the word."""
    lines = _lines(stream, path)
    number, first = next(lines, (1, b""))
    header = _header(first)
    if header is None and format in ("word2vec", "fasttext"):
        raise DataError(
            f"line 1 of {path} is {_shown(first)}, expected the number of words and the dimension; "
            "a file without that line has format='glove'"
        )
    if header is None or format == "glove":
        header = 0, first.count(b" ")
        lines = chain([(number, first)], lines)
    promised, dimension = header
    if not 1 <= dimension <= MAX_DIMENSION:
        raise DataError(
            f"line 1 of {path} is {_shown(first)}, expected a word and at most {MAX_DIMENSION:,} numbers; "
            "is this a file of word vectors?"
        )
    yield dimension
    read = 0
    for read, (number, line) in enumerate(lines, 1):
        gaps = line.count(b" ")
        word = line[: line.find(b" ")] if gaps == dimension else line.rsplit(b" ", dimension)[0]
        # A word may hold spaces (". . ." in GloVe), but then it does not end in a number.
        if gaps < dimension or (gaps > dimension and _is_number(word.rpartition(b" ")[2])):
            raise DataError(
                f"line {number} of {path} has {gaps} numbers, expected {dimension}; "
                "the file is damaged: download it again"
            )
        row = rows.pop(word, None)
        # Numbers of words that nobody asks for are not looked at, except in the first line: is this prose?
        if row is not None or read == 1:
            fields = line.rsplit(b" ", dimension)[1:]
            if wrong := [field for field in fields if not _is_number(field)]:
                raise DataError(
                    f"line {number} of {path} has {_shown(wrong[0])} where a number should be; "
                    "the file is damaged, or no file of word vectors"
                )
            if row is not None:
                yield row, np.array(list(map(float, fields))).astype(np.float32)
    _check_complete(path, read, promised)


def _read_binary(stream: BinaryIO, rows: dict[bytes, int], path: Path) -> Iterator[Any]:
    """Yield the dimension, and then the row and the vector of each word in ``rows``, which loses the word."""
    first = stream.readline(MAX_WORD)
    if first.startswith(FASTTEXT_MODEL):
        raise DataError(f"{path} is a fastText model, not word vectors; use the .vec file that comes with it")
    header = _header(first)
    if header is None or not 1 <= header[1] <= MAX_DIMENSION:
        raise DataError(
            f"{path} begins with {_shown(first.rstrip())}, expected the number of words and a dimension up to "
            f"{MAX_DIMENSION:,}; is this a binary file of word2vec?"
        )
    promised, dimension = header
    yield dimension
    buffer, begin = b"", 0
    for read in range(promised):
        space = buffer.find(b" ", begin)
        while space < 0 or len(buffer) < space + 1 + 4 * dimension:
            if space < 0 and len(buffer) - begin > MAX_WORD:
                raise DataError(f"vector {read + 1:,} of {path} has no word; the file is damaged")
            chunk = stream.read(CHUNK)
            if not chunk:
                _check_complete(path, read, promised)
            buffer, begin = buffer[begin:] + chunk, 0
            space = buffer.find(b" ")
        row = rows.pop(buffer[begin:space].lstrip(b"\n"), None)
        if row is not None:
            vector = np.frombuffer(buffer, "<f4", dimension, space + 1)
            if not np.isfinite(vector).all():
                raise DataError(f"vector {read + 1:,} of {path} is not finite; the file is damaged")
            yield row, vector
        begin = space + 1 + 4 * dimension


def _check_complete(path: Path, read: int, promised: int) -> None:
    if read < promised:
        raise DataError(
            f"{path} ends after {read:,} vectors, but its first line promises {promised:,}; download it again"
        )


def _header(line: bytes) -> tuple[int, int] | None:
    """Return the number of words and the dimension, if that is what the line holds."""
    fields = line.split()
    if len(fields) == 2 and all(field.isdigit() and len(field) <= 12 for field in fields):
        return int(fields[0]), int(fields[1])
    return None


def _is_number(field: bytes) -> bool:
    try:
        return abs(float(field)) <= FLOAT32_MAX
    except ValueError:
        return False


def _shown(line: bytes) -> str:
    return repr(line[:40].decode("utf-8", "replace"))


def _lines(stream: BinaryIO, path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank, with their numbers; only "\\n" ends one, since words may hold U+0085."""
    for number, line in enumerate(iter(lambda: stream.readline(MAX_LINE), b""), 1):
        if len(line) == MAX_LINE:
            raise DataError(f"line {number} of {path} is too long for a word and its numbers; is it binary?")
        if line := line.rstrip(b" \r\n"):
            yield number, line
