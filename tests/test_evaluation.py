"""Scores against scikit-learn's, and the tables that people read."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtext.evaluation import (
    MultilabelScores,
    Scores,
    class_table,
    confusion_table,
    score,
    score_sets,
    score_table,
    table,
)

pairs = st.integers(2, 5).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), min_size=1, max_size=40),
    )
)


@given(pairs)
def test_the_scores_are_those_of_scikit_learn(case):
    from sklearn import metrics

    count, rows = case
    truth, predicted = np.array(rows).T
    every = list(range(count))

    found = score(truth, predicted, [f"label {i}" for i in every])

    per_label = metrics.precision_recall_fscore_support(truth, predicted, labels=every, zero_division=0)
    np.testing.assert_allclose([found.precision, found.recall, found.f1], per_label[:3])
    np.testing.assert_array_equal(found.confusion, metrics.confusion_matrix(truth, predicted, labels=every))
    assert found.accuracy == pytest.approx(metrics.accuracy_score(truth, predicted))
    assert found.macro_f1 == pytest.approx(metrics.f1_score(truth, predicted, average="macro", zero_division=0))
    assert found.rows == len(rows)


def test_an_example_by_hand():
    # cats: 2 of 3 found, one dog taken for a cat; dogs: 1 of 2 found, one cat taken for a dog
    found = score(np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 0, 1]), ["cat", "dog"])
    two_thirds = pytest.approx(2 / 3)

    assert found.to_dict() == {
        "rows": 5,
        "accuracy": 0.6,
        "macro_f1": pytest.approx((2 / 3 + 1 / 2) / 2),
        "labels": {
            "cat": {"precision": two_thirds, "recall": two_thirds, "f1": two_thirds, "rows": 3},
            "dog": {"precision": 0.5, "recall": 0.5, "f1": 0.5, "rows": 2},
        },
        "confusion": [[2, 1], [1, 1]],
    }


def test_a_label_that_never_occurs_does_not_lower_the_macro_f1():
    found = score(np.array([0, 1]), np.array([0, 1]), ["a", "b", "never"])

    assert found.macro_f1 == 1.0


def test_no_rows_have_no_score():
    with pytest.raises(ValueError, match="no rows to score"):
        score(np.array([], int), np.array([], int), ["a", "b"])


@pytest.mark.parametrize("head", ["multiclass", "binary"])
def test_the_mean_loss_of_a_head_is_that_of_scikit_learn(head):
    from sklearn.metrics import log_loss

    from seqtext.models.heads import HEADS

    truth = np.array([0, 1, 1])
    probabilities = np.array([[0.7, 0.3], [0.1, 0.9], [0.6, 0.4]])

    assert HEADS[head]("label", 2).mean_loss(truth, probabilities) == pytest.approx(log_loss(truth, probabilities))


def test_a_probability_of_zero_for_the_truth_is_a_large_loss_and_not_infinite():
    from seqtext.models.heads import Multiclass

    assert 10 < Multiclass("label", 2).mean_loss(np.array([0]), np.array([[0.0, 1.0]])) < 20


def test_scores_come_back_from_their_plain_values():
    found = score(np.array([0, 0, 1]), np.array([0, 1, 1]), ["no", "yes"])

    assert Scores.from_dict(found.to_dict(), ["no", "yes"]).to_dict() == found.to_dict()


def test_the_class_table_has_a_line_per_label():
    found = score(np.array([0, 0, 1]), np.array([0, 1, 1]), ["no", "yes"])

    assert class_table(found) == (
        "label  precision  recall     F1  rows\n"
        "no         1.000   0.500  0.667     2\n"
        "yes        0.500   1.000  0.667     1"
    )  # fmt: skip


def test_the_confusion_matrix_is_shown_whole_for_few_labels():
    found = score(np.array([0, 0, 1]), np.array([0, 1, 1]), ["no", "yes"])

    assert confusion_table(found) == (
        "true \\ predicted  no  yes\n"
        "no                 1    1\n"
        "yes                0    1"
    )  # fmt: skip


@pytest.mark.parametrize("cell", ["a" * 100_000, [[[1]]], True, 2**63])
def test_what_is_no_confusion_matrix_is_refused_before_it_takes_memory(cell):
    import tracemalloc

    stranger = {"confusion": [[cell, *[1] * 99], *[[1] * 100] * 99]}
    tracemalloc.start()
    with pytest.raises(ValueError, match="it holds no confusion matrix of the labels"):
        Scores.from_dict(stranger, [str(i) for i in range(100)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 100_000


def test_of_many_labels_the_most_frequent_confusions_are_shown():
    labels = [f"l{i}" for i in range(20)]
    found = score(np.array([3, 3, 3, 5, 5, 7]), np.array([4, 4, 3, 6, 5, 7]), labels)

    assert confusion_table(found) == (
        "true  predicted  rows\n"
        "l3           l4     2\n"
        "l5           l6     1"
    )  # fmt: skip


def test_a_table_of_one_line():
    assert table([("a", "b")]) == "a  b"


# --------------------------------------------------------------------------- any number of labels a row

SETS = np.array([[1, 0, 1], [0, 0, 0], [1, 1, 0], [0, 1, 0]], bool)
GIVEN = np.array([[1, 0, 1], [0, 0, 1], [1, 0, 0], [0, 1, 1]], bool)


def test_scores_of_several_labels_are_those_of_scikit_learn():
    from sklearn import metrics

    found = score_sets(SETS, GIVEN, ["a", "b", "c"])

    assert found.macro_f1 == pytest.approx(metrics.f1_score(SETS, GIVEN, average="macro"))
    assert found.micro_f1 == pytest.approx(metrics.f1_score(SETS, GIVEN, average="micro"))
    assert found.accuracy == metrics.accuracy_score(SETS, GIVEN) == 0.25
    np.testing.assert_allclose(found.precision, metrics.precision_score(SETS, GIVEN, average=None))
    np.testing.assert_allclose(found.recall, metrics.recall_score(SETS, GIVEN, average=None))


def test_scores_of_several_labels_survive_as_plain_values():
    found = score_sets(SETS, GIVEN, ["a", "b", "c"])

    again = MultilabelScores.from_dict(json.loads(json.dumps(found.to_dict())), ["a", "b", "c"])

    assert again.to_dict() == found.to_dict()
    assert found.to_dict()["labels"]["b"] == {
        "precision": 1.0,
        "recall": 0.5,
        "f1": pytest.approx(2 / 3),
        "rows": 2,
        "predicted": 1,
        "hits": 1,
    }


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.update(rows=0),
        lambda data: data.update(exact_rows=5),
        lambda data: data["labels"].pop("a"),
        lambda data: data["labels"]["a"].update(hits=-1),
        lambda data: data["labels"]["a"].update(hits=3),
        lambda data: data["labels"]["a"].update(rows="2"),
        lambda data: data["labels"]["a"].update(rows=2**70),
        lambda data: data.update(labels=[]),
    ],
)
def test_forged_scores_of_several_labels_are_refused(damage):
    data = score_sets(SETS, GIVEN, ["a", "b", "c"]).to_dict()
    damage(data)

    with pytest.raises(ValueError, match="it holds "):
        MultilabelScores.from_dict(data, ["a", "b", "c"])


def test_the_best_of_several_labels_stands_first_in_the_table():
    table = score_table({"one": score_sets(SETS, GIVEN, list("abc")), "other": score_sets(SETS, SETS, list("abc"))})

    assert [line.split() for line in table.splitlines()] == [
        ["macro-F1", "micro-F1", "exact", "match"],
        ["other", "1.000", "1.000", "1.000"],
        ["one", "0.722", "0.727", "0.250"],
    ]


def test_a_confusion_matrix_that_is_too_wide_becomes_the_most_frequent_confusions():
    labels = [f"a rather long label {i}" for i in range(6)]
    scores = score(np.arange(6), np.array([1, 1, 2, 3, 4, 5]), labels)

    assert confusion_table(scores).splitlines()[0].split() == ["true", "predicted", "rows"]
