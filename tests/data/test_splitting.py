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


@pytest.mark.parametrize(
    ("labels", "texts", "message"),
    [
        (["a", "a"], ["x", "y"], r"every row has the label 'a'; expected at least two"),
        ([], [], r"there are no rows"),
        (["a", "a", "b"], ["x", "y", "z"], r"too few texts .*: 'b' \(1 row\) has a single distinct text; add texts"),
        (["a", "a", "b", "b"], ["x", "y", "Z", "RT @q z!"], r"'b' \(2 rows\) has a single distinct text"),
        (["a", "b", "c"], ["x", "y", "z"], r"'a' \(1 row\), 'b' \(1 row\), 'c' \(1 row\) have a single"),
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
