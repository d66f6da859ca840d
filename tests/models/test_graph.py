"""The ONNX graph: valid, and with the answers of Keras for every kind of model that a spec can describe."""

import itertools

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtext.models.cells import CELLS
from seqtext.models.graph import FLOAT, Graph
from seqtext.models.heads import Binary, Multiclass
from seqtext.models.pooling import POOLINGS
from seqtext.models.recurrent import Recurrent
from seqtext.models.spec import Dense, ModelSpec, build_graph
from seqtext.models.text import TextInput
from seqtext.preprocess.padding import pad_ids


@pytest.mark.slow
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize(("cell", "pooling"), list(itertools.product(CELLS, POOLINGS)))
def test_keras_and_onnx_agree_alone_in_a_batch_and_at_any_padding(
    assert_same, spec_of, ids, cell, pooling, bidirectional, layers
):
    assert_same(spec_of(cell=cell, pooling=pooling, bidirectional=bidirectional, layers=layers), {"text": ids})


@pytest.fixture(scope="module")
def everything():
    """Two texts, one of them with two encoders, four dense layers, and three answers."""
    title = TextInput("title", 10, (Recurrent(4, "gru", 3, pooling="attention"), Recurrent(4, "gru", 2)))
    body = TextInput("body", 20, (Recurrent(5, "lstm", 2, layers=2, bidirectional=False),))
    dense = tuple(Dense(5, activation, dropout=0.1) for activation in ("tanh", "relu", "gelu", "selu"))
    heads = (Multiclass("topic", 4), Binary("mood"), Multiclass("stars", 5))
    return ModelSpec((title, body), heads, dense, head_dropout=0.5)


@pytest.mark.slow
def test_a_model_with_everything(assert_same, ids, everything):
    assert_same(everything, {"title": ids, "body": ids + (ids > 0)})


@pytest.mark.slow
def test_the_probabilities_of_every_head_add_up_to_one(both, ids, everything):
    _, by_onnx = both(everything)

    found = by_onnx({"title": ids, "body": ids})

    assert {name: one.shape for name, one in found.items()} == {"topic": (3, 4), "mood": (3, 2), "stars": (3, 5)}
    for probabilities in found.values():
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


@pytest.fixture(scope="module", params=[("lstm", "last"), ("simple_rnn", "attention"), ("gru", "max_mean")])
def runs(request, both, spec_of):
    cell, pooling = request.param
    return both(spec_of(cell=cell, pooling=pooling, bidirectional=True))


@pytest.mark.slow
@settings(max_examples=5)
@given(
    rows=st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=5), min_size=1, max_size=3),
    more=st.integers(0, 3),
    order=st.randoms(use_true_random=False),
)
def test_a_row_gets_the_same_answer_whatever_stands_around_it(runs, rows, more, order):
    by_keras, by_onnx = runs
    alone = np.concatenate([by_keras({"text": pad_ids([row], len(row))})["label"] for row in rows])
    places = list(range(len(rows)))
    order.shuffle(places)
    batch = {"text": pad_ids([rows[place] for place in places], max(map(len, rows)) + more)}

    for run in runs:
        np.testing.assert_allclose(run(batch)["label"], alone[places], atol=1e-5)
    assert by_onnx(batch)["label"].dtype == np.float32


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("cell", CELLS)
def test_the_checker_of_onnx_finds_nothing(spec_of, weights_of, cell, pooling):
    spec = spec_of(cell=cell, pooling=pooling, bidirectional=True, layers=2)

    model = onnx.load_from_string(build_graph(spec, weights_of(spec)).to_bytes())

    onnx.checker.check_model(model, full_check=True)


def test_the_checker_finds_nothing_in_a_model_with_everything(everything, weights_of):
    model = onnx.load_from_string(build_graph(everything, weights_of(everything)).to_bytes())

    onnx.checker.check_model(model, full_check=True)
    assert [one.name for one in model.graph.input] == ["title", "body"]
    assert [one.name for one in model.graph.output] == ["topic", "mood", "stars"]


def test_large_constants_may_be_handed_over_instead(weights_of, ids):
    text = TextInput("text", 500, (Recurrent(16, "gru", 16),))
    spec = ModelSpec((text,), (Multiclass("label", 3),))
    graph = build_graph(spec, weights_of(spec))
    large = graph.large_constants()
    content = graph.to_bytes(leave_out=large)
    options = onnxruntime.SessionOptions()
    values = {name: onnxruntime.OrtValue.ortvalue_from_numpy(array) for name, array in large.items()}
    for name, value in values.items():
        options.add_initializer(name, value)

    sessions = onnxruntime.InferenceSession(content, options), onnxruntime.InferenceSession(graph.to_bytes())

    assert len(content) < 10_000 < 500 * 16 * 4 < len(graph.to_bytes())
    np.testing.assert_array_equal(*(session.run(None, {"text": ids})[0] for session in sessions))


def test_attributes_are_written_as_onnx_reads_them():
    graph = Graph()
    graph.add("Op", "a", "b", name="c", minus=-1, small=-(2**63), word="yes", numbers=[3, -2], words=["x", "ä"])

    node = onnx.load_from_string(graph.to_bytes()).graph.node[0]

    assert {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute} == {
        "minus": -1,
        "small": -(2**63),
        "word": b"yes",
        "numbers": [3, -2],
        "words": [b"x", "ä".encode()],
    }
    assert (node.op_type, list(node.input), list(node.output)) == ("Op", ["a", "b"], ["c"])


@pytest.mark.parametrize(
    "array",
    [
        np.array([-1, 2**62, -(2**63)]),
        np.array([[-7, 2**31 - 1]], np.int32),
        np.float32(-1e9),
        np.arange(6, dtype=np.float32).reshape(2, 3).T,
        np.zeros((0, 3), np.float32),
        np.arange(3, dtype=">i4"),
    ],
    ids=["int64", "int32", "scalar", "transposed", "empty", "big endian"],
)
def test_constants_are_written_as_onnx_reads_them(array):
    graph = Graph()
    name = graph.constant(array)

    tensor = onnx.load_from_string(graph.to_bytes()).graph.initializer[0]

    np.testing.assert_array_equal(onnx.numpy_helper.to_array(tensor), array)
    assert tensor.name == name


def test_a_size_that_is_a_word_stands_for_any_number():
    graph = Graph()
    graph.add_input("ids", np.int32, ["batch", 300])

    value = onnx.load_from_string(graph.to_bytes()).graph.input[0].type.tensor_type

    assert [(one.dim_param, one.dim_value) for one in value.shape.dim] == [("batch", 0), ("", 300)]
    assert value.elem_type == onnx.TensorProto.INT32 != FLOAT
