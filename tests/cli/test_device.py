"""``seqtext device``."""

import json

import pytest

pytestmark = pytest.mark.slow


def test_it_says_of_each_layer_whether_it_is_on_cudnn_and_what_to_change(run):
    shown = run("device", "slides/gop-lstm")

    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[-1].startswith("slides/gop-lstm, text: lstm 196, cuDNN: no, ")
    assert shown.stdout.endswith("recurrent_dropout is 0.2 (set recurrent_dropout=0)\n")


def test_a_recipe_without_recurrent_layers_has_nothing_to_tell(run):
    assert run("device", "slides/imdb-dense").stdout.endswith("slides/imdb-dense has no recurrent layer\n")


def test_a_program_can_read_it(run):
    found = json.loads(run("device", "--json").stdout)

    assert found["machine"]["backend"].startswith("Keras ")
    assert [layer["layer"] for layer in found["layers"]] == ["bidirectional lstm 64"]
