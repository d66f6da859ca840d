"""A vocabulary: the list of known words, in which a word's place is its id."""

from collections.abc import Mapping, Sequence

from seqtext.errors import DataError

PADDING = ""  # id 0
UNKNOWN = "[UNK]"  # id 1
RESERVED = (PADDING, UNKNOWN)

MAX_WORDS = 5_000_000
MAX_WORD_LENGTH = 1_000


def build_vocabulary(counts: Mapping[str, int], *, num_words: int | None = None, min_count: int = 1) -> list[str]:
    """
    Return the commonest words, after the two reserved ids; ``num_words`` counts everything.

    Words that are equally common come in alphabetical order, so that the order of the texts does not matter.

    >>> build_vocabulary({"b": 2, "a": 2, "c": 5, "d": 1}, num_words=5)
    ['', '[UNK]', 'c', 'a', 'b']
    """
    wanted = max(min(MAX_WORDS, MAX_WORDS if num_words is None else num_words) - len(RESERVED), 0)
    # Most words are too rare to get in, and a look at the numbers alone spares sorting them.
    floor = max(min_count, sorted(counts.values(), reverse=True)[wanted]) if len(counts) > wanted else min_count
    words = by_frequency(counts, floor)
    if floor > min_count and len(words) < wanted:  # some of the common ones are no words: others take their places
        words = by_frequency(counts, min_count)
    return [*RESERVED, *words[:wanted]]


def by_frequency(counts: Mapping[str, int], floor: int) -> list[str]:
    """
    Return the words that occur at least ``floor`` times, the commonest first.

    >>> by_frequency({"b": 2, "[UNK]": 7, "a": 2, "c": 1}, 2)
    ['a', 'b']
    """
    return [word for _, word in sorted((-n, word) for word, n in counts.items() if n >= floor and is_word(word))]


def is_word(word: str) -> bool:
    """
    Return whether ``word`` may stand in a vocabulary: half a surrogate pair could not be written to a file.

    >>> is_word("ok"), is_word("[UNK]"), is_word(chr(0xD800))
    (True, False, False)
    """
    if word in RESERVED or len(word) > MAX_WORD_LENGTH:
        return False
    return word.isascii() or not any("\ud800" <= character <= "\udfff" for character in word)


def check_vocabulary(words: object) -> list[str]:
    """
    Return ``words`` if they are a vocabulary.

    >>> check_vocabulary(["", "[UNK]", "film"])
    ['', '[UNK]', 'film']

    Raises
    ------
    DataError
        If they are not a list of different words that begins with the two reserved ones.
    """
    if not isinstance(words, Sequence) or isinstance(words, str | bytes):
        raise DataError(f"a vocabulary is a list of words, not {type(words).__name__}")
    if len(words) > MAX_WORDS:
        raise DataError(f"the vocabulary has {len(words):,} words; at most {MAX_WORDS:,} are allowed")
    if tuple(words[:2]) != RESERVED:
        raise DataError(f"a vocabulary begins with {list(RESERVED)}, not {list(words[:2])!r:.100}")
    for index, word in enumerate(words[2:], 2):
        if not isinstance(word, str) or not is_word(word):
            raise DataError(f"word {index} of the vocabulary is no word: {word!r:.100}")
    if len(set(words)) != len(words):
        seen: set[str] = set()
        twice = next(word for word in words if word in seen or seen.add(word))  # type: ignore[func-returns-value]
        raise DataError(f"the vocabulary holds {twice!r} twice")
    return list(words)
