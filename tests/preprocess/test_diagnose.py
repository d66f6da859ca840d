"""Whether a text can be read: its tokens, the unknown ones, and those that are cut."""

import pytest

from seqtext.preprocess import TextPipeline
from seqtext.preprocess.bag import NgramBag
from seqtext.preprocess.text_column import TextColumn

TEXTS = ["good film", "good day"]
ASKED = ["good xyz film", "", None, "xyz", "good good good film day"]
EXPECTED = {"tokens": [3, 0, 0, 1, 5], "unknown": [0.3333, 1.0, 1.0, 1.0, 0.0], "cut": [0, 0, 0, 0, 2]}


@pytest.mark.parametrize("with_bag", [False, True])
def test_tokens_are_counted_before_they_are_cut(with_bag):
    pipeline = TextPipeline(max_length=3)
    preparer = (TextColumn(pipeline, [NgramBag()]) if with_bag else pipeline).fit(TEXTS)

    assert preparer.diagnose(ASKED) == EXPECTED


def test_without_a_longest_length_nothing_is_cut():
    assert TextPipeline().fit(TEXTS).diagnose(["good " * 1_000])["cut"] == [0]


def test_a_word_that_only_the_bag_knows_is_known():
    column = TextColumn(TextPipeline(min_count=2), [NgramBag()]).fit(TEXTS)

    assert column.vocabulary_size == 3
    assert column.diagnose(["film xyz"])["unknown"] == [0.5]
