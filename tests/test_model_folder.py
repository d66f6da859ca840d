"""A folder that is there whole or not at all: damage is noticed, and nothing is ever half replaced."""

import contextlib
import errno
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtext import atomic
from seqtext import model_folder as module
from seqtext.errors import BundleError
from seqtext.model_folder import SavedFolder, check_target, parse_json, write

FILES = {"weights.bin": bytes(range(40)), "card.md": b"a card\n"}
NAMES = ("model.json", *FILES)


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "model", {"labels": ["a", "é"]}, FILES)
    return tmp_path / "model"


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """A folder for hypothesis, and what belongs into its files."""
    folder = tmp_path_factory.mktemp("damaged") / "model"
    write(folder, {"labels": ["a", "é"]}, FILES)
    return folder, listing(folder)


def listing(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def read_all(folder):
    saved = SavedFolder(folder)
    saved.check_names(set(FILES))
    return saved.manifest, {name: saved.read(name, 1_000) for name in FILES}


def nothing_beside(folder):
    return [path.name for path in folder.parent.iterdir() if path != folder] == []


# ------------------------------------------------------------------------------------------------ reading


def test_what_is_written_is_what_is_read(folder):
    assert read_all(folder) == ({"labels": ["a", "é"]}, FILES)


def test_the_same_content_gives_the_same_bytes(folder, tmp_path):
    write(tmp_path / "again", {"labels": ["a", "é"]}, FILES)

    assert listing(tmp_path / "again") == listing(folder)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60)
@given(where=st.floats(0, 1, exclude_max=True), flipped=st.integers(1, 255))
def test_a_changed_byte_is_noticed_in_every_file(damaged, name, where, flipped):
    folder, files = damaged
    raw = files[name]
    place = int(where * len(raw))

    with put(folder, name, raw[:place] + bytes([raw[place] ^ flipped]) + raw[place + 1 :]):
        said = refused(folder)

    assert name in said


def test_every_bit_of_the_manifest_matters(damaged):
    folder, files = damaged
    raw = files["model.json"]
    for place in range(len(raw)):
        with put(folder, "model.json", raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]):
            refused(folder)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=10)
@given(where=st.floats(0, 1, exclude_max=True), more=st.binary(min_size=1, max_size=20))
def test_a_shortened_or_lengthened_file_is_noticed(damaged, name, where, more):
    folder, files = damaged
    raw = files[name]
    for content in (raw[: int(where * len(raw))], raw + more, more + raw):
        with put(folder, name, content):
            assert name in refused(folder)


class put:
    """Another content for one file, for a while."""

    def __init__(self, folder, name, content):
        self.path, self.content = folder / name, content

    def __enter__(self):
        self.before = self.path.read_bytes()
        self.path.write_bytes(self.content)

    def __exit__(self, *_):
        self.path.write_bytes(self.before)


def refused(folder):
    """What reading says, which must be one line."""
    with pytest.raises(BundleError) as caught:
        read_all(folder)
    said = str(caught.value)
    assert len(said.splitlines()) == 1
    return said


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()

    with pytest.raises(BundleError, match=f"{name} is damaged: the file is missing|it has no model.json"):
        read_all(folder)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_refused_at_once(folder, name, make):
    (folder / name).unlink()
    make(folder / name)

    with pytest.raises(BundleError, match=f"{name} is not an ordinary file; copy the model folder again"):
        read_all(folder)


def test_swapped_files_are_noticed(folder):
    one, other = (folder / name for name in FILES)
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)

    with pytest.raises(BundleError, match=r"weights.bin is damaged"):
        read_all(folder)


def test_a_file_that_does_not_belong_there_does_no_harm(folder):
    (folder / "notes.txt").write_text("mine")

    assert read_all(folder)[1] == FILES


def test_a_file_that_is_larger_than_it_may_be_is_refused(folder):
    saved = SavedFolder(folder)

    with pytest.raises(BundleError, match=r"says that it has 40 bytes, and at most 39 are allowed"):
        saved.read("weights.bin", 39)


def test_a_manifest_that_is_too_large_is_refused(folder, monkeypatch):
    monkeypatch.setattr(module, "MAX_MANIFEST_BYTES", 100)

    with pytest.raises(BundleError, match="larger than 100 bytes"):
        read_all(folder)


@pytest.mark.parametrize("size", [-1, 10**15])
def test_an_impossible_file_size_is_refused(folder, forge, size):
    forge(folder, "model.json", lambda manifest: manifest["files"]["card.md"].update(bytes=size))

    with pytest.raises(BundleError, match=f"card.md is damaged: model.json says that it has {size:,} bytes"):
        read_all(folder)


def test_a_model_of_the_first_format_is_refused_with_what_to_do(folder, forge):
    forge(folder, "model.json", lambda manifest: manifest.update(format=1))

    with pytest.raises(BundleError) as caught:
        read_all(folder)

    assert str(caught.value) == (
        f"{folder}/model.json has the format 1, this seqtext reads format 2; "
        "install the seqtext that wrote it, or train the model again"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "2"}, "has the format '2'"),
        ({"format": 2.0}, "format is 2.0, expected int"),
        ({"format": [1] * 10_000}, r"has the format \[1, 1"),
        ({"files": {}}, "it should list the files card.md, weights.bin"),
        ({"files": {"../card.md": {"bytes": 1, "sha256": ""}}}, "it should list the files"),
        ({"files": {"card.md": {"bytes": "1", "sha256": ""}}}, r"bytes is '1', expected int"),
    ],
)
def test_a_forged_seal_is_refused(folder, forge, change, message):
    forge(folder, "model.json", lambda manifest: manifest.update(change))

    with pytest.raises(BundleError, match=message) as caught:
        read_all(folder)

    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("checksum", ["short", "0" * 64, "\ud800" * 64, None, 7])
def test_a_forged_checksum_is_refused(folder, checksum):
    raw = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**raw, "checksum": checksum}))

    with pytest.raises(BundleError, match=r"model.json is damaged: .*(checksum|not valid JSON)"):
        read_all(folder)


@pytest.mark.parametrize(
    "value",
    ["NaN", "-Infinity", '1, "labels": 2', "[" * 100_000 + "]" * 100_000, "9" * 10_000, '"\\ud800"', "[{"],
)
def test_forged_json_is_refused(folder, forge, value):
    forge(folder, "model.json", lambda manifest: with_labels(manifest, value))

    with pytest.raises(BundleError, match=r"model.json is damaged: it is not valid JSON") as caught:
        read_all(folder)

    assert len(str(caught.value)) < 600


def with_labels(manifest, value):
    text = json.dumps({**manifest, "labels": 0})
    return text.replace('"labels": 0', f'"labels": {value}')


@pytest.mark.parametrize("depth", [100, 900, 980, 990, 1_000, 3_000, 100_000])
def test_deep_nesting_is_no_traceback_at_any_depth(folder, forge, depth):
    forge(folder, "model.json", lambda manifest: with_labels(manifest, "[" * depth + "]" * depth))

    # Whoever reads the manifest refuses what is not too deep for JSON.
    with contextlib.suppress(BundleError):
        read_all(folder)


# ------------------------------------------------------------------------------------------------ no model


def test_a_file_is_not_a_model(tmp_path):
    (tmp_path / "file").write_text("hello")

    with pytest.raises(BundleError, match=r"no model at .*: that is a file, not a folder"):
        read_all(tmp_path / "file")


def test_a_folder_without_a_manifest_is_not_a_model(tmp_path):
    with pytest.raises(BundleError, match=r"is not a model: it has no model.json; give a folder written by"):
        read_all(tmp_path)


@pytest.mark.parametrize("path", ["a" * 5_000, "nul\0byte", "no/such/folder"])
def test_an_impossible_path_is_no_model(path):
    with pytest.raises(BundleError, match="there is no such folder"):
        read_all(Path(path))


# ------------------------------------------------------------------------------------------------ writing


def test_a_model_is_replaced_only_when_asked(folder):
    before = listing(folder)

    with pytest.raises(BundleError, match="holds a model already; give --force"):
        write(folder, {}, {})

    assert listing(folder) == before


def test_a_model_is_replaced_whole(folder):
    (folder / "notes.txt").write_text("of the old model")

    write(folder, {}, {"other.bin": b"new"}, replace=True)

    assert sorted(listing(folder)) == ["model.json", "other.bin"]
    assert nothing_beside(folder)


@pytest.mark.parametrize("replace", [False, True])
def test_a_folder_that_is_no_model_is_never_touched(tmp_path, replace):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("years of work")

    with pytest.raises(BundleError, match="exists and is not a model; give another --out, nothing was touched"):
        write(tmp_path / "thesis", {}, FILES, replace=replace)

    assert (tmp_path / "thesis" / "chapter1.txt").read_text() == "years of work"


@pytest.mark.parametrize("replace", [False, True])
def test_a_file_is_never_touched(tmp_path, replace):
    (tmp_path / "model").write_text("hello")

    with pytest.raises(BundleError, match="is a file; give a folder as --out"):
        write(tmp_path / "model", {}, FILES, replace=replace)

    assert (tmp_path / "model").read_text() == "hello"


def test_an_empty_folder_and_missing_parents_are_fine(tmp_path):
    (tmp_path / "empty").mkdir()

    for target in (tmp_path / "empty", tmp_path / "a" / "b" / "c"):
        write(target, {}, FILES)
        assert read_all(target) == ({}, FILES)


@pytest.mark.parametrize("at", range(len(NAMES)))
@pytest.mark.parametrize("exists", [True, False])
def test_a_full_disk_at_any_write_leaves_everything_as_it_was(folder, monkeypatch, at, exists):
    before = listing(folder)
    target = folder if exists else folder.parent / "inner" / "new"
    writes = []

    def full(handle):
        writes.append(handle)
        if len(writes) > at:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(BundleError, match=r"cannot be written to .*: No space left on device; free space or give"):
        write(target, {}, {**FILES, "card.md": b"new"}, replace=True)

    assert (listing(folder) == before) if exists else not target.exists()
    assert nothing_beside(target)
    assert len(writes) == at + 1


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize(
    "error", [OSError(errno.EIO, "Input/output error"), KeyboardInterrupt()], ids=["disk", "ctrl-c"]
)
def test_a_rename_that_fails_leaves_the_old_model(folder, monkeypatch, at, error):
    before = listing(folder)
    rename, renamed = Path.rename, []

    def fails_once(path, target):
        renamed.append(path)
        if len(renamed) == at + 1:
            raise error
        return rename(path, target)

    monkeypatch.setattr(atomic, "exchange", lambda one, other: False)
    monkeypatch.setattr(Path, "rename", fails_once)

    with pytest.raises((BundleError, KeyboardInterrupt)):
        write(folder, {}, {}, replace=True)

    assert listing(folder) == before
    assert nothing_beside(folder)


def test_an_interrupt_while_writing_leaves_the_old_model(folder, monkeypatch):
    before = listing(folder)

    def interrupted(handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)

    with pytest.raises(KeyboardInterrupt):
        write(folder, {}, {}, replace=True)

    assert listing(folder) == before
    assert nothing_beside(folder)


def test_a_parent_that_may_not_be_written_is_one_line(tmp_path, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(atomic, "new_folder", refused)

    with pytest.raises(BundleError, match=r"cannot be written to .*model: Permission denied"):
        check_target(tmp_path / "model", replace=False)


@pytest.mark.parametrize("path", ["file/model", "a" * 5_000])
def test_an_impossible_target_is_one_line(tmp_path, path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(BundleError, match="cannot be written to"):
        write(tmp_path / path, {}, FILES)


def test_a_link_to_a_model_is_replaced_and_its_target_is_left_alone(folder, tmp_path):
    before = listing(folder)
    link = tmp_path / "latest"
    link.symlink_to(folder)

    write(link, {}, {"new.bin": b""}, replace=True)

    assert (link / "new.bin").exists()
    assert listing(folder) == before


def test_others_may_read_a_model_as_the_umask_allows(tmp_path):
    before = os.umask(0o022)
    try:
        write(tmp_path / "model", {}, FILES)
    finally:
        os.umask(before)

    assert (tmp_path / "model").stat().st_mode & 0o777 == 0o755


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_a_private_folder_that_is_replaced_stays_private(folder):
    folder.chmod(0o700)

    write(folder, {}, FILES, replace=True)

    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_umask_of_the_process_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "umask", lambda mask: pytest.fail("other threads write files at this moment"))

    write(tmp_path / "model", {}, FILES)


def test_json_with_millions_of_lists_is_refused_before_it_takes_memory():
    import tracemalloc

    raw = b"[" + b"[[]]," * 600_000 + b"[]]"
    tracemalloc.start()
    with pytest.raises(ValueError, match="it has more than 1,000,000 lists and objects"):
        parse_json(raw)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 10_000_000


def test_brackets_in_words_are_no_lists():
    words = ["[" * 1_000_001, '"[', "\\"]

    assert parse_json(json.dumps(words).encode()) == words
