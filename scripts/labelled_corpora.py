"""The labelled corpora below SEQTEXT_DATA that the table of docs/results.md is made on."""

import csv
import json
import lzma
import os
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from seqtext import corpora
from seqtext.data.splitting import split_rows

Part = tuple[list[str], list[str]]
DATA = Path(os.environ.get("SEQTEXT_DATA", "."))
SHARE = 0.2
# Which named recipe a user would take; all others: general.
RECIPE = {
    "imdb": "imdb",
    "gop_debate": "sentiment",
    "spooky": "authors",
    "tweets": "sentiment",
    "reviews": "imdb",
    "authors": "authors",
    "tweeteval/emotion": "sentiment",
    "tweeteval/irony": "sentiment",
    "tweeteval/sentiment": "sentiment",
    "tweeteval/stance": "sentiment",
    "disaster_tweets": "sentiment",
    "clinton_trump_tweets": "authors",
    "debates_2016": "authors",
    "gutenberg": "authors",
}


def _lines(path: str) -> list[str]:
    with lzma.open(DATA / path, "rt", encoding="utf-8", newline="\n") as file:
        return file.read().removesuffix("\n").split("\n")


def _records(path: str) -> list[dict[str, str]]:
    with lzma.open(DATA / path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _split(texts: list[str], labels: list[str], seed: int, share: float = SHARE) -> tuple[Part, Part]:
    kept, held_out = split_rows(labels, texts, share=share, seed=seed)
    first, second = (([texts[i] for i in part], [labels[i] for i in part]) for part in (kept, held_out))
    return first, second


def _table(path: str, text: str, label: str) -> Part:
    rows = _records(path)
    return [row[text] for row in rows], [row[label] for row in rows]


def _imdb(seed: int) -> tuple[Part, Part]:
    parts = corpora.load("imdb")
    assert parts.test is not None
    train, test = ((list(part.column("text")), list(part.column("label"))) for part in (parts.train, parts.test))
    return train, test


def _news(seed: int) -> tuple[Part, Part]:
    """20 newsgroups: the body, after an empty line; the training file has tabs for line breaks."""
    rows = [
        [json.loads(line) for line in _lines(f"20news/20news-bydate-{part}.jsonl.xz")] for part in ("train", "test")
    ]

    def body(message: str) -> str:
        return min((message.partition(empty) for empty in ("\n\n", "\t\t")), key=lambda parts: len(parts[0]))[2]

    train, test = (([body(row["text"]) for row in part], [row["label"] for row in part]) for part in rows)
    return train, test


def _ag_news(seed: int) -> tuple[Part, Part]:
    sample = [line.split("\t") for line in _lines("ag_news/train_sample10k.tsv.xz")]
    names = {"1": "World", "2": "Sports", "3": "Business", "4": "Sci/Tech"}
    with lzma.open(DATA / "ag_news/test.csv.xz", "rt", encoding="utf-8", newline="") as file:
        test = list(csv.reader(file))[1:]
    return ([row[0] for row in sample], [row[1].strip() for row in sample]), (
        [row[2] for row in test],
        [names[row[0]] for row in test],
    )


def _tweeteval(task: str) -> tuple[Part, Part]:
    with tarfile.open(DATA / "tweeteval/tweeteval.tar.xz") as archive:
        files = {
            name: archive.extractfile(name).read().decode("utf-8").removesuffix("\n").split("\n")  # type: ignore[union-attr]
            for name in sorted(archive.getnames())
            if name.endswith(".txt") and f"/{task}/" in f"/{name}" and "mapping" not in name
        }

    def part(*names: str) -> Part:
        texts = [line for name in names for path in files if path.endswith(f"{name}_text.txt") for line in files[path]]
        labels = [
            line for name in names for path in files if path.endswith(f"{name}_labels.txt") for line in files[path]
        ]
        return texts, labels

    return part("train", "val"), part("test")


def _gutenberg(seed: int) -> tuple[Part, Part]:
    """Passages of about 100 words by the authors of at least two books; the last book of each is the test."""
    books: dict[str, list[tuple[str, str]]] = {}
    with tarfile.open(DATA / "gutenberg/gutenberg.tar.xz") as archive:
        for name in sorted(name for name in archive.getnames() if name.endswith(".txt")):
            words = archive.extractfile(name).read().decode("utf-8", "replace").split()  # type: ignore[union-attr]
            passages = [" ".join(words[at : at + 100]) for at in range(100, min(len(words), 60_000), 100)]
            books.setdefault(Path(name).name.split("-")[0], []).append((name, "\n".join(passages)))
    several = {author: own for author, own in books.items() if len(own) > 1}
    parts = []
    for chosen in (slice(None, -1), slice(-1, None)):
        rows = [
            (text, author) for author, own in several.items() for _, book in own[chosen] for text in book.split("\n")
        ]
        parts.append(([text for text, _ in rows], [author for _, author in rows]))
    return parts[0], parts[1]


def load(name: str, seed: int = 42) -> tuple[Part, Part]:
    """Return training and test rows as texts and labels; ``seed`` splits what has no official test part."""
    if name in ("tweets", "reviews", "authors"):
        rows = corpora.load({"tweets": "sentiment", "reviews": "imdb"}.get(name, name), sample=True).train
        return _split(list(rows.column("text")), list(rows.column("label")), seed)
    if name.startswith("tweeteval/"):
        return _tweeteval(name.partition("/")[2])
    if name in ("cr", "mpqa"):
        stem = {"cr": "custrev", "mpqa": "mpqa"}[name]
        parts = {label: _lines(f"{name}/{stem}.{label}.xz") for label in ("pos", "neg")}
        texts = [text for lines in parts.values() for text in lines]
        return _split(texts, [label for label, lines in parts.items() for _ in lines], seed)
    if name == "debates_2016":
        rows = [row for row in _records("debates_2016/debate.csv.xz") if row["Speaker"] != "Audience"]
        turns = Counter(row["Speaker"] for row in rows)
        rows = [row for row in rows if turns[row["Speaker"]] >= 50]
        return _split([row["Text"] for row in rows], [row["Speaker"] for row in rows], seed)
    if name == "clinton_trump_tweets":
        parts = []
        for one in ("train", "val", "test"):
            with lzma.open(DATA / f"{name}/{one}_set.csv.xz", "rt", encoding="utf-8", newline="") as file:
                parts.append(list(csv.reader(file)))
        train, test = [*parts[0], *parts[1]], parts[2]
        return ([row[1] for row in train], [row[0] for row in train]), (
            [row[1] for row in test],
            [row[0] for row in test],
        )
    if name == "sms_spam":
        rows = [line.split("\t", 1) for line in _lines("sms_spam/SMSSpamCollection.xz")]
        return _split([row[1] for row in rows], [row[0] for row in rows], seed)
    if name == "stackoverflow_titles":
        titles, labels = (_lines(f"{name}/{kind}_StackOverflow.txt.xz")[:20_000] for kind in ("title", "label"))
        return _split(titles, labels, seed)
    if name == "banking77":
        train, test = (_table(f"banking77/{part}.csv.xz", "text", "category") for part in ("train", "test"))
        return train, test
    if name == "gop_debate":
        return _split(*_table("gop_debate/Sentiment.csv.xz", "text", "sentiment"), seed, 0.33)
    if name == "spooky":
        return _split(*_table("spooky/train.csv.xz", "text", "author"), seed)
    if name == "disaster_tweets":
        return _split(*_table("disaster_tweets/train.csv.xz", "text", "target"), seed)
    return {"imdb": _imdb, "20news": _news, "ag_news": _ag_news, "gutenberg": _gutenberg}[name](seed)


NAMES = (
    "tweets",
    "reviews",
    "authors",
    "debates_2016",
    "tweeteval/sentiment",
    "tweeteval/stance",
    "cr",
    "tweeteval/emotion",
    "tweeteval/irony",
    "sms_spam",
    "clinton_trump_tweets",
    "disaster_tweets",
    "mpqa",
    "gop_debate",
    "banking77",
    "ag_news",
    "spooky",
    "stackoverflow_titles",
    "gutenberg",
    "20news",
    "imdb",
)
# The rules of seqtext.recipes.adapt were learned on these; the others check them.
LEARNED_ON = {"tweets", "tweeteval/irony", "tweeteval/emotion", "gop_debate", "spooky", "banking77"}


def every(names: list[str], seeds: list[int]) -> Iterator[tuple[str, int, Part, Part]]:
    """Yield the chosen corpora, small ones once for each seed."""
    for name in names:
        for seed in seeds:
            train, test = load(name, seed)
            yield name, seed, train, test
            if len(train[0]) >= 10_000:
                break
