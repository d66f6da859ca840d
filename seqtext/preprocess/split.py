"""
Token splitters: functions from ``str`` to ``list[str]``.

``words`` looks at one piece between white space at a time (:func:`split_piece`), so that a pipeline can split
each distinct piece once. What it takes for one token, in this order:

- a web address, an e-mail address, an @handle, a #hashtag;
- an emoticon ``:-)`` or an emoji, however many characters it has (flags, families, skin tones);
- a number with its separators: ``3.5``, ``1,000``, ``7/10``, ``10:30``;
- initials: ``U.S.``, ``e.g.``;
- a word. English contractions are cut so that the negation is a word of its own: ``do n't``, ``it 's``, ``they 've``;
  other apostrophes stay inside (``o'clock``), and ``’`` counts as ``'``. A hyphen is a token (``well - made``);
- a character of a script that is written without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese, Tibetan);
- ``...`` and ``--``; any other character that is not white space.

Invisible characters (soft hyphens, direction marks, variation selectors) are left out.
"""

import re
from collections.abc import Callable
from functools import cache

from seqtext.errors import missing_extra
from seqtext.preprocess.characters import (
    EMOJI,
    HASHTAG_LETTER,
    INVISIBLE,
    UNSPACED,
    ZERO_WIDTH_SPACE,
    emoji_pattern,
    marks,
)

Splitter = Callable[[str], list[str]]

# An address must end in a letter, digit or slash: the full stop behind it is not part of it.
URL = r"(?:https?://|www\.)[^\s<>\"]*[\w/]"
# Only at the beginning of its run of characters, and with bounds, so that hostile text takes linear time.
EMAIL = r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"
HANDLE = r"@\w+"
EMOTICON = (
    r"[<>]?[:;=]['*^-]?(?:[)(]+|[\]\[|\\*}{](?![\w])|[dpoxDPOX/@$](?![\w/]))"
    r"|[(\[][-']?[:;=](?![\w)(])|</?3(?!\d)|\^[_.-]?\^|[oO][_.][oO](?!\w)|-_+-|T_T(?!\w)|>[_.]<|\\o/"
)
NUMBER = r"\d+(?:[.,:/]\d+){1,3}"
INITIALS = r"(?:[A-Za-z]\.){2,5}"
ENDINGS = r"(?i:s|m|d|re|ve|ll)"
MARK_RUN = r"\.{2,3}|-{2,3}"

# After these, a letters-only beginning is a word of its own: no contraction, number or initials can begin there.
CLOSING = frozenset(".,!?;)\"")
TO_INVISIBLE = {code: None for first, last in re.findall(r"(.)(?:-(.))?", INVISIBLE) for code in range(ord(first), ord(last or first) + 1)}
NORMAL = {**TO_INVISIBLE, ord(ZERO_WIDTH_SPACE): " ", ord("’"): "'"}


def token_pattern(word: str, *, hashtag_letter: str = r"\w", others: str = "", has_apostrophe: bool) -> re.Pattern[str]:
    """Put the pattern of a token together; ``word`` is the pattern of letters and digits in a row."""
    if has_apostrophe:
        letter = rf"{word}(?:'(?!{ENDINGS}(?!\w)){word})*"
        words = rf"(?i:n't)(?!\w)|'{ENDINGS}(?!\w)|[^\W\d_]+?(?=(?i:n't)(?!\w))|{letter}"
    else:
        words = word
    parts = [URL, EMAIL, EMOTICON, HANDLE, f"#{hashtag_letter}+", NUMBER, INITIALS, others, words, MARK_RUN, r"\S"]
    return re.compile("|".join(part for part in parts if part))


ASCII_PLAIN = token_pattern("[a-zA-Z0-9]+", has_apostrophe=False)
ASCII_APOSTROPHE = token_pattern("[a-zA-Z0-9]+", has_apostrophe=True)


@cache
def unicode_pattern(*, has_apostrophe: bool) -> re.Pattern[str]:
    """Make the pattern of a token in any script, when it is first needed (15 ms)."""
    mark = f"{marks()}\u200c\u200d"
    # Words of letters and digits; a combining mark or joiner belongs to the letter before it.
    word = rf"[^\W_{UNSPACED}]+(?:[{mark}]+[^\W_{UNSPACED}]*)*"
    others = rf"{EMOJI}|[{UNSPACED}][{mark}]*"
    return token_pattern(word, hashtag_letter=HASHTAG_LETTER, others=others, has_apostrophe=has_apostrophe)


def split_piece(piece: str) -> list[str]:
    """
    Cut a ``piece`` that holds no white space into tokens.

    >>> split_piece("(don't"), split_piece("well-made!")
    (['(', 'do', "n't"], ['well', '-', 'made', '!'])
    """
    if not piece.isascii():
        piece = piece.translate(NORMAL)
        return unicode_pattern(has_apostrophe="'" in piece).findall(piece)
    if piece.isalpha():
        return [piece]
    if piece[-1] in CLOSING and piece[:-1].isalpha():
        return [piece[:-1], piece[-1]]
    return (ASCII_APOSTROPHE if "'" in piece else ASCII_PLAIN).findall(piece)


def words(text: str) -> list[str]:
    """
    Cut ``text`` into words, numbers, punctuation marks, emoji, emoticons, handles, hashtags and addresses.

    >>> words("Don't @jo: it's a 7/10 :-) #fun")
    ['Do', "n't", '@jo', ':', 'it', "'s", 'a', '7/10', ':-)', '#fun']
    >>> words("état-major 日本 हिन्दी 👍🏽")
    ['état', '-', 'major', '日', '本', 'हिन्दी', '👍🏽']
    """
    return [token for piece in text.split() for token in split_piece(piece)]


# Keras 2's default filters; the apostrophe is not among them.
KERAS_FILTERS = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', " "))


def keras(text: str) -> list[str]:
    """
    Cut ``text`` as Keras 2's Tokenizer does: lower case, punctuation to spaces, cut at spaces only.

    >>> keras("Don't stop,\\nno" + chr(0xA0) + "break")
    ["don't", 'stop', 'no\\xa0break']
    """
    return [token for token in text.lower().translate(KERAS_FILTERS).split(" ") if token]


def tweets(text: str) -> list[str]:
    """
    Cut ``text`` with NLTK's TweetTokenizer, which knows handles, hashtags and emoticons.

    >>> tweets("@jo: Sooo good :-) #fun")
    ['@jo', ':', 'Sooo', 'good', ':-)', '#fun']
    """
    return tweet_splitter()(text)


@cache
def tweet_splitter() -> Splitter:
    """Give NLTK's splitter, when it is first needed."""
    try:
        from nltk.tokenize.casual import TweetTokenizer  # slow to import, and not needed for our own splitters
    except ImportError as error:
        raise missing_extra("nltk", "train") from error
    return TweetTokenizer().tokenize


@cache
def character_pattern() -> re.Pattern[str]:
    """Make the pattern of one character as people see it, when it is first needed."""
    return re.compile(rf"(?s:{EMOJI}|.[{marks()}\u200c\u200d]*)")


def chars(text: str) -> list[str]:
    """
    Cut ``text`` into characters as people see them, spaces too: a letter keeps its marks, an emoji is one.

    >>> chars("नि 👍🏽")
    ['नि', ' ', '👍🏽']
    """
    return list(text) if text.isascii() else character_pattern().findall(text)


def whitespace(text: str) -> list[str]:
    """
    Cut ``text`` at white space, also at no-break spaces.

    >>> whitespace("don't" + chr(0xA0) + "stop!")
    ["don't", 'stop!']
    """
    return text.split()


SPLITTERS: dict[str, Splitter] = {
    "words": words, "keras": keras, "tweets": tweets, "chars": chars, "whitespace": whitespace,
}

# Splitters that never look across white space, as functions of the pieces between it.
PIECE_SPLITTERS: dict[str, Splitter] = {"words": split_piece, "whitespace": whitespace}
