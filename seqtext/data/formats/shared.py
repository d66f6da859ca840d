"""What the table of formats says of each, and what several of them share."""

import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO

from seqtext.data.files import check_encoding
from seqtext.errors import DataError, listed
from seqtext.preprocess.texts import is_missing

# Each value is a text, a list of texts, or None.
Columns = dict[str, list[Any]]
WriteRows = Callable[[Mapping[str, Sequence[Any]]], None]

SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class ReadOptions:
    """How to read what does not say so itself, as :func:`seqtext.data.dataset.read` explains."""

    delimiter: str | None = None
    encoding: str = "utf-8"
    quotes: bool = True
    header: bool = True
    names: Sequence[str] | None = None

    def __post_init__(self) -> None:
        check_encoding(self.encoding)


@dataclass(frozen=True)
class Format:
    """
    What is known of a format.

    ``read`` takes an open file, its name for messages, the most rows to yield at a time, and options. ``write`` takes
    an open file and yields what writes columns, chunk after chunk. ``takes_names``: who reads a file may name its
    columns. ``lists``: a value may be written as a list. ``any_columns``: a later chunk may be written with columns
    that the first did not have.
    """

    suffixes: tuple[str, ...]
    read: Callable[[BinaryIO, str, int, ReadOptions], Iterator[Columns]]
    write: Callable[[BinaryIO], AbstractContextManager[WriteRows]] | None = None
    takes_names: bool = False
    lists: bool = False
    any_columns: bool = False


def chunked(rows: Iterator[Any], size: int, if_none: str) -> Iterator[list[Any]]:
    """Yield ``rows`` in lists of ``size``, the last one shorter; where there are none, a DataError says ``if_none``."""
    chunk = list(itertools.islice(rows, size))
    if not chunk:
        raise DataError(if_none)
    while chunk:
        yield chunk
        chunk = list(itertools.islice(rows, size))


def as_value(value: Any) -> str | list[str | None] | None:
    """Return a list as a list of texts, and anything else as `as_text` has it."""
    return [as_text(one) for one in value] if isinstance(value, list) else as_text(value)


def as_text(value: Any) -> str | None:
    """Return the text of a value, JSON where it is a number or a list; ``None`` where it is missing."""
    if isinstance(value, str):
        # A lone surrogate is no character and cannot be written to any file.
        return value if value.isascii() else SURROGATE.sub("\ufffd", value)
    if is_missing(value):
        return None
    if isinstance(value, bool | int | float | list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def check_names(names: Sequence[str], where: str) -> None:
    """Raise a DataError that names the columns which occur more than once."""
    if repeated := [name for name, count in Counter(names).items() if count > 1]:
        raise DataError(f"{where} has more than one column named {listed(repeated)}; rename them, so that all differ")


def line_numbers(lines: Sequence[int]) -> str:
    return f"{'line' if len(lines) == 1 else 'lines'} {listed(lines, 5)}"
