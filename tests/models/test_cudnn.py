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


def cudnn_operators(spec):
    """How many cuDNN operators the traced training graph of ``spec`` has."""
    import tensorflow as tf

    from seqtext.models.build import build

    model = build(spec)
    ids = {text.name: tf.TensorSpec((None, None), tf.int32) for text in spec.inputs}
    graph = tf.function(lambda ids: model(ids, training=True)).get_concrete_function(ids).graph.as_graph_def()
    nodes = itertools.chain(graph.node, *(function.node_def for function in graph.library.function))
    return collections.Counter(node.op for node in nodes)["CudnnRNNV3"]


@pytest.mark.parametrize("activation", ["tanh", "relu", "hard_sigmoid"])
@pytest.mark.parametrize("recurrent_dropout", [0.0, 0.2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_the_verdict_is_what_keras_does(pretended_gpu, spec_of, cell, bidirectional, recurrent_dropout, activation):
    spec = spec_of(cell=cell, bidirectional=bidirectional, recurrent_dropout=recurrent_dropout, activation=activation)
    expected = 0 if spec.inputs[0].encoders[0].why_not_cudnn() else 1 + bidirectional

    assert cudnn_operators(spec) == expected


@pytest.mark.parametrize("pooling", POOLINGS)
def test_neither_pooling_nor_the_other_dropouts_cost_the_kernel(pretended_gpu, spec_of, pooling):
    others = {"word_dropout": 0.1, "embedding_dropout": 0.1, "dropout": 0.1, "l2": 0.1}
    spec = spec_of(cell="lstm", layers=2, bidirectional=True, pooling=pooling, **others)

    assert cudnn_lines(spec) == ["text: lstm uses cuDNN on a GPU"]
    assert cudnn_operators(spec) == 4


def test_without_a_gpu_there_is_no_cudnn_operator(monkeypatch, spec_of):
    import keras  # noqa: F401  (so that the module is there)

    monkeypatch.setattr(sys.modules[HOME], "_is_gpu_available", lambda: False)

    assert cudnn_operators(spec_of()) == 0


def test_every_encoder_is_reported_and_every_reason_named():
    slow = Recurrent(cell="simple_rnn", activation="relu", recurrent_dropout=0.1)
    spec = ModelSpec(
        (TextInput("title", 10, (Recurrent(), slow)), TextInput("body", 10, (Recurrent(cell="gru"),))),
        (Multiclass("label"),),
    )

    assert cudnn_lines(spec) == [
        "title: lstm uses cuDNN on a GPU",
        "title: simple_rnn cannot use cuDNN on a GPU: Keras has no cuDNN path for simple_rnn; "
        "activation is relu, not tanh; recurrent_dropout is not 0",
        "body: gru uses cuDNN on a GPU",
    ]


def test_the_recipes_are_on_the_kernel_but_for_those_of_the_slides():
    from seqtext.recipes import RECIPES

    encoders = {
        name: [one for one in recipe.text.encoders if one.kind == "recurrent"] for name, recipe in RECIPES.items()
    }
    slow = [name for name, found in encoders.items() if any(one.why_not_cudnn() for one in found)]

    assert slow == ["slides/imdb-simple-rnn", "slides/gop-lstm"]
