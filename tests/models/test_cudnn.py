"""
`why_not_cudnn` says the truth: with a GPU in place, Keras traces the cuDNN operator exactly where it says so.

No GPU is needed: Keras chooses the kernel while it traces, by asking a private function whether there is a GPU. If
Keras renames that function, these tests fail, and the conditions in seqtext/models/cudnn.py have to be read again.
"""

import collections
import itertools
import sys

import pytest

from seqtext.models.cudnn import cudnn_lines, why_not_cudnn
from seqtext.models.spec import ACTIVATIONS, CELLS, POOLINGS, Head, ModelSpec, TextInput

pytestmark = pytest.mark.slow

HOME = "keras.src.backend.tensorflow.rnn"


@pytest.fixture
def pretended_gpu(monkeypatch):
    import keras  # noqa: F401  (so that the module is there)

    assert hasattr(sys.modules[HOME], "_is_gpu_available"), f"Keras has changed: read {HOME} again"
    monkeypatch.setattr(sys.modules[HOME], "_is_gpu_available", lambda: True)


def cudnn_operators(spec):
    """How many cuDNN operators the traced training graph of ``spec`` has."""
    import tensorflow as tf

    from seqtext.models.build import build

    model = build(spec)
    ids = {text.name: tf.TensorSpec((None, None), tf.int32) for text in spec.inputs}
    graph = tf.function(lambda ids: model(ids, training=True)).get_concrete_function(ids).graph.as_graph_def()
    nodes = itertools.chain(graph.node, *(function.node_def for function in graph.library.function))
    return collections.Counter(node.op for node in nodes)["CudnnRNNV3"]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("recurrent_dropout", [0.0, 0.2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_the_verdict_is_what_keras_does(pretended_gpu, cell, bidirectional, recurrent_dropout, activation):
    text = TextInput(
        "text",
        10,
        4,
        cell,
        units=3,
        bidirectional=bidirectional,
        recurrent_dropout=recurrent_dropout,
        activation=activation,
    )
    expected = 0 if why_not_cudnn(text) else 1 + bidirectional

    assert cudnn_operators(ModelSpec((text,), (Head("label", 2),))) == expected


@pytest.mark.parametrize("pooling", POOLINGS)
def test_neither_pooling_nor_the_other_dropouts_cost_the_kernel(pretended_gpu, pooling):
    dropouts = {"word_dropout": 0.1, "embedding_dropout": 0.1, "dropout": 0.1, "l2": 0.1}
    text = TextInput("text", 10, 4, units=3, layers=2, bidirectional=True, pooling=pooling, **dropouts)

    assert why_not_cudnn(text) == []
    assert cudnn_operators(ModelSpec((text,), (Head("label", 2),), 0.5)) == 4


def test_without_a_gpu_there_is_no_cudnn_operator(monkeypatch):
    import keras  # noqa: F401  (so that the module is there)

    monkeypatch.setattr(sys.modules[HOME], "_is_gpu_available", lambda: False)

    assert cudnn_operators(ModelSpec((TextInput("text", 10, 4, units=3),), (Head("label", 2),))) == 0


def test_every_reason_is_named():
    text = TextInput("text", 10, cell="simple_rnn", activation="relu", recurrent_dropout=0.1)

    assert cudnn_lines(ModelSpec((text,), (Head("label", 2),))) == [
        "text: simple_rnn cannot use cuDNN on a GPU: Keras has no cuDNN path for simple_rnn; "
        "activation is relu, not tanh; recurrent_dropout is not 0"
    ]


def test_the_recipes_are_on_the_kernel_but_for_those_of_the_slides():
    from seqtext.recipes import RECIPES

    slow = [
        name for name, recipe in RECIPES.items() if why_not_cudnn(recipe.spec({"text": 10}, {"label": 2}).inputs[0])
    ]

    assert slow == ["slides/imdb-simple-rnn", "slides/gop-lstm"]
