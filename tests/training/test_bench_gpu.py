"""The script that measures training on a GPU: that it runs can be seen without one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent.parent / "scripts" / "bench_gpu.py"


def run(*arguments):
    without = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments], capture_output=True, text=True, env=without, check=False
    )


@pytest.mark.slow
def test_the_script_can_be_tried_on_a_cpu():
    done = run("--tiny")

    assert done.returncode == 0, done.stderr
    rows = [line.split(" | ")[0].strip("| ") for line in done.stdout.splitlines()[4:]]
    assert rows[:4] == [
        "seqtext, plain kernel (`--cudnn off`)",
        "seqtext, cuDNN",
        "seqtext, cuDNN, mixed precision",
        "plain Keras",
    ]


def test_figures_of_a_try_are_put_on_no_page(tmp_path):
    done = run("--tiny", "--update", str(tmp_path / "page.md"))

    assert done.returncode == 2
    assert "leave out --update" in done.stderr


@pytest.mark.slow
def test_without_a_gpu_it_says_so_and_measures_nothing():
    done = run()

    assert done.returncode == 1
    assert done.stderr == (
        "no GPU that Keras can use here ('seqtext device' tells more); --tiny tries the script on a CPU\n"
    )
