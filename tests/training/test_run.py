"""From raw rows to a trained model: nothing leaks, nothing depends on chance, Keras and ONNX agree."""

import dataclasses
import hashlib
import signal
import subprocess
import sys

import numpy as np
import pytest

from seqtext.errors import BundleError, DataError, RecipeError
from seqtext.models.rows import Rows
from seqtext.recipes import Recipe
from seqtext.recipes.change import changed
from seqtext.schema import to_plain
from seqtext.training import run
from seqtext.training.comparing import compare
from seqtext.training.labelled import labelled_rows, never_watched, validation_split
from seqtext.training.progress import Progress
from seqtext.training.run import train

pytestmark = pytest.mark.slow


def fingerprint(trained):
    whole = b"".join(name.encode() + weight.tobytes() for name, weight in trained.weights.items())
    return hashlib.sha256(whole).hexdigest()


def rows_of(texts, labels):
    return labelled_rows({"text": texts}, {"label": labels})


@pytest.fixture
def quick(tiny):
    return changed(tiny, {"cell": "simple_rnn", "bidirectional": False, "epochs": 1})


# ------------------------------------------------------------------------------------------------ chance and leaks


def test_a_fixed_seed_gives_byte_identical_weights_twice_and_in_another_process(trained, reviews, tiny):
    script = (
        "import hashlib, sys\n"
        f"sys.path[:0] = {sys.path!r}\n"
        "from seqtext.schema import from_plain\n"
        "from seqtext.recipes import Recipe\n"
        "from seqtext.training.labelled import labelled_rows\n"
        "from seqtext.training.run import train\n"
        f"texts, labels = {reviews!r}\n"
        f"recipe = from_plain(Recipe, {to_plain(tiny)!r}, 'recipe', ValueError)\n"
        "trained, _ = train(labelled_rows({'text': texts}, {'label': labels}), recipe)\n"
        "whole = b''.join(name.encode() + weight.tobytes() for name, weight in trained.weights.items())\n"
        "print(hashlib.sha256(whole).hexdigest())\n"
    )

    again, _ = train(rows_of(*reviews), tiny)
    elsewhere = subprocess.run([sys.executable, "-"], input=script, capture_output=True, text=True, check=True)

    assert fingerprint(again) == fingerprint(trained) == elsewhere.stdout.strip()
    assert again.history == trained.history


def test_nothing_is_learned_from_validation_rows(reviews, quick):
    texts, labels = reviews
    _, held_out = validation_split(rows_of(texts, labels), quick)
    marked = [f"{text} secret{row}" if row in held_out else text for row, text in enumerate(texts)]
    kept, held_again = validation_split(rows_of(marked, labels), quick)
    assert held_again.tolist() == held_out.tolist(), "the marks must not change the split"

    one, other = (train(rows_of(column, labels), quick)[0] for column in (texts, marked))

    assert not any(word.startswith("secret") for word in other.preparers["text"].vocabulary_)
    assert other.made.rows == {"training": len(kept), "validation": len(held_out), "test": 0}
    assert (len(kept), len(held_out)) == (32, 8)
    assert fingerprint(one) == fingerprint(other)


def test_a_word_of_a_training_row_is_learned(trained):
    assert "wonderful" in trained.preparers["text"].vocabulary_


def test_equal_texts_stay_on_one_side(tiny):
    texts = [f"text number {i // 2}" for i in range(60)]
    labels = ["ab"[i // 2 % 2] for i in range(60)]

    kept, held_out = validation_split(rows_of(texts, labels), tiny)

    assert not {texts[i] for i in kept} & {texts[i] for i in held_out}
    assert sorted([*kept, *held_out]) == list(range(60))


def test_a_label_with_a_single_text_is_all_learned_from(tiny):
    texts = [f"text {i}" for i in range(40)]
    labels = ["a", "b"] * 19 + ["lone", "lone"]
    rows = rows_of([*texts[:38], "rare", "Rare!"], labels)

    kept, held_out = validation_split(rows, tiny)

    assert {38, 39} <= set(kept.tolist())
    assert {labels[i] for i in held_out} == {"a", "b"}
    assert never_watched(rows, held_out) == (
        "too few texts to hold some out for validation: all with the label 'lone' (2 rows) are learned from"
    )


def test_a_label_that_stands_only_beside_others_is_learned_from(tiny):
    rows = rows_of([*"abcdefgh", "same", "same", "same"], [*"xyxyxyxy", "x", "x", "lone"])

    for seed in range(5):
        kept, _ = validation_split(rows, changed(tiny, {"seed": seed, "validation_share": 0.4}))
        assert 10 in kept


def test_labels_of_a_text_each_leave_nothing_to_watch(tiny):
    with pytest.raises(DataError, match=r"no row can be held out for validation, .* set validation_share to 0"):
        validation_split(rows_of(["a", "b"], ["x", "y"]), tiny)


def test_without_validation_every_row_is_learned_from(tiny):
    kept, held_out = validation_split(rows_of(["a", "b"], ["x", "y"]), changed(tiny, {"validation_share": 0.0}))

    assert (kept.tolist(), held_out.tolist()) == ([0, 1], [])


# ------------------------------------------------------------------------------------------------ what comes out


def test_several_inputs_and_outputs_have_each_their_own(trained_pairs):
    title, body = (trained_pairs.preparers[name].vocabulary_ for name in ("title", "body"))

    assert title != body
    assert trained_pairs.label_names == {"mood": ["happy", "sad"], "rain": ["dry", "wet"]}
    assert [head.name for head in trained_pairs.spec.outputs] == ["mood", "rain"]


def test_each_input_is_read_as_its_settings_say(reviews, quick):
    texts, labels = reviews
    recipe = changed(quick, {"units": 2, "title.units": 3, "body.clean": ("lowercase", "numbers=token")})
    rows = labelled_rows({"title": texts, "body": [f"{text} 7" for text in texts]}, {"label": labels})

    trained, _ = train(rows, recipe)

    assert {part.name: part.encoders[0].units for part in trained.spec.inputs} == {"title": 3, "body": 2}
    assert "number" not in trained.preparers["title"].vocabulary_
    assert "number" in trained.preparers["body"].vocabulary_


def test_settings_of_an_input_that_is_not_there_are_refused_before_any_work(reviews, quick, monkeypatch):
    monkeypatch.setattr(run, "validation_split", lambda *_: pytest.fail("work began"))

    with pytest.raises(RecipeError, match="settings for the input 'titel', but only"):
        train(rows_of(*reviews), changed(quick, {"titel.units": 3}))


def test_numbers_as_labels_are_in_the_order_of_their_values(quick):
    texts = [f"text {'abcdefghijkl'[i % 12]} {i}" for i in range(48)]

    trained, _ = train(rows_of(texts, [i % 12 for i in range(48)]), quick)

    assert trained.classes_.tolist() == list(range(12))


def test_empty_and_missing_texts_are_rows_like_others(quick):
    texts = [None, "", "good", "good film", "fine", "bad", "bad film", float("nan"), "a", "b", "c", "d"]

    trained, _ = train(rows_of(texts, list("xyxxxyyyxyxy")), quick)

    assert sum(trained.made.rows.values()) == 12


def test_what_is_made_tells_of_its_making(trained):
    assert (trained.made.recipe, trained.made.source, trained.made.epochs) == ("tiny", "conftest.py", 15)
    assert trained.made.versions.keys() == {"python", "seqtext", "numpy", "keras", "tensorflow"}
    assert not trained.made.was_stopped


# ------------------------------------------------------------------------------------------------ Keras and ONNX


@pytest.mark.parametrize("change", [1.01, np.nan])
def test_a_graph_that_differs_from_keras_is_an_error(learned, reviews, change):
    trained, by_keras = learned
    rows = Rows.encode(trained.preparers, {"text": reviews[0]}, {})
    kernel = trained.weights["label/answer/kernel"] * np.float32(change)
    wrong = dataclasses.replace(trained, weights={**trained.weights, "label/answer/kernel": kernel})

    compare(by_keras, trained, rows)
    with pytest.raises(BundleError, match=r"the ONNX graph differs from Keras by .* in 'label'.*was not saved"):
        compare(by_keras, wrong, rows)


# ------------------------------------------------------------------------------------------------ interrupts


class At(Progress):
    """Does something at the first batch."""

    def __init__(self, act):
        self.act = act

    def batch(self, epoch, epochs, done, loss):
        self.act()
        self.act = lambda: None


def test_training_that_is_stopped_says_so_and_publishes(reviews, quick):
    published = []
    recipe = changed(quick, {"epochs": 50})

    trained, _ = train(
        rows_of(*reviews),
        recipe,
        progress=At(lambda: signal.raise_signal(signal.SIGTERM)),
        publish=published.append,
    )

    assert published == [trained]
    assert (trained.made.was_stopped, trained.made.epochs) == (True, 1)


def test_an_interrupt_while_a_model_is_published_is_heard_afterwards(reviews, quick):
    published = []

    def publish(model):
        signal.raise_signal(signal.SIGINT)
        published.append(model)

    with pytest.raises(KeyboardInterrupt):
        train(rows_of(*reviews), quick, publish=publish)

    assert len(published) == 1


# ------------------------------------------------------------------------------------------------ bad rows


@pytest.mark.parametrize(
    ("texts", "labels", "error", "message"),
    [
        ([], [], DataError, "there are no rows to train on"),
        (["a", "b"], ["x"], ValueError, r"must be equally long, but have \[1, 2\] rows"),
        (["a", "b"], ["x", "x"], DataError, "all 2 rows have the label 'x' in 'label', so there is nothing to learn"),
        (["a", "b", "c"], ["x", "y", None], DataError, "no label in row 3"),
        (["a", "b", "c"], ["x", "y", ""], DataError, "no label in row 3"),
        (["a", "b", "c"], ["x", "y", float("nan")], DataError, "no label in row 3"),
        (["a", 7, "c"], ["x", "y", "x"], TypeError, "text: row 2 is int"),
    ],
)
def test_rows_that_cannot_be_learned_from_are_refused(texts, labels, error, message):
    with pytest.raises(error, match=message):
        rows_of(texts, labels)


def test_without_tensorflow_the_extra_is_named_before_any_work(reviews, monkeypatch):
    from seqtext.errors import MissingExtraError

    monkeypatch.setitem(sys.modules, "keras", None)
    monkeypatch.setattr(run, "validation_split", lambda *_: pytest.fail("work began"))

    with pytest.raises(MissingExtraError, match=r"pip install 'seqtext\[train\]'"):
        train(rows_of(*reviews), Recipe())
