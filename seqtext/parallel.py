"""Work on many things at once, in threads or in other processes; what comes out is in the order of what goes in."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from seqtext.errors import SeqtextError

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future
    from multiprocessing.process import BaseProcess

BLOCK = 5_000  # texts that another process gets at a time
WORK: list[Callable[[Any], Any]] = []  # what this process was started for
NEIGHBOURS = [1]  # processes that do the same work as this one, itself included

T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """Return how many cores this process may use, without those that its neighbours want."""
    every = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, every // NEIGHBOURS[0])


def in_order(
    submit: "Callable[[T], Future[R]]",
    items: Iterable[T],
    *,
    ahead: int,
    is_last: Callable[[T], bool] = lambda item: False,
) -> "Iterator[tuple[T, Future[R]]]":
    """
    Yield each of ``items`` with what it became, in their order; they are read one by one.

    Parameters
    ----------
    submit
        What begins the work on an item.
    ahead
        How many items may be begun beside the one that is waited for.
    is_last
        Whether no further item may come for now, so that what has been begun is not to wait for it.
    """
    begun: deque[tuple[T, Future[R]]] = deque()
    for item in items:
        begun.append((item, submit(item)))
        while len(begun) > (0 if is_last(item) else ahead):
            yield begun.popleft()
    yield from begun


@contextmanager
def processes(work: Callable[[Any], Any], jobs: int) -> "Iterator[Executor]":
    """Start processes that each get a copy of ``work`` once; `call` is what to submit to them."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    # "spawn": a forked copy of a process that runs TensorFlow can hang.
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), start, (work, jobs))
    started: dict[int, BaseProcess] = vars(pool)["_processes"]
    try:
        with pool:
            try:
                yield pool
            except BrokenProcessPool:
                # One that was being started while another ended is ended by nobody, and waited for without end.
                for one in list(started.values()):
                    one.kill()
                raise
    except BrokenProcessPool as error:
        raise SeqtextError(
            f"one of {jobs} processes ended before its work was done, most likely for want of memory; ask for fewer"
        ) from error


def in_processes(work: Callable[[list[str]], Any], texts: Iterator[str], jobs: int) -> Iterator[Any]:
    """Yield what ``work`` returns for blocks of ``texts``, in order, worked on in that many processes."""
    blocks = iter(lambda: list(islice(texts, BLOCK)), [])
    with processes(work, jobs) as pool:
        # A few blocks at a time: all of them might be too many texts to hold.
        for _, future in in_order(lambda block: pool.submit(call, block), blocks, ahead=2 * jobs):
            yield future.result()


def start(work: Callable[[Any], Any], jobs: int) -> None:
    """Keep ``work`` in this process, with all that it will have learned from one call to the next."""
    import signal
    import threading
    from multiprocessing import parent_process

    WORK[:], NEIGHBOURS[:] = [work], [jobs]
    # Ctrl-C reaches every process of a terminal; it is for the first one to say what happens.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def end_with_parent() -> None:
        if parent := parent_process():
            parent.join()
            os._exit(1)

    # Without a parent, nobody would ever tell this process to end.
    threading.Thread(target=end_with_parent, daemon=True).start()


def call(item: Any) -> Any:
    """Return what this process's work makes of ``item``."""
    return WORK[0](item)
