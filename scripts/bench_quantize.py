"""
What 8 bits buy and cost: size of the exported graph, rows a second and accuracy, beside the same model in floats.

    SEQTEXT_DATA=... python scripts/bench_quantize.py [--rows 4000] [--test-rows 2000] [--update docs/performance.md]

Trains each model for a few epochs on some rows of IMDB and of the tweets of gop_debate, and scores it on rows that it
has not seen. Not good models, but trained ones. "Graph alone" is ONNX Runtime on arrays that are ready, in batches as
`classify` makes them; "in all" has cleaning, tokenizing and counting, too. Rows a second of processor time on one core,
the best of several takes in turn: what others compute meanwhile hardly counts.
"""

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from tables import show

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from seqtext.model import TrainedModel, _affordable_batches
from seqtext.models.rows import Rows

TAKES, TIMED_ROWS = 5, 1_000
# A maximum is learned from few rows; a last step is not.
LSTM = {"bidirectional": False, "pooling": "max"}
# Title, corpus, named recipe, and what is changed in it.
MODELS = [
    ("LSTM(64)", "imdb", "recurrent", LSTM),
    ("LSTM(128)", "imdb", "recurrent", LSTM | {"units": 128, "embedding_dim": 128}),
    ("LSTM(256)", "imdb", "recurrent", LSTM | {"units": 256, "embedding_dim": 128, "epochs": 2}),
    ("`imdb`", "imdb", "imdb", {}),
    ("`recurrent`", "gop_debate", "recurrent", {}),
    ("`recurrent`, `cell=gru`", "gop_debate", "recurrent", {"cell": "gru"}),
    ("`sentiment`", "gop_debate", "sentiment", {}),
    ("`linear`", "gop_debate", "linear", {}),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--rows", type=int, default=4_000, help="to train on")
    parser.add_argument("--test-rows", type=int, default=2_000, help="to score on")
    parser.add_argument("--update", type=Path, metavar="PAGE")
    options = parser.parse_args()
    lines = [
        "| corpus | model | MB | in 8 bits | rows a second, graph alone | in 8 bits, times | rows a second, in all "
        "| in 8 bits, times | accuracy | in 8 bits, points more |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for title, corpus, recipe, changes in MODELS:
        lines.append(f"| {corpus} | {title} | {row(corpus, recipe, changes, options.rows, options.test_rows)} |")
        print(lines[-1], flush=True)
    show("\n".join(lines), "bench_quantize", options.update)


def row(corpus: str, recipe: str, changes: dict[str, object], n_train: int, n_test: int) -> str:
    """The figures of one model as cells of a table."""
    from seqtext.export import compare, quantized
    from seqtext.recipes.change import changed
    from seqtext.recipes.named import RECIPES
    from seqtext.training.labelled import labelled_rows
    from seqtext.training.run import train

    texts, labels = some_rows(corpus, n_train + n_test)
    rows = labelled_rows({"text": texts[:n_train]}, {"label": labels[:n_train]})
    model, _ = train(rows, changed(RECIPES[recipe], {"epochs": 3, "max_length": 200} | changes))
    models = [model, quantized(model)]
    unseen = {"text": texts[n_train:]}
    before, after = compare(models, unseen, {"label": model.labels["label"].transform(labels[n_train:])})
    with on_one_core():
        taken = np.min([[seconds(one, unseen["text"][:TIMED_ROWS]) for one in models] for _ in range(TAKES)], axis=0)
    speeds = (f"{TIMED_ROWS / exact:,.0f} | {exact / small:.2f}" for exact, small in taken.T)
    accuracy, now = (one.scores["label"].accuracy for one in (before, after))
    sizes = f"{before.size / 1e6:.2f} | {after.size / 1e6:.2f}"
    return f"{sizes} | {' | '.join(speeds)} | {accuracy:.4f} | {100 * (now - accuracy):+.2f}"


@contextmanager
def on_one_core() -> Iterator[None]:
    """Keep this thread on one core, where that can be said, so that `predict` runs one batch at a time."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


def some_rows(corpus: str, count: int) -> tuple[list[str], list[str]]:
    """Texts and labels of a corpus, in an order of chance."""
    from seqtext import corpora

    data = corpora.load(corpus).train
    chosen = np.random.default_rng(0).permutation(len(data))[:count]
    texts, labels = (np.array(data.column(name), dtype=object)[chosen].tolist() for name in ("text", "label"))
    return texts, labels


def seconds(model: TrainedModel, texts: list[str]) -> tuple[float, float]:
    """Processor seconds of the graph for arrays that are ready, and of everything from texts to probabilities."""
    rows = Rows.encode(model.preparers, {"text": texts}, {})
    feeds = [rows.feed(indices) for indices in _affordable_batches(rows.lengths)]
    began = time.process_time()
    for feed in feeds:
        model.run(feed)
    between = time.process_time()
    model.probabilities({"text": texts})
    return between - began, time.process_time() - between


if __name__ == "__main__":
    main()
