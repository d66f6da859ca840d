"""
Named columns of text, from files and back: reading, streaming, writing, and splitting without leaks.

Row i out is row i in, whatever it holds. Values stay the text they are in the file: ``"NaN"`` is a
word, ``"007"`` keeps its zeros. Only a value that the format itself calls missing is ``None``.
"""

import csv
import errno
import io
import itertools
import json
import math
import os
import re
import secrets
import sys
import unicodedata
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from seqtext.errors import DataError, did_you_mean, missing_extra

FORMATS = {
    ".txt": "txt",
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
COMPRESSIONS = (".gz", ".xz", ".zst")
DELIMITERS = {"comma": ",", "tab": "\t", "\\t": "\t", "semicolon": ";", "pipe": "|"}

# A line or field beyond this is an unclosed quote or a decompression bomb, and would be held in memory whole.
MAX_CHARACTERS = 100_000_000

# How a file begins that is not text, and what to say about it.
MAGIC = {
    b"\x1f\x8b": "compressed with gzip; name it with the suffix .gz",
    b"\xfd7zXZ\x00": "compressed with xz; name it with the suffix .xz",
    b"\x28\xb5\x2f\xfd": "compressed with zstandard; name it with the suffix .zst",
    b"PK\x03\x04": "a zip archive or a spreadsheet; unpack it, or save it as csv",
    b"PAR1": "a parquet file; name it with the suffix .parquet",
}

SURROGATE = re.compile("[\ud800-\udfff]")

Columns = dict[str, list[str | None]]
FilePath = str | os.PathLike[str]
Put = Callable[[Mapping[str, Sequence[Any]]], None]


@dataclass(frozen=True)
class Dataset:
    """
    Columns of equal length, each value a text or ``None`` where it is missing.

    >>> Dataset({"text": ["good", "bad"], "label": ["pos", "neg"]}, "example").take([1]).columns
    {'text': ['bad'], 'label': ['neg']}
    """

    columns: Columns
    source: str = "memory"

    def __post_init__(self) -> None:
        lengths = {name: len(values) for name, values in self.columns.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns differ in length: {lengths}")

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    @property
    def names(self) -> list[str]:
        """The column names, in the order of the file."""
        return list(self.columns)

    def column(self, name: str) -> list[str | None]:
        """The values of the column ``name``; a DataError lists the columns when there is none."""
        if name not in self.columns:
            raise DataError(
                f"{self.source} has no column {name!r}; its columns are {_listed(self.names)}"
                f"{did_you_mean(name, self.names)}"
            )
        return self.columns[name]

    def take(self, indices: Iterable[int]) -> "Dataset":
        """The rows at ``indices``, in that order."""
        rows = [int(index) for index in indices]
        return Dataset({name: [values[i] for i in rows] for name, values in self.columns.items()}, self.source)

    @classmethod
    def from_columns(cls, columns: Mapping[str, Iterable[Any]], source: str = "memory") -> "Dataset":
        """
        Make a dataset of Python values; numbers become their JSON text, NaN becomes ``None``.

        >>> Dataset.from_columns({"text": ["NaN", float("nan")], "stars": [4, 4.5]}).columns
        {'text': ['NaN', None], 'stars': ['4', '4.5']}
        """
        for name, values in columns.items():
            if isinstance(values, str | bytes):
                raise TypeError(f"column {name!r} is a single {type(values).__name__}; give a list of texts")
        return cls({str(name): [_as_text(value) for value in values] for name, values in columns.items()}, source)

    @classmethod
    def from_frame(cls, frame: Any, source: str = "DataFrame") -> "Dataset":
        """Make a dataset of a pandas or polars DataFrame; missing values (NaN, NA, NaT) become ``None``."""
        names = [str(name) for name in frame.columns]
        _refuse_duplicates(names, source)
        return cls.from_columns({str(name): list(frame[name]) for name in frame.columns}, source)


def _as_text(value: Any) -> str | None:
    """Give the text of a Python value; ``None`` for what stands for a missing one."""
    if isinstance(value, str):
        # A lone surrogate is no character and cannot be written to any file.
        return value if value.isascii() else SURROGATE.sub("\ufffd", value)
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, bool | int | float | list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


# ---------------------------------------------------------------------------------------------- reading


def read(
    path: FilePath,
    *,
    format: str | None = None,
    delimiter: str | None = None,
    encoding: str = "utf-8",
    quotes: bool = True,
) -> Dataset:
    """
    Read a whole file, a folder of texts, or standard input (``"-"``).

    Parameters
    ----------
    path
        The suffix decides how it is read: txt (a text per line, column "text"), csv, tsv, jsonl, parquet,
        each also with .gz, .xz or .zst. A folder gives the columns text and path, and label and part
        where the texts lie in folders per label (and those in folders per part, as in ``aclImdb``).
    format
        One of txt, csv, tsv, jsonl, parquet, where the suffix does not say it. Standard input is txt.
    delimiter
        One character, or "tab", "comma", "semicolon", "pipe", where it is not the format's own.
    quotes
        False when quotes are ordinary characters in a csv or tsv file.

    Raises
    ------
    DataError
        If the file cannot be read, or is not what its suffix says: names the lines and what to do.
    """
    options = {"format": format, "delimiter": delimiter, "encoding": encoding, "quotes": quotes}
    columns: Columns = {}
    rows = 0
    for chunk in iter_chunks(path, rows=50_000, **options):  # type: ignore[arg-type]
        for name, values in chunk.columns.items():
            columns.setdefault(name, [None] * rows).extend(values)
        rows += len(chunk)
    return Dataset(columns, _shown(path))


def iter_chunks(
    path: FilePath,
    *,
    rows: int = 2048,
    format: str | None = None,
    delimiter: str | None = None,
    encoding: str = "utf-8",
    quotes: bool = True,
) -> Iterator[Dataset]:
    """
    Read like :func:`read`, at most ``rows`` rows at a time, in order, without holding the file in memory.

    A jsonl file may bring a new key in any line: a chunk has every column seen up to its end, so
    later chunks may have more columns than earlier ones.
    """
    where = _shown(path)
    if _is_folder(path):
        yield from _folder_chunks(Path(path), rows, encoding)
        return
    kind, compression = format_of(path, format)
    _check_encoding(encoding)
    with _open_bytes(path, compression) as stream:
        if kind in ("csv", "tsv"):
            chunks = _csv_chunks(
                stream, where, rows, _delimiter_of(kind, delimiter), encoding, quotes, delimiter is None
            )
        elif kind == "jsonl":
            chunks = _jsonl_chunks(stream, where, rows, encoding)
        elif kind == "parquet":
            chunks = _parquet_chunks(stream, where, rows)
        else:
            chunks = _txt_chunks(stream, where, rows, encoding)
        for columns in chunks:
            yield Dataset(columns, where)


def format_of(path: FilePath, format: str | None = None) -> tuple[str, str]:
    """
    Tell the format and the compression suffix of a file by its name.

    >>> format_of("tweets.CSV.gz")
    ('csv', '.gz')
    >>> format_of("-")
    ('txt', '')
    """
    if format is not None and format not in FORMATS.values():
        kinds = sorted(set(FORMATS.values()))
        raise DataError(f"no format {format!r}; choose from {', '.join(kinds)}{did_you_mean(format, kinds)}")
    if str(path) == "-":
        return format or "txt", ""
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    compression = suffixes.pop() if suffixes and suffixes[-1] in COMPRESSIONS else ""
    suffix = suffixes[-1] if suffixes else ""
    if format is None and suffix not in FORMATS:
        found = f"the suffix {suffix!r}" if suffix else "no suffix that names a format"
        raise DataError(
            f"{path} has {found}; expected {', '.join(FORMATS)} (also with {', '.join(COMPRESSIONS)})"
            f"{did_you_mean(suffix, FORMATS)}, or say what it is with --format"
        )
    return format or FORMATS[suffix], compression


def _shown(path: FilePath) -> str:
    return "standard input" if str(path) == "-" else str(path)


def _listed(names: Iterable[str], most: int = 20) -> str:
    shown = [repr(name) for name in names]
    rest = f" and {len(shown) - most} more" if len(shown) > most else ""
    return ", ".join(shown[:most]) + rest


def _numbers(numbers: Sequence[int]) -> str:
    """
    List the first five and say how many more there are.

    >>> _numbers([2, 5, 8, 9, 11, 12, 40])
    '2, 5, 8, 9, 11 and 2 more'
    """
    rest = f" and {len(numbers) - 5:,} more" if len(numbers) > 5 else ""
    return ", ".join(str(number) for number in numbers[:5]) + rest


def _refuse_duplicates(names: Sequence[str], where: str) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise DataError(f"{where} has more than one column named {_listed(repeated)}; rename them, so that all differ")


def _delimiter_of(kind: str, delimiter: str | None) -> str:
    if delimiter is None:
        return "\t" if kind == "tsv" else ","
    found = DELIMITERS.get(delimiter, delimiter)
    if len(found) != 1 or found in '"\r\n':
        raise DataError(f"delimiter {delimiter!r} is not one character; give one, or one of {', '.join(DELIMITERS)}")
    return found


def _check_encoding(encoding: str) -> None:
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    except LookupError:
        known = ["utf-8", "latin-1", "cp1252", "utf-16", "shift_jis", "gb18030"]
        raise DataError(
            f"no encoding {encoding!r}{did_you_mean(encoding, known)}; common ones are {', '.join(known)}"
        ) from None


def _is_folder(path: FilePath) -> bool:
    return str(path) != "-" and Path(path).is_dir()


def _missing_file(path: Path) -> DataError:
    folder = path.parent
    if not folder.is_dir():
        return DataError(f"there is no folder {folder}, so no file {path}; check the path")
    siblings: list[str] = []
    with suppress(OSError):
        siblings = os.listdir(folder)
    return DataError(f"there is no file {path}{did_you_mean(path.name, siblings) or '; check the path'}")


@contextmanager
def _open_bytes(path: FilePath, compression: str) -> Iterator[BinaryIO]:
    """Open a file for reading, decompressed; whatever goes wrong while it is open is a DataError."""
    where = _shown(path)
    try:
        if str(path) == "-":
            yield sys.stdin.buffer
            return
        with open(path, "rb") as raw, _decompressed(raw, compression) as stream:
            yield stream
    except FileNotFoundError as error:
        raise _missing_file(Path(path)) from error
    except (EOFError, zlib.error) as error:
        raise _damaged(where, compression) from error
    except OSError as error:
        # gzip reports a wrong header as an OSError without a number.
        if error.errno is None and compression:
            raise _damaged(where, compression) from error
        raise DataError(f"cannot read {where}: {reason(error)}") from error


def _damaged(where: str, compression: str) -> DataError:
    return DataError(f"{where} is not complete {compression} data: it is cut off or damaged; copy or download it again")


def reason(error: OSError) -> str:
    """Say why the system refused, and what to do where there is something to do."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return "no permission; change its permissions or choose another place"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "no space left on the device; free some or choose another place"
    return error.strerror or str(error)


@contextmanager
def _decompressed(raw: BinaryIO, compression: str) -> Iterator[BinaryIO]:
    if compression == ".gz":
        import gzip

        with gzip.GzipFile(fileobj=raw) as stream:
            yield stream  # type: ignore[misc]
    elif compression == ".xz":
        import lzma

        try:
            with lzma.LZMAFile(raw) as stream:
                yield stream  # type: ignore[misc]
        except lzma.LZMAError as error:
            raise EOFError(str(error)) from error
    elif compression == ".zst":
        with io.BufferedReader(_ZstdReader(raw), 1 << 17) as stream:
            yield stream
    else:
        yield raw


class _ZstdReader(io.RawIOBase):
    """Decompressed zstandard data. Unlike the package's own reader, it notices that a file is cut off."""

    def __init__(self, raw: BinaryIO) -> None:
        try:
            import zstandard
        except ImportError:
            raise missing_extra("zstandard", "zst") from None
        self.raw = raw
        self.new_frame = zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj
        self.damage = zstandard.ZstdError
        self.frame: Any = None
        self.ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.ready:
            packed = self.frame.unused_data if self.frame is not None and self.frame.eof else b""
            if not packed:
                packed = self.raw.read(1 << 16)
            if not packed:
                if self.frame is not None and not self.frame.eof:
                    raise EOFError("zstandard data ends within a frame")
                return 0
            if self.frame is None or self.frame.eof:
                self.frame = self.new_frame()
            try:
                self.ready = self.frame.decompress(packed)
            except self.damage as error:
                raise EOFError(str(error)) from error
        size = min(len(buffer), len(self.ready))
        buffer[:size] = self.ready[:size]
        self.ready = self.ready[size:]
        return size


def _lines(stream: BinaryIO, where: str, encoding: str, newline: str) -> Iterator[str]:
    """
    Decode ``stream`` line by line, ends included; bad bytes give an error with the line number.

    ``newline`` "" also ends a line at a lone carriage return, as csv needs; "\\n" does not.
    Never ``str.splitlines``: texts hold U+0085 and U+2028, which it takes for line ends.
    """
    codec = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    text = io.TextIOWrapper(stream, encoding=codec, newline=newline)
    number = 0
    try:
        while line := text.readline(MAX_CHARACTERS):
            number += 1
            if len(line) == MAX_CHARACTERS:
                raise DataError(
                    f"{where}, line {number} is longer than {MAX_CHARACTERS:,} characters; is it a text file?"
                )
            yield line
    except UnicodeDecodeError as error:
        # Every line before the bytes now being decoded has been handed out, save the one they continue.
        before = error.object[: error.start].decode(error.encoding, "replace")
        ends = re.findall(r"\r\n?|\n" if newline == "" else r"\n", before)
        raise _undecodable(error, where, encoding, number + len(ends) + 1) from error
    finally:
        with suppress(ValueError):
            text.detach()


def _undecodable(error: UnicodeDecodeError, where: str, encoding: str, line: int) -> DataError:
    data, start = error.object, error.start
    if line == 1:
        for magic, meaning in MAGIC.items():
            if data.startswith(magic):
                return DataError(f"{where} is not a text file: it is {meaning}")
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return DataError(f"{where} is not {encoding} but UTF-16; add --encoding utf-16")
    # The bytes 0x80 to 0x9f are control characters in latin-1, but quotes and dashes in cp1252.
    guess = "cp1252" if 0x80 <= data[start] <= 0x9F else "latin-1"
    remedy = f"add --encoding {guess}" if guess != encoding else "find out its encoding and name it with --encoding"
    return DataError(
        f"{where}, line {line}: byte 0x{data[start]:02x} is not {encoding}; save the file as UTF-8, or {remedy}"
    )


def _txt_chunks(stream: BinaryIO, where: str, rows: int, encoding: str) -> Iterator[Columns]:
    lines = (_without_end(line) for line in _lines(stream, where, encoding, "\n"))
    empty = True
    while texts := list(itertools.islice(lines, rows)):
        empty = False
        yield {"text": [*texts]}
    if empty:
        raise _empty(where, "a text per line")


def _without_end(line: str) -> str:
    if not line.endswith("\n"):
        return line
    return line[:-2] if line.endswith("\r\n") else line[:-1]


def _empty(where: str, expected: str) -> DataError:
    return DataError(f"{where} is empty; expected {expected}")


def _csv_chunks(
    stream: BinaryIO,
    where: str,
    rows: int,
    delimiter: str,
    encoding: str,
    quotes: bool,
    check_delimiter: bool,
) -> Iterator[Columns]:
    """Rows are checked to the end of the file before the first wrong one is reported, with all others."""
    # Only ever raised: another reader may be in the middle of a file.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CHARACTERS))
    quoting = csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE
    lines = _lines(stream, where, encoding, "")
    reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=True)  # type: ignore[arg-type]
    records = _csv_records(reader, where)
    _, names = next(records, (0, []))
    if not names:
        raise _empty(where, "a header line with column names, then rows")
    _refuse_wrong_delimiter(names, where, delimiter, check_delimiter)
    _refuse_duplicates(names, where)

    width, empty = len(names), True
    wrong: list[int] = []
    pending: list[list[str]] = []
    for line, record in records:
        empty = False
        if len(record) != width:
            wrong.append(line)
        elif not wrong:
            pending.append(record)
            if len(pending) == rows:
                yield _transposed(names, pending)
                pending = []
    if wrong:
        count = "1 row does" if len(wrong) == 1 else f"{len(wrong):,} rows do"
        raise DataError(
            f"{where}: {count} not have the {width} field{'s'[: width > 1]} of the header: "
            f"line{'s'[: len(wrong) > 1]} {_numbers(wrong)}; "
            f"quote the fields that contain {delimiter!r}, or name the right --delimiter"
        )
    if empty:
        raise DataError(f"{where} has a header ({_listed(names)}) but no rows; expected a row per text")
    if pending:
        yield _transposed(names, pending)


def _csv_records(reader: Any, where: str) -> Iterator[tuple[int, list[str]]]:
    """Give (number of the first line, fields) of each row; blank lines are not rows."""
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field limit" in str(error) or "end of data" in str(error):
                found = "a quoted field is never closed"
            elif "expected after" in str(error):
                found = "text follows the closing quote of a field"
            else:
                found = str(error)
            raise DataError(
                f"{where}, the row that begins on line {line}: {found}; write a quote inside a quoted field "
                "twice, or, if quotes are ordinary characters in this file, add --no-quotes"
            ) from error
        if record:
            yield line, record


def _refuse_wrong_delimiter(names: Sequence[str], where: str, delimiter: str, check: bool) -> None:
    if not check or len(names) != 1:
        return
    counts = {other: names[0].count(other) for other in "\t;,|" if other != delimiter}
    likely = max(counts, key=lambda other: counts[other])
    if counts[likely]:
        right, current = ("tab" if name == "\t" else f"'{name}'" for name in (likely, delimiter))
        raise DataError(
            f"{where} has a single column, {names[0]!r}, which looks like several separated by {right}; "
            f"add --delimiter {right} (or --delimiter {current} if it really is one)"
        )


def _transposed(names: Sequence[str], records: list[list[str]]) -> Columns:
    return {name: list(values) for name, values in zip(names, zip(*records, strict=True), strict=True)}


def _jsonl_chunks(stream: BinaryIO, where: str, rows: int, encoding: str) -> Iterator[Columns]:
    names: dict[str, None] = {}
    pending: list[dict[str, Any]] = []
    wrong: list[int] = []
    what, empty = "", True
    for number, line in enumerate(_lines(stream, where, encoding, "\n"), 1):
        if line.isspace():
            continue
        empty = False
        try:
            record = json.loads(line)
            found = "" if isinstance(record, dict) else f"a {type(record).__name__}"
        except (ValueError, RecursionError):  # ValueError: also a number of more than 4,300 digits
            found = "not JSON"
        if found:
            what = what or found
            wrong.append(number)
        elif not wrong:
            names.update(dict.fromkeys(record))
            pending.append(record)
            if len(pending) == rows:
                yield _json_columns(names, pending)
                pending = []
    if wrong:
        count = "1 line is" if len(wrong) == 1 else f"{len(wrong):,} lines are"
        raise DataError(
            f"{where}: {count} not a JSON object: line{'s'[: len(wrong) > 1]} {_numbers(wrong)} "
            f"(line {wrong[0]} is {what}); "
            'expected lines such as {"text": "..."}'
        )
    if empty:
        raise _empty(where, "a JSON object per line")
    if pending:
        yield _json_columns(names, pending)


def _json_columns(names: Iterable[str], records: list[dict[str, Any]]) -> Columns:
    return {name: [_as_text(record.get(name)) for record in records] for name in names}


def _parquet_chunks(stream: BinaryIO, where: str, rows: int) -> Iterator[Columns]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise missing_extra("pyarrow", "parquet") from None
    # Parquet is read from its end: what cannot be sought is held in memory.
    seekable = stream if isinstance(stream, io.BufferedReader) and stream.seekable() else io.BytesIO(stream.read())
    try:
        file = pyarrow.parquet.ParquetFile(seekable)
        _refuse_duplicates(file.schema_arrow.names, where)
        if not file.metadata.num_rows:
            names = _listed(file.schema_arrow.names)
            raise DataError(f"{where} has columns ({names}) but no rows; expected a row per text")
        for batch in file.iter_batches(batch_size=rows):
            yield {
                name: [_as_text(value) for value in column.to_pylist()]
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
            }
    except (pyarrow.ArrowException, OSError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{where} is not a readable parquet file: {first}") from error


# --------------------------------------------------------------------------------------------- folders


def read_folder(folder: Path, *, encoding: str = "utf-8", skip: Sequence[str] = ()) -> Dataset:
    """Read a folder of texts like :func:`read`, without the folders and files named in ``skip``."""
    (found,) = _folder_chunks(Path(folder), sys.maxsize, encoding, skip)
    return found


def _folder_chunks(folder: Path, rows: int, encoding: str, skip: Sequence[str] = ()) -> Iterator[Dataset]:
    """
    Give the texts of a folder in natural order: 2.txt before 10.txt.

    The deepest level that holds texts counts, down to part/label/text.txt. So the lists that lie beside
    the folders of ``aclImdb`` are not taken for reviews. The folder "unsup" there is unlabelled.
    """
    _check_encoding(encoding)
    paths = _texts_below(folder, skip)
    depth = max((len(parts) for parts in paths), default=0)
    if not depth:
        raise DataError(f"{folder} holds no .txt files; expected texts, or a folder of texts for each label")
    paths = sorted((parts for parts in paths if len(parts) == depth), key=_natural)
    where = str(folder)
    for start in range(0, len(paths), min(rows, len(paths))):
        some = paths[start : start + rows]
        columns: Columns = {"text": [_whole_text(folder.joinpath(*parts), encoding) for parts in some]}
        if depth > 1:
            columns["label"] = [None if parts[-2] == "unsup" else parts[-2] for parts in some]
            columns["part"] = [parts[-3] if depth > 2 else None for parts in some]
        columns["path"] = ["/".join(parts) for parts in some]
        yield Dataset(columns, where)


def _texts_below(folder: Path, skip: Sequence[str]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []

    def walk(path: Path, above: tuple[str, ...]) -> None:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name in skip:
                    continue
                if entry.is_dir():
                    if len(above) < 2:
                        walk(path / entry.name, (*above, entry.name))
                elif entry.name.lower().endswith(".txt"):
                    found.append((*above, entry.name))

    try:
        walk(folder, ())
    except OSError as error:
        raise DataError(f"cannot read the folder {folder}: {reason(error)}") from error
    return found


def _natural(parts: Sequence[str]) -> list[list[Any]]:
    """
    Sort key by which numbers in names count as numbers.

    >>> sorted([("10_3.txt",), ("9_8.txt",)], key=_natural)
    [('9_8.txt',), ('10_3.txt',)]
    """
    # Split at digits: every other piece is a number, so that only like is compared with like.
    return [
        [int(piece) if index % 2 else piece for index, piece in enumerate(re.split(r"([0-9]{1,18})", part))]
        for part in parts
    ]


def _whole_text(path: Path, encoding: str) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {reason(error)}") from error
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _undecodable(error, str(path), encoding, line) from error


# --------------------------------------------------------------------------------------------- writing


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
    kind, compression = format_of(path, format or ("csv" if str(path) == "-" else None))
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
    with _write_errors(path):
        raw = _create(beside)
    try:
        yield raw
        with _write_errors(path):
            raw.flush()
            os.fsync(raw.fileno())
            raw.close()
            os.replace(beside, final)
    except BaseException:
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
    delimiter = _delimiter_of(kind, None)
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
            f"cannot write {where}: later rows bring the new column {_listed(added)}, "
            "but the header is written; write jsonl, which needs none"
        )
    lacking = [name for name in header if name not in values]
    if lacking:
        raise ValueError(f"no values for the column {_listed(lacking)}")


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


# -------------------------------------------------------------------------------------------- splitting

URL = re.compile(r"\b(?:https?:|www\.)\S*")
MENTION = re.compile(r"(?<!\w)@\w+")
# Arrows, symbols and emoji carry meaning; what else is neither letter nor digit is punctuation.
PUNCTUATION = re.compile(r"(?:[^\w\u2190-\u2bff\U0001f000-\U0001faff]|_)+")
RETWEET = re.compile(r"^(?:rt )+")


def normalise(text: str | None) -> str:
    """
    Give the key by which two texts count as duplicates.

    Folds case, spaces and punctuation and drops urls, mentions and leading RT marks, so that a retweet
    meets its original. A text of which nothing would be left keeps its marks: ":)" is not ":(".

    >>> normalise("RT @ann: So  GOOD!! http://t.co/x")
    'so good'
    >>> normalise(":)"), normalise("@bob")
    (':)', '@bob')
    """
    if not text:
        return ""
    folded = (text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()
    words = PUNCTUATION.sub(" ", MENTION.sub(" ", URL.sub(" ", folded))).strip()
    return RETWEET.sub("", words) or " ".join(folded.split())


def split_rows(
    labels: Sequence[str], texts: Sequence[str | None], *, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """
    Split rows in two without leaks: (kept, held out), about ``share`` of each label held out.

    Rows with equal :func:`normalise` texts stay together. A group of such rows counts for its most
    frequent label. The same seed gives the same split.

    Returns
    -------
    (kept, held_out), int64
        Sorted row indices; together every row once.

    Raises
    ------
    DataError
        If a label cannot stand on both sides: it has a single distinct text, or is the only label.
    """
    if not 0 < share < 1:
        raise ValueError(f"share is {share}; expected a number between 0 and 1")
    if len(labels) != len(texts):
        raise ValueError(f"{len(labels)} labels for {len(texts)} texts")
    _refuse_missing_labels(labels)
    groups = _groups(texts)
    _check_labels(labels, groups)

    rng = np.random.default_rng(seed)
    every_label = set(labels)
    for _ in range(100):
        held = _hold_out(labels, groups, share, rng)
        mask = np.zeros(len(labels), dtype=bool)
        mask[held] = True
        kept, held_out = np.flatnonzero(~mask), np.flatnonzero(mask)
        if every_label == {labels[int(i)] for i in kept} == {labels[int(i)] for i in held_out}:
            return kept, held_out
        # A label may live only in groups that count for other labels: shuffle again.
    raise DataError(
        "no split leaves every label on both sides, because equal texts carry different labels; "
        "correct these labels, or give a test file of your own"
    )


def _refuse_missing_labels(labels: Sequence[str]) -> None:
    missing = [row for row, label in enumerate(labels, 1) if label is None or label == ""]
    if missing:
        raise DataError(
            f"{len(missing):,} row{'s'[: len(missing) > 1]} without a label: number {_numbers(missing)}; "
            "label or remove them"
        )


def _groups(texts: Sequence[str | None]) -> list[list[int]]:
    """Row indices by normalised text, in order of first appearance; all empty texts are one group."""
    groups: dict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(texts):
        groups[normalise(text)].append(row)
    return list(groups.values())


def _check_labels(labels: Sequence[str], groups: Sequence[Sequence[int]]) -> None:
    distinct: Counter[str] = Counter()
    for group in groups:
        distinct.update({labels[row] for row in group})
    if len(distinct) < 2:
        only = f"every row has the label {_listed(distinct)}" if distinct else "there are no rows"
        raise DataError(f"{only}; expected at least two different labels to tell apart")
    rows = Counter(labels)
    alone = sorted(label for label, count in distinct.items() if count < 2)
    if alone:
        counted = ", ".join(f"{label!r} ({rows[label]} row{'s'[: rows[label] > 1]})" for label in alone[:5])
        rest = f" and {len(alone) - 5} more" if len(alone) > 5 else ""
        raise DataError(
            f"too few texts to both learn and test: {counted}{rest} ha{'s' if len(alone) == 1 else 've'} "
            "a single distinct text; add texts, merge with another label, or remove these rows"
        )


def _hold_out(labels: Sequence[str], groups: Sequence[list[int]], share: float, rng: np.random.Generator) -> list[int]:
    """Choose groups at random, label by label, until each label's share of rows is reached."""
    by_label: dict[str, list[list[int]]] = defaultdict(list)
    for group in groups:
        counts = Counter(labels[row] for row in group)
        by_label[min(counts, key=lambda label: (-counts[label], label))].append(group)

    names = sorted(by_label)
    sizes = [sum(map(len, by_label[name])) for name in names]
    held: list[int] = []
    for name, target in zip(names, _shares(sizes, share), strict=True):
        held.extend(itertools.chain.from_iterable(_choose(by_label[name], target, rng)))
    return held


def _shares(sizes: Sequence[int], share: float) -> list[int]:
    """
    Divide ``share`` of all rows among labels with these ``sizes``; the total is rounded only once.

    >>> _shares([5, 5, 5, 5], 0.25)
    [2, 1, 1, 1]
    """
    exact = [size * share for size in sizes]
    whole = [math.floor(value + 1e-9) for value in exact]
    missing = round(sum(sizes) * share) - sum(whole)
    by_remainder = sorted(range(len(sizes)), key=lambda i: whole[i] - exact[i])
    for index in by_remainder[: max(missing, 0)]:
        whole[index] += 1
    return whole


def _choose(groups: Sequence[list[int]], target: int, rng: np.random.Generator) -> list[list[int]]:
    """Random groups with about ``target`` rows: at least one group, and of two or more never all."""
    order = [groups[index] for index in rng.permutation(len(groups))]
    chosen: list[list[int]] = []
    left: list[list[int]] = []
    missing = target
    for group in order:
        if len(group) <= missing and len(chosen) < len(groups) - 1:
            chosen.append(group)
            missing -= len(group)
        else:
            left.append(group)
    smallest = min(left, key=len)
    is_nearer = len(smallest) - missing < missing and len(left) > 1
    if is_nearer or (not chosen and len(groups) > 1):
        chosen.append(smallest)
    return chosen


def random_split(labels: Sequence[str], *, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """
    Split rows at random as the course slides do: (kept, held out), exactly as ``train_test_split``.

    Equal texts may fall on both sides, which flatters the score; :func:`split_rows` is the honest split.
    """
    from sklearn.model_selection import train_test_split  # 1 s, and only for training

    kept, held_out = train_test_split(np.arange(len(labels)), test_size=share, random_state=seed)
    return kept, held_out
