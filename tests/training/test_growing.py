"""Going on with more rows: what was learned stays in its place, and what is new stands behind it."""

import dataclasses

import numpy as np
import pytest

from seqtext.errors import RecipeError
from seqtext.models.bag import Bag
from seqtext.models.heads import Binary
from seqtext.preprocess.bag import NgramBag
from seqtext.preprocess.category import CategoryColumn
from seqtext.preprocess.labels import LabelEncoder
from seqtext.preprocess.pipeline import TextPipeline
from seqtext.preprocess.text_column import TextColumn
from seqtext.recipes.change import changed
from seqtext.training import growing, wide
from seqtext.training.growing import deep_weights, going_on, grown_spec, start_of, wide_weights
from seqtext.training.labelled import labelled_rows
from seqtext.training.progress import Progress
from seqtext.training.run import train

pytestmark = pytest.mark.slow


class Told(Progress):
    def __init__(self):
        self.lines = []

    def say(self, line):
        self.lines.append(line)


@pytest.fixture(scope="module")
def both(reviews, tiny):
    """A model with both halves, of rows that are happy or sad."""
    recipe = changed(tiny, {"cell": "simple_rnn", "units": 3, "epochs": 2})
    text = dataclasses.replace(recipe.text, encoders=(*recipe.text.encoders, Bag(max_features=90)))
    recipe = dataclasses.replace(recipe, text=text)
    return train(labelled_rows({"text": reviews[0]}, {"label": reviews[1]}), recipe)[0]


@pytest.fixture(scope="module")
def more():
    """Rows with new words and a new label."""
    texts = [f"{word} {i % 3} {end}" for i in range(8) for word, end in (("zebras", "gallop"), ("lovely", "songs"))]
    return texts, ["odd", "happy"] * 8


# ------------------------------------------------------------------------------------------------- what prepares


def test_labels_keep_their_places_and_new_ones_stand_behind():
    known, more = LabelEncoder().fit(["sad", "happy"]), LabelEncoder().fit(["angry", "sad"])

    assert known.grown(more).classes_ == ["happy", "sad", "angry"]


def test_labels_of_two_kinds_become_words():
    known, more = LabelEncoder().fit([1, 2]), LabelEncoder().fit(["two", "2"])

    grown = known.grown(more)

    assert (grown.classes_, grown.kind_) == (["1", "2", "two"], "str")


def test_categories_keep_their_ids():
    assert CategoryColumn().fit(["b", "b", "a"]).grow(CategoryColumn().fit(["c", "a"])).values == ["b", "a", "c"]


def test_a_text_keeps_its_ids_and_its_features_count_the_same():
    column = TextColumn(TextPipeline(min_count=2), [NgramBag(words=2, max_chars=2, min_chars=2)])
    column.fit(["good film", "good cast"])
    words, weights = list(column.vocabulary_), dict(zip(column.bags[0].keys_, column.bags[0].idf_, strict=True))
    before = column.encode(["good film here"])[0]

    column.grow(
        TextColumn(column.as_sequence(), [NgramBag(words=2, max_chars=2, min_chars=2)]).fit(["film here", "film"])
    )
    after = column.encode(["good film here"])[0]

    assert column.vocabulary_ == [*words, "here"]
    assert column.sequence_vocabulary == ["", "[UNK]", "good", "film"], "of the new words, film alone is common enough"
    assert (before.ids.tolist(), after.ids.tolist()) == ([2, 1, 1], [2, 3, 1])
    bag = column.bags[0]
    assert {key: idf for key, idf in zip(bag.keys_, bag.idf_, strict=True) if key in weights} == weights
    assert len(after.bags[0][0]) > len(before.bags[0][0]), "'film here' is a feature now"


# ------------------------------------------------------------------------------------------------- weights


def test_nothing_new_changes_no_answer(both, reviews):
    """The halves that training starts from are those that the model was made of."""
    spec, deep, solved = start_of(both, both.preparers, {"label": 2})

    again = wide.assemble(spec, wide.deep_half(spec), deep, solved, both.made.mixed)

    assert spec == both.spec
    for name, weight in both.weights.items():
        np.testing.assert_allclose(again[name], weight, atol=1e-6, err_msg=name)


def test_each_ngram_keeps_its_weights_wherever_it_stands_now(both, more):
    rows = labelled_rows({"text": more[0]}, {"label": more[1]}, known=both.labels)
    fresh = both.recipe.preparers(rows.inputs)
    preparers = growing.grown_preparers(both, fresh, Progress())

    kernel, bias = wide_weights(both, grown_spec(both.spec, preparers, {"label": 3}), preparers)

    old_kernel, old_bias = wide_weights(both, both.spec, both.preparers)
    old, new = ({key: i for i, key in enumerate(one["text"].bags[0].keys_)} for one in (both.preparers, preparers))
    assert set(old) < set(new)
    for key, place in new.items():
        expected = [*old_kernel[old[key]], 0.0] if key in old else [0.0, 0.0, 0.0]
        assert kernel[place].tolist() == expected
    assert bias.tolist() == [*old_bias, -1.0]


def test_machines_move_no_farther_than_the_rows_demand():
    rows = np.array([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])

    kernel, bias = wide.nearest(
        rows, np.array([True, False]), np.array([2.0, 5.0, 0.0]), 0.0, {"C": 1, "class_weight": None}
    )

    np.testing.assert_allclose(kernel, [2.0, 5.0, 0.0], atol=1e-9)
    assert bias == pytest.approx(0.0)


def test_machines_learn_what_they_did_not_know():
    rows = np.array([[1.0, 0.0], [-1.0, 0.0]])

    kernel, _ = wide.nearest(rows, np.array([True, False]), np.array([0.0, 5.0]), 0.0, {"C": 1, "class_weight": None})

    # (1 - w)^2 twice, and w^2 / 2: the slope w - 4 (1 - w) is zero at 0.8.
    np.testing.assert_allclose(kernel, [0.8, 5.0], atol=1e-5)


# ------------------------------------------------------------------------------------------------- the whole


def test_a_model_goes_on_with_new_words_and_a_new_label(both, more, reviews):
    told = Told()
    rows = labelled_rows({"text": more[0]}, {"label": more[1]}, known=both.labels)

    trained, _ = train(rows, going_on(both, both.recipe), before=both, progress=told)

    assert trained.labels["label"].classes_ == ["happy", "sad", "odd"]
    assert "label: 1 new label beside 2: 'odd'" in told.lines
    assert any(line.startswith("text: ") and " new words beside " in line for line in told.lines)
    assert trained.predict(["zebras gallop"]).tolist() == ["odd"]
    assert "label: no new row has 'sad'; the model will give it less often, so add some rows of it" in told.lines


def test_weights_start_from_those_before(both):
    assert set(deep_weights(both)) == set(growing.weight_shapes(wide.deep_half(both.spec)))


@pytest.mark.parametrize("setting", [{"units": 5}, {"clean": ("lowercase",)}], ids=str)
def test_a_model_that_goes_on_keeps_its_layers(both, setting):
    with pytest.raises(RecipeError, match="keeps its words and its layers; change settings of training alone"):
        going_on(both, changed(both.recipe, setting))


def test_settings_of_training_can_be_changed(both):
    assert going_on(both, changed(both.recipe, {"learning_rate": 0.001, "seed": 3})).training.learning_rate == 0.001


def test_an_answer_of_two_labels_gets_no_third(both):
    binary = dataclasses.replace(both.spec, outputs=(Binary("label"),))

    with pytest.raises(RecipeError, match="'label' is an answer with two labels, and the new rows have another"):
        grown_spec(binary, both.preparers, {"label": 3})
