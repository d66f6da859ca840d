"""What checks look at, what they find, and how they put counts into words."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from seqtext.data.dataset import Dataset
from seqtext.data.splitting import normalise
from seqtext.errors import DataError, did_you_mean, listed
from seqtext.preprocess.labels import MultiLabelEncoder

EXAMPLES = 5
# What a row with no label is called where rows may have any number of them.
NO_LABEL = "(none)"

Rows = Sequence[int] | np.ndarray


@dataclass(frozen=True)
class Finding:
    """
    One thing that a check found in a part; of two parts, in the second.

    An "error" cannot be trained on as it is; a "warning" is probably wrong, or makes scores misleading; "info" is a
    fact. ``message`` is one line: what was found and what to do. ``rows`` are the numbers, from 1, of a few examples.
    """

    check: str
    severity: str
    message: str
    facts: dict[str, Any]
    rows: tuple[int, ...]
    part: str


@dataclass(frozen=True)
class Part:
    """
    Rows to be checked together: a file, or the part of it that is used; then ``numbers`` are those in the file.

    ``separators`` has those label columns that hold any number of labels, and what stands between these.
    """

    name: str
    rows: Dataset
    text_columns: tuple[str, ...] = ("text",)
    label_columns: tuple[str, ...] = ("label",)
    numbers: Sequence[int] = ()
    separators: Mapping[str, str] = field(default_factory=dict)
    number_columns: tuple[str, ...] = ()
    category_columns: tuple[str, ...] = ()

    @cached_property
    def texts(self) -> list[str]:
        """The text of each row; empty where it is missing or only spaces."""
        columns = [self.rows.column(name) for name in self.text_columns]
        joined = ("\n".join(filter(None, values)) for values in zip(*columns, strict=True))
        return [text if text.strip() else "" for text in joined]

    @cached_property
    def normalised_texts(self) -> list[str]:
        """The texts as duplicates are recognised by."""
        return list(map(normalise, self.texts))

    def labels(self, column: str) -> list[str]:
        """Return the labels of a column; empty where they are missing. Several of a row are one name together."""
        if column in self.separators:
            sets = self.label_sets(column)
            return ["" if one is None else ", ".join(sorted(one)) or NO_LABEL for one in sets]
        return [label if label and label.strip() else "" for label in self.rows.column(column)]

    def label_sets(self, column: str) -> list[list[str] | None]:
        """Return the labels of each row of a column that holds any number of them; None where nobody knows."""
        encoder = MultiLabelEncoder(separator=self.separators[column])
        return [
            list(dict.fromkeys(encoder.names(row))) if encoder.has_label(row) else None
            for row in self.rows.column(column)
        ]

    def row_numbers(self, indices: Rows) -> tuple[int, ...]:
        """Return the numbers that rows have in the file."""
        return tuple(int(self.numbers[row]) if self.numbers else int(row) + 1 for row in indices)

    def take(self, indices: Rows) -> "Part":
        """Return the rows at ``indices``, which keep their numbers."""
        return replace(self, rows=self.rows.take(indices), numbers=self.row_numbers(indices))

    def labelled(self, column: str) -> "Part":
        """Return the rows that have a label; this very part, with what it has computed, if all of them do."""
        indices = [row for row, label in enumerate(self.labels(column)) if label]
        return self if len(indices) == len(self.rows) else self.take(indices)

    def where(self, column: str, values: Sequence[str]) -> "Part":
        """Return the rows with one of ``values`` in ``column`` (empty: missing); DataError for a value not there."""
        found = [value or "" for value in self.rows.column(column)]
        known = set(found)
        if unknown := [value for value in values if value not in known]:
            raise DataError(
                f"no row of {self.name} has {unknown[0]!r} in {column!r}, which holds {listed(sorted(known), 10)}"
                f"{did_you_mean(unknown[0], known)}"
            )
        return self.take([row for row, value in enumerate(found) if value in values])

    def finding(self, check: str, severity: str, message: str, facts: dict[str, Any], rows: Rows = ()) -> Finding:
        """Return a :class:`Finding` about this part; of ``rows``, the indices of all that show it, the first few."""
        return Finding(check, severity, message, facts, self.row_numbers(rows[:EXAMPLES]), self.name)

    def finding_in(
        self, rows: Rows, check: str, message: str, *, warning_from: float, error_from: float = math.inf, **facts: Any
    ) -> Finding:
        """Return a :class:`Finding` about so many ``rows`` of this part; ``message`` follows their number."""
        share = len(rows) / len(self.rows)
        message = f"{len(rows):,} of {len(self.rows):,} rows ({percent(share)}) {message}"
        severity = severity_of(share, warning_from, error_from)
        return self.finding(check, severity, message, {**facts, "rows": len(rows)}, rows)


def severity_of(share: float, warning_from: float, error_from: float = math.inf) -> str:
    """Return the severity of what holds for this share of the rows."""
    return "error" if share >= error_from else "warning" if share >= warning_from else "info"


def percent(share: float) -> str:
    """Write a share for people; one that is not nothing never looks like nothing, nor like everything."""
    if 0 < share < 0.0005:
        return "under 0.1 %"
    if 0.9995 <= share < 1:
        return "over 99.9 %"
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


def counts_and_shares(counts: Counter[str], total: int = 0) -> str:
    """Write the five largest counts with their shares, of all or of ``total``: "bad 3 (75 %), good 1 (25 %)"."""
    total = total or counts.total()
    shown = ", ".join(f"{name} {count:,} ({percent(count / total)})" for name, count in counts.most_common(5))
    rest = f" and {len(counts) - 5:,} more, down to {min(counts.values()):,}" if len(counts) > 5 else ""
    return shown + rest
