"""scikit-learn's contract for an estimator, kept without importing scikit-learn."""

import inspect
import sys
from collections.abc import Iterable
from typing import Any, Self

import numpy as np

from seqtext.errors import RecipeError, did_you_mean


class Parameters:
    """Options that a constructor only stores: get and set them, and a ``repr`` of those that were changed."""

    @classmethod
    def parameter_defaults(cls) -> dict[str, Any]:
        """Return the names of the constructor's options with their defaults, in its order."""
        parameters = inspect.signature(cls.__init__).parameters.items()
        return {name: parameter.default for name, parameter in parameters if name != "self"}

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the options as they were passed to the constructor; ``deep`` is there for scikit-learn."""
        return {name: getattr(self, name) for name in self.parameter_defaults()}

    def set_params(self, **params: Any) -> Self:
        """Change options. What was already learned stays as it is."""
        names = self.parameter_defaults()
        for name, value in params.items():
            if name not in names:
                raise ValueError(no_such(f"{type(self).__name__} option", name, names))
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults, options = self.parameter_defaults(), self.get_params().items()
        # by type as well: True equals 1
        changed = (f"{n}={v!r}" for n, v in options if type(v) is not type(defaults[n]) or v != defaults[n])
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_tags__(self) -> Any:
        # Only scikit-learn asks, so it is installed; pipelines and column transformers do.
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(preserves_dtype=[]),
            input_tags=InputTags(one_d_array=True, two_d_array=False, string=True, allow_nan=True),
        )


class NotFittedError(ValueError, AttributeError):
    """Something was used before ``fit``; of the same kinds as scikit-learn's error of that name."""


def not_fitted(message: str) -> Exception:
    """Return the error for use before ``fit``: scikit-learn's own where scikit-learn is in use."""
    # Whoever wants to catch scikit-learn's error has imported it; nobody else has to wait for that.
    theirs = sys.modules.get("sklearn.exceptions")
    return theirs.NotFittedError(message) if theirs else NotFittedError(message)


def no_such(kind: str, name: str, choices: Iterable[str]) -> str:
    """Return a message that there is no ``name``, which one was perhaps meant, and which there are."""
    choices = list(choices)
    hint = did_you_mean(name, choices)
    return f"no {kind} {name!r:.60}{hint}{' Choose' if hint else '; choose'} from {', '.join(choices)}"


def check_choice(name: str, value: object, choices: Iterable[str]) -> None:
    """Raise a RecipeError if ``value`` is not one of the words in ``choices``."""
    choices = list(choices)
    if not isinstance(value, str):
        raise RecipeError(f"{name} is {value!r:.60}; choose from {', '.join(choices)}")
    if value not in choices:
        raise RecipeError(no_such(name, value, choices))


def check_count(name: str, value: object, low: int, high: int, *, or_none: bool = False) -> None:
    """Raise a RecipeError if ``value`` is not a whole number from ``low`` to ``high``, or None with ``or_none``."""
    if value is None and or_none:
        return
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= value <= high:
        raise RecipeError(f"{name} is {value!r:.60}; expected a whole number from {low:,} to {high:,}")
