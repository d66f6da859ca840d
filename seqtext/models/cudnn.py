"""Which encoders run on NVIDIA's cuDNN kernels once a GPU is there, and why the others do not, in words."""

from collections.abc import Iterator, Mapping
from typing import Any

from seqtext.models.spec import ModelSpec

NO_GPU = "there is no GPU"


def cudnn_lines(spec: ModelSpec) -> list[str]:
    """
    Return a line for each encoder: what it does wherever there is a GPU.

    >>> from seqtext.models.heads import Multiclass
    >>> from seqtext.models.recurrent import Recurrent
    >>> from seqtext.models.text import TextInput
    >>> cudnn_lines(ModelSpec((TextInput("text", 100, (Recurrent(cell="gru"),)),), (Multiclass("label", 2),)))
    ['text: gru uses cuDNN on a GPU']
    """
    lines = []
    for name, encoder in recurrent_encoders({part.name: part for part in spec.inputs}):
        reasons = encoder.why_not_cudnn()
        verdict = f"cannot use cuDNN on a GPU: {'; '.join(reasons)}" if reasons else "uses cuDNN on a GPU"
        lines.append(f"{name}: {encoder.cell} {verdict}")
    return lines


def recurrent_encoders(inputs: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the name of the input and the encoder for each encoder of some inputs that has cells."""
    for name, one in inputs.items():
        # Not every input has encoders, and not every encoder has cells; shared ones count once.
        own = () if getattr(one, "shares", "") else getattr(one, "encoders", ())
        yield from ((name, encoder) for encoder in own if hasattr(encoder, "why_not_cudnn"))


def why_not_here(encoder: Any, *, has_gpu: bool, backend: str, precision: str) -> list[str]:
    """
    Return the reasons that keep an encoder off cuDNN on this machine, and what would help; none if nothing does.

    Parameters
    ----------
    encoder
        One that has cells.
    has_gpu
        Whether Keras sees a GPU.
    backend, precision
        What Keras computes with, and in. On JAX it has cuDNN for the LSTM alone, and in float32 alone (Keras 3.15,
        keras/src/backend/jax/rnn.py).
    """
    reasons = encoder.why_not_cudnn()
    if backend == "jax" and encoder.cell == "gru":
        reasons.append("Keras has no cuDNN path for gru on jax (set cell=lstm)")
    if backend == "jax" and precision != "float32":
        reasons.append(f"on jax it is float32 alone, not {precision} (set precision=float32)")
    return reasons if has_gpu else [NO_GPU, *reasons]


def verdict(encoder: Any, reasons: list[str]) -> str:
    """
    Return what a person is told of one encoder.

    >>> from seqtext.models.recurrent import Recurrent
    >>> verdict(Recurrent(), []), verdict(Recurrent(), [NO_GPU])
    ('bidirectional lstm 64, cuDNN: yes', 'bidirectional lstm 64, cuDNN: no, there is no GPU')
    """
    return f"{encoder.summary}, cuDNN: {'no, ' + '; '.join(reasons) if reasons else 'yes'}"
