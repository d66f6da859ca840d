"""Which of its backends Keras computes with, found without importing it; packages that it needs, and their versions."""

import importlib.util
import json
import os
import platform
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from seqtext.errors import RecipeError, did_you_mean, missing_extra

# The backends that can train, which are called like their packages, and the extra that installs each.
BACKENDS = {"tensorflow": "train", "jax": "jax", "torch": "torch"}


def backend() -> str:
    """Return what ``KERAS_BACKEND`` says, else Keras' own ``keras.json``, else "tensorflow", as Keras does."""
    found = os.environ.get("KERAS_BACKEND") or _configured() or "tensorflow"
    if found not in BACKENDS:
        raise RecipeError(
            f"KERAS_BACKEND is {found!r}, expected one of {', '.join(BACKENDS)}{did_you_mean(found, BACKENDS)}"
        )
    return found


def _configured() -> str:
    path = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "keras.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["backend"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return found if isinstance(found, str) else ""


def check_packages(*, with_keras: bool) -> None:
    """Raise MissingExtraError if a package is not there that training needs, now rather than after hours of it."""
    chosen = [backend(), "keras"] if with_keras else []
    extra = BACKENDS[backend()] if with_keras else "train"
    for module, package in [*((name, name) for name in chosen), ("sklearn", "scikit-learn")]:
        if importlib.util.find_spec(module) is None:
            raise missing_extra(package, extra)


def versions() -> dict[str, str]:
    """Return the versions of what a trained model depends on."""
    found = {"python": platform.python_version()}
    for name in ("seqtext", "numpy", *(("keras", backend()) if "keras" in sys.modules else ())):
        with suppress(metadata.PackageNotFoundError):  # seqtext itself need not be installed
            found[name] = metadata.version(name)
    return found
