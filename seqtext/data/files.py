"""Files as bytes and lines, in and out; whatever goes wrong while one is open is a DataError of one line."""

import errno
import glob
import gzip
import io
import os
import re
import secrets
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, BinaryIO

from seqtext import atomic
from seqtext.data.arriving import Arriving
from seqtext.errors import DataError, did_you_mean, listed, missing_extra, shortened

FilePath = str | os.PathLike[str]
COMPRESSIONS = (".gz", ".xz", ".zst")

# Texts are compressed to a tenth, hardly ever to a hundredth; whoever wants to fill a memory or a disk needs more.
MAX_EXPANSION = 200
EXPANSION_FREE = 100_000_000
# Memory that a zstandard file may ask for; it is also the limit of the command zstd.
MAX_ZSTD_WINDOW = 1 << 27

# What is read from its end, from standard input or compressed once more as a whole.
MAX_UNSEEKABLE = 300_000_000

# How a file begins that is not text, and what to say about it.
MAGIC = {
    b"\x1f\x8b": "compressed with gzip; name it with the suffix .gz",
    b"\xfd7zXZ\x00": "compressed with xz; name it with the suffix .xz",
    b"\x28\xb5\x2f\xfd": "compressed with zstandard; name it with the suffix .zst",
    b"PK\x03\x04": "a zip archive or a spreadsheet; unpack it, or name it with the suffix .xlsx",
    b"PAR1": "a parquet file; name it with the suffix .parquet",
}


def cache_roots() -> list[Path]:
    """Return the folders where corpora are looked for: ``SEQTEXT_DATA`` if it is set, then the user's cache."""
    from platformdirs import user_cache_path

    roots = [user_cache_path("seqtext", appauthor=False, opinion=False)]
    if chosen := os.environ.get("SEQTEXT_DATA"):
        roots.insert(0, Path(chosen).expanduser())
    return roots


def reason(error: OSError) -> str:
    """Return why the system refused, and what to do where there is something to do."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return "no permission; change its permissions or choose another place"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "no space left on the device; free some or choose another place"
    return error.strerror or str(error)


def open_compressed(raw: Any, compression: str, mode: str) -> Any:
    """Return a context manager for what is compressed in ``raw``: bytes to read (mode "rb") or to write ("wb")."""
    if not compression:
        return nullcontext(raw)
    if compression == ".gz":
        return gzip.GzipFile(filename="", fileobj=raw, mode=mode, compresslevel=6, mtime=0)
    if compression == ".xz":
        import lzma  # not every Python is built with it

        return lzma.LZMAFile(raw, mode)
    try:
        import zstandard
    except ImportError:
        raise missing_extra("zstandard", "zst") from None
    if mode == "wb":
        return zstandard.ZstdCompressor().stream_writer(raw, closefd=False)
    return io.BufferedReader(_ZstdReader(raw, zstandard), 1 << 17)


def sought(stream: BinaryIO, where: str, format: str) -> BinaryIO:
    """``stream``, or its content in memory: a ``format`` that is read from its end must be sought in."""
    if isinstance(stream, io.BufferedReader) and stream.seekable():
        return stream
    held = io.BytesIO(stream.read(MAX_UNSEEKABLE + 1))
    if held.getbuffer().nbytes > MAX_UNSEEKABLE:
        limit = f"{MAX_UNSEEKABLE // 1_000_000} MB"
        raise DataError(f"{where} has more than {limit} to be held in memory; give {format} as a file of its own")
    return held


class _ZstdReader(io.RawIOBase):
    """Decompressed zstandard data. The package's own reader (0.25) ends without a word where a file is cut off."""

    def __init__(self, raw: BinaryIO, zstandard: Any) -> None:
        self.raw = raw
        decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_ZSTD_WINDOW)
        self.frames = decompressor.decompressobj(read_across_frames=True)
        self.last = zstandard.compress(b"the end")
        self.ready = io.BytesIO()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not (size := self.ready.readinto(buffer)):
            packed = self.raw.read(1 << 10)  # 1 KiB may hold 32 MiB of zeros
            if not packed:
                # A frame of our own comes out as it went in only where the one before it was whole.
                if self.last and self.frames.decompress(self.last) != b"the end":
                    raise EOFError("zstandard data ends within a frame")
                self.last = b""
                return 0
            self.ready = io.BytesIO(self.frames.decompress(packed))
        return size


class _Expanding(io.RawIOBase):
    """What is decompressed, as long as it is not out of all proportion to what was compressed."""

    def __init__(self, raw: BinaryIO, stream: Any, where: str) -> None:
        self.raw, self.stream, self.where = raw, stream, where
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = self.stream.readinto(buffer)
        self.size += size
        if self.size > EXPANSION_FREE and self.size > MAX_EXPANSION * self.raw.tell():
            raise DataError(
                f"{self.where} expands to more than {MAX_EXPANSION} times its size, as no texts do; "
                "if they really do, decompress it first"
            )
        return int(size)


@contextmanager
def open_bytes(path: FilePath, compression: str) -> Iterator[BinaryIO]:
    """Open a file for reading, decompressed; whatever goes wrong while it is open is a DataError."""
    where = name_in_messages(path)
    try:
        if str(path) == "-":
            if sys.stdin is None:
                raise DataError("standard input is closed; give a file, or texts through a pipe")
            yield sys.stdin.buffer
            return
        with open(path, "rb") as raw, open_compressed(raw, compression, "rb") as stream:
            yield io.BufferedReader(_Expanding(raw, stream, where), 1 << 16) if compression else stream
    except FileNotFoundError as error:
        folder = Path(path).parent
        if not folder.is_dir():
            raise DataError(f"there is no folder {folder}, so no file {path}; check the path") from error
        siblings = os.listdir(folder) if os.access(folder, os.R_OK) else []
        hint = did_you_mean(Path(path).name, siblings) or "; check the path"
        raise DataError(f"there is no file {path}{hint}") from error
    except Exception as error:
        if "too much memory" in str(error) and type(error).__name__ == "ZstdError":
            limit = f"{MAX_ZSTD_WINDOW >> 20} MB"
            raise DataError(
                f"{where} needs more than {limit} to be decompressed; compress it without --long"
            ) from error
        damage = (EOFError, zlib.error, gzip.BadGzipFile)
        if isinstance(error, damage) or type(error).__name__ in ("LZMAError", "ZstdError"):
            found = f"{where} is not complete {compression} data: it is cut off or damaged"
            raise DataError(f"{found}; copy or download it again") from error
        if isinstance(error, OSError):
            raise DataError(f"cannot read {where}: {reason(error)}") from error
        raise


def share_read(stream: BinaryIO) -> float | None:
    """Return how much has been read of the file that `open_bytes` opened, from 0 to 1; None where it has no end."""
    below = getattr(stream, "raw", None)
    file = below.raw if isinstance(below, _Expanding) else stream
    try:
        facts = os.fstat(file.fileno())
        return min(1.0, file.tell() / facts.st_size) if stat.S_ISREG(facts.st_mode) and facts.st_size else None
    except (OSError, ValueError):
        return None


def name_in_messages(path: FilePath) -> str:
    return "standard input" if str(path) == "-" else str(path)


def check_encoding(encoding: str) -> None:
    """Raise a DataError unless Python knows the text encoding of this name."""
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    except (LookupError, ValueError):
        known = ["utf-8", "latin-1", "cp1252", "utf-16", "shift_jis", "gb18030"]
        hint = did_you_mean(encoding, known)
        raise DataError(f"no encoding {shortened(encoding)!r}{hint or f'; common ones are {listed(known)}'}") from None


def text_lines(
    stream: BinaryIO, where: str, encoding: str, newline: str, most: int, *, in_pieces: bool = False
) -> Iterator[str]:
    """
    Yield the lines, ends included, of at most ``most`` characters; longer ones are refused, or come ``in_pieces``.

    With ``newline`` "" also a lone carriage return ends one, as csv needs.
    """
    # Never str.splitlines: texts hold U+0085 and U+2028, which it takes for line ends.
    codec = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    text = io.TextIOWrapper(stream, encoding=codec, newline=newline)
    number, is_begun = 0, False
    try:
        while line := text.readline(most + 2):
            number += not is_begun
            is_begun = in_pieces and not line.endswith("\n")
            if not in_pieces and len(line.rstrip("\r\n")) > most:
                raise too_long(where, f"line {number:,}", most)
            if number == 1 and "\0" in line and (wide := _utf16_without_mark(line.encode("utf-8", "replace"))):
                raise _no_mark(where, encoding, wide)
            if isinstance(stream, Arriving):
                stream.taken = number
            yield line
    except UnicodeDecodeError as error:
        # Every line before the bytes now being decoded has been handed out, save the one they continue.
        before = error.object[: error.start].decode(error.encoding, "replace")
        ends = re.findall(r"\r\n?|\n" if newline == "" else r"\n", before)
        raise _undecodable(error, where, encoding, number + len(ends) + (not is_begun)) from error
    except UnicodeError as error:  # of UTF-16 and UTF-32, which are not decoded without a mark
        raise _no_mark(where, encoding, f"{encoding}-le") from error
    finally:
        with suppress(ValueError):
            text.detach()


def too_long(where: str, place: str, most: int) -> DataError:
    """What is said of a row beyond the limit, which would be held in memory whole."""
    return DataError(
        f"{where}, {place} has more than {most:,} characters; is a quote not closed, or is it no text file? "
        "If its texts are that long, raise --max-row-size"
    )


def _no_mark(where: str, encoding: str, wide: str) -> DataError:
    return DataError(
        f"{where} begins without the byte order mark of UTF-16 or UTF-32, so that {encoding} cannot be right; "
        f"add --encoding {wide}"
    )


def _utf16_without_mark(data: bytes) -> str:
    """
    Return the name of the encoding if ``data`` looks like UTF-16: every other byte is NUL, the others are not.

    >>> _utf16_without_mark("film".encode("utf-16-le")), _utf16_without_mark(b"a film")
    ('utf-16-le', '')
    """
    halves = {"utf-16-be": data[::2], "utf-16-le": data[1::2]}
    zeros = {name: half.count(0) / max(len(half), 1) for name, half in halves.items()}
    low, high = sorted(zeros, key=lambda name: zeros[name])
    return high if len(data) > 3 and zeros[high] > 0.6 and zeros[low] < 0.1 else ""


def _undecodable(error: UnicodeDecodeError, where: str, encoding: str, line: int) -> DataError:
    data, start = error.object, error.start
    if line == 1:
        for magic, meaning in MAGIC.items():
            if data.startswith(magic):
                return DataError(f"{where} is not a text file: it is {meaning}")
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return DataError(f"{where} is not {encoding} but UTF-16; add --encoding utf-16")
    if wide := _utf16_without_mark(data[:1000]):
        return _no_mark(where, encoding, wide)
    guess = _western(data)
    remedy = f"add --encoding {guess}" if guess != encoding else "find out its encoding and name it with --encoding"
    found = f"{where}, line {line}: byte 0x{data[start]:02x} is not {encoding}"
    return DataError(f"{found}; save the file as UTF-8, or {remedy}")


def _western(data: bytes) -> str:
    """
    Return cp1252, which has the letters of latin-1 and beside them quotes and dashes, unless there are bytes it lacks.

    >>> _western("café – 5 €".encode("cp1252")), _western(bytes([0x81]))
    ('cp1252', 'latin-1')
    """
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


@contextmanager
def write_errors(path: FilePath, *places: FilePath) -> Iterator[None]:
    """Turn what the system says against writing to ``path``, or to one of ``places`` for it, into a DataError."""
    try:
        yield
    except ConnectionError:
        raise  # a broken pipe, whose reader has seen enough, or no file at all
    except OSError as error:
        if error.filename not in (None, *map(str, places)):
            raise  # the block has opened another file
        target, left = ("standard output", "") if str(path) == "-" else (path, "; nothing was written")
        raise DataError(f"cannot write {target}: {reason(error)}{left}") from error


@contextmanager
def written_atomically(path: FilePath, *, follow_link: bool = True) -> Iterator[BinaryIO]:
    """
    Open a binary file for writing that appears under its name only when the block ends well.

    It is written beside its place and renamed. Otherwise nothing is left, and an older file stays as it was; who may
    read and write that may do so with the new one. A link is replaced unless ``follow_link``.
    What the system says against it is a DataError. A device or a pipe is written to directly.
    """
    if os.path.isdir(path):
        raise DataError(f"cannot write {path}: it is a folder; give a file name")
    is_link = os.path.islink(path) and not follow_link
    if os.path.exists(path) and not os.path.isfile(path) and not is_link:
        with write_errors(path, path), open(path, "wb") as special:
            yield special
        return
    final = Path(path).absolute() if is_link else Path(os.path.realpath(path))  # the file that a link points to
    if not final.parent.is_dir():
        raise DataError(f"cannot write {path}: there is no folder {final.parent}; make it first")
    beside = final.with_name(f".{final.name[:200]}.{secrets.token_hex(4)}.part")
    # The try begins before the file is made: Ctrl-C may come right after.
    try:
        with write_errors(path, beside), ExitStack() as held:
            mode = stat.S_IMODE(final.stat().st_mode) if final.is_file() and not is_link else None
            private = None if mode is None else (lambda name, flags: os.open(name, flags, 0o600))
            with atomic.locked(final.parent):
                atomic.sweep(final.parent, f".{glob.escape(final.name[:200])}.????????.part")
                file = held.enter_context(open(beside, "xb", opener=private))
                held.enter_context(atomic.locked(beside))
            yield file
            file.flush()
            os.fsync(file.fileno())
            file.close()
            if mode is not None:
                beside.chmod(mode)
            os.replace(beside, final)
    finally:
        beside.unlink(missing_ok=True)
