"""
Recipes: every setting of a training run, the recipes that have a name, and how people write and change them.

What a saved model needs is here; the rest is imported from its module, since whoever labels a text has no use for it.
"""

from seqtext.recipes.recipe import Output, Recipe, Rows, Training

__all__ = ["Output", "Recipe", "Rows", "Training"]
