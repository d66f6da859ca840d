"""
The table of docs/models.md: models of several columns, several outputs and several labels, trained by the installed
command on corpora below SEQTEXT_DATA, beside linear models that read all of the same columns.

    SEQTEXT_DATA=... python scripts/bench_models.py [--seeds 42,43,44] [--out FILE] [NAME ...]
    python scripts/bench_models.py --table results.jsonl [--update docs/models.md]

Each model is scored by `seqtext train` on the test file that it is given. The other linear model is one of
scikit-learn: n-grams of each text (runs of one and two words, and of two to five characters), categories as columns of
0 and 1, and a support vector machine for each output, one for each label where a row may have several.
"""

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from column_corpora import TASKS, Task
from tables import show

from seqtext.data.dataset import read

LINEAR, OURS = "linear model", "this model"
SCIKIT_LEARN = "scikit-learn"


def trained(task: Task, data: Path, test: Path, seed: int, more: list[str]) -> dict[str, dict[str, float]]:
    """Macro-F1 by output and model, as ``seqtext train`` says."""
    command = [sys.executable, "-m", "seqtext", "train", "--data", str(data), "--test", str(test), *task.arguments]
    command += [*more, "--seed", str(seed), "--out", str(data.parent / "model"), "--force", "--json"]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
    columns = (*task.label, *task.multilabel)  # a single output has a name of its own
    by_output = dict(zip(columns, found["scores"].values(), strict=True))
    return {output: {who: one["macro_f1"] for who, one in by_model.items()} for output, by_model in by_output.items()}


def peer(task: Task, data: Path, test: Path) -> dict[str, float]:
    """Macro-F1 by output of a linear model of scikit-learn on all columns."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics import f1_score
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.preprocessing import MultiLabelBinarizer, OneHotEncoder
    from sklearn.svm import LinearSVC

    old, new = read(data), read(test)
    blocks = []
    for column in task.text:
        texts, new_texts = ([text or "" for text in rows.column(column)] for rows in (old, new))
        for options in ({"ngram_range": (1, 2)}, {"ngram_range": (2, 5), "analyzer": "char_wb"}):
            vectors = TfidfVectorizer(sublinear_tf=True, min_df=2, **options)
            blocks.append((vectors.fit_transform(texts), vectors.transform(new_texts)))
    for column in task.category:
        known, unseen = ([[value or ""] for value in rows.column(column)] for rows in (old, new))
        encoder = OneHotEncoder(handle_unknown="ignore", min_frequency=2)
        blocks.append((encoder.fit_transform(known), encoder.transform(unseen)))
    features, new_features = (hstack([block[i] for block in blocks]).tocsr() for i in (0, 1))

    scores = {}
    for column in task.label:
        labels, truth = (np.array([label or "" for label in rows.column(column)]) for rows in (old, new))
        there, scored = labels != "", truth != ""
        answers = LinearSVC().fit(features[there], labels[there]).predict(new_features[scored])
        scores[column] = f1_score(truth[scored], answers, average="macro")
    for column in task.multilabel:
        sets, truth_sets = ([(cell or "").split(",") for cell in rows.column(column)] for rows in (old, new))
        binarizer = MultiLabelBinarizer().fit(sets)
        answers = OneVsRestClassifier(LinearSVC()).fit(features, binarizer.transform(sets)).predict(new_features)
        scores[column] = f1_score(binarizer.transform(truth_sets), answers, average="macro")
    return scores


def bench(names: list[str], seeds: list[int], more: list[str], out: Path) -> None:
    for name in names:
        task = TASKS[name]
        with tempfile.TemporaryDirectory() as folder:
            data, test = task.write(Path(folder))
            linear = peer(task, data, test)
            for seed in seeds:
                began = time.monotonic()
                found = trained(task, data, test, seed, more)
                took = (time.monotonic() - began) / 60
                for output, scores in found.items():
                    record = {"corpus": name, "output": output, "seed": seed, "more": more, "minutes": took}
                    record |= {SCIKIT_LEARN: linear[output], LINEAR: scores[LINEAR], OURS: scores[OURS]}
                    print(json.dumps(record), flush=True)
                    with out.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(record) + "\n")


def table(path: Path) -> str:
    """The results as Markdown, means over the seeds."""
    found = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        found[record["corpus"], record["output"], tuple(record["more"])].append(record)
    lines = [
        "| corpus, and what `seqtext train` is told | output | scikit-learn | our linear model | model | to the better "
        "| minutes |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    last = None
    for (name, output, more), records in found.items():
        mean = {who: float(np.mean([record[who] for record in records])) for who in (SCIKIT_LEARN, LINEAR, OURS)}
        told = shlex.join([*TASKS[name].arguments, *more])
        heading = f"{name}: `{told}`" if (name, more) != last else ""
        gain = 100 * (mean[OURS] - max(mean[SCIKIT_LEARN], mean[LINEAR]))
        numbers = [f"{mean[who]:.3f}" for who in (SCIKIT_LEARN, LINEAR, OURS)] + [f"{gain:+.1f}"]
        took = f"{np.mean([record['minutes'] for record in records]):.1f}" if heading else ""
        lines.append(f"| {' | '.join([heading, output, *numbers, took])} |")
        last = name, more
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(TASKS), metavar="NAME")
    parser.add_argument("--seeds", default="42")
    parser.add_argument("--more", default="", help="further options of `seqtext train`, in one argument")
    parser.add_argument("--out", type=Path, default=Path("results.jsonl"))
    parser.add_argument("--table", type=Path)
    parser.add_argument("--update", type=Path)
    options = parser.parse_args()
    if options.table:
        show(table(options.table), "bench_models", options.update)
        return
    bench(options.names, [int(seed) for seed in options.seeds.split(",")], shlex.split(options.more), options.out)


if __name__ == "__main__":
    main()
