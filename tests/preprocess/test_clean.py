"""Each cleaning step: what it does to an example, and what holds for any text."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtext.errors import RecipeError
from seqtext.preprocess.clean import CLEANERS, PROFILES, WHOLE_TEXT, clean, compile_steps

# Stems of stems can be shorter still; WordNet is tested apart, with a dictionary of its own.
NEEDS_NLTK = [name for name in CLEANERS if name.startswith(("stem", "lemmatise"))]
OURS = [name for name in CLEANERS if name not in NEEDS_NLTK]

every_step = pytest.mark.parametrize("step", OURS)
# Pieces that steps look for, so that random texts are not all misses.
snippets = st.sampled_from(
    ["<br />", "<b", ">", "<!--", "-->", "&amp;", "&#38;", "lt;", "http://t.co/x", "www.", "…", "@", "@jo",
     "a@b.cc", "#", "#GoBig2", "RT ", "rt @x:", "👍🏽", "🇺🇸",
     "👩\u200d🚀", "3", "3.5", "soooo", "!!!", " ", "\u00a0", "\n", "'t", "n't", "don't", "Can’t", "'ve", "the",
     "not", "e\u0301", "É", "Σ", "İ", "ﬁ", "日本", "हि"]
)  # fmt: skip
texts = st.lists(snippets | st.text(max_size=8), max_size=8).map("".join)


@pytest.mark.parametrize(
    ("step", "text", "expected"),
    [
        ("lowercase", "ÀB", "àb"),
        ("unicode", "e\u0301", "é"),
        ("unicode=nfkc", "ﬁ①\u00a0x", "fi1 x"),
        ("html", "<p>Q&amp;A <3</p>", " Q&A <3 "),
        ("html", "a <script>x < y</script> b <!-- c --> d", "a   b   d"),
        ("html", "&lt;br /&gt;", " "),
        ("html", "if a < b and c > d", "if a < b and c > d"),
        ("html=entities", "&amp;amp;lt;b&gt;", "<b>"),
        ("html=tags", "&lt;<i>x</i>", "&lt; x "),
        ("urls", "go http://a.b/c?d=e.", "go  ."),
        ("urls=token", "see https://t.c…", "see  url "),
        ("urls=token", "HTTP://A.ORG", " url "),
        ("urls=keep", "http://a", "http://a"),
        ("emails", "jo@x.org!", " !"),
        ("emails=token", "a.b+c@d-e.co.uk", " email "),
        ("mentions", "@jo_1: hi", " : hi"),
        ("mentions=token", ".@jo's", ".user's"),
        ("hashtags", "#हिन्दी no1 #été", "  no1  "),
        ("hashtags=split", "#MakeAmericaGreat", "Make America Great"),
        ("retweet", "RT @jo: RT", "@jo: RT"),
        ("retweet", "rt“@jo yes”", "“@jo yes”"),
        ("retweet", "start", "start"),
        ("emoji", "a👩‍👩‍👧b", "a b"),
        ("emoji=name", "❤️", " heavy black heart "),
        ("numbers", "in 1999, 3D", "in  , 3D"),
        ("numbers=token", "10:30", "number"),
        ("repeats", "soooo!!!! 1000 ......", "soo!! 1000 .."),
        ("spaces", "\u3000a\r\n b ", "a b"),
        ("punctuation", "don't—well…“x”_y", "dont well  x  y"),
        ("accents", "façade Å", "facade A"),
        ("contractions", "I’m; SHE'LL; shouldn't've", "I am; SHE will; should not have"),
        ("stopwords", "the film isn't as good as its book", " film isn't  good   book"),
        ("stopwords=all", "not the film", "  film"),
    ],
)
def test_a_step_does_what_its_name_says(step, text, expected):
    assert clean(text, [step]) == expected


@every_step
@settings(max_examples=60, deadline=None)
@given(text=texts)
def test_a_second_pass_changes_nothing(step, text):
    once = clean(text, [step])

    assert clean(once, [step]) == once


@pytest.mark.parametrize("step", [name for name in OURS if name not in WHOLE_TEXT])
@settings(max_examples=60, deadline=None)
@given(left=texts, space=st.sampled_from(" \n\u00a0\u3000\x1f"), right=texts)
def test_white_space_separates_what_a_step_sees(step, left, space, right):
    apart = clean(left, [step]).split() + clean(right, [step]).split()

    assert clean(left + space + right, [step]).split() == apart


@pytest.mark.parametrize("step", [*OURS, "stem", "stem=german"])
@pytest.mark.parametrize(
    "unit",
    ["a", "ab", "<", "<a", "<a ", "<!--", "<script>", "&", "&amp;", "&#38;", "&am", "@", "@a.", "a@", "a.",
     "http://", "http://.", "www.", "ht/", "htt:", "#", "#a", "RT ", "\"RT", "1", "1.", "1a.", "'", "n't", "a'",
     " ", " \n", "\u0301\u0316", "👩\u200d", "🇺", "…"],
)  # fmt: skip
def test_hostile_text_is_cleaned_in_linear_time(step, unit):
    text = unit * (100_000 // len(unit))
    start = time.process_time()

    clean("x" + text, [step])
    clean(text + "x", [step])

    assert time.process_time() - start < 3, "a regular expression backtracks"


@pytest.mark.parametrize(
    ("profile", "text", "expected"),
    [
        ("tweets", "RT @Jo: Soooo &lt;3 http://t.co/x", "user: soo <3 url"),
        ("reviews", "Great film!!!<br /><br />I&#39;d see it", "great film!! i'd see it"),
        ("authors", "It\u00a0WAS—cafe\u0301;", "It WAS—café;"),
        ("slides/gop", "RT @Jo: part 2, don't!", "jo part 2 dont"),
        ("slides/imdb", "Good<br />Film", "good<br />film"),
    ],
)
def test_a_profile_cleans_its_kind_of_text(profile, text, expected):
    assert " ".join(clean(text, profile).split()) == expected


def test_a_profile_may_stand_among_steps():
    assert clean("É &amp; x", ["reviews", "accents"]) == "e & x"


def test_a_regular_expression_is_a_step():
    assert clean("a1b22", [["regex", r"(\d)\d*", r"<\1>"]]) == "a<1>b<2>"


def test_a_function_is_a_step():
    assert clean("ab", [str.upper]) == "AB"


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (
            ["lowercas"],
            "no cleaning step 'lowercas'; did you mean 'lowercase'.*Choose from lowercase, unicode",
        ),
        (["urls=tokens"], "did you mean 'urls=token'"),
        (["regex"], "written as a list"),
        ([3], "3 is no cleaning step"),
        ([["regex", "a"]], "is no cleaning step"),
        (3, "not 3"),
        ("tweet", "no cleaning profile 'tweet'; did you mean 'tweets'"),
        ("lowercase", "a cleaning step, not a profile"),
    ],
)
def test_a_wrong_step_is_answered_with_what_is_right(steps, message):
    with pytest.raises(RecipeError, match=message):
        compile_steps(steps)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_compiles(profile):
    assert clean("", profile) == ""


def test_stems_are_those_of_snowball():
    assert clean("Running quickly, the ponies’ jumped", ["stem"]) == "run quick, the poni’ jump"


def test_stems_know_other_languages():
    assert re.search("haus", clean("häuser", ["stem=german"]))


def test_every_step_and_profile_is_in_the_tutorial():
    page = (Path(__file__).parents[2] / "docs" / "preprocessing.md").read_text(encoding="utf-8")
    several = ("stem=", "lemmatise=")  # one line for all languages and parts of speech

    missing = [name for name in (*CLEANERS, *PROFILES) if f"`{name}`" not in page and not name.startswith(several)]

    assert missing == []
