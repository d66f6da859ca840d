"""Rows to files: csv, tsv, jsonl and parquet, compressed or not, complete or not at all."""

import csv
import io
import itertools
import json
import os
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from seqtext.data.dataset import Dataset
from seqtext.data.files import FilePath, delimiter_of, format_of, reason
from seqtext.errors import DataError, listed, missing_extra

Put = Callable[[Mapping[str, Sequence[Any]]], None]


class Writer:
    """What :func:`open_writer` gives: call :meth:`write` with columns, chunk after chunk."""

    def __init__(self, put: Put) -> None:
        self._put = put

    def write(self, columns: "Mapping[str, Sequence[Any]] | Dataset") -> None:
        """Append rows; values are texts, numbers or ``None``, and every column has the same length."""
        values = columns.columns if isinstance(columns, Dataset) else columns
        self._put({name: _plain(column) for name, column in values.items()})


def _plain(column: Sequence[Any]) -> Sequence[Any]:
    return column.tolist() if isinstance(column, np.ndarray) else column


@contextmanager
def open_writer(path: FilePath, format: str | None = None, columns: Sequence[str] | None = None) -> Iterator[Writer]:
    """
    Open a csv, tsv, jsonl or parquet file (also .gz, .xz, .zst), or standard output (``"-"``), for writing.

    The file is written beside its place and renamed when the block ends well; otherwise nothing is
    left and an older file stays as it was. Standard output is csv unless ``format`` says otherwise.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with open_writer(f"{folder}/scores.csv", columns=["text", "score"]) as out:
    ...         out.write({"text": ["two\\nlines", None], "score": [0.5, 1]})
    ...     Path(f"{folder}/scores.csv").read_text()
    'text,score\\n"two\\nlines",0.5\\n,1\\n'
    """
    kind, compression = format_of(path, format or ("csv" if str(path) == "-" else None), "--format")
    if kind == "txt":
        raise DataError(f"cannot write {_target(path)}: a txt file has no columns; choose csv, tsv, jsonl or parquet")
    opened = _csv_writer if kind in ("csv", "tsv") else _jsonl_writer if kind == "jsonl" else _parquet_writer
    with (
        _destination(path) as raw,
        _compressed(raw, compression, path) as stream,
        opened(stream, kind, columns, path) as put,
    ):
        yield Writer(_guarded(put, path))


def _target(path: FilePath) -> str:
    return "standard output" if str(path) == "-" else str(path)


def _guarded(put: Put, path: FilePath) -> Put:
    def guarded(columns: Mapping[str, Sequence[Any]]) -> None:
        with _write_errors(path):
            put(columns)

    return guarded


@contextmanager
def _write_errors(path: FilePath) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise  # the reader of standard output has seen enough: no mistake
    except OSError as error:
        left = "" if str(path) == "-" else "; nothing was written"
        raise DataError(f"cannot write {_target(path)}: {reason(error)}{left}") from error


def _create(path: Path) -> BinaryIO:
    return open(path, "xb")


@contextmanager
def _destination(path: FilePath) -> Iterator[BinaryIO]:
    """Open the place to write to; a file appears under its name only when the block ends well."""
    if str(path) == "-":
        sys.stdout.flush()
        yield sys.stdout.buffer
        with _write_errors(path):
            sys.stdout.buffer.flush()
        return
    # Through a link to the file itself; what is no ordinary file (/dev/null, a pipe) cannot be replaced.
    final = Path(os.path.realpath(path))
    if final.is_dir():
        raise DataError(f"cannot write {path}: it is a folder; give a file name")
    if not final.parent.is_dir():
        raise DataError(f"cannot write {path}: there is no folder {final.parent}; make it first")
    if final.exists() and not final.is_file():
        with _write_errors(path):
            special = open(final, "wb")  # noqa: SIM115 (closing may fail as well, and is reported)
        try:
            yield special
            with _write_errors(path):
                special.flush()
        finally:
            with suppress(OSError):
                special.close()
        return
    beside = final.with_name(f".{final.name[:200]}.{secrets.token_hex(4)}.part")
    raw: BinaryIO | None = None
    # The try begins before the file is made: Ctrl-C may come right after.
    try:
        with _write_errors(path):
            raw = _create(beside)
        yield raw
        with _write_errors(path):
            raw.flush()
            os.fsync(raw.fileno())
            raw.close()
            os.replace(beside, final)
    except BaseException:
        if raw is not None:
            with suppress(OSError):
                raw.close()
        beside.unlink(missing_ok=True)
        raise


@contextmanager
def _compressed(raw: BinaryIO, compression: str, path: FilePath) -> Iterator[BinaryIO]:
    stream: Any
    if compression == ".gz":
        import gzip

        stream = gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0)
    elif compression == ".xz":
        import lzma

        stream = lzma.LZMAFile(raw, "wb")  # noqa: SIM115
    elif compression == ".zst":
        try:
            import zstandard
        except ImportError:
            raise missing_extra("zstandard", "zst") from None
        stream = zstandard.ZstdCompressor().stream_writer(raw, closefd=False)
    else:
        yield raw
        return
    try:
        yield stream
    except BaseException:
        with suppress(OSError):
            stream.close()
        raise
    with _write_errors(path):
        stream.close()


@contextmanager
def _csv_writer(stream: BinaryIO, kind: str, columns: Sequence[str] | None, path: FilePath) -> Iterator[Put]:
    delimiter = delimiter_of(kind, None)
    header = None if columns is None else list(columns)

    def put(values: Mapping[str, Sequence[Any]]) -> None:
        nonlocal header
        first = header is None
        header = header or list(values)
        _check_columns(values, header, _target(path))
        rows = zip(*(values[name] for name in header), strict=True)
        stream.write(_csv_bytes(itertools.chain([header] if first else [], rows), delimiter))

    if header is not None:
        with _write_errors(path):
            stream.write(_csv_bytes([header], delimiter))
    yield put


def _csv_bytes(rows: Iterable[Sequence[Any]], delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    # csv quotes the characters of its line end: with "\r\n" a lone carriage return is quoted as well.
    csv.writer(_ShortEnds(text), delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


class _ShortEnds:
    """Rows end in a line feed alone, as the tools of the command line expect."""

    def __init__(self, text: io.StringIO) -> None:
        self.text = text

    def write(self, row: str) -> None:
        self.text.write(row[:-2] + "\n")


def _check_columns(values: Mapping[str, Sequence[Any]], header: Sequence[str], where: str) -> None:
    added = [name for name in values if name not in header]
    if added:
        raise DataError(
            f"cannot write {where}: later rows bring the new column {listed(added)}, "
            "but the header is written; write jsonl, which needs none"
        )
    lacking = [name for name in header if name not in values]
    if lacking:
        raise ValueError(f"no values for the column {listed(lacking)}")


@contextmanager
def _jsonl_writer(stream: BinaryIO, kind: str, columns: Sequence[str] | None, path: FilePath) -> Iterator[Put]:
    dump = json.JSONEncoder(ensure_ascii=False, default=_json_value).encode

    def put(values: Mapping[str, Sequence[Any]]) -> None:
        names = list(values)
        rows = zip(*values.values(), strict=True)
        lines = (dump(dict(zip(names, row, strict=True))) + "\n" for row in rows)
        stream.write("".join(lines).encode("utf-8", "replace"))

    yield put


def _json_value(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)


@contextmanager
def _parquet_writer(stream: BinaryIO, kind: str, columns: Sequence[str] | None, path: FilePath) -> Iterator[Put]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise missing_extra("pyarrow", "parquet") from None
    file: Any = None
    header = None if columns is None else list(columns)

    def put(values: Mapping[str, Sequence[Any]]) -> None:
        nonlocal file, header
        header = header or list(values)
        _check_columns(values, header, _target(path))
        if file is None:
            table = pyarrow.table({name: _parquet_array(values[name]) for name in header})
            file = pyarrow.parquet.ParquetWriter(_Counted(stream), table.schema)
        else:
            table = pyarrow.table({name: list(values[name]) for name in header}, schema=file.schema)
        file.write_table(table)

    def _parquet_array(values: Sequence[Any]) -> Any:
        array = pyarrow.array(list(values))
        return array.cast(pyarrow.string()) if pyarrow.types.is_null(array.type) else array

    try:
        yield put
    except BaseException:
        with suppress(Exception):
            file.close()
        raise
    with _write_errors(path):
        if file is None:
            schema = pyarrow.schema([(name, pyarrow.string()) for name in header or []])
            file = pyarrow.parquet.ParquetWriter(_Counted(stream), schema)
        file.close()


class _Counted(io.RawIOBase):
    """A place to write to that knows its position, which a pipe does not, and stays open afterwards."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def write(self, data: Any) -> int:
        self.stream.write(data)
        self.position += len(data)
        return len(data)
