"""The folder of a pre-trained network: it comes back as it was, and nothing wrong in it is believed."""

import shutil

import numpy as np
import pytest

from seqtext import language, saving
from seqtext.errors import BundleError


@pytest.fixture
def network(untrained_network):
    return untrained_network


@pytest.fixture
def folder(network, tmp_path):
    return language.save(network, tmp_path / "network")


def test_a_network_comes_back_as_it_was(network, folder):
    again = language.load(folder)

    assert (again.recipe, again.spec, again.made) == (network.recipe, network.spec, network.made)
    assert again.pipeline.to_dict() == network.pipeline.to_dict()
    for name, weight in network.weights.items():
        np.testing.assert_array_equal(again.weights[name], weight)


def test_a_network_from_before_there_was_some_setting_is_read(network, folder, forge):
    def change(manifest):
        del manifest["recipe"]["text"]["encoders"][0]["pooling"]
        del manifest["spec"]["encoder"]["pooling"]

    forge(folder, "pretrained.json", change)

    assert language.load(folder).spec == network.spec


@pytest.mark.parametrize("name", ["pretrained.json", "vocabulary.json", "weights.safetensors"])
def test_any_damaged_byte_is_found(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)

    with pytest.raises(BundleError, match=f"{name} is damaged: .*; copy the pre-trained network folder again"):
        language.load(folder)


@pytest.mark.parametrize("name", ["vocabulary.json", "weights.safetensors"])
def test_a_missing_file_is_found(folder, name):
    (folder / name).unlink()

    with pytest.raises(BundleError, match="the file is missing"):
        language.load(folder)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["spec", "vocabulary_size"], 10**12, "vocabulary_size is 1000000000000"),
        (["spec", "vocabulary_size"], 5_000, "it has 6 words, the network has 5,000"),
        (["spec", "encoder", "units"], 10**9, "units is 1000000000"),
        (["spec", "encoder", "units"], 3, "the weight .* is not as the model"),
        (["spec", "encoder", "layers"], 2, "a language model has 1"),
        (["spec", "encoder", "cell"], "os.system", "cell is 'os.system'"),
        (["pipeline", "vocabulary"], ["", "[UNK]"], "is not as seqtext writes it"),
        (["pipeline", "clean"], 3, "cleaning steps are a list"),
        (["surprise"], 3, "unknown key 'surprise'"),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, list) else "",
)
def test_a_forged_network_is_refused_in_one_line(folder, forge, path, value, message):
    def change(manifest):
        place = manifest
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    forge(folder, "pretrained.json", change)

    with pytest.raises(BundleError, match=message) as caught:
        language.load(folder)
    assert "\n" not in str(caught.value)


def test_a_network_is_no_model_and_a_model_is_no_network(folder, saved):
    with pytest.raises(BundleError, match="is a pre-trained network, not a model; train a model from it with"):
        saving.load(folder)
    with pytest.raises(BundleError, match="is a model, not a pre-trained network"):
        language.load(saved)


def test_only_a_network_is_replaced(network, folder, saved, tmp_path):
    other = shutil.copytree(saved, tmp_path / "model")

    language.save(network, folder, replace=True)
    with pytest.raises(BundleError, match="holds a pre-trained network already; give --force"):
        language.save(network, folder)
    with pytest.raises(BundleError, match="exists and is not a pre-trained network"):
        language.save(network, other, replace=True)


def test_a_folder_of_anything_else_says_what_was_expected(tmp_path):
    with pytest.raises(BundleError, match=r"it has no pretrained.json; give a folder written by 'seqtext pretrain'"):
        language.load(tmp_path)
