"""A vocabulary: the list of known words, in which a word's place is its id."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from seqtext.errors import DataError

PADDING = ""  # id 0
UNKNOWN = "[UNK]"  # id 1
RESERVED = (PADDING, UNKNOWN)

MAX_WORDS = 5_000_000
MAX_WORD_LENGTH = 1_000
# Of a saved vocabulary; to read it takes up to ten times as much memory.
MAX_VOCABULARY_BYTES = 100_000_000


def build_vocabulary(counts: Mapping[str, int], *, num_words: int | None = None, min_count: int = 1) -> list[str]:
    """
    Return the commonest words, after the two reserved ids; ``num_words`` counts everything.

    There are no more than can be saved, see `that_fit`. Words that are equally common come in alphabetical order, so
    that the order of the texts does not matter.

    >>> build_vocabulary({"b": 2, "a": 2, "c": 5, "d": 1}, num_words=5)
    ['', '[UNK]', 'c', 'a', 'b']
    """
    wanted = min(MAX_WORDS, num_words or MAX_WORDS) - len(RESERVED)
    words = sorted((-count, word) for word, count in counts.items() if count >= min_count and is_word(word))
    return that_fit([*RESERVED, *(word for _, word in words[: max(wanted, 0)])])


def extended(vocabulary: Sequence[str], words: Iterable[str], *, most: int = MAX_WORDS) -> list[str]:
    """
    Return ``vocabulary`` and behind it those of ``words`` that it lacks, each once, up to ``most`` in all.

    >>> extended(["", "[UNK]", "film"], ["good", "film", "good", "cast"])
    ['', '[UNK]', 'film', 'good', 'cast']
    """
    known = set(vocabulary)
    new = [word for word in dict.fromkeys(words) if word not in known and is_word(word)]
    return that_fit([*vocabulary, *new[: max(most - len(vocabulary), 0)]])


def that_fit(words: list[str], most_bytes: int = MAX_VOCABULARY_BYTES) -> list[str]:
    """
    Return the first of some words, as many as a saved vocabulary of so many bytes can hold.

    >>> that_fit(["", "[UNK]", "film", "good"], most_bytes=30)
    ['', '[UNK]', 'film']
    """
    # Quotes, a comma, a new line; a character takes 6 bytes at most, so that nearly always there is nothing to measure.
    if 6 * sum(map(len, words)) + 5 * len(words) < most_bytes:
        return words
    ends = accumulate(len(json.dumps(word, ensure_ascii=False).encode()) + 3 for word in words)
    return words[: sum(end < most_bytes - len("[]") for end in ends)]


def is_word(word: str) -> bool:
    """Return whether ``word`` may stand in a vocabulary: half a surrogate pair could not be written to a file."""
    if word in RESERVED or len(word) > MAX_WORD_LENGTH:
        return False
    return word.isascii() or not any("\ud800" <= character <= "\udfff" for character in word)


def check_vocabulary(words: object) -> list[str]:
    """Return ``words`` as a list; a DataError if they are not different words after the two reserved ones."""
    if not isinstance(words, Sequence) or isinstance(words, str | bytes):
        raise DataError(f"a vocabulary is a list of words, not {type(words).__name__}")
    if len(words) > MAX_WORDS:
        raise DataError(f"the vocabulary has {len(words):,} words; at most {MAX_WORDS:,} are allowed")
    if tuple(words[:2]) != RESERVED:
        raise DataError(f"a vocabulary begins with {list(RESERVED)}, not {list(words[:2])!r:.100}")
    for index, word in enumerate(words[2:], 2):
        if not isinstance(word, str) or not is_word(word):
            raise DataError(f"word {index} of the vocabulary is no word: {word!r:.100}")
    word, times = Counter(words).most_common(1)[0]
    if times > 1:
        raise DataError(f"the vocabulary holds {word!r} twice")
    return list(words)
