"""Rows to files, compressed or not, complete or not at all."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import numpy as np

from seqtext.data.dataset import Dataset
from seqtext.data.files import FilePath, open_compressed, write_errors, written_atomically
from seqtext.data.formats import FORMATS, format_of
from seqtext.data.formats.shared import WriteRows, as_text
from seqtext.errors import DataError, listed


class Remembering:
    """A file to write to, which knows what was written last."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.last = b""

    def write(self, data: bytes) -> int:
        self.last = data
        return self.stream.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@dataclass
class Writer:
    """What :func:`open_writer` yields: call :meth:`write` with columns, chunk after chunk."""

    stream: Remembering
    write_rows: WriteRows
    target: str
    any_columns: bool
    lists: bool
    flush: Callable[[], None]
    names: Sequence[str] = ()

    def write(self, columns: "Mapping[str, Sequence[Any]] | Dataset") -> None:
        """
        Append texts, numbers, lists or ``None``; a list is written as JSON in a format that has none.

        The first call names the columns, and only jsonl takes others later.
        """
        columns = columns.columns if isinstance(columns, Dataset) else columns
        if self.any_columns or not self.names:
            self.names = list(columns)
        if added := list(columns.keys() - set(self.names)):
            raise DataError(
                f"cannot write {self.target}: later rows bring the new column {listed(added)}, "
                "but the header is written; write jsonl, which needs none"
            )
        values = {
            name: own.tolist() if isinstance(own, np.ndarray) else own
            for name, own in ((name, columns[name]) for name in self.names)
        }
        if not self.lists:
            values = {
                name: [as_text(one) if isinstance(one, list) else one for one in own] for name, own in values.items()
            }
        self.write_rows(values)
        self.flush()

    def copy(self, rows: bytes) -> None:
        """Append ``rows`` as they are."""
        self.stream.write(rows)

    @property
    def last(self) -> bytes:
        """What the rows that were written last are in the file."""
        return self.stream.last


@contextmanager
def open_writer(path: FilePath, format: str | None = None) -> Iterator[Writer]:
    """Open a file of a known format, by :func:`written_atomically`, or standard output (``"-"``; csv by default)."""
    is_standard = str(path) == "-"
    target = "standard output" if is_standard else str(path)
    name, compression = format_of(path, format or ("csv" if is_standard else None), "--format")
    known = FORMATS[name]
    if known.write is None:
        *others, last = (other for other, one in FORMATS.items() if one.write)
        why = "a txt file has no columns" if name == "txt" else f"{name} files are only read"
        raise DataError(f"cannot write {target}: {why}; choose {', '.join(others)} or {last}")
    with (
        _standard_output() if is_standard else written_atomically(path) as raw,
        open_compressed(raw, compression, "wb") as compressed,
        known.write(cast(BinaryIO, stream := Remembering(compressed))) as write_rows,
    ):
        # Who reads from a pipe should not wait for rows to come.
        flush = raw.flush if is_standard else lambda: None
        yield Writer(stream, write_rows, target, known.any_columns, known.lists, flush)


@contextmanager
def _standard_output() -> Iterator[BinaryIO]:
    if sys.stdout is None:
        raise DataError("standard output is closed; give a file with -o")
    with write_errors("-"):
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
