"""A folder takes the place of another in one step, and whoever dies on the way loses nothing."""

import os
import threading

import pytest

from seqtext import atomic
from seqtext.errors import BundleError


def folder(path, **files):
    path.mkdir()
    for name, content in files.items():
        (path / name).write_text(content)
    return path


def content(path):
    return {one.name: one.read_text() for one in path.iterdir()}


@pytest.fixture(params=["in one step", "in two steps"])
def way(request, monkeypatch):
    if request.param == "in two steps":
        monkeypatch.setattr(atomic, "exchange", lambda one, other: False)
    return request.param


def test_a_new_folder_takes_the_place_of_the_former_one_and_nothing_stays_behind(way, tmp_path):
    target = folder(tmp_path / "model", old="1")

    atomic.put(folder(tmp_path / "new", new="2"), target, "new")

    assert content(target) == {"new": "2"}
    assert os.listdir(tmp_path) == ["model"]


def test_a_former_folder_that_nobody_may_write_to_is_replaced(way, tmp_path):
    target = folder(tmp_path / "model", old="1")
    target.chmod(0o555)

    atomic.put(folder(tmp_path / "new", new="2"), target, "new")

    assert os.listdir(tmp_path) == ["model"]


def test_who_is_killed_between_the_two_steps_leaves_the_former_folder_to_be_restored(monkeypatch, tmp_path):
    target = folder(tmp_path / "model", old="1")
    (old := atomic.new_folder(target)).rmdir()
    target.rename(old.with_name(old.name.replace(atomic.NEW, atomic.OLD)))

    atomic.restore(target)

    assert content(target) == {"old": "1"}
    assert os.listdir(tmp_path) == ["model"]


def test_what_a_killed_writer_left_is_swept_by_the_next_one(tmp_path):
    target = tmp_path / "model"
    left, others = atomic.new_folder(target), atomic.new_folder(tmp_path / "other")

    with atomic.only_writer(target):
        assert not left.exists()

    assert others.exists()


def test_a_planted_link_is_not_followed_when_sweeping(tmp_path):
    target, private = tmp_path / "model", folder(tmp_path / "private", secret="1")
    private.chmod(0o500)
    left = atomic.new_folder(target)
    left.rmdir()
    left.symlink_to(private)

    with atomic.only_writer(target):
        pass

    assert (private / "secret").exists()
    assert oct(private.stat().st_mode)[-3:] == "500"


def test_two_writers_wait_for_each_other(tmp_path):
    pytest.importorskip("fcntl")
    target, order = tmp_path / "model", []

    def second():
        with atomic.only_writer(target):
            order.append("second")

    with atomic.only_writer(target):
        other = threading.Thread(target=second)
        other.start()
        other.join(0.2)
        order.append("first")
    other.join()

    assert order == ["first", "second"]


def test_in_a_mount_point_files_are_replaced_one_by_one(monkeypatch, tmp_path):
    target = folder(tmp_path / "volume", a="1", stale="1", list="1")
    monkeypatch.setattr(os.path, "ismount", lambda path: path == target)
    new = atomic.new_folder(target)
    for name in ("a", "list"):
        (new / name).write_text("2")

    atomic.put(new, target, "list")

    assert content(target) == {"a": "2", "list": "2"}


def test_a_name_as_long_as_a_file_system_takes_can_be_replaced(tmp_path):
    target = tmp_path / ("ä" * 120)
    atomic.put(atomic.new_folder(target), target, "list")

    atomic.probe(target)

    assert target.is_dir()


def test_reading_begins_anew_where_the_folder_was_replaced_meanwhile(tmp_path):
    target = folder(tmp_path / "model", a="1")
    tries = []

    def read():
        tries.append(1)
        if len(tries) == 1:
            atomic.put(folder(tmp_path / "new", a="2"), target, "a")
            raise BundleError("damaged")
        return (target / "a").read_text()

    assert atomic.read_whole(target, read, BundleError) == "2"


def test_what_is_damaged_for_good_is_refused_at_once(tmp_path):
    tries = []

    def read():
        tries.append(1)
        raise BundleError("damaged")

    with pytest.raises(BundleError, match="damaged"):
        atomic.read_whole(folder(tmp_path / "model"), read, BundleError)
    assert len(tries) == 1
