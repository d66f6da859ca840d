"""JSON: an array of objects, read one by one, whatever stands around and in them."""

import contextlib
import json
import sys
import tracemalloc

import pytest

from seqtext.data.dataset import iter_chunks, read
from seqtext.data.writing import open_writer
from seqtext.errors import DataError


def test_the_objects_of_an_array_are_rows(write):
    path = write("a.json", '\ufeff [{"text": "a", "n": 1.0, "b": true},\n {"text": null, "list": ["é", 1]} ] \n')

    assert read(path).columns == {
        "text": ["a", None],
        "n": ["1.0", None],
        "b": ["true", None],
        "list": [None, ["é", "1"]],
    }


@pytest.mark.parametrize("piece", range(1, 20))
def test_it_does_not_matter_where_the_text_is_cut(write, monkeypatch, piece):
    monkeypatch.setattr("seqtext.data.formats.array.PIECE", piece)
    rows = [{"text": 'a "quote", \\ and\n\ud83d\ude00', "n": -1.5e-7, "t": True, "none": None}, {}, {"n": 12345}]
    path = write("a.json", json.dumps(rows, indent=1).replace("12345", "-Infinity") + "\n\n")

    assert read(path).columns == {
        "text": ['a "quote", \\ and\n😀', None, None],
        "n": ["-1.5e-07", None, "-Infinity"],
        "t": ["true", None, None],
        "none": [None, None, None],
    }


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "a.json is empty; expected an array of objects, such as"),
        ('{"text": "a"}\n{"text": "b"}\n', r"begins with '{'; .*if it has an object per line, name it .jsonl"),
        ('"text"', "a.json begins with '\"'; expected an array"),
        ("[]", "a.json has no rows; expected an array of objects"),
        ('[{"text": "a"}', "row 1 on line 1 is the last before the file is cut off; expected a comma, or ]"),
        ('[{"text": "a"},\n{"text": "b', "row 2 on line 2 is not JSON: the file is cut off within it"),
        ('[{"text": "a"},\n', "row 2 on line 2 is not JSON: the file is cut off within it"),
        ('[{"text": "a"},\n]', "row 2 on line 2 is not JSON: "),
        ('[{"text": "a"} {"text": "b"}]', "row 1 on line 1 is followed by '{'; expected a comma"),
        ('[{"text": "a"}]\n[]', "a.json goes on after the end of the array, on line 2"),
        ('[\n{"text":\n"a"},\n[1, 2]]', "row 2 on line 4 is a list; expected an array of objects"),
        ('[{"text": "a"}, 7]', "row 2 on line 1 is a int"),
        ("[{'text': 'a', 'label': 'and so on'}]", "row 1 on line 1 is not JSON: Expecting property name"),
        ("[{}, {}]", "begins with objects that have no keys"),
        ('[{"a": 1, "a": 2}]', "row 1 on line 1 has the key 'a' twice"),
        ('[{"a": ' + "1" * 5000 + "}]", "row 1 on line 1 is not JSON that can be read: it nests too deeply, or"),
        ("[" * 100_000, "row 1 on line 1 is not JSON that can be read: it nests too deeply"),
        ('[{"a":' * 100_000, "row 1 on line 1 is not JSON that can be read: it nests too deeply"),
        ('[{"text": "a' + "a" * 2000 + '"}]', "row 1 on line 1 has more than 1,000 characters; .*--max-row-size"),
        ('[{"text": "a' + "a" * 900_000, "row 1 on line 1 has more than 1,000 characters"),
        ('[{"a": ' + "1," * 900_000, "row 1 on line 1 is not JSON"),
        (b'[{"text": "a"},\n{"text": "caf\xe9"}]', "line 2: byte 0xe9 is not utf-8"),
        ("[]".encode("utf-16-le"), "without the byte order mark"),
        ("[" + ", ".join(f'{{"k{key}": 1}}' for key in range(1001)) + "]", "has more than 1,000 keys"),
    ],
)
def test_an_array_that_is_not_what_it_should_be_is_refused_in_one_line(write, data, message):
    path = write("a.json", data)

    with pytest.raises(DataError, match=message) as refused:
        read(path, max_row_size=1000)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize("value", ["[{}]", '{{"a": {}}}'])
def test_what_nests_just_too_deeply_is_refused_too(write, name, value):
    for depth in range(sys.getrecursionlimit() - 150, sys.getrecursionlimit() + 20, 3):
        deep = value.format("@").partition("@")
        text = f'{{"text": {deep[0] * depth}1{deep[2] * depth}}}'
        with contextlib.suppress(DataError):
            read(write(name, f"[{text}]" if name == "a.json" else text))


def test_an_array_is_not_held_whole(tmp_path):
    path = tmp_path / "big.json"
    with open(path, "w") as file:
        file.write("[")
        file.writelines(f'{{"text": "{"word " * 100}{number}"}}, ' for number in range(20_000))
        file.write('{"text": "last"}]')
    tracemalloc.start()

    rows = sum(len(chunk) for chunk in iter_chunks(path, rows=500))
    peak = tracemalloc.get_traced_memory()[1]

    tracemalloc.stop()
    assert rows == 20_001
    assert peak < 5_000_000 < path.stat().st_size


def test_an_array_is_not_written(tmp_path):
    with pytest.raises(DataError, match=r"json: json files are only read; choose csv, tsv, jsonl or parquet"):
        open_writer(tmp_path / "a.json").__enter__()
