"""
A new kind of encoder, input or head needs its class and a line in its table: nothing else knows the kinds.

What every kind promises is tested on all that are in a table, and on the ones made here.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from click.testing import CliRunner

from seqtext.cli import main
from seqtext.data.dataset import Dataset
from seqtext.errors import BundleError, DataError, RecipeError
from seqtext.export import export_onnx
from seqtext.models import spec as tables
from seqtext.models.cudnn import cudnn_lines
from seqtext.models.heads import HEADS, Multiclass, add_logits
from seqtext.models.text import ENCODERS, TextInput, TextSettings, bags_of
from seqtext.recipes import Output, Recipe
from seqtext.recipes.change import configure, flat_settings
from seqtext.recipes.named import RECIPES
from seqtext.recipes.recipe import Rows, Training
from seqtext.recipes.toml import read_recipe, to_toml
from seqtext.saving import load, save
from seqtext.schema import check_settings, setting

pytestmark = pytest.mark.slow

ONE_STEP = {"training": Training(epochs=1, min_steps=0, early_stopping="none"), "rows": Rows(validation_share=0.0)}
TEXTS, LABELS, AGES = ["so good", "so bad", "good", ""] * 4, ["yes", "no", "yes", "no"] * 4, [3, 4.5, "7", None] * 4


@dataclass(frozen=True)
class Average:
    """The mean of the embeddings of a text's own tokens, times ``factor``."""

    kind: ClassVar[str] = "average"
    dim: int = setting(8, low=1, high=100)
    factor: float = setting(1.0, low=0, high=10)

    def __post_init__(self):
        check_settings(self)

    @property
    def width(self):
        return self.dim

    @property
    def summary(self):
        return f"average of {self.dim}"

    description = summary

    def weight_shapes(self, vocabulary_size):
        return {"embedding/embeddings": (vocabulary_size, self.dim)}

    def build(self, name, ids, vocabulary_size, seeds):
        import keras

        from seqtext.models.layers import MeanOverTime, TextLength

        steps = keras.layers.Embedding(vocabulary_size, self.dim, name=f"{name}>embedding")(ids)
        mean = MeanOverTime(name=f"{name}>mean")(steps, TextLength(name=f"{name}>length")(ids))
        return keras.layers.Rescaling(self.factor, name=f"{name}>scaled")(mean)

    def add_nodes(self, graph, ids, weights):
        is_token = graph.add("Cast", graph.add("Cast", ids, to=9), to=1)
        steps = graph.add("Gather", graph.constant(weights["embedding/embeddings"]), ids)
        masked = graph.add("Mul", steps, graph.add("Unsqueeze", is_token, graph.integers(2)))
        total = graph.add("ReduceSum", masked, graph.integers(1), keepdims=0)
        mean = graph.add("Div", total, graph.add("ReduceSum", is_token, graph.integers(1), keepdims=1))
        return graph.add("Mul", mean, graph.constant(np.float32(self.factor)))


class Standard:
    """Prepares numbers: how many deviations each is away from the mean; a missing one is 0."""

    def fit(self, column):
        known = [value for value in column if value is not None]
        self.mean, self.deviation = float(np.mean(known)), float(np.std(known)) or 1.0
        return self

    def encode(self, column):
        return [np.float32([0 if value is None else (value - self.mean) / self.deviation]) for value in column]

    def pad(self, rows):
        return np.stack(rows)

    def to_dict(self):
        return {"mean": self.mean, "deviation": self.deviation}

    @classmethod
    def from_dict(cls, data):
        found = cls()
        found.mean, found.deviation = float(data["mean"]), float(data["deviation"])
        return found


@dataclass(frozen=True)
class ScaledSettings:
    kind: ClassVar[str] = "scaled"
    weight: float = setting(1.0, low=0, high=100)

    def __post_init__(self):
        check_settings(self)

    def read(self, column):
        found = []
        for row, value in enumerate(column):
            try:
                found.append(None if value in (None, "") else float(value))
            except ValueError:
                raise DataError(f"row {row} is {value!r}, not a number") from None
        return found

    def preparer(self):
        return Standard()

    def part(self, name, preparer, answers):
        return Scaled(name, self.weight)


@dataclass(frozen=True)
class Scaled:
    """One number per row, times ``weight``."""

    kind: ClassVar[str] = "scaled"
    preparer: ClassVar = Standard
    has_vocabulary: ClassVar[bool] = False
    name: str
    weight: float = setting(low=0, high=100)
    width: ClassVar[int] = 1
    summary: ClassVar[str] = "a number"

    def facts(self, preparer):
        return [("scaled", f"mean {preparer.mean:.1f}")]

    def how_to_feed(self, preparer):
        return {"type": "float32", "shape": ["rows", 1], **preparer.to_dict()}

    def mismatch(self, preparer):
        return None if preparer.deviation > 0 else "its deviation is not positive"

    def weight_shapes(self):
        return {}

    def build(self, seeds):
        import keras

        value = keras.Input((1,), dtype="float32", name=self.name)
        return {self.name: value}, keras.layers.Rescaling(self.weight, name=f"{self.name}>scaled")(value)

    def add_nodes(self, graph, weights):
        value = graph.add_input(self.name, np.float32, ["batch", 1])
        return graph.add("Mul", value, graph.constant(np.float32(self.weight)))


@dataclass(frozen=True)
class OneVsRest(Multiclass):
    """A sigmoid for each label, together scaled to 1."""

    kind: ClassVar[str] = "one_vs_rest"

    def build(self, features, seeds):
        from keras import ops

        from seqtext.models.layers import answer_layer

        each = answer_layer(self.name, self.n_labels, "sigmoid", seeds)(features)
        return each / ops.sum(each, axis=1, keepdims=True)

    def add_nodes(self, graph, features, weights):
        each = graph.add("Sigmoid", add_logits(graph, features, weights))
        graph.add("Div", each, graph.add("ReduceSum", each, graph.integers(1), keepdims=1), name=self.name)


every_encoder = pytest.mark.parametrize("kind", [*ENCODERS, "average"])
every_input = pytest.mark.parametrize("kind", [*tables.INPUT_SETTINGS, "scaled"])
every_head = pytest.mark.parametrize("kind", [*HEADS, "one_vs_rest"])


@pytest.fixture
def average(monkeypatch):
    monkeypatch.setitem(ENCODERS, "average", Average)


@pytest.fixture
def scaled(monkeypatch):
    monkeypatch.setitem(tables.INPUTS, "scaled", Scaled)
    monkeypatch.setitem(tables.INPUT_SETTINGS, "scaled", ScaledSettings)


@pytest.fixture
def one_vs_rest(monkeypatch):
    monkeypatch.setitem(HEADS, "one_vs_rest", OneVsRest)


@pytest.fixture
def trained_and_loaded(tmp_path):
    """Function that trains one step (Keras is compared with ONNX by that), saves and loads."""
    from seqtext.training.labelled import labelled_rows
    from seqtext.training.run import train

    def do(recipe, **columns):
        columns = columns or {"text": TEXTS}
        model, _ = train(labelled_rows(columns, {"label": LABELS}, recipe=recipe), recipe)
        loaded = load(save(model, tmp_path / "model"))
        data = columns if len(columns) > 1 else columns["text"]
        np.testing.assert_array_equal(loaded.predict_proba(data), model.predict_proba(data))
        assert (loaded.recipe, loaded.spec) == (recipe, model.spec)
        return loaded

    return do


def written_and_read(recipe, path):
    path.write_text(to_toml(recipe), encoding="utf-8")
    return read_recipe(path)


@pytest.mark.parametrize("table", [ENCODERS, HEADS, tables.INPUTS, tables.INPUT_SETTINGS])
def test_a_kind_stands_in_its_table_under_its_own_name(table):
    assert [one.kind for one in table.values()] == list(table)


def test_what_can_be_asked_of_an_input_can_be_built():
    assert list(tables.INPUTS) == list(tables.INPUT_SETTINGS)


# ------------------------------------------------------------------------------------------- an encoder


# Those that read a bag have feeds of their own: tests/models/test_bag_encoder.py.
@pytest.mark.parametrize("kind", [kind for kind, encoder in ENCODERS.items() if not bags_of((encoder,))])
def test_an_encoder_beside_another_one(average, assert_same, ids, kind):
    encoders = (Average(3, 0.5), ENCODERS[kind](), Average(2))

    assert_same(tables.ModelSpec((TextInput("text", 10, encoders),), (Multiclass("label", 3),)), {"text": ids})


@every_encoder
def test_an_encoder_is_trained_saved_and_loaded(average, trained_and_loaded, tmp_path, kind):
    recipe = Recipe(text=TextSettings(min_count=1, encoders=(ENCODERS[kind](),)), **ONE_STEP)

    assert trained_and_loaded(recipe).spec.inputs[0].encoders == (ENCODERS[kind](),)
    assert written_and_read(recipe, tmp_path / "mine.toml") == recipe


def test_an_encoder_is_described_for_people(average, trained_and_loaded):
    model = trained_and_loaded(Recipe(text=TextSettings(min_count=1, encoders=(Average(),)), **ONE_STEP))

    assert model.spec.summary == "average of 8, 5 words"
    assert ("encoder", "average of 8") in model.spec.inputs[0].facts(model.preparers["text"])
    assert cudnn_lines(model.spec) == []


def test_an_encoder_is_asked_for_in_a_file_and_changed_by_name(average, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[[text.encoders]]\nkind = "average"\nfactor = 2\n[[text.encoders]]\nkind = "recurrent"\nunits = 3')

    recipe = configure(read_recipe(path), ["dim=5", "title.average.factor=3", "recurrent.units=4"])

    assert recipe.text.encoders[0] == Average(5, 2.0)
    assert recipe.input("title").encoders[0] == Average(5, 3.0)
    assert [one.text.encoders[1].units for one in (read_recipe(path), recipe)] == [3, 4]
    assert written_and_read(recipe, path) == recipe
    assert flat_settings(recipe)["dim"] == 5
    with pytest.raises(RecipeError, match=r"no setting 'average\.units'"):
        configure(recipe, ["average.units=3"])


def test_an_encoder_in_a_named_recipe_serves_the_estimator(average, monkeypatch):
    from seqtext import SequenceClassifier

    monkeypatch.setitem(RECIPES, "mean", Recipe(text=TextSettings(encoders=(Average(),)), **ONE_STEP))

    assert SequenceClassifier("mean", epochs=1).fit(TEXTS, LABELS).predict(["good"]).shape == (1,)
    with pytest.raises(RecipeError, match="'units' is a setting of a recurrent encoder, and the recipe has none"):
        SequenceClassifier("mean", units=3).fit(TEXTS, LABELS)


# -------------------------------------------------------------------------------------------- an input


def test_an_input_beside_a_text(scaled, assert_same, spec_of, ids):
    text = spec_of().inputs[0]
    ages = np.float32([[1.5], [-2], [0]])

    assert_same(tables.ModelSpec((Scaled("age", 2.0), text), (Multiclass("label", 3),)), {"age": ages, "text": ids})


def test_an_input_is_trained_saved_and_loaded(scaled, trained_and_loaded):
    recipe = Recipe(inputs={"age": ScaledSettings(2.0)}, **ONE_STEP)
    model = trained_and_loaded(recipe, text=TEXTS, age=AGES)

    assert "a number" in model.spec.summary
    assert len(model.predict({"text": ["good", "bad"], "age": ["1", None]})) == 2
    assert not (model.folder / "vocabulary.age.json").exists()


@every_input
def test_an_input_alone_makes_a_model(scaled, trained_and_loaded, kind):
    recipe = Recipe(inputs={"text": tables.INPUT_SETTINGS[kind]()}, **ONE_STEP)
    model = trained_and_loaded(recipe, text=["3", "4.5", "7", None] * 4)

    assert model.predict_proba(["1", "2", None]).shape == (3, 2)
    assert model.spec.inputs[0].kind == kind


def test_an_input_is_asked_for_in_a_file_and_changed_by_name(scaled, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[inputs.age]\nkind = "scaled"\n[inputs.title]\nmax_length = 5')

    recipe = configure(read_recipe(path), ["age.weight=2", "title.units=3"])

    assert recipe.input("age") == ScaledSettings(2.0)
    assert recipe.input("title").max_length == 5
    assert written_and_read(recipe, path) == recipe


def test_an_input_is_read_from_a_file_scored_and_exported(scaled, tmp_path):
    from seqtext.training.columns import Columns
    from seqtext.training.experiment import experiment
    from seqtext.training.scoring import report

    ages = [str(age or "") for age in AGES]
    texts = [f"{text} {i}" for i, text in enumerate(TEXTS)]
    data = Dataset({"text": texts, "age": ages, "label": LABELS}, "rows.csv")
    recipe = Recipe(inputs={"age": ScaledSettings()}, **ONE_STEP)

    model = experiment(data, None, Columns.named(["text", "age"], ["label"]), recipe, tmp_path / "model")

    assert "accuracy" in report(model)
    description = export_onnx(model, tmp_path / "model.onnx")[1].read_text(encoding="utf-8")
    assert '"deviation"' in description


@pytest.mark.parametrize(
    "command", ["inspect DIR", "explain so -m DIR", "evaluate FILE -m DIR", "classify FILE -m DIR"]
)
def test_an_input_is_no_hindrance_to_any_command(scaled, trained_and_loaded, tmp_path, command):
    model = trained_and_loaded(Recipe(inputs={"age": ScaledSettings()}, **ONE_STEP), text=TEXTS, age=AGES)
    rows = tmp_path / "rows.csv"
    rows.write_text("text,age,label\nso good,3,yes\nso bad,,no\n", encoding="utf-8")
    words = command.replace("DIR", str(model.folder)).replace("FILE", str(rows)).split()

    result = CliRunner().invoke(main, words)

    assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize("tested", [False, True], ids=["learning", "test"])
def test_a_value_that_the_input_cannot_read_is_named_before_training(scaled, tmp_path, tested):
    from seqtext.training.columns import Columns
    from seqtext.training.experiment import experiment

    good, bad = (Dataset({"age": [*"1234", last], "label": [*"aabbb"]}, "rows.csv") for last in ("5", "old"))
    recipe, columns = Recipe(inputs={"text": ScaledSettings()}, **ONE_STEP), Columns.named(["age"], ["label"])

    data = (good, bad) if tested else (bad, good)
    with pytest.raises(DataError, match="text: row 4 is 'old', not a number"):
        experiment(*data, columns, recipe, tmp_path / "model", before_training=lambda: pytest.fail("training began"))


def test_a_saved_preparer_that_does_not_fit_its_input_is_refused(scaled, trained_and_loaded, forge):
    model = trained_and_loaded(Recipe(inputs={"age": ScaledSettings()}, **ONE_STEP), text=TEXTS, age=AGES)
    forge(model.folder, "model.json", lambda manifest: manifest["preparers"]["age"].update(deviation=-1.0))

    with pytest.raises(BundleError, match="its deviation is not positive"):
        load(model.folder)


# --------------------------------------------------------------------------------------------- a head


@every_head
def test_a_head_agrees_in_keras_and_onnx(one_vs_rest, assert_same, spec_of, ids, kind):
    heads = (HEADS[kind]("label", 2), OneVsRest("mood", 4), Multiclass("rain"))

    assert_same(tables.ModelSpec(spec_of().inputs, heads), {"text": ids})


@every_head
def test_a_head_is_trained_saved_and_loaded(one_vs_rest, trained_and_loaded, tmp_path, kind):
    recipe = Recipe(output=Output(kind), **ONE_STEP)
    model = trained_and_loaded(recipe)

    assert type(model.spec.outputs[0]) is HEADS[kind]
    if HEADS[kind].is_exclusive:
        np.testing.assert_allclose(model.predict_proba(TEXTS).sum(axis=1), 1, atol=1e-6)
    assert written_and_read(recipe, tmp_path / "mine.toml") == recipe


def test_a_head_is_chosen_by_name(one_vs_rest):
    recipe = configure(Recipe(), ["mood.head=one_vs_rest"])

    assert (recipe.output.head, recipe.outputs["mood"].head) == ("multiclass", "one_vs_rest")
