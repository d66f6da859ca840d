"""Parquet: columns with types, read as text and written as they come."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO

from seqtext.data.formats.shared import Columns, ReadOptions, WriteRows, as_value, check_names
from seqtext.errors import DataError, listed, missing_extra


def _pyarrow() -> Any:
    try:
        import pyarrow.parquet
    except ImportError:
        raise missing_extra("pyarrow", "parquet") from None
    return pyarrow


def read(stream: BinaryIO, where: str, rows: int, options: ReadOptions) -> Iterator[Columns]:
    pyarrow = _pyarrow()
    # Parquet is read from its end: what cannot be sought is held in memory.
    seekable = stream if isinstance(stream, io.BufferedReader) and stream.seekable() else io.BytesIO(stream.read())
    try:
        file = pyarrow.parquet.ParquetFile(seekable)
        names = file.schema_arrow.names
        check_names(names, where)
        if not file.metadata.num_rows:
            raise DataError(f"{where} has columns ({listed(names)}) but no rows; expected a row per text")
        for batch in file.iter_batches(batch_size=rows):
            columns = zip(batch.schema.names, batch.columns, strict=True)
            yield {name: [as_value(value) for value in column.to_pylist()] for name, column in columns}
    except (pyarrow.ArrowException, OSError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{where} is not a readable parquet file: {first}") from error


@contextmanager
def write(stream: BinaryIO) -> Iterator[WriteRows]:
    pyarrow = _pyarrow()
    file: Any = None
    with ExitStack() as stack:

        def write_rows(columns: Mapping[str, Sequence[Any]]) -> None:
            nonlocal file
            lists = {name: list(values) for name, values in columns.items()}
            table = pyarrow.table(lists, schema=file and file.schema)
            if file is None:
                types = [pyarrow.string() if pyarrow.types.is_null(kind) else kind for kind in table.schema.types]
                table = table.cast(pyarrow.schema(zip(table.schema.names, types, strict=True)))
                file = stack.enter_context(pyarrow.parquet.ParquetWriter(stream, table.schema))
            file.write_table(table)

        yield write_rows
        if file is None:
            write_rows({})
