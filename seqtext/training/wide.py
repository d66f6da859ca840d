"""
The wide half of a model: bags of n-grams straight to the labels, solved as the convex problem that it is, and mixed
with the half that Keras has trained.

The mix adds the logarithms of both answers with two weights that minimise the loss on the validation rows (the
logarithmic opinion pool of Genest and Zidek 1986, "Combining Probability Distributions"), which also makes the
probabilities mean what they say (the temperature scaling of Guo et al. 2017, "On Calibration of Modern Neural
Networks"). It can fall back on either half.
"""

import dataclasses
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from seqtext.errors import RecipeError, missing_extra
from seqtext.models.heads import belongs, labelled
from seqtext.models.rows import Rows
from seqtext.models.sides import all_encoders, is_wide, needs_keras
from seqtext.models.spec import ModelSpec, weight_shapes
from seqtext.models.text import bags_of
from seqtext.preprocess.bag import Features
from seqtext.preprocess.text_column import TextColumn
from seqtext.training.backend import BACKENDS, backend

T = TypeVar("T")
# Where the weights of the mix are drawn to, the harder the fewer the rows: what is usual on our corpora.
USUAL_WIDE, USUAL_DEEP = 2.0, 0.2
PULL = 5.0
# Of fewer validation rows, chance alone decides which half does better.
FEWEST_TO_FALL_BACK = 30
SMALLEST, LARGEST = 1e-3, 30.0
MOST_ITERATIONS = 1_000


def wide_bags(spec: ModelSpec) -> list[tuple[str, int, Any]]:
    """Return input, number and encoder of each bag that goes straight to the labels."""
    found = []
    for part in spec.inputs:
        bags = bags_of(getattr(part, "encoders", ()))
        if len({bag.is_wide for bag in bags}) > 1:
            raise RecipeError(f"the bags of {part.name!r} go straight to the labels, or none does; choose one")
        found += [(part.name, i, bag) for i, bag in enumerate(bags) if bag.is_wide]
    for name, what in (("cost", "at one cost"), ("naive_bayes", "with one share of naive Bayes")):
        if len(chosen := {getattr(bag, name) for _, _, bag in found}) > 1:
            numbers = " and ".join(map(str, sorted(chosen)))
            raise RecipeError(f"bags that go straight to the labels are solved together, {what}, not {numbers}")
    if found and spec.dense:
        raise RecipeError("a bag that goes straight to the labels cannot stand before dense layers; set hidden_units")
    return found


def require_packages(settings: Sequence[Any]) -> None:
    """Raise a MissingExtraError if a package is lacking that these inputs are trained with, before the work begins."""
    with_keras = needs_keras(settings)
    chosen = backend() if with_keras else ""
    try:
        if with_keras:
            import keras  # noqa: F401  (4 s)
    except ImportError as error:
        raise missing_extra(error.name or chosen, BACKENDS[chosen]) from error
    try:
        if any(map(is_wide, all_encoders(settings))):
            import sklearn.svm  # noqa: F401
    except ImportError as error:
        raise missing_extra("scikit-learn", "train") from error


def deep_half(spec: ModelSpec) -> ModelSpec | None:
    """Return the model without its wide half; None if nothing is left."""
    wide_bags(spec)  # what cannot be trained is refused
    inputs = []
    for part in spec.inputs:
        if hasattr(part, "is_deep"):
            inputs += [dataclasses.replace(part, answers=0)] if part.is_deep else []
            continue
        encoders = tuple(one for one in getattr(part, "encoders", ()) if not is_wide(one))
        if not hasattr(part, "encoders") or encoders == part.encoders:
            inputs.append(part)
        elif encoders:
            inputs.append(dataclasses.replace(part, encoders=encoders, features=(), answers=0))
    return dataclasses.replace(spec, inputs=tuple(inputs)) if inputs else None


def deep_rows(rows: Rows, deep: ModelSpec) -> Rows:
    """Return what the half that Keras trains reads of ``rows``: no bags where it has none."""
    preparers, inputs = {}, {}
    for part in deep.inputs:
        preparer, column = rows.preparers[part.name], rows.inputs[part.name]
        if isinstance(preparer, TextColumn) and not part.features:
            preparer, column = preparer.as_sequence(), [row.ids for row in column]
        preparers[part.name], inputs[part.name] = preparer, column
    return Rows(preparers, inputs, rows.targets)


def features_of(rows: Rows, spec: ModelSpec) -> Any:
    """
    Return what the wide half sees, the features of all inputs side by side: sparse, float64 of shape (rows, features).

    float64 is what liblinear takes; anything else it would copy.
    """
    from scipy import sparse  # with scikit-learn, and only for training

    blocks = []
    for found, width in _blocks(rows, spec):
        indptr = np.concatenate([[0], np.cumsum([len(ids) for ids, _ in found])])
        columns, values = (np.concatenate(parts) for parts in zip(*found, strict=True))
        blocks.append(sparse.csr_matrix((values.astype(np.float64), columns, indptr), shape=(len(found), width)))
    return blocks[0] if len(blocks) == 1 else sparse.hstack(blocks).tocsr()


def count_features(rows: Rows, spec: ModelSpec) -> int:
    """Return how many features all rows have together."""
    return sum(len(ids) for found, _ in _blocks(rows, spec) for ids, _ in found)


def _blocks(rows: Rows, spec: ModelSpec) -> Iterator[tuple[list[Features], int]]:
    """The features of each row for each matrix of the wide half, and how many different ones there are."""
    for part in spec.inputs:
        column = rows.inputs[part.name]
        for i, (_, width) in enumerate(getattr(part, "wide_kernels", [])):
            yield part.wide_rows(column) if hasattr(part, "wide_rows") else [row.bags[i] for row in column], width


def solve(
    features: Any,
    targets: Mapping[str, np.ndarray],
    spec: ModelSpec,
    *,
    seed: int,
    class_weight: str = "none",
    start: tuple[np.ndarray, np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """
    Return kernel (features, answers) and bias (answers,) of linear support vector machines, one label against the rest.

    Squared hinge loss and L2, solved by liblinear (Fan et al. 2008). Where the bags ask for naive Bayes, there is a
    second machine for each label that sees every feature multiplied by the logarithm of how much more often it stands
    in texts of the label than in others, and both are averaged (Wang and Manning 2012, "Baselines and Bigrams").

    Parameters
    ----------
    features
        Sparse, of shape (rows, features).
    targets
        By output name; rows without a label of an output are not shown to its machines.
    spec
        The model, whose bags say what a mistake costs.
    seed
        Of the order in which liblinear looks at rows.
    class_weight
        "balanced" makes a mistake cost the more, the fewer rows its label has: among few rows with many n-grams each,
        the label that has a few more would always be the answer.
    """
    asked = wide_bags(spec)[0][2]
    options = {
        "C": asked.cost,
        "class_weight": None if class_weight == "none" else class_weight,
        "random_state": seed,
        "max_iter": MOST_ITERATIONS,
    }
    kernels, biases, first = [], [], 0
    for head in spec.outputs:
        known = labelled(targets[head.name])
        rows, of_label = features[known], belongs(targets[head.name][known], head.n_labels)
        # What all rows have, or none has, as a label that is on the validation rows alone.
        kernel, bias = np.zeros((features.shape[1], head.n_labels)), np.where(of_label.all(axis=0), 1.0, -1.0)
        open_ones = np.flatnonzero(of_label.any(axis=0) & ~of_label.all(axis=0))
        are_opposite = len(open_ones) == 2 and (of_label[:, open_ones].sum(axis=1) == 1).all()
        if start:
            kernel, bias = _of_each_label(head, *(one[..., first : first + answer_width(head)] for one in start))
        present = with_values(rows, np.sign(rows.data).astype(np.int8)) if asked.naive_bayes and not start else None
        for label in open_ones[1:] if are_opposite else open_ones:
            if start:
                found = nearest(rows, of_label[:, label], kernel[:, label], bias[label], options)
            else:
                found = _weighed(rows, present, of_label[:, label], asked.naive_bayes, options)
            kernel[:, label], bias[label] = found
        if are_opposite:
            kernel[:, open_ones[0]], bias[open_ones[0]] = -kernel[:, open_ones[1]], -bias[open_ones[1]]
        if answer_width(head) == 1:  # the probability of the second of two labels
            kernel, bias = kernel[:, 1:] - kernel[:, :1], bias[1:] - bias[:1]
        first += answer_width(head)
        kernels.append(kernel)
        biases.append(bias)
    return np.concatenate(kernels, axis=1).astype(np.float32), np.concatenate(biases).astype(np.float32)


def _of_each_label(head: Any, kernel: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias of a head's answers as those of a machine for each label."""
    kernel, bias = kernel.astype(np.float64), bias.astype(np.float64)
    if answer_width(head) < head.n_labels:
        return np.concatenate([-kernel, kernel], axis=1) / 2, np.concatenate([-bias, bias]) / 2
    return kernel, bias


def nearest(
    features: Any, belongs: np.ndarray, kernel: np.ndarray, bias: float, options: Mapping[str, Any]
) -> tuple[np.ndarray, float]:
    """
    Return weights (features,) and constant of a machine that serves the rows, as near to the given one as it can.

    It is an adaptive support vector machine (Yang, Yan and Hauptmann 2007, "Cross-Domain Video Concept Detection Using
    Adaptive SVMs"): the squared distance to the old weights takes the place of their squared length.
    """
    from scipy.optimize import minimize

    side = np.where(belongs, 1.0, -1.0)
    cost = np.full(len(side), float(options["C"]))
    if options["class_weight"]:
        cost *= np.where(belongs, len(side) / (2 * belongs.sum()), len(side) / (2 * (~belongs).sum()))
    before = features @ kernel + bias

    def loss(moved: np.ndarray) -> tuple[float, np.ndarray]:
        short = np.maximum(1 - side * (before + features @ moved[:-1] + moved[-1]), 0)
        slopes = -2 * cost * side * short
        gradient = moved + np.append(features.T @ slopes, slopes.sum())
        return float(moved @ moved / 2 + cost @ short**2), gradient

    moved = minimize(loss, np.zeros(len(kernel) + 1), jac=True, method="L-BFGS-B").x
    return kernel + moved[:-1], float(bias + moved[-1])


def _weighed(
    features: Any, present: Any, belongs: np.ndarray, share: float, options: Mapping[str, Any]
) -> tuple[np.ndarray, float]:
    """Weights and constant of one label: of a machine, averaged with one that sees telling features larger."""
    kernel, bias = _machine(features, belongs, options)
    if not share:
        return kernel, bias
    ratio = log_ratio(present, belongs)
    weights, constant = _machine(with_values(features, features.data * ratio[features.indices]), belongs, options)
    return (1 - share) * kernel + share * ratio * weights, (1 - share) * bias + share * constant


def with_values(features: Any, values: np.ndarray) -> Any:
    """Return sparse features with other values at the same places, which are not copied."""
    return type(features)((values, features.indices, features.indptr), shape=features.shape)


def _machine(features: Any, belongs: np.ndarray, options: Mapping[str, Any]) -> tuple[np.ndarray, float]:
    """Weights (features,) and constant of a support vector machine that tells rows that belong from others."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC

    machine = LinearSVC(**options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        machine.fit(features, belongs)
    return machine.coef_[0], float(machine.intercept_[0])


def log_ratio(present: Any, belongs: np.ndarray) -> np.ndarray:
    """
    Return for each feature how much more often it stands in rows that belong than in others, as a logarithm.

    >>> from scipy import sparse
    >>> log_ratio(sparse.csr_matrix([[1, 0], [1, 1], [0, 1]]), np.array([True, True, False])).round(2).tolist()
    [0.59, -0.51]
    """
    inside, outside = (1 + present.T @ rows.astype(np.float64) for rows in (belongs, ~belongs))
    return np.log(inside / inside.sum()) - np.log(outside / outside.sum())


def answer_width(head: Any) -> int:
    """Return how many numbers come into the activation of a head."""
    return head.weight_shapes(1)["answer/bias"][0]


def mix(halves: Sequence[np.ndarray], usual: Sequence[float], targets: np.ndarray) -> np.ndarray:
    """
    Return the weights with which the logits of both halves, each (rows, width), predict ``targets`` best.

    If the first half predicts them better alone, the other has next to no weight.

    Parameters
    ----------
    halves
        Logits of the halves on the validation rows; of width 1 for the second of two labels.
    usual
        Weights that few rows are not allowed to lead far away from.
    targets
        Label indices, int64 of shape (rows,).

    >>> certain = np.array([[2.0, -2.0], [-2.0, 2.0]] * 50)
    >>> weights = mix([certain, np.zeros((100, 2))], [1.0, 1.0], np.array([0, 1] * 50))
    >>> bool(weights[0] > 1)
    True
    """
    found, loss = _lowest(halves, usual, targets)
    if len(halves) > 1 and len(targets) >= FEWEST_TO_FALL_BACK:
        alone, loss_alone = _lowest(halves[:1], usual[:1], targets)
        if loss_alone < loss:
            return np.append(alone, np.full(len(halves) - 1, SMALLEST))
    return found


def _lowest(halves: Sequence[np.ndarray], usual: Sequence[float], targets: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights of `mix`, and their loss."""
    from scipy.optimize import minimize

    two = [np.concatenate([np.zeros_like(half), half], axis=1) if half.shape[1] == 1 else half for half in halves]
    start = np.log(usual)
    rows = np.arange(len(targets))

    def loss(logarithms: np.ndarray, pull: float) -> tuple[float, np.ndarray]:
        weights = np.exp(logarithms)
        total = sum(weight * half for weight, half in zip(weights, two, strict=True))
        total = total - total.max(axis=1, keepdims=True)
        logs = total - np.log(np.exp(total).sum(axis=1, keepdims=True))
        chances = np.exp(logs)
        slopes = [
            weight * np.sum((chances * half).sum(axis=1) - half[rows, targets])
            for weight, half in zip(weights, two, strict=True)
        ]
        away = logarithms - start
        return -logs[rows, targets].sum() + pull * (away**2).sum(), np.array(slopes) + 2 * pull * away

    bounds = [(np.log(SMALLEST), np.log(LARGEST))] * len(halves)
    found = minimize(loss, start, args=(PULL,), jac=True, method="L-BFGS-B", bounds=bounds).x
    return np.exp(found), float(loss(found, 0.0)[0])


def assemble(
    spec: ModelSpec,
    deep: ModelSpec | None,
    deep_weights: Mapping[str, np.ndarray],
    solved: tuple[np.ndarray, np.ndarray],
    weights: Mapping[str, Sequence[float]],
) -> dict[str, np.ndarray]:
    """
    Return the weights of the whole model, with the mix folded in.

    Parameters
    ----------
    spec, deep
        The whole model, and the half that Keras has trained, if there is one.
    deep_weights
        Of that half.
    solved
        Kernel and bias of the wide half.
    weights
        Those of the mix, wide before deep, by output name.
    """
    kernel, bias = solved
    found = in_whole(spec, deep_weights)
    begin = 0
    for path, size in (kernel for part in spec.inputs for kernel in getattr(part, "wide_kernels", [])):
        found[path] = kernel[begin : begin + size]
        begin += size
    biases = [name for name in weight_shapes(spec) if name.endswith("/weighted_sum/bias") and name not in found]
    found |= {name: np.zeros_like(bias) if i else bias for i, name in enumerate(biases)}
    first_answer = 0
    for head in spec.outputs:
        width = answer_width(head)
        wide_weight, deep_weight = weights[head.name]
        blocks, at = [], 0
        for is_wide_side, rows in spec.sides:
            if is_wide_side:
                block: np.ndarray = np.zeros((rows, width), dtype=np.float32)
                block[first_answer : first_answer + width] = wide_weight * np.eye(width)
            else:
                block = deep_weight * deep_weights[f"{head.name}/answer/kernel"][at : at + rows]
                at += rows
            blocks.append(block)
        found[f"{head.name}/answer/kernel"] = np.concatenate(blocks).astype(np.float32)
        before = deep_weights[f"{head.name}/answer/bias"] if deep else np.zeros(width)
        found[f"{head.name}/answer/bias"] = (deep_weight * before).astype(np.float32)
        first_answer += width
    return found


def in_whole(spec: ModelSpec, deep_weights: Mapping[str, T]) -> dict[str, T]:
    """The weights of the deep half by their names in the whole model, where each encoder has another number."""
    moved: dict[str, str] = {}
    for part in spec.inputs:
        places = [(place, one.kind) for place, one in enumerate(getattr(part, "encoders", ())) if not is_wide(one)]
        moved |= {f"{part.name}/{kind}_{i}": f"{part.name}/{kind}_{place}" for i, (place, kind) in enumerate(places)}
    found = {}
    for name, weight in deep_weights.items():
        path = "/".join(name.split("/")[:2])
        found[moved.get(path, path) + name[len(path) :]] = weight
    return found
