"""Which rows hold the same text, or nearly the same, and how many of them a random split puts on both sides."""

import math
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np

# Texts with at least this share of their word triples in common (Jaccard) are near duplicates.
NEAR = 0.7
# 16 bands of 4: of the pairs at 0.7 one in 80 is missed, at 0.8 one in 5,000; most of those below 0.4 never meet.
BANDS, BAND = 16, 4
# Texts whose word triples are held in memory at once.
BLOCK = 500
# Odd, so that multiplying by them loses nothing; otherwise arbitrary.
MIX = np.random.default_rng(20).integers(1, 2**63, size=BANDS * BAND, dtype=np.uint64) * np.uint64(2) + np.uint64(1)


def group_rows(keys: Iterable[str]) -> np.ndarray:
    """Number the rows by their key, int64 of shape (rows,); an empty key says nothing, so each is one of its own."""
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(key or object(), len(numbers)) for key in keys], dtype=np.int64)


def larger_groups(groups: np.ndarray) -> list[np.ndarray]:
    """Return the row indices of each group of two rows or more, largest group first."""
    order = np.argsort(groups, kind="stable")
    borders = np.flatnonzero(np.diff(groups[order])) + 1
    found = [rows for rows in np.split(order, borders) if len(rows) > 1]
    return sorted(found, key=lambda rows: (-len(rows), rows[0]))


def expected_overlap(groups: np.ndarray, share: float) -> float:
    """Return which share of the test rows has its text in training too, on average over all random splits; exact."""
    rows = len(groups)
    tested = math.ceil(rows * share)  # as train_test_split counts
    _, sizes = np.unique(groups, return_counts=True)
    overlap = 0.0
    for size, count in zip(*np.unique(sizes, return_counts=True), strict=True):
        others = np.arange(1, size)
        all_tested = float(np.prod(np.maximum(tested - others, 0) / (rows - others)))
        overlap += count * size / rows * (1 - all_tested)
    return float(overlap)


def near_groups(keys: Sequence[str]) -> np.ndarray:
    """
    Number the rows like :func:`group_rows`, with near duplicates in one group: int64 of shape (rows,).

    Two texts are near duplicates if they share seven tenths of their word triples. Candidates come from MinHash
    signatures and are then compared, so that none is wrong; a few are missed, all in scripts without spaces.
    """
    exact = group_rows(keys)
    texts = [keys[row] for row in np.unique(exact, return_index=True)[1]]
    parents = list(range(len(texts)))

    def root(one: int) -> int:
        while parents[one] != one:
            parents[one] = parents[parents[one]]
            one = parents[one]
        return one

    for one, other in _candidates(_signatures(texts)):
        a, b = root(one), root(other)
        if a != b and texts[one] and _jaccard(texts[one], texts[other]) >= NEAR:
            parents[max(a, b)] = min(a, b)
    return np.array([root(one) for one in range(len(texts))], dtype=np.int64)[exact]


@lru_cache(maxsize=1 << 20)
def _hashed(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "replace")) + 1


def _signatures(texts: Sequence[str]) -> np.ndarray:
    """Return MinHash signatures, uint32 of shape (texts, hashes)."""
    signatures = np.empty((len(texts), len(MIX)), dtype=np.uint32)
    for start in range(0, len(texts), BLOCK):
        words = [[_hashed(word) for word in text.split()] or [0] for text in texts[start : start + BLOCK]]
        lengths = np.array([len(one) for one in words])
        triples = _triples(words)
        for column, factor in enumerate(MIX):
            least = np.minimum.reduceat((triples * factor) >> np.uint64(32), np.cumsum(lengths) - lengths)
            signatures[start : start + BLOCK, column] = least
    return signatures


def _triples(texts: Sequence[Sequence[int]]) -> np.ndarray:
    """Return as many hashed triples as words for each text: the last two reach into its padding of two zeros."""
    words = np.array([word for text in texts for word in (*text, 0, 0)], dtype=np.uint64)
    hashed = words * np.uint64(0x9E3779B97F4A7C15)
    hashed[:-1] += words[1:] * np.uint64(0xC2B2AE3D27D4EB4F)
    hashed[:-2] += words[2:] * np.uint64(0x165667B19E3779F9)
    hashed ^= hashed >> np.uint64(29)
    ends = np.cumsum([len(text) + 2 for text in texts])
    return np.delete(hashed, np.concatenate([ends - 1, ends - 2]))


def _candidates(signatures: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield pairs that agree in a band and in about enough of all hashes; of a crowd, each with its first one only."""
    enough = NEAR - 0.15  # three standard errors of the share of 64 hashes
    for start in range(0, BANDS * BAND, BAND):
        band = signatures[:, start : start + BAND]
        _, first, group = np.unique(band, axis=0, return_index=True, return_inverse=True)
        leaders = first[group.reshape(-1)]
        members = np.flatnonzero(leaders != np.arange(len(leaders)))
        alike = (signatures[members] == signatures[leaders[members]]).mean(axis=1) >= enough
        for member in members[alike]:
            yield int(leaders[member]), int(member)


def _jaccard(*texts: str) -> float:
    padded = ([*text.split(), "", ""] for text in texts)
    first, second = (set(zip(words, words[1:], words[2:], strict=False)) for words in padded)
    return len(first & second) / len(first | second)
