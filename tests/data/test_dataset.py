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


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="columns differ in length"):
        Dataset({"text": ["a", "b"], "label": ["x"]})


def test_values_of_a_frame_become_text_and_missing_ones_none():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "text": ["NaN", None, "b"],
            "stars": [1, 2, 3],
            "score": [0.5, float("nan"), 2.0],
            "good": [True, False, True],
            "when": pandas.to_datetime(["2020-01-01", None, "2020-01-03"]),
            "nullable": pandas.array([1, None, 3], dtype="Int64"),
        }
    )

    rows = Dataset.from_frame(frame)

    assert rows.columns == {
        "text": ["NaN", None, "b"],
        "stars": ["1", "2", "3"],
        "score": ["0.5", None, "2.0"],
        "good": ["true", "false", "true"],
        "when": ["2020-01-01 00:00:00", None, "2020-01-03 00:00:00"],
        "nullable": ["1", None, "3"],
    }


def test_a_frame_with_two_columns_of_one_name_is_refused():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame([["a", "b"]], columns=["text", "text"])

    with pytest.raises(DataError, match="more than one column named 'text'"):
        Dataset.from_frame(frame)


def test_a_single_text_is_not_a_column():
    with pytest.raises(TypeError, match="column 'text' is a single str; give a list"):
        Dataset.from_columns({"text": "hello"})
