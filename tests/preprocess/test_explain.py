"""Explaining a pipeline: one text stage by stage, and many texts in numbers."""

import json
from dataclasses import asdict

import pytest

from seqtext.errors import MissingExtraError
from seqtext.preprocess import TextPipeline
from seqtext.preprocess.explain import explain, visible
from seqtext.preprocess.report import bars, plot_lengths, report


@pytest.fixture
def fitted():
    return TextPipeline(clean="tweets", max_length=4, truncating="middle").fit(["good film", "so good : user"])


def test_each_step_shows_its_text(fitted):
    stages = {stage.step: stage.text for stage in explain(fitted, "RT @Jo: Sooo GOOD").stages}

    assert (stages["retweet"], stages["lowercase"], stages["repeats"]) == (
        "@Jo: Sooo GOOD",
        "@jo: sooo good",
        "user: soo good",
    )


def test_only_the_steps_that_did_something_are_marked(fitted):
    changed = [stage.step for stage in explain(fitted, "RT good").stages if stage.changed]

    assert changed == ["retweet"]


def test_ids_are_those_of_encode(fitted):
    text = "so good : user"

    assert list(explain(fitted, text).ids) == fitted.encode([text])[0].tolist()


def test_what_is_cut_is_told(fitted):
    assert explain(fitted, "a b c d e f").kept == (True, True, False, False, True, True)


def test_unknown_words_are_listed_once(fitted):
    assert explain(fitted, "bad bad good").unknown == ("bad",)


def test_before_fitting_there_are_no_ids():
    assert explain(TextPipeline(), "A b").ids == ()


@pytest.mark.parametrize("text", ["", None, "http://t.co/x"])
def test_a_text_without_tokens_is_explained(text):
    shown = str(explain(TextPipeline(clean=["urls"]).fit(["a"]), text))

    assert "none: the text becomes one unknown word" in shown


def test_a_long_text_is_wrapped():
    shown = explain(TextPipeline().fit(["a"]), "word " * 50).render(width=60)

    assert max(map(len, shown.splitlines()[2:-2])) <= 60


def test_control_characters_cannot_reach_the_terminal():
    shown = str(TextPipeline().fit(["a"]).explain("\x1b[31mred\x07\u202e"))

    assert "\x1b" not in shown
    assert "\\x1b[31mred\\x07\\u202e" in shown


def test_visible_leaves_text_alone():
    assert visible("é 日本") == "é 日本"


def test_a_report_counts_what_steps_change_and_empty():
    found = report(TextPipeline(clean=["urls", "lowercase"]), ["http://t.co/x", "A http://t.co/y", "b"])

    assert [(step.step, step.changed, step.emptied) for step in found.steps] == [
        ("urls", 2, 1),
        ("lowercase", 1, 0),
    ]


def test_a_report_counts_tokens_and_empty_texts():
    found = report(TextPipeline(), ["a b c", "", None, "d"])

    assert (found.texts, found.tokens, found.empty, found.percentiles[100]) == (4, 4, 2, 3)


def test_unknown_words_of_a_fitted_pipeline_are_those_of_all_texts():
    found = report(TextPipeline().fit(["good film"]), ["good bad", "bad", "worse"])

    assert (found.checked_tokens, found.unknown_tokens, found.unknown_words) == (
        4,
        3,
        (("bad", 2), ("worse", 1)),
    )


def test_before_fitting_every_fifth_text_is_held_out():
    found = report(TextPipeline(), ["a", "b", "c", "d", "a e"])

    assert (found.is_held_out, found.vocabulary, found.unknown_words) == (True, 6, (("e", 1),))


def test_a_report_does_not_fit_the_pipeline():
    pipeline = TextPipeline()

    pipeline.report(["a"])

    assert not hasattr(pipeline, "vocabulary_")


def test_truncation_is_told_at_the_lengths_asked_for():
    found = report(TextPipeline(), ["a b c", "a"], lengths=[2, 3])

    assert [(cut.length, cut.texts_cut, cut.tokens_lost) for cut in found.truncation] == [
        (2, 1, 1),
        (3, 0, 0),
    ]


def test_the_suggested_length_keeps_nineteen_of_twenty_whole():
    found = report(TextPipeline(), ["a " * 10] * 19 + ["a " * 1_000])

    assert found.suggested_length == 12


def test_the_share_that_the_suggested_length_keeps_whole_is_counted():
    found = report(TextPipeline(), ["a " * 10] * 48 + ["a " * 1_000] * 2)

    assert "suggested: max_length=12, which keeps 96.0% of the texts whole" in str(found)


def test_texts_without_a_token_have_a_bar_of_their_own():
    assert report(TextPipeline(), ["", "a", "b", "a b"]).lengths == {0: 1, 1: 2, 2: 1}


def test_a_report_reads_a_generator_once():
    assert report(TextPipeline(), (text for text in ["a", "b"])).texts == 2


def test_a_report_on_no_texts_is_a_report():
    assert str(report(TextPipeline(), [])).startswith("0 texts, 0 tokens")


def test_a_report_becomes_json():
    assert json.loads(json.dumps(asdict(report(TextPipeline(), ["a b"]))))["tokens"] == 2


def test_the_longest_bar_has_forty_signs():
    assert [bar.count("#") for bar in bars({1: 1_000, 2: 1})] == [40, 1]


def test_lengths_are_drawn_when_matplotlib_is_there(tmp_path):
    found = report(TextPipeline(), ["a b", "a"])
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        with pytest.raises(MissingExtraError, match="matplotlib"):
            plot_lengths(found, tmp_path / "lengths.png")
    else:
        plot_lengths(found, tmp_path / "lengths.png")
        assert (tmp_path / "lengths.png").stat().st_size > 1_000


def test_an_explanation_is_written_for_a_terminal():
    shown = str(TextPipeline(max_length=2).fit(["so good"]).explain("So GREAT so"))

    assert shown.splitlines() == [
        "text       So GREAT so",
        "lowercase  so great so",
        "",
        "tokens     so  great  so",
        "ids        3   1?     cut",
        "",
        "unknown    1 of 3 tokens: great",
        "cut        1 of 3 tokens",
    ]


def test_a_report_is_written_for_a_terminal():
    shown = str(TextPipeline().fit(["good film"]).report(["Good FILM", "bad film"], lengths=[1]))

    assert shown.splitlines() == [
        "2 texts, 4 tokens, 0 texts without a token",
        "",
        "step        changed   emptied",
        "lowercase    50.0%      0.0%",
        "",
        "tokens in a text: 50% have at most 2, 75% 2, 90% 2, 95% 2, 99% 2, 100% 2",
        "     2 |######################################## 2",
        "",
        "cut to    texts cut   tokens lost",
        "     1       100.0%         50.0%",
        "suggested: max_length=2, which keeps 100.0% of the texts whole",
        "",
        "unknown: 25.00% of 4 tokens are not among the 4 words of the vocabulary",
        "  bad 1",
    ]
