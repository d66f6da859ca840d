"""Files in, rows out, files out: what is kept to the letter, what is refused, and that splits do not leak."""

import csv
import errno
import gzip
import io
import lzma
import os
import sys
import tracemalloc
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtext import dataset
from seqtext.dataset import Dataset, iter_chunks, normalise, open_writer, random_split, read, split_rows
from seqtext.errors import DataError, MissingExtraError

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


def write(path, data):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def stdin(monkeypatch, data):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


# ------------------------------------------------------------------------------------- the value itself


def test_an_unknown_column_is_answered_with_the_columns():
    rows = Dataset({"text": ["a"], "label": ["b"]}, "reviews.csv")

    with pytest.raises(
        DataError, match=r"reviews.csv has no column 'txt'; its columns are 'text', 'label'; did you mean"
    ):
        rows.column("txt")


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="columns differ in length"):
        Dataset({"text": ["a", "b"], "label": ["x"]})


def test_values_of_a_frame_become_text_and_missing_ones_none():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "text": ["NaN", None, "b"],
            "stars": [1, 2, 3],
            "score": [0.5, float("nan"), 2.0],
            "good": [True, False, True],
            "when": pandas.to_datetime(["2020-01-01", None, "2020-01-03"]),
            "nullable": pandas.array([1, None, 3], dtype="Int64"),
        }
    )

    rows = Dataset.from_frame(frame)

    assert rows.columns == {
        "text": ["NaN", None, "b"],
        "stars": ["1", "2", "3"],
        "score": ["0.5", None, "2.0"],
        "good": ["true", "false", "true"],
        "when": ["2020-01-01 00:00:00", None, "2020-01-03 00:00:00"],
        "nullable": ["1", None, "3"],
    }


def test_a_frame_with_two_columns_of_one_name_is_refused():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame([["a", "b"]], columns=["text", "text"])

    with pytest.raises(DataError, match="more than one column named 'text'"):
        Dataset.from_frame(frame)


def test_a_single_text_is_not_a_column():
    with pytest.raises(TypeError, match="column 'text' is a single str; give a list"):
        Dataset.from_columns({"text": "hello"})


# --------------------------------------------------------------------------------------------- reading


def test_every_line_of_a_txt_file_is_a_row(tmp_path):
    path = write(tmp_path / "a.txt", "one\n\ntwo\r\nlone\rreturn\nnext\x85line\u2028\n \nlast")

    assert read(path).columns == {"text": ["one", "", "two", "lone\rreturn", "next\x85line\u2028", " ", "last"]}


def test_blank_lines_of_a_csv_file_are_not_rows(tmp_path):
    path = write(tmp_path / "a.csv", 'text\none\n\n""\n\n\ntwo\n\n')

    assert read(path).columns == {"text": ["one", "", "two"]}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks_of_csv_are_not_data(tmp_path, end, mark):
    path = write(tmp_path / "a.csv", mark + end.join(["text,label", '"a, b",x', "c,"]) + end)

    assert read(path).columns == {"text": ["a, b", "c"], "label": ["x", ""]}


def test_json_values_become_text_and_null_stays_missing(tmp_path):
    lines = [
        '{"text": "a", "n": 1, "f": 0.50, "b": true}',
        "",
        '{"text": null, "list": ["é", 1]}',
        '{"f": NaN, "text": "pair \\ud83d\\ude00 lone \\ud83d"}',
    ]
    path = write(tmp_path / "a.jsonl", "\n".join(lines))

    assert read(path).columns == {
        "text": ["a", None, "pair 😀 lone \ufffd"],
        "n": ["1", None, None],
        "f": ["0.5", None, None],
        "b": ["true", None, None],
        "list": [None, '["é", 1]', None],
    }


def test_the_other_encodings_are_read_when_named(tmp_path):
    path = write(tmp_path / "a.csv", "text,label\ncafé,x\n".encode("utf-16"))

    assert read(path, encoding="utf-16").column("text") == ["café"]


@pytest.mark.parametrize("delimiter", [";", "semicolon"])
def test_a_named_delimiter_is_used(tmp_path, delimiter):
    path = write(tmp_path / "a.csv", "text;label\na,b;x\n")

    assert read(path, delimiter=delimiter).columns == {"text": ["a,b"], "label": ["x"]}


def test_quotes_can_be_ordinary_characters(tmp_path):
    path = write(tmp_path / "a.tsv", 'text\tlabel\n"Lol" he said\tx\n"unclosed\ty\n')

    assert read(path, quotes=False).column("text") == ['"Lol" he said', '"unclosed']


def test_standard_input_is_a_text_per_line(monkeypatch):
    stdin(monkeypatch, b"one\ntwo\n")

    assert read("-").columns == {"text": ["one", "two"]}


def test_standard_input_can_be_any_format(monkeypatch):
    stdin(monkeypatch, b"text,label\na,b\n")

    assert read("-", format="csv").columns == {"text": ["a"], "label": ["b"]}


def test_standard_input_stays_open(monkeypatch):
    stdin(monkeypatch, b"one\n")

    read("-")

    assert not sys.stdin.buffer.closed


def test_a_tree_of_texts_gives_label_and_part_in_natural_order(tmp_path):
    for name in ["train/pos/10_9.txt", "train/pos/9_8.txt", "test/neg/0_1.txt", "train/unsup/0_0.txt"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write(tmp_path / name, f"text of {name}\n")
    for beside in ["README.txt", "train/urls_pos.txt", "train/pos/.hidden.txt", "train/pos/notes.md"]:
        write(tmp_path / beside, "not a review")

    rows = read(tmp_path)

    assert rows.columns == {
        "text": [
            "text of test/neg/0_1.txt\n",
            "text of train/pos/9_8.txt\n",
            "text of train/pos/10_9.txt\n",
            "text of train/unsup/0_0.txt\n",
        ],
        "label": ["neg", "pos", "pos", None],
        "part": ["test", "train", "train", "train"],
        "path": ["test/neg/0_1.txt", "train/pos/9_8.txt", "train/pos/10_9.txt", "train/unsup/0_0.txt"],
    }


def test_a_flat_folder_gives_texts_and_paths(tmp_path):
    write(tmp_path / "b.txt", "two")
    write(tmp_path / "a.txt", "one\r\nline")

    assert read(tmp_path).columns == {"text": ["one\r\nline", "two"], "path": ["a.txt", "b.txt"]}


def test_a_csv_field_may_be_longer_than_the_limit_of_the_csv_module(tmp_path):
    text = "x" * 1_000_000
    path = write(tmp_path / "a.csv", f"text\n{text}\n")

    assert read(path).column("text") == [text]


# ------------------------------------------------------------------------------- row i out is row i in


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet", ".csv.gz", ".tsv.xz", ".jsonl.zst"])
def test_hostile_rows_come_back_as_they_were(tmp_path, suffix):
    rows = {"text": HOSTILE, "label": [str(i) for i in range(len(HOSTILE))]}
    path = tmp_path / f"rows{suffix}"

    with open_writer(path, columns=["text", "label"]) as out:
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

    with open_writer(path, columns=["text"]) as out:
        out.write({"text": rows})

    chunks = [chunk.columns["text"] for chunk in iter_chunks(path, rows=size)]
    assert [text for chunk in chunks for text in chunk] == rows


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", "one\n\ntwo\n"),
        ("a.csv", 'text,label\na,"x\ny"\n\nb,\nc,d\n'),
        ("a.jsonl", '{"text": "a"}\n{"text": "b"}\n{"text": "c", "label": "x"}\n{}\n'),
    ],
)
def test_chunks_together_are_what_read_gives(tmp_path, name, data, size):
    path = write(tmp_path / name, data)

    chunks = list(iter_chunks(path, rows=size))

    assert max(map(len, chunks)) <= size
    whole = read(path)
    for column in whole.names:
        assert [v for chunk in chunks for v in chunk.columns.get(column, [None] * len(chunk))] == whole.column(column)


def test_a_folder_is_read_in_chunks(tmp_path):
    for number in range(5):
        write(tmp_path / f"{number}.txt", str(number))

    assert [chunk.column("text") for chunk in iter_chunks(tmp_path, rows=2)] == [["0", "1"], ["2", "3"], ["4"]]


def test_reading_in_chunks_does_not_hold_the_file(tmp_path):
    path = tmp_path / "big.csv"
    with open(path, "w") as file:
        file.write("text,label\n")
        file.writelines(f"{'word ' * 100}{number},x\n" for number in range(40_000))
    tracemalloc.start()

    rows = sum(len(chunk) for chunk in iter_chunks(path, rows=500))
    peak = tracemalloc.get_traced_memory()[1]

    tracemalloc.stop()
    assert rows == 40_000
    assert peak < 5_000_000 < path.stat().st_size


# ------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", b"", r"a.txt is empty; expected a text per line"),
        ("a.csv", b"", r"a.csv is empty; expected a header line"),
        ("a.csv", b"\n\n", r"a.csv is empty; expected a header line"),
        ("a.jsonl", b"\n", r"a.jsonl is empty; expected a JSON object per line"),
        ("a.csv", b"text,label\n", r"a.csv has a header \('text', 'label'\) but no rows"),
        ("a.csv", b"text,label,text\na,b,c\n", r"more than one column named 'text'; rename"),
        ("a.csv", b"text;label\na;b\n", r"single column, 'text;label', .* separated by ';'; add --delimiter ';'"),
        ("a.csv", b"text\tlabel\na\tb\n", r"separated by tab; add --delimiter tab \(or --delimiter ','"),
        ("a.tsv", b"text,label\na,b\n", r"separated by ','; add --delimiter ',' \(or --delimiter tab"),
        ("a.csv", b'text,label\na,b\n"open,c\n', r"row that begins on line 3: a quoted field is never closed"),
        ("a.csv", b'text,label\n"a" b,c\n', r"line 2: text follows the closing quote.*--no-quotes"),
        ("a.csv", b"text,label\na,b\nc\n", r"1 row does not have the 2 fields of the header: line 3;"),
        (
            "a.csv",
            b'text,label\n"a\nb",x\n' + b"c\n" * 3 + b"d,e\n" + b"f,g,h\n" * 4,
            r"7 rows do not have the 2 fields of the header: lines 4, 5, 6, 8, 9 and 2 more;",
        ),
        ("a.jsonl", b'{"a": 1}\n\n[1]\n{"a": \n', r"2 lines are not a JSON object: lines 3, 4 \(line 3 is a list\)"),
        ("a.jsonl", b"[" * 100_000, r"1 line is not a JSON object: line 1 \(line 1 is not JSON\)"),
        ("a.jsonl", b'{"a": ' + b"1" * 5000 + b"}", r"line 1 is not JSON"),
        ("a.csv", gzip.compress(b"text\na\n"), r"a.csv is not a text file: it is compressed with gzip; .* .gz"),
        ("a.csv", b"PK\x03\x04\x14\x00\xff\xff", r"it is a zip archive or a spreadsheet"),
        ("a.csv", "text\né\n".encode("utf-16"), r"not utf-8 but UTF-16; add --encoding utf-16"),
        ("a.parquet", b"PAR1 not really", r"a.parquet is not a readable parquet file: "),
        ("a.csv.gz", b"text\na\n", r"a.csv.gz is not complete .gz data: it is cut off or damaged"),
        ("a.csv.xz", b"text\na\n", r"a.csv.xz is not complete .xz data"),
        ("a.csv.zst", b"text\na\n", r"a.csv.zst is not complete .zst data"),
        ("a.docx", b"x", r"a.docx has the suffix '.docx'; expected .txt, .csv, .*--format"),
        ("a.jsonn", b"x", r"did you mean '.jsonl'"),
        ("a", b"x", r"a has no suffix that names a format; expected .txt"),
        ("a.gz", b"x", r"a.gz has no suffix that names a format"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused_in_one_line(tmp_path, name, data, message):
    path = write(tmp_path / name, data)

    with pytest.raises(DataError, match=message) as refused:
        read(path)
    assert "\n" not in str(refused.value)


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


@pytest.mark.parametrize(
    ("bad", "guess"), [(b"caf\xe9", "latin-1"), (b"don\x92t", "cp1252")], ids=["latin-1", "cp1252"]
)
@pytest.mark.parametrize("before", [0, 1, 5000])
@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.jsonl"])
def test_bad_utf8_names_the_line_and_the_remedy(tmp_path, name, before, bad, guess):
    good = {"a.csv": b"text, of some length\n", "a.txt": "é\n".encode(), "a.jsonl": b'{"text": "good"}\n'}[name]
    path = write(tmp_path / name, good * before + bad + b"\n" + good * 10)
    byte = f"0x{bad[3]:02x}"

    with pytest.raises(DataError, match=rf"line {before + 1}: byte {byte} is not utf-8; .*--encoding {guess}"):
        read(path, delimiter="|")


def test_bad_utf8_after_windows_line_ends_is_counted_right(tmp_path):
    path = write(tmp_path / "a.csv", b"text\r\n" + b"good\r\n" * 3000 + b"b\xffd\r\n")

    with pytest.raises(DataError, match="line 3002: byte 0xff"):
        read(path)


def test_a_bad_text_in_a_folder_is_named(tmp_path):
    write(tmp_path / "a.txt", b"one\ntw\xf6")

    with pytest.raises(DataError, match=r"a.txt, line 2: byte 0xf6 is not utf-8"):
        read(tmp_path)


def test_a_misspelt_file_is_answered_with_its_neighbour(tmp_path):
    write(tmp_path / "reviews.csv", "text\na\n")

    with pytest.raises(DataError, match=r"there is no file .*review.csv; did you mean 'reviews.csv'\?"):
        read(tmp_path / "review.csv")


def test_a_file_in_no_folder_says_so(tmp_path):
    with pytest.raises(DataError, match=r"there is no folder .*nowhere"):
        read(tmp_path / "nowhere" / "a.csv")


def test_a_folder_without_texts_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"holds no .txt files; expected texts, or a folder of texts for each label"):
        read(tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path):
    path = write(tmp_path / "a.csv", "text\na\n")
    path.chmod(0)

    with pytest.raises(DataError, match=r"cannot read .*a.csv: no permission"):
        read(path)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"format": "cvs"}, r"no format 'cvs'; choose from csv, jsonl, parquet, tsv, txt; did you mean 'csv'"),
        ({"delimiter": "ab"}, r"delimiter 'ab' is not one character; give one, or one of comma, tab"),
        ({"encoding": "utf-9"}, r"no encoding 'utf-9'; did you mean 'utf-8'"),
        ({"encoding": "hex"}, r"no encoding 'hex'"),
    ],
)
def test_unknown_options_are_answered_with_the_choices(tmp_path, option, message):
    path = write(tmp_path / "a.csv", "text\na\n")

    with pytest.raises(DataError, match=message):
        read(path, **option)


def test_a_line_without_end_is_not_read_into_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(dataset, "MAX_CHARACTERS", 1000)
    path = write(tmp_path / "a.txt", "short\n" + "x" * 5000)

    with pytest.raises(DataError, match="line 2 is longer than 1,000 characters"):
        read(path)


@pytest.mark.parametrize(("name", "package"), [("a.parquet", "pyarrow"), ("a.csv.zst", "zstandard")])
@pytest.mark.parametrize("act", ["read", "write"])
def test_a_missing_package_is_answered_with_the_extra(tmp_path, monkeypatch, name, package, act):
    monkeypatch.setitem(sys.modules, package, None)
    extra = "parquet" if package == "pyarrow" else "zst"
    if act == "read":
        write(tmp_path / name, b"x")

    with pytest.raises(MissingExtraError, match=rf"{package}.*seqtext\[{extra}\]"):
        read(tmp_path / name) if act == "read" else open_writer(tmp_path / name).__enter__()
    assert act == "read" or os.listdir(tmp_path) == []


# --------------------------------------------------------------------------------------------- writing


def test_numbers_are_written_as_numbers_and_missing_values_as_such(tmp_path):
    with open_writer(tmp_path / "a.jsonl") as out:
        out.write({"text": ["é", None], "score": np.array([0.5, 1.0])})

    assert (tmp_path / "a.jsonl").read_text("utf-8") == '{"text": "é", "score": 0.5}\n{"text": null, "score": 1.0}\n'


def test_parquet_keeps_numbers_and_columns_that_begin_empty(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")

    with open_writer(tmp_path / "a.parquet", columns=["text", "score"]) as out:
        out.write({"text": [None], "score": [0.5]})
        out.write({"text": ["late"], "score": [0.25]})

    assert parquet.read_table(tmp_path / "a.parquet").to_pydict() == {"text": [None, "late"], "score": [0.5, 0.25]}


def test_a_lone_carriage_return_is_quoted(tmp_path):
    with open_writer(tmp_path / "a.csv", columns=["text"]) as out:
        out.write({"text": ["a\rb", "c"]})

    assert (tmp_path / "a.csv").read_bytes() == b'text\n"a\rb"\nc\n'


@pytest.mark.parametrize("format", ["csv", "tsv", "jsonl", "parquet"])
def test_standard_output_is_written_and_stays_open(monkeypatch, format):
    stdout = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", stdout)

    with open_writer("-", format, ["text"]) as out:
        out.write({"text": ["one"]})

    data = stdout.buffer.getvalue()
    expected = {"csv": b"text\none\n", "tsv": b"text\none\n", "jsonl": b'{"text": "one"}\n', "parquet": data}
    assert data == expected[format]
    assert data.startswith(b"PAR1") == (format == "parquet")


def write_and_fail(path, failure):
    with open_writer(path, columns=["text"]) as out:
        out.write({"text": ["one"]})
        raise failure


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "csv.xz", "csv.zst", "jsonl", "parquet"])
def test_no_file_is_left_when_the_work_fails(tmp_path, suffix):
    with pytest.raises(RuntimeError):
        write_and_fail(tmp_path / f"a.{suffix}", RuntimeError)

    assert os.listdir(tmp_path) == []


def test_an_older_file_stays_as_it_was_when_the_work_is_interrupted(tmp_path):
    path = write(tmp_path / "a.csv", "older")

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
    monkeypatch.setattr(dataset, "_create", lambda path: FullDisk(path, "xb"))
    monkeypatch.setattr(FullDisk, "room", 10 if rows == 50 else 100)

    with (
        pytest.raises(DataError, match=rf"cannot write .*{name}: no space left on the device.*; nothing was written"),
        open_writer(tmp_path / name, columns=["text"]) as out,
    ):
        out.write({"text": [str(hash(str(i))) for i in range(rows)]})
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has a device that is always full")
def test_a_full_device_is_one_line():
    with (
        pytest.raises(DataError, match="cannot write /dev/full: no space left"),
        open_writer("/dev/full", "csv", ["text"]) as out,
    ):
        out.write({"text": ["one"]})


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="needs a device file")
def test_a_device_is_written_to_and_not_replaced():
    with open_writer("/dev/null", "csv") as out:
        out.write({"text": ["one"]})

    assert not os.path.isfile("/dev/null")


def test_a_link_keeps_pointing_to_the_file_that_was_written(tmp_path):
    (tmp_path / "link.csv").symlink_to(write(tmp_path / "real.csv", "older"))

    with open_writer(tmp_path / "link.csv") as out:
        out.write({"text": ["one"]})

    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "text\none\n"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_one_line(tmp_path):
    tmp_path.chmod(0o500)

    with pytest.raises(DataError, match=r"cannot write .*a.csv: no permission"):
        open_writer(tmp_path / "a.csv").__enter__()


def test_no_permission_is_one_line_for_everyone(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(dataset, "_create", refuse)

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
    with open_writer(tmp_path / "a.csv", columns=["id", "text"]) as out:
        out.write({"id": range(len(rows)), "text": rows})

    frame = pandas.read_csv(tmp_path / "a.csv", keep_default_na=False, dtype=str)
    with open(tmp_path / "a.csv", encoding="utf-8", newline="") as file:
        python = [row["text"] for row in csv.DictReader(file)]

    assert list(frame["text"]) == python == rows


# ------------------------------------------------------------------------------------------- splitting


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("RT @ann: So  GOOD!! http://t.co/x", "so good"),
        ("rt RT @a @b hello", "Hello..."),
        ("“Hello” — world", "hello world"),
        ("ＦＵＬＬ width", "full width"),
        ("see www.example.com/a?b now", "See now"),
        ("snake_case", "snake case"),
        ("Straße", "STRASSE"),
    ],
)
def test_texts_that_count_as_duplicates(one, other):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(":)", ":("), ("😀", "😡"), ("@ann", "@bob"), ("http://a", "http://b"), ("art show", "show"), ("", "rt")],
)
def test_texts_that_do_not(one, other):
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize("unit", ["a", "@", "@a", "_", "http://", "www.", "rt ", "RT @a: ", ".", " ", "😀"])
def test_a_hostile_text_is_normalised_in_linear_time(unit):
    def seconds(count):
        import time

        start = time.perf_counter()
        normalise(unit * count)
        return time.perf_counter() - start

    assert min(seconds(100_000) for _ in range(2)) < 1, "a regular expression backtracks"


labelled_rows = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "X!", "y", "z", "RT z", "", "u v", "w", "1", "2", "3"])),
    min_size=2,
    max_size=60,
)


@given(rows=labelled_rows, share=st.floats(0.05, 0.95), seed=st.integers(0, 5))
@settings(deadline=None)
def test_a_split_is_disjoint_complete_and_without_leaks(rows, share, seed):
    labels, texts = zip(*rows, strict=True)
    try:
        kept, held_out = split_rows(labels, texts, share=share, seed=seed)
    except DataError:
        return

    assert sorted([*kept, *held_out]) == list(range(len(rows)))
    assert not {normalise(texts[i]) for i in kept} & {normalise(texts[i]) for i in held_out}
    assert {labels[i] for i in kept} == {labels[i] for i in held_out} == set(labels)


@given(rows=labelled_rows)
@settings(deadline=None)
def test_a_split_is_refused_only_if_a_label_has_one_text_or_labels_share_texts(rows):
    labels, texts = zip(*rows, strict=True)
    keys = {label: {normalise(t) for other, t in rows if other == label} for label in labels}
    shared = sum(len(k) for k in keys.values()) > len(set().union(*keys.values()))

    try:
        split_rows(labels, texts, share=0.5, seed=0)
    except DataError:
        assert shared or len(keys) == 1 or min(map(len, keys.values())) == 1


@pytest.mark.parametrize(("rows", "share"), [(100, 0.2), (101, 0.1), (97, 0.33), (40, 0.5)])
def test_sizes_are_exact_when_no_text_repeats(rows, share):
    labels = ["a"] * (rows // 4) + ["b"] * (rows - rows // 4)
    texts = [f"text {i}" for i in range(rows)]

    _, held_out = split_rows(labels, texts, share=share, seed=1)

    assert len(held_out) == round(rows * share)
    counts = Counter(labels[i] for i in held_out)
    assert abs(counts["a"] - share * (rows // 4)) <= 1


def test_groups_of_duplicates_still_give_about_the_share():
    rng = np.random.default_rng(0)
    texts = [f"text {i}" for i in rng.zipf(1.5, 3000) % 800]
    labels = [f"{'abc'[hash_ % 3]}" for hash_ in (int(text[5:]) for text in texts)]

    _, held_out = split_rows(labels, texts, share=0.2, seed=3)

    assert len(held_out) == pytest.approx(600, abs=2)


def test_the_same_seed_gives_the_same_split_and_another_another():
    labels = ["a", "b"] * 50
    texts = [str(i) for i in range(100)]

    first, again, other = (split_rows(labels, texts, share=0.3, seed=seed)[1].tolist() for seed in (7, 7, 8))

    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("labels", "texts", "message"),
    [
        (["a", "a"], ["x", "y"], r"every row has the label 'a'; expected at least two"),
        ([], [], r"there are no rows"),
        (["a", "a", "b"], ["x", "y", "z"], r"too few texts .*: 'b' \(1 row\) has a single distinct text; add texts"),
        (["a", "a", "b", "b"], ["x", "y", "Z", "RT @q z!"], r"'b' \(2 rows\) has a single distinct text"),
        (["a", "b", "c"], ["x", "y", "z"], r"'a' \(1 row\), 'b' \(1 row\), 'c' \(1 row\) have a single"),
        (["a", "", None, "b"], ["x", "y", "z", "w"], r"2 rows without a label: number 2, 3; label or remove"),
        (
            ["a", "a", "b", "b", "c", "c"],
            ["x", "y", "y", "z", "x", "z"],
            r"no split leaves every label on both sides, because equal texts carry different labels",
        ),
    ],
)
def test_rows_that_cannot_be_split_are_refused(labels, texts, message):
    with pytest.raises(DataError, match=message):
        split_rows(labels, texts, share=0.5, seed=0)


@pytest.mark.parametrize("share", [0, 1, -0.1, 20])
def test_a_share_is_between_zero_and_one(share):
    with pytest.raises(ValueError, match="expected a number between 0 and 1"):
        split_rows(["a", "b"], ["x", "y"], share=share, seed=0)


@pytest.mark.parametrize(("rows", "share", "seed"), [(10, 0.33, 0), (999, 0.2, 42), (1000, 0.1, 7)])
def test_the_random_split_is_that_of_scikit_learn(rows, share, seed):
    selection = pytest.importorskip("sklearn.model_selection")
    texts = [f"text {i}" for i in range(rows)]

    kept, held_out = random_split(["a"] * rows, share=share, seed=seed)

    expected = selection.train_test_split(texts, test_size=share, random_state=seed)
    assert [[texts[i] for i in part] for part in (kept, held_out)] == expected
