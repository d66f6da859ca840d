"""A network drawn as text: inputs on top, encoders, what is joined, dense layers, answers."""

from typing import Any

from seqtext.models.spec import ModelSpec


def picture(spec: ModelSpec) -> str:
    """
    Return the drawing of a model, a line for each part with the shape of what it gives.

    It needs of a part no more than `seqtext.models.spec` does: its name, its width, and words for people.

    >>> from seqtext.models.bag import Bag
    >>> from seqtext.models.heads import Binary
    >>> from seqtext.models.text import TextInput
    >>> text = TextInput("text", 100, (Bag(max_chars=0, hidden_units=16),), (50,))
    >>> print(picture(ModelSpec((text,), (Binary("label"),), head_dropout=0.5)))
    text: text
     └─ bag of words up to 2 in a row, tfidf, 16 units, relu  (rows, 16)
     │
    joined  (rows, 16)
     │
    dropout 0.5
     │
     └─ label: binary  (rows, 2)
    """
    lines = []
    for part in spec.inputs:
        lines.append(f"{part.name}: {part.kind}")
        lines += _branches(_readers(part))
    for comparison, width in zip(spec.comparisons, spec.comparison_widths, strict=True):
        lines += [" │", f"{comparison.summary}  (rows, {width:,})"]
    lines += [" │", f"joined  (rows, {spec.features[0]:,})"]
    for layer in spec.dense:
        extras = [
            f"{name.replace('_', ' ')} {value:g}"
            for name in ("l1", "l2", "gaussian_noise", "dropout")
            if (value := getattr(layer, name))
        ]
        lines += [" │", f"{', '.join([f'dense {layer.units:,}', layer.activation, *extras])}  (rows, {layer.units:,})"]
    if spec.head_dropout:
        lines += [" │", f"dropout {spec.head_dropout:g}"]
    answers = [f"{head.name}: {head.kind}  (rows, {head.n_labels:,})" for head in spec.outputs]
    return "\n".join([*lines, " │", *_branches(answers)])


def _readers(part: Any) -> list[str]:
    """What reads an input: its encoders where it has some, else the input itself."""
    encoders = getattr(part, "encoders", ())
    if not encoders:
        return [f"{part.summary}  (rows, {part.width:,})"]
    return [f"{words}  (rows, {width:,})" for words, width in zip(part.descriptions, part.widths, strict=True)]


def _branches(lines: list[str]) -> list[str]:
    last = len(lines) - 1
    return [f" {'└' if i == last else '├'}─ {line}" for i, line in enumerate(lines)]
