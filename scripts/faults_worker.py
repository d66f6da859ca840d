"""
A process in which scripts/faults.py runs what it breaks: commands in itself, or in children that may be killed.

    python scripts/faults_worker.py [--keras]

Reads a task a line as JSON from standard input, and answers with a line each. What the commands need is imported once,
so that a trial takes milliseconds; whoever loses patience kills the process and starts another.
"""

import contextlib
import ctypes
import dataclasses
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from seqtext import load
from seqtext.cli import main
from seqtext.corpora import catalogue, download
from seqtext.errors import SeqtextError
from seqtext.recipes import adapt, named, toml

NEEDED = (adapt, named, toml, *main.commands.values())  # nobody, as whom some trials run, may not read where they are
MOST_MEMORY = 6 << 30  # of the process; what needs more fails, and does not take the machine with it
NOBODY = 65534
SIGNALS = {signal.SIGINT, signal.SIGTERM}


def measured(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what ``work`` returns, with the seconds of processor time and the most megabytes that it took."""
    ctypes.CDLL(None).malloc_trim(0)  # what earlier commands took and freed
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    began = time.process_time()
    found = work()
    facts = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak, resting = (int(facts[name].split()[0]) / 1024 for name in ("VmHWM", "VmRSS"))
    return {**found, "seconds": time.process_time() - began, "megabytes": peak, "resting": resting}


def run(arguments: list[str]) -> dict[str, Any]:
    """Run a command here; ``status``, and all that it ``told`` beside its result."""

    def work() -> dict[str, Any]:
        done = CliRunner().invoke(main, arguments)
        told = done.stderr
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            told += "".join(traceback.format_exception(done.exception))
        return {"status": done.exit_code, "told": told, "printed": done.stdout[:1_000_000]}

    return measured(work)


def answer(folder: str, values: dict[str, list[Any]]) -> dict[str, Any]:
    """Load a model and ask it: its ``answers``, or in ``told`` why it was ``refused``."""

    def work() -> dict[str, Any]:
        try:
            model = load(folder)
            found = model.predict_proba(values)
        except SeqtextError as error:
            return {"refused": True, "told": str(error)}
        except Exception:  # to be told as wrong
            return {"refused": True, "told": traceback.format_exc()}
        return {"refused": False, "told": "", "answers": found.tolist()}

    return measured(work)


@dataclasses.dataclass
class Child:
    """A command that runs, and what it has told so far through the pipe ``handle``."""

    handle: int
    told: bytes = b""

    def listen(self) -> str:
        """Return all that it has told."""
        with contextlib.suppress(BlockingIOError):
            while block := os.read(self.handle, 1 << 16):
                self.told += block
        return self.told.decode("utf-8", "replace")


CHILDREN: dict[int, Child] = {}


def start(arguments: list[str], **how: Any) -> dict[str, Any]:
    """Start a command in a child, and return its ``pid``; `_child` knows ``how``."""
    heard, said = os.pipe()
    os.set_blocking(heard, False)
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    pid = os.fork()
    if pid == 0:
        os.close(heard)
        _child(arguments, said, **how)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    os.close(said)
    CHILDREN[pid] = Child(heard)
    return {"pid": pid}


def _child(
    arguments: list[str],
    said: int,
    *,
    limit: int = 0,
    as_nobody: bool = False,
    fresh: bool = False,
    corpus: dict[str, Any] | None = None,
    environment: dict[str, str] | None = None,
) -> None:
    """
    Be the command, and never return.

    With ``limit`` no file can grow beyond so many bytes, as on a full disk. ``as_nobody`` has no right to write where
    others may not. ``fresh`` is a new interpreter, which imports all anew. ``corpus`` changes what is known of wordnet.
    """
    status = 1
    try:
        for number in (1, 2):
            os.dup2(said, number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115
        os.environ.update(environment or {})
        if limit:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        if as_nobody and os.getuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        if corpus:
            catalogue.CATALOGUE["wordnet"] = dataclasses.replace(catalogue.CATALOGUE["wordnet"], **corpus)
            vars(download)["PAUSE"] = 0.01
        # Checkpoints all the time: trainings of seconds would write none.
        if checkpoint := sys.modules.get("seqtext.training.checkpoint"):
            vars(checkpoint).update(SECONDS=0.0, SECONDS_AT_END=0.0, SHARE=1.0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        if fresh:
            os.execv(sys.executable, [sys.executable, "-m", "seqtext", *arguments])
        main(arguments, prog_name="seqtext")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        status = 130  # before the command had begun, or when it was over
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def look(pid: int) -> dict[str, Any]:
    """What a child has ``told`` so far, and whether it ``ended``."""
    told = CHILDREN[pid].listen()
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return {"told": told, "ended": state == "Z"}


def wait(pid: int) -> dict[str, Any]:
    """Wait for a child; its ``status``, negative after a signal, all that it ``told``, the most megabytes it took."""
    while not (ended := os.wait4(pid, os.WNOHANG))[0]:
        CHILDREN[pid].listen()
        time.sleep(0.005)
    child = CHILDREN.pop(pid)
    told = child.listen()
    os.close(child.handle)
    return {
        "status": os.waitstatus_to_exitcode(ended[1]),
        "told": told,
        "megabytes": ended[2].ru_maxrss / 1024,
    }


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "run": run,
    "answer": answer,
    "start": start,
    "look": look,
    "wait": wait,
}


def serve() -> None:
    """Do task after task until there are no more."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if "--keras" in sys.argv:  # import alone: TensorFlow cannot be forked any more once it has computed something
        import keras  # noqa: F401
        import onnxruntime  # noqa: F401
        import pooch  # noqa: F401
        import requests  # noqa: F401
        import sklearn.svm  # noqa: F401
        import tensorflow  # noqa: F401

        import seqtext.models.build
        import seqtext.training.experiment
        import seqtext.training.pretrain  # noqa: F401
    else:
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(TASKS[asked.pop("task")](**asked)), file=answers)


if __name__ == "__main__":
    serve()
