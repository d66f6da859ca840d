"""Cleaning steps for letters and words: Unicode, accents, numbers, punctuation, contractions, stop words, stems."""

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache

from seqtext.errors import missing_extra
from seqtext.preprocess.characters import normalise
from seqtext.preprocess.lemmatise import lemma

NUMBER = re.compile(r"(?<!\w)\d+(?:[.,:/]\d+)*(\w*)")
REPEATED = re.compile(r"([^\s\d])\1{2,}")
INNER_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")
DIACRITIC = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\ufe20-\ufe2f]")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

IRREGULAR = {"can't": "can not", "won't": "will not", "shan't": "shall not", "ain't": "is not", "let's": "let us"}
IRREGULAR_CONTRACTION = re.compile(r"\b(?:can|won|shan|ain)['’]t\b|\blet['’]s\b", re.IGNORECASE)
NEGATION = re.compile(r"(?<=\w)(?<!n['’]t)(?:n['’]t)+\b", re.IGNORECASE)
VERB_ENDINGS = {"re": " are", "ve": " have", "ll": " will", "m": " am"}
VERB_ENDING = re.compile(r"(?<=\w)['’](re|ve|ll|m)\b", re.IGNORECASE)

MAX_WORD = 64  # longer ones are no words, and would fill the memory of the stemmer


def word_set(words: str) -> frozenset[str]:
    """Return the words of a list that is written as a text."""
    return frozenset(words.split())


NEGATIONS = word_set("no nor not never neither none nobody nothing nowhere cannot without hardly")
# English words that carry grammar rather than a topic or a judgement; NEGATIONS are kept unless asked for.
STOP_WORDS = word_set(
    """
    a about above after again all also am an and any are as at be because been before being below between both
    but by could did do does doing down during each few for from further had has have having he her here hers
    herself him himself his how i if in into is it its itself just me more most my myself of off on once only or
    other our ours ourselves out over own same she should so some such than that the their theirs them themselves
    then there these they this those through to too under until up very was we were what when where which while
    who whom why will with would you your yours yourself yourselves he's i'd i'll i'm i've it's she's that's
    they're they've we're we've you're you've
    """
)
LANGUAGES = word_set(
    "arabic danish dutch english finnish french german hungarian italian norwegian porter portuguese romanian "
    "russian spanish swedish"
)


def compose_unicode(text: str, *, form: str = "NFC") -> str:
    """Write each character in one way: é is one character; NFKC also replaces ligatures, full-width letters, ..."""
    return normalise(text, form=form)


def replace_numbers(text: str, *, by: str = " ") -> str:
    """Replace numbers that stand alone, with their separators (7/10); digits inside a word (3D, 80s) stay."""
    return NUMBER.sub(lambda match: match.group() if match.group(1) else by, text)


def squeeze_repeats(text: str) -> str:
    """Shorten runs of equal characters, except digits, to two: "soooo" and "sooo" become "soo", not "so"."""
    return REPEATED.sub(r"\1\1", text)


def squeeze_spaces(text: str) -> str:
    """Write any run of white space as one space, and none at the ends; no-break spaces and line ends too."""
    return " ".join(text.split())


class Punctuation(dict[int, str]):
    """For ``str.translate``: punctuation and ASCII symbols to a space, asked of Unicode once per character."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        is_punctuation = character in "$+<=>^`|~" or unicodedata.category(character)[0] == "P"
        self[code] = " " if is_punctuation else character
        return self[code]


PUNCTUATION = Punctuation()


def drop_punctuation(text: str) -> str:
    """Remove punctuation in any script; an apostrophe inside a word closes up, so "don't" is not "don" and "t"."""
    return INNER_APOSTROPHE.sub("", text).translate(PUNCTUATION)


def strip_accents(text: str) -> str:
    """Remove the accents of Latin, Greek and Cyrillic letters; the vowel signs of other scripts are no accents."""
    if text.isascii():
        return text
    return normalise(DIACRITIC.sub("", normalise(text, form="NFD")), form="NFC")


def expand_contractions(text: str) -> str:
    """Write English contractions in full, where there is only one reading: 's and 'd have two and stay."""
    if "'" not in text and "’" not in text:
        return text
    text = IRREGULAR_CONTRACTION.sub(expand_irregular, text)
    text = VERB_ENDING.sub(lambda match: VERB_ENDINGS[match.group(1).lower()], text)
    return NEGATION.sub(" not", text)


def expand_irregular(match: re.Match[str]) -> str:
    expanded = IRREGULAR[match.group().lower().replace("’", "'")]
    return expanded.capitalize() if match.group()[0].isupper() else expanded


def drop_stop_words(text: str, *, words: frozenset[str] = STOP_WORDS) -> str:
    """Remove common English words; "not" and its like are kept, for they turn a judgement round."""
    return WORD.sub(lambda match: "" if match.group().lower().replace("’", "'") in words else match.group(), text)


def replace_words(text: str, find: Callable[[str], str]) -> str:
    """Replace every word by what ``find`` makes of it, but for those that are too long to be words."""
    return WORD.sub(lambda match: find(match.group()) if len(match.group()) <= MAX_WORD else match.group(), text)


@cache
def stemmer(language: str) -> Callable[[str], str]:
    """Return NLTK's Snowball stemmer for ``language``, which remembers the words it has seen."""
    try:
        # Slow to import, and not needed to use a model without it.
        from nltk.stem.snowball import SnowballStemmer
    except ImportError as error:
        raise missing_extra("nltk", "train") from error
    return lru_cache(maxsize=100_000)(SnowballStemmer(language).stem)


def stem(text: str, *, language: str = "english") -> str:
    """Cut words down to their Snowball stems, which are lower case and often no words."""
    return replace_words(text, stemmer(language))


def lemmatise(text: str, *, part: str = "noun") -> str:
    """Write words as WordNet lists them, read as one part of speech: as a noun, "was" is the plural of "wa"."""
    return replace_words(text, lambda word: lemma(word, part))
