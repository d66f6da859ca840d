"""SequenceClassifier: the scikit-learn face of training, with raw strings in and label names out."""

import contextlib
import dataclasses
import inspect
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqtext import bundle
from seqtext.errors import SeqtextError, did_you_mean
from seqtext.recipes import Recipe, changed, find_recipe

SETTINGS = tuple(
    field.name for field in dataclasses.fields(Recipe) if field.name not in ("description", "test_share", "split")
)


class SequenceClassifier:
    """
    Recurrent text classifier with scikit-learn's contract: raw strings in, labels out.

    Parameters
    ----------
    recipe
        Name of the recipe that gives every setting which is not set here; ``seqtext recipes`` lists them.
    clean, tokens, num_words, min_count, max_length, truncating
        From text to ids; see `seqtext.preprocess.TextPipeline`.
    embedding_dim, cell, units, layers, bidirectional, pooling, activation, initializer, word_dropout, \
embedding_dropout, dropout, recurrent_dropout, head_dropout, l1, l2, head
        The model; see `seqtext.models.spec.TextInput`.
    optimizer, learning_rate, schedule, warmup, clipnorm, batch_size, epochs, min_steps, early_stopping, patience, \
class_weight, label_smoothing, validation_share
        Training; see `seqtext.recipes.Recipe`.
    seed
        The same seed gives the same model twice on the same machine.
    verbose
        Show the progress of training on standard error.

    Attributes
    ----------
    classes_
        Labels in the order of the columns of `predict_proba`, with the type they had in ``y``. With several
        outputs, a dict of such arrays by output name.
    history_
        One dict of scores per epoch.
    model_
        The Keras model; it is left out where the classifier is pickled or copied.

    A parameter left at "recipe" takes the recipe's value. ``X`` is a sequence of strings, or a DataFrame or
    mapping of columns, each of which is a text input. ``y`` is a sequence of labels, or a DataFrame or mapping of
    columns, each of which is an output; predictions are then dicts by output name.

    >>> SequenceClassifier(cell="gru", units=32)
    SequenceClassifier(cell='gru', units=32)
    """

    _estimator_type = "classifier"

    def __init__(
        self,
        recipe: str = "general",
        *,
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
        head: str = "recipe",
        optimizer: str = "recipe",
        learning_rate: float | str = "recipe",
        schedule: str = "recipe",
        warmup: float | str = "recipe",
        clipnorm: float | str = "recipe",
        batch_size: int | str = "recipe",
        epochs: int | str = "recipe",
        min_steps: int | str = "recipe",
        early_stopping: str = "recipe",
        patience: int | str = "recipe",
        class_weight: str = "recipe",
        label_smoothing: float | str = "recipe",
        validation_share: float | str = "recipe",
        seed: int | str = "recipe",
        verbose: bool = False,
    ) -> None:
        # scikit-learn's rule: the constructor stores its arguments as they are, and nothing else.
        arguments = dict(locals())
        for name in self._defaults():
            setattr(self, name, arguments[name])

    @classmethod
    def _defaults(cls) -> dict[str, Any]:
        parameters = inspect.signature(cls.__init__).parameters
        return {name: parameter.default for name, parameter in parameters.items() if name != "self"}

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """All parameters by name; ``deep`` is scikit-learn's and changes nothing here."""
        return {name: getattr(self, name) for name in self._defaults()}

    def set_params(self, **parameters: Any) -> "SequenceClassifier":
        """Change parameters; ValueError for one that does not exist."""
        known = self._defaults()
        for name, value in parameters.items():
            if name not in known:
                raise ValueError(f"no parameter {name!r}; there are {', '.join(known)}{did_you_mean(name, known)}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = self._defaults()
        changed = {name: value for name, value in self.get_params().items() if not _same(value, defaults[name])}
        return f"SequenceClassifier({', '.join(f'{name}={value!r}' for name, value in changed.items())})"

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
        return hasattr(self, "_trained") or hasattr(self, "_bundle")

    def fit(self, X: Any, y: Any) -> "SequenceClassifier":
        """
        Train from scratch on texts ``X`` and labels ``y``; nothing of an earlier fit is kept.

        Raises DataError if the rows cannot be learned from, RecipeError if the parameters make no sense.
        """
        from seqtext.training.quiet import import_tensorflow_quietly
        from seqtext.training.run import train  # TensorFlow, 4 s

        with contextlib.suppress(ImportError):  # train says which package is missing
            import_tensorflow_quietly()

        texts, labels = _columns(X, "text"), _columns(y, "label")
        for column in labels.values():
            _check_distinct(column)
        trained = train(texts, labels, self._recipe(), progress=self._progress())
        self._forget()
        self._trained = trained
        self.history_ = trained.history
        self.model_ = trained.model
        ordered = {
            name: np.array(encoder.inverse_transform(range(len(encoder))).tolist())
            for name, encoder in trained.labels.items()
        }
        self.classes_ = ordered if len(ordered) > 1 else next(iter(ordered.values()))
        self.n_outputs_ = len(ordered)
        return self

    def __getstate__(self) -> dict[str, Any]:
        """For pickle and copy: everything but the Keras model, which only Keras could write."""
        state = {name: value for name, value in vars(self).items() if name != "model_"}
        if "_trained" in state:
            state["_trained"] = dataclasses.replace(state["_trained"], model=None)
        return state

    def _forget(self) -> None:
        for name in ("_trained", "_bundle", "model_"):
            if hasattr(self, name):
                delattr(self, name)

    def _recipe(self) -> Recipe:
        given = {name: getattr(self, name) for name in SETTINGS}
        # GridSearchCV takes numbers out of NumPy arrays as they are.
        plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in given.items()}
        chosen = {name: value for name, value in plain.items() if not _same(value, "recipe")}
        if "clean" in chosen:
            clean = chosen["clean"]
            chosen["clean"] = (clean,) if isinstance(clean, str) else tuple(clean)
        return changed(find_recipe(self.get_params()["recipe"]), chosen)

    def _progress(self) -> Any:
        import sys

        from seqtext.training.progress import Lines, Silent

        return Lines(sys.stderr) if self.get_params()["verbose"] else Silent()

    def predict_proba(self, X: Any) -> Any:
        """Probabilities, float32 of shape (rows, labels), ordered as ``classes_``; a dict by output with several."""
        return self._fitted().predict_proba(_columns(X, "text"))

    def predict(self, X: Any) -> Any:
        """The most probable label of every text, with the type it had in ``y``; a dict by output with several."""
        answers = self.predict_proba(X)
        if isinstance(answers, dict):
            return {name: self.classes_[name][answer.argmax(axis=1)] for name, answer in answers.items()}
        return self.classes_[answers.argmax(axis=1)]

    def score(self, X: Any, y: Any) -> float:
        """Accuracy on texts ``X`` with true labels ``y``; with several outputs, their mean."""
        found, truth = self.predict(X), _columns(y, "label")
        found = found if isinstance(found, dict) else {next(iter(truth)): found}
        return float(np.mean([np.mean(np.asarray(found[name]) == np.asarray(truth[name])) for name in found]))

    def save(self, folder: str | os.PathLike[str], *, replace: bool = False) -> Path:
        """Write the trained model to ``folder``, for `seqtext.load` and ``seqtext classify``."""
        self._fitted()
        return bundle.save(folder, self._contents(), replace=replace)

    def _fitted(self) -> bundle.Bundle:
        if not self.__sklearn_is_fitted__():
            raise _not_fitted()
        if not hasattr(self, "_bundle"):
            with tempfile.TemporaryDirectory() as folder:
                bundle.write_files(Path(folder), self._contents())
                self._bundle = bundle.load(folder)
        return self._bundle

    def _contents(self) -> bundle.Contents:
        from seqtext.training.experiment import contents_of

        return contents_of(self._trained, recipe_name=self.get_params()["recipe"], source="memory")


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


def _columns(data: Any, default: str) -> dict[str, list[Any]]:
    """A DataFrame or mapping as lists by column name; a plain sequence as one column called ``default``."""
    if isinstance(data, (str, bytes)):
        raise TypeError(f"expected a sequence of {default}s, found one string; put it into a list")
    if isinstance(data, Mapping):
        return {str(name): list(column) for name, column in data.items()}
    if hasattr(data, "columns"):
        if len(data.columns) == 1:
            return {default: data[data.columns[0]].tolist()}
        return {str(name): data[name].tolist() for name in data.columns}
    if getattr(data, "ndim", 1) == 2 and data.shape[1] == 1:
        data = data[:, 0]
    return {default: data.tolist() if hasattr(data, "tolist") else list(data)}


def _check_distinct(labels: Sequence[Any]) -> None:
    """Raise ValueError for two labels with one name, as 1 and "1"."""
    found: dict[str, Any] = {}
    for label in labels:
        if label == label and found.setdefault(str(label), label) != label:  # NaN is not equal to itself
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
