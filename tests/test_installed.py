"""
An install without any extra, made by scripts/test and named by SEQTEXT_LIGHT_PYTHON: what most users of a model have.

It is a copy, not a link to this folder, so a file that the package forgot would be missed here.
"""

import os
import subprocess

import pytest

PYTHON = os.environ.get("SEQTEXT_LIGHT_PYTHON")

pytestmark = pytest.mark.skipif(not PYTHON, reason="SEQTEXT_LIGHT_PYTHON names no install; scripts/test makes one")


def seqtext(folder, *arguments):
    command = [PYTHON, "-m", "seqtext", *map(str, arguments)]
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "SEQTEXT_DATA")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


def test_tensorflow_is_not_there(tmp_path):
    assert subprocess.run([PYTHON, "-c", "import tensorflow"], cwd=tmp_path, stderr=subprocess.DEVNULL).returncode == 1


def test_it_labels_a_file(saved, tmp_path):
    (tmp_path / "two.txt").write_text("what a lovely film\nso dull\n", encoding="utf-8")

    run = seqtext(tmp_path, "classify", "two.txt", "-m", saved)

    assert [line.split(",")[0] for line in run.stdout.splitlines()] == ["text", "what a lovely film", "so dull"]


@pytest.mark.parametrize("task", ["sentiment", "imdb", "authors"])
def test_the_sample_of_a_task_was_installed(task, tmp_path):
    run = seqtext(tmp_path, "corpora", "path", task)

    assert "site-packages" in run.stdout


def test_training_names_the_extra_that_it_needs(tmp_path):
    run = seqtext(tmp_path, "train", "authors", "--sample")

    assert (run.returncode, "pip install 'seqtext[train]'" in run.stderr) == (1, True)
