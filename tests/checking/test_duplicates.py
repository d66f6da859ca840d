"""Equal and nearly equal texts are found, and the leak of a random split is told exactly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtext.checking.duplicates import expected_overlap, group_rows, larger_groups, near_groups


def test_empty_keys_are_never_duplicates_of_each_other():
    assert group_rows(["", "a", "", "a", ""]).tolist() == [0, 1, 2, 1, 3]


def test_larger_groups_come_largest_first_then_by_their_first_row():
    groups = np.array([5, 4, 3, 4, 2, 4, 2, 5])

    assert [rows.tolist() for rows in larger_groups(groups)] == [[1, 3, 5], [0, 7], [4, 6]]


@given(groups=st.lists(st.integers(0, 6), min_size=2, max_size=30), share=st.sampled_from([0.1, 0.33, 0.5, 0.9]))
@settings(max_examples=25, deadline=None)
def test_the_expected_overlap_is_the_average_of_many_random_splits(groups, share):
    numbers, rng = np.array(groups), np.random.default_rng(0)
    tested = int(np.ceil(len(numbers) * share))
    splits = [np.split(numbers[rng.permutation(len(numbers))], [tested]) for _ in range(600)]
    average = np.mean([np.isin(test, train).mean() for test, train in splits])

    assert expected_overlap(numbers, share) == pytest.approx(average, abs=0.1)


@pytest.mark.parametrize(("groups", "share", "expected"), [([], 0.5, 0), ([0], 0.5, 0), ([0, 1, 2], 0.5, 0)])
def test_without_repeated_texts_nothing_leaks(groups, share, expected):
    assert expected_overlap(np.array(groups, dtype=np.int64), share) == expected


WORDS = [f"word{number}" for number in range(40)]


@pytest.mark.parametrize(
    ("changed", "is_near"),
    [
        ([*WORDS[:-1], "other"], True),
        ([*WORDS[:20], "other", *WORDS[21:]], True),
        (WORDS[:35], True),
        (WORDS[:20], False),
        (WORDS[::-1], False),
        (["other" if number % 5 == 0 else word for number, word in enumerate(WORDS)], False),
    ],
    ids=["last word", "a word", "cut", "half", "backwards", "every fifth"],
)
def test_texts_are_near_duplicates_by_their_word_triples(changed, is_near):
    groups = near_groups([" ".join(WORDS), "something else", " ".join(changed)])

    assert (groups[0] == groups[2]) == is_near
    assert groups[1] not in (groups[0], groups[2])


@pytest.mark.parametrize(("words", "is_near"), [(17, True), (16, False)])
def test_near_duplicates_share_seven_tenths_of_their_triples(words, is_near):
    # Of as many triples as words, the last word stands in three: 14 of 20 are shared, or 13 of 19.
    first, *rest = near_groups([" ".join(WORDS[:words]), " ".join([*WORDS[: words - 1], "other"])])

    assert (rest == [first]) == is_near


def test_near_duplicates_of_near_duplicates_are_in_the_same_group():
    changed = [
        [f"other{number}" if word < number * 2 else name for word, name in enumerate(WORDS)] for number in range(5)
    ]

    assert near_groups([" ".join(words) for words in changed]).tolist() == [0, 0, 0, 0, 0]


def test_words_in_another_order_are_no_near_duplicates():
    rng = np.random.default_rng(0)

    assert len(set(near_groups([" ".join(rng.permutation(WORDS)) for _ in range(20)]).tolist())) == 20


def test_equal_texts_are_near_duplicates_and_empty_ones_are_not():
    groups = near_groups(["a", "", "a", ""])

    assert groups[0] == groups[2]
    assert len(set(groups.tolist())) == 3


def test_near_duplicates_are_found_across_blocks(monkeypatch):
    monkeypatch.setattr("seqtext.checking.duplicates.BLOCK", 10)
    texts = [" ".join(f"w{number}-{word}" for word in range(30)) for number in range(50)]

    groups = near_groups([*texts, *(f"{text} more" for text in texts)])

    assert groups[:50].tolist() == groups[50:].tolist()
    assert len(set(groups.tolist())) == 50


def test_nearly_all_pairs_of_near_duplicates_are_found():
    rng = np.random.default_rng(0)
    texts = [rng.choice(WORDS, size=30).tolist() for _ in range(300)]
    changed = [[*words[:10], "changed", *words[11:]] for words in texts]

    groups = near_groups([" ".join(words) for words in [*texts, *changed]])

    assert np.mean(groups[:300] == groups[300:]) > 0.98
