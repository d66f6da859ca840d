"""What is wrong with labels, and what gives them away, in words that say what to do."""

import dataclasses
import re

import pytest

from seqtext.checking.check import check

TEXTS = [f"{word} number {number} is fine" for number in range(30) for word in ("one", "two")]
LABELS = ["a", "b", "b", "a"] * 15


def unique(count):
    return [f"text {number}" for number in range(count)]


def test_labels_are_counted_with_the_score_of_saying_always_the_same(find):
    finding = find("labels", TEXTS[:4], ["x", "x", "y", "x"])[0]

    assert (finding.severity, finding.message) == (
        "info",
        "2 labels in 'label': 'x' 3 (75 %), 'y' 1 (25 %); always saying the most frequent is right for 75 %",
    )
    assert finding.facts == {"column": "label", "labels": {"x": 3, "y": 1}, "majority": 0.75}


@pytest.mark.parametrize(
    ("labels", "severity", "message"),
    [
        (["a"] * 60, "error", "every row has the label 'a'; expected at least two"),
        ([None] * 60, "error", r"60 of 60 rows \(100 %\) without a label in 'label'"),
        (["", " ", None, *LABELS[3:]], "warning", r"3 of 60 rows \(5 %\) without a label in 'label'; label or remove"),
        (["c", *LABELS[1:]], "error", "'c' has a single row, too few to learn and test; add rows, merge"),
        (["c", "d", *LABELS[2:]], "error", "'c', 'd' have a single row"),
        ([*"cdefgh", *LABELS[6:]], "error", "'f', 'g' and 1 more have a single row"),
        (["c"] * 2 + LABELS[2:], "warning", "'c' has fewer than 10 rows"),
        (["c"] * 9 + LABELS[9:], "warning", "'c' has fewer than 10 rows"),
        ([*"ccddeeffgghh", *LABELS[12:]], "warning", "'f', 'g' and 1 more have fewer than 10 rows"),
        (["c"] * 5 + ["b"] * 55, "warning", "the largest label has 11 times the rows of the smallest; judge"),
        ([" A "] * 10 + LABELS[10:], "warning", "differ only in case or spaces: ' A ', 'a'; make them one"),
        ([str(number) for number in range(60)], "warning", "'label' has 60 different values in 60 rows, too many"),
        ([f"1,{number}" for number in range(60)], "warning", "'label' seems to hold lists of labels"),
    ],
)
def test_a_problem_with_labels_is_named(find, labels, severity, message):
    problems = find("labels", TEXTS, labels)

    assert [one.severity for one in problems if re.search(message, one.message)] == [severity]


def test_a_label_with_a_single_row_is_named_once(find):
    messages = [finding.message for finding in find("labels", TEXTS, ["c", *LABELS[1:]])]

    assert not any("fewer than" in message for message in messages)


def test_rows_without_a_label_are_shown(find):
    finding = find("labels", TEXTS, ["", *LABELS[1:7], None, *LABELS[8:]])[0]

    assert (finding.rows, finding.facts) == ((1, 8), {"column": "label", "rows": 2})


def test_a_label_with_ten_rows_and_one_with_ninety_nine_are_enough(find):
    assert len(find("labels", unique(109), ["c"] * 10 + ["b"] * 99)) == 1


def test_ten_times_the_rows_are_an_imbalance(find):
    assert find("labels", unique(110), ["c"] * 10 + ["b"] * 100)[1].facts["imbalance"] == 10


@pytest.mark.parametrize(("labels", "rows", "expected"), [(20, 60, 0), (21, 60, 1), (21, 209, 1), (21, 210, 0)])
def test_more_than_twenty_values_and_a_tenth_of_the_rows_are_too_many(find, labels, rows, expected):
    values = [str(row % labels) for row in range(rows)]

    assert sum("too many for labels" in one.message for one in find("labels", unique(rows), values)) == expected


@pytest.mark.parametrize(("labels", "with_comma", "expected"), [(20, 20, 0), (21, 11, 1), (21, 10, 0), (22, 11, 0)])
def test_more_than_half_of_over_twenty_labels_with_commas_are_lists(find, labels, with_comma, expected):
    values = [f"x,{row}" if row < with_comma else str(row) for row in range(labels)] * 10
    messages = [one.message for one in find("labels", unique(len(values)), values)]

    assert sum("lists of labels" in message for message in messages) == expected


def test_equal_texts_with_different_labels_set_a_ceiling(find):
    (finding,) = find("contradictions", ["Good!", "good", "good", "bad"], ["pos", "neg", "pos", "neg"])

    assert (finding.severity, finding.rows) == ("warning", (1, 2, 3))
    assert finding.facts == {"column": "label", "texts": 1, "ceiling": 0.75, "rows": 3}
    assert finding.message == (
        "3 of 4 rows (75 %) with a text that also stands there with another label, so that at most 75 % of the rows "
        "can be told right; correct the labels in 'label'"
    )


@pytest.mark.parametrize(("rows", "severity"), [(400, "warning"), (401, "info")])
def test_one_row_in_two_hundred_that_contradicts_is_a_warning(find, rows, severity):
    (finding,) = find("contradictions", ["same", "same", *unique(rows - 2)], ["a", "b", *["a"] * (rows - 2)])

    assert finding.severity == severity


def test_equal_texts_with_the_same_label_contradict_nothing(find):
    (finding,) = find("contradictions", ["bad", "bad", "good", "good"], ["neg", "neg", "neg", "pos"])

    assert (finding.rows, finding.facts["texts"]) == ((3, 4), 1)


def test_an_unlabelled_row_contradicts_nothing(find):
    assert find("contradictions", ["good", "good", *TEXTS], ["a", None, *LABELS]) == []


def test_contradicting_rows_keep_their_numbers_beside_unlabelled_ones(find):
    (finding,) = find("contradictions", ["x", "good", "good"], [None, "a", "b"])

    assert (finding.rows, finding.message[:13]) == ((2, 3), "2 of 2 rows (")


def test_columns_and_words_that_give_the_label_away_are_named(find):
    labels = ["neg"] * 30 + ["pos"] * 30
    paths = [f"train/{label}/{number}.txt" for number, label in enumerate(labels)]
    stars = ["1"] * 30 + ["5"] * 30
    numbers = [str(1000 + row) for row in range(60)]
    findings = find("giveaway", TEXTS, labels, stars=stars, number=numbers, path=paths, site=["x", "y"] * 30)

    assert [finding.message for finding in findings] == [
        "column 'stars' tells 'label' right in 100 % of the 60 rows that share a value with others "
        "(the most frequent label: 50 %); leave it out of what the model reads",
        "the order of column 'number' tells 'label' right in 98.3 % of the 60 rows that share a value with others "
        "(the most frequent label: 50 %); leave it out of what the model reads",
        "words in column 'path' that stand in most rows of one label of 'label' and in no other: "
        "'neg' (neg), 'pos' (pos); leave it out of what the model reads",
    ]
    assert findings[0].facts == {
        "kind": "column",
        "column": "label",
        "what": "column 'stars'",
        "accuracy": 1.0,
        "majority": 0.5,
        "rows": 60,
        "word": None,
        "label": None,
    }


def test_a_giveaway_is_judged_by_the_labelled_rows(find):
    (finding,) = find("giveaway", unique(60), ["a", "b", None] * 20, stars=["1", "5", "1"] * 20)

    assert finding.facts["rows"] == 40


@pytest.mark.parametrize(
    ("words", "shown"),
    [(5, "'w4' (neg); see whether"), (6, "'w4' (neg) and 1 more; see whether"), (60, "'w12' (neg) and 55 more; see")],
)
def test_five_words_are_shown_and_fifty_kept(find, words, shown):
    texts = [
        f"start{row} {' '.join(f'w{n}' for n in range(words))} {row}" if row % 2 else f"{row}" for row in range(60)
    ]
    finding = find("giveaway", texts, ["pos", "neg"] * 30)[-1]

    assert shown in finding.message
    assert len(finding.facts["words"]) == min(words, 50)


def test_the_text_itself_is_no_column_that_gives_the_label_away(find):
    messages = [finding.message for finding in find("giveaway", ["x", "y"] * 30, ["pos", "neg"] * 30)]

    assert [message.split(" tells ")[0].split(" that ")[0] for message in messages] == [
        "the first word",
        "the last word",
        "words in the text",
    ]


def test_a_header_that_names_the_label_is_found(find):
    pairs = zip(TEXTS, LABELS, strict=True)
    texts = [f"From: {text.split()[2]}\nNewsgroups: rec.{label}\n\n{text}" for text, label in pairs]
    messages = "\n".join(finding.message for finding in find("giveaway", texts, LABELS))

    assert "the header 'Newsgroups' tells 'label' right in 100 % of the 60 rows" in messages
    assert "(the most frequent label: 50 %); cut it off, or the model learns nothing else" in messages
    assert "'rec.a' (a)" in messages
    assert "'From'" not in messages


def test_shuffled_rows_are_not_sorted(find):
    assert find("order", TEXTS, LABELS) == []


def test_sorted_rows_are_named(find):
    (finding,) = find("order", TEXTS, ["neg"] * 30 + ["pos"] * 30)

    assert finding.message.startswith("the rows are sorted by 'label'; shuffle them")


# ------------------------------------------------------------------------- any number of labels a row

TAGS = ["a,b", "b", "", None, "a", "b , a"] * 10


@pytest.fixture
def find_tags(part):
    def find_tags(tags, separator=","):
        asked = dataclasses.replace(part(unique(len(tags)), tags), separators={"label": separator})
        return [one for one in check(asked, near=False) if one.check == "labels"]

    return find_tags


def test_each_label_of_a_set_is_counted_as_a_share_of_the_rows_that_somebody_knows(find_tags):
    missing, found = find_tags(TAGS)

    assert (missing.severity, missing.rows) == ("warning", (4, 10, 16, 22, 28))
    assert found.message == "2 labels in 'label', 1.2 a row, none in 10 rows: 'a' 30 (60 %), 'b' 30 (60 %)"
    assert found.facts == {"column": "label", "labels": {"a": 30, "b": 30}, "empty": 10}


@pytest.mark.parametrize(
    ("tags", "severity", "message"),
    [
        (["a;b", "b", "a"] * 20, "error", "the separator ',' stands in no row of 'label', so none has two labels"),
        (["a,c", "b,c"] * 10 + ["rare,a"] * 9, "warning", "'rare' has fewer than 10 rows, too few to learn"),
        (["a,b", "A ,b"] * 20, "warning", "differ only in case or spaces: 'a', 'A'; make them one"),
        (["a,a"] * 20, "error", "'label' holds only the label 'a'"),
        ([""] * 20, "error", "'label' holds no label"),
        ([None] * 20, "error", r"20 of 20 rows \(100 %\) where nobody knows the labels"),
    ],
)
def test_a_problem_with_sets_of_labels_is_named(find_tags, tags, severity, message):
    assert [one.severity for one in find_tags(tags) if re.search(message, one.message)] == [severity]


def test_equal_texts_with_another_set_of_labels_contradict(part):
    tagged = part(["same", "same", "other", "other"], ["a,b", "b", "b,a", "a,b"])

    (found,) = [
        one for one in check(dataclasses.replace(tagged, separators={"label": ","})) if one.check == "contradictions"
    ]

    assert found.rows == (1, 2)
