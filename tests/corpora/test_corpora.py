"""The catalogue: corpora and samples are found, read and named alike in every published form."""

import gzip
import json
import lzma
import os

import pytest

from seqtext.corpora import CATALOGUE, cache_roots, corpus, fetch, find, load, sample_path, status, tasks
from seqtext.corpora.catalogue import Corpus
from seqtext.data.splitting import normalise, random_split, split_rows
from seqtext.errors import DataError, DownloadError
from seqtext.recipes.named import RECIPES


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch, request):
    """No real corpora, except for the tests that are about them."""
    if "corpus" not in request.keywords:
        monkeypatch.setenv("SEQTEXT_DATA", str(tmp_path / "data"))
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


# ------------------------------------------------------------------------------------------ the catalogue


@pytest.mark.parametrize(
    ("name", "expected"), [("imdb", "imdb"), ("sentiment", "gop_debate"), ("gop_debate", "gop_debate")]
)
def test_a_corpus_goes_by_its_name_and_its_task(name, expected):
    assert corpus(name).name == expected


def test_an_unknown_corpus_is_answered_with_the_choices():
    with pytest.raises(DataError, match=r"no corpus 'imbd'; choose from gop_debate, .*; did you mean 'imdb'"):
        load("imbd")


def test_every_task_has_a_recipe_that_exists():
    assert list(tasks())[:3] == ["sentiment", "imdb", "authors"]
    assert [task for task, known in tasks().items() if known.recipe not in RECIPES] == []


@pytest.mark.parametrize("known", CATALOGUE.values(), ids=list(CATALOGUE))
def test_an_entry_stands_under_its_name_and_its_sample_is_here(known):
    assert CATALOGUE[known.name] is known
    assert known.sample is None or sample_path(known.name).is_file()


@pytest.mark.parametrize("known", CATALOGUE.values(), ids=list(CATALOGUE))
def test_what_can_be_downloaded_has_a_size_and_a_checksum_and_comes_over_https(known):
    if known.url:
        assert known.url.startswith("https://")
        assert known.size > 0
        assert known.checksum.startswith(("sha256:", "md5:"))


def test_a_corpus_is_added_with_one_entry(tmp_path, monkeypatch):
    monkeypatch.setitem(
        CATALOGUE,
        "spam",
        Corpus(
            name="spam",
            title="Messages",
            licence="CC0",
            homepage="https://example.org",
            paths=("sms/spam.tsv",),
            task="messages",
            recipe="general",
            text="message",
            label="kind",
        ),
    )
    put(tmp_path / "data/sms/spam.tsv", "kind\tmessage\nham\tsee you\nspam\tyou won\n")

    assert load("messages").train.columns == {"text": ["see you", "you won"], "label": ["ham", "spam"]}


# ------------------------------------------------------------------------------------ finding and reading


def test_nothing_is_found_in_empty_cache_folders():
    assert [find(name) for name in CATALOGUE] == [None] * len(CATALOGUE)


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz"])
def test_tweets_are_found_plain_and_compressed(tmp_path, suffix):
    data = b"id,sentiment,text\n1,Negative,so bad\n2,,unlabelled\n3,Positive,good\n"
    path = put(tmp_path / f"data/gop_debate/Sentiment.csv{suffix}", "")
    path.write_bytes({"": bytes, ".gz": gzip.compress, ".xz": lzma.compress}[suffix](data))

    parts = load("sentiment")

    assert parts.train.columns == {"text": ["so bad", "good"], "label": ["Negative", "Positive"], "id": ["1", "3"]}
    assert (parts.test, parts.name, parts.is_sample, parts.path) == (None, "gop_debate", False, path)


def test_the_named_folder_comes_before_the_user_cache(tmp_path):
    assert cache_roots() == [tmp_path / "data", tmp_path / "cache/seqtext"]


def test_the_user_cache_is_used_when_the_named_folder_has_nothing(tmp_path):
    path = put(tmp_path / "cache/seqtext/spooky/train.csv", "id,text,author\n1,The raven,EAP\n")

    assert find("spooky") == path


@pytest.mark.parametrize("name", ["glove.6B.100d.txt", "glove.6B.100d.top100k.txt.xz"])
def test_word_vectors_are_found_whole_and_shortened(tmp_path, name):
    path = put(tmp_path / "data/glove" / name, "the 0.1")

    assert find("glove-6b-100d") == path


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
        put(folder / f"{part}.jsonl", "".join(json.dumps(row) + "\n" for row in rows))


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


@pytest.mark.parametrize("file", ["imdb/aclImdb/train/pos/0_9.txt", "imdb/train.jsonl"])
def test_a_training_part_without_its_test_part_is_not_the_corpus(tmp_path, file):
    put(tmp_path / "data" / file, '{"text": "a", "label": 1}')

    assert find("imdb") is None


def test_without_the_real_corpus_the_sample_is_loaded_and_says_so():
    parts = load("sentiment")

    assert (parts.is_sample, parts.path.name, parts.test) == (True, "tweets.csv", None)
    assert set(parts.train.column("label")) == {"negative", "neutral", "positive"}


def test_the_sample_can_be_asked_for(tmp_path):
    put_lines(tmp_path / "data/imdb")

    assert load("imdb", sample=True).is_sample


@pytest.mark.parametrize("name", ["wordnet", "glove-6b-100d"])
def test_a_resource_has_nothing_to_train_on(name):
    with pytest.raises(DataError, match=f"{name} is a resource without labels"):
        load(name)


def test_a_resource_has_no_sample():
    with pytest.raises(DataError, match="wordnet has no bundled sample; run 'seqtext corpora fetch wordnet'"):
        sample_path("wordnet")


def test_status_says_what_there_is(tmp_path):
    put_tree(tmp_path / "data/imdb/aclImdb")

    imdb, tweets = status("imdb"), status("sentiment")

    assert imdb["path"] == tmp_path / "data/imdb/aclImdb"
    assert (imdb["is_fetchable"], imdb["size"]) == (True, 84_125_825)
    assert (tweets["path"], tweets["is_fetchable"], tweets["size"]) == (None, False, None)
    assert tweets["sample"].name == "tweets.csv"


@pytest.mark.parametrize(("name", "file"), [("gop_debate", "Sentiment.csv"), ("authors", "train.csv")])
def test_what_needs_a_login_is_answered_with_the_place_to_put_it(name, file):
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
