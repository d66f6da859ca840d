"""The columns that ``seqtext classify`` writes behind those of its rows: labels, scores, and what was asked for."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seqtext.cli.options import say
from seqtext.errors import listed

if TYPE_CHECKING:
    import numpy as np

    from seqtext.model import TrainedModel

Answers = dict[str, list[Any]]


@dataclass(frozen=True)
class Wanted:
    """
    What is to be written of each answer.

    Parameters
    ----------
    proba
        The probability of every label.
    top_k
        How many labels, the most probable first.
    min_score, otherwise
        The probability below which ``otherwise`` is written in place of a label.
    diagnose
        How well the model can read each text.
    lists
        Whether several labels of a text are a list, and not one text with the separator in it.
    """

    proba: bool = False
    top_k: int = 1
    min_score: float = 0.0
    otherwise: str = ""
    diagnose: bool = False
    lists: bool = False


def answers(
    model: "TrainedModel",
    texts: dict[str, Any],
    wanted: Wanted,
    turn: AbstractContextManager[Any] | None = None,
) -> Answers:
    """
    The columns that tell what the model says of ``texts``: label and score for each output, and what was asked.

    ``turn`` is what threads hold while they prepare texts, see `TrainedModel.probabilities`.
    """
    by_output = model.probabilities(texts, turn=turn)
    found: Answers = {}
    for head in model.spec.outputs:
        name, probabilities, labels = head.name, by_output[head.name], model.label_names[head.name]
        label, below = (model.columns[name], f"{model.columns[name]}_") if len(by_output) > 1 else ("label", "")
        if not head.is_exclusive:
            separator = model.recipe.output_of(name).separator or ","
            found |= _sets(probabilities, labels, label, below, wanted, separator)
        found |= _columns(probabilities, labels, label, below, wanted, ranks_alone=not head.is_exclusive)
    for part in model.spec.inputs if wanted.diagnose else ():
        if hasattr(preparer := model.preparers[part.name], "diagnose"):
            before = f"{model.columns[part.name]}_" if len(model.spec.inputs) > 1 else ""
            found |= {f"{before}{what}": values for what, values in preparer.diagnose(texts[part.name]).items()}
    return found


def _sets(
    probabilities: "np.ndarray", labels: list[str], label: str, below: str, wanted: Wanted, separator: str
) -> Answers:
    """Labels of which a row may have several, in one cell, and the smallest of their probabilities."""
    import numpy as np

    given = probabilities >= max(0.5, wanted.min_score)
    sets = [[labels[i] for i in np.flatnonzero(row)] or [wanted.otherwise] * bool(wanted.otherwise) for row in given]
    named = sets if wanted.lists else [separator.join(one) for one in sets]
    least = np.where(given, probabilities, 1.0).min(axis=1)
    score = np.where(given.any(axis=1), least, 1 - probabilities.max(axis=1))
    return {label: named, f"{below}score": score.astype(float).round(4).tolist()}


def _columns(
    probabilities: "np.ndarray", labels: list[str], label: str, below: str, wanted: Wanted, *, ranks_alone: bool
) -> Answers:
    """The most probable labels; with ``ranks_alone`` all have a number, and none stands for the answer."""
    order = (-probabilities).argsort(axis=1, kind="stable")
    rounded = probabilities.astype(float).round(4)
    rows = range(len(rounded))
    found: Answers = {}
    for rank in range(0 if ranks_alone and wanted.top_k == 1 else min(wanted.top_k, len(labels))):
        suffix = f"_{rank + 1}" if rank or ranks_alone else ""
        is_sure = probabilities[rows, order[:, rank]] >= wanted.min_score
        pairs = zip(order[:, rank], is_sure, strict=True)
        found[label + suffix] = [labels[i] if sure else wanted.otherwise for i, sure in pairs]
        found[f"{below}score{suffix}"] = rounded[rows, order[:, rank]].tolist()
    if wanted.proba:
        found |= {f"{below}proba_{name}": rounded[:, i].tolist() for i, name in enumerate(labels)}
    return found


def say_prefix(source: str, prefix: str, added: list[str], taken: list[str]) -> None:
    """Tell the user that columns of the file are called as answers are, and what these are called instead."""
    there = [name for name in added if name in taken]
    columns = "a column" if len(there) == 1 else "columns"
    say(
        f"{source} has {columns} {listed(there)} already, so the answers are in "
        f"{listed([prefix + name for name in added], most=4)}"
    )


def free_prefix(added: list[str], taken: list[str]) -> str:
    """
    What to put before the names of the ``added`` columns so that none is ``taken``.

    >>> free_prefix(["label", "score"], ["text", "label"])
    'predicted_'
    """
    prefix, number = "", 1
    while {prefix + name for name in added} & set(taken):
        prefix = "predicted_" if number == 1 else f"predicted{number}_"
        number += 1
    return prefix
