"""
What the rules of the n-grams buy: the linear recipe with one setting changed at a time, on labelled corpora.

    SEQTEXT_DATA=... python scripts/bench_rules.py [--seeds 42,43,44] [--out rules.jsonl] [NAME ...]
    python scripts/bench_rules.py --table rules.jsonl [--update docs/results.md]
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from labelled_corpora import NAMES, RECIPE, every
from tables import show

from seqtext.evaluation import score
from seqtext.recipes.change import changed
from seqtext.recipes.named import find_recipe
from seqtext.training.baseline import linear_recipe
from seqtext.training.labelled import labelled_rows
from seqtext.training.run import train

AS_IT_IS = "as the rules say"
VARIANTS = {
    AS_IT_IS: {},
    "no naive Bayes": {"bag.naive_bayes": 0.0},
    "naive Bayes alone": {"bag.naive_bayes": 1.0},
    "no logit adjustment": {"logit_adjustment": 0.0},
    "logit adjustment 0.6": {"logit_adjustment": 0.6},
    "cost 0.1": {"bag.cost": 0.1},
    "cost 1": {"bag.cost": 1.0},
    "no characters": {"bag.max_chars": 0},
    "words alone": {"bag.ngrams": 1},
    "three words in a row": {"bag.ngrams": 3},
}
# Long texts without end, or as many labels: minutes for each line.
LEFT_OUT = {"20news", "imdb", "gutenberg", "banking77"}


def bench(names: list[str], seeds: list[int], out: Path) -> None:
    for name, seed, (texts, labels), (new_texts, truth) in every(names, seeds):
        base = changed(linear_recipe(find_recipe(RECIPE.get(name, "general"))), {"seed": seed})
        for variant, settings in VARIANTS.items():
            model, _ = train(labelled_rows({"text": texts}, {"label": labels}), changed(base, settings))
            index = {label: i for i, label in enumerate(model.label_names["label"])}
            answers = model.probabilities({"text": new_texts})["label"].argmax(axis=1)
            found = score(np.array([index[label] for label in truth]), answers, list(index)).macro_f1
            with out.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"corpus": name, "seed": seed, "who": variant, "macro_f1": found}) + "\n")
        print(name, seed, flush=True)


def table(path: Path) -> str:
    """Differences in points of macro-F1, means over the seeds of each corpus, as Markdown."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        found[record["corpus"]][record["who"]].append(100 * record["macro_f1"])
    done = [name for name in NAMES if set(VARIANTS) <= set(found[name])]
    means = {name: {who: float(np.mean(found[name][who])) for who in VARIANTS} for name in done}
    lines = [f"| {len(done)} corpora | on average | at worst | at best |", "|---|--:|--:|--:|"]
    for who in VARIANTS:
        if who != AS_IT_IS:
            away = {name: means[name][who] - means[name][AS_IT_IS] for name in done}
            worst, best = min(away, key=away.__getitem__), max(away, key=away.__getitem__)
            extremes = " | ".join(f"{away[name]:+.1f} ({name})" for name in (worst, best))
            lines.append(f"| {who} | {np.mean(list(away.values())):+.1f} | {extremes} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=[name for name in NAMES if name not in LEFT_OUT], metavar="NAME")
    parser.add_argument("--seeds", default="42,43,44")
    parser.add_argument("--out", type=Path, default=Path("rules.jsonl"))
    parser.add_argument("--table", type=Path)
    parser.add_argument("--update", type=Path)
    options = parser.parse_args()
    if options.table:
        show(table(options.table), "bench_rules", options.update)
        return
    bench(options.names, [int(seed) for seed in options.seeds.split(",")], options.out)


if __name__ == "__main__":
    main()
