"""Find out what a pipeline does to one text, and to many."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from seqtext.preprocess.clean import Step, find_step, list_steps
from seqtext.preprocess.explanation import Explanation, Stage
from seqtext.preprocess.padding import bucket_length, truncate
from seqtext.preprocess.report import KEPT_WHOLE, Report, StepCount, Truncation
from seqtext.preprocess.split import Splitter
from seqtext.preprocess.texts import as_text, each_text
from seqtext.preprocess.vocabulary import build_vocabulary

PERCENTILES = (50, 75, 90, 95, 99, 100)


class Explainable(Protocol):
    """What is asked of a pipeline here; one that has learned its words has a ``vocabulary_`` as well."""

    clean: str | Sequence[Step]
    num_words: int | None
    min_count: int
    max_length: int | None
    truncating: str

    def splitter(self) -> Splitter:
        """Return the function from a cleaned text to its tokens."""


def explain(pipeline: Explainable, text: str | None) -> Explanation:
    """
    Return every stage of one ``text``: after each cleaning step, its tokens, their ids, what is unknown and cut.

    >>> from seqtext.preprocess import TextPipeline
    >>> explanation = explain(TextPipeline(max_length=2).fit(["so good"]), "SO so Good")
    >>> explanation.tokens, explanation.ids, explanation.kept
    (('so', 'so', 'good'), (3, 3, 2), (True, True, False))
    """
    original = cleaned = as_text(text, 0)
    stages = []
    for name, apply in map(find_step, list_steps(pipeline.clean)):
        before, cleaned = cleaned, apply(cleaned)
        stages.append(Stage(name, cleaned, changed=cleaned != before))
    tokens = pipeline.splitter()(cleaned)
    id_of = {word: index for index, word in enumerate(getattr(pipeline, "vocabulary_", []))}
    ids = [id_of.get(token, 1) or 1 for token in tokens] if id_of else []
    unknown = dict.fromkeys(token for token, index in zip(tokens, ids, strict=False) if index == 1)
    places = list(range(len(tokens)))
    kept = set(truncate(places, pipeline.max_length or len(places), pipeline.truncating))
    are_kept = tuple(place in kept for place in places)
    return Explanation(original, tuple(stages), tuple(tokens), tuple(ids), tuple(unknown), are_kept)


def report(
    pipeline: Explainable, texts: Iterable[str | None], *, lengths: Sequence[int] | None = None, top: int = 20
) -> Report:
    """
    Return what ``pipeline`` does to ``texts``, which are read once and not kept.

    Parameters
    ----------
    pipeline
        May have learned its words already, or not yet: see :class:`Report`.
    lengths
        Lengths in tokens at which to ask what would be cut; by default a few around the lengths of the texts.
    top
        How many of the most frequent unknown words to name.
    """
    steps = [find_step(step) for step in list_steps(pipeline.clean)]
    changed, emptied = np.zeros(len(steps), dtype=int), np.zeros(len(steps), dtype=int)
    split = pipeline.splitter()
    vocabulary: list[str] | None = getattr(pipeline, "vocabulary_", None)
    is_held_out = vocabulary is None
    learned, checked = Counter[str](), Counter[str]()
    counts = []
    for row, text in enumerate(each_text(texts)):
        for place, (_, apply) in enumerate(steps):
            before, text = text, apply(text)
            changed[place] += text != before
            emptied[place] += not text.strip() and bool(before.strip())
        tokens = split(text)
        (learned if is_held_out and row % 5 < 4 else checked).update(tokens)
        counts.append(len(tokens))
    if vocabulary is None:
        vocabulary = build_vocabulary(learned, num_words=pipeline.num_words, min_count=pipeline.min_count)
    known = set(vocabulary[2:])
    unknown = Counter({token: count for token, count in checked.items() if token not in known})
    sizes = np.array(counts, dtype=np.int64)
    longest = {share: int(np.percentile(sizes, share, method="inverted_cdf")) for share in PERCENTILES if counts}
    suggested = bucket_length(int(np.quantile(sizes, KEPT_WHOLE, method="inverted_cdf"))) if counts else 1
    return Report(
        texts=len(counts),
        empty=counts.count(0),
        tokens=sum(counts),
        steps=tuple(StepCount(name, int(c), int(e)) for (name, _), c, e in zip(steps, changed, emptied, strict=True)),
        percentiles=longest,
        lengths=dict(sorted(Counter(map(bucket_length, counts)).items())),
        truncation=tuple(cut_at(sizes, length) for length in lengths or lengths_around(suggested)),
        suggested_length=suggested,
        vocabulary=len(vocabulary),
        is_held_out=is_held_out,
        checked_tokens=checked.total(),
        unknown_tokens=unknown.total(),
        unknown_words=tuple(sorted(unknown.items(), key=lambda pair: (-pair[1], pair[0]))[:top]),
    )


def lengths_around(length: int) -> list[int]:
    """Return padded lengths below and above ``length``."""
    return sorted({bucket_length(max(length * factor // 4, 1)) for factor in (1, 2, 4, 8)})


def cut_at(sizes: np.ndarray, length: int) -> Truncation:
    """Return what is lost if texts of ``sizes`` tokens are cut to ``length``."""
    return Truncation(length, int((sizes > length).sum()), int(np.maximum(sizes - length, 0).sum()))
