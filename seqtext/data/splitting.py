"""Rows in two, to learn from and to be scored on: without leaks, or at random as the course slides do."""

import hashlib
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from seqtext.errors import DataError, listed, plural

URL = re.compile(r"\b(?:https?:|www\.)\S*")
MENTION = re.compile(r"(?<!\w)@\w+")
# Arrows, symbols and emoji carry meaning; what else is neither letter nor digit is punctuation.
PUNCTUATION = re.compile(r"(?:[^\w\u2190-\u2bff\U0001f000-\U0001faff]|_)+")
RETWEET = re.compile(r"^(?:rt )+")


def normalise(text: str | None) -> str:
    """
    Return the key by which two texts count as duplicates.

    Folds case, spaces and punctuation and drops urls, mentions and leading RT marks, so that a retweet
    meets its original. A text of which nothing would be left keeps its marks: ":)" is not ":(".

    >>> normalise("RT @ann: So  GOOD!! http://t.co/x"), normalise(":)"), normalise("@bob")
    ('so good', ':)', '@bob')
    """
    return only_words(text) or " ".join(_folded(text).split())


def fingerprints(texts: Iterable[str | None]) -> np.ndarray:
    """
    Return 64 bits of each text, the same for all that are equal as in `normalise`: uint64 of shape (texts,).

    >>> first, second, third = fingerprints(["So good!", "so GOOD", "bad"]).tolist()
    >>> first == second, first == third
    (True, False)
    """
    digests = (hashlib.blake2b(normalise(text).encode("utf-8", "replace"), digest_size=8).digest() for text in texts)
    return np.frombuffer(b"".join(digests), "<u8")


def joined(inputs: Mapping[str, Sequence[Any]]) -> list[str]:
    """Return one text per row, for finding duplicates."""
    return ["\n".join(map(str, row)) for row in zip(*inputs.values(), strict=True)]


def only_words(text: str | None) -> str:
    """Return what :func:`normalise` compares of a text with words; empty if there are only marks, urls and mentions."""
    return RETWEET.sub("", PUNCTUATION.sub(" ", MENTION.sub(" ", URL.sub(" ", _folded(text)))).strip())


def _folded(text: str | None) -> str:
    return unicodedata.normalize("NFKC", text or "").casefold()


def split_rows(
    labels: Sequence[str], texts: Sequence[str | None], *, share: float, seed: int, loose: Collection[str] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """
    Split rows in two without leaks: (kept, held out), about ``share`` of each label held out.

    Both are sorted row indices, int64; together every row once. Rows with equal :func:`normalise` texts stay together:
    a group of them counts for its most frequent label. A DataError says which label cannot stand on both sides, unless
    it is ``loose``, which "" may be, for rows without a label.
    """
    if not 0 < share < 1:
        raise ValueError(f"share is {share}; expected a number between 0 and 1")
    if len(labels) != len(texts):
        raise ValueError(f"{len(labels)} labels for {len(texts)} texts")
    groups_by_text: dict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(texts):
        groups_by_text[normalise(text)].append(row)
    groups = list(groups_by_text.values())
    _refuse_labels(labels, groups, loose)

    rng = np.random.default_rng(seed)
    firm = set(labels) - set(loose)
    for _ in range(100):
        held_out = np.sort(np.array(_hold_out(labels, groups, share, rng), dtype=np.int64))
        kept = np.delete(np.arange(len(labels)), held_out)
        if all(firm <= {labels[int(i)] for i in part} for part in (kept, held_out)):
            return kept, held_out
        # A label may live only in groups that count for other labels: shuffle again.
    raise DataError(
        "no split leaves every label on both sides, because equal texts carry different labels; "
        "correct these labels, or give a test file of your own"
    )


def _refuse_labels(labels: Sequence[str], groups: Sequence[Sequence[int]], loose: Collection[str]) -> None:
    if missing := [row for row, label in enumerate(labels, 1) if label in (None, "") and label not in loose]:
        found = f"{plural(len(missing), 'row')} without a label: number {listed(missing, 5)}"
        raise DataError(f"{found}; label or remove them")
    distinct_texts: Counter[str] = Counter()
    for group in groups:
        distinct_texts.update({labels[row] for row in group} - set(loose))
    if len(distinct_texts) < 2 and (distinct_texts or not loose):
        only = f"every row has the label {listed(distinct_texts)}" if distinct_texts else "there are no rows"
        expected = "expected at least two different labels to tell apart"
        raise DataError(f"{only}; {expected}; add rows with other labels, or name another column")
    rows = Counter(labels)
    if alone := sorted(label for label, count in distinct_texts.items() if count < 2):
        counted = listed((f"{label!r} ({plural(rows[label], 'row')})" for label in alone), 5, quote=False)
        raise DataError(
            f"too few texts to both learn and test: {counted} {'has' if len(alone) == 1 else 'have'} "
            "a single distinct text; add texts, merge with another label, or leave such labels out with --min-rows"
        )


def _hold_out(labels: Sequence[str], groups: Sequence[list[int]], share: float, rng: np.random.Generator) -> list[int]:
    """Choose groups at random, label by label, until each label's share of rows is reached."""
    by_label: dict[str, list[list[int]]] = defaultdict(list)
    for group in groups:
        counts = Counter(labels[row] for row in group)
        by_label[min(counts, key=lambda label: (-counts[label], label))].append(group)
    ordered = [by_label[label] for label in sorted(by_label)]
    targets = _shares([sum(map(len, own)) for own in ordered], share)
    chosen = (_choose(own, target, rng) for own, target in zip(ordered, targets, strict=True))
    return [row for some in chosen for group in some for row in group]


def _shares(sizes: Sequence[int], share: float) -> list[int]:
    """Divide ``share`` of all rows among labels with these ``sizes``; the total is rounded only once."""
    exact = [size * share for size in sizes]
    whole = [math.floor(value + 1e-9) for value in exact]
    by_remainder = sorted(range(len(sizes)), key=lambda i: whole[i] - exact[i])
    for index in by_remainder[: max(round(sum(sizes) * share) - sum(whole), 0)]:
        whole[index] += 1
    return whole


def _choose(groups: Sequence[list[int]], target: int, rng: np.random.Generator) -> list[list[int]]:
    """Random groups with about ``target`` rows: at least one group, and of two or more never all."""
    chosen: list[list[int]] = []
    left: list[list[int]] = []
    missing = target
    for group in (groups[index] for index in rng.permutation(len(groups))):
        if len(group) <= missing and len(chosen) < len(groups) - 1:
            chosen.append(group)
            missing -= len(group)
        else:
            left.append(group)
    smallest = min(left, key=len)
    is_nearer = len(smallest) - missing < missing and len(left) > 1
    if is_nearer or (not chosen and len(groups) > 1):
        chosen.append(smallest)
    return chosen


def random_split(labels: Sequence[str], *, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split rows at random, exactly as ``train_test_split``; equal texts on both sides may flatter the score."""
    from sklearn.model_selection import train_test_split  # 1 s, and only for training

    kept, held_out = train_test_split(np.arange(len(labels)), test_size=share, random_state=seed)
    return kept, held_out
