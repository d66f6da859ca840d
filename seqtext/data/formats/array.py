"""JSON: one array of objects, read one after another however long it is."""

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from seqtext.data.files import text_lines, too_long
from seqtext.data.formats.jsonl import DECODER, Repeated, as_values, columns_of
from seqtext.data.formats.shared import Columns, ReadOptions
from seqtext.errors import DataError

PIECE = 1 << 16
SPACE = re.compile(r"[ \t\r\n]*")
EXAMPLE = 'expected an array of objects, such as [{"text": "..."}, {"text": "..."}]'
# Where an object is cut off, the decoder stops at most so far before the end: within "-Infinity" or an escape.
NEAR_END = 12


def read(stream: BinaryIO, where: str, rows: int, options: ReadOptions) -> Iterator[Columns]:
    pieces = text_lines(stream, where, options.encoding, "\n", PIECE, in_pieces=True)
    objects = _Array(pieces, where, options.max_row_size).objects()
    yield from columns_of(objects, rows, f"{where} has no rows; {EXAMPLE}", where)


class _Array:
    """The text of an array, of which only the object being read is held."""

    def __init__(self, pieces: Iterator[str], where: str, most: int) -> None:
        self.pieces, self.where, self.most = pieces, where, most
        self.text = ""
        self.at = 0
        self.row, self.line = 1, 1

    def objects(self) -> Iterator[dict[str, Any]]:
        """Yield the objects of the array, their values as text."""
        first = self._next()
        if first != "[":
            lines = "; if it has an object per line, name it .jsonl, or add --input-format jsonl"
            found = f"begins with {first!r}" if first else "is empty"
            raise DataError(f"{self.where} {found}; {EXAMPLE}{lines if first == '{' else ''}")
        self.at += 1
        if (mark := "]" if self._next() == "]" else ",") == "]":
            self.at += 1
        while mark == ",":
            yield self._object()
            mark = self._next()
            if mark not in (",", "]"):
                found = f"is followed by {mark!r}" if mark else "is the last before the file is cut off"
                raise DataError(f"{self._place()} {found}; expected a comma, or ] at the end of the array")
            self.at += 1
            self.row += 1
        if self._next():
            raise DataError(f"{self.where} goes on after the end of the array, on line {self.line:,}; {EXAMPLE}")

    def _place(self) -> str:
        return f"{self.where}, row {self.row:,} on line {self.line:,}"

    def _next(self) -> str:
        """The next character that is no white space, empty at the end of the file; it is not taken."""
        while True:
            end = SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]  # it matches nothing, too
            self.line += self.text.count("\n", self.at, end)
            self.at = end
            if end < len(self.text):
                return self.text[end]
            if not self._more(PIECE):
                return ""

    def _more(self, size: int) -> bool:
        """Read at least ``size`` more characters, and forget what stands before; False at the end of the file."""
        parts, found = [self.text[self.at :]], 0
        while found < size and (piece := next(self.pieces, "")):
            parts.append(piece)
            found += len(piece)
        self.text, self.at = "".join(parts), 0
        return found > 0

    def _object(self) -> dict[str, Any]:
        self._next()
        value, end = self._decoded()
        if end - self.at > self.most:
            raise self._too_long()
        if not isinstance(value, dict):
            raise DataError(f"{self._place()} is a {type(value).__name__}; {EXAMPLE}")
        try:
            record = as_values(value)
        except RecursionError as error:  # what was just read may be too deep to be written
            raise self._too_deep() from error
        self.line += self.text.count("\n", self.at, end)
        self.at = end
        return record

    def _decoded(self) -> tuple[Any, int]:
        """The value that begins here, and where it ends."""
        while True:
            try:
                return DECODER.raw_decode(self.text, self.at)
            except Repeated as error:
                raise DataError(f"{self._place()} has the key {str(error)!r:.60} twice; rename one") from error
            except json.JSONDecodeError as error:
                held = len(self.text) - self.at
                is_cut = error.pos > len(self.text) - NEAR_END or error.msg.startswith("Unterminated")
                if is_cut and held > self.most:
                    raise self._too_long() from error
                # Twice as much each time, so that the work is proportional to the text.
                if not (is_cut and self._more(max(held, PIECE))):
                    problem = "the file is cut off within it" if is_cut else error.msg
                    raise DataError(f"{self._place()} is not JSON: {problem}; {EXAMPLE}") from error
            except (ValueError, RecursionError) as error:
                raise self._too_deep() from error

    def _too_deep(self) -> DataError:
        problem = "it nests too deeply, or has a number of thousands of digits"
        return DataError(f"{self._place()} is not JSON that can be read: {problem}")

    def _too_long(self) -> DataError:
        return too_long(self.where, f"row {self.row:,} on line {self.line:,}", self.most)
