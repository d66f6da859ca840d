"""Recipes as TOML, for people to keep and to change."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seqtext.errors import RecipeError
from seqtext.recipes.recipe import Recipe
from seqtext.schema import from_plain, to_plain

MAX_BYTES = 1_000_000


def to_toml(recipe: Recipe) -> str:
    """
    Return a recipe as TOML that `read_recipe` reads.

    >>> print(to_toml(Recipe()).splitlines()[0])
    description = "a recurrent network alone, as it is set"
    """
    return "\n".join(_lines(to_plain(recipe), ""))


def _lines(table: Mapping[str, Any], path: str) -> Iterator[str]:
    """The plain values of a table first, then its tables, each under its heading."""
    nested = {name: value for name, value in table.items() if isinstance(value, dict) or _is_tables(value)}
    for name, value in table.items():
        if name not in nested:
            # TOML has no word for nothing.
            yield f"{_key(name)} = {_value('none' if value is None else value)}"
    for name, value in nested.items():
        below = f"{path}.{_key(name)}" if path else _key(name)
        for one in value if isinstance(value, list) else [value]:
            if one:
                yield from ["", f"[[{below}]]" if isinstance(value, list) else f"[{below}]", *_lines(one, below)]


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else _value(name)


def _value(value: Any) -> str:
    # JSON's strings, numbers, truth values and lists are TOML's, too.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def read_recipe(path: Path) -> Recipe:
    """
    Read a recipe from a TOML file; what the file leaves out has its default.

    An input that is named has for its default what ``text`` says. Raises RecipeError, in one line, if the file cannot
    be read or says what makes no sense.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RecipeError(f"{path} has more than {MAX_BYTES:,} bytes, so it is no recipe")
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"the recipe {path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise RecipeError(f"the recipe {path} is not valid TOML: {error}") from error
    text = from_plain(Recipe, {"text": data.get("text", {})}, str(path), RecipeError, Recipe()).text
    inputs = data.get("inputs")
    known = Recipe(text=text, inputs=dict.fromkeys(inputs if isinstance(inputs, dict) else (), text))
    return from_plain(Recipe, data, str(path), RecipeError, known)
