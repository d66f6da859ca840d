"""Which recurrent layers run on NVIDIA's cuDNN kernels once a GPU is there, and why the others do not."""

from seqtext.models.spec import ModelSpec, TextInput


def why_not_cudnn(text: TextInput) -> list[str]:
    """
    The reasons that keep this encoder's cells off cuDNN; empty if nothing does.

    Conditions of Keras 3.15 on TensorFlow (keras/src/layers/rnn/lstm.py and gru.py, backend/tensorflow/rnn.py).
    That no mask reaches a cell, another condition, holds for every model that seqtext builds.

    >>> why_not_cudnn(TextInput("text", 100, cell="lstm", recurrent_dropout=0.2))
    ['recurrent_dropout is not 0']
    """
    reasons = []
    if text.cell == "simple_rnn":
        reasons.append("Keras has no cuDNN path for simple_rnn")
    if text.activation != "tanh":
        reasons.append(f"activation is {text.activation}, not tanh")
    if text.recurrent_dropout:
        reasons.append("recurrent_dropout is not 0")
    return reasons


def cudnn_lines(spec: ModelSpec) -> list[str]:
    """
    One line per text input, to be shown before training.

    >>> from seqtext.models.spec import Head
    >>> cudnn_lines(ModelSpec((TextInput("text", 100, cell="gru"),), (Head("label", 2),)))
    ['text: gru uses cuDNN on a GPU']
    """
    lines = []
    for text in spec.inputs:
        reasons = why_not_cudnn(text)
        verdict = f"cannot use cuDNN on a GPU: {'; '.join(reasons)}" if reasons else "uses cuDNN on a GPU"
        lines.append(f"{text.name}: {text.cell} {verdict}")
    return lines
