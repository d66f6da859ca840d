"""Tables for notebooks: short, and nothing in them is markup but what is written here."""

from collections.abc import Sequence
from html import escape

from seqtext.errors import shortened

# MathJax would take what stands between two dollar signs for a formula.
TABLE = '<table class="tex2jax_ignore mathjax_ignore">'
MOST_ROWS, MOST_CHARACTERS = 50, 200


def html_table(rows: Sequence[Sequence[object]], note: str = "") -> str:
    """
    Return ``rows``, the first of which is the header, as an HTML table with a ``note`` below; at most 50 of them.

    >>> html_table([["text"], ["<b>"]], "1 row")
    '<table class="tex2jax_ignore mathjax_ignore"><tr><th>text</th></tr><tr><td>&lt;b&gt;</td></tr></table><p>1 row</p>'
    """
    header, *others = rows
    lines = [_row("th", header), *(_row("td", row) for row in others[:MOST_ROWS])]
    if len(others) > MOST_ROWS:
        note += f"{'; ' if note else ''}the first {MOST_ROWS} of {len(others):,} are shown"
    return f"{TABLE}{''.join(lines)}</table>{f'<p>{cell(note)}</p>' if note else ''}"


def cell(value: object) -> str:
    """Return a value as text within HTML, without its middle where it is long; nothing where it is missing."""
    return "" if value is None else escape(shortened(str(value), MOST_CHARACTERS))


def _row(tag: str, values: Sequence[object]) -> str:
    return f"<tr>{''.join(f'<{tag}>{cell(value)}</{tag}>' for value in values)}</tr>"
