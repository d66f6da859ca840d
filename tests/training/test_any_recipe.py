"""
Whatever can be asked for is trained, saved, loaded, and answers the same in Keras and in ONNX.

Recipes are drawn from the tables of kinds and from what stands at each field (`seqtext.schema.setting`), so that a new
kind or a new setting is drawn as soon as it is there. A few examples run with all other tests, always the same ones. To
look further, ask for as many others as there is time for: some five seconds each, and one where Keras is on PyTorch,
which compiles nothing.

    KERAS_BACKEND=torch SEQTEXT_EXAMPLES=300 python -m pytest -n 0 tests/training/test_any_recipe.py
"""

import dataclasses
import os
import tempfile
import types
import typing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, assume, given, note, settings
from hypothesis import strategies as st

from seqtext.errors import RecipeError
from seqtext.models.bag import Bag
from seqtext.models.rows import Rows as Prepared
from seqtext.models.spec import INPUT_SETTINGS, Dense
from seqtext.models.text import ENCODERS, TextSettings, bags_of
from seqtext.recipes import Output, Recipe
from seqtext.recipes.recipe import Rows, Training
from seqtext.recipes.toml import to_toml
from seqtext.saving import load, save

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("SEQTEXT_EXAMPLES", "0"))
ROWS = 18
WORDS = ("good", "bad", "film", "not", "a", "the", "Süß", "😀", "!", "well-made")
LABELS = {"multiclass": ("a", "b", "c"), "binary": ("no", "yes"), "multilabel": ("x", "y", "z")}


# ------------------------------------------------------------------------------------------ what is asked


def values(part, field):
    """A strategy for one field of a dataclass: small numbers, and everything else that it may be."""
    low, high, choices = (field.metadata.get(name) for name in ("low", "high", "choices"))
    high = {"layers": 2}.get(field.name, high)  # TensorFlow takes a second for each
    hint = typing.get_type_hints(part)[field.name]
    is_optional = isinstance(hint, types.UnionType)
    kind = typing.get_args(hint)[0] if is_optional else hint
    if choices is not None:
        found = st.sampled_from(sorted(choices))
    elif kind is bool:
        found = st.booleans()
    elif low is None:  # files, lists and parts
        return st.just(field.default)
    elif kind is int:
        found = st.integers(low, min(high, low + 2))
    else:
        found = st.sampled_from([low, min(high, low + 0.01), min(high, 0.5), min(high, 100.0)])
    return st.none() | found if is_optional else found


def parts(part, **known):
    """A strategy for instances of a dataclass with settings, those that it refuses left out."""
    drawn = {field.name: values(part, field) for field in dataclasses.fields(part) if field.name not in known}
    return st.fixed_dictionaries(drawn | known).map(lambda asked: made(part, asked)).filter(lambda one: one is not None)


def made(part, asked):
    try:
        return part(**asked)
    except RecipeError:
        return None


@st.composite
def recipes(draw):
    """A recipe of one to three inputs and outputs, trained for a single step."""
    is_wide = draw(st.booleans())
    # Bags that go straight to the labels are solved together.
    wide = {name: st.just(draw(values(Bag, field))) for name, field in fields_of(Bag, "cost", "naive_bayes")}
    wide |= {"hidden_units": st.just(0)}
    bag = parts(Bag, **(wide if is_wide else {"hidden_units": st.integers(1, 3)}))
    encoder = st.one_of(*(bag if bags_of((kind,)) else parts(kind) for kind in ENCODERS.values()))
    text = parts(TextSettings, encoders=st.lists(encoder, min_size=1, max_size=2).map(tuple))
    column = st.one_of(*(text if kind is TextSettings else parts(kind) for kind in INPUT_SETTINGS.values()))
    inputs = draw(st.lists(column, min_size=1, max_size=3))
    sharing = draw(values(Recipe, dict(fields_of(Recipe, "texts"))["texts"]))
    if sharing != "apart":  # two texts with the same settings, and no bags alone
        pair = [draw(text.filter(lambda one: len(bags_of(one.encoders)) < len(one.encoders)))] * 2
        inputs = pair + [one for one in inputs[:1] if one.kind != "text"]
    outputs = draw(st.lists(parts(Output, loss_weight=st.sampled_from([0.5, 1.0, 2.0])), min_size=1, max_size=3))
    has_bags = any(bags_of(getattr(one, "encoders", ())) for one in inputs)
    dense = () if is_wide and has_bags else tuple(draw(st.lists(parts(Dense), max_size=2)))
    # Categories alone do not tell rows apart, and equal rows stay on one side.
    validation = draw(st.sampled_from([0.0, 0.3])) if any(one.kind != "category" for one in inputs) else 0.0
    one_step = {"epochs": st.just(1), "min_steps": st.just(0), "batch_size": st.just(100)}
    one_step |= {"learning_rate": st.sampled_from([1e-3, 0.1, 1.0])}
    one_step |= {"cudnn": st.sampled_from(["auto", "off"])}  # to require it takes a GPU
    asked = {
        "inputs": {f"in{i}": one for i, one in enumerate(inputs)},
        "outputs": {f"out{i}": one for i, one in enumerate(outputs)},
        "dense": dense,
        "texts": sharing,
        "head_dropout": draw(values(Recipe, dict(fields_of(Recipe, "head_dropout"))["head_dropout"])),
        "rows": Rows(validation_share=validation, seed=draw(st.integers(0, 3))),
    }
    training = parts(Training, **one_step).map(lambda one: made(Recipe, asked | {"training": one}))
    return draw(training.filter(lambda one: one is not None))


def fields_of(part, *names):
    return [(field.name, field) for field in dataclasses.fields(part) if field.name in names]


# ------------------------------------------------------------------------------------- rows to learn from


def columns_for(recipe, rng, rows=ROWS):
    """Raw columns of every input, with missing, empty, rare and repeated values."""
    found = {}
    for name, asked in recipe.inputs.items():
        if asked.kind == "text":
            found[name] = [" ".join([f"row{i}", *rng.choice(WORDS, rng.integers(0, 7))]) for i in range(rows)]
            found[name][1:3] = [None, "! " * 12]
        elif asked.kind == "number":
            found[name] = [None if i == 1 else float(one) for i, one in enumerate(rng.normal(20, 30, rows))]
        else:
            found[name] = [None if i == 1 else f"kind {one}" for i, one in enumerate(rng.integers(0, 4, rows))]
    return found


def labels_for(recipe, rng):
    """Labels of every output; where there are several, each lacks those of some rows."""
    found = {}
    for place, (name, asked) in enumerate(recipe.outputs.items()):
        names = LABELS[asked.head]
        if asked.head == "multilabel":
            drawn = [[one for one in names if rng.random() < 0.5] for _ in range(ROWS)]
            drawn[:6] = [[one] for one in names * 2]
            found[name] = [asked.separator.join(row) for row in drawn] if asked.separator else drawn
        else:
            found[name] = [names[i % len(names)] for i in range(ROWS)]
        if len(recipe.outputs) > 1:
            found[name] = [None if i % 5 == place else one for i, one in enumerate(found[name])]
    return found


# ------------------------------------------------------------------------------------------------ the law


def answers_of(model, rng):
    """Answers for new rows: all in the order given, then in many other ways, each with the rows that it is for."""
    import keras

    from seqtext.models.build import build_reference
    from seqtext.training.fit import taken_by

    rows = Prepared.encode(model.preparers, model.recipe.read(columns_for(model.recipe, rng, 9)), {})
    keras_model = build_reference(model.spec, model.weights)
    assert not [one.path for one in keras_model.variables if "." in one.path], "PyTorch takes no point in a name"
    open_ended = {one.name for one in keras_model.inputs if one.shape[1] is None}

    def padded(feed):
        more = int(rng.integers(1, 6))
        return {name: np.pad(one, ((0, 0), (0, more))) if name in open_ended else one for name, one in feed.items()}

    def by_keras(feed):
        found = keras_model(taken_by(keras_model, feed), training=False)
        return {name: keras.ops.convert_to_numpy(one) for name, one in found.items()}

    everything = np.arange(len(rows))
    some = rng.permutation(everything)
    yield "ONNX, all", everything, model.run(rows.feed(everything))
    yield "Keras, all", everything, by_keras(rows.feed(everything))
    yield "Keras, another order, padded", some, by_keras(padded(rows.feed(some)))
    yield "ONNX, another order, padded", some, model.run(padded(rows.feed(some)))
    for i in everything:
        yield "ONNX, alone", everything[i : i + 1], model.run(rows.feed(everything[i : i + 1]))
    for i in (1, 2, 3):
        yield "Keras, alone", everything[i : i + 1], by_keras(rows.feed(everything[i : i + 1]))


# A single unit with a softmax is always 1, which Keras finds odd, and so it is.
@pytest.mark.filterwarnings("ignore:You are using a softmax over axis:UserWarning")
@settings(
    max_examples=EXAMPLES or 5,
    derandomize=not EXAMPLES,
    database=None,
    # To shrink an example that fails takes minutes: for a person, not for a machine that waits.
    phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],
)
@given(recipe=recipes(), seed=st.integers(0, 2**16))
def test_whatever_can_be_asked_for_answers_the_same_everywhere(recipe, seed):
    from seqtext.training.labelled import labelled_rows
    from seqtext.training.run import train

    note(to_toml(recipe))
    rng = np.random.default_rng(seed)
    rows = labelled_rows(columns_for(recipe, rng), labels_for(recipe, rng), recipe=recipe)
    try:
        trained, _ = train(rows, recipe)
    except RecipeError as error:  # float16 ends at 65,504, and a recipe may well ask for more
        assume("training diverged" not in str(error))
        raise
    with tempfile.TemporaryDirectory() as folder:
        model = load(save(trained, Path(folder) / "model"))

    assert (model.recipe, model.spec) == (recipe, trained.spec)
    ways = answers_of(model, rng)
    _, _, expected = next(ways)
    for way, rows, found in ways:
        for name, answer in expected.items():
            np.testing.assert_allclose(found[name], answer[rows], atol=1e-5, rtol=0, err_msg=f"{name}: {way}")
