"""
Token splitters: functions from ``str`` to ``list[str]``.

``words`` looks at one piece between white space at a time (:func:`split_piece`), so that a pipeline can split
each distinct piece once. One token is what ``token_pattern`` finds first: an address, an @handle, a #hashtag, an
emoticon or emoji, a number with its separators (``7/10``), initials (``U.S.``), a word, a character of a script
without spaces, ``...`` or ``--``, any other character. English contractions are cut so that the negation is a word
of its own: ``do n't``, ``it 's``; other apostrophes stay inside (``o'clock``). Invisible characters are left out.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from seqtext.errors import missing_extra
from seqtext.preprocess.characters import EMOJI, HASHTAG_LETTER, INVISIBLE, UNSPACED, ZERO_WIDTH_SPACE, marks
from seqtext.preprocess.keras2.tokenizer import text_to_word_sequence

Splitter = Callable[[str], list[str]]

# Every alternative begins with a character or a class where it can: Python's matcher then skips it without trying it.
# An address must end in a letter, digit or slash: the full stop behind it is not part of it.
URL = r"https?://[^\s<>\"]*[\w/]|www\.[^\s<>\"]*[\w/]"
# Only at the beginning of its run of characters, and with bounds, so that hostile text takes linear time.
EMAIL = r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"
HANDLE = r"@\w+"
FACE = r"[:;=]['*^-]?(?:[)(]+|[\]\[|\\*}{](?![\w])|[dpoxDPOX/@$](?![\w/]))"
EMOTICON = (
    rf"[<>]{FACE}|{FACE}"
    r"|[(\[][-']?[:;=](?![\w)(])|</?3(?!\d)|\^[_.-]?\^|[oO][_.][oO](?!\w)|-_+-|T_T(?!\w)|>[_.]<|\\o/"
)
NUMBER = r"\d\d*(?:[.,:/]\d+){1,3}"
INITIALS = r"[A-Za-z]\.(?:[A-Za-z]\.){1,4}"
ENDINGS = r"(?i:s|m|d|re|ve|ll)"
MARK_RUN = r"\.\.\.?|---?"

# Around a word of letters only, each of these is a token of its own, unless there are two full stops.
AROUND = '.,!?)("'
TO_INVISIBLE = {
    code: None
    for first, last in re.findall("(.)(?:-(.))?", INVISIBLE)
    for code in range(ord(first), ord(last or first) + 1)
}
NORMAL = {**TO_INVISIBLE, ord(ZERO_WIDTH_SPACE): " ", ord("’"): "'"}


@cache
def token_pattern() -> re.Pattern[str]:
    """Return the pattern of a token, made when it is first needed (20 ms)."""
    mark = f"{marks()}\u200c\u200d"
    # Words of letters and digits; a combining mark or joiner belongs to the letter before it.
    word = rf"[^\W_{UNSPACED}]+(?:[{mark}]+[^\W_{UNSPACED}]*)*"
    contraction = rf"(?i:n't)(?!\w)|'{ENDINGS}(?!\w)|[^\W\d_{UNSPACED}]+?(?=(?i:n't)(?!\w))"
    words = rf"{contraction}|{word}(?:'(?!{ENDINGS}(?!\w)){word})*"
    unspaced = f"[{UNSPACED}][{mark}]*"
    hashtag = f"#{HASHTAG_LETTER}+"
    return re.compile(
        "|".join([URL, EMAIL, HANDLE, EMOTICON, hashtag, NUMBER, INITIALS, EMOJI, unspaced, words, MARK_RUN, r"\S"])
    )


def split_piece(piece: str) -> list[str]:
    """Return the tokens of a ``piece`` that holds no white space."""
    if not piece.isascii():
        piece = piece.translate(NORMAL)
    # Short cuts for nine pieces of ten; a test holds them to the pattern.
    elif piece.isalpha():
        return [piece]
    elif (word := piece.strip(AROUND)).isalpha() and ".." not in piece:
        start = piece.index(word)
        return [*piece[:start], word, *piece[start + len(word) :]]
    return token_pattern().findall(piece)


def words(text: str) -> list[str]:
    """
    Return ``text`` cut into words, numbers, punctuation marks, emoji, emoticons, handles, hashtags and addresses.

    >>> words("Don't @jo: it's a 7/10 :-) #fun 日本")
    ['Do', "n't", '@jo', ':', 'it', "'s", 'a', '7/10', ':-)', '#fun', '日', '本']
    """
    return [token for piece in text.split() for token in split_piece(piece)]


def tweets(text: str) -> list[str]:
    """Return ``text`` cut with NLTK's TweetTokenizer, which knows handles, hashtags and emoticons."""
    return tweet_splitter()(text)


@cache
def tweet_splitter() -> Splitter:
    try:
        from nltk.tokenize.casual import TweetTokenizer  # slow to import, and not needed for our own splitters
    except ImportError as error:
        raise missing_extra("nltk", "train") from error
    return TweetTokenizer().tokenize


@cache
def character_pattern() -> re.Pattern[str]:
    """Return the pattern of one character as people see it, made when it is first needed."""
    return re.compile(rf"(?s:{EMOJI}|.[{marks()}\u200c\u200d]*)")


def chars(text: str) -> list[str]:
    """Return ``text`` cut into characters as people see them, spaces too: a letter keeps its marks, an emoji is one."""
    return list(text) if text.isascii() else character_pattern().findall(text)


def whitespace(text: str) -> list[str]:
    """Return ``text`` cut at white space, also at no-break spaces."""
    return text.split()


def ngrams(tokens: Sequence[str], *, low: int = 1, high: int = 2) -> list[str]:
    """Return all runs of ``low`` to ``high`` tokens, joined by spaces, for bag-of-words inputs."""
    return [" ".join(run) for size in range(low, high + 1) for run in runs(tokens, size)]


def char_ngrams(text: str, *, low: int = 2, high: int = 4) -> list[str]:
    """Return all runs of ``low`` to ``high`` characters as people see them, of each word between two spaces."""
    padded = [chars(f" {word} ") for word in text.split()]
    return ["".join(run) for word in padded for size in range(low, high + 1) for run in runs(word, size)]


def runs(items: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    return zip(*(items[start:] for start in range(size)), strict=False)


SPLITTERS: dict[str, Splitter] = {
    "words": words,
    "keras": text_to_word_sequence,
    "tweets": tweets,
    "chars": chars,
    "whitespace": whitespace,
}


def piece_splitter(split: Splitter) -> Splitter | None:
    """Return what cuts a piece between white space as ``split`` would; None if that looks further than white space."""
    if split is words:
        return split_piece
    return whitespace if split is whitespace else None
