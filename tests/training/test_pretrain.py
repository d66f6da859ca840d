"""Pre-training: it learns, nothing leaks, and a run that was killed goes on to the same bytes."""

import dataclasses
import signal

import numpy as np
import pytest

from seqtext.errors import BundleError, DataError, RecipeError
from seqtext.recipes import Recipe
from seqtext.recipes.named import find_recipe
from seqtext.recipes.pretraining import pretraining_recipe
from seqtext.training import checkpoint as kept
from seqtext.training import pretrain as module
from seqtext.training.pretrain import cut, hold_out, pretrain
from seqtext.training.progress import Progress

pytestmark = pytest.mark.slow

TINY = ["units=4", "embedding_dim=5", "epochs=3", "min_count=1", "max_length=4", "batch_size=8", "learning_rate=0.02"]


class Told(Progress):
    """Remembers what was said, and stops the process's work at one batch, as somebody would."""

    def __init__(self, stop_at=None, by=signal.SIGINT):
        self.lines, self.batches, self.stop_at, self.by = [], 0, stop_at, by

    def say(self, line):
        self.lines.append(line)

    def batch(self, epoch, epochs, done, loss):
        self.batches += 1
        if self.batches == self.stop_at:
            if self.by is None:
                raise MemoryError  # as sudden as a kill
            signal.raise_signal(self.by)


@pytest.fixture
def texts(reviews):
    # All of one length, so that Keras compiles once.
    return [" ".join([*text.split(), "and", "more", "of", "it", "all"][:8]) for text in reviews[0]]


@pytest.fixture
def quick():
    """Function from settings to how a tiny language model is trained."""
    return lambda *settings: pretraining_recipe(Recipe(), [*TINY, *settings])


def assert_same(one, other):
    assert one.made.history == other.made.history
    assert list(one.weights) == list(other.weights)
    for name, weight in one.weights.items():
        np.testing.assert_array_equal(weight, other.weights[name], err_msg=name)


# ------------------------------------------------------------------------------------------------- what it learns


def test_it_learns_what_follows_what(quick):
    texts = [f"one two three four five {i % 7}" for i in range(200)]

    network, samples = pretrain(
        texts, quick("epochs=20", "patience=20", "embedding_dropout=0", "max_length=6", "units=8")
    )

    # The last word of a held-out text is a number that was never seen; all others are certain.
    assert network.made.perplexity["forward"] < 4
    assert network.made.perplexity["backward"] < 1.5
    assert samples == []  # no text has as many words as are shown


def test_the_weights_are_those_of_the_best_epoch(texts, quick, monkeypatch):
    costs = iter([{"forward": 2.0, "backward": 2.0}, {"forward": 9.0, "backward": 9.0}] * 2)
    kept = []
    monkeypatch.setattr(module.Run, "costs", lambda run: (kept.append(run.weights()), next(costs))[1])

    network, _ = pretrain(texts, quick("epochs=2", "patience=5"))

    np.testing.assert_array_equal(network.weights["embedding/embeddings"], kept[0]["embedding/embeddings"])


def test_stopping_early_is_said_and_why(texts, quick, monkeypatch):
    costs, told = iter([{"forward": cost, "backward": cost} for cost in (2.0, 9.0, 9.0, 9.0, 9.0)]), Told()
    monkeypatch.setattr(module.Run, "costs", lambda run: next(costs))

    pretrain(texts, quick("epochs=9", "patience=1"), progress=told)

    assert (
        "stopped early, for the last 2 epochs told held-out words no better; keeping the weights of epoch 1"
        in told.lines
    )


def test_words_and_weights_come_from_the_training_texts_alone(texts, quick):
    _, held_out = hold_out(texts, share=0.1, seed=42)
    marked = [f"{text} secret{row}" if row in held_out else text for row, text in enumerate(texts)]
    assert hold_out(marked, share=0.1, seed=42)[1] == held_out, "the marks must not change the split"

    # Stopping early looks at the held-out texts, as it should.
    one, other = (pretrain(some, quick("validation_share=0.1", "epochs=1"))[0] for some in (texts, marked))

    assert not any(word.startswith("secret") for word in other.pipeline.vocabulary_)
    np.testing.assert_array_equal(one.weights["lstm_0/forward/kernel"], other.weights["lstm_0/forward/kernel"])


def test_equal_texts_are_held_out_together():
    texts = [f"text {i // 3}" + "!" * (i % 3) for i in range(60)]

    kept, held_out = hold_out(texts, share=0.2, seed=1)

    assert sorted([*kept, *held_out]) == list(range(60))
    assert len(held_out) == 12
    assert {i // 3 for i in kept}.isdisjoint(i // 3 for i in held_out)


def test_a_long_text_is_learned_from_in_pieces():
    assert [len(piece) for piece in cut([np.arange(2, 25)], 10)] == [10, 10, 3]


@pytest.mark.parametrize("texts", [[], ["a"], ["same text", "Same text!"]], ids=len)
def test_too_few_texts_are_refused(texts, quick):
    with pytest.raises(DataError, match=r"texts? with . different"):
        pretrain(texts, quick())


def test_texts_without_a_second_word_are_refused(quick):
    with pytest.raises(DataError, match="too little to learn a language from"):
        pretrain(["one", "two", "three", "four"], quick())


def test_a_large_vocabulary_is_sampled(quick, monkeypatch):
    monkeypatch.setattr("seqtext.models.language.SAMPLE", 8)
    texts = [f"one two three four five {i % 30}" for i in range(300)]

    network, _ = pretrain(texts, quick("epochs=20", "patience=20", "embedding_dropout=0", "max_length=6", "units=8"))

    assert network.spec.is_sampled
    assert network.made.perplexity["forward"] < 4


def test_a_training_that_diverges_is_one_line(texts, quick, monkeypatch):
    monkeypatch.setattr("keras.Model.train_on_batch", lambda *_, **__: {"loss": float("nan")})

    with pytest.raises(RecipeError, match="training diverged in epoch 1; lower learning_rate"):
        pretrain(texts, quick())


def test_continuations_are_the_same_for_the_same_seed(texts, quick):
    longer = [f"{text} " * 3 for text in texts]

    one, other = (pretrain(longer, quick("epochs=1", "validation_share=0.2"))[1] for _ in range(2))

    assert one == other
    assert len(one) == 3
    assert all(len(beginning.split()) == 8 and "[UNK]" not in rest for beginning, rest in one)


def test_a_recipe_gives_cleaning_and_tokens():
    recipe = pretraining_recipe(find_recipe("authors"))

    assert recipe.text.clean == ("authors",)
    assert len(recipe.text.encoders) == 1


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("pooling=last", "no setting 'pooling' for pre-training; there are clean"),
        ("unit=3", "no setting 'unit' for pre-training; did you mean 'units'"),
        ("validation_share=0", "validation_share is 0"),
        ("max_length=1", "expected 2 or more"),
    ],
)
def test_what_pre_training_cannot_be_told(setting, message):
    with pytest.raises(RecipeError, match=message):
        pretraining_recipe(Recipe(), [setting])


# ------------------------------------------------------------------------------------------------- going on


@pytest.mark.parametrize("stop_at", [2, 5, 9], ids=lambda at: f"at batch {at}")
def test_a_run_that_was_stopped_goes_on_to_the_same_bytes(texts, quick, tmp_path, stop_at):
    recipe = quick("dropout=0.1", "word_dropout=0.1")
    whole, _ = pretrain(texts, recipe)

    stopped, _ = pretrain(texts, recipe, progress=Told(stop_at), checkpoint=tmp_path / "c")
    told = Told()
    resumed, _ = pretrain(texts, recipe, progress=told, checkpoint=tmp_path / "c")

    assert (stopped.made.was_stopped, resumed.made.was_stopped) == (True, False)
    assert any(line.startswith(f"going on from {tmp_path / 'c'}: epoch ") for line in told.lines)
    assert_same(whole, resumed)


def test_a_run_that_was_killed_goes_on_from_its_last_checkpoint_to_the_same_bytes(texts, quick, tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "SECONDS", 0.0)
    monkeypatch.setattr(kept, "SHARE", 1e9)
    whole, _ = pretrain(texts, quick())

    with pytest.raises(MemoryError):
        pretrain(texts, quick(), progress=Told(7, by=None), checkpoint=tmp_path / "c")
    resumed, _ = pretrain(texts, quick(), checkpoint=tmp_path / "c")

    assert_same(whole, resumed)


def test_a_finished_run_is_not_trained_again(texts, quick, tmp_path):
    whole, _ = pretrain(texts, quick(), checkpoint=tmp_path / "c")
    told = Told()

    again, _ = pretrain(texts, quick(), progress=told, checkpoint=tmp_path / "c")

    assert told.batches == 0
    assert_same(whole, again)


def test_a_checkpoint_of_other_settings_is_refused_with_the_difference(texts, quick, tmp_path):
    pretrain(texts, quick("epochs=1"), checkpoint=tmp_path / "c")

    with pytest.raises(BundleError, match=r"was made with units 4, now it is 3; .* --force to begin anew"):
        pretrain(texts, quick("epochs=1", "units=3"), checkpoint=tmp_path / "c")


def test_a_checkpoint_of_other_texts_is_refused(texts, quick, tmp_path):
    pretrain(texts, quick("epochs=1"), checkpoint=tmp_path / "c")

    with pytest.raises(BundleError, match=r"was made with texts '40 .* now it is '39 "):
        pretrain(texts[1:], quick("epochs=1"), checkpoint=tmp_path / "c")


def test_the_checkpoint_of_another_training_can_be_dropped(texts, quick, tmp_path):
    pretrain(texts, quick("epochs=1"), checkpoint=tmp_path / "c")
    whole, _ = pretrain(texts, quick("epochs=1", "units=3"))

    network, _ = pretrain(texts, quick("epochs=1", "units=3"), checkpoint=tmp_path / "c", replace=True)

    assert_same(whole, network)


def test_a_damaged_checkpoint_is_one_line(texts, quick, tmp_path):
    pretrain(texts, quick("epochs=1"), checkpoint=tmp_path / "c")
    state = tmp_path / "c" / "state.safetensors"
    state.write_bytes(state.read_bytes()[:-1] + b"?")

    with pytest.raises(BundleError, match="is damaged: its content does not match the sha256"):
        pretrain(texts, quick("epochs=1"), checkpoint=tmp_path / "c")


def test_a_run_that_was_stopped_in_its_first_epoch_keeps_what_there_is(texts, quick):
    fresh, _ = pretrain(texts, quick("learning_rate=0.00000001", "epochs=1"))

    network, _ = pretrain(texts, quick(), progress=Told(2))

    assert network.made.was_stopped
    assert network.made.epochs == 0
    assert np.abs(network.weights["embedding/embeddings"] - fresh.weights["embedding/embeddings"]).max() > 1e-3


def test_few_texts_are_read_more_often():
    recipe = pretraining_recipe(Recipe(), ["units=2"])

    assert recipe.training.min_steps == 1_000
    assert pretraining_recipe(Recipe(), ["epochs=3"]).training.min_steps == 0
    assert dataclasses.replace(recipe, adapt=()) == recipe
