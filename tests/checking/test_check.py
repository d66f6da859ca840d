"""A file is told what is wrong with it, in words that say what to do."""

import lzma
import os
import re
import tarfile
from pathlib import Path

import pytest

from seqtext.checking.check import check
from seqtext.checking.findings import Part, of_rows, percent
from seqtext.corpora import find
from seqtext.data.dataset import Dataset, read
from seqtext.errors import DataError

GOOD = [f"{word} number {number} is fine" for number in range(30) for word in ("one", "two")]
LABELS = ["a", "b", "b", "a"] * 15


def rows(texts, labels=None, **columns):
    labelled = {} if labels is None else {"label": labels}
    return Dataset({"text": texts, **labelled, **columns}, "file.csv")


def found(findings, check_name):
    """Severities and messages of the findings of one kind."""
    return [(finding.severity, finding.message) for finding in findings if finding.check == check_name]


def kinds(*parts, **options):
    return {finding.check for finding in check(*parts, **options)}


def test_a_sound_file_gets_facts_only():
    findings = check(rows(GOOD, LABELS))

    assert {finding.severity for finding in findings} == {"info"}
    assert {finding.check for finding in findings} == {"labels", "lengths", "scripts"}


def test_labels_are_counted_with_the_score_of_saying_always_the_same():
    assert found(check(rows(GOOD[:4], ["x", "x", "y", "x"])), "labels")[0] == (
        "info",
        "2 labels in 'label': 'x' 3 (75 %), 'y' 1 (25 %); always saying the most frequent is right for 75 %",
    )


@pytest.mark.parametrize(
    ("labels", "severity", "message"),
    [
        (["a"] * 60, "error", "every row has the label 'a'; expected at least two"),
        ([None] * 60, "error", r"60 of 60 rows \(100 %\) without a label in 'label'"),
        (["", None, *LABELS[2:]], "warning", r"2 of 60 rows \(3.3 %\) without a label in 'label'; label or remove"),
        (["c", *LABELS[1:]], "error", "'c' has a single row, too few to learn and test; add rows, merge"),
        (["c", "d", *LABELS[2:]], "error", "'c', 'd' have a single row"),
        (["c"] * 5 + LABELS[5:], "warning", "'c' has fewer than 10 rows"),
        (
            ["c"] * 5 + ["b"] * 55,
            "warning",
            "the largest label has 11 times the rows of the smallest; judge",
        ),
        ([" A "] * 10 + LABELS[10:], "warning", "differ only in case or spaces: ' A ', 'a'; make them one"),
        ([str(number) for number in range(60)], "warning", "'label' has 60 different values in 60 rows, too many"),
        ([f"1,{number}" for number in range(60)], "warning", "'label' seems to hold lists of labels"),
    ],
)
def test_a_problem_with_labels_is_named(labels, severity, message):
    problems = found(check(rows(GOOD, labels)), "labels")

    assert [one for one, text in problems if re.search(message, text)] == [severity]


def test_missing_and_empty_texts_are_counted_together():
    findings = [finding for finding in check(rows([None, "", " \n", "text"])) if finding.check == "empty"]

    assert [(finding.severity, finding.rows) for finding in findings] == [("warning", (1, 2, 3))]
    assert findings[0].message.startswith("3 of 4 rows (75 %) without a text;")


def test_a_file_without_any_text_is_an_error():
    assert found(check(rows(["", None])), "empty")[0][0] == "error"


def test_texts_of_marks_mentions_and_addresses_are_nearly_empty():
    findings = check(rows(["@ann http://t.co/x", "...", "RT @bob: x", "ok", "😀 👍", "漢字", *GOOD]))

    assert [finding.rows for finding in findings if finding.check == "nearly-empty"] == [(1, 2, 3)]


def test_far_longer_texts_are_outliers_longest_first():
    findings = [one for one in check(rows([*GOOD, "word " * 500, "word " * 900])) if one.check == "outliers"]

    assert [(finding.rows, finding.facts["from"]) for finding in findings] == [((62, 61), 500)]


def test_duplicates_are_told_by_how_equal_they_are():
    text = "one and the same old story is told again and again in other words and then"
    texts = ["So good!", "so good", "So good!", f"{text} forgotten", f"{text} remembered", *GOOD]
    repeated = {one.facts["kind"]: one.facts["rows"] for one in check(rows(texts)) if one.check == "duplicates"}

    assert repeated == {"exact": 1, "normalised": 2, "near": 3}


def test_near_duplicates_can_be_left_out():
    findings = check(rows(["a b", "a b", *GOOD]), near=False)

    assert {one.facts["kind"] for one in findings if one.check == "duplicates"} == {"exact", "normalised"}


def test_empty_texts_are_no_duplicates():
    assert "duplicates" not in kinds(rows(["", "", None, *GOOD]))


def test_the_leak_of_a_random_split_is_told():
    findings = [one for one in check(rows(["x y", "X y!", "z w", "v u"]), share=0.25) if one.check == "random-split"]

    assert findings[0].facts["overlap"] == {"exact": 0, "normalised": 0.5, "near": 0.5}
    assert findings[0].message.startswith(
        "of a random 25 % of the rows, so many have their text in the rest as well: 0 %"
    )


def test_equal_texts_with_different_labels_set_a_ceiling():
    findings = check(rows(["Good!", "good", "good", "bad"], ["pos", "neg", "pos", "neg"]))

    (finding,) = [one for one in findings if one.check == "contradictions"]
    assert (finding.severity, finding.facts["ceiling"], finding.rows) == ("warning", 0.75, (1, 2, 3))


def test_an_unlabelled_row_contradicts_nothing():
    assert "contradictions" not in kinds(rows(["good", "good", *GOOD], ["a", None, *LABELS]))


def test_texts_shared_between_parts_are_found_with_their_other_labels():
    train = rows(["So good", "bad", "fine"], ["pos", "neg", "pos"])
    test = rows(["so good!", "bad", "new"], ["pos", "pos", "neg"])

    findings = [one for one in check(train, Part("test.csv", test)) if one.check == "shared"]

    assert [(one.severity, one.rows, one.part) for one in findings] == [
        ("warning", (1, 2), "test.csv"),
        ("warning", (2,), "test.csv"),
    ]
    assert findings[0].message.startswith("2 of 3 rows (66.7 %) have their text in file.csv as well (1 to the letter)")
    assert findings[1].message.startswith("1 of these carry another 'label' in file.csv")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("donâ€™t", "mojibake"),
        ("don\x92t", "control-characters"),
        ("don\ufffdt", "replacement-characters"),
        ("R&amp;D", "html-entities"),
        ("a<br />b", "html-tags"),
    ],
)
def test_damage_is_named_with_its_rows(text, name):
    damaged = [one for one in check(rows([*GOOD, text])) if one.check == name]

    assert [finding.rows for finding in damaged] == [(61,)]
    assert damaged[0].severity == ("info" if name == "html-tags" else "warning")


def test_a_mix_of_scripts_is_a_warning():
    assert found(check(rows([*GOOD[:9], "Привет"])), "scripts") == [
        ("warning", "written in Latin 9 (90 %), Cyrillic 1 (10 %)")
    ]


def test_columns_words_and_order_that_give_the_label_away_are_named():
    labels = ["neg"] * 30 + ["pos"] * 30
    paths = [f"train/{label}/{number}.txt" for number, label in enumerate(labels)]
    findings = check(rows(GOOD, labels, stars=["1"] * 30 + ["5"] * 30, path=paths, site=["x", "y"] * 30))

    named = [message for _, message in found(findings, "giveaway")]
    assert [message.split(" that ")[0].split(" tells ")[0] for message in named] == [
        "column 'stars'",
        "words in column 'path'",
    ]
    assert found(findings, "order")[0][1].startswith("the rows are sorted by 'label'")


def test_a_header_that_names_the_label_is_found():
    pairs = zip(GOOD, LABELS, strict=True)
    texts = [f"From: {text.split()[2]}\nNewsgroups: rec.{label}\n\n{text}" for text, label in pairs]
    messages = "\n".join(message for _, message in found(check(rows(texts, LABELS)), "giveaway"))

    assert "the header 'Newsgroups' tells 'label' right in 100 % of the 60 rows" in messages
    assert "'rec.a' (a)" in messages
    assert "'From'" not in messages


def test_several_text_columns_are_one_text():
    pairs = Dataset({"title": ["a", "a"], "body": ["x", "y"]})

    assert "duplicates" not in kinds(Part("pairs", pairs, ("title", "body"), ()))
    assert "duplicates" in kinds(Part("pairs", pairs, ("title",), ()))


def test_rows_keep_their_numbers_when_others_are_left_out():
    part = Part("file", rows(["", "", "x"], ["a", "b", "b"])).having("label", ["b"])

    assert [one.rows for one in check(part) if one.check == "empty"] == [(2,)]


def test_a_label_that_is_not_there_is_answered_with_those_that_are():
    part = Part("file", rows(["x", "y"], ["pos", "neg"]))

    with pytest.raises(DataError, match=r"no row of file has 'Pos' in 'label', which holds 'neg', 'pos'; did you mean"):
        part.having("label", ["neg", "Pos"])


def test_no_rows_are_refused():
    with pytest.raises(DataError, match=r"file.csv has no rows to check"):
        check(rows([], []))


@pytest.mark.parametrize("text", ["", "x", "\x00", "\ud83d", "a " * 100_000, "ﷺ" * 1000])
def test_any_single_row_is_checked(text):
    assert check(rows([text], ["a"]))


@pytest.mark.parametrize(
    ("share", "expected"), [(0, "0 %"), (1, "100 %"), (0.5, "50 %"), (0.0004, "under 0.1 %"), (0.9999, "over 99.9 %")]
)
def test_a_share_is_never_rounded_to_nothing_or_everything(share, expected):
    assert percent(share) == expected


def test_rows_are_counted_with_their_share():
    assert of_rows(1234, 12340) == "1,234 of 12,340 rows (10 %)"


# ------------------------------------------------------------------------------------- the real corpora


@pytest.mark.corpus
def test_a_random_third_of_the_tweets_leaks_as_published():
    path = find("gop_debate")
    if path is None:
        pytest.skip("gop_debate is not below SEQTEXT_DATA")
    tweets = Part("tweets", read(path), labels=("sentiment",)).having("sentiment", ["Negative", "Positive"])

    (finding,) = [one for one in check(tweets, near=False) if one.check == "random-split"]

    assert 0.28 < finding.facts["overlap"]["exact"] < 0.30
    assert 0.34 < finding.facts["overlap"]["normalised"] < 0.36
    assert finding.severity == "warning"


# file -> how to read it, texts, labels
CORPORA = {
    "20news/20news-bydate-test.jsonl.xz": ({}, ["text"], ["label"]),
    "ag_news/test.csv.xz": ({}, ["title", "description"], ["label"]),
    "ag_news/train_sample10k.tsv.xz": ({"header": False}, ["column1"], ["column2"]),
    "banking77/test.csv.xz": ({}, ["text"], ["category"]),
    "clinton_trump_tweets/val_set.csv.xz": ({"names": ["who", "text"]}, ["text"], ["who"]),
    "cr/custrev.neg.xz": ({"format": "txt"}, ["text"], []),
    "debates_2016/debate.csv.xz": ({}, ["Text"], ["Speaker"]),
    "disaster_tweets/train.csv.xz": ({}, ["text"], ["target"]),
    "goemotions/dev.tsv.xz": ({"names": ["text", "labels", "id"], "quotes": False}, ["text"], ["labels"]),
    "gop_debate/Sentiment.csv.xz": ({}, ["text"], ["sentiment", "candidate"]),
    "imdb/test.jsonl.xz": ({}, ["text"], ["label"]),
    "imdb/unsup.jsonl.xz": ({}, ["text"], ["label"]),
    "mpqa/mpqa.pos.xz": ({"format": "txt", "encoding": "latin-1"}, ["text"], []),
    "sick/SICK.txt.xz": (
        {"format": "tsv", "quotes": False},
        ["sentence_A", "sentence_B"],
        ["entailment_label", "relatedness_score"],
    ),
    "sms_spam/SMSSpamCollection.xz": (
        {"format": "tsv", "names": ["label", "text"], "quotes": False},
        ["text"],
        ["label"],
    ),
    "spooky/train.csv.xz": ({}, ["text"], ["author"]),
    "stackoverflow_titles/title_StackOverflow.txt.xz": ({}, ["text"], []),
}
SAMPLE = 1500


def sample(path, **how):
    """About every n-th row of a file."""
    whole = read(path, **how)
    return whole.take(range(0, len(whole), max(1, len(whole) // SAMPLE)))


def corpus_file(name):
    path = Path(os.environ.get("SEQTEXT_DATA", "")) / name
    if not os.environ.get("SEQTEXT_DATA") or not path.is_file():
        pytest.skip(f"{name} is not below SEQTEXT_DATA")
    return path


@pytest.mark.corpus
@pytest.mark.parametrize("name", CORPORA)
def test_every_corpus_is_checked(name):
    how, texts, labels = CORPORA[name]

    findings = check(Part(name, sample(corpus_file(name), **how), tuple(texts), tuple(labels)))

    assert {"lengths", "scripts"} <= {finding.check for finding in findings}
    assert len([finding for finding in findings if finding.check == "labels"]) >= len(labels)


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "encoding"), [("gutenberg/gutenberg.tar.xz", "latin-1"), ("tweeteval/tweeteval.tar.xz", "utf-8")]
)
def test_every_text_of_an_archive_is_checked(tmp_path, name, encoding):
    with lzma.open(corpus_file(name)) as stream, tarfile.open(fileobj=stream) as archive:
        archive.extractall(tmp_path, filter="data")
    files = [path for path in sorted(tmp_path.rglob("*.txt")) if path.stat().st_size and "mapping" not in path.name]

    for path in files:
        assert check(Part(path.name, sample(path, encoding=encoding), labels=()))
    assert len(files) > 10
