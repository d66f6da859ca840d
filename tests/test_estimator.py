"""SequenceClassifier: scikit-learn's contract, and labels that come back as they were."""

import copy
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from seqtext import SequenceClassifier, load
from seqtext.errors import BundleError, DataError, RecipeError
from seqtext.recipes.change import flat_settings
from seqtext.recipes.named import RECIPES

pytestmark = pytest.mark.slow

TINY = {
    "cell": "simple_rnn",
    "units": 2,
    "embedding_dim": 3,
    "bidirectional": False,
    "pooling": "max",
    "min_count": 1,
    "max_length": 4,
    "batch_size": 64,
    "epochs": 1,
    "early_stopping": "none",
    "validation_share": 0.0,
}


@pytest.fixture
def tiny_classifier():
    return SequenceClassifier(**TINY)


@pytest.fixture(scope="module")
def fitted(reviews):
    texts, labels = reviews
    settings = {**TINY, "epochs": 40, "learning_rate": 0.05, "batch_size": 20}
    return SequenceClassifier(**settings).fit(texts, labels)


# ------------------------------------------------------------------------------------------------ the contract


@pytest.mark.parametrize("settings", [{**TINY, "validation_share": 0.2}, {"recipe": "linear"}], ids=["deep", "linear"])
def test_a_label_of_a_single_row_is_learned_with_a_warning(reviews, settings, recwarn):
    texts, labels = reviews
    classifier = SequenceClassifier(**settings)

    classifier.fit([*texts, "something else altogether"], [*labels, "odd"])

    (said,) = [str(one.message) for one in recwarn if one.category is UserWarning]
    assert said.endswith("all with the label 'odd' (1 row) are learned from")
    assert "odd" in classifier.classes_
    assert np.allclose(classifier.predict_proba(texts).sum(axis=1), 1, atol=1e-5)


def test_the_constructor_only_stores(tiny_classifier):
    params = SequenceClassifier(cell=(odd := object())).get_params()

    assert params["cell"] is odd
    assert vars(SequenceClassifier()).keys() == params.keys()


def test_an_input_may_have_settings_of_its_own():
    import pandas as pd

    frame = pd.DataFrame({"title": ["good", "bad"] * 10, "body": ["a film", "a play"] * 10, "n": ["1", "2"] * 10})
    inputs = {"title": {"units": np.int64(3), "clean": ["lowercase"]}, "n": {"kind": "number", "clip": 2.0}}

    model = SequenceClassifier("recurrent", **{**TINY, "units": 2}, inputs=inputs).fit(frame, ["x", "y"] * 10).trained_

    assert {name: one.kind for name, one in model.recipe.inputs.items()}["n"] == "number"
    assert model.recipe.input("n").clip == 2.0
    assert model.recipe.input("title").clean == ("lowercase",)
    assert [model.recipe.input(name).encoders[0].units for name in ("title", "body")] == [3, 2]


def test_every_setting_of_a_recipe_is_a_parameter():
    settings = set(flat_settings(RECIPES["general"])) - {"description", "test_share", "split"}

    assert set(SequenceClassifier().get_params()) == settings | {"recipe", "verbose", "inputs", "warm_start", "build"}


def test_a_parameter_that_is_not_set_has_the_value_of_the_recipe():
    recipe = SequenceClassifier("imdb", units=np.int64(5), clean="lowercase", dropout=np.float32(0.5))._recipe()
    encoder = recipe.text.encoders[0]

    assert (recipe.text.max_length, recipe.text.clean, encoder.dropout) == (256, ("lowercase",), 0.5)
    assert (encoder.units, type(encoder.units)) == (5, int)


def test_clone_keeps_the_parameters_and_nothing_else(fitted):
    from sklearn.base import clone

    copied = clone(fitted)

    assert copied.get_params() == fitted.get_params()
    assert not hasattr(copied, "classes_")


def test_parameters_can_be_changed():
    assert SequenceClassifier().set_params(units=5, cell="gru").get_params()["units"] == 5


def test_an_unknown_parameter_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match=r"no SequenceClassifier option 'unit'; did you mean 'units'"):
        SequenceClassifier().set_params(unit=5)


def test_the_representation_shows_what_was_set():
    assert repr(SequenceClassifier("imdb", cell="gru", max_length=None)) == (
        "SequenceClassifier(recipe='imdb', max_length=None, cell='gru')"
    )


def test_scikit_learn_takes_it_for_a_classifier(tiny_classifier):
    from sklearn.base import is_classifier

    assert is_classifier(tiny_classifier)


@pytest.mark.parametrize("use", ["predict", "predict_proba", "save"])
def test_use_before_fit_is_a_not_fitted_error(tiny_classifier, tmp_path, use):
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError, match="is not fitted yet; call fit"):
        getattr(tiny_classifier, use)(["a"] if use != "save" else tmp_path / "model")


def test_cross_validation(tiny_classifier, reviews):
    from sklearn.model_selection import cross_val_score

    scores = cross_val_score(tiny_classifier, *reviews, cv=2)

    assert scores.shape == (2,)
    assert np.isfinite(scores).all()


def test_a_search_over_an_array_of_numbers_in_a_pipeline(tiny_classifier, reviews):
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    def shout(texts):
        return [text.upper() for text in texts]

    search = GridSearchCV(
        make_pipeline(FunctionTransformer(shout), tiny_classifier),
        {"sequenceclassifier__units": np.array([1, 2])},
        cv=2,
        scoring=["accuracy", "neg_log_loss"],
        refit="accuracy",
    ).fit(*reviews)

    assert search.best_params_["sequenceclassifier__units"] in (1, 2)
    assert set(search.predict(reviews[0])) <= {"happy", "sad"}
    assert np.isfinite(search.cv_results_["mean_test_neg_log_loss"]).all()


# ------------------------------------------------------------------------------------------------ labels and inputs


def test_it_learns(fitted, reviews):
    assert fitted.score(*reviews) > 0.9


def test_probabilities_are_in_the_order_of_the_classes(fitted, reviews):
    probabilities = fitted.predict_proba(reviews[0])

    assert fitted.classes_.tolist() == ["happy", "sad"]
    assert probabilities.shape == (40, 2)
    assert fitted.classes_[probabilities.argmax(axis=1)].tolist() == fitted.predict(reviews[0]).tolist()


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["yes", "no"], ["no", "yes"]),
        ([True, False], [False, True]),
        (np.array([-1, 1]), [-1, 1]),
        (np.array([3.0, 1.0]), [1, 3]),
    ],
    ids=["strings", "bools", "integers", "whole floats"],
)
def test_labels_come_back_with_their_type(tiny_classifier, reviews, labels, classes):
    y = np.array([labels[0], labels[1]] * 20) if isinstance(labels, np.ndarray) else [*labels] * 20

    found = tiny_classifier.fit(reviews[0], y).predict(reviews[0])

    assert tiny_classifier.classes_.tolist() == classes
    assert {type(value) for value in tiny_classifier.classes_.tolist()} == {type(value) for value in classes}
    assert set(found.tolist()) <= set(classes)
    assert 0 <= tiny_classifier.score(reviews[0], y) <= 1


def test_integer_classes_are_sorted_as_numbers(tiny_classifier):
    labels = [2, 10, 1] * 10

    tiny_classifier.fit([f"text {i}" for i in range(30)], labels)

    assert tiny_classifier.classes_.tolist() == [1, 2, 10]


@pytest.mark.parametrize("missing", [None, float("nan"), ""])
def test_a_missing_label_is_refused(tiny_classifier, missing):
    with pytest.raises(DataError, match="no label in row 3"):
        tiny_classifier.fit(["a", "b", "c"], ["x", "y", missing])


def test_labels_of_one_name_and_two_types_are_refused(tiny_classifier):
    with pytest.raises(ValueError, match="the labels '1' and 1 have the same name; use one type for all"):
        tiny_classifier.fit(["a", "b", "c"], [1, 2, "1"])


def test_a_data_frame_keeps_the_names_that_people_gave_its_columns(tiny_classifier, reviews, tmp_path):
    from pandas import DataFrame

    texts, moods = reviews
    X = DataFrame({"Mail subject": [text[:8] for text in texts], "标题": texts}, index=range(100, 140))
    y = DataFrame({"How it feels": moods, "stars (1-4)": [1, 2, 3, 4] * 10})

    tiny_classifier.set_params(class_weight="balanced").fit(X, y)
    saved = load(tiny_classifier.save(tmp_path / "model"))

    classes = {name: found.tolist() for name, found in tiny_classifier.classes_.items()}
    assert classes == {"How it feels": ["happy", "sad"], "stars (1-4)": [1, 2, 3, 4]}
    assert set(tiny_classifier.predict(X)["stars (1-4)"].tolist()) <= {1, 2, 3, 4}
    assert 0 <= tiny_classifier.score(X, y) <= 1
    shuffled = X[["标题", "Mail subject"]]
    for answer in (saved.predict_proba(X), saved.predict_proba(shuffled)):
        assert list(answer) == list(classes)
        for name, expected in tiny_classifier.predict_proba(X).items():
            np.testing.assert_array_equal(answer[name], expected)


def test_a_loaded_model_takes_the_frame_that_the_classifier_takes(tiny_classifier, reviews, tmp_path):
    from pandas import DataFrame

    frame = DataFrame({"Body": reviews[0], "Mood": reviews[1]})
    tiny_classifier.fit(frame[["Body"]], frame["Mood"])
    saved = load(tiny_classifier.save(tmp_path / "model"))

    expected = tiny_classifier.predict(frame[["Body"]]).tolist()

    assert saved.predict(frame[["Body"]]).tolist() == expected
    assert saved.predict(frame["Body"]).tolist() == expected
    # What else a frame holds is left alone.
    assert saved.predict(frame).tolist() == expected


def test_one_column_may_come_in_any_container(fitted, reviews):
    from pandas import DataFrame, Series

    texts = reviews[0][:5]
    expected = fitted.predict_proba(texts)

    for same in (
        tuple(texts),
        np.array(texts),
        np.array(texts, dtype=object)[:, None],
        Series(texts, index=range(7, 12)),
        DataFrame({"any name": texts}),
        {"text": texts},
        (text for text in texts),
    ):
        np.testing.assert_array_equal(fitted.predict_proba(same), expected)


@pytest.mark.parametrize("X", ["one text", b"one text"])
def test_one_string_is_refused(fitted, X):
    with pytest.raises(TypeError, match="expected a list of values, found one string; put it into a list"):
        fitted.predict(X)


def test_texts_and_labels_of_different_number_are_refused(tiny_classifier):
    with pytest.raises(ValueError, match="equally long"):
        tiny_classifier.fit(["a", "b", "c"], ["x", "y"])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"cell": "ltsm"}, "cell is 'ltsm', .*did you mean 'lstm'"),
        ({"units": "many"}, "units is 'many', expected a whole number"),
        ({"units": (1,)}, r"units is \(1,\), expected a whole number"),
        ({"units": 2.5}, "units is 2.5, expected a whole number"),
        ({"recipe": "imbd"}, "no recipe 'imbd'; .*did you mean 'imdb'"),
        ({"early_stopping": "loss"}, "validation_share is 0"),
        ({"clean": ("lowercas",)}, "lowercas"),
        ({"tokens": "wrods"}, "wrods"),
    ],
)
def test_a_wrong_parameter_is_refused_when_fitting(tiny_classifier, params, message, reviews):
    with pytest.raises(RecipeError, match=message):
        tiny_classifier.set_params(**params).fit(*reviews)


# ------------------------------------------------------------------------------------------------ again, saved, copied


def test_fitting_again_starts_afresh(tiny_classifier, reviews):
    texts, labels = reviews
    first = tiny_classifier.fit(texts, labels).predict_proba(texts)
    tiny_classifier.fit(["one", "two", "three", "four"], [0, 1, 0, 1])
    assert tiny_classifier.classes_.tolist() == [0, 1]

    again = tiny_classifier.fit(texts, labels).predict_proba(texts)

    np.testing.assert_array_equal(again, first)
    assert tiny_classifier.classes_.tolist() == ["happy", "sad"]


def test_with_a_warm_start_labels_are_added_and_weights_go_on(tiny_classifier, reviews):
    classifier = tiny_classifier.fit(*reviews).set_params(warm_start=True, epochs=1, learning_rate=1e-8)
    before, texts = classifier.trained_, [*reviews[0], "zebras gallop"] * 2

    classifier.fit(texts, [*reviews[1], "odd"] * 2)

    assert list(classifier.classes_) == ["happy", "sad", "odd"]
    old, new = (one.weights["text/recurrent_0/embedding/embeddings"] for one in (before, classifier.trained_))
    np.testing.assert_allclose(new[: len(old)], old, atol=1e-5)
    assert len(new) > len(old)


def test_what_is_saved_answers_the_same(fitted, reviews, tmp_path):
    model = load(fitted.save(tmp_path / "model"))

    np.testing.assert_array_equal(model.predict_proba(reviews[0]), fitted.predict_proba(reviews[0]))
    assert model.predict(reviews[0]).tolist() == fitted.predict(reviews[0]).tolist()


def test_a_saved_model_is_replaced_only_when_asked(fitted, tmp_path):
    fitted.save(tmp_path / "model")

    with pytest.raises(BundleError, match="holds a model already"):
        fitted.save(tmp_path / "model")
    fitted.save(tmp_path / "model", replace=True)


def through_pickle(classifier):
    return pickle.loads(pickle.dumps(classifier))


@pytest.mark.parametrize("again", [copy.deepcopy, through_pickle])
def test_a_copy_answers_the_same(fitted, reviews, tmp_path, again):
    expected = fitted.predict_proba(reviews[0])

    other = again(fitted)

    np.testing.assert_array_equal(other.predict_proba(reviews[0]), expected)
    assert load(other.save(tmp_path / "model")).label_names == {"label": ["happy", "sad"]}
    assert hasattr(fitted, "model_"), "only the copy lacks the Keras model"


def test_history_has_a_record_per_epoch(fitted):
    assert len(fitted.history_) == 40


def test_progress_is_shown_only_when_asked(tiny_classifier, reviews, capsys):
    tiny_classifier.fit(*reviews)
    quiet = capsys.readouterr()
    tiny_classifier.set_params(verbose=True).fit(*reviews)

    assert quiet == ("", "")
    assert "epoch 1/1  loss" in capsys.readouterr().err


def test_a_saved_model_answers_with_labels_of_the_type_that_it_learned(reviews, tmp_path):
    texts, labels = reviews
    numbers = [7 if label == "happy" else 10 for label in labels]
    classifier = SequenceClassifier(**TINY).fit(texts, numbers)

    classifier.save(tmp_path / "model")

    assert load(tmp_path / "model").predict(texts[:4]).tolist() == classifier.predict(texts[:4]).tolist()


def test_missing_texts_are_empty_texts_in_training_too(reviews):
    texts, labels = reviews

    classifier = SequenceClassifier(**TINY).fit([*texts, float("nan"), None], [*labels, "happy", "sad"])

    assert classifier.predict([float("nan")])[0] in ("happy", "sad")


def test_a_number_among_the_texts_is_named(reviews):
    texts, labels = reviews

    with pytest.raises(TypeError, match="text: row 41 is int"):
        SequenceClassifier(**TINY).fit([*texts, 3], [*labels, "sad"])


def test_epochs_that_are_asked_for_are_all_there_are(reviews):
    classifier = SequenceClassifier(units=2, embedding_dim=2, epochs=2).fit(*reviews)

    assert len(classifier.history_) == 2


def test_it_predicts_without_a_folder(fitted, reviews, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.mkdtemp", lambda *_, **__: pytest.fail("wrote something"))

    assert fitted.trained_.folder is None
    assert copy.deepcopy(fitted).predict(reviews[0][:2]).shape == (2,)
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------------------------------ silence

IN_A_FRESH_PROCESS = """
from sklearn.model_selection import cross_val_score
from seqtext import SequenceClassifier

if __name__ == "__main__":
    texts = ["a lovely film", "a dull film"] * 10
    labels = ["happy", "sad"] * 10
    {code}
"""


@pytest.mark.parametrize("level", [None, "0"])
@pytest.mark.parametrize(
    "code",
    [
        "for _ in range(7): SequenceClassifier(**{settings}).fit(texts, labels).predict(texts)",
        "cross_val_score(SequenceClassifier(**{settings}), texts, labels, cv=2, n_jobs=2)",
    ],
    ids=["fitting again and again", "in workers"],
)
def test_tensorflow_is_never_heard(code, level, tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    if level:
        environment["TF_CPP_MIN_LOG_LEVEL"] = level
    (tmp_path / "program.py").write_text(IN_A_FRESH_PROCESS.format(code=code.format(settings=TINY)))

    run = subprocess.run([sys.executable, tmp_path / "program.py"], capture_output=True, text=True, env=environment)

    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


# --------------------------------------------------------------------------------------------- kinds of columns


@pytest.fixture
def frame():
    pd = pytest.importorskip("pandas")
    team = pd.Categorical(["it", None] * 10)
    return pd.DataFrame(
        {"body": [f"so {i}" for i in range(20)], "age": [1, None] * 10, "team": team, "floor": [1, 2] * 10}
    )


def kinds(classifier):
    return {part.name: part.kind for part in classifier.trained_.spec.inputs}


@pytest.mark.slow
def test_the_types_of_a_frame_say_what_its_columns_are(frame):
    classifier = SequenceClassifier("recurrent", **{**TINY, "epochs": 1}, inputs={"floor": "category"})
    fitted = classifier.fit(frame, ["a", "b"] * 10)

    assert kinds(fitted) == {"body": "text", "age": "number", "team": "category", "floor": "category"}
    assert fitted.predict(frame[:3]).shape == (3,)
    with pytest.raises(
        ValueError, match=r"the input 'age' is missing; this model reads 'body', 'age', 'team', 'floor'"
    ):
        fitted.predict(frame.drop(columns="age"))


@pytest.mark.parametrize(
    ("inputs", "message"),
    [({"size": "number"}, "the column 'size', which X lacks"), ({"age": "nummer"}, "did you mean 'number'")],
)
def test_inputs_that_cannot_be_are_refused(frame, inputs, message):
    with pytest.raises((ValueError, RecipeError), match=message):
        SequenceClassifier("recurrent", inputs=inputs).fit(frame, ["a", "b"] * 10)


def test_labels_in_collections_of_a_frame_are_sets_and_a_missing_label_counts_neither_right_nor_wrong():
    pd = pytest.importorskip("pandas")
    texts = [f"{word} number {i}" for i in range(10) for word in ("rain", "sun")]
    labels = pd.DataFrame({"tags": [("wet", "grey"), {"dry"}] * 10, "mood": ["sad", "happy"] * 10})

    model = SequenceClassifier("linear").fit(texts, labels)

    assert [set(tags) for tags in model.predict(["rain", "sun"])["tags"]] == [{"wet", "grey"}, {"dry"}]
    assert model.score(texts[:4], labels[:4].assign(mood=["sad", None, "sad", float("nan")])) == 1.0
