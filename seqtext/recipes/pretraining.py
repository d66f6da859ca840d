"""What can be asked of the pre-training of a language model: a `Recipe` of which only some settings count."""

import dataclasses
from collections.abc import Sequence

from seqtext.errors import RecipeError, did_you_mean
from seqtext.models.recurrent import Recurrent
from seqtext.models.text import TextSettings
from seqtext.recipes.change import configure
from seqtext.recipes.recipe import Recipe, Rows, Training

PRETRAINING = Recipe(
    description="a language model of texts without labels, from which other models start",
    # Texts are cut into pieces of max_length.
    text=TextSettings(
        max_length=128,
        encoders=(Recurrent(embedding_dim=128, units=128, word_dropout=0.0, embedding_dropout=0.1),),
    ),
    training=Training(epochs=2, batch_size=16, learning_rate=3e-3, warmup=0.05, min_steps=1_000, patience=1),
    rows=Rows(test_share=0.0, validation_share=0.02),
)
# What `--set` takes, and what counts of a recipe file.
KNOBS = {
    "text": ("clean", "tokens", "num_words", "min_count", "max_length"),
    "encoder": (
        *("embedding_dim", "cell", "units", "layers", "bidirectional", "activation", "initializer"),
        *("word_dropout", "embedding_dropout", "dropout", "recurrent_dropout", "l1", "l2"),
        *("recurrent_l1", "recurrent_l2"),
    ),
    "training": (
        *("optimizer", "learning_rate", "schedule", "warmup", "plateau_factor", "plateau_patience"),
        *("clipnorm", "clipvalue", "accumulation", "batch_size", "epochs", "min_steps", "patience"),
    ),
    "rows": ("validation_share", "seed"),
}
NAMES = tuple(name for names in KNOBS.values() for name in names)


def pretraining_recipe(known: Recipe, settings: Sequence[str] = ()) -> Recipe:
    """
    Return how to pre-train for models of the recipe ``known``: its cleaning and tokens, and else what suits a language.

    Parameters
    ----------
    known
        A recipe for labelled texts.
    settings
        Written ``name=value``, as the command line gives them; a name that is not in `NAMES` is a RecipeError.

    >>> pretraining_recipe(Recipe(), ["units=32"]).text.encoders[0].units
    32
    """
    for written in settings:
        name = written.partition("=")[0].strip()
        if "=" in written and name.replace("-", "_") not in NAMES:
            hint = did_you_mean(name, NAMES) or f"; there are {', '.join(NAMES)}"
            raise RecipeError(f"no setting {name!r:.80} for pre-training{hint}")
    text = dataclasses.replace(PRETRAINING.text, clean=known.text.clean, tokens=known.text.tokens)
    recipe = configure(dataclasses.replace(PRETRAINING, text=text), settings)
    if recipe.text.max_length is None or recipe.text.max_length < 2:
        raise RecipeError(f"max_length is {recipe.text.max_length}, expected 2 or more: texts are cut into such pieces")
    return recipe
