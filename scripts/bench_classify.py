"""
Label files with one trained LSTM, from a cold process to the last row, beside Keras, PyTorch and bare ONNX Runtime.

    SEQTEXT_DATA=../shared/data python scripts/bench_classify.py [--repeats 3] [--rows 25000] [--torch PYTHON]
        [--update docs/performance.md]

Trains LSTM(64) on 4,000 reviews for an epoch, and gives its weights and words to every contestant: what it answers does
not matter here, only that all do the same work. (Keras and PyTorch have a little less: their words lose punctuation,
which is a word for seqtext.) Each run is a process of its own; contestants take turns, and the medians of wall-clock
seconds and of peak memory are shown. A peer that is not installed is left out, and that is said.
"""

import argparse
import csv
import json
import lzma
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from tables import replace_table

LENGTH = 256
PEERS = Path(__file__).parent / "classify_peers.py"


def measure(command: list[str]) -> tuple[float, float] | None:
    """Seconds and peak megabytes of ``command``, or None where it lacks a package (exit status 3)."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if (code := os.waitstatus_to_exitcode(status)) == 3:
        return None
    if code:
        sys.exit(f"{' '.join(command)} failed")
    return time.perf_counter() - began, usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)


def write_texts(path: Path, texts: Iterable[str]) -> Path:
    """A csv file with the column text."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text"])
        writer.writerows([text] for text in texts)
    return path


def json_texts(path: Path) -> list[str]:
    """The texts of a corpus in jsonl.xz."""
    with lzma.open(path, "rt", encoding="utf-8", newline="\n") as file:
        return [json.loads(line)["text"] for line in file]


def files(data: Path, folder: Path, rows: int) -> dict[str, tuple[Path, int]]:
    """The files to label, with their numbers of rows, by what is said of them."""
    with lzma.open(data / "gop_debate/Sentiment.csv.xz", "rt", encoding="utf-8", newline="") as file:
        tweets = [row["text"] for row in csv.DictReader(file)]
    news = sorted(json_texts(data / "20news/20news-bydate-test.jsonl.xz"), key=len)[-2_000:]
    # Shortest and longest texts come in no order.
    rng = np.random.default_rng(0)
    every = {
        "IMDB's test reviews": json_texts(data / "imdb/test.jsonl.xz")[:rows],
        "tweets": (tweets * 8)[: 4 * rows],
        "long messages of 20news": [news[i] for i in rng.permutation(len(news))],
    }
    return {
        f"{len(texts):,} {name}": (write_texts(folder / f"{i}.csv", texts), len(texts))
        for i, (name, texts) in enumerate(every.items())
    }


def train(data: Path, folder: Path) -> Path:
    """A model for all contestants: weights, words, and a folder that seqtext loads."""
    with lzma.open(data / "imdb/train.jsonl.xz", "rt", encoding="utf-8", newline="\n") as file:
        rows = [json.loads(line) for line in file]
    chosen = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))[:4_000]]
    with (folder / "train.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *((row["text"], row["label"]) for row in chosen)])
    settings = {
        "bidirectional": "false",
        "pooling": "last",
        "epochs": "1",
        "max_length": str(LENGTH),
        "truncating": "pre",
    }
    extra = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    model = folder / "model"
    command = ["train", "--data", str(folder / "train.csv"), "--recipe", "recurrent", *extra, "--out", str(model)]
    subprocess.run([sys.executable, "-m", "seqtext", *command], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([sys.executable, str(PEERS), "prepare", str(model)], check=True)
    return model


def contestants(model: Path, file: Path, out: Path, torch: str) -> dict[str, list[str]]:
    """The commands, by what is said of them."""
    peer = [sys.executable, str(PEERS)]
    where = [str(model), str(file), str(out)]
    return {
        "`seqtext classify`": [
            sys.executable,
            "-m",
            "seqtext",
            "classify",
            str(file),
            "-m",
            str(model),
            "-o",
            str(out),
        ],
        "`seqtext classify --jobs 2`": [
            *(sys.executable, "-m", "seqtext", "classify", str(file), "-m", str(model), "-o", str(out)),
            *("--jobs", "2"),
        ],
        "ONNX Runtime on ready arrays": [*peer, "onnx", *where],
        "Keras: `Tokenizer`, `pad_sequences`, `predict`": [*peer, "keras", *where],
        "PyTorch, sorted by length, one thread": [torch, str(PEERS), "torch", *where],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rows", type=int, default=25_000, help="of IMDB, and four times as many tweets")
    parser.add_argument("--torch", default=sys.executable, help="a Python that has PyTorch")
    parser.add_argument("--update", type=Path, metavar="FILE")
    options = parser.parse_args()
    data = Path(os.environ["SEQTEXT_DATA"])
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    lines = ["| file | with | rows a second | seconds | MB |", "|---|---|--:|--:|--:|"]
    left_out = {} if shutil.which("fasttext") else {"fastText"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = train(data, folder)
        for what, (file, rows) in files(data, folder, options.rows).items():
            commands = contestants(model, file, folder / "out.csv", options.torch)
            subprocess.run([sys.executable, str(PEERS), "arrays", str(model), str(file)], check=True)
            found: dict[str, list[tuple[float, float]]] = {}
            for _ in range(options.repeats):
                for who, command in commands.items():
                    if result := measure(command):
                        found.setdefault(who, []).append(result)
                    else:
                        left_out.add(who)
            for who, results in found.items():
                seconds, megabytes = (statistics.median(one) for one in zip(*results, strict=True))
                lines.append(f"| {what} | {who} | {rows / seconds:,.0f} | {seconds:.1f} | {megabytes:.0f} |")
                print(lines[-1], flush=True)
    table = "\n".join(lines)
    if left_out:
        table += f"\n\nNot installed, so not measured: {', '.join(sorted(left_out))}."
    if options.update:
        replace_table(options.update, "bench_classify", table)


if __name__ == "__main__":
    main()
