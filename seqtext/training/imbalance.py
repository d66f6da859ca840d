"""Labels that are rare: weights for their rows, and answers that are drawn towards them."""

from collections.abc import Mapping

import numpy as np

from seqtext.models.spec import ModelSpec


def class_weights(targets: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """
    Return a weight for each label of each output: inverse to its share of the rows, 1 on average over the rows.

    >>> class_weights({"label": np.array([0, 0, 0, 0, 1])})["label"].tolist()
    [0.625, 2.5]
    """
    counts = {name: np.bincount(column) for name, column in targets.items()}
    return {
        name: (count.sum() / (len(count) * np.maximum(count, 1))).astype(np.float32) for name, count in counts.items()
    }


def adjusted(
    weights: Mapping[str, np.ndarray], spec: ModelSpec, targets: Mapping[str, np.ndarray], strength: float
) -> dict[str, np.ndarray]:
    """
    Return the weights with ``strength`` times the logarithm of each label's share taken from its answer's bias.

    Post-hoc logit adjustment (Menon et al. 2021, "Long-tail Learning via Logit Adjustment"): 1 answers as if all labels
    were equally frequent.

    Parameters
    ----------
    weights, spec
        Of the whole model.
    targets
        Label indices by output name, whose shares they are.
    strength
        0 changes nothing.
    """
    found = dict(weights)
    for head in spec.outputs:
        counts = 1 + np.bincount(targets[head.name], minlength=head.n_labels)
        name = f"{head.name}/answer/bias"
        shares = np.log(counts / counts.sum())
        away = shares if len(weights[name]) > 1 else shares[1:] - shares[:1]
        found[name] = (weights[name] - strength * away).astype(np.float32)
    return found
