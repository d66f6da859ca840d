"""Text preprocessing for sequence models; names are fetched on first use, so that importing this costs nothing."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqtext.preprocess.keras2.sequences import pad_sequences as pad_sequences
    from seqtext.preprocess.keras2.tokenizer import Tokenizer as Tokenizer
    from seqtext.preprocess.keras2.tokenizer import hashing_trick as hashing_trick
    from seqtext.preprocess.keras2.tokenizer import one_hot as one_hot
    from seqtext.preprocess.keras2.tokenizer import text_to_word_sequence as text_to_word_sequence
    from seqtext.preprocess.keras2.tokenizer import tokenizer_from_json as tokenizer_from_json
    from seqtext.preprocess.labels import LabelEncoder as LabelEncoder
    from seqtext.preprocess.labels import MultiLabelEncoder as MultiLabelEncoder
    from seqtext.preprocess.pipeline import TextPipeline as TextPipeline
    from seqtext.preprocess.split import char_ngrams as char_ngrams
    from seqtext.preprocess.split import ngrams as ngrams
    from seqtext.preprocess.vectors import Vectors as Vectors
    from seqtext.preprocess.vectors import load_vectors as load_vectors

_NAMES = {
    "keras2.sequences": ["pad_sequences"],
    "keras2.tokenizer": ["Tokenizer", "hashing_trick", "one_hot", "text_to_word_sequence", "tokenizer_from_json"],
    "labels": ["LabelEncoder", "MultiLabelEncoder"],
    "pipeline": ["TextPipeline"],
    "split": ["char_ngrams", "ngrams"],
    "vectors": ["Vectors", "load_vectors"],
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'seqtext.preprocess' has no attribute {name!r}")
    return getattr(import_module(f"seqtext.preprocess.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
