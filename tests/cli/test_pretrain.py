"""``seqtext pretrain``, and what ``train``, ``inspect`` and ``classify`` make of its folder."""

import json

import pytest

from seqtext import language, saving

pytestmark = pytest.mark.slow

TINY = tuple(
    part
    for setting in ("units=4", "embedding_dim=4", "epochs=1", "min_count=1", "max_length=4", "batch_size=16")
    for part in ("--set", setting)
)


@pytest.fixture
def texts(write):
    """A file of texts without labels."""
    lines = [f"one two three four five six seven eight nine {i % 9} of them all" for i in range(60)]
    return write("texts.csv", text=lines)


@pytest.fixture
def network(untrained_network, tmp_path):
    """The folder of a network."""
    return language.save(untrained_network, tmp_path / "network").relative_to(tmp_path)


def test_it_writes_a_network_and_tells_its_perplexity_and_how_texts_go_on(run, texts, tmp_path):
    *samples, last = run("pretrain", "--data", texts, "--out", "network", *TINY).stdout.splitlines()

    assert last.startswith("wrote network (bidirectional lstm 4, ")
    assert " forward, " in last
    assert " backward on " in last
    assert samples[0].startswith("one two three four five six seven eight ... ")
    assert language.load(tmp_path / "network").made.source == "texts.csv"
    assert not (tmp_path / "network.checkpoint").exists()


def test_as_json(run, texts):
    found = json.loads(run("pretrain", "--data", texts, "--out", "n", "--json", *TINY).stdout)

    assert set(found) == {"network", "perplexity", "seconds", "samples"}
    assert set(found["perplexity"]) == {"forward", "backward"}


def test_several_files_and_another_column(run, write, tmp_path):
    write("a.csv", body=[f"some words {i} here" for i in range(20)], id=range(20))
    write("b.jsonl", "".join(f'{{"body": "other words {i} here"}}\n' for i in range(20)))

    result = run("pretrain", "--data", "a.csv", "--data", "b.jsonl", "--out", "n", "--text", "body", *TINY)

    assert "40 texts from a.csv, b.jsonl" in result.stderr
    assert {"some", "other"} <= set(language.load(tmp_path / "n").pipeline.vocabulary_)


def test_a_network_that_is_there_is_replaced_by_force_only(run, refused, texts, network):
    again = ("pretrain", "--data", texts, "--out", "network", *TINY)

    assert "holds a pre-trained network already; give --force" in refused(*again)
    assert run(*again, "--force").exit_code == 0


def test_a_model_is_never_replaced_by_a_network(refused, texts, model):
    assert "exists and is not a pre-trained network" in refused(
        "pretrain", "--data", texts, "--out", model, "--force", *TINY
    )


def test_the_same_command_goes_on_after_ctrl_c(run, texts, tmp_path, monkeypatch):
    import signal

    from seqtext.training.progress import PrintedProgress

    with monkeypatch.context() as patch:
        patch.setattr(PrintedProgress, "batch", lambda *_: signal.raise_signal(signal.SIGINT))
        stopped = run("pretrain", "--data", texts, "--out", "n", *TINY)
    was_stopped = language.load(tmp_path / "n").made.was_stopped

    resumed = run("pretrain", "--data", texts, "--out", "n", *TINY)

    assert was_stopped
    assert "stopped by hand: the same command goes on" in stopped.stdout
    assert "going on from n.checkpoint: epoch 1, batch 1" in resumed.stderr
    assert not language.load(tmp_path / "n").made.was_stopped
    assert not (tmp_path / "n.checkpoint").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--set", "layers=2"), "layers is 2, but a language model has 1"),
        (("--text", "body"), "has no column 'body'"),
    ],
    ids=" ".join,
)
def test_what_is_wrong_is_said_in_one_line(refused, texts, arguments, message):
    assert message in refused("pretrain", "--data", texts, "--out", "n", *arguments)


def test_a_file_without_a_text_is_refused(refused, write):
    assert "there is no text in it" in refused("pretrain", "--data", write("e.csv", text=["", " "]), "--out", "n")


def test_training_starts_from_it(run, network, write, tiny_settings, tmp_path):
    rows = [f"{'good' if i % 2 else 'bad'} one two {i}" for i in range(40)]
    write("rows.csv", text=rows, label=["yes" if i % 2 else "no" for i in range(40)])

    result = run("train", "--data", "rows.csv", "--out", "m", "--pretrained", "network", *tiny_settings)

    assert result.exit_code == 0, result.stderr
    assert "text: starts from network (embedding 4, bidirectional lstm 4): " in result.stderr
    assert "lovely" in saving.load(tmp_path / "m").preparers["text"].vocabulary_


def test_training_uses_rows_without_a_label(run, write, tiny_settings, tmp_path, monkeypatch):
    from seqtext.recipes import Recipe, pretraining
    from seqtext.recipes.change import changed

    few = {"epochs": 1, "max_length": 4}
    monkeypatch.setattr(pretraining, "PRETRAINING", changed(pretraining.pretraining_recipe(Recipe()), few))
    rows = [f"{'good' if i % 2 else 'bad'} one two {i}" for i in range(60)]
    labels = ["" if i >= 40 else "yes" if i % 2 else "no" for i in range(60)]
    write("rows.csv", text=rows, label=labels)

    result = run("train", "--data", "rows.csv", "--out", "m", "--use-unlabelled", *tiny_settings)

    assert result.exit_code == 0, result.stderr
    assert "pre-training on 20 texts without a label and " in result.stderr
    assert "pre-trained: unlabelled rows" in run("inspect", "m").stdout


def test_inspect_says_what_it_is(run, network):
    text = run("inspect", "network").stdout

    assert "'seqtext train --pretrained' starts from it" in text
    assert "3.0 forward on held-out texts" in text
    assert json.loads(run("inspect", "network", "--json").stdout)["spec"]["encoder"]["units"] == 4


def test_classify_says_what_it_is(refused, network, texts):
    message = refused("classify", texts, "-m", "network")

    assert message == (
        "network is a pre-trained network, not a model; train a model from it with 'seqtext train --pretrained network'"
    )


def test_it_is_not_taken_for_the_model_trained_last(refused, untrained_network, texts):
    language.save(untrained_network, "models/network")

    assert "there is no model under" in refused("classify", texts)
