"""
Write docs/settings.md from the settings themselves: python scripts/settings_page.py

A test finds a page that is out of date.
"""

from pathlib import Path

from seqtext.cli.recipes import shown
from seqtext.recipes import Recipe
from seqtext.recipes.explain import explained

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"
HEAD = """# Every setting

What `seqtext train --set NAME=VALUE`, a recipe file and `SequenceClassifier(NAME=VALUE)` take. `seqtext recipes NAME`
shows the values of a recipe, `seqtext recipes --explain NAME` this page for it. A name alone means every part that has
such a setting; `title.max_length`, `bag.min_count`, `rows.seed` mean one. The values here are those of a recipe in
which nothing is set; `general` and what builds on it leave some to rules ([results.md](results.md)).

"""


def page() -> str:
    """Return the page as Markdown, with a table for each part of a recipe."""
    lines, section = [], ""
    for one in explained(Recipe()):
        if one.section != section:
            section = one.section
            lines += [f"\n## {section}\n", "| setting | value | may be | meaning |", "|---|---|---|---|"]
        value = f"`{shown(one.value)}`" if shown(one.value) else ""
        lines.append(f"| `{one.name}` | {value} | {one.allowed} | {one.meaning} |")
    return HEAD + "\n".join(lines).lstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
