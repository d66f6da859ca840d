"""
How long a cold process takes, and how much memory, from the shell to the last line: the second table of the README.

    python scripts/bench_start.py [--model FOLDER] [--update README.md]

Trains a model on the bundled tweets first, unless it is given one. Each command runs several times in a process of its
own, with the byte code that an installation writes; the best is shown, beside what merely importing TensorFlow costs
on the same machine.
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

RUNS = 7
# Whoever installs a package has its byte code; a checkout may be told to write none.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def measure(command: list[str], line: bytes = b"") -> tuple[float, float]:
    """
    Seconds and peak megabytes of the best of several runs of ``command``.

    With a ``line``, that is sent through a pipe which stays open, and the time is that until its answer comes.
    """
    seconds, megabytes = [], []
    for _ in range(RUNS):
        began = time.perf_counter()
        quiet = {"stderr": subprocess.DEVNULL, "env": ENVIRONMENT}
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **quiet)
        assert process.stdin
        assert process.stdout
        if line:
            process.stdin.write(line)
            process.stdin.flush()
            process.stdout.readline()  # the names of the columns
            process.stdout.readline()
            seconds.append(time.perf_counter() - began)
        process.stdin.close()
        process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        if not line:
            seconds.append(time.perf_counter() - began)
        if os.waitstatus_to_exitcode(status):
            sys.exit(f"{' '.join(command)} failed")
        megabytes.append(usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024))
    return min(seconds), min(megabytes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--model", metavar="FOLDER", help="of texts alone; in place of one of the bundled tweets")
    parser.add_argument("--update", type=Path, metavar="FILE")
    options = parser.parse_args()
    seqtext = str(Path(sys.executable).with_name("seqtext"))
    tweets = corpora.sample_path("sentiment")
    rows = len(corpora.load("sentiment", sample=True).train)
    with tempfile.TemporaryDirectory() as folder:
        ENVIRONMENT["PYTHONPYCACHEPREFIX"] = f"{folder}/byte code"
        model = options.model or f"{folder}/model"
        if not options.model:
            asked = [seqtext, "train", "sentiment", "--sample", "--out", model]
            subprocess.run(asked, check=True, stdout=subprocess.DEVNULL)
        commands = {
            "`seqtext --help`": ([seqtext, "--help"], b""),
            "`seqtext classify -`, to the first label": ([seqtext, "classify", "-", "-m", model], b"What a debate!\n"),
            f"`seqtext classify tweets.csv`, {rows} tweets": ([seqtext, "classify", str(tweets), "-m", model], b""),
            "for comparison: `import tensorflow`": ([sys.executable, "-c", "import tensorflow"], b""),
        }
        lines = ["| a cold process | seconds | MB |", "|---|--:|--:|"]
        for name, (command, line) in commands.items():
            seconds, megabytes = measure(command, line)
            lines.append(f"| {name} | {seconds:.2f} | {megabytes:.0f} |")
    table = "\n".join(lines)
    show(table, "bench_start", options.update)


if __name__ == "__main__":
    main()
