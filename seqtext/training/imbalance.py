"""Labels that are rare: weights for their rows, and answers that are drawn towards them."""

from collections.abc import Mapping

import numpy as np

from seqtext.models.heads import belongs, labelled
from seqtext.models.spec import ModelSpec


def row_weights(targets: np.ndarray, *, is_balanced: bool) -> np.ndarray:
    """
    Return the weight of each row, float32 of the shape of ``targets``: 0 where its label is missing.

    Where it ``is_balanced``, inverse to the share of the row's label, and 1 on average over the rows with a label.

    >>> row_weights(np.array([0, 0, -1, 0, 0, 1]), is_balanced=True).tolist()
    [0.625, 0.625, 0.0, 0.625, 0.625, 2.5]
    """
    known = labelled(targets)
    found = known.astype(np.float32)
    if targets.ndim > 1:
        each = np.where(known[:, None], targets, -1).astype(np.int64).T
        return np.stack([row_weights(one, is_balanced=is_balanced) for one in each], axis=1)
    if is_balanced and known.any():
        count = np.bincount(targets[known])
        found[known] = (count.sum() / (len(count) * np.maximum(count, 1)))[targets[known]]
    return found


def of_labelled(weights: np.ndarray) -> np.ndarray:
    """
    Return the weights of the rows of a batch, so scaled that Keras' mean over all rows is that over the labelled ones.

    >>> of_labelled(np.array([1.0, 0.0, 1.0, 0.0])).tolist()
    [2.0, 0.0, 2.0, 0.0]
    """
    known = weights.reshape(len(weights), -1).any(axis=1)
    return weights * np.float32(len(weights) / max(int(known.sum()), 1))


def adjusted(
    weights: Mapping[str, np.ndarray], spec: ModelSpec, targets: Mapping[str, np.ndarray], strength: float
) -> dict[str, np.ndarray]:
    """
    Return the weights with ``strength`` times the logarithm of each label's share taken from its answer's bias.

    Post-hoc logit adjustment (Menon et al. 2021, "Long-tail Learning via Logit Adjustment"): 1 answers as if all labels
    were equally frequent. Outputs of which a row may have several labels are left as they are: they have thresholds.

    Parameters
    ----------
    weights, spec
        Of the whole model.
    targets
        By output name; the shares are those of their labels.
    strength
        0 changes nothing.
    """
    found = dict(weights)
    for head in (one for one in spec.outputs if one.is_exclusive):
        counts = 1 + belongs(targets[head.name], head.n_labels).sum(axis=0)
        name = f"{head.name}/answer/bias"
        shares = np.log(counts / counts.sum())
        away = shares if len(weights[name]) > 1 else shares[1:] - shares[:1]
        found[name] = (weights[name] - strength * away).astype(np.float32)
    return found
