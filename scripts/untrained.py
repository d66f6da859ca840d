"""Models with random weights and generated words, which need no training: for what is about speed or memory."""

import itertools
from collections.abc import Sequence

import numpy as np

from seqtext.model import Made, TrainedModel
from seqtext.models.spec import weight_shapes
from seqtext.preprocess import LabelEncoder
from seqtext.recipes import Recipe
from seqtext.recipes.change import changed

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def some_words(count: int) -> list[str]:
    """Return different words of three to five letters, the first ones always the same."""
    every = ("".join(word) for size in (3, 4, 5) for word in itertools.product(LETTERS, repeat=size))
    return list(itertools.islice(every, count))


def some_texts(count: int, length: int, words: Sequence[str]) -> list[str]:
    """Return texts of ``length`` words; the word at place r is drawn as often as 1/r, about as in real texts."""
    shares = 1 / np.arange(1, len(words) + 1)
    drawn = np.random.default_rng(0).choice(np.array(words, dtype=object), (count, length), p=shares / shares.sum())
    return [" ".join(row) for row in drawn]


def lstm(*, units: int = 64, words: int = 20_000, classes: int = 2, **settings: object) -> TrainedModel:
    """Return Embedding(words, 64), LSTM(units), one direction, last state, and ``classes`` labels."""
    plain = {"bidirectional": False, "pooling": "last", "embedding_dim": 64, "units": units, "max_length": 10_000}
    recipe = changed(Recipe(), plain | settings)
    pipeline = recipe.text.preparer()
    pipeline.vocabulary_ = ["", "[UNK]", *some_words(words - 2)]
    labels = {"label": LabelEncoder().fit([f"label {i}" for i in range(classes)])}
    spec = recipe.spec({"text": pipeline}, {"label": classes})
    rng = np.random.default_rng(0)
    weights = {
        name: rng.normal(0, 1 / np.sqrt(shape[-1]), shape).astype(np.float32)
        for name, shape in weight_shapes(spec).items()
    }
    made = Made("2026-01-01T00:00:00+00:00", "recurrent", "nothing", "", "", {"training": 0}, 0, 0.0, False, {})
    columns = {"text": "text", "label": "label"}
    return TrainedModel(recipe, spec, {"text": pipeline}, labels, columns, weights, made)
