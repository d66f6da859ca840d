"""Work on many texts in other processes."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

BLOCK = 5_000  # texts that another process gets at a time
WORK: list[Callable[[list[str]], Any]] = []  # what this process was started for


def in_processes(work: Callable[[list[str]], Any], texts: Iterator[str], jobs: int) -> Iterator[Any]:
    """Yield what ``work`` returns for blocks of ``texts``, in order; each process gets a copy of ``work`` once."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # "spawn": a forked copy of a process that runs TensorFlow can hang.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=start, initargs=(work,)) as pool:
        # A few blocks at a time: all of them might be too many texts to hold.
        while blocks := [block for _ in range(2 * jobs) if (block := list(islice(texts, BLOCK)))]:
            yield from pool.map(call, blocks)


def start(work: Callable[[list[str]], Any]) -> None:
    """Keep ``work`` in this process, with all that it will have learned from one block to the next."""
    WORK[:] = [work]


def call(block: list[str]) -> Any:
    """Return what this process's work makes of a ``block``."""
    return WORK[0](block)
