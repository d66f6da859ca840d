"""
How the cost of labelling grows, where the time goes, how far it is from the limit, and what a billion documents take.

    SEQTEXT_DATA=... python scripts/bench_slopes.py [--repeats 3] [--update docs/performance.md]

On one core, in processor seconds of this process, the best of the repeats: what others compute meanwhile hardly counts.
The models are random, since what they answer does not matter here: Embedding(20000, 64), LSTM(64), two labels, and one
thing of it larger at a time. Generated texts for what grows, IMDB's reviews and tweets for where the time goes.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}  # before NumPy comes

import numpy as np
from tables import show
from untrained import lstm, some_texts, some_words

from seqtext.model import TrainedModel, _affordable_batches
from seqtext.models.graph import Graph
from seqtext.models.rows import Rows

DOCUMENTS, LENGTH, UNITS, EMBEDDING, WORDS, CLASSES = 1_000, 64, 64, 64, 20_000, 2
# What is varied, and from what to what: a factor of 8.
VARIED = {
    "documents": (500, 1_000, 2_000, 4_000),
    "length": (32, 64, 128, 256),
    "units": (32, 64, 128, 256),
    "words": (5_000, 10_000, 20_000, 40_000),
    "classes": (2, 4, 8, 16),
}
NAMES = {
    "documents": "documents",
    "length": "words of a document",
    "units": "units",
    "words": "words of the vocabulary",
    "classes": "classes",
}
ROWS_OF_A_BATCH, STEPS = 32, 128


def seconds(work: Callable[[], Any], repeats: int) -> float:
    """Processor seconds of ``work`` at its best, after once for nothing."""
    work()
    taken = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken)


# --------------------------------------------------------------------------------------------------- slopes


def labelling(repeats: int, *, documents: int = DOCUMENTS, length: int = LENGTH, **model: int) -> float:
    """Seconds of labelling generated texts."""
    texts = some_texts(documents, length, some_words(model.get("words", WORDS) - 2))
    trained = lstm(**model)
    return seconds(lambda: trained.predict_proba(texts), repeats)


def slopes(repeats: int) -> str:
    """How labelling grows with each thing: with the power of it that fits best, on logarithms."""
    lines = [
        "| what grows | from, to | milliseconds for a thousand documents | 8 times as much costs, times | power |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, sizes in VARIED.items():
        taken = [labelling(repeats, **{name: size}) for size in sizes]
        power = np.polyfit(np.log(sizes), np.log(taken), 1)[0]
        counts = sizes if name == "documents" else [DOCUMENTS] * len(sizes)
        each = ", ".join(f"{1e6 * one / count:.0f}" for one, count in zip(taken, counts, strict=True))
        ends = f"{sizes[0]:,} to {sizes[-1]:,}"
        lines.append(f"| {NAMES[name]} | {ends} | {each} | {taken[-1] / taken[0]:.2f} | {power:.2f} |")
    return "\n".join(lines)


# -------------------------------------------------------------------------------------------------- profile


def corpus(name: str, count: int) -> list[str]:
    """Some texts of a corpus, in an order of chance."""
    from seqtext import corpora

    texts = corpora.load(name).train.column("text")
    return [texts[i] for i in np.random.default_rng(0).permutation(len(texts))[:count]]


def stages(every: Sequence[str], repeats: int) -> dict[str, float]:
    """Microseconds of a document by stage of ``seqtext classify``, one after the other."""
    size = len(every) // (repeats + 1)
    # Pieces that were cleaned and cut before are known again, so that each take needs texts of its own.
    parts = (every[begin : begin + size] for begin in range(0, len(every), size))
    texts = every[:size]
    from seqtext.cli.answers import Wanted, answers
    from seqtext.data.dataset import iter_chunks
    from seqtext.data.writing import open_writer

    model = lstm(max_length=256)
    learned = model.recipe.text.preparer().fit(every).vocabulary_
    model.preparers["text"].vocabulary_ = [*learned, *some_words(WORDS)][:WORDS]
    rows = Rows.encode(model.preparers, {"text": texts}, {})
    feeds = [rows.feed(indices) for indices in _affordable_batches(rows.lengths)]
    found = model.probabilities({"text": texts})
    # What makes columns of answers, with answers that are there.
    ready = SimpleNamespace(
        probabilities=lambda texts: found, spec=model.spec, label_names=model.label_names, recipe=model.recipe
    )
    columns = {"text": texts, **answers(ready, {"text": texts}, Wanted())}
    with tempfile.TemporaryDirectory() as name:
        file, out = Path(name) / "texts.csv", Path(name) / "out.csv"
        write(open_writer, file, {"text": texts})
        work = {
            "reading": lambda: list(iter_chunks(str(file))),
            "cleaning, cutting into words, looking up": lambda: Rows.encode(model.preparers, {"text": next(parts)}, {}),
            "batches of like length": lambda: [rows.feed(one) for one in _affordable_batches(rows.lengths)],
            "ONNX Runtime": lambda: [model.run(feed) for feed in feeds],
            "labels and scores as columns": lambda: answers(ready, {"text": texts}, Wanted()),
            "writing": lambda: write(open_writer, out, columns),
        }
        return {stage: 1e6 * seconds(one, repeats) / len(texts) for stage, one in work.items()}


def write(open_writer: Any, path: Path, columns: dict[str, Any]) -> None:
    with open_writer(str(path)) as writer:
        writer.write(columns)


def profile(found: dict[str, dict[str, float]]) -> str:
    """Where the time goes, as Markdown."""
    lines = [f"| microseconds of a document | {' | '.join(found)} |", f"|---|{'--:|' * len(found)}"]
    totals = {name: sum(one.values()) for name, one in found.items()}
    for stage in next(iter(found.values())):
        cells = (f"{one[stage]:.0f} ({100 * one[stage] / totals[name]:.0f} %)" for name, one in found.items())
        lines.append(f"| {stage} | {' | '.join(cells)} |")
    lines.append(f"| in all | {' | '.join(f'{one:.0f}' for one in totals.values())} |")
    return "\n".join(lines)


# --------------------------------------------------------------------------------------------- the limit, and a billion


def limits(repeats: int) -> str:
    """Operations of the LSTM a second, beside those of matrix products, in the same minute."""
    square = np.random.default_rng(0).normal(size=(1024, 1024)).astype(np.float32)
    products: tuple[Callable[[np.ndarray], Any], ...] = (lambda matrix: matrix @ matrix, product_by_onnx())
    rates = [2 * 1024**3 / seconds(lambda one=one: one(square), 3 * repeats) / 1e9 for one in products]
    lines = [
        "Product of 1,024 x 1,024 numbers, billion operations a second: "
        f"NumPy {rates[0]:.0f}, ONNX Runtime {rates[1]:.0f}.",
        "",
        "| units | operations of a word, thousands | billions a second | NumPy's product of the shapes of a step "
        "| share of the faster product of 1,024 x 1,024 |",
        "|--:|--:|--:|--:|--:|",
    ]
    for units in VARIED["units"]:
        operations = 8 * units * (EMBEDDING + units)  # four gates; a product and a sum for each weight
        reached = operations * ROWS_OF_A_BATCH * STEPS / reading(lstm(units=units), repeats) / 1e9
        left, right = square[:ROWS_OF_A_BATCH, :units].copy(), np.resize(square, (units, 4 * units))
        one_step = 2 * ROWS_OF_A_BATCH * 4 * units**2
        own = one_step * STEPS / seconds(lambda a=left, b=right: [a @ b for _ in range(STEPS)], 3 * repeats) / 1e9
        lines.append(
            f"| {units} | {operations / 1000:.0f} | {reached:.1f} | {own:.1f} | {100 * reached / max(rates):.0f} % |"
        )
    return "\n".join(lines)


def product_by_onnx() -> Callable[[np.ndarray], Any]:
    """Multiplies a square matrix with itself."""
    import onnxruntime

    graph = Graph()
    one = graph.add_input("one", np.float32, ["rows", "columns"])
    graph.add("MatMul", one, one, name="product")
    graph.add_output("product", np.float32, ["rows", "columns"])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph.to_bytes(), options)
    return lambda matrix: session.run(None, {"one": matrix})


def reading(model: TrainedModel, repeats: int) -> float:
    """Seconds of ONNX Runtime with one batch."""
    ids = np.random.default_rng(0).integers(2, WORDS, (ROWS_OF_A_BATCH, STEPS)).astype(np.int32)
    return seconds(lambda: model.run({"text": ids}), 5 * repeats)


def billion(found: dict[str, dict[str, float]]) -> str:
    """What 10^9 documents take, on paper."""
    lines = [
        "| documents | core hours for a billion | machines with two such cores, to do it in a day |",
        "|---|--:|--:|",
    ]
    for name, one in found.items():
        hours = sum(one.values()) * 1e-6 * 1e9 / 3600
        lines.append(f"| {name} | {hours:,.0f} | {hours / 48:.1f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--documents", type=int, default=2_000, help="of each corpus, in a take")
    parser.add_argument("--update", type=Path, metavar="FILE")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    show(slopes(options.repeats), "bench_slopes", options.update)
    names = {"IMDB's reviews": "imdb", "tweets": "gop_debate"}
    found = {
        title: stages(corpus(name, options.documents * (1 + options.repeats)), options.repeats)
        for title, name in names.items()
    }
    show(profile(found), "bench_profile", options.update)
    show(limits(options.repeats), "bench_limits", options.update)
    show(billion(found), "bench_billion", options.update)


if __name__ == "__main__":
    main()
