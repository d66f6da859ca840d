"""A Keras model that somebody else has built, trained and used as ours are, but through Keras alone."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtext.errors import RecipeError, SeqtextError
from seqtext.model import TrainedModel
from seqtext.models.spec import ModelSpec, plain_name
from seqtext.recipes import Recipe
from seqtext.training import wide
from seqtext.training.labelled import LabelledRows
from seqtext.training.progress import Progress
from seqtext.training.quiet import no_retracing_warnings
from seqtext.training.run import Origin, fitted, made_now, prepared

if TYPE_CHECKING:
    import keras

# From what our own model would be to a Keras model that takes and gives what ours does.
Build = Callable[[ModelSpec], "keras.Model"]


@dataclass(frozen=True, repr=False)
class OwnModel(TrainedModel):
    """A trained model whose network is somebody's own: it answers through Keras, and has no weights of ours."""

    network: Any = None

    def run(self, feed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the probabilities for arrays as `Rows.feed` makes them, by output name."""
        from seqtext.training.fit import taken_by

        answers = self.network.predict_on_batch(taken_by(self.network, dict(feed)))
        return {head.name: np.asarray(answers[plain_name(head.name)]) for head in self.spec.outputs}

    def start(self) -> "OwnModel":
        """Return the model; there is nothing to load."""
        return self

    def __getstate__(self) -> dict[str, Any]:
        raise SeqtextError("a model of your own cannot be pickled or copied; save it with classifier.model_.save(FILE)")


def train_own(
    rows: LabelledRows, recipe: Recipe, build: Build, *, progress: Progress | None = None, origin: Origin | None = None
) -> "tuple[OwnModel, keras.Model]":
    """
    Train what ``build`` returns; return it as a model that labels texts, and the Keras model itself.

    The rows are cleaned, split, batched and watched as for our own models. Bags that go straight to the labels are left
    out, and so is what changes weights of ours: pretrained vectors, and the adjustment of the answers.

    Parameters
    ----------
    rows, recipe
        What to learn from, and how.
    build
        Gets what our own model would be. Its model takes a dict of arrays by the names of `seqtext.models.build.build`,
        or one array if there is only one; and gives a dict of probabilities (batch, labels) by output name, or one
        array if there is only one output; for two labels also (batch, 1), the probability of the second.
    progress, origin
        Who is told how it goes, and where the rows come from.

    Raises
    ------
    RecipeError
        If the model does not give that.
    """
    from seqtext.models.build import own_model, precision
    from seqtext.training.fit import fit

    recipe.check_names(list(rows.inputs), list(rows.targets))
    recipe, _ = fitted(recipe, rows)
    progress, began = progress or Progress(), time.monotonic()
    preparers, training, validation = prepared(rows, recipe, None, {}, progress)
    spec = wide.deep_half(recipe.spec(preparers, {name: len(encoder) for name, encoder in rows.labels.items()}))
    if spec is None:
        raise RecipeError("the recipe has only bags that go straight to the labels; take another for a model of yours")
    training, validation = wide.deep_rows(training, spec), wide.deep_rows(validation, spec)
    with no_retracing_warnings():
        with precision(recipe.training.precision):
            own = build(spec)
            network = own_model(own, spec)
        history, was_stopped = fit(
            network, spec, training, validation if len(validation) else None, recipe, progress=progress
        )
    told = {"epochs": len(history), "was_stopped": was_stopped}
    made = made_now(origin or Origin(), training, validation, began, **told)
    preparers = dict(training.preparers)
    return OwnModel(recipe, spec, preparers, rows.labels, rows.columns, {}, made, history, network=network), own
