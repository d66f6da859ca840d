"""Rows without a label, which can still teach a model the language of the others."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from seqtext.data.splitting import normalise
from seqtext.errors import DataError, RecipeError, plural
from seqtext.language import LanguageModel
from seqtext.models.sides import all_encoders
from seqtext.models.text import TextSettings
from seqtext.recipes import Recipe
from seqtext.recipes.change import changed
from seqtext.recipes.pretraining import pretraining_recipe
from seqtext.training.checkpoint import Checkpoint
from seqtext.training.labelled import LabelledRows, validation_split
from seqtext.training.pretrain import Source, pretrain
from seqtext.training.progress import Progress
from seqtext.training.transfer import UNLABELLED, WIDTHS


class Unlabelled:
    """
    The texts of rows without a label, and the recipe for the rows with one.

    Parameters
    ----------
    columns
        Values of the rows without a label, by input name.
    recipe
        As it was asked for.
    """

    def __init__(self, columns: Mapping[str, Sequence[Any]], recipe: Recipe) -> None:
        self.texts = texts_of({name: one for name, one in columns.items() if is_text(recipe, name)})
        self.recipe = recipe

    def start(self, source: str) -> Recipe:
        """Return the recipe that starts from a network that is yet to be pre-trained; an error if that cannot be."""
        if not self.texts:
            raise DataError(
                f"every row of {source} has a label, so there is no text for --use-unlabelled; leave it out, or "
                "pre-train on other files with 'seqtext pretrain'"
            )
        found = [
            getattr(one, "pretrained", None) for one in all_encoders([self.recipe.text, *self.recipe.inputs.values()])
        ]
        if not any(folder is not None for folder in found):
            raise RecipeError("the recipe has no recurrent network, so there is nothing to pre-train; choose another")
        if given := [folder for folder in found if folder and folder != UNLABELLED]:
            raise RecipeError(f"pretrained is {given[0]!r}, and --use-unlabelled would pre-train another; give one")
        return changed(self.recipe, {"pretrained": UNLABELLED})

    def pretrain(
        self,
        rows: LabelledRows,
        recipe: Recipe,
        unseen: Mapping[str, Sequence[Any]],
        source: str,
        progress: Progress,
        checkpoint: Checkpoint | None = None,
    ) -> dict[str, LanguageModel]:
        """
        Return a network pre-trained on these texts and on those of the training rows, by the word that stands for it.

        Nothing is learned from validation and test rows: texts that equal one of theirs are left out.

        Parameters
        ----------
        rows, recipe
            The labelled rows, and how the model will be trained.
        unseen
            Values of the test rows by input name.
        source
            The file, for people.
        progress
            Who is told how it goes.
        checkpoint
            That of the whole training; the network has one of its own, see `Checkpoint.of_network`.
        """
        kept, held_out = validation_split(rows, recipe)
        columns = {name: column for name, column in rows.inputs.items() if is_text(recipe, name)}
        own, watched = (
            texts_of({n: [one[i] for i in part] for n, one in columns.items()}) for part in (kept, held_out)
        )
        refused = {normalise(text) for text in (*texts_of(unseen), *watched)}
        others = [text for text in self.texts if normalise(text) not in refused]
        left_out = len(self.texts) - len(others)
        also = f" ({left_out:,} more are among those held out)" if left_out else ""
        progress.say(
            f"pre-training on {plural(len(others), 'text')} without a label{also} and {len(own):,} of the training rows"
        )
        how: dict[str, Any] = {"source": Source(source=source), "progress": progress}
        if checkpoint:
            how |= {"checkpoint": checkpoint.of_network().folder, "replace": checkpoint.replace}
        network, _ = pretrain([*others, *own], self._asked(recipe), **how)
        return {UNLABELLED: network}

    def _asked(self, recipe: Recipe) -> Recipe:
        """How to pre-train: the text and the cell as the recipe has them, and widths that somebody has chosen."""
        encoder = next(
            one
            for one in all_encoders([recipe.text, *recipe.inputs.values()])
            if getattr(one, "pretrained", "") == UNLABELLED
        )
        asked = pretraining_recipe(recipe)
        taken = ("cell", "activation", "bidirectional", *(name for name in WIDTHS if name not in self.recipe.adapt))
        asked = dataclasses.replace(asked, rows=dataclasses.replace(asked.rows, seed=recipe.rows.seed))
        return changed(asked, {name: getattr(encoder, name) for name in taken})


def texts_of(columns: Mapping[str, Sequence[Any]]) -> list[str]:
    """Return the texts of some columns one after the other, without missing and empty ones."""
    return [text for column in columns.values() for text in column if isinstance(text, str) and text.strip()]


def is_text(recipe: Recipe, name: str) -> bool:
    """Return whether an input is a text to the recipe."""
    return isinstance(recipe.input(name), TextSettings)
