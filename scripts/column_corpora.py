"""The corpora of several columns below SEQTEXT_DATA for the table of docs/models.md, as files of their own."""

import csv
import json
import lzma
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from labelled_corpora import DATA

from seqtext.data.splitting import split_rows

Row = dict[str, str]
SEED = 42


@dataclass(frozen=True)
class Task:
    """Columns of a corpus by what they are for, and what else ``seqtext train`` is told."""

    rows: Callable[[], tuple[list[Row], list[Row]]]
    text: tuple[str, ...]
    label: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    multilabel: tuple[str, ...] = ()
    options: tuple[str, ...] = field(default=())

    @property
    def arguments(self) -> list[str]:
        """What stands behind ``seqtext train --data ... --test ...``."""
        roles = {"text": self.text, "category": self.category, "label": self.label, "multilabel": self.multilabel}
        return [word for role, names in roles.items() for name in names for word in (f"--{role}", name)] + list(
            self.options
        )

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write the training and the test file."""
        columns = [*self.text, *self.category, *self.label, *self.multilabel]
        paths = folder / "train.csv", folder / "test.csv"
        for path, rows in zip(paths, self.rows(), strict=True):
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns, extrasaction="ignore")
                writer.writeheader()
                writer.writerows(rows)
        return paths


def _table(path: str, delimiter: str = ",", names: list[str] | None = None) -> list[Row]:
    quoting = csv.QUOTE_MINIMAL if delimiter == "," else csv.QUOTE_NONE
    with lzma.open(DATA / path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, names, delimiter=delimiter, quoting=quoting))


def _held_out(rows: list[Row], text: str, label: str, share: float = 0.2) -> tuple[list[Row], list[Row]]:
    """Equal texts on one side, labels in proportion."""
    parts = split_rows([row[label] for row in rows], [row[text] for row in rows], share=share, seed=SEED)
    kept, held_out = ([rows[i] for i in part] for part in parts)
    return kept, held_out


def _sick() -> tuple[list[Row], list[Row]]:
    """The official parts; relatedness from 1 to 5 cut into three classes of about the same size."""
    rows = _table("sick/SICK.txt.xz", "\t")
    for row in rows:
        score = float(row["relatedness_score"])
        row["relatedness"] = "low" if score < 3.3 else "middle" if score < 4.1 else "high"
    return [row for row in rows if row["SemEval_set"] != "TEST"], [row for row in rows if row["SemEval_set"] == "TEST"]


def _disaster_tweets() -> tuple[list[Row], list[Row]]:
    return _held_out(_table("disaster_tweets/train.csv.xz"), "text", "target")


def _gop_debate() -> tuple[list[Row], list[Row]]:
    return _held_out(_table("gop_debate/Sentiment.csv.xz"), "text", "sentiment", 0.33)


def _ag_news() -> tuple[list[Row], list[Row]]:
    """The file that has titles: the official test part, a fifth of it held out."""
    return _held_out(_table("ag_news/test.csv.xz"), "description", "label")


def _20news() -> tuple[list[Row], list[Row]]:
    """Subject and body; the training file has tabs for line breaks."""

    def row(line: str) -> Row:
        record = json.loads(line)
        text = record["text"].replace("\t", "\n")
        header, _, body = text.partition("\n\n")
        subject = next((one[8:].strip() for one in header.split("\n") if one.lower().startswith("subject:")), "")
        return {"subject": subject, "body": body, "group": record["label"]}

    parts = []
    for part in ("train", "test"):
        with lzma.open(DATA / f"20news/20news-bydate-{part}.jsonl.xz", "rt", encoding="utf-8", newline="\n") as file:
            parts.append([row(line) for line in file])
    return parts[0], parts[1]


def _goemotions() -> tuple[list[Row], list[Row]]:
    with lzma.open(DATA / "goemotions/labels.txt.xz", "rt", encoding="utf-8") as file:
        names = file.read().split()
    parts = []
    for part in ("train", "test"):
        rows = _table(f"goemotions/{part}.tsv.xz", "\t", ["text", "ids", "comment"])
        parts.append([{**row, "emotions": ",".join(names[int(i)] for i in row["ids"].split(","))} for row in rows])
    return parts[0], parts[1]


def _spooky() -> tuple[list[Row], list[Row]]:
    return _held_out(_table("spooky/train.csv.xz"), "text", "author")


def _clinton_trump_tweets() -> tuple[list[Row], list[Row]]:
    train, validation, test = (
        _table(f"clinton_trump_tweets/{part}_set.csv.xz", names=["handle", "text"]) for part in ("train", "val", "test")
    )
    return [*train, *validation], test


TASKS = {
    "sick": Task(
        _sick,
        ("sentence_A", "sentence_B"),
        ("entailment_label", "relatedness"),
        options=("--set", "texts=compared"),
    ),
    "disaster_tweets": Task(_disaster_tweets, ("text",), ("target",), ("keyword", "location")),
    "gop_debate": Task(
        _gop_debate, ("text",), ("sentiment", "subject_matter"), ("candidate",), options=("--recipe", "sentiment")
    ),
    "ag_news": Task(_ag_news, ("title", "description"), ("label",)),
    "20news": Task(_20news, ("subject", "body"), ("group",)),
    "goemotions": Task(_goemotions, ("text",), multilabel=("emotions",), options=("--separator", ",")),
    "spooky": Task(_spooky, ("text",), ("author",), options=("--recipe", "authors")),
    "clinton_trump_tweets": Task(_clinton_trump_tweets, ("text",), ("handle",), options=("--recipe", "authors")),
}
