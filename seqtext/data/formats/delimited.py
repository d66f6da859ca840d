"""Columns between delimiters (csv, tsv), quoted where a field holds one, below a header line or without one."""

import csv
import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any, BinaryIO

from seqtext.data.files import text_lines, too_long
from seqtext.data.formats.shared import (
    Columns,
    Format,
    ReadOptions,
    WriteRows,
    WrongLines,
    check_count,
    check_names,
    chunked,
    names_without_header,
    weight_of_fields,
)
from seqtext.errors import DataError, listed, plural, shortened

DELIMITERS = {"comma": ",", "tab": "\t", "\\t": "\t", "semicolon": ";", "pipe": "|"}


def delimited(suffix: str, delimiter: str) -> Format:
    """Return the format of files with this ``suffix``, which separate their columns with ``delimiter``."""
    return Format(
        (suffix,), partial(read, usual=delimiter), partial(write, delimiter=delimiter), takes_names=True, quote=b'"'
    )


def read(stream: BinaryIO, where: str, rows: int, options: ReadOptions, usual: str) -> Iterator[Columns]:
    delimiter = usual if options.delimiter is None else delimiter_called(options.delimiter)
    # Only ever raised: another reader may be in the middle of a file.
    csv.field_size_limit(max(csv.field_size_limit(), options.max_row_size))
    has_header = options.header and options.names is None
    lines = text_lines(stream, where, options.encoding, "", options.max_row_size)
    if has_header and options.delimiter is None:
        delimiter, lines = _delimiter_of(lines, delimiter, where, options)
    records = _records(lines, where, delimiter, options)
    first = next((found for found in records if found[1]), None)
    if first is None:
        expected = "a header line with column names, then rows" if has_header else "a row per text"
        raise DataError(f"{where} is empty; expected {expected}")
    names: Sequence[str] = first[1]
    width = len(names)
    if not has_header:
        records = itertools.chain([first], records)
        names = names_without_header(width, where, options)
    elif options.delimiter is None and width == 1:
        _refuse_wrong_delimiter(names[0], where, delimiter)
    check_count(names, where)
    check_names(names, where)

    def rows_of_this_width() -> Iterator[list[str]]:
        wrong = WrongLines()
        for line, record in records:
            if not record:  # a blank line, which is a row only where it could not be anything else
                if width == 1 and not wrong.count:
                    yield [""]
            elif len(record) != width:
                wrong.add(line)
            elif not wrong.count:
                yield record
        if wrong.count:
            raise DataError(
                f"{where}: {plural(wrong.count, 'row')} {'does' if wrong.count == 1 else 'do'} not have the "
                f"{plural(width, 'field')} of the {'header' if has_header else 'first row'}: {wrong}; "
                f"quote the fields that contain {delimiter!r}, or name the right --delimiter"
            )

    no_rows = f"{where} has a header ({listed(names)}) but no rows; expected a row per text"
    for chunk in chunked(rows_of_this_width(), rows, no_rows, weight_of_fields, stream):
        yield {name: list(values) for name, values in zip(names, zip(*chunk, strict=True), strict=True)}


def delimiter_called(name: str) -> str:
    """Return the delimiter that ``name`` names, or is; a DataError where that is none."""
    delimiter = DELIMITERS.get(name, name)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise DataError(
            f"delimiter {shortened(delimiter)!r} is not one character; give one, or one of {', '.join(DELIMITERS)}"
        )
    return delimiter


def _delimiter_of(lines: Iterator[str], usual: str, where: str, options: ReadOptions) -> tuple[str, Iterator[str]]:
    """Return the delimiter, another than the ``usual`` one where the first two rows agree on it, and all lines."""
    begin: list[str] = []

    def from_the_first() -> Iterator[str]:
        """Every line, as far as a row may reach; what is taken is held."""
        size = 0
        for at in itertools.count():
            if at == len(begin):
                begin.extend(itertools.islice(lines, 1))
            if at == len(begin) or (size := size + len(begin[at])) > options.max_row_size:
                return
            yield begin[at]

    def widths(delimiter: str) -> Iterator[int]:
        return map(len, csv.reader(from_the_first(), delimiter=delimiter, quoting=_quoting(options)))

    if next(widths(usual), 0) == 1:
        first_two = {one: [*itertools.islice(widths(one), 2)] for one in "\t;|"}
        found = [one for one, both in first_two.items() if len(both) == 2 and both[0] == both[1] != 1]
        if len(found) == 1:
            name = "tab" if found[0] == "\t" else f"'{found[0]}'"
            options.say(f"{where} separates its columns by {name}; name another with --delimiter if that is wrong")
            usual = found[0]
    return usual, itertools.chain(begin, lines)


def _quoting(options: ReadOptions) -> Any:
    return csv.QUOTE_MINIMAL if options.quotes else csv.QUOTE_NONE


def _records(lines: Iterator[str], where: str, delimiter: str, options: ReadOptions) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of the first line, fields) of each row; a blank line has no fields."""
    size, line = 0, 1

    def not_too_long() -> Iterator[str]:
        nonlocal size
        for one in lines:
            size += len(one)
            if size > options.max_row_size + 2:
                raise too_long(where, f"the row that begins on line {line:,}", options.max_row_size)
            yield one

    reader = csv.reader(not_too_long(), delimiter=delimiter, quoting=_quoting(options), strict=True)
    try:
        for record in reader:
            yield line, record
            line, size = reader.line_num + 1, 0
    except csv.Error as error:
        found = str(error)
        if "field limit" in found or "end of data" in found:
            found = "a quoted field is never closed"
        elif "expected after" in found:
            found = "text follows the closing quote of a field"
        raise DataError(
            f"{where}, the row that begins on line {line}: {found}; write a quote inside a quoted field "
            "twice, or, if quotes are ordinary characters in this file, add --no-quotes"
        ) from error


def _refuse_wrong_delimiter(header: str, where: str, delimiter: str) -> None:
    likely = max((other for other in "\t;,|" if other != delimiter), key=header.count)
    if likely in header:
        right, current = ("tab" if name == "\t" else f"'{name}'" for name in (likely, delimiter))
        raise DataError(
            f"{where} has a single column, {shortened(header)!r}, which looks like several separated by {right}; "
            f"add --delimiter {right} (or --delimiter {current} if it really is one)"
        )


@contextmanager
def write(stream: BinaryIO, delimiter: str) -> Iterator[WriteRows]:
    is_first = True

    def write_rows(columns: Mapping[str, Sequence[Any]]) -> None:
        nonlocal is_first
        lines: list[str] = []
        # csv quotes the characters of its line end: with "\r\n" a lone carriage return is quoted as well.
        writer = csv.writer(SimpleNamespace(write=lines.append), delimiter=delimiter, lineterminator="\r\n")
        if is_first:
            writer.writerow(columns)
        is_first = False
        writer.writerows(zip(*columns.values(), strict=True))
        stream.write("".join(line[:-2] + "\n" for line in lines).encode("utf-8", "replace"))

    yield write_rows
