"""Tokenizer: the very results of Keras 2, whose code Keras 3 still carries under a private path."""

import csv
import hashlib
import json
import lzma
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtext.errors import DataError
from seqtext.preprocess.keras2 import tokenizer as ours

MODES = ["binary", "count", "freq", "tfidf"]

# Letters with odd lower case, all kinds of space, filtered characters, combining marks, emoji, a lone surrogate.
characters = st.sampled_from(list("aabbcCIİßΣς' .,!-_\t\n\r\xa0\u2009\u0301\u0590中😀\ud800\x00\x1c\x85"))
texts = st.text(characters, max_size=20) | st.text(max_size=10) | st.sampled_from(["", " ", "a b a", "UNK b"])
lists_of_texts = st.lists(texts | st.lists(st.sampled_from(["a", "B", "a b", "", "!"]), max_size=4), max_size=6)
options = st.fixed_dictionaries(
    {},
    optional={
        "num_words": st.none() | st.integers(0, 6),
        "filters": st.sampled_from(["", "ab", "!. ", "éß", "\xa0,"]),
        "lower": st.booleans(),
        "split": st.sampled_from([" ", "a", "--", "\xa0", None]),
        "char_level": st.booleans(),
        "oov_token": st.sampled_from([None, "UNK", "a", "unk"]),
        "analyzer": st.sampled_from([None, str.split]),
    },
)


@pytest.fixture(scope="module")
def theirs():
    pytest.importorskip("keras")
    return pytest.importorskip("keras.src.legacy.preprocessing.text")


def state(tokenizer):
    tables = ("word_counts", "word_docs", "index_docs", "word_index", "index_word")
    return [dict(getattr(tokenizer, table)) for table in tables] + [tokenizer.document_count]


def fitted_pair(theirs, options, train):
    pair = ours.Tokenizer(**options), theirs.Tokenizer(**options)
    for tokenizer in pair:
        tokenizer.fit_on_texts(train)
    return pair


# The same as Keras


@given(text=texts, options=options)
def test_text_to_word_sequence_equals_keras(theirs, text, options):
    arguments = {name: options[name] for name in ("filters", "lower", "split") if name in options}

    assert ours.text_to_word_sequence(text, **arguments) == theirs.text_to_word_sequence(text, **arguments)


@given(train=lists_of_texts, more=lists_of_texts, options=options)
def test_fitting_equals_keras(theirs, train, more, options):
    mine, keras = fitted_pair(theirs, options, train)
    assert state(mine) == state(keras)
    assert list(mine.word_counts) == list(keras.word_counts)

    mine.fit_on_texts(more)
    keras.fit_on_texts(more)
    assert state(mine) == state(keras)


@given(train=lists_of_texts, test=lists_of_texts, options=options)
def test_sequences_equal_keras(theirs, train, test, options):
    mine, keras = fitted_pair(theirs, options, train)

    assert mine.texts_to_sequences(train + test) == keras.texts_to_sequences(train + test)


@given(train=lists_of_texts.filter(bool), sequences=st.lists(st.lists(st.integers(-1, 9))), options=options)
def test_sequences_to_texts_equals_keras(theirs, train, sequences, options):
    mine, keras = fitted_pair(theirs, options, train)

    assert mine.sequences_to_texts(sequences) == keras.sequences_to_texts(sequences)


@pytest.mark.parametrize("mode", MODES)
@given(train=lists_of_texts, test=lists_of_texts, options=options)
def test_matrices_equal_keras(theirs, mode, train, test, options):
    mine, keras = fitted_pair(theirs, options, [*train, ["a", "word"]])

    np.testing.assert_array_equal(mine.texts_to_matrix(test, mode), keras.texts_to_matrix(test, mode), strict=True)


@given(sequences=st.lists(st.lists(st.integers(0, 9)), min_size=1), more=st.lists(st.lists(st.integers(0, 9))))
def test_fitting_on_sequences_equals_keras(theirs, sequences, more):
    mine, keras = ours.Tokenizer(num_words=7), theirs.Tokenizer(num_words=7)
    for tokenizer in (mine, keras):
        tokenizer.fit_on_sequences(sequences)
        tokenizer.fit_on_sequences(more)

    expected = keras.sequences_to_matrix(more, mode="tfidf")
    np.testing.assert_array_equal(mine.sequences_to_matrix(more, mode="tfidf"), expected, strict=True)
    assert state(mine) == state(keras)


@given(text=st.text(st.characters(exclude_categories=["Cs"])), n=st.integers(2, 50))
def test_hashing_equals_keras(theirs, text, n):
    assert ours.hashing_trick(text, n, "md5") == theirs.hashing_trick(text, n, "md5")
    assert ours.hashing_trick(text, n, len) == theirs.hashing_trick(text, n, len)
    assert ours.hashing_trick(text, n) == theirs.hashing_trick(text, n)
    assert ours.one_hot(text, n) == theirs.one_hot(text, n)
    assert ours.one_hot(text, n, analyzer=list) == theirs.one_hot(text, n, analyzer=list)


@given(train=lists_of_texts, options=options)
def test_json_written_by_keras_is_read(theirs, train, options):
    _, keras = fitted_pair(theirs, options, train)

    mine = ours.tokenizer_from_json(keras.to_json())

    assert state(mine) == state(keras)
    assert mine.get_config().keys() == keras.get_config().keys()


@given(train=lists_of_texts, test=lists_of_texts, options=options)
def test_keras_reads_our_json(theirs, train, test, options):
    options.pop("analyzer", None)
    mine, keras = fitted_pair(theirs, options, train)

    read = theirs.tokenizer_from_json(mine.to_json())

    assert state(read) == state(keras)
    assert read.texts_to_sequences(test) == keras.texts_to_sequences(test)


# The surprises, written out


def test_num_words_counts_the_padding():
    tokenizer = ours.Tokenizer(num_words=3)
    tokenizer.fit_on_texts(["a a a b b c"])

    assert tokenizer.texts_to_sequences(["a b c"]) == [[1, 2]]


def test_num_words_counts_the_unknown_word_too():
    tokenizer = ours.Tokenizer(num_words=3, oov_token="[UNK]")
    tokenizer.fit_on_texts(["a a a b b c"])

    assert tokenizer.texts_to_sequences(["a b c d"]) == [[2, 1, 1, 1]]


def test_without_oov_token_an_unknown_word_vanishes():
    tokenizer = ours.Tokenizer()
    tokenizer.fit_on_texts(["a b"])

    assert tokenizer.texts_to_sequences(["a x b", "x"]) == [[1, 2], []]


def test_word_index_ignores_num_words():
    tokenizer = ours.Tokenizer(num_words=2)
    tokenizer.fit_on_texts(["a a b c"])

    assert tokenizer.word_index == {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize("space", ["\xa0", "\u2009", "\r", "\x0b", "\u3000"])
def test_only_space_tab_and_newline_separate_words(space):
    assert ours.text_to_word_sequence(f"a{space}b c\td\ne") == [f"a{space}b", "c", "d", "e"]


def test_an_oov_token_that_is_also_a_word_shares_its_number():
    tokenizer = ours.Tokenizer(oov_token="b")
    tokenizer.fit_on_texts(["a a b"])

    assert tokenizer.word_index == {"b": 3, "a": 2}
    assert tokenizer.texts_to_sequences(["a b x"]) == [[2, 3, 3]]


def test_a_list_is_lowercased_but_neither_filtered_nor_split():
    tokenizer = ours.Tokenizer()
    tokenizer.fit_on_texts([["New York", "!"]])

    assert tokenizer.word_index == {"new york": 1, "!": 2}


def test_an_analyzer_gets_the_text_as_it_is():
    tokenizer = ours.Tokenizer(analyzer=lambda text: (word for word in text.split("|")))
    tokenizer.fit_on_texts(["A,b|C"])

    assert tokenizer.word_index == {"A,b": 1, "C": 2}
    assert tokenizer.word_docs == {"A,b": 1, "C": 1}


def test_fitting_again_adds_up():
    tokenizer = ours.Tokenizer()
    tokenizer.fit_on_texts(["a b"])
    tokenizer.fit_on_texts(["b"])

    assert (tokenizer.word_counts, tokenizer.document_count) == ({"a": 1, "b": 2}, 2)


def test_tfidf_by_hand():
    tokenizer = ours.Tokenizer()
    tokenizer.fit_on_texts(["a a b", "a"])  # a: 1, in two texts; b: 2, in one

    matrix = tokenizer.texts_to_matrix(["a a b"], mode="tfidf")

    assert matrix[0].tolist() == pytest.approx([0, (1 + np.log(2)) * np.log(1 + 2 / 3), np.log(1 + 2 / 2)])


# What Keras lacks


def test_a_tokenizer_read_from_json_can_be_fitted_again():
    tokenizer = ours.Tokenizer()
    tokenizer.fit_on_texts(["a b"])

    read = ours.tokenizer_from_json(tokenizer.to_json(indent=2))
    read.fit_on_texts(["c c"])

    assert read.word_index == {"c": 1, "a": 2, "b": 3}


@pytest.mark.parametrize(
    "broken",
    [
        "",
        pytest.param("[" * 100_000, id="deep"),
        "[]",
        "{}",
        '{"config": {}}',
        '{"config": 3}',
        json.dumps({"config": dict.fromkeys(ours.TABLES, "3")}),
    ],
)
def test_json_of_something_else_is_refused(broken):
    with pytest.raises(DataError, match=r"this is not a tokenizer as Tokenizer.to_json writes it"):
        ours.tokenizer_from_json(broken)


def test_texts_may_come_from_a_generator_and_leave_one_at_a_time():
    tokenizer = ours.Tokenizer()
    tokenizer.fit_on_texts(text for text in ["a", "b"])
    endless = iter(lambda: "a", None)

    assert next(tokenizer.texts_to_sequences_generator(endless)) == [1]


def test_nb_words_is_the_old_name_of_num_words():
    with pytest.warns(UserWarning, match="nb_words of Tokenizer is now called num_words"):
        assert ours.Tokenizer(nb_words=5).num_words == 5


def test_an_argument_that_does_not_exist_is_refused():
    with pytest.raises(TypeError, match="Tokenizer has no arguments num_word"):
        ours.Tokenizer(num_word=5)


@pytest.mark.parametrize("missing", [None, float("nan"), 3])
def test_a_text_that_is_none_is_answered_with_what_to_do(missing):
    with pytest.raises(TypeError, match=r"a text must be a str, but this one is .*; replace missing texts with ''"):
        ours.Tokenizer().fit_on_texts(["fine", missing])


@pytest.mark.parametrize(
    ("tokenizer", "mode", "words"),
    [
        (ours.Tokenizer(num_words=3), "binry", "no mode 'binry'; choose from .*; did you mean 'binary'"),
        (ours.Tokenizer(), "binary", "the number of columns is not known; give num_words"),
        (ours.Tokenizer(num_words=3), "tfidf", "document frequencies are not known; call fit_on_texts"),
    ],
)
def test_a_matrix_that_cannot_be_made_is_refused(tokenizer, mode, words):
    with pytest.raises(ValueError, match=words):
        tokenizer.sequences_to_matrix([[1]], mode)


def test_negative_numbers_have_no_column():
    with pytest.raises(ValueError, match="word numbers cannot be negative, but one is -1"):
        ours.Tokenizer(num_words=3).sequences_to_matrix([[1], [-1]])


@pytest.mark.parametrize(("n", "function"), [(1, None), (10, "sha1")])
def test_hashing_that_cannot_work_is_refused(n, function):
    with pytest.raises(ValueError, match=r"n must be at least 2|hash_function must be 'md5', a function or None"):
        ours.hashing_trick("a b", n, function)


def test_md5_numbers_are_the_same_in_every_run_of_python():
    code = "from seqtext.preprocess.keras2.tokenizer import hashing_trick; print(hashing_trick('a b c', 1000, 'md5'))"
    expected = [int(hashlib.md5(word).hexdigest(), 16) % 999 + 1 for word in (b"a", b"b", b"c")]

    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert json.loads(printed) == expected


# Real corpora


def corpus_file(name):
    path = Path(os.environ.get("SEQTEXT_DATA", "")) / name
    if "SEQTEXT_DATA" not in os.environ or not path.exists():
        pytest.skip(f"needs {name} below the folder SEQTEXT_DATA")
    return lzma.open(path, "rt", encoding="utf-8", newline="")


def first_column_named_text(name, limit=3000):
    with corpus_file(name) as file:
        rows = (json.loads(line) for line in file) if ".jsonl" in name else csv.DictReader(file)
        return [row["text"] for row, _ in zip(rows, range(limit), strict=False)]


@pytest.mark.corpus
@pytest.mark.parametrize(
    "name",
    ["imdb/train.jsonl.xz", "gop_debate/Sentiment.csv.xz", "spooky/train.csv.xz", "banking77/train.csv.xz"],
)
@pytest.mark.parametrize(
    "options", [{}, {"num_words": 1000}, {"num_words": 2000, "oov_token": "[UNK]"}, {"char_level": True}]
)
def test_a_real_corpus_gives_the_numbers_of_keras(theirs, name, options):
    corpus = first_column_named_text(name)
    mine, keras = fitted_pair(theirs, options, corpus[:2000])

    assert state(mine) == state(keras)
    assert mine.texts_to_sequences(corpus) == keras.texts_to_sequences(corpus)
    for mode in MODES:
        expected = keras.texts_to_matrix(corpus[-200:], mode)
        np.testing.assert_array_equal(mine.texts_to_matrix(corpus[-200:], mode), expected, strict=True)
