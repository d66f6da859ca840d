"""
The parts of a workbook (Office Open XML, ECMA-376): a zip archive of XML files, read piece by piece.

A stranger's file is never believed: no entity is expanded, no address is followed, and what is held has a limit.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from xml.parsers import expat

from seqtext.data.files import MAX_EXPANSION
from seqtext.data.formats.shared import CELL_SIZE
from seqtext.errors import DataError, shortened

PIECE = 1 << 16
MAX_TAG = 1 << 20
# A spreadsheet of some hundred sheets has some thousand parts, each of which takes memory.
MAX_DIRECTORY = 2_000_000
XLSX_EXPANSION_FREE = 20_000_000
MAX_SHARED = 200_000_000

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
# Number formats that every spreadsheet program knows; some are those of East Asian calendars.
DATES = {str(id) for id in (*range(14, 23), *range(27, 37), 45, 47, *range(50, 59))}
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook: its name for people, its part, and whether it is shown."""

    name: str
    part: str
    is_shown: bool


@dataclass
class Workbook:
    """An open workbook; every problem with it is a DataError."""

    archive: zipfile.ZipFile
    where: str
    size: int
    expanded: int = 0
    sheets: list[Sheet] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    is_date: list[bool] = field(default_factory=list)
    from_1904: bool = False

    def wrong(self, found: str) -> DataError:
        return DataError(f"{self.where} is not a readable xlsx file: {found}; save it again, or as csv")

    def parse(
        self, part: str, start: Start, end: End | None = None, data: Callable[[str], Any] | None = None
    ) -> Iterator[None]:
        """Call ``start``, ``end`` and ``data`` with what the XML of a part holds; yields after each piece."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = lambda name, own: start(name.rpartition(":")[2], own)
        parser.EndElementHandler = end and (lambda name: end(name.rpartition(":")[2]))
        parser.CharacterDataHandler = data
        parser.StartDoctypeDeclHandler = self._refuse_entities
        read = 0
        with self._open(part) as stream:
            while True:
                piece = self._next(stream, part)
                read += len(piece)
                try:
                    parser.Parse(piece, not piece)
                except expat.ExpatError as error:
                    raise self.wrong(f"{part} is not XML ({error})") from error
                except (LookupError, ValueError) as error:  # an encoding that is none
                    raise self.wrong(f"{part} has an encoding that is not known") from error
                # Older versions of expat begin a tag anew with each piece.
                if read - parser.CurrentByteIndex > MAX_TAG + PIECE:
                    raise self.wrong(f"{part} has a tag of more than {MAX_TAG:,} characters")
                yield
                if not piece:
                    return

    def _refuse_entities(self, *declared: Any) -> None:
        raise self.wrong("it declares a document type, as no spreadsheet does")

    def _open(self, part: str) -> Any:
        try:
            facts = self.archive.getinfo(part)
            if facts.flag_bits & 1:
                raise self.wrong("it is encrypted")
            if facts.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise self.wrong("it is compressed in a way that no spreadsheet uses")
            return self.archive.open(facts)
        except KeyError as error:
            raise self.wrong(f"it has no part {shortened(part)!r}") from error
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as error:
            raise self.wrong(shortened(str(error), 200)) from error

    def _next(self, stream: Any, part: str) -> bytes:
        try:
            piece: bytes = stream.read(PIECE)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
            raise self.wrong(f"{part} is cut off or damaged") from error
        self.expanded += len(piece)
        if self.expanded > XLSX_EXPANSION_FREE and self.expanded > MAX_EXPANSION * self.size:
            raise DataError(
                f"{self.where} expands to more than {MAX_EXPANSION} times its size, as no texts do; "
                "if they really do, save it as csv"
            )
        return piece


def open_workbook(stream: BinaryIO, where: str) -> Workbook:
    """Read everything of a workbook but the rows of its sheets."""
    size = stream.seek(0, 2)
    book = Workbook(_archive(stream, where), where, size)
    part = next((target for kind, target in _targets(book, "").values() if kind == "officeDocument"), "xl/workbook.xml")
    targets = _targets(book, part)
    wanted: list[tuple[str, str, bool]] = []

    def start(name: str, own: dict[str, str]) -> None:
        if name == "sheet":
            id = next((value for key, value in own.items() if key.rpartition(":")[2] == "id"), "")
            wanted.append((own.get("name", ""), id, own.get("state", "visible") == "visible"))
        elif name == "workbookPr":
            book.from_1904 = own.get("date1904") in ("1", "true")

    _whole(book.parse(part, start))
    for name, id, is_shown in wanted:
        kind, target = targets.get(id, ("", ""))
        if kind == "worksheet":
            book.sheets.append(Sheet(name, target, is_shown))
    for kind, target in targets.values():
        if kind == "sharedStrings":
            book.texts = _shared_texts(book, target)
        elif kind == "styles":
            book.is_date = _dates(book, target)
    return book


def _archive(stream: BinaryIO, where: str) -> zipfile.ZipFile:
    stream.seek(0)
    begin = stream.read(8)
    if begin.startswith(b"\xd0\xcf\x11\xe0"):
        raise DataError(f"{where} is an old .xls file, or has a password; save it as xlsx without one, or as csv")
    try:
        # Private, but it finds the directory just as the constructor does, which would hold it all.
        found = zipfile._EndRecData(stream)  # type: ignore[attr-defined]
        if found and found[5] > MAX_DIRECTORY:
            raise DataError(f"{where} is no spreadsheet: it is an archive of very many files")
        return zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, ValueError, EOFError) as error:
        raise DataError(f"{where} is not a readable xlsx file: it is cut off, damaged, or something else") from error


def _whole(pieces: Iterator[None]) -> None:
    for _ in pieces:
        pass


def _targets(book: Workbook, part: str) -> dict[str, tuple[str, str]]:
    """The other parts that a part names, as (kind, part) by their ids; what lies outside the file is not among them."""
    folder, name = posixpath.split(part)
    found: dict[str, tuple[str, str]] = {}

    def start(name: str, own: dict[str, str]) -> None:
        if name == "Relationship" and own.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, own.get("Target", "")))
            found[own.get("Id", "")] = own.get("Type", "").rpartition("/")[2], target.lstrip("/")

    _whole(book.parse(posixpath.join(folder, "_rels", f"{name}.rels"), start))
    return found


class Text:
    """Collects the text of the elements called ``names``, but not what says how to pronounce it."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.parts: list[str] = []
        self.size = 0
        self.is_open = self.is_phonetic = False

    def start(self, name: str) -> None:
        if name == "rPh":
            self.is_phonetic = True
        self.is_open = name in self.names and not self.is_phonetic

    def end(self, name: str) -> None:
        self.is_open = False
        if name == "rPh":
            self.is_phonetic = False

    def data(self, text: str) -> None:
        if self.is_open:
            self.parts.append(text)
            self.size += len(text)

    def take(self) -> str:
        text = unescaped("".join(self.parts))
        self.parts, self.size = [], 0
        return text


def unescaped(text: str) -> str:
    """
    Return a text with those characters that XML cannot hold.

    >>> unescaped("line_x000D_ and _x005F_x000D_")
    'line\\r and _x000D_'
    """
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _shared_texts(book: Workbook, part: str) -> list[str]:
    texts: list[str] = []
    text = Text("t")
    held = 0

    def end(name: str) -> None:
        nonlocal held
        text.end(name)
        if name == "si":
            held += CELL_SIZE + text.size
            texts.append(text.take())

    for _ in book.parse(part, lambda name, own: text.start(name), end, text.data):
        if held + text.size > MAX_SHARED:
            raise DataError(
                f"{book.where} has texts of more than {MAX_SHARED // 10**6} MB, which would be held in memory; "
                "save it as csv"
            )
    return texts


def _dates(book: Workbook, part: str) -> list[bool]:
    """For every style of a cell, whether it shows a number as a date or a time."""
    codes: dict[str, str] = {}
    styles: list[str] = []
    is_within = False

    def start(name: str, own: dict[str, str]) -> None:
        nonlocal is_within
        if name == "numFmt":
            codes[own.get("numFmtId", "")] = own.get("formatCode", "")
        elif name == "cellXfs":
            is_within = True
        elif name == "xf" and is_within:
            styles.append(own.get("numFmtId", ""))

    def end(name: str) -> None:
        nonlocal is_within
        is_within = is_within and name != "cellXfs"

    _whole(book.parse(part, start, end))
    known = {id: shows_date(id, codes.get(id, "")) for id in set(styles)}
    return [known[id] for id in styles]


def shows_date(id: str, code: str) -> bool:
    """
    Return whether a number format shows a date or a time; a duration is a number.

    >>> shows_date("14", ""), shows_date("164", 'yyyy"-"mm'), shows_date("164", '0.0 "days"'), shows_date("46", "")
    (True, True, False, False)
    """
    if not code:
        return id in DATES
    if re.search(r"\[(h+|m+|s+)\]", code, re.IGNORECASE):
        return False
    plain = re.sub(r'"[^"]*"?|\\.|_.|\*.|\[[^\]]*\]?', "", code.partition(";")[0])
    return bool(re.search("[ymdhs]", plain, re.IGNORECASE)) and "general" not in plain.lower()
