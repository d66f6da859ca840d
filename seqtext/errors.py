"""
What a user can put right, as exceptions whose text is one line: found, expected, what to do.

SeqtextError
├── DataError           a file, column, row or label
│   ├── BadValueError     a value that its column cannot hold
│   └── UnknownLabelError
├── RecipeError         an option, a recipe or a model that makes no sense
├── BundleError         a model folder that is missing, damaged or not one of ours
├── DownloadError       a corpus that could not be fetched
└── MissingExtraError   an optional package that is not installed
"""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any


class SeqtextError(Exception):
    """Something the user can put right; the command line prints it as one line and exits with status 1."""


class DataError(SeqtextError):
    """A file, column, row or label is missing or malformed."""


class BadValueError(DataError):
    """
    A value that its column cannot hold.

    >>> print(BadValueError(16, "is 'x12', expected a number").at("age"))
    row 17 of the column 'age' is 'x12', expected a number

    Parameters
    ----------
    row
        Counted from 0; people count from 1.
    problem
        What is wrong with it.
    column
        Where it is known.
    """

    def __init__(self, row: int, problem: str, column: str = "") -> None:
        super().__init__(f"row {row + 1:,}{f' of the column {column!r}' if column else ''} {problem}")
        self.row, self.problem, self.column = row, problem, column

    def __reduce__(self) -> tuple[Any, ...]:
        # It may come from another process.
        return BadValueError, (self.row, self.problem, self.column)

    def at(self, column: str = "", *, after: int = 0) -> "BadValueError":
        """Return the same with the name of its column, and ``after`` some rows that were not counted."""
        return BadValueError(self.row + after, self.problem, self.column or column)


@contextmanager
def in_file(source: str, column: str = "", *, after: int = 0) -> Iterator[None]:
    """Make of a BadValueError a DataError that says in which file and column it is, ``after`` so many rows."""
    try:
        yield
    except BadValueError as error:
        raise DataError(f"{source}: {error.at(column, after=after)}") from error


class UnknownLabelError(DataError):
    """A label that was not there when the labels were learned."""


class RecipeError(SeqtextError):
    """An option, a recipe or a model specification that cannot work."""


class BundleError(SeqtextError):
    """A model folder that is missing, damaged, or was not written by seqtext."""


class DownloadError(SeqtextError):
    """A corpus that could not be downloaded, verified or unpacked."""


class MissingExtraError(SeqtextError, ImportError):
    """An optional package that is not installed."""


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """
    Return a hint for a misspelt ``word``, ready to be appended to a message; empty if nothing is close.

    >>> did_you_mean("lstn", ["lstm", "gru"])
    "; did you mean 'lstm'?"
    >>> did_you_mean("transformer", ["lstm", "gru"])
    ''
    """
    close = difflib.get_close_matches(word, list(choices), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def listed(values: Iterable[object], most: int = 20, *, quote: bool = True) -> str:
    """
    Return the first ``most`` of some names or numbers, and how many more there are.

    >>> listed(["text", "label", "id"], most=2)
    "'text', 'label' and 1 more"
    """
    shown = [shortened(repr(value) if quote else str(value)) for value in values]
    rest = f" and {len(shown) - most:,} more" if len(shown) > most else ""
    return ", ".join(shown[:most]) + rest


def told_apart(name: str) -> str:
    """
    Return a name as it stands in a list, in quotes where one could not tell there where it begins or ends.

    >>> told_apart("cut & colour"), told_apart("cut, colour"), told_apart("blue ")
    ('cut & colour', "'cut, colour'", "'blue '")
    """
    return repr(name) if "," in name or name != name.strip() or not name else name


def shortened(word: str, most: int = 80) -> str:
    """
    Return ``word``, which may come from a damaged file, without its middle where it is long.

    >>> shortened("a" * 100, most=9)
    'aaaa…aaaa'
    """
    return word if len(word) <= most else f"{word[: most // 2]}…{word[-(most // 2) :]}"


def plural(count: int, word: str) -> str:
    """
    Return how many there are of what ``word`` names.

    >>> plural(1, "row"), plural(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def missing_extra(package: str, extra: str) -> MissingExtraError:
    """
    Say that ``package`` is not installed and which line installs it.

    >>> print(missing_extra("pyarrow", "parquet"))
    this needs the package 'pyarrow', which is not installed; run: pip install 'seqtext[parquet]'
    """
    return MissingExtraError(
        f"this needs the package {package!r}, which is not installed; run: pip install 'seqtext[{extra}]'"
    )
