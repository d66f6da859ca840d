"""Rows keep their numbers, and counts are put into words that do not mislead."""

from collections import Counter

import pytest

from seqtext.checking.findings import Part, counts_and_shares, percent
from seqtext.data.dataset import Dataset
from seqtext.errors import DataError, plural


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0, "0 %"),
        (0.00049, "under 0.1 %"),
        (0.0005, "0.1 %"),
        (0.5, "50 %"),
        (0.9994, "99.9 %"),
        (0.9995, "over 99.9 %"),
        (0.99999, "over 99.9 %"),
        (1, "100 %"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_everything(share, expected):
    assert percent(share) == expected


def test_five_counts_are_shown_and_the_others_counted():
    five = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 1000}

    assert counts_and_shares(Counter(five)).endswith("c 3 (0.3 %), b 2 (0.2 %), a 1 (0.1 %)")
    assert counts_and_shares(Counter(five, f=1)).endswith("b 2 (0.2 %), a 1 (0.1 %) and 1 more, down to 1")


@pytest.mark.parametrize(("count", "expected"), [(0, "0 rows"), (1, "1 row"), (2000, "2,000 rows")])
def test_only_one_is_singular(count, expected):
    assert plural(count, "row") == expected


def test_several_text_columns_are_one_text():
    pairs = Dataset({"title": ["a", "b", " "], "body": ["x", None, ""]})

    assert Part("pairs", pairs, ("title", "body"), ()).texts == ["a\nx", "b", ""]


def test_texts_are_compared_by_their_words_or_by_their_marks(part):
    assert part(["So GOOD!", ":)", None]).normalised_texts == ["so good", ":)", ""]


def test_rows_keep_their_numbers_when_others_are_left_out(part):
    chosen = part(["v", "w", "x", "y"], ["a", "b", None, "b"]).where("label", ["b", ""])

    assert chosen.texts == ["w", "x", "y"]
    assert chosen.row_numbers([0, 1, 2]) == (2, 3, 4)
    assert chosen.labelled("label").row_numbers([0, 1]) == (2, 4)


def test_a_label_that_is_not_there_is_answered_with_those_that_are(part):
    rows = part(["x", "y", "z"], ["pos", "neg", None])

    with pytest.raises(DataError, match=r"no row of file.csv has 'Pos' in 'label', which holds '', 'neg', 'pos'; did"):
        rows.where("label", ["neg", "Pos"])


def test_ten_of_the_labels_that_are_there_are_shown(part):
    with pytest.raises(DataError, match=r"'9', 'a' and 1 more"):
        part([""] * 11, list("123456789ab")).where("label", ["x"])


def test_five_rows_are_examples(part):
    finding = part([""] * 7).finding_in(range(7), "empty", "without a text", warning_from=0)

    assert (finding.rows, finding.part) == ((1, 2, 3, 4, 5), "file.csv")
