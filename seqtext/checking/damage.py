"""Signs that a text was damaged on its way: wrong encodings, undecoded HTML, and which scripts it is written in."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import cache
from html.entities import html5


def _misread(start: int, stop: int) -> str:
    """The characters that the bytes from ``start`` become when they are read as cp1252 or latin-1."""
    found = ""
    for byte in range(start, stop):
        found += chr(byte)
        try:
            found += bytes([byte]).decode("cp1252")
        except UnicodeDecodeError:
            continue
    return re.escape("".join(dict.fromkeys(found)))


_LATER = f"[{_misread(0x80, 0xC0)}]"
# Â and Ã begin what was Western, â punctuation, ð emoji, ã to é East Asian. The first bytes of other alphabets are
# letters that may well stand before a quotation mark, as in «É»: only several such pairs in a row are a sign.
MOJIBAKE = re.compile(
    f"[ÂÃ]{_LATER}|[âã-éïì-ï]{_LATER}{{2}}|ð{_LATER}{{3}}|(?:[Ä-ß]{_LATER}){{2,}}|[ÄÅ]{_LATER}(?=[a-zÄÅ])"
)
CONTROL = re.compile("[\x80-\x9f]")
REPLACEMENT = "\ufffd"
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
# "&#39;" that lost its "&", as AG News has it by the thousand
BROKEN_ENTITY = re.compile(r"(?<![&\w])#[0-9]{2,4};")
TAG = re.compile(r"</?(?:a|b|br|div|em|font|h[1-6]|hr|i|img|li|ol|p|span|strong|table|td|tr|u|ul)\b[^<>]{0,500}>", re.I)


def has_mojibake(text: str) -> bool:
    """
    Tell UTF-8 that was read as latin-1 or cp1252.

    >>> has_mojibake("donâ€™t"), has_mojibake("cafÃ©"), has_mojibake("LIBERTÉ…")
    (True, True, False)
    """
    return not text.isascii() and MOJIBAKE.search(text) is not None


def has_control_characters(text: str) -> bool:
    """
    Tell cp1252 that was read as latin-1: its dashes and quotes became control characters.

    U+0085 counts as well: as a line end it is hardly ever meant.

    >>> has_control_characters("don\\x92t"), has_control_characters("two\\nlines")
    (True, False)
    """
    return not text.isascii() and CONTROL.search(text) is not None


def has_replacement(text: str) -> bool:
    """Tell text in which a character is lost for good, and U+FFFD stands in its place."""
    return REPLACEMENT in text


def has_entity(text: str) -> bool:
    """
    Tell HTML that was never decoded.

    >>> has_entity("fish &amp; chips"), has_entity("it #39;s"), has_entity("a & b; #1"), has_entity("R&D;")
    (True, True, False, False)
    """
    if BROKEN_ENTITY.search(text):
        return True
    return any(found[1] == "#" or found[1:] in html5 for found in ENTITY.findall(text))


def has_tag(text: str) -> bool:
    """
    Tell text with HTML tags.

    >>> has_tag("one<br />two"), has_tag("a < b > c")
    (True, False)
    """
    return "<" in text and TAG.search(text) is not None


# name -> (test, what is wrong in words, what to do)
SIGNS: dict[str, tuple[Callable[[str], bool], str, str]] = {
    "mojibake": (
        has_mojibake,
        "UTF-8 read as another encoding, such as â€™ or Ã©",
        "it happened before this file was written: read the original again as UTF-8, and write this file anew",
    ),
    "control-characters": (
        has_control_characters,
        "control characters (U+0080 to U+009F), where cp1252 has quotes and dashes",
        "it happened before this file was written: read the original again as cp1252, and write this file anew",
    ),
    "replacement-characters": (
        has_replacement,
        "U+FFFD, where a character is lost for good",
        "go back to the original",
    ),
    "html-entities": (has_entity, "HTML entities, such as &amp;", "the cleaning step 'html' decodes them"),
    "html-tags": (has_tag, "HTML tags, such as <br />", "the cleaning step 'html' removes them"),
}


@cache
def script_of(character: str) -> str:
    """
    Give the script of a letter, by its Unicode name; empty for what is no letter.

    >>> [script_of(character) for character in "aéяシ字!"]
    ['Latin', 'Latin', 'Cyrillic', 'Japanese', 'Han', '']
    """
    if not character.isalpha():
        return ""
    first = unicodedata.name(character, "").split(" ")[0].partition("-")[0]
    other = {"CJK": "Han", "HIRAGANA": "Japanese", "KATAKANA": "Japanese", "FEMININE": "Latin", "MASCULINE": "Latin"}
    # Letters that are symbols, such as the bold ones of mathematics, tell no script.
    symbols = ("MATHEMATICAL", "FULLWIDTH", "HALFWIDTH", "MODIFIER", "SCRIPT", "BLACK", "DOUBLE", "MICRO", "")
    return "" if first in symbols else other.get(first, first.capitalize())


def main_script(text: str) -> str:
    """
    Give the script of most letters of a text; empty if it has none.

    Japanese needs kana: a text of Chinese characters alone counts as Han.

    >>> main_script("Привет, Bob!"), main_script("漢字とかな"), main_script("123 😀")
    ('Cyrillic', 'Japanese', '')
    """
    if text.isascii():
        return "Latin" if any(character.isalpha() for character in text) else ""
    counts: Counter[str] = Counter()
    for character, count in Counter(text).items():
        if script := script_of(character):
            counts[script] += count
    if counts["Japanese"]:
        counts["Japanese"] += counts.pop("Han", 0)
    return max(counts, key=lambda script: counts[script]) if counts else ""
