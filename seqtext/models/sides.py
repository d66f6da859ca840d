"""What goes straight to the labels, the wide half of a model, beside what Keras trains; see `seqtext.training.wide`."""

from collections.abc import Sequence
from typing import Any

from seqtext.errors import RecipeError

MAX_ANSWERS = 1_000_000


def is_wide(encoder: Any) -> bool:
    """Return whether an encoder belongs to the wide half."""
    return getattr(encoder, "reads_bag", False) and encoder.is_wide


def all_encoders(inputs: Sequence[Any]) -> list[Any]:
    """Return the encoders of some inputs, or of what can be asked of them; columns that are no texts have none."""
    return [encoder for one in inputs for encoder in getattr(one, "encoders", ())]


def needs_keras(settings: Sequence[Any]) -> bool:
    """Return whether inputs with these settings have anything that Keras has to train."""
    encoders = all_encoders(settings)
    others = [one for one in settings if not hasattr(one, "encoders")]
    return not (encoders and all(map(is_wide, encoders)) and all(hasattr(one, "has_wide_half") for one in others))


def both_sides(width: int, answers: int, is_deep: bool) -> list[tuple[bool, int]]:
    """
    Return for each part of the vector of an input whether it is wide, and its width.

    >>> both_sides(2, 3, True), both_sides(2, 0, True)
    ([(False, 2), (True, 3)], [(False, 2)])
    """
    return [*([(False, width)] if is_deep else []), *([(True, answers)] if answers else [])]


def check_sides(name: str, answers: int, is_deep: bool) -> None:
    """Raise RecipeError if an input belongs to neither half."""
    if not is_deep and not answers:
        raise RecipeError(f"the input {name!r} belongs to neither half of the model")
