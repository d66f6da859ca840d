"""Workbooks of spreadsheet programs: the rows of the first sheet that has any, below a header row or without one."""

import datetime
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from seqtext.data.files import sought, too_long
from seqtext.data.formats.shared import (
    Columns,
    ReadOptions,
    WrongLines,
    as_text,
    check_count,
    check_names,
    chunked,
    names_without_header,
    weight_of_fields,
)
from seqtext.data.formats.workbook import Sheet, Text, Workbook, open_workbook
from seqtext.errors import DataError, listed, plural, shortened

# Those of spreadsheet programs.
MAX_ROWS, MAX_WIDTH = 1_048_576, 16_384
# What the ninth millennium ends with, in days since the last of 1899.
MAX_DAYS = 2_958_466
PLACE = re.compile("([A-Z]{1,3})([0-9]{1,7})")
NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?")

Cells = dict[int, str]


def read(stream: BinaryIO, where: str, rows: int, options: ReadOptions) -> Iterator[Columns]:
    book = open_workbook(sought(stream, where, "xlsx"), where)
    records = _rows(book, _sheet(book, options), options.max_row_size)
    first = next(records, None)
    if first is None:
        raise DataError(f"{where} is empty; expected a row with column names, then rows")
    width = max(first[1]) + 1
    has_header = options.header and options.names is None
    if has_header:
        names: Sequence[str] = [first[1].get(column) or f"column{column + 1}" for column in range(width)]
    else:
        records = itertools.chain([first], records)
        names = names_without_header(width, where, options)
    check_count(names, where)
    check_names(names, where)
    no_rows = f"{where} has a header ({listed(names)}) but no rows; expected a row per text"
    table = _of_width(records, width, where, after=first[0] if has_header else first[0] - 1)
    for chunk in chunked(table, rows, no_rows, weight_of_fields):
        yield {name: list(values) for name, values in zip(names, zip(*chunk, strict=True), strict=True)}


def _of_width(records: Iterator[tuple[int, Cells]], width: int, where: str, after: int) -> Iterator[list[str | None]]:
    """The rows as lists; one without a value is a row only where there is a single column, as in csv."""
    wrong = WrongLines("row")
    for number, cells in records:
        if max(cells) >= width:
            wrong.add(number)
        if wrong.count:
            continue
        if width == 1:
            yield from itertools.repeat([None], number - after - 1)
        yield [cells.get(column) for column in range(width)]
        after = number
    if wrong.count:
        raise DataError(
            f"{where}: {plural(wrong.count, 'row')} {'has' if wrong.count == 1 else 'have'} a value beyond the "
            f"{plural(width, 'column')} of the first row: {wrong}; name each column there, or clear what is beside"
        )


def _sheet(book: Workbook, options: ReadOptions) -> Sheet:
    """The first sheet with a value; says so where there are others, for a table is read from one of them only."""
    shown = [sheet for sheet in book.sheets if sheet.is_shown] or book.sheets
    full = [sheet for sheet in shown if _has_value(book, sheet)]
    if not full:
        raise DataError(f"{book.where} has no sheet with values; expected a row with column names, then rows")
    if len(full) > 1:
        others = listed([sheet.name for sheet in full[1:]], 3)
        options.say(
            f"{book.where} has {len(full)} sheets with values; only the first, {shortened(full[0].name)!r}, is read, "
            f"not {others}; save another one as a file of its own to read it"
        )
    return full[0]


def _has_value(book: Workbook, sheet: Sheet) -> bool:
    found: list[str] = []
    pieces = book.parse(sheet.part, lambda name, own: found.append(name) if name in ("v", "is") else None)
    return any(found for _ in pieces)


def _rows(book: Workbook, sheet: Sheet, most: int) -> Iterator[tuple[int, Cells]]:
    """Yield (number, the values by their columns, counted from 0) of each row that has any."""
    reader = _Reader(book, most)
    for _ in book.parse(sheet.part, reader.start, reader.end, reader.text.data):
        yield from reader.ready
        reader.ready.clear()
        if reader.size + reader.text.size > most:
            raise too_long(book.where, f"row {reader.row:,}", most)


class _Reader:
    """Makes rows of the XML of a sheet."""

    def __init__(self, book: Workbook, most: int) -> None:
        self.book, self.most = book, most
        self.ready: list[tuple[int, Cells]] = []
        self.row, self.column, self.size = 0, -1, 0
        self.cells: Cells = {}
        self.own: dict[str, str] = {}
        self.inside: set[str] = set()
        self.text = Text("t", "v")

    def start(self, name: str, own: dict[str, str]) -> None:
        self.text.start(name)
        if name == "row":
            self._next_row(own.get("r"))
        elif name == "c":
            self.own, self.inside = own, set()
            self._next_column(own.get("r"))
        elif name in ("v", "is", "f"):
            self.inside.add(name)

    def end(self, name: str) -> None:
        self.text.end(name)
        if name == "c":
            value = self._value(self.text.take())
            if value is not None:
                self.cells[self.column] = value
                self.size += len(value)
                if self.size > self.most:
                    raise too_long(self.book.where, f"row {self.row:,}", self.most)
        elif name == "row" and self.cells:
            self.ready.append((self.row, self.cells))

    def _next_row(self, number: str | None) -> None:
        row = int(number) if number and re.fullmatch("[0-9]{1,7}", number) else self.row + 1
        if not self.row < row <= MAX_ROWS:
            raise self.book.wrong(f"after row {self.row:,} comes row {row:,}")
        self.row, self.column, self.size, self.cells = row, -1, 0, {}

    def _next_column(self, place: str | None) -> None:
        column = self.column + 1
        if place is not None:
            found = PLACE.fullmatch(place)
            column = column_number(found[1]) if found else -1
        if not self.column < column < MAX_WIDTH:
            raise self.book.wrong(f"row {self.row:,} has cells that are not in order")
        self.column = column

    def _value(self, text: str) -> str | None:
        if not self.inside & {"v", "is"}:
            if "f" in self.inside:
                raise self._wrong("holds a formula whose result was never worked out; open and save it")
            return None
        kind = self.own.get("t", "n")
        if kind == "s":
            known = self.book.texts
            if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) < len(known)):
                raise self._wrong("names a text that is not there; save the file again")
            return as_text(known[int(text)])
        if kind == "b":
            return as_text(text.strip() not in ("0", "false"))
        if kind != "n":
            return as_text(text)
        return self._number(text.strip()) if text.strip() else None

    def _number(self, text: str) -> str:
        if len(text) > 100 or not NUMBER.fullmatch(text) or not any(map(str.isdigit, text)):
            raise self._wrong(f"holds {shortened(text, 20)!r}, which is no number; save the file again")
        value = float(text)
        style = self.own.get("s", "0")
        styles = self.book.is_date
        if style.isdecimal() and len(style) < 7 and int(style) < len(styles) and styles[int(style)]:
            return date(value, self.book.from_1904) or number(value)
        return number(value)

    def _wrong(self, found: str) -> DataError:
        place = f"row {self.row:,}, column {self.column + 1}"
        return DataError(f"{self.book.where}, {place} {found}")


def column_number(letters: str) -> int:
    """
    Return the number of a column, from 0.

    >>> column_number("A"), column_number("AB")
    (0, 27)
    """
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def number(value: float) -> str:
    """
    Return a number as in a csv file: all numbers of a workbook are floats.

    >>> number(1.0), number(0.1), number(-2e20)
    ('1', '0.1', '-2e+20')
    """
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def date(days: float, from_1904: bool) -> str:
    """
    Return the date, the time, or both that a number of days means; empty where it means none.

    >>> date(45322.0, False), date(45322.573, False), date(0.5, False), date(59.0, False), date(-1.0, False)
    ('2024-01-31', '2024-01-31 13:45:07.200000', '12:00:00', '1900-02-28', '')
    """
    if not 0 <= days < MAX_DAYS - 1462 * from_1904:
        return ""
    # 1900 was no leap year, but spreadsheets count its 29th of February.
    first = datetime.datetime(1904, 1, 1) if from_1904 else datetime.datetime(1899, 12, 30 + (days < 60))
    found = first + datetime.timedelta(milliseconds=round(days * 86_400_000))
    if days < 1:
        return str(found.time())
    return str(found) if found.time() != datetime.time() else str(found.date())
