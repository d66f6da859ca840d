"""A sound file gets facts only, two parts are compared, and every real corpus is checked."""

import lzma
import os
import tarfile
from pathlib import Path

import pytest

from seqtext.checking.check import check
from seqtext.checking.findings import Part
from seqtext.corpora import find as find_corpus
from seqtext.data.dataset import read
from seqtext.errors import DataError

TEXTS = [f"{word} number {number} is fine" for number in range(30) for word in ("one", "two")]
LABELS = ["a", "b", "b", "a"] * 15


def test_a_sound_file_gets_facts_only(part):
    findings = check(part(TEXTS, LABELS))

    assert [(finding.check, finding.severity, finding.part) for finding in findings] == [
        ("labels", "info", "file.csv"),
        ("lengths", "info", "file.csv"),
        ("scripts", "info", "file.csv"),
    ]


def test_a_third_is_split_and_near_duplicates_are_looked_for_unless_asked_otherwise(part):
    (split,) = [one for one in check(part(["a b", "a b", "c"])) if one.check == "random-split"]

    assert split.facts["share"] == 0.33
    assert set(split.facts["overlap"]) == {"exact", "normalised", "near"}


def test_no_rows_are_refused(part):
    with pytest.raises(DataError, match=r"file.csv has no rows to check"):
        check(part([], []))


@pytest.mark.parametrize("text", ["", "x", "\x00", "\ud83d", "a " * 100_000, "ﷺ" * 1000])
def test_any_single_row_is_checked(part, text):
    assert check(part([text], ["a"]))


def shared(*parts):
    return [finding for finding in check(*parts) if finding.check == "shared"]


def test_texts_shared_between_parts_are_found_with_their_other_labels(part):
    train = part(["So good", "bad", "fine"], ["pos", "neg", "pos"], name="train.csv")
    test = part(["so good!", "bad", "new", "fine"], ["pos", "pos", "neg", "pos"], name="test.csv")

    first, second = shared(train, test)

    assert (first.severity, first.rows, first.part) == ("warning", (1, 2, 4), "test.csv")
    assert first.facts == {"first": "train.csv", "exact": 2, "normalised": 3, "rows": 3}
    assert first.message == (
        "3 of 4 rows (75 %) have their text in train.csv as well (2 to the letter); remove them from one of the two"
    )
    assert (second.severity, second.rows, second.part) == ("warning", (2,), "test.csv")
    assert second.facts == {"first": "train.csv", "column": "label", "contradicting": 1}
    assert second.message == "1 of these carry another 'label' in train.csv; correct the labels"


@pytest.mark.parametrize(("rows", "severity"), [(1000, "warning"), (1001, "info")])
def test_one_shared_text_in_a_thousand_is_a_warning(part, rows, severity):
    (finding,) = shared(part(["same"]), part(["same", *(f"text {number}" for number in range(rows - 1))]))

    assert finding.severity == severity


@pytest.mark.parametrize(
    ("first", "second"),
    [([None], ["b"]), (["b"], [None]), (["a", "b"], ["b", "b"])],
    ids=["the first has none", "the second has none", "the first has both"],
)
def test_labels_contradict_only_where_both_parts_have_them(part, first, second):
    assert len(shared(part(["same"] * len(first), first), part(["same"] * len(second), second))) == 1


def test_parts_with_other_label_columns_are_compared_by_their_texts(part):
    assert len(shared(part(["same"], ["a"]), part(["same"]))) == 1


def test_empty_texts_are_not_shared(part):
    assert shared(part(["", "a"]), part(["", "b"])) == []


# ------------------------------------------------------------------------------------- the real corpora


@pytest.mark.corpus
def test_a_random_third_of_the_tweets_leaks_as_published():
    path = find_corpus("gop_debate")
    if path is None:
        pytest.skip("gop_debate is not below SEQTEXT_DATA")
    tweets = Part("tweets", read(path), label_columns=("sentiment",)).where("sentiment", ["Negative", "Positive"])

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
        assert check(Part(path.name, sample(path, encoding=encoding), label_columns=()))
    assert len(files) > 10
