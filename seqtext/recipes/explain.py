"""What each setting of a recipe means, may be, and is: taken from where it is defined."""

import dataclasses
import inspect
import re
import typing
from dataclasses import dataclass
from typing import Any

from seqtext.models.text import ENCODERS
from seqtext.recipes.change import NOT_FLAT
from seqtext.recipes.recipe import Recipe
from seqtext.schema import to_plain


@dataclass(frozen=True)
class Explained:
    """One setting: what it belongs to, its name, its value, what it may be, and what it means."""

    section: str
    name: str
    value: Any
    allowed: str
    meaning: str


def explained(recipe: Recipe) -> list[Explained]:
    """
    Return every setting that ``--set`` takes, in the order of the recipe's parts.

    >>> one = next(one for one in explained(Recipe()) if one.name == "patience")
    >>> one.section, one.value, one.allowed
    ('training', 2, '0 to 100,000')
    """
    asked = {encoder.kind: encoder for encoder in recipe.text.encoders}
    encoders = [(kind, asked.get(kind) or make()) for kind, make in ENCODERS.items()]
    parts: list[tuple[str, Any]] = [("recipe", recipe), ("text", recipe.text), *encoders]
    parts += [("output", recipe.output), ("training", recipe.training), ("rows", recipe.rows)]
    every = [one for section, part in parts for one in _of(section, part)]
    return [one for one in every if one.name != "description"]


def _of(section: str, part: Any) -> list[Explained]:
    meanings, found = _meanings(type(part)), list[Explained]()
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        if field.name not in NOT_FLAT and "table" not in field.metadata and not dataclasses.is_dataclass(value):
            allowed, meaning = _allowed(type(part), field), meanings.get(field.name, "")
            found.append(Explained(section, field.name, to_plain(value), allowed, meaning))
    return found


def _allowed(part: type, field: "dataclasses.Field[Any]") -> str:
    known = field.metadata
    hint = str(typing.get_type_hints(part)[field.name])
    or_none = ", or none" if "None" in hint else ""
    if known.get("choices") is not None:
        return ", ".join(known["choices"])
    if known.get("low") is not None:
        return f"{known['low']:,} to {known['high']:,}{or_none}"
    return {"bool": "true, false", "str": "a word"}.get(hint.split("'")[1] if "'" in hint else "", "a list")


def _meanings(part: type) -> dict[str, str]:
    """What the section Parameters of a docstring says of each name."""
    _, _, listed = inspect.getdoc(part).partition("Parameters\n----------\n")  # type: ignore[union-attr]
    found: dict[str, str] = {}
    for names, text in re.findall(r"^(\S.*)\n((?:    .*\n?|\n(?=    ))+)", listed, re.MULTILINE):
        # Where the code tells more is for who reads the code.
        meaning = re.sub("[;,] (?:see|as in) `seqtext[^`]*`", "", " ".join(text.split()))
        found |= dict.fromkeys(names.split(", "), meaning.replace("`", ""))
    return found
