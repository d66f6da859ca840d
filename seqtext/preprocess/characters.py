"""Character classes that cleaning and splitting share, written as the inside of a regular expression's ``[...]``."""

import re
import unicodedata
from functools import cache

# Pictures that are emoji without a variation selector. Arrows, (c), (r) and (tm) are text unless U+FE0F follows.
PICTURE = (
    "\u231a-\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa\u25fb-\u25fe\u2600-\u27bf\u2b05-\u2b07\u2b1b-\u2b1c"
    "\u2b50\u2b55\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff"
)
FLAG_LETTER = "\U0001f1e6-\U0001f1ff"
SKIN_TONE = "\U0001f3fb-\U0001f3ff"
TAG_LETTER = "\U000e0020-\U000e007f"  # spell out "gbsct" after a black flag: the flag of Scotland
VARIATION = "\ufe0e\ufe0f"
JOINER = "\u200d"

ONE_PICTURE = f"[{PICTURE}][{VARIATION}]?[{SKIN_TONE}]?"
EMOJI = (
    f"[{FLAG_LETTER}]{{2}}"
    f"|[0-9#*]\ufe0f?\u20e3"
    f"|{ONE_PICTURE}(?:{JOINER}{ONE_PICTURE})*(?:[{TAG_LETTER}]+)?"
    f"|[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u3030\u303d\u3297\u3299]\ufe0f"
    f"|[{FLAG_LETTER}{SKIN_TONE}]"
)

# Written without spaces between words: each character (with its marks) is a token of its own.
UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u0f00-\u0fff"  # Tibetan
    "\u1000-\u109f"  # Myanmar
    "\u1780-\u17ff"  # Khmer
    "\u3005-\u3007\u3031-\u3035\u3040-\u30ff\u31f0-\u31ff"  # Japanese kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\uff66-\uff9f"  # half-width kana
    "\U0001b000-\U0001b16f"  # old kana
    "\U00020000-\U000323af"  # rare Han
)

# Seen by nobody, but enough to make two equal words differ: soft hyphen, direction marks, byte order mark, ...
INVISIBLE = "\u00ad\u061c\u180e\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufe00-\ufe0f"
ZERO_WIDTH_SPACE = "\u200b"

# What may stand in a #hashtag: anything but white space, punctuation (_ may), pictures and control characters.
HASHTAG_LETTER = (
    r"[^\s\x00-/:-@\[-^`{-\u00a9\u00ab-\u00b1\u00b6-\u00b8\u00bb\u00bf\u2010-\u2bff\u3000-\u3004\u3008-\u3030"
    r"\uff01-\uff0f\U0001f000-\U0001faff]"
)


# Finds whether a text may hold a long run of marks, ten times faster than the exact pattern.
BEYOND_LATIN = re.compile("[^\x00-\u02ff]{31}")


@cache
def marks() -> str:
    """Return every combining mark of this Python's Unicode tables, for use in ``[...]``: ``\\w`` leaves them out."""
    codes = [*range(0x300, 0x1F000), *range(0xE0100, 0xE01F0)]
    return "".join(chr(code) for code in codes if unicodedata.category(chr(code))[0] == "M")


@cache
def emoji_pattern() -> re.Pattern[str]:
    """Return the pattern of one emoji as people see it, however many characters it takes."""
    return re.compile(EMOJI)


@cache
def long_mark_run() -> re.Pattern[str]:
    """
    Return the pattern of more than 30 combining marks in a row, the limit of Unicode's stream-safe text (UAX #15).

    No language needs more, and Python's normalisation takes quadratic time on them: 7 s for 100,000 characters.
    """
    return re.compile(f"([{marks()}]{{30}})[{marks()}]+")


def normalise(text: str, *, form: str) -> str:
    """Return ``text`` in the Unicode ``form``, in linear time whatever it holds."""
    if text.isascii():
        return text
    if BEYOND_LATIN.search(text):
        text = long_mark_run().sub(r"\1", text)
    return unicodedata.normalize(form, text)  # type: ignore[arg-type]
