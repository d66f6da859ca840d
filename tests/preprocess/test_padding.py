"""Padding: lengths from a small set, batches of like length, and rows that keep their ids."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtext.preprocess.padding import bucket_length, length_batches, pad_ids, truncate

ids = st.integers(1, 2**31 - 1)
rows_of_ids = st.lists(st.lists(ids, max_size=12), max_size=9)


# bucket_length


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (0, 1),
        (1, 1),
        (2, 2),
        (3, 3),
        (4, 4),
        (5, 6),
        (7, 8),
        (9, 12),
        (13, 16),
        (25, 32),
        (49, 64),
        (385, 512),
    ],
)
def test_bucket_length(length, expected):
    assert bucket_length(length) == expected


@given(length=st.integers(1, 10**30))
def test_a_bucket_holds_the_row_and_less_than_half_as_much_again(length):
    assert 2 * length <= 2 * bucket_length(length) < 3 * length


@given(length=st.integers(0, 10**6))
def test_a_bucket_is_its_own_bucket(length):
    assert bucket_length(bucket_length(length)) == bucket_length(length)


def test_a_numpy_integer_is_a_length():
    assert bucket_length(np.int64(5)) == 6


def test_a_negative_length_is_refused():
    with pytest.raises(ValueError, match="cannot be negative, but is -1"):
        bucket_length(-1)


# length_batches

lengths_and_size = st.tuples(st.lists(st.integers(0, 600), max_size=80), st.integers(1, 20))


@given(case=lengths_and_size, seed=st.none() | st.integers(0, 2**32))
def test_every_row_is_in_exactly_one_batch(case, seed):
    lengths, batch_size = case

    batches = length_batches(lengths, batch_size, rng=None if seed is None else np.random.default_rng(seed))

    assert sorted(row for batch in batches for row in batch.tolist()) == list(range(len(lengths)))


@given(case=lengths_and_size, seed=st.none() | st.integers(0, 2**32))
def test_only_the_last_batch_is_smaller(case, seed):
    lengths, batch_size = case

    batches = length_batches(lengths, batch_size, rng=None if seed is None else np.random.default_rng(seed))

    full, rest = divmod(len(lengths), batch_size)
    assert [len(batch) for batch in batches] == [batch_size] * full + [rest] * (rest > 0)


def test_without_rng_rows_are_sorted_by_length_and_equal_lengths_keep_their_order():
    batches = length_batches([7, 3, 7, 3, 1, 7], 2)

    assert [batch.tolist() for batch in batches] == [[4, 1], [3, 0], [2, 5]]


def test_the_same_generator_state_gives_the_same_batches():
    lengths = np.arange(1000) % 300

    first, second = (length_batches(lengths, 16, rng=np.random.default_rng(5)) for _ in range(2))

    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))


def test_batches_differ_from_epoch_to_epoch():
    rng = np.random.default_rng(0)
    lengths = np.arange(1000) % 300

    epochs = [{frozenset(batch.tolist()) for batch in length_batches(lengths, 16, rng=rng)} for _ in range(2)]

    assert len(epochs[0] & epochs[1]) <= 2


def test_batches_do_not_come_in_the_order_of_their_length():
    batches = length_batches(np.arange(1000), 16, rng=np.random.default_rng(0))

    longest = [int(batch.max()) for batch in batches]
    assert longest != sorted(longest)


def test_shuffled_batches_need_little_more_padding_than_sorted_ones():
    rng = np.random.default_rng(0)
    lengths = np.maximum(1, rng.lognormal(5, 0.7, 20_000)).astype(int)

    def cells(batches):
        return sum(len(batch) * lengths[batch].max() for batch in batches)

    # By buckets of length they needed 1.19 times as much.
    assert cells(length_batches(lengths, 64, rng=rng)) < 1.05 * cells(length_batches(lengths, 64))


def test_a_row_meets_rows_of_other_lengths_nearby_and_no_others():
    batches = length_batches(np.arange(1000), 10, rng=np.random.default_rng(0))

    spread = [int(np.ptp(batch)) for batch in batches]
    assert min(spread) > 9
    assert max(spread) <= 30


def test_the_longest_rows_are_not_always_in_the_small_batch():
    rng = np.random.default_rng(0)

    last_batches = [length_batches(np.arange(1, 1002), 100, rng=rng)[-1] for _ in range(50)]

    assert len({bucket_length(int(batch[0]) + 1) for batch in last_batches}) > 3


def test_a_batch_size_of_zero_is_refused():
    with pytest.raises(ValueError, match="batch_size must be at least 1, but is 0"):
        length_batches([1], 0)


# pad_ids


@given(rows=rows_of_ids, as_arrays=st.booleans())
def test_pad_ids_keeps_each_row_at_the_left_and_fills_with_zeros(rows, as_arrays):
    padded = pad_ids([np.array(row, dtype=np.int32) for row in rows] if as_arrays else rows)

    assert [[index for index in row if index] for row in padded.tolist()] == rows
    assert all(not any(line[len(row) :]) for line, row in zip(padded.tolist(), rows, strict=True))


@given(rows=rows_of_ids)
def test_pad_ids_is_int32_and_as_wide_as_the_bucket(rows):
    padded = pad_ids(rows)

    assert padded.dtype == np.int32
    assert padded.shape == (len(rows), bucket_length(max(map(len, rows), default=0)))


def test_pad_ids_takes_a_length():
    assert pad_ids([[1, 2], [3]], length=3).tolist() == [[1, 2, 0], [3, 0, 0]]


def test_pad_ids_refuses_to_cut():
    with pytest.raises(ValueError, match="row 2 has 3 ids, more than the length 2"):
        pad_ids([[1], [1, 2, 3]], length=2)


# truncate


@pytest.mark.parametrize(
    ("length", "truncating", "expected"),
    [
        (2, "pre", [4, 5]),
        (2, "post", [1, 2]),
        (2, "middle", [1, 5]),
        (3, "middle", [1, 2, 5]),
        (1, "middle", [1]),
        (0, "pre", []),
        (0, "middle", []),
        (5, "middle", [1, 2, 3, 4, 5]),
        (9, "pre", [1, 2, 3, 4, 5]),
    ],
)
def test_truncate(length, truncating, expected):
    assert truncate([1, 2, 3, 4, 5], length, truncating) == expected
    assert truncate((1, 2, 3, 4, 5), length, truncating) == tuple(expected)
    assert truncate(np.array([1, 2, 3, 4, 5]), length, truncating).tolist() == expected


def test_truncate_names_the_choices():
    with pytest.raises(ValueError, match="truncating must be one of post, pre, middle, but is 'end'"):
        truncate([1], 1, "end")
