"""
The answers of a model, one class per kind: its last layer in Keras and ONNX, its loss, its decoding, its scores.

Every kind gives float32 probabilities of shape (batch, ``n_labels``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from seqtext.evaluation import AnyScores, MultilabelScores, Scores, score, score_sets
from seqtext.models.graph import Graph
from seqtext.preprocess.labels import Encoder, LabelEncoder, MultiLabelEncoder
from seqtext.schema import check_settings, setting

if TYPE_CHECKING:
    from seqtext.models.layers import Seeds

MAX_LABELS = 100_000


class Head(Protocol):
    """What every kind of answer has; `Multiclass` is the plain one."""

    kind: ClassVar[str]
    is_exclusive: ClassVar[bool]  # whether a row has one label, or any number of them
    meaning: ClassVar[str]  # of its numbers, in words
    score_class: ClassVar[type[AnyScores]]
    name: str
    n_labels: int

    @classmethod
    def encoder(cls, separator: str) -> Encoder:
        """Return what makes targets of labels: -1, or a row of NaN, where they are missing."""

    def weight_shapes(self, features: int) -> dict[str, tuple[int, ...]]:
        """Return name and shape of the weights for that many features."""

    def build(self, features: Any, seeds: "Seeds") -> Any:
        """Make the Keras layers and return the probabilities."""

    def add_nodes(self, graph: Graph, features: str, weights: Mapping[str, np.ndarray]) -> None:
        """Add the same to an ONNX graph, as the value called like the head."""

    def loss(self, smoothing: float) -> Any:
        """Return the Keras loss of targets and probabilities."""

    def mean_loss(self, targets: np.ndarray, probabilities: np.ndarray) -> float:
        """Return the mean loss of rows, in nats and without smoothing."""

    def decode(self, probabilities: np.ndarray) -> np.ndarray:
        """Return the answers as targets: label indices, int64 of shape (rows,)."""

    def labels_of(self, predicted: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return what `decode` gave as labels."""

    def scores(self, targets: np.ndarray, predicted: np.ndarray, labels: Sequence[str]) -> AnyScores:
        """Return how good the answers are."""

    def decisions(self, values: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return logits or probabilities, and targets, with a row for each decision that is one label."""

    def logits(self, probabilities: np.ndarray) -> np.ndarray:
        """Return numbers that the activation makes these probabilities of."""


@dataclass(frozen=True)
class Multiclass:
    """One of ``n_labels`` labels: a softmax over all of them."""

    kind: ClassVar[str] = "multiclass"
    is_exclusive: ClassVar[bool] = True
    meaning: ClassVar[str] = "probability of each label; the answer is the label with the highest"
    score_class: ClassVar[type[AnyScores]] = Scores
    name: str
    n_labels: int = setting(2, low=2, high=MAX_LABELS)

    def __post_init__(self) -> None:
        check_settings(self)

    @classmethod
    def encoder(cls, separator: str) -> Encoder:
        """Return what makes targets of labels: int64 of shape (rows,), -1 where the label is missing."""
        return LabelEncoder(missing="keep")

    def weight_shapes(self, features: int) -> dict[str, tuple[int, ...]]:
        """Return name and shape of the weights for that many features."""
        return {"answer/kernel": (features, self.n_labels), "answer/bias": (self.n_labels,)}

    def build(self, features: Any, seeds: "Seeds") -> Any:
        """Make the Keras layers and return the probabilities."""
        from seqtext.models.layers import answer_layer

        return answer_layer(self.name, self.n_labels, "softmax", seeds)(features)

    def add_nodes(self, graph: Graph, features: str, weights: Mapping[str, np.ndarray]) -> None:
        """Add the same to an ONNX graph, as the value called like the head."""
        graph.add("Softmax", add_logits(graph, features, weights), name=self.name, axis=-1)

    def loss(self, smoothing: float) -> Any:
        """
        Return Keras' cross-entropy; a share ``smoothing`` of each target is spread evenly over all labels.

        Szegedy et al. (2016), "Rethinking the Inception Architecture for Computer Vision": what is not asked to be
        certain learns more from labels that are sometimes wrong.
        """
        from seqtext.models.layers import smoothed_cross_entropy

        return smoothed_cross_entropy(smoothing) if smoothing else "sparse_categorical_crossentropy"

    def mean_loss(self, targets: np.ndarray, probabilities: np.ndarray) -> float:
        """Return the mean negative log probability (in nats) of the true labels."""
        return float(-np.log(np.clip(probabilities[np.arange(len(targets)), targets], 1e-7, None)).mean())

    def decode(self, probabilities: np.ndarray) -> np.ndarray:
        """Return the index of the most probable label, int64 of shape (rows,)."""
        return probabilities.argmax(axis=1)

    def labels_of(self, predicted: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return the label of each row."""
        return labels[predicted]

    def scores(self, targets: np.ndarray, predicted: np.ndarray, labels: Sequence[str]) -> AnyScores:
        """Return accuracy, macro-F1 and what belongs to them."""
        return score(targets, predicted, labels)

    def decisions(self, values: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return logits or probabilities, and targets, as they are: a row is one decision."""
        return values, targets

    def logits(self, probabilities: np.ndarray) -> np.ndarray:
        """Return numbers that the activation makes these probabilities of."""
        return np.log(np.clip(probabilities, 1e-9, 1.0))


@dataclass(frozen=True)
class Binary(Multiclass):
    """One of two labels: a single sigmoid unit, the probability of the second."""

    kind: ClassVar[str] = "binary"
    n_labels: int = setting(2, low=2, high=2)

    def weight_shapes(self, features: int) -> dict[str, tuple[int, ...]]:
        """Return name and shape of the weights for that many features."""
        return {"answer/kernel": (features, 1), "answer/bias": (1,)}

    def build(self, features: Any, seeds: "Seeds") -> Any:
        """Make the Keras layers and return the probabilities."""
        from seqtext.models.layers import BothLabels, answer_layer

        second = answer_layer(self.name, 1, "sigmoid", seeds)(features)
        return BothLabels(dtype="float32", name=f"{self.name}>both")(second)

    def add_nodes(self, graph: Graph, features: str, weights: Mapping[str, np.ndarray]) -> None:
        """Add the same to an ONNX graph, as the value called like the head."""
        second = graph.add("Sigmoid", add_logits(graph, features, weights))
        first = graph.add("Sub", graph.constant(np.float32(1)), second)
        graph.add("Concat", first, second, name=self.name, axis=1)

    def logits(self, probabilities: np.ndarray) -> np.ndarray:
        """Return numbers that the activation makes these probabilities of."""
        logs = super().logits(probabilities)
        return logs[:, 1:] - logs[:, :1]


@dataclass(frozen=True)
class Multilabel(Multiclass):
    """
    Any of ``n_labels`` labels, or none: a sigmoid for each, and the answer is those of 0.5 or more.

    Targets are float32 of shape (rows, labels), 0 and 1, or a row of NaN.
    """

    kind: ClassVar[str] = "multilabel"
    is_exclusive: ClassVar[bool] = False
    meaning: ClassVar[str] = "a number from 0 to 1 for each label; the answer is every label with 0.5 or more"
    score_class: ClassVar[type[AnyScores]] = MultilabelScores

    @classmethod
    def encoder(cls, separator: str) -> Encoder:
        """Return what makes targets of rows of labels, in a list each or with a ``separator`` between them."""
        return MultiLabelEncoder(separator=separator or None, missing="keep")

    def build(self, features: Any, seeds: "Seeds") -> Any:
        """Make the Keras layers and return the probabilities."""
        from seqtext.models.layers import answer_layer

        return answer_layer(self.name, self.n_labels, "sigmoid", seeds)(features)

    def add_nodes(self, graph: Graph, features: str, weights: Mapping[str, np.ndarray]) -> None:
        """Add the same to an ONNX graph, as the value called like the head."""
        graph.add("Sigmoid", add_logits(graph, features, weights), name=self.name)

    def loss(self, smoothing: float) -> Any:
        """Return Keras' binary cross-entropy of each label; ``smoothing`` draws both targets to a half."""
        from seqtext.models.layers import cross_entropy_of_each

        return cross_entropy_of_each(smoothing)

    def mean_loss(self, targets: np.ndarray, probabilities: np.ndarray) -> float:
        """Return the mean over rows and labels of the negative log probability (in nats) of what is true."""
        right = np.where(targets == 1, probabilities, 1 - probabilities)
        return float(-np.log(np.clip(right, 1e-7, None)).mean())

    def decode(self, probabilities: np.ndarray) -> np.ndarray:
        """Return which labels are given, bool of shape (rows, labels)."""
        return probabilities >= 0.5

    def labels_of(self, predicted: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return a list of labels for each row."""
        found = np.empty(len(predicted), dtype=object)
        for i, row in enumerate(predicted):
            found[i] = labels[row].tolist()
        return found

    def scores(self, targets: np.ndarray, predicted: np.ndarray, labels: Sequence[str]) -> AnyScores:
        """Return macro-F1, micro-F1, the share of exact answers, and what belongs to them."""
        return score_sets(targets == 1, predicted == 1, labels)

    def decisions(self, values: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return each label of each row as a decision of its own, of width 1: that for the second of no and yes."""
        return values.reshape(-1, 1), targets.ravel().astype(np.int64)

    def logits(self, probabilities: np.ndarray) -> np.ndarray:
        """Return numbers that the activation makes these probabilities of."""
        inside = np.clip(probabilities.astype(np.float64), 1e-9, 1 - 1e-9)
        return np.log(inside) - np.log1p(-inside)


def labelled(targets: np.ndarray) -> np.ndarray:
    """
    Return which rows have a label, bool of shape (rows,).

    >>> labelled(np.array([1, -1])).tolist(), labelled(np.array([[0, 1], [np.nan, np.nan]])).tolist()
    ([True, False], [True, False])
    """
    return (targets if targets.ndim == 1 else targets[:, 0]) >= 0


def belongs(targets: np.ndarray, n_labels: int) -> np.ndarray:
    """
    Return which rows have which label, bool of shape (rows, ``n_labels``).

    >>> belongs(np.array([1, -1]), 2).tolist()
    [[False, True], [False, False]]
    """
    return targets[:, None] == np.arange(n_labels) if targets.ndim == 1 else targets == 1


def add_logits(graph: Graph, features: str, weights: Mapping[str, np.ndarray]) -> str:
    """Add the dense layer of a head; return the name of what it gives before its activation."""
    kernel, bias = (graph.constant(weights[f"answer/{name}"]) for name in ("kernel", "bias"))
    return graph.add("Gemm", features, kernel, bias)


HEADS: dict[str, Any] = {"multiclass": Multiclass, "binary": Binary, "multilabel": Multilabel}
