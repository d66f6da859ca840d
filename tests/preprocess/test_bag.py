"""A bag counts the n-grams of a text, and nothing but that text decides what it finds."""

import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtext.errors import RecipeError
from seqtext.preprocess import TextPipeline, bag
from seqtext.preprocess.bag import NgramBag, character_keys, word_keys
from seqtext.preprocess.keras2.tokenizer import Tokenizer

TEXTS = [
    "the film was good and the cast was good",
    "the songs were bad bad bad",
    "a lovely film",
    "never again the same old story",
    "lovely lovely songs and a good story",
]


def ids_of(texts, known=TEXTS):
    return TextPipeline(clean=(), tokens="whitespace").fit(known).encode(texts)


def fitted(texts=TEXTS, **options):
    return NgramBag(**options).fit(ids_of(texts), texts)


def matrix(found, size):
    """One row a text and one column a feature."""
    rows = np.zeros((len(found), size))
    for row, (ids, values) in zip(rows, found, strict=True):
        row[ids] = values
    return rows


def as_lists(found):
    return [(ids.tolist(), values.tolist()) for ids, values in found]


def same(found, expected):
    assert len(found) == len(expected)
    for (ids, values), (wanted_ids, wanted) in zip(found, expected, strict=True):
        assert (ids.dtype, values.dtype) == (np.int32, np.float32)
        np.testing.assert_array_equal(ids, wanted_ids)
        np.testing.assert_array_equal(values, wanted)


# ------------------------------------------------------------------------------------------------ by hand

SO, GOOD, BAD = 2, 3, 4


def by_hand(weighting, **options):
    """Keys in order: so, good, bad, so good, so bad."""
    one = NgramBag(words=2, weighting=weighting, **options)
    return one.fit([np.array([SO, GOOD]), np.array([SO, BAD]), np.array([SO])], ["so good", "so bad", "so"])


@pytest.mark.parametrize(
    ("weighting", "expected"),
    [("binary", [1, 1, 1]), ("count", [2, 1, 1]), ("freq", [0.5, 0.25, 0.25])],
)
def test_n_grams_of_words_are_weighted(weighting, expected):
    # "so", "good" and "so good"; "good so" was never seen.
    found = by_hand(weighting).encode([np.array([SO, GOOD, SO])], ["so good so"])

    assert as_lists(found) == [([0, 1, 3], expected)]


def test_tfidf_is_what_its_formula_says():
    ((ids, values),) = by_hand("tfidf").encode([np.array([SO, SO, BAD])], ["so so bad"])

    # three texts: all with "so", one with "bad", one with "so bad"
    rare = 1 + np.log(4 / 2)
    expected = np.array([1 + np.log(2), rare, rare])
    assert ids.tolist() == [0, 2, 4]
    np.testing.assert_allclose(values, expected / np.linalg.norm(expected), rtol=1e-6)


def test_words_and_characters_of_a_text_are_each_of_length_one():
    one = fitted(words=2, min_chars=2, max_chars=4)

    for ids, values in one.encode(ids_of(TEXTS), TEXTS):
        is_character = one.keys_[ids] >= 2**63
        assert is_character.any()
        assert not is_character.all()
        np.testing.assert_allclose([np.linalg.norm(values[is_character]), np.linalg.norm(values[~is_character])], 1)


def test_runs_of_characters_stay_in_a_word_and_its_spaces():
    (keys, rows), (longer, longer_rows) = character_keys([" ab  c", "", "c"], 2, 3)

    # " a", "ab", "b ", " c", "c ", and of the last text " c", "c "
    assert rows.tolist() == [0, 0, 0, 0, 0, 2, 2]
    assert len(set(keys.tolist())) == 5
    assert keys[3:5].tolist() == keys[5:].tolist()
    # " ab", "ab ", " c ", and " c "
    assert longer_rows.tolist() == [0, 0, 0, 2]
    assert len(set(longer.tolist())) == 3
    assert longer[2] == longer[3]


def test_a_space_alone_is_no_run_of_characters():
    ((_, rows),) = character_keys(["a b", "", " "], 1, 1)

    assert rows.tolist() == [0, 0]


def test_a_run_with_an_unknown_word_is_none():
    # An empty text is an unknown word in training, and a word of 1,001 letters, too.
    one = NgramBag(words=3, weighting="count").fit([np.array([1]), np.array([2, 1, 2])], ["", "so ... so"])

    assert one.keys_.tolist() == [2]
    assert as_lists(one.encode([np.array([1, 2, 1])], ["what so ever"])) == [([0], [1])]


def test_runs_of_words_end_with_their_text():
    found = [(keys.tolist(), rows.tolist()) for keys, rows in word_keys([np.array([2, 3]), np.array([4])], 3)]

    assert found == [([2, 3, 4], [0, 0, 1]), ([2 << 21 | 3], [0]), ([], [])]


def test_runs_of_the_largest_ids_differ_from_each_other_and_from_characters():
    largest = 2**21 - 2
    ids = [np.array([largest, largest, largest, largest - 1])]
    keys = np.concatenate([keys for keys, _ in word_keys(ids, 3)])

    assert len(set(keys.tolist())) == 2 + 2 + 2
    assert keys.max() < 2**63


# ------------------------------------------------------------------------------------------------ by others


@pytest.mark.parametrize("mode", ["binary", "count", "freq"])
def test_single_words_are_what_keras_counts(mode):
    seen = [*TEXTS, "good films and 3 bad old unheard ones good", ""]
    tokenizer = Tokenizer(filters="", lower=False)
    tokenizer.fit_on_texts(TEXTS)
    pipeline = TextPipeline(clean=(), tokens="whitespace").fit(TEXTS)
    one = fitted(words=1, weighting=mode)
    columns = [tokenizer.word_index[word] for word in pipeline.vocabulary_[2:]]

    found = matrix(one.encode(pipeline.encode(seen), seen), len(one.keys_))

    np.testing.assert_allclose(found, tokenizer.texts_to_matrix(seen, mode)[:, columns], rtol=1e-6)


@pytest.mark.parametrize("mode", ["binary", "count", "freq"])
@pytest.mark.parametrize("most", [1, 3, 6])
def test_the_most_frequent_words_are_those_of_keras_where_no_text_repeats_a_word(mode, most):
    # Three equally frequent words stand at each border: those that were seen first are kept.
    known = ["b a c d", "a b c e", "a f e d", "g h i"]
    seen = [*known, "a a e e e unheard a i", "unheard", ""]
    tokenizer = Tokenizer(num_words=most + 1, filters="", lower=False)
    tokenizer.fit_on_texts(known)
    one = NgramBag(words=1, weighting=mode, max_features=most).fit(ids_of(known, known), known)

    found = matrix(one.encode(ids_of(seen, known), seen), most)

    np.testing.assert_allclose(found, tokenizer.texts_to_matrix(seen, mode)[:, 1:], rtol=1e-6)


def test_words_in_most_texts_are_kept_not_those_that_one_text_repeats():
    known = ["loud loud loud loud quiet", "quiet night"]
    pipeline = TextPipeline(clean=(), tokens="whitespace").fit(known)

    kept = NgramBag(words=1, max_features=1).fit(pipeline.encode(known), known).keys_

    assert [pipeline.vocabulary_[key] for key in kept] == ["quiet"]


def test_or_those_that_occur_most_often():
    known = ["loud loud loud loud quiet", "quiet night"]
    pipeline = TextPipeline(clean=(), tokens="whitespace").fit(known)

    kept = NgramBag(words=1, max_features=1, rank="occurrences").fit(pipeline.encode(known), known).keys_

    assert [pipeline.vocabulary_[key] for key in kept] == ["loud"]


def test_n_grams_of_too_few_texts_are_left_out_however_often_they_occur():
    ids = [np.array([SO] * 9 + [GOOD]), np.array([GOOD, BAD])]

    one = NgramBag(words=1, max_features=2, min_count=2, rank="occurrences").fit(ids, ["", ""])

    assert one.keys_.tolist() == [GOOD]


def test_tfidf_of_keras_is_what_its_formula_says():
    ((ids, values),) = by_hand("keras_tfidf").encode([np.array([SO, SO, BAD])], ["so so bad"])

    # three texts: all with "so", one with "bad", one with "so bad"
    assert ids.tolist() == [0, 2, 4]
    expected = [(1 + np.log(2)) * np.log(1 + 3 / 4), np.log(1 + 3 / 2), np.log(1 + 3 / 2)]
    np.testing.assert_allclose(values, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        # the, was, good, bad of "the bad bad film was so good"; "film" and "so" are rarer, and not counted
        ("binary", [1, 1, 1, 1]),
        ("count", [1, 1, 1, 2]),
        ("freq", [0.2, 0.2, 0.2, 0.4]),
        ("tfidf", [np.log(2), np.log(1.75), np.log(2.5), (1 + np.log(2)) * np.log(2.5)]),
    ],
)
def test_the_words_and_numbers_of_texts_to_matrix_are_found(mode, expected):
    known = ["the film was the the", "the bad was bad bad bad", "was good good good good good"]
    new = ["the bad bad film was so good"]
    tokenizer = Tokenizer(num_words=5, filters="", lower=False)
    tokenizer.fit_on_texts(known)
    pipeline = TextPipeline(clean=(), tokens="whitespace").fit(known)
    weighting = "keras_tfidf" if mode == "tfidf" else mode
    one = NgramBag(words=1, max_features=4, rank="occurrences", weighting=weighting).fit(pipeline.encode(known), known)

    found = matrix(one.encode(pipeline.encode(new), new), 4)[0]
    theirs = tokenizer.texts_to_matrix(new, mode)[0]

    words = [pipeline.vocabulary_[key] for key in one.keys_]
    assert sorted(words) == ["bad", "good", "the", "was"]
    order = [words.index(word) for word in ("the", "was", "good", "bad")]
    np.testing.assert_allclose(found[order], expected, rtol=1e-6)
    np.testing.assert_allclose(theirs[[tokenizer.word_index[word] for word in words]], found, rtol=1e-6)


@pytest.mark.parametrize(("low", "high"), [(2, 5), (3, 3), (2, 2), (3, 8)])
@pytest.mark.parametrize("min_count", [1, 2])
def test_runs_of_characters_are_what_scikit_learn_finds(low, high, min_count):
    text = pytest.importorskip("sklearn.feature_extraction.text")
    theirs = text.TfidfVectorizer(
        analyzer="char_wb", ngram_range=(low, high), min_df=min_count, sublinear_tf=True, lowercase=False
    )
    seen = [*TEXTS, "good films and 3 bad old unheard ones good"]
    one = fitted(words=0, min_chars=low, max_chars=high, min_count=min_count)

    expected = theirs.fit(TEXTS).transform(seen).toarray()
    found = matrix(one.encode(ids_of(seen), seen), len(one.keys_))

    # Theirs are in alphabetical order, ours by their hashes: compare columns by what stands in them.
    assert found.shape == expected.shape
    np.testing.assert_allclose(sorted(found.T.round(5).tolist()), sorted(expected.T.round(5).tolist()), atol=2e-5)


@pytest.mark.parametrize("longest", [1, 2, 3])
def test_runs_of_words_are_what_scikit_learn_finds(longest):
    text = pytest.importorskip("sklearn.feature_extraction.text")
    theirs = text.TfidfVectorizer(
        ngram_range=(1, longest), sublinear_tf=True, lowercase=False, token_pattern=r"\S+", norm="l2"
    )
    one = fitted(words=longest)

    expected = theirs.fit_transform(TEXTS).toarray()
    found = matrix(one.encode(ids_of(TEXTS), TEXTS), len(one.keys_))

    np.testing.assert_allclose(sorted(found.T.round(5).tolist()), sorted(expected.T.round(5).tolist()), atol=2e-5)


# ------------------------------------------------------------------------------------------------ alone and together

texts = st.lists(st.text(st.sampled_from("ab c\u00e9\U0001f600\ud83d\n"), max_size=12), min_size=1, max_size=8)


@given(training=texts, seen=texts, block=st.integers(1, 40), weighting=st.sampled_from(bag.WEIGHTINGS))
def test_a_text_has_the_same_features_alone_in_any_batch_and_any_block(training, seen, block, weighting):
    pipeline = TextPipeline(clean=(), tokens="whitespace").fit(training)
    options = {"words": 3, "min_chars": 1, "max_chars": 4, "weighting": weighting}
    known, ids = pipeline.encode(training), pipeline.encode(seen)
    one = NgramBag(**options).fit(known, training)
    together = one.encode(ids, seen)

    same([one.encode([row], [text])[0] for row, text in zip(ids, seen, strict=True)], together)
    same(one.encode(ids[::-1], seen[::-1])[::-1], together)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bag, "BLOCK", block)
        other = NgramBag(**options).fit(known, training)
        np.testing.assert_array_equal(other.keys_, one.keys_)
        np.testing.assert_array_equal(other.idf_, one.idf_)
        same(other.encode(ids, seen), together)


def test_emoji_and_half_surrogates_are_characters():
    texts = ["good \U0001f600\U0001f600", "bad \ud83d", "\U0001f600"]
    one = fitted(texts, words=0, min_chars=1, max_chars=1, weighting="count")

    found = one.encode(ids_of(texts, texts), texts)

    # g, o, o, d and twice the face; b, a, d and half a face; the face
    assert [sorted(values.tolist()) for _, values in found] == [[1, 1, 2, 2], [1, 1, 1, 1], [1]]
    assert set(found[2][0]) < set(found[0][0])


def test_what_holds_no_known_n_gram_has_no_features():
    one = fitted(words=2, min_chars=2, max_chars=3)
    seen = ["", "   ", "\u4f60\u597d", "the"]

    found = one.encode(ids_of(seen), seen)

    assert [len(ids) for ids, _ in found[:3]] == [0, 0, 0]
    assert len(found[3][0]) > 0
    assert one.encode([], []) == []


@pytest.mark.parametrize("weighting", bag.WEIGHTINGS)
@pytest.mark.parametrize("training", [[], ["", ""], ["a", "b"]])
def test_a_bag_that_learned_nothing_finds_nothing(training, weighting):
    one = fitted(training, words=2, min_chars=2, max_chars=3, min_count=3, weighting=weighting)

    assert one.keys_.tolist() == [0]
    assert [len(ids) for ids, _ in one.encode(ids_of(["a b", ""]), ["a b", ""])] == [0, 0]


# ------------------------------------------------------------------------------------------------ what is kept


def test_n_grams_in_few_texts_are_left_out_however_often_they_are_there():
    texts = ["a a a a", "b", "b"]

    assert len(fitted(texts, words=1, min_count=2).keys_) == 1
    assert len(fitted(texts, words=1, min_count=3).keys_) == 1  # the key that nothing has


@pytest.mark.parametrize("block", [1, 500_000])
def test_the_n_grams_in_most_texts_are_kept(monkeypatch, block):
    monkeypatch.setattr(bag, "BLOCK", block)
    ids = [np.array([5, 5, 5, 5, 2]), np.array([3, 4]), np.array([2, 4]), np.array([3, 4])]

    one = NgramBag(words=1, max_features=2, weighting="count").fit(ids, [""] * 4)

    # 4 is in three texts, 2 and 3 in two, and 5 four times in one.
    assert one.keys_.tolist() == [2, 4]
    assert as_lists(one.encode(ids[:1], [""])) == [([0], [1])]


def test_it_does_not_matter_when_the_counts_of_blocks_are_added_up(monkeypatch):
    expected = fitted(words=3, max_chars=4, min_chars=2, rank="occurrences", max_features=60)
    monkeypatch.setattr(bag, "BLOCK", 10)
    monkeypatch.setattr(bag, "AT_ONCE", 1)

    found = fitted(words=3, max_chars=4, min_chars=2, rank="occurrences", max_features=60)

    np.testing.assert_array_equal(found.keys_, expected.keys_)
    np.testing.assert_array_equal(found.idf_, expected.idf_)


def test_of_too_many_n_grams_the_rarest_are_forgotten_while_counting(monkeypatch):
    texts = [f"word{i} common" for i in range(50)]
    monkeypatch.setattr(bag, "BLOCK", 10)
    monkeypatch.setattr(bag, "AT_ONCE", 1)
    monkeypatch.setattr(bag, "MOST_COUNTED", 4)

    found = NgramBag(words=1, weighting="binary").fit(ids_of(texts, known=texts), texts)

    assert len(found.keys_) < 15
    assert len(found.encode(ids_of(["common"], known=texts), ["common"])[0][0]) == 1


def test_equally_common_n_grams_are_kept_in_the_same_way_each_time():
    kept = [fitted(words=1, max_features=3).keys_.tolist() for _ in range(2)]

    assert kept[0] == kept[1]
    assert len(kept[0]) == 3


# ------------------------------------------------------------------------------------------------ hostile


@pytest.mark.parametrize("text", ["a" * 100_000, "a " * 50_000, " " * 100_000, "\U0001f600" * 100_000])
def test_a_long_text_takes_linear_time_and_memory(text):
    one = fitted(words=3, min_chars=1, max_chars=8)
    ids = ids_of([text])
    began = time.perf_counter()
    tracemalloc.start()

    one.encode(ids, [text])

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert time.perf_counter() - began < 5
    assert peak < 200e6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"words": 4}, "words is 4; expected a whole number from 0 to 3"),
        ({"words": -1}, "words is -1"),
        ({"words": True}, "words is True"),
        ({"words": 0}, "a bag holds runs of words or of characters"),
        ({"max_chars": 9, "min_chars": 1}, "max_chars is 9; expected a whole number from 0 to 8"),
        ({"max_chars": 3}, "min_chars is 0; expected a whole number from 1 to 3"),
        ({"max_chars": 3, "min_chars": 4}, "min_chars is 4"),
        ({"min_count": 0}, "min_count is 0"),
        ({"min_count": "2"}, "min_count is '2'"),
        ({"max_features": 10**9}, "max_features is 1000000000"),
        ({"weighting": "bm25"}, "no weighting 'bm25'; choose from binary, count, freq, tfidf, keras_tfidf"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(RecipeError, match=message):
        NgramBag(**options)


def test_without_characters_it_does_not_matter_how_many_they_are_at_least():
    assert NgramBag(min_chars=2, max_chars=0).min_chars == 2


# ------------------------------------------------------------------------------------------------ saving


@pytest.mark.parametrize("weighting", bag.WEIGHTINGS)
def test_a_saved_bag_finds_the_same(weighting):
    one = fitted(words=2, min_chars=2, max_chars=4, min_count=2, weighting=weighting)

    again = NgramBag.from_dict(one.to_dict(), one.arrays())

    assert again.to_dict() == one.to_dict()
    same(again.encode(ids_of(TEXTS), TEXTS), one.encode(ids_of(TEXTS), TEXTS))


def test_a_bag_from_before_there_was_an_option_has_what_is_usual():
    one = fitted()
    saved = {name: value for name, value in one.to_dict().items() if name != "rank"}

    assert NgramBag.from_dict(saved, one.arrays()).to_dict() == {**saved, "rank": "texts"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (None, "the options of a saved bag are words"),
        ([], "the options of a saved bag are words"),
        ({"extra": 1}, "the options of a saved bag are words"),
        ({"words": "2"}, "words is '2'"),
        ({"words": None}, "words is None"),
        ({"words": 10**400}, "words is 1000"),
        ({"weighting": ["tfidf"]}, "weighting is"),
        ({"min_count": {}}, "min_count is {}"),
    ],
)
def test_hostile_options_are_an_error_of_one_line(options, message):
    one = fitted()
    saved = {**one.to_dict(), **options} if options else options

    with pytest.raises((ValueError, RecipeError), match=message) as caught:
        NgramBag.from_dict(saved, one.arrays())

    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("keys", "idf", "message"),
    [
        ([3, 2], [1, 1], "not in order"),
        ([2, 2], [1, 1], "not in order"),
        ([2, 3], [1], "not in order"),
        ([], [], "not in order"),
        ([2, 3], [1, 0], "document frequency"),
        ([2, 3], [1, -1], "document frequency"),
        ([2, 3], [1, 1e30], "document frequency"),
        ([2, 3], [1, np.nan], "document frequency"),
    ],
)
def test_hostile_arrays_are_an_error_of_one_line(keys, idf, message):
    arrays = {"keys": np.array(keys, np.uint64), "idf": np.array(idf, np.float32)}

    with pytest.raises(ValueError, match=message):
        NgramBag.from_dict(NgramBag().to_dict(), arrays)
