"""
Text preprocessing for sequence models: clean, tokenize, encode, pad, and the way back.

Names are fetched on first use, so that importing this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqtext.preprocess.keras2.sequences import pad_sequences
    from seqtext.preprocess.keras2.tokenizer import (
        Tokenizer,
        hashing_trick,
        one_hot,
        text_to_word_sequence,
        tokenizer_from_json,
    )
    from seqtext.preprocess.labels import LabelEncoder, MultiLabelEncoder
    from seqtext.preprocess.pipeline import TextPipeline
    from seqtext.preprocess.split import char_ngrams, ngrams
    from seqtext.preprocess.vectors import Vectors, load_vectors

__all__ = [
    "LabelEncoder",
    "MultiLabelEncoder",
    "TextPipeline",
    "Tokenizer",
    "Vectors",
    "char_ngrams",
    "hashing_trick",
    "load_vectors",
    "ngrams",
    "one_hot",
    "pad_sequences",
    "text_to_word_sequence",
    "tokenizer_from_json",
]

_NAMES = {
    "keras2.sequences": ["pad_sequences"],
    "keras2.tokenizer": ["Tokenizer", "hashing_trick", "one_hot", "text_to_word_sequence", "tokenizer_from_json"],
    "labels": ["LabelEncoder", "MultiLabelEncoder"],
    "pipeline": ["TextPipeline"],
    "split": ["char_ngrams", "ngrams"],
    "vectors": ["Vectors", "load_vectors"],
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'seqtext.preprocess' has no attribute {name!r}")
    return getattr(import_module(f"seqtext.preprocess.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
