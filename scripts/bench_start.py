"""
How long a cold process takes, and how much memory, from the shell to the last line: the second table of the README.

    python scripts/bench_start.py [--update README.md]

Trains a model on the bundled tweets first. Each command runs several times in a process of its own; the best is
shown, beside what merely importing TensorFlow costs on the same machine.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tables import show

from seqtext import corpora

RUNS = 5


def measure(command: list[str]) -> tuple[float, float]:
    """Seconds and peak megabytes of the best of several runs of ``command``."""
    seconds, megabytes = [], []
    for _ in range(RUNS):
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds.append(time.perf_counter() - began)
        if os.waitstatus_to_exitcode(status):
            sys.exit(f"{' '.join(command)} failed")
        megabytes.append(usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024))
    return min(seconds), min(megabytes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--update", type=Path, metavar="FILE")
    options = parser.parse_args()
    seqtext = str(Path(sys.executable).with_name("seqtext"))
    tweets = corpora.sample_path("sentiment")
    rows = len(corpora.load("sentiment", sample=True).train)
    with tempfile.TemporaryDirectory() as folder:
        model = f"{folder}/model"
        subprocess.run(
            [seqtext, "train", "sentiment", "--sample", "--out", model], check=True, stdout=subprocess.DEVNULL
        )
        commands = {
            "`seqtext --help`": [seqtext, "--help"],
            f"`seqtext classify tweets.csv`, {rows} tweets": [seqtext, "classify", str(tweets), "-m", model],
            "for comparison: `import tensorflow`": [sys.executable, "-c", "import tensorflow"],
        }
        lines = ["| a cold process | seconds | MB |", "|---|--:|--:|"]
        for name, command in commands.items():
            seconds, megabytes = measure(command)
            lines.append(f"| {name} | {seconds:.2f} | {megabytes:.0f} |")
    table = "\n".join(lines)
    show(table, "bench_start", options.update)


if __name__ == "__main__":
    main()
