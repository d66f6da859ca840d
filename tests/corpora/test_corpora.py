"""The catalogue: corpora and samples are found, read and named alike in every published form."""

import gzip
import json
import lzma
import os

import pytest

from seqtext import corpora
from seqtext.corpora import CATALOGUE, cache_root, corpus, fetch, find, load, sample_path, status
from seqtext.data.splitting import normalise, random_split, split_rows
from seqtext.errors import DataError, DownloadError


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch, request):
    """No real corpora, except for the tests that are about them."""
    if "corpus" in request.keywords:
        return
    monkeypatch.setenv("SEQTEXT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(corpora.sys, "platform", "linux")


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


# --------------------------------------------------------------------------------- finding and loading


@pytest.mark.parametrize(
    ("name", "expected"),
    [("imdb", "imdb"), ("sentiment", "gop_debate"), ("gop_debate", "gop_debate"), ("authors", "spooky")],
)
def test_a_corpus_goes_by_its_name_and_its_task(name, expected):
    assert corpus(name).name == expected


def test_an_unknown_corpus_is_answered_with_the_choices():
    with pytest.raises(DataError, match=r"no corpus 'imbd'; choose from imdb, .*; did you mean 'imdb'"):
        load("imbd")


def test_nothing_is_found_in_empty_cache_folders():
    assert [find(name) for name in CATALOGUE] == [None] * len(CATALOGUE)


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz"])
def test_tweets_are_found_plain_and_compressed(tmp_path, suffix):
    data = b"id,sentiment,text\n1,Negative,so bad\n2,,unlabelled\n3,Positive,good\n"
    pack = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress}[suffix]
    path = tmp_path / f"data/gop_debate/Sentiment.csv{suffix}"
    path.parent.mkdir(parents=True)
    path.write_bytes(pack(data))

    parts = load("sentiment")

    assert parts.train.columns == {"text": ["so bad", "good"], "label": ["Negative", "Positive"], "id": ["1", "3"]}
    assert (parts.test, parts.name, parts.is_sample, parts.path) == (None, "gop_debate", False, path)


def test_the_user_cache_is_used_when_the_named_folder_has_nothing(tmp_path):
    path = put(tmp_path / "cache/seqtext/spooky/train.csv", "id,text,author\n1,The raven,EAP\n")

    assert find("spooky") == path


REVIEWS = [("pos", "0_9", "great"), ("pos", "10_8", "fine"), ("neg", "2_1", "awful"), ("neg", "10_2", "bad")]


def put_tree(folder):
    for part in ("train", "test"):
        for label, name, text in REVIEWS:
            put(folder / part / label / f"{name}.txt", f"{text} {part}")
    put(folder / "train/unsup/0_0.txt", "unlabelled")
    put(folder / "train/urls_pos.txt", "http://x")
    put(folder / "README", "about")


def put_lines(folder):
    for part in ("train", "test"):
        rows = [
            {"path": f"{part}/{label}/{name}.txt", "label": int(label == "pos"), "text": f"{text} {part}"}
            for label, name, text in REVIEWS
        ]
        rows.append({"path": "train/unsup/0_0.txt", "label": -1, "text": "unlabelled"})
        data = "".join(json.dumps(row) + "\n" for row in rows).encode()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{part}.jsonl.xz").write_bytes(lzma.compress(data))


@pytest.mark.parametrize(
    ("where", "make"),
    [("imdb/aclImdb", put_tree), ("aclImdb", put_tree), ("imdb", put_lines)],
    ids=["tree", "top", "jsonl"],
)
def test_reviews_are_the_same_rows_in_the_same_order_in_every_form(tmp_path, where, make):
    make(tmp_path / "data" / where)

    parts = load("imdb")

    assert parts.train.column("text") == ["great train", "fine train", "awful train", "bad train"]
    assert parts.train.column("label") == ["positive", "positive", "negative", "negative"]
    assert parts.test.column("text") == ["great test", "fine test", "awful test", "bad test"]
    assert parts.train.column("path")[1] == "train/pos/10_8.txt"


def test_a_tree_without_its_test_part_is_not_the_corpus(tmp_path):
    put(tmp_path / "data/imdb/aclImdb/train/pos/0_9.txt", "great")

    assert find("imdb") is None


def test_a_training_file_without_its_test_file_is_not_the_corpus(tmp_path):
    put(tmp_path / "data/imdb/train.jsonl", '{"text": "a", "label": 1}')

    assert find("imdb") is None


@pytest.fixture
def samples(tmp_path, monkeypatch):
    put(tmp_path / "samples/tweets.csv", "text,sentiment\nso bad,negative\n")
    put(tmp_path / "samples/reviews.csv", "text,label\na fine film,positive\n")
    monkeypatch.setattr(corpora.resources, "files", lambda package: tmp_path / "samples")
    return tmp_path / "samples"


def test_without_the_real_corpus_the_sample_is_loaded_and_says_so(samples):
    parts = load("sentiment")

    assert parts.train.columns == {"text": ["so bad"], "label": ["negative"]}
    assert (parts.is_sample, parts.path, parts.test) == (True, samples / "tweets.csv", None)


def test_the_sample_can_be_asked_for(tmp_path, samples):
    put_lines(tmp_path / "data/imdb")

    assert load("imdb", sample=True).train.columns == {"text": ["a fine film"], "label": ["positive"]}


def test_a_resource_has_nothing_to_train_on():
    with pytest.raises(DataError, match="wordnet is a resource without labels"):
        load("wordnet")


def test_a_resource_has_no_sample():
    with pytest.raises(DataError, match="wordnet has no bundled sample; run 'seqtext corpora fetch wordnet'"):
        sample_path("wordnet")


def test_status_says_what_there_is(tmp_path, samples):
    put_tree(tmp_path / "data/imdb/aclImdb")

    assert status("imdb").path == tmp_path / "data/imdb/aclImdb"
    assert (status("imdb").is_fetchable, status("imdb").is_verified, status("imdb").size) == (True, True, 84_125_825)
    assert (status("wordnet").is_fetchable, status("wordnet").is_verified) == (True, False)
    assert (status("sentiment").path, status("sentiment").is_fetchable) == (None, False)
    assert status("sentiment").sample == samples / "tweets.csv"


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write everywhere")
def test_the_cache_is_the_first_folder_that_can_be_written(tmp_path):
    (tmp_path / "data").mkdir(mode=0o500)

    assert cache_root() == tmp_path / "cache/seqtext"


def test_when_no_cache_can_be_written_the_variable_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(corpora.os, "access", lambda path, mode: False)

    with pytest.raises(
        DownloadError, match=r"cannot write to .*data nor .*cache.seqtext; set SEQTEXT_DATA to a folder"
    ):
        cache_root()


@pytest.mark.parametrize(
    ("platform", "variable", "value", "expected"),
    [
        ("win32", "LOCALAPPDATA", "/win", "/win/seqtext"),
        ("darwin", "HOME", "/mac", "/mac/Library/Caches/seqtext"),
        ("linux", "XDG_CACHE_HOME", "/xdg", "/xdg/seqtext"),
        ("linux", "HOME", "/home/ann", "/home/ann/.cache/seqtext"),
    ],
)
def test_the_cache_is_where_the_platform_has_it(monkeypatch, platform, variable, value, expected):
    for name in ("SEQTEXT_DATA", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(corpora.sys, "platform", platform)
    monkeypatch.setenv(variable, value)

    assert [path.as_posix() for path in corpora.cache_roots()] == [expected]


@pytest.mark.parametrize(("name", "file"), [("gop_debate", "Sentiment.csv"), ("authors", "train.csv")])
def test_what_needs_a_login_is_answered_with_the_place_to_put_it(tmp_path, name, file):
    with pytest.raises(
        DownloadError, match=rf"without a login; download {file} from https.*kaggle.* put it at .*{file}"
    ):
        fetch(name)


# -------------------------------------------------------------------------------------- the real thing

real = pytest.mark.skipif(not os.environ.get("SEQTEXT_DATA"), reason="SEQTEXT_DATA is not set")


@real
@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "rows", "test_rows", "labels"),
    [
        ("imdb", 25_000, 25_000, {"negative": 12_500, "positive": 12_500}),
        ("sentiment", 13_871, None, {"Negative": 8_493, "Neutral": 3_142, "Positive": 2_236}),
        ("authors", 19_579, None, {"EAP": 7_900, "MWS": 6_044, "HPL": 5_635}),
    ],
)
def test_the_real_corpora_have_the_published_counts(name, rows, test_rows, labels):
    if find(name) is None:
        pytest.skip(f"{name} is not below SEQTEXT_DATA")

    parts = load(name)

    column = parts.train.column("label")
    assert len(parts.train) == rows
    assert (parts.test and len(parts.test)) == test_rows
    assert {label: column.count(label) for label in labels} == labels


@real
@pytest.mark.corpus
def test_a_random_third_of_the_tweets_overlaps_as_published():
    if find("sentiment") is None:
        pytest.skip("gop_debate is not below SEQTEXT_DATA")
    tweets = load("sentiment").train
    texts = [
        text for text, label in zip(tweets.column("text"), tweets.column("label"), strict=True) if label != "Neutral"
    ]
    kept, held_out = random_split(texts, share=0.33, seed=42)

    def overlap(key):
        known = {key(texts[i]) for i in kept}
        return sum(key(texts[i]) in known for i in held_out) / len(held_out)

    assert 0.28 < overlap(str) < 0.30
    assert 0.34 < overlap(normalise) < 0.37


@real
@pytest.mark.corpus
def test_the_tweets_are_split_without_leaks_to_the_row():
    if find("sentiment") is None:
        pytest.skip("gop_debate is not below SEQTEXT_DATA")
    tweets = load("sentiment").train

    kept, held_out = split_rows(tweets.column("label"), tweets.column("text"), share=0.2, seed=42)

    keys = [normalise(text) for text in tweets.column("text")]
    assert not {keys[i] for i in kept} & {keys[i] for i in held_out}
    assert len(held_out) == round(0.2 * len(tweets))
