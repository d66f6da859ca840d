"""The few Keras layers that Keras lacks: everything that needs a text's own length, without any mask."""

import functools
import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

UNKNOWN = 1


class TextLength(keras.layers.Layer):
    """Count the tokens of each row: ids (batch, time) to lengths (batch,), int32. Id 0 is padding only."""

    def call(self, ids: keras.KerasTensor) -> keras.KerasTensor:
        return ops.sum(ops.cast(ops.not_equal(ids, 0), "int32"), axis=1)


class WordDropout(keras.layers.Layer):
    """
    In training, turn each token into the unknown token with probability ``rate``.

    The model learns what to do with words it has never seen, and not to lean on single words.
    """

    def __init__(self, rate: float, seed: int, **options: object) -> None:
        super().__init__(**options)
        self.rate = rate
        self.seeds = keras.random.SeedGenerator(seed)

    def call(self, ids: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        if not training:
            return ids
        dropped = keras.random.uniform(ops.shape(ids), seed=self.seeds) < self.rate
        return ops.where(ops.logical_and(dropped, ops.not_equal(ids, 0)), ops.cast(UNKNOWN, ids.dtype), ids)


class ReverseByLength(keras.layers.Layer):
    """
    Reverse each row's own tokens and leave its padding where it is, on the right.

    A forward cell on the result reads the text backwards without ever seeing padding first, so it needs no mask
    and stays on the cuDNN kernel. The layer is its own inverse. Steps: (batch, time, width); lengths: (batch,).
    """

    def call(self, steps: keras.KerasTensor, lengths: keras.KerasTensor) -> keras.KerasTensor:
        if keras.backend.backend() == "tensorflow":
            import tensorflow

            # Its gradient is itself, where that of a gather adds up cell by cell.
            return tensorflow.reverse_sequence(steps, lengths, seq_axis=1, batch_axis=0)
        positions = ops.arange(ops.shape(steps)[1], dtype="int32")[None, :]
        lengths = lengths[:, None]
        source = ops.where(positions < lengths, lengths - 1 - positions, positions)
        return ops.take_along_axis(steps, source[:, :, None], axis=1)


class LastStep(keras.layers.Layer):
    """Pick the output of each row's last token: (batch, time, width) and (batch,) to (batch, width)."""

    def call(self, steps: keras.KerasTensor, lengths: keras.KerasTensor) -> keras.KerasTensor:
        return ops.squeeze(ops.take_along_axis(steps, lengths[:, None, None] - 1, axis=1), axis=1)


class MaxOverTime(keras.layers.Layer):
    """Maximum over each row's own tokens: (batch, time, width) and (batch,) to (batch, width)."""

    def call(self, steps: keras.KerasTensor, lengths: keras.KerasTensor) -> keras.KerasTensor:
        return ops.max(ops.where(is_token(steps, lengths), steps, lowest(steps)), axis=1)


class MeanOverTime(keras.layers.Layer):
    """Mean over each row's own tokens: (batch, time, width) and (batch,) to (batch, width)."""

    def call(self, steps: keras.KerasTensor, lengths: keras.KerasTensor) -> keras.KerasTensor:
        total = ops.sum(ops.where(is_token(steps, lengths), steps, 0.0), axis=1)
        return total / ops.cast(lengths, steps.dtype)[:, None]


class AttentionOverTime(keras.layers.Layer):
    """
    Mean of each row's tokens with learned weights: (batch, time, width) and (batch,) to (batch, width).

    The weight of a step h is softmax over time of context . tanh(h kernel + bias) (Yang et al. 2016).
    """

    def __init__(self, initializer: keras.Initializer, context: keras.Initializer, **options: object) -> None:
        super().__init__(**options)
        self.initializers = (initializer, context)

    def build(self, steps_shape: tuple[int, ...], lengths_shape: tuple[int, ...]) -> None:
        width = steps_shape[-1]
        kernel, context = self.initializers
        self.kernel = self.add_weight(shape=(width, width), initializer=kernel, name="kernel")
        self.bias = self.add_weight(shape=(width,), initializer="zeros", name="bias")
        self.context = self.add_weight(shape=(width,), initializer=context, name="context")

    def call(self, steps: keras.KerasTensor, lengths: keras.KerasTensor) -> keras.KerasTensor:
        scores = ops.sum(ops.tanh(ops.matmul(steps, self.kernel) + self.bias) * self.context, axis=-1, keepdims=True)
        scores = ops.where(is_token(steps, lengths), scores, lowest(steps))
        # A softmax by hand: that of Keras warns where all texts of a batch are one word long.
        weights = ops.exp(scores - ops.max(scores, axis=1, keepdims=True))
        return ops.sum(weights * steps, axis=1) / ops.sum(weights, axis=1)


class WeightedSum(keras.layers.Layer):
    """
    A dense layer over sparse features: ids and weights (batch, features of a text) to (batch, width).

    Places that are filled up have weight 0.
    """

    def __init__(
        self, features: int, width: int, kernel_initializer: Any, kernel_regularizer: Any = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.shape = (features, width)
        self.kernel_options = {"initializer": kernel_initializer, "regularizer": kernel_regularizer}

    def build(self, ids_shape: tuple[int, ...], values_shape: tuple[int, ...]) -> None:
        self.kernel = self.add_weight(shape=self.shape, name="kernel", **self.kernel_options)
        self.bias = self.add_weight(shape=self.shape[1:], initializer="zeros", name="bias")

    def call(self, ids: keras.KerasTensor, values: keras.KerasTensor) -> keras.KerasTensor:
        rows = ops.take(self.kernel, ids, axis=0)
        return ops.squeeze(ops.matmul(ops.expand_dims(values, 1), rows), axis=1) + self.bias


class NextWordLoss(keras.layers.Layer):
    """
    What each row's words cost, in nats, given what a cell had read before each: a softmax over words.

    The words compete with all others, or with a sample of ids that all of a batch shares: drawn with replacement from a
    log-uniform distribution, each score less the logarithm of how often it is expected to be drawn. So their sum
    estimates that over the vocabulary (Bengio and Senecal 2008, "Adaptive Importance Sampling"; Jean et al. 2015, "On
    Using Very Large Target Vocabulary for Neural Machine Translation").
    """

    def __init__(self, vocabulary_size: int, is_sampled: bool, **options: object) -> None:
        super().__init__(**options)
        self.vocabulary_size, self.is_sampled = vocabulary_size, is_sampled

    def call(
        self,
        steps: keras.KerasTensor,
        targets: keras.KerasTensor,
        of_targets: tuple[keras.KerasTensor, keras.KerasTensor],
        others: keras.KerasTensor,
        of_others: tuple[keras.KerasTensor, keras.KerasTensor],
    ) -> keras.KerasTensor:
        """
        Return the cost of each row: (batch, 1).

        Parameters
        ----------
        steps
            What the cell had read, projected: (batch, time, width).
        targets, of_targets
            The word that comes at each step, 0 for none: ids (batch, time); and their vectors and biases.
        others, of_others
            With which words these compete: ids (1, sample); and their vectors and biases.
        """
        vectors, biases = of_targets
        wanted = ops.sum(steps * vectors, axis=-1) + biases[..., 0]
        vectors, biases = of_others
        against = ops.matmul(steps, ops.transpose(vectors[0])) + biases[0, :, 0]
        if self.is_sampled:
            against = against - self.log_expected(others)[0]
            is_wanted = ops.equal(targets[:, :, None], others[0][None, None, :])
            against = ops.where(is_wanted, -1e9, against)
            against = ops.concatenate([wanted[..., None], against], axis=-1)
        cost = ops.logsumexp(against, axis=-1) - wanted
        return ops.sum(ops.where(ops.not_equal(targets, 0), cost, 0.0), axis=1, keepdims=True)

    def log_expected(self, others: keras.KerasTensor) -> keras.KerasTensor:
        """Logarithm of how often each id of a sample is expected in it."""
        draws = ops.cast(ops.shape(others)[1], "float32")
        return ops.log(draws * ops.log1p(1.0 / ops.cast(others, "float32")) / math.log(self.vocabulary_size))


class StackTexts(keras.layers.Layer):
    """Put the ids of several texts under each other, as long as the longest: (texts x batch, time) int32."""

    def call(self, texts: list[keras.KerasTensor]) -> keras.KerasTensor:
        longest = functools.reduce(longer, [ops.shape(ids)[1] for ids in texts])
        sizes = [(ops.shape(ids)[0], longest - ops.shape(ids)[1]) for ids in texts]
        padded = [
            ops.concatenate([ids, ops.zeros(size, ids.dtype)], axis=1) for ids, size in zip(texts, sizes, strict=True)
        ]
        return ops.concatenate(padded, axis=0)

    def compute_output_spec(self, texts: list[keras.KerasTensor]) -> keras.KerasTensor:
        # While a model is built, JAX knows no sizes to compute with.
        return keras.KerasTensor((None, None), texts[0].dtype)


class UnstackTexts(keras.layers.Layer):
    """Take the vectors of several texts apart again: (texts x batch, width) to (batch, width) of each."""

    def __init__(self, texts: int, **options: object) -> None:
        super().__init__(**options)
        self.texts = texts

    def call(self, vectors: keras.KerasTensor) -> list[keras.KerasTensor]:
        each = ops.reshape(vectors, (self.texts, -1, vectors.shape[-1]))
        return [each[i] for i in range(self.texts)]

    def compute_output_shape(self, vectors_shape: tuple[int | None, ...]) -> list[tuple[int | None, ...]]:
        # Keras would try with any number of rows, which need not be a multiple of the texts.
        return [(None, vectors_shape[-1])] * self.texts


class DifferenceAndProduct(keras.layers.Layer):
    """Compare two vectors: both (batch, width) to (batch, 2 width), the absolute difference before the product."""

    def call(self, first: keras.KerasTensor, second: keras.KerasTensor) -> keras.KerasTensor:
        return ops.concatenate([ops.abs(first - second), first * second], axis=-1)


class BothLabels(keras.layers.Layer):
    """Probability of the second label to that of both: (batch, 1) to (batch, 2)."""

    def call(self, second: keras.KerasTensor) -> keras.KerasTensor:
        return ops.concatenate([1.0 - second, second], axis=1)


def longer(one: Any, other: Any) -> Any:
    """The larger of two sizes: numbers in JAX, where no array has a size that it computes, else tensors."""
    return max(one, other) if isinstance(one, int) and isinstance(other, int) else ops.maximum(one, other)


def is_token(steps: keras.KerasTensor, lengths: keras.KerasTensor) -> keras.KerasTensor:
    """True where a step belongs to the text and not to its padding: bool (batch, time, 1)."""
    positions = ops.arange(ops.shape(steps)[1], dtype="int32")[None, :, None]
    return positions < lengths[:, None, None]


def lowest(steps: keras.KerasTensor) -> float:
    """A number below all that a cell gives, in the type of ``steps``."""
    return -6e4 if keras.backend.standardize_dtype(steps.dtype) == "float16" else -1e9


class Seeds:
    """Return a different seed for every weight and dropout, all from one number, touching no global state."""

    def __init__(self, seed: int) -> None:
        self.next = seed * 10_000

    def __call__(self) -> int:
        self.next += 1
        return self.next % 2**31

    def initializer(self, name: str) -> keras.Initializer:
        """The named Keras initializer with a seed of its own."""
        found = keras.initializers.get(name)
        config, seed = found.get_config(), self()
        return type(found).from_config({**config, "seed": seed}) if "seed" in config else found


def penalty(l1: float, l2: float) -> keras.Regularizer | None:
    """The penalty on a weight; None where there is none."""
    return keras.regularizers.L1L2(l1, l2) if l1 or l2 else None


def side_by_side(tensors: list[keras.KerasTensor], name: str) -> keras.KerasTensor:
    """Join tensors along their last axis; a single one is returned as it is."""
    return tensors[0] if len(tensors) == 1 else keras.layers.Concatenate(name=name)(tensors)


def answer_layer(head: str, width: int, activation: str, seeds: Seeds) -> keras.layers.Layer:
    """Return the last layer of an output, float32 even in mixed precision: float16 rounds small probabilities to 0."""
    return keras.layers.Dense(
        width,
        activation=activation,
        kernel_initializer=seeds.initializer("glorot_uniform"),
        dtype="float32",
        name=f"{head}>answer",
    )


def cross_entropy_of_each(smoothing: float) -> Callable[..., keras.KerasTensor]:
    """Return the binary cross-entropy of targets and probabilities, for each label: of shape (batch, labels)."""

    def loss(targets: keras.KerasTensor, probabilities: keras.KerasTensor) -> keras.KerasTensor:
        one, other = (ops.expand_dims(values, -1) for values in (targets, probabilities))
        return keras.losses.binary_crossentropy(one, other, label_smoothing=smoothing)

    return loss


def smoothed_cross_entropy(smoothing: float) -> Callable[..., keras.KerasTensor]:
    """Return the cross-entropy of label indices and probabilities, with a share of each target spread evenly."""

    def loss(indices: keras.KerasTensor, probabilities: keras.KerasTensor) -> keras.KerasTensor:
        logs = ops.log(ops.clip(probabilities, 1e-7, 1.0))
        column = ops.reshape(ops.cast(indices, "int32"), (-1, 1))
        of_label = ops.squeeze(ops.take_along_axis(logs, column, axis=1), axis=1)
        return -(1 - smoothing) * of_label - smoothing * ops.mean(logs, axis=1)

    return loss
