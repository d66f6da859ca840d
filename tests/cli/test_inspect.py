"""``seqtext inspect``."""

import json

import pytest


def facts(text):
    return {line[:10].strip(): line[12:] for line in text.splitlines() if line[:1].strip()}


def test_a_model_is_described_for_people(run, model):
    found = facts(run("inspect", model).stdout)

    assert found["model"].startswith("models/mood")
    assert found["labels"] == "happy, sad"
    assert found["encoder"] == "embedding 6, bidirectional gru 4, max_mean pooling"
    assert found["cleaning"] == "unicode, lowercase, spaces"
    assert "at most 8 of a text (beginning and end are kept)" in found["tokens"]
    assert found["trained by"].startswith("recipe tiny, seed 42, ")


def test_the_model_trained_last_is_taken_by_itself(run, model):
    assert run("inspect").stdout == run("inspect", model).stdout


def test_several_inputs_and_outputs_have_their_names(run, pairs):
    text = run("inspect", pairs).stdout

    assert [line.split()[:2] for line in text.splitlines() if line.startswith(("labels", "input"))] == [
        ["labels", "mood"],
        ["labels", "rain"],
        ["input", "title"],
        ["input", "body"],
    ]


def test_json_is_the_content_of_the_manifest(run, model):
    shown = json.loads(run("inspect", model, "--json").stdout)

    assert shown["labels"]["label"]["classes"] == ["happy", "sad"]
    assert set(shown) == set(json.loads((model / "model.json").read_text())) - {"format", "checksum", "files"}


def test_without_any_model_it_says_how_to_get_one(refused):
    assert "train one with 'seqtext train', or name one with -m" in refused("inspect")


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("nowhere", "no model at nowhere: there is no such folder; train one with 'seqtext train'"),
        ("file", "no model at file: that is a file, not a folder; train one with 'seqtext train'"),
        ("empty", "empty is not a model: it has no model.json; give a folder written by 'seqtext train'"),
    ],
)
def test_what_is_not_a_model_is_refused(refused, tmp_path, folder, message):
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()

    assert refused("inspect", folder) == message
    assert refused("classify", "file", "--input-format", "txt", "-m", folder) == message


def test_a_damaged_model_is_refused_with_the_name_of_the_file(refused, model):
    weights = model / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])

    assert refused("inspect", model).startswith(f"{weights} is damaged: ")


def test_a_model_with_strange_facts_about_its_training_is_no_traceback(refused, model, forge):
    forge(model, "model.json", lambda manifest: manifest["made"].update(rows=["many"]))

    assert "model.made.rows is ['many'], expected an object" in refused("inspect", model)


def test_control_characters_of_a_foreign_model_do_not_reach_the_terminal(run, model, forge):
    forge(model, "model.json", lambda manifest: manifest["made"].update(source="\x1b]0;title\x07"))

    assert "\x1b" not in run("inspect", model).stdout


def test_a_model_that_was_stopped_by_hand_says_so(run, model, forge):
    assert "stopped" not in run("inspect", model).stdout
    forge(model, "model.json", lambda manifest: manifest["made"].update(was_stopped=True, epochs=1))

    assert "1 epoch, stopped by hand before the end, " in facts(run("inspect", model).stdout)["trained by"]


def test_a_model_of_the_first_format_says_what_to_do(refused, model, forge):
    forge(model, "model.json", lambda manifest: manifest.update(format=1))

    assert refused("inspect", model) == (
        "models/mood/model.json has the format 1, this seqtext reads format 2; "
        "install the seqtext that wrote it, or train the model again"
    )


def test_the_network_is_drawn(run, saved):
    lines = run("inspect", saved, "--graph").stdout.splitlines()

    assert lines[0] == "text: text"
    assert lines[-1] == " └─ label: multiclass  (rows, 2)"


def test_scores_on_rows_that_were_seen_are_not_called_unseen(run, write, reviews):
    texts, labels = reviews
    file, test = write("a.csv", text=texts, label=labels), write("b.csv", text=[texts[0], "so new"], label=labels[:2])
    run("train", "--data", file, "--test", test, "--recipe", "linear", "--no-baseline", "--out", "m")

    shown = " ".join(run("inspect", "m").stdout.split())

    assert shown.count(" on 2 rows, of which 1 has a text that training saw, too") == 2
    assert shown.endswith(" on 1 unseen row")
