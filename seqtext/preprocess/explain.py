"""What a pipeline does to one text, and to many: as data, and as text for a terminal."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtext.errors import DataError, missing_extra
from seqtext.preprocess.clean import find_step, list_steps
from seqtext.preprocess.padding import bucket_length, truncate
from seqtext.preprocess.texts import as_text, each_text
from seqtext.preprocess.vocabulary import build_vocabulary

if TYPE_CHECKING:
    from seqtext.preprocess.pipeline import TextPipeline

PERCENTILES = (50, 75, 90, 95, 99, 100)
# A length is good enough if this share of the texts is kept whole.
KEPT_WHOLE = 0.95


@dataclass(frozen=True)
class Stage:
    """The text after one cleaning step."""

    step: str
    text: str
    changed: bool


@dataclass(frozen=True)
class Explanation:
    """Every stage of one text; ``ids`` and ``unknown`` are empty before the pipeline has learned its words."""

    text: str
    stages: tuple[Stage, ...]
    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    unknown: tuple[str, ...]
    kept: tuple[bool, ...]

    def __str__(self) -> str:
        return render_explanation(self)


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


@dataclass(frozen=True)
class Report:
    """
    What a pipeline does to many texts.

    ``unknown_tokens`` of ``checked_tokens`` are not in the vocabulary. A pipeline that has learned nothing yet is
    asked what it would learn from four texts of five; the fifth is checked, and ``is_held_out`` is true.
    ``lengths`` counts texts by their length, rounded up to a padded length. ``suggested_length`` keeps 95 % whole.
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

    def __str__(self) -> str:
        return render_report(self)


def explain(pipeline: "TextPipeline", text: str | None) -> Explanation:
    """
    Give every stage of one ``text``: after each cleaning step, its tokens, their ids, what is unknown and cut.

    >>> from seqtext.preprocess import TextPipeline
    >>> explanation = explain(TextPipeline(max_length=2).fit(["so good"]), "SO so Good")
    >>> explanation.tokens, explanation.ids, explanation.kept
    (('so', 'so', 'good'), (3, 3, 2), (True, True, False))
    """
    original = cleaned = as_text(text, 0)
    stages = []
    for name, do in map(find_step, list_steps(pipeline.clean)):
        before, cleaned = cleaned, do(cleaned)
        stages.append(Stage(name, cleaned, changed=cleaned != before))
    tokens = pipeline.tokenize(original)
    ids: list[int] = []
    if hasattr(pipeline, "vocabulary_"):
        id_of = {word: index for index, word in enumerate(pipeline.vocabulary_)}
        ids = [id_of.get(token, 1) or 1 for token in tokens]
    kept = np.zeros(len(tokens), dtype=bool)
    length = min(pipeline.max_length or len(tokens), len(tokens))
    kept[truncate(np.arange(len(tokens)), length, pipeline.truncating)] = True
    unknown = dict.fromkeys(token for token, index in zip(tokens, ids, strict=False) if index == 1)
    return Explanation(original, tuple(stages), tuple(tokens), tuple(ids), tuple(unknown), tuple(kept.tolist()))


def report(
    pipeline: "TextPipeline",
    texts: Iterable[str | None],
    *,
    lengths: Sequence[int] | None = None,
    top: int = 20,
) -> Report:
    """
    Look at what ``pipeline`` does to ``texts``, which are read once and not kept.

    Parameters
    ----------
    pipeline
        May have learned its words already, or not yet: see :class:`Report`.
    lengths
        Lengths in tokens at which to ask what would be cut; by default a few around the lengths of the texts.
    top
        How many of the most frequent unknown words to name.

    Examples
    --------
    >>> from seqtext.preprocess import TextPipeline
    >>> found = report(TextPipeline().fit(["good film"]), ["Good FILM", "bad film", ""])
    >>> found.steps, found.unknown_words
    ((StepCount(step='lowercase', changed=1, emptied=0),), (('bad', 1),))
    """
    steps = [find_step(step) for step in list_steps(pipeline.clean)]
    changed, emptied = np.zeros(len(steps), dtype=int), np.zeros(len(steps), dtype=int)
    split = pipeline.splitter()
    is_fitted = hasattr(pipeline, "vocabulary_")
    learned, checked = Counter[str](), Counter[str]()
    counts = []
    for row, text in enumerate(each_text(texts)):
        for place, (_, do) in enumerate(steps):
            before, text = text, do(text)
            changed[place] += text != before
            emptied[place] += not text.strip() and bool(before.strip())
        tokens = split(text)
        (checked if is_fitted or row % 5 == 4 else learned).update(tokens)
        counts.append(len(tokens))
    vocabulary = (
        pipeline.vocabulary_
        if is_fitted
        else build_vocabulary(learned, num_words=pipeline.num_words, min_count=pipeline.min_count)
    )
    known = set(vocabulary[2:])
    unknown = Counter({token: count for token, count in checked.items() if token not in known})
    sizes = np.array(counts, dtype=np.int64)
    suggested = bucket_length(int(np.quantile(sizes, KEPT_WHOLE, method="inverted_cdf"))) if len(sizes) else 1
    return Report(
        texts=len(sizes),
        empty=int((sizes == 0).sum()),
        tokens=int(sizes.sum()),
        steps=tuple(StepCount(name, int(c), int(e)) for (name, _), c, e in zip(steps, changed, emptied, strict=True)),
        percentiles={
            share: int(np.percentile(sizes, share, method="inverted_cdf")) for share in PERCENTILES if len(sizes)
        },
        lengths=dict(sorted(Counter(bucket_length(int(size)) for size in sizes).items())),
        truncation=tuple(cut_at(sizes, length) for length in lengths or lengths_around(suggested)),
        suggested_length=suggested,
        vocabulary=len(vocabulary),
        is_held_out=not is_fitted,
        checked_tokens=checked.total(),
        unknown_tokens=unknown.total(),
        unknown_words=tuple(sorted(unknown.items(), key=lambda pair: (-pair[1], pair[0]))[:top]),
    )


def lengths_around(length: int) -> list[int]:
    """
    Give padded lengths below and above ``length``.

    >>> lengths_around(256)
    [64, 128, 256, 512]
    """
    return sorted({bucket_length(max(length * factor // 4, 1)) for factor in (1, 2, 4, 8)})


def cut_at(sizes: np.ndarray, length: int) -> Truncation:
    """
    Count what is lost if texts of ``sizes`` tokens are cut to ``length``.

    >>> cut_at(np.array([3, 5]), 4)
    Truncation(length=4, texts_cut=1, tokens_lost=1)
    """
    return Truncation(length, int((sizes > length).sum()), int(np.maximum(sizes - length, 0).sum()))


def visible(text: str) -> str:
    """
    Write ``text`` so that a terminal shows all of it and obeys none of it.

    >>> print(visible("a" + chr(10) + "b" + chr(27) + "[0m"))
    a\\nb\\x1b[0m
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def render_explanation(explanation: Explanation, *, width: int = 100) -> str:
    """
    Write an explanation for a terminal: the steps that changed something, then each token above its id.

    An unknown word has ``?`` after its id 1, a word that was cut has ``cut`` for its id.

    >>> from seqtext.preprocess import TextPipeline
    >>> print(render_explanation(explain(TextPipeline(max_length=2).fit(["so good"]), "So GREAT so")))
    text       So GREAT so
    lowercase  so great so
    <BLANKLINE>
    tokens     so  great  so
    ids        3   1?     cut
    <BLANKLINE>
    unknown    1 of 3 tokens: great
    cut        1 of 3 tokens
    """
    rows = [("text", visible(explanation.text))]
    rows += [(stage.step, visible(stage.text)) for stage in explanation.stages if stage.changed]
    if unchanged := [stage.step for stage in explanation.stages if not stage.changed]:
        rows.append(("no change", ", ".join(unchanged)))
    rows.append(("", ""))
    count = len(explanation.tokens)
    ids = explanation.ids or [""] * count
    below = [
        "cut" if not kept else f"{index}{'?' if index == 1 else ''}"
        for index, kept in zip(ids, explanation.kept, strict=True)
    ]
    margin = max(max(len(name) for name, _ in rows), len("unknown")) + 2
    for above, under in wrap_columns(list(map(visible, explanation.tokens)), below, width - margin):
        rows += [("tokens", above), *([("ids", under)] if under else []), ("", "")]
    if not count:
        rows += [("tokens", "none: the text becomes one unknown word"), ("", "")]
    if explanation.unknown:
        hits = sum(index == 1 for index in explanation.ids)
        rows.append(("unknown", f"{hits} of {count} tokens: {', '.join(map(visible, explanation.unknown))}"))
    if not all(explanation.kept):
        rows.append(("cut", f"{explanation.kept.count(False)} of {count} tokens"))
    return "\n".join(f"{name:{margin}}{text}".rstrip() for name, text in rows).rstrip()


def wrap_columns(above: list[str], below: list[str], width: int) -> list[tuple[str, str]]:
    """
    Set each word of ``below`` under its word of ``above``, in as many lines as ``width`` asks for.

    >>> wrap_columns(["a", "bcd", "e"], ["10", "2", "3"], 8)
    [('a   bcd', '10  2'), ('e', '3')]
    """
    lines: list[tuple[str, str]] = []
    top = bottom = ""
    for word, under in zip(above, below, strict=True):
        space = max(len(word), len(under)) + 2
        if top and len(top) + space - 2 > width:
            lines.append((top.rstrip(), bottom.rstrip()))
            top = bottom = ""
        top, bottom = top + word.ljust(space), bottom + under.ljust(space)
    return [*lines, (top.rstrip(), bottom.rstrip())] if top else lines


def render_report(found: Report) -> str:
    """
    Write a report for a terminal.

    >>> from seqtext.preprocess import TextPipeline
    >>> print(render_report(report(TextPipeline().fit(["good film"]), ["Good FILM", "bad film"], lengths=[1])))
    2 texts, 4 tokens, 0 texts without a token
    <BLANKLINE>
    step       changed   emptied
    lowercase    50.0%      0.0%
    <BLANKLINE>
    tokens in a text: 50% have at most 2, 75% 2, 90% 2, 95% 2, 99% 2, 100% 2
         2 |######################################## 2
    <BLANKLINE>
    cut to    texts cut   tokens lost
         1       100.0%         50.0%
    suggested: max_length=2, which keeps 95% of the texts whole
    <BLANKLINE>
    unknown: 25.00% of 4 tokens are not among the 4 words of the vocabulary
      bad 1
    """
    lines = [f"{found.texts:,} texts, {found.tokens:,} tokens, {found.empty:,} texts without a token"]
    if not found.texts:
        return lines[0]
    if found.steps:
        margin = max(len("step"), *(len(visible(step.step)) for step in found.steps))
        lines += ["", f"{'step':{margin}}   changed   emptied"]
        for step in found.steps:
            changed, emptied = share(step.changed, found.texts), share(step.emptied, found.texts)
            lines.append(f"{visible(step.step):{margin}}  {changed:>7}   {emptied:>7}")
    first, *others = found.percentiles.items()
    shares = ", ".join([f"{first[0]}% have at most {first[1]:,}", *(f"{at}% {length:,}" for at, length in others)])
    lines += ["", f"tokens in a text: {shares}", *bars(found.lengths), "", "cut to    texts cut   tokens lost"]
    for cut in found.truncation:
        texts, tokens = share(cut.texts_cut, found.texts), share(cut.tokens_lost, found.tokens)
        lines.append(f"{cut.length:6,}    {texts:>9}   {tokens:>11}")
    lines.append(f"suggested: max_length={found.suggested_length}, which keeps {KEPT_WHOLE:.0%} of the texts whole")
    rate = f"{found.unknown_tokens / max(found.checked_tokens, 1):.2%} of {found.checked_tokens:,} tokens"
    if found.is_held_out:
        learned = f"the {found.vocabulary:,} words learned from the others"
        lines += ["", f"unknown: {rate} in every fifth text are not among {learned}"]
    else:
        lines += ["", f"unknown: {rate} are not among the {found.vocabulary:,} words of the vocabulary"]
    if found.unknown_words:
        lines.append("  " + ", ".join(f"{visible(word)} {count:,}" for word, count in found.unknown_words))
    return "\n".join(lines)


def share(part: int, whole: int) -> str:
    """
    Write ``part`` of ``whole`` as a percentage.

    >>> share(1, 3), share(0, 0)
    ('33.3%', '0.0%')
    """
    return f"{part / max(whole, 1):.1%}"


def bars(counts: dict[int, int]) -> list[str]:
    """
    Draw ``counts`` as bars of at most 40 signs.

    >>> bars({8: 1, 12: 4})
    ['     8 |########## 1', '    12 |######################################## 4']
    """
    most = max(counts.values(), default=1)
    return [f"{length:6,} |{'#' * max(40 * count // most, 1)} {count:,}" for length, count in counts.items()]


def plot_lengths(found: Report, path: "str | os.PathLike[str]") -> None:
    """
    Draw how many texts have which length, with the suggested length, as a picture at ``path``.

    Raises
    ------
    DataError
        If there are no pictures of the kind that the suffix of ``path`` names.
    MissingExtraError
        If matplotlib is not installed.
    """
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
        axes.axvline(
            list(found.lengths).index(found.suggested_length) + 0.5,
            color="#cc3311",
            label="suggested max_length",
        )
        axes.legend()
    try:
        figure.savefig(path)
    except ValueError as error:
        formats = sorted(figure.canvas.get_supported_filetypes())
        raise DataError(f"cannot draw {os.fspath(path)}: choose the suffix from {', '.join(formats)}") from error
