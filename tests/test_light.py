"""Using a model, and asking for help, must not wait for what only training needs."""

import json
import os
import subprocess
import sys

import pytest

HEAVY = ("tensorflow", "keras", "pandas", "sklearn", "nltk", "scipy", "onnx", "openpyxl", "pyarrow", "zstandard")

IN_A_FRESH_PROCESS = """
import contextlib, io, json, sys
with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
    {code}
print(json.dumps([name for name in {heavy} if name in sys.modules]))
"""


def heavy_after(code, heavy=HEAVY, cwd=None):
    """Which heavy packages are there after ``code`` has run in a process of its own."""
    program = IN_A_FRESH_PROCESS.format(code="\n    ".join(code.strip().splitlines()), heavy=heavy)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=cwd, env=environment)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def command(*arguments):
    return f"from seqtext.cli import main; main({list(map(str, arguments))!r}, standalone_mode=False)"


def test_importing_the_package_imports_nothing(tmp_path):
    assert heavy_after("import seqtext", (*HEAVY, "numpy", "onnxruntime", "click"), tmp_path) == []


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("train", "--help"), ("classify", "--help"), ("corpora", "fetch", "--help")],
    ids=" ".join,
)
def test_help_needs_not_even_numpy(arguments, tmp_path):
    assert heavy_after(command(*arguments), (*HEAVY, "numpy", "onnxruntime"), tmp_path) == []


@pytest.mark.parametrize("arguments", [("recipes",), ("corpora", "list")], ids=" ".join)
def test_lists_are_light(arguments, tmp_path):
    assert heavy_after(command(*arguments), (*HEAVY, "onnxruntime"), tmp_path) == []


def test_inspecting_a_model_does_not_start_it(saved, tmp_path):
    assert heavy_after(command("inspect", saved), (*HEAVY, "onnxruntime"), tmp_path) == []


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl"])
def test_classifying_a_file_is_light(saved, tmp_path, name):
    texts = {"a.txt": "so\n", "a.csv": "text\nso\n", "a.jsonl": '{"text": "so"}\n'}
    (tmp_path / name).write_text(texts[name])

    assert heavy_after(command("classify", name, "-m", saved), cwd=tmp_path) == []


def test_a_command_brings_no_other_one_and_no_rules_of_training(saved, tmp_path):
    (tmp_path / "a.txt").write_text("so\n")
    others = ("seqtext.cli.train", "seqtext.cli.check", "seqtext.cli.explain", "seqtext.recipes.adapt")

    assert heavy_after(command("classify", "a.txt", "-m", saved), others, tmp_path) == []


def test_evaluating_a_model_is_light(saved, tmp_path):
    (tmp_path / "a.csv").write_text("text,label\nso,happy\nla,sad\n")

    assert heavy_after(command("evaluate", "a.csv", "-m", saved), cwd=tmp_path) == []


def test_exporting_a_model_is_light(saved, tmp_path):
    assert heavy_after(command("export", saved, "m.onnx"), (*HEAVY, "onnxruntime"), tmp_path) == []


def test_predicting_with_the_library_is_light(saved, tmp_path):
    assert heavy_after(f"import seqtext; seqtext.load({str(saved)!r}).predict(['so'])", cwd=tmp_path) == []


def test_wrong_settings_are_found_without_tensorflow(tmp_path):
    wrong = command("train", "authors", "--set", "unts=3")
    code = f"import click\nwith contextlib.suppress(click.UsageError):\n    {wrong}"

    assert heavy_after(code, ("tensorflow", "keras", "sklearn"), tmp_path) == []
