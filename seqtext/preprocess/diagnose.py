"""How well a model can read single texts: tokens, words that it does not know, and what it cuts."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from seqtext.preprocess.vocabulary import RESERVED, UNKNOWN

UNKNOWN_ID = RESERVED.index(UNKNOWN)


def diagnose(pipeline: Any, texts: Sequence[str | None], longest: int | None) -> dict[str, list[float]]:
    """
    Return a value for each text: its ``tokens``, the share of ``unknown`` ones, and how many of them are ``cut``.

    Parameters
    ----------
    pipeline
        A fitted `TextPipeline` without a ``max_length``.
    texts
        Raw ones; one without any token has 0 tokens and nothing known: a share of 1.
    longest
        Tokens that are kept; None keeps all.
    """
    rows = pipeline.encode(texts)
    known = np.array([np.count_nonzero(ids != UNKNOWN_ID) for ids in rows], dtype=np.int64)
    # One unknown word stands for an empty text, too.
    tokens = [
        len(ids) if len(ids) > 1 or count else len(pipeline.tokenize(text))
        for ids, count, text in zip(rows, known.tolist(), texts, strict=True)
    ]
    unknown = 1 - known / np.maximum(tokens, 1)
    cut = [max(0, count - longest) if longest else 0 for count in tokens]
    return {"tokens": tokens, "unknown": unknown.round(4).tolist(), "cut": cut}
