"""
The answers of a model, one class per kind: its last layer in Keras and ONNX, its loss, its decoding, its scores.

Every kind gives float32 probabilities of shape (batch, ``n_labels``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from seqtext.evaluation import Scores, score
from seqtext.models.graph import Graph
from seqtext.preprocess.labels import Encoder, LabelEncoder
from seqtext.schema import check_settings, setting

if TYPE_CHECKING:
    from seqtext.models.layers import Seeds

MAX_LABELS = 100_000


class Head(Protocol):
    """What every kind of answer has; `Multiclass` is the plain one."""

    kind: ClassVar[str]
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
        """Return the answers as label indices, int64 of shape (rows,)."""

    def scores(self, targets: np.ndarray, predicted: np.ndarray, labels: Sequence[str]) -> Scores:
        """Return how good the answers are."""

    def logits(self, probabilities: np.ndarray) -> np.ndarray:
        """Return numbers that the activation makes these probabilities of."""


@dataclass(frozen=True)
class Multiclass:
    """One of ``n_labels`` labels: a softmax over all of them."""

    kind: ClassVar[str] = "multiclass"
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

    def scores(self, targets: np.ndarray, predicted: np.ndarray, labels: Sequence[str]) -> Scores:
        """Return accuracy, macro-F1 and what belongs to them."""
        return score(targets, predicted, labels)

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
        return BothLabels(dtype="float32", name=f"{self.name}.both")(second)

    def add_nodes(self, graph: Graph, features: str, weights: Mapping[str, np.ndarray]) -> None:
        """Add the same to an ONNX graph, as the value called like the head."""
        second = graph.add("Sigmoid", add_logits(graph, features, weights))
        first = graph.add("Sub", graph.constant(np.float32(1)), second)
        graph.add("Concat", first, second, name=self.name, axis=1)

    def logits(self, probabilities: np.ndarray) -> np.ndarray:
        """Return numbers that the activation makes these probabilities of."""
        logs = super().logits(probabilities)
        return logs[:, 1:] - logs[:, :1]


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


HEADS: dict[str, Any] = {"multiclass": Multiclass, "binary": Binary}
