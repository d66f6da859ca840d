"""From which number on a label is given, where a row may have several: what is best on the validation rows."""

from collections.abc import Mapping

import numpy as np

from seqtext.models.heads import Head, labelled
from seqtext.models.spec import ModelSpec
from seqtext.recipes import Recipe

# As many rows with a label weigh as much as what is known without them.
PULL = 10.0


def cuts(logits: np.ndarray, belongs: np.ndarray) -> np.ndarray:
    """
    Return for each label the logit from which on it is best given, for F1: float64 of shape (labels,).

    One cut for all labels is drawn to 0, a probability of a half, and that of each label to the one for all, the harder
    the fewer rows have the label: of a rare one, a few rows would say almost anything.

    Parameters
    ----------
    logits
        Of shape (rows, labels), of rows that nothing was learned from.
    belongs
        Which rows have which label, bool of the same shape.

    >>> logits = np.linspace(-4, 4, 801).repeat(5)[:, None]
    >>> cuts(logits, logits > 1.005).round(2).tolist()
    [1.0]
    """
    shared = _cut(logits.ravel(), belongs.ravel(), 0.0)
    return np.array([_cut(*one, shared) for one in zip(logits.T, belongs.T, strict=True)])


def _cut(logits: np.ndarray, belongs: np.ndarray, usual: float) -> float:
    """The cut with the best F1, between two logits, drawn to what is ``usual``."""
    count = int(belongs.sum())
    if not count:
        return usual
    order = np.argsort(-logits, kind="stable")
    ordered, hits = logits[order], np.cumsum(belongs[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + count)
    f1[:-1][ordered[:-1] == ordered[1:]] = 0  # equal numbers are on one side
    best = int(f1.argmax())
    found = (ordered[best] + ordered[min(best + 1, len(ordered) - 1)]) / 2
    return float((count * found + PULL * usual) / (count + PULL))


def decode_at_best(head: Head, probabilities: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the answers with the thresholds that these very rows call for: while training, none are there yet."""
    if head.is_exclusive:
        return head.decode(probabilities)
    logits = head.logits(probabilities)
    return logits >= cuts(logits, targets == 1)


def with_thresholds(
    weights: Mapping[str, np.ndarray],
    spec: ModelSpec,
    recipe: Recipe,
    targets: Mapping[str, np.ndarray],
    logits: Mapping[str, np.ndarray],
) -> tuple[dict[str, np.ndarray], dict[str, tuple[float, ...]]]:
    """
    Return the weights with each label's cut taken from its answer's bias, and the cuts as probabilities, by output.

    So 0.5 is the threshold of every label wherever the model is used, also by others. The price: the numbers are no
    longer probabilities. A recipe can say ``thresholds="none"``.

    Parameters
    ----------
    weights, spec, recipe
        Of the whole model.
    targets, logits
        Of the validation rows, by output name; without rows nothing changes.
    """
    found, shown = dict(weights), {}
    for head in spec.outputs:
        if head.is_exclusive or recipe.output_of(head.name).thresholds == "none" or head.name not in logits:
            continue
        known = labelled(targets[head.name])
        best = cuts(logits[head.name][known], targets[head.name][known] == 1)
        name = f"{head.name}/answer/bias"
        found[name] = (weights[name] - best).astype(np.float32)
        shown[head.name] = tuple(np.round(1 / (1 + np.exp(-best)), 4).tolist())
    return found, shown
