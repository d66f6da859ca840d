"""Cleaning steps for what people post: web and e-mail addresses, @mentions, #hashtags, retweets, emoji."""

import re
import unicodedata
from functools import lru_cache

from seqtext.preprocess.characters import HASHTAG_LETTER, emoji_pattern
from seqtext.preprocess.split import EMAIL

# One match takes a whole run, so that an attacker's text is read once. The last character is not punctuation.
URL = re.compile(
    r"\bhtt?p?s?:?/{0,2}[\w./]{0,30}…|(?:https?://|www\.)[^\s<>\"]*[^\s<>\"'.,;:!?)\]}…’”]|https?://",
    re.IGNORECASE,
)
EMAIL_ADDRESS = re.compile(EMAIL)
MENTION = re.compile(r"(?<![\w@])@[\w@]*\w")
HASHTAG = re.compile(rf"(?<!\w)#(?:#|{HASHTAG_LETTER})+")
CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
RETWEET = re.compile(r"(?:[\"'“”‘’\s.:→-]*\bRT\b(?=[\s:@\"“→]|$))+[\s:→]*", re.IGNORECASE)


def replace_urls(text: str, *, by: str = " ") -> str:
    """Replace web addresses, also those that Twitter cut short; the full stop after one is not part of it."""
    return URL.sub(by, text)


def replace_emails(text: str, *, by: str = " ") -> str:
    """Replace e-mail addresses; a Twitter handle is not one."""
    return EMAIL_ADDRESS.sub(by, text) if "@" in text else text


def replace_mentions(text: str, *, by: str = " ") -> str:
    """Replace Twitter handles; the @ inside an e-mail address starts none."""
    return MENTION.sub(by, text) if "@" in text else text


def drop_hashtags(text: str) -> str:
    """Remove hashtags, mark and word; "#1" and "C#" are none."""
    return HASHTAG.sub(" ", text) if "#" in text else text


def split_hashtags(text: str) -> str:
    """Write hashtags as words, cut where the case or the kind changes: use it before "lowercase"."""
    return HASHTAG.sub(lambda match: CAMEL_CASE.sub(" ", match.group().replace("#", " ").strip()), text)


def drop_retweet_mark(text: str) -> str:
    """Remove "RT" where a tweet begins with it; the handle after it stays."""
    match = RETWEET.match(text)
    return text[match.end() :] if match else text


def drop_emoji(text: str) -> str:
    """Remove emoji: also flags, skin tones and families, which are several characters each."""
    return text if text.isascii() else emoji_pattern().sub(" ", text)


def name_emoji(text: str) -> str:
    """Write emoji as their Unicode names."""
    return text if text.isascii() else emoji_pattern().sub(lambda match: f" {emoji_name(match.group())} ", text)


@lru_cache(maxsize=4096)
def emoji_name(emoji: str) -> str:
    """
    Return the Unicode names of the pictures in one ``emoji``, without skin tones; flags by their letters.

    >>> emoji_name("👩‍🚀"), emoji_name("🇬🇧"), emoji_name("3️⃣")
    ('woman rocket', 'flag gb', 'keycap 3')
    """
    if emoji[-1] == "\u20e3":
        return f"keycap {emoji[0]}"
    if letters := [chr(ord(letter) - 0x1F1E6 + ord("a")) for letter in emoji if "\U0001f1e6" <= letter <= "\U0001f1ff"]:
        return f"flag {''.join(letters)}"
    shown = [character for character in emoji if unicodedata.category(character) in ("So", "Sm", "Po", "Cn")]
    return " ".join(unicodedata.name(character, "emoji").lower().replace("-", " ") for character in shown) or "emoji"
