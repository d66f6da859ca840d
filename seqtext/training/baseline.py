"""What a model has to beat: the most frequent label, and a linear model on n-grams."""

import dataclasses

import numpy as np

from seqtext.recipes import Recipe
from seqtext.recipes.named import find_recipe


def majority(targets: np.ndarray, rows: int) -> np.ndarray:
    """
    Answer the most frequent of the training targets for every row; ties go to the first.

    >>> majority(np.array([1, 0, 1]), 2).tolist()
    [1, 1]
    """
    found, counts = np.unique(targets, axis=0, return_counts=True)
    return np.repeat(found[counts.argmax()][None], rows, axis=0)


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
