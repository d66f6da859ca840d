"""Recipes: what may be set, and what the named ones promise."""

import dataclasses

import pytest

from seqtext.errors import RecipeError
from seqtext.models.recurrent import Recurrent
from seqtext.models.spec import INPUT_SETTINGS, Dense
from seqtext.models.text import ENCODERS, TextSettings
from seqtext.recipes import Output, Recipe, Rows, Training
from seqtext.recipes.named import RECIPES, find_recipe

KINDS = [kind() for kind in (*INPUT_SETTINGS.values(), *ENCODERS.values())]
PARTS = (*KINDS, Dense(), Output(), Training(early_stopping="none"), Rows(), Recipe())
FIELDS = [(part, field) for part in PARTS for field in dataclasses.fields(part)]
FREE = {"description", "clean", "bidirectional", "encoders", "text", "inputs", "dense", "output", "outputs"}
FREE |= {"training", "rows", "adapt", "vectors", "pretrained", "separator", "early_stopping_output", "training_scores"}


def of(fields):
    return pytest.mark.parametrize(
        ("part", "field"), fields, ids=[f"{type(part).__name__}.{field.name}" for part, field in fields]
    )


# min_chars cannot be above max_chars, either.
numbers = of([pair for pair in FIELDS if pair[1].metadata.get("low") is not None and pair[1].name != "min_chars"])
words = of([pair for pair in FIELDS if pair[1].metadata.get("choices") is not None])


@of(FIELDS)
def test_every_setting_that_is_a_number_or_a_word_says_what_it_may_be(part, field):
    known = field.metadata.get("choices") or field.metadata.get("high")

    assert (known is not None) == (field.name not in FREE)


@numbers
def test_the_bounds_themselves_are_allowed_and_what_is_beyond_is_refused(part, field):
    low, high = field.metadata["low"], field.metadata["high"]
    kind = type(getattr(part, field.name))

    for value in (low, high):
        dataclasses.replace(part, **{field.name: kind(value)})
    for value in (low - 1, high + 1, float("nan")):
        with pytest.raises(RecipeError, match=f"{field.name} is "):
            dataclasses.replace(part, **{field.name: value})


@words
def test_a_word_that_is_no_choice_is_answered_with_the_choices(part, field):
    with pytest.raises(
        RecipeError, match=f"{field.name} is 'os.system', expected one of .*{getattr(part, field.name)}"
    ):
        dataclasses.replace(part, **{field.name: "os.system"})


def test_the_bounds_are_those_of_people():
    with pytest.raises(RecipeError, match="batch_size is 0, expected 1 to 100,000"):
        Training(batch_size=0)
    with pytest.raises(RecipeError, match="max_length is 0, expected 1 to 100,000"):
        TextSettings(max_length=0)
    assert TextSettings(max_length=None).max_length is None


def test_early_stopping_needs_rows_to_watch():
    with pytest.raises(RecipeError, match="validation_share is 0; set early_stopping=none"):
        Recipe(rows=Rows(validation_share=0.0))


def test_a_plateau_needs_rows_to_watch():
    with pytest.raises(RecipeError, match="plateau watches validation rows, but validation_share is 0"):
        Recipe(training=Training(schedule="plateau", early_stopping="none"), rows=Rows(validation_share=0.0))


def test_a_cleaning_step_that_does_not_exist_is_refused_when_the_recipe_is_made():
    with pytest.raises(RecipeError, match="lowercas"):
        TextSettings(clean=("lowercas",))


def test_a_text_that_nothing_reads_is_refused():
    with pytest.raises(RecipeError, match="a text has 1 to 16 encoders, this one has 0"):
        TextSettings(encoders=())


@pytest.mark.parametrize("name", RECIPES)
def test_every_named_recipe_makes_a_model_of_what_it_says(name):
    recipe = RECIPES[name]
    preparers = {"text": recipe.text.preparer().fit(["a b"]), "title": recipe.text.preparer().fit(["a b"])}

    spec = recipe.spec(preparers, {"label": 2})

    assert [part.encoders for part in spec.inputs] == [recipe.text.encoders] * 2
    assert [head.kind for head in spec.outputs] == [recipe.output.head]


def test_what_is_named_has_its_own_settings_and_the_rest_the_common_ones():
    recipe = Recipe(
        inputs={"title": TextSettings(num_words=10, encoders=(Recurrent(units=3),))},
        outputs={"mood": Output("binary")},
        dense=(Dense(5),),
    )
    preparers = {name: recipe.input(name).preparer().fit(["a a b b"]) for name in ("title", "body")}

    spec = recipe.spec(preparers, {"mood": 2, "topic": 3})

    assert [part.encoders[0].units for part in spec.inputs] == [3, 64]
    assert [preparers[name].num_words for name in ("title", "body")] == [10, 20_000]
    assert [head.kind for head in spec.outputs] == ["binary", "multiclass"]
    assert spec.dense == (Dense(5),)


def test_settings_for_what_the_data_lacks_are_refused():
    recipe = Recipe(inputs={"titel": TextSettings()}, outputs={"mood": Output()})

    with pytest.raises(
        RecipeError, match="settings for the input 'titel', but only 'title' is read; did you mean 'title'"
    ):
        recipe.check_names(["title"], ["mood"])
    with pytest.raises(
        RecipeError,
        match="settings for the output 'mood', but only 'label' is read; name its column, as in --label mood",
    ):
        recipe.check_names(["titel"], ["label"])


def test_columns_are_read_as_the_kind_of_their_input_reads_them():
    assert Recipe().read({"text": ["a", None, float("nan")]}) == {"text": ["a", "", ""]}
    with pytest.raises(TypeError, match="title: row 2 is int"):
        Recipe().read({"text": ["a"], "title": ["b", 3]})


def test_every_named_recipe_says_in_one_line_what_it_is_for():
    assert all(recipe.description and "\n" not in recipe.description for recipe in RECIPES.values())


def test_a_misspelt_recipe_is_answered_with_the_nearest():
    with pytest.raises(RecipeError, match=r"no recipe 'sentimant'; there are .*; did you mean 'sentiment'"):
        find_recipe("sentimant")


def facts(part, names):
    return tuple(getattr(part, name) for name in names.split())


def test_the_models_of_the_slides_are_those_of_the_slides():
    rnn, lstm = RECIPES["slides/imdb-simple-rnn"], RECIPES["slides/gop-lstm"]
    of_cell, of_training = "cell units embedding_dim bidirectional pooling", "optimizer batch_size epochs min_steps"

    assert facts(rnn.text.encoders[0], of_cell) == ("simple_rnn", 32, 32, False, "last")
    assert facts(rnn.text, "num_words max_length truncating") == (10_000, 500, "pre")
    assert facts(rnn.training, of_training) == ("rmsprop", 128, 10, 0)
    assert (rnn.output.head, rnn.rows.validation_share) == ("binary", 0.2)
    assert facts(lstm.text.encoders[0], of_cell) == ("lstm", 196, 128, False, "last")
    assert facts(lstm.text.encoders[0], "dropout recurrent_dropout") == (0.2, 0.2)
    assert facts(lstm.text, "num_words max_length") == (2_000, None)
    assert facts(lstm.training, of_training) == ("adam", 32, 7, 0)
    assert facts(lstm.rows, "test_share validation_share") == (0.33, 0.0)


@pytest.mark.parametrize(("name", "l2", "dropout"), [("", 0.0, 0.0), ("-l2", 0.001, 0.0), ("-dropout", 0.0, 0.5)])
def test_the_feed_forward_networks_of_the_slides_are_those_of_the_slides(name, l2, dropout):
    recipe = RECIPES[f"slides/imdb-dense{name}"]
    (bag,), (dense,) = recipe.text.encoders, recipe.dense

    assert facts(bag, "weighting ngrams max_chars min_count") == ("binary", 1, 0, 1)
    # Tokenizer(num_words=10_000) has a column that belongs to no word.
    assert facts(bag, "rank max_features") == ("occurrences", 9_999)
    assert facts(bag, "hidden_units activation l2 dropout") == (16, "relu", l2, dropout)
    assert facts(dense, "units activation l2 dropout") == (16, "relu", l2, dropout)
    assert facts(recipe.training, "optimizer batch_size epochs min_steps early_stopping") == (
        *("rmsprop", 512, 20, 0, "none"),
    )
    assert (recipe.output.head, recipe.rows.validation_share, recipe.head_dropout) == ("binary", 0.2, 0.0)
