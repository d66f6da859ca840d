"""Which texts count as the same, and that a split never has one of them on both sides."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtext.data.splitting import normalise, only_words, random_split, split_rows
from seqtext.errors import DataError


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("RT @ann: So  GOOD!! http://t.co/x", "so good"),
        ("rt RT @a @b hello", "Hello..."),
        ("“Hello” — world", "hello world"),
        ("ＦＵＬＬ width", "full width"),
        ("see www.example.com/a?b now", "See now"),
        ("snake_case", "snake case"),
        ("Straße", "STRASSE"),
    ],
)
def test_texts_that_count_as_duplicates(one, other):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(":)", ":("), ("😀", "😡"), ("@ann", "@bob"), ("http://a", "http://b"), ("art show", "show"), ("", "rt")],
)
def test_texts_that_do_not(one, other):
    assert normalise(one) != normalise(other)


def test_a_missing_text_is_an_empty_one():
    assert normalise(None) == ""


def test_only_words_is_empty_for_marks_and_mentions():
    assert [only_words(text) for text in ("@bob :)", "@bob: Hi!", None)] == ["", "hi", ""]


@pytest.mark.parametrize("unit", ["a", "@", "@a", "_", "http://", "www.", "rt ", "RT @a: ", ".", " ", "😀"])
def test_a_hostile_text_is_normalised_in_linear_time(unit):
    def seconds(count):
        import time

        start = time.perf_counter()
        normalise(unit * count)
        return time.perf_counter() - start

    assert min(seconds(100_000) for _ in range(2)) < 1, "a regular expression backtracks"


labelled_rows = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "X!", "y", "z", "RT z", "", "u v", "w", "1", "2", "3"])),
    min_size=2,
    max_size=60,
)


@given(rows=labelled_rows, share=st.floats(0.05, 0.95), seed=st.integers(0, 5))
@settings(deadline=None)
def test_a_split_is_disjoint_complete_and_without_leaks(rows, share, seed):
    labels, texts = zip(*rows, strict=True)
    try:
        kept, held_out = split_rows(labels, texts, share=share, seed=seed)
    except DataError:
        return

    assert sorted([*kept, *held_out]) == list(range(len(rows)))
    assert not {normalise(texts[i]) for i in kept} & {normalise(texts[i]) for i in held_out}
    assert {labels[i] for i in kept} == {labels[i] for i in held_out} == set(labels)


@given(rows=labelled_rows)
@settings(deadline=None)
def test_a_split_is_refused_only_if_a_label_has_one_text_or_labels_share_texts(rows):
    labels, texts = zip(*rows, strict=True)
    keys = {label: {normalise(t) for other, t in rows if other == label} for label in labels}
    shared = sum(len(k) for k in keys.values()) > len(set().union(*keys.values()))

    try:
        split_rows(labels, texts, share=0.5, seed=0)
    except DataError:
        assert shared or len(keys) == 1 or min(map(len, keys.values())) == 1


@pytest.mark.parametrize(("rows", "share"), [(100, 0.2), (101, 0.1), (97, 0.33), (40, 0.5)])
def test_sizes_are_exact_when_no_text_repeats(rows, share):
    labels = ["a"] * (rows // 4) + ["b"] * (rows - rows // 4)
    texts = [f"text {i}" for i in range(rows)]

    _, held_out = split_rows(labels, texts, share=share, seed=1)

    assert len(held_out) == round(rows * share)
    counts = Counter(labels[i] for i in held_out)
    assert abs(counts["a"] - share * (rows // 4)) <= 1


def test_groups_of_duplicates_still_give_about_the_share():
    rng = np.random.default_rng(0)
    texts = [f"text {i}" for i in rng.zipf(1.5, 3000) % 800]
    labels = [f"{'abc'[hash_ % 3]}" for hash_ in (int(text[5:]) for text in texts)]

    _, held_out = split_rows(labels, texts, share=0.2, seed=3)

    assert len(held_out) == pytest.approx(600, abs=2)


def test_the_same_seed_gives_the_same_split_and_another_another():
    labels = ["a", "b"] * 50
    texts = [str(i) for i in range(100)]

    first, again, other = (split_rows(labels, texts, share=0.3, seed=seed)[1].tolist() for seed in (7, 7, 8))

    assert first == again
    assert first != other


def held_out_rows(sizes, share):
    """How many rows are held out of label a, whose texts stand in so many rows each, beside as many others of b."""
    texts = [f"text {number}" for number, size in enumerate(sizes) for _ in range(size)]
    labels = ["a"] * len(texts) + ["b"] * len(texts)

    found = {sum(row < len(texts) for row in held) for held in held_out_by_seed(labels, texts, share)}

    assert len(found) == 1, "it depends on the seed"
    return found.pop()


def held_out_by_seed(labels, texts, share):
    others = [f"other {number}" for number in range(len(labels) - len(texts))]
    return [split_rows(labels, [*texts, *others], share=share, seed=seed)[1].tolist() for seed in range(5)]


@pytest.mark.parametrize(
    ("sizes", "share", "expected"),
    [
        ((3, 5), 1 / 4, 3),
        ((5, 7), 1 / 6, 5),
        ((1, 4, 4), 1 / 3, 1),
        ((1, 11, 11), 10 / 23, 12),
        ((1, 11), 10 / 12, 1),
    ],
    ids=["the smaller", "at least one", "not twice too far", "nearer with it", "never all"],
)
def test_whole_groups_are_held_out_as_near_to_the_share_as_they_fit(sizes, share, expected):
    assert held_out_rows(sizes, share) == expected


def test_a_row_left_over_goes_to_the_label_that_lacks_most_of_it():
    labels = ["a"] * 10 + ["b"] * 5

    for held_out in held_out_by_seed(labels, [f"text {number}" for number in range(15)], 0.25):
        assert Counter(labels[row] for row in held_out) == {"a": 3, "b": 1}


def test_a_group_counts_for_its_most_frequent_label():
    for held_out in held_out_by_seed(["a", "a", "b", "a", "b", "b"], ["x", "x", "x", "y", "z", "w"], 0.5):
        assert held_out in ([3, 4], [3, 5])


def test_a_split_is_given_up_after_a_hundred_tries(monkeypatch):
    class CountingGenerator:
        shuffles = 0

        def permutation(self, count):
            self.shuffles += 1
            return np.arange(count)

    rng = CountingGenerator()
    monkeypatch.setattr(np.random, "default_rng", lambda seed: rng)
    with pytest.raises(DataError, match="no split leaves every label on both sides"):
        split_rows(["a", "a", "b", "b", "c", "c"], ["x", "y", "y", "z", "x", "z"], share=0.5, seed=0)

    # Equal texts count for the labels a and b: two shuffles each time.
    assert rng.shuffles == 200


def test_there_is_a_label_for_each_text():
    with pytest.raises(ValueError, match="2 labels for 1 texts"):
        split_rows(["a", "b"], ["x"], share=0.5, seed=0)


@pytest.mark.parametrize(
    ("labels", "texts", "message"),
    [
        (["a", "a"], ["x", "y"], r"every row has the label 'a'; expected at least two"),
        ([], [], r"there are no rows"),
        (["a", "a", "b"], ["x", "y", "z"], r"too few texts .*: 'b' \(1 row\) has a single distinct text; add texts"),
        (["a", "a", "b", "b"], ["x", "y", "Z", "RT @q z!"], r"'b' \(2 rows\) has a single distinct text"),
        (["a", "b", "c"], ["x", "y", "z"], r"'a' \(1 row\), 'b' \(1 row\), 'c' \(1 row\) have a single"),
        (list("abcdef"), list("uvwxyz"), r"'d' \(1 row\), 'e' \(1 row\) and 1 more have a single"),
        (list("abcde"), list("vwxyz"), r"'d' \(1 row\), 'e' \(1 row\) have a single"),
        (["a", "", "b"], ["x", "y", "z"], r"1 row without a label: number 2; label or remove"),
        (["a", "", None, "b"], ["x", "y", "z", "w"], r"2 rows without a label: number 2, 3; label or remove"),
        (
            ["a", "a", "b", "b", "c", "c"],
            ["x", "y", "y", "z", "x", "z"],
            r"no split leaves every label on both sides, because equal texts carry different labels",
        ),
    ],
)
def test_rows_that_cannot_be_split_are_refused(labels, texts, message):
    with pytest.raises(DataError, match=message):
        split_rows(labels, texts, share=0.5, seed=0)


@pytest.mark.parametrize("share", [0, 1, -0.1, 20])
def test_a_share_is_between_zero_and_one(share):
    with pytest.raises(ValueError, match="expected a number between 0 and 1"):
        split_rows(["a", "b"], ["x", "y"], share=share, seed=0)


@pytest.mark.parametrize(("rows", "share", "seed"), [(10, 0.33, 0), (999, 0.2, 42), (1000, 0.1, 7)])
def test_the_random_split_is_that_of_scikit_learn(rows, share, seed):
    selection = pytest.importorskip("sklearn.model_selection")
    texts = [f"text {i}" for i in range(rows)]

    kept, held_out = random_split(["a"] * rows, share=share, seed=seed)

    expected = selection.train_test_split(texts, test_size=share, random_state=seed)
    assert [[texts[i] for i in part] for part in (kept, held_out)] == expected


def test_a_loose_label_need_not_stand_on_both_sides():
    labels, texts = ["a", "b"] * 10 + [""], [f"text {i}" for i in range(21)]

    kept, held_out = split_rows(labels, texts, share=0.2, seed=1, loose={""})

    assert 20 in kept
    assert {labels[i] for i in held_out} == {"a", "b"}


def test_rows_of_a_loose_label_are_shared_out_like_others():
    labels, texts = ["a", "b", ""] * 10, [f"text {i}" for i in range(30)]

    _, held_out = split_rows(labels, texts, share=0.2, seed=1, loose={""})

    assert Counter(labels[i] for i in held_out) == {"a": 2, "b": 2, "": 2}
