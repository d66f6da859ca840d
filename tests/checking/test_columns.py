"""Numbers that are none, categories that are names of rows, and what is odd about both."""

import dataclasses

import pytest

from seqtext.checking.check import check


@pytest.fixture
def find_beside(part):
    """Function that checks a column of that role beside some texts, and gives severities and messages."""

    def find_beside(role, values):
        texts = [f"text {number} of many" for number in range(len(values))]
        asked = dataclasses.replace(part(texts, beside=values), **{f"{role}_columns": ("beside",)})
        kind = {"number": "numbers", "category": "categories"}[role]
        return [(one.severity, one.message, one.rows) for one in check(asked, near=False) if one.check == kind]

    return find_beside


def test_a_number_that_does_not_parse_is_named_with_its_row(find_beside):
    wrong, fact = find_beside("number", ["1", "x12", "", "7,5"])

    assert wrong == (
        "error",
        "2 of 4 rows (50 %) with no number in 'beside': row 2 is 'x12', expected a number",
        (2, 4),
    )
    assert fact == ("info", "'beside' goes from 1 to 1; missing in 1 row", ())


@pytest.mark.parametrize(
    ("role", "values", "expected"),
    [
        ("number", ["1", "-2.5"], [("info", "'beside' goes from -2.5 to 1")]),
        (
            "number",
            ["3", "3"],
            [("info", "'beside' goes from 3 to 3"), ("warning", "'beside' helps little: all its numbers are equal")],
        ),
        ("number", ["", None], [("warning", "'beside' helps little: it has no number in any row")]),
        ("category", ["a", "a", ""], [("info", "1 value in 'beside': 'a' 2 (100 %); missing in 1 row")]),
        (
            "category",
            ["a", "b"],
            [
                ("info", "2 values in 'beside': 'a' 1 (50 %), 'b' 1 (50 %)"),
                (
                    "warning",
                    "'beside' helps little: it has 2 different values in 2 rows, too many to learn from; "
                    "is it a text, a number, or the name of a row?",
                ),
            ],
        ),
    ],
)
def test_a_column_beside_the_texts_is_told_and_warned_of(find_beside, role, values, expected):
    assert [found[:2] for found in find_beside(role, values)] == expected
