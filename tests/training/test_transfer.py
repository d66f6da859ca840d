"""Models that start from a pre-trained network, and from rows without a label."""

import dataclasses

import numpy as np
import pytest

from seqtext import language, saving
from seqtext.data.dataset import Dataset
from seqtext.errors import BundleError, DataError, RecipeError
from seqtext.models.bag import Bag
from seqtext.models.recurrent import Recurrent
from seqtext.recipes import Recipe
from seqtext.recipes.change import changed
from seqtext.recipes.pretraining import pretraining_recipe
from seqtext.training import transfer
from seqtext.training.columns import Columns
from seqtext.training.experiment import experiment
from seqtext.training.labelled import labelled_rows
from seqtext.training.pretrain import pretrain
from seqtext.training.pretrained import SHRINK
from seqtext.training.progress import Progress
from seqtext.training.run import train

pytestmark = pytest.mark.slow

TINY = ["units=4", "embedding_dim=5", "epochs=1", "min_count=1", "max_length=4", "batch_size=8"]
# So slow that what a model started from can be seen in it.
STILL = {"learning_rate": 1e-8, "epochs": 1, "early_stopping": "none", "validation_share": 0.0}


class Told(Progress):
    def __init__(self):
        self.lines = []

    def say(self, line):
        self.lines.append(line)


@pytest.fixture(scope="module")
def others():
    """Texts without labels, with words that the labelled ones lack."""
    return [f"what a splendid film number {i % 5} and a marvellous cast" for i in range(40)]


@pytest.fixture(scope="module")
def network(others, tmp_path_factory):
    """Folder of a tiny network, and what it holds."""
    folder = tmp_path_factory.mktemp("networks") / "tiny"
    made, _ = pretrain(others, pretraining_recipe(Recipe(), TINY))
    language.save(made, folder)
    return folder, made


def learn(reviews, recipe, **options):
    return train(labelled_rows({"text": reviews[0]}, {"label": reviews[1]}), recipe, **options)[0]


def still(tiny, folder, **more):
    return changed(tiny, {**STILL, "pretrained": str(folder), "pretrained_layers": "all", "cell": "lstm", **more})


def test_the_weights_of_the_network_arrive_in_the_saved_model(reviews, tiny, network, tmp_path):
    folder, made = network
    saved = saving.load(saving.save(learn(reviews, still(tiny, folder)), tmp_path / "model"))

    words, theirs = saved.preparers["text"].vocabulary_, made.pipeline.vocabulary_
    rows = saved.weights["text/recurrent_0/embedding/embeddings"]
    expected = made.weights["embedding/embeddings"][[theirs.index(word) if word in theirs else 1 for word in words]]
    # The embedding four times smaller and what reads it four times larger: together they do what they did.
    np.testing.assert_allclose(rows, expected / 4, atol=1e-5)
    for direction in ("forward", "backward"):
        for part, times in (("kernel", 4), ("recurrent_kernel", 1), ("bias", 1)):
            name = f"lstm_0/{direction}/{part}"
            np.testing.assert_allclose(saved.weights[f"text/recurrent_0/{name}"], times * made.weights[name], atol=1e-5)


def test_the_embedding_alone_may_be_taken(reviews, tiny, network):
    whole, started = (
        learn(reviews, still(tiny, network[0], pretrained_layers=layers)) for layers in ("all", "embedding")
    )

    name = "text/recurrent_0/embedding/embeddings"
    np.testing.assert_allclose(whole.weights[name], started.weights[name], atol=1e-5)
    name = "text/recurrent_0/lstm_0/forward/kernel"
    assert np.abs(whole.weights[name] - started.weights[name]).max() > 0.01


def test_widths_and_cell_are_those_of_the_network(reviews, tiny, network):
    encoder = learn(reviews, still(tiny, network[0], cell="gru", units=9)).spec.inputs[0].encoders[0]

    assert (encoder.cell, encoder.units, encoder.embedding_dim) == ("lstm", 4, 5)
    assert str(network[0]) in encoder.description


def test_words_that_only_the_network_knows_have_ids_of_their_own(reviews, tiny, network):
    model = learn(reviews, still(tiny, network[0]))

    (ids,) = model.preparers["text"].encode(["splendid marvellous"])

    assert (ids > 1).all()
    assert len(set(ids.tolist())) == 2


def test_no_more_words_are_kept_than_there_is_room_for(reviews, tiny, network, monkeypatch):
    monkeypatch.setattr(transfer, "EXTRA_WORDS", 1)
    before = learn(reviews, still(tiny, network[0], pretrained=""))

    after = learn(reviews, still(tiny, network[0]))

    assert after.spec.inputs[0].vocabulary_size == before.spec.inputs[0].vocabulary_size + 1


def test_the_bag_beside_it_counts_what_it_counted(reviews, tiny, network, tmp_path):
    both = dataclasses.replace(tiny, text=dataclasses.replace(tiny.text, encoders=(*tiny.text.encoders, Bag())))
    alone, started = (learn(reviews, still(both, folder)) for folder in ("", network[0]))

    saved = saving.load(saving.save(started, tmp_path / "model"))

    one, other = (model.preparers["text"] for model in (alone, saved))
    np.testing.assert_array_equal(one.bags[0].keys_, other.bags[0].keys_)
    assert one.vocabulary_ == other.vocabulary_[: len(one.vocabulary_)]
    assert "splendid" in other.sequence_vocabulary
    np.testing.assert_allclose(
        saved.predict_proba(["a splendid film", "dull"]), started.predict_proba(["a splendid film", "dull"])
    )


def test_the_bag_may_stand_first(reviews, tiny, network):
    both = dataclasses.replace(tiny, text=dataclasses.replace(tiny.text, encoders=(Bag(), *tiny.text.encoders)))

    model = learn(reviews, still(both, network[0]))

    np.testing.assert_allclose(
        model.weights["text/recurrent_1/lstm_0/forward/bias"], network[1].weights["lstm_0/forward/bias"], atol=1e-5
    )


def test_a_model_of_one_direction_takes_that_one(reviews, tiny, network):
    model = learn(reviews, still(tiny, network[0], bidirectional=False))

    np.testing.assert_allclose(
        model.weights["text/recurrent_0/lstm_0/forward/bias"], network[1].weights["lstm_0/forward/bias"], atol=1e-5
    )


def test_other_cleaning_is_said_in_a_line(reviews, tiny, network):
    told = Told()

    learn(reviews, still(tiny, network[0], clean=("lowercase", "urls")), progress=told)

    assert [line for line in told.lines if "cleaned by lowercase, urls, the pre-trained network's were by" in line]


def test_the_same_cleaning_is_not_worth_a_word(reviews, tiny, network):
    told = Told()

    learn(reviews, still(tiny, network[0]), progress=told)

    assert not [line for line in told.lines if "cleaned" in line]
    assert [line for line in told.lines if "starts from" in line and "more of its words are kept" in line]


def test_words_of_the_vectors_that_no_training_row_has_are_known(reviews, tiny, tmp_path):
    file = tmp_path / "vectors.txt"
    file.write_text("film 1 2 3\nunheard 4 5 6\n", encoding="utf-8")

    model = learn(reviews, changed(tiny, {**STILL, "vectors": str(file), "cell": "lstm"}))

    words = model.preparers["text"].vocabulary_
    assert words[-1] == "unheard"
    (table,) = (array for name, array in model.weights.items() if name.endswith("embeddings"))
    np.testing.assert_allclose(table[-1], np.array([4, 5, 6]) / SHRINK, rtol=1e-6)


def test_vectors_and_a_network_at_once_are_refused():
    with pytest.raises(RecipeError, match=r"vectors and pretrained are both set, .*; leave one out"):
        Recurrent(vectors="glove-6b-100d", pretrained="networks/mine")


def test_a_folder_that_is_none_is_refused_before_training(reviews, tiny, saved):
    with pytest.raises(BundleError, match="is a model, not a pre-trained network"):
        learn(reviews, still(tiny, saved))


# ------------------------------------------------------------------------------------------- rows without a label


@pytest.fixture
def partly(reviews, others):
    """Labelled rows, rows without a label, and the columns of both."""
    texts, labels = [*reviews[0], *others], [*reviews[1], *([None] * len(others))]
    return Dataset({"text": texts, "label": labels}, "some.csv"), Columns.named(["text"], ["label"])


@pytest.fixture
def fast(tiny, monkeypatch):
    """A recipe, for whose network a few batches are enough."""
    base = changed(pretraining_recipe(Recipe()), {"epochs": 1, "max_length": 4, "batch_size": 8, "min_count": 1})
    monkeypatch.setattr("seqtext.recipes.pretraining.PRETRAINING", base)
    return changed(tiny, {"epochs": 1, "cell": "lstm"})


def test_rows_without_a_label_are_learned_from_and_those_held_out_are_not(partly, fast, tmp_path, monkeypatch):
    data, columns = partly
    seen = []

    def spy(texts, *rest, **options):
        seen.extend(texts)
        return pretrain(texts, *rest, **options)

    monkeypatch.setattr("seqtext.training.unlabelled.pretrain", spy)
    told = Told()

    model = experiment(data, None, columns, fast, tmp_path / "m", progress=told, use_unlabelled=True)

    assert len(seen) == 40 + model.made.rows["training"]
    assert model.made.rows["training"] < 30 < 40 == len(set(data.column("text")[:40]))
    assert [line for line in told.lines if line.startswith("pre-training on 40 texts without a label and")]
    assert not [line for line in told.lines if "left out" in line]
    assert model.spec.inputs[0].encoders[0].pretrained == "unlabelled rows"
    assert "splendid" in model.preparers["text"].vocabulary_


def test_a_text_without_a_label_that_equals_a_test_text_is_left_out(partly, fast, tmp_path):
    data, columns = partly
    test = Dataset(
        {"text": ["What a splendid film number 0, and a marvellous cast!", "dull"], "label": ["happy", "sad"]}
    )
    told = Told()

    experiment(data, test, columns, fast, tmp_path / "m", progress=told, use_unlabelled=True)

    assert [line for line in told.lines if "32 texts without a label (8 more are among those held out)" in line]


def test_without_such_rows_there_is_a_clear_line(reviews, fast, tmp_path):
    data = Dataset({"text": reviews[0], "label": reviews[1]}, "all.csv")

    with pytest.raises(DataError, match=r"every row of all.csv has a label, so there is no text for --use-unlabelled"):
        experiment(data, None, Columns.named(["text"], ["label"]), fast, tmp_path / "m", use_unlabelled=True)


def test_without_a_recurrent_encoder_there_is_nothing_to_pre_train(partly, tmp_path):
    from seqtext.recipes.named import find_recipe

    with pytest.raises(RecipeError, match="has no recurrent network, so there is nothing to pre-train"):
        experiment(*(partly[0], None, partly[1]), find_recipe("linear"), tmp_path / "m", use_unlabelled=True)


def test_a_recipe_of_such_a_model_says_what_it_needs(reviews, tiny):
    with pytest.raises(RecipeError, match="pretrained is 'unlabelled rows' in this recipe; give --use-unlabelled"):
        learn(reviews, changed(tiny, {"pretrained": "unlabelled rows"}))
