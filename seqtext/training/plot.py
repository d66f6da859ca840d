"""The history of a training as a picture: training and validation rows side by side, and the epoch that was kept."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from seqtext.errors import DataError, missing_extra
from seqtext.recipes import Training
from seqtext.training.rates import kept_epoch


def check_plot(path: Path) -> None:
    """Raise now, and not after hours of training, if a picture could not be written to ``path``."""
    try:
        import matplotlib.figure  # noqa: F401  (1 s)
    except ImportError as error:
        raise missing_extra("matplotlib", "plots") from error
    if path.suffix.lower() != ".png":
        raise DataError(f"the picture {path} would be a png, so its name should end in .png")
    if not path.parent.is_dir():
        raise DataError(f"there is no folder {path.parent}, so no picture {path} can be written; make the folder first")


def plot_history(history: Sequence[Mapping[str, float]], asked: Training, path: Path) -> None:
    """
    Write a png with the loss on the left and macro-F1 on the right.

    Parameters
    ----------
    history, asked
        Scores of each epoch, and how the epoch was chosen that is kept.
    path
        Of the png.
    """
    from matplotlib.figure import Figure  # and no pyplot, which looks for a screen
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(10, 4), layout="constrained")
    epochs, kept = range(1, len(history) + 1), kept_epoch(history, asked)
    for axes, name in zip(figure.subplots(1, 2), ("loss", "macro_f1"), strict=True):
        # The loss of the running epoch has dropout, penalties and smoothing in it; better that without, if it is there.
        training = f"training_{name}" if f"training_{name}" in history[0] else name
        for score, label in ((training, "training"), (f"validation_{name}", "validation")):
            if score in history[0]:
                axes.plot(epochs, [record[score] for record in history], marker="o", markersize=3, label=label)
        axes.axvline(kept, color="grey", linestyle="--", label=f"kept: epoch {kept}")
        axes.set(title=name.replace("macro_f1", "macro-F1"), xlabel="epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()
    try:
        figure.savefig(path, format="png", dpi=120)
    except OSError as error:
        raise DataError(f"the picture {path} cannot be written: {error.strerror or error}") from error
