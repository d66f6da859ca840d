"""Recipes: what may be set, how it is written on the command line, and what the named ones promise."""

import dataclasses
import math

import pytest

from seqtext.errors import RecipeError
from seqtext.recipes import BOUNDS, CHOICES, RECIPES, Recipe, configure, find_recipe


@pytest.mark.parametrize("name", RECIPES)
def test_every_named_recipe_makes_a_pipeline_and_a_model(name):
    recipe = RECIPES[name]

    spec = recipe.spec({"text": len(recipe.pipeline().fit(["a b"]).vocabulary_)}, {"label": 2})

    assert spec.inputs[0].units == recipe.units


@pytest.mark.parametrize("name", RECIPES)
def test_every_named_recipe_says_in_one_line_what_it_is_for(name):
    assert RECIPES[name].description
    assert "\n" not in RECIPES[name].description


def test_every_setting_that_is_a_number_or_a_choice_is_checked():
    free = {"description", "clean", "tokens", "bidirectional"}

    assert {field.name for field in dataclasses.fields(Recipe)} == free | BOUNDS.keys() | CHOICES.keys()


@pytest.mark.parametrize("name", BOUNDS)
def test_the_bounds_themselves_are_allowed(name):
    for value in BOUNDS[name]:
        dataclasses.replace(Recipe(early_stopping="none"), **{name: type(getattr(Recipe(), name))(value)})


@pytest.mark.parametrize("name", BOUNDS)
def test_beyond_the_bounds_is_refused(name):
    low, high = BOUNDS[name]
    for value in (low - 1, high + 1):
        with pytest.raises(RecipeError, match=f"{name} is {value}"):
            dataclasses.replace(Recipe(), **{name: type(getattr(Recipe(), name))(value)})


@pytest.mark.parametrize("name", CHOICES)
def test_a_word_that_is_no_choice_is_answered_with_the_choices(name):
    with pytest.raises(RecipeError, match=f"{name} is 'nonsense', expected one of {CHOICES[name][0]}"):
        dataclasses.replace(Recipe(), **{name: "nonsense"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units": "many"}, "units is 'many', expected a whole number"),
        ({"units": 2.5}, "units is 2.5, expected a whole number"),
        ({"units": True}, "units is True, expected a whole number"),
        ({"units": None}, "units is None, expected a whole number"),
        ({"learning_rate": math.nan}, "learning_rate is nan, expected"),
        ({"learning_rate": "fast"}, "learning_rate is 'fast', expected a number"),
        ({"bidirectional": "yes"}, "bidirectional is 'yes', expected True or False"),
        ({"clean": "lowercase"}, "clean is 'lowercase', expected a tuple"),
        ({"cell": None}, "cell is None, expected a word"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(change, message):
    with pytest.raises(RecipeError, match=message):
        dataclasses.replace(Recipe(), **change)


def test_only_the_length_may_be_open():
    assert Recipe(max_length=None).max_length is None


def test_early_stopping_needs_rows_to_watch():
    with pytest.raises(RecipeError, match="validation_share is 0; set early_stopping=none"):
        Recipe(validation_share=0.0)


@pytest.mark.parametrize(
    ("setting", "name", "value"),
    [
        ("units=32", "units", 32),
        ("units = 32", "units", 32),
        ("num_words=20_000", "num_words", 20_000),
        ("num-words=5000", "num_words", 5000),
        ("learning_rate=1e-3", "learning_rate", 0.001),
        ("learning_rate=1", "learning_rate", 1.0),
        ("bidirectional=no", "bidirectional", False),
        ("bidirectional=TRUE", "bidirectional", True),
        ("max_length=none", "max_length", None),
        ("max_length=7", "max_length", 7),
        ("cell=gru", "cell", "gru"),
        ("clean=lowercase, urls", "clean", ("lowercase", "urls")),
        ("clean=", "clean", ()),
        ('clean=["lowercase", ["regex", "a,b", ""]]', "clean", ("lowercase", ["regex", "a,b", ""])),
    ],
)
def test_a_setting_is_read_as_its_type(setting, name, value):
    assert getattr(configure(Recipe(), [setting]), name) == value


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("units", "'units' is not a setting; write it as name=value"),
        ("unit=3", "no setting 'unit'; did you mean 'units'"),
        ("units=many", "units is 'many', expected a whole number"),
        ("units=1e3", "units is '1e3', expected a whole number"),
        ("learning_rate=fast", "learning_rate is 'fast', expected a number"),
        ("learning_rate=nan", "learning_rate is nan, expected"),
        ("bidirectional=perhaps", "bidirectional is 'perhaps', expected true or false"),
        ("cell=ltsm", "cell is 'ltsm', expected one of .*; did you mean 'lstm'"),
        ('clean=["lowercase"', "clean is not a JSON list"),
        ("max_length=0", "max_length is 0, expected 1 to 100,000"),
    ],
)
def test_a_wrong_setting_is_answered_with_what_is_expected(setting, message):
    with pytest.raises(RecipeError, match=message):
        configure(Recipe(), [setting])


def test_the_last_of_two_settings_holds():
    assert configure(Recipe(), ["units=3", "units=5"]).units == 5


def test_settings_leave_the_named_recipe_as_it_is():
    configure(RECIPES["general"], ["units=3"])

    assert RECIPES["general"] == Recipe()


def test_a_misspelt_recipe_is_answered_with_the_nearest():
    with pytest.raises(RecipeError, match=r"no recipe 'sentimant'; there are .*; did you mean 'sentiment'"):
        find_recipe("sentimant")


def test_the_models_of_the_slides_are_those_of_the_slides():
    rnn, lstm = RECIPES["slides/imdb-simple-rnn"], RECIPES["slides/gop-lstm"]

    assert (rnn.cell, rnn.units, rnn.embedding_dim, rnn.num_words, rnn.max_length) == (
        "simple_rnn",
        32,
        32,
        10_000,
        500,
    )
    assert (rnn.head, rnn.optimizer, rnn.batch_size, rnn.epochs, rnn.validation_share) == (
        "binary",
        "rmsprop",
        128,
        10,
        0.2,
    )
    assert (lstm.cell, lstm.units, lstm.embedding_dim, lstm.num_words) == ("lstm", 196, 128, 2_000)
    assert (lstm.dropout, lstm.recurrent_dropout, lstm.batch_size, lstm.epochs, lstm.test_share) == (
        0.2,
        0.2,
        32,
        7,
        0.33,
    )
