"""Workbooks of spreadsheet programs, as openpyxl reads them: the rows of the first sheet that has any."""

import contextlib
import datetime
import itertools
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO
from xml.parsers import expat

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
from seqtext.errors import DataError, SeqtextError, listed, missing_extra, plural, shortened

# A spreadsheet of some hundred sheets has some thousand parts, each of which takes memory.
MAX_DIRECTORY = 2_000_000
XLSX_EXPANSION, XLSX_EXPANSION_FREE = 50, 5_000_000
# In all parts together; a cell has two elements, and a text two more.
MAX_ELEMENTS = 3_000_000
# With more of them, each counts as an element.
MOST_ATTRIBUTES = 8
# Bytes that openpyxl may hold, and what was measured that it holds at most for an element, for one that it empties, for
# an attribute of that and for a byte.
MAX_HELD = 500_000_000
ELEMENT, EMPTIED, ATTRIBUTE, CHARACTER = 2000, 150, 80, 4
# What stands between two tags, in sheets and texts, and elsewhere, where formulas have at most 8192 characters.
MAX_TAG, MAX_VALUE = 2_000_000, 20_000
# openpyxl looks for sheets in the names of areas: at each of their characters anew.
MAX_SQUARES = 10_000_000_000
MAX_FORMAT = 255
# Cells with those that are skipped; a row counts as so many.
MAX_CELLS, CELLS_OF_A_ROW = 300_000_000, 200
PIECE = 1 << 16
ROW, CELL, TEXT, FORMAT = (
    f"http://schemas.openxmlformats.org/spreadsheetml/2006/main}}{name}" for name in ("row", "c", "si", "numFmt")
)

Record = tuple[int, dict[int, str]]


def read(stream: BinaryIO, where: str, rows: int, options: ReadOptions) -> Iterator[Columns]:
    records = _sheet(_workbook(stream, where), where, options)
    first = next(records)
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


def _of_width(records: Iterator[Record], width: int, where: str, after: int) -> Iterator[list[str | None]]:
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


def _workbook(stream: BinaryIO, where: str) -> Any:
    try:
        import defusedxml  # noqa: F401  openpyxl reads XML with it where it is there
        from openpyxl.reader.excel import ExcelReader
        from openpyxl.xml.constants import SHARED_STRINGS
    except ImportError as error:
        raise missing_extra((error.name or "openpyxl").partition(".")[0], "xlsx") from None
    file = _Directory(sought(stream, where, "xlsx"), where)
    file.seek(0)
    if file.read(4) == b"\xd0\xcf\x11\xe0":
        raise DataError(f"{where} is an old .xls file, or has a password; save it as xlsx without one, or as csv")
    # openpyxl prints which style there is not.
    with _errors(where), contextlib.redirect_stdout(None):
        parts = _Parts(file, where)
        reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
        reader.archive, reader.valid_files = parts, set(parts.namelist())
        reader.read_manifest()
        if texts := reader.package.find(SHARED_STRINGS):
            parts.texts = texts.PartName[1:]
        reader.read()
        return reader.wb


@contextlib.contextmanager
def _errors(where: str, place: str = "") -> Iterator[None]:
    """Whatever goes wrong in reading a stranger's file is a DataError; a warning is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except SeqtextError:
        raise
    except Exception as error:  # of any kind, MemoryError and RecursionError too: it comes from damage
        cause = error.__cause__ or error
        found = f"{place}{type(cause).__name__} ({shortened(str(cause).partition(chr(10))[0], 200)})"
        raise DataError(f"{where} is not a readable xlsx file: {found}; save it again, or as csv") from error


def _sheet(book: Any, where: str, options: ReadOptions) -> Iterator[Record]:
    """The rows of the first sheet with a value; says so where there are others, for only one of them is a table."""
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets
    left = [MAX_CELLS]
    found: Iterator[Record] = iter(())
    full: list[str] = []
    for sheet in shown:
        records = _records(sheet, where, options.max_row_size, left)
        if (first := next(records, None)) is not None:
            found = found if full else itertools.chain([first], records)
            full.append(sheet.title)
    if not full:
        raise DataError(f"{where} has no sheet with values; expected a row with column names, then rows")
    if len(full) > 1:
        options.say(
            f"{where} has {len(full)} sheets with values; only the first, {shortened(full[0])!r}, is read, not "
            f"{listed(full[1:], 3)}; save another one as a file of its own to read it"
        )
    return found


def _records(sheet: Any, where: str, most: int, left: list[int]) -> Iterator[Record]:
    """Yield (number, the values by their columns, counted from 0) of each row that has any."""
    sheet.reset_dimensions()  # the size that the file claims would be filled up with empty cells
    rows = sheet.iter_rows(values_only=True)
    for number in itertools.count(1):
        with _errors(where, f"row {number:,}: "):
            if (values := next(rows, None)) is None:
                return
            texts = {column: _text(value) for column, value in enumerate(values) if value is not None}
        left[0] -= CELLS_OF_A_ROW + len(values)
        if left[0] <= 0:
            raise DataError(f"{where}, row {number:,}: nearly all cells up to here are empty; save it as csv")
        if sum(map(len, texts.values())) > most:
            raise too_long(where, f"row {number:,}", most)
        if texts:
            yield number, texts


def _text(value: Any) -> str:
    """
    Return the value of a cell as in a csv file.

    >>> day = datetime.datetime(2024, 1, 31)
    >>> [_text(value) for value in (1.0, 0.1, True, "two_x000D_", day, datetime.timedelta(days=1.5))]
    ['1', '0.1', 'true', 'two\\r', '2024-01-31', '1.5']
    """
    from openpyxl.utils.escape import unescape

    if isinstance(value, str):
        return as_text(unescape(value)) or ""
    if isinstance(value, datetime.timedelta):  # a duration is a number of days
        value /= datetime.timedelta(days=1)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    return as_text(value) or ""


class _Directory:
    """A file that is not read in large pieces: of the directory of an archive, zipfile reads and holds all at once."""

    def __init__(self, stream: BinaryIO, where: str) -> None:
        self.stream, self.where = stream, where
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, size: int = -1) -> bytes:
        piece = self.stream.read(size if 0 <= size <= MAX_DIRECTORY else MAX_DIRECTORY + 1)
        if len(piece) > MAX_DIRECTORY:
            raise DataError(f"{self.where} is no spreadsheet: it is an archive of very many files")
        return piece


class _Parts(zipfile.ZipFile):
    """The parts of a workbook, each of which is looked through before openpyxl reads it."""

    def __init__(self, file: Any, where: str) -> None:
        super().__init__(file)
        self.where, self.size, self.texts = where, file.seek(0, 2), ""
        self.expanded = self.elements = self.held = self.text = self.squares = 0
        self.times: Counter[str] = Counter()

    def open(self, name: Any, *_: Any, **__: Any) -> Any:
        self.times[name] += 1
        is_texts = name == self.texts
        if self.times[name] == 1:
            self._look_through(name, TEXT if is_texts else ROW, MAX_TAG)
        elif is_texts or self.times[name] > 2:  # once for the size of a sheet, once for its rows
            raise self.wrong(f"{shortened(name)} is in it again and again")
        return super().open(name)

    def read(self, name: Any, *_: Any) -> bytes:
        self._look_through(name, "", MAX_VALUE)
        with super().open(name) as stream:
            return stream.read()

    def _look_through(self, name: str, *how: Any) -> None:
        part = self.getinfo(name)
        if part.flag_bits & 1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self.wrong("it is encrypted, or compressed in a way that no spreadsheet uses")
        look = _Look(self, *how)
        with super().open(part) as stream:
            while piece := stream.read(PIECE):
                self.expanded += len(piece)
                if self.expanded > max(XLSX_EXPANSION_FREE, XLSX_EXPANSION * self.size):
                    raise self.wrong(f"it expands to more than {XLSX_EXPANSION} times its size")
                look.at(piece)

    def wrong(self, found: str) -> DataError:
        return DataError(f"{self.where} is not read as xlsx: {found}; save it again, or as csv")


class _Look:
    """Looks at the XML of a part for what would ask too much of openpyxl, which empties the elements ``emptied``."""

    def __init__(self, parts: _Parts, emptied: str, longest: int) -> None:
        self.parts, self.emptied, self.longest = parts, emptied, longest
        self.size = self.last = self.begin = self.after = self.let_go = self.text = 0
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.row, self.place = 0, (0, "")
        self.parser.StartElementHandler, self.parser.EndElementHandler = self.start, self.end
        self.parser.StartDoctypeDeclHandler = self.refuse_doctype

    def at(self, piece: bytes) -> None:
        self.size += len(piece)
        self.parser.Parse(piece)
        # Older versions of expat, which openpyxl uses too, begin a tag anew with each piece.
        self.check_length(self.size - PIECE)
        before, self.text = self.text, self.size - self.let_go
        self.parts.text += self.text - before
        if self.parts.elements > MAX_ELEMENTS or self.parts.held + CHARACTER * self.parts.text > MAX_HELD:
            raise self.parts.wrong("it has too many cells and texts to be held in memory")

    def start(self, name: str, own: dict[str, str]) -> None:
        index = self.next_index()
        self.parts.held += ELEMENT
        self.parts.elements += max(1, len(own) - MOST_ATTRIBUTES)
        if name == self.emptied:
            self.begin, self.after = index, self.parts.held - ELEMENT + EMPTIED + ATTRIBUTE * len(own)
        if name == ROW:
            self.check_order(self.row, self.row + 1 if (number := own.get("r")) is None else int(number))
            self.row, self.place = int(number or self.row + 1), (0, "")
        elif name == CELL and (place := own.get("r")):
            self.check_order(self.place, (len(place), place))
            self.place = len(place), place
        elif name == FORMAT and len(own.get("formatCode", "")) > MAX_FORMAT:
            raise self.parts.wrong(f"it has a number format of more than {MAX_FORMAT} characters")

    def end(self, name: str) -> None:
        index = self.next_index()
        if name == self.emptied and self.after:
            self.parts.held, self.after = self.after, 0
            self.let_go += index - self.begin if name == ROW else 0

    def next_index(self) -> int:
        index = self.parser.CurrentByteIndex
        self.check_length(index)
        self.parts.squares += (index - self.last) ** 2 * (not self.emptied)
        if self.parts.squares > MAX_SQUARES:
            raise self.parts.wrong("it has many long texts outside of its sheets")
        self.last = index
        return index

    def check_length(self, index: int) -> None:
        if index - self.last > self.longest:
            raise self.parts.wrong(f"it has a text or a tag of more than {self.longest:,} bytes")

    def check_order(self, before: Any, now: Any) -> None:
        """Of rows and cells that go back, openpyxl would lose some."""
        if now <= before:
            raise self.parts.wrong(f"its cells are not in order in row {self.row:,}, or behind it")

    def refuse_doctype(self, *declared: Any) -> None:
        raise self.parts.wrong("it declares a document type, as no spreadsheet does")
