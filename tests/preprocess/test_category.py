"""Categories: how they are read, numbered and saved."""

import numpy as np
import pytest

from seqtext.errors import DataError
from seqtext.preprocess.category import CategoryColumn, read_categories


def test_a_value_is_a_word_without_the_space_around_it():
    assert read_categories([" it ", 3, np.int64(3), 2.5, False]) == ["it", "3", "3", "2.5", "False"]


def test_a_whole_number_is_the_same_category_where_a_frame_has_made_it_a_float():
    assert read_categories([3, 3.0, np.float64(3)]) == ["3", "3", "3"]


def test_missing_is_missing_and_a_word_for_it_is_a_value():
    assert read_categories([None, float("nan"), "", " ", "NA"]) == ["", "", "", "", "NA"]


def test_ids_go_from_the_most_frequent_on_after_missing_and_unknown():
    column = CategoryColumn().fit(["hr", "it", "it", ""])

    assert column.values == ["it", "hr"]
    assert column.encode(["it", "hr", "", "law"]).tolist() == [[2], [3], [0], [1]]
    assert column.encode([]).shape == (0, 1)


def test_rare_ones_those_beyond_the_limit_and_texts_are_not_known():
    column = CategoryColumn(max_values=1, min_rows=2).fit(["a", "b", "b", "c", "c", *["long" * 60] * 3])

    assert column.values == ["b"]


@pytest.mark.parametrize(
    ("values", "why"),
    [(["u1", "u2", "u3"], "3 different values in 3 rows"), (["", ""], "no value"), (["a"] * 9 + ["b"], "")],
)
def test_a_column_that_tells_nothing_is_warned_of(values, why):
    warning = CategoryColumn().fit(values).warning

    assert why in warning
    assert bool(why) == bool(warning)


def test_a_column_that_was_saved_is_the_same():
    column = CategoryColumn().fit(["ü", "it", "it"])

    assert CategoryColumn.from_dict(column.to_dict()).encode(["ü", "x", ""]).tolist() == [[3], [1], [0]]


@pytest.mark.parametrize("values", ["it", ["it", "it"], ["it", 3], [""], ["x" * 201], None])
def test_a_saved_column_that_cannot_be_is_refused(values):
    with pytest.raises(DataError, match="saved column of categories"):
        CategoryColumn.from_dict({"values": values})
