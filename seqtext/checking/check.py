"""
What is wrong with a labelled file before hours of training: a list of findings, the gravest named as such.

Each check is a function from the rows of a part to its findings. Nothing is changed and nothing is learned.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from seqtext.checking.damage import SIGNS, main_script
from seqtext.checking.duplicates import (
    expected_overlap,
    group_rows,
    larger_groups,
    near_groups,
    repeated_rows,
    shared_rows,
)
from seqtext.checking.findings import Finding, Part, of_rows, percent, plural, shares
from seqtext.checking.giveaways import Giveaway, by_number, by_order, by_value, by_word, edges, headers, pieces_of
from seqtext.data.dataset import Dataset
from seqtext.data.splitting import only_words
from seqtext.errors import DataError, listed

# A share of rows from which on a finding is a warning; below it is information.
REPEATED = 0.01
CONTRADICTING = 0.005
LEAKED = 0.001
DAMAGED = 0.001
MARKED_UP = 0.01
NEARLY_EMPTY = 0.01
OTHER_SCRIPT = 0.05
# Rows of a label below which a model learns little of it, and times by which the largest label exceeds the smallest.
FEW_ROWS = 10
IMBALANCE = 10
# A text is an outlier if it is this many deviations longer than the median, on a logarithmic scale.
DEVIATIONS = 5


def check(
    *parts: Part | Dataset,
    share: float = 0.33,
    near: bool = True,
) -> list[Finding]:
    """
    Check the rows of each part, and what each two parts have in common.

    A :class:`Dataset` is checked with its columns "text" and, if it has one, "label".

    Parameters
    ----------
    share
        The share of rows held out in the random split whose overlap is told.
    near
        False leaves out near duplicates, which take most of the time.

    >>> rows = Dataset({"text": ["so good", "So good!", "bad", ""], "label": ["pos", "neg", "neg", "pos"]})
    >>> [finding.message for finding in check(rows) if finding.check == "contradictions"]
    ["2 of 4 rows (50 %) with a text that also stands there with another label, so that at most 75 % of the rows
    can be told right; correct the labels in 'label'"]
    """
    named = [_as_part(part) for part in parts]
    found = [finding for part in named for finding in check_part(part, share=share, near=near)]
    for first, second in itertools.combinations(named, 2):
        found += check_shared(first, second)
    return found


def _severity(share: float, threshold: float) -> str:
    return "warning" if share >= threshold else "info"


def _as_part(part: Part | Dataset) -> Part:
    if isinstance(part, Part):
        return part
    return Part(part.source, part, labels=("label",) if "label" in part.names else ())


def check_part(part: Part, *, share: float = 0.33, near: bool = True) -> list[Finding]:
    """Everything that can be said of one part."""
    if not len(part.rows):
        raise DataError(f"{part.name} has no rows to check")
    found = [finding for column in part.labels for finding in check_labels(part, column)]
    found += [*check_texts(part), *check_lengths(part), *check_duplicates(part, share=share, near=near)]
    for column in part.labels:
        found += [*check_contradictions(part, column), *check_giveaways(part, column)]
    found += [*check_damage(part), *check_scripts(part)]
    return found


# ---------------------------------------------------------------------------------------------- labels


def check_labels(part: Part, column: str) -> Iterator[Finding]:
    """Classes and their sizes, missing labels, and names that look like one and the same."""
    labels = part.label(column)
    counts = Counter(label for label in labels if label)
    missing = [row for row, label in enumerate(labels) if not label]
    if missing:
        yield Finding(
            "labels",
            "warning" if counts else "error",
            f"{of_rows(len(missing), len(labels))} without a label in {column!r}; label or remove them",
            {"column": column, "missing": len(missing)},
            part.examples(missing),
            part.name,
        )
    if not counts:
        return
    majority = max(counts.values()) / counts.total()
    quoted = Counter({repr(label): count for label, count in counts.items()})
    yield Finding(
        "labels",
        "info",
        f"{len(counts):,} {plural('label', len(counts))} in {column!r}: {shares(quoted)}; "
        f"always saying the most frequent is right for {percent(majority)}",
        {"column": column, "labels": dict(counts.most_common()), "majority": majority},
        part=part.name,
    )
    for severity, message, facts in _label_problems(counts, column):
        yield Finding("labels", severity, message, {"column": column, **facts}, part=part.name)


def _label_problems(counts: Counter[str], column: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if len(counts) == 1:
        yield "error", f"every row has the label {listed(counts)}; expected at least two to tell apart", {}
        return
    if len(counts) > 20 and sum("," in label for label in counts) > len(counts) / 2:
        yield (
            "warning",
            f"{column!r} seems to hold lists of labels separated by commas; each is taken for one label",
            {},
        )
        return
    if len(counts) > max(20, counts.total() / 10):
        found = f"{column!r} has {len(counts):,} different values in {counts.total():,} rows"
        yield "warning", f"{found}, too many for labels; name another column with --label", {}
        return
    single = [label for label, count in counts.items() if count == 1]
    few = [label for label, count in counts.items() if 1 < count < FEW_ROWS]
    if single:
        message = f"{listed(single, 5)} {plural('has', len(single), 'have')} a single row, too few to learn and test"
        yield "error", f"{message}; add rows, merge or remove the label", {"single": single}
    if few:
        yield "warning", f"{listed(few, 5)} {plural('has', len(few), 'have')} fewer than {FEW_ROWS} rows", {"few": few}
    largest, smallest = max(counts.values()), min(counts.values())
    if largest >= IMBALANCE * smallest:
        yield (
            "warning",
            f"the largest label has {largest / smallest:,.0f} times the rows of the smallest; "
            "judge by macro-F1, not by accuracy",
            {"imbalance": largest / smallest},
        )
    by_form: dict[str, list[str]] = {}
    for label in counts:
        by_form.setdefault(" ".join(label.casefold().split()), []).append(label)
    if alike := [names for names in by_form.values() if len(names) > 1]:
        yield (
            "warning",
            f"labels that differ only in case or spaces: {listed(alike[0])}; make them one",
            {"alike": alike},
        )


def check_contradictions(part: Part, column: str) -> Iterator[Finding]:
    """Equal texts with different labels: what no model can get right."""
    labels = part.label(column)
    labelled = [row for row, label in enumerate(labels) if label]
    groups = larger_groups(group_rows(part.keys[row] for row in labelled))
    mixed = []
    for group in groups:
        rows = [labelled[one] for one in group]
        counts = Counter(labels[row] for row in rows)
        if len(counts) > 1:
            mixed.append((rows, counts))
    if not mixed:
        return
    count = sum(len(group) for group, _ in mixed)
    wrong = sum(counts.total() - max(counts.values()) for _, counts in mixed)
    ceiling = 1 - wrong / len(labelled)
    yield Finding(
        "contradictions",
        _severity(count / len(labelled), CONTRADICTING),
        f"{of_rows(count, len(labelled))} with a text that also stands there with another label, so that at most "
        f"{100 * ceiling:.4g} % of the rows can be told right; correct the labels in {column!r}",
        {"column": column, "rows": count, "texts": len(mixed), "ceiling": ceiling},
        part.examples([row for group, _ in mixed for row in group]),
        part.name,
    )


# -------------------------------------------------------------------------------------- texts and lengths


def check_texts(part: Part) -> Iterator[Finding]:
    """Texts that hold nothing, or nothing to learn from."""
    empty = np.flatnonzero(part.is_empty)
    if len(empty):
        yield Finding(
            "empty",
            "error" if len(empty) == len(part.rows) else "warning",
            f"{of_rows(len(empty), len(part.rows))} without a text; remove them, or find out where their texts are",
            {"rows": len(empty)},
            part.examples(empty),
            part.name,
        )
    nearly = [row for row, text in enumerate(part.text) if not part.is_empty[row] and len(only_words(text)) < 2]
    if nearly:
        yield Finding(
            "nearly-empty",
            _severity(len(nearly) / len(part.rows), NEARLY_EMPTY),
            f"{of_rows(len(nearly), len(part.rows))} with hardly a text: a letter, marks, mentions or addresses only",
            {"rows": len(nearly)},
            part.examples(nearly),
            part.name,
        )


def check_lengths(part: Part) -> Iterator[Finding]:
    """How long the texts are, and which are far longer than the rest."""
    lengths = np.array([len(text.split()) for text in part.text])
    low, middle, high, most = (int(value) for value in np.percentile(lengths, [5, 50, 95, 100]))
    yield Finding(
        "lengths",
        "info",
        f"{middle:,} words in the middle, {low:,} to {high:,} in nine of ten texts, {most:,} in the longest",
        {"percentiles": {"5": low, "50": middle, "95": high, "100": most}},
        (*part.examples([int(lengths.argmax())]),),
        part.name,
    )
    logarithms = np.log1p(lengths)
    deviation = 1.4826 * np.median(np.abs(logarithms - np.median(logarithms)))
    outliers = np.flatnonzero(logarithms > np.median(logarithms) + DEVIATIONS * max(deviation, 0.2))
    if len(outliers):
        longest_first = outliers[np.argsort(-lengths[outliers], kind="stable")]
        yield Finding(
            "outliers",
            _severity(len(outliers) / len(lengths), REPEATED),
            f"{of_rows(len(outliers), len(lengths))} with a text far longer than the rest, from "
            f"{int(lengths[outliers].min()):,} words on; set max_length, or look whether several texts ran together",
            {"rows": len(outliers), "from": int(lengths[outliers].min())},
            part.examples(longest_first),
            part.name,
        )


# ------------------------------------------------------------------------------------------- duplicates


def check_duplicates(part: Part, *, share: float, near: bool) -> Iterator[Finding]:
    """Texts that repeat to the letter, but for case and marks, or nearly; and what a random split leaks."""
    kinds = {
        "exact": group_rows(text if text.strip() else "" for text in part.text),
        "normalised": group_rows(part.keys),
    }
    if near:
        kinds["near"] = near_groups(part.keys)
    rows = len(part.rows)
    words = {
        "exact": "to the letter",
        "normalised": "but for case, marks, mentions and addresses",
        "near": "nearly word for word",
    }
    for kind, groups in kinds.items():
        repeated = repeated_rows(groups)
        if not repeated:
            continue
        largest = larger_groups(groups)
        yield Finding(
            "duplicates",
            _severity(repeated / rows, REPEATED) if kind != "near" else "info",
            f"{of_rows(repeated, rows)} repeat an earlier one {words[kind]}; the commonest stands in "
            f"{len(largest[0]):,} rows",
            {"kind": kind, "rows": repeated, "groups": len(largest), "largest": len(largest[0])},
            part.examples([int(group[1]) for group in largest]),
            part.name,
        )
    overlaps = {kind: expected_overlap(groups, share) for kind, groups in kinds.items()}
    if max(overlaps.values()) > 0:
        told = ", ".join(f"{percent(overlap)} {kind}" for kind, overlap in overlaps.items())
        is_flattered = overlaps["normalised"] >= REPEATED
        advice = "; its score is flattered: split as 'seqtext train' does, equal texts on one side"
        yield Finding(
            "random-split",
            "warning" if is_flattered else "info",
            f"of a random {percent(share)} of the rows, so many have their text in the rest as well: {told}"
            f"{advice if is_flattered else ''}",
            {"share": share, "overlap": overlaps},
            part=part.name,
        )


def check_shared(first: Part, second: Part) -> list[Finding]:
    """Texts that stand in two parts, such as training and test, and carry different labels there."""
    exact = shared_rows(first.text, second.text)
    same = shared_rows(first.keys, second.keys)
    if not same:
        return []
    found = [
        Finding(
            "shared",
            _severity(len(same) / len(second.rows), LEAKED),
            f"{of_rows(len(same), len(second.rows))} have their text in {first.name} as well "
            f"({len(exact):,} to the letter); remove them from one of the two",
            {"first": first.name, "exact": len(exact), "normalised": len(same)},
            second.examples(same),
            second.name,
        )
    ]
    for column in (name for name in first.labels if name in second.labels):
        labels: dict[str, set[str]] = {}
        for key, label in zip(first.keys, first.label(column), strict=True):
            labels.setdefault(key, set()).add(label)
        others = second.label(column)
        different = [row for row in same if others[row] and others[row] not in labels[second.keys[row]] - {""}]
        if different:
            found.append(
                Finding(
                    "shared",
                    "warning",
                    f"{len(different):,} of these carry another {column!r} in {first.name}; correct the labels",
                    {"first": first.name, "column": column, "contradicting": len(different)},
                    second.examples(different),
                    second.name,
                )
            )
    return found


# ------------------------------------------------------------------------------------- damage and script


def check_damage(part: Part) -> Iterator[Finding]:
    """Texts in a wrong encoding, or with HTML in them."""
    for name, (has_sign, what, remedy) in SIGNS.items():
        damaged = [row for row, text in enumerate(part.text) if has_sign(text)]
        if damaged:
            share = len(damaged) / len(part.rows)
            severity = "info" if name == "html-tags" else _severity(share, MARKED_UP if "html" in name else DAMAGED)
            yield Finding(
                name,
                severity,
                f"{of_rows(len(damaged), len(part.rows))} with {what}; {remedy}",
                {"rows": len(damaged)},
                part.examples(damaged),
                part.name,
            )


def check_scripts(part: Part) -> Iterator[Finding]:
    """Which scripts the texts are written in. Languages are not told: that takes a model of its own."""
    scripts = [main_script(text) for text in part.text]
    counts = Counter(filter(None, scripts))
    if not counts:
        return
    main = counts.most_common(1)[0][0]
    others = [row for row, script in enumerate(scripts) if script not in ("", main)]
    yield Finding(
        "scripts",
        _severity(len(others) / len(scripts), OTHER_SCRIPT),
        f"written in {shares(counts)}",
        {"scripts": dict(counts.most_common())},
        part.examples(others),
        part.name,
    )


# -------------------------------------------------------------------------------------------- giveaways


def check_giveaways(part: Part, column: str) -> Iterator[Finding]:
    """Columns, headers, words and an order of the rows that tell the label almost for certain."""
    labels = part.label(column)
    labelled = [row for row, label in enumerate(labels) if label]
    known = [labels[row] for row in labelled]
    texts = [part.text[row] for row in labelled]
    by_name: dict[str, Sequence[str | None]] = {
        f"column {name!r}": [values[row] for row in labelled]
        for name, values in part.rows.columns.items()
        if name not in (*part.texts, *part.labels)
    }
    for name, values in by_name.items():
        if one := by_value(name, values, known) or by_number(f"the order of {name}", values, known):
            yield _giveaway(part, column, "column", one, "leave it out of what the model reads")
        elif words := by_word(values, known, words=pieces_of):
            yield _words(part, column, f"in {name}", words, "leave it out of what the model reads")
    remedy = "cut it off, or the model learns nothing else"
    marks = {**{f"the header {name!r}": values for name, values in headers(texts).items()}, **edges(texts)}
    for name, values in marks.items():
        if one := by_value(name, values, known):
            yield _giveaway(part, column, "text", one, remedy)
    if words := by_word(texts, known):
        yield _words(part, column, "in the text", words, "see whether they belong to the text")
    if by_order("the order of the rows", known):
        message = f"the rows are sorted by {column!r}; shuffle them where a tool splits without shuffling"
        yield Finding("order", "info", message, {"column": column}, part=part.name)


def _giveaway(part: Part, column: str, kind: str, one: Giveaway, remedy: str) -> Finding:
    return Finding(
        "giveaway",
        "warning",
        f"{one.what} tells {column!r} right in {percent(one.right)} of the {one.rows:,} rows that share a value "
        f"with others (the most frequent label: {percent(one.majority)}); {remedy}",
        {"kind": kind, "column": column, **vars(one)},
        part=part.name,
    )


def _words(part: Part, column: str, where: str, words: Sequence[Giveaway], remedy: str) -> Finding:
    shown = ", ".join(f"{one.what!r} ({one.label})" for one in words[:5])
    more = f" and {len(words) - 5:,} more" if len(words) > 5 else ""
    return Finding(
        "giveaway",
        "warning",
        f"words {where} that stand in most rows of one label of {column!r} and in no other: {shown}{more}; {remedy}",
        {"kind": "words", "column": column, "words": [vars(one) for one in words[:50]]},
        part=part.name,
    )
