"""What notebooks show: short tables in which nothing of the data is markup."""

import re

import numpy as np
import pytest

from seqtext.data.dataset import Dataset
from seqtext.evaluation import score, score_sets
from seqtext.preprocess import TextPipeline

EVIL = "<script>alert(1)</script>&\"'"
TEXTS = [f"{EVIL} word{i} so good" for i in range(1000)]


def shown():
    pipeline = TextPipeline(clean=["lowercase"], num_words=50).fit(TEXTS)
    truth = np.array([0, 1] * 5)
    sets = np.array([[True, False], [True, True]] * 5)
    return {
        "dataset": Dataset({EVIL: TEXTS, **{f"c{i}": [None] * 1000 for i in range(20)}}, f"{EVIL}.csv"),
        "explanation": pipeline.explain(EVIL * 500),
        "not fitted": TextPipeline(clean=["lowercase"]).explain(EVIL),
        "report": pipeline.report(TEXTS),
        "no text": TextPipeline().report([]),
        "scores": score(truth, truth[::-1], [EVIL, "b"]),
        "sets": score_sets(sets, sets, [EVIL, "b"]),
        "many labels": score(np.arange(1000), np.arange(1000), [f"{EVIL}{i}" for i in range(1000)]),
    }


SHOWN = shown()
every = pytest.mark.parametrize("name", SHOWN)


@every
def test_nothing_of_the_data_is_markup(name):
    html = SHOWN[name]._repr_html_()

    assert set(re.findall(r"<\w+", html)) == {"<table", "<tr", "<th", "<td", "<p"} - (
        {"<p"} if "<p>" not in html else set()
    )
    assert "<script" not in html
    assert html.count("<table") == html.count("</table>")


@every
def test_what_is_shown_is_short(name):
    assert len(SHOWN[name]._repr_html_()) < 30_000
    assert len(repr(SHOWN[name])) < 400


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("report", "Report(1,000 texts, 17,000 tokens, 0 texts without a token, 965 of 17,000 tokens unknown)"),
        ("scores", "Scores(accuracy 0.000, macro-F1 0.000 on 10 rows, 2 labels)"),
        ("sets", "MultilabelScores(macro-F1 1.000, micro-F1 1.000, exact match 1.000 on 10 rows, 2 labels)"),
    ],
)
def test_a_line_tells_what_it_is(name, expected):
    assert repr(SHOWN[name]) == expected


def test_a_dataset_shows_its_first_rows_and_how_many_there_are():
    html = Dataset({"text": [f"text {i}" for i in range(12)], "label": [None] * 12}, "a.csv")._repr_html_()

    assert html.count("<tr>") == 11
    assert "<td>text 9</td><td></td>" in html
    assert html.endswith("<p>12 rows of a.csv</p>")
