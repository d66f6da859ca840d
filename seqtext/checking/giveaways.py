"""What gives the label away: columns, words and headers that predict it almost perfectly, and sorted rows."""

import itertools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

# A giveaway is right this often, and leaves less than this share of the mistakes that the most frequent label makes.
ACCURATE = 0.95
MISTAKES_LEFT = 0.2
# It must be there in this many rows, and in this share of them.
FEWEST_ROWS = 20
SMALLEST_SHARE = 0.01
# A word gives a label away if so many of its texts have the label, and so many texts of the label have the word.
PURE = 0.98
COMMON = 0.5
FEWEST_TEXTS = 10

MOST_HEADERS = 200
HEADER = re.compile(r"^([A-Z][A-Za-z-]{1,30}):[ \t]*(.*)$")
PUNCTUATION = ".,;:!?()[]{}<>\"'“”‘’*-_"


@dataclass(frozen=True)
class Giveaway:
    """Something that predicts the label on its ``rows``; ``majority``: the accuracy of the most frequent label."""

    accuracy: float
    majority: float
    rows: int
    word: str | None = None
    label: str | None = None


def by_value(values: Sequence[str | None], labels: Sequence[str]) -> Giveaway | None:
    """Judge a column by its values: each row is predicted from the *other* rows with the same value."""
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for value, label in zip(values, labels, strict=True):
        if value and value.strip():
            groups[value][label] += 1
    repeated = [counts for counts in groups.values() if counts.total() > 1]
    right = sum(map(_right_by_others, repeated))
    return _judge(right, sum(repeated, Counter[str]()), len(labels))


def _right_by_others(counts: Counter[str]) -> int:
    """Return how many rows of a group are predicted right by the majority of the others; a tie is wrong."""
    *_, second, most = sorted([0, *counts.values()])
    return most if most - 1 > second else 0


def by_order(labels: Sequence[str]) -> Giveaway | None:
    """Judge an order of the rows: each is predicted by the row before it. Sorted rows are almost always right."""
    # The first row has no row before it and counts as right: only where a label begins is there a mistake.
    right = 1 + sum(one == other for one, other in itertools.pairwise(labels))
    return _judge(right, Counter(labels), len(labels))


def by_number(values: Sequence[str | None], labels: Sequence[str]) -> Giveaway | None:
    """Judge a column of numbers by its order, where labels lie in ranges of it, as with ids given label by label."""
    try:
        numbered = [(float(value), label) for value, label in zip(values, labels, strict=True) if value]
    except ValueError:
        return None
    finite = sorted((pair for pair in numbered if math.isfinite(pair[0])), key=lambda pair: pair[0])
    if len({number for number, _ in finite}) < len(finite) / 2:
        return None  # its values say more than its order
    return by_order([label for _, label in finite])


def _judge(right: int, labels: Counter[str], rows: int) -> Giveaway | None:
    """Return what is right on so many of the rows with these ``labels``, of ``rows`` in the file, if that is enough."""
    covered = labels.total()
    if covered < max(FEWEST_ROWS, SMALLEST_SHARE * rows):
        return None
    found = Giveaway(right / covered, max(labels.values()) / covered, covered)
    return found if _is_accurate(found, ACCURATE) else None


def _is_accurate(found: Giveaway, enough: float) -> bool:
    return found.accuracy >= enough and 1 - found.accuracy < MISTAKES_LEFT * (1 - found.majority)


def split_words(text: str) -> set[str]:
    """Return lowercase words as they stand between spaces, without the punctuation around them."""
    return {word.strip(PUNCTUATION) for word in text.lower().split()} - {""}


def split_pieces(value: str) -> set[str]:
    """Cut a path, an address or an id at its punctuation: "pos/0_9.txt" into pos, 0, 9 and txt."""
    return {piece for piece in re.split(r"[\W_]+", value) if piece}


def by_word(
    texts: Iterable[str | None], labels: Sequence[str], *, split: Callable[[str], set[str]] = split_words
) -> list[Giveaway]:
    """Find the words that stand in most texts of one label and in hardly any other, best first."""
    by_label: dict[str, Counter[str]] = defaultdict(Counter)
    for text, label in zip(texts, labels, strict=True):
        by_label[label].update(split(text or ""))
    total: Counter[str] = Counter()
    for counts in by_label.values():
        total.update(counts)
    common = [
        Giveaway(count / total[word], size / len(labels), total[word], word, label)
        for label, size in Counter(labels).items()
        for word, count in by_label[label].items()
        if count >= max(COMMON * size, FEWEST_TEXTS)
    ]
    pure = [one for one in common if _is_accurate(one, PURE)]
    return sorted(pure, key=lambda one: (-one.rows * one.accuracy, one.word))


def marks(texts: Sequence[str]) -> dict[str, list[str | None]]:
    """Return where a source leaves its mark: headers, if most texts begin with some, the first and the last word."""
    found: dict[str, list[str | None]] = {}
    headers = [_headers(text) for text in texts]
    if sum(map(bool, headers)) >= len(texts) / 2:
        names = dict.fromkeys(itertools.chain.from_iterable(headers))
        for name in itertools.islice(names, MOST_HEADERS):
            found[f"the header {name!r}"] = [one.get(name) for one in headers]
    found["the first word"] = ["".join(text.split(maxsplit=1)[:1]) for text in texts]
    found["the last word"] = ["".join(text.rsplit(maxsplit=1)[-1:]) for text in texts]
    return found


def _headers(text: str) -> dict[str, str]:
    """Return the lines such as "Subject: hi" that a text begins with."""
    found = {}
    for match in map(HEADER.match, text[:5000].split("\n")):
        if match is None:
            break
        found[match[1]] = match[2].strip()
    return found
