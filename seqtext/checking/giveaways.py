"""What gives the label away: columns, words and headers that predict it almost perfectly, and sorted rows."""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# A giveaway is right this often, and leaves at most this share of the mistakes that the most frequent label makes.
RIGHT = 0.95
MISTAKES_LEFT = 0.2
# It must be there in this many rows, and in this share of them.
FEWEST_ROWS = 20
SMALLEST_SHARE = 0.01
# A word gives a label away if it is this pure, and stands in this share of the texts of the label.
PURE = 0.98
COMMON = 0.5
FEWEST_TEXTS = 10

HEADER = re.compile(r"^([A-Z][A-Za-z-]{1,30}):[ \t]*(.*)$")
EDGES = ".,;:!?()[]{}<>\"'“”‘’*-_"


@dataclass(frozen=True)
class Giveaway:
    """
    Something that predicts the label.

    ``right`` is the share of right answers on the ``rows`` that have it; ``majority`` is that of the most frequent
    label on the same rows. ``label`` is named where it stands for a single one.
    """

    what: str
    right: float
    majority: float
    rows: int
    label: str | None = None


def by_value(what: str, values: Sequence[str | None], labels: Sequence[str]) -> Giveaway | None:
    """
    Judge a column by its values: each row is predicted from the *other* rows with the same value.

    >>> by_value("stars", ["1", "5"] * 20, ["bad", "good"] * 20)
    Giveaway(what='stars', right=1.0, majority=0.5, rows=40, label=None)
    """
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for value, label in zip(values, labels, strict=True):
        if value is not None and value.strip():
            groups[value][label] += 1
    covered = {value: counts for value, counts in groups.items() if counts.total() > 1}
    rows = sum(counts.total() for counts in covered.values())
    right = sum(_right_by_others(counts) for counts in covered.values())
    everything = sum(covered.values(), Counter[str]())
    return _judged(what, right, everything, len(labels)) if rows else None


def _right_by_others(counts: Counter[str]) -> int:
    """How many rows of a group are predicted right by the majority of the others; a tie is wrong."""
    (_, most), *rest = counts.most_common(2)
    second = rest[0][1] if rest else 0
    return most if most - 1 > second else 0


def _judged(what: str, right: int, labels: Counter[str], rows: int) -> Giveaway | None:
    covered = labels.total()
    share, majority = right / covered, max(labels.values()) / covered
    is_enough = covered >= max(FEWEST_ROWS, SMALLEST_SHARE * rows) and len(labels) > 1
    is_perfect = share >= RIGHT and 1 - share <= MISTAKES_LEFT * (1 - majority)
    return Giveaway(what, share, majority, covered) if is_enough and is_perfect else None


def by_order(what: str, labels: Sequence[str]) -> Giveaway | None:
    """
    Judge an order of the rows: each is predicted by the row before it. Sorted rows are almost always right.

    >>> by_order("the order of the rows", ["a"] * 40 + ["b"] * 40).right
    0.9875
    """
    right = sum(one == other for one, other in itertools.pairwise(labels))
    counts = Counter(labels)
    # The first row has no row before it, and each label begins once.
    return _judged(what, min(right + 1, len(labels)), counts, len(labels)) if labels else None


def by_number(what: str, values: Sequence[str | None], labels: Sequence[str]) -> Giveaway | None:
    """Judge a column of numbers by its order, where labels lie in ranges of it, as with ids given label by label."""
    numbers, kept = [], []
    for value, label in zip(values, labels, strict=True):
        try:
            number = float(value or "")
        except ValueError:
            if value:
                return None
            continue
        if np.isfinite(number):
            numbers.append(number)
            kept.append(label)
    if len(set(numbers)) < len(numbers) / 2:
        return None  # its values say more than its order
    order = np.argsort(np.array(numbers), kind="stable")
    return by_order(what, [kept[row] for row in order])


def by_word(
    texts: Iterable[str | None], labels: Sequence[str], *, words: Callable[[str], set[str]] | None = None
) -> list[Giveaway]:
    """
    Find the words that stand in most texts of one label and in hardly any other, best first.

    >>> texts = ["see alt.atheism", "well, Alt.Atheism!", "rec.autos", "no news"] * 5
    >>> [(found.what, found.label, found.rows) for found in by_word(texts, ["god", "god", "cars", "cars"] * 5)]
    [('alt.atheism', 'god', 10)]
    """
    words = words or words_of
    by_label: dict[str, Counter[str]] = defaultdict(Counter)
    sizes = Counter(labels)
    for text, label in zip(texts, labels, strict=True):
        by_label[label].update(words(text or ""))
    total: Counter[str] = Counter()
    for counts in by_label.values():
        total.update(counts)
    found = []
    for label, counts in by_label.items():
        majority = sizes[label] / len(labels)
        for word, count in counts.items():
            right = count / total[word]
            is_pure = right >= PURE and 1 - right <= MISTAKES_LEFT * (1 - majority)
            if is_pure and count >= max(COMMON * sizes[label], FEWEST_TEXTS) and len(sizes) > 1:
                found.append(Giveaway(word, right, majority, total[word], label))
    return sorted(found, key=lambda one: (-one.rows * one.right, one.what))


def words_of(text: str) -> set[str]:
    """Lowercase words as they stand between spaces, without the punctuation around them."""
    return {word.strip(EDGES) for word in text.lower().split()} - {""}


def pieces_of(value: str) -> set[str]:
    """
    Cut a path, an address or an id at its punctuation.

    >>> sorted(pieces_of("train/pos/0_9.txt"))
    ['0', '9', 'pos', 'train', 'txt']
    """
    return {piece for piece in re.split(r"[\W_]+", value) if piece}


def headers(texts: Sequence[str | None]) -> Mapping[str, list[str | None]]:
    """
    Read texts that begin with header lines, as mails do, as columns; none if hardly any text does.

    >>> headers(["From: ann\\nSubject: hi\\n\\nNot: a header", "From: bob"])
    {'From': ['ann', 'bob'], 'Subject': ['hi', None]}
    """
    columns: dict[str, list[str | None]] = {}
    with_header = 0
    for row, text in enumerate(texts):
        has_header = False
        for line in (text or "")[:5000].split("\n")[:40]:
            match = HEADER.match(line)
            if match is None:
                break
            has_header = True
            if len(columns) < 200 or match[1] in columns:
                columns.setdefault(match[1], [None] * len(texts))[row] = match[2].strip()
        with_header += has_header
    return columns if with_header >= len(texts) / 2 else {}


def edges(texts: Sequence[str | None]) -> Mapping[str, list[str | None]]:
    """Give the first and the last word of each text: where a source leaves its mark."""
    split = [(text or "").split() for text in texts]
    return {
        "the first word": [words[0] if words else None for words in split],
        "the last word": [words[-1] if words else None for words in split],
    }
