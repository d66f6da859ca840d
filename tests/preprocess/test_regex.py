"""Regular expressions as cleaning steps: Python's meaning where RE2 has it, a refusal where not, and bounds."""

import re
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtext.errors import DataError, RecipeError
from seqtext.preprocess import TextPipeline, regex
from seqtext.preprocess.clean import clean
from seqtext.preprocess.regex import compile_regex

WHITE_SPACE = "".join(chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace())
texts = st.text(st.sampled_from("arRtT1٣é²_-.'日\u0301\ud800👍 \n\u00a0\x1c") | st.characters(), max_size=12)


@pytest.mark.parametrize(
    ("pattern", "replacement", "text", "expected"),
    [
        (r"[^a-z0-9\s]", "", f"é{WHITE_SPACE}a!", f"{WHITE_SPACE}a"),
        (r"\brt\b", " ", "rt art rt", "  art  "),
        (r"(\d)\d*", r"<\1>", "a1b22", "a<1>b<2>"),
        (r"\d+", "#", "٣٤ ² 5", "# ² #"),
        (r"\w+", "w", "été_1 हि!", "w wि!"),
        (r"\W+", " ", "é!?日", "é 日"),
        (r"[\w']+", "w", "l'été…", "w…"),
        (r"[]\s]", "", "a] b", "ab"),
        (r"[^]\s]", "", "a] b", "] "),
        (r"(?i)É", "e", "éÉ", "ee"),
        (r"(?P<first>a)(b)?", r"\g<first>\g<2>\2.", "a ab", "a. abb."),
        ("a", r"\\\n\.", "a", "\\\n\\."),
        ("é", "日", "é\ud800é", "日\ud800日"),
        ("", "-", "é日", "-é-日-"),
        (r"a\Z", "b", "aa", "ab"),
        ("x*", "-", "abxé", "-a-b--é-"),
        ("(a+)+b", "", "a" * 50, "a" * 50),
    ],
)
def test_every_match_is_replaced(pattern, replacement, text, expected):
    assert compile_regex(pattern, replacement)(text) == expected


@pytest.mark.parametrize(
    "pattern", [r"[^a-z0-9\s]", r"\s+", r"\S", r"[\s.]|\d", r"\D+?", "(?i)r(t)?", "a*", "", r"[a-c\-]"]
)
@given(text=texts)
def test_python_gives_the_same(pattern, text):
    assert compile_regex(pattern, "<x>")(text) == re.sub(pattern, "<x>", text)


@pytest.mark.parametrize("profile_text", [f"rt{space}rt É{space}go!" for space in WHITE_SPACE])
def test_the_profile_of_the_slides_gives_what_python_gives(profile_text):
    expected = re.sub(r"\brt\b", " ", re.sub(r"[^a-z0-9\s]", "", profile_text.lower()))

    assert clean(profile_text, "slides/gop") == expected


@pytest.mark.parametrize(
    ("pattern", "replacement", "message"),
    [
        ("(", "", r"regex '\(' -> '' cannot be used: missing \)"),
        ("(?=a)", "", r"invalid perl operator: \(\?=.*take linear time, by RE2: there is no look-around"),
        (r"(a)\1", "", r"invalid escape sequence: \\1.*no back-reference"),
        ("a++", "", r"bad repetition operator: \+\+.*no possessive repeat"),
        (r"[\S\n]", "", r"\\S inside \[...\]; write \(\?:\\S\|\[...\]\) instead"),
        ("((a{100}){100}){100}", "", "invalid repetition size|too large"),
        (r"(?:\pL{30}){30}", "", "too large"),
        ("\ud800", "", "cannot be used"),
        ("a", r"\2", "invalid group reference 2"),
        ("a", r"\g<b>", "invalid group reference b"),
        ("a", r"\d", r"bad escape \\d in the replacement"),
        ("a", "\\", r"bad escape \\ in the replacement"),
        ("a" * 1_001, "", "1000 characters"),
        ("a", "a" * 1_001, "1000 characters"),
    ],
)
def test_what_cannot_be_used_is_refused(pattern, replacement, message):
    with pytest.raises(RecipeError, match=message):
        TextPipeline(clean=[["regex", pattern, replacement]]).fit(["a"])


@pytest.mark.parametrize("step", [["regex", "(.+)", r"\1\1"], ["regex", "", "x"], ["regex", "(.)", r"\1" * 500]])
def test_steps_that_double_a_text_cannot_fill_the_memory(monkeypatch, step):
    monkeypatch.setattr(regex, "MAX_GROWTH", 10_000)

    with pytest.raises(DataError, match=r"too long for the cleaning step regex .* makes more than 10,000 bytes of it"):
        clean("ab" * 50, [step] * 100)


def test_a_long_text_may_be_replaced_in_but_not_grow(monkeypatch):
    monkeypatch.setattr(regex, "MAX_GROWTH", 3)

    assert clean("abab", [["regex", "a", "c"]]) == "cbcb"


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|aa)*b", r"(\w+\s?)*!", "((a?){30}){30}b", "[ab]*a[ab]{200}c"])
def test_no_pattern_takes_for_ever(pattern):
    step = compile_regex(pattern, "")
    start = time.process_time()

    step("a" * 10_000)

    assert time.process_time() - start < 3


def test_re2_is_imported_by_those_who_have_such_a_step_only():
    program = (
        "import sys; from seqtext.preprocess import TextPipeline; TextPipeline(clean='tweets').fit(['a']);"
        "print('re2' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
