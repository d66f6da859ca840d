"""The few checks that take no time, for whoever did not ask for any."""

from seqtext.checking.findings import Part
from seqtext.checking.labels import check_labels
from seqtext.checking.texts import check_empty

MOST = 3
# What is wrong with labels as such says more than how many rows they have: these findings come last.
COUNTS = ("few", "imbalance")


def warnings_of(part: Part) -> list[str]:
    """Return the most important warnings about the labels that are there, and about empty texts, one line each."""
    found = []
    for column in part.label_columns:
        found += [one for one in check_labels(part.labelled(column)) if one.facts["column"] == column]
    found = [one for one in [*found, *check_empty(part)] if one.severity == "warning"]
    found.sort(key=lambda one: not one.facts.keys().isdisjoint(COUNTS))
    lines = [one.message for one in found]
    if len(lines) <= MOST:
        return lines and [*lines[:-1], f"{lines[-1]} ('seqtext check' tells more)"]
    return [*lines[:MOST], f"there are {len(lines) - MOST} warnings more, which 'seqtext check' shows"]
