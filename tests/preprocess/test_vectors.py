"""Pretrained vectors into a matrix: every format, every compression, and every way a file can be broken."""

import gzip
import lzma
import os
import struct
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from seqtext.errors import DataError, MissingExtraError
from seqtext.preprocess.vectors import first_words, load_vectors

WORDS = {"good": [1.0, -2.5, 3.25], "film": [0.5, 0.0, -0.125], "n\xa0o": [4.0, 5.0, 6.0]}
GLOVE = "".join(f"{word} {' '.join(map(str, vector))}\n" for word, vector in WORDS.items()).encode()
WORD2VEC = b"3 3\n" + GLOVE
FASTTEXT = WORD2VEC.replace(b"\n", b" \n").replace(b"3 3 \n", b"3 3\n")
BINARY = b"3 3\n" + b"".join(word.encode() + b" " + struct.pack("<3f", *vector) for word, vector in WORDS.items())
BINARY_WITH_NEWLINES = b"3 3\n" + b"".join(
    word.encode() + b" " + struct.pack("<3f", *vector) + b"\n" for word, vector in WORDS.items()
)
FILES = {
    "glove.txt": GLOVE,
    "no-newline-at-the-end.txt": GLOVE.removesuffix(b"\n"),
    "windows.txt": GLOVE.replace(b"\n", b"\r\n"),
    "word2vec.txt": WORD2VEC,
    "wiki.vec": FASTTEXT,
    "google.bin": BINARY,
    "original-google.bin": BINARY_WITH_NEWLINES,
}
COMPRESS = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress}

VOCABULARY = ["", "[UNK]", "film", "unheard", "good", "n\xa0o"]


@pytest.fixture
def written(tmp_path):
    def write(content, name="vectors.txt"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("compression", COMPRESS)
def test_every_format_gives_the_same_rows(written, name, compression):
    path = written(COMPRESS[compression](FILES[name]), name + compression)

    vectors = load_vectors(path, VOCABULARY)

    assert vectors.matrix.dtype == np.float32
    assert vectors.matrix[[2, 4, 5]].tolist() == [WORDS["film"], WORDS["good"], WORDS["n\xa0o"]]
    assert vectors.found.tolist() == [False, False, True, False, True, True]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("compression", COMPRESS)
def test_the_first_words_of_every_format(written, name, compression):
    path = written(COMPRESS[compression](FILES[name]), name + compression)

    assert [first_words(path, most) for most in (2, 100)] == [["good", "film"], ["good", "film", "n\xa0o"]]


def test_the_words_behind_the_first_are_not_read(written):
    assert first_words(written(GLOVE + b"damaged\n"), 2) == ["good", "film"]


@pytest.mark.parametrize("frames", [1, 2])
def test_zstandard(written, frames):
    zstandard = pytest.importorskip("zstandard")
    parts = [GLOVE] if frames == 1 else [GLOVE[:9], GLOVE[9:]]
    path = written(b"".join(zstandard.compress(part) for part in parts), "glove.txt.zst")

    assert load_vectors(path, VOCABULARY).found.sum() == 3


@pytest.mark.parametrize(
    ("format", "name"),
    [("glove", "glove.txt"), ("word2vec", "word2vec.txt"), ("fasttext", "wiki.vec"), ("word2vec-binary", "google.bin")],
)
def test_a_format_can_be_named_where_the_file_name_does_not_tell(written, format, name):
    path = written(FILES[name], "vectors")

    assert load_vectors(path, VOCABULARY, format=format).found.sum() == 3


def test_the_padding_is_zero_and_a_word_without_a_vector_is_small(written):
    matrix = load_vectors(written(GLOVE), VOCABULARY).matrix

    assert not matrix[0].any()
    assert (np.abs(matrix[[1, 3]]) <= 0.05).all()
    assert (matrix[[1, 3]] != 0).all()


def test_random_rows_come_from_the_seed(written):
    path = written(GLOVE)

    first, same, other = (load_vectors(path, VOCABULARY, seed=seed).matrix for seed in (1, 1, 2))

    assert np.array_equal(first, same)
    assert not np.array_equal(first[3], other[3])


def test_a_random_row_does_not_depend_on_what_was_found(written):
    full = load_vectors(written(GLOVE), VOCABULARY).matrix
    partial = load_vectors(written(GLOVE.splitlines(keepends=True)[0], "partial.txt"), VOCABULARY).matrix

    assert np.array_equal(full[[1, 3]], partial[[1, 3]])


def test_the_share_leaves_the_reserved_rows_out(written):
    vectors = load_vectors(written(GLOVE), ["", "[UNK]", "good", "unheard", "unseen", "film"])

    assert vectors.share_of_words == 0.5
    assert vectors.share_of_tokens is None


def test_the_share_of_tokens_weighs_words_by_their_counts(written):
    vectors = load_vectors(written(GLOVE), VOCABULARY, counts=[100, 100, 6, 1, 2, 1])

    assert vectors.share_of_tokens == 0.9


def test_a_vocabulary_without_words_is_found_to_no_share(written):
    assert load_vectors(written(GLOVE), ["", "[UNK]"]).share_of_words == 0


def test_the_first_of_two_vectors_counts(written):
    path = written(b"a 1 2\nb 3 4\na 5 6\n")

    assert load_vectors(path, ["", "a"]).matrix[1].tolist() == [1, 2]


def test_a_word_may_hold_spaces(written):
    path = written(b"a 1 2\n. . . 3 4\nat name@example.org 5 6\n")

    matrix = load_vectors(path, ["", "at name@example.org", ". . .", "at"]).matrix

    assert matrix[1:3].tolist() == [[5, 6], [3, 4]]
    assert np.abs(matrix[3]).max() <= 0.05


@pytest.mark.parametrize("word", ["\x85", "a\u2028b", "1", "12", "nan", "😀", "#tag"])
def test_any_word_without_a_space_is_a_word(written, word):
    path = written(f"first 0 0\n{word} 1 2\n".encode())

    assert load_vectors(path, ["", word]).matrix[1].tolist() == [1, 2]


def test_a_vocabulary_may_hold_what_no_file_can(written):
    assert not load_vectors(written(GLOVE), ["", "\ud800"]).found.any()


# Damage


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "line 1 of .* is '', expected a word and at most 10,000 numbers"),
        (b"word\n", "line 1 of .* is 'word', expected a word and at most"),
        (b"This is prose\n", "line 1 of .* has 'is' where a number should be; .* or no file of word vectors"),
        (b"good 1 2 3\nfilm 1 2\n", "line 2 of .* has 2 numbers, expected 3; the file is damaged"),
        (b"x 1 2 3\ny 1 2 3 4\n", "line 2 of .* has 4 numbers, expected 3"),
        (b"x 1 2\ny 1 2\ngood 1 2x\n", "line 3 of .* has '2x' where a number should be"),
        (b"x 1 2\ngood 1 nan\n", "line 2 of .* has 'nan' where a number should be"),
        (b"x 1 2\ngood 1 1e39\n", "line 2 of .* has '1e39' where a number should be"),
        (b"x 1 2\ngood 1 inf\n", "line 2 of .* has 'inf' where"),
        (b"3 2\ngood 1 2\nx 1 2\n", "ends after 2 vectors, but its first line promises 3"),
        (b"3 0\n", "line 1 of .* is '3 0', expected a word and at most"),
        (b"3 99999\n", "line 1 of .* is '3 99999', expected a word and at most 10,000 numbers"),
        (b"x 1 2\n" + b"\x00" * 1_100_000, "line 2 of .* is too long for a word and its numbers; is it binary"),
    ],
)
def test_a_damaged_text_file_is_refused_with_the_line(written, content, words):
    path = written(content)

    with pytest.raises(DataError, match=words):
        load_vectors(path, VOCABULARY)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "begins with '', expected the number of words and a dimension"),
        (GLOVE, "begins with 'good 1.0 -2.5 3.25', expected the number of words"),
        (b"3 0\n", "begins with '3 0', expected the number of words"),
        (BINARY[:-1], "ends after 2 vectors, but its first line promises 3"),
        (b"4" + BINARY[1:], "ends after 3 vectors, but its first line promises 4"),
        (b"2 1\nx \x00\x00\x00\x00good \x00\x00\xc0\x7f", "vector 2 of .* is not finite"),
        (b"2 1\n" + b"x" * 20_000, "vector 1 of .* has no word"),
        ((793712314).to_bytes(4, "little") + b"\x0c" * 50, "is a fastText model, not word vectors; use the .vec file"),
    ],
)
def test_a_damaged_binary_file_is_refused_with_the_vector(written, content, words):
    path = written(content, "vectors.bin")

    with pytest.raises(DataError, match=words):
        load_vectors(path, VOCABULARY)


LONG = b"".join(b"word%d 1 2 3\n" % number for number in range(100_000))


@pytest.mark.parametrize("name", ["long.txt.gz", "long.txt.xz", "long.txt.zst"])
@pytest.mark.parametrize("damage", ["cut", "noise", "other"])
def test_damaged_compression_is_refused(written, name, damage):
    compress = COMPRESS.get(name[-3:]) or pytest.importorskip("zstandard").compress
    packed = compress(LONG)
    middle = len(packed) // 2
    content = {"cut": packed[:middle], "noise": packed[:middle] + b"\xff" * 4096 + packed[middle:], "other": GLOVE}

    path = written(content[damage], name)

    with pytest.raises(DataError, match=r"is cut off or damaged; copy or download it|line \d+ of .* damaged: download"):
        load_vectors(path, VOCABULARY)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"there is no file .*nowhere.txt; check the path"):
        load_vectors(tmp_path / "nowhere.txt", VOCABULARY)


def test_an_archive_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(DataError, match=r"glove.6B.zip is an archive; unzip it"):
        load_vectors(tmp_path / "glove.6B.zip", VOCABULARY)


def test_a_file_without_its_first_line_is_not_word2vec(written):
    path = written(GLOVE)

    with pytest.raises(DataError, match=r"line 1 of .*, expected the number of words .* has format='glove'"):
        load_vectors(path, VOCABULARY, format="word2vec")


def test_without_zstandard_the_extra_is_named(written, monkeypatch):
    path = written(GLOVE, "glove.txt.zst")
    monkeypatch.setitem(sys.modules, "zstandard", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'seqtext\[zst\]'"):
        load_vectors(path, VOCABULARY)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"vocabulary": []}, r"vocabulary\[0\] must be '', the padding"),
        ({"vocabulary": ["good"]}, r"vocabulary\[0\] must be '', the padding"),
        ({"counts": [1, 2]}, "there are 2 counts for 6 words"),
        ({"format": "glov"}, "no format 'glov'; choose from glove, .*; did you mean 'glove'"),
    ],
)
def test_a_wrong_call_is_refused(written, arguments, words):
    path = written(GLOVE)

    with pytest.raises(ValueError, match=words):
        load_vectors(path, **{"vocabulary": VOCABULARY, **arguments})


def test_a_long_file_needs_little_memory(written):
    path = written(LONG * 4)  # 7 MB of text, in 400,000 lines

    tracemalloc.start()
    load_vectors(path, ["", "word5"])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 3_000_000


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "dimension", "words"), [("glove.6B.50d.top2445", 50, 2445), ("glove.twitter.27B.25d.top11925", 25, 11_925)]
)
def test_real_glove_vectors_are_found(name, dimension, words):
    path = Path(os.environ.get("SEQTEXT_DATA", "")) / "glove" / f"{name}.txt.xz"
    if "SEQTEXT_DATA" not in os.environ or not path.exists():
        pytest.skip(f"needs {path.name} below the folder SEQTEXT_DATA")
    with lzma.open(path, "rt", encoding="utf-8", newline="\n") as file:
        lines = [line.rstrip("\n").split(" ") for line in file]

    vectors = load_vectors(path, ["", "[UNK]", *(line[0] for line in lines), "quxquuzword"])

    assert vectors.matrix.shape == (words + 3, dimension)
    assert vectors.share_of_words == words / (words + 1)
    expected = np.array([line[1:] for line in lines], dtype=np.float64).astype(np.float32)
    assert np.array_equal(vectors.matrix[2:-1], expected)
