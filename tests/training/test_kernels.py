"""Training says whether cuDNN is used, and goes on without it where it fails."""

import sys

import numpy as np
import pytest

from seqtext.errors import RecipeError
from seqtext.recipes.change import changed
from seqtext.training import kernels
from seqtext.training.labelled import labelled_rows
from seqtext.training.progress import Progress
from seqtext.training.run import train

pytestmark = pytest.mark.slow

ROWS = labelled_rows(
    {"text": [f"{kind} film {i}" for i in range(12) for kind in ("good", "bad")]}, {"label": ["up", "down"] * 12}
)


class Heard(Progress):
    def __init__(self):
        self.lines = []

    def say(self, line):
        self.lines.append(line)


def trained(recipe, **settings):
    """The weights, and what was said of cuDNN."""
    recipe = changed(recipe, {"cell": "gru", **settings})
    heard = Heard()
    model, _ = train(ROWS, recipe, progress=heard)
    return model.weights, [line for line in heard.lines if "cuDNN" in line]


@pytest.fixture
def pretended_gpu(monkeypatch):
    """A GPU for all who ask; its cuDNN fails, for there is no such kernel for the CPU."""
    import keras  # noqa: F401  (so that the module is there)

    monkeypatch.setattr(sys.modules["keras.src.backend.tensorflow.rnn"], "_is_gpu_available", lambda: True)
    monkeypatch.setattr(kernels, "find_gpus", lambda: ["pretended"])


def test_a_cudnn_that_fails_is_told_of_and_training_goes_on_as_without(pretended_gpu, tiny):
    weights, lines = trained(tiny)
    plain, _ = trained(tiny, cudnn="off")

    assert lines[0] == "text: bidirectional gru 4, cuDNN: yes"
    assert lines[1].startswith("cuDNN does not work here, going on with the plain kernel: ")
    assert all(np.array_equal(weights[name], plain[name]) for name in plain)


def test_a_required_cudnn_that_fails_ends_the_training(pretended_gpu, tiny):
    with pytest.raises(RecipeError, match="cuDNN is required, but does not work here"):
        trained(tiny, cudnn="require")


def test_cudnn_can_be_turned_off(pretended_gpu, tiny):
    _, lines = trained(tiny, cudnn="off")

    assert lines == ["text: bidirectional gru 4, cuDNN: no, cudnn is off (set cudnn=auto)"]


def test_what_cannot_use_cudnn_says_why_and_what_to_change(pretended_gpu, tiny):
    _, lines = trained(tiny, recurrent_dropout=0.1, activation="relu")

    assert lines == [
        "text: bidirectional gru 4, cuDNN: no, activation is relu (set activation=tanh); "
        "recurrent_dropout is 0.1 (set recurrent_dropout=0)"
    ]


def test_without_a_gpu_nothing_is_said_and_a_required_cudnn_is_refused(monkeypatch, tiny):
    monkeypatch.setattr(kernels, "find_gpus", list)

    assert trained(tiny)[1] == []
    with pytest.raises(RecipeError, match="cuDNN is required, but text cannot use it: there is no GPU"):
        trained(tiny, cudnn="require")


def test_the_batch_that_was_tried_leaves_no_trace_not_even_in_the_seeds_of_dropout(monkeypatch, tiny):
    plain, _ = trained(tiny)
    monkeypatch.setattr(kernels, "find_gpus", lambda: ["pretended"])
    weights, _ = trained(tiny)

    assert all(np.array_equal(weights[name], plain[name]) for name in plain)
