"""Activations and initializers have Keras' names, and the ONNX nodes of an activation do what Keras does."""

import keras
import numpy as np
import onnxruntime
import pytest

from seqtext.errors import RecipeError
from seqtext.models.activations import ACTIVATIONS, CELL_ACTIVATIONS, INITIALIZERS
from seqtext.models.bag import Bag
from seqtext.models.cells import CELLS
from seqtext.models.graph import Graph
from seqtext.models.heads import Multiclass
from seqtext.models.layers import Seeds
from seqtext.models.recurrent import Recurrent
from seqtext.models.spec import Dense, ModelSpec, weight_shapes
from seqtext.models.text import TextInput

# On both sides of every bend, and far out.
VALUES = np.array([[-50, -6.5, -3.1, -1.2, -0.9, -0.51], [-0.4, 0, 0.3, 0.7, 1.1, 2.5], [3.2, 5.9, 6.1, 9, 20, 50]])
VALUES = VALUES.astype(np.float32)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_is_that_of_keras(name):
    graph = Graph()
    value = ACTIVATIONS[name](graph, graph.add_input("x", np.float32, ["batch", "width"]))
    graph.add("Identity", value, name="y")
    graph.add_output("y", np.float32, ["batch", "width"])
    values = np.clip(VALUES, -9, 9) if name == "exponential" else VALUES

    found = onnxruntime.InferenceSession(graph.to_bytes()).run(["y"], {"x": values})[0]

    np.testing.assert_allclose(found, keras.activations.get(name)(values), rtol=1e-5, atol=1e-5)


def test_every_activation_of_keras_is_known_but_three():
    others = {"get", "serialize", "deserialize", "glu", "sparsemax", "threshold"}

    assert {name for name in dir(keras.activations) if not name.startswith("_")} - others == set(ACTIVATIONS)


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_every_activation_of_a_cell_is_the_same_in_both(assert_same, ids, cell):
    encoders = tuple(Recurrent(4, cell, 2, pooling="last", activation=name) for name in CELL_ACTIVATIONS)

    assert_same(ModelSpec((TextInput("text", 10, encoders),), (Multiclass("label", 3),)), {"text": ids})


def test_every_initializer_of_keras_is_known_but_those_that_draw_no_kernel():
    others = {"get", "serialize", "deserialize", "constant", "stft"}
    known = {name for name in dir(keras.initializers) if name.islower() and not name.startswith("_")}

    assert known - others == set(INITIALIZERS)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_an_initializer_draws_what_keras_draws_from_a_seed_of_its_own(name):
    first, second, again = (Seeds(seed).initializer(name) for seed in (1, 2, 1))

    drawn = np.asarray(first((4, 3)))

    assert type(first) is type(keras.initializers.get(name))
    np.testing.assert_array_equal(drawn, np.asarray(again((4, 3))))
    is_fixed = name in ("zeros", "ones", "identity")
    assert np.array_equal(drawn, np.asarray(second((4, 3)))) == is_fixed


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dense(activation="leaky_rleu"), "activation is 'leaky_rleu', expected one of relu, .*leaky_relu"),
        (lambda: Bag(hidden_units=2, activation="swich"), "did you mean 'swish'"),
        (lambda: Recurrent(activation="mish"), "activation is 'mish', expected one of tanh, relu"),
        (lambda: Dense(initializer="he_norm"), "did you mean 'he_normal'"),
    ],
)
def test_a_name_that_keras_or_onnx_does_not_have_is_refused(make, message):
    with pytest.raises(RecipeError, match=message):
        make()


@pytest.mark.slow
def test_penalties_and_noise_are_where_they_are_asked_for(spec_of):
    from seqtext.models.build import build

    spec = spec_of(recurrent_l1=0.1, recurrent_l2=0.2, embedding_l2=0.3)
    model = build(spec)
    assert "text/recurrent_0/embedding/embeddings" in weight_shapes(spec)

    embedding = model.get_layer("text>recurrent_0>embedding").embeddings_regularizer
    cell = model.get_layer("text>recurrent_0>lstm_0>forward").cell

    assert float(embedding.l2) == pytest.approx(0.3)
    assert (float(cell.recurrent_regularizer.l1), float(cell.recurrent_regularizer.l2)) == pytest.approx((0.1, 0.2))
    assert cell.kernel_regularizer is None


@pytest.mark.slow
def test_noise_is_added_in_training_only():
    layers = [Dense(3, "linear", gaussian_noise=1.0)]
    read = keras.Input((2,))
    model = keras.Model(read, layers[0].build("dense.0", read, Seeds(0)))
    row = np.ones((1, 2), np.float32)

    still = [np.asarray(model(row, training=False)) for _ in range(2)]

    np.testing.assert_array_equal(*still)
    assert np.abs(np.asarray(model(row, training=True)) - still[0]).max() > 1e-3
