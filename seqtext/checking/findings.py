"""What a check finds and what it looks at: the values that checks share, and how they put numbers into words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from seqtext.data.dataset import Dataset
from seqtext.data.splitting import normalise
from seqtext.errors import DataError, did_you_mean, listed

SEVERITIES = ("info", "warning", "error")

EXAMPLES = 5


@dataclass(frozen=True)
class Finding:
    """
    One thing that a check found.

    Parameters
    ----------
    check
        What was looked at, such as "duplicates"; several findings may share it.
    severity
        "error": cannot be trained on as it is. "warning": probably wrong, or makes scores misleading. "info": a fact.
    message
        One line: what was found, and what to do where there is something to do.
    facts
        The numbers of the message, by name.
    rows
        Numbers of a few rows as examples; the first row of the file is 1.
    part
        The name of the file or part; of two parts the second.
    """

    check: str
    severity: str
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[int, ...] = ()
    part: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {**vars(self), "facts": dict(self.facts), "rows": list(self.rows)}


@dataclass(frozen=True)
class Part:
    """
    Rows to be checked together: a file, or the part of it that is used.

    Parameters
    ----------
    texts
        Columns with the text; several are checked as one text, line after line.
    labels
        Columns with labels, any number of them.
    numbers
        The number of each row in the file, where not all rows are used.
    """

    name: str
    rows: Dataset
    texts: tuple[str, ...] = ("text",)
    labels: tuple[str, ...] = ("label",)
    numbers: Sequence[int] | None = None

    @cached_property
    def text(self) -> list[str]:
        """The text of each row; empty where it is missing."""
        columns = [self.rows.column(name) for name in self.texts]
        return ["\n".join(filter(None, values)) for values in zip(*columns, strict=True)]

    @cached_property
    def keys(self) -> list[str]:
        """The texts as duplicates are recognised by."""
        return [normalise(text) for text in self.text]

    @cached_property
    def is_empty(self) -> np.ndarray:
        """Which texts hold nothing but spaces."""
        return np.array([not text.strip() for text in self.text], dtype=bool)

    def label(self, name: str) -> list[str]:
        """The labels of a column; empty where they are missing."""
        return [label if label and label.strip() else "" for label in self.rows.column(name)]

    def examples(self, indices: Sequence[int] | np.ndarray) -> tuple[int, ...]:
        """The numbers of the first few rows."""
        return tuple(int(self.numbers[row]) if self.numbers else int(row) + 1 for row in indices[:EXAMPLES])

    def having(self, column: str, values: Sequence[str]) -> "Part":
        """The rows with one of ``values`` in ``column`` (empty: missing); DataError for a value that no row has."""
        found = self.rows.column(column)
        known = {value or "" for value in found}
        if unknown := [value for value in values if value not in known]:
            raise DataError(
                f"no row of {self.name} has {unknown[0]!r} in {column!r}, which holds {listed(sorted(known), 10)}"
                f"{did_you_mean(unknown[0], known)}"
            )
        wanted = set(values)
        indices = [row for row, value in enumerate(found) if (value or "") in wanted]
        numbers = [self.numbers[row] if self.numbers else row + 1 for row in indices]
        return replace(self, rows=self.rows.take(indices), numbers=numbers)

    def called(self, name: str) -> "Part":
        """The same rows under another name."""
        return replace(self, name=name)


def percent(share: float) -> str:
    """
    Write a share for people; one that is not nothing never looks like nothing, nor like everything.

    >>> percent(0.2908), percent(0.5), percent(0.00002), percent(0.99999)
    ('29.1 %', '50 %', 'under 0.1 %', 'over 99.9 %')
    """
    if 0 < share < 0.0005:
        return "under 0.1 %"
    if 0.9995 <= share < 1:
        return "over 99.9 %"
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


def of_rows(count: int, total: int) -> str:
    """
    Write how many of the rows.

    >>> of_rows(2945, 10729)
    '2,945 of 10,729 rows (27.4 %)'
    """
    return f"{count:,} of {total:,} rows ({percent(count / total)})"


def shares(counts: Counter[str], most: int = 5) -> str:
    """
    Write counts with their shares, largest first.

    >>> shares(Counter(good=1, bad=3))
    'bad 3 (75 %), good 1 (25 %)'
    """
    total = counts.total()
    shown = ", ".join(f"{name} {count:,} ({percent(count / total)})" for name, count in counts.most_common(most))
    rest = f" and {len(counts) - most:,} more, down to {min(counts.values()):,}" if len(counts) > most else ""
    return shown + rest


def plural(word: str, count: int, plural: str | None = None) -> str:
    return word if count == 1 else plural or f"{word}s"
