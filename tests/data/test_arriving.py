"""Standard input that comes line by line is answered line by line."""

import os
import sys
import threading
import time

import pytest

from seqtext.data.dataset import iter_chunks
from seqtext.data.writing import open_writer

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a pipe cannot be waited for there")


@pytest.fixture
def pipe(monkeypatch):
    """What is written to it comes through standard input."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin, os.fdopen(writing, "wb", buffering=0) as written:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield written


@pytest.mark.parametrize(
    ("format", "first", "second"),
    [
        ("txt", b"one\n", b"two\n"),
        ("csv", b"text,label\none,x\n", b"two,y\n"),
        ("csv", b"text,label\none,x\ntw", b"o,y\n"),
        ("jsonl", b'{"text": "one"}\n', b'{"text": "two"}\n'),
    ],
)
def test_a_row_does_not_wait_for_the_next(pipe, format, first, second):
    pipe.write(first)
    chunks = iter_chunks("-", format=format)
    began = time.monotonic()

    assert next(chunks).column("text") == ["one"]
    assert time.monotonic() - began < 0.9
    pipe.write(second)
    pipe.close()
    assert next(chunks).column("text") == ["two"]
    assert next(chunks, None) is None


def test_rows_that_are_there_come_together(pipe):
    pipe.write(b"one\ntwo\nthree\n")
    pipe.close()

    assert [chunk.column("text") for chunk in iter_chunks("-")] == [["one", "two", "three"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_nothing_is_lost_between_pieces(pipe, encoding):
    texts = [f"r\u00f6w {row} " + "x" * (row % 700) for row in range(3000)]
    data = "\n".join(texts).encode(encoding)

    def send():
        for start in range(0, len(data), 9999):
            pipe.write(data[start : start + 9999])
        pipe.close()

    threading.Thread(target=send).start()

    assert [text for chunk in iter_chunks("-", encoding=encoding) for text in chunk.column("text")] == texts


def test_a_format_that_is_read_from_its_end_comes_whole_however_it_is_cut(pipe, tmp_path):
    pytest.importorskip("pyarrow")
    with open_writer(tmp_path / "a.parquet") as out:
        out.write({"text": [f"{row} {row * 7919 % 100_003}" for row in range(20_000)]})
    data = (tmp_path / "a.parquet").read_bytes()

    def write_slowly():
        for begin in range(0, len(data), 50_000):
            pipe.write(data[begin : begin + 50_000])
        pipe.close()

    writer = threading.Thread(target=write_slowly)
    writer.start()

    assert sum(len(chunk) for chunk in iter_chunks("-", format="parquet")) == 20_000
    writer.join()
