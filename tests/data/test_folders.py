"""Folders of texts: labels from the names of folders, rows in natural order."""

import os

import pytest

from seqtext.data.dataset import iter_chunks, read
from seqtext.errors import DataError


def test_a_tree_of_texts_gives_label_and_part_in_natural_order(tmp_path, write):
    for name in ["train/pos/10_9.txt", "train/pos/9_8.txt", "test/neg/0_1.txt", "train/unsup/0_0.txt"]:
        write(name, f"text of {name}\n")
    for beside in ["README.txt", "train/urls_pos.txt", "train/pos/.hidden.txt", "train/pos/notes.md"]:
        write(beside, "not a review")

    rows = read(tmp_path)

    assert rows.columns == {
        "text": [
            "text of test/neg/0_1.txt",
            "text of train/pos/9_8.txt",
            "text of train/pos/10_9.txt",
            "text of train/unsup/0_0.txt",
        ],
        "label": ["neg", "pos", "pos", None],
        "part": ["test", "train", "train", "train"],
        "path": ["test/neg/0_1.txt", "train/pos/9_8.txt", "train/pos/10_9.txt", "train/unsup/0_0.txt"],
    }


def test_a_flat_folder_gives_texts_and_paths(tmp_path, write):
    write("b.txt", "two")
    write("a.txt", "one\r\nline\r\n")

    assert read(tmp_path).columns == {"text": ["one\r\nline", "two"], "path": ["a.txt", "b.txt"]}


def test_a_folder_is_read_in_chunks(tmp_path, write):
    for number in range(5):
        write(f"{number}.txt", str(number))

    assert [chunk.column("text") for chunk in iter_chunks(tmp_path, rows=2)] == [["0", "1"], ["2", "3"], ["4"]]


def test_a_bad_text_in_a_folder_is_named(tmp_path, write):
    write("a.txt", b"one\ntw\xf6")

    with pytest.raises(DataError, match=r"a.txt, line 2: byte 0xf6 is not utf-8"):
        read(tmp_path)


def test_a_folder_without_texts_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"holds no .txt files; expected texts, or a folder of texts for each label"):
        read(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="names are characters there")
def test_a_name_that_is_not_utf8_is_shown_as_far_as_it_is(tmp_path):
    try:
        (tmp_path / os.fsdecode(b"\xff1.txt")).write_text("good")
    except OSError:
        pytest.skip("the file system refuses such names")

    assert read(tmp_path).columns == {"text": ["good"], "path": ["\ufffd1.txt"]}
