"""
Cleaning steps: functions from ``str`` to ``str``, applied in the order given.

A step's plain name removes what it is named after (``"urls"``); an option after ``=`` asks for something
else (``"urls=token"``). What is removed leaves a space, so that its neighbours do not grow together.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache, partial
from typing import Any

from seqtext.errors import DataError, RecipeError, missing_extra
from seqtext.preprocess.characters import HASHTAG_LETTER, emoji_pattern, normalise
from seqtext.preprocess.contract import no_such
from seqtext.preprocess.lemmatise import lemma

Cleaner = Callable[[str], str]
Step = str | Sequence[str] | Cleaner

COMMENT = re.compile(r"<!--"), re.compile(r"-->")
SCRIPT = re.compile(r"<script\b[^<>]*>", re.IGNORECASE), re.compile(r"</script\s*>", re.IGNORECASE)
STYLE = re.compile(r"<style\b[^<>]*>", re.IGNORECASE), re.compile(r"</style\s*>", re.IGNORECASE)
TAG = re.compile(r"<[/!?]?[a-zA-Z][^<>]*>")
TAG_START = re.compile(r"<(?=[/!?]?[a-zA-Z])")
NESTED_AMPERSAND = re.compile(r"&(?:(?:amp|AMP|#0*38|#[xX]0*26);?)+")
# One match takes a whole run, so that an attacker's text is read once. The last character is not punctuation.
URL = re.compile(
    r"\bhtt?p?s?:?/{0,2}[\w./]{0,30}…|(?:https?://|www\.)[^\s<>\"]*[^\s<>\"'.,;:!?)\]}…’”]|https?://",
    re.IGNORECASE,
)
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
MENTION = re.compile(r"(?<![\w@])@[\w@]*\w")
HASHTAG = re.compile(rf"(?<!\w)#(?:#|{HASHTAG_LETTER})+")
CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
RETWEET = re.compile(r"(?:[\"'“”‘’\s.:→-]*\bRT\b(?=[\s:@\"“→]|$))+[\s:→]*", re.IGNORECASE)
NUMBER = re.compile(r"(?<!\w)\d+(?:[.,:/]\d+)*(\w*)")
REPEATED = re.compile(r"([^\s\d])\1{2,}")
INNER_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")
DIACRITIC = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\ufe20-\ufe2f]")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

IRREGULAR = {
    "can't": "can not",
    "won't": "will not",
    "shan't": "shall not",
    "ain't": "is not",
    "let's": "let us",
}
IRREGULAR_CONTRACTION = re.compile(r"\b(?:can|won|shan|ain)['’]t\b|\blet['’]s\b", re.IGNORECASE)
NEGATION = re.compile(r"(?<=\w)(?<!n['’]t)(?:n['’]t)+\b", re.IGNORECASE)
VERB_ENDINGS = {"re": " are", "ve": " have", "ll": " will", "m": " am"}
VERB_ENDING = re.compile(r"(?<=\w)['’](re|ve|ll|m)\b", re.IGNORECASE)


def word_set(words: str) -> frozenset[str]:
    """
    Give the words of a list that is written as a text.

    >>> sorted(word_set("b a"))
    ['a', 'b']
    """
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


def lowercase(text: str) -> str:
    """
    Lower the case of every letter, by Unicode's rules.

    >>> lowercase("ΟΔΟΣ"), lowercase("STRASSE"), len(lowercase("İ"))
    ('οδος', 'strasse', 2)
    """
    return text.lower()


def compose_unicode(text: str, *, form: str = "NFC") -> str:
    """
    Write each character in one way: é is one character, not e and an accent.

    NFKC also replaces look-alikes (ligatures, full-width letters, no-break spaces, superscripts).

    >>> compose_unicode("cafe" + chr(0x301)) == "café"
    True
    >>> compose_unicode("ﬁne x²", form="NFKC")
    'fine x2'
    """
    return normalise(text, form=form)


def unescape_html(text: str) -> str:
    """
    Replace HTML entities by their characters, also those that were escaped twice.

    An entity that only appears when two others are resolved is no accident: it loses its ampersand.

    >>> unescape_html("R&amp;amp;B &lt;3 caf&eacute; AT&T")
    'R&B <3 café AT&T'
    """
    if "&" not in text:
        return text
    text = NESTED_AMPERSAND.sub("&", text)
    for _ in range(3):
        before, text = text, html.unescape(text)
        if text == before:
            return text
    return text.replace("&", " ")


def drop_blocks(text: str, start: re.Pattern[str], end: re.Pattern[str]) -> str:
    """
    Remove everything from each ``start`` to the next ``end``; an unclosed block stays.

    >>> drop_blocks("a <!-- b --> c <!-- d", *COMMENT)
    'a   c <!-- d'
    """
    kept, position = [], 0
    while (opening := start.search(text, position)) and (closing := end.search(text, opening.end())):
        kept.append(text[position : opening.start()])
        position = closing.end()
    return " ".join([*kept, text[position:]])


def strip_tags(text: str) -> str:
    """
    Remove HTML tags, comments, scripts and styles; a comparison is no tag.

    >>> strip_tags("<p>I <3 it<br />if x < y and y > z</p>")
    ' I <3 it if x < y and y > z '
    """
    if "<" not in text:
        return text
    # Half of all reviews hold this tag and no other: a plain replacement is four times as fast.
    text = text.replace("<br />", " ")
    if "<" not in text:
        return text
    for block in (COMMENT, SCRIPT, STYLE):
        text = drop_blocks(text, *block)
    # A "<" before a letter that opens no tag is set apart, or removing its neighbours could make it one.
    return TAG_START.sub("< ", TAG.sub(" ", text))


def strip_html(text: str) -> str:
    """
    Replace HTML entities, then remove tags: also those that were escaped.

    >>> strip_html("good &lt;br /&gt;film &amp;amp; <i>fun</i>")
    'good  film &  fun '
    """
    return strip_tags(unescape_html(text))


def replace_urls(text: str, *, by: str = " ") -> str:
    """
    Replace web addresses, also those that Twitter cut short; the full stop after one is not part of it.

    >>> replace_urls("see (http://t.co/x), www.a.org/b. and http://t.c…", by=" url ")
    'see ( url ),  url . and  url '
    """
    return URL.sub(by, text)


def replace_emails(text: str, *, by: str = " ") -> str:
    """
    Replace e-mail addresses; a Twitter handle is not one.

    >>> replace_emails("write to jo.doe+x@mail.example.org, @jo!", by=" email ")
    'write to  email , @jo!'
    """
    return EMAIL.sub(by, text) if "@" in text else text


def replace_mentions(text: str, *, by: str = " ") -> str:
    """
    Replace Twitter handles; the @ inside an e-mail address starts none.

    >>> replace_mentions(".@jo_doe's me@example.org", by="user")
    ".user's me@example.org"
    """
    return MENTION.sub(by, text) if "@" in text else text


def drop_hashtags(text: str) -> str:
    """
    Remove hashtags, mark and word.

    >>> drop_hashtags("I'm #1 in C# #GOPDebate!")
    "I'm   in C#  !"
    """
    return HASHTAG.sub(" ", text) if "#" in text else text


def split_hashtags(text: str) -> str:
    """
    Write hashtags as words, cut where the case changes: use it before "lowercase".

    >>> split_hashtags("#GOPDebate #MAGA2016 #love")
    'GOP Debate MAGA 2016 love'
    """
    if "#" not in text:
        return text
    return HASHTAG.sub(lambda match: CAMEL_CASE.sub(" ", match.group().replace("#", " ").strip()), text)


def drop_retweet_mark(text: str) -> str:
    """
    Remove "RT" where a tweet begins with it; the handle after it stays.

    >>> drop_retweet_mark("RT @jo: RT this"), drop_retweet_mark("RTL plus")
    ('@jo: RT this', 'RTL plus')
    """
    match = RETWEET.match(text)
    return text[match.end() :] if match else text


def drop_emoji(text: str) -> str:
    """
    Remove emoji: also flags, skin tones and families, which are several characters each.

    >>> drop_emoji("ok 👍🏽 👩‍👩‍👧 🇺🇸 2 ™").split()
    ['ok', '2', '™']
    """
    return text if text.isascii() else emoji_pattern().sub(" ", text)


def name_emoji(text: str) -> str:
    """
    Write emoji as their Unicode names.

    >>> name_emoji("ok👍🏽 🇺🇸").split()
    ['ok', 'thumbs', 'up', 'sign', 'flag', 'us']
    """
    return text if text.isascii() else emoji_pattern().sub(lambda match: f" {emoji_name(match.group())} ", text)


@lru_cache(maxsize=4096)
def emoji_name(emoji: str) -> str:
    """
    Give the Unicode names of the pictures in one ``emoji``, without skin tones; flags by their letters.

    >>> emoji_name("👩‍🚀"), emoji_name("🇬🇧"), emoji_name("3️⃣")
    ('woman rocket', 'flag gb', 'keycap 3')
    """
    if emoji[-1] == "\u20e3":
        return f"keycap {emoji[0]}"
    letters = [
        chr(ord(character) - 0x1F1E6 + ord("a")) for character in emoji if "\U0001f1e6" <= character <= "\U0001f1ff"
    ]
    if letters:
        return f"flag {''.join(letters)}"
    shown = [character for character in emoji if unicodedata.category(character) in ("So", "Sm", "Po", "Cn")]
    return " ".join(unicodedata.name(character, "emoji").lower().replace("-", " ") for character in shown) or "emoji"


def replace_numbers(text: str, *, by: str = " ") -> str:
    """
    Replace numbers that stand alone; digits inside a word stay.

    >>> replace_numbers("3.5 or 1,000 of 7/10 in 3D, the 80s", by="number")
    'number or number of number in 3D, the 80s'
    """
    return NUMBER.sub(lambda match: match.group() if match.group(1) else by, text)


def squeeze_repeats(text: str) -> str:
    """
    Shorten any run of three or more equal characters to two, except digits.

    People stretch words for emphasis. Two characters are kept, not one, so that "soooo" stays apart from
    "so" while all its spellings share a token.

    >>> squeeze_repeats("soooo good!!!! in 2000")
    'soo good!! in 2000'
    """
    return REPEATED.sub(r"\1\1", text)


def squeeze_spaces(text: str) -> str:
    """
    Write any run of white space as one space, and none at the ends; no-break spaces and line ends too.

    >>> squeeze_spaces(" a" + chr(0xA0) + " b\\n\\n\\tc ")
    'a b c'
    """
    return " ".join(text.split())


class Punctuation(dict[int, str]):
    """For ``str.translate``: punctuation and ASCII symbols to a space, asked of Unicode once per character."""

    def __missing__(self, code: int) -> str:
        """Remember and give the replacement of the character ``code``."""
        character = chr(code)
        is_punctuation = character in "$+<=>^`|~" or unicodedata.category(character)[0] == "P"
        self[code] = " " if is_punctuation else character
        return self[code]


PUNCTUATION = Punctuation()


def drop_punctuation(text: str) -> str:
    """
    Remove punctuation in any script; an apostrophe inside a word closes up, so "don't" is not "don" and "t".

    >>> drop_punctuation("Don't stop -- it's well-made… ¿no? €5 😀")
    'Dont stop    its well made   no  €5 😀'
    """
    return INNER_APOSTROPHE.sub("", text).translate(PUNCTUATION)


def strip_accents(text: str) -> str:
    """
    Remove the accents of Latin, Greek and Cyrillic letters; the vowel signs of other scripts are no accents.

    >>> strip_accents("Crème brûlée, Ångström, йод, हिन्दी, ø")
    'Creme brulee, Angstrom, иод, हिन्दी, ø'
    """
    if text.isascii():
        return text
    return normalise(DIACRITIC.sub("", normalise(text, form="NFD")), form="NFC")


def expand_contractions(text: str) -> str:
    """
    Write English contractions in full, where there is only one reading: 's and 'd have two and stay.

    >>> expand_contractions("I can't, you don't, it's what we'd say; they're")
    "I can not, you do not, it's what we'd say; they are"
    """
    if "'" not in text and "’" not in text:
        return text
    text = IRREGULAR_CONTRACTION.sub(lambda match: expand_irregular(match.group()), text)
    text = VERB_ENDING.sub(lambda match: VERB_ENDINGS[match.group(1).lower()], text)
    return NEGATION.sub(" not", text)


def expand_irregular(contraction: str) -> str:
    """
    Give the long form of "can't" and its like; the first letter keeps its case.

    >>> expand_irregular("Won’t")
    'Will not'
    """
    expanded = IRREGULAR[contraction.lower().replace("’", "'")]
    return expanded.capitalize() if contraction[0].isupper() else expanded


def drop_stop_words(text: str, *, words: frozenset[str] = STOP_WORDS) -> str:
    """
    Remove common English words; "not" and its like are kept, for they turn a judgement round.

    >>> drop_stop_words("This is not what I wanted").split()
    ['not', 'wanted']
    """
    return WORD.sub(lambda match: "" if match.group().lower().replace("’", "'") in words else match.group(), text)


@cache
def stemmer(language: str) -> Callable[[str], str]:
    """Give NLTK's Snowball stemmer for ``language``, which remembers the words it has seen."""
    try:
        from nltk.stem.snowball import (
            SnowballStemmer,
        )  # slow to import, and not needed to use a model without it
    except ImportError as error:
        raise missing_extra("nltk", "train") from error
    return lru_cache(maxsize=100_000)(SnowballStemmer(language).stem)


def stem(text: str, *, language: str = "english") -> str:
    """
    Cut words down to their Snowball stems, which are lower case and often no words.

    >>> stem("Happily studying the Ponies' studies")
    "happili studi the poni' studi"
    """
    find = stemmer(language)
    return WORD.sub(lambda match: find(match.group()) if len(match.group()) <= MAX_WORD else match.group(), text)


def lemmatise(text: str, *, part: str = "noun") -> str:
    """
    Write words as WordNet lists them, read as one part of speech: as a noun, "was" is the plural of "wa".

    Needs WordNet's files: ``seqtext corpora fetch wordnet``.
    """
    return WORD.sub(lambda match: lemma(match.group(), part) if len(match.group()) <= MAX_WORD else match.group(), text)


def keep(text: str) -> str:
    """
    Leave the text alone: says in a recipe that something was kept on purpose.

    >>> keep("@jo")
    '@jo'
    """
    return text


SNOWBALL = word_set(
    "arabic danish dutch english finnish french german hungarian italian norwegian porter portuguese romanian "
    "russian spanish swedish"
)

CLEANERS: dict[str, Cleaner] = {
    "lowercase": lowercase,
    "unicode": compose_unicode,
    "unicode=nfkc": partial(compose_unicode, form="NFKC"),
    "html": strip_html,
    "html=entities": unescape_html,
    "html=tags": strip_tags,
    "urls": replace_urls,
    "urls=token": partial(replace_urls, by=" url "),
    "urls=keep": keep,
    "emails": replace_emails,
    "emails=token": partial(replace_emails, by=" email "),
    "emails=keep": keep,
    "mentions": replace_mentions,
    "mentions=token": partial(replace_mentions, by="user"),
    "mentions=keep": keep,
    "hashtags": drop_hashtags,
    "hashtags=split": split_hashtags,
    "hashtags=keep": keep,
    "retweet": drop_retweet_mark,
    "emoji": drop_emoji,
    "emoji=name": name_emoji,
    "emoji=keep": keep,
    "numbers": replace_numbers,
    "numbers=token": partial(replace_numbers, by="number"),
    "numbers=keep": keep,
    "repeats": squeeze_repeats,
    "spaces": squeeze_spaces,
    "punctuation": drop_punctuation,
    "accents": strip_accents,
    "contractions": expand_contractions,
    "stopwords": drop_stop_words,
    "stopwords=all": partial(drop_stop_words, words=STOP_WORDS | NEGATIONS),
    "stem": stem,
    **{f"stem={language}": partial(stem, language=language) for language in sorted(SNOWBALL)},
    "lemmatise": lemmatise,
    **{f"lemmatise={part}": partial(lemmatise, part=part) for part in ("noun", "verb", "adjective", "adverb")},
}

# These look further than white space. All other steps give the same words when a text is cut at white space
# first; the pipeline then cleans each distinct piece once. A test holds every step to this.
WHOLE_TEXT = frozenset({"html", "html=entities", "html=tags", "retweet"})

PROFILES: dict[str, tuple[Step, ...]] = {
    "tweets": (
        "html",
        "retweet",
        "lowercase",
        "unicode",
        "urls=token",
        "emails=token",
        "mentions=token",
        "repeats",
    ),
    "reviews": ("html", "lowercase", "unicode", "repeats"),
    "authors": ("unicode",),
    # Of the course notebook: lower case, nothing but letters, digits and white space, no "rt".
    "slides/gop": ("lowercase", ("regex", r"[^a-z0-9\s]", ""), ("regex", r"\brt\b", " ")),
    # Keras' own IMDB numbers are the raw reviews, split by its Tokenizer: "br" is the seventh commonest word.
    "slides/imdb": ("lowercase",),
}

MAX_PATTERN = 1_000
MAX_GROWTH = 100_000_000  # characters that a replacement may make of one text
MAX_WORD = 64  # longer ones are no words, and would fill the memory of the stemmer
MAX_TIMES = 16  # 2**16 ways to match are still quick to try


def compile_regex(pattern: str, replacement: str) -> Cleaner:
    """
    Make a step that replaces every match of ``pattern``.

    >>> compile_regex("[0-9]+", "#")("route 66")
    'route #'
    """
    if len(pattern) > MAX_PATTERN or len(replacement) > MAX_PATTERN:
        raise RecipeError(f"a regular expression and its replacement may have {MAX_PATTERN} characters, not more")
    try:
        parsed = re._parser.parse(pattern)  # type: ignore[attr-defined]
        compiled = re.compile(pattern)
        compiled.sub(replacement, "")  # looks at the replacement's group numbers too
    except (re.error, IndexError, OverflowError, RecursionError) as error:
        raise RecipeError(f"the cleaning step regex {pattern!r} -> {replacement!r} cannot be used: {error}") from error
    if may_explode(parsed):
        raise RecipeError(
            f"the cleaning step regex {pattern!r} repeats a repetition and could take for ever; "
            "write the inner one as ++ or *+ (Python does not go back into those)"
        )
    if len(replacement) <= 1:
        return partial(compiled.sub, replacement)

    def substitute(text: str) -> str:
        # Steps that double a text would fill the memory when a model file holds a hundred of them.
        if (len(text) + 1) * len(replacement) > MAX_GROWTH:
            raise DataError(f"a text of {len(text):,} characters is too long for the cleaning step regex {pattern!r}")
        return compiled.sub(replacement, text)

    return substitute


def may_explode(parsed: Iterable[Any], times: int = 1) -> bool:
    """
    Tell whether a ``parsed`` regular expression may take exponential time: a choice inside a repetition.

    Model files hold patterns, and may come from anywhere. Some harmless patterns are caught too.

    >>> [may_explode(re._parser.parse(p)) for p in ("(a+)+b", "(a|aa)*b", "[0-9]+(?:,[0-9]++)*", "(?:<br>|&nbsp;)+")]
    [True, True, False, False]
    """
    for operation, value in parsed:
        match str(operation):
            case "MAX_REPEAT" | "MIN_REPEAT":
                low, high, body = value
                if (times > MAX_TIMES and low != high) or may_explode(body, times * max(int(high), 1)):
                    return True
            case "BRANCH":
                starts = [str(branch[0]) if len(branch) else "" for branch in value[1]]
                distinct = len(set(starts)) == len(starts) and all("LITERAL" in start for start in starts)
                if (times > MAX_TIMES and not distinct) or any(may_explode(branch, times) for branch in value[1]):
                    return True
            case "SUBPATTERN":
                if may_explode(value[-1], times):
                    return True
            case "GROUPREF_EXISTS":
                if times > MAX_TIMES or any(may_explode(branch, times) for branch in value[1:] if branch):
                    return True
            case "POSSESSIVE_REPEAT" | "ATOMIC_GROUP":
                if may_explode(value[-1] if str(operation) == "POSSESSIVE_REPEAT" else value):
                    return True
            case "ASSERT" | "ASSERT_NOT":
                if may_explode(value[1]):
                    return True
    return False


def find_step(step: Step) -> tuple[str, Cleaner]:
    """
    Look up one ``step``; give its name and function.

    >>> find_step("urls=token")[0], find_step(("regex", "a+", "b"))[0]
    ('urls=token', 'regex a+ -> b')
    """
    if callable(step):
        return getattr(step, "__name__", repr(step)), step
    if isinstance(step, str):
        if step in CLEANERS:
            return step, CLEANERS[step]
        if step == "regex":
            raise RecipeError("the cleaning step 'regex' is written as a list: ['regex', pattern, replacement]")
        raise RecipeError(no_such("cleaning step", step, [*CLEANERS, *PROFILES]))
    if isinstance(step, Sequence) and len(step) == 3 and step[0] == "regex" and all(isinstance(s, str) for s in step):
        return f"regex {step[1]} -> {step[2]}", compile_regex(step[1], step[2])
    raise RecipeError(f"{step!r} is no cleaning step; give a name or ['regex', pattern, replacement]")


def list_steps(steps: str | Iterable[Step]) -> list[Step]:
    """
    Write out ``steps``: the name of a profile stands for its steps.

    >>> list_steps("authors"), list_steps(["authors", "accents"])
    (['unicode'], ['unicode', 'accents'])
    """
    if isinstance(steps, str):
        if steps in PROFILES:
            return list(PROFILES[steps])
        if steps in CLEANERS:
            raise RecipeError(f"{steps!r} is a cleaning step, not a profile; write [{steps!r}]")
        raise RecipeError(no_such("cleaning profile", steps, PROFILES))
    if not isinstance(steps, Iterable):
        raise RecipeError(f"cleaning steps are a list or the name of a profile, not {steps!r}")
    listed: list[Step] = []
    for step in steps:
        listed.extend(PROFILES[step] if isinstance(step, str) and step in PROFILES else [step])
    return listed


def chain(functions: Sequence[Cleaner]) -> Cleaner:
    """
    Make one function that applies ``functions`` first to last.

    >>> chain([str.strip, str.upper])(" a ")
    'A'
    """
    if not functions:
        return keep
    if len(functions) == 1:
        return functions[0]

    def apply(text: str) -> str:
        for function in functions:
            text = function(text)
        return text

    return apply


def compile_steps(steps: str | Iterable[Step]) -> Cleaner:
    """
    Look up all ``steps`` and make one function of them.

    >>> compile_steps("tweets")("RT @Jo: Sooooo GOOD &amp; http://t.co/x")
    'user: soo good &  url '

    Raises
    ------
    RecipeError
        If there is no such step or profile.
    """
    return chain([find_step(step)[1] for step in list_steps(steps)])


def clean(text: str, steps: str | Iterable[Step]) -> str:
    """
    Apply the cleaning ``steps`` to ``text``, first to last.

    >>> clean("SOOOO good", ["lowercase", "repeats"])
    'soo good'
    """
    return compile_steps(steps)(text)
