"""Any number of labels a row: learned, saved, answered and scored, by the network, by n-grams and by both."""

import csv
import io
import json

import numpy as np
import pytest

from seqtext import SequenceClassifier, load
from seqtext.data.dataset import Dataset
from seqtext.errors import DataError
from seqtext.evaluation import LINEAR, MAJORITY, MODEL
from seqtext.models.bag import Bag
from seqtext.models.recurrent import Recurrent
from seqtext.models.text import TextSettings
from seqtext.recipes import Output, Recipe, Rows, Training
from seqtext.recipes.change import changed
from seqtext.training.columns import Columns
from seqtext.training.experiment import experiment
from seqtext.training.labelled import labelled_rows, strata
from seqtext.training.run import train

pytestmark = pytest.mark.slow

# A text has the label of each of its words, and none for "stone".
TAGS = {"rain": "wet", "sun": "dry", "snow": "cold", "stone": None}
TEXTS = [f"{one} {other} {i}" for i in range(6) for one in TAGS for other in TAGS]
LABELS = [sorted({TAGS[word] for word in text.split()[:2]} - {None}) for text in TEXTS]
NETWORK = Recurrent(embedding_dim=4, units=3, pooling="max")
QUICK = Training(epochs=1, min_steps=0, batch_size=16, learning_rate=0.05, early_stopping="none")


def recipe_of(*encoders, **output):
    text = TextSettings(encoders=encoders, min_count=1, max_length=8)
    return Recipe(text=text, output=Output("multilabel", **output), training=QUICK, rows=Rows(validation_share=0.2))


def learned(recipe, labels=LABELS, texts=TEXTS):
    return train(labelled_rows({"text": texts}, {"label": labels}, recipe=recipe), recipe)[0]


@pytest.fixture(scope="module")
def by_n_grams():
    return learned(recipe_of(Bag(min_count=1)))


def test_n_grams_learn_any_number_of_labels(by_n_grams):
    found = by_n_grams.predict(["rain", "rain and snow", "sun 3", "stone stone"])

    assert found.tolist() == [["wet"], ["cold", "wet"], ["dry"], []]


def test_thresholds_are_told_and_have_become_a_half(by_n_grams):
    (of_label,) = by_n_grams.made.thresholds.values()

    assert len(of_label) == 3
    assert all(0 < one < 1 for one in of_label)


@pytest.mark.parametrize("encoders", [(NETWORK,), (NETWORK, Bag(min_count=1))])
def test_a_network_and_both_halves_are_saved_and_answer_alone_as_together(encoders, tmp_path):
    model = learned(recipe_of(*encoders))

    from seqtext.saving import save

    again = load(save(model, tmp_path / "model"))

    together = again.predict_proba(TEXTS[:20])
    np.testing.assert_array_equal(together, model.predict_proba(TEXTS[:20]))
    alone = [again.predict_proba([text])[0] for text in TEXTS[:20]]
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert again.classes_.tolist() == ["cold", "dry", "wet"]


def test_balanced_weights_are_found_for_each_label():
    model = learned(changed(recipe_of(NETWORK), {"class_weight": "balanced", "label_smoothing": 0.1}))

    assert np.isfinite(model.predict_proba(TEXTS[:3])).all()


def test_a_row_counts_for_the_rarest_of_its_labels_when_rows_are_held_out():
    targets = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 0], [np.nan] * 3, [1, 0, 1], [0, 1, 0]])

    assert strata(["a", "b", "c"], targets) == (["b", "a", "", "", "c", "b"], {"", "a", "b", "c"})


def test_lists_and_sets_in_code_make_such_an_output():
    chosen = {"recipe": "linear", "min_count": 1, "validation_share": 0.2}

    model = SequenceClassifier(**chosen).fit(TEXTS, [set(row) for row in LABELS])

    assert model.predict(["snow rain", "stone"]).tolist() == [["cold", "wet"], []]
    assert model.score(TEXTS, [tuple(row) for row in LABELS]) > 0.95
    assert model.trained_.recipe.output_of("label").head == "multilabel"


def test_one_output_may_have_one_label_a_row_and_another_several_with_holes_in_both():
    pandas = pytest.importorskip("pandas")
    words = [text.split()[0] for text in TEXTS]
    y = pandas.DataFrame({"first": words, "tags": LABELS})
    y.loc[::5, "first"] = None
    y.loc[1::5, "tags"] = None

    found = SequenceClassifier("linear", min_count=1, validation_share=0.2).fit(TEXTS, y).predict(["snow rain 1"])

    assert {name: answer.tolist() for name, answer in found.items()} == {"first": ["snow"], "tags": [["cold", "wet"]]}


def test_a_table_of_zeros_and_ones_is_refused():
    with pytest.raises(ValueError, match="y is a table without names; give a list of labels for each text"):
        SequenceClassifier("linear").fit(["a", "b"], np.eye(2))


def test_two_outputs_of_one_name_are_refused():
    pandas = pytest.importorskip("pandas")
    y = pandas.DataFrame([["a", "b"], ["b", "a"]], columns=["tags", "tags"])

    with pytest.raises(ValueError, match="two columns are called 'tags'; every one needs its own name"):
        SequenceClassifier("linear").fit(["a", "b"], y)


@pytest.mark.parametrize(
    ("labels", "separator", "message"),
    [
        (
            ["a;b", "b", "a", ""] * 4,
            ",",
            "the separator ',' stands in no row of 'label', so none has two labels; give another",
        ),
        ([["a"], []] * 8, "", "there is only the label 'a' in 'label', so there is nothing to learn"),
        ([None] * 16, ",", "no row has a label in 'label', so there is nothing to learn"),
        ([[]] * 16, "", "there are no labels to learn"),
    ],
)
def test_what_cannot_be_learned_is_refused(labels, separator, message):
    with pytest.raises(DataError, match=message):
        labelled_rows({"text": TEXTS[:16]}, {"label": labels}, recipe=Recipe(output=Output("multilabel", separator)))


def test_all_contestants_are_scored_on_the_same_rows(tmp_path):
    data = Dataset({"text": TEXTS, "tags": ["; ".join(row) for row in LABELS]}, "weather.csv")
    recipe = recipe_of(NETWORK, separator=";")

    model = experiment(data, None, Columns.named(["text"], ["tags"]), recipe, tmp_path / "model")

    scores = model.scores["label"]
    assert {one.rows for one in scores.values()} == {scores[MODEL].rows}
    assert scores[LINEAR].macro_f1 > 0.9
    assert scores[MAJORITY].micro_f1 < 0.5
    assert "any of cold, dry, wet" in (tmp_path / "model" / "README.md").read_text()


# ------------------------------------------------------------------------------------ the command line


@pytest.fixture(scope="module")
def weather(tmp_path_factory):
    """A csv file, and the folder of a model that was trained on it from the command line, with what was said."""
    from click.testing import CliRunner

    from seqtext.cli import main

    folder = tmp_path_factory.mktemp("weather")
    with open(folder / "weather.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "tags", "first"])
        writer.writerows([text, "|".join(row), text.split()[0]] for text, row in zip(TEXTS, LABELS, strict=True))

    def run(*arguments):
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    line = ("train", "--data", folder / "weather.csv", "--recipe", "linear", "--set", "min_count=1")
    result = run(*line, "--label", "first", "--multilabel", "tags", "--separator", "|", "--out", folder / "model")
    assert result.exit_code == 0, result.stderr
    return run, folder, line, result


def test_the_command_line_trains_and_scores_it(weather):
    _, folder, _, result = weather

    assert "96 rows, 3 labels in the column 'tags': cold 42 (44%), dry 42 (44%), wet 42 (44%)" in result.stderr
    assert "tags: scores on" in result.stdout
    assert "micro-F1  exact match" in result.stdout
    manifest = json.loads((folder / "model" / "model.json").read_text())
    assert manifest["recipe"]["outputs"]["tags"]["separator"] == "|"


def test_classify_writes_the_labels_with_the_separator_between_them(weather, tmp_path):
    run, folder, _, _ = weather
    (tmp_path / "new.txt").write_text("snow rain\nstone stone\n")

    result = run("classify", tmp_path / "new.txt", "-m", folder / "model", "--proba", "--top-k", "2")

    both, none = csv.DictReader(io.StringIO(result.stdout))
    assert (both["tags"], none["tags"]) == ("cold|wet", "")
    assert float(both["tags_score"]) == min(float(both["tags_proba_cold"]), float(both["tags_proba_wet"]))
    highest = max(float(none[f"tags_proba_{label}"]) for label in ("cold", "dry", "wet"))
    assert float(none["tags_score"]) == pytest.approx(1 - highest, abs=1e-4)
    assert {both["tags_1"], both["tags_2"]} == {"cold", "wet"}
    assert both["first"] == "snow"


def test_classify_leaves_out_labels_below_the_least_score(weather, tmp_path):
    run, folder, _, _ = weather
    (tmp_path / "new.txt").write_text("snow rain\n")

    result = run("classify", tmp_path / "new.txt", "-m", folder / "model", "--min-score", "1", "--else", "unsure")

    (row,) = csv.DictReader(io.StringIO(result.stdout))
    assert (row["tags"], row["first"]) == ("unsure", "unsure")


def test_evaluate_has_a_table_of_the_labels(weather):
    run, folder, _, _ = weather

    shown = run("evaluate", folder / "weather.csv", "-m", folder / "model")
    found = json.loads(run("evaluate", folder / "weather.csv", "-m", folder / "model", "--json").stdout)

    assert shown.exit_code == 0, shown.stderr
    assert "exact match" in shown.stdout
    assert list(found["tags"]["labels"]) == ["cold", "dry", "wet"]
    assert found["tags"]["labels"]["wet"]["rows"] == 42


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--multilabel", "tags"), "the separator ',' stands in no row of 'tags'"),
        (("--label", "tags", "--multilabel", "tags"), "the column 'tags' cannot be both label and multilabel"),
        (("--label", "first", "--separator", "|"), "--separator stands between the labels of a column"),
        (("--multilabel", "tag"), "no column 'tag'"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(weather, tmp_path, options, message):
    run, _, line, _ = weather

    result = run(*line, *options, "--out", tmp_path / "model")

    assert result.exit_code in (1, 2)
    assert message in result.stderr.splitlines()[-1]
