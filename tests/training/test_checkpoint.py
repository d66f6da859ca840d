"""Training that was interrupted goes on to the same bytes, and never from another one's checkpoint."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from seqtext import atomic
from seqtext.errors import BundleError, RecipeError
from seqtext.recipes.change import changed
from seqtext.training import checkpoint as module
from seqtext.training import fit
from seqtext.training.checkpoint import Checkpoint, Kept, Position, beside, digest_of
from seqtext.training.labelled import labelled_rows
from seqtext.training.progress import Progress
from seqtext.training.run import train

pytestmark = pytest.mark.slow


class Told(Progress):
    """Remembers what was said, and fails at one batch, as sudden as a kill."""

    def __init__(self, stop_at=None):
        self.lines, self.batches, self.stop_at = [], 0, stop_at

    def say(self, line):
        self.lines.append(line)

    def batch(self, epoch, epochs, done, loss):
        self.batches += 1
        if self.batches == self.stop_at:
            raise MemoryError


@pytest.fixture(scope="module")
def rows(reviews):
    return labelled_rows({"text": reviews[0]}, {"label": reviews[1]})


@pytest.fixture(scope="module")
def quick(tiny):
    """Everything that has a state: dropouts with their seeds, an optimizer with moments, a schedule, early stopping."""
    settings = {"cell": "simple_rnn", "units": 3, "epochs": 6, "early_stopping": "loss", "patience": 5}
    return changed(tiny, {**settings, "max_length": 4, "word_dropout": 0.2, "dropout": 0.2, "schedule": "plateau"})


@pytest.fixture(scope="module")
def whole(rows, quick):
    """What comes out where nothing is interrupted, and no checkpoint is written."""
    return train(rows, quick)[0]


@pytest.fixture
def eager(monkeypatch):
    """A checkpoint is written after every batch."""
    monkeypatch.setattr(module, "SECONDS", 0.0)
    monkeypatch.setattr(module, "SECONDS_AT_END", 0.0)
    monkeypatch.setattr(module, "SHARE", 1e9)


@pytest.fixture
def interrupted(rows, quick, eager, tmp_path):
    """The folder of a checkpoint from the middle of an epoch."""
    with pytest.raises(MemoryError):
        train(rows, quick, progress=Told(6), checkpoint=Checkpoint(tmp_path / "c"))
    return tmp_path / "c"


def assert_same(one, other):
    assert one.history == other.history
    assert list(one.weights) == list(other.weights)
    for name, weight in one.weights.items():
        np.testing.assert_array_equal(weight, other.weights[name], err_msg=name)


@pytest.mark.parametrize(("stop_at", "epoch"), [(9, 3), (15, 4)], ids=["after an epoch", "in the middle of one"])
def test_a_killed_training_goes_on_to_the_same_bytes(whole, rows, quick, eager, tmp_path, stop_at, epoch):
    kept, told = Checkpoint(tmp_path / "c"), Told()

    with pytest.raises(MemoryError):
        train(rows, quick, progress=Told(stop_at), checkpoint=kept)
    resumed, _ = train(rows, quick, progress=told, checkpoint=kept)

    assert f"going on from {tmp_path / 'c'}: epoch {epoch}, batch " in "\n".join(told.lines)
    assert resumed.made.seconds > 0
    assert_same(whole, resumed)


def test_a_checkpoint_changes_nothing_for_a_training_that_nobody_disturbs(whole, rows, quick, eager, tmp_path):
    watched, _ = train(rows, quick, checkpoint=Checkpoint(tmp_path / "c"))

    assert_same(whole, watched)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"units": 2}, "was made with units 3, now it is 2; .* or --force to begin anew"),
        ({"seed": 8}, "was made with seed [0-9]+, now it is 8"),
    ],
    ids=str,
)
def test_a_checkpoint_of_other_settings_is_refused_with_the_difference(rows, quick, interrupted, setting, message):
    with pytest.raises(BundleError, match=message):
        train(rows, changed(quick, setting), checkpoint=Checkpoint(interrupted))


def test_a_checkpoint_of_other_rows_is_refused(reviews, quick, interrupted):
    texts, labels = reviews
    fewer = labelled_rows({"text": texts[2:]}, {"label": labels[2:]})

    with pytest.raises(BundleError, match=r"was made with the column 'text' '40 \(.*, now it is '38 \("):
        train(fewer, quick, checkpoint=Checkpoint(interrupted))


def test_a_checkpoint_of_other_labels_is_refused(reviews, quick, interrupted):
    texts, labels = reviews
    other = labelled_rows({"text": texts}, {"label": labels[::-1]})

    with pytest.raises(BundleError, match="was made with the column 'label' '40 "):
        train(other, quick, checkpoint=Checkpoint(interrupted))


def test_the_checkpoint_of_another_training_can_be_dropped(rows, quick, interrupted):
    other, told = changed(quick, {"units": 2, "epochs": 1}), Told()

    train(rows, other, progress=told, checkpoint=Checkpoint(interrupted, replace=True))

    assert told.lines[0] == f"dropping {interrupted}, which was made with units 3, now it is 2"


def test_a_damaged_checkpoint_is_one_line(rows, quick, interrupted):
    state = interrupted / "state.safetensors"
    state.write_bytes(state.read_bytes()[:-1] + b"?")

    with pytest.raises(BundleError, match=r"is damaged: its content does not match the sha256 in checkpoint.json"):
        train(rows, quick, checkpoint=Checkpoint(interrupted))


def test_training_that_diverges_leaves_no_checkpoint(rows, quick, eager, tmp_path, monkeypatch):
    kept = Checkpoint(tmp_path / "c")
    monkeypatch.setattr(fit.Learner, "learn", lambda *_: float("nan"))

    with pytest.raises(RecipeError, match="training diverged in epoch 1"):
        train(rows, quick, checkpoint=kept)

    assert not kept.exists()


# ------------------------------------------------------------------------------------------------- the folder alone


def test_what_a_kill_left_between_two_renames_is_found(tmp_path):
    kept = Checkpoint(tmp_path / "c")
    kept.save(Position(seconds=7.0), {})
    atomic.new_folder(kept.folder)
    beside = atomic.new_folder(kept.folder)
    beside.rmdir()
    kept.folder.rename(beside.with_name(beside.name.replace(atomic.NEW, atomic.OLD)))

    assert kept.seconds() == 7.0
    kept.remove()
    assert list(tmp_path.iterdir()) == []


def test_where_it_cannot_stand_is_damage(tmp_path):
    kept = Checkpoint(tmp_path / "c")
    kept.save(Position(epoch=3), {})

    with pytest.raises(BundleError, match="training cannot stand where it says"):
        kept.load({}, {})


def test_what_is_no_checkpoint_is_never_removed(tmp_path):
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "thesis.txt").write_text("years")

    Checkpoint(tmp_path / "c").remove()

    assert (tmp_path / "c" / "thesis.txt").exists()


def test_it_lies_beside_the_target(tmp_path, monkeypatch):
    assert beside(tmp_path / "mails") == tmp_path / "mails.checkpoint"
    monkeypatch.chdir(tmp_path)
    assert beside(Path()) == tmp_path.with_name(f"{tmp_path.name}.checkpoint")


def test_equal_values_have_equal_digests_and_others_do_not():
    assert digest_of(["a", None, 1.5]) == digest_of(["a", None, 1.5])
    assert digest_of([]).startswith("0 (")
    assert len({digest_of(one) for one in (["ab", "c"], ["a", "bc"], ["a", "b", "c"], ["\ud800"])}) == 4


class Clock:
    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now


@pytest.fixture
def kept(monkeypatch):
    """What is kept of no model at all, the clock, and the number of times that it was written."""
    clock, written = Clock(), []
    monkeypatch.setattr(module, "time", clock)
    found = Kept(None, None, Progress())
    monkeypatch.setattr(found, "save", lambda: written.append(clock.now))
    return found, clock, written


@pytest.mark.parametrize(
    ("step", "seconds", "cost", "times"),
    [
        (5, 59, 0, 0),
        (5, 61, 0, 1),
        (0, 9, 0, 0),
        (0, 11, 0, 1),
        (0, 50, 1.0, 0),
        (5, 101, 1.0, 1),
    ],
    ids=["within a minute", "after one", "an epoch of seconds", "a longer one", "writing is slow", "but not so slow"],
)
def test_writing_takes_little_of_the_time(kept, step, seconds, cost, times):
    found, clock, written = kept
    found.position.step, found.cost, clock.now = step, cost, seconds

    found.save_if_due()

    assert len(written) == times


def test_weights_that_are_no_numbers_are_not_written(kept):
    found, clock, written = kept
    found.position, clock.now = dataclasses.replace(found.position, step=1, total=float("nan")), 1_000.0

    found.save_if_due()

    assert written == []


def test_a_disk_that_is_full_does_not_end_training(monkeypatch, tmp_path):
    told = Told()
    found = Kept(None, None, told)
    (tmp_path / "file").write_text("in the way")
    found.checkpoint = Checkpoint(tmp_path / "file" / "c")
    monkeypatch.setattr(found, "_arrays", dict)

    found.save()

    assert told.lines[0].startswith("going on without a checkpoint: ")
    assert found.checkpoint is None
