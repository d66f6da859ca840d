"""Files out: what was written comes back as it was, and a file is whole or not there."""

import csv
import errno
import io
import os
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtext.data import files
from seqtext.data.dataset import iter_chunks, read
from seqtext.data.formats import FORMATS
from seqtext.data.writing import open_writer
from seqtext.errors import DataError

WRITTEN = [suffix for one in FORMATS.values() if one.write for suffix in one.suffixes]
HOSTILE = [
    "",
    " ",
    "NaN",
    "null",
    "None",
    "007",
    "1e5",
    "#comment",
    'said "no"',
    '"',
    "'",
    "two\nlines",
    "two\r\nlines",
    "lone\rreturn",
    "\n",
    "comma, tab\t; pipe|",
    "emoji 😀 👩‍👩‍👧 ☹️",
    "nul\0inside",
    "next\x85line",
    "line\u2028and\u2029paragraph",
    "\ufeffmark",
    " spaces around ",
    "שלום",
    "=1+1",
    "\\n",
    "long " * 30_000,
]


# ------------------------------------------------------------------------------- row i out is row i in


@pytest.mark.parametrize("suffix", [*WRITTEN, ".csv.gz", ".tsv.xz", ".jsonl.zst"])
def test_hostile_rows_come_back_as_they_were(tmp_path, suffix):
    rows = {"text": HOSTILE, "label": [str(i) for i in range(len(HOSTILE))]}
    path = tmp_path / f"rows{suffix}"

    with open_writer(path) as out:
        for start in range(0, len(HOSTILE), 7):
            out.write({name: values[start : start + 7] for name, values in rows.items()})

    assert read(path).columns == rows


# Lone surrogates are no characters; every other one is.
texts = st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=8)


@pytest.mark.parametrize("format", ["csv", "tsv", "jsonl"])
@given(rows=texts, size=st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_any_texts_survive_writing_and_reading(tmp_path_factory, format, rows, size):
    path = tmp_path_factory.mktemp("rows") / f"a.{format}"

    with open_writer(path) as out:
        out.write({"text": rows})

    chunks = [chunk.columns["text"] for chunk in iter_chunks(path, rows=size)]
    assert [text for chunk in chunks for text in chunk] == rows


# --------------------------------------------------------------------------------------------- writing


def test_numbers_are_written_as_numbers_and_missing_values_as_such(tmp_path):
    with open_writer(tmp_path / "a.jsonl") as out:
        out.write({"text": ["é", None], "score": np.array([0.5, 1.0])})

    assert (tmp_path / "a.jsonl").read_text("utf-8") == '{"text": "é", "score": 0.5}\n{"text": null, "score": 1.0}\n'


VALUES = """\
{"n": 0, "f": 1.0, "digits": 0.10000000000000000001, "large": 12345678901234567890, "exponent": 1E400, "minus": -0.0}
{"b": true, "o": {"a": 1.50, "ö": [null, "x", {}]}, "l": [1, "1", false, [2.0]], "empty": [], "text": "1"}
"""


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_what_jsonl_or_json_holds_is_written_to_jsonl_as_it_was(tmp_path, name):
    rows = VALUES.splitlines()
    (tmp_path / name).write_text(VALUES if name == "a.jsonl" else f"[{','.join(rows)}]", "utf-8")

    with open_writer(tmp_path / "b.jsonl") as out:
        for chunk in iter_chunks(tmp_path / name, rows=1):
            out.write(chunk)

    first, second = (tmp_path / "b.jsonl").read_text("utf-8").splitlines()
    assert first == rows[0]
    # A key that an earlier row has is there, too.
    assert (
        second
        == '{"n": null, "f": null, "digits": null, "large": null, "exponent": null, "minus": null, ' + rows[1][1:]
    )


def test_what_is_no_number_of_json_is_a_text_or_missing(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"nan": NaN, "inf": -Infinity, "in": {"nan": NaN}, "text": "lone \\ud83d"}\n')

    with open_writer(tmp_path / "b.jsonl") as out:
        out.write(read(tmp_path / "a.jsonl"))

    expected = '{"nan": null, "inf": "-Infinity", "in": {"nan": null}, "text": "lone \ufffd"}\n'
    assert (tmp_path / "b.jsonl").read_text("utf-8") == expected


def test_numbers_of_jsonl_are_written_to_csv_and_parquet_as_texts(tmp_path):
    pytest.importorskip("pyarrow")
    (tmp_path / "a.jsonl").write_text('{"f": 1.50, "o": {"a": 1}, "l": [1, "x"]}\n')

    for name in ("a.csv", "a.parquet"):
        with open_writer(tmp_path / name) as out:
            out.write(read(tmp_path / "a.jsonl"))

    for name in ("a.csv", "a.parquet"):
        assert read(tmp_path / name).columns == {"f": ["1.50"], "o": ['{"a": 1}'], "l": ['[1, "x"]']}


def test_numbers_of_parquet_are_numbers_in_jsonl(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {"n": [7], "f": [0.5], "b": [True], "l": [[1, 2]], "s": [{"a": 1, "b": "x"}], "text": ["1"]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet")

    with open_writer(tmp_path / "a.jsonl") as out:
        out.write(read(tmp_path / "a.parquet"))

    expected = '{"n": 7, "f": 0.5, "b": true, "l": [1, 2], "s": {"a": 1, "b": "x"}, "text": "1"}\n'
    assert (tmp_path / "a.jsonl").read_text() == expected


def test_parquet_keeps_numbers_and_columns_that_begin_empty(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")

    with open_writer(tmp_path / "a.parquet") as out:
        out.write({"text": [None], "score": [0.5]})
        out.write({"text": ["late"], "score": [0.25]})

    assert parquet.read_table(tmp_path / "a.parquet").to_pydict() == {"text": [None, "late"], "score": [0.5, 0.25]}


def test_a_lone_carriage_return_is_quoted(tmp_path):
    with open_writer(tmp_path / "a.csv") as out:
        out.write({"text": ["a\rb", "c"]})

    assert (tmp_path / "a.csv").read_bytes() == b'text\n"a\rb"\nc\n'


@pytest.mark.parametrize("format", ["csv", "tsv", "jsonl", "parquet"])
def test_standard_output_is_written_and_stays_open(monkeypatch, format):
    stdout = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", stdout)

    with open_writer("-", format) as out:
        out.write({"text": ["one"]})

    data = stdout.buffer.getvalue()
    expected = {"csv": b"text\none\n", "tsv": b"text\none\n", "jsonl": b'{"text": "one"}\n', "parquet": data}
    assert data == expected[format]
    assert data.startswith(b"PAR1") == (format == "parquet")


def write_and_fail(path, failure):
    with open_writer(path) as out:
        out.write({"text": ["one"]})
        raise failure


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "csv.xz", "csv.zst", "jsonl", "parquet"])
def test_no_file_is_left_when_the_work_fails(tmp_path, suffix):
    with pytest.raises(RuntimeError):
        write_and_fail(tmp_path / f"a.{suffix}", RuntimeError)

    assert os.listdir(tmp_path) == []


def test_a_missing_file_within_the_block_is_not_blamed_on_the_output(tmp_path):
    missing = FileNotFoundError(errno.ENOENT, "No such file", "other.json")

    with pytest.raises(FileNotFoundError, match=r"other\.json"):
        write_and_fail(tmp_path / "a.csv", missing)

    assert os.listdir(tmp_path) == []


def test_a_parquet_file_without_rows_is_whole(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")

    with open_writer(tmp_path / "a.parquet"):
        pass

    assert parquet.read_table(tmp_path / "a.parquet").num_rows == 0


def test_an_older_file_stays_as_it_was_when_the_work_is_interrupted(tmp_path, write):
    path = write("a.csv", "older")

    with pytest.raises(KeyboardInterrupt):
        write_and_fail(path, KeyboardInterrupt)

    assert os.listdir(tmp_path) == ["a.csv"]
    assert path.read_text() == "older"


class FullDisk(io.FileIO):
    """A file on a disk that has room for ``room`` bytes."""

    room = 100

    def write(self, data):
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)


@pytest.mark.parametrize("rows", [50, 200_000])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a.csv.gz", "a.csv.xz", "a.csv.zst"])
def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path, monkeypatch, name, rows):
    monkeypatch.setattr(files, "open", FullDisk, raising=False)
    monkeypatch.setattr(FullDisk, "room", 10 if rows == 50 else 100)

    with (
        pytest.raises(DataError, match=rf"cannot write .*{name}: no space left on the device.*; nothing was written"),
        open_writer(tmp_path / name) as out,
    ):
        out.write({"text": [str(hash(str(i))) for i in range(rows)]})
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has a device that is always full")
def test_a_full_device_is_one_line():
    with (
        pytest.raises(DataError, match="cannot write /dev/full: no space left"),
        open_writer("/dev/full", "csv") as out,
    ):
        out.write({"text": ["one"]})


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="needs a device file")
def test_a_device_is_written_to_and_not_replaced():
    with open_writer("/dev/null", "csv") as out:
        out.write({"text": ["one"]})

    assert not os.path.isfile("/dev/null")


def test_a_link_keeps_pointing_to_the_file_that_was_written(tmp_path, write):
    (tmp_path / "link.csv").symlink_to(write("real.csv", "older"))

    with open_writer(tmp_path / "link.csv") as out:
        out.write({"text": ["one"]})

    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "text\none\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_a_file_that_is_replaced_keeps_its_mode(tmp_path, write, mode):
    path = write("a.csv", "older")
    path.chmod(mode)

    with open_writer(path) as out:
        out.write({"text": ["one"]})

    assert path.stat().st_mode & 0o777 == mode
    assert path.read_text() == "text\none\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_what_replaces_a_private_file_is_private_from_its_beginning(tmp_path, write):
    path = write("a.csv", "older")
    path.chmod(0o600)

    with open_writer(path) as out:
        out.write({"text": ["one"]})
        (beside,) = tmp_path.glob(".a.csv.*")
        assert beside.stat().st_mode & 0o777 == 0o600


def test_a_link_is_replaced_where_it_is_not_to_be_followed(tmp_path, write):
    (tmp_path / "link").symlink_to(write("real", "older"))

    with files.written_atomically(tmp_path / "link", follow_link=False) as file:
        file.write(b"newer")

    assert not (tmp_path / "link").is_symlink()
    assert (tmp_path / "link").read_text() == "newer"
    assert (tmp_path / "real").read_text() == "older"


def test_a_closed_standard_output_is_one_line(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)

    with pytest.raises(DataError, match="standard output is closed; give a file with -o"):
        open_writer("-").__enter__()


def test_a_folder_without_permission_is_one_line(tmp_path, monkeypatch):
    def refuse(path, mode, opener=None):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(files, "open", refuse, raising=False)

    with pytest.raises(DataError, match=r"cannot write .*a.csv: no permission; .*; nothing was written"):
        open_writer(tmp_path / "a.csv").__enter__()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "it is a folder; give a file name"),
        ("nowhere/a.csv", "there is no folder .*nowhere; make it first"),
        ("a.txt", "a txt file has no columns; choose csv, tsv, jsonl or parquet"),
        ("a.xls", "has the suffix '.xls'"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused(tmp_path, name, message):
    with pytest.raises(DataError, match=message):
        open_writer(tmp_path / name, None if name else "csv").__enter__()


def test_a_column_that_comes_too_late_for_the_header_is_refused(tmp_path):
    with open_writer(tmp_path / "a.csv") as out:
        out.write({"text": ["a"]})
        with pytest.raises(DataError, match=r"later rows bring the new column 'note'.*write jsonl"):
            out.write({"text": ["b"], "note": ["c"]})


def test_the_csv_is_what_python_and_pandas_read(tmp_path):
    pandas = pytest.importorskip("pandas")
    rows = [text for text in HOSTILE if "\0" not in text]
    with open_writer(tmp_path / "a.csv") as out:
        out.write({"id": range(len(rows)), "text": rows})

    frame = pandas.read_csv(tmp_path / "a.csv", keep_default_na=False, dtype=str)
    with open(tmp_path / "a.csv", encoding="utf-8", newline="") as file:
        python = [row["text"] for row in csv.DictReader(file)]

    assert list(frame["text"]) == python == rows
