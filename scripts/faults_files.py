"""Hostile files for scripts/faults.py, in every format that is read: odd but right, damaged, out of bounds, bombs."""

import csv
import gzip
import io
import json
import lzma
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

FORMATS = ("csv", "tsv", "jsonl", "json", "txt", "parquet", "xlsx")
COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": lambda content: gzip.compress(content, 1),
    ".xz": lambda content: lzma.compress(content, preset=0),
    ".zst": zstandard.compress,
}
WORDS = ("good", "bad", "film", "plot", "actor", "day", "rain", "sun", "never", "quite", "so", "very", "not", "the")
ODD = [
    "\x00",
    "\ufeff",
    '"',
    "\r",
    "\u2028",
    "\u0085",
    "\x1b[31m",
    "\t",
    ",",
    "\n",
    "\ud83d",
    "\u202e",
    "\U0010ffff",
    "=1",
]
NASTY_VALUES = ["null", "true", "NaN", "1e999", "9" * 5_000, "[]", '["a", ["b"]]', '{"a": {"b": 1}}', '"\\ud800"', '""']
BOMB_SIZE = 150_000_000


@dataclass(frozen=True)
class Hostile:
    """
    A file to be fed.

    Parameters
    ----------
    suffix
        Of its name.
    content
        All of it.
    texts
        Those of its rows, in order, where it is odd but right; None where it may be refused.
    size
        How many bytes there are to read, once it is decompressed, a row counted as at least a hundred.
    """

    suffix: str
    content: bytes
    texts: list[str] | None
    size: int


def sentences(rng: random.Random, rows: int) -> list[tuple[str, str]]:
    """Texts and labels that can be learned."""
    labels = [rng.choice(["up", "down"]) for _ in range(rows)]
    ends = {"up": "good", "down": "bad"}
    return [(" ".join([*rng.choices(WORDS, k=8), ends[label], str(i)]), label) for i, label in enumerate(labels)]


def hostile(rng: random.Random) -> Hostile:
    """Draw a file."""
    format, compression = rng.choice(FORMATS), rng.choice(["", "", "", "", *COMPRESSIONS])
    if rng.random() < 0.002:
        compression = rng.choice([".gz", ".xz", ".zst"])
        return Hostile(f".{format}{compression}", _bomb(compression), None, 1)
    content, texts = _whole(rng, format) if rng.random() < 0.4 else (rng.choice(WRONG[format])(rng), None)
    size = len(content) + 100 * content.count(b"\n")
    if rng.random() < 0.3:
        content, texts = damaged(rng, content), None
    content = COMPRESSIONS[compression](content)
    if compression and rng.random() < 0.3:
        content, texts = damaged(rng, content), None
    if rng.random() < 0.02:  # another name than what it is
        compression, texts = rng.choice([*COMPRESSIONS]), None
    return Hostile(f".{format}{compression}", content, texts, size)


def damaged(rng: random.Random, content: bytes) -> bytes:
    """Return ``content`` with bits flipped, cut off, repeated, overwritten, or in another order."""
    raw = bytearray(content or b"\x00")
    at = rng.randrange(len(raw))
    much = rng.choice([1, 4, 200, len(raw)])
    match rng.randrange(6):
        case 0:
            for _ in range(rng.choice([1, 3, 30])):
                raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
        case 1:
            del raw[at:]
        case 2:
            raw[at:at] = raw[at : at + much]
        case 3:
            raw[at : at + much] = rng.randbytes(min(much, 5_000))
        case 4:
            raw[at : at + 8] = rng.choice([b"\xff" * 8, bytes(8), b"\x7f" + b"\xff" * 7])
        case 5:
            raw = raw[at:] + raw[:at]
    return bytes(raw)


def _whole(rng: random.Random, format: str) -> tuple[bytes, list[str]]:
    """A file with odd characters in its texts, all of it as the format has it, and its texts as they should be read."""
    rows = sentences(rng, rng.choice([1, 2, 40, 40, 300]))
    rows = [(_odd(rng, text, format) if rng.random() < 0.3 else text, label) for text, label in rows]
    texts = [text.replace("\ud83d", "\ufffd") for text, _ in rows]
    if format == "parquet":
        return _parquet({"text": texts, "label": [label for _, label in rows]}), texts
    if format == "xlsx":
        return _workbook(rng, [("text", "label"), *rows]), texts
    return _as_text(rows, format).encode("utf-8", "replace"), texts


def _odd(rng: random.Random, text: str, format: str) -> str:
    odd = rng.choice(ODD)
    if (format == "txt" and odd in "\r\n") or (format not in ("jsonl", "json") and odd == "\ud83d"):
        return text
    if format == "xlsx" and not odd.isprintable():  # XML has no control characters
        return text
    at = rng.randrange(1, len(text))
    return rng.choice([text[:at] + odd + text[at:], text + odd, text + 100 * odd])


def _as_text(rows: list[tuple[str, str]], format: str) -> str:
    if format == "jsonl":
        return "\n".join(json.dumps({"text": text, "label": label}) for text, label in rows)
    if format == "json":
        return json.dumps([{"text": text, "label": label} for text, label in rows])
    if format == "txt":
        return "\n".join(text for text, _ in rows)
    file = io.StringIO()
    csv.writer(file, delimiter="," if format == "csv" else "\t").writerows([("text", "label"), *rows])
    return file.getvalue()


def _parquet(columns: dict[str, Any], **options: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, **options)
    return file.getvalue()


def _workbook(rng: random.Random, rows: list[tuple[str, str]], spoil: Callable[[bytes], bytes] = bytes) -> bytes:
    """A workbook, one of whose parts is what ``spoil`` makes of it."""
    book = openpyxl.Workbook()
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            book.active.cell(number, column, value).data_type = "s"  # no formula, whatever it begins with
    saved, spoilt = io.BytesIO(), io.BytesIO()
    book.save(saved)
    with (
        zipfile.ZipFile(saved) as parts,
        zipfile.ZipFile(spoilt, "w", rng.choice([0, zipfile.ZIP_DEFLATED])) as archive,
    ):
        odd = rng.choice(parts.namelist() + ["xl/worksheets/sheet1.xml"] * 5)
        for name in parts.namelist():
            raw = parts.read(name)
            archive.writestr(name, spoil(raw) if name == odd else raw)
    return spoilt.getvalue()


# ----------------------------------------------------------------------------- what no format has, or nobody needs


def _encoded(format: str) -> Callable[[random.Random], bytes]:
    names = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp037", "utf-7", "utf-8-sig"]
    return lambda rng: (_as_text(sentences(rng, 20), format) + "é€").encode(rng.choice(names), "replace")


def _size(rng: random.Random, usual: int, large: int) -> int:
    """A large one takes seconds, so that there are few."""
    return large if rng.random() < 0.02 else rng.randrange(usual)


def _noise(rng: random.Random) -> bytes:
    return rng.randbytes(_size(rng, 200, 100_000))


def _zeros(rng: random.Random) -> bytes:
    return rng.choice([b"\x00", b"\n", b"\r", b",", b'"', b"\xef\xbb\xbf", b"\xff\xfe"]) * _size(rng, 100, 100_000)


def _long_row(rng: random.Random) -> bytes:
    size = rng.choice([1_900_000, 3_000_000]) if rng.random() < 0.03 else rng.randrange(40_000)
    return (
        b"text,label\n"
        + rng.choice([b"a", b"a ", b"\xf0\x9f\x98\x80", b"(", b"http://", b"&amp;"]) * (size // 4)
        + b",up\n"
    )


def _open_quote(rng: random.Random) -> bytes:
    return b'text,label\n"good' + b"bad,down\n" * _size(rng, 1_000, 400_000)


def _wide(rng: random.Random) -> bytes:
    count = _size(rng, 1_000, rng.choice([9_000, 20_000]))
    names = b",".join(b"%d" % i for i in range(count))
    return b"text," + names + b"\n" + (b"good" + b"," * count + b"\n") * rng.choice([1, 3])


def _ragged(rng: random.Random) -> bytes:
    lines = [b",".join([b"x"] * rng.randrange(5)) for _ in range(_size(rng, 30, 3_000))]
    return rng.choice([b"text,label\n", b"text,text\n", b"\n", b",\n", b"text\n", b"label\n"]) + b"\n".join(lines)


def _objects(rng: random.Random) -> bytes:
    values = [f'{{"text": {rng.choice(NASTY_VALUES)}, "label": {rng.choice(NASTY_VALUES)}}}' for _ in range(30)]
    return "\n".join(values).encode()


def _other_json(rng: random.Random) -> bytes:
    deep = _size(rng, 2_000, 200_000)
    return rng.choice(
        [
            "[" * deep,
            '{"text": ' + "[" * deep + "]" * deep + "}",
            '{"text":' * deep + "1" + "}" * deep,
            '[{"text": "good", "label": "up"}]',
            '{"text": "good", "text": "bad"}',
            "\n".join(f'{{"key{i}": "good", "text": "so"}}' for i in range(_size(rng, 50, 5_000))),
            '{"text": "' + "a" * _size(rng, 10_000, 1_999_990) + '"}',
            '{"": "good"}\n{}\n{"text": "bad"}',
            '{"text": [' + ",".join(['"a"'] * _size(rng, 1_000, 100_000)) + "]}",
        ]
    ).encode()


def _typed(rng: random.Random) -> bytes:
    """Columns of every type that nobody expects a text in."""
    columns = [
        pa.array([1, None, 2**62]),
        pa.array([float("nan"), None, 1e308]),
        pa.array([b"\xff\xfe", None, b"good"], pa.binary()),
        pa.array([2**62, None, -(2**62)], pa.timestamp("ns")),
        pa.array([2**62, None, -(2**62)], pa.timestamp("ms")),
        pa.array([2**31 - 1, None, -(2**31)], pa.date32()),
        pa.array([["a", None], None, []], pa.list_(pa.string())),
        pa.array([{"a": 1}, None, {"a": None}]),
        pa.array(["a", None, "b"]).dictionary_encode(),
        pa.array([True, None, False]),
        pa.array([None, None, None]),
        pa.array([10**30, None, 1], pa.decimal128(38, 0)),
        pa.array([2**62, None, 1], pa.duration("us")),
    ]
    names = rng.choice([["text", "label"], ["text", "text"], ["", "label"], ["\x1b[31m", "a\nb"]])
    file = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([rng.choice(columns), rng.choice(columns)], names=names), file)
    return file.getvalue()


def _repeated(rng: random.Random) -> bytes:
    """A column of one text, a million times, and one text that is long: a few kilobytes on the disk."""
    size, rows = rng.choice([(10, 100_000), (100_000, 500), (1_900_000, 20)]) if rng.random() < 0.02 else (100, 200)
    return _parquet({"text": pa.array(["a" * size]).take(pa.array([0] * rows))})


def _shapeless(rng: random.Random) -> bytes:
    tables = [{"text": pa.array([], pa.string())}, {}, {str(i): ["a"] for i in range(_size(rng, 100, 3_000))}]
    return _parquet(rng.choice(tables))


def _groups(rng: random.Random) -> bytes:
    texts = [text for text, _ in sentences(rng, 300)]
    return _parquet({"text": texts}, row_group_size=1, compression=rng.choice(["zstd", "gzip", "brotli", "none"]))


def _spoilt_workbook(rng: random.Random) -> bytes:
    return _workbook(rng, [("text", "label"), *sentences(rng, rng.randrange(40))], lambda raw: damaged(rng, raw))


def _odd_workbook(rng: random.Random) -> bytes:
    """Whatever no cell should hold: an entity of entities, a type that there is not, zeros without end."""
    parts = [
        b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><worksheet>&c;</worksheet>',
        b"<worksheet><sheetData><row>"
        + b'<c t="no"><v>1</v></c>' * _size(rng, 30, 20_000)
        + b"</row></sheetData></worksheet>",
        b'<worksheet><sheetData><row r="999999999"><c r="ZZZZ9"><v>1e999</v></c></row></sheetData></worksheet>',
        b"<a>" * _size(rng, 3_000, 300_000),
        bytes(_size(rng, 1_000, 30_000_000)),
    ]
    return _workbook(rng, [("text", "label")], lambda raw: rng.choice(parts))


@cache
def _bomb(compression: str) -> bytes:
    return COMPRESSIONS[compression](b"text,label\n" + b"a" * BOMB_SIZE)


COMMON: list[Callable[[random.Random], bytes]] = [_noise, _zeros, _long_row]
WRONG: dict[str, list[Callable[[random.Random], bytes]]] = {
    "csv": [*COMMON, _encoded("csv"), _open_quote, _wide, _ragged],
    "tsv": [*COMMON, _encoded("tsv"), _open_quote, _ragged],
    "jsonl": [*COMMON, _encoded("jsonl"), _objects, _objects, _other_json],
    "json": [*COMMON, _encoded("json"), _objects, _other_json, _other_json],
    "txt": [*COMMON, _encoded("txt"), _open_quote],
    "xlsx": [_noise, _spoilt_workbook, _spoilt_workbook, _odd_workbook],
    "parquet": [_noise, _typed, _typed, _typed, _repeated, _shapeless, _groups],
}
