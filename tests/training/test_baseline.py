"""The opponents: they answer every row, learn from training rows alone, and cope with next to nothing."""

import pytest

from seqtext.training.baseline import linear, majority


def test_the_most_frequent_label_is_always_the_answer():
    assert majority(["b", "a", "b", "c"], 3) == ["b", "b", "b"]


def test_a_tie_goes_to_the_first_in_the_alphabet():
    assert majority(["b", "a"], 1) == ["a"]


def test_no_rows_get_no_answers():
    assert majority(["a"], 0) == []


def test_the_linear_model_learns_words():
    texts = ["good film", "good cast", "bad film", "bad cast"] * 3

    assert linear(texts, ["pos", "pos", "neg", "neg"] * 3, ["good", "bad", "a bad film"]) == ["pos", "neg", "neg"]


def test_the_linear_model_learns_pairs_of_words():
    texts = ["not good", "good not", "not good at", "good not at"] * 5

    assert linear(texts, ["neg", "pos"] * 10, ["not good", "good not"]) == ["neg", "pos"]


def test_the_linear_model_sees_punctuation():
    texts = ["so ! so", "so ; so"] * 5

    assert linear(texts, ["loud", "calm"] * 5, ["!", ";"]) == ["loud", "calm"]


def test_the_same_seed_gives_the_same_answers():
    texts = [f"word{i % 7} word{i % 5}" for i in range(40)]
    labels = ["ab"[i % 2] for i in range(40)]

    assert linear(texts, labels, texts, seed=3) == linear(texts, labels, texts, seed=3)


def test_texts_that_share_no_word_are_learned_all_the_same():
    assert linear(["one", "two", "three"], ["a", "b", "a"], ["two"]) == ["b"]


@pytest.mark.parametrize("texts", [["", "", ""], [" ", "\n", "\t"]])
def test_without_any_word_the_answer_is_the_most_frequent_label(texts):
    assert linear(texts, ["a", "b", "b"], ["one", ""]) == ["b", "b"]
