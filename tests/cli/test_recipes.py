"""``seqtext recipes``."""

import json

import pytest

from seqtext.recipes.named import RECIPES, find_recipe
from seqtext.recipes.toml import read_recipe
from seqtext.schema import to_plain


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
    assert ["max_length", "none"] in lines
    assert ["clean", '["slides/gop"]'] in lines


def test_settings_as_json(run):
    assert json.loads(run("recipes", "imdb", "--json").stdout) == {"imdb": to_plain(find_recipe("imdb"))}
    assert list(json.loads(run("recipes", "--json").stdout)) == list(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_as_toml_is_that_recipe(run, write, name):
    assert read_recipe(write("mine.toml", run("recipes", name, "--toml").stdout)) == RECIPES[name]


def test_toml_is_of_one_recipe(run):
    result = run("recipes", "--toml")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "--toml prints one recipe; name it" in result.stderr
