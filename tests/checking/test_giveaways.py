"""What predicts the label is found, and what merely seems to is not."""

import pytest

from seqtext.checking.giveaways import by_number, by_order, by_value, by_word, marks, split_pieces

LABELS = ["neg", "pos"] * 50
SORTED = ["neg"] * 50 + ["pos"] * 50


def column(**groups):
    """Values and labels of rows: ``x="ham ham"`` is two rows with the value x and the label ham."""
    return [value for value, labels in groups.items() for _ in labels.split()], " ".join(groups.values()).split()


def test_a_column_that_copies_the_label_is_found():
    found = by_value(["1", "5"] * 50, LABELS)

    assert (found.accuracy, found.majority, found.rows) == (1.0, 0.5, 100)


@pytest.mark.parametrize(("wrong", "expected"), [(5, 0.95), (6, None)])
def test_a_column_may_be_wrong_in_one_of_twenty_rows(wrong, expected):
    found = by_value(*column(x="neg " * 48 + "pos " * 2, y="pos " * (50 - wrong + 2) + "neg " * (wrong - 2)))

    assert (found and found.accuracy) == expected


@pytest.mark.parametrize(
    ("rare", "common", "expected"),
    [
        ("spam " * 19 + "ham " * 2, "ham " * 77 + "spam " * 2, 0.96),
        ("spam " * 17 + "ham " * 2, "ham " * 79 + "spam " * 2, None),
    ],
    ids=["79 of 100 are ham", "81 of 100 are ham"],
)
def test_a_column_leaves_less_than_a_fifth_of_the_mistakes_of_the_most_frequent_label(rare, common, expected):
    found = by_value(*column(x=rare, y=common))

    assert (found and found.accuracy) == expected


def test_exactly_a_fifth_of_the_mistakes_is_too_many():
    assert by_value(*column(x="ham " * 26, y="spam " * 5 + "ham ")) is None


@pytest.mark.parametrize(
    ("with_value", "rows", "expected"), [(20, 20, 20), (19, 19, None), (20, 2000, 20), (20, 2001, None)]
)
def test_a_column_must_be_there_in_twenty_rows_and_one_of_a_hundred(with_value, rows, expected):
    labels = ["neg", "pos"] * rows
    found = by_value([*(["1", "5"] * with_value)[:with_value], *[None] * (rows - with_value)], labels[:rows])

    assert (found and found.rows) == expected


@pytest.mark.parametrize(
    "values",
    [
        [str(number) for number in range(100)],
        ["same"] * 100,
        ["1", "1", "5", "5"] * 25,
        [None] * 100,
        [" "] * 100,
    ],
    ids=["unique ids", "constant", "unrelated", "missing", "spaces"],
)
def test_a_column_that_tells_nothing_is_not_a_giveaway(values):
    assert by_value(values, LABELS) is None


def test_values_that_stand_in_one_row_or_hold_nothing_are_not_counted():
    assert by_value(["1", "5"] * 20 + ["7", "8", " ", " ", "", ""], LABELS[:46]).rows == 40


def test_values_in_pairs_of_one_label_predict_each_other():
    assert by_value([str(number // 2) for number in range(40)], ["neg", "neg", "pos", "pos"] * 10).accuracy == 1


def test_a_value_does_not_predict_its_own_row():
    # Without the first row of x, its others are one neg and one pos: 40 of 43 rows are right.
    assert by_value(*column(x="neg neg pos", y="neg " * 20, z="pos " * 20)) is None


def test_a_file_of_one_label_has_no_giveaways():
    assert by_value(["x"] * 100, ["ham"] * 100) is None
    assert by_order(["ham"] * 100) is None
    assert by_word(["x"] * 100, ["ham"] * 100) == []


def test_numbers_given_label_by_label_are_found_by_their_order():
    assert by_number([str(number * 7) for number in range(100)], SORTED).accuracy == 0.99
    assert by_number([str(number * 37 % 101) for number in range(100)], SORTED) is None


def test_values_that_are_missing_or_no_numbers_have_no_place_in_the_order():
    values = [*[str(number) for number in range(100)], None, "", "nan", "-inf"]

    assert by_number(values, [*SORTED, *["neg", "pos"] * 2]).rows == 100


@pytest.mark.parametrize("values", [["x1"] * 100, [""] * 100, [str(number // 3) for number in range(100)]])
def test_what_is_no_number_or_repeats_has_no_order(values):
    assert by_number(values, SORTED) is None


def test_numbers_may_stand_in_two_rows_each():
    assert by_number([str(number // 2) for number in range(100)], SORTED).accuracy == 0.99


def test_shuffled_rows_are_not_sorted():
    assert by_order(["neg", "pos", "pos", "neg"] * 25) is None


def test_words_of_one_label_are_found_wherever_they_stand_commonest_first():
    texts = ["It was (Reuters), and", "so"] * 49 + ["Was", "so"]
    found = [(one.word, one.label, one.rows) for one in by_word(texts, LABELS)]

    assert found == [
        ("so", "pos", 50),
        ("was", "neg", 50),
        ("and", "neg", 49),
        ("it", "neg", 49),
        ("reuters", "neg", 49),
    ]


@pytest.mark.parametrize(
    ("with_word", "others", "rows", "expected"),
    [
        (49, 1, 98, [("word", 0.98, 50)]),
        (48, 1, 96, []),
        (48, 0, 98, []),
        (10, 0, 10, [("word", 1, 10)]),
        (9, 0, 9, []),
    ],
    ids=["pure and common enough", "impure", "in less than half", "in ten texts", "in nine texts"],
)
def test_a_word_stands_in_half_of_the_texts_of_a_label_and_two_of_a_hundred_others(with_word, others, rows, expected):
    mine = ["word"] * with_word + [""] * (rows - with_word)
    found = by_word(mine + ["word"] * others + [None] * (rows - others), ["neg"] * rows + ["pos"] * rows)

    assert [(one.word, one.accuracy, one.rows) for one in found] == expected


@pytest.mark.parametrize(("rows", "expected"), [(100, [0.5]), (5, [])])
def test_a_word_of_a_label_that_nearly_every_row_has_is_judged_more_strictly(rows, expected):
    texts = ["word"] * 99 + [""] + ["word"] + [""] * (rows - 1)
    found = by_word(texts, ["ham"] * 100 + ["spam"] * rows)

    assert [one.majority for one in found] == expected


def test_paths_are_cut_into_pieces_that_hold_something():
    assert split_pieces("/train/pos_1.txt/") == {"train", "pos", "1", "txt"}


def test_a_piece_of_a_path_is_found():
    values = [f"train/{label}/0_{number % 10}.txt" for number, label in enumerate(LABELS)]

    assert [(found.word, found.label) for found in by_word(values, LABELS, split=split_pieces)] == [
        ("neg", "neg"),
        ("pos", "pos"),
    ]


def test_header_lines_are_read_up_to_the_first_other_line():
    texts = ["From: ann\nNewsgroups: rec.autos\n\nSubject: no header", "Newsgroups:sci.med\nplain", "", "plain"]
    found = marks(texts)

    assert found.pop("the first word") == ["From:", "Newsgroups:sci.med", "", "plain"]
    assert found.pop("the last word") == ["header", "plain", "", "plain"]
    assert found == {
        "the header 'From'": ["ann", None, None, None],
        "the header 'Newsgroups'": ["rec.autos", "sci.med", None, None],
    }


def test_texts_without_headers_have_none():
    assert set(marks(["plain", "two: lower case", "Note: one of three"])) == {"the first word", "the last word"}


def test_two_hundred_headers_are_enough():
    texts = [f"H{chr(97 + row % 26)}{chr(97 + row // 26)}: x" for row in range(201)]

    assert len(marks(texts)) == 202


def test_a_label_that_stands_before_the_text_is_found_by_the_first_word():
    words = marks([f"{label}: the text {number}" for number, label in enumerate(LABELS)])

    assert by_value(words["the first word"], LABELS).accuracy == 1.0
    assert by_value(words["the last word"], LABELS) is None
