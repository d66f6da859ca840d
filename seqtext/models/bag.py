"""
The bag encoder of a text: weighted n-grams and a dense layer over them.

With ``hidden_units=0`` it goes straight to the labels, the wide half of a model, which training solves as the convex
problem that it is (`seqtext.training.wide`). Otherwise it is the first layer of a feed-forward network.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from seqtext.models.activations import ACTIVATIONS, INITIALIZERS
from seqtext.models.graph import Graph
from seqtext.models.recurrent import MAX_WIDTH
from seqtext.preprocess.bag import (
    MAX_CHARACTERS_IN_A_ROW,
    MAX_FEATURES,
    MAX_WORDS_IN_A_ROW,
    RANKS,
    WEIGHTINGS,
    NgramBag,
)
from seqtext.schema import check_settings, setting

if TYPE_CHECKING:
    from seqtext.models.layers import Seeds


@dataclass(frozen=True)
class Bag:
    """
    Weighted n-grams of words and characters, and a dense layer; see `seqtext.preprocess.bag.NgramBag`.

    Parameters
    ----------
    ngrams
        Longest run of words; 0 for none.
    min_chars
        Shortest run of characters; 0 for none.
    max_chars
        Longest run of characters; 0 for none.
    min_count
        N-grams in fewer texts than this are left out.
    max_features
        No more n-grams than this.
    rank
        Whether these are those in most texts, or those of most occurrences.
    weighting
        How an n-gram of a text is weighted.
    hidden_units
        Width of the dense layer; 0 goes straight to the labels.
    activation
        Of the dense layer, by Keras' name; this and the next five say nothing for ``hidden_units=0``.
    initializer
        Of the dense layer's kernel, by Keras' name.
    l1
        Penalty on the absolute values of the dense layer's kernel.
    l2
        Penalty on the squares of the dense layer's kernel.
    dropout
        Share of what the dense layer gives that is dropped, in training only.
    gaussian_noise
        Standard deviation of noise that is added to what the dense layer gives, in training only.
    cost
        For ``hidden_units=0``: the cost of a mistake beside the size of the weights, C of a support vector machine.
    naive_bayes
        For ``hidden_units=0``: the share that a second machine has in each weight, one that sees an n-gram as much
        larger as it tells the label apart; see `seqtext.training.wide.solve`.
    """

    kind: ClassVar[str] = "bag"
    reads_bag: ClassVar[bool] = True
    ngrams: int = setting(2, low=0, high=MAX_WORDS_IN_A_ROW)
    min_chars: int = setting(2, low=1, high=MAX_CHARACTERS_IN_A_ROW)
    max_chars: int = setting(5, low=0, high=MAX_CHARACTERS_IN_A_ROW)
    min_count: int = setting(2, low=1, high=1_000_000)
    max_features: int = setting(1_000_000, low=1, high=MAX_FEATURES)
    rank: str = setting("texts", choices=RANKS)
    weighting: str = setting("tfidf", choices=WEIGHTINGS)
    hidden_units: int = setting(0, low=0, high=MAX_WIDTH)
    activation: str = setting("relu", choices=ACTIVATIONS)
    initializer: str = setting("glorot_uniform", choices=INITIALIZERS)
    l1: float = setting(0.0, low=0, high=100)
    l2: float = setting(0.0, low=0, high=100)
    dropout: float = setting(0.0, low=0, high=0.95)
    gaussian_noise: float = setting(0.0, low=0, high=1)
    cost: float = setting(0.3, low=1e-6, high=1e6)
    naive_bayes: float = setting(0.5, low=0, high=1)

    def __post_init__(self) -> None:
        check_settings(self)
        self.preparer()

    @property
    def is_wide(self) -> bool:
        """Whether it goes straight to the labels."""
        return self.hidden_units == 0

    @property
    def summary(self) -> str:
        """The encoder in a few words."""
        words = f"words up to {self.ngrams} in a row" if self.ngrams else ""
        characters = f"{self.min_chars} to {self.max_chars} characters" if self.max_chars else ""
        return f"bag of {' and '.join(filter(None, [words, characters]))}"

    @property
    def description(self) -> str:
        """The encoder in a line."""
        to = "straight to the labels" if self.is_wide else f"{self.hidden_units} units, {self.activation}"
        return f"{self.summary}, {self.weighting}, {to}"

    def preparer(self) -> NgramBag:
        """Return what counts the n-grams, before it has learned anything."""
        return NgramBag(
            words=self.ngrams,
            min_chars=self.min_chars,
            max_chars=self.max_chars,
            min_count=self.min_count,
            max_features=self.max_features,
            rank=self.rank,
            weighting=self.weighting,
        )

    def weight_shapes(self, features: int, width: int) -> dict[str, tuple[int, ...]]:
        """Return name and shape of every weight for that many features and numbers that come out."""
        return {"weighted_sum/kernel": (features, width), "weighted_sum/bias": (width,)}

    def build(self, name: str, bag: tuple[Any, Any], features: int, width: int, seeds: "Seeds") -> Any:
        """
        Make the Keras layers, and return one vector a row: (batch, width).

        Parameters
        ----------
        name
            What the names of the layers begin with.
        bag
            Ids and weights of the features, both (batch, features of a text).
        features, width
            Rows and columns of the kernel.
        seeds
            Where weights and dropouts get their seeds.
        """
        import keras

        from seqtext.models.layers import WeightedSum, penalty

        layer = WeightedSum(
            features,
            width,
            kernel_initializer=seeds.initializer(self.initializer),
            kernel_regularizer=penalty(self.l1, self.l2),
            name=f"{name}>weighted_sum",
        )
        found = layer(*bag)
        if self.is_wide:
            return found
        found = keras.layers.Activation(self.activation, name=f"{name}>activation")(found)
        if self.gaussian_noise:
            found = keras.layers.GaussianNoise(self.gaussian_noise, seed=seeds(), name=f"{name}>noise")(found)
        if self.dropout:
            found = keras.layers.Dropout(self.dropout, seed=seeds(), name=f"{name}>dropout")(found)
        return found

    def add_nodes(self, graph: Graph, bag: tuple[str, str], weights: Mapping[str, np.ndarray]) -> str:
        """
        Add the nodes that do the same; return the name of their result.

        Parameters
        ----------
        bag
            Names of the ids and weights of the features.
        weights
            By the names of `weight_shapes`.
        """
        ids, values = bag
        rows = graph.add("Gather", graph.constant(weights["weighted_sum/kernel"]), ids)
        # (batch, 1, features) x (batch, features, width)
        total = graph.add("MatMul", graph.add("Unsqueeze", values, graph.integers(1)), rows)
        total = graph.add("Squeeze", total, graph.integers(1))
        total = graph.add("Add", total, graph.constant(weights["weighted_sum/bias"]))
        return total if self.is_wide else ACTIVATIONS[self.activation](graph, total)
