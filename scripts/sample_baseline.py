"""Print how many texts of the bundled samples a linear model gets right: the table in corpora/README.md."""

from statistics import mean

import numpy as np
from sklearn.model_selection import StratifiedKFold

from seqtext import corpora
from seqtext.recipes.named import find_recipe
from seqtext.training.labelled import labelled_rows
from seqtext.training.run import train


def main() -> None:
    print("| file | linear model | most frequent label |\n|---|---|---|")
    for task in ("sentiment", "imdb", "authors"):
        rows = corpora.load(task, sample=True)
        texts, labels = (np.array(rows.train.column(name)) for name in ("text", "label"))
        right: dict[str, list[float]] = {"linear": [], "majority": []}
        for kept, test in StratifiedKFold(5, shuffle=True, random_state=42).split(texts, labels):
            known = labelled_rows({"text": texts[kept].tolist()}, {"label": labels[kept].tolist()})
            model, _ = train(known, find_recipe("linear"))
            right["linear"].append(np.mean(model.predict(texts[test].tolist()) == labels[test]))
            right["majority"].append(np.mean(labels[test] == max(set(labels[kept]), key=labels[kept].tolist().count)))
        print(f"| `{rows.path.name}` | {mean(right['linear']):.3f} | {mean(right['majority']):.3f} |")


if __name__ == "__main__":
    main()
