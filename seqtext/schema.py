"""
Settings and specifications as frozen dataclasses: their bounds, and the way to plain values and back.

What a field may be stands once, at the field (`setting`). A dataclass with a ``kind`` is one of several of its sort,
which a table lists (`one_of`, `some_of`); plain data names it by that kind.
"""

import dataclasses
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from seqtext.errors import RecipeError, SeqtextError, did_you_mean

T = TypeVar("T")
# In place of an instance that gives the values of missing keys: the defaults of the fields themselves.
OWN_DEFAULTS: Any = object()


def setting(
    default: Any = dataclasses.MISSING,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: Iterable[str] | None = None,
) -> Any:
    """
    Return a dataclass field with its bounds.

    Parameters
    ----------
    default
        The value where none is given; without it the field must be given.
    low, high
        The smallest and the largest number; None, where the type allows it, is always allowed.
    choices
        The words that are allowed; a dict counts as its keys at the time of asking.
    """
    return dataclasses.field(default=default, metadata={"low": low, "high": high, "choices": choices})


def one_of(table: Mapping[str, type], default: Any = dataclasses.MISSING) -> Any:
    """Return a field that holds an instance of one of the classes of ``table``, or a dict or tuple of such."""
    if isinstance(default, dict):
        return dataclasses.field(default_factory=lambda: dict(default), metadata={"table": table})
    return dataclasses.field(default=default, metadata={"table": table})


def check_settings(part: Any) -> None:
    """Raise RecipeError naming the first field of a dataclass that is not of its type or outside its bounds."""
    hints = typing.get_type_hints(type(part))
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        if "table" in field.metadata:
            _check_kinds(field.name, value, field.metadata["table"])
            continue
        _check_type(field.name, value, hints[field.name])
        choices = field.metadata.get("choices")
        if choices is not None and value not in choices:
            raise RecipeError(f"{field.name} is {value!r}, expected one of {', '.join(choices)}{_hint(value, choices)}")
        low, high = field.metadata.get("low"), field.metadata.get("high")
        # Written so that NaN fails, too.
        if low is not None and value is not None and not low <= value <= high:
            raise RecipeError(f"{field.name} is {value}, expected {low:,} to {high:,}")


def _hint(value: object, choices: Iterable[str]) -> str:
    return did_you_mean(value, choices) if isinstance(value, str) else ""


def _check_kinds(name: str, value: Any, table: Mapping[str, type]) -> None:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else [value]
    for part in parts:
        if type(part) not in table.values():
            raise RecipeError(f"{name} holds {_shown(part)}, expected one of {', '.join(table)}")


def _check_type(name: str, value: Any, hint: Any) -> None:
    is_optional = isinstance(hint, types.UnionType)
    kind = typing.get_args(hint)[0] if is_optional else typing.get_origin(hint) or hint
    if dataclasses.is_dataclass(kind) or kind is Any or (is_optional and value is None):
        return
    # True is an int to Python, not to a reader of a recipe; and a number without a point is a number.
    if type(value) is kind or (kind is float and type(value) is int):
        return
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "a word", tuple: "a list"}
    or_none = " or none" if is_optional else ""
    raise RecipeError(f"{name} is {_shown(value)}, expected {words.get(kind, kind.__name__)}{or_none}")


def to_plain(value: Any) -> Any:
    """
    Return dataclasses and tuples as dicts and lists that ``json.dumps`` takes.

    >>> @dataclasses.dataclass(frozen=True)
    ... class Box:
    ...     kind: typing.ClassVar[str] = "box"
    ...     sides: tuple[int, ...]
    >>> to_plain(Box((2, 3)))
    {'kind': 'box', 'sides': [2, 3]}
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = {"kind": value.kind} if hasattr(value, "kind") else {}
        return kind | {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: to_plain(item) for key, item in value.items()}
    return value


def flattened(data: Any, path: str = "") -> dict[str, Any]:
    """
    Return what stands in nested dicts and lists by its path.

    >>> flattened({"seed": 1, "encoders": [{"units": 2}]})
    {'seed': 1, 'encoders.0.units': 2}
    """
    if not isinstance(data, (dict, list)):
        return {path: data}
    found: dict[str, Any] = {}
    for name, value in data.items() if isinstance(data, dict) else enumerate(data):
        found |= flattened(value, f"{path}.{name}" if path else f"{name}")
    return found


def from_plain(cls: type[T], data: Any, where: str, error: type[SeqtextError], default: T | None = None) -> T:
    """
    Return the dataclass ``cls`` made of a dict that holds exactly its fields.

    Files that people can edit, or that come from strangers, are read with this: an unknown key, a missing one
    or a value of another type raises ``error``, whose text says ``where``. With ``default``, a missing key has the
    value that it has there, and what stands in lists or is of another kind has its own defaults.

    >>> @dataclasses.dataclass(frozen=True)
    ... class Size:
    ...     width: int
    >>> from_plain(Size, {"width": 2.5}, "size", SeqtextError)
    Traceback (most recent call last):
    seqtext.errors.SeqtextError: size.width is 2.5, expected int
    """
    if not isinstance(data, dict):
        raise error(f"{where} is {_shown(data)}, expected an object")
    fields = {field.name: field for field in dataclasses.fields(typing.cast(Any, cls))}
    if extra := sorted(set(data) - set(fields) - ({"kind"} if hasattr(cls, "kind") else set())):
        raise error(f"{where} has an unknown key {extra[0]!r:.80}{did_you_mean(extra[0][:80], fields)}")
    known = {name: _value_in(default, field) for name, field in fields.items()}
    if missing := [name for name in fields if name not in data and known[name] is dataclasses.MISSING]:
        raise error(f"{where} lacks the key {missing[0]!r}")
    hints = typing.get_type_hints(cls)
    values = {}
    for name, field in fields.items():
        before = None if default is None else OWN_DEFAULTS if known[name] is dataclasses.MISSING else known[name]
        if name not in data:
            values[name] = before
        elif "table" in field.metadata:
            values[name] = _kinds(field.metadata["table"], hints[name], data[name], f"{where}.{name}", error, before)
        else:
            values[name] = _convert(hints[name], data[name], f"{where}.{name}", error, before)
    try:
        return cls(**values)
    except RecipeError as problem:
        raise error(f"{where}: {problem}") from problem


def _value_in(default: Any, field: dataclasses.Field[Any]) -> Any:
    """The value of a field that is not given, MISSING if there is none."""
    if default is not OWN_DEFAULTS:
        return dataclasses.MISSING if default is None else getattr(default, field.name)
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _kinds(table: Mapping[str, type], hint: Any, data: Any, where: str, error: type[SeqtextError], default: Any) -> Any:
    """Return the parts of a field of `one_of`: several in a list, several by name in a dict, or a single one."""
    origin = typing.get_origin(hint)
    if origin in (tuple, dict) and not isinstance(data, list if origin is tuple else dict):
        raise error(f"{where} is {_shown(data)}, expected {'a list' if origin is tuple else 'an object'}")
    if origin is tuple:
        own = _default_of_part(default)
        return tuple(_kinds(table, Any, item, f"{where}[{i}]", error, own) for i, item in enumerate(data))
    if origin is dict:
        return {
            name: _kinds(table, Any, item, f"{where}.{name:.80}", error, _default_of_part(default, name))
            for name, item in data.items()
        }
    if not isinstance(data, dict):
        raise error(f"{where} is {_shown(data)}, expected an object")
    kind = data.get("kind", getattr(default, "kind", None))
    if not isinstance(kind, str) or kind not in table:
        raise error(f"{where} is of the kind {_shown(kind)}, expected one of {', '.join(table)}{_hint(kind, table)}")
    if default is not None and not isinstance(default, table[kind]):
        default = OWN_DEFAULTS
    return from_plain(table[kind], data, where, error, default)


def _default_of_part(default: Any, name: str = "") -> Any:
    """What gives the missing keys of a part in a list or dict, from what gives those of the whole."""
    if default is None:
        return None
    return default.get(name, OWN_DEFAULTS) if isinstance(default, dict) else OWN_DEFAULTS


def _convert(hint: Any, value: Any, where: str, error: type[SeqtextError], default: Any = None) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        # "none" is what people write where the format has no word for it.
        return None if value in (None, "none") else _convert(arguments[0], value, where, error)
    if origin is tuple:
        if not isinstance(value, list):
            raise error(f"{where} is {_shown(value)}, expected a list")
        own = _default_of_part(default)
        items = tuple(_convert(arguments[0], item, f"{where}[{i}]", error, own) for i, item in enumerate(value))
        return tuple(tuple(item) if isinstance(item, list) else item for item in items)
    if origin is dict:
        if not isinstance(value, dict):
            raise error(f"{where} is {_shown(value)}, expected an object")
        return {
            key: _convert(arguments[1], item, f"{where}[{key!r:.80}]", error, _default_of_part(default, key))
            for key, item in value.items()
        }
    if dataclasses.is_dataclass(hint):
        return from_plain(typing.cast(type, hint), value, where, error, default)
    if hint is Any:
        return value
    if hint is float and type(value) is int and abs(value) < 2**53:
        return float(value)
    # type(), not isinstance(): True is an int to Python, not to a reader of the file.
    if type(value) is not hint:
        raise error(f"{where} is {_shown(value)}, expected {hint.__name__}")
    return value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def are_counts(data: Any, rows: int, columns: int) -> bool:
    """Return whether that is a list of ``rows`` lists of counts; of something else NumPy would make gigabytes."""
    return (
        isinstance(data, list)
        and len(data) == rows
        and all(isinstance(row, list) and len(row) == columns for row in data)
        and all(type(one) is int and 0 <= one < 2**53 for row in data for one in row)
    )
