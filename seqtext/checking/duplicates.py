"""Which rows hold the same text, or nearly the same, and how many of them a random split puts on both sides."""

import math
import zlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

# Texts with at least this share of their word triples in common (Jaccard) are near duplicates.
NEAR = 0.7
# 16 bands of 4: of the pairs at 0.7 one in 80 is missed, at 0.8 one in 5,000; most of those below 0.4 never meet.
BANDS, BAND = 16, 4
# Word triples held in memory at once.
BLOCK = 2_000_000
# Odd, so that multiplying by them loses nothing; otherwise arbitrary.
MIX = np.random.default_rng(20).integers(1, 2**63, size=BANDS * BAND, dtype=np.uint64) * np.uint64(2) + np.uint64(1)


def group_rows(keys: Iterable[str]) -> np.ndarray:
    """
    Number the rows by their key, int64 of shape (rows,): equal keys, equal numbers.

    An empty key says nothing about a text, so each of them is a group of its own.

    >>> group_rows(["a", "b", "a", "", ""]).tolist()
    [0, 1, 0, 2, 3]
    """
    numbers: dict[str, int] = {}
    found: list[int] = []
    unnamed = 0
    for key in keys:
        if key:
            found.append(numbers.setdefault(key, len(numbers) + unnamed))
        else:
            found.append(len(numbers) + unnamed)
            unnamed += 1
    return np.array(found, dtype=np.int64)


def repeated_rows(groups: np.ndarray) -> int:
    """
    How many rows repeat the text of an earlier row.

    >>> repeated_rows(np.array([0, 1, 0, 0]))
    2
    """
    return len(groups) - len(np.unique(groups))


def larger_groups(groups: np.ndarray) -> list[np.ndarray]:
    """Give the row indices of each group of two rows or more, largest group first."""
    order = np.argsort(groups, kind="stable")
    borders = np.flatnonzero(np.diff(groups[order])) + 1
    found = [rows for rows in np.split(order, borders) if len(rows) > 1]
    return sorted(found, key=lambda rows: (-len(rows), rows[0]))


def expected_overlap(groups: np.ndarray, share: float) -> float:
    """
    Tell which share of the test rows has its text in training too, on average over all random splits.

    Exact, not simulated: a test row of a group of n is alone on its side if the other n - 1 rows are test rows as well.

    >>> expected_overlap(np.array([0, 0, 1, 2]), share=0.25)
    0.5
    >>> expected_overlap(np.array([0, 0, 0, 0]), share=0.75)  # each test row meets the one that is left
    1.0
    """
    rows = len(groups)
    if rows < 2:
        return 0.0
    tested = math.ceil(rows * share)  # as train_test_split counts
    _, sizes = np.unique(groups, return_counts=True)
    overlap = 0.0
    for size, count in zip(*np.unique(sizes, return_counts=True), strict=True):
        others = np.arange(1, size)
        all_tested = float(np.prod(np.maximum(tested - others, 0) / (rows - others)))
        overlap += count * size / rows * (1 - all_tested)
    return float(overlap)


def shared_rows(first: Iterable[str], second: Sequence[str]) -> list[int]:
    """
    Give the indices of the rows of ``second`` whose key is in ``first``; empty keys are never shared.

    >>> shared_rows(["a", "b", ""], ["c", "b", "", "b"])
    [1, 3]
    """
    known = set(first)
    return [row for row, key in enumerate(second) if key and key in known]


def near_groups(keys: Sequence[str]) -> np.ndarray:
    """
    Number the rows like :func:`group_rows`, with near duplicates in one group: int64 of shape (rows,).

    Two texts are near duplicates if they share seven tenths of their word triples. Candidates come from MinHash
    signatures and are then compared for real, so that none is wrong; a few are missed. Time grows linearly
    with the words. In a script without spaces between words only equal texts are found.

    >>> text = "one and the same old story is told again and again in other words and then"
    >>> near_groups([text + " forgotten", "another", text + " remembered"]).tolist()
    [0, 1, 0]
    """
    exact = group_rows(keys)
    _, first_rows, group = np.unique(exact, return_index=True, return_inverse=True)
    texts = [keys[row] for row in first_rows]
    parents = list(range(len(texts)))

    def root(one: int) -> int:
        while parents[one] != one:
            parents[one] = parents[parents[one]]
            one = parents[one]
        return one

    signatures = _signatures(texts)
    for one, other in _candidates(signatures):
        a, b = root(one), root(other)
        if a != b and texts[one] and texts[other] and _jaccard(texts[one], texts[other]) >= NEAR:
            parents[max(a, b)] = min(a, b)
    roots = np.array([root(one) for one in range(len(texts))], dtype=np.int64)
    return roots[group.reshape(-1)]


class _WordHashes(dict[str, int]):
    """A number for each word, the same in every run."""

    def __missing__(self, word: str) -> int:
        self[word] = found = zlib.crc32(word.encode("utf-8", "replace")) + 1
        return found


def _signatures(texts: Sequence[str]) -> np.ndarray:
    """MinHash signatures, uint32 of shape (texts, hashes)."""
    signatures = np.empty((len(texts), len(MIX)), dtype=np.uint32)
    hashes = _WordHashes()
    for start, triples, lengths in _blocks(texts, hashes):
        begins = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        for column, factor in enumerate(MIX):
            hashed = (triples * factor) >> np.uint64(32)
            signatures[start : start + len(lengths), column] = np.minimum.reduceat(hashed, begins)
    return signatures


def _blocks(texts: Sequence[str], hashes: _WordHashes) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Give (number of the first text, hashed triples of all texts of the block, how many each text has)."""
    start, words, lengths = 0, list[int](), list[int]()
    for number, text in enumerate(texts):
        found = [hashes[word] for word in text.split()] or [0]
        words += found
        words += (0, 0)
        lengths.append(len(found) + 2)
        if len(words) >= BLOCK or number == len(texts) - 1:
            yield start, *_triples(np.array(words, dtype=np.uint64), np.array(lengths))
            start, words, lengths = number + 1, [], []


def _triples(words: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As many triples as words for each text: the last two reach into its padding of two zeros."""
    hashed = words * np.uint64(0x9E3779B97F4A7C15)
    hashed[:-1] += words[1:] * np.uint64(0xC2B2AE3D27D4EB4F)
    hashed[:-2] += words[2:] * np.uint64(0x165667B19E3779F9)
    hashed ^= hashed >> np.uint64(29)
    ends = np.cumsum(lengths)
    is_inside = np.ones(len(words), dtype=bool)
    is_inside[ends - 1] = is_inside[ends - 2] = False
    return hashed[is_inside], lengths - 2


def _candidates(signatures: np.ndarray) -> Iterator[tuple[int, int]]:
    """Pairs that agree in a band and in about enough of all hashes; of a crowd, each with its first one only."""
    enough = NEAR - 0.15  # three standard errors of the share of 64 hashes
    for band in range(0, signatures.shape[1], BAND):
        hashes = np.ascontiguousarray(signatures[:, band : band + BAND]).view([("", np.uint32)] * BAND).reshape(-1)
        _, first, group = np.unique(hashes, return_index=True, return_inverse=True)
        leaders = first[group.reshape(-1)]
        members = np.flatnonzero(leaders != np.arange(len(leaders)))
        alike = (signatures[members] == signatures[leaders[members]]).mean(axis=1) >= enough
        for member in members[alike]:
            yield int(leaders[member]), int(member)


def _jaccard(one: str, other: str) -> float:
    first, second = _triple_set(one), _triple_set(other)
    return len(first & second) / len(first | second)


def _triple_set(text: str) -> set[tuple[str, str, str]]:
    words = [*text.split(), "", ""]
    return set(zip(words, words[1:], words[2:], strict=False))
