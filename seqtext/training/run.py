"""A whole training run: raw columns and labels in, a trained model out."""

import dataclasses
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtext.language import LanguageModel
from seqtext.model import Made, TrainedModel
from seqtext.models.heads import labelled
from seqtext.models.rows import Rows
from seqtext.models.sides import all_encoders
from seqtext.models.spec import ModelSpec, plain_name, weight_shapes
from seqtext.recipes import Recipe
from seqtext.recipes.adapt import adapt, facts_of
from seqtext.recipes.change import flat_settings
from seqtext.schema import flattened, to_plain
from seqtext.training import growing, wide
from seqtext.training.backend import versions
from seqtext.training.checkpoint import Checkpoint, digest_of
from seqtext.training.comparing import COMPARED_ROWS, compare
from seqtext.training.imbalance import adjusted
from seqtext.training.interrupts import hold_interrupts
from seqtext.training.labelled import LabelledRows, never_watched, validation_split
from seqtext.training.memory import require_memory, require_memory_for_features
from seqtext.training.pretrained import in_half, start_from, with_vectors
from seqtext.training.progress import Progress
from seqtext.training.quiet import no_retracing_warnings
from seqtext.training.thresholds import with_thresholds
from seqtext.training.transfer import WIDTHS, extend_vocabularies, load_networks, with_networks

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Origin:
    """Where a training run comes from, for people: name of the recipe, source of the rows, and the corpus if known."""

    recipe: str = "custom"
    source: str = "memory"
    title: str = ""
    corpus: str = ""
    test_rows: int = 0


def train(
    rows: LabelledRows,
    recipe: Recipe,
    *,
    origin: Origin | None = None,
    progress: Progress | None = None,
    publish: Callable[[TrainedModel], Any] | None = None,
    networks: Mapping[str, LanguageModel] | None = None,
    watched: LabelledRows | None = None,
    checkpoint: Checkpoint | None = None,
    before: TrainedModel | None = None,
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
    checkpoint
        Where it is written down how far training has come, for a later call with the same rows and settings to go on
        from; the caller removes it.
    before
        The model to go on from; the recipe is that of `growing.going_on`, and the rows know its labels.

    Raises
    ------
    DataError
        If no row can be held out for validation.
    BundleError
        If the ONNX graph does not give what Keras gives, or the checkpoint is of another training.
    """
    recipe.check_names(list(rows.inputs), list(rows.targets))
    recipe, _ = fitted(recipe, rows)
    progress, began = progress or Progress(), time.monotonic()
    wide.require_packages([recipe.input(name) for name in rows.inputs])
    networks = {} if before else load_networks(recipe, rows.inputs, networks)
    preparers, training, validation = prepared(rows, recipe, watched, networks, progress, before)
    counts = {name: len(encoder) for name, encoder in rows.labels.items()}
    if before:
        growing.say_added_labels(before, rows, progress)
        spec, start, solved = growing.start_of(before, preparers, counts)
    else:
        spec, start = _fresh(recipe, preparers, counts, networks, progress)
        solved = None
    deep = wide.deep_half(spec)
    require_memory_for_features(sum(wide.count_features(part, spec) for part in (training, validation)))
    model, was_stopped = None, False
    weights: dict[str, np.ndarray] = {}
    history: list[dict[str, float]] = []
    if deep:
        if checkpoint:
            checkpoint = checkpoint.of(made_of(rows, watched, recipe, start))
            began -= checkpoint.seconds()
        model, history, was_stopped = _train_deep(deep, training, validation, recipe, progress, start, checkpoint)
    with hold_interrupts(), progress.busy("finishing the model" if deep else "learning from n-grams"):
        if deep:
            from seqtext.models.build import get_weights

            weights = get_weights(model, deep)
        mixed: dict[str, tuple[float, ...]] = {}
        logits = _deep_logits(model, deep, validation) if deep and len(validation) else {}
        if deep != spec:
            parts = (training, validation)
            weights, mixed, logits = _with_wide(spec, deep, weights, *parts, recipe, logits, watched is None, solved)
        weights, thresholds = with_thresholds(weights, spec, recipe, validation.targets, logits)
        weights = adjusted(weights, spec, rows.targets, recipe.training.logit_adjustment)
        told = {"epochs": len(history), "was_stopped": was_stopped, "mixed": mixed, "thresholds": thresholds}
        made = made_now(origin or Origin(), training, validation, began, **told)
        trained = TrainedModel(
            recipe, spec, preparers, rows.labels, rows.columns, weights, made, history, seen=rows.seen(recipe, before)
        )
        if deep:
            from seqtext.models.build import build_reference

            with no_retracing_warnings():
                seen = validation if len(validation) else training
                compare(build_reference(spec, weights), trained, seen.first(COMPARED_ROWS))
        if publish:
            publish(trained)
    return trained, model


def _fresh(
    recipe: Recipe,
    preparers: Mapping[str, Any],
    counts: Mapping[str, int],
    networks: Mapping[str, LanguageModel],
    progress: Progress,
) -> tuple[ModelSpec, dict[str, np.ndarray]]:
    """The model, and what of the half that Keras trains starts from vectors and networks."""
    spec, vectors = with_vectors(recipe.spec(preparers, counts), preparers, seed=recipe.rows.seed, progress=progress)
    spec, start = with_networks(spec, preparers, networks)
    deep = wide.deep_half(spec)
    return spec, in_half(vectors | start, spec, deep) if deep else {}


def prepared(
    rows: LabelledRows,
    recipe: Recipe,
    watched: LabelledRows | None,
    networks: Mapping[str, LanguageModel],
    progress: Progress,
    before: TrainedModel | None = None,
) -> tuple[dict[str, Any], Rows, Rows]:
    """Return what prepares each input, having seen the training rows only, and the rows to learn from and to watch."""
    if watched is None:
        kept, held_out = validation_split(rows, recipe)
        if line := never_watched(rows, held_out):
            progress.warn(line)
    else:
        kept, held_out = np.arange(len(rows)), np.arange(len(watched))
    preparers = fit_preparers(rows, recipe, kept, progress)
    if before:
        preparers = growing.grown_preparers(before, preparers, progress)
    else:
        extend_vocabularies(recipe, preparers, networks, progress)
    return preparers, _encode(rows, preparers, kept), _encode(watched or rows, preparers, held_out)


def made_now(origin: Origin, training: Rows, validation: Rows, began: float, **more: Any) -> Made:
    """Return how a model was made that is ready now, and was begun at that reading of the monotonic clock."""
    return Made(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        recipe=origin.recipe,
        source=origin.source.encode("utf-8", "replace").decode(),  # a file may have a name that is no UTF-8
        title=origin.title,
        corpus=origin.corpus,
        rows={"training": len(training), "validation": len(validation), "test": origin.test_rows},
        seconds=round(time.monotonic() - began, 1),
        versions=versions(),
        **more,
    )


def _train_deep(
    spec: ModelSpec,
    training: Rows,
    validation: Rows,
    recipe: Recipe,
    progress: Progress,
    start: Mapping[str, np.ndarray],
    checkpoint: Checkpoint | None,
) -> "tuple[keras.Model, list[dict[str, float]], bool]":
    """Train what Keras can train."""
    from seqtext.models.build import build, precision
    from seqtext.training.fit import fit

    require_memory(weight_shapes(spec), recipe.training.optimizer)
    with no_retracing_warnings():
        with precision(recipe.training.precision):
            model = build(spec, seed=recipe.rows.seed)
        start_from(model, spec, start)
        watched = wide.deep_rows(validation, spec) if len(validation) else None
        how: dict[str, Any] = {"progress": progress, "checkpoint": checkpoint}
        history, was_stopped = fit(model, spec, wide.deep_rows(training, spec), watched, recipe, **how)
    return model, history, was_stopped


def made_of(
    rows: LabelledRows, watched: LabelledRows | None, recipe: Recipe, start: Mapping[str, np.ndarray]
) -> dict[str, Any]:
    """Return what the result of `train` depends on, by names that people know: data first, then settings."""
    found: dict[str, Any] = {}
    for what, part in (("", rows), ("validation ", watched)):
        for name, column in (part.inputs | part.targets).items() if part else ():
            found[f"the {what}column {rows.columns[name]!r}"] = digest_of(column)
    for name, encoder in rows.labels.items():
        found[f"the labels of {rows.columns[name]!r}"] = digest_of(encoder.classes_)
    if start:
        found["what it starts from"] = digest_of(start.values())
    settings = flat_settings(recipe) | flattened(to_plain(recipe))
    return found | {name: value for name, value in settings.items() if name != "description"} | versions()


def _with_wide(
    spec: ModelSpec,
    deep: ModelSpec | None,
    weights: dict[str, np.ndarray],
    training: Rows,
    validation: Rows,
    recipe: Recipe,
    deep_logits: Mapping[str, np.ndarray],
    learn_watched: bool,
    start: tuple[np.ndarray, np.ndarray] | None,
) -> tuple[dict[str, np.ndarray], dict[str, tuple[float, ...]], dict[str, np.ndarray]]:
    """
    Return the weights with the wide half in them, and by output the weights of the mix, wide before deep, and what the
    mix gives for the validation rows.

    The mix is found on the validation rows by a wide half that has not seen them; then it is solved once more from all
    rows, for it needs none to watch, unless they are not to be learned from.
    """
    usual = (wide.USUAL_WIDE, wide.USUAL_DEEP if deep else 0.0)
    mixed: dict[str, tuple[float, ...]] = dict.fromkeys(training.targets, usual)
    features = wide.features_of(training, spec)
    asked: dict[str, Any] = {"seed": recipe.rows.seed, "class_weight": recipe.training.class_weight, "start": start}
    solved = wide.solve(features, training.targets, spec, **asked)
    logits: dict[str, np.ndarray] = {}
    if len(validation):
        from scipy import sparse

        unseen = wide.features_of(validation, spec)
        wide_logits, first = unseen @ solved[0] + solved[1], 0
        for head in spec.outputs:
            width, truth = wide.answer_width(head), validation.targets[head.name]
            halves = [wide_logits[:, first : first + width]]
            if deep:
                halves.append(deep_logits[head.name])
            known = labelled(truth)
            parts = [head.decisions(half[known], truth[known]) for half in halves]
            found = wide.mix([part for part, _ in parts], usual[: len(halves)], parts[0][1])
            logits[head.name] = sum(weight * half for weight, half in zip(found, halves, strict=True))
            mixed[head.name] = (float(found[0]), float(found[1]) if deep else 0.0)
            first += width
        if learn_watched:
            targets = {name: np.concatenate([one, validation.targets[name]]) for name, one in training.targets.items()}
            features = sparse.vstack([features, unseen]).tocsr()
            solved = wide.solve(features, targets, spec, **asked)
    return wide.assemble(spec, deep, weights, solved, mixed), dict(mixed), logits


def _deep_logits(model: "keras.Model", deep: ModelSpec, rows: Rows) -> dict[str, np.ndarray]:
    from seqtext.training.fit import predict

    answers = predict(model, wide.deep_rows(rows, deep))
    return {head.name: head.logits(answers[plain_name(head.name)]) for head in deep.outputs}


def fit_preparers(
    rows: LabelledRows, recipe: Recipe, kept: np.ndarray, progress: Progress | None = None
) -> dict[str, Any]:
    """Return what prepares each input, having seen the rows with the numbers ``kept``; says what is odd about them."""
    found = recipe.preparers({name: [column[i] for i in kept] for name, column in rows.inputs.items()})
    for name, preparer in found.items():
        if (warning := getattr(preparer, "warning", "")) and progress:
            progress.say(f"the column {rows.columns[name]!r} helps little: {warning}")
    return found


def fitted(recipe: Recipe, rows: LabelledRows) -> tuple[Recipe, dict[str, str]]:
    """Return the recipe with what it leaves to rules, and what was chosen and why; see `seqtext.recipes.adapt`."""
    if not recipe.adapt:
        return recipe, {}
    labels = [len(encoder) for encoder in rows.labels.values()]
    encoders = all_encoders([recipe.text, *recipe.inputs.values()])
    has_vectors = any(getattr(one, "vectors", "") or getattr(one, "pretrained", "") for one in encoders)
    if any(getattr(one, "pretrained", "") for one in encoders):  # the widths are those of the network
        recipe = dataclasses.replace(recipe, adapt=tuple(one for one in recipe.adapt if one not in WIDTHS))
    are = {"has_vectors": has_vectors, "are_compared": recipe.texts == "compared"}
    return adapt(recipe, facts_of(recipe.text_columns(rows.inputs), labels, **are))


def _encode(rows: LabelledRows, preparers: Mapping[str, Any], chosen: np.ndarray) -> Rows:
    columns = {name: [column[i] for i in chosen] for name, column in rows.inputs.items()}
    return Rows.encode(preparers, columns, {name: target[chosen] for name, target in rows.targets.items()})
