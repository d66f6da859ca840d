"""Batches of encoded rows: every row once, right padding, names kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtext.models.rows import Rows
from seqtext.preprocess import TextPipeline
from seqtext.preprocess.category import CategoryColumn
from seqtext.preprocess.number import NumberColumn

lengths = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=50)


def rows_of(pairs):
    """Rows whose every id tells which row it is from."""
    column = {
        name: [np.full(pair[i], row + 1, np.int32) for row, pair in enumerate(pairs)]
        for i, name in enumerate(("title", "body"))
    }
    return Rows(dict.fromkeys(column, TextPipeline()), column, {"label": np.arange(len(pairs))})


@given(pairs=lengths, batch_size=st.integers(1, 16), seed=st.none() | st.integers(0, 9), tight=st.booleans())
def test_every_row_is_in_one_batch_whole_and_padded_on_the_right(pairs, batch_size, seed, tight):
    rows = rows_of(pairs)
    rng = None if seed is None else np.random.default_rng(seed)
    seen = []

    for indices, ids in rows.batches(batch_size, rng, tight=tight):
        seen += indices.tolist()
        assert len(indices) <= batch_size
        for i, name in enumerate(("title", "body")):
            assert ids[name].dtype == np.int32
            for row, found in zip(indices, ids[name], strict=True):
                words, padding = np.split(found, [pairs[row][i]])
                assert (words == row + 1).all()
                assert not padding.any()

    assert sorted(seen) == list(range(len(pairs)))


@pytest.mark.parametrize(("tight", "widths"), [(False, (24, 2)), (True, (17, 2))])
def test_a_feed_is_as_wide_as_a_bucket_or_as_its_longest_text(tight, widths):
    feed = rows_of([(17, 1), (3, 2), (40, 9)]).feed(np.array([0, 1]), tight=tight)

    assert (feed["title"].shape, feed["body"].shape) == ((2, widths[0]), (2, widths[1]))


def test_a_tight_feed_leaves_values_that_are_no_texts_whole():
    columns = {
        "words": TextPipeline(),
        "when": CategoryColumn().fit(["May", "June"]),
        "price": NumberColumn(clip=5.0).fit([1.0, 3.0]),
    }
    given = {"words": ["so good", "bad"], "when": ["May", "June"], "price": [1.0, 3.0]}
    columns["words"].fit(given["words"])
    rows = Rows.encode(columns, given, {})

    loose, tight = (rows.feed(np.arange(2), tight=one) for one in (False, True))

    assert tight["when"].tolist() == loose["when"].tolist()
    assert tight["price"].tolist() == loose["price"].tolist()


@given(lengths)
def test_the_length_of_a_row_is_that_of_its_longest_text(pairs):
    assert rows_of(pairs).lengths.tolist() == [max(pair) for pair in pairs]


def test_the_same_generator_state_gives_the_same_batches():
    rows = rows_of([(i % 7 + 1, 1) for i in range(30)])
    one, same, other = ([i.tolist() for i, _ in rows.batches(4, np.random.default_rng(seed))] for seed in (1, 1, 2))

    assert one == same != other


def test_the_first_rows_are_as_many_as_asked_for_at_most():
    rows = rows_of([(1, 1)] * 5)

    assert (len(rows.first(3)), len(rows.first(9)), rows.first(3).targets) == (3, 5, {})
