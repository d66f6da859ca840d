"""The history as a png: training and validation side by side, the kept epoch marked, errors before training."""

import builtins

import matplotlib.figure
import pytest

from seqtext.errors import DataError, MissingExtraError
from seqtext.recipes import Training
from seqtext.training.plot import check_plot, plot_history

HISTORY = [
    {"loss": 9.0, "training_loss": 0.7, "training_macro_f1": 0.5, "validation_loss": 0.6, "validation_macro_f1": 0.4},
    {"loss": 9.0, "training_loss": 0.3, "training_macro_f1": 0.9, "validation_loss": 0.5, "validation_macro_f1": 0.6},
    {"loss": 9.0, "training_loss": 0.1, "training_macro_f1": 1.0, "validation_loss": 0.9, "validation_macro_f1": 0.5},
]


def drawn(monkeypatch, tmp_path, history, asked):
    """The lines of each picture by their labels, and what was written."""
    figures = []
    save = matplotlib.figure.Figure.savefig
    monkeypatch.setattr(
        matplotlib.figure.Figure, "savefig", lambda self, *a, **k: (figures.append(self), save(self, *a, **k))
    )
    plot_history(history, asked, tmp_path / "a.png")
    lines = [{line.get_label(): list(line.get_ydata()) for line in axes.lines} for axes in figures[0].axes]
    return lines, (tmp_path / "a.png").read_bytes()


def test_both_curves_and_the_kept_epoch_are_drawn(monkeypatch, tmp_path):
    (loss, macro_f1), written = drawn(monkeypatch, tmp_path, HISTORY, Training())

    assert loss == {"training": [0.7, 0.3, 0.1], "validation": [0.6, 0.5, 0.9], "kept: epoch 2": [0, 1]}
    assert macro_f1 == {"training": [0.5, 0.9, 1.0], "validation": [0.4, 0.6, 0.5], "kept: epoch 2": [0, 1]}
    assert written.startswith(b"\x89PNG")


def test_without_validation_rows_there_is_the_running_loss(monkeypatch, tmp_path):
    history = [{"loss": 0.5}, {"loss": 0.4}]

    (loss, macro_f1), _ = drawn(monkeypatch, tmp_path, history, Training(early_stopping="none"))

    assert loss == {"training": [0.5, 0.4], "kept: epoch 2": [0, 1]}
    assert macro_f1 == {"kept: epoch 2": [0, 1]}


def test_what_cannot_be_written_is_refused_before_training(tmp_path, monkeypatch):
    with pytest.raises(DataError, match=r"so its name should end in \.png"):
        check_plot(tmp_path / "a.jpg")
    with pytest.raises(DataError, match=r"there is no folder .*nowhere"):
        check_plot(tmp_path / "nowhere" / "a.png")
    real = builtins.__import__
    lacking = lambda name, *a: (_ for _ in ()).throw(ImportError) if name.startswith("matplotlib") else real(name, *a)  # noqa: E731
    monkeypatch.setattr(builtins, "__import__", lacking)
    with pytest.raises(MissingExtraError, match=r"needs the package 'matplotlib', .*seqtext\[plots\]"):
        check_plot(tmp_path / "a.png")
