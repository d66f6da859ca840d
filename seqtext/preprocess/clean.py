"""
Cleaning steps by name: functions from ``str`` to ``str``, applied in the order given.

A step's plain name removes what it is named after (``"urls"``); an option after ``=`` asks for something
else (``"urls=token"``). What is removed leaves a space, so that its neighbours do not grow together.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from seqtext.errors import RecipeError
from seqtext.preprocess.contract import no_such
from seqtext.preprocess.markup import strip_html, strip_tags, unescape_html
from seqtext.preprocess.regex import compile_regex
from seqtext.preprocess.social import (
    drop_emoji,
    drop_hashtags,
    drop_retweet_mark,
    name_emoji,
    replace_emails,
    replace_mentions,
    replace_urls,
    split_hashtags,
)
from seqtext.preprocess.words import (
    LANGUAGES,
    NEGATIONS,
    STOP_WORDS,
    compose_unicode,
    drop_punctuation,
    drop_stop_words,
    expand_contractions,
    lemmatise,
    replace_numbers,
    squeeze_repeats,
    squeeze_spaces,
    stem,
    strip_accents,
)

Cleaner = Callable[[str], str]
Step = str | Sequence[str] | Cleaner


def keep(text: str) -> str:
    """Return the text as it is: says in a recipe that something was kept on purpose."""
    return text


CLEANERS: dict[str, Cleaner] = {
    "lowercase": str.lower,
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
    **{f"stem={language}": partial(stem, language=language) for language in sorted(LANGUAGES)},
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


def find_step(step: Step) -> tuple[str, Cleaner]:
    """Return the name and the function of one ``step``."""
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
    """Return ``steps`` one by one: the name of a profile stands for its steps."""
    if isinstance(steps, str):
        if steps in CLEANERS:
            raise RecipeError(f"{steps!r} is a cleaning step, not a profile; write [{steps!r}]")
        if steps not in PROFILES:
            raise RecipeError(no_such("cleaning profile", steps, PROFILES))
        steps = [steps]
    if not isinstance(steps, Iterable):
        raise RecipeError(f"cleaning steps are a list or the name of a profile, not {steps!r}")
    listed: list[Step] = []
    for step in steps:
        listed.extend(PROFILES[step] if isinstance(step, str) and step in PROFILES else [step])
    return listed


def compile_steps(steps: str | Iterable[Step]) -> Cleaner:
    """
    Return one function that applies all ``steps``, first to last.

    >>> compile_steps("tweets")("RT @Jo: Sooooo GOOD &amp; http://t.co/x")
    'user: soo good &  url '
    """
    functions = [function for _, function in map(find_step, list_steps(steps)) if function is not keep]
    if not functions:
        return keep
    if len(functions) == 1:
        return functions[0]

    def apply(text: str) -> str:
        for function in functions:
            text = function(text)
        return text

    return apply


def clean(text: str, steps: str | Iterable[Step]) -> str:
    """Return ``text`` after the cleaning ``steps``."""
    return compile_steps(steps)(text)
