"""Recipe: what can be asked of a training run, in sections, as frozen dataclasses."""

import dataclasses
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from seqtext.errors import BadValueError, DataError, RecipeError, did_you_mean, listed
from seqtext.models.heads import HEADS
from seqtext.models.sharing import Comparison
from seqtext.models.sides import all_encoders, is_wide
from seqtext.models.spec import INPUT_SETTINGS, MAX_PARTS, Dense, ModelSpec
from seqtext.models.text import TextSettings, bags_of, unlike
from seqtext.preprocess.labels import Encoder
from seqtext.preprocess.text_column import fit_together
from seqtext.schema import check_settings, one_of, setting

T = TypeVar("T")
MAX_SEPARATOR = 16
# Our names, which are Keras' in small letters, and the classes of keras.optimizers.
OPTIMIZERS = {
    "adam": "Adam",
    "adamw": "AdamW",
    "nadam": "Nadam",
    "adamax": "Adamax",
    "rmsprop": "RMSprop",
    "sgd": "SGD",
    "adagrad": "Adagrad",
    "adadelta": "Adadelta",
    "adafactor": "Adafactor",
    "ftrl": "Ftrl",
    "lamb": "Lamb",
    "lion": "Lion",
    "muon": "Muon",
}


@dataclass(frozen=True)
class Output:
    """
    What can be asked of an output.

    Parameters
    ----------
    head
        The kind of answer; see `seqtext.models.heads`.
    separator
        What stands between the labels of a row with several; empty where each row has a list of them.
    thresholds
        Whether the labels of a row with several are given from 0.5 on after each was drawn to the best F1 on the
        validation rows ("f1"), or as they are ("none"), which keeps the probabilities what they say.
    loss_weight
        How much the output counts in the loss that the network is trained by; what is watched does not change.
    """

    head: str = setting("multiclass", choices=HEADS)
    separator: str = setting("")
    thresholds: str = setting("f1", choices=("f1", "none"))
    loss_weight: float = setting(1.0, low=0, high=1_000)

    def __post_init__(self) -> None:
        check_settings(self)
        if len(self.separator) > MAX_SEPARATOR:
            raise RecipeError(f"separator is of {len(self.separator):,} characters, expected at most {MAX_SEPARATOR}")

    def encoder(self) -> Encoder:
        """Return what makes targets of labels."""
        return HEADS[self.head].encoder(self.separator)


@dataclass(frozen=True)
class Training:
    """
    How the weights are learned.

    Parameters
    ----------
    optimizer
        By Keras' name.
    learning_rate
        Of the optimizer, where it is highest.
    schedule
        Whether the learning rate stays, falls along a cosine, runs through one cycle or falls on a plateau; see
        `seqtext.training.rates.rate_at`.
    warmup
        The share of all batches over which the learning rate rises before that.
    plateau_factor
        On a plateau: by what the rate is multiplied.
    plateau_patience
        On a plateau: after how many epochs without a better one on the validation rows.
    clipnorm
        The longest that a gradient may be, each weight's by itself; 0 clips nothing.
    clipvalue
        The largest that a number of a gradient may be; 0 clips nothing, else there is no ``clipnorm``.
    precision
        What Keras computes in; the weights are float32 in any case.
    cudnn
        Whether a GPU runs LSTM and GRU on cuDNN where it can ("auto"), must do so ("require"), or may not ("off").
    batch_size
        Rows that are learned from at once.
    epochs
        How often all rows are learned from, at most.
    accumulation
        Batches whose gradients are averaged before the weights change.
    min_steps
        A file of a few hundred rows has only a few batches, so there are as many more epochs, and as much more
        patience, as an uninterrupted training needs for that many batches; setting ``epochs`` turns it off.
    early_stopping
        What is watched on the validation rows, to stop where it gets no better and keep the best epoch.
    patience
        For how many epochs without a better one training goes on.
    early_stopping_output
        The output that is watched; empty for the mean over all.
    class_weight
        "balanced" weighs rows of rare labels more.
    logit_adjustment
        How far answers are drawn towards rare labels once all is learned: 0 not at all, 1 as if all labels were equally
        frequent. It lifts macro-F1, and makes the probabilities those of rows with more of the rare labels.
    label_smoothing
        The share of each target that is spread evenly over all labels.
    training_scores
        Whether up to 5,000 training rows are scored after each epoch like the validation rows: without dropout,
        penalties and smoothing, so that both can be compared.
    """

    optimizer: str = setting("adam", choices=OPTIMIZERS)
    learning_rate: float = setting(2e-3, low=1e-8, high=10)
    schedule: str = setting("cosine", choices=("constant", "cosine", "one_cycle", "plateau"))
    warmup: float = setting(0.1, low=0, high=1)
    plateau_factor: float = setting(0.5, low=0.001, high=1)
    plateau_patience: int = setting(1, low=1, high=100_000)
    clipnorm: float = setting(1.0, low=0, high=1e6)
    clipvalue: float = setting(0.0, low=0, high=1e6)
    precision: str = setting("float32", choices=("float32", "mixed_bfloat16", "mixed_float16"))
    cudnn: str = setting("auto", choices=("auto", "require", "off"))
    batch_size: int = setting(64, low=1, high=100_000)
    accumulation: int = setting(1, low=1, high=10_000)
    epochs: int = setting(8, low=1, high=100_000)
    min_steps: int = setting(300, low=0, high=10_000_000)
    early_stopping: str = setting("loss", choices=("macro_f1", "loss", "none"))
    early_stopping_output: str = setting("")
    patience: int = setting(2, low=0, high=100_000)
    class_weight: str = setting("none", choices=("none", "balanced"))
    logit_adjustment: float = setting(0.0, low=0, high=1)
    label_smoothing: float = setting(0.1, low=0, high=0.9)
    training_scores: bool = False

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True)
class Rows:
    """
    Which rows are held out.

    Parameters
    ----------
    test_share
        Share of the rows for the score; 0 for none.
    validation_share
        Share of the other rows to watch training by; 0 for none.
    split
        Whether equal texts are kept on one side ("leak_free"), or it is "random" as on the course slides.
    seed
        Of the splits, the weights and the batches.
    """

    test_share: float = setting(0.2, low=0, high=0.9)
    validation_share: float = setting(0.1, low=0, high=0.9)
    split: str = setting("leak_free", choices=("leak_free", "random"))
    seed: int = setting(42, low=0, high=2**31 - 1)

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True)
class Recipe:
    """
    All that can be chosen for a training run; whatever is not set has the default given here.

    Parameters
    ----------
    text
        Settings of every text input that ``inputs`` does not name.
    inputs
        Settings of inputs by name.
    dense
        Layers between the joined inputs and the outputs; see `seqtext.models.spec.Dense`.
    head_dropout
        Share of what the outputs read that is dropped, in training only.
    texts
        Whether several texts have words and encoders of their own ("apart"), share one set of both ("shared"), or share
        them and have difference and product of their vectors, pair by pair, beside these ("compared"); see
        `seqtext.models.sharing`.
    output
        Settings of every output that ``outputs`` does not name.
    outputs
        Settings of outputs by name.
    adapt
        Settings that are left to the rules of `seqtext.recipes.adapt`, which look at the rows.
    """

    description: str = "a recurrent network alone, as it is set"
    text: TextSettings = TextSettings()
    inputs: dict[str, Any] = one_of(INPUT_SETTINGS, {})
    dense: tuple[Dense, ...] = ()
    head_dropout: float = setting(0.5, low=0, high=0.95)
    texts: str = setting("apart", choices=("apart", "shared", "compared"))
    output: Output = Output()
    outputs: dict[str, Output] = field(default_factory=dict)
    training: Training = Training()
    rows: Rows = Rows()
    adapt: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_settings(self)
        if self.training.early_stopping != "none" and not self.rows.validation_share:
            raise RecipeError(
                "early stopping watches validation rows, but validation_share is 0; set early_stopping=none"
            )
        if self.training.schedule == "plateau" and not self.rows.validation_share:
            raise RecipeError(
                "the schedule plateau watches validation rows, but validation_share is 0; set another schedule"
            )

    def input(self, name: str) -> Any:
        """Return the settings of the input ``name``."""
        return self.inputs.get(name, self.text)

    def output_of(self, name: str) -> Output:
        """Return the settings of the output ``name``."""
        return self.outputs.get(name, self.output)

    def with_kinds(self, kinds: Mapping[str, str]) -> "Recipe":
        """Return the recipe with inputs of these kinds by name, as they usually are where it says nothing of them."""
        asked = {name: INPUT_SETTINGS[kind]() for name, kind in kinds.items() if self.input(name).kind != kind}
        return dataclasses.replace(self, inputs={**self.inputs, **asked})

    def text_columns(self, inputs: Mapping[str, T]) -> dict[str, T]:
        """Return those of some columns that are texts; all, if none is."""
        return {name: inputs[name] for name in self._text_names(inputs)} or dict(inputs)

    def sharing(self, inputs: Iterable[str]) -> list[str]:
        """Return the names of those inputs that share words and encoders; a RecipeError if they cannot."""
        if self.texts == "apart":
            return []
        names = self._text_names(inputs)
        if len(names) < 2:
            raise RecipeError(
                f"texts is {self.texts!r}, but there is only one text; give another --text, or set texts=apart"
            )
        for name in names[1:]:
            if different := unlike(self.input(names[0]), self.input(name)):
                raise RecipeError(
                    f"texts is {self.texts!r}, but {different[0]} is not the same for {names[0]!r} and {name!r}; "
                    "set it for all texts, or set texts=apart"
                )
        encoders = self.input(names[0]).encoders
        if len(bags_of(encoders)) == len(encoders):
            raise RecipeError(
                f"texts is {self.texts!r}, but the recipe has only bags, which each text has for itself; take one with "
                "a recurrent encoder, or set texts=apart"
            )
        pairs = math.comb(len(names), 2)
        if self.texts == "compared" and pairs > MAX_PARTS:
            raise RecipeError(
                f"texts is 'compared', but {len(names)} texts make {pairs:,} pairs, and at most {MAX_PARTS} can be "
                "compared; give fewer texts, or set texts=shared"
            )
        return names

    def _text_names(self, inputs: Iterable[str]) -> list[str]:
        return [name for name in inputs if self.input(name).kind == TextSettings.kind]

    def read(
        self, columns: Mapping[str, Sequence[Any]], names: Mapping[str, str] | None = None
    ) -> dict[str, list[Any]]:
        """
        Return raw columns by input name as the values that the kind of each input works with.

        TypeError or DataError names the column, and the row, of what is no such value; ``names`` are those of the
        columns in the data, by input name, where they are others.
        """
        found = {}
        for name, column in columns.items():
            try:
                found[name] = self.input(name).read(column)
            except BadValueError as error:
                raise error.at((names or {}).get(name, name)) from error
            except (TypeError, DataError) as error:
                raise type(error)(f"{name}: {error}") from error
        return found

    def preparers(self, columns: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
        """Return what prepares each input, having learned from these columns, as `read` gives them."""
        found = {name: self.input(name).preparer() for name in columns}
        sharing = self.sharing(columns)
        fit_together({name: found[name] for name in sharing}, columns)
        for name, preparer in found.items():
            if name not in sharing:
                preparer.fit(columns[name])
        return found

    def spec(self, preparers: Mapping[str, Any], label_counts: Mapping[str, int]) -> ModelSpec:
        """
        Return the model for these columns.

        Parameters
        ----------
        preparers
            What prepares each input, fitted, by input name.
        label_counts
            How many labels each output has, by output name.
        """
        heads = [HEADS[self.output_of(name).head](name, count) for name, count in label_counts.items()]
        answers = sum(head.weight_shapes(1)["answer/bias"][0] for head in heads)
        parts = [self.input(name).part(name, preparer, answers) for name, preparer in preparers.items()]
        sides = [is_wide(encoder) for encoder in all_encoders(parts)]
        if any(sides):  # what is read beside texts belongs to the halves that the texts have
            parts = [
                dataclasses.replace(part, answers=answers, is_deep=not all(sides)) if hasattr(part, "is_deep") else part
                for part in parts
            ]
        sharing = self.sharing(preparers)
        parts = [dataclasses.replace(part, shares=sharing[0]) if part.name in sharing[1:] else part for part in parts]
        pairs = itertools.combinations(sharing, 2) if self.texts == "compared" else ()
        comparisons = tuple(Comparison(*pair) for pair in pairs)
        return ModelSpec(tuple(parts), tuple(heads), self.dense, self.head_dropout, comparisons)

    def check_names(self, inputs: list[str], outputs: list[str]) -> None:
        """Raise RecipeError if the recipe asks for an input or output that the data lacks, or texts cannot share."""
        for what, named, known in (("input", self.inputs, inputs), ("output", self.outputs, outputs)):
            if strange := [name for name in named if name not in known]:
                name, hint = strange[0], did_you_mean(strange[0], known)
                option = f"--{getattr(named[name], 'kind', 'label')}"
                raise RecipeError(
                    f"the recipe has settings for the {what} {name!r}, but only {listed(known)} "
                    f"{'is' if len(known) == 1 else 'are'} read{hint or f'; name its column, as in {option} {name}'}"
                )
        self.sharing(inputs)
        watched = self.training.early_stopping_output
        if watched and watched not in outputs:
            hint = did_you_mean(watched, outputs) or f"; there is {listed(outputs)}"
            raise RecipeError(f"early_stopping_output is {watched!r:.80}, which is no output{hint}")


# The sections whose fields have names of their own; encoders, inputs and outputs are found by name or kind.
SECTIONS = ("training", "rows")
