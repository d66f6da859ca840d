"""``seqtext train`` that goes on: after kill -9 to the same bytes, and from a trained model with more rows."""

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

    going_on = "going on from models/mails.checkpoint: epoch 3, batch "
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


# ------------------------------------------------------------------------------------------------- more rows


def test_a_model_goes_on_with_more_rows_and_both_are_scored_on_the_same_ones(run, model, write):
    texts = [f"{word} number {i}" for i in range(20) for word in ("zebras gallop", "a lovely film", "a waste of time")]
    more = write("more.csv", text=texts, label=["odd", "happy", "sad"] * 20)

    result = run("train", "--from", model, "--data", more, "--out", "grown", "--set", "epochs=2")

    assert "label: 1 new label beside 2: 'odd'" in result.stderr
    assert " new words beside " in result.stderr
    table = [line.split("  ")[0] for line in result.stdout.splitlines()]
    assert {"this model", "the model before", "linear model", "most frequent label"} <= set(table)
    assert "odd" in run("classify", more, "-m", "grown").stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--number", "age"), "the model of --from has decided '--number' already; leave that out"),
        (("--recipe", "linear"), "the model of --from has decided '--recipe' already; leave that out"),
    ],
    ids=str,
)
def test_what_the_model_before_has_decided_cannot_be_given(run, model, rows, options, message):
    result = run("train", "--from", model, "--data", rows, *options)

    assert result.exit_code == 2
    assert message in result.stderr


def test_other_layers_are_refused(refused, model, write):
    rows = write("more.csv", text=["a", "b"], label=["happy", "sad"])

    line = refused("train", "--from", model, "--data", rows, "--set", "units=7")

    assert line.startswith("a model that goes on keeps its words and its layers; ")


def test_what_classify_wrote_and_somebody_corrected_is_learned_from_as_it_is(run, refused, write):
    texts = [f"{word} number {i}" for i in range(10) for word in ("a lovely film", "a waste of time")]
    more, learned = [f"{text} again" for text in texts], ("--recipe", "linear", "--no-baseline")
    assert run("train", "--data", write("old.csv", text=texts, team=["a", "b"] * 10), "--label", "team",
               "--out", "m", *learned).exit_code == 0  # fmt: skip
    corrected = write("new.csv", text=more, label=["a", "b"] * 10, score=["0.9"] * 20)
    other = write("other.csv", body=more, team=["b", "a"] * 10, who=["a", "b"] * 10)

    found = run("train", "--from", "m", "--data", corrected, "--test", "old.csv", "--out", "m2", "--no-baseline")
    assert found.exit_code == 0
    assert "taking the true labels from the column 'label'; choose another with --label" in found.stderr
    assert run("evaluate", "old.csv", "-m", "m2").exit_code == 0, "the model still knows its column as 'team'"
    named = run("train", "--from", "m", "--data", other, "--text", "body", "--label", "who", "--out", "m3")
    assert named.exit_code == 0
    assert "accuracy 1.000" in run("evaluate", "old.csv", "-m", "m3").stdout, "'who' was learned, not 'team'"
    assert "has no column 'x'" in refused("train", "--from", "m", "--data", other, "--text", "x", "--out", "m4")
