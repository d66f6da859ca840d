"""Work on many texts in other processes."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

BLOCK = 5_000  # texts that another process gets at a time


def in_processes(work: Callable[[list[str]], Any], texts: Iterator[str], jobs: int) -> Iterator[Any]:
    """Yield what ``work`` returns for blocks of ``texts``, in order; ``work`` must be known to the pickle module."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # "spawn": a forked copy of a process that runs TensorFlow can hang.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        # A few blocks at a time: all of them might be too many texts to hold.
        while blocks := [block for _ in range(2 * jobs) if (block := list(islice(texts, BLOCK)))]:
            yield from pool.map(work, blocks)
