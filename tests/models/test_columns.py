"""Numbers and categories as inputs: Keras and ONNX agree, and what is learned stays among the training rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtext.errors import BundleError, RecipeError
from seqtext.models.bag import Bag
from seqtext.models.category import CategoryInput, CategorySettings, usual_width
from seqtext.models.graph import Graph
from seqtext.models.heads import HEADS
from seqtext.models.number import NumberInput, NumberSettings
from seqtext.models.recurrent import Recurrent
from seqtext.models.spec import Dense, ModelSpec
from seqtext.models.text import TextInput, TextSettings
from seqtext.preprocess.number import NumberColumn
from seqtext.recipes import Recipe
from seqtext.recipes.named import find_recipe
from seqtext.recipes.recipe import Rows, Training
from seqtext.saving import load, save
from seqtext.training.wide import needs_keras

SMALL = Recurrent(embedding_dim=3, units=2, word_dropout=0.0, embedding_dropout=0.0)
ONE_STEP = {"training": Training(epochs=1, min_steps=0, early_stopping="none"), "rows": Rows(validation_share=0.25)}
TEXTS = ["so good", "so bad", "good", "", "not good", "a bad one"] * 4
AGES = [3.0, 4.5, "7", None, 30, ""] * 4
TEAMS = ["it", "hr", "it", None, "law", "hr"] * 4
LABELS = ["yes", "no", "yes", "no", "no", "yes"] * 4


# How many answers they give straight to the labels, and whether they belong to the deep half, too.
SIDES = st.sampled_from([(0, True), (2, True), (3, False)])


@st.composite
def inputs(draw):
    """One to three inputs of any kind, and what they are fed with."""
    kinds = draw(st.lists(st.sampled_from(["text", "bag", "number", "category"]), min_size=1, max_size=3))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    parts, feed = [], {}
    for i, kind in enumerate(kinds):
        name = f"input{i}"
        if kind == "text":
            parts.append(TextInput(name, 10, (SMALL,)))
            feed[name] = np.int32([[3, 4, 5, 0], [9, 0, 0, 0], [2, 2, 3, 7]])
        elif kind == "bag":
            parts.append(TextInput(name, 10, (Bag(hidden_units=3),), (6,)))
            feed |= {f"{name}.bag_0.ids": np.int32([[1, 2, 5]] * 3), f"{name}.bag_0.values": rng.random((3, 3), "f4")}
        elif kind == "number":
            edges = draw(st.sampled_from([(), (-0.5,), (-0.5, 0.25)]))
            parts.append(NumberInput(name, edges, *draw(SIDES)))
            feed[name] = np.float32([[rng.normal(), 0], [0, 1], [-0.5, 0]])
        else:
            parts.append(CategoryInput(name, 7, 3, 0.5, *draw(SIDES)))
            feed[name] = np.int32([[0], [6], [1]])
    return tuple(parts), feed


@pytest.mark.slow
@settings(max_examples=12)
@given(inputs(), st.sampled_from(list(HEADS)), st.booleans())
def test_any_inputs_agree_in_keras_and_onnx_alone_and_in_a_batch(both, given_inputs, head, has_dense):
    parts, feed = given_inputs
    spec = ModelSpec(parts, (HEADS[head]("label", 2),), (Dense(3),) if has_dense else ())

    by_keras, by_onnx = both(spec)

    expected = by_keras(feed)["label"]
    np.testing.assert_allclose(by_onnx(feed)["label"], expected, atol=1e-5)
    for i in range(3):
        alone = by_onnx({name: array[i : i + 1] for name, array in feed.items()})["label"]
        np.testing.assert_allclose(alone, expected[i : i + 1], atol=1e-5)


def test_the_rule_of_thumb_gives_more_values_more_numbers_up_to_a_limit():
    assert [usual_width(ids) for ids in (2, 10, 100, 100_000)] == [2, 6, 21, 50]


def test_value_dropout_turns_known_values_into_unknown_ones_in_training_alone(weights_of):
    from seqtext.models.build import build, set_weights

    spec = ModelSpec((CategoryInput("team", 3, 2, 0.5),), (HEADS["multiclass"]("label", 2),))
    weights = weights_of(spec)
    model = build(spec)
    set_weights(model, spec, weights)
    ids = {"team": np.int32([[2]] * 200 + [[0]] * 20)}

    answers = np.asarray(model(ids, training=True)["label"])

    assert len(np.unique(answers[:200, 0])) == 2
    assert len(np.unique(answers[200:, 0])) == 1
    assert len(np.unique(np.asarray(model(ids)["label"])[:200, 0])) == 1


@pytest.fixture(scope="module")
def trained():
    from seqtext.training.labelled import labelled_rows
    from seqtext.training.run import train

    def do(recipe):
        rows = labelled_rows({"text": TEXTS, "age": AGES, "team": TEAMS}, {"label": LABELS}, recipe=recipe)
        return train(rows, recipe)[0]

    return do


COLUMNS = {"age": NumberSettings(), "team": CategorySettings(min_rows=1, width=2)}


@pytest.mark.slow
@pytest.mark.parametrize("encoders", [(SMALL,), (SMALL, Bag(min_count=1)), (Bag(min_count=1),)])
def test_columns_beside_any_text_are_trained_saved_and_loaded(trained, tmp_path, encoders):
    recipe = Recipe(text=TextSettings(min_count=1, encoders=encoders), inputs=COLUMNS, **ONE_STEP)

    model = trained(recipe)

    loaded = load(save(model, tmp_path / "model"))
    rows = {"text": ["good", None], "age": ["", 99], "team": ["new", float("nan")]}
    np.testing.assert_array_equal(loaded.predict_proba(rows), model.predict_proba(rows))
    alone = loaded.predict_proba({name: column[1:] for name, column in rows.items()})
    np.testing.assert_allclose(alone, model.predict_proba(rows)[1:], atol=1e-6)


@pytest.fixture(scope="module")
def columns_alone():
    """A model of numbers and categories without a text."""
    from seqtext.training.labelled import labelled_rows
    from seqtext.training.run import train

    recipe = Recipe(inputs=COLUMNS, **ONE_STEP)
    return train(labelled_rows({"age": AGES, "team": TEAMS}, {"label": LABELS}, recipe=recipe), recipe)[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("team", lambda one: one["values"].append("new"), r"'team' has \d ids, the model has \d"),
        ("team", lambda one: one["values"].append("it"), "the same value twice"),
        ("age", lambda one: one.update(deviation=-1.0), "deviation of a saved column of numbers cannot be -1.0"),
    ],
)
def test_a_forged_column_is_refused(columns_alone, tmp_path, forge, name, change, message):
    folder = save(columns_alone, tmp_path / "model")
    forge(folder, "model.json", lambda manifest: change(manifest["preparers"][name]))

    with pytest.raises(BundleError, match=message):
        load(folder)


@pytest.mark.parametrize(
    "edges", [(1.0, 1.0), (2.0, 1.0), (float("nan"),), (float("inf"),), tuple(map(float, range(99)))]
)
def test_ranges_that_cannot_be_are_refused(edges):
    with pytest.raises(RecipeError, match="edges, each above the one before"):
        NumberInput("age", edges)


def test_a_column_of_neither_half_is_refused():
    with pytest.raises(RecipeError, match="'team' belongs to neither half"):
        CategoryInput("team", 4, 2, is_deep=False)


@given(st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_the_graph_puts_every_number_into_the_range_in_which_training_saw_it(numbers):
    import onnxruntime

    column = NumberColumn(clip=3.0).fit(numbers)
    part = NumberInput("age", tuple(column.edges.tolist()), answers=2, is_deep=False)
    rows = column.encode(numbers)
    graph = Graph()
    kernel = np.arange(2 * (len(part.edges) + 1), dtype=np.float32).reshape(-1, 2) + 1
    graph.add("Identity", part.add_nodes(graph, {"age/straight/kernel": kernel}), name="found")
    graph.add_output("found", np.float32, ["batch", 2])

    found = onnxruntime.InferenceSession(graph.to_bytes()).run(None, {"age": rows})[0]

    expected = [kernel[ids].sum(axis=0) for ids, _ in part.wide_rows(rows)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_number_that_is_nearly_always_zero_has_ranges_for_the_others():
    assert NumberColumn(clip=50.0).fit([0.0] * 98 + [1.0, 2.0]).edges.shape == (2,)


def test_columns_beside_wide_texts_alone_need_no_keras():
    columns = [NumberSettings(), CategorySettings()]

    assert not needs_keras([TextSettings(encoders=(Bag(),)), *columns])
    assert needs_keras([TextSettings(encoders=(Bag(), SMALL)), *columns])
    assert needs_keras(columns)


def test_two_answers_are_learned_from_what_stands_beside_a_text():
    from seqtext.training.labelled import labelled_rows
    from seqtext.training.run import train

    recipe = find_recipe("linear").with_kinds({"age": "number", "team": "category"})
    columns = {"age": [1, 90] * 20, "text": [f"so {i}" for i in range(40)], "team": ["it", "it", "hr", "hr"] * 10}
    labels = {"old": ["no", "yes"] * 20, "floor": [*"1122"] * 10}
    columns["team"][0] = None

    model, _ = train(labelled_rows(columns, labels, recipe=recipe), recipe)

    answers = model.predict({"age": [2, 80, None], "text": ["so", None, "x"], "team": ["hr", "it", "hr"]})
    assert answers["old"].tolist()[:2] == ["no", "yes"]
    assert answers["floor"].tolist() == ["2", "1", "2"]
