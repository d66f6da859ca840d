"""
Which file it is: its format by its name, its compression, its encoding, and what the system says against it.

Everything that goes wrong while a file is open ends as a DataError of one line: found, expected, what to do.
"""

import errno
import io
import os
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

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

FilePath = str | os.PathLike[str]


def format_of(path: FilePath, format: str | None = None, option: str = "--input-format") -> tuple[str, str]:
    """
    Tell the format and the compression suffix of a file by its name; messages point to ``option``.

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
            f"{did_you_mean(suffix, FORMATS)}, or say what it is with {option}"
        )
    return format or FORMATS[suffix], compression


def shown(path: FilePath) -> str:
    return "standard input" if str(path) == "-" else str(path)


def delimiter_of(kind: str, delimiter: str | None) -> str:
    if delimiter is None:
        return "\t" if kind == "tsv" else ","
    found = DELIMITERS.get(delimiter, delimiter)
    if len(found) != 1 or found in '"\r\n':
        raise DataError(f"delimiter {delimiter!r} is not one character; give one, or one of {', '.join(DELIMITERS)}")
    return found


def check_encoding(encoding: str) -> None:
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
def open_bytes(path: FilePath, compression: str) -> Iterator[BinaryIO]:
    """Open a file for reading, decompressed; whatever goes wrong while it is open is a DataError."""
    where = shown(path)
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


def text_lines(stream: BinaryIO, where: str, encoding: str, newline: str) -> Iterator[str]:
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
        raise undecodable(error, where, encoding, number + len(ends) + 1) from error
    finally:
        with suppress(ValueError):
            text.detach()


def undecodable(error: UnicodeDecodeError, where: str, encoding: str, line: int) -> DataError:
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
