"""Numbers: how they are read, scaled and saved."""

import numpy as np
import pytest

from seqtext.errors import BadValueError, DataError
from seqtext.preprocess.number import NumberColumn, read_numbers


@pytest.mark.parametrize(
    "missing", [None, float("nan"), np.float32("nan"), "", "  ", "NA", "n/a", "NaN", "null", "None"]
)
def test_what_people_write_for_no_number_is_missing(missing):
    assert read_numbers([missing, 1]) == [None, 1.0]


@pytest.mark.parametrize(
    ("written", "number"), [("-3", -3.0), (" 4.5 ", 4.5), ("1e3", 1000.0), (True, 1.0), ("٣", 3.0)]
)
def test_a_number_is_read_as_it_is_written(written, number):
    assert read_numbers([written]) == [number]


@pytest.mark.parametrize("value", ["x12", "1_000", "inf", "1e200", 10**400, [3], "12 €"])
def test_what_is_no_number_is_named_with_its_row(value):
    with pytest.raises(BadValueError, match=r"^row 3 is .*, expected a number$"):
        read_numbers([1, 2, value])


@pytest.mark.parametrize("value", ["1,5", " -1,000 "])
def test_a_comma_in_a_number_is_refused_with_a_remedy(value):
    with pytest.raises(BadValueError, match=f"row 1 is '{value}', expected a number, with a point, not a comma"):
        read_numbers([value])


def test_numbers_are_scaled_by_the_training_rows_and_a_missing_one_is_marked():
    column = NumberColumn(clip=5.0).fit([1.0, 3.0, None])

    assert (column.mean, column.deviation) == (2.0, 1.0)
    assert column.encode([4.0, None, 2.0]).tolist() == [[2, 0], [0, 1], [0, 0]]
    assert column.encode([4.0]).dtype == np.float32


def test_a_number_far_away_is_clipped():
    assert NumberColumn(clip=2.5).fit([1.0, 3.0]).encode([1e90, -1e90])[:, 0].tolist() == [2.5, -2.5]


@pytest.mark.parametrize(("numbers", "why"), [([None, None], "no number in any"), ([0.1] * 3, "are equal")])
def test_a_column_that_tells_nothing_works_and_is_warned_of(numbers, why):
    column = NumberColumn(clip=5.0).fit(numbers)

    assert why in column.warning
    assert np.isfinite(column.encode([7.0, None])).all()


def test_no_rows_are_no_rows():
    assert NumberColumn(clip=5.0).fit([1.0, 2.0]).encode([]).shape[0] == 0


def test_a_column_that_was_saved_is_the_same():
    column = NumberColumn(clip=4.0).fit([1.0, 2.5, 9.0])
    again = NumberColumn.from_dict(column.to_dict())

    assert again.to_dict() == column.to_dict()
    np.testing.assert_array_equal(again.encode([3.0, None]), column.encode([3.0, None]))


@pytest.mark.parametrize(
    "change",
    [
        {"deviation": 0.0},
        {"deviation": float("nan")},
        {"mean": float("inf")},
        {"clip": 0.0},
        {"mean": "2"},
        {"more": 1.0},
    ],
)
def test_a_saved_column_that_cannot_be_is_refused(change):
    saved = {**NumberColumn(clip=4.0).fit([1.0, 2.0]).to_dict(), **change}

    with pytest.raises(DataError, match="a saved column of numbers"):
        NumberColumn.from_dict(saved)
