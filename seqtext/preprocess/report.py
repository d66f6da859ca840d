"""What a pipeline does to many texts, as data, as lines for a terminal and as a picture."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqtext.errors import DataError, missing_extra
from seqtext.notebook import html_table
from seqtext.preprocess.clean import find_step, list_steps
from seqtext.preprocess.explain import visible
from seqtext.preprocess.padding import bucket_length
from seqtext.preprocess.texts import each_text
from seqtext.preprocess.vocabulary import build_vocabulary

PERCENTILES = (50, 75, 90, 95, 99, 100)
# A length is good enough if this share of the texts is kept whole.
KEPT_WHOLE = 0.95


@dataclass(frozen=True)
class StepCount:
    """How many texts one cleaning step changed, and how many it left without any text."""

    step: str
    changed: int
    emptied: int


@dataclass(frozen=True)
class Truncation:
    """What is lost if texts are cut to ``length`` tokens."""

    length: int
    texts_cut: int
    tokens_lost: int


@dataclass(frozen=True, repr=False)
class Report:
    """
    What a pipeline does to many texts.

    ``unknown_tokens`` of ``checked_tokens`` are not in the vocabulary. A pipeline that has learned nothing yet is
    asked what it would learn from four texts of five; the fifth is checked, and ``is_held_out`` is true.
    ``lengths`` counts texts by their length, rounded up to a padded one, or 0. ``suggested_length`` keeps 95 % whole.
    """

    texts: int
    empty: int
    tokens: int
    steps: tuple[StepCount, ...]
    percentiles: dict[int, int]
    lengths: dict[int, int]
    truncation: tuple[Truncation, ...]
    suggested_length: int
    vocabulary: int
    is_held_out: bool
    checked_tokens: int
    unknown_tokens: int
    unknown_words: tuple[tuple[str, int], ...]

    def __repr__(self) -> str:
        return f"Report({self._first}, {self.unknown_tokens:,} of {self.checked_tokens:,} tokens unknown)"

    @property
    def _first(self) -> str:
        return f"{self.texts:,} texts, {self.tokens:,} tokens, {self.empty:,} texts without a token"

    def _repr_html_(self) -> str:
        texts, tokens = max(self.texts, 1), max(self.tokens, 1)
        steps = [(one.step, f"{one.changed / texts:.1%}", f"{one.emptied / texts:.1%}") for one in self.steps]
        cuts = [
            (f"{o.length:,}", f"{o.texts_cut / texts:.1%}", f"{o.tokens_lost / tokens:.1%}") for o in self.truncation
        ]
        rate = f"{self.unknown_tokens / max(self.checked_tokens, 1):.2%}"
        return (
            html_table([("step", "changed", "emptied"), *steps], self._first)
            + html_table(
                [("cut to", "texts cut", "tokens lost"), *cuts], f"suggested: max_length={self.suggested_length}"
            )
            + html_table([("unknown word", "times"), *self.unknown_words], f"{rate} of the tokens are unknown")
        )

    def __str__(self) -> str:
        lines = [self._first]
        if not self.texts:
            return lines[0]
        if self.steps:
            margin = max(len("step"), *(len(visible(step.step)) for step in self.steps))
            lines += ["", f"{'step':{margin}}   changed   emptied"]
            for step in self.steps:
                changed, emptied = step.changed / self.texts, step.emptied / self.texts
                lines.append(f"{visible(step.step):{margin}}  {changed:>7.1%}   {emptied:>7.1%}")
        first, *others = self.percentiles.items()
        shares = ", ".join([f"{first[0]}% have at most {first[1]:,}", *(f"{at}% {length:,}" for at, length in others)])
        lines += ["", f"tokens in a text: {shares}", *bars(self.lengths), "", "cut to    texts cut   tokens lost"]
        for cut in self.truncation:
            texts, tokens = cut.texts_cut / self.texts, cut.tokens_lost / max(self.tokens, 1)
            lines.append(f"{cut.length:6,}    {texts:>9.1%}   {tokens:>11.1%}")
        whole = sum(count for length, count in self.lengths.items() if length <= self.suggested_length) / self.texts
        lines.append(f"suggested: max_length={self.suggested_length}, which keeps {whole:.1%} of the texts whole")
        rate = f"{self.unknown_tokens / max(self.checked_tokens, 1):.2%} of {self.checked_tokens:,} tokens"
        known = f"the {self.vocabulary:,} words of the vocabulary"
        if self.is_held_out:
            rate, known = f"{rate} in every fifth text", f"the {self.vocabulary:,} words learned from the others"
        lines += ["", f"unknown: {rate} are not among {known}"]
        if self.unknown_words:
            lines.append("  " + ", ".join(f"{visible(word)} {count:,}" for word, count in self.unknown_words))
        return "\n".join(lines)


def report(
    pipeline: Any, texts: Iterable[str | None], *, lengths: Sequence[int] | None = None, top: int = 20
) -> Report:
    """Return what ``pipeline`` does to ``texts``, if cut to ``lengths``, and the ``top`` commonest unknown words."""
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
        lengths=dict(sorted(Counter(count and bucket_length(count) for count in counts).items())),
        truncation=tuple(
            Truncation(length, int((sizes > length).sum()), int(np.maximum(sizes - length, 0).sum()))
            for length in lengths or sorted({bucket_length(max(suggested * part // 4, 1)) for part in (1, 2, 4, 8)})
        ),
        suggested_length=suggested,
        vocabulary=len(vocabulary),
        is_held_out=is_held_out,
        checked_tokens=checked.total(),
        unknown_tokens=unknown.total(),
        unknown_words=tuple(sorted(unknown.items(), key=lambda pair: (-pair[1], pair[0]))[:top]),
    )


def bars(counts: dict[int, int]) -> list[str]:
    """Return ``counts`` drawn as bars of at most 40 signs."""
    most = max(counts.values(), default=1)
    return [f"{length:6,} |{'#' * max(40 * count // most, 1)} {count:,}" for length, count in counts.items()]


def plot_lengths(found: Report, path: "str | os.PathLike[str]") -> None:
    """Draw how many texts have which length as a picture at ``path``; a DataError if its suffix names no format."""
    try:
        from matplotlib.figure import Figure  # only for who asks for pictures; this class needs no screen
    except ImportError as error:
        raise missing_extra("matplotlib", "plots") from error
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes: Any = figure.add_subplot()
    places = range(len(found.lengths))
    axes.bar(places, list(found.lengths.values()), color="#4477aa")
    axes.set_xticks(places, [f"{length:,}" for length in found.lengths], rotation=45)
    axes.set(xlabel="tokens in a text, at most", ylabel="texts", title=f"{found.texts:,} texts")
    if found.suggested_length in found.lengths:
        place = list(found.lengths).index(found.suggested_length) + 0.5
        axes.axvline(place, color="#cc3311", label="suggested max_length")
        axes.legend()
    try:
        figure.savefig(path)
    except ValueError as error:
        formats = sorted(figure.canvas.get_supported_filetypes())
        raise DataError(f"cannot draw {os.fspath(path)}: choose the suffix from {', '.join(formats)}") from error
