"""
The models of the course slides, as the README quotes them, beside the recipes, the linear model, the majority class and
the slides' own scripts, on the real corpora and on the same rows.

    SEQTEXT_DATA=... python scripts/bench_accuracy.py [--update FILE] [imdb] [sentiment] [random] [authors]

Runs the installed ``seqtext train`` as a user would, one model after the other; about 40 minutes on 2 cores. With
--update the table is written between the markers in the named file. Minutes are of the machine it ran on; compare
them with each other only.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tables import show

from seqtext import corpora
from seqtext.recipes.change import configure
from seqtext.recipes.named import RECIPES
from seqtext.training.columns import Columns
from seqtext.training.experiment import test_split

# Name -> heading, task, settings that all recipes share, recipes, and the slides' script.
BENCHES = {
    "imdb": ("IMDB, official test part", "imdb", [], ["imdb", "slides/imdb-simple-rnn"], "imdb"),
    "sentiment": (
        "GOP tweets, 3 classes, 20 % held out, equal texts on one side",
        "sentiment",
        ["test_share=0.2"],
        ["sentiment", "slides/gop-lstm"],
        "gop",
    ),
    "random": (
        "GOP tweets, 3 classes, a random third held out as on the slides (retweets on both sides)",
        "sentiment",
        ["split=random", "test_share=0.33"],
        ["sentiment", "slides/gop-lstm"],
        "gop",
    ),
    "authors": (
        "Spooky authors, 20 % stratified",
        "authors",
        ["test_share=0.2"],
        ["authors", "slides/gop-lstm"],
        None,
    ),
}
SETTINGS = ["seed=42"]


def bench(name: str, folder: Path) -> Iterator[tuple[str, str, float, float, float | None]]:
    """Rows of the table: heading, contestant, accuracy, macro-F1, minutes."""
    heading, task, shared, recipes, script = BENCHES[name]
    for number, recipe in enumerate(recipes):
        settings = [part for setting in (*shared, *SETTINGS) for part in ("--set", setting)]
        arguments = ["-m", "seqtext", "train", task, "--recipe", recipe, "--out", str(folder / name / str(number))]
        began = time.monotonic()
        result = json.loads(run([*arguments, "--json", *settings]))
        print(f"{name}: {recipe}, whole command {(time.monotonic() - began) / 60:.1f} min", file=sys.stderr, flush=True)
        for who, scores in result["scores"]["label"].items():
            if who == "this model":
                command = f"`seqtext train {task} --recipe {recipe}`"
                yield heading, command, scores["accuracy"], scores["macro_f1"], result["training_seconds"] / 60
            elif number == 0:
                yield heading, who, scores["accuracy"], scores["macro_f1"], None
    if script:
        path = folder / f"{name}.jsonl"
        write_rows(path, task, shared)
        scores = json.loads(run([str(Path(__file__).with_name("slides_keras.py")), script, str(path)]))
        who = "the slides' Keras script, left padding"
        yield heading, who, scores["accuracy"], scores["macro_f1"], scores["seconds"] / 60


def run(arguments: list[str]) -> str:
    """Run Python with ``arguments`` and give what it prints."""
    done = subprocess.run([sys.executable, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def write_rows(path: Path, task: str, settings: list[str]) -> None:
    """The same training and test rows that ``seqtext train`` uses, for the slides' script."""
    rows = corpora.load(task)
    train, test = rows.train, rows.test
    if test is None:
        recipe = configure(RECIPES[task], [*settings, *SETTINGS])
        kept, held_out = test_split(train, Columns.named(["text"], ["label"]), recipe)
        train, test = train.take(kept), train.take(held_out)
    with path.open("w", encoding="utf-8") as file:
        for part, some in (("train", train), ("test", test)):
            for text, label in zip(some.column("text"), some.column("label"), strict=True):
                file.write(json.dumps({"part": part, "text": text, "label": label}) + "\n")


def markdown(rows: list[tuple[str, str, float, float, float | None]]) -> str:
    """The table, the contestants of each corpus ordered by macro-F1."""
    lines = ["| rows | model | accuracy | macro-F1 | minutes |", "|---|---|---|---|---|"]
    headings = list(dict.fromkeys(row[0] for row in rows))
    for heading in headings:
        some = sorted((row for row in rows if row[0] == heading), key=lambda row: -row[3])
        for i, (_, who, accuracy, macro_f1, minutes) in enumerate(some):
            shown = "" if minutes is None else f"{minutes:.1f}"
            lines.append(f"| {heading if i == 0 else ''} | {who} | {accuracy:.3f} | {macro_f1:.3f} | {shown} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], metavar="NAME")
    parser.add_argument("--update", type=Path, metavar="FILE")
    options = parser.parse_args()
    names = options.names or list(BENCHES)
    if missing := [name for name in names if corpora.find(BENCHES[name][1]) is None]:
        sys.exit(f"no corpus for {', '.join(missing)}: set SEQTEXT_DATA, see 'seqtext corpora list'")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            for row in bench(name, Path(folder)):
                rows.append(row)
                print(f"{row[1]}: accuracy {row[2]:.4f}, macro-F1 {row[3]:.4f}", file=sys.stderr, flush=True)
    table = markdown(rows)
    show(table, "bench_accuracy", options.update)


if __name__ == "__main__":
    main()
