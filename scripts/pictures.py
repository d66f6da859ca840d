"""
Draw the networks of docs/models.md from their recipes: python scripts/pictures.py

A test finds drawings that are out of date. Numbers of words and labels are those of a few made-up rows.
"""

from pathlib import Path

import numpy as np
from tables import replace_table

from seqtext.models.picture import picture
from seqtext.recipes import Recipe
from seqtext.recipes.change import configure
from seqtext.recipes.named import find_recipe
from seqtext.training.labelled import labelled_rows
from seqtext.training.run import fit_preparers

PAGE = Path(__file__).parent.parent / "docs" / "models.md"
TEXTS = ["so good", "so bad", "quite good", "quite bad"]
TITLES = ["good", "bad", "fine", ""]
LABELS, TOPICS = ["up", "down", "up", "down"], ["film", "song", "play", "film"]
TAGS = ["a,b", "b", "a", ""]


def drawn(recipe: Recipe, columns: dict[str, list], labels: dict[str, list]) -> str:
    """Return the drawing of the model that this recipe makes of these columns."""
    rows = labelled_rows(columns, labels, recipe=recipe)
    preparers = fit_preparers(rows, recipe, np.arange(len(rows)))
    return picture(recipe.spec(preparers, {name: len(encoder) for name, encoder in rows.labels.items()}))


def pictures() -> str:
    """Return all drawings as Markdown."""
    several = configure(find_recipe("general"), ["tags.head=multilabel", "tags.separator=,"]).with_kinds(
        {"age": "number", "team": "category"}
    )
    mails = {"title": TITLES, "body": TEXTS, "age": [3, None, 5, 7], "team": ["it", "hr", None, "it"]}
    found = {
        "One text, read as a bag of n-grams and by a recurrent encoder (`general`)": drawn(
            find_recipe("general"), {"text": TEXTS}, {"label": LABELS}
        ),
        "The course's feed-forward network on words (`slides/imdb-dense`)": drawn(
            find_recipe("slides/imdb-dense"), {"text": TEXTS}, {"label": LABELS}
        ),
        "Two texts, a number and a category; one label, and any number of tags": drawn(
            several, mails, {"topic": TOPICS, "tags": TAGS}
        ),
        "A pair of texts, compared (`--recipe recurrent --set texts=compared`)": drawn(
            configure(find_recipe("recurrent"), ["texts=compared"]),
            {"first": TEXTS, "second": TITLES},
            {"label": LABELS},
        ),
    }
    return "\n\n".join(f"{title}:\n\n```\n{drawing}\n```" for title, drawing in found.items())


if __name__ == "__main__":
    replace_table(PAGE, "pictures", pictures())
