"""Named columns: what they hold and what they refuse."""

import pytest

from seqtext.data.dataset import Dataset
from seqtext.errors import DataError


def test_an_unknown_column_is_answered_with_the_columns():
    rows = Dataset({"text": ["a"], "label": ["b"]}, "reviews.csv")

    with pytest.raises(
        DataError, match=r"reviews.csv has no column 'txt'; its columns are 'text', 'label'; did you mean"
    ):
        rows.column("txt")


def test_a_dataset_is_shown_in_one_short_line():
    rows = Dataset({f"column{number}": ["long text " * 100] * 2000 for number in range(1, 8)}, "reviews.csv")

    shown = "'column1', 'column2', 'column3', 'column4', 'column5' and 2 more"
    assert repr(rows) == f"Dataset('reviews.csv': 2,000 rows, columns {shown})"


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="columns differ in length"):
        Dataset({"text": ["a", "b"], "label": ["x"]})
