"""A graph with weights of 8 bits answers nearly as the one of floats, whatever the model and its weights."""

import itertools

import numpy as np
import onnx
import onnxruntime
import pytest

from seqtext.models.activations import CELL_ACTIVATIONS
from seqtext.models.bag import Bag
from seqtext.models.category import CategoryInput
from seqtext.models.cells import CELLS
from seqtext.models.heads import Multiclass, Multilabel
from seqtext.models.pooling import POOLINGS
from seqtext.models.quantized import QuantizedGraph, in_8_bits
from seqtext.models.recurrent import Recurrent
from seqtext.models.spec import Dense, ModelSpec, build_graph, weight_shapes
from seqtext.models.text import TextInput

WORDS = 300
# In a probability, with weights about as large as those of trained models; and beside what the rows differ by.
TOLERANCE, SHARE = 0.03, 0.15


def spec_of(**options):
    encoder = Recurrent(**{"embedding_dim": 8, "units": 12, "bidirectional": False, "pooling": "last", **options})
    return ModelSpec((TextInput("text", WORDS, (encoder,)),), (Multiclass("label", 3),))


def weights_of(spec, scale=1.0):
    """Random weights that keep a state about as large as it is; one word has no weights but zeros."""
    rng = np.random.default_rng(1)
    found = {}
    for name, shape in weight_shapes(spec).items():
        is_table = name.endswith("embeddings")
        wide = scale if is_table or "answer" in name else scale / np.sqrt(shape[0])
        found[name] = rng.normal(0, wide, shape).astype(np.float32)
        if is_table:
            found[name][1] = 0
    return found


def some_ids(seed=0):
    """Rows of 1, 4, 7, ... ids, the first of which is an empty text: one unknown word."""
    ids = np.random.default_rng(seed).integers(2, WORDS, (12, 40)).astype(np.int32)
    for row in range(len(ids)):
        ids[row, 1 + 3 * row :] = 0
    ids[0, 0] = 1
    return ids


def run(graph, feed):
    session = onnxruntime.InferenceSession(graph.to_bytes())
    return session.run(None, feed)


def both(spec, weights, feed):
    return [run(build_graph(spec, weights, *kind), feed) for kind in ((), (QuantizedGraph,))]


def assert_alike(spec, weights, feed):
    for exact, found in zip(*both(spec, weights, feed), strict=True):
        np.testing.assert_allclose(found, exact, atol=min(TOLERANCE, SHARE * exact.std(axis=0).max()))


@pytest.mark.parametrize(("cell", "pooling"), list(itertools.product(CELLS, POOLINGS)))
def test_every_cell_and_pooling_answers_nearly_as_in_floats(cell, pooling):
    spec = spec_of(cell=cell, pooling=pooling, bidirectional=True, layers=2)

    assert_alike(spec, weights_of(spec), {"text": some_ids()})


@pytest.mark.parametrize("activation", CELL_ACTIVATIONS)
def test_every_activation_of_an_lstm_does(activation):
    spec = spec_of(cell="lstm", activation=activation)

    exact, found = both(spec, weights_of(spec, 0.5), {"text": some_ids()})

    np.testing.assert_allclose(found[0], exact[0], atol=TOLERANCE)


def test_a_model_of_bags_dense_layers_columns_and_several_outputs_does():
    text = TextInput("text", WORDS, (Recurrent(8, "lstm", 12), Bag(hidden_units=8), Bag()), (400, 500), answers=5)
    category = CategoryInput("team", 90, 9)
    spec = ModelSpec((text, category), (Multiclass("label", 3), Multilabel("tags", 2)), (Dense(30), Dense(20)))
    rng = np.random.default_rng(2)
    feed = {"text": some_ids(), "team": rng.integers(0, 90, (12, 1)).astype(np.int32)}
    for i, size in enumerate((400, 500)):
        feed[f"text.bag_{i}.ids"] = rng.integers(0, size, (12, 6)).astype(np.int32)
        feed[f"text.bag_{i}.values"] = rng.random((12, 6)).astype(np.float32)

    assert_alike(spec, weights_of(spec), feed)


@pytest.mark.parametrize("cell", ["gru", "simple_rnn"])
def test_what_computes_in_floats_gives_a_row_the_same_alone_and_among_others(cell):
    spec, ids = spec_of(cell=cell), some_ids()
    graph = build_graph(spec, weights_of(spec), QuantizedGraph)

    alone = np.concatenate([run(graph, {"text": ids[i : i + 1, : 1 + 3 * i]})[0] for i in range(len(ids))])

    np.testing.assert_allclose(alone, run(graph, {"text": ids})[0], atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_weights_of_zero_stay_zeros(cell):
    spec = spec_of(cell=cell)

    exact, found = both(spec, {n: np.zeros_like(w) for n, w in weights_of(spec).items()}, {"text": some_ids()})

    np.testing.assert_array_equal(found[0], exact[0])


@pytest.mark.parametrize("scale", [1e-44, 1e-30, 1e6, 1e15])
@pytest.mark.parametrize("cell", CELLS)
def test_weights_without_measure_still_give_probabilities(cell, scale):
    spec = spec_of(cell=cell)

    (found,) = run(build_graph(spec, weights_of(spec, scale), QuantizedGraph), {"text": some_ids()})

    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


def test_the_graph_is_a_quarter_of_the_size_and_valid():
    spec = spec_of(cell="lstm", embedding_dim=32, units=32)

    exact, small = (build_graph(spec, weights_of(spec), *kind).to_bytes() for kind in ((), (QuantizedGraph,)))

    onnx.checker.check_model(onnx.load_from_string(small))
    assert 0.22 < len(small) / len(exact) < 0.35


def test_an_lstm_computes_in_8_bits_with_numbers_of_which_two_products_fit_16():
    spec = spec_of(cell="lstm")

    model = onnx.load_from_string(build_graph(spec, weights_of(spec), QuantizedGraph).to_bytes())

    (node,) = [one for one in model.graph.node if one.op_type == "DynamicQuantizeLSTM"]
    kernels = [onnx.numpy_helper.to_array(one) for one in model.graph.initializer if one.name in node.input[1:3]]
    assert [one.shape for one in kernels] == [(1, 8, 48), (1, 12, 48)]
    assert [int(np.abs(one.astype(int)).max()) for one in kernels] == [64, 64]


def test_short_and_narrow_constants_stay_floats():
    graph = QuantizedGraph()
    names = [graph.constant(np.ones(shape, np.float32)) for shape in [(2, 300), (500,), (8, 4)]]

    graph.add("Concat", *names, axis=0)

    assert {graph.constants[name].dtype for name in names} == {np.dtype(np.float32)}


def test_each_output_has_the_scale_of_its_largest_weight():
    numbers, scales = in_8_bits(np.float32([[1, 100], [-0.5, 50], [0.25, -100]]), axis=0, highest=4)

    assert numbers.tolist() == [[4, 4], [-2, 2], [1, -4]]
    assert scales.tolist() == [[0.25, 25]]
