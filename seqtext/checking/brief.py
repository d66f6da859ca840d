"""The few checks that take no time, for whoever did not ask for any."""

from seqtext.checking.findings import Part
from seqtext.checking.labels import check_labels
from seqtext.checking.texts import check_empty

MOST = 3


def warnings_of(part: Part) -> list[str]:
    """Return the first few warnings about the labels that are there, and about empty texts, one line each."""
    found = list(check_empty(part))
    for column in part.label_columns:
        found += [one for one in check_labels(part.labelled(column)) if one.facts["column"] == column]
    return [one.message for one in found if one.severity == "warning"][:MOST]
