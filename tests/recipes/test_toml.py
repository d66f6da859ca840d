"""Recipes in files, as TOML."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtext.errors import RecipeError
from seqtext.models.recurrent import Recurrent
from seqtext.models.spec import Dense
from seqtext.models.text import TextSettings
from seqtext.recipes import Output, Recipe
from seqtext.recipes.named import RECIPES
from seqtext.recipes.toml import read_recipe, to_toml
from seqtext.schema import from_plain, to_plain

EVERYTHING = Recipe(
    description='a "quoted"\n\\ line\x7f of ä and 标题',
    text=TextSettings(clean=("lowercase", ("regex", r"\d,\d", "")), max_length=None),
    inputs={
        "training": TextSettings(encoders=(Recurrent(units=3), Recurrent(cell="gru"))),
        "kind": TextSettings(clean=()),
        "标题 1": TextSettings(),
    },
    dense=(Dense(5), Dense(6, l2=0.5)),
    texts="compared",
    output=Output("binary"),
    outputs={"rows": Output("multiclass")},
)


def read(path, text):
    path.write_text(text, encoding="utf-8")
    return read_recipe(path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mine.toml"


@pytest.mark.parametrize("recipe", [*RECIPES.values(), EVERYTHING], ids=[*RECIPES, "everything"])
def test_a_recipe_survives_toml_and_json(path, recipe):
    assert read(path, to_toml(recipe)) == recipe
    assert from_plain(Recipe, json.loads(json.dumps(to_plain(recipe))), "recipe", RecipeError) == recipe


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=20), name=st.text("ab_-. ä\"'\n", min_size=1))
def test_any_word_and_any_name_survive_toml(tmp_path_factory, text, name):
    recipe = Recipe(description=text, inputs={name: TextSettings(max_length=7)})

    assert read(tmp_path_factory.mktemp("recipe") / "mine.toml", to_toml(recipe)) == recipe


def test_what_a_file_leaves_out_has_its_default(path):
    assert read(path, "") == Recipe()
    assert read(path, "[training]\nepochs = 3").training.batch_size == Recipe().training.batch_size


def test_a_named_input_has_for_its_default_what_text_says(path):
    found = read(path, '[text]\nmax_length = "none"\nnum_words = 50\n[inputs.title]\nnum_words = 9')

    assert (found.input("title").num_words, found.input("title").max_length) == (9, None)
    assert (found.input("body").num_words, found.input("body").max_length) == (50, None)


def test_an_encoder_and_a_dense_layer_need_only_what_is_different(path):
    found = read(path, '[[text.encoders]]\nkind = "recurrent"\nunits = 3\n[[dense]]\nunits = 4')

    assert found.text.encoders == (Recurrent(units=3),)
    assert found.dense == (Dense(4),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("= 3", "the recipe .*mine.toml is not valid TOML: "),
        ("[" * 10_000, "the recipe .*mine.toml is not valid TOML"),
        ("unit = 3", "mine.toml has an unknown key 'unit'"),
        ("[training]\nepoch = 3", "mine.toml.training has an unknown key 'epoch'; did you mean 'epochs'"),
        ("training = 3", "mine.toml.training is 3, expected an object"),
        ("inputs = 3", "mine.toml.inputs is 3, expected an object"),
        ("text = 3", "mine.toml.text is 3, expected an object"),
        ("[inputs]\ntitle = 3", "mine.toml.inputs.title is 3, expected an object"),
        (
            '[inputs.title]\nkind = "txt"',
            "mine.toml.inputs.title is of the kind 'txt', expected .*; did you mean 'text'",
        ),
        ("[training]\nepochs = 2.5", r"mine.toml.training.epochs is 2.5, expected int"),
        ("[training]\nepochs = 0", "mine.toml.training: epochs is 0, expected 1 to 100,000"),
        ('[training]\nepochs = "none"', "mine.toml.training.epochs is 'none', expected int"),
        ("[training]\nlearning_rate = nan", "mine.toml.training: learning_rate is nan"),
        ("[text]\nencoders = []", "mine.toml.text: a text has 1 to 16 encoders, this one has 0"),
        ('[[text.encoders]]\nkind = "lstm"', r"text.encoders\[0\] is of the kind 'lstm', expected one of recurrent"),
        ('[text]\nclean = ["lowercas"]', "mine.toml.text: .*lowercas"),
        ("[rows]\nvalidation_share = 0", "mine.toml: early stopping watches validation rows"),
        ("x = 1\n" * 200_000, "has more than 1,000,000 bytes, so it is no recipe"),
    ],
    ids=lambda value: value[:30],
)
def test_a_file_that_makes_no_sense_is_answered_in_one_line(path, text, message):
    with pytest.raises(RecipeError, match=message) as caught:
        read(path, text)

    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1_000


def test_a_file_that_cannot_be_read_is_answered_in_one_line(tmp_path):
    with pytest.raises(RecipeError, match=r"the recipe .*none.toml cannot be read: No such file"):
        read_recipe(tmp_path / "none.toml")
    with pytest.raises(RecipeError, match="cannot be read: Is a directory"):
        read_recipe(tmp_path)
    (tmp_path / "latin.toml").write_bytes("description = 'ä'".encode("latin-1"))
    with pytest.raises(RecipeError, match=r"latin\.toml is not valid TOML"):
        read_recipe(tmp_path / "latin.toml")
