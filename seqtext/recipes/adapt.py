"""
The rules by which a recipe fits itself to the rows: written down, each with what it was learned from.

Learned on banking77, tweeteval irony and emotion, GOP tweets, spooky and the bundled tweets; checked on the other
corpora of docs/results.md. That of texts that are compared was learned on SICK, and checked on nothing yet.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqtext.models.sides import all_encoders, needs_keras
from seqtext.preprocess.padding import bucket_length
from seqtext.recipes.change import changed, flat_settings
from seqtext.recipes.recipe import Recipe

# A model folder stays under 30 MB: this much for the n-grams, each with a key, a frequency and a weight for each label.
NGRAM_BYTES, BYTES_OF_KEY, BYTES_OF_WEIGHT = 18_000_000, 12, 4
# All texts together; more take minutes to count the runs of characters of, and gigabytes.
FEW_CHARACTERS, FEW_IN_SHORT_TEXTS = 15_000_000, 25_000_000
# What does nothing where all that is learned is solved directly.
FOR_EPOCHS = ("epochs", "min_steps", "batch_size")


@dataclass(frozen=True)
class Facts:
    """
    What the rules look at.

    Parameters
    ----------
    rows, labels
        Rows to learn from, and labels of the output that has most.
    tokens, characters
        Words between white space that 98 % of the texts stay below, and characters of the middle text.
    has_vectors
        Whether embeddings start from pretrained vectors.
    all_characters
        Of all texts together.
    are_compared
        Whether texts are compared pair by pair.
    """

    rows: int
    labels: int
    tokens: int
    characters: int
    has_vectors: bool = False
    all_characters: int = 0
    are_compared: bool = False


def facts_of(
    inputs: Mapping[str, Sequence[Any]], labels: Sequence[int], *, has_vectors: bool = False, are_compared: bool = False
) -> Facts:
    """Return the facts of some rows; ``labels`` are the numbers of labels of each output."""
    texts = [value for column in inputs.values() for value in column if isinstance(value, str)] or [""]
    tokens = float(np.percentile([len(text.split()) for text in texts], 98))
    lengths = [len(text) for text in texts]
    rows, characters = len(next(iter(inputs.values()))), int(np.median(lengths))
    return Facts(rows, max(labels), int(tokens), characters, has_vectors, sum(lengths), are_compared)


def rules(facts: Facts) -> dict[str, tuple[Any, str]]:
    """
    Return the value of each setting that has a rule, and the reason in a few words.

    >>> rules(Facts(rows=500, labels=3, tokens=30, characters=90))["validation_share"]
    (0.2, 'few rows')
    """
    rows, labels = facts.rows, facts.labels
    is_small, is_large, is_short = rows < 1_500, rows >= 15_000, facts.characters < 600
    is_much = not is_short and facts.all_characters > FEW_CHARACTERS
    without_characters = is_much or facts.all_characters > FEW_IN_SHORT_TEXTS
    if labels >= 50:
        epochs, why = 25, "many labels take long to tell apart"
    elif labels >= 10:
        epochs, why = 15, "labels take long to tell apart"
    else:
        epochs, why = (4, "many rows") if is_large else (8, "the usual")
    length = int(np.clip(bucket_length(2 * facts.tokens), 16, 400))
    length_why = "the usual" if length < 400 else "long texts"
    rare = rows < 5_000 or labels >= 10 or facts.has_vectors
    dropout, dropout_why = (0.3, "few rows a label") if labels >= 20 else (0.5, "the usual")
    if facts.has_vectors:
        dropout, dropout_why = 0.4, "vectors know more than the rows"
    words, words_why = (0.1, "few rows a label") if labels >= 20 else (0.2, "the usual")
    if facts.are_compared:  # what is dropped from one text alone makes it unlike the other
        dropout, words = 0.0, 0.0
        dropout_why = words_why = "pairs differ in single words"
    return {
        "epochs": (epochs, why),
        "min_steps": (300, "few rows need more epochs" if rows < 1_200 else "the usual"),
        "batch_size": (64 if is_large else 32, "many rows" if is_large else "the usual"),
        "max_length": (length, length_why),
        "min_count": (1 if rare else 2, "every word counts" if rare else "the usual"),
        "word_dropout": (words, words_why),
        "embedding_dropout": (dropout, dropout_why),
        "units": (96 if facts.has_vectors else 64, "vectors are wide" if facts.has_vectors else "the usual"),
        "embedding_dim": (128, "many or long texts") if is_large or not is_short else (64, "the usual"),
        "validation_share": (
            0.2 if is_small else 0.05 if is_large else 0.1,
            "few rows" if is_small else "many rows" if is_large else "the usual",
        ),
        "class_weight": ("balanced", "few rows") if is_small else ("none", "the usual"),
        "logit_adjustment": (0.0, "rows are weighed") if is_small else (0.3, "the usual"),
        "bag.naive_bayes": (0.5, "the usual") if labels < 50 else (0.0, "many labels"),
        "bag.min_count": (1 if rows < 2_000 else 2, "few rows" if rows < 2_000 else "the usual"),
        "bag.cost": (1.0, "so much text") if is_much else (0.3, "the usual"),
        "bag.ngrams": (3, "so much text") if is_much and labels <= 5 else (2, "the usual"),
        "bag.max_chars": (0, "so much text that words say enough") if without_characters else (5, "the usual"),
        "bag.max_features": (
            max(1_000, NGRAM_BYTES // (BYTES_OF_KEY + BYTES_OF_WEIGHT * labels)),
            "the usual" if labels <= 5 else "a model folder under 30 MB",
        ),
    }


# Every setting that has a rule.
ADAPTED = tuple(rules(Facts(rows=1, labels=2, tokens=1, characters=1)))


def adapt(recipe: Recipe, facts: Facts) -> tuple[Recipe, dict[str, str]]:
    """
    Return ``recipe`` with what it leaves to the rules, and what was chosen and why, by setting.

    A setting that somebody has chosen is no longer left to the rules.
    """
    found = {name: choice for name, choice in rules(facts).items() if name in recipe.adapt}
    values = {name: value for name, (value, _) in found.items() if _exists(recipe, name)}
    if "epochs" in values and "min_steps" not in values:
        values["min_steps"] = recipe.training.min_steps
    fitted = dataclasses.replace(changed(recipe, values), adapt=())
    silent = () if needs_keras([recipe.text, *recipe.inputs.values()]) else FOR_EPOCHS
    told = {name: value for name, value in values.items() if name in found and name not in silent}
    return fitted, {name: f"{value} ({found[name][1]})" for name, value in told.items()}


def _exists(recipe: Recipe, name: str) -> bool:
    """Whether the recipe has such a setting: "units" of a recurrent encoder, "bag.min_chars" of a bag."""
    kind, dot, _ = name.partition(".")
    if not dot:
        return name in flat_settings(recipe)
    texts = [recipe.text, *recipe.inputs.values()]
    return any(one.kind == kind for one in all_encoders(texts))
