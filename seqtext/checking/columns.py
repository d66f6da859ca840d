"""Checks of the columns that are read beside the texts: numbers and categories."""

from collections import Counter
from collections.abc import Iterator

from seqtext.checking.findings import Finding, Part, counts_and_shares
from seqtext.errors import BadValueError, plural
from seqtext.preprocess.category import CategoryColumn, read_categories
from seqtext.preprocess.number import NumberColumn, read_numbers


def check_numbers(part: Part) -> Iterator[Finding]:
    """Find what is no number, where none is, and columns that tell nothing."""
    for column in part.number_columns:
        numbers: list[float | None] = []
        wrong: list[tuple[int, str]] = []
        for row, value in enumerate(part.rows.column(column)):
            try:
                numbers += read_numbers([value])
            except BadValueError as error:
                wrong.append((row, error.problem))
        if wrong:
            (first, problem), rows = wrong[0], [row for row, _ in wrong]
            message = f"with no number in {column!r}: row {part.row_numbers([first])[0]:,} {problem}"
            yield part.finding_in(rows, "numbers", message, warning_from=0, error_from=0, column=column)
        if known := [number for number in numbers if number is not None]:
            missing = len(numbers) - len(known)
            message = f"{column!r} goes from {min(known):g} to {max(known):g}{missing_in(missing)}"
            facts = {"column": column, "low": min(known), "high": max(known), "missing": missing}
            yield part.finding("numbers", "info", message, facts)
        if not wrong and (warning := NumberColumn(clip=1.0).fit(numbers).warning):
            yield part.finding("numbers", "warning", f"{column!r} helps little: {warning}", {"column": column})


def check_categories(part: Part) -> Iterator[Finding]:
    """Count the categories, and find columns with nearly as many of them as rows."""
    for column in part.category_columns:
        categories = read_categories(part.rows.column(column))
        counts = Counter(filter(None, categories))
        if counts:
            quoted = Counter({repr(name): count for name, count in counts.items()})
            missing = len(categories) - counts.total()
            found = f"{plural(len(counts), 'value')} in {column!r}: {counts_and_shares(quoted)}"
            message, facts = found + missing_in(missing), {"column": column, "values": len(counts), "missing": missing}
            yield part.finding("categories", "info", message, facts)
        if warning := CategoryColumn().fit(categories).warning:
            yield part.finding("categories", "warning", f"{column!r} helps little: {warning}", {"column": column})


def missing_in(rows: int) -> str:
    """
    Return a clause for so many rows without a value.

    >>> missing_in(2), missing_in(0)
    ('; missing in 2 rows', '')
    """
    return f"; missing in {plural(rows, 'row')}" if rows else ""
