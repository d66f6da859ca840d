"""A text as a sequence and as bags: each has its own limits, both have the same words."""

import numpy as np
import pytest

from seqtext.errors import DataError, RecipeError
from seqtext.preprocess import TextPipeline
from seqtext.preprocess.bag import NgramBag
from seqtext.preprocess.text_column import FEATURES_LIKE_A_TOKEN, TextColumn

TEXTS = ["Good film, good cast", "good songs", "Bad film", "bad songs and a BAD cast", "", None]


def column(*bags, texts=TEXTS, **options):
    pipeline = TextPipeline(**{"num_words": 5, "max_length": 3, **options})
    return TextColumn(pipeline, bags or [NgramBag(words=2, weighting="count")]).fit(texts)


def lists(row):
    return row.ids.tolist(), [(ids.tolist(), values.tolist()) for ids, values in row.bags]


# ------------------------------------------------------------------------------------------------ both halves


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"num_words": 2},
        {"num_words": None, "min_count": 2},
        {"min_count": 100},
        {"max_length": None},
        {"max_length": 1, "truncating": "pre"},
        {"max_length": 4, "truncating": "middle"},
        {"tokens": "whitespace", "clean": ()},
    ],
)
def test_the_sequence_is_that_of_a_pipeline_alone(options):
    options = {"num_words": 5, "max_length": 3, "min_count": 1, **options}
    alone = TextPipeline(**options).fit(TEXTS)
    seen = [*TEXTS, "good unheard films of a good cast", "one two three four five"]
    both = TextColumn(TextPipeline(**options), [NgramBag()]).fit(TEXTS)

    found = both.encode(seen)

    assert [row.ids.tolist() for row in found] == [row.tolist() for row in alone.encode(seen)]
    assert all(row.ids.dtype == np.int32 for row in found)
    assert both.vocabulary_size == len(alone.vocabulary_)
    assert both.as_sequence().vocabulary_ == alone.vocabulary_
    assert both.as_sequence().get_params() == alone.get_params()


def test_a_bag_knows_words_that_the_sequence_does_not():
    both = column(NgramBag(words=1, weighting="count"), num_words=3)
    words = both.vocabulary_

    ((ids, ((features, values),)),) = map(lists, both.encode(["cast film"]))

    assert both.vocabulary_size == 3
    assert 1 in ids
    assert [words[both.bags[0].keys_[feature]] for feature in features] == ["cast", "film"]
    assert values == [1, 1]


def test_the_sequence_is_cut_and_the_bag_is_not():
    both = column(NgramBag(words=1, min_chars=3, max_chars=3, weighting="count"), num_words=100, max_length=2)

    (row,) = both.encode([f"{'bad ' * 50}songs"])

    assert len(row.ids) == 2
    words = row.bags[0][0][both.bags[0].keys_[row.bags[0][0]] < 2**63]
    assert len(words) == 2  # bad, and songs at the far end
    assert row.bags[0][1].max() == 50


def test_unknown_words_never_become_n_grams_of_known_ones():
    # "" and a word of more than 1,000 letters have the id of an unknown word in training.
    both = column(NgramBag(words=3, weighting="count"), texts=["good film", "", f"good {'x' * 1_001} film"])
    known = both.encode(["good film"])[0].bags[0]

    found = [lists(row)[1][0] for row in both.encode(["unheard", "good unheard film", "unheard good film", ""])]

    assert len(known[0]) == 3
    singles = known[0][:2].tolist()
    assert found == [([], []), (singles, [1, 1]), (known[0].tolist(), [1, 1, 1]), ([], [])]


def test_characters_are_those_of_the_cleaned_text():
    both = column(NgramBag(words=0, min_chars=3, max_chars=3, weighting="count"), clean=("lowercase",))

    loud, quiet = both.encode(["GOOD", "good"])

    assert lists(loud) == lists(quiet)
    assert len(quiet.bags[0][0]) == 4


def test_a_text_alone_is_what_it_is_among_others():
    both = column(NgramBag(words=2), NgramBag(words=0, min_chars=2, max_chars=4, weighting="freq"))
    seen = [*TEXTS, "good \U0001f600", "film " * 100]

    assert [lists(both.encode([text])[0]) for text in seen] == [lists(row) for row in both.encode(seen)]


def test_nothing_is_learned_from_no_texts():
    both = column(texts=[])

    assert both.vocabulary_size == 2
    assert lists(both.encode(["good"])[0]) == ([1], [([], [])])


# ------------------------------------------------------------------------------------------------ arrays


def test_arrays_are_filled_up_with_nothing():
    both = column(NgramBag(words=1, weighting="count"), NgramBag(words=2, weighting="binary"), num_words=100)

    found = both.pad(both.encode(["good good songs", "unheard"]))

    assert list(found) == ["", ".bag_0.ids", ".bag_0.values", ".bag_1.ids", ".bag_1.values"]
    assert {name: array.dtype.name for name, array in found.items()} == {
        "": "int32",
        ".bag_0.ids": "int32",
        ".bag_0.values": "float32",
        ".bag_1.ids": "int32",
        ".bag_1.values": "float32",
    }
    assert found[""].tolist()[1] == [1, 0, 0]
    assert found[".bag_0.values"].tolist() == [[2, 1], [0, 0]]
    assert found[".bag_1.values"].tolist() == [[1, 1, 1], [0, 0, 0]]
    assert found[".bag_1.ids"].shape == (2, 3)


def test_a_batch_of_texts_without_features_still_has_a_column():
    both = column()

    found = both.pad(both.encode(["unheard", ""]))

    assert found[".bag_0.ids"].tolist() == [[0], [0]]
    assert found[".bag_0.values"].tolist() == [[0], [0]]


def test_a_row_whose_bag_is_large_counts_as_long():
    # Batches are made small where rows are long; a sequence is cut, and says nothing of the memory of its bag.
    words = [f"w{i}" for i in range(800)]
    both = column(NgramBag(words=1), texts=[" ".join(words)], max_length=3)

    short, long = both.encode(["w1 w2", " ".join(words)])

    assert len(short) == 2
    assert len(long) == 800 // FEATURES_LIKE_A_TOKEN


# ------------------------------------------------------------------------------------------------ saving

BAGS = NgramBag(words=2), NgramBag(words=0, min_chars=2, max_chars=4, min_count=2, weighting="binary")


@pytest.fixture
def saved():
    both = column(*BAGS)
    return both.to_dict(), both.arrays()


def test_a_saved_column_gives_the_same(saved):
    seen = [*TEXTS, "good \U0001f600", "film " * 100]

    again = TextColumn.from_dict(*saved)

    assert list(map(lists, again.encode(seen))) == list(map(lists, column(*BAGS).encode(seen)))
    assert again.to_dict() == saved[0]
    assert again.vocabulary_size == 5


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("extra", 1, "a saved text column has a pipeline"),
        ("pipeline", 7, "the pipeline of a saved text column has its options by name, not 7"),
        ("pipeline", {}, "the saved pipeline has no"),
        ("vocabulary", 7, "a vocabulary is a list of words"),
        ("vocabulary_size", 1, "cannot have the size 1"),
        ("vocabulary_size", 10**9, "cannot have the size 1000000000"),
        ("vocabulary_size", True, "cannot have the size True"),
        ("vocabulary_size", "5", "cannot have the size '5'"),
        ("sequence", None, "the sequence of a saved text column has its options by name, not None"),
        ("sequence", {"clean": []}, "the sequence of a saved text column"),
        ("sequence", {"num_words": 5, "min_count": 1, "max_length": -1, "truncating": "pre"}, "max_length is -1"),
        ("sequence", {"num_words": 5, "min_count": 1, "max_length": 1, "truncating": []}, "truncating is"),
        ("bags", None, "the bags of a saved text column are not those"),
        ("bags", [], "the bags of a saved text column are not those"),
        ("bags", [BAGS[0].to_dict()], "the bags of a saved text column are not those"),
        ("bags", [one.to_dict() for one in BAGS] + [BAGS[0].to_dict()], "the bags of a saved text column are not"),
        ("bags", [7, 7], "the options of a saved bag are"),
        ("bags", "ab", "the options of a saved bag are"),
    ],
)
def test_a_hostile_column_is_an_error_of_one_line(saved, name, value, message):
    described, arrays = saved

    with pytest.raises((DataError, RecipeError, ValueError), match=message) as caught:
        TextColumn.from_dict({**described, name: value}, arrays)

    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("value", [None, [], "column", 7, {}])
def test_what_is_no_column_is_an_error_of_one_line(saved, value):
    with pytest.raises(DataError, match="a saved text column has a pipeline"):
        TextColumn.from_dict(value, saved[1])


# ------------------------------------------------------------------------------------------------ more words


def test_an_extended_column_knows_new_words_and_those_between_only_where_they_are_named():
    both = column(num_words=3, max_length=None)  # knows the commonest word alone
    words = both.vocabulary_
    first, rare, other = words[2], words[4], words[5]
    before = lists(both.encode([f"{first} {rare} {other} new"])[0])

    both.extend(["new", rare, first])

    ids, bags = lists(both.encode([f"{first} {rare} {other} new"])[0])
    assert before[0] == [2, 1, 1, 1]
    assert ids == [2, 4, 1, 3]
    assert bags == before[1]
    assert both.sequence_vocabulary == ["", "[UNK]", first, "new", rare]
    assert both.vocabulary_size == 5
    assert both.vocabulary_ == [*words, "new"]


def test_an_extended_column_may_be_extended_again():
    both = column(num_words=3).extend(["new"]).extend(["newer", "new"])

    assert both.sequence_vocabulary[3:] == ["new", "newer"]


def test_fitting_again_forgets_the_words_it_was_extended_by():
    both = column(num_words=3).extend(["new"])

    assert "new" not in both.fit(TEXTS).vocabulary_
    assert both.vocabulary_size == 3


def test_an_extended_column_comes_back_as_it_was():
    both = column(num_words=3).extend(["new", "cast"])

    again = TextColumn.from_dict(both.to_dict(), both.arrays())

    assert again.to_dict() == both.to_dict()
    assert lists(again.encode(["new cast film"])[0]) == lists(both.encode(["new cast film"])[0])
    assert again.as_sequence().vocabulary_ == both.sequence_vocabulary


@pytest.mark.parametrize("places", [[2], [10**9], [-1], [4, 4], [True], "45", [4.0]], ids=str)
def test_places_that_cannot_be_are_refused(places):
    both = column(num_words=3).extend(["new", "cast"])

    with pytest.raises(DataError, match="also knows are different places from 3 to"):
        TextColumn.from_dict({**both.to_dict(), "also_known": places}, both.arrays())
