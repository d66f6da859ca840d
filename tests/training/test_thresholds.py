"""From which number on a label is given: the best for F1, unless few rows say so."""

import numpy as np
import pytest

from seqtext.models.heads import Multiclass, Multilabel
from seqtext.models.recurrent import Recurrent
from seqtext.models.spec import ModelSpec
from seqtext.models.text import TextInput
from seqtext.recipes import Recipe
from seqtext.recipes.change import configure
from seqtext.training.thresholds import cuts, decode_at_best, with_thresholds

SPEC = ModelSpec((TextInput("text", 5, (Recurrent(),)),), (Multilabel("tags", 2), Multiclass("mood", 2)))
WEIGHTS = {"tags/answer/bias": np.float32([1, 1]), "mood/answer/bias": np.float32([1, 1])}
# The first label is there from -1.5 on, the second from 0.5 on, and the last row says nothing.
LOGITS = {"tags": np.array([[-1.0, 1.0], [-2.0, 0.0]] * 200 + [[9.0, 9.0]]), "mood": np.zeros((401, 2))}
TARGETS = {"tags": np.array([[1.0, 1.0], [0.0, 0.0]] * 200 + [[np.nan, np.nan]]), "mood": np.zeros(401, int)}


def test_many_rows_decide_where_a_label_begins():
    found = cuts(LOGITS["tags"][:400], TARGETS["tags"][:400] == 1)

    np.testing.assert_allclose(found, [-1.5, 0.5], atol=0.1)


def test_the_cut_of_a_label_with_few_rows_stays_near_that_of_all():
    rng = np.random.default_rng(1)
    common = rng.permutation(np.repeat([True, False], 500))
    logits = np.stack([np.where(common, -1.0, -3.0), np.full(1000, -6.0)], axis=1)
    belongs = np.stack([common, np.arange(1000) == 3], axis=1)
    logits[3, 1] = 4.0

    shared, rare = cuts(logits, belongs)

    assert shared == pytest.approx(-2.0, abs=0.1)
    assert -2.0 < rare < -1.0, "the one row alone would say -1"


def test_a_label_that_no_row_has_gets_the_cut_of_all():
    belongs = np.stack([LOGITS["tags"][:400, 1] > 0.5, np.zeros(400, bool)], axis=1)

    first, second = cuts(LOGITS["tags"][:400] * [[0, 1]] + [[-4, 0]], belongs[:, ::-1])

    assert first == pytest.approx(second, abs=0.1)


def test_without_a_label_anywhere_a_half_stays_the_threshold():
    assert cuts(np.zeros((3, 2)), np.zeros((3, 2), bool)).tolist() == [0.0, 0.0]


def test_the_cut_is_taken_from_the_bias_of_outputs_with_several_labels_only():
    found, shown = with_thresholds(WEIGHTS, SPEC, Recipe(), TARGETS, LOGITS)

    np.testing.assert_allclose(found["tags/answer/bias"], [2.5, 0.5], atol=0.1)
    assert found["mood/answer/bias"].tolist() == [1, 1]
    assert shown == {"tags": (pytest.approx(0.18, abs=0.02), pytest.approx(0.62, abs=0.02))}


@pytest.mark.parametrize(
    ("recipe", "logits"), [(configure(Recipe(), ["tags.thresholds=none"]), LOGITS), (Recipe(), {})]
)
def test_nothing_changes_where_nobody_asks_or_no_row_can_tell(recipe, logits):
    found, shown = with_thresholds(WEIGHTS, SPEC, recipe, TARGETS, logits)

    assert (found["tags/answer/bias"].tolist(), shown) == ([1, 1], {})


def test_scores_while_training_are_those_at_the_thresholds_to_come():
    rows, targets = LOGITS["tags"][:400], TARGETS["tags"][:400]

    found = decode_at_best(SPEC.outputs[0], 1 / (1 + np.exp(-rows)), targets)

    np.testing.assert_array_equal(found, targets == 1)
