"""Token splitters: what is one token, and what holds for any text."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtext.preprocess import Tokenizer, split
from seqtext.preprocess.split import (
    SPLITTERS,
    char_ngrams,
    chars,
    ngrams,
    piece_splitter,
    split_piece,
    whitespace,
    words,
)

snippets = st.sampled_from(
    ["don't", "n't", "'s", "’", "'", "-", "--", "...", ".", ",", '"', "(", ")", ":", ";", ":-)", ":d", "<3", "o_o",
     "U.S.", "e.g", "3.5", "1,000", "7/10", "80s", "@jo", "#fun",
     "#été", "http://t.co/x", "www.a.b", "a@b.cc", "_", "word", "X", "é", "e\u0301", "हिन्दी", "日本", "ไทย", "한국어",
     "👍🏽", "🇺🇸", "👩\u200d👩\u200d👧", "❤\ufe0f", "1\ufe0f\u20e3", "\u200b", "\u200f", "\u00ad", " ", "\u00a0"]
)  # fmt: skip
texts = st.lists(snippets | st.text(max_size=6), max_size=8).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Good film.", "Good film ."),
        ('"So," he said.', '" So , " he said .'),
        ("I don't, can't, won't", "I do n't , ca n't , wo n't"),
        ("DON'T shouldn't've", "DO N'T should n't 've"),
        ("don’t it’s John’s dogs’", "do n't it 's John 's dogs '"),
        ("they're o'clock 'tis rock'n'roll", "they 're o'clock ' tis rock'n'roll"),
        ("'quoted'", "' quoted '"),
        ("well-made -- really...", "well - made -- really ..."),
        ("wait..... no—yes", "wait ... .. no — yes"),
        ("7/10 3.5 1,000,000 10:30pm $5 80s 2nd", "7/10 3.5 1,000,000 10:30 pm $ 5 80s 2nd"),
        ("in 1999. (1998)", "in 1999 . ( 1998 )"),
        ("U.S. e.g. Mr. a.b", "U.S. e.g. Mr . a . b"),
        ("@jo_1: #GOPDebate!", "@jo_1 : #GOPDebate !"),
        ("see http://t.co/x. or www.a.org/b, jo@x.org.", "see http://t.co/x . or www.a.org/b , jo@x.org ."),
        (":-) :( ;) :D :p <3 </3 ^_^ -_- o_O (: =/", ":-) :( ;) :D :p <3 </3 ^_^ -_- o_O (: =/"),
        ("good:) x:y 5:30", "good :) x : y 5:30"),
        ("👍🏽👍 👩‍👩‍👧 🇺🇸🇬🇧 1️⃣", "👍🏽 👍 👩‍👩‍👧 🇺🇸 🇬🇧 1⃣"),
        ("❤️ ❤", "❤ ❤"),
        ("so😂good", "so 😂 good"),
        ("cafe\u0301 naïve", "cafe\u0301 naïve"),
        ("हिन्दी में, עִבְרִית العربية", "हिन्दी में , עִבְרִית العربية"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("日本語だ。한국어", "日 本 語 だ 。 한국어"),
        ("ที่ไทย", "ที่ ไ ท ย"),
        ("a\u00a0b\u3000c\u200bd", "a b c d"),
        ("ex\u00adample \u200fשלום\u200e", "example שלום"),
        ("snake_case *bold*", "snake _ case * bold *"),
        ("#été2024 #हिन्दी", "#été2024 #हिन्दी"),
        ("user url email number", "user url email number"),
        ("", ""),
    ],
)
def test_words(text, expected):
    assert words(text) == expected.split(" " if expected else None)


@settings(max_examples=300, deadline=None)
@given(text=texts)
def test_words_lose_only_what_cannot_be_seen(text):
    invisible = dict.fromkeys(split.TO_INVISIBLE)

    visible = "".join(text.split()).translate(invisible).replace("\u200b", "").replace("’", "'")

    assert "".join(words(text)).translate(invisible) == visible


@settings(max_examples=300, deadline=None)
@given(
    piece=st.text(st.characters(max_codepoint=127, exclude_characters=" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"), min_size=1)
)
def test_the_short_cuts_agree_with_the_pattern(piece):
    assert split.token_pattern().findall(piece) == split_piece(piece)


@pytest.mark.parametrize("splitter", [words, whitespace])
@settings(max_examples=200, deadline=None)
@given(text=texts)
def test_piece_splitters_never_look_across_white_space(splitter, text):
    split = piece_splitter(splitter)

    assert [token for piece in text.split() for token in split(piece)] == splitter(text)


@pytest.mark.parametrize("splitter", [chars, SPLITTERS["keras"], str.split])
def test_other_splitters_may_look_across_white_space(splitter):
    assert piece_splitter(splitter) is None


@pytest.mark.parametrize("splitter", [name for name in SPLITTERS if name != "tweets"])
@settings(max_examples=100, deadline=None)
@given(text=texts)
def test_no_token_is_empty(splitter, text):
    assert all(SPLITTERS[splitter](text))


@pytest.mark.parametrize("splitter", [name for name in SPLITTERS if name != "tweets"])
@pytest.mark.parametrize(
    "unit",
    ["a", "a.", "a'", "n't", "'s", ".", "-", ":", ":-", "<", "1", "1.", "1/", "@", "a@", "a@b.", "#", "http://",
     "http://.", "www.", "^", "-_", "_", "(", "e\u0301", "\u0301", "👩\u200d", "🇺", "日", "\u200d", "’"],
)  # fmt: skip
def test_hostile_text_is_split_in_linear_time(splitter, unit):
    text = unit * (100_000 // len(unit))
    start = time.process_time()

    SPLITTERS[splitter]("x" + text)
    SPLITTERS[splitter](text + "x")

    assert time.process_time() - start < 3, "a regular expression backtracks"


def test_keras_cuts_at_spaces_only():
    assert SPLITTERS["keras"]("A b\tc-d\nit's\u00a0e") == ["a", "b", "c", "d", "it's\xa0e"]


def test_chars_keep_a_letter_and_its_marks_together():
    assert chars("e\u0301a 🇺🇸") == ["e\u0301", "a", " ", "🇺🇸"]


def test_tweets_are_split_by_nltk():
    assert SPLITTERS["tweets"]("@jo :-) #fun") == ["@jo", ":-)", "#fun"]


@pytest.mark.parametrize(
    ("tokens", "low", "high", "expected"),
    [("a b c", 2, 3, ["a b", "b c", "a b c"]), ("a", 2, 2, []), ("", 1, 2, [])],
)
def test_ngrams(tokens, low, high, expected):
    assert ngrams(tokens.split(), low=low, high=high) == expected


def test_char_ngrams_do_not_cross_words():
    assert char_ngrams("a be\u0301", low=2, high=3) == [
        " a",
        "a ",
        " a ",
        " b",
        "be\u0301",
        "e\u0301 ",
        " be\u0301",
        "be\u0301 ",
    ]


def test_ngrams_feed_the_matrices_of_a_tokenizer():
    tokenizer = Tokenizer(analyzer=lambda text: ngrams(words(text), low=2, high=2))
    tokenizer.fit_on_texts(["so good", "so so good"])

    assert tokenizer.texts_to_matrix(["so good", "so so good"], mode="count").tolist() == [[0, 1, 0], [0, 1, 1]]
