"""Training on pairs of texts that share words and encoders."""

import dataclasses

import numpy as np
import pytest

from seqtext import SequenceClassifier, saving
from seqtext.errors import RecipeError
from seqtext.models.bag import Bag
from seqtext.models.number import NumberSettings
from seqtext.models.recurrent import Recurrent
from seqtext.models.sharing import Comparison
from seqtext.models.text import TextSettings, unlike
from seqtext.recipes import Recipe
from seqtext.recipes.change import changed, configure
from seqtext.recipes.named import find_recipe
from seqtext.training.labelled import labelled_rows
from seqtext.training.progress import Progress
from seqtext.training.run import fit_preparers, fitted, train

QUESTIONS = ["is the sky blue", "is grass green", "is snow hot", "is fire cold"] * 6
ANSWERS = ["the sky is blue", "yes", "snow never is hot", "no it burns"] * 6
LABELS = ["yes", "yes", "no", "no"] * 6
STILL = {"epochs": 1, "learning_rate": 1e-8, "early_stopping": "none", "validation_share": 0.25}
WHERE_IT_STANDS = "question/recurrent_0/embedding/embeddings"


class Told(Progress):
    def __init__(self):
        self.lines = []

    def say(self, line):
        self.lines.append(line)


def pairs(recipe=None, **more):
    return labelled_rows({"question": QUESTIONS, "answer": ANSWERS, **more}, {"label": LABELS}, recipe=recipe)


def compared(recipe, **changes):
    small = {"texts": "compared", "units": 2, "embedding_dim": 3, "min_count": 1}
    return changed(recipe, {**small, **STILL, **changes})


# ------------------------------------------------------------------------------------------------ words


@pytest.mark.parametrize("encoders", [(Recurrent(),), (Recurrent(), Bag())], ids=["sequence", "with bag"])
def test_texts_that_share_have_the_words_of_all_of_them_and_of_training_rows_alone(encoders):
    recipe = compared(Recipe(text=TextSettings(encoders=encoders)))
    rows = labelled_rows({"one": ["red", "blue", "red"], "two": ["green", "red", "late"]}, {"label": ["a", "b", "a"]})

    first, second = fit_preparers(rows, recipe, np.array([0, 1])).values()

    for preparer in (first, second):
        words = getattr(preparer, "sequence_vocabulary", preparer.vocabulary_)
        assert words == ["", "[UNK]", "red", "blue", "green"]


def test_each_text_keeps_the_n_grams_of_its_own():
    recipe = compared(Recipe(text=TextSettings(encoders=(Recurrent(), Bag(ngrams=1, max_chars=0, min_count=1)))))
    rows = labelled_rows({"one": ["red", "blue"], "two": ["green", "red late"]}, {"label": ["a", "b"]})

    first, second = fit_preparers(rows, recipe, np.array([0, 1])).values()

    assert (len(first.bags[0].keys_), len(second.bags[0].keys_)) == (2, 3)


def test_texts_that_share_may_be_cut_differently():
    recipe = configure(compared(Recipe()), ["question.max_length=2", "question.truncating=post"])

    question, answer = fit_preparers(pairs(), recipe, np.arange(24)).values()

    assert (question.max_length, answer.max_length) == (2, 256)
    assert question.vocabulary_ == answer.vocabulary_


# ------------------------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            ["answer.units=3"],
            "texts is 'compared', but units is not the same for 'question' and 'answer'; set it for all",
        ),
        (["question.min_count=3"], "but min_count is not the same for 'question' and 'answer'"),
        (["answer.clean=urls"], "but clean is not the same"),
    ],
)
def test_settings_that_would_make_shared_texts_differ_are_refused(settings, message):
    with pytest.raises(RecipeError, match=message):
        train(pairs(), configure(compared(Recipe()), settings))


@pytest.mark.parametrize("asked", ["shared", "compared"])
def test_one_text_has_nothing_to_share_with(asked):
    rows = labelled_rows({"text": QUESTIONS}, {"label": LABELS})

    with pytest.raises(
        RecipeError, match=f"texts is '{asked}', but there is only one text; give another --text, or set"
    ):
        train(rows, changed(Recipe(), {"texts": asked}))


def test_bags_alone_cannot_be_shared():
    with pytest.raises(
        RecipeError, match="but the recipe has only bags, which each text has for itself; take one with"
    ):
        train(pairs(), changed(find_recipe("linear"), {"texts": "shared"}))


def test_more_pairs_than_can_be_compared_are_refused_and_as_many_as_can_are_not():
    recipe = Recipe(texts="compared")

    assert len(recipe.sharing([f"text{i}" for i in range(11)])) == 11
    with pytest.raises(
        RecipeError, match="12 texts make 66 pairs, and at most 64 can be compared; give fewer texts, or"
    ):
        recipe.sharing([f"text{i}" for i in range(12)])


def test_encoders_of_other_kinds_are_unlike():
    assert unlike(TextSettings(), TextSettings(encoders=(Bag(),))) == ["encoders"]


# ------------------------------------------------------------------------------------------------ training


@pytest.mark.slow
def test_both_halves_of_the_default_learn_from_pairs_and_what_is_saved_is_what_was_trained(tmp_path):
    recipe = compared(find_recipe("general"), learning_rate=0.01)
    recipe = dataclasses.replace(recipe, inputs={"age": NumberSettings()})
    rows = pairs(recipe, age=[1, 2, 3, 4] * 6)

    model, _ = train(rows, recipe)  # it compares Keras with ONNX on the validation rows
    again = saving.load(saving.save(model, tmp_path / "pairs"))

    assert model.spec.comparisons == (Comparison("question", "answer"),)
    assert [getattr(part, "shares", None) for part in model.spec.inputs] == ["", "question", None]
    columns = {"question": QUESTIONS, "answer": ANSWERS, "age": [1, 2, 3, 4] * 6}
    np.testing.assert_array_equal(again.predict_proba(columns), model.predict_proba(columns))


@pytest.mark.slow
def test_word_vectors_are_read_once_for_all_texts_that_share(tmp_path):
    file, told = tmp_path / "vectors.txt", Told()
    file.write_text("sky 1 2\nburns 3 4\nnew 5 6\n")

    model, _ = train(pairs(), compared(Recipe(), vectors=str(file)), progress=told)

    words, rows = model.preparers["question"].vocabulary_, model.weights[WHERE_IT_STANDS]
    assert model.preparers["answer"].vocabulary_ == words
    np.testing.assert_allclose(rows[words.index("burns")], np.divide([3, 4], 2.5), atol=1e-5)
    np.testing.assert_allclose(rows[words.index("new")], np.divide([5, 6], 2.5), atol=1e-5)
    assert len([line for line in told.lines if "have a vector" in line]) == 1


@pytest.mark.slow
def test_texts_that_share_start_from_a_pretrained_network(untrained_network, tmp_path):
    from seqtext.training.pretrained import known_words

    recipe, told = compared(find_recipe("general"), pretrained="mine", pretrained_layers="all"), Told()

    model, _ = train(pairs(), recipe, networks={"mine": untrained_network}, progress=told)

    place = known_words(model.preparers["answer"]).index("film")
    their_place = untrained_network.pipeline.vocabulary_.index("film")
    expected = untrained_network.weights["embedding/embeddings"][their_place] / 4
    np.testing.assert_allclose(model.weights[WHERE_IT_STANDS][place], expected, atol=1e-5)
    assert len([line for line in told.lines if "starts from mine" in line]) == 1


@pytest.mark.slow
def test_the_classifier_compares_the_columns_of_a_frame():
    frame = {"question": QUESTIONS, "answer": ANSWERS}
    model = SequenceClassifier("recurrent", texts="compared", units=2, embedding_dim=3, epochs=1).fit(frame, LABELS)

    assert model.trained_.spec.comparisons == (Comparison("question", "answer"),)
    assert model.predict_proba(frame).shape == (24, 2)


def test_no_words_are_dropped_from_texts_that_are_compared():
    recipe, reasons = fitted(changed(find_recipe("general"), {"texts": "compared"}), pairs())

    assert recipe.text.encoders[0].word_dropout == 0
    assert reasons["word_dropout"] == "0.0 (pairs differ in single words)"
