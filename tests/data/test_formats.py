"""Every format: how to add one, what is kept to the letter, what is refused, and in which words."""

import gzip
import io
import sys
import tracemalloc
from contextlib import contextmanager

import pytest

from seqtext.data.dataset import iter_chunks, read
from seqtext.data.formats import FORMATS
from seqtext.data.formats.shared import Format
from seqtext.data.writing import open_writer
from seqtext.errors import DataError


def stdin(monkeypatch, data):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def read_pairs(stream, where, rows, options):
    for line in stream:
        text, label = line.decode(options.encoding).rstrip("\n").split("=>")
        yield {"text": [text], "label": [label]}


@contextmanager
def write_pairs(stream):
    def write_rows(columns):
        for text, label in zip(columns["text"], columns["label"], strict=True):
            stream.write(f"{text}=>{label}\n".encode())

    yield write_rows


@pytest.mark.parametrize("name", ["a.pairs", "a.pairs.gz"])
def test_a_format_is_added_by_one_line_in_the_table(tmp_path, monkeypatch, name):
    monkeypatch.setitem(FORMATS, "pairs", Format((".pairs",), read_pairs, write_pairs))

    with open_writer(tmp_path / name) as out:
        out.write({"text": ["good", "bad"], "label": ["pos", "neg"]})

    assert read(tmp_path / name).columns == {"text": ["good", "bad"], "label": ["pos", "neg"]}


def test_every_line_of_a_txt_file_is_a_row(write):
    path = write("a.txt", "one\n\ntwo\r\nlone\rreturn\nnext\x85line\u2028\n \nlast")

    assert read(path).columns == {"text": ["one", "", "two", "lone\rreturn", "next\x85line\u2028", " ", "last"]}


def test_blank_lines_of_a_csv_file_are_not_rows(write):
    path = write("a.csv", "\ntext,label\none,x\n\n,\n\n\ntwo,y\n\n")

    assert read(path).columns == {"text": ["one", "", "two"], "label": ["x", "", "y"]}


def test_blank_lines_of_a_csv_file_with_one_column_are_its_empty_rows(write):
    path = write("a.csv", 'text\none\n\n""\n \ntwo\n')

    assert read(path).columns == {"text": ["one", "", "", " ", "two"]}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks_of_csv_are_not_data(write, end, mark):
    path = write("a.csv", mark + end.join(["text,label", '"a, b",x', "c,"]) + end)

    assert read(path).columns == {"text": ["a, b", "c"], "label": ["x", ""]}


def test_json_values_become_text_lists_of_texts_and_null_stays_missing(write):
    lines = [
        '{"text": "a", "n": 1, "f": 0.50, "b": true}',
        "",
        '{"text": null, "list": ["é", 1]}',
        '{"f": NaN, "text": "pair \\ud83d\\ude00 lone \\ud83d"}',
    ]
    path = write("a.jsonl", "\n".join(lines))

    assert read(path).columns == {
        "text": ["a", None, "pair 😀 lone \ufffd"],
        "n": ["1", None, None],
        "f": ["0.50", None, None],
        "b": ["true", None, None],
        "list": [None, ["é", "1"], None],
    }


def test_the_other_encodings_are_read_when_named(write):
    path = write("a.csv", "text,label\ncafé,x\n".encode("utf-16"))

    assert read(path, encoding="utf-16").column("text") == ["café"]


@pytest.mark.parametrize("delimiter", [";", "semicolon"])
def test_a_named_delimiter_is_used(write, delimiter):
    path = write("a.csv", "text;label\na,b;x\n")

    assert read(path, delimiter=delimiter).columns == {"text": ["a,b"], "label": ["x"]}


def test_quotes_can_be_ordinary_characters(write):
    path = write("a.tsv", 'text\tlabel\n"Lol" he said\tx\n"unclosed\ty\n')

    assert read(path, quotes=False).column("text") == ['"Lol" he said', '"unclosed']


def test_a_quoted_delimiter_in_the_only_column_name_is_no_wrong_delimiter(write):
    path = write("a.csv", '"text, in full"\nsome\n')

    assert read(path).names == ["text, in full"]


def test_a_file_without_header_has_numbered_columns(write):
    path = write("a.tsv", "ham\tone\nspam\ttwo\n")

    assert read(path, header=False).columns == {"column1": ["ham", "spam"], "column2": ["one", "two"]}


def test_the_columns_of_a_file_without_header_can_be_named(write):
    path = write("a.tsv", "ham\tone\nspam\ttwo\n")

    assert read(path, names=["label", "text"]).columns == {"label": ["ham", "spam"], "text": ["one", "two"]}


@pytest.mark.parametrize(
    ("name", "data", "options", "message"),
    [
        ("a.csv", b"a,b\n", {"names": ["text"]}, r"a.csv has 2 columns, but 1 name is given \('text'\); name every"),
        ("a.csv", b"a\n", {"names": ["x", "y"]}, r"a.csv has 1 column, but 2 names are given"),
        ("a.csv", b"a,b\n", {"names": ["x", "x"]}, r"more than one column named 'x'"),
        ("a.csv", b"a,b\nc\n", {"header": False}, r"1 row does not have the 2 fields of the first row: line 2"),
        ("a.csv", b"", {"header": False}, r"a.csv is empty; expected a row per text"),
        ("a.txt", b"a\n", {"names": ["text"]}, r"a.txt names its columns itself"),
    ],
)
def test_names_that_do_not_fit_the_file_are_refused(write, name, data, options, message):
    path = write(name, data)

    with pytest.raises(DataError, match=message):
        read(path, **options)


@pytest.mark.parametrize(
    ("data", "name"), [(b"id;text\n1;a, b\n", "';'"), (b"id\ttext\n1\ta, b\n", "tab"), (b'id|text\n1|"a, b"', "'|'")]
)
def test_a_delimiter_is_recognised_and_that_is_said(write, data, name):
    said = []

    assert read(write("a.csv", data), say=said.append).columns == {"id": ["1"], "text": ["a, b"]}
    assert len(said) == 1
    assert f"a.csv separates its columns by {name}; name another with --delimiter" in said[0]


@pytest.mark.parametrize("options", [{}, {"max_row_size": 40}])
def test_a_semicolon_is_recognised_where_a_text_goes_on_in_the_next_line(write, options):
    path = write("a.csv", 'subject;"the\nbody"\n"Hello\nyou";"two, or\n\nthree lines"\n')

    assert read(path, **options).columns == {"subject": ["Hello\nyou"], "the\nbody": ["two, or\n\nthree lines"]}


def test_a_quote_that_is_never_closed_is_not_looked_for_in_the_whole_file(write):
    path = write("a.csv", 'text;label\n"never;closed\n' + "more;rows\n" * 20)

    with pytest.raises(DataError, match=r"a.csv has a single column, 'text;label', .* separated by ';'"):
        read(path, max_row_size=50)


def test_a_column_of_texts_with_semicolons_is_one_column(write):
    path = write("a.csv", "text\nfirst; second\nthird; fourth\n")

    assert read(path).columns == {"text": ["first; second", "third; fourth"]}


def test_the_current_folder_is_not_what_an_empty_name_means():
    with pytest.raises(DataError, match="the name of the file is empty; expected a file, a folder, or '-'"):
        read("")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_an_encoding_that_needs_a_mark_is_refused_without_it(write, encoding):
    path = write("a.csv", "text,label\ncaf\u00e9,x\n".encode(f"{encoding}-le"))

    with pytest.raises(DataError, match=f"byte order mark of UTF-16 or UTF-32.*add --encoding {encoding}-le"):
        read(path, encoding=encoding)
    assert read(path, encoding=f"{encoding}-le").column("text") == ["caf\u00e9"]


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


def test_a_csv_field_may_be_longer_than_the_limit_of_the_csv_module(write):
    text = "x" * 1_000_000
    path = write("a.csv", f"text\n{text}\n")

    assert read(path).column("text") == [text]


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", "one\n\ntwo\n"),
        ("a.csv", 'text,label\na,"x\ny"\n\nb,\nc,d\n'),
        ("a.jsonl", '{"text": "a"}\n{"text": "b"}\n{"text": "c", "label": "x"}\n{}\n'),
    ],
)
def test_chunks_together_are_what_read_gives(write, name, data, size):
    path = write(name, data)

    chunks = list(iter_chunks(path, rows=size))

    assert max(map(len, chunks)) <= size
    whole = read(path)
    for column in whole.names:
        assert [v for chunk in chunks for v in chunk.columns.get(column, [None] * len(chunk))] == whole.column(column)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", "text,label\none,x\nwrong\ntwo,y\nthree,z\n"),
        ("a.jsonl", '{"text": "one"}\nwrong\n{"text": "two"}\n{"text": "three"}\n'),
    ],
)
def test_no_row_after_a_wrong_one_is_handed_out(write, name, data):
    chunks = iter_chunks(write(name, data), rows=1)

    assert next(chunks).column("text") == ["one"]
    with pytest.raises(DataError, match=r"line [23]"):
        next(chunks)


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
        ("a.csv", b"text;label\na\n", r"single column, 'text;label', .* separated by ';'; add --delimiter ';'"),
        ("a.csv", b"text\tlabel\na\n", r"separated by tab; add --delimiter tab \(or --delimiter ','"),
        ("a.tsv", b"text,label\na,b\n", r"separated by ','; add --delimiter ',' \(or --delimiter tab"),
        ("a.csv", b'text,label\na,b\n"open,c\n', r"row that begins on line 3: a quoted field is never closed"),
        ("a.csv", b'text,label\n"a" b,c\n', r"line 2: text follows the closing quote.*--no-quotes"),
        ("a.csv", b"text,label\na,b\nc\n", r"1 row does not have the 2 fields of the header: line 3;"),
        (
            "a.csv",
            b'text,label\n"a\nb",x\n' + b"c\n" * 3 + b"d,e\n" + b"f,g,h\n" * 4,
            r"7 rows do not have the 2 fields of the header: lines 4, 5, 6, 8, 9 and 2 more;",
        ),
        ("a.csv", b"text,label\nc\n", r"1 row does not have the 2 fields of the header: line 2;"),
        (
            "a.jsonl",
            b'{"a": 1}\n\n[1]\n{"a": \n',
            r"2 lines are not JSON objects: lines 3, 4; line 3 is a list; expected",
        ),
        ("a.jsonl", b"[" * 100_000, r"a.jsonl: line 1 is not JSON; expected lines"),
        (
            "a.jsonl",
            b'{"a": 1, "b": 2, "a": 3}',
            r": line 1 has the key 'a' twice; expected",
        ),
        ("a.jsonl", b"{}\n{}\n", r"a.jsonl begins with objects that have no keys; expected such as"),
        ("a.jsonl", b'{"a": {"b": 2, "b": 3}}', r"line 1 has the key 'b' twice"),
        ("a.txt", "film\nno\n".encode("utf-16-le"), r"without the byte order mark .*; add --encoding utf-16-le"),
        ("a.txt", "film\nno\n".encode("utf-16-be"), r"without the byte order mark .*; add --encoding utf-16-be"),
        ("a.csv", "text\ncaf\u00e9\n".encode("utf-16-le"), r"without the byte order mark .*; add --encoding utf-16-le"),
        ("a.jsonl", b'{"a": ' + b"1" * 5000 + b"}", r"line 1 is not JSON"),
        (
            "a.csv",
            gzip.compress(b"text\na\n", mtime=0),
            r"a.csv is not a text file: it is compressed with gzip; .* .gz",
        ),
        ("a.csv", b"PK\x03\x04\x14\x00\xff\xff", r"it is a zip archive or a spreadsheet"),
        ("a.csv", "text\né\n".encode("utf-16"), r"not utf-8 but UTF-16; add --encoding utf-16"),
        ("a.parquet", b"PAR1 not really", r"a.parquet is not a readable parquet file: "),
        ("a.csv.gz", b"text\na\n", r"a.csv.gz is not complete .gz data: it is cut off or damaged"),
        ("a.csv.xz", b"text\na\n", r"a.csv.xz is not complete .xz data"),
        ("a.csv.zst", b"text\na\n", r"a.csv.zst is not complete .zst data"),
        ("a.docx", b"x", r"a.docx has the suffix '.docx'; expected .txt, .csv, .*--input-format"),
        ("a.jsonls", b"x", r"did you mean '.jsonl'"),
        ("a", b"x", r"a has no suffix that names a format; expected .txt"),
        ("a.gz", b"x", r"a.gz has no suffix that names a format"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused_in_one_line(write, name, data, message):
    path = write(name, data)

    with pytest.raises(DataError, match=message) as refused:
        read(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("bad", "guess"),
    [(b"caf\xe9", "cp1252"), (b"don\x92t", "cp1252"), (b"for\xfc \x80", "cp1252"), (b"one\x81", "latin-1")],
    ids=["letter", "quote", "euro", "undefined"],
)
@pytest.mark.parametrize("before", [0, 1, 5000])
@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.jsonl"])
def test_bad_utf8_names_the_line_and_the_remedy(write, name, before, bad, guess):
    good = {"a.csv": b"text, of some length\n", "a.txt": "é\n".encode(), "a.jsonl": b'{"text": "good"}\n'}[name]
    path = write(name, good * before + bad + b"\n" + good * 10)
    byte = f"0x{bad[3]:02x}"

    with pytest.raises(DataError, match=rf"line {before + 1}: byte {byte} is not utf-8; .*--encoding {guess}"):
        read(path, delimiter="|")


def test_bad_utf8_after_windows_line_ends_is_counted_right(write):
    path = write("a.csv", b"text\r\n" + b"good\r\n" * 3000 + b"b\xffd\r\n")

    with pytest.raises(DataError, match="line 3002: byte 0xff"):
        read(path)


def test_a_header_of_thousands_of_characters_does_not_fill_the_screen(write):
    with pytest.raises(DataError, match="looks like several separated by ';'") as caught:
        read(write("a.tsv", "&amp;" * 9_000 + "\ngood\n"))

    assert len(str(caught.value)) < 500
