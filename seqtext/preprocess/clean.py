"""
Cleaning steps by name: functions from ``str`` to ``str``, applied in the order given.

A step's plain name removes what it is named after (``"urls"``); an option after ``=`` asks for something
else (``"urls=token"``). What is removed leaves a space, so that its neighbours do not grow together.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from seqtext.errors import RecipeError
from seqtext.preprocess import markup, social, words
from seqtext.preprocess.contract import no_such
from seqtext.preprocess.regex import compile_regex

Cleaner = Callable[[str], str]
Step = str | Sequence[str] | Cleaner


def keep(text: str) -> str:
    """Return the text as it is: says in a recipe that something was kept on purpose."""
    return text


def replacing(name: str, replace: Callable[..., str], token: str) -> dict[str, Cleaner]:
    """Return the step that removes what it is named after, the one that writes ``token`` for it, and none at all."""
    return {name: replace, f"{name}=token": partial(replace, by=token), f"{name}=keep": keep}


CLEANERS: dict[str, Cleaner] = {
    "lowercase": str.lower,
    "unicode": words.compose_unicode,
    "unicode=nfkc": partial(words.compose_unicode, form="NFKC"),
    "html": markup.strip_html,
    "html=entities": markup.unescape_html,
    "html=tags": markup.strip_tags,
    **replacing("urls", social.replace_urls, " url "),
    **replacing("emails", social.replace_emails, " email "),
    **replacing("mentions", social.replace_mentions, "user"),
    "hashtags": social.drop_hashtags,
    "hashtags=split": social.split_hashtags,
    "hashtags=keep": keep,
    "retweet": social.drop_retweet_mark,
    "emoji": social.drop_emoji,
    "emoji=name": social.name_emoji,
    "emoji=keep": keep,
    **replacing("numbers", words.replace_numbers, "number"),
    "repeats": words.squeeze_repeats,
    "spaces": words.squeeze_spaces,
    "punctuation": words.drop_punctuation,
    "accents": words.strip_accents,
    "contractions": words.expand_contractions,
    "stopwords": words.drop_stop_words,
    "stopwords=all": partial(words.drop_stop_words, words=words.STOP_WORDS | words.NEGATIONS),
    "stem": words.stem,
    **{f"stem={language}": partial(words.stem, language=language) for language in sorted(words.LANGUAGES)},
    "lemmatise": words.lemmatise,
    **{f"lemmatise={part}": partial(words.lemmatise, part=part) for part in ("noun", "verb", "adjective", "adverb")},
}

# These look further than white space. All other steps give the same words when a text is cut at white space
# first; the pipeline then cleans each distinct piece once. A test holds every step to this.
WHOLE_TEXT = frozenset({"html", "html=entities", "html=tags", "retweet"})

PROFILES: dict[str, tuple[Step, ...]] = {
    "tweets": ("html", "retweet", "lowercase", "unicode", "urls=token", "emails=token", "mentions=token", "repeats"),
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
    """Return one function that applies all ``steps``, first to last."""
    functions = [function for _, function in map(find_step, list_steps(steps)) if function is not keep]
    if len(functions) < 2:
        return functions[0] if functions else keep

    def apply(text: str) -> str:
        for function in functions:
            text = function(text)
        return text

    return apply


def clean(text: str, steps: str | Iterable[Step]) -> str:
    """Return ``text`` after the cleaning ``steps``."""
    return compile_steps(steps)(text)
