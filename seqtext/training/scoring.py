"""Score a trained model beside a linear one and the most frequent label, and say how it went."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seqtext.errors import SeqtextError
from seqtext.evaluation import (
    BEFORE,
    LINEAR,
    MAJORITY,
    MODEL,
    MODEL_ON_NEW,
    MODEL_ON_SEEN,
    AnyScores,
    in_short,
    score_table,
    verdict,
    which_rows,
)
from seqtext.model import TrainedModel
from seqtext.models.heads import labelled
from seqtext.terminal import clock
from seqtext.training import baseline, growing
from seqtext.training.labelled import LabelledRows
from seqtext.training.progress import Progress
from seqtext.training.run import train


def contest(
    model: TrainedModel,
    rows: LabelledRows,
    unseen: Mapping[str, Sequence[Any]],
    truth: Mapping[str, np.ndarray],
    *,
    has_seen: np.ndarray | None = None,
    with_linear: bool = True,
    progress: Progress | None = None,
    before: TrainedModel | None = None,
) -> dict[str, dict[str, AnyScores]]:
    """
    Return scores by output, then by contestant, all on the same rows and all learned from the same rows.

    Where the model has learned from the texts of some of the rows, it is scored on the others as well.

    Parameters
    ----------
    model
        The trained one.
    rows
        What all contestants learn from.
    unseen, truth
        What they answer to by input name, as `Recipe.read` gives it, and the right answers by output name.
    has_seen
        Which of these rows have a text that the model has learned from, bool of shape (rows,); None to find out.
    with_linear
        Whether a linear model is among them. It is left out, too, where it cannot be made.
    progress
        Who is told that, and how far it is.
    before
        The model that training went on from, a contestant, too.
    """
    progress = progress or Progress()
    with progress.busy("scoring the model") as at:
        answers = model.probabilities(unseen, at)
    by_rival = _linear(model, rows, unseen, progress) if with_linear else {}
    of_before = growing.answers_of(before, model.spec, unseen) if before else {}
    has_seen = model.has_seen(unseen) if has_seen is None else has_seen
    found = {}
    for head in model.spec.outputs:
        learned, known = rows.targets[head.name], labelled(truth[head.name])
        if not known.any():
            continue
        predicted = {MODEL: head.decode(answers[head.name])}
        if by_rival:
            predicted[LINEAR] = head.decode(by_rival[head.name])
        if before:
            predicted[BEFORE] = of_before[head.name]
        predicted[MAJORITY] = baseline.majority(learned[labelled(learned)], len(known))
        labels = rows.labels[head.name].classes_
        is_new = known & ~has_seen
        found[head.name] = {
            who: head.scores(truth[head.name][known], said[known], labels) for who, said in predicted.items()
        }
        if not is_new.any():
            found[head.name][MODEL_ON_SEEN] = found[head.name][MODEL]
        elif not is_new[known].all():
            on_new = head.scores(truth[head.name][is_new], predicted[MODEL][is_new], labels)
            found[head.name][MODEL_ON_NEW] = on_new
    return found


def _linear(
    model: TrainedModel, rows: LabelledRows, unseen: Mapping[str, Sequence[Any]], progress: Progress
) -> dict[str, np.ndarray]:
    """What the linear rival answers; nothing, and a word about it, if it cannot be made."""
    try:
        with progress.busy("making the linear model to compare with"):
            rival, _ = train(rows, baseline.linear_recipe(model.recipe))
        with progress.busy("scoring the linear model") as at:
            return rival.probabilities(unseen, at)
    except (SeqtextError, MemoryError, ValueError) as error:
        reason = " ".join(str(error).split())[:200] or "not enough memory"
        progress.say(f"the linear model to compare with could not be made: {reason}")
        return {}


def report(model: TrainedModel) -> str:
    """Return what a person reads at the end of training."""
    lines = []
    several = len(model.scores) > 1
    for name, scores in model.scores.items():
        ours = scores[MODEL]
        heading = f"{model.columns[name]}: scores" if several else "Scores"
        lines += [
            f"{heading} on {which_rows(scores)} (saved model, reloaded, ONNX Runtime)",
            *(
                line
                for part in (score_table(scores), verdict(scores, is_linear=model.spec.is_linear), *ours.tables)
                for line in ("", part)
            ),
            "",
        ]
    scored = ", ".join(
        f"{model.columns[name] + ' ' if several else ''}{in_short(scores[MODEL])}"
        for name, scores in model.scores.items()
    )
    trained = f"trained in {clock(model.made.seconds)}"
    lines.append(f"wrote {model.folder} ({model.summary}; {trained}){': ' + scored if scored else ''}")
    return "\n".join(lines)
