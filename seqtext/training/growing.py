"""
Going on from a trained model with more rows: what it knows stays in its place, and what is new stands behind it.

Words, n-grams, categories and labels that the new rows bring are added; numbers are scaled as before. What Keras trains
starts from the old weights. The wide half stays as near to the old one as the new rows allow, see
`seqtext.training.wide.solve`.
"""

import copy
import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from seqtext.errors import RecipeError, listed, plural
from seqtext.model import TrainedModel
from seqtext.models.heads import belongs
from seqtext.models.sides import all_encoders
from seqtext.models.spec import ModelSpec, weight_shapes
from seqtext.models.text import bags_of
from seqtext.preprocess.category import RESERVED
from seqtext.recipes import Recipe
from seqtext.training import wide
from seqtext.training.labelled import LabelledRows
from seqtext.training.pretrained import known_words
from seqtext.training.progress import Progress


def going_on(before: TrainedModel, asked: Recipe) -> Recipe:
    """Return the recipe to go on by: that of the model, but for how to train; a RecipeError if that cannot be."""
    if asked.texts != "apart":
        raise RecipeError("texts that share their encoders cannot go on from a model yet; train with all rows instead")
    if any(not bag.is_wide for bag in bags_of(tuple(all_encoders(before.spec.inputs)))):
        raise RecipeError("a bag with hidden units cannot go on from a model yet; train with all rows instead")
    recipe = dataclasses.replace(before.recipe, training=asked.training, rows=asked.rows, adapt=())
    if dataclasses.replace(asked, adapt=()) != recipe:
        raise RecipeError(
            "a model that goes on keeps its words and its layers; change settings of training alone, as learning_rate "
            "and epochs, or train with all rows instead"
        )
    return recipe


def grown_preparers(before: TrainedModel, fresh: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Return what prepares each input, as before, with what ``fresh`` ones have learned from the new rows added."""
    if set(fresh) != set(before.preparers):
        raise RecipeError(f"the model reads {listed(before.preparers)}, and the new rows have {listed(fresh)}")
    found = {name: copy.deepcopy(one).grow(fresh[name]) for name, one in before.preparers.items()}
    for name, preparer in found.items():
        for what, known in (("word", known_words), ("value", _values)):
            here, there = known(preparer), known(before.preparers[name])
            if here:
                added = len(here) - len(there)
                progress.say(f"{before.columns[name]}: {plural(added, f'new {what}')} beside {len(there):,}")
    return found


def _values(preparer: Any) -> list[str]:
    return getattr(preparer, "values", [])


def grown_spec(before: ModelSpec, preparers: Mapping[str, Any], label_counts: Mapping[str, int]) -> ModelSpec:
    """Return the model with room for what its preparers, and its labels, have in addition."""
    for head in before.outputs:
        if head.kind == "binary" and label_counts[head.name] > 2:
            raise RecipeError(
                f"{head.name!r} is an answer with two labels, and the new rows have another; train with all rows and "
                "head=multiclass instead"
            )
    heads = tuple(dataclasses.replace(head, n_labels=label_counts[head.name]) for head in before.outputs)
    answers = sum(map(wide.answer_width, heads))
    return dataclasses.replace(
        before, inputs=tuple(_grown(part, preparers[part.name], answers) for part in before.inputs), outputs=heads
    )


def _grown(part: Any, preparer: Any, answers: int) -> Any:
    sizes: dict[str, Any] = {}
    if part.has_vocabulary:
        sizes["vocabulary_size"] = len(known_words(preparer))
        sizes["features"] = tuple(len(bag.keys_) for bag in getattr(preparer, "bags", ()))
    if hasattr(part, "ids"):
        sizes["ids"] = RESERVED + len(preparer.values)
    if part.answers:
        sizes["answers"] = answers
    return dataclasses.replace(part, **sizes)


def deep_weights(before: TrainedModel) -> dict[str, np.ndarray]:
    """Return the weights of the half that Keras has trained, by their names there, without the weight of the mix."""
    spec, deep = before.spec, wide.deep_half(before.spec)
    if deep is None:
        return {}
    names = wide.in_whole(spec, {name: name for name in weight_shapes(deep)})
    found = {name: before.weights[place] for place, name in names.items()}
    for head in spec.outputs:
        share = before.made.mixed.get(head.name, (0.0, 1.0))[1]
        kernel, blocks, at = before.weights[f"{head.name}/answer/kernel"], [], 0
        for is_wide_side, width in spec.sides:
            blocks += [] if is_wide_side else [kernel[at : at + width]]
            at += width
        found[f"{head.name}/answer/kernel"] = np.concatenate(blocks) / np.float32(share)
        bias = before.weights[f"{head.name}/answer/bias"]
        # Where thresholds or the adjustment have moved it, nobody knows how far.
        is_moved = head.name in before.made.thresholds or before.recipe.training.logit_adjustment
        found[f"{head.name}/answer/bias"] = np.zeros_like(bias) if is_moved else bias / np.float32(share)
    return found


def wide_weights(
    before: TrainedModel, spec: ModelSpec, preparers: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return kernel (features, answers) and bias of the wide half with zeros for what is new; None if there is none."""
    if wide.deep_half(before.spec) == before.spec:
        return None
    widths = [[wide.answer_width(head) for head in one.outputs] for one in (before.spec, spec)]
    firsts = np.cumsum([0, *widths[1][:-1]])
    columns = np.concatenate([first + np.arange(width) for first, width in zip(firsts, widths[0], strict=True)])
    blocks = []
    for part, grown in zip(before.spec.inputs, spec.inputs, strict=True):
        kernels = zip(part.wide_kernels, grown.wide_kernels, strict=True) if hasattr(part, "wide_kernels") else ()
        bags = zip(*(getattr(one[part.name], "bags", ()) for one in (before.preparers, preparers)), strict=True)
        for (path, _), (_, size) in kernels:
            old = before.weights[path]
            both = next(bags, None)
            places = np.searchsorted(both[1].keys_, both[0].keys_) if both else np.arange(len(old))
            block = np.zeros((size, sum(widths[1])), dtype=np.float32)
            block[np.ix_(places, columns)] = old
            blocks.append(block)
    bias = np.full(sum(widths[1]), -1.0, dtype=np.float32)
    bias[columns] = sum(one for name, one in before.weights.items() if name.endswith("/weighted_sum/bias"))
    return np.concatenate(blocks), bias


def start_of(
    before: TrainedModel, preparers: Mapping[str, Any], label_counts: Mapping[str, int]
) -> tuple[ModelSpec, dict[str, np.ndarray], tuple[np.ndarray, np.ndarray] | None]:
    """Return the grown model, and what its half that Keras trains, and its wide half, start from."""
    spec = grown_spec(before.spec, preparers, label_counts)
    return spec, deep_weights(before), wide_weights(before, spec, preparers)


def say_added_labels(before: TrainedModel, rows: LabelledRows, progress: Progress) -> None:
    """Say which labels an output gets in addition, and which ones no new row has."""
    for name, encoder in rows.labels.items():
        column, known = before.columns[name], len(before.labels[name])
        if new := encoder.classes_[known:]:
            progress.say(f"{column}: {plural(len(new), 'new label')} beside {known}: {listed(new, 5)}")
        counts = belongs(rows.targets[name], len(encoder)).sum(axis=0).tolist()
        if absent := [label for label, count in zip(encoder.classes_, counts, strict=True) if not count]:
            what = listed(absent, 5)
            progress.say(f"{column}: no new row has {what}; the model will give it less often, so add some rows of it")


def answers_of(before: TrainedModel, spec: ModelSpec, rows: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return what the model before answers, by output, as the targets of one that knows more labels behind its own."""
    answers = before.probabilities(rows)
    found = {head.name: head.decode(answers[head.name]) for head in before.spec.outputs}
    for head in spec.outputs:
        if (one := found[head.name]).ndim == 2:
            found[head.name] = np.pad(one, ((0, 0), (0, head.n_labels - one.shape[1])))
    return found
