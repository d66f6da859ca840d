"""Which encoders run on NVIDIA's cuDNN kernels once a GPU is there, and why the others do not, in words."""

from seqtext.models.spec import ModelSpec


def cudnn_lines(spec: ModelSpec) -> list[str]:
    """
    Return a line for each encoder, to be shown before training.

    >>> from seqtext.models.heads import Multiclass
    >>> from seqtext.models.recurrent import Recurrent
    >>> from seqtext.models.text import TextInput
    >>> cudnn_lines(ModelSpec((TextInput("text", 100, (Recurrent(cell="gru"),)),), (Multiclass("label", 2),)))
    ['text: gru uses cuDNN on a GPU']
    """
    lines = []
    for part in spec.inputs:
        # Not every input has encoders, and not every encoder has cells.
        own = [] if getattr(part, "shares", "") else getattr(part, "encoders", ())
        for encoder in (one for one in own if hasattr(one, "why_not_cudnn")):
            reasons = encoder.why_not_cudnn()
            verdict = f"cannot use cuDNN on a GPU: {'; '.join(reasons)}" if reasons else "uses cuDNN on a GPU"
            lines.append(f"{part.name}: {encoder.cell} {verdict}")
    return lines
