"""Keras computes with JAX and PyTorch, too: the whole way through the commands, without TensorFlow."""

import importlib.util
import json
import os
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from seqtext.cli import main
from seqtext.errors import MissingExtraError, RecipeError
from seqtext.training.backend import BACKENDS, backend, check_packages

SETTINGS = "cell=gru bidirectional=false units=3 embedding_dim=4 pooling=attention epochs=1 min_steps=0 max_length=8"
# Nobody may import TensorFlow, even where it is installed.
PROGRAM = "import sys; sys.modules['tensorflow'] = None; from seqtext.cli import main; main()"


@pytest.fixture
def no_settings_of_keras(monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path


def test_the_backend_is_tensorflow_until_keras_is_told_otherwise(no_settings_of_keras, monkeypatch):
    assert backend() == "tensorflow"
    (no_settings_of_keras / "keras.json").write_text('{"backend": "torch"}')
    assert backend() == "torch"
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert backend() == "jax"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"backend": 3}', "\x00"])
def test_a_file_of_keras_that_says_nothing_is_passed_over(no_settings_of_keras, content):
    (no_settings_of_keras / "keras.json").write_text(content)

    assert backend() == "tensorflow"


def test_a_backend_that_cannot_train_is_refused_with_those_that_can(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "numpy")

    with pytest.raises(RecipeError, match="KERAS_BACKEND is 'numpy', expected one of tensorflow, jax, torch"):
        backend()


@pytest.mark.parametrize(("chosen", "extra"), BACKENDS.items())
def test_the_packages_asked_for_are_those_of_the_backend(monkeypatch, chosen, extra):
    monkeypatch.setenv("KERAS_BACKEND", chosen)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name in BACKENDS else "there")

    check_packages(with_keras=False)
    with pytest.raises(MissingExtraError, match=rf"the package '{chosen}', .*: pip install 'seqtext\[{extra}\]'"):
        check_packages(with_keras=True)


@pytest.mark.slow
@pytest.mark.parametrize("chosen", ["jax", "torch"])
def test_a_model_is_trained_and_used_and_the_seed_decides_it(chosen, tmp_path):
    if importlib.util.find_spec(chosen) is None:
        pytest.skip(f"{chosen} is not installed")
    rows = [f"{word} {i} film,{label}" for i in range(6) for word, label in (("good", "happy"), ("bad", "sad"))]
    (tmp_path / "films.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    paths = [entry for entry in sys.path if entry]
    environment = {**os.environ, "KERAS_BACKEND": chosen, "PYTHONPATH": os.pathsep.join(paths)}

    def train(name, recipe):
        changes = [word for setting in SETTINGS.split() for word in ("--set", setting)]
        words = ["train", "--data", "films.csv", "--recipe", recipe, "--out", name, *changes]
        command = [sys.executable, "-c", PROGRAM, *words]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert f"training with {chosen}, the backend that Keras is set to" in done.stderr
        return json.loads((tmp_path / name / "model.json").read_bytes())

    first, second = (train(name, "recurrent") for name in ("first", "second"))

    weights = "weights.safetensors"
    assert first["files"][weights]["sha256"] == second["files"][weights]["sha256"]
    assert set(first["made"]["versions"]) - {"seqtext"} == {"python", "numpy", "keras", chosen}
    used = CliRunner().invoke(main, ["classify", str(tmp_path / "films.csv"), "-m", str(tmp_path / "first")])
    assert used.exit_code == 0, used.stderr
    assert len(re.findall("(?m),(happy|sad),0", used.stdout)) == 12
