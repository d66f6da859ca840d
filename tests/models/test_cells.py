"""
What every entry of the table of cells promises, and that a new cell needs no more than its entry.

The new one is the minimal gated unit of Zhou et al. (2016), which neither Keras nor ONNX knows.
"""

import json

import keras
import numpy as np
import pytest
from keras import ops

from seqtext.errors import BundleError
from seqtext.models.build import build, get_weights, set_weights
from seqtext.models.cells import CELLS, Cell
from seqtext.models.cudnn import cudnn_lines
from seqtext.models.spec import ModelSpec, weight_shapes
from seqtext.recipes import Recipe
from seqtext.recipes.change import configure
from seqtext.schema import from_plain, to_plain

pytestmark = pytest.mark.slow


class MinimalCell(keras.layers.Layer):
    """f = sigmoid(W_f x + U_f h + b_f); c = tanh(W_c x + U_c (f h) + b_c); the next h is (1 - f) h + f c."""

    def __init__(self, units, activation, dropout, recurrent_dropout, seed, **kernels):
        super().__init__()
        self.units = self.state_size = self.output_size = units
        self.activation = keras.activations.get(activation)
        self.drops = [keras.layers.Dropout(rate, seed=seed + i) for i, rate in enumerate((dropout, recurrent_dropout))]
        self.kernels = kernels

    def build(self, shape):
        start, recurrent, penalty = self.kernels.values()
        gates = 2 * self.units
        self.kernel = self.add_weight(shape=(shape[-1], gates), initializer=start, regularizer=penalty, name="kernel")
        self.recurrent_kernel = self.add_weight(shape=(self.units, gates), initializer=recurrent, name="recurrent")
        self.bias = self.add_weight(shape=(gates,), initializer="zeros", name="bias")

    def call(self, inputs, states, training=False):
        inputs, state = (drop(it, training=training) for drop, it in zip(self.drops, (inputs, states[0]), strict=True))
        of_forget, of_candidate = ops.split(ops.matmul(inputs, self.kernel) + self.bias, 2, axis=-1)
        by_forget, by_candidate = ops.split(self.recurrent_kernel, 2, axis=-1)
        forget = ops.sigmoid(of_forget + ops.matmul(state, by_forget))
        candidate = self.activation(of_candidate + ops.matmul(forget * state, by_candidate))
        state = (1 - forget) * states[0] + forget * candidate
        return state, [state]


class Minimal(keras.layers.RNN):
    """The layer of the cell, with the arguments of ``keras.layers.LSTM`` that seqtext gives."""

    def __init__(
        self,
        units,
        *,
        activation,
        kernel_initializer,
        recurrent_initializer,
        kernel_regularizer,
        recurrent_regularizer,
        dropout,
        recurrent_dropout,
        seed,
        **options,
    ):
        kernels = {"start": kernel_initializer, "recurrent": recurrent_initializer, "penalty": kernel_regularizer}
        super().__init__(MinimalCell(units, activation, dropout, recurrent_dropout, seed, **kernels), **options)


def pack_minimal(kernel, recurrent_kernel, bias):
    """As a GRU: its reset gate is f; its update gate is 1 - f, whose sigmoid has the negative argument of f's."""

    def gates(array):
        forget, candidate = np.split(array, 2, axis=-1)
        return np.concatenate([-forget, forget, candidate], axis=-1)

    return gates(kernel).T, gates(recurrent_kernel).T, np.concatenate([gates(bias), 0 * gates(bias)])


MGU = Cell(
    gates=2,
    layer=lambda: Minimal,
    operator="GRU",
    pack=pack_minimal,
    activations=("Sigmoid", None),
    attributes={"linear_before_reset": 0},
    no_cudnn="cuDNN has no mgu",
)


@pytest.fixture(autouse=True)
def with_mgu(monkeypatch):
    monkeypatch.setitem(CELLS, "mgu", MGU)


every_cell = pytest.mark.parametrize("cell", [*CELLS, "mgu"])
every_dropout = pytest.mark.parametrize("dropout", ["dropout", "recurrent_dropout"])


@every_cell
def test_its_weights_are_those_that_the_spec_promises(spec_of, weights_of, cell):
    spec = spec_of(cell=cell, bidirectional=True, layers=2)
    model = build(spec)
    weights = weights_of(spec)

    assert {name: weight.shape for name, weight in get_weights(model, spec).items()} == weight_shapes(spec)
    assert len(model.trainable_variables) == len(weight_shapes(spec))
    set_weights(model, spec, weights)
    for name, weight in get_weights(model, spec).items():
        np.testing.assert_array_equal(weight, weights[name])


@every_cell
@pytest.mark.parametrize("options", [{"pooling": "last"}, {"bidirectional": True, "layers": 2, "activation": "relu"}])
def test_keras_and_onnx_agree(assert_same, spec_of, ids, cell, options):
    assert_same(spec_of(cell=cell, **options), {"text": ids})


def assert_drops(spec_of, ids, cell, dropout):
    """The contract of both dropouts: they act in training, never in use, and a share of 0 is no dropout."""
    with_it, without = (build(spec_of(cell=cell, pooling="last", **{dropout: share}), seed=1) for share in (0.5, 0.0))
    set_weights(without, spec_of(cell=cell), get_weights(with_it, spec_of(cell=cell)))

    def answer(model, training):
        return np.asarray(model({"text": ids}, training=training)["label"])

    assert not np.array_equal(answer(with_it, True), answer(with_it, True)), f"{cell} ignores {dropout}"
    np.testing.assert_allclose(answer(with_it, False), answer(without, True), atol=1e-6)


@every_cell
@every_dropout
def test_a_dropout_acts_in_training_and_only_there(spec_of, ids, cell, dropout):
    assert_drops(spec_of, ids, cell, dropout)


@every_dropout
def test_a_cell_that_ignores_a_dropout_is_caught(monkeypatch, spec_of, ids, dropout):
    def forgetful(*arguments, **options):
        return Minimal(*arguments, **{**options, dropout: 0.0})

    monkeypatch.setitem(CELLS, "broken", Cell(**{**vars(MGU), "layer": lambda: forgetful}))

    with pytest.raises(AssertionError, match=f"broken ignores {dropout}"):
        assert_drops(spec_of, ids, "broken", dropout)


@every_cell
@pytest.mark.parametrize(("l1", "l2"), [(0.5, 0.0), (0.0, 0.5)])
def test_a_penalty_on_the_kernel_is_part_of_the_loss(spec_of, cell, l1, l2):
    spec = spec_of(cell=cell, l1=l1, l2=l2)
    model = build(spec)
    kernel = get_weights(model, spec)[f"text/recurrent_0/{cell}_0/forward/kernel"]

    expected = l1 * np.abs(kernel).sum() + l2 * (kernel**2).sum()
    np.testing.assert_allclose(sum(float(loss) for loss in model.losses), expected, rtol=1e-5)


@every_cell
def test_the_same_seed_gives_the_same_weights_and_another_one_others(spec_of, cell):
    spec = spec_of(cell=cell, bidirectional=True, pooling="attention")
    one, same, other = (get_weights(build(spec, seed=seed), spec) for seed in (1, 1, 2))

    for name in one:
        np.testing.assert_array_equal(one[name], same[name])
        assert "bias" in name or not np.array_equal(one[name], other[name])
    forward, backward = (one[f"text/recurrent_0/{cell}_0/{way}/kernel"] for way in ("forward", "backward"))
    assert not np.array_equal(forward, backward)


@every_cell
@pytest.mark.parametrize("initializer", ["he_normal", "orthogonal"])
def test_the_initializer_makes_the_kernel(spec_of, cell, initializer):
    plain, other = (spec_of(cell=cell, initializer=name) for name in ("glorot_uniform", initializer))
    name = f"text/recurrent_0/{cell}_0/forward/kernel"

    assert not np.array_equal(get_weights(build(plain), plain)[name], get_weights(build(other), other)[name])


def test_a_new_cell_is_read_from_json_reported_and_chosen_by_name(spec_of):
    plain = json.loads(json.dumps(to_plain(spec_of(cell="mgu"))))

    spec = from_plain(ModelSpec, plain, "model", BundleError)

    assert spec == spec_of(cell="mgu")
    assert spec.summary == "mgu 3, 10 words"
    assert cudnn_lines(spec) == ["text: mgu cannot use cuDNN on a GPU: cuDNN has no mgu"]
    assert configure(Recipe(), ["cell=mgu"]).text.encoders[0].cell == "mgu"


def test_a_new_cell_is_trained_saved_and_loaded(tmp_path):
    from seqtext.saving import load, save
    from seqtext.training.labelled import labelled_rows
    from seqtext.training.run import train

    recipe = configure(
        Recipe(), ["cell=mgu", "units=3", "epochs=1", "early_stopping=none", "validation_share=0", "dropout=0.2"]
    )
    model, _ = train(labelled_rows({"text": ["so good", "so bad"] * 4}, {"label": ["yes", "no"] * 4}), recipe)

    loaded = load(save(model, tmp_path / "model"))

    np.testing.assert_array_equal(loaded.predict_proba(["so good"]), model.predict_proba(["so good"]))
    assert loaded.recipe.text.encoders[0].cell == "mgu"
