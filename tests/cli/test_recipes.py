"""``seqtext recipes``."""

import json

from seqtext.recipes import RECIPES


def test_every_recipe_is_listed_with_what_it_is_for(run):
    lines = run("recipes").stdout.splitlines()

    assert [line.split()[0] for line in lines if line[:1].isalpha()] == list(RECIPES)
    assert "who wrote it" in next(line for line in lines if line.startswith("authors"))


def test_the_list_fits_a_hundred_columns(run):
    assert max(map(len, run("recipes").stdout.splitlines())) <= 100


def test_all_settings_of_one_recipe(run):
    lines = [line.split(maxsplit=1) for line in run("recipes", "slides/gop-lstm").stdout.splitlines()]

    assert ["units", "196"] in lines
    assert ["recurrent_dropout", "0.2"] in lines
    assert ["max_length", "null"] in lines


def test_settings_as_json(run):
    found = json.loads(run("recipes", "imdb", "--json").stdout)

    assert list(found) == ["imdb"]
    assert found["imdb"]["cell"] == "lstm"
    assert list(json.loads(run("recipes", "--json").stdout)) == list(RECIPES)


def test_a_misspelt_recipe_is_answered_with_the_nearest(refused):
    assert refused("recipes", "sentimnet").endswith("did you mean 'sentiment'?")
