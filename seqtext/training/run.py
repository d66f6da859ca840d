"""A whole training run: raw columns and labels in, a trained model out."""

import dataclasses
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtext.data.splitting import split_rows
from seqtext.errors import BundleError, DataError
from seqtext.language import LanguageModel
from seqtext.model import Made, TrainedModel
from seqtext.models.rows import Rows
from seqtext.models.spec import ModelSpec
from seqtext.preprocess import LabelEncoder
from seqtext.recipes import Recipe, adapt, facts_of
from seqtext.training import wide
from seqtext.training.imbalance import adjusted
from seqtext.training.interrupts import hold_interrupts
from seqtext.training.pretrained import start_from, with_vectors
from seqtext.training.progress import Progress
from seqtext.training.quiet import no_retracing_warnings
from seqtext.training.transfer import WIDTHS, extend_vocabularies, load_networks, with_networks

if TYPE_CHECKING:
    import keras

# Rows on which the ONNX graph is compared with Keras, and the difference in a probability that is still rounding.
COMPARED_ROWS = 256
TOLERANCE = 1e-5


@dataclass(frozen=True)
class LabelledRows:
    """
    Rows to learn from, checked and with their labels encoded; get them from `labelled_rows`.

    Parameters
    ----------
    inputs
        One value a row, by input name, as `Recipe.read` gives it.
    labels
        The encoder of each output's labels.
    targets
        Label indices, int64 of shape (rows,), by output name.
    columns
        The column of the data behind each input and output.
    """

    inputs: dict[str, list[Any]]
    labels: dict[str, LabelEncoder]
    targets: dict[str, np.ndarray]
    columns: dict[str, str]

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))

    def label_names(self, output: str) -> list[str]:
        """Return the label of each row by its name."""
        names = self.labels[output].classes_
        return [names[index] for index in self.targets[output].tolist()]


@dataclass(frozen=True)
class Origin:
    """Where a training run comes from, for people: name of the recipe, source of the rows, and the corpus if known."""

    recipe: str = "custom"
    source: str = "memory"
    title: str = ""
    corpus: str = ""
    test_rows: int = 0


def labelled_rows(
    inputs: Mapping[str, Sequence[Any]],
    labels: Mapping[str, Sequence[Any]],
    columns: Mapping[str, str] | None = None,
    *,
    recipe: Recipe | None = None,
) -> LabelledRows:
    """
    Check rows and encode their labels.

    Parameters
    ----------
    inputs
        Equally long columns by input name; of a text: strings, or None and NaN where it is missing.
    labels
        Columns by output name; a label is a string, an int or a bool.
    columns
        What the columns are called in the data, where that is not the name of the input or output.
    recipe
        Of what kind each input is; without it all are texts.

    Raises
    ------
    DataError
        If there is nothing to learn from these rows.
    """
    values = (recipe or Recipe()).read(inputs)
    lengths = {len(column) for column in (*values.values(), *labels.values())}
    if len(lengths) != 1:
        raise ValueError(f"texts and labels must be equally long, but have {sorted(lengths)} rows")
    if not lengths.pop():
        raise DataError("there are no rows to train on")
    encoders = {name: LabelEncoder().fit(column) for name, column in labels.items()}
    for name, encoder in encoders.items():
        if len(encoder) < 2:
            raise DataError(
                f"all {len(labels[name]):,} rows have the {name} {encoder.classes_[0]!r}, so there is nothing to "
                "learn; give rows with at least two labels"
            )
    targets = {name: encoder.transform(labels[name]) for name, encoder in encoders.items()}
    return LabelledRows(values, encoders, targets, dict(columns or {name: name for name in (*values, *labels)}))


def train(
    rows: LabelledRows,
    recipe: Recipe,
    *,
    origin: Origin | None = None,
    progress: Progress | None = None,
    publish: Callable[[TrainedModel], Any] | None = None,
    networks: Mapping[str, LanguageModel] | None = None,
    watched: LabelledRows | None = None,
) -> "tuple[TrainedModel, keras.Model | None]":
    """
    Train a model; return it, and the Keras model that it, or its recurrent half, was made from.

    A share of the rows is held out for early stopping, with equal texts on one side; neither words nor weights of
    what Keras trains are learned from them. In the end the n-grams learn from them, too.

    Parameters
    ----------
    rows
        What to learn from.
    recipe
        How.
    origin
        What the model is to tell of its making.
    progress
        Who is told how it goes.
    publish
        Called with the trained model before any interrupt is listened to again.
    networks
        Pre-trained ones that the recipe starts from, where they are in no folder.
    watched
        Rows to watch instead of a share of ``rows``, from `seqtext.training.watched`. Nothing at all is learned from
        these: they decide which epoch is kept, and how the halves of the model are mixed.

    Raises
    ------
    DataError
        If a label cannot stand on both sides of the validation split.
    BundleError
        If the ONNX graph does not give what Keras gives.
    """
    recipe.check_names(list(rows.inputs), list(rows.targets))
    recipe, _ = fitted(recipe, rows)
    progress, began = progress or Progress(), time.monotonic()
    wide.require_packages([recipe.input(name) for name in rows.inputs])
    networks = load_networks(recipe, rows.inputs, networks)
    preparers, training, validation = prepared(rows, recipe, watched, networks, progress)
    spec = recipe.spec(preparers, {name: len(encoder) for name, encoder in rows.labels.items()})
    spec, vectors = with_vectors(spec, preparers, seed=recipe.rows.seed, progress=progress)
    spec, start = with_networks(spec, preparers, networks)
    deep = wide.deep_half(spec)
    model: Any = None
    weights: dict[str, np.ndarray] = {}
    history: list[dict[str, float]] = []
    was_stopped = False
    if deep:
        model, history, was_stopped = _train_deep(deep, training, validation, recipe, progress, vectors | start)
    with hold_interrupts():
        if deep:
            from seqtext.models.build import get_weights

            weights = get_weights(model, deep)
        mixed: dict[str, tuple[float, ...]] = {}
        if deep != spec:
            parts = (training, validation)
            weights, mixed = _with_wide(spec, deep, model, weights, *parts, recipe, watched is None)
        weights = adjusted(weights, spec, rows.targets, recipe.training.logit_adjustment)
        made = made_now(origin or Origin(), training, validation, history, began, was_stopped, mixed)
        trained = TrainedModel(recipe, spec, preparers, rows.labels, rows.columns, weights, made, history)
        if deep:
            from seqtext.models.build import build_reference

            with no_retracing_warnings():
                seen = validation if len(validation) else training
                compare(build_reference(spec, weights), trained, seen.first(COMPARED_ROWS))
        if publish:
            publish(trained)
    return trained, model


def prepared(
    rows: LabelledRows,
    recipe: Recipe,
    watched: LabelledRows | None,
    networks: Mapping[str, LanguageModel],
    progress: Progress,
) -> tuple[dict[str, Any], Rows, Rows]:
    """Return what prepares each input, having seen the training rows only, and the rows to learn from and to watch."""
    if watched is None:
        kept, held_out = validation_split(rows, recipe)
    else:
        kept, held_out = np.arange(len(rows)), np.arange(len(watched))
    preparers = fit_preparers(rows, recipe, kept)
    extend_vocabularies(recipe, preparers, networks, progress)
    return preparers, _encode(rows, preparers, kept), _encode(watched or rows, preparers, held_out)


def made_now(
    origin: Origin,
    training: Rows,
    validation: Rows,
    history: Sequence[Mapping[str, float]],
    began: float,
    was_stopped: bool,
    mixed: dict[str, tuple[float, ...]] | None = None,
) -> Made:
    """Return how a model was made that is ready now."""
    return Made(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        recipe=origin.recipe,
        source=origin.source,
        title=origin.title,
        corpus=origin.corpus,
        rows={"training": len(training), "validation": len(validation), "test": origin.test_rows},
        epochs=len(history),
        seconds=round(time.monotonic() - began, 1),
        was_stopped=was_stopped,
        versions=versions(),
        mixed=mixed or {},
    )


def _train_deep(
    spec: ModelSpec,
    training: Rows,
    validation: Rows,
    recipe: Recipe,
    progress: Progress,
    start: Mapping[str, np.ndarray] | None = None,
) -> "tuple[keras.Model, list[dict[str, float]], bool]":
    """Train what Keras can train."""
    from seqtext.models.build import build, precision
    from seqtext.training.fit import fit

    with no_retracing_warnings():
        with precision(recipe.training.precision):
            model = build(spec, seed=recipe.rows.seed)
        start_from(model, spec, start or {})
        watched = wide.deep_rows(validation, spec) if len(validation) else None
        history, was_stopped = fit(model, spec, wide.deep_rows(training, spec), watched, recipe, progress=progress)
    return model, history, was_stopped


def _with_wide(
    spec: ModelSpec,
    deep: ModelSpec | None,
    model: "keras.Model | None",
    weights: dict[str, np.ndarray],
    training: Rows,
    validation: Rows,
    recipe: Recipe,
    learn_watched: bool,
) -> tuple[dict[str, np.ndarray], dict[str, tuple[float, ...]]]:
    """
    Return the weights with the wide half in them, and the weights of the mix, wide before deep, by output.

    The mix is found on the validation rows by a wide half that has not seen them; then it is solved once more from all
    rows, for it needs none to watch, unless they are not to be learned from.
    """
    usual = (wide.USUAL_WIDE, wide.USUAL_DEEP if deep else 0.0)
    mixed: dict[str, tuple[float, ...]] = dict.fromkeys(training.targets, usual)
    features, seed = wide.features_of(training, spec), recipe.rows.seed
    solved = wide.solve(features, training.targets, spec, seed=seed)
    if len(validation):
        from scipy import sparse

        unseen = wide.features_of(validation, spec)
        answers = _deep_answers(model, deep, validation) if deep else {}
        wide_logits, first = unseen @ solved[0] + solved[1], 0
        for head in spec.outputs:
            width = wide.answer_width(head)
            halves = [wide_logits[:, first : first + width]]
            if deep:
                halves.append(wide.logits_of(answers[head.name], width))
            found = wide.mix(halves, usual[: len(halves)], validation.targets[head.name])
            mixed[head.name] = (float(found[0]), float(found[1]) if deep else 0.0)
            first += width
        if learn_watched:
            targets = {name: np.concatenate([one, validation.targets[name]]) for name, one in training.targets.items()}
            solved = wide.solve(sparse.vstack([features, unseen]).tocsr(), targets, spec, seed=seed)
    return wide.assemble(spec, deep, weights, solved, mixed), dict(mixed)


def _deep_answers(model: "keras.Model", deep: ModelSpec, rows: Rows) -> dict[str, np.ndarray]:
    from seqtext.training.fit import predict

    return predict(model, wide.deep_rows(rows, deep))


def fit_preparers(rows: LabelledRows, recipe: Recipe, kept: np.ndarray) -> dict[str, Any]:
    """Return what prepares each input, having seen the rows with the numbers ``kept``."""
    return {name: recipe.input(name).preparer().fit([column[i] for i in kept]) for name, column in rows.inputs.items()}


def fitted(recipe: Recipe, rows: LabelledRows) -> tuple[Recipe, dict[str, str]]:
    """Return the recipe with what it leaves to rules, and what was chosen and why; see `seqtext.recipes.adapt`."""
    if not recipe.adapt:
        return recipe, {}
    labels = [len(encoder) for encoder in rows.labels.values()]
    texts = [recipe.text, *recipe.inputs.values()]
    encoders = [one for text in texts for one in getattr(text, "encoders", ())]
    has_vectors = any(getattr(one, "vectors", "") or getattr(one, "pretrained", "") for one in encoders)
    if any(getattr(one, "pretrained", "") for one in encoders):  # the widths are those of the network
        recipe = dataclasses.replace(recipe, adapt=tuple(one for one in recipe.adapt if one not in WIDTHS))
    return adapt(recipe, facts_of(rows.inputs, labels, has_vectors=has_vectors))


def validation_split(rows: LabelledRows, recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    """Return row numbers to learn from and row numbers to watch; the second part is empty where none is wanted."""
    share = recipe.rows.validation_share
    if not share:
        return np.arange(len(rows)), np.arange(0)
    first = rows.label_names(next(iter(rows.targets)))
    return split_rows(first, joined(rows.inputs), share=share, seed=recipe.rows.seed)


def joined(inputs: Mapping[str, Sequence[Any]]) -> list[str]:
    """Return one text per row, for finding duplicates and for the linear model: all values as words."""
    return ["\n".join(map(str, row)) for row in zip(*inputs.values(), strict=True)]


def _encode(rows: LabelledRows, preparers: Mapping[str, Any], chosen: np.ndarray) -> Rows:
    columns = {name: [column[i] for i in chosen] for name, column in rows.inputs.items()}
    return Rows.encode(preparers, columns, {name: target[chosen] for name, target in rows.targets.items()})


def versions() -> dict[str, str]:
    """Return the versions of what a trained model depends on."""
    found = {"python": platform.python_version()}
    for name in ("seqtext", "numpy", "keras", "tensorflow"):
        with suppress(metadata.PackageNotFoundError):  # a bag alone is trained without Keras
            found[name] = metadata.version(name)
    return found


def compare(model: "keras.Model", trained: TrainedModel, rows: Rows) -> None:
    """Raise BundleError if ONNX Runtime and Keras, both on the CPU, differ by more than 1e-5 on these rows."""
    import keras

    from seqtext.training.fit import predict

    with keras.device("cpu:0"):
        by_keras = predict(model, rows)
    for indices, feed in rows.batches(64):
        for name, answer in trained.run(feed).items():
            difference = float(np.abs(answer - by_keras[name][indices]).max())
            if not difference <= TOLERANCE:
                raise BundleError(
                    f"the ONNX graph differs from Keras by {difference:.1e} in {name!r}, where {TOLERANCE:.0e} is "
                    "allowed; the model was not saved: please report this with the recipe"
                )
