"""A trained model answers: each text for itself, rows in their order, columns by the names that people know."""

import copy
import dataclasses
import pickle
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtext import model as module
from seqtext.card import model_card
from seqtext.errors import BundleError
from seqtext.models.heads import Multiclass
from seqtext.models.recurrent import Recurrent
from seqtext.models.rows import Rows
from seqtext.models.spec import ModelSpec
from seqtext.models.text import TextInput

GRU = (Recurrent(embedding_dim=3, cell="gru", units=2),)
SPEC = ModelSpec((TextInput("text", 8, GRU),), (Multiclass("label", 2),))

HOSTILE = (
    "", " ", "\0", "\ud800", "\ufeff", "\r\n\t", "\u202eabc", "e\u0301", "👍🏽" * 50, "good " * 5_000, "x" * 100_000,
    "<br />" * 500, '"', "NaN", "[UNK]", "\x85", "日本語", "RT @a http://b.c #d", "not good!" * 300,
)  # fmt: skip
texts = st.none() | st.sampled_from(HOSTILE) | st.text(max_size=30) | st.sampled_from(["good film", "not the bad"])


@pytest.fixture(scope="module")
def small(untrained):
    """A model of the words good, bad, film, the, not and !."""
    return untrained(SPEC)


@pytest.fixture(scope="module")
def pairs(untrained):
    """A model of two inputs and one output, whose columns have names of their own."""
    import dataclasses

    spec = ModelSpec((TextInput("title", 8, GRU), TextInput("body", 8, GRU)), (Multiclass("label", 2),))
    columns = {"title": "Mail subject", "body": "标题", "label": "Folder"}
    return dataclasses.replace(untrained(spec), columns=columns)


# ------------------------------------------------------------------------------------------------ answers


def test_a_model_in_memory_answers_what_keras_answers(learned, reviews):
    from seqtext.training.fit import predict

    trained, by_keras = learned
    rows = Rows.encode(trained.preparers, {"text": reviews[0]}, {})

    np.testing.assert_allclose(trained.predict_proba(reviews[0]), predict(by_keras, rows)["label"], atol=1e-5)


def test_the_model_has_learned_the_reviews(trained, reviews):
    texts, labels = reviews

    assert np.mean(trained.predict(texts) == labels) > 0.8


@settings(max_examples=30)
@given(rows=st.lists(texts, min_size=1, max_size=12), order=st.randoms(use_true_random=False))
def test_a_text_gets_the_same_probabilities_alone_and_in_any_batch_in_any_order(trained, rows, order):
    alone = np.concatenate([trained.predict_proba([text]) for text in rows])
    places = list(range(len(rows)))
    order.shuffle(places)

    together = trained.predict_proba([rows[place] for place in places])

    np.testing.assert_allclose(together, alone[places], atol=1e-5)
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-5)


def test_more_rows_than_a_batch_holds_keep_their_order(trained):
    rows = ["a lovely film " * (i % 5) + ("boring" if i % 3 else "funny") for i in range(3 * module.BATCH_ROWS + 7)]

    alone = np.concatenate([trained.predict_proba([text]) for text in rows])

    np.testing.assert_allclose(trained.predict_proba(rows), alone, atol=1e-5)


def test_long_texts_are_read_a_few_at_a_time(small, monkeypatch):
    rows = ["good " * 3_000, *["bad"] * 70, "film " * 2_500]
    monkeypatch.setattr(module, "BATCH_IDS", 2**17)
    whole = small.predict_proba(rows)
    read = []
    run = module.TrainedModel.run
    monkeypatch.setattr(module, "BATCH_IDS", 8_192)
    monkeypatch.setattr(module.TrainedModel, "run", lambda self, feed: read.append(feed["text"]) or run(self, feed))

    in_parts = small.predict_proba(rows)

    assert max(ids.size for ids in read) <= 8_192
    np.testing.assert_allclose(in_parts, whole, atol=1e-5)


@pytest.mark.parametrize("missing", [None, float("nan"), "", "  "])
def test_a_missing_text_is_one_unknown_word(small, missing):
    np.testing.assert_array_equal(small.predict_proba([missing]), small.predict_proba(["quux"]))


def test_no_texts_give_no_rows(small):
    assert small.predict_proba([]).shape == (0, 2)
    assert small.predict([]).shape == (0,)


def test_the_most_probable_label_is_given_as_a_string(small):
    best = small.predict_proba(["good"]).argmax()

    assert small.predict(["good"]).tolist() == [f"label {best}"]


@pytest.mark.parametrize("text", ["good film", b"good film"])
def test_one_string_is_refused_as_a_list_of_texts(small, text):
    with pytest.raises(TypeError, match="expected a list of values, found one string; put it into a list"):
        small.predict(text)


def test_a_row_that_is_no_text_is_named(small):
    with pytest.raises(TypeError, match="row 2 is int"):
        small.predict(["good", 3])


def test_a_table_without_names_is_refused_with_a_way_out(small):
    table = np.array([["good", "fine"], ["bad", "poor"]], dtype=object)

    with pytest.raises(ValueError, match="found an array of 2 columns without names; give a DataFrame, or a dict"):
        small.predict(table)


def test_a_graph_that_cannot_run_is_one_line(untrained, monkeypatch):
    monkeypatch.setattr("seqtext.models.graph.OPSET", 10_000)

    with pytest.raises(BundleError, match=r"^the model cannot be run: [^\n]*; train it again$"):
        untrained(SPEC).start()


# ------------------------------------------------------------------------------------------------ columns


def test_several_answers_go_by_the_columns_that_they_were_learned_from(trained_pairs, reviews):
    columns = {"body": reviews[0][:5], "title": [text[:9] for text in reviews[0][:5]]}

    found = trained_pairs.predict_proba(columns)

    assert {name: answer.shape for name, answer in found.items()} == {"mood": (5, 2), "rain": (5, 2)}
    assert set(trained_pairs.predict(columns)["rain"]) <= {"dry", "wet"}
    assert {name: classes.tolist() for name, classes in trained_pairs.classes_.items()} == {
        "mood": ["happy", "sad"],
        "rain": ["dry", "wet"],
    }


def test_columns_go_by_the_names_of_the_training_data_or_of_the_inputs(pairs):
    from pandas import DataFrame

    plain = {"title": ["good", "bad"], "body": ["the film", None]}
    frame = DataFrame({"标题": plain["body"], "other": 1, "Mail subject": plain["title"]})

    np.testing.assert_array_equal(pairs.predict_proba(frame), pairs.predict_proba(plain))


def test_a_single_input_takes_a_single_column_of_any_name(small):
    from pandas import DataFrame

    texts = ["good", "bad film"]

    for same in (DataFrame({"Body": texts}), {"Body": texts}, np.array(texts)[:, None], tuple(texts)):
        np.testing.assert_array_equal(small.predict_proba(same), small.predict_proba(texts))


@pytest.mark.parametrize(
    ("texts", "error", "message"),
    [
        (["good"], TypeError, "reads several columns; give a DataFrame or a dict with 'Mail subject', '标题'"),
        ({"title": ["a"]}, ValueError, "the input '标题' is missing; this model reads 'Mail subject', '标题'"),
        ({"title": ["a"], "body": ["a", "b"]}, ValueError, "all inputs must have the same number of rows"),
        ({"title": "a", "body": ["a"]}, TypeError, "found one string; put it into a list"),
    ],
)
def test_wrong_columns_are_answered_with_what_the_model_reads(pairs, texts, error, message):
    with pytest.raises(error, match=message):
        pairs.predict(texts)


# ------------------------------------------------------------------------------------------------ copies and threads


@pytest.mark.parametrize("again", [copy.deepcopy, copy.copy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_of_a_model_that_has_answered_answers_the_same(trained, again):
    before = trained.predict_proba(["what a joy", "what a mess"])

    np.testing.assert_array_equal(again(trained).predict_proba(["what a joy", "what a mess"]), before)


def test_sixteen_threads_may_ask_one_model_from_its_first_answer_on(saved, reviews, monkeypatch):
    from seqtext import load

    texts, model = reviews[0], load(saved)
    expected = load(saved).predict_proba(texts)
    made, build = [], module.build_graph
    monkeypatch.setattr(module, "build_graph", lambda *parts: made.append(time.sleep(0.05)) or build(*parts))

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: model.predict_proba(texts), range(64)))

    for one in found:
        np.testing.assert_allclose(one, expected, atol=1e-6)
    assert len(made) == 1


def test_the_representation_says_what_it_is(trained):
    assert repr(trained).startswith("TrainedModel('in memory': bidirectional gru 4, ")
    assert repr(trained).endswith("words, labels happy, sad)")


def test_rows_are_encoded_a_piece_at_a_time_and_answered_in_their_order(trained, monkeypatch):
    from seqtext import model as module

    texts = ["what a lovely film", "dull", "", "a waste of time", "lovely", "what a dull waste"] * 3
    whole = trained.predict_proba(texts)
    seen = []
    encode = module.Rows.encode
    monkeypatch.setattr(module.Rows, "encode", lambda *given: seen.append(len(given[1]["text"])) or encode(*given))

    monkeypatch.setattr(module, "PIECE_ROWS", 5)
    np.testing.assert_allclose(trained.predict_proba(texts), whole, atol=1e-5)
    monkeypatch.setattr(module, "PIECE_CHARACTERS", 10)
    np.testing.assert_allclose(trained.predict_proba(texts[:4]), whole[:4], atol=1e-5)

    assert seen == [5, 5, 5, 3, 1, 2, 1]


def test_which_share_of_the_rows_is_done_is_told(trained):
    told = []

    trained.probabilities({"text": ["so good"] * 100}, told.append)

    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize(
    ("epochs", "was_stopped", "said"),
    [
        (1, False, "1 epoch"),
        (12, True, "12 epochs, stopped by hand before the end"),
        (0, False, "solved directly, without epochs"),
        (0, True, "stopped by hand within the first epoch"),
    ],
)
def test_how_long_it_learned_is_said_as_people_would(trained, epochs, was_stopped, said):
    made = dataclasses.replace(trained.made, epochs=epochs, was_stopped=was_stopped)

    assert made.effort == said
    assert f"seed 42, {said}\n" in model_card(dataclasses.replace(trained, made=made))
