"""Train, save, reload and score: what ``seqtext train`` does, and what a script can call."""

import dataclasses
import math
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from seqtext import bundle
from seqtext.data.dataset import Dataset
from seqtext.data.splitting import random_split, split_rows
from seqtext.errors import DataError, listed
from seqtext.evaluation import Scores, class_table, confusion_table, score, table
from seqtext.models.cudnn import cudnn_lines
from seqtext.models.spec import weight_shapes
from seqtext.preprocess import LabelEncoder
from seqtext.recipes import Recipe
from seqtext.schema import to_plain
from seqtext.training import baseline
from seqtext.training.progress import Silent, clock
from seqtext.training.run import Trained, check_rows, joined, train

MODEL, LINEAR, MAJORITY = "this model", "linear model", "most frequent label"


@dataclass(frozen=True)
class Columns:
    """Which column of the data feeds each input, and which holds the labels of each output."""

    texts: dict[str, str]
    labels: dict[str, str]


@dataclass(frozen=True)
class Outcome:
    """
    A finished experiment: the folder, and by output and by contestant the scores on the held-out rows.

    ``scores`` is empty where no rows were held out.
    """

    folder: Path
    model: bundle.Bundle
    scores: dict[str, dict[str, Scores]]
    seconds: float


def experiment(
    data: Dataset,
    test: Dataset | None,
    columns: Columns,
    recipe: Recipe,
    out: Path,
    *,
    recipe_name: str = "custom",
    corpus: Mapping[str, Any] | None = None,
    replace: bool = False,
    progress: Silent | None = None,
    before_training: Callable[[], None] | None = None,
) -> Outcome:
    """
    Train on ``data``, save to ``out``, load what was saved, and score it on rows that training never saw.

    The rows are those of ``test``, or where it is None a share of ``data`` (``recipe.test_share``). A linear model
    and the majority class are scored on the same rows. Raises a SeqtextError before training for whatever can be
    known before, and writes nothing unless all went well. ``before_training`` is called once the rows are known to
    be good, and before Keras is imported.
    """
    progress = progress or Silent()
    bundle.check_target(out, replace=replace)
    data = with_labels(data, columns, progress)
    kept, held_out = test_split(data, columns, recipe) if test is None else (np.arange(len(data)), np.arange(0))
    learning, unseen = (
        data.take(kept),
        data.take(held_out) if test is None else with_labels(test, columns, progress),
    )
    describe(data, learning, unseen, columns, recipe, progress)
    check_labels(learning, unseen, columns)

    texts, labels = inputs(learning, columns), outputs(learning, columns)
    check_rows(texts, labels)
    if before_training:
        before_training()

    began = time.monotonic()
    trained = train(texts, labels, recipe, progress=progress)
    seconds = time.monotonic() - began
    contents = contents_of(
        trained,
        recipe_name=recipe_name,
        source=data.source,
        corpus=corpus,
        columns={**columns.texts, **columns.labels},
        test_rows=len(unseen),
        seconds=seconds,
    )
    with bundle.written_beside(out, replace=replace) as folder:
        bundle.write_files(folder, contents)
        progress.say(
            f"scoring the saved model and a linear model on {len(unseen):,} unseen rows"
            if len(unseen)
            else "no rows were held out, so there is no score"
        )
        saved = bundle.load(folder)
        scores = contest(saved, texts, labels, unseen, columns, recipe.seed) if len(unseen) else {}
        metrics = {output: {name: one.to_dict() for name, one in by_name.items()} for output, by_name in scores.items()}
        contents = dataclasses.replace(contents, metrics=metrics, card=card(contents, scores))
        bundle.write_files(folder, contents)
    return Outcome(out, bundle.load(out), scores, seconds)


def inputs(rows: Dataset, columns: Columns) -> dict[str, Sequence[str | None]]:
    """The text columns of ``rows`` by input name."""
    return {name: rows.column(column) for name, column in columns.texts.items()}


def outputs(rows: Dataset, columns: Columns) -> dict[str, list[str]]:
    """The label columns of ``rows`` by output name."""
    return {name: [str(label) for label in rows.column(column)] for name, column in columns.labels.items()}


def with_labels(rows: Dataset, columns: Columns, progress: Silent) -> Dataset:
    """Leave out the rows that lack a label, and say so."""
    for column in columns.texts.values():
        rows.column(column)
    wanted = [rows.column(column) for column in columns.labels.values()]
    labelled = [i for i, row in enumerate(zip(*wanted, strict=True)) if all(row)]
    if not labelled:
        raise DataError(
            f"no row of {rows.source} has a label in {listed(columns.labels.values())}; name another --label"
        )
    if len(labelled) < len(rows):
        missing = len(rows) - len(labelled)
        progress.say(f"left out {missing:,} row{'s'[: missing != 1]} without a label")
    return rows.take(labelled)


def test_split(rows: Dataset, columns: Columns, recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers for training and for the test: equal texts on one side, or at random as on the slides."""
    first = next(iter(outputs(rows, columns).values()))
    if not recipe.test_share:
        return np.arange(len(rows)), np.arange(0)
    if recipe.split == "random":
        return random_split(first, share=recipe.test_share, seed=recipe.seed)
    return split_rows(first, joined(inputs(rows, columns)), share=recipe.test_share, seed=recipe.seed)


def describe(
    data: Dataset, learning: Dataset, unseen: Dataset, columns: Columns, recipe: Recipe, progress: Silent
) -> None:
    """Say what is about to be learned from what."""
    for column in columns.labels.values():
        labels = data.column(column)
        names, counts = np.unique(np.asarray(labels), return_counts=True)
        order = np.argsort(-counts, kind="stable")
        shown = ", ".join(f"{names[i]} {counts[i]:,} ({counts[i] / len(labels):.0%})" for i in order[:12])
        more = f" and {len(names) - 12} more" if len(names) > 12 else ""
        progress.say(
            f"{len(labels):,} rows, {len(names)} label{'s'[: len(names) != 1]} in the column {column!r}: {shown}{more}"
        )
    watched = f" ({recipe.validation_share:.0%} of them for validation)" if recipe.validation_share else ""
    if not len(unseen):
        held = "none held out for the score"
    elif len(learning) == len(data):
        held = f"{len(unseen):,} rows of {unseen.source} for the score"
    else:
        how = "equal texts kept on one side" if recipe.split == "leak_free" else "split at random"
        held = f"{len(unseen):,} held out for the score ({how})"
    progress.say(f"{len(learning):,} rows for training{watched}, {held}")


def check_labels(learning: Dataset, unseen: Dataset, columns: Columns) -> None:
    """Raise UnknownLabelError if the test rows have a label that no training row has."""
    known = outputs(learning, columns)
    for name, labels in outputs(unseen, columns).items():
        LabelEncoder().fit(known[name]).transform(labels)


def contest(
    saved: bundle.Bundle,
    texts: Mapping[str, Sequence[str | None]],
    labels: Mapping[str, Sequence[str]],
    unseen: Dataset,
    columns: Columns,
    seed: int,
) -> dict[str, dict[str, Scores]]:
    """Scores by output, then by contestant, all on the rows of ``unseen`` and all from the same training rows."""
    unseen_texts = inputs(unseen, columns)
    answers = saved.predict(unseen_texts)
    answers = answers if isinstance(answers, dict) else {saved.spec.outputs[0].name: answers}
    found = {}
    for name, truth in outputs(unseen, columns).items():
        names = saved.labels[name]
        index = {label: i for i, label in enumerate(names)}
        called = {
            MODEL: answers[name],
            LINEAR: baseline.linear(joined(texts), labels[name], joined(unseen_texts), seed=seed),
            MAJORITY: baseline.majority(labels[name], len(truth)),
        }
        expected = np.array([index[label] for label in truth])
        found[name] = {
            who: score(expected, np.array([index[label] for label in said]), names) for who, said in called.items()
        }
    return found


def contents_of(
    trained: Trained,
    *,
    recipe_name: str,
    source: str,
    corpus: Mapping[str, Any] | None = None,
    columns: Mapping[str, str] | None = None,
    test_rows: int = 0,
    seconds: float = 0.0,
) -> bundle.Contents:
    """What is to be saved of a trained model, as yet without scores."""
    contents = bundle.Contents(
        spec=trained.spec,
        pipelines=trained.pipelines,
        labels={name: encoder.classes_ for name, encoder in trained.labels.items()},
        label_kinds={name: encoder.kind_ for name, encoder in trained.labels.items()},
        columns=columns or {name: name for name in (*trained.pipelines, *trained.labels)},
        recipe=to_plain(trained.recipe),
        made={
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "recipe": recipe_name,
            "source": source,
            "corpus": dict(corpus or {}),
            "rows": {**trained.rows, "test": test_rows},
            "seed": trained.recipe.seed,
            "epochs": len(trained.history),
            "training_seconds": round(seconds, 1),
            "weights": sum(math.prod(shape) for shape in weight_shapes(trained.spec).values()),
            "versions": versions(),
        },
        weights=trained.weights,
        graph=trained.graph,
        metrics={},
        history=trained.history,
        card="",
    )
    return dataclasses.replace(contents, card=card(contents, {}))


def versions() -> dict[str, str]:
    """Versions of what a trained model depends on."""
    packages = ("seqtext", "numpy", "keras", "tensorflow", "onnx")
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in packages}}


def score_table(scores: Mapping[str, Scores]) -> str:
    """The contestants side by side, best macro-F1 first."""
    order = sorted(scores, key=lambda name: -scores[name].macro_f1)
    lines = [(name, f"{scores[name].accuracy:.3f}", f"{scores[name].macro_f1:.3f}") for name in order]
    return table([("", "accuracy", "macro-F1"), *lines])


def verdict(scores: Mapping[str, Scores]) -> str:
    """
    Say plainly which contestant won, by macro-F1, and whether that can be more than chance.

    The margin is two standard errors of the difference of two accuracies measured on the same number of rows.
    """
    ours, linear, majority = (scores[name] for name in (MODEL, LINEAR, MAJORITY))
    if ours.macro_f1 <= majority.macro_f1:
        return "this model learned nothing: it does no better than always answering the most frequent label"
    difference = ours.macro_f1 - linear.macro_f1
    if f"{abs(difference):.3f}" == "0.000":
        return "this model and the linear model (tf-idf of 1-2-grams, logistic regression) do equally well"
    error = 2 * np.sqrt((ours.accuracy * (1 - ours.accuracy) + linear.accuracy * (1 - linear.accuracy)) / ours.rows)
    winner = (
        "this model beats the linear model"
        if difference > 0
        else "the linear model (tf-idf of 1-2-grams, logistic regression) wins"
    )
    doubt = f", but on {ours.rows:,} rows that can be chance" if abs(difference) <= error else ""
    return f"{winner} by {abs(difference):.3f} macro-F1{doubt}"


def report(outcome: Outcome) -> str:
    """What a person reads at the end of training."""
    lines = []
    for name, scores in outcome.scores.items():
        ours = scores[MODEL]
        heading = f"{name}: scores" if len(outcome.scores) > 1 else "Scores"
        lines += [
            f"{heading} on {ours.rows:,} rows that training never saw (saved model, reloaded, ONNX Runtime)",
            "",
        ]
        lines += [
            score_table(scores),
            "",
            verdict(scores),
            "",
            class_table(ours),
            "",
            confusion_table(ours),
            "",
        ]
    scored = ", ".join(
        f"{name + ' ' if len(outcome.scores) > 1 else ''}accuracy {scores[MODEL].accuracy:.3f}, "
        f"macro-F1 {scores[MODEL].macro_f1:.3f}"
        for name, scores in outcome.scores.items()
    )
    lines.append(
        f"wrote {outcome.folder} ({outcome.model.summary}; trained in {clock(outcome.seconds)})"
        f"{': ' + scored if scored else ''}"
    )
    return "\n".join(lines)


def card(contents: bundle.Contents, scores: Mapping[str, Mapping[str, Scores]]) -> str:
    """The model card, README.md of the model folder."""
    made = contents.made
    lines = ["# A text classifier trained with seqtext", ""]
    for name, labels in contents.labels.items():
        lines.append(f"- Output `{name}`: {', '.join(labels)}")
    lines += [f"- Input `{name}`: the column `{contents.columns[name]}`" for name in contents.pipelines]
    rows = ", ".join(f"{count:,} {part}" for part, count in made["rows"].items())
    lines += [
        f"- Trained on {made['corpus'].get('title', made['source'])} (rows: {rows}), recipe `{made['recipe']}`, "
        f"seed {made['seed']}, {made['epochs']} epochs",
        *(f"- {line}" for line in cudnn_lines(contents.spec)),
    ]
    for name, by_name in scores.items():
        lines += [
            "",
            f"## Scores of `{name}` on rows that training never saw",
            "",
            "```",
            score_table(by_name),
            "```",
            "",
        ]
        lines += [f"Verdict: {verdict(by_name)}.", "", "```", class_table(by_name[MODEL]), "```"]
    lines += [
        "",
        "## Use",
        "",
        "```",
        "seqtext classify FILE -m THIS_FOLDER",
        "```",
        "",
        "The model answers with one of the labels above, whatever the text is about. It has seen only texts like those "
        "it was trained on; on others its probabilities mean little.",
        "",
    ]
    return "\n".join(lines)
