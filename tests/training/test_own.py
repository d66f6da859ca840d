"""Somebody's own Keras model takes the batches that ours take, and answers as ours do."""

import keras
import numpy as np
import pytest

from seqtext import SequenceClassifier
from seqtext.errors import BundleError, RecipeError, SeqtextError
from seqtext.models.heads import Multiclass
from seqtext.models.spec import ModelSpec
from seqtext.models.text import TextInput

pytestmark = pytest.mark.slow

TINY = {"recipe": "recurrent", "epochs": 6, "min_steps": 0, "min_count": 1, "max_length": 4, "learning_rate": 0.05}
TINY |= {"early_stopping": "none"}


def sequential(spec):
    """Averages of word vectors, and one sigmoid."""
    return keras.Sequential(
        [
            keras.layers.Embedding(spec.inputs[0].vocabulary_size, 4),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


def functional(spec):
    ids = keras.Input((None,), dtype="int32", name="body")
    vectors = keras.layers.GlobalMaxPooling1D()(keras.layers.Embedding(spec.inputs[1].vocabulary_size, 4)(ids))
    answers = {head.name: keras.layers.Dense(head.n_labels, activation="softmax")(vectors) for head in spec.outputs}
    return keras.Model({"body": ids}, answers)


class Subclassed(keras.Model):
    """Takes all inputs in a dict, gives one array."""

    def __init__(self, spec):
        super().__init__()
        self.embedding = keras.layers.Embedding(spec.inputs[0].vocabulary_size, 4)
        self.answer = keras.layers.Dense(spec.outputs[0].n_labels, activation="softmax")

    def call(self, inputs, training=False):
        return self.answer(keras.ops.mean(self.embedding(inputs["text"]), axis=1))


@pytest.mark.parametrize("build", [sequential, Subclassed])
def test_a_model_of_ones_own_trains_evaluates_and_predicts(reviews, build):
    texts, labels = reviews
    classifier = SequenceClassifier(**TINY, build=build).fit(texts, labels)

    assert isinstance(classifier.model_, build if isinstance(build, type) else keras.Sequential)
    assert classifier.score(texts, labels) > 0.8
    assert classifier.predict_proba(texts[:3]).shape == (3, 2)
    np.testing.assert_allclose(classifier.predict_proba(texts).sum(axis=1), 1, atol=1e-5)
    assert [set(one) >= {"loss", "validation_loss"} for one in classifier.history_] == [True] * 6


def test_saving_or_pickling_it_says_what_can_be_saved(reviews, tmp_path):
    import pickle

    classifier = SequenceClassifier(**(TINY | {"epochs": 1}), build=sequential).fit(*reviews)

    with pytest.raises(BundleError, match="only models that seqtext builds can be saved for use without Keras"):
        classifier.save(tmp_path / "model")
    with pytest.raises(SeqtextError, match="cannot be pickled"):
        pickle.dumps(classifier)


def test_several_inputs_and_outputs_have_their_names(reviews):
    texts, moods = reviews
    columns = {"title": texts, "body": [text.upper() for text in texts]}
    answers = {"mood": moods, "long": ["yes" if len(text) > 20 else "no" for text in texts]}

    classifier = SequenceClassifier(**(TINY | {"epochs": 1}), build=functional).fit(columns, answers)

    assert {name: one.shape for name, one in classifier.predict_proba(columns).items()} == {
        "mood": (40, 2),
        "long": (40, 2),
    }


def test_bags_that_go_straight_to_the_labels_are_left_out(reviews):
    seen = []
    settings = TINY | {"recipe": "general", "epochs": 1}
    SequenceClassifier(**settings, build=lambda spec: seen.append(spec) or sequential(spec)).fit(*reviews)

    assert [encoder.kind for encoder in seen[0].inputs[0].encoders] == ["recurrent"]
    with pytest.raises(RecipeError, match="only bags that go straight to the labels"):
        SequenceClassifier("linear", build=sequential).fit(*reviews)


def test_a_model_that_gives_something_else_is_refused():
    from seqtext.models.build import own_model
    from seqtext.models.recurrent import Recurrent

    spec = ModelSpec((TextInput("text", 9, (Recurrent(2, units=2),)),), (Multiclass("label", 3),))

    with pytest.raises(RecipeError, match=r"gives {'label': \(None, 1\)}, expected probabilities {'label': \(None, 3"):
        own_model(sequential(spec), spec)
    stranger = keras.Input((2,), name="titel")
    with pytest.raises(RecipeError, match="the model takes 'titel', which is not there; there is 'text'"):
        own_model(keras.Model({"titel": stranger}, keras.layers.Dense(3)(stranger)), spec)
