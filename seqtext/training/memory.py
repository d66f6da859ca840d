"""Whether a model that is to be trained fits into the memory of this machine; asked before it is built."""

import math
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from seqtext.errors import RecipeError

BYTES_OF_A_WEIGHT = 4
# Numbers that an optimizer of Keras keeps for each weight, where it is not two of them.
KEPT_BY = {"sgd": 0, "adafactor": 0, "rmsprop": 1, "adagrad": 1, "lion": 1, "muon": 1}
# Of each n-gram of each text: it is kept with its text, in the matrix of all rows, once more with other weights, and
# once by liblinear.
BYTES_OF_A_FEATURE = 48
# What needs less than this fits wherever Keras does.
ALWAYS_FITS = 100_000_000
# Where a container finds its limit, what it uses, and what of that could be freed: cgroups of version 2 and 1.
CONTROL_GROUPS = (
    ("sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
    ("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


def require_memory(shapes: Mapping[str, tuple[int, ...]], optimizer: str, root: Path = Path("/")) -> None:
    """
    Raise RecipeError if training a model with weights of these ``shapes`` needs more memory than is free.

    Each weight needs itself, its gradient, and what the optimizer keeps of it. Where TensorFlow has a GPU, or nobody
    knows how much is free, nothing is said.
    """
    weights = sum(map(math.prod, shapes.values()))
    needed = weights * BYTES_OF_A_WEIGHT * (2 + KEPT_BY.get(optimizer, 2))
    free = free_memory(root) if needed > ALWAYS_FITS else None
    if free is None or needed <= free or _has_gpu():
        return
    largest = max(shapes, key=lambda name: math.prod(shapes[name]))
    shape = " x ".join(f"{size:,}" for size in shapes[largest])
    raise RecipeError(
        f"the model would have {weights:,} weights and training needs about {in_gigabytes(needed)}, but this machine "
        f"has {in_gigabytes(free)} free; make it smaller: its largest part is {largest} ({shape})"
    )


def require_memory_for_features(features: int, root: Path = Path("/")) -> None:
    """
    Raise RecipeError if learning from so many features, over all rows, needs more memory than is free.

    They are counted when the rows are ready, before anything is trained.
    """
    needed = features * BYTES_OF_A_FEATURE
    free = free_memory(root) if needed > ALWAYS_FITS else None
    if free is not None and needed > free:
        raise RecipeError(
            f"the rows have {features:,} n-grams and learning from them needs about {in_gigabytes(needed)}, but this "
            f"machine has {in_gigabytes(free)} free; take fewer rows, or fewer n-grams: --set bag.max_chars=0 leaves "
            "those of characters out, --set bag.ngrams=1 those of several words"
        )


def in_gigabytes(size: int) -> str:
    """
    Return so many bytes in words.

    >>> in_gigabytes(6_400_000_000)
    '6.4 GB'
    """
    return f"{size / 1e9:,.1f} GB"


def free_memory(root: Path = Path("/")) -> int | None:
    """
    Return how many bytes can be had without swapping, within the limit of a container; None if nobody knows.

    ``root`` is the folder in which ``proc`` and ``sys`` lie.
    """
    found = []
    with suppress(OSError, ValueError, KeyError):
        found.append(1024 * _table(root / "proc/meminfo")["MemAvailable:"])
    for folder, limit, used, freeable in CONTROL_GROUPS:
        with suppress(OSError, ValueError, KeyError):
            taken = _number(root / folder / used) - _table(root / folder / "memory.stat")[freeable]
            found.append(max(_number(root / folder / limit) - taken, 0))  # "max", no limit, is no number
    return min(found, default=None)


def _number(path: Path) -> int:
    return int(path.read_text())


def _table(path: Path) -> dict[str, int]:
    """Names and numbers, a pair a line, with a unit behind it or none."""
    pairs = (line.split() for line in path.read_text().splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs}


def _has_gpu() -> bool:
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and bool(tensorflow.config.list_physical_devices("GPU"))
