"""Text preprocessing for sequence models: clean, tokenize, encode, pad, and the way back."""

from importlib import import_module
from typing import Any

# Public name -> the module below seqtext.preprocess that defines it; fetched on first use.
PUBLIC = {
    "TextPipeline": "pipeline",
    "Tokenizer": "tokenizer",
    "tokenizer_from_json": "tokenizer",
    "text_to_word_sequence": "tokenizer",
    "one_hot": "tokenizer",
    "hashing_trick": "tokenizer",
    "pad_sequences": "padding",
    "LabelEncoder": "labels",
}
__all__ = list(PUBLIC)


def __getattr__(name: str) -> Any:
    if name in PUBLIC:
        return getattr(import_module(f"seqtext.preprocess.{PUBLIC[name]}"), name)
    raise AttributeError(f"module 'seqtext.preprocess' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *PUBLIC])
