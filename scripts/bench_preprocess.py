"""
Time preprocessing on IMDB's 25,000 training reviews, one core, beside scikit-learn, NLTK and Keras in the same run.

    SEQTEXT_DATA=../shared/data python scripts/bench_preprocess.py [--reviews 25000] [--repeats 3]

Times are CPU seconds of this process, the best of the repeats; every repeat starts from an empty cache.
"""

import argparse
import gc
import os
import time
from collections import Counter
from collections.abc import Callable

from seqtext import corpora
from seqtext.preprocess import TextPipeline

OURS = "seqtext, lower case + words"
SKLEARN = "scikit-learn CountVectorizer"
NLTK = "NLTK word tokenizer + dict"

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")


def best_seconds(work: Callable[[], object], repeats: int) -> float:
    """CPU seconds of the fastest of ``repeats`` runs of ``work``."""
    seconds = []
    for _ in range(repeats):
        gc.collect()
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def ours(texts: list[str], clean) -> dict[str, Callable[[], object]]:
    """Fit; and transform by a pipeline that has never seen a text: clean, split, encode, cut into batches, pad."""
    saved = TextPipeline(clean=clean).fit(texts).to_dict()
    return {
        "fit": lambda: TextPipeline(clean=clean).fit(texts),
        "transform": lambda: sum(len(batch) for batch in TextPipeline.from_dict(saved).batches(texts, batch_size=64)),
    }


def count_vectorizer(texts: list[str]) -> dict[str, Callable[[], object]]:
    """scikit-learn's bag of words, defaults: lower case, words of two letters and more, no punctuation."""
    from sklearn.feature_extraction.text import CountVectorizer

    fitted = CountVectorizer(max_features=20_000).fit(texts)
    return {
        "fit": lambda: CountVectorizer(max_features=20_000).fit(texts),
        "transform": lambda: fitted.transform(texts),
    }


def nltk_words(texts: list[str]) -> dict[str, Callable[[], object]]:
    """What word_tokenize does to each sentence (without finding sentences, which costs more), then a dict."""
    from nltk.tokenize.destructive import NLTKWordTokenizer

    split = NLTKWordTokenizer().tokenize
    counts = Counter(token for text in texts for token in split(text.lower()))
    ids = {word: index for index, (word, _) in enumerate(counts.most_common(20_000), 2)}
    return {
        "fit": lambda: Counter(token for text in texts for token in split(text.lower())).most_common(20_000),
        "transform": lambda: [[ids.get(token, 1) for token in split(text.lower())] for text in texts],
    }


def tokenizer(texts: list[str], kind) -> dict[str, Callable[[], object]]:
    """A Tokenizer with Keras 2's interface."""
    fitted = kind(num_words=20_000)
    fitted.fit_on_texts(texts)
    return {
        "fit": lambda: kind(num_words=20_000).fit_on_texts(texts),
        "transform": lambda: fitted.texts_to_sequences(texts),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--reviews", type=int, default=25_000)
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    texts = [text or "" for text in corpora.load("imdb").train.column("text")[: chosen.reviews]]
    slow = texts[: max(len(texts) // 10, 1)]

    print(f"{len(texts):,} reviews; thousands of reviews a second on one core")
    print(f"{'':34} {'fit':>8} {'transform':>10}")
    speeds = {}
    for title, rows, make in [
        (OURS, texts, lambda rows: ours(rows, ("lowercase",))),
        ("seqtext, profile 'reviews' + words", texts, lambda rows: ours(rows, "reviews")),
        ("seqtext, profile 'tweets' + words", texts, lambda rows: ours(rows, "tweets")),
        (SKLEARN, texts, count_vectorizer),
        (NLTK, slow, nltk_words),
        ("seqtext Tokenizer (as Keras 2)", texts, our_tokenizer),
        ("Keras' legacy Tokenizer", texts, keras_tokenizer),
    ]:
        work = make(rows)
        speeds[title] = [
            len(rows) / best_seconds(work[stage], chosen.repeats) / 1_000 for stage in ("fit", "transform")
        ]
        print(f"{title:34} {speeds[title][0]:8.1f} {speeds[title][1]:10.1f}", flush=True)
    for peer in (SKLEARN, NLTK):
        fit, transform = (mine / theirs for mine, theirs in zip(speeds[OURS], speeds[peer], strict=True))
        print(f"{OURS}: {fit:.1f} times (fit) and {transform:.1f} times (transform) as fast as {peer}")


def our_tokenizer(texts: list[str]) -> dict[str, Callable[[], object]]:
    """Ours."""
    from seqtext.preprocess import Tokenizer

    return tokenizer(texts, Tokenizer)


def keras_tokenizer(texts: list[str]) -> dict[str, Callable[[], object]]:
    """Keras' own, which Keras 3 keeps under a private path."""
    from keras.src.legacy.preprocessing.text import Tokenizer

    return tokenizer(texts, Tokenizer)


if __name__ == "__main__":
    main()
