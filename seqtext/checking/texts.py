"""Checks of the texts: missing, too long, repeated, damaged, in several scripts."""

import math
from collections import Counter
from collections.abc import Iterator

import numpy as np

from seqtext.checking.damage import SIGNS, main_script
from seqtext.checking.duplicates import expected_overlap, group_rows, larger_groups, near_groups
from seqtext.checking.findings import Finding, Part, counts_and_shares, percent, severity_of
from seqtext.data.splitting import only_words

# A share of the rows from which on a finding is a warning; below it is information.
MANY = 0.01
OTHER_SCRIPT = 0.05
# A text is an outlier if it is this many deviations longer than the median, on a logarithmic scale.
DEVIATIONS = 5

KINDS = {
    "exact": "to the letter",
    "normalised": "but for case, marks, mentions and addresses",
    "near": "nearly word for word",
}


def check_empty(part: Part) -> Iterator[Finding]:
    """Find texts that hold nothing."""
    if empty := [row for row, text in enumerate(part.texts) if not text]:
        message = "without a text; remove them, or find out where their texts are"
        yield part.finding_in(empty, "empty", message, warning_from=0, error_from=1)
    for column in part.text_columns if len(part.text_columns) > 1 else ():
        if lacking := [row for row, text in enumerate(part.rows.column(column)) if not (text and text.strip())]:
            yield part.finding_in(lacking, "empty", f"without {column!r}", warning_from=math.inf, column=column)


def check_nearly_empty(part: Part) -> Iterator[Finding]:
    """Find texts of marks alone."""
    if nearly := [row for row, text in enumerate(part.texts) if text and len(only_words(text)) < 2]:
        message = "with hardly a text: a letter, marks, mentions or addresses only"
        yield part.finding_in(nearly, "nearly-empty", message, warning_from=MANY)


def check_lengths(part: Part) -> Iterator[Finding]:
    """Measure how long the texts are, and find those that are far longer than the rest."""
    lengths = np.array([len(text.split()) for text in part.texts])
    low, middle, high, most = (int(value) for value in np.percentile(lengths, [5, 50, 95, 100]))
    message = f"{middle:,} words in the middle, {low:,} to {high:,} in nine of ten texts, {most:,} in the longest"
    facts = {"percentiles": {"5": low, "50": middle, "95": high, "100": most}}
    yield part.finding("lengths", "info", message, facts, [int(lengths.argmax())])
    logarithms = np.log1p(lengths)
    median = np.median(logarithms)
    # 1.4826 makes it the standard deviation where lengths are distributed normally; 0.2 where nearly all are equal.
    deviation = max(1.4826 * np.median(np.abs(logarithms - median)), 0.2)
    outliers = np.flatnonzero(logarithms > median + DEVIATIONS * deviation)
    if len(outliers):
        longest_first = outliers[np.argsort(-lengths[outliers], kind="stable")]
        least = int(lengths[longest_first[-1]])
        message = (
            f"with a text far longer than the rest, from {least:,} words on; "
            "set max_length, or look whether several texts ran together"
        )
        yield part.finding_in(longest_first, "outliers", message, warning_from=MANY, **{"from": least})


def check_duplicates(part: Part, *, share: float, near: bool) -> Iterator[Finding]:
    """Find texts that repeat to the letter, but for case and marks, or nearly; and what a random split leaks."""
    groups = {"exact": group_rows(part.texts), "normalised": group_rows(part.normalised_texts)}
    if near:
        groups["near"] = near_groups(part.normalised_texts)
    repeating = larger_groups(groups["near" if near else "normalised"])
    if not repeating:
        return
    rows = len(part.rows)
    repeated = {kind: rows - len(np.unique(numbers)) for kind, numbers in groups.items()}
    counted = ", ".join(f"{count:,} ({percent(count / rows)}) {KINDS[kind]}" for kind, count in repeated.items())
    largest = len(repeating[0])
    message = (
        f"of {rows:,} rows, so many repeat an earlier one: {counted}; the commonest text stands in {largest:,} rows"
    )
    severity = severity_of(repeated["normalised"] / rows, MANY)
    facts = {"repeated": repeated, "groups": len(repeating), "largest": largest}
    yield part.finding("duplicates", severity, message, facts, [group[1] for group in repeating])
    overlaps = {kind: expected_overlap(numbers, share) for kind, numbers in groups.items()}
    severity = severity_of(overlaps["normalised"], MANY)
    leaked = ", ".join(f"{percent(overlap)} {kind}" for kind, overlap in overlaps.items())
    message = f"of a random {percent(share)} of the rows, so many have their text in the rest as well: {leaked}"
    if severity == "warning":
        message += "; its score is flattered: split as 'seqtext train' does, equal texts on one side"
    yield part.finding("random-split", severity, message, {"share": share, "overlap": overlaps})


def check_damage(part: Part) -> Iterator[Finding]:
    """Find texts in a wrong encoding, or with HTML in them."""
    for name, sign in SIGNS.items():
        if damaged := [row for row, text in enumerate(part.texts) if sign.is_in(text)]:
            message = f"with {sign.what}; {sign.remedy}"
            yield part.finding_in(damaged, name, message, warning_from=sign.warning_from)


def check_scripts(part: Part) -> Iterator[Finding]:
    """Count the scripts that the texts are written in. Languages are not told apart: that takes a model of its own."""
    scripts = [main_script(text) for text in part.texts]
    counts = Counter(filter(None, scripts))
    if counts:
        main = max(counts, key=lambda script: counts[script])
        others = [row for row, script in enumerate(scripts) if script not in ("", main)]
        severity = severity_of(len(others) / len(scripts), OTHER_SCRIPT)
        facts = {"scripts": dict(counts.most_common())}
        yield part.finding("scripts", severity, f"written in {counts_and_shares(counts)}", facts, others)
