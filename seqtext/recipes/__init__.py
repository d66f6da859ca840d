"""Recipes: every setting of a training run, the recipes that have a name, and how people write and change them."""

from seqtext.recipes.adapt import adapt, facts_of
from seqtext.recipes.change import changed, configure, flat_settings
from seqtext.recipes.named import RECIPES, find_recipe
from seqtext.recipes.recipe import Output, Recipe, Rows, Training
from seqtext.recipes.toml import read_recipe, to_toml

__all__ = [
    "RECIPES",
    "Output",
    "Recipe",
    "Rows",
    "Training",
    "adapt",
    "changed",
    "configure",
    "facts_of",
    "find_recipe",
    "flat_settings",
    "read_recipe",
    "to_toml",
]
