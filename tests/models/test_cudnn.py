"""
`why_not_cudnn` says the truth: with a GPU in place, Keras traces the cuDNN operator exactly where it says so.

No GPU is needed: Keras chooses the kernel while it traces, by asking a private function whether there is a GPU. If
Keras renames that function, these tests fail, and the conditions in `Recurrent.why_not_cudnn` have to be read again.
"""

import collections
import itertools
import sys

import pytest

from seqtext.models.cells import CELLS
from seqtext.models.cudnn import cudnn_lines
from seqtext.models.heads import Multiclass
from seqtext.models.pooling import POOLINGS
from seqtext.models.recurrent import Recurrent
from seqtext.models.spec import ModelSpec
from seqtext.models.text import TextInput

pytestmark = pytest.mark.slow

HOME = "keras.src.backend.tensorflow.rnn"


@pytest.fixture
def pretended_gpu(monkeypatch):
    import keras  # noqa: F401  (so that the module is there)

    assert hasattr(sys.modules[HOME], "_is_gpu_available"), f"Keras has changed: read {HOME} again"
    monkeypatch.setattr(sys.modules[HOME], "_is_gpu_available", lambda: True)


def cudnn_operators(spec, policy="float32"):
    """How many cuDNN operators the traced training step of ``spec`` has, for the way forward and for the gradient."""
    import tensorflow as tf

    from seqtext.models.build import build, precision

    with precision(policy):
        model = build(spec)
    ids = {text.name: tf.TensorSpec((None, None), tf.int32) for text in spec.inputs}

    @tf.function
    def gradients(ids):
        with tf.GradientTape() as tape:
            loss = sum(tf.reduce_sum(tf.square(answer)) for answer in model(ids, training=True).values())
        return [one for one in tape.gradient(loss, [one.value for one in model.trainable_variables]) if one is not None]

    graph = gradients.get_concrete_function(ids).graph.as_graph_def()
    nodes = itertools.chain(graph.node, *(function.node_def for function in graph.library.function))
    found = collections.Counter(node.op for node in nodes)
    return found["CudnnRNNV3"], found["CudnnRNNBackpropV3"]


@pytest.mark.parametrize("activation", ["tanh", "relu", "hard_sigmoid"])
@pytest.mark.parametrize("recurrent_dropout", [0.0, 0.2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_the_verdict_is_what_keras_does(pretended_gpu, spec_of, cell, bidirectional, recurrent_dropout, activation):
    spec = spec_of(cell=cell, bidirectional=bidirectional, recurrent_dropout=recurrent_dropout, activation=activation)
    expected = 0 if spec.inputs[0].encoders[0].why_not_cudnn() else 1 + bidirectional

    assert cudnn_operators(spec) == (expected, expected)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("dropout", [0.0, 0.2])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_neither_depth_nor_dropout_nor_precision_costs_the_kernel(
    pretended_gpu, spec_of, cell, layers, dropout, policy
):
    spec = spec_of(cell=cell, layers=layers, bidirectional=True, dropout=dropout)

    assert cudnn_operators(spec, policy) == (2 * layers, 2 * layers)


def emulated(*, input, input_h, input_c, params, rnn_mode, sequence_lengths, **others):
    """
    What CudnnRNNV3 computes, written down from NVIDIA's description of cudnnRNNForward, one step after the other.

    All input kernels come first in ``params``, then all recurrent ones, then both biases; the gates of an LSTM are
    input, forget, cell, output, those of a GRU reset, update, new. Behind the end of a row there are zeros.
    """
    import tensorflow as tf

    assert not others["time_major"]
    _, time, width = input.shape
    units = input_h.shape[-1]
    gates = {"lstm": 4, "gru": 3}[rnn_mode]
    sizes = [units * width] * gates + [units * units] * gates + [units] * 2 * gates
    parts = tf.split(params, sizes)
    kernels = [tf.reshape(one, (units, width)) for one in parts[:gates]]
    recurrent = [tf.reshape(one, (units, units)) for one in parts[gates : 2 * gates]]
    biases = parts[2 * gates :]
    state, cell = input_h[:, 0], input_c[:, 0] if rnn_mode == "lstm" else None
    steps = []
    for t in range(time):
        from_input = [input[:, t] @ tf.transpose(kernels[g]) + biases[g] for g in range(gates)]
        from_state = [state @ tf.transpose(recurrent[g]) + biases[gates + g] for g in range(gates)]
        first, second = (tf.sigmoid(from_input[g] + from_state[g]) for g in (0, 1))
        if rnn_mode == "lstm":
            new_cell = second * cell + first * tf.tanh(from_input[2] + from_state[2])
            new_state = tf.sigmoid(from_input[3] + from_state[3]) * tf.tanh(new_cell)
        else:
            new_cell = None
            new_state = (1 - second) * tf.tanh(from_input[2] + first * from_state[2]) + second * state
        is_there = (t < sequence_lengths)[:, None]
        steps.append(tf.where(is_there, new_state, 0.0))
        state = tf.where(is_there, new_state, state)
        cell = None if new_cell is None else tf.where(is_there, new_cell, cell)
    return tf.stack(steps, 1), state[:, None], None if cell is None else cell[:, None], None, None


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_cudnn_branch_gives_what_the_cpu_gives(
    pretended_gpu, monkeypatch, spec_of, weights_of, cell, bidirectional, layers, pooling
):
    import numpy as np
    import tensorflow as tf

    from seqtext.models.build import build, build_reference, set_weights

    # Rows of every length up to the longest; an empty text is one unknown word, with the id 1.
    ids = np.array([[3, 4, 5, 6], [1, 0, 0, 0], [2, 9, 0, 0], [7, 7, 8, 0]], dtype=np.int32)
    calls = []
    monkeypatch.setattr(tf.raw_ops, "CudnnRNNV3", lambda **options: calls.append(1) or emulated(**options))
    spec = spec_of(cell=cell, bidirectional=bidirectional, layers=layers, pooling=pooling)
    weights = weights_of(spec)
    on_cudnn = build(spec)
    set_weights(on_cudnn, spec, weights)

    found = np.asarray(on_cudnn({"text": ids}, training=False)["label"])
    expected = np.asarray(build_reference(spec, weights)({"text": ids}, training=False)["label"])

    assert len(calls) >= layers * (1 + bidirectional)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_neither_pooling_nor_the_other_dropouts_cost_the_kernel(pretended_gpu, spec_of, pooling):
    others = {"word_dropout": 0.1, "embedding_dropout": 0.1, "dropout": 0.1, "l2": 0.1}
    spec = spec_of(cell="lstm", layers=2, bidirectional=True, pooling=pooling, **others)

    assert cudnn_lines(spec) == ["text: lstm uses cuDNN on a GPU"]
    assert cudnn_operators(spec) == (4, 4)


def test_without_a_gpu_there_is_no_cudnn_operator(monkeypatch, spec_of):
    import keras  # noqa: F401  (so that the module is there)

    monkeypatch.setattr(sys.modules[HOME], "_is_gpu_available", lambda: False)

    assert cudnn_operators(spec_of()) == (0, 0)


def test_every_encoder_is_reported_and_every_reason_named():
    slow = Recurrent(cell="simple_rnn", activation="relu", recurrent_dropout=0.1)
    spec = ModelSpec(
        (TextInput("title", 10, (Recurrent(), slow)), TextInput("body", 10, (Recurrent(cell="gru"),))),
        (Multiclass("label"),),
    )

    assert cudnn_lines(spec) == [
        "title: lstm uses cuDNN on a GPU",
        "title: simple_rnn cannot use cuDNN on a GPU: Keras has no cuDNN path for simple_rnn (set cell=lstm or "
        "cell=gru); activation is relu (set activation=tanh); recurrent_dropout is 0.1 (set recurrent_dropout=0)",
        "body: gru uses cuDNN on a GPU",
    ]


def test_the_recipes_are_on_the_kernel_but_for_those_of_the_slides():
    from seqtext.recipes.named import RECIPES

    encoders = {
        name: [one for one in recipe.text.encoders if one.kind == "recurrent"] for name, recipe in RECIPES.items()
    }
    slow = [name for name, found in encoders.items() if any(one.why_not_cudnn() for one in found)]

    assert slow == ["slides/imdb-simple-rnn", "slides/gop-lstm"]
