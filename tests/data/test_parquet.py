"""Parquet: values that are no text, and texts that are no parquet."""

import datetime

import pytest

from seqtext.data.dataset import read
from seqtext.data.writing import open_writer
from seqtext.errors import DataError

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def table(tmp_path):
    """Function that writes columns to a parquet file and gives its path."""

    def write_table(**columns):
        parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet")
        return tmp_path / "a.parquet"

    return write_table


@pytest.mark.parametrize("kind", [pyarrow.binary(), pyarrow.large_binary(), pyarrow.binary(5), pyarrow.large_string()])
def test_bytes_are_the_text_that_they_encode(table, kind):
    path = table(text=pyarrow.array(["caf\u00e9".encode(), None, b"films"], kind))

    assert read(path).column("text") == ["caf\u00e9", None, "films"]


def test_bytes_within_a_list_are_text_too(table):
    assert read(table(text=[[b"good", b"film"]])).column("text") == [["good", "film"]]


@pytest.mark.parametrize("place", [2, -1, 10**6])
def test_a_text_that_a_damaged_dictionary_lacks_is_an_error_of_one_line(place):
    from seqtext.data.formats.parquet import _texts

    places = pyarrow.array([0, place, None], pyarrow.int32())
    column = pyarrow.DictionaryArray.from_arrays(places, pyarrow.array(["good", "bad"]), safe=False)

    with pytest.raises(DataError, match="not a readable parquet file: the column 'text' lacks a text that it names"):
        _texts("text", column, "a.parquet", 0)


def invalid_text():
    buffers = [None, pyarrow.py_buffer(b"\0\0\0\0\x02\0\0\0\x04\0\0\0"), pyarrow.py_buffer(b"ok\xff\xfe")]
    return pyarrow.Array.from_buffers(pyarrow.string(), 2, buffers)


@pytest.mark.parametrize(
    "column",
    [invalid_text(), pyarrow.array([b"ok", b"\xff\xfe"]), [[b"ok"], [b"\xff"]]],
    ids=["text", "bytes", "lists"],
)
def test_bytes_that_are_no_text_are_refused_with_their_row(table, column):
    with pytest.raises(DataError, match=r"a.parquet, row 2: the column 'text' holds bytes that are not UTF-8; save"):
        read(table(text=column))


@pytest.mark.parametrize(
    "column",
    [
        pyarrow.array([1, 2**62], pyarrow.timestamp("us")),
        pyarrow.array([1, 2**30], pyarrow.int32()).cast(pyarrow.date32()),
    ],
    ids=["timestamp", "date"],
)
def test_times_that_python_cannot_tell_are_refused_with_their_row(table, column):
    with pytest.raises(DataError, match=r"row 2: the column 'when' holds a (timestamp|date).* that Python cannot tell"):
        read(table(text=["a", "b"], when=column))


def test_times_are_text(table):
    path = table(text=["a"], when=[datetime.datetime(2020, 1, 2, 3, 4, 5)])

    assert read(path).column("when") == ["2020-01-02 03:04:05"]


def test_half_characters_are_no_traceback(tmp_path):
    with open_writer(tmp_path / "a.parquet") as out:
        out.write({"text \ud83d": ["half \ud83d", None], "n": [1, 2]})

    assert read(tmp_path / "a.parquet").columns == {"text \ufffd": ["half \ufffd", None], "n": ["1", "2"]}
