"""The opponents: they answer every row, learn from training rows alone, and cope with next to nothing."""

import numpy as np
import pytest

from seqtext.recipes.change import configure
from seqtext.recipes.named import RECIPES
from seqtext.training.baseline import linear_recipe, majority
from seqtext.training.labelled import labelled_rows
from seqtext.training.run import train


@pytest.fixture
def linear():
    """Function that learns the labels of texts as the linear rival does, and answers new texts."""

    def linear(texts, labels, new_texts, recipe=RECIPES["general"]):
        recipe = configure(recipe, ["validation_share=0", "early_stopping=none"])
        model, keras_model = train(labelled_rows({"text": texts}, {"label": labels}), linear_recipe(recipe))

        assert keras_model is None
        return model.predict(new_texts).tolist()

    return linear


def test_the_most_frequent_label_is_always_the_answer():
    assert majority(np.array([1, 0, 1, 2]), 3).tolist() == [1, 1, 1]


def test_a_tie_goes_to_the_first():
    assert majority(np.array([1, 0]), 1).tolist() == [0]


def test_no_rows_get_no_answers():
    assert majority(np.array([0]), 0).tolist() == []


def test_of_several_labels_the_most_frequent_set_is_the_answer():
    sets = np.array([[1, 0, 1], [1, 0, 0], [1, 0, 1], [0, 1, 1]])

    assert majority(sets, 2).tolist() == [[1, 0, 1], [1, 0, 1]]


def test_the_linear_model_learns_words(linear):
    texts = [f"{word} {thing} {i}" for i in range(10) for word in ("good", "bad") for thing in ("film", "cast")]

    assert linear(texts, ["pos", "pos", "neg", "neg"] * 10, ["good", "bad", "a bad film"]) == ["pos", "neg", "neg"]


def test_the_linear_model_learns_pairs_of_words(linear):
    texts = [f"{i} {pair}" for i in range(10) for pair in ("not good", "good not")]

    assert linear(texts, ["neg", "pos"] * 10, ["not good", "good not"]) == ["neg", "pos"]


def test_the_linear_model_sees_punctuation(linear):
    texts = [f"so {mark} so {i}" for i in range(10) for mark in "!;"]

    assert linear(texts, ["loud", "calm"] * 10, ["!", ";"]) == ["loud", "calm"]


def test_the_linear_model_cleans_as_the_recipe_does(linear):
    texts = [f"{word} {i}" for i in range(10) for word in ("Sea", "sea")]

    assert linear(texts, ["name", "word"] * 10, ["Sea", "sea"], RECIPES["authors"]) == ["name", "word"]


def test_the_linear_model_sees_numbers_and_categories():
    from seqtext.training.labelled import labelled_rows
    from seqtext.training.run import train

    ages, teams = [3, 60] * 20, ["it", "it", "hr", "hr"] * 10
    labels = ["old" if age > 50 and team == "it" else "young" for age, team in zip(ages, teams, strict=True)]
    recipe = linear_recipe(RECIPES["general"].with_kinds({"age": "number", "team": "category"}))
    columns = {"text": [f"so {i}" for i in range(40)], "age": ages, "team": teams}

    model, by_keras = train(labelled_rows(columns, {"label": labels}, recipe=recipe), recipe)

    assert by_keras is None
    rows = {"text": ["so", "so", "so"], "age": [70, 2, 70], "team": ["it", "it", "hr"]}
    assert model.predict(rows).tolist() == ["old", "young", "young"]
