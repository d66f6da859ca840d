"""Train, save, reload and score: true numbers, on unseen rows, or nothing at all."""

import dataclasses
import json
import signal
from pathlib import Path

import numpy as np
import pytest

from seqtext import load
from seqtext import model as model_module
from seqtext.data.dataset import Dataset
from seqtext.errors import BundleError, DataError, RecipeError, UnknownLabelError
from seqtext.evaluation import LINEAR, LINEAR_IN_FULL, MAJORITY, MODEL, score, score_table, verdict
from seqtext.recipes.change import changed
from seqtext.training import experiment as module
from seqtext.training import scoring
from seqtext.training.columns import Columns
from seqtext.training.experiment import experiment
from seqtext.training.labelled import labelled_rows
from seqtext.training.progress import Progress
from seqtext.training.run import Origin
from seqtext.training.scoring import report

pytestmark = pytest.mark.slow

COLUMNS = Columns({"text": "review"}, {"label": "mood"})


class Said(Progress):
    def __init__(self):
        self.lines = []

    def say(self, line):
        self.lines.append(line)


@pytest.fixture(scope="module")
def data(reviews):
    texts, labels = reviews
    return Dataset({"review": [*texts, "unlabelled", None], "mood": [*labels, None, ""]}, "reviews.csv")


@pytest.fixture(scope="module")
def recipe(tiny):
    return changed(tiny, {"cell": "simple_rnn", "epochs": 2, "bidirectional": False, "test_share": 0.25})


@pytest.fixture(scope="module")
def finished(data, recipe, tmp_path_factory):
    said = Said()
    folder = tmp_path_factory.mktemp("experiment") / "models" / "reviews"
    model = experiment(data, None, COLUMNS, recipe, folder, origin=Origin("tiny", data.source), progress=said)
    return model, said.lines


@pytest.fixture
def no_training(monkeypatch):
    monkeypatch.setattr(module, "train", lambda *_, **__: pytest.fail("training began"))


def left_in(folder):
    return [path.name for path in folder.iterdir()]


def test_all_contestants_are_scored_on_the_same_unseen_rows(finished):
    scores = finished[0].scores["label"]

    assert list(scores) == [MODEL, LINEAR, MAJORITY]
    assert {one.rows for one in scores.values()} == {10}
    assert scores[MAJORITY].accuracy == 0.5


def test_the_score_is_that_of_the_saved_model_on_the_held_out_rows(finished, data, recipe):
    model, _ = finished
    labelled = data.take(range(40))
    _, held_out = module.test_split(labelled, COLUMNS, recipe)
    rows = labelled.take(held_out)
    truth = np.array([["happy", "sad"].index(label) for label in rows.column("mood")])

    again = score(truth, load(model.folder).predict_proba(rows.column("review")).argmax(axis=1), ["happy", "sad"])

    assert again.to_dict() == model.scores["label"][MODEL].to_dict()


def test_no_test_row_was_learned_from(finished, data, recipe):
    model, _ = finished
    _, held_out = module.test_split(data.take(range(40)), COLUMNS, recipe)
    pipeline = model.preparers["text"]
    words = [set(pipeline.tokenize(text)) for text in data.take(range(40)).column("review")]
    of_test_rows = set().union(*(words[row] for row in held_out))
    of_others = set().union(*(words[row] for row in set(range(40)) - set(held_out.tolist())))

    assert model.made.rows == {"training": 24, "validation": 6, "test": 10}
    assert of_test_rows - of_others
    assert not (of_test_rows - of_others) & set(pipeline.vocabulary_)


def test_the_folder_tells_how_the_model_was_made(finished):
    folder = finished[0].folder
    manifest = json.loads((folder / "model.json").read_text())
    metrics = json.loads((folder / "metrics.json").read_text())
    history = (folder / "history.csv").read_text().splitlines()
    card = (folder / "README.md").read_text()

    assert manifest["columns"] == {"text": "review", "label": "mood"}
    assert manifest["recipe"]["text"]["encoders"][0]["units"] == 4
    assert manifest["recipe"]["rows"]["seed"] == 42
    assert manifest["made"]["source"] == "reviews.csv"
    assert metrics["label"][MODEL] == finished[0].scores["label"][MODEL].to_dict()
    assert history[0] == "epoch,loss,validation_loss,validation_accuracy,validation_macro_f1"
    assert len(history) == 3
    assert "- Output `label`, learned from the column `mood`: happy, sad" in card
    assert "- Input `text`: the column `review`" in card
    assert "macro-F1" in card
    assert "text: simple_rnn cannot use cuDNN on a GPU" in card
    assert "stopped" not in card


def test_what_is_learned_from_what_is_told_before_training(finished):
    assert finished[1][:3] == [
        "left out 2 rows of reviews.csv without a label",
        "40 rows, 2 labels in the column 'mood': happy 20 (50%), sad 20 (50%)",
        "30 rows for training (20% of them for validation), 10 held out for the score (equal texts kept on one side)",
    ]


def test_the_report_names_folder_scores_and_winner(finished):
    text = report(finished[0])

    assert "Scores on 10 rows that training never saw (saved model, reloaded, ONNX Runtime)" in text
    assert verdict(finished[0].scores["label"]) in text
    assert f"wrote {finished[0].folder} (simple_rnn 4," in text


def test_a_test_file_is_used_as_it_is(data, recipe, tmp_path):
    said = Said()
    test = Dataset({"review": ["what a joy", None, "what a mess"], "mood": ["happy", "sad", "sad"]}, "test.csv")

    model = experiment(data, test, COLUMNS, changed(recipe, {"epochs": 1}), tmp_path / "model", progress=said)

    assert model.scores["label"][MODEL].rows == 3
    assert "40 rows for training (20% of them for validation), 3 rows of test.csv for the score" in said.lines


def test_two_outputs_are_scored_each(reviews, recipe, tmp_path):
    texts, moods = reviews
    length = ["long" if len(text) > 28 else "short" for text in texts]
    data = Dataset({"title": [text[:5] for text in texts], "body": texts, "mood": moods, "length": length})
    columns = Columns({"title": "title", "body": "body"}, {"mood": "mood", "length": "length"})

    model = experiment(data, None, columns, changed(recipe, {"epochs": 1}), tmp_path / "model")

    assert {name: list(scores) for name, scores in model.scores.items()} == {
        "mood": [MODEL, LINEAR, MAJORITY],
        "length": [MODEL, LINEAR, MAJORITY],
    }
    assert "mood: scores on 10 rows" in report(model)


def test_without_a_test_share_there_is_no_score(data, recipe, tmp_path):
    model = experiment(data, None, COLUMNS, changed(recipe, {"test_share": 0.0, "epochs": 1}), tmp_path / "model")

    assert model.scores == {}
    assert model.made.rows["test"] == 0
    assert report(model).startswith(f"wrote {tmp_path / 'model'}")


def test_a_handful_of_rows_without_a_common_word_is_enough(recipe, tmp_path):
    data = Dataset({"review": ["one", "two", "three", "four", "five", "six", "", "eight"], "mood": ["a", "b"] * 4})
    recipe = changed(recipe, {"epochs": 1, "validation_share": 0.0})

    assert experiment(data, None, COLUMNS, recipe, tmp_path / "model").scores["label"][MODEL].rows == 2


def test_a_graph_that_differs_from_keras_is_not_saved(data, recipe, tmp_path, monkeypatch):
    real = model_module.build_graph

    def wrong(spec, weights, *more):
        bias = weights["label/answer/bias"] + np.float32([0.1, 0])
        return real(spec, {**weights, "label/answer/bias": bias}, *more)

    monkeypatch.setattr(model_module, "build_graph", wrong)

    with pytest.raises(BundleError, match="the ONNX graph differs from Keras"):
        experiment(data, None, COLUMNS, recipe, tmp_path / "model")

    assert left_in(tmp_path) == []


# ------------------------------------------------------------------------------------------------ interrupts


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_scoring_that_is_broken_off_leaves_the_model_without_scores(data, recipe, tmp_path, monkeypatch, error):
    def broken(*_, **__):
        raise error

    monkeypatch.setattr(module, "contest", broken)
    said = Said()

    with pytest.raises(error):
        experiment(data, None, COLUMNS, changed(recipe, {"epochs": 1}), tmp_path / "model", progress=said)

    model = load(tmp_path / "model")
    assert left_in(tmp_path) == ["model"]
    assert (model.scores, model.made.rows["test"]) == ({}, 10)
    assert set(model.predict(["what a joy"])) <= {"happy", "sad"}
    stopped = f"stopped; the model in {tmp_path / 'model'} is complete, but has no scores"
    assert (said.lines[-1] == stopped) == (error is KeyboardInterrupt)


def test_an_interrupt_while_the_model_is_published_says_that_it_is_there(data, recipe, tmp_path, monkeypatch):
    real = module.saving.save

    def interrupted(*arguments, **options):
        signal.raise_signal(signal.SIGINT)
        return real(*arguments, **options)

    monkeypatch.setattr(module.saving, "save", interrupted)
    said = Said()

    with pytest.raises(KeyboardInterrupt):
        experiment(data, None, COLUMNS, changed(recipe, {"epochs": 1}), tmp_path / "model", progress=said)

    assert said.lines[-1].endswith("model is complete, but has no scores")
    assert load(tmp_path / "model").scores == {}


def test_an_interrupt_during_training_leaves_nothing_unless_it_is_the_first(data, recipe, tmp_path):
    class Twice(Said):
        def batch(self, *_):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    said = Twice()
    with pytest.raises(KeyboardInterrupt):
        experiment(data, None, COLUMNS, recipe, tmp_path / "model", progress=said)

    assert left_in(tmp_path) == []
    assert "complete" not in said.lines[-1]


def test_a_model_that_was_stopped_is_scored_and_says_so(data, recipe, tmp_path):
    class Once(Said):
        def batch(self, *_):
            signal.raise_signal(signal.SIGINT)

    model = experiment(data, None, COLUMNS, recipe, tmp_path / "model", progress=Once())

    assert model.made.was_stopped
    assert model.scores["label"][MODEL].rows == 10
    assert "1 epoch, stopped by hand before the end" in (tmp_path / "model" / "README.md").read_text()


# ------------------------------------------------------------------------------------------------ refused before


def test_settings_for_an_input_that_is_not_there_are_refused_before_training(data, recipe, tmp_path, no_training):
    with pytest.raises(
        RecipeError,
        match="settings for the input 'title', but only 'text' is read; name its column, as in --text title",
    ):
        experiment(data, None, COLUMNS, changed(recipe, {"title.units": 3}), tmp_path / "model")


def test_an_unknown_test_label_is_refused_before_training(data, recipe, tmp_path, no_training):
    test = Dataset({"review": ["hm"], "mood": ["bored"]}, "test.csv")

    with pytest.raises(UnknownLabelError, match="'bored'"):
        experiment(data, test, COLUMNS, recipe, tmp_path / "model")


def test_an_existing_model_is_refused_before_training(data, recipe, saved, no_training):
    with pytest.raises(BundleError, match="holds a model already"):
        experiment(data, None, COLUMNS, recipe, saved)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (Columns({"text": "reveiw"}, {"label": "mood"}), "has no column 'reveiw'; .*; did you mean 'review'"),
        (Columns({"text": "review"}, {"label": "label"}), "has no column 'label'"),
    ],
)
def test_a_missing_column_is_refused_before_training(data, recipe, tmp_path, no_training, columns, message):
    with pytest.raises(DataError, match=message):
        experiment(data, None, columns, recipe, tmp_path / "model")


def test_a_file_without_any_label_is_refused(recipe, tmp_path, no_training):
    data = Dataset({"review": ["a", "b"], "mood": [None, ""]}, "empty.csv")

    with pytest.raises(DataError, match=r"no row of empty.csv has a label in 'mood'; name another"):
        experiment(data, None, COLUMNS, recipe, tmp_path / "model")


def fake(accuracy, macro_f1, rows=1_000):
    real = score(np.array([0, 1]), np.array([0, 1]), ["a", "b"])
    return dataclasses.replace(real, accuracy=accuracy, macro_f1=macro_f1, confusion=real.confusion * (rows // 2))


@pytest.mark.parametrize(
    ("ours", "linear", "rows", "expected"),
    [
        (0.9, 0.8, 1_000, "this model beats the linear model by 0.100 macro-F1"),
        (
            0.8,
            0.9,
            1_000,
            LINEAR_IN_FULL + " wins by 0.100 macro-F1",
        ),
        (0.82, 0.8, 100, "this model beats the linear model by 0.020 macro-F1, but on 100 rows that can be chance"),
        (
            0.8,
            0.8,
            100,
            "this model and " + LINEAR_IN_FULL + " do equally well",
        ),
        (0.33, 0.8, 100, "this model learned nothing: it does no better than always answering the most frequent label"),
    ],
)
def test_the_verdict_is_plain(ours, linear, rows, expected):
    scores = {MODEL: fake(ours, ours, rows), LINEAR: fake(linear, linear, rows), MAJORITY: fake(0.5, 0.33, rows)}

    assert verdict(scores) == expected


def test_a_linear_model_is_called_one_whatever_stands_beside_it():
    scores = {MODEL: fake(0.8, 0.8), MAJORITY: fake(0.5, 0.33)}

    assert verdict(scores, is_linear=True) == "this model is a linear one itself, and no other was scored beside it"
    both = verdict({**scores, LINEAR: fake(0.8, 0.8)}, is_linear=True)
    assert both == f"this model is a linear one itself, and {LINEAR_IN_FULL} does equally well"


def test_the_best_contestant_stands_first():
    scores = {MODEL: fake(0.7, 0.6), LINEAR: fake(0.8, 0.7), MAJORITY: fake(0.5, 0.3)}

    assert [line.split("  ")[0] for line in score_table(scores).splitlines()[1:]] == [LINEAR, MODEL, MAJORITY]


# ------------------------------------------------------------------------------------- labels that are missing

TWO = Columns({"text": "review"}, {"mood": "mood", "rain": "rain"})


@pytest.fixture(scope="module")
def with_holes(data, recipe, tmp_path_factory):
    """Of 42 rows 40 have a mood and 21 say something of rain: every second, and one without a mood."""
    rain = ["wet" if i % 4 == 0 else "dry" if i % 4 == 2 else "" for i in range(40)]
    rows = Dataset({**data.columns, "rain": [*rain, "wet", None]}, "reviews.csv")
    said = Said()
    recipe = changed(recipe, {"class_weight": "balanced", "logit_adjustment": 0.5})
    model = experiment(rows, None, TWO, recipe, tmp_path_factory.mktemp("two") / "model", progress=said)
    return model, said.lines


def test_a_row_is_left_out_only_if_it_has_no_label_at_all(with_holes):
    assert with_holes[1][:5] == [
        "left out 1 row of reviews.csv without any label",
        "1 row without 'mood': trained and scored on the other labels only",
        "20 rows without 'rain': trained and scored on the other labels only",
        "40 rows, 2 labels in the column 'mood': happy 20 (50%), sad 20 (50%)",
        "21 rows, 2 labels in the column 'rain': wet 11 (52%), dry 10 (48%)",
    ]


def test_each_output_is_scored_on_the_test_rows_that_have_its_label(with_holes):
    model, _ = with_holes
    mood, rain = (model.scores[name] for name in ("mood", "rain"))

    assert {one.rows for one in mood.values()} == {10}
    assert 0 < rain[MODEL].rows < 10
    assert len({one.rows for one in rain.values()}) == 1
    assert sum(model.made.rows.values()) == 41


def test_a_rare_label_of_a_later_output_is_not_lost_to_the_test_rows(data, recipe):
    for seed in range(5):
        rows = Dataset({**data.take(range(40)).columns, "rain": ["dry"] * 39 + ["flood"]}, "reviews.csv")
        kept, held_out = module.test_split(rows, TWO, changed(recipe, {"seed": seed}))

        assert 39 in kept
        assert len(held_out) in (9, 10)


def test_a_label_that_is_missing_everywhere_is_an_error_before_training(data, recipe, tmp_path, no_training):
    rows = Dataset({**data.columns, "rain": [None] * len(data)}, "reviews.csv")

    with pytest.raises(
        DataError, match="no row has a label in 'rain', so there is nothing to learn; name another column"
    ):
        experiment(rows, None, TWO, recipe, tmp_path / "model")


def test_an_output_with_one_label_is_an_error_before_training(data, recipe, tmp_path, no_training):
    rows = Dataset({**data.columns, "rain": ["dry", *[None] * (len(data) - 1)]}, "reviews.csv")

    with pytest.raises(DataError, match="all 1 rows have the label 'dry' in 'rain', so there is nothing to learn"):
        experiment(rows, None, TWO, recipe, tmp_path / "model")


def test_a_column_that_is_named_twice_is_refused():
    with pytest.raises(DataError, match="the column 'mood' is named twice; every output needs a column of its own"):
        Columns.named(["text"], ["mood", "rain", "mood"])


def test_a_model_that_can_no_longer_be_written_is_saved_elsewhere(finished, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    model, save = finished[0], module.saving.save

    def full(one, folder, **how):
        if Path(folder).name == "gone":
            raise BundleError("the model cannot be written to gone: No space left on device")
        return save(one, folder, **how)

    monkeypatch.setattr(module.saving, "save", full)

    with pytest.raises(
        BundleError, match="No space left on device; the trained model, without scores, is in "
    ) as error:
        module.save_somewhere(model, tmp_path / "gone", replace=False)
    assert load(str(error.value).rpartition(" is in ")[2]).summary == model.summary


def test_where_a_model_can_be_saved_nowhere_no_empty_folder_is_left(finished, monkeypatch, tmp_path):
    def full(*_, **__):
        raise BundleError("the model cannot be written: No space left on device")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(module.tempfile, "tempdir", None)
    monkeypatch.setattr(module.saving, "save", full)

    with pytest.raises(BundleError, match=r"^the model cannot be written: No space left on device$"):
        module.save_somewhere(finished[0], tmp_path / "gone", replace=False)

    assert list(tmp_path.iterdir()) == []


def test_a_linear_model_that_cannot_be_made_costs_a_line_and_not_the_scores(finished, monkeypatch):
    def fails(*_, **__):
        raise MemoryError

    monkeypatch.setattr(scoring, "train", fails)
    said, model = Said(), finished[0]
    rows = labelled_rows({"text": ["so good", "so bad"]}, {"label": ["happy", "sad"]})

    scores = scoring.contest(model, rows, {"text": ["so good"]}, {"label": np.array([0])}, progress=said)

    assert list(scores["label"]) == [MODEL, MAJORITY]
    assert said.lines == ["the linear model to compare with could not be made: not enough memory"]
