"""What a saved pipeline looks like: plain values, and no code."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seqtext.errors import DataError, RecipeError
from seqtext.preprocess.clean import Step
from seqtext.preprocess.split import SPLITTERS

FORMAT = 1
MAX_STEPS = 100


def refuse_functions(steps: Sequence[Step], tokens: object) -> None:
    """Raise a RecipeError if a cleaning step or the splitter is a function: a saved model holds data, never code."""
    choices = f"use one of {', '.join(SPLITTERS)}"
    used = [("tokens=", tokens, choices)]
    used += [("the cleaning step ", step, "use named steps, or ['regex', pattern, replacement]") for step in steps]
    for kind, part, remedy in used:
        if callable(part):
            name = getattr(part, "__name__", repr(part))
            raise RecipeError(f"{kind}{name} is a function, and a saved model holds no code; {remedy}")


def check_saved(saved: Any, options: Sequence[str]) -> None:
    """Raise a DataError if ``saved`` is no dict of a pipeline's ``options``, its vocabulary and this format."""
    if not isinstance(saved, Mapping):
        raise DataError(f"a saved pipeline is a dict, not {type(saved).__name__}")
    expected = {"format", "vocabulary", *options}
    if missing := sorted(expected - saved.keys()):
        raise DataError(f"the saved pipeline has no {', '.join(missing)}; it is damaged or not a pipeline")
    if unknown := sorted(map(str, saved.keys() - expected)):
        raise DataError(f"the saved pipeline has unknown entries: {', '.join(unknown)[:200]}")
    if saved["format"] != FORMAT:
        raise DataError(f"the saved pipeline has format {saved['format']!r:.50}, this version reads {FORMAT}")
    if not isinstance(saved["clean"], list) or len(saved["clean"]) > MAX_STEPS:
        raise DataError(f"a saved pipeline's cleaning steps are a list of at most {MAX_STEPS}")
    if not isinstance(saved["tokens"], str):
        raise DataError("a saved pipeline's 'tokens' is the name of a splitter")


def read_json(path: str | os.PathLike[str]) -> Any:
    """Return what the file at ``path`` holds; a DataError if it cannot be read."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"cannot read a pipeline from {os.fspath(path)!r}: {error}") from error
