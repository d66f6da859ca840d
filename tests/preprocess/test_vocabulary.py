"""Vocabularies: which words get in and in which order, and which lists are none."""

import pytest

from seqtext.errors import DataError
from seqtext.model_folder import to_json
from seqtext.preprocess import vocabulary
from seqtext.preprocess.vocabulary import build_vocabulary, check_vocabulary, is_word, that_fit

COUNTS = {"b": 2, "a": 2, "c": 5, "d": 1}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, ["c", "a", "b", "d"]),
        ({"num_words": 7}, ["c", "a", "b", "d"]),
        ({"num_words": 6}, ["c", "a", "b", "d"]),
        ({"num_words": 5}, ["c", "a", "b"]),
        ({"num_words": 4}, ["c", "a"]),
        ({"num_words": 3}, ["c"]),
        ({"num_words": 2}, []),
        ({"num_words": 1}, []),
        ({"min_count": 2}, ["c", "a", "b"]),
        ({"min_count": 3}, ["c"]),
        ({"min_count": 6}, []),
        ({"min_count": 2, "num_words": 6}, ["c", "a", "b"]),
        ({"min_count": 2, "num_words": 4}, ["c", "a"]),
        ({"min_count": 3, "num_words": 4}, ["c"]),
    ],
)
def test_the_commonest_words_get_in(options, words):
    assert build_vocabulary(COUNTS, **options) == ["", "[UNK]", *words]


@pytest.mark.parametrize("most_bytes", range(2, 90))
def test_no_more_words_are_learned_than_a_file_may_hold(most_bytes):
    words = ["", "[UNK]", "film", "caf\u00e9", "\u96fb\u5f71", "\U0001f600", '"', "\\", "\x01\x02", "good"]

    found = that_fit(words, most_bytes)

    assert found == words[: len(found)]
    assert not found or len(to_json(found)) <= most_bytes
    assert len(found) == len(words) or len(to_json(words[: len(found) + 1])) > most_bytes


def test_no_counts_are_no_words():
    assert build_vocabulary({}) == build_vocabulary({"a": 0}) == ["", "[UNK]"]


@pytest.mark.parametrize("no_word", ["", "[UNK]", "\ud800", "x" * 1_001])
def test_what_is_no_word_leaves_its_place_to_another(no_word):
    assert build_vocabulary({no_word: 9, "b": 2, "a": 1}, num_words=4)[2:] == ["b", "a"]


def test_a_place_is_left_to_rarer_words_down_to_min_count():
    counts = {"": 9, "[UNK]": 9, "c": 4, "b": 3, "a": 2, "z": 1}

    assert build_vocabulary(counts, num_words=6, min_count=2)[2:] == ["c", "b", "a"]


def test_no_vocabulary_is_longer_than_the_limit(monkeypatch):
    monkeypatch.setattr(vocabulary, "MAX_WORDS", 4)

    assert [len(build_vocabulary(COUNTS)), len(build_vocabulary(COUNTS, num_words=5))] == [4, 4]


def test_five_million_words_are_the_limit():
    assert (vocabulary.MAX_WORDS, vocabulary.MAX_WORD_LENGTH) == (5_000_000, 1_000)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("a", True),
        (" ", True),
        ("x" * 1_000, True),
        ("x" * 1_001, False),
        ("é" * 1_001, False),
        ("", False),
        ("[UNK]", False),
        ("[unk]", True),
        ("日\ud7ff\ue000", True),
        ("é\ud800", False),
        ("\udfff", False),
    ],
)
def test_half_a_surrogate_pair_is_no_word(word, expected):
    assert is_word(word) is expected


@pytest.mark.parametrize("words", [["", "[UNK]"], ("", "[UNK]", "film"), ["", "[UNK]", "x" * 1_000]])
def test_a_vocabulary_is_returned_as_a_list(words):
    assert check_vocabulary(words) == list(words)


def test_the_list_that_was_given_is_not_kept():
    words = ["", "[UNK]"]

    assert check_vocabulary(words) is not words


def test_as_many_words_as_allowed_are_allowed(monkeypatch):
    monkeypatch.setattr(vocabulary, "MAX_WORDS", 3)

    assert check_vocabulary(["", "[UNK]", "a"]) == ["", "[UNK]", "a"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "a vocabulary is a list of words, not str"),
        (b"ab", "a vocabulary is a list of words, not bytes"),
        ({"": 0, "[UNK]": 1}, "a vocabulary is a list of words, not dict"),
        (None, "not NoneType"),
        ([], r"a vocabulary begins with \['', '\[UNK\]'\], not \[\]"),
        (["[UNK]", ""], r"begins with .*, not \['\[UNK\]', ''\]"),
        (["a", "b", "c"], r"begins with .*, not \['a', 'b'\]"),
        (["", "[UNK]", "a", "b"], "the vocabulary has 4 words; at most 3 are allowed"),
        (["", "[UNK]", 7], "word 2 of the vocabulary is no word: 7"),
        (["", "[UNK]", "[UNK]"], "word 2 of the vocabulary is no word: '\\[UNK\\]'"),
        (["", "[UNK]", "\ud800"], "word 2 of the vocabulary is no word"),
    ],
)
def test_what_is_no_vocabulary_is_refused(monkeypatch, words, message):
    monkeypatch.setattr(vocabulary, "MAX_WORDS", 3)

    with pytest.raises(DataError, match=message):
        check_vocabulary(words)


def test_a_word_that_comes_twice_is_named():
    with pytest.raises(DataError, match="the vocabulary holds 'a' twice"):
        check_vocabulary(["", "[UNK]", "b", "a", "c", "a", "c"])
