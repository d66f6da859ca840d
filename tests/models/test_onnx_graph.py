"""The ONNX graph gives what Keras gives, for every kind of model that a spec can describe."""

import itertools

import numpy as np
import onnxruntime
import pytest

from seqtext.models.onnx_graph import build_graph
from seqtext.models.spec import CELLS, POOLINGS, Head, ModelSpec, TextInput, weight_shapes

pytestmark = pytest.mark.slow

IDS = np.array([[3, 4, 5, 6, 7, 0, 0], [9, 0, 0, 0, 0, 0, 0], [2, 2, 3, 3, 4, 4, 5]], dtype=np.int32)


def random_weights(spec):
    rng = np.random.default_rng(1)
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in weight_shapes(spec).items()}


def outputs_of_both(spec, ids):
    from seqtext.models.build import build, set_weights

    weights = random_weights(spec)
    model = build(spec)
    set_weights(model, spec, weights)
    session = onnxruntime.InferenceSession(build_graph(spec, weights))
    names = [output.name for output in session.get_outputs()]
    return (
        {name: np.asarray(value) for name, value in model(ids, training=False).items()},
        dict(zip(names, session.run(None, ids), strict=True)),
    )


def assert_same(spec, ids):
    by_keras, by_onnx = outputs_of_both(spec, ids)

    for name in by_keras:
        np.testing.assert_allclose(by_keras[name], by_onnx[name], atol=1e-5)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize(("cell", "pooling"), list(itertools.product(CELLS, POOLINGS)))
def test_every_cell_and_pooling(cell, pooling, bidirectional):
    text = TextInput("text", 10, 4, cell=cell, units=5, bidirectional=bidirectional, pooling=pooling)

    assert_same(ModelSpec((text,), (Head("label", 3),)), {"text": IDS})


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_stacked_layers(cell, bidirectional):
    text = TextInput("text", 10, 4, cell=cell, units=3, layers=3, bidirectional=bidirectional, pooling="last")

    assert_same(ModelSpec((text,), (Head("label", 2, "binary"),)), {"text": IDS})


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("activation", ["relu", "sigmoid", "softsign"])
def test_other_activations(cell, activation):
    text = TextInput("text", 10, 4, cell=cell, units=3, activation=activation, pooling="mean")

    assert_same(ModelSpec((text,), (Head("label", 2),)), {"text": IDS})


def test_two_texts_and_two_answers():
    title = TextInput("title", 10, 4, cell="gru", units=3, bidirectional=True, pooling="attention")
    body = TextInput("body", 20, 5, cell="lstm", units=2, layers=2, pooling="max_mean")
    spec = ModelSpec((title, body), (Head("topic", 4), Head("mood", 2, "binary")), head_dropout=0.5)

    assert_same(spec, {"title": IDS[:, :4], "body": IDS + (IDS > 0)})


@pytest.mark.parametrize("pooling", POOLINGS)
def test_more_padding_changes_nothing(pooling):
    text = TextInput("text", 10, 4, cell="gru", units=5, bidirectional=True, layers=2, pooling=pooling)
    spec = ModelSpec((text,), (Head("label", 3),))

    narrow = outputs_of_both(spec, {"text": IDS})
    wide = outputs_of_both(spec, {"text": np.pad(IDS, ((0, 0), (0, 9)))})

    for one, other in zip(narrow, wide, strict=True):
        np.testing.assert_allclose(one["label"], other["label"], atol=1e-6)
