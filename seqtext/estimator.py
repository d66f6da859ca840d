"""SequenceClassifier: the scikit-learn face of training, with raw strings in and label names out."""

import contextlib
import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqtext import saving
from seqtext.errors import SeqtextError, listed
from seqtext.model import Answers, TrainedModel, as_list, columns_of
from seqtext.models.spec import INPUT_SETTINGS, part_names
from seqtext.preprocess.contract import Parameters, check_choice
from seqtext.preprocess.labels import SEVERAL, holds_lists
from seqtext.preprocess.texts import is_missing
from seqtext.recipes import Recipe
from seqtext.recipes.change import changed
from seqtext.recipes.named import find_recipe


class SequenceClassifier(Parameters):
    """
    Recurrent text classifier with scikit-learn's contract: raw strings in, labels out.

    Parameters
    ----------
    recipe
        Name of the recipe that gives every setting which is not set here; ``seqtext recipes`` lists them.
    texts
        Whether several texts are read "apart", by one "shared" encoder, or "compared"; see `seqtext.recipes.Recipe`.
    clean, tokens, num_words, min_count, max_length, truncating
        From text to ids; see `seqtext.preprocess.TextPipeline`.
    embedding_dim, cell, units, layers, bidirectional, pooling, activation, initializer, word_dropout, \
embedding_dropout, dropout, recurrent_dropout, head_dropout, l1, l2, \
recurrent_l1, recurrent_l2, embedding_l1, embedding_l2, vectors, pretrained, \
pretrained_layers, head, separator, thresholds, loss_weight
        The recurrent encoder and the answers; see `seqtext.models.recurrent.Recurrent` and `seqtext.recipes.Output`.
    ngrams, min_chars, max_chars, max_features, rank, weighting, hidden_units, cost, naive_bayes, \
gaussian_noise
        The bag of n-grams; see `seqtext.models.bag.Bag`.
    optimizer, learning_rate, schedule, warmup, plateau_factor, plateau_patience, clipnorm, clipvalue, precision, \
cudnn, batch_size, accumulation, epochs, min_steps, early_stopping, early_stopping_output, patience, class_weight, \
logit_adjustment, label_smoothing, training_scores, validation_share
        Training; see `seqtext.recipes.Recipe`.
    inputs
        "text", "number" or "category" by column of ``X``, where its type does not tell: in a frame of several columns,
        numbers are numbers, pandas' categories are categories, and all else is text. Or a dict of settings for this
        column alone, among which "kind" may be: ``{"title": {"units": 32, "max_length": 20}}``.
    seed
        The same seed gives the same model twice on the same machine.
    verbose
        Show the progress of training on standard error.
    warm_start
        Whether `fit` goes on from the model that the classifier has, if it has one: words, n-grams and labels of the
        new rows are added. Of the settings, only those of training are looked at then.
    build
        A function from a `seqtext.models.spec.ModelSpec` to a Keras model of your own, which is trained in place of
        ours; see `seqtext.training.own.train_own`.

    Attributes
    ----------
    classes_
        Labels in the order of the columns of `predict_proba`, with the type they had in ``y``. With several
        outputs, a dict of such arrays by output name.
    history_
        One dict of scores per epoch.
    trained_
        The `seqtext.TrainedModel`: what was learned, without Keras.
    model_
        The Keras model, yours where there is one; it is left out where the classifier is pickled or copied.

    A parameter left at "recipe" takes the recipe's value. ``X`` is a sequence of strings, or a DataFrame or
    mapping of columns, each of which is an input. ``y`` is a sequence of labels, or a DataFrame or mapping of
    columns, each of which is an output; predictions are then dicts by output name, which ``cross_val_predict``
    and the like cannot take: give these one output at a time. Where rows of ``y`` are lists or
    sets, a text has any number of labels, and predictions are lists. None or NaN is a label that is missing: such a row
    teaches the other outputs.

    >>> SequenceClassifier(cell="gru", units=32)
    SequenceClassifier(cell='gru', units=32)
    """

    _estimator_type = "classifier"

    def __init__(
        self,
        recipe: str = "general",
        *,
        texts: str = "recipe",
        clean: Any = "recipe",
        tokens: str = "recipe",
        num_words: int | str = "recipe",
        min_count: int | str = "recipe",
        max_length: int | str | None = "recipe",
        truncating: str = "recipe",
        embedding_dim: int | str = "recipe",
        cell: str = "recipe",
        units: int | str = "recipe",
        layers: int | str = "recipe",
        bidirectional: bool | str = "recipe",
        pooling: str = "recipe",
        activation: str = "recipe",
        initializer: str = "recipe",
        word_dropout: float | str = "recipe",
        embedding_dropout: float | str = "recipe",
        dropout: float | str = "recipe",
        recurrent_dropout: float | str = "recipe",
        head_dropout: float | str = "recipe",
        l1: float | str = "recipe",
        l2: float | str = "recipe",
        recurrent_l1: float | str = "recipe",
        recurrent_l2: float | str = "recipe",
        embedding_l1: float | str = "recipe",
        embedding_l2: float | str = "recipe",
        vectors: str = "recipe",
        pretrained: str = "recipe",
        pretrained_layers: str = "recipe",
        ngrams: int | str = "recipe",
        min_chars: int | str = "recipe",
        max_chars: int | str = "recipe",
        max_features: int | str = "recipe",
        rank: str = "recipe",
        weighting: str = "recipe",
        hidden_units: int | str = "recipe",
        cost: float | str = "recipe",
        naive_bayes: float | str = "recipe",
        gaussian_noise: float | str = "recipe",
        head: str = "recipe",
        separator: str = "recipe",
        thresholds: str = "recipe",
        loss_weight: float | str = "recipe",
        optimizer: str = "recipe",
        learning_rate: float | str = "recipe",
        schedule: str = "recipe",
        warmup: float | str = "recipe",
        plateau_factor: float | str = "recipe",
        plateau_patience: int | str = "recipe",
        clipnorm: float | str = "recipe",
        clipvalue: float | str = "recipe",
        precision: str = "recipe",
        cudnn: str = "recipe",
        batch_size: int | str = "recipe",
        accumulation: int | str = "recipe",
        epochs: int | str = "recipe",
        min_steps: int | str = "recipe",
        early_stopping: str = "recipe",
        early_stopping_output: str = "recipe",
        patience: int | str = "recipe",
        class_weight: str = "recipe",
        logit_adjustment: float | str = "recipe",
        label_smoothing: float | str = "recipe",
        training_scores: bool | str = "recipe",
        validation_share: float | str = "recipe",
        seed: int | str = "recipe",
        inputs: Mapping[str, Any] | None = None,
        verbose: bool = False,
        warm_start: bool = False,
        build: Any = None,
    ) -> None:
        # scikit-learn's rule: the constructor stores its arguments as they are, and nothing else.
        arguments = dict(locals())
        for name in self.parameter_defaults():
            setattr(self, name, arguments[name])

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import (
            ClassifierTags,
            InputTags,
            Tags,
            TargetTags,
        )  # only scikit-learn asks for this

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True, multi_output=True),
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(string=True, one_d_array=True, two_d_array=False, allow_nan=True),
        )

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "trained_")

    def fit(self, X: Any, y: Any) -> "SequenceClassifier":
        """
        Train on texts ``X`` and labels ``y``: from scratch, or with ``warm_start`` from the model of an earlier fit.

        Raises DataError if the rows cannot be learned from, RecipeError if the parameters make no sense.
        """
        from seqtext.training.growing import going_on
        from seqtext.training.labelled import labelled_rows
        from seqtext.training.own import train_own
        from seqtext.training.quiet import import_tensorflow_quietly
        from seqtext.training.run import Origin, train  # TensorFlow, 4 s

        with contextlib.suppress(ImportError):  # train says which package is missing
            import_tensorflow_quietly()

        if getattr(y, "ndim", 1) == 2 and not hasattr(y, "columns") and y.shape[1] > 1:
            raise ValueError(
                "y is a table without names; give a list of labels for each text, or a DataFrame; of columns of 0 and "
                "1, one for each label, give y.argmax(axis=1)"
            )
        texts, labels = _columns(X, "text"), _columns(y, "label")
        for column in labels.values():
            _check_distinct([label for row in column for label in (row if isinstance(row, SEVERAL) else [row])])
        inputs, outputs = part_names(list(texts), "text"), part_names(list(labels), "label")
        with_lists = [name for name, column in outputs.items() if holds_lists(labels[column])]
        heads = {f"{name}.head": "multilabel" for name in with_lists}
        recipe = changed(self._recipe(self._kinds(X, inputs)), self._own_settings(inputs) | heads)
        parameters = self.get_params()
        goes_on = parameters["warm_start"] and not parameters["build"] and self.__sklearn_is_fitted__()
        before = self.trained_ if goes_on else None
        rows = labelled_rows(
            {name: texts[column] for name, column in inputs.items()},
            {name: labels[column] for name, column in outputs.items()},
            inputs | outputs,
            recipe=recipe,
            known=before.labels if before else None,
        )
        self._forget()
        how: dict[str, Any] = {"origin": Origin(recipe=parameters["recipe"]), "progress": self._progress()}
        self.trained_: TrainedModel
        if build := parameters["build"]:
            self.trained_, self.model_ = train_own(rows, recipe, build, **how)
        else:
            if before:
                asked = dataclasses.replace(before.recipe, training=recipe.training, rows=recipe.rows)
                recipe = going_on(before, asked)
            self.trained_, self.model_ = train(rows, recipe, before=before, **how)
        self.history_ = self.trained_.history
        self.classes_ = self.trained_.classes_
        self.n_outputs_ = len(outputs)
        return self

    def __getstate__(self) -> dict[str, Any]:
        """For pickle and copy: everything but the Keras model, which only Keras could write."""
        return {name: value for name, value in vars(self).items() if name != "model_"}

    def _forget(self) -> None:
        for name in ("trained_", "model_"):
            if hasattr(self, name):
                delattr(self, name)

    def _kinds(self, X: Any, names: Mapping[str, str]) -> dict[str, str]:
        """The kind of each input, by its name: as it is asked for, else as the type of its column says."""
        columns = columns_of(X) or {}
        asked = {column: own.get("kind") for column, own in self._asked_of_inputs().items()}
        for column, kind in asked.items():
            if column not in names.values():
                raise ValueError(f"inputs names the column {column!r}, which X lacks; it has {listed(names.values())}")
            if kind is not None:
                check_choice(f"the kind of {column!r}", kind, INPUT_SETTINGS)
        told = {name: _kind_of(column) for name, column in columns.items()} if len(columns) > 1 else {}
        kinds = {name: asked.get(column) or told.get(column) for name, column in names.items()}
        return {name: kind for name, kind in kinds.items() if kind}

    def _asked_of_inputs(self) -> dict[str, Mapping[str, Any]]:
        """What is asked of each column of X: settings, among them its kind."""
        given = dict(self.get_params()["inputs"] or {})
        return {column: own if isinstance(own, Mapping) else {"kind": own} for column, own in given.items()}

    def _own_settings(self, names: Mapping[str, str]) -> dict[str, Any]:
        """The settings of single inputs, as ``title.units``."""
        asked = self._asked_of_inputs()
        return {
            f"{name}.{setting}": _plain(setting, value)
            for name, column in names.items()
            for setting, value in asked.get(column, {}).items()
            if setting != "kind"
        }

    def _recipe(self, kinds: Mapping[str, str] | None = None) -> Recipe:
        recipe = find_recipe(self.get_params()["recipe"]).with_kinds(kinds or {})
        others = ("recipe", "verbose", "inputs", "warm_start", "build")
        given = {name: value for name, value in self.get_params().items() if name not in others}
        chosen = {name: value for name, value in given.items() if not (isinstance(value, str) and value == "recipe")}
        return changed(recipe, {name: _plain(name, value) for name, value in chosen.items()})

    def _progress(self) -> Any:
        import sys

        from seqtext.training.progress import PrintedProgress, Warnings

        return PrintedProgress(sys.stderr) if self.get_params()["verbose"] else Warnings()

    def predict_proba(self, X: Any) -> Answers:
        """Return probabilities, float32 of shape (rows, labels), ordered as ``classes_``; several by output."""
        return self._fitted().predict_proba(X)

    def predict_log_proba(self, X: Any) -> Answers:
        """Return the natural logarithms of `predict_proba`; those of 0 are finite."""
        found, smallest = self.predict_proba(X), np.finfo(np.float32).tiny
        if isinstance(found, dict):
            return {name: np.log(np.maximum(one, smallest)) for name, one in found.items()}
        return np.log(np.maximum(found, smallest))

    def predict(self, X: Any) -> Answers:
        """Return the most probable label of every text, with the type it had in ``y``; several by output."""
        return self._fitted().predict(X)

    def score(self, X: Any, y: Any) -> float:
        """Return the accuracy on texts ``X`` with true labels ``y``; with several outputs, their mean.

        A row without a label of an output does not count for it.
        """
        found, truth = self.predict(X), _columns(y, "label")
        answers = found if isinstance(found, dict) else {next(iter(truth)): found}
        pairs = {name: zip(answer, truth[name], strict=True) for name, answer in answers.items()}
        right = [
            [_named(one) == _named(other) for one, other in own if not is_missing(other)] for own in pairs.values()
        ]
        return float(np.mean([np.mean(own) for own in right if own]))

    def save(self, folder: str | os.PathLike[str], *, replace: bool = False) -> Path:
        """Write the trained model to ``folder``, for `seqtext.load` and ``seqtext classify``."""
        return saving.save(self._fitted(), folder, replace=replace)

    def _fitted(self) -> TrainedModel:
        if not self.__sklearn_is_fitted__():
            raise _not_fitted()
        return self.trained_


def _plain(name: str, value: Any) -> Any:
    """A setting as a recipe has it: GridSearchCV takes numbers out of NumPy arrays as they are."""
    if name == "clean":
        return (value,) if isinstance(value, str) else tuple(value)
    return value.item() if isinstance(value, np.generic) else value


def _columns(data: Any, default: str) -> dict[str, list[Any]]:
    """The columns of a DataFrame or mapping; a plain sequence, or a single column, as one called ``default``."""
    columns = columns_of(data)
    if columns is None:
        return {default: as_list(data)}
    if len(columns) == 1:
        return {next(iter(columns)) or default: as_list(next(iter(columns.values())))}
    return {name: as_list(column) for name, column in columns.items()}


def _kind_of(column: Any) -> str:
    """The kind that the type of a frame's column tells; empty if it tells none."""
    dtype = getattr(column, "dtype", None)
    if getattr(dtype, "name", "") == "category":
        return "category"
    return "number" if getattr(dtype, "kind", "") in ("i", "u", "f", "b") else ""


def _named(answer: Any) -> Any:
    """An answer so that two can be compared: several labels as a set of their names."""
    return {str(label) for label in answer} if isinstance(answer, SEVERAL) else answer


def _check_distinct(labels: Sequence[Any]) -> None:
    """Raise ValueError for two labels with one name, as 1 and "1"."""
    found: dict[str, Any] = {}
    for label in labels:
        if (
            label is not None and label == label and found.setdefault(str(label), label) != label
        ):  # NaN is not equal to itself
            raise ValueError(f"the labels {label!r} and {found[str(label)]!r} have the same name; use one type for all")


def _not_fitted() -> Exception:
    message = "this SequenceClassifier is not fitted yet; call fit(texts, labels) first"
    try:
        from sklearn.exceptions import (
            NotFittedError as Base,
        )  # callers may catch scikit-learn's error, or ours
    except ImportError:
        return SeqtextError(message)
    return type("NotFittedError", (Base, SeqtextError), {})(message)
