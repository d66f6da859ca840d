"""The rules by which a recipe fits itself to the rows."""

import pytest

from seqtext.recipes.adapt import ADAPTED, Facts, adapt, facts_of, rules
from seqtext.recipes.change import changed, configure
from seqtext.recipes.named import RECIPES

USUAL = Facts(rows=10_000, labels=3, tokens=30, characters=120)


def test_a_recipe_without_rules_stays_as_it_is():
    assert adapt(RECIPES["recurrent"], USUAL) == (RECIPES["recurrent"], {})


@pytest.mark.parametrize("name", ["general", "sentiment", "imdb", "authors"])
def test_every_rule_of_a_named_recipe_has_a_setting(name):
    fitted, reasons = adapt(RECIPES[name], USUAL)

    assert set(reasons) == set(ADAPTED)
    assert fitted.adapt == ()


def test_the_linear_recipe_has_no_rule_for_a_recurrent_half():
    _, reasons = adapt(RECIPES["linear"], USUAL)

    assert "units" not in reasons
    assert "bag.max_chars" in reasons


def test_what_somebody_chose_is_not_left_to_the_rules():
    chosen = configure(RECIPES["general"], ["epochs=3", "bag.min_chars=3", "max_length=50"])

    fitted, reasons = adapt(chosen, USUAL)

    assert (fitted.training.epochs, fitted.training.min_steps, fitted.text.max_length) == (3, 0, 50)
    assert fitted.text.encoders[1].min_chars == 3
    assert not {"epochs", "min_steps", "bag.min_chars", "max_length"} & set(reasons)


@pytest.mark.parametrize(
    ("facts", "name", "expected"),
    [
        (Facts(10_000, 77, 30, 120), "epochs", 25),
        (Facts(10_000, 20, 30, 120), "epochs", 15),
        (Facts(10_000, 3, 30, 120), "epochs", 8),
        (Facts(25_000, 2, 500, 1_000), "epochs", 4),
        (Facts(500, 3, 30, 120), "validation_share", 0.2),
        (Facts(500, 3, 30, 120), "class_weight", "balanced"),
        (Facts(500, 3, 30, 120), "logit_adjustment", 0.0),
        (Facts(5_000, 3, 30, 120), "class_weight", "none"),
        (Facts(5_000, 3, 30, 120), "logit_adjustment", 0.3),
        (Facts(25_000, 3, 30, 120), "validation_share", 0.05),
        (Facts(25_000, 2, 500, 1_000, all_characters=25_000_000), "bag.max_chars", 0),
        (Facts(25_000, 2, 500, 1_000, all_characters=25_000_000), "bag.ngrams", 3),
        (Facts(25_000, 20, 500, 1_000, all_characters=25_000_000), "bag.ngrams", 2),
        (Facts(25_000, 2, 500, 1_000, all_characters=25_000_000), "bag.cost", 1.0),
        (Facts(2_000, 2, 500, 1_000, all_characters=2_000_000), "bag.max_chars", 5),
        (Facts(200_000, 2, 30, 100, all_characters=20_000_000), "bag.max_chars", 5),
        (Facts(500_000, 2, 30, 100, all_characters=50_000_000), "bag.max_chars", 0),
        (Facts(500_000, 2, 30, 100, all_characters=50_000_000), "bag.ngrams", 2),
        (Facts(10_000, 77, 30, 120), "bag.naive_bayes", 0.0),
        (Facts(10_000, 20, 30, 120), "bag.naive_bayes", 0.5),
        (Facts(25_000, 2, 500, 1_000), "max_length", 400),
        (Facts(10_000, 2_500, 30, 120), "bag.max_features", 1_797),
        (Facts(10_000, 3, 30, 120, has_vectors=True), "min_count", 1),
        (Facts(10_000, 77, 30, 120, has_vectors=True, are_compared=True), "embedding_dropout", 0.0),
        (Facts(10_000, 77, 30, 120, are_compared=True), "word_dropout", 0.0),
        (Facts(10_000, 77, 30, 120), "word_dropout", 0.1),
    ],
)
def test_rules(facts, name, expected):
    assert rules(facts)[name][0] == expected


def test_facts_are_read_off_the_rows():
    facts = facts_of({"title": ["a b"] * 99 + ["a b c d"], "body": ["x" * 10] * 100}, [2, 5])

    assert facts == Facts(rows=100, labels=5, tokens=2, characters=8, all_characters=304 + 1_000)


def test_a_fitted_recipe_says_all_it_was_fitted_to():
    fitted, _ = adapt(RECIPES["general"], Facts(10_000, 77, 30, 120))

    assert changed(fitted, {}) == fitted
    assert fitted.training.epochs == 25
