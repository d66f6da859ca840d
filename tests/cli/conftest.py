"""The command as a stranger runs it: in this process where that is enough, else as a process of its own."""

import csv
import os
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

TINY = tuple(
    part
    for setting in ("units=4", "embedding_dim=4", "epochs=1", "min_count=1", "max_length=16")
    for part in ("--set", setting)
)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Every test works in an empty folder, and finds no real corpora."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEQTEXT_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def run():
    """Function that runs the command with these arguments and gives exit_code, stdout and stderr."""
    from seqtext.cli import main

    def run(*arguments, input=None):
        result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=input)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result

    return run


@pytest.fixture
def refused(run):
    """Function that runs the command, which must fail with a single line on stderr, and gives this line."""

    def refused(*arguments, input=None):
        result = run(*arguments, input=input)
        lines = [line for line in result.stderr.splitlines() if line.startswith("seqtext: ")]

        assert result.exit_code == 1, result.stderr
        assert result.stdout == ""
        assert lines == result.stderr.splitlines()[-1:], result.stderr
        assert "Traceback" not in result.stderr
        return lines[0].removeprefix("seqtext: ")

    return refused


@pytest.fixture
def command():
    """Function that starts the command as a process of its own, with pipes for all that it says."""

    started = []

    def start(*arguments, **options):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        line = [sys.executable, "-m", "seqtext", *map(str, arguments)]
        started.append(subprocess.Popen(line, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}, **pipes))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def model(saved, tmp_path):
    """A trained model of the labels happy and sad, at models/mood, where the command finds it by itself."""
    return shutil.copytree(saved, tmp_path / "models" / "mood").relative_to(tmp_path)


@pytest.fixture(scope="session")
def pairs(trained_pairs, tmp_path_factory):
    """Folder of a model that reads title and body and tells mood and rain."""
    from seqtext import saving

    return saving.save(trained_pairs, tmp_path_factory.mktemp("models") / "pairs")


@pytest.fixture
def write(tmp_path):
    """Function that writes columns to a csv file, or text to any file, and gives its path."""

    def write(name, text="", /, **columns):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not columns:
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            return path.relative_to(tmp_path)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))
        return path.relative_to(tmp_path)

    return write


@pytest.fixture
def rows_of():
    """Function that gives the rows of csv text as dicts."""

    def rows_of(text):
        return list(csv.DictReader(text.splitlines(keepends=True)))

    return rows_of


@pytest.fixture
def tiny_settings():
    """Arguments of ``train`` for a model that is trained in seconds."""
    return TINY
