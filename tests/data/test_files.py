"""Formats by name, compression, encodings, and files that are not there or not whole."""

import gzip
import lzma
import os
import signal
import sys
import time

import pytest

from seqtext.data.dataset import read
from seqtext.data.files import written_atomically
from seqtext.data.writing import open_writer
from seqtext.errors import DataError, MissingExtraError


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".zst"])
def test_cut_off_compressed_files_are_noticed(tmp_path, suffix):
    path = tmp_path / f"a.csv{suffix}"
    with open_writer(path) as out:
        out.write({"text": [str(hash(str(i))) for i in range(10_000)]})
    data = path.read_bytes()

    for size in (len(data) - 1, len(data) // 2, 20):
        path.write_bytes(data[:size])
        with pytest.raises(DataError, match="is cut off or damaged"):
            read(path)


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".zst"])
def test_compressed_files_put_end_to_end_are_one_file(tmp_path, suffix):
    path = tmp_path / f"a.txt{suffix}"
    pack = {".gz": gzip.compress, ".xz": lzma.compress, ".zst": pytest.importorskip("zstandard").compress}[suffix]
    path.write_bytes(pack(b"one\ntw") + pack(b"o\n"))

    assert read(path).column("text") == ["one", "two"]


def test_a_file_of_many_zstandard_frames_is_read_at_once(tmp_path):
    path = tmp_path / "a.txt.zst"
    path.write_bytes(pytest.importorskip("zstandard").compress(b"text\n") * 50_000)
    began = time.process_time()

    assert len(read(path)) == 50_000
    assert time.process_time() - began < 1


def test_a_closed_standard_input_is_one_line(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(DataError, match="standard input is closed; give a file"):
        read("-")


def test_a_misspelt_file_is_answered_with_its_neighbour(tmp_path, write):
    write("reviews.csv", "text\na\n")

    with pytest.raises(DataError, match=r"there is no file .*review.csv; did you mean 'reviews.csv'\?"):
        read(tmp_path / "review.csv")


def test_a_file_in_no_folder_says_so(tmp_path):
    with pytest.raises(DataError, match=r"there is no folder .*nowhere"):
        read(tmp_path / "nowhere" / "a.csv")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(write):
    path = write("a.csv", "text\na\n")
    path.chmod(0)

    with pytest.raises(DataError, match=r"cannot read .*a.csv: no permission"):
        read(path)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"format": "cvs"}, r"no format 'cvs'; choose from csv, .*; did you mean 'csv'"),
        ({"delimiter": "ab"}, r"delimiter 'ab' is not one character; give one, or one of comma, tab"),
        ({"encoding": "utf-9"}, r"no encoding 'utf-9'; did you mean 'utf-8'"),
        ({"encoding": "hex"}, r"no encoding 'hex'"),
    ],
)
def test_unknown_options_are_answered_with_the_choices(write, option, message):
    path = write("a.csv", "text\na\n")

    with pytest.raises(DataError, match=message):
        read(path, **option)


def test_a_line_without_end_is_not_read_into_memory(write):
    path = write("a.txt", "short\n" + "x" * 5000)

    with pytest.raises(DataError, match=r"line 2 has more than 1,000 characters; .* --max-row-size"):
        read(path, max_row_size=1000)


@pytest.mark.parametrize(("name", "package"), [("a.parquet", "pyarrow"), ("a.csv.zst", "zstandard")])
@pytest.mark.parametrize("act", ["read", "write"])
def test_a_missing_package_is_answered_with_the_extra(tmp_path, write, monkeypatch, name, package, act):
    monkeypatch.setitem(sys.modules, package, None)
    extra = "parquet" if package == "pyarrow" else "zst"
    if act == "read":
        write(name, b"x")

    with pytest.raises(MissingExtraError, match=rf"{package}.*seqtext\[{extra}\]"):
        read(tmp_path / name) if act == "read" else open_writer(tmp_path / name).__enter__()
    assert act == "read" or os.listdir(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="files cannot be locked as elsewhere")
def test_what_a_killed_writer_left_is_swept_by_the_next_one(tmp_path):
    if (child := os.fork()) == 0:
        with written_atomically(tmp_path / "a[1].csv") as file:
            file.write(b"half a row")
            file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    left = list(tmp_path.iterdir())

    with written_atomically(tmp_path / "a[1].csv") as file:
        file.write(b"a row\n")

    assert len(left) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["a[1].csv"]


def test_two_who_write_the_same_file_leave_each_other_alone(tmp_path):
    with written_atomically(tmp_path / "a.csv") as slow:
        slow.write(b"slow\n")
        with written_atomically(tmp_path / "a.csv") as fast:
            fast.write(b"fast\n")

    assert (tmp_path / "a.csv").read_bytes() == b"slow\n"
