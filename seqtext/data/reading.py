"""
The rows of a txt, csv, tsv, jsonl or parquet file, as columns of text, some rows at a time.

Rows are checked to the end of the file before the first wrong one is reported, with all others.
"""

import csv
import io
import itertools
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np

from seqtext.data.files import MAX_CHARACTERS, text_lines
from seqtext.errors import DataError, listed, listed_numbers, missing_extra

Columns = dict[str, list[str | None]]

SURROGATE = re.compile("[\ud800-\udfff]")


def as_text(value: Any) -> str | None:
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


def refuse_duplicates(names: Sequence[str], where: str) -> None:
    """Raise a DataError that names the columns which occur more than once."""
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise DataError(f"{where} has more than one column named {listed(repeated)}; rename them, so that all differ")


def txt_rows(stream: BinaryIO, where: str, rows: int, encoding: str) -> Iterator[Columns]:
    """A text per line, whatever it holds."""
    lines = (_without_end(line) for line in text_lines(stream, where, encoding, "\n"))
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


def csv_rows(
    stream: BinaryIO,
    where: str,
    rows: int,
    encoding: str,
    *,
    delimiter: str,
    check_delimiter: bool,
    quotes: bool,
    header: bool,
    names: Sequence[str] | None,
) -> Iterator[Columns]:
    """Columns are called as ``names`` says, else as the header says, else column1, column2 and so on."""
    # Only ever raised: another reader may be in the middle of a file.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CHARACTERS))
    quoting = csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE
    lines = text_lines(stream, where, encoding, "")
    reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=True)  # type: ignore[arg-type]
    records = _csv_records(reader, where)
    first = next(records, None)
    if first is None:
        raise _empty(where, "a header line with column names, then rows" if header else "a row per text")
    width = len(first[1])
    if header:
        names, measure = first[1], "header"
        _refuse_wrong_delimiter(names, where, delimiter, check_delimiter)
    else:
        names, measure = _names_without_header(names, width, where), "first row"
        records = itertools.chain([first], records)
    refuse_duplicates(names, where)

    empty = True
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
            f"{where}: {count} not have the {width} field{'s'[: width > 1]} of the {measure}: "
            f"line{'s'[: len(wrong) > 1]} {listed_numbers(wrong)}; "
            f"quote the fields that contain {delimiter!r}, or name the right --delimiter"
        )
    if empty:
        raise DataError(f"{where} has a header ({listed(names)}) but no rows; expected a row per text")
    if pending:
        yield _transposed(names, pending)


def _names_without_header(names: Sequence[str] | None, width: int, where: str) -> Sequence[str]:
    if names is None:
        return [f"column{number}" for number in range(1, width + 1)]
    if len(names) != width:
        raise DataError(
            f"{where} has {width} column{'s'[: width > 1]}, but {len(names)} name{'s'[: len(names) > 1]} "
            f"{'are' if len(names) > 1 else 'is'} given ({listed(names)}); name every column of the file in its order"
        )
    return names


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


def jsonl_rows(stream: BinaryIO, where: str, rows: int, encoding: str) -> Iterator[Columns]:
    """An object per line; a key may appear in any line."""
    names: dict[str, None] = {}
    pending: list[dict[str, Any]] = []
    wrong: list[int] = []
    what, empty = "", True
    for number, line in enumerate(text_lines(stream, where, encoding, "\n"), 1):
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
            f"{where}: {count} not a JSON object: line{'s'[: len(wrong) > 1]} {listed_numbers(wrong)} "
            f"(line {wrong[0]} is {what}); "
            'expected lines such as {"text": "..."}'
        )
    if empty:
        raise _empty(where, "a JSON object per line")
    if pending:
        yield _json_columns(names, pending)


def _json_columns(names: Iterable[str], records: list[dict[str, Any]]) -> Columns:
    return {name: [as_text(record.get(name)) for record in records] for name in names}


def parquet_rows(stream: BinaryIO, where: str, rows: int) -> Iterator[Columns]:
    """A batch at a time."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise missing_extra("pyarrow", "parquet") from None
    # Parquet is read from its end: what cannot be sought is held in memory.
    seekable = stream if isinstance(stream, io.BufferedReader) and stream.seekable() else io.BytesIO(stream.read())
    try:
        file = pyarrow.parquet.ParquetFile(seekable)
        refuse_duplicates(file.schema_arrow.names, where)
        if not file.metadata.num_rows:
            names = listed(file.schema_arrow.names)
            raise DataError(f"{where} has columns ({names}) but no rows; expected a row per text")
        for batch in file.iter_batches(batch_size=rows):
            yield {
                name: [as_text(value) for value in column.to_pylist()]
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
            }
    except (pyarrow.ArrowException, OSError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{where} is not a readable parquet file: {first}") from error
