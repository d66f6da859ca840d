"""What a model has to beat: the most frequent label, and a linear model on n-grams."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seqtext.recipes import Recipe, find_recipe

# Into so many does the linear rival cut the numbers of a column.
RANGES = 10
# How it reads what is no text: words that are cut at white space, and left as they are.
AS_WORDS = {"clean": (), "tokens": "whitespace"}


def majority(train: Sequence[str], rows: int) -> list[str]:
    """
    Answer the most frequent training label for every row; ties go to the first in alphabetical order.

    >>> majority(["b", "a", "b"], 2)
    ['b', 'b']
    """
    names, counts = np.unique(np.asarray(train), return_counts=True)
    return [str(names[counts.argmax()])] * rows


def linear_recipe(recipe: Recipe) -> Recipe:
    """
    Return the recipe of the linear rival: n-grams of texts that are cleaned and cut as ``recipe`` says.

    Wang and Manning (2012), "Baselines and Bigrams", show how strong such models are.
    """
    rival = find_recipe("linear")
    read = {name: getattr(recipe.text, name) for name in ("clean", "tokens")}
    inputs = {
        name: dataclasses.replace(
            rival.text, **({"clean": one.clean, "tokens": one.tokens} if one.kind == "text" else AS_WORDS)
        )
        for name, one in recipe.inputs.items()
    }
    return dataclasses.replace(
        rival,
        text=dataclasses.replace(rival.text, **read),
        inputs=inputs,
        output=recipe.output,
        outputs=recipe.outputs,
        rows=dataclasses.replace(recipe.rows, validation_share=recipe.rows.validation_share or 0.1),
    )


def as_texts(
    recipe: Recipe, inputs: Mapping[str, Sequence[Any]], learned: Mapping[str, Sequence[Any]]
) -> dict[str, list[str]]:
    """
    Return what is no text as words, for the linear rival: it reads n-grams of everything.

    A category is one word, and so is the range that a number falls into.

    Parameters
    ----------
    recipe
        Says of what kind each input is.
    inputs
        One value a row, by input name, as `Recipe.read` gives it.
    learned
        The rows that the rival learns from, among whose numbers each range has a tenth.
    """
    texts = recipe.texts(inputs)
    return {
        name: [str(value or "") for value in column] if name in texts else _as_words(column, learned[name])
        for name, column in inputs.items()
    }


def _as_words(column: Sequence[Any], learned: Sequence[Any]) -> list[str]:
    numbers = [value for value in learned if isinstance(value, float)]
    edges: Any = np.quantile(numbers, np.linspace(0, 1, RANGES + 1)[1:-1]) if numbers else []
    found = []
    for value in column:
        word = (
            f"range{np.searchsorted(edges, value)}" if isinstance(value, float) else "_".join(str(value or "").split())
        )
        found.append(word or "missing")
    return found
