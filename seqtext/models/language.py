"""
A recurrent language model: what it is, which weights it has, and its Keras layers.

Its embedding and its cells are those of a `Recurrent` encoder, by the same names. The forward cell tells the next word
from those before it, the backward cell the previous word from those behind it, so neither sees what it is to tell.
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtext.errors import RecipeError
from seqtext.models.recurrent import Recurrent
from seqtext.models.spec import MAX_WEIGHTS
from seqtext.models.text import MAX_VOCABULARY
from seqtext.schema import check_settings, setting

if TYPE_CHECKING:
    from seqtext.models.layers import Seeds

# So many words does each batch tell the right ones from; a vocabulary of twice as many is not worth sampling from.
SAMPLE = 1_024


@dataclass(frozen=True)
class LanguageSpec:
    """
    A language model of one recurrent layer in each direction.

    The output of a cell is projected to the width of the embedding, whose rows are also those of the softmax (Press and
    Wolf 2017, "Using the Output Embedding to Improve Language Models").

    Parameters
    ----------
    encoder
        Cell, widths and directions.
    vocabulary_size
        Words that it knows, the two reserved ids included.
    """

    encoder: Recurrent
    vocabulary_size: int = setting(low=3, high=MAX_VOCABULARY)

    def __post_init__(self) -> None:
        check_settings(self)
        if self.encoder.layers > 1:
            raise RecipeError(
                f"layers is {self.encoder.layers}, but a language model has 1: a second layer over both directions "
                "would see the word that it is to tell"
            )
        if (weights := self.weight_count) > MAX_WEIGHTS:
            raise RecipeError(
                f"the language model would have {weights:,} weights, the limit is {MAX_WEIGHTS:,}; make it smaller"
            )

    @property
    def is_sampled(self) -> bool:
        """Whether training samples the words that the right one competes with."""
        return self.vocabulary_size > 2 * SAMPLE

    @property
    def weight_count(self) -> int:
        """Numbers in all weights together."""
        return sum(math.prod(shape) for shape in self.weight_shapes().values())

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return name and shape of every weight; those of the encoder have its names."""
        width = self.encoder.embedding_dim
        without_pooling = dataclasses.replace(self.encoder, pooling="last")
        shapes = without_pooling.weight_shapes(self.vocabulary_size)
        for direction in self.encoder.directions:
            shapes[f"projection/{direction}/kernel"] = (self.encoder.units, width)
            shapes[f"projection/{direction}/bias"] = (width,)
        return shapes | {"softmax_bias/embeddings": (self.vocabulary_size, 1)}

    def build(self, seeds: "Seeds") -> tuple[Any, Any]:
        """
        Return two Keras models that share all weights: one to train, and one that reads.

        The first takes int32 arrays (batch, time) ``ids``, and for each direction ``<direction>_targets`` as of
        `targets_of`, and ``others`` (1, sample); it gives what each row costs in nats, (batch, 1). The second takes ids
        and gives (batch, time, embedding_dim) by direction, in the order in which the direction reads.
        """
        import keras

        from seqtext.models.layers import NextWordLoss, ReverseByLength, TextLength, WordDropout

        asked = self.encoder
        start = keras.initializers.RandomUniform(seed=seeds())
        embed = keras.layers.Embedding(
            self.vocabulary_size, asked.embedding_dim, embeddings_initializer=start, name="embedding"
        )
        bias = keras.layers.Embedding(self.vocabulary_size, 1, embeddings_initializer="zeros", name="softmax_bias")
        ids, others = (
            keras.Input((None,), dtype="int32", name="ids"),
            keras.Input((None,), dtype="int32", name="others"),
        )
        lengths = TextLength(name="length")(ids)
        seen = WordDropout(asked.word_dropout, seeds(), name="word_dropout")(ids) if asked.word_dropout else ids
        steps = embed(seen)
        if asked.embedding_dropout:
            drop = keras.layers.SpatialDropout1D
            steps = drop(asked.embedding_dropout, seed=seeds(), name="embedding_dropout")(steps)
        feeds, costs, found = {"ids": ids, "others": others}, [], {}
        for direction in asked.directions:
            read = ReverseByLength(name="reversed")(steps, lengths) if direction == "backward" else steps
            run = asked.keras_cell(asked.path(0, direction).replace("/", ">"), seeds)(read)
            if asked.embedding_dropout:
                run = keras.layers.Dropout(asked.embedding_dropout, seed=seeds(), name=f"{direction}>dropout")(run)
            initializer = seeds.initializer(asked.initializer)
            project = keras.layers.Dense(
                asked.embedding_dim, kernel_initializer=initializer, name=f"projection>{direction}"
            )
            found[direction] = project(run)
            targets = feeds[f"{direction}_targets"] = keras.Input((None,), dtype="int32", name=f"{direction}_targets")
            loss = NextWordLoss(self.vocabulary_size, self.is_sampled, name=f"{direction}>cost")
            of_targets, of_others = ((embed(one), bias(one)) for one in (targets, others))
            costs.append(loss(found[direction], targets, of_targets, others, of_others))
        cost = keras.layers.Add(name="cost")(costs) if len(costs) > 1 else costs[0]
        return keras.Model(feeds, cost, name="language"), keras.Model(ids, found, name="reader")

    def variables(self, model: Any) -> dict[str, Any]:
        """Return the Keras variables of the first model of `build` under the names of `weight_shapes`."""
        found = {}
        for name in self.weight_shapes():
            path, _, weight = name.rpartition("/")
            layer = model.get_layer(path.replace("/", ">"))
            found[name] = getattr(getattr(layer, "cell", layer), weight)
        return found


def targets_of(ids: np.ndarray, direction: str) -> np.ndarray:
    """
    Return the word that a direction is to tell at each step, in its own order; 0 where there is none.

    >>> ids = np.array([[5, 6, 7, 0]])
    >>> targets_of(ids, "forward").tolist(), targets_of(ids, "backward").tolist()
    ([[6, 7, 0, 0]], [[6, 5, 0, 0]])
    """
    if direction == "backward":
        lengths = np.count_nonzero(ids, axis=1)[:, None]
        places = np.arange(ids.shape[1])
        ids = np.take_along_axis(ids, np.where(places < lengths, lengths - 1 - places, places), axis=1)
    following = np.zeros_like(ids)
    following[:, :-1] = ids[:, 1:]
    return following


def others_of(spec: LanguageSpec, rng: np.random.Generator) -> np.ndarray:
    """Return the ids that the words of a batch compete with: int32 of shape (1, sample), or every id but padding."""
    if not spec.is_sampled:
        return np.arange(1, spec.vocabulary_size, dtype=np.int32)[None]
    drawn = np.exp(rng.random(SAMPLE) * math.log(spec.vocabulary_size)).astype(np.int32)
    return np.clip(drawn, 1, spec.vocabulary_size - 1)[None]
