"""
Time preprocessing on IMDB's reviews, one core, beside scikit-learn, NLTK and Keras in the same run.

    SEQTEXT_DATA=../shared/data python scripts/bench_preprocess.py [--reviews 25000] [--repeats 3] [--jobs 2]
        [--update docs/preprocessing.md]

Fitted on the training reviews, which are then transformed, and the test reviews after them, which bring new words.
Every repeat begins with a new object. Times are CPU seconds of this process, pinned to a core, the best of the
repeats; with --jobs they are seconds on the clock of a pipeline with that many processes, so the cores must be idle.
"""

import argparse
import gc
import os
import platform
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from tables import replace_table

from seqtext import corpora
from seqtext.preprocess import TextPipeline

OURS = "seqtext, lower case + words"
SKLEARN = "scikit-learn CountVectorizer"
NLTK = "NLTK word tokenizer + dict"
KERAS = "Keras' legacy Tokenizer"
KERAS_LIKE = "seqtext Tokenizer, as Keras 2"

# Fits, and gives what transforms; either is called with the texts.
Fit = Callable[[Sequence[str]], Callable[[Sequence[str]], Any]]
Clock = Callable[[], float]

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")


def seconds(work: Callable[[], Any], clock: Clock) -> tuple[float, Any]:
    """How long ``work`` takes, and what it gives."""
    gc.collect()
    start = clock()
    result = work()
    return clock() - start, result


def measure(fit: Fit, texts: Sequence[str], new: Sequence[str], repeats: int, clock: Clock) -> list[float]:
    """Texts a second: when fitting, when transforming the same texts, and others. Best of ``repeats``."""
    best = [0.0, 0.0, 0.0]
    for _ in range(repeats):
        fitting, transform = seconds(lambda: fit(texts), clock)
        same, _ = seconds(lambda transform=transform: transform(texts), clock)  # type: ignore[misc]
        unseen, _ = seconds(lambda transform=transform: transform(new), clock)  # type: ignore[misc]
        speeds = (len(texts) / fitting, len(texts) / same, len(new) / unseen)
        best = [max(pair) for pair in zip(best, speeds, strict=True)]
    return best


def batched(pipeline: TextPipeline) -> Callable[[Iterable[str]], int]:
    """Clean, split, encode, cut into batches of like length, pad."""
    return lambda texts: sum(len(batch) for batch in pipeline.batches(texts, batch_size=64))


def ours(clean: Any, jobs: int | None = None) -> Fit:
    """Our pipeline."""
    return lambda texts: batched(TextPipeline(clean=clean, n_jobs=jobs).fit(texts))


def count_vectorizer(texts: Sequence[str]) -> Callable[[Sequence[str]], Any]:
    """scikit-learn's bag of words, defaults: lower case, words of two letters and more, no punctuation."""
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(max_features=20_000).fit(texts).transform


def nltk_words(texts: Sequence[str]) -> Callable[[Sequence[str]], Any]:
    """What word_tokenize does to each sentence (without finding sentences, which costs more), then a dict."""
    from nltk.tokenize.destructive import NLTKWordTokenizer

    split = NLTKWordTokenizer().tokenize
    counts = Counter(token for text in texts for token in split(text.lower()))
    ids = {word: index for index, (word, _) in enumerate(counts.most_common(20_000), 2)}
    return lambda texts: [[ids.get(token, 1) for token in split(text.lower())] for text in texts]


def our_tokenizer(texts: Sequence[str]) -> Callable[[Sequence[str]], Any]:
    """Ours with Keras 2's interface."""
    from seqtext.preprocess import Tokenizer

    tokenizer = Tokenizer(num_words=20_000)
    tokenizer.fit_on_texts(texts)
    return tokenizer.texts_to_sequences


def keras_tokenizer(texts: Sequence[str]) -> Callable[[Sequence[str]], Any]:
    """Keras' own, which Keras 3 keeps under a private path."""
    from keras.src.legacy.preprocessing.text import Tokenizer

    tokenizer = Tokenizer(num_words=20_000)
    tokenizer.fit_on_texts(texts)
    return tokenizer.texts_to_sequences


def shown(speed: float) -> str:
    """Thousands a second."""
    return f"{speed / 1_000:.1f}"


def main() -> None:
    """Print the table, and write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--reviews", type=int, default=25_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--jobs", type=int, help="also time this many processes, on the clock")
    parser.add_argument("--update", type=Path, help="page whose table is replaced")
    chosen = parser.parse_args()
    reviews = corpora.load("imdb")
    parts = [part for part in (reviews.train, reviews.test) if part is not None]
    texts, new = ([text or "" for text in part.column("text")[: chosen.reviews]] for part in parts)
    some = slice(max(len(texts) // 10, 1))  # of the slow ones
    lines = ["| thousands of reviews a second | fit | transform | transform new texts |", "|---|--:|--:|--:|"]
    print("\n".join(lines), flush=True)

    def add(title: str, speeds: list[float]) -> None:
        lines.append(f"| {title} | {' | '.join(map(shown, speeds))} |".replace("| 0.0 ", "| "))
        print(lines[-1], flush=True)

    if chosen.jobs:
        for jobs in (1, chosen.jobs):
            add(
                f"{OURS}, n_jobs={jobs}, on the clock",
                measure(ours(("lowercase",), jobs), texts, new, chosen.repeats, time.perf_counter),
            )
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    speeds: dict[str, list[float]] = {}
    for title, fit, rows in [
        (OURS, ours(("lowercase",)), slice(None)),
        (SKLEARN, count_vectorizer, slice(None)),
        (NLTK, nltk_words, some),
        ("seqtext, profile `reviews` + words", ours("reviews"), slice(None)),
        ("seqtext, profile `tweets` + words", ours("tweets"), slice(None)),
        (KERAS_LIKE, our_tokenizer, slice(None)),
        (KERAS, keras_tokenizer, slice(None)),
    ]:
        speeds[title] = measure(fit, texts[rows], new[rows], chosen.repeats, time.process_time)
        add(title, speeds[title])
    lines += ["", f"{OURS}:", ""]
    for peer in (SKLEARN, NLTK):
        times = [mine / theirs for mine, theirs in zip(speeds[OURS], speeds[peer], strict=True)]
        lines.append("- {:.1f} times (fit), {:.1f} (transform), {:.1f} (new texts) as fast as ".format(*times) + peer)
    print("\n".join(lines[-4:]))
    if chosen.update:
        where = f"{len(texts):,} and {len(new):,} reviews, Python {platform.python_version()}, {os.cpu_count()} cores."
        replace_table(chosen.update, "bench_preprocess", "\n".join([*lines, "", where]))


if __name__ == "__main__":
    main()
