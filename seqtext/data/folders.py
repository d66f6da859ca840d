"""A folder of texts as rows: aclImdb-like trees, a folder per label, or plain texts."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from seqtext.data.files import open_bytes, reason, text_lines, too_long
from seqtext.data.formats.shared import CELL_SIZE, Columns, ReadOptions, as_text, chunked
from seqtext.errors import DataError


def folder_rows(folder: Path, rows: int, options: ReadOptions, skip: Sequence[str] = ()) -> Iterator[Columns]:
    """
    Yield the texts of a folder in natural order: 2.txt before 10.txt.

    Only the deepest level that holds texts counts, down to part/label/text.txt, for lists lie beside
    the folders of ``aclImdb``. The folder "unsup" there is unlabelled.
    """
    paths = _texts_below(folder, skip)
    depth = max((len(parts) for parts in paths), default=0)
    if not depth:
        raise DataError(f"{folder} holds no .txt files; expected texts, or a folder of texts for each label")
    paths = sorted((parts for parts in paths if len(parts) == depth), key=_natural)
    texts = (_text(folder.joinpath(*parts), options) for parts in paths)
    pairs = zip(paths, texts, strict=True)
    for chunk in chunked(pairs, rows, "", lambda pair: CELL_SIZE + len(pair[1])):
        some = [parts for parts, _ in chunk]
        columns: Columns = {"text": [text for _, text in chunk]}
        if depth > 1:
            columns["label"] = [None if parts[-2] == "unsup" else as_text(parts[-2]) for parts in some]
            columns["part"] = [as_text(parts[-3]) if depth > 2 else None for parts in some]
        columns["path"] = [as_text("/".join(parts)) for parts in some]
        yield columns


def _text(path: Path, options: ReadOptions) -> str:
    most, lines = options.max_row_size, []
    with open_bytes(path, "") as stream:
        for line in text_lines(stream, str(path), options.encoding, "\n", most):
            lines.append(line)
            if (most := most - len(line)) < 0:
                raise too_long(str(path), "the text", options.max_row_size)
    # The last line end belongs to the file, not to its text.
    return "".join(lines).removesuffix("\n").removesuffix("\r")


def _texts_below(folder: Path, skip: Sequence[str]) -> list[tuple[str, ...]]:
    def refuse(error: OSError) -> None:
        raise DataError(f"cannot read the folder {folder}: {reason(error)}") from error

    found: list[tuple[str, ...]] = []
    for place, folders, files in os.walk(folder, onerror=refuse, followlinks=True):
        above = Path(place).relative_to(folder).parts
        names = [name for name in files if name.lower().endswith(".txt")]
        found.extend((*above, name) for name in names if not name.startswith(".") and name not in skip)
        folders[:] = [name for name in folders if len(above) < 2 and not name.startswith(".") and name not in skip]
    return found


def _natural(parts: Sequence[str]) -> list[list[Any]]:
    """Return a key that sorts numbers in names as numbers."""
    # Split at digits: every other piece is a number, so that only like is compared with like.
    pieces = (re.split(r"([0-9]{1,18})", part) for part in parts)
    return [[int(piece) if index % 2 else piece for index, piece in enumerate(part)] for part in pieces]
