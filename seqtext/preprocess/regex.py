"""
The cleaning step ``["regex", pattern, replacement]``, by RE2: model files hold patterns, and may come from anywhere.

Finding a match takes linear time whatever the pattern, so RE2 has no look-around (``(?=``, ``(?<!``), no
back-references (``\\1`` in a pattern), no ``++`` and no ``(?>``. ``\\w``, ``\\d`` and ``\\s`` mean Unicode's letters,
digits and white space, as in Python; ``\\b`` knows ASCII letters only, and ``$`` is the very end of a text.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from seqtext.errors import DataError, RecipeError

MAX_PATTERN = 1_000
MAX_MEMORY = 2 << 20  # bytes for one pattern; a model file may hold a hundred
MAX_GROWTH = 2_000_000  # bytes; a longer text may be replaced in, but must not grow

CONTINUATION = frozenset(bytes([code]) for code in range(0x80, 0xC0))  # bytes of UTF-8 that begin no character
UNICODE_CLASSES = {"w": r"\pL\pN_", "d": r"\p{Nd}", "s": r"\t-\r\x1c-\x1f\x85\pZ"}
# An escape, or a whole [...] in which a ] may come first.
ESCAPE_OR_CLASS = re.compile(r"\\(.)|\[(\^?)(\]?(?:\\.|\[:\^?\w+:\]|[^\\\]])*)\]", re.DOTALL)
ESCAPE = re.compile(r"\\(.)", re.DOTALL)

REFERENCE = re.compile(r"\\(?:([1-9][0-9]?)|g<(\w+)>|(.?))", re.DOTALL)
ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}


def compile_regex(pattern: str, replacement: str) -> Callable[[str], str]:
    """Return a function that replaces every match of ``pattern``; a RecipeError if RE2 cannot find them."""
    import re2  # only for who has such a step

    if len(pattern) > MAX_PATTERN or len(replacement) > MAX_PATTERN:
        raise RecipeError(f"a regular expression and its replacement may have {MAX_PATTERN} characters, not more")
    options = re2.Options()
    options.max_mem, options.log_errors = MAX_MEMORY, False
    try:
        # As bytes, because RE2's own are three times as fast as its str.
        compiled = re2.compile(unicode_classes(pattern).encode(), options)
        parts = replacement_parts(replacement, compiled)
    except (re2.error, ValueError) as error:
        reason = error.args[0].decode() if isinstance(error, re2.error) else error
        raise RecipeError(
            f"the cleaning step regex {pattern!r} -> {replacement!r} cannot be used: {reason} (patterns take linear "
            "time, by RE2: there is no look-around, no back-reference, no possessive repeat)"
        ) from error
    return lambda text: replace_matches(text, compiled, parts, pattern)


def replace_matches(text: str, compiled: Any, parts: Sequence[bytes | int], pattern: str) -> str:
    """Return ``text`` with ``parts``, literal ones and numbers of groups, in place of every match."""
    data = text.encode("utf-8", "surrogatepass")
    limit = max(len(data), MAX_GROWTH)
    groups = [part for part in parts if isinstance(part, int)]
    literal = [part for part in parts if isinstance(part, bytes)]
    fixed = sum(map(len, literal))
    kept: list[bytes] = []
    size = end = 0
    for match in compiled.finditer(data):
        start = match.start()
        if data[start : start + 1] in CONTINUATION:  # an empty match inside a character
            continue
        # Counted before it is made: steps that double a text would fill the memory when there are a hundred.
        size += start - end + fixed
        if groups:
            size += sum(match.end(group) - match.start(group) for group in groups)
        if size > limit:
            raise DataError(
                f"a text of {len(text):,} characters is too long for the cleaning step regex {pattern!r}, which makes "
                f"more than {limit:,} bytes of it"
            )
        kept.append(data[end:start])
        kept += [part if isinstance(part, bytes) else match[part] or b"" for part in parts] if groups else literal
        end = match.end()
    return b"".join([*kept, data[end:]]).decode("utf-8", "surrogatepass") if kept else text


def unicode_classes(pattern: str) -> str:
    r"""
    Write ``\w``, ``\d`` and ``\s`` of a Python pattern as what they mean there, and ``\Z`` as RE2 does.

    >>> print(unicode_classes(r"[^a\d]\D\b\Z"))
    [^a\p{Nd}][^\p{Nd}]\b\z
    """

    def outside(match: re.Match[str]) -> str:
        escaped, negation, members = match.groups()
        if escaped is None:
            return f"[{negation}{ESCAPE.sub(inside, members)}]"
        if known := UNICODE_CLASSES.get(escaped.lower()):
            return f"[{'^' if escaped.isupper() else ''}{known}]"
        return r"\z" if escaped == "Z" else match[0]

    return ESCAPE_OR_CLASS.sub(outside, pattern)


def inside(match: re.Match[str]) -> str:
    """Return what an escape inside ``[...]`` is for RE2."""
    if match[1] in ("W", "S", "D"):
        raise ValueError(rf"\{match[1]} inside [...]; write (?:\{match[1]}|[...]) instead")
    return UNICODE_CLASSES.get(match[1], match[0])


def replacement_parts(replacement: str, compiled: Any) -> list[bytes | int]:
    r"""Return the literal parts of a ``replacement``, and between them the numbers of the groups that it names."""
    names = {name.decode(): number for name, number in compiled.groupindex.items()}
    parts: list[bytes | int] = []
    end = 0
    for match in REFERENCE.finditer(replacement):
        number, name, escaped = match.groups()
        parts.append(replacement[end : match.start()].encode())
        end = match.end()
        if escaped is None:
            group = names.get(name) if name and not name.isdigit() else int(number or name)
            if group is None or group > compiled.groups:
                raise ValueError(f"invalid group reference {number or name}")
            parts.append(group)
        elif escaped in ESCAPED:
            parts.append(ESCAPED[escaped].encode())
        elif escaped.isalnum() or not escaped:
            raise ValueError(f"bad escape \\{escaped} in the replacement")
        else:
            parts.append(match[0].encode())
    return [part for part in [*parts, replacement[end:].encode()] if part != b""]
