"""
Changing single settings of a recipe by name: ``units=32`` on the command line, ``units=32`` in Python.

A name alone means every place that has such a setting: all text inputs, all outputs. A word before it narrows that
to an input, an output, a section or an encoder kind: ``title.units=32``, ``rows.seed=1``, ``title.recurrent.l2=0.1``.
"""

import dataclasses
import json
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any

from seqtext.errors import RecipeError, did_you_mean
from seqtext.models.spec import name_of
from seqtext.models.text import ENCODERS
from seqtext.recipes.recipe import SECTIONS, Output, Recipe
from seqtext.schema import to_plain

# What is not set one by one: a recipe file can say it.
NOT_FLAT = ("inputs", "outputs", "dense", "encoders", "adapt")


def flat_settings(recipe: Recipe) -> dict[str, Any]:
    """
    Return every setting by the name alone, as it is for an input and an output that is not named.

    >>> flat_settings(Recipe())["units"]
    64
    """
    parts = [recipe, recipe.text, *recipe.text.encoders, recipe.output, recipe.training, recipe.rows]
    found: dict[str, Any] = {}
    for part in parts:
        for field in dataclasses.fields(part):
            value = getattr(part, field.name)
            if field.name not in NOT_FLAT and not dataclasses.is_dataclass(value):
                found.setdefault(field.name, to_plain(value))
    return found


def configure(recipe: Recipe, settings: Iterable[str]) -> Recipe:
    """
    Change a recipe by settings written ``name=value``, as the command line gives them.

    Lists are separated by commas; a JSON list is taken where a value holds commas itself.

    >>> changed = configure(Recipe(), ["units=32", "clean=lowercase,urls", "max_length=none", "title.units=16"])
    >>> changed.text.encoders[0].units, changed.text.clean, changed.input("title").encoders[0].units
    (32, ('lowercase', 'urls'), 16)
    """
    changes: dict[str, Any] = {}
    for written in settings:
        name, equals, value = written.partition("=")
        if not equals:
            problem = "lacks its value" if name.rpartition(".")[2] in flat_settings(recipe) else "is not a setting"
            raise RecipeError(f"{written!r} {problem}; write it as name=value, for example units=128")
        # The last of two holds, and holds against what stands between them.
        changes.pop(name.strip(), None)
        changes[name.strip()] = _Written(value.strip())
    return changed(recipe, changes)


def changed(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """
    Return ``recipe`` with other settings; who asks for some epochs gets that many, however few batches they are.

    >>> changed(Recipe(), {"epochs": 2}).training.min_steps
    0
    """
    if "epochs" in changes or "training.epochs" in changes:
        changes = {"min_steps": 0, **changes}
    # All at once, so that what belongs together is checked together; the order counts where names overlap.
    parts = _Parts(recipe)
    for name, value in changes.items():
        parts.change(name, value)
    return parts.recipe()


class _Written(str):
    """A value as it is written on the command line, still to be read."""


class _Parts:
    """The sections of a recipe as dicts of changes, put together again at the end."""

    def __init__(self, recipe: Recipe) -> None:
        self.before = recipe
        self.sections: dict[str, dict[str, Any]] = {name: {} for name in ("", *SECTIONS)}
        self.text, self.inputs = recipe.text, dict(recipe.inputs)
        self.output, self.outputs = recipe.output, dict(recipe.outputs)
        self.chosen: set[str] = set()  # no longer left to rules

    def recipe(self) -> Recipe:
        sections = {name: dataclasses.replace(getattr(self.before, name), **self.sections[name]) for name in SECTIONS}
        return dataclasses.replace(
            self.before,
            text=self.text,
            inputs=self.inputs,
            output=self.output,
            outputs=self.outputs,
            adapt=tuple(name for name in self.before.adapt if name not in self.chosen),
            **sections,
            **self.sections[""],
        )

    def change(self, name: str, value: Any) -> None:
        *path, last = name.split(".")
        self.chosen |= {last, f"{path[-1]}.{last}" if path else f"bag.{last}"}
        last = last.replace("-", "_")
        # An input may be called like an encoder, and a column may have dots in its name.
        place, kinds = ".".join(path), path[-1:]
        ways: list[tuple[list[str], list[str]]] = [([name_of(place)] if path else [], [])]
        if kinds and kinds[0] in ENCODERS:
            own = ways if len(path) == 1 and place in self.inputs else []
            ways = [([name_of(".".join(path[:-1]))] if path[1:] else [], kinds), *own]
        is_name = all(path) and last not in NOT_FLAT
        if not is_name or not any(self._set(places, kinds, last, value) for places, kinds in ways):
            named = [field.name for one in self.inputs.values() for field in dataclasses.fields(one)]
            known = list(dict.fromkeys([*flat_settings(self.before), *(one for one in named if one not in NOT_FLAT)]))
            if is_name and (kind := _kind_that_lacks(last, [self.text, *self.inputs.values()])):
                raise RecipeError(
                    f"{name!r:.80} is a setting of a {kind} encoder, and the recipe has none; choose another recipe, "
                    "such as general"
                )
            hint = did_you_mean(last, known) or f"; there are {', '.join(known[:8])} and {len(known) - 8} more, which "
            hint += "" if "?" in hint else "'seqtext recipes --explain' tells"
            raise RecipeError(f"no setting {name!r:.80}{hint}")

    def _set(self, places: list[str], kinds: list[str], name: str, value: Any) -> bool:
        """Set ``name`` wherever ``places`` and ``kinds`` allow it; tell whether anything has it."""
        for section in () if kinds else ("", *SECTIONS):
            part = getattr(self.before, section) if section else self.before
            if _has(part, name) and (not places or places[0] == section):
                self.sections[section][name] = _read(part, name, value)
                return True
        if not kinds and _has(Output(), name):
            if places:
                self.outputs[places[0]] = _with(self.outputs.get(places[0], self.output), name, value)
            else:
                self.output = _with(self.output, name, value)
                self.outputs = {key: _with(one, name, value) for key, one in self.outputs.items()}
            return True
        if places:
            found = _set_in_input(self.inputs.get(places[0], self.text), kinds, name, value)
            if found is not None:
                self.inputs[places[0]] = found
            return found is not None
        text = _set_in_input(self.text, kinds, name, value)
        self.text = text or self.text
        named = {key: _set_in_input(one, kinds, name, value) for key, one in self.inputs.items()}
        self.inputs |= {key: one for key, one in named.items() if one is not None}
        return text is not None or any(one is not None for one in named.values())


def _kind_that_lacks(name: str, inputs: Iterable[Any]) -> str:
    """The kind of encoder that has a setting of this name, where no input has one of that kind; else empty."""
    there = {encoder.kind for one in inputs for encoder in getattr(one, "encoders", ())}
    having = [kind for kind, one in ENCODERS.items() if name in {field.name for field in dataclasses.fields(one)}]
    return having[0] if having and not there & set(having) else ""


def _set_in_input(settings: Any, kinds: list[str], name: str, value: Any) -> Any:
    """Return the settings of an input with a change, in itself or in those of its encoders that have it, or None."""
    if not kinds and _has(settings, name):
        return _with(settings, name, value)
    encoders = getattr(settings, "encoders", ())
    chosen = [one for one in encoders if _has(one, name) and (not kinds or one.kind == kinds[0])]
    if not chosen:
        return None
    new = [_with(one, name, value) if one in chosen else one for one in encoders]
    return dataclasses.replace(settings, encoders=tuple(new))


def _with(part: Any, name: str, value: Any) -> Any:
    return dataclasses.replace(part, **{name: _read(part, name, value)})


def _has(part: Any, name: str) -> bool:
    return name in {field.name for field in dataclasses.fields(part)}


def _read(part: Any, name: str, value: Any) -> Any:
    """Return a value, from its written form where it has one."""
    return _parse(typing.get_type_hints(type(part))[name], name, value) if isinstance(value, _Written) else value


def _parse(hint: Any, name: str, value: str) -> Any:
    if isinstance(hint, types.UnionType):
        if value.lower() in ("none", "null", ""):
            return None
        hint = typing.get_args(hint)[0]
    if hint is bool:
        known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if value.lower() not in known:
            raise RecipeError(f"{name} is {value!r:.80}, expected true or false")
        return known[value.lower()]
    if typing.get_origin(hint) is tuple:
        return _parse_list(name, value)
    if hint is str:
        return str(value)
    try:
        return hint(value.replace("_", ""))
    except ValueError:
        kind = "a whole number" if hint is int else "a number"
        raise RecipeError(f"{name} is {value!r:.80}, expected {kind}") from None


def _parse_list(name: str, value: str) -> tuple[Any, ...]:
    if not value.startswith("["):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    try:
        return tuple(json.loads(value))
    except ValueError as error:
        raise RecipeError(f"{name} is not a JSON list: {error}; found {value!r:.80}") from error
