"""Recipe: every knob of a training run, as one flat frozen dataclass, and the recipes that have a name."""

import dataclasses
import json
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from seqtext.errors import RecipeError, did_you_mean
from seqtext.models.spec import (
    ACTIVATIONS,
    CELLS,
    HEAD_KINDS,
    INITIALIZERS,
    POOLINGS,
    Head,
    ModelSpec,
    TextInput,
)
from seqtext.preprocess import TextPipeline
from seqtext.preprocess.clean import compile_steps
from seqtext.preprocess.contract import check_choice
from seqtext.preprocess.split import SPLITTERS

OPTIMIZERS = ("adam", "adamw", "nadam", "rmsprop", "sgd", "adagrad")
SCHEDULES = ("constant", "cosine")
EARLY_STOPPING = ("macro_f1", "loss", "none")
SPLITS = ("leak_free", "random")
CLASS_WEIGHTS = ("none", "balanced")


@dataclass(frozen=True)
class Recipe:
    """
    All that can be chosen for a training run; whatever is not set has the default given here.

    Each group is documented where it acts: text in `TextPipeline`, model in `TextInput`, training in
    `seqtext.training.fit`. A file of a few hundred rows has only a few batches, so there are as many more epochs,
    and as much more patience, as an uninterrupted training needs for ``min_steps`` batches; setting ``epochs`` by
    hand turns that off. ``test_share`` and
    ``validation_share`` are fractions of the rows; 0 leaves the part out.
    """

    description: str = "a good start for any short or medium text"
    # text
    clean: tuple[Any, ...] = ("unicode", "lowercase", "spaces")
    tokens: str = "words"
    num_words: int = 20_000
    min_count: int = 2
    max_length: int | None = 256
    truncating: str = "middle"
    # model
    embedding_dim: int = 64
    cell: str = "lstm"
    units: int = 64
    layers: int = 1
    bidirectional: bool = True
    pooling: str = "max_mean"
    activation: str = "tanh"
    initializer: str = "glorot_uniform"
    word_dropout: float = 0.2
    embedding_dropout: float = 0.5
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    head_dropout: float = 0.5
    l1: float = 0.0
    l2: float = 0.0
    head: str = "multiclass"
    # training
    optimizer: str = "adam"
    learning_rate: float = 2e-3
    schedule: str = "cosine"
    warmup: float = 0.1
    clipnorm: float = 1.0
    batch_size: int = 64
    epochs: int = 8
    min_steps: int = 300
    early_stopping: str = "loss"
    patience: int = 2
    class_weight: str = "none"
    label_smoothing: float = 0.1
    # rows
    test_share: float = 0.2
    validation_share: float = 0.1
    split: str = "leak_free"
    seed: int = 42

    def __post_init__(self) -> None:
        check(self)

    def pipeline(self) -> TextPipeline:
        """An unfitted pipeline with this recipe's text settings."""
        return TextPipeline(
            clean=self.clean,
            tokens=self.tokens,
            num_words=self.num_words,
            min_count=self.min_count,
            max_length=self.max_length,
            truncating=self.truncating,
        )

    def spec(self, vocabulary_sizes: Mapping[str, int], label_counts: Mapping[str, int]) -> ModelSpec:
        """The model for these inputs (name to vocabulary size) and outputs (name to number of labels)."""
        shared = {field.name for field in dataclasses.fields(TextInput)} - {"name", "vocabulary_size"}
        options = {name: getattr(self, name) for name in shared}
        return ModelSpec(
            tuple(TextInput(name, size, **options) for name, size in vocabulary_sizes.items()),
            tuple(Head(name, count, self.head) for name, count in label_counts.items()),
            self.head_dropout,
        )


CHOICES = {
    "cell": CELLS,
    "pooling": POOLINGS,
    "activation": ACTIVATIONS,
    "initializer": INITIALIZERS,
    "head": HEAD_KINDS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "early_stopping": EARLY_STOPPING,
    "split": SPLITS,
    "class_weight": CLASS_WEIGHTS,
    "truncating": ("pre", "middle", "post"),
}
# Name -> smallest and largest sensible value; the model's own bounds are checked again in models/spec.py.
BOUNDS = {
    "num_words": (3, 5_000_000),
    "min_count": (1, 1_000_000),
    "max_length": (1, 100_000),
    "embedding_dim": (1, 4_096),
    "units": (1, 4_096),
    "layers": (1, 16),
    "word_dropout": (0, 0.95),
    "embedding_dropout": (0, 0.95),
    "dropout": (0, 0.95),
    "recurrent_dropout": (0, 0.95),
    "head_dropout": (0, 0.95),
    "l1": (0, 100),
    "l2": (0, 100),
    "learning_rate": (1e-8, 10),
    "warmup": (0, 1),
    "clipnorm": (0, 1e6),
    "label_smoothing": (0, 0.9),
    "batch_size": (1, 100_000),
    "epochs": (1, 100_000),
    "min_steps": (0, 10_000_000),
    "patience": (0, 100_000),
    "test_share": (0, 0.9),
    "validation_share": (0, 0.9),
    "seed": (0, 2**31 - 1),
}


def check(recipe: Recipe) -> None:
    """Raise RecipeError naming the first setting that is outside what it may be."""
    for name, hint in typing.get_type_hints(Recipe).items():
        _check_type(name, getattr(recipe, name), hint)
    for name, choices in CHOICES.items():
        value = getattr(recipe, name)
        if value not in choices:
            raise RecipeError(
                f"{name} is {value!r}, expected one of {', '.join(choices)}{did_you_mean(str(value), choices)}"
            )
    for name, (low, high) in BOUNDS.items():
        value = getattr(recipe, name)
        if value is not None and not low <= value <= high:
            raise RecipeError(f"{name} is {value}, expected {low:,} to {high:,}")
    compile_steps(recipe.clean)
    check_choice("tokens", recipe.tokens, SPLITTERS)
    if recipe.early_stopping != "none" and not recipe.validation_share:
        raise RecipeError("early stopping watches validation rows, but validation_share is 0; set early_stopping=none")


def _check_type(name: str, value: Any, hint: Any) -> None:
    optional = isinstance(hint, types.UnionType)
    kind = typing.get_args(hint)[0] if optional else typing.get_origin(hint) or hint
    # True is an int to Python, not to a reader of a recipe; and a number without a point is a number.
    fits = type(value) is kind or (kind is float and type(value) is int) or (optional and value is None)
    if not fits:
        expected = {int: "a whole number", float: "a number", bool: "True or False", tuple: "a tuple"}
        raise RecipeError(f"{name} is {value!r:.60}, expected {expected.get(kind, 'a word')}")


RECIPES = {
    "general": Recipe(),
    "sentiment": Recipe(
        description="tweets and other short posts: handles and links become one word each, bidirectional LSTM",
        clean=("tweets",),
        max_length=64,
        early_stopping="macro_f1",
        epochs=6,
    ),
    "imdb": Recipe(
        description="long reviews: html removed, beginning and end kept, bidirectional LSTM",
        clean=("reviews",),
        max_length=400,
        embedding_dim=128,
        word_dropout=0.3,
        label_smoothing=0.05,
        epochs=3,
        patience=3,
        validation_share=0.05,
    ),
    "authors": Recipe(
        description="who wrote it: case and punctuation are kept, bidirectional LSTM",
        clean=("authors",),
        max_length=128,
        embedding_dim=128,
        epochs=5,
        validation_share=0.05,
    ),
    "slides/imdb-simple-rnn": Recipe(
        description="the course's IMDB model: Embedding(10000, 32), SimpleRNN(32), sigmoid; Keras has no cuDNN "
        "kernel for it",
        clean=("slides/imdb",),
        tokens="keras",
        num_words=10_000,
        min_count=1,
        max_length=500,
        truncating="pre",
        embedding_dim=32,
        cell="simple_rnn",
        units=32,
        bidirectional=False,
        pooling="last",
        word_dropout=0.0,
        embedding_dropout=0.0,
        head_dropout=0.0,
        label_smoothing=0.0,
        head="binary",
        optimizer="rmsprop",
        learning_rate=1e-3,
        schedule="constant",
        clipnorm=0.0,
        batch_size=128,
        epochs=10,
        min_steps=0,
        early_stopping="none",
        validation_share=0.2,
    ),
    "slides/gop-lstm": Recipe(
        description="the course's tweet model: 2,000 words, Embedding(128), LSTM(196) with dropout and recurrent "
        "dropout 0.2; recurrent dropout costs the cuDNN kernel, so a GPU trains it slowly",
        clean=("slides/gop",),
        tokens="keras",
        num_words=2_000,
        min_count=1,
        max_length=None,
        truncating="pre",
        embedding_dim=128,
        cell="lstm",
        units=196,
        bidirectional=False,
        pooling="last",
        word_dropout=0.0,
        embedding_dropout=0.0,
        dropout=0.2,
        recurrent_dropout=0.2,
        head_dropout=0.0,
        label_smoothing=0.0,
        optimizer="adam",
        learning_rate=1e-3,
        schedule="constant",
        clipnorm=0.0,
        batch_size=32,
        epochs=7,
        min_steps=0,
        early_stopping="none",
        test_share=0.33,
        validation_share=0.0,
    ),
}


def find_recipe(name: str) -> Recipe:
    """The recipe called ``name``; RecipeError with the nearest name if there is none."""
    if name not in RECIPES:
        raise RecipeError(f"no recipe {name!r}; there are {', '.join(RECIPES)}{did_you_mean(name, RECIPES)}")
    return RECIPES[name]


def configure(recipe: Recipe, settings: Iterable[str]) -> Recipe:
    """
    Change a recipe by settings written ``name=value``, as the command line gives them.

    Lists are separated by commas; a JSON list is taken where a value holds commas itself.

    >>> changed = configure(RECIPES["general"], ["units=32", "clean=lowercase,urls", "max_length=none"])
    >>> changed.units, changed.clean, changed.max_length
    (32, ('lowercase', 'urls'), None)
    """
    hints = typing.get_type_hints(Recipe)
    changes = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        name = name.strip().replace("-", "_")
        if not equals:
            raise RecipeError(f"{setting!r} is not a setting; write it as name=value, for example units=128")
        if name not in hints:
            known = [setting for setting in hints if setting != "description"]
            hint = did_you_mean(name, known) or f"; there are {', '.join(known)}"
            raise RecipeError(f"no setting {name!r}{hint}")
        changes[name] = _parse(hints[name], name, value.strip())
    return changed(recipe, changes)


def changed(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """
    ``recipe`` with other settings; who asks for a number of epochs gets that number, however few batches they are.

    >>> changed(RECIPES["general"], {"epochs": 2}).min_steps
    0
    """
    exact = {"min_steps": 0} if "epochs" in changes else {}
    return dataclasses.replace(recipe, **{**exact, **changes})


def _parse(hint: Any, name: str, value: str) -> Any:
    if isinstance(hint, types.UnionType):
        if value.lower() in ("none", ""):
            return None
        hint = typing.get_args(hint)[0]
    if hint is bool:
        known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if value.lower() not in known:
            raise RecipeError(f"{name} is {value!r}, expected true or false")
        return known[value.lower()]
    if typing.get_origin(hint) is tuple:
        return _parse_list(name, value)
    if hint is str:
        return value
    try:
        return hint(value.replace("_", ""))
    except ValueError:
        kind = "a whole number" if hint is int else "a number"
        raise RecipeError(f"{name} is {value!r}, expected {kind}") from None


def _parse_list(name: str, value: str) -> tuple[Any, ...]:
    if not value.startswith("["):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    try:
        return tuple(json.loads(value))
    except ValueError as error:
        raise RecipeError(f"{name} is not a JSON list: {error}; found {value!r}") from error
