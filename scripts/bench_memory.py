"""
Peak memory of `seqtext classify` for files of different sizes: it must not grow with the file.

    python scripts/bench_memory.py [--rows 10000 --rows 1000000] [--length 8] [--update docs/performance.md]

Generated files of short texts, and an untrained LSTM(4) that is as fast as a model can be. Each run is a process of its
own, which says at its end how much memory it had at most (VmHWM of /proc/self/status, so Linux alone).
"""

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tables import show
from untrained import lstm, some_texts, some_words

from seqtext import saving

WORDS, PIECE = 2_000, 10_000
# What the command does, and then the peak.
CODE = """
import sys
from seqtext.cli import main
main(sys.argv[1:], standalone_mode=False)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def write_rows(path: Path, rows: int, length: int) -> None:
    """A csv file of so many short texts: the same some thousand again and again, each with a number."""
    texts = some_texts(PIECE, length, some_words(WORDS - 2))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text"])
        writer.writerows([f"{texts[i % PIECE]} {i}"] for i in range(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--rows", type=int, action="append", metavar="N", help="once for each file")
    parser.add_argument("--length", type=int, default=8, help="words of a text")
    parser.add_argument("--update", type=Path, metavar="FILE")
    options = parser.parse_args()
    lines = ["| rows | MB of the file | seconds | rows a second | peak, MB |", "|--:|--:|--:|--:|--:|"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = saving.save(lstm(units=4, words=WORDS), folder / "model")
        for rows in options.rows or [10_000, 1_000_000]:
            write_rows(folder / "texts.csv", rows, options.length)
            command = ["classify", str(folder / "texts.csv"), "-m", str(model), "-o", str(folder / "out.csv")]
            began = time.perf_counter()
            line = [sys.executable, "-c", CODE, *command]
            done = subprocess.run(line, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            taken, size = time.perf_counter() - began, (folder / "texts.csv").stat().st_size / 1e6
            peak = int(done.stdout) / 1024
            lines.append(f"| {rows:,} | {size:.1f} | {taken:.1f} | {rows / taken:,.0f} | {peak:.0f} |")
            print(lines[-1], flush=True)
            (folder / "out.csv").unlink()
    show("\n".join(lines), "bench_memory", options.update)


if __name__ == "__main__":
    main()
