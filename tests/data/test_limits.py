"""What a file may ask of memory: rows, keys, columns and expansion have limits, and a chunk weighs little."""

import json

import pytest

from seqtext.data import files
from seqtext.data.dataset import iter_chunks, read
from seqtext.data.formats import jsonl, shared
from seqtext.data.writing import open_writer
from seqtext.errors import DataError

LONG = "x" * 1001


@pytest.mark.parametrize(
    ("name", "data", "place"),
    [
        ("a.txt", f"one\n{LONG}\n", "line 2"),
        ("a.csv", f"text\none\n{LONG}\n", "line 3"),
        ("a.csv", "id,text\n1,a\n2,b\n3," + '"' + "line\n" * 250, "the row that begins on line 4"),
        ("a.jsonl", '{"text": "a"}\n{"text": "' + LONG + '"}\n', "line 2"),
        ("folder/1.txt", "line\n" * 250, "the text"),
    ],
)
def test_a_row_beyond_the_limit_is_refused_with_its_number(write, name, data, place):
    path = write(name, data)

    with pytest.raises(DataError, match=rf"{place} has more than 1,000 characters; .*raise --max-row-size"):
        read(path.parent if "folder" in name else path, max_row_size=1000)


def test_a_row_of_a_parquet_file_beyond_the_limit_is_refused_with_its_number(tmp_path):
    pytest.importorskip("pyarrow")
    with open_writer(tmp_path / "a.parquet") as out:
        out.write({"id": ["1", "2"], "text": ["a", LONG]})

    with pytest.raises(DataError, match="row 2 has more than 1,000 characters"):
        read(tmp_path / "a.parquet", max_row_size=1000)


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl"])
def test_a_row_of_just_the_limit_is_read(write, name):
    row = {"a.jsonl": '{"text": "' + "x" * 988 + '"}'}.get(name, "x" * 1000)
    path = write(name, f"{row}\r\n" if name != "a.csv" else f"text\r\n{row}\r\n")

    assert len(read(path, max_row_size=1000)) == 1


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_chunk_is_bounded_by_its_size_not_only_by_its_rows(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(shared, "CHUNK_SIZE", 5_700)
    with open_writer(tmp_path / f"a.{suffix}") as out:
        out.write({"text": [str(row) * 1000 for row in range(9)], "label": ["x"] * 9})

    chunks = list(iter_chunks(tmp_path / f"a.{suffix}"))

    assert [len(chunk) for chunk in chunks] == [5, 4]
    assert [text for chunk in chunks for text in chunk.column("text")] == [str(row) * 1000 for row in range(9)]


def test_a_text_that_stands_in_many_rows_of_a_parquet_file_is_held_once(tmp_path):
    pytest.importorskip("pyarrow")
    with open_writer(tmp_path / "a.parquet") as out:
        out.write({"text": ["bomb " * 1000] * 500})

    chunk = next(iter_chunks(tmp_path / "a.parquet"))

    assert len({id(text) for text in chunk.column("text")}) == 1


def test_more_keys_than_anybody_reads_are_refused(write, monkeypatch):
    monkeypatch.setattr(jsonl, "MAX_KEYS", 10)
    path = write("a.jsonl", "".join(json.dumps({"text": "a", f"k{row}": 1}) + "\n" for row in range(20)))

    with pytest.raises(DataError, match=r"a.jsonl has more than 10 keys \('text', 'k0', 'k1' and 8 more\)"):
        read(path)


def test_more_columns_than_anybody_reads_are_refused(write, monkeypatch):
    monkeypatch.setattr(shared, "MAX_COLUMNS", 3)
    path = write("a.csv", "a,b,c,d\n1,2,3,4\n")

    with pytest.raises(DataError, match=r"a.csv has 4 columns, at most 3 are read"):
        read(path)


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".zst"])
def test_what_expands_out_of_all_proportion_is_refused(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(files, "EXPANSION_FREE", 100_000)
    path = tmp_path / f"a.csv{suffix}"
    with open_writer(path) as out:
        for _ in range(20):
            out.write({"text": ["a" * 1000] * 1000})

    with pytest.raises(DataError, match=r"expands to more than 200 times its size, .*decompress it first"):
        read(path)


def test_a_parquet_column_that_expands_out_of_all_proportion_is_refused(tmp_path, monkeypatch):
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    from seqtext.data.formats import parquet as format

    monkeypatch.setattr(format, "EXPANSION_FREE", 100_000)
    table = pyarrow.table({"text": ["a" * 1000] * 10_000})
    parquet.write_table(table, tmp_path / "a.parquet", use_dictionary=False, compression="zstd")

    with pytest.raises(DataError, match=r"the column 'text' expands to more than 200 times its size"):
        read(tmp_path / "a.parquet")


def test_a_zstandard_file_that_asks_for_gigabytes_is_refused(write):
    zstandard = pytest.importorskip("zstandard")
    parameters = zstandard.ZstdCompressionParameters(window_log=30)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()

    path = write("a.txt.zst", compressor.compress(b"text\n" * 1000) + compressor.flush())

    with pytest.raises(DataError, match=r"a.txt.zst needs more than 128 MB to be decompressed; compress it without"):
        read(path)


def test_what_is_held_whole_has_a_limit(write):
    path = write("a.txt", "some text\n" * 10_000)

    with pytest.raises(DataError, match=r"rows of .*a.txt take more than 0 MB of memory; .*raise --max-memory"):
        read(path, max_memory=100_000)
    assert len(read(path, max_memory=1_000_000)) == 10_000


@pytest.mark.parametrize(("name", "line"), [("a.csv", "x\n"), ("a.jsonl", "[]\n")])
def test_of_many_wrong_lines_the_first_are_told_and_the_others_counted(write, name, line):
    path = write(name, ("text,label\n" if name == "a.csv" else '{"text": "a"}\n') + line * 1000)

    with pytest.raises(DataError, match=r"1,000 (rows|lines) .*: lines 2, 3, 4, 5, 6 and 995 more"):
        read(path)
