"""``seqtext train`` after kill -9: the same command, or --resume, ends with the model that would have been."""

import shutil
import signal
import subprocess
import sys

import pytest

from seqtext.training.checkpoint import Checkpoint, Position

pytestmark = pytest.mark.slow

# The command, in a process that kills itself in the middle of its third epoch, right after it wrote a checkpoint.
KILLED = """
import os, signal, sys
sys.path[:0] = {path!r}
from seqtext.cli import main
from seqtext.training import checkpoint
from seqtext.training.progress import PrintedProgress

def batch(self, epoch, epochs, done, loss):
    if epoch == 3 and done > 0.7:
        os.kill(os.getpid(), signal.SIGKILL)

PrintedProgress.batch = batch
checkpoint.SECONDS, checkpoint.SHARE = 0.0, 1e9
main({arguments!r})
"""


@pytest.fixture
def rows(reviews, write):
    return write("mails.csv", body=reviews[0], mood=reviews[1])


@pytest.fixture
def training(rows, tiny_settings):
    """Options of a training with both halves of a model."""
    more = ("epochs=5", "batch_size=8", "cell=simple_rnn", "max_features=50", "dropout=0.2")
    settings = [part for setting in more for part in ("--set", setting)]
    return ["train", "--data", str(rows), "--text", "body", "--label", "mood", *tiny_settings, *settings]


def killed(arguments, folder):
    script = KILLED.format(path=sys.path, arguments=arguments)
    found = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True)
    assert found.returncode == -signal.SIGKILL, found.stderr


def test_what_was_killed_goes_on_to_the_same_bytes_by_the_same_command_and_by_resume(run, training, tmp_path):
    models, here = tmp_path / "models", [*training, "--out", "models/mails"]
    killed(here, tmp_path)
    assert [path.name for path in models.iterdir()] == ["mails.checkpoint"]
    shutil.copytree(models / "mails.checkpoint", tmp_path / "copy")

    by_command = run(*here).stderr
    assert [path.name for path in models.iterdir()] == ["mails"], "the checkpoint goes"
    (models / "mails").rename(tmp_path / "by_command")
    (tmp_path / "copy").rename(models / "mails.checkpoint")
    by_resume = run("train", "--resume").stderr
    run(*training, "--out", "whole")

    going_on = "going on from models/mails.checkpoint: epoch 3, behind its batch "
    assert going_on in by_command
    assert going_on in by_resume
    for name in ("weights.safetensors", "vocabulary.text.json", "metrics.json", "history.csv"):
        expected = (tmp_path / "whole" / name).read_bytes()
        assert (tmp_path / "by_command" / name).read_bytes() == expected, name
        assert (models / "mails" / name).read_bytes() == expected, name


def test_a_checkpoint_of_another_training_is_refused_and_dropped_by_force(run, refused, training, tmp_path):
    Checkpoint(tmp_path / "m.checkpoint", {"units": 64}).save(Position(), {})

    line = refused(*training, "--out", "m")
    result = run(*training, "--out", "m", "--force", "--set", "epochs=1")

    assert line.startswith("the checkpoint m.checkpoint was made with ")
    assert line.endswith("; give what was given then to go on with it, or --force to begin anew")
    assert "dropping m.checkpoint, which was made with " in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m", "mails.csv"]


def test_there_is_nothing_to_go_on_with(refused):
    assert refused("train", "--resume").startswith("no training under ")
    assert refused("train", "--resume", "--out", "m") == (
        "there is no checkpoint m.checkpoint; give the command that was interrupted once more"
    )


def test_resume_takes_all_options_from_then(run):
    result = run("train", "--resume", "--data", "mails.csv")

    assert result.exit_code == 2
    assert "--resume takes every option as it was given then, so leave out 'data'" in result.stderr


def test_options_of_the_checkpoint_that_make_no_sense_are_one_line(run, tmp_path):
    Checkpoint(tmp_path / "m.checkpoint", command={"seed": "seven"}).save(Position(), {})

    result = run("train", "--resume", "--out", "m")

    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == "Error: Invalid value for '--seed': 'seven' is not a valid integer."
