"""What predicts the label is found, and what merely seems to is not."""

import pytest

from seqtext.checking.giveaways import by_number, by_order, by_value, by_word, edges, headers, pieces_of

LABELS = ["neg", "pos"] * 50


def test_a_column_that_copies_the_label_is_found():
    found = by_value("stars", ["1", "5"] * 50, LABELS)

    assert (found.right, found.majority, found.rows) == (1.0, 0.5, 100)


def test_a_column_may_be_wrong_now_and_then():
    found = by_value("stars", ["5", "1", *["1", "5"] * 49], LABELS)

    assert found.right == pytest.approx(0.98)


@pytest.mark.parametrize(
    "values",
    [
        [str(number) for number in range(100)],
        ["same"] * 100,
        ["1", "1", "5", "5"] * 25,
        [None] * 100,
        ["1", "5", *[""] * 98],
    ],
    ids=["unique ids", "constant", "unrelated", "missing", "too few rows"],
)
def test_a_column_that_tells_nothing_is_not_a_giveaway(values):
    assert by_value("column", values, LABELS) is None


def test_a_value_in_pairs_does_not_predict_its_own_row():
    labels = ["neg", "pos", "pos", "neg"] * 25
    values = [str(number // 2) for number in range(100)]

    assert by_value("film", values, labels) is None


def test_a_file_with_many_more_of_one_label_is_held_against_that_label():
    labels = ["ham"] * 98 + ["spam"] * 2

    assert by_value("column", ["x"] * 100, labels) is None


def test_numbers_given_label_by_label_are_found_by_their_order():
    labels = ["neg"] * 50 + ["pos"] * 50

    assert by_number("id", [str(number * 7) for number in range(100)], labels).right == 0.99
    assert by_number("id", [str(number * 37 % 101) for number in range(100)], labels) is None


@pytest.mark.parametrize("values", [["x1"] * 100, [""] * 100, ["nan", "inf"] * 50, ["1", "2"] * 50])
def test_what_is_no_number_or_repeats_has_no_order(values):
    assert by_number("column", values, ["neg"] * 50 + ["pos"] * 50) is None


def test_shuffled_rows_are_not_sorted():
    assert by_order("rows", ["neg", "pos", "pos", "neg"] * 25) is None


def test_a_word_of_one_label_is_found_wherever_it_stands():
    texts = ["It was (Reuters) and bad", "so good"] * 50

    assert [(found.what, found.label, found.rows) for found in by_word(texts, LABELS)][-1:] == [("was", "neg", 50)]
    assert "reuters" in {found.what for found in by_word(texts, LABELS)}


@pytest.mark.parametrize(
    "texts",
    [["rare", "so good"] + ["word", "word"] * 49, ["the", "the"] * 50, ["a", "b"] * 4],
    ids=["in few rows", "in both", "in a tiny file"],
)
def test_an_ordinary_word_is_no_giveaway(texts):
    labels = LABELS[: len(texts)]

    assert by_word(texts, labels) == []


def test_paths_are_cut_into_pieces():
    values = [f"train/{label}/0_{number % 10}.txt" for number, label in enumerate(LABELS)]

    assert {(found.what, found.label) for found in by_word(values, LABELS, words=pieces_of)} == {
        ("neg", "neg"),
        ("pos", "pos"),
    }


def test_header_lines_become_columns_up_to_the_first_other_line():
    texts = ["From: ann\nNewsgroups: rec.autos\n\nSubject: no header", "Newsgroups:sci.med\nplain", None]

    assert headers(texts) == {"From": ["ann", None, None], "Newsgroups": ["rec.autos", "sci.med", None]}


def test_texts_without_headers_have_none():
    assert headers(["plain", "two: lower case", "Note: one of three"]) == {}


def test_a_label_that_stands_before_the_text_is_found_by_the_first_word():
    words = edges([f"{label}: the text {number}" for number, label in enumerate(LABELS)])

    assert by_value("first", words["the first word"], LABELS).right == 1.0
    assert by_value("last", words["the last word"], LABELS) is None
