"""
Named columns of text, from files and frames.

Row i out is row i in, whatever it holds. Values stay the text they are in the file: ``"NaN"`` is a
word, ``"007"`` keeps its zeros. Only a value that the format itself calls missing is ``None``.

Beside it: ``files`` (formats, compression, encodings), ``reading`` (the rows of each format), ``folders``
(folders of texts), ``writing`` (the way back) and ``splitting`` (rows in two, without leaks).
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqtext.data.files import FilePath, check_encoding, delimiter_of, format_of, open_bytes, shown
from seqtext.data.folders import folder_rows
from seqtext.data.reading import Columns, as_text, csv_rows, jsonl_rows, parquet_rows, refuse_duplicates, txt_rows
from seqtext.errors import DataError, did_you_mean, listed


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
                f"{self.source} has no column {name!r}; its columns are {listed(self.names)}"
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
        return cls({str(name): [as_text(value) for value in values] for name, values in columns.items()}, source)

    @classmethod
    def from_frame(cls, frame: Any, source: str = "DataFrame") -> "Dataset":
        """Make a dataset of a pandas or polars DataFrame; missing values (NaN, NA, NaT) become ``None``."""
        names = [str(name) for name in frame.columns]
        refuse_duplicates(names, source)
        return cls.from_columns({str(name): list(frame[name]) for name in frame.columns}, source)


def read(
    path: FilePath,
    *,
    format: str | None = None,
    delimiter: str | None = None,
    encoding: str = "utf-8",
    quotes: bool = True,
    header: bool = True,
    names: Sequence[str] | None = None,
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
    header
        False when a csv or tsv file begins with its first row; its columns are then column1, column2, ...
    names
        The names of the columns of a csv or tsv file without a header.

    Raises
    ------
    DataError
        If the file cannot be read, or is not what its suffix says: names the lines and what to do.
    """
    columns: Columns = {}
    rows = 0
    for chunk in iter_chunks(
        path,
        rows=50_000,
        format=format,
        delimiter=delimiter,
        encoding=encoding,
        quotes=quotes,
        header=header,
        names=names,
    ):
        for name, values in chunk.columns.items():
            columns.setdefault(name, [None] * rows).extend(values)
        rows += len(chunk)
    return Dataset(columns, shown(path))


def iter_chunks(
    path: FilePath,
    *,
    rows: int = 2048,
    format: str | None = None,
    delimiter: str | None = None,
    encoding: str = "utf-8",
    quotes: bool = True,
    header: bool = True,
    names: Sequence[str] | None = None,
) -> Iterator[Dataset]:
    """
    Read like :func:`read`, at most ``rows`` rows at a time, in order, without holding the file in memory.

    A jsonl file may bring a new key in any line: a chunk has every column seen up to its end, so
    later chunks may have more columns than earlier ones.
    """
    where = shown(path)
    if _is_folder(path):
        _refuse_names(names, where)
        for columns in folder_rows(Path(path), rows, encoding):
            yield Dataset(columns, where)
        return
    kind, compression = format_of(path, format)
    if kind not in ("csv", "tsv"):
        _refuse_names(names, where)
    check_encoding(encoding)
    with open_bytes(path, compression) as stream:
        if kind in ("csv", "tsv"):
            chunks = csv_rows(
                stream,
                where,
                rows,
                encoding,
                delimiter=delimiter_of(kind, delimiter),
                check_delimiter=delimiter is None,
                quotes=quotes,
                header=header and names is None,
                names=names,
            )
        elif kind == "jsonl":
            chunks = jsonl_rows(stream, where, rows, encoding)
        elif kind == "parquet":
            chunks = parquet_rows(stream, where, rows)
        else:
            chunks = txt_rows(stream, where, rows, encoding)
        for columns in chunks:
            yield Dataset(columns, where)


def _refuse_names(names: Sequence[str] | None, where: str) -> None:
    if names is not None:
        raise DataError(f"{where} names its columns itself; names can be given to csv and tsv files without a header")


def _is_folder(path: FilePath) -> bool:
    return str(path) != "-" and Path(path).is_dir()


def read_folder(folder: Path, *, encoding: str = "utf-8", skip: Sequence[str] = ()) -> Dataset:
    """Read a folder of texts like :func:`read`, without the folders and files named in ``skip``."""
    (columns,) = folder_rows(Path(folder), sys.maxsize, encoding, skip)
    return Dataset(columns, str(folder))
