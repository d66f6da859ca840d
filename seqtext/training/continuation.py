"""What a language model makes of the beginnings of texts: a look at what it has learned."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from seqtext.language import LanguageModel
from seqtext.preprocess.vocabulary import RESERVED

if TYPE_CHECKING:
    import keras

# Below 1, what is likely becomes likelier: the sample shows what was learned rather than its rarest words.
TEMPERATURE = 0.8


def continuations(
    network: LanguageModel,
    reader: "keras.Model",
    texts: Sequence[str],
    *,
    seed: int,
    begin: int = 8,
    words: int = 16,
) -> list[tuple[str, str]]:
    """
    Return the beginning of each text, as the network reads it, and words that it finds likely to follow.

    Parameters
    ----------
    network, reader
        What `seqtext.training.pretrain.pretrain` gives.
    texts
        Those with fewer than ``begin`` tokens are left out.
    seed
        The same seed gives the same words.
    begin, words
        Tokens of a text that are given, and words that follow.
    """
    rows = [row[:begin] for row in network.pipeline.encode(texts) if len(row) >= begin]
    if not rows:
        return []
    rng = np.random.default_rng(seed)
    vectors, biases = network.weights["embedding/embeddings"], network.weights["softmax_bias/embeddings"][:, 0]
    ids = np.zeros((len(rows), begin + words), dtype=np.int32)
    ids[:, :begin] = rows
    for at in range(begin, begin + words):
        # Padding stands behind the words, where the forward cell has not been yet.
        steps = reader.predict_on_batch(ids)["forward"][:, at - 1]
        scores = (steps @ vectors.T + biases)[:, len(RESERVED) :] / TEMPERATURE
        # The largest of scores with Gumbel noise is a draw from their softmax.
        ids[:, at] = (scores + rng.gumbel(size=scores.shape)).argmax(axis=1) + len(RESERVED)
    found = network.pipeline.inverse_transform(ids)
    return [(" ".join(row[:begin]), " ".join(row[begin:])) for row in found]
