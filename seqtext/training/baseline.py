"""What a model has to beat: the most frequent label, and a linear model on n-grams."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from seqtext.recipes import Recipe, find_recipe


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
    Return the recipe of the linear rival: n-grams of texts that are cleaned and cut as ``recipe`` says, and all else.

    Wang and Manning (2012), "Baselines and Bigrams", show how strong such models are.
    """
    rival = find_recipe("linear")
    read = {name: getattr(recipe.text, name) for name in ("clean", "tokens")}
    inputs = {
        name: dataclasses.replace(rival.text, clean=one.clean, tokens=one.tokens) if one.kind == "text" else one
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
