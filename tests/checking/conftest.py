"""Rows to be checked, and what a check finds in them."""

import pytest

from seqtext.checking.check import check
from seqtext.checking.findings import Part
from seqtext.data.dataset import Dataset


@pytest.fixture
def part():
    """Function that makes a part of texts, labels where there are some, and other columns."""

    def part(texts, labels=None, *, name="file.csv", **columns):
        labelled = {} if labels is None else {"label": labels}
        return Part(name, Dataset({"text": texts, **labelled, **columns}), label_columns=tuple(labelled))

    return part


@pytest.fixture
def find(part):
    """Function that checks such a part and returns the findings of one kind."""

    def find(kind, texts, labels=None, *, share=0.33, near=True, **columns):
        findings = check(part(texts, labels, **columns), share=share, near=near)
        return [finding for finding in findings if finding.check == kind]

    return find
