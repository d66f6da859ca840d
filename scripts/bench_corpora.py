"""
The tables of docs/results.md and the README: the best of three linear models as scikit-learn has them, the linear
recipe, the recurrent network alone, the default, and the default with word vectors, on every labelled corpus below
SEQTEXT_DATA, all on the same rows.

    SEQTEXT_DATA=... python scripts/bench_corpora.py [--seeds 42,43,44] [--only WHO,...] [--out FILE] [NAME ...]
    python scripts/bench_corpora.py --table results.jsonl [--update docs/results.md]
    python scripts/bench_corpora.py --summary results.jsonl [--update README.md]

Results are appended to the file as they come, so a run can be broken off. Minutes are of the machine it ran on.
"""

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from labelled_corpora import LEARNED_ON, NAMES, RECIPE, every
from tables import show

from seqtext.evaluation import calibration_error, score
from seqtext.recipes import Recipe
from seqtext.recipes.change import changed
from seqtext.recipes.named import RECIPES, find_recipe
from seqtext.training.baseline import linear_recipe
from seqtext.training.labelled import labelled_rows
from seqtext.training.quiet import import_tensorflow_quietly
from seqtext.training.run import train

VECTORS = "glove-6b-100d"
PEERS = "scikit-learn"
WHO = (PEERS, "linear", "recurrent", "default", "default with vectors")
NEEDED = (PEERS, "linear", "default")


def peers(texts: list[str], labels: list[str], new_texts: list[str]) -> dict[str, np.ndarray]:
    """
    Answers of the linear models that a user of scikit-learn would try, by name, with their usual settings.

    Runs of one and two words with logistic regression and with a support vector machine, and the latter with runs of
    two to five characters as well.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    rarest = 1 if len(texts) < 5_000 else 2
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=rarest)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2)
    models = {
        "words, logistic regression": make_pipeline(words, LogisticRegression(C=10, max_iter=1_000)),
        "words, support vector machine": make_pipeline(words, LinearSVC()),
        "words and characters, support vector machine": make_pipeline(make_union(words, characters), LinearSVC()),
    }
    return {name: model.fit(texts, labels).predict(new_texts) for name, model in models.items()}


def recipes(name: str, seed: int) -> dict[str, Recipe]:
    """The contestants on one corpus; all clean its texts in the same way."""
    default = changed(find_recipe(RECIPE.get(name, "general")), {"seed": seed})
    alone = changed(RECIPES["recurrent"], {"seed": seed, "clean": default.text.clean})
    return dict(
        zip(WHO[1:], (linear_recipe(default), alone, default, changed(default, {"vectors": VECTORS})), strict=True)
    )


def bench(names: list[str], seeds: list[int], who: list[str], out: Path) -> None:
    import_tensorflow_quietly()
    for name, seed, (texts, labels), (new_texts, truth) in every(names, seeds):
        facts = {"corpus": name, "seed": seed, "rows": len(texts), "labels": len(set(labels))}
        if PEERS in who:
            began = time.monotonic()
            write(out, facts | {"who": PEERS} | best_of(peers(texts, labels, new_texts), truth) | minutes(began))
        for one, recipe in recipes(name, seed).items():
            if one not in who:
                continue
            began = time.monotonic()
            model, _ = train(labelled_rows({"text": texts}, {"label": labels}), recipe)
            took = minutes(began)
            answers = model.probabilities({"text": new_texts})["label"]
            index = {label: i for i, label in enumerate(model.label_names["label"])}
            expected = np.array([index[label] for label in truth])
            scores = score(expected, answers.argmax(axis=1), list(index))
            found = {
                "accuracy": scores.accuracy,
                "macro_f1": scores.macro_f1,
                "ece": calibration_error(expected, answers),
                "megabytes": sum(array.nbytes for array in model.weights.values()) / 1e6,
            }
            write(out, facts | {"who": one} | found | took)


def best_of(answers: dict[str, np.ndarray], truth: list[str]) -> dict:
    """Scores of the answers that are best on these very rows: more than anybody could know beforehand."""
    names = sorted(set(truth) | {label for found in answers.values() for label in found.tolist()})
    index = {label: i for i, label in enumerate(names)}
    expected = np.array([index[label] for label in truth])
    scores = {
        name: score(expected, np.array([index[label] for label in found]), names) for name, found in answers.items()
    }
    best = max(scores, key=lambda name: scores[name].macro_f1)
    return {"model": best, "accuracy": scores[best].accuracy, "macro_f1": scores[best].macro_f1}


def minutes(began: float) -> dict[str, float]:
    return {"minutes": (time.monotonic() - began) / 60}


def write(out: Path, record: dict) -> None:
    print(json.dumps(record), flush=True)
    with out.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


Cells = dict[tuple[str, str], list[dict]]


def read_results(path: Path) -> tuple[list[str], Cells]:
    """The corpora that are done, and what is known of each contestant, in the order of the seeds."""
    found: dict[str, dict[str, dict[int, dict]]] = defaultdict(lambda: defaultdict(dict))
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        found[record["corpus"]][record["who"]][record["seed"]] = record
    done = [name for name in NAMES if set(NEEDED) <= set(found[name])]
    return done, {
        (name, who): [records[seed] for seed in sorted(records)]
        for name in done
        for who, records in found[name].items()
    }


def of_all(cells: Cells) -> Cells:
    """Of each corpus, what is known of those seeds alone that all of its contestants have."""
    seeds: dict[str, set[int]] = {}
    for (name, _), records in cells.items():
        own = {record["seed"] for record in records}
        seeds[name] = seeds.get(name, own) & own
    return {at: [record for record in records if record["seed"] in seeds[at[0]]] for at, records in cells.items()}


def mean(cells: Cells, name: str, who: str, what: str = "macro_f1") -> float:
    """NaN where it is not known."""
    return float(np.mean([record.get(what, np.nan) for record in cells.get((name, who), [{}])]))


def gain(cells: Cells, name: str, who: str) -> float:
    """Points of macro-F1 above scikit-learn, on the same rows: of the seeds that both have."""
    peer = {record["seed"]: record["macro_f1"] for record in cells[name, PEERS]}
    return 100 * float(
        np.mean([one["macro_f1"] - peer[one["seed"]] for one in cells[name, who] if one["seed"] in peer])
    )


def shown(value: float, form: str) -> str:
    return "" if np.isnan(value) else format(value, form)


def table(path: Path) -> str:
    """The results as Markdown, means over the seeds."""
    done, cells = read_results(path)
    lines = [
        "| corpus | rows, labels | recipe | seeds | accuracy | macro-F1 | to scikit-learn | ECE | minutes | MB |",
        "|---|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name in done:
        first, star = cells[name, PEERS][0], " (+)" if name in LEARNED_ON else ""
        for who in (who for who in WHO if (name, who) in cells):
            heading = [f"{name}{star}", f"{first['rows']:,}, {first['labels']}"] if who == PEERS else ["", ""]
            numbers = [str(len(cells[name, who]))]
            numbers += [shown(mean(cells, name, who, what), ".3f") for what in ("accuracy", "macro_f1")]
            numbers += [f"{gain(cells, name, who):+.1f}", shown(mean(cells, name, who, "ece"), ".3f")]
            numbers += [
                shown(mean(cells, name, who, what), form) for what, form in (("minutes", ".1f"), ("megabytes", ".0f"))
            ]
            lines.append(f"| {' | '.join([*heading, who, *numbers])} |")
    for who in WHO:
        known = [name for name in done if (name, who) in cells]
        found = np.mean([mean(cells, name, who) for name in known])
        gains = np.mean([gain(cells, name, who) for name in known])
        lines.append(f"| **mean of {len(known)}** | | {who} | | | {found:.3f} | {gains:+.1f} | | | |")
    return "\n".join(lines)


def summary(path: Path) -> str:
    """Macro-F1 alone, a line for each corpus, as Markdown; only of seeds that all contestants have."""
    done, cells = read_results(path)
    cells = of_all(cells)
    lines = [f"| macro-F1 | {' | '.join(WHO)} |", f"|---|{'--:|' * len(WHO)}"]
    lines += [f"| {name} | {' | '.join(shown(mean(cells, name, who), '.3f') for who in WHO)} |" for name in done]
    whole = [name for name in done if all((name, who) in cells for who in WHO)]
    means = [np.mean([mean(cells, name, who) for name in whole]) for who in WHO]
    return "\n".join(
        [*lines, f"| **mean of the {len(whole)} without a gap** | {' | '.join(f'{one:.3f}' for one in means)} |"]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(NAMES), metavar="NAME")
    parser.add_argument("--seeds", default="42,43,44")
    parser.add_argument("--only", default=",".join(WHO), metavar="WHO,...")
    parser.add_argument("--out", type=Path, default=Path("results.jsonl"))
    parser.add_argument("--table", type=Path)
    parser.add_argument("--summary", type=Path)
    parser.add_argument("--update", type=Path)
    options = parser.parse_args()
    if options.table or options.summary:
        found = table(options.table) if options.table else summary(options.summary)
        show(found, "bench_corpora", options.update)
        return
    bench(options.names, [int(seed) for seed in options.seeds.split(",")], options.only.split(","), options.out)


if __name__ == "__main__":
    main()
