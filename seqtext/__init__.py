"""
seqtext: text classification with recurrent sequence models.

Train with Keras, use anywhere: a saved model runs on ONNX Runtime, without TensorFlow. Names are fetched on first
use, so that ``import seqtext`` costs nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqtext.errors import SeqtextError
    from seqtext.estimator import SequenceClassifier
    from seqtext.model import TrainedModel
    from seqtext.saving import load

__version__ = "0.1.0"
__all__ = ["SeqtextError", "SequenceClassifier", "TrainedModel", "load"]

_HOMES = {
    "load": "seqtext.saving",
    "TrainedModel": "seqtext.model",
    "SequenceClassifier": "seqtext.estimator",
    "SeqtextError": "seqtext.errors",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'seqtext' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
