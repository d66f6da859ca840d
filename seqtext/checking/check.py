"""What is wrong with a labelled file before hours of training: each check is a function from a part to its findings."""

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from seqtext.checking.columns import check_categories, check_numbers
from seqtext.checking.findings import Finding, Part
from seqtext.checking.labels import check_contradictions, check_giveaways, check_labels
from seqtext.checking.texts import (
    check_damage,
    check_duplicates,
    check_empty,
    check_lengths,
    check_nearly_empty,
    check_scripts,
)
from seqtext.errors import DataError

# A share of texts that are in the part before as well from which on they are a warning.
LEAKED = 0.001


def check(*parts: Part, share: float = 0.33, near: bool = True) -> list[Finding]:
    """
    Check the rows of each part, and what each two parts have in common.

    Reported is also the overlap of a random split that holds out a ``share`` of the rows. Without ``near``, near
    duplicates are left out, which take most of the time.
    """
    checks: tuple[Callable[[Part], Iterator[Finding]], ...] = (
        check_labels,
        check_numbers,
        check_categories,
        check_empty,
        check_nearly_empty,
        check_lengths,
        partial(check_duplicates, share=share, near=near),
        check_contradictions,
        check_giveaways,
        check_damage,
        check_scripts,
    )
    for part in parts:
        if not len(part.rows):
            raise DataError(f"{part.name} has no rows to check")
    found = [finding for part in parts for check_one in checks for finding in check_one(part)]
    for first, second in itertools.combinations(parts, 2):
        found += check_shared(first, second)
    return found


def check_shared(first: Part, second: Part) -> Iterator[Finding]:
    """Find texts that stand in two parts, such as training and test, and those that carry different labels there."""
    exact, normalised = set(first.texts), set(first.normalised_texts)
    shared = [row for row, text in enumerate(second.normalised_texts) if text and text in normalised]
    if not shared:
        return
    equal = sum(second.texts[row] in exact for row in shared)
    message = f"have their text in {first.name} as well ({equal:,} to the letter); remove them from one of the two"
    facts: dict[str, Any] = {"first": first.name, "exact": equal, "normalised": len(shared)}
    yield second.finding_in(shared, "shared", message, warning_from=LEAKED, **facts)
    for column in (name for name in first.label_columns if name in second.label_columns):
        labelled = first.labelled(column)
        labelled_texts = set(labelled.normalised_texts)
        pairs = set(zip(labelled.normalised_texts, labelled.labels(column), strict=True))
        given = list(zip(second.normalised_texts, second.labels(column), strict=True))
        comparable = [row for row in shared if given[row][0] in labelled_texts and given[row][1]]
        different = [row for row in comparable if given[row] not in pairs]
        if different:
            message = f"{len(different):,} of these carry another {column!r} in {first.name}; correct the labels"
            facts = {"first": first.name, "column": column, "contradicting": len(different)}
            yield second.finding("shared", "warning", message, facts, different)
