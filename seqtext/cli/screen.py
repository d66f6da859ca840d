"""What commands print: JSON, and text from files."""

import json
import sys
from typing import Any

import click


def echo_json(value: Any) -> None:
    """Print ``value`` as JSON on standard output."""
    as_is = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
    click.echo(json.dumps(value, default=str, indent=1, ensure_ascii=not as_is))


def printable(text: str, most: int = 100) -> str:
    r"""
    One line of ``text`` for the screen: spaces folded, cut after ``most`` characters, control characters as ``?``.

    A text from a file may hold sequences that move the cursor or rename the window.

    >>> printable("two\n lines \x1b[2J")
    'two lines ?[2J'
    """
    folded = " ".join(text.split())
    safe = "".join(character if character.isprintable() else "?" for character in folded[: most + 1])
    return safe if len(folded) <= most else f"{safe[:most].rstrip()}…"
