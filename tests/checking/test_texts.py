"""What is wrong with texts: missing, too long, repeated, damaged, in several scripts."""

import re

import pytest

SOUND = [f"{word} number {number} is fine" for number in range(30) for word in ("one", "two")]


def unique(count):
    return [f"text {number}" for number in range(count)]


def test_missing_and_empty_texts_are_counted_together(find):
    (finding,) = find("empty", [None, "", " \n", "text"])

    assert (finding.severity, finding.rows) == ("warning", (1, 2, 3))
    assert finding.message == "3 of 4 rows (75 %) without a text; remove them, or find out where their texts are"


def test_a_file_without_any_text_is_an_error(find):
    assert find("empty", ["", None])[0].severity == "error"


def test_texts_of_marks_mentions_and_addresses_are_nearly_empty(find):
    (finding,) = find("nearly-empty", ["@ann http://t.co/x", "...", "RT @bob: x", "", "ok", "😀 👍", "漢字", *SOUND])

    assert finding.rows == (1, 2, 3)


def test_texts_without_a_word_repeat_only_themselves(find):
    (finding,) = find("duplicates", [":)", ":(", ":)"], near=False)

    assert finding.facts["repeated"] == {"exact": 1, "normalised": 1}


@pytest.mark.parametrize(
    ("kind", "text", "rows"),
    [
        ("nearly-empty", "...", 100),
        ("outliers", "word " * 500, 100),
        ("duplicates", "text 7", 100),
        ("scripts", "Привет", 20),
        ("mojibake", "donâ€™t", 1000),
        ("control-characters", "don\x92t", 1000),
        ("replacement-characters", "don\ufffdt", 1000),
        ("html-entities", "R&amp;D", 100),
    ],
)
def test_from_this_share_of_the_rows_on_it_is_a_warning(find, kind, text, rows):
    (finding,) = find(kind, [*unique(rows - 1), text])
    (rarer,) = find(kind, [*unique(rows), text])

    assert (finding.severity, rarer.severity) == ("warning", "info")
    assert finding.rows == (rows,)


def test_lengths_are_told_in_words(find):
    (finding,) = find("lengths", ["word " * count for count in range(2001)])

    assert finding.message == ("1,000 words in the middle, 100 to 1,900 in nine of ten texts, 2,000 in the longest")
    assert finding.facts == {"percentiles": {"5": 100, "50": 1000, "95": 1900, "100": 2000}}
    assert finding.rows == (2001,)


def test_far_longer_texts_are_outliers_longest_first(find):
    (finding,) = find("outliers", [*SOUND, "word " * 500, "word " * 900])

    assert finding.rows == (62, 61)
    assert finding.facts == {"rows": 2, "from": 500}
    assert "rows (3.2 %) with a text far longer than the rest, from 500 words on; set max_length" in finding.message


@pytest.mark.parametrize(
    ("usual", "longest", "expected"),
    [
        ([9, 9, 9], 26, []),
        ([9, 9, 9], 27, [31]),
        ([3, 7, 15], 1362, []),
        ([3, 7, 15], 1363, [31]),
    ],
    # log(27) < log(10) + 5 * 0.2 < log(28); log(1363) < log(8) + 5 * 1.4826 * log(2) < log(1364)
)
def test_an_outlier_is_five_deviations_longer_on_a_logarithmic_scale(find, usual, longest, expected):
    texts = ["word " * count for count in [*usual * 10, longest]]

    assert [row for finding in find("outliers", texts) for row in finding.rows] == expected


def test_duplicates_are_one_finding_with_a_number_for_each_kind(find):
    text = "one and the same old story is told again and again in other words and then"
    texts = ["So good!", "so good", "So good!", f"{text} forgotten", f"{text} remembered", *SOUND]
    (finding,) = find("duplicates", texts)

    assert finding.message == (
        "of 65 rows, so many repeat an earlier one: 1 (1.5 %) to the letter, 2 (3.1 %) but for case, marks, mentions "
        "and addresses, 3 (4.6 %) nearly word for word; the commonest text stands in 3 rows"
    )
    assert finding.facts == {"repeated": {"exact": 1, "normalised": 2, "near": 3}, "groups": 2, "largest": 3}
    assert (finding.severity, finding.rows) == ("warning", (2, 5))


def test_near_duplicates_alone_are_no_warning(find):
    text = "one and the same old story is told again and again in other words and then"

    assert find("duplicates", [f"{text} forgotten", f"{text} remembered"])[0].severity == "info"


def test_near_duplicates_can_be_left_out(find):
    (finding,) = find("duplicates", ["a b", "a b", *SOUND], near=False)

    assert finding.facts["repeated"] == {"exact": 1, "normalised": 1}


@pytest.mark.parametrize("kind", ["duplicates", "random-split"])
def test_empty_texts_are_no_duplicates(find, kind):
    assert find(kind, ["", " ", " ", None, *SOUND]) == []


def test_the_leak_of_a_random_split_is_reported(find):
    (finding,) = find("random-split", ["x y", "X y!", "z w", "v u"], share=0.25)

    assert finding.facts == {"share": 0.25, "overlap": {"exact": 0, "normalised": 0.5, "near": 0.5}}
    assert finding.message == (
        "of a random 25 % of the rows, so many have their text in the rest as well: 0 % exact, 50 % normalised, "
        "50 % near; its score is flattered: split as 'seqtext train' does, equal texts on one side"
    )


# Of the two equal rows of a hundred, each is tested with probability share, and then meets the other with 1 - share.
@pytest.mark.parametrize(("share", "severity"), [(0.5, "warning"), (0.51, "info")])
def test_a_leak_of_one_in_a_hundred_flatters(find, share, severity):
    (finding,) = find("random-split", ["same", "same", *unique(98)], share=share)

    assert finding.severity == severity
    assert ("flattered" in finding.message) == (severity == "warning")


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("donâ€™t", "mojibake", "UTF-8 read as another encoding, .*read the original again as UTF-8"),
        (
            "don\x92t",
            "control-characters",
            "control characters .*latin-1, --encoding cp1252 .*the original again as cp1252",
        ),
        ("don\ufffdt", "replacement-characters", "U\\+FFFD, .*; go back to the original"),
        ("R&amp;D", "html-entities", "HTML entities, such as &amp;; the cleaning step 'html' decodes them"),
        ("a<br />b", "html-tags", "HTML tags, such as <br />; the cleaning step 'html' removes them"),
    ],
)
def test_damage_is_named_with_its_rows(find, text, name, message):
    (finding,) = find(name, [*SOUND, text])

    assert (finding.rows, finding.facts) == ((61,), {"rows": 1})
    assert re.search(rf"^1 of 61 rows \(1.6 %\) with {message}", finding.message)


def test_html_tags_are_never_a_warning(find):
    assert find("html-tags", ["a<br />b"])[0].severity == "info"


def test_the_scripts_are_counted_and_the_rarer_ones_shown(find):
    (finding,) = find("scripts", [*SOUND[:9], "123", "Привет"])

    assert finding.message == "written in Latin 9 (90 %), Cyrillic 1 (10 %)"
    assert finding.facts == {"scripts": {"Latin": 9, "Cyrillic": 1}}
    assert finding.rows == (11,)


def test_texts_without_letters_have_no_script(find):
    assert find("scripts", ["1", "2"]) == []
