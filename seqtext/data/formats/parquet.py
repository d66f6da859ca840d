"""Parquet: columns with types, read as text and written as they come."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO

from seqtext.data.files import EXPANSION_FREE, MAX_EXPANSION, sought, too_long
from seqtext.data.formats.shared import (
    CHUNK_SIZE,
    Columns,
    ReadOptions,
    WriteRows,
    as_text,
    as_value,
    check_count,
    check_names,
    chunked,
    length,
    weight_of_fields,
    without_surrogates,
)
from seqtext.errors import DataError, listed, missing_extra


def _pyarrow() -> Any:
    try:
        import pyarrow.parquet
    except ImportError:
        raise missing_extra("pyarrow", "parquet") from None
    return pyarrow


def read(stream: BinaryIO, where: str, rows: int, options: ReadOptions) -> Iterator[Columns]:
    pyarrow = _pyarrow()
    try:
        file = _open(stream, where)
        names = file.schema_arrow.names
        check_count(names, where)
        check_names(names, where)
        if not file.metadata.num_rows:
            raise DataError(f"{where} has columns ({listed(names)}) but no rows; expected a row per text")
        done = 0
        for batch in file.iter_batches(batch_size=min(rows, _batch_size(file.metadata, where))):
            columns = [_texts(*one, where, done) for one in zip(names, batch.columns, strict=True)]
            records = _not_too_long(zip(*columns, strict=True), options.max_row_size, where, done)
            for chunk in chunked(records, rows, "", weight_of_fields):
                yield {name: list(values) for name, values in zip(names, zip(*chunk, strict=True), strict=True)}
            done += batch.num_rows
    except (pyarrow.ArrowException, OSError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{where} is not a readable parquet file: {first}") from error


def _open(stream: BinaryIO, where: str) -> Any:
    """The file, whose columns of text keep a text that stands in many rows only once."""
    pyarrow = _pyarrow()
    stream = sought(stream, where, "parquet")
    plain = pyarrow.parquet.ParquetFile(stream)
    types = pyarrow.types
    kinds = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
    texts = [field.name for field in plain.schema_arrow if any(is_kind(field.type) for is_kind in kinds)]
    stream.seek(0)
    return pyarrow.parquet.ParquetFile(stream, read_dictionary=texts, buffer_size=1 << 20)


def _batch_size(metadata: Any, where: str) -> int:
    """How many rows may be decoded at once; a DataError if a column expands out of all proportion."""
    most = 2048
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for column in map(group.column, range(group.num_columns)):
            size, packed = column.total_uncompressed_size, column.total_compressed_size
            if size > EXPANSION_FREE and size > MAX_EXPANSION * packed:
                raise DataError(
                    f"{where}: the column {column.path_in_schema!r} expands to more than {MAX_EXPANSION} times "
                    "its size, as no texts do; if they really do, save the file without compression"
                )
            if size > 4 * CHUNK_SIZE:
                most = min(most, max(1, 4 * CHUNK_SIZE * group.num_rows // size))
    return most


def _texts(name: str, column: Any, where: str, before: int) -> list[Any]:
    """The values of a column as text; a DataError names the first row that has none, counted after ``before``."""
    pyarrow = _pyarrow()
    try:
        if pyarrow.types.is_dictionary(column.type):
            places = column.indices.to_pylist()
            different = {*places} - {None}
            if different and not 0 <= min(different) <= max(different) < len(column.dictionary):
                problem = f"the column {name!r} lacks a text that it names"
                raise DataError(f"{where} is not a readable parquet file: {problem}")
            known = {place: as_text(column.dictionary[place].as_py()) for place in different}
            return [None if place is None else known[place] for place in places]
        return [as_value(value) for value in column.to_pylist()]
    except (ValueError, OverflowError):  # also UnicodeDecodeError
        pass
    for row, value in enumerate(column, before + 1):
        try:
            as_value(value.as_py())
        except UnicodeDecodeError as error:
            problem = "holds bytes that are not UTF-8; save the column as text, or leave it out"
            raise DataError(f"{where}, row {row:,}: the column {name!r} {problem}") from error
        except (ValueError, OverflowError) as error:
            problem = (
                f"holds a {value.type} that Python cannot tell ({error}); save the column as text, or leave it out"
            )
            raise DataError(f"{where}, row {row:,}: the column {name!r} {problem}") from error
    raise AssertionError("what cannot be read at once can be read one by one")


def _not_too_long(records: Iterator[tuple[Any, ...]], most: int, where: str, before: int) -> Iterator[tuple[Any, ...]]:
    for row, record in enumerate(records, before + 1):
        if sum(map(length, record)) > most:
            raise too_long(where, f"row {row:,}", most)
        yield record


@contextmanager
def write(stream: BinaryIO) -> Iterator[WriteRows]:
    pyarrow = _pyarrow()
    file: Any = None
    with ExitStack() as stack:

        def write_rows(columns: Mapping[str, Sequence[Any]]) -> None:
            nonlocal file
            lists = {without_surrogates(name): [*map(without_surrogates, values)] for name, values in columns.items()}
            table = pyarrow.table(lists, schema=file and file.schema)
            if file is None:
                types = [pyarrow.string() if pyarrow.types.is_null(kind) else kind for kind in table.schema.types]
                table = table.cast(pyarrow.schema(zip(table.schema.names, types, strict=True)))
                file = stack.enter_context(pyarrow.parquet.ParquetWriter(stream, table.schema))
            file.write_table(table)

        yield write_rows
        if file is None:
            write_rows({})
