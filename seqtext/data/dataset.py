"""
Named columns of text, from files and folders.

Row i out is row i in, whatever it holds. Values stay the text they are in the file: ``"NaN"`` is a
word, ``"007"`` keeps its zeros. Only a value that the format itself calls missing is ``None``, and only a list that it
has for a value is a list, of texts.
"""

import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from sys import getsizeof
from typing import TYPE_CHECKING, Any

from seqtext.data.arriving import Arriving, arriving
from seqtext.data.files import FilePath, name_in_messages, open_bytes, share_read
from seqtext.data.folders import folder_rows
from seqtext.data.formats import FORMATS, format_of
from seqtext.data.formats.shared import Columns, ReadOptions
from seqtext.errors import DataError, did_you_mean, listed, plural
from seqtext.notebook import html_table

if TYPE_CHECKING:
    import pandas as pd

# What the rows of a file may take in memory where they are held together; docs/reliability.md tells the reasons.
MAX_MEMORY = 500_000_000
# Rows and columns that a notebook shows.
SHOWN = 10


@dataclass(frozen=True, repr=False)
class Dataset:
    """Columns of equal length, each value a text, a list of texts, or ``None`` where it is missing."""

    columns: Columns
    source: str = "memory"
    share: float | None = None
    """How much of the file has been read up to here, where that is known."""
    pauses: bool = False
    """Whether the rows come from a pipe that has no more of them for now."""

    def __post_init__(self) -> None:
        lengths = {name: len(values) for name, values in self.columns.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns differ in length: {lengths}")

    def __repr__(self) -> str:
        return f"Dataset({self.source!r}: {plural(len(self), 'row')}, columns {listed(self.names, 5)})"

    def _repr_html_(self) -> str:
        names = self.names[:SHOWN]
        rows = zip(*(self.columns[name][:SHOWN] for name in names), strict=True)
        more = f", {listed(self.names[SHOWN:], 5)} not shown" if len(self.names) > SHOWN else ""
        return html_table([names, *rows], f"{plural(len(self), 'row')} of {self.source}{more}")

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    @property
    def names(self) -> list[str]:
        """The column names, in the order of the file."""
        return list(self.columns)

    def column(self, name: str) -> list[Any]:
        """The values of the column ``name``; a DataError lists the columns when there is none."""
        if name not in self.columns:
            hint = did_you_mean(name, self.names)
            raise DataError(f"{self.source} has no column {name!r}; its columns are {listed(self.names)}{hint}")
        return self.columns[name]

    def to_frame(self) -> "pd.DataFrame":
        """The same as a DataFrame of pandas."""
        import pandas as pd

        return pd.DataFrame(self.columns)

    def take(self, indices: Iterable[int]) -> "Dataset":
        """The rows at ``indices``, in that order."""
        rows = [int(index) for index in indices]
        return Dataset({name: [values[i] for i in rows] for name, values in self.columns.items()}, self.source)


def read(
    path: FilePath,
    *,
    format: str | None = None,
    delimiter: str | None = None,
    encoding: str = "utf-8",
    quotes: bool = True,
    header: bool = True,
    names: Sequence[str] | None = None,
    max_memory: float = MAX_MEMORY,
    **limits: Any,
) -> Dataset:
    """
    Read a whole file, a folder of texts, or standard input (``"-"``); a DataError names the lines that are wrong.

    Parameters
    ----------
    path, format
        The suffix or ``format`` decides: txt (a text per line, column "text"), csv, tsv, jsonl, json (an array of
        objects), parquet, xlsx (its first sheet with values), each also with .gz, .xz or .zst; standard input is txt.
        A folder gives the columns text and path, and label and part where the texts lie in folders per label (and
        those in folders per part, as in ``aclImdb``).
    delimiter
        One character, or "tab", "comma", "semicolon", "pipe", where it is not the format's own.
    quotes
        False when quotes are ordinary characters in a csv or tsv file.
    header, names
        Without a header, a csv, tsv or xlsx file has the columns ``names``, or column1, column2, ...
    max_memory
        How many bytes of memory the rows may take together.
    limits
        ``max_row_size``, the most characters of a row; ``say``, a function for what was noticed on the way.
    """
    options = {"delimiter": delimiter, "encoding": encoding, "quotes": quotes, "header": header, "names": names}
    chunks = iter_chunks(path, rows=50_000, format=format, **options, **limits)
    return _whole(chunks, name_in_messages(path), max_memory)


def _whole(chunks: Iterable[Dataset], source: str, most: float) -> Dataset:
    """All ``chunks`` in one; a DataError where they take more than ``most`` bytes of memory."""
    columns: Columns = {}
    rows = size = 0
    for chunk in chunks:
        for name, values in chunk.columns.items():
            columns.setdefault(name, [None] * rows).extend(values)
        rows += len(chunk)
        for values in columns.values():
            values.extend([None] * (rows - len(values)))
            size += sum(map(_memory, values[-len(chunk) :]))
        if size > most:
            raise DataError(
                f"the first {rows:,} rows of {source} take more than {most / 1e6:,.0f} MB of memory; give fewer "
                "rows or columns, or raise --max-memory ('seqtext classify' needs none for what it has written)"
            )
    return Dataset(columns, source)


def _memory(value: Any) -> int:
    """Return how many bytes a value takes, with the place that holds it."""
    if isinstance(value, list):
        return 8 + getsizeof(value) + sum(map(_memory, value))
    # One character alone is the same object everywhere, and so is no character; unless it is Json.
    return 8 if not value or (type(value) is str and len(value) == 1) else 8 + getsizeof(value)


def iter_chunks(path: FilePath, *, rows: int = 2048, format: str | None = None, **options: Any) -> Iterator[Dataset]:
    """
    Read like :func:`read`, with its options, at most ``rows`` rows at a time, without holding the file in memory.

    A chunk of a jsonl or json file has every column seen up to its end: later ones may have more.
    """
    how = ReadOptions(**options)
    where = name_in_messages(path)
    is_folder = str(path) not in ("-", "") and Path(path).is_dir()
    if not str(path):
        raise DataError("the name of the file is empty; expected a file, a folder, or '-' for standard input")
    name, compression = ("", "") if is_folder else format_of(path, format)
    if how.names is not None and (is_folder or not FORMATS[name].takes_names):
        raise DataError(f"{where} names its columns itself; names can be given to csv, tsv and xlsx files")
    if is_folder:
        for columns in folder_rows(Path(path), rows, how):
            yield Dataset(columns, where)
        return
    with open_bytes(path, compression) as stream:
        if str(path) == "-":
            stream = arriving(stream, how.encoding)
        for number, columns in enumerate(FORMATS[name].read(stream, where, rows, how)):
            if number == 0 and format is None and name == "txt" and str(path) == "-":
                _hint_at_objects(columns["text"][0], how)
            yield Dataset(columns, where, share_read(stream), isinstance(stream, Arriving) and not stream.has_line(0))


def _hint_at_objects(line: str, how: ReadOptions) -> None:
    """Say so where what was not said to be jsonl looks like it."""
    if line.startswith("{") and line.rstrip().endswith("}") and '"' in line:
        how.say(
            "the first line looks like a JSON object, and is read as a text; if it is none, add --input-format jsonl"
        )


def read_folder(folder: Path, *, skip: Sequence[str] = ()) -> Dataset:
    """Read a folder of UTF-8 texts like :func:`read`, without the folders and files named in ``skip``."""
    chunks = folder_rows(folder, sys.maxsize, ReadOptions(), skip)
    return _whole((Dataset(columns) for columns in chunks), str(folder), math.inf)
