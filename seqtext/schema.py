"""Plain JSON values into frozen dataclasses, with nothing missing, nothing extra, and every type checked."""

import dataclasses
import types
import typing
from typing import Any, TypeVar

from seqtext.errors import SeqtextError, did_you_mean

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """
    Turn dataclasses and tuples into dicts and lists that ``json.dumps`` takes.

    >>> @dataclasses.dataclass(frozen=True)
    ... class Size:
    ...     sides: tuple[int, ...]
    >>> to_plain(Size((2, 3)))
    {'sides': [2, 3]}
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: to_plain(item) for key, item in value.items()}
    return value


def from_plain(cls: type[T], data: Any, where: str, error: type[SeqtextError]) -> T:
    """
    Build the dataclass ``cls`` from a dict that holds exactly its fields.

    Files that people can edit, or that come from strangers, are read with this: an unknown key, a missing one
    or a value of another type raises ``error``, whose text says ``where``.

    >>> @dataclasses.dataclass(frozen=True)
    ... class Size:
    ...     width: int
    >>> from_plain(Size, {"width": 2.5}, "size", SeqtextError)
    Traceback (most recent call last):
    seqtext.errors.SeqtextError: size.width is 2.5, expected int
    """
    if not isinstance(data, dict):
        raise error(f"{where} is {_show(data)}, expected an object")
    hints = typing.get_type_hints(cls)
    if extra := sorted(set(data) - set(hints)):
        raise error(f"{where} has an unknown key {extra[0]!r}{did_you_mean(extra[0], hints)}")
    if missing := [name for name in hints if name not in data]:
        raise error(f"{where} lacks the key {missing[0]!r}")
    return cls(**{name: _convert(hint, data[name], f"{where}.{name}", error) for name, hint in hints.items()})


def _convert(hint: Any, value: Any, where: str, error: type[SeqtextError]) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        if value is None and type(None) in arguments:
            return None
        return _convert(next(kind for kind in arguments if kind is not type(None)), value, where, error)
    if origin is tuple:
        if not isinstance(value, list):
            raise error(f"{where} is {_show(value)}, expected a list")
        return tuple(_convert(arguments[0], item, f"{where}[{i}]", error) for i, item in enumerate(value))
    if origin is dict:
        if not isinstance(value, dict):
            raise error(f"{where} is {_show(value)}, expected an object")
        return {key: _convert(arguments[1], item, f"{where}[{key!r}]", error) for key, item in value.items()}
    if dataclasses.is_dataclass(hint):
        return from_plain(typing.cast(type, hint), value, where, error)
    if hint is Any:
        return value
    if hint is float and type(value) is int and abs(value) < 2**53:
        return float(value)
    # type(), not isinstance(): True is an int to Python, not to a reader of the file.
    if type(value) is not hint:
        raise error(f"{where} is {_show(value)}, expected {hint.__name__}")
    return value


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
