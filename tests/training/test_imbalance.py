"""Answers are drawn towards rare labels by exactly as much as was asked."""

import numpy as np
import pytest

from seqtext.models.heads import Binary, Multiclass
from seqtext.models.recurrent import Recurrent
from seqtext.models.spec import ModelSpec
from seqtext.models.text import TextInput
from seqtext.training.imbalance import adjusted

# With one more of each, eight, four and four of sixteen rows.
TARGETS = {"label": np.array([0] * 7 + [1] * 3 + [2] * 3)}


def model(*heads):
    return ModelSpec((TextInput("text", 5, (Recurrent(),)),), heads)


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_the_logarithm_of_the_share_is_taken_from_the_bias(strength):
    weights = {"label/answer/bias": np.array([1, 2, 3], np.float32)}

    found = adjusted(weights, model(Multiclass("label", 3)), TARGETS, strength)

    expected = [1 + strength * np.log(2), 2 + strength * np.log(4), 3 + strength * np.log(4)]
    np.testing.assert_allclose(found["label/answer/bias"], expected, rtol=1e-6)


def test_a_single_sigmoid_is_adjusted_by_the_odds():
    targets = {"label": np.array([0] * 5 + [1])}

    found = adjusted({"label/answer/bias": np.zeros(1, np.float32)}, model(Binary("label", 2)), targets, 1.0)

    np.testing.assert_allclose(found["label/answer/bias"], [np.log(3)], rtol=1e-6)


def test_a_label_without_a_row_costs_no_division_by_zero():
    weights = {"label/answer/bias": np.zeros(4, np.float32)}

    found = adjusted(weights, model(Multiclass("label", 4)), TARGETS, 1.0)

    assert np.isfinite(found["label/answer/bias"]).all()


def test_the_weights_that_came_in_stay_as_they_were():
    weights = {"label/answer/bias": np.zeros(3, np.float32)}

    adjusted(weights, model(Multiclass("label", 3)), TARGETS, 1.0)

    assert not weights["label/answer/bias"].any()
