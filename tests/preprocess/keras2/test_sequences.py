"""pad_sequences: the results of Keras 2 where it has any, and laws for what it lacks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtext.preprocess import pad_sequences

ids = st.integers(1, 2**31 - 1)
rows_of_ids = st.lists(st.lists(ids, max_size=12), max_size=9)
sides = st.sampled_from(["pre", "post"])


@pytest.fixture(scope="module")
def keras_pad_sequences():
    return pytest.importorskip("keras").utils.pad_sequences


@given(rows=rows_of_ids.filter(bool), maxlen=st.none() | st.integers(1, 15), padding=sides, truncating=sides)
def test_pad_sequences_equals_keras(keras_pad_sequences, rows, maxlen, padding, truncating):
    options = {"maxlen": maxlen, "padding": padding, "truncating": truncating}

    ours, theirs = pad_sequences(rows, **options), keras_pad_sequences(rows, **options)

    assert ours.dtype == theirs.dtype
    assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("truncating", ["pre", "post"])
@pytest.mark.parametrize("maxlen", [None, 1, 2, 5])
@pytest.mark.parametrize(
    ("rows", "dtype", "value"),
    [
        ([[1.5, 2.5], [], [3.5]], "float32", -1.0),
        ([[1.9, -2.9]], "int32", 7.9),
        ([[[1, 2], [3, 4]], [], [[5, 6]]], "int64", 0.0),
        ([np.ones((2, 3, 2)), np.zeros((4, 3, 2))], "float64", 9),
        ([["a", "bc"], ["d"]], object, "<pad>"),
        ([["a", "bc"], ["d"]], "<U3", "-"),
        ([(1, 2, 3), (4,)], "uint8", 255),
        (np.arange(6).reshape(2, 3), "int32", 0),
        ([[], []], "int32", 3),
        ([[True], [False, True]], bool, False),
    ],
    ids=["float", "to-int", "3-D", "4-D", "object", "string", "tuples", "array", "empty-rows", "bool"],
)
def test_pad_sequences_equals_keras_for_any_items(keras_pad_sequences, rows, dtype, value, maxlen, padding, truncating):
    arguments = (rows, maxlen, dtype, padding, truncating, value)

    ours, theirs = pad_sequences(*arguments), keras_pad_sequences(*arguments)

    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        ([1, 2], {}, "sequence 0 is 1, which is not a list"),
        (iter([[1]]), {}, "must be a list or an array"),
        ([[1]], {"padding": "left"}, "padding must be one of pre, post, but is 'left'"),
        ([[1]], {"truncating": "left"}, "truncating must be one of post, pre, middle, but is 'left'"),
        ([[1]], {"value": "x"}, "the padding value 'x' is no int32; for strings use dtype=object"),
        ([[[1, 2]], [[1, 2, 3]]], {}, r"items of sequence 1 have shape \(3,\), the first ones \(2,\)"),
        ([[1]], {"maxlen": -1}, "negative"),
    ],
)
def test_what_keras_refuses_is_refused(keras_pad_sequences, rows, options, words):
    with pytest.raises(ValueError, match=words):
        pad_sequences(rows, **options)
    with pytest.raises(ValueError, match=r"."):
        keras_pad_sequences(rows, **options)


def test_no_rows_give_an_empty_array():
    assert pad_sequences([]).shape == (0, 0)
    assert pad_sequences([], maxlen=5).shape == (0, 5)


def test_a_maxlen_of_zero_gives_empty_rows():
    assert pad_sequences([[1, 2], []], maxlen=0).shape == (2, 0)


def test_middle_keeps_head_and_tail():
    assert pad_sequences([[1, 2, 3, 4, 5], [6]], maxlen=3, truncating="middle").tolist() == [
        [1, 2, 5],
        [0, 0, 6],
    ]


def test_middle_keeps_head_and_tail_of_vectors():
    rows = [np.array([[1, 1], [2, 2], [3, 3]]), [[4, 4]]]

    padded = pad_sequences(rows, maxlen=2, truncating="middle", padding="post")

    assert padded.tolist() == [[[1, 1], [3, 3]], [[4, 4], [0, 0]]]


def test_lengths_are_counted_after_cutting():
    _, lengths = pad_sequences([[1, 2, 3], [], [4]], maxlen=2, return_lengths=True)

    assert lengths.dtype == np.int32
    assert lengths.tolist() == [2, 0, 1]


@pytest.mark.parametrize(("maxlen", "width"), [(None, 8), (3, 4), (4, 4), (0, 0)])
def test_the_width_is_a_multiple(maxlen, width):
    padded = pad_sequences([[1, 2, 3, 4, 5]], maxlen=maxlen, multiple=4)

    assert padded.shape == (1, width)


def test_a_multiple_widens_but_does_not_let_more_items_in():
    assert pad_sequences([[1, 2, 3, 4, 5]], maxlen=3, multiple=4).tolist() == [[0, 3, 4, 5]]
