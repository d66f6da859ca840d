"""
What pre-training on unlabelled reviews buys for IMDB: the learning curve with and without it, for docs/pretraining.md.

    SEQTEXT_DATA=... python scripts/bench_pretrain.py [--texts 50000] [--set epochs=1] [--rows 100 500] [--seeds 1 2 3]
        [--network DIR] [--tests 5000] [--json FILE] [--update docs/pretraining.md]

Pre-trains a network at --network, or takes the one that is there; unlabelled texts that equal a test review are left
out. Then the recipe imdb learns from some labelled rows, drawn anew for each seed, from scratch and from the network.
Scores are accuracies on --tests test reviews, the same for all. Minutes are of the machine it ran on; compare them with
each other only.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from labelled_corpora import DATA
from tables import replace_table

from seqtext import corpora, language
from seqtext.data.dataset import read
from seqtext.data.splitting import normalise
from seqtext.errors import plural
from seqtext.models.rows import Rows
from seqtext.recipes.change import configure
from seqtext.recipes.named import find_recipe
from seqtext.recipes.pretraining import pretraining_recipe
from seqtext.training import wide
from seqtext.training.fit import predict
from seqtext.training.labelled import labelled_rows
from seqtext.training.pretrain import Source, pretrain
from seqtext.training.progress import PrintedProgress
from seqtext.training.quiet import import_tensorflow_quietly
from seqtext.training.run import train

STARTS = {"nothing": "nothing", "embedding": "the embedding", "all": "embedding and cells"}


def make_network(folder: Path, texts: int, settings: list[str], refused: set[str]) -> None:
    """Pre-train on the first ``texts`` unlabelled reviews; goes on where it was interrupted."""
    unlabelled = [str(text) for text in read(DATA / "imdb/unsup.jsonl.xz").column("text")[:texts]]
    kept = [text for text in unlabelled if normalise(text) not in refused]
    print(f"{len(unlabelled) - len(kept)} texts left out, which are test reviews", file=sys.stderr)
    network, samples = pretrain(
        kept,
        pretraining_recipe(find_recipe("imdb"), settings),
        source=Source("imdb", "unsup.jsonl.xz"),
        progress=PrintedProgress(sys.stderr),
        checkpoint=folder.with_name(f"{folder.name}.checkpoint"),
    )
    language.save(network, folder)
    for beginning, rest in samples:
        print(f"{beginning} ... {rest}", file=sys.stderr)


def learn(part: corpora.read.Parts, rows: int, seed: int, settings: list[str], tests: int) -> dict[str, float]:
    """Accuracy of the whole model and of its recurrent half, and the minutes of training."""
    assert part.test is not None
    chosen = np.random.default_rng(seed).permutation(len(part.train))[:rows]
    unseen = part.test.take(np.random.default_rng(0).permutation(len(part.test))[:tests])
    learned = part.train.take(chosen)
    began = time.monotonic()
    recipe = configure(find_recipe("imdb"), [f"seed={seed}", *settings])
    columns = {"text": learned.column("text")}, {"label": learned.column("label")}
    model, keras_model = train(labelled_rows(*columns), recipe)
    minutes = (time.monotonic() - began) / 60
    truth = model.labels["label"].transform(unseen.column("label"))
    texts = {"text": [str(text) for text in unseen.column("text")]}
    whole = model.probabilities(texts)["label"]
    deep = wide.deep_half(model.spec)
    assert deep is not None
    assert keras_model is not None
    half = predict(keras_model, wide.deep_rows(Rows.encode(model.preparers, texts, {}), deep))["label"]
    return {
        "whole": float((whole.argmax(axis=1) == truth).mean()),
        "half": float((half.argmax(axis=1) == truth).mean()),
        "minutes": minutes,
    }


def markdown(found: list[dict[str, float | str]]) -> str:
    """The table: for each number of rows and start the mean over the seeds."""
    lines = [
        "| labelled rows | starts from | seeds | recurrent half | whole model | minutes |",
        "|---|---|---|---|---|---|",
    ]
    for rows, start in dict.fromkeys((one["rows"], str(one["start"])) for one in found):
        some = [one for one in found if (one["rows"], one["start"]) == (rows, start)]
        half, whole, minutes = (np.mean([float(one[what]) for one in some]) for what in ("half", "whole", "minutes"))
        lines.append(f"| {rows:,} | {STARTS[start]} | {len(some)} | {half:.3f} | {whole:.3f} | {minutes:.1f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--texts", type=int, default=50_000)
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--rows", type=int, nargs="+", default=[100, 500, 2_000, 25_000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--tests", type=int, default=25_000)
    parser.add_argument("--network", type=Path, default=Path("networks/imdb"))
    parser.add_argument("--json", type=Path, metavar="FILE", help="Where each score is written as it comes.")
    parser.add_argument("--update", type=Path, metavar="FILE")
    options = parser.parse_args()
    part = corpora.load("imdb")
    if part.test is None:
        sys.exit("no corpus imdb: set SEQTEXT_DATA, see 'seqtext corpora list'")
    import_tensorflow_quietly()
    if not options.network.exists():
        refused = {normalise(text) for text in part.test.column("text")}
        make_network(options.network, options.texts, options.settings, refused)
    made = language.load(options.network).made
    found: list[dict[str, float | str]] = []
    for rows in options.rows:
        for seed in options.seeds if rows < len(part.train) else options.seeds[:1]:
            for start in STARTS:
                network = [f"pretrained={options.network}", f"pretrained_layers={start}"]
                settings = [] if start == "nothing" else network
                scores = learn(part, rows, seed, settings, options.tests)
                found.append({"rows": rows, "seed": seed, "start": start, **scores})
                print(json.dumps(found[-1]), file=sys.stderr, flush=True)
                if options.json:
                    options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    learned = f"{made.texts['training']:,} unlabelled reviews, {made.tokens['training']:,} tokens"
    facts = (
        f"{learned}, {plural(made.epochs, 'epoch')} in {made.seconds / 60:.0f} minutes: perplexity "
        f"{language.perplexity_words(made.perplexity)}. Accuracy on {options.tests:,} test reviews:"
    )
    table = f"{facts}\n\n{markdown(found)}"
    print(table)
    if options.update:
        replace_table(options.update, "bench_pretrain", table)


if __name__ == "__main__":
    main()
