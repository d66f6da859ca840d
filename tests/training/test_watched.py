"""Validation rows of a file of their own: they are watched, and nothing is learned from them."""

import numpy as np
import pytest

from seqtext.errors import DataError, UnknownLabelError
from seqtext.recipes import Recipe
from seqtext.recipes.change import changed
from seqtext.recipes.named import find_recipe
from seqtext.training.labelled import labelled_rows
from seqtext.training.run import train
from seqtext.training.watched import equal_texts, watched_rows

ROWS = labelled_rows({"text": ["so good", "so bad", "rather good"]}, {"label": ["yes", "no", "yes"]})


def watch(texts, labels, rows=ROWS):
    return watched_rows({"text": texts}, {"label": labels}, rows, Recipe())


def test_labels_have_the_numbers_that_they_have_in_training():
    assert watch(["fine", "awful", None], ["yes", "no", "no"]).targets["label"].tolist() == [1, 0, 0]


def test_a_label_that_no_training_row_has_is_refused():
    with pytest.raises(UnknownLabelError, match="maybe"):
        watch(["hm"], ["maybe"])


def test_no_rows_are_refused():
    with pytest.raises(DataError, match="there are no validation rows"):
        watch([], [])


def test_texts_that_stand_again_are_counted():
    watched = watch(["So good!", "new", "seen", "rather good"], ["yes"] * 4)

    assert equal_texts(watched, ROWS.inputs, {"text": ["seen", "new", "other"]}) == (
        "of 4 validation rows, the text stands again: 2 in a training row, 2 in a test row; "
        "what is said of the validation rows is too good"
    )
    assert equal_texts(watched, {"text": ["a"]}, {"text": ["b"]}) == ""


@pytest.mark.slow
def test_neither_words_nor_weights_are_learned_from_watched_rows(reviews, tiny):
    rows = labelled_rows({"text": reviews[0]}, {"label": reviews[1]})
    recipe = changed(tiny, {"epochs": 1, "cell": "simple_rnn", "bidirectional": False, "max_length": 2})

    one, other = (
        train(rows, recipe, watched=watch(texts, ["sad", "happy"], rows))[0]
        for texts in (["a film", "a song"], ["secret", "words"])
    )

    assert one.preparers["text"].vocabulary_ == other.preparers["text"].vocabulary_
    assert "secret" not in other.preparers["text"].vocabulary_
    assert other.made.rows == {"training": 40, "validation": 2, "test": 0}
    assert one.history[0]["loss"] == other.history[0]["loss"]
    assert one.history[0]["validation_loss"] != other.history[0]["validation_loss"]
    for name, weight in one.weights.items():
        np.testing.assert_array_equal(weight, other.weights[name])


def test_the_n_grams_learn_nothing_from_watched_rows_either(reviews):
    rows = labelled_rows({"text": reviews[0]}, {"label": reviews[1]})
    recipe = find_recipe("linear")

    one, other = (
        train(rows, recipe, watched=watch(reviews[0], labels, rows))[0] for labels in (reviews[1], reviews[1][::-1])
    )

    kernel = "text/bag_0/weighted_sum/kernel"
    np.testing.assert_array_equal(one.weights[kernel], other.weights[kernel])
    # But how far it is to be trusted was seen on them.
    assert one.made.mixed["label"][0] > other.made.mixed["label"][0]
