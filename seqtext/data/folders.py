"""A folder of texts as rows: aclImdb-like trees, a folder per label, or plain texts."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from seqtext.data.files import check_encoding, reason, undecodable
from seqtext.data.reading import Columns
from seqtext.errors import DataError


def folder_rows(folder: Path, rows: int, encoding: str, skip: Sequence[str] = ()) -> Iterator[Columns]:
    """
    Give the texts of a folder in natural order: 2.txt before 10.txt.

    The deepest level that holds texts counts, down to part/label/text.txt. So the lists that lie beside
    the folders of ``aclImdb`` are not taken for reviews. The folder "unsup" there is unlabelled.
    """
    check_encoding(encoding)
    paths = _texts_below(folder, skip)
    depth = max((len(parts) for parts in paths), default=0)
    if not depth:
        raise DataError(f"{folder} holds no .txt files; expected texts, or a folder of texts for each label")
    paths = sorted((parts for parts in paths if len(parts) == depth), key=_natural)
    for start in range(0, len(paths), min(rows, len(paths))):
        some = paths[start : start + rows]
        columns: Columns = {"text": [_whole_text(folder.joinpath(*parts), encoding) for parts in some]}
        if depth > 1:
            columns["label"] = [None if parts[-2] == "unsup" else parts[-2] for parts in some]
            columns["part"] = [parts[-3] if depth > 2 else None for parts in some]
        columns["path"] = ["/".join(parts) for parts in some]
        yield columns


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
        raise undecodable(error, str(path), encoding, line) from error
