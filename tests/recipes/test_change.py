"""Single settings, by name: as they are written on the command line, and as Python values."""

import pytest

from seqtext.errors import RecipeError
from seqtext.models.recurrent import Recurrent
from seqtext.models.text import TextSettings
from seqtext.recipes import Output, Recipe
from seqtext.recipes.change import changed, configure, flat_settings
from seqtext.recipes.named import RECIPES, find_recipe

BOTH = Recipe(
    text=TextSettings(encoders=(Recurrent(units=10), Recurrent(units=10, cell="gru"))),
    inputs={"title": TextSettings()},
    outputs={"mood": Output("binary")},
)


def units(recipe, name="text"):
    return [encoder.units for encoder in recipe.input(name).encoders]


@pytest.mark.parametrize(
    ("setting", "name", "value"),
    [
        ("units=32", "units", 32),
        ("units = 32", "units", 32),
        ("num_words=20_000", "num_words", 20_000),
        ("num-words=5000", "num_words", 5000),
        ("learning_rate=1e-3", "learning_rate", 0.001),
        ("training.learning_rate=1", "learning_rate", 1.0),
        ("bidirectional=no", "bidirectional", False),
        ("bidirectional=TRUE", "bidirectional", True),
        ("max_length=none", "max_length", None),
        ("max_length=7", "max_length", 7),
        ("recurrent.cell=gru", "cell", "gru"),
        ("head=binary", "head", "binary"),
        ("rows.seed=1", "seed", 1),
        ("head_dropout=0", "head_dropout", 0.0),
        ("clean=lowercase, urls", "clean", ["lowercase", "urls"]),
        ("clean=", "clean", []),
        ('clean=["lowercase", ["regex", "a,b", ""]]', "clean", ["lowercase", ["regex", "a,b", ""]]),
    ],
)
def test_a_setting_is_read_as_its_type(setting, name, value):
    assert flat_settings(configure(Recipe(), [setting]))[name] == value


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("units", "'units' lacks its value; write it as name=value"),
        ("unit=3", "no setting 'unit'; did you mean 'units'"),
        ("title.untis=3", "no setting 'title.untis'; did you mean 'units'"),
        ("uints", "'uints' is not a setting; write it as name=value"),
        ("xyzzy=3", "no setting 'xyzzy'; there are description, head_dropout, "),
        ("recurrent.num_words=30", "no setting 'recurrent.num_words'; did you mean 'num_words'"),
        ("title..units=3", "no setting 'title..units'"),
        (".units=3", "no setting '.units'"),
        ("title.seed=3", "no setting 'title.seed'"),
        ("encoders=3", "no setting 'encoders'"),
        ("inputs=3", "no setting 'inputs'"),
        ("units=many", "units is 'many', expected a whole number"),
        ("units=1e3", "units is '1e3', expected a whole number"),
        ("learning_rate=fast", "learning_rate is 'fast', expected a number"),
        ("learning_rate=nan", "learning_rate is nan, expected"),
        ("bidirectional=perhaps", "bidirectional is 'perhaps', expected true or false"),
        ("cell=ltsm", "cell is 'ltsm', expected one of .*; did you mean 'lstm'"),
        ('clean=["lowercase"', "clean is not a JSON list"),
        ("max_length=0", "max_length is 0, expected 1 to 100,000"),
        ("validation_share=0", "validation_share is 0; set early_stopping=none"),
    ],
)
def test_a_wrong_setting_is_answered_with_what_is_expected(setting, message):
    with pytest.raises(RecipeError, match=message) as caught:
        configure(Recipe(), [setting])

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["units", "pretrained", "text.units"])
def test_a_setting_of_an_encoder_that_the_recipe_lacks_is_answered_with_that(name):
    with pytest.raises(RecipeError, match=f"'{name}' is a setting of a recurrent encoder, and the recipe has none; "):
        configure(find_recipe("linear"), [f"{name}=3"])


def test_a_name_alone_means_every_input_and_every_encoder():
    found = configure(BOTH, ["units=3"])

    assert (units(found), units(found, "title"), units(found, "body")) == ([3, 3], [3], [3, 3])


def test_a_name_alone_means_every_output():
    found = configure(BOTH, ["head=multiclass"])

    assert (found.output.head, found.outputs["mood"].head) == ("multiclass", "multiclass")


def test_the_name_of_an_input_narrows_a_setting_to_it():
    found = configure(BOTH, ["body.units=3", "title.recurrent.units=4", "title.num_words=9"])

    assert (units(found), units(found, "title"), units(found, "body")) == ([10, 10], [4], [3, 3])
    assert (found.text.num_words, found.input("title").num_words) == (20_000, 9)


@pytest.mark.parametrize(
    ("column", "name"), [("Preis in €", "Preis in €"), ("a.b", "a_b"), ("a.recurrent.b", "a_recurrent_b")]
)
def test_an_input_is_set_by_the_name_of_its_column_whatever_stands_in_it(column, name):
    found = configure(Recipe(), [f"{column}.units=3", f"{column}.recurrent.layers=2"])

    assert (units(found), units(found, name)) == ([64], [3])
    assert found.input(name).encoders[0].layers == 2


def test_the_name_of_an_output_narrows_a_setting_to_it():
    found = configure(Recipe(), ["rain.head=binary"])

    assert (found.output.head, found.outputs) == ("multiclass", {"rain": Output("binary")})


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (["units=3", "units=5"], ([5, 5], [5])),
        (["units=3", "title.units=5"], ([3, 3], [5])),
        (["title.units=5", "units=3"], ([3, 3], [3])),
        (["units=3", "title.units=5", "units=4"], ([4, 4], [4])),
        (["title.num_words=9", "units=3"], ([3, 3], [3])),
    ],
)
def test_a_later_setting_holds_against_an_earlier_one(settings, expected):
    found = configure(BOTH, settings)

    assert (units(found), units(found, "title")) == expected


@pytest.mark.parametrize("name", ["training", "rows", "kind", "inputs", "recurrent"])
def test_an_input_may_be_called_like_anything_of_ours(name):
    found = configure(Recipe(), [f"{name}.recurrent.units=3"])

    assert (units(found), units(found, name)) == ([64], [3])


@pytest.mark.parametrize("name", ["training", "rows", "kind", "inputs"])
def test_a_setting_that_the_section_lacks_belongs_to_the_input_of_its_name(name):
    found = configure(Recipe(), [f"{name}.units=3"])

    assert (units(found), units(found, name)) == ([64], [3])


def test_an_encoder_kind_is_every_encoder_of_it_and_an_input_of_that_name_has_its_own_settings():
    recipe = Recipe(inputs={"recurrent": TextSettings()})

    found = configure(recipe, ["recurrent.units=3", "recurrent.num_words=9"])

    assert (units(found), units(found, "recurrent")) == ([3], [3])
    assert (found.text.num_words, found.input("recurrent").num_words) == (20_000, 9)


def test_settings_that_belong_together_are_checked_together():
    found = configure(Recipe(), ["validation_share=0", "early_stopping=none"])

    assert found.rows.validation_share == 0


@pytest.mark.parametrize("name", ["epochs", "training.epochs"])
def test_who_asks_for_epochs_gets_that_many(name):
    assert configure(Recipe(), [f"{name}=2"]).training.min_steps == 0
    assert changed(Recipe(), {name: 2, "min_steps": 9}).training.min_steps == 9


def test_python_values_are_taken_as_they_are():
    assert changed(Recipe(), {"max_length": None, "clean": ("urls",)}).text.clean == ("urls",)
    with pytest.raises(RecipeError, match="units is '3', expected a whole number"):
        changed(Recipe(), {"units": "3"})


def test_settings_leave_the_named_recipe_as_it_is():
    configure(RECIPES["recurrent"], ["units=3", "title.units=4", "head=binary"])

    assert RECIPES["recurrent"] == Recipe()
