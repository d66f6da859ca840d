"""What the table of formats says of each, and what several of them share."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

import numpy as np

from seqtext.data.arriving import Arriving
from seqtext.data.files import check_encoding
from seqtext.errors import DataError, listed, plural
from seqtext.preprocess.texts import is_missing

T = TypeVar("T")
# Each value is a text, a list of texts, or None.
Columns = dict[str, list[Any]]
WriteRows = Callable[[Mapping[str, Sequence[Any]]], None]

SURROGATE = re.compile("[\ud800-\udfff]")

# What a file may ask of memory; docs/reliability.md tells the reasons.
MAX_ROW_SIZE = 2_000_000
MAX_COLUMNS = 10_000
MAX_KEYS = 1_000
CHUNK_SIZE = 2_000_000
CELL_SIZE = 64


@dataclass(frozen=True)
class ReadOptions:
    """How to read what does not say so itself, as :func:`seqtext.data.dataset.read` explains."""

    delimiter: str | None = None
    encoding: str = "utf-8"
    quotes: bool = True
    header: bool = True
    names: Sequence[str] | None = None
    max_row_size: int = MAX_ROW_SIZE
    say: Callable[[str], None] = lambda line: None

    def __post_init__(self) -> None:
        check_encoding(self.encoding)


@dataclass(frozen=True)
class Format:
    """
    What is known of a format.

    ``read`` takes an open file, its name for messages, the most rows to yield at a time, and options. ``write`` takes
    an open file and yields what writes columns, chunk after chunk. ``takes_names``: who reads a file may name its
    columns. ``lists``: a value may be written as a list. ``any_columns``: a later chunk may be written with columns
    that the first did not have. ``quote``: what stands around line ends within a row, empty where there are none
    within; ``None`` where rows do not end with a line, so that a file cannot be continued.
    """

    suffixes: tuple[str, ...]
    read: Callable[[BinaryIO, str, int, ReadOptions], Iterator[Columns]]
    write: Callable[[BinaryIO], AbstractContextManager[WriteRows]] | None = None
    takes_names: bool = False
    lists: bool = False
    any_columns: bool = False
    quote: bytes | None = None


def chunked(
    rows: Iterator[T], size: int, if_none: str, weigh: Callable[[T], int], stream: BinaryIO | None = None
) -> Iterator[list[T]]:
    """
    Yield ``rows`` in lists of ``size``, shorter where they weigh `CHUNK_SIZE` or ``stream`` has no more of them yet.

    Where there are none, a DataError says ``if_none``.
    """
    pipe = stream if isinstance(stream, Arriving) else None
    chunk: list[T] = []
    weight, is_empty = 0, True
    for row in rows:
        weight += (own := weigh(row))
        if chunk and weight > CHUNK_SIZE:
            yield chunk
            chunk, weight, is_empty = [], own, False
        chunk.append(row)
        if len(chunk) == size or (pipe and not pipe.has_line()):
            yield chunk
            chunk, weight, is_empty = [], 0, False
    if chunk:
        yield chunk
    elif is_empty:
        raise DataError(if_none)


def length(value: Any) -> int:
    """Return how many characters a value has; a list those of its texts, and something for each of them."""
    if isinstance(value, list):
        return CELL_SIZE * len(value) + sum(map(length, value))
    return len(value) if isinstance(value, str) else 0


def weight_of_fields(fields: Sequence[Any]) -> int:
    """Return about how many bytes the ``fields`` of a row take in memory."""
    return CELL_SIZE * len(fields) + sum(map(length, fields))


class Json(str):
    """The text of a value that is none: a number, true, false, or what nests; jsonl is written with it as it stands."""

    __slots__ = ()


_encode = json.JSONEncoder(ensure_ascii=False).encode


def as_value(value: Any) -> str | list[str | None] | None:
    """Return a list as a list of texts, and anything else as `as_text` has it."""
    return [as_text(one) for one in value] if isinstance(value, list) else as_text(value)


def as_text(value: Any) -> str | None:
    """
    Return the text of a value, `Json` where it is a number, true, false or nests; ``None`` where it is missing.

    >>> as_text({"a": [1.0, None]}), as_text("1"), type(as_text(1)).__name__
    ('{"a": [1.0, null]}', '1', 'Json')
    """
    if isinstance(value, str):
        return value if value.isascii() or type(value) is Json else SURROGATE.sub("\ufffd", value)
    if is_missing(value):
        return None
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"  # which JSON has no number for
    return Json(as_json(value)) if isinstance(value, bool | int | float | list | dict | tuple) else str(value)


def as_json(value: Any) -> str:
    """
    Return a value as JSON; `Json` stays as it is, and what JSON has no word for is a text.

    >>> as_json([Json("1.50"), "1.50", float("nan")])
    '[1.50, "1.50", null]'
    """
    if type(value) is str:
        return _encode(without_surrogates(value))
    if type(value) is Json:
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_json(str(name))}: {as_json(own)}" for name, own in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(as_json, value)) + "]"
    if isinstance(value, np.generic):
        return as_json(value.item())
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return _encode(value)
    text = as_text(value)
    return "null" if text is None else _encode(text)


def without_surrogates(value: Any) -> Any:
    """Return ``value``; of a text, what of it are characters: a lone surrogate is none, and fits into no file."""
    if isinstance(value, list):
        return [without_surrogates(one) for one in value]
    return SURROGATE.sub("\ufffd", value) if isinstance(value, str) and not value.isascii() else value


def check_names(names: Sequence[str], where: str) -> None:
    """Raise a DataError that names the columns which occur more than once."""
    if repeated := [name for name, count in Counter(names).items() if count > 1]:
        raise DataError(f"{where} has more than one column named {listed(repeated)}; rename them, so that all differ")


def check_count(names: Sequence[str], where: str) -> None:
    """Raise a DataError where there are more columns than anybody wrote by hand."""
    if len(names) > MAX_COLUMNS:
        raise DataError(
            f"{where} has {len(names):,} columns, at most {MAX_COLUMNS:,} are read; is it a table with a header? "
            "Leave out the columns that are not needed"
        )


def names_without_header(width: int, where: str, options: ReadOptions) -> Sequence[str]:
    """Return what the ``width`` columns of a file are called that does not say so itself."""
    names = options.names or [f"column{number}" for number in range(1, width + 1)]
    if len(names) != width:
        raise DataError(
            f"{where} has {plural(width, 'column')}, but {plural(len(names), 'name')} "
            f"{'is' if len(names) == 1 else 'are'} given ({listed(names)}); name every column of the file in its order"
        )
    return names


class WrongLines:
    """The lines of a file that are wrong: how many, and the first few of them, with what was found."""

    def __init__(self, word: str = "line") -> None:
        self.word = word
        self.count = 0
        self.first: dict[int, str] = {}

    def add(self, number: int, found: str = "") -> None:
        """Remember the line ``number``."""
        self.count += 1
        if len(self.first) < 5:
            self.first[number] = found

    def __str__(self) -> str:
        more = f" and {self.count - 5:,} more" if self.count > 5 else ""
        return f"{self.word if self.count == 1 else f'{self.word}s'} {listed(self.first)}{more}"
