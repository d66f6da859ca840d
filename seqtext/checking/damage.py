"""Signs that a text was damaged on its way: wrong encodings, undecoded HTML, and which scripts it is written in."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import cache
from html.entities import html5
from typing import NamedTuple

# What the bytes after the first one become when they are read as latin-1 or cp1252.
_BYTES = bytes(range(0x80, 0xC0))
_LATER = f"[{re.escape(_BYTES.decode('latin-1') + _BYTES.decode('cp1252', 'ignore'))}]"
# Â and Ã begin what was Western, â punctuation, ð emoji, ã to é East Asian. The first bytes of other alphabets are
# letters that may well stand before a quotation mark, as in «É»: only several such pairs in a row are a sign.
MOJIBAKE = re.compile(
    f"[ÂÃ]{_LATER}|[âã-éïì-ï]{_LATER}{{2}}|ð{_LATER}{{3}}|(?:[Ä-ß]{_LATER}){{2,}}|[ÄÅ]{_LATER}(?=[a-zÄÅ])"
)
# cp1252 that was read as latin-1: its dashes and quotes became these. U+0085, a line end, is hardly ever meant as one.
CONTROL = re.compile("[\x80-\x9f]")
REPLACEMENT = re.compile("\ufffd")
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
# "&#39;" that lost its "&", as AG News has it by the thousand
BROKEN_ENTITY = re.compile(r"#(?<![&\w]#)[0-9]{2,4};")
TAG = re.compile(r"</?(?:a|b|br|div|em|font|h[1-6]|hr|i|img|li|ol|p|span|strong|table|td|tr|u|ul)\b[^<>]{0,500}>", re.I)


def has_mojibake(text: str) -> bool:
    """Return whether UTF-8 was read as latin-1 or cp1252, as in "donâ€™t"; "LIBERTÉ…" is what it should be."""
    return not text.isascii() and MOJIBAKE.search(text) is not None


def has_entity(text: str) -> bool:
    """Return whether the text has HTML that was never decoded, such as "&amp;" and "&#39;", but not "R&D;"."""
    if BROKEN_ENTITY.search(text):
        return True
    return any(found[1] == "#" or found[1:] in html5 for found in ENTITY.findall(text))


class Sign(NamedTuple):
    """A sign of damage: how to see it in a text, what it is, what to do, and the share of rows that makes a warning."""

    is_in: Callable[[str], object]
    what: str
    remedy: str
    warning_from: float


REMEDY = "it happened before this file was written: read the original again as {}, and write this file anew"
SIGNS = {
    "mojibake": Sign(has_mojibake, "UTF-8 read as another encoding, such as â€™ or Ã©", REMEDY.format("UTF-8"), 0.001),
    "control-characters": Sign(
        CONTROL.search,
        "control characters (U+0080 to U+009F), where cp1252 has quotes and dashes",
        f"if the file was read as latin-1, --encoding cp1252 is right; else {REMEDY.format('cp1252')}",
        0.001,
    ),
    "replacement-characters": Sign(
        REPLACEMENT.search, "U+FFFD, where a character is lost for good", "go back to the original", 0.001
    ),
    "html-entities": Sign(has_entity, "HTML entities, such as &amp;", "the cleaning step 'html' decodes them", 0.01),
    "html-tags": Sign(TAG.search, "HTML tags, such as <br />", "the cleaning step 'html' removes them", math.inf),
}


@cache
def script_of(character: str) -> str:
    """Return the script of a letter, by its Unicode name; empty for what is no letter."""
    if not character.isalpha():
        return ""
    first = unicodedata.name(character, "").split(" ")[0].partition("-")[0]
    other = {"CJK": "Han", "HIRAGANA": "Japanese", "KATAKANA": "Japanese", "FEMININE": "Latin", "MASCULINE": "Latin"}
    # Letters that are symbols, such as the bold ones of mathematics, tell no script.
    symbols = ("MATHEMATICAL", "FULLWIDTH", "HALFWIDTH", "MODIFIER", "SCRIPT", "BLACK", "DOUBLE", "MICRO", "")
    return "" if first in symbols else other.get(first, first.capitalize())


def main_script(text: str) -> str:
    """Return the script of most letters, if any; Japanese needs kana: a text of Chinese characters alone is Han."""
    if text.isascii():
        return "Latin" if any(character.isalpha() for character in text) else ""
    counts: Counter[str] = Counter()
    for character, count in Counter(text).items():
        if script := script_of(character):
            counts[script] += count
    if counts["Japanese"]:
        counts["Japanese"] += counts.pop("Han", 0)
    return max(counts, key=lambda script: counts[script]) if counts else ""
