"""
Break seqtext on purpose, and count what it loses or says that is not true.

    python scripts/faults.py [--minutes 10] [--seed 0] [--count kill_training=50 ...] [--update docs/reliability.md]

The time is shared among the kinds of faults; one that was tried as often as it was to be leaves its time to others.
Wrong is: a traceback, an error of several lines, a model or a result that is lost or half there, a row that is not
where it was, an answer from a damaged model folder, a command that does not end, or takes a gigabyte of memory, or
five seconds of processor time more than the size of its file explains, and what is left lying about.
The exit status is 1 if anything was wrong.
"""

import argparse
import contextlib
import csv
import hashlib
import io
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from faults_files import Hostile, hostile, sentences
from faults_models import damage, forge
from tables import show

from seqtext.corpora import CATALOGUE

WORKER = Path(__file__).with_name("faults_worker.py")
PATIENCE = 120  # seconds after which a command hangs, however busy the machine is
MOST_MEGABYTES, MOST_SECONDS, SECONDS_PER_MEGABYTE = 1_000, 5.0, 2.0
LONGEST_LINE = 3_000
TINY = [f"--set={setting}" for setting in ("units=4", "embedding_dim=4", "epochs=3", "min_count=1", "batch_size=32")]
INTERRUPTED = (0, 1, 130, -signal.SIGINT, -signal.SIGTERM)
OUTCOMES = ("held", "refused in one line", "wrong")


class Wrong(Exception):
    """Something was lost, or untrue."""


class Worker:
    """A process of faults_worker.py, and a new one where it died or was out of patience."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.options = folder, options
        self.process: subprocess.Popen[str] | None = None

    def ask(self, task: str, **arguments: Any) -> dict[str, Any]:
        """Return its answer; Wrong if there is none."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, str(WORKER), *self.options],
                cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )  # fmt: skip
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"task": task, **arguments}) + "\n")
        self.process.stdin.flush()
        is_there = select.select([self.process.stdout], [], [], PATIENCE)[0]
        line = self.process.stdout.readline() if is_there else ""
        if not line:
            status = self.end()
            raise Wrong(f"{task} {arguments} died of {status}" if is_there else f"{task} {arguments} did not end")
        found: dict[str, Any] = json.loads(line)
        if found.get("resting", 0) > 500:  # what earlier commands left is not the next one's
            self.end()
        return found

    def end(self) -> int:
        """End the process, if there is one."""
        process, self.process = self.process, None
        if process is None:
            return 0
        process.kill()
        process.communicate()
        return process.returncode


@contextlib.contextmanager
def server(body: bytes) -> Iterator[str]:
    """Serve ``body`` slowly on this machine, and yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            self.send_response(206)
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            with contextlib.suppress(OSError):  # killed
                for at in range(start, len(body), 1 << 14):
                    self.wfile.write(body[at : at + (1 << 14)])
                    time.sleep(0.01)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}/wordnet.zip"
        running.shutdown()


class Campaign:
    """A folder to break things in, with labelled files and models made of them."""

    def __init__(self, folder: Path, rng: random.Random, address: Callable[[bytes], str]) -> None:
        self.folder, self.rng = folder, rng
        folder.chmod(0o755)  # also nobody may read it
        self.here, self.children = Worker(folder), Worker(folder, "--keras")
        rows = [(text, label, i % 50, label[0]) for i, (text, label) in enumerate(sentences(rng, 300))]
        self._write("data.csv", ["text", "label", "age", "kind"], rows)
        self._write("long.csv", ["text", "label"], sentences(rng, 20_000))
        self.corpus_files, archive = self._corpus()
        self.corpus = {
            "url": address(archive),
            "size": len(archive),
            "checksum": f"sha256:{hashlib.sha256(archive).hexdigest()}",
        }
        self.commands = {
            "linear": ["train", "--data", "data.csv", "--text", "text", "--recipe", "linear"],
            "recurrent": ["train", "--data", "data.csv", "--text", "text", "--recipe", "recurrent", *TINY],
            "mixed": ["train", "--data=data.csv", "--text=text", "--number=age", "--category=kind", *TINY],
            "network": ["pretrain", "--data", "data.csv", "--text", "text", *TINY],
        }
        self.seconds: dict[str, float] = {}
        for name, command in self.commands.items():
            self._undisturbed(name, [*command, "--out", f"whole-{name}"])
        self.labelled: dict[str, bytes] = {}
        for name in ("linear", "recurrent"):
            asked = ["classify", "long.csv", "--text", "text", "-m", f"whole-{name}", "-o", "whole.csv"]
            self._undisturbed(f"classify {name}", asked)
            self.labelled[name] = (folder / "whole.csv").read_bytes()
            (folder / "whole.csv").unlink()
        self._undisturbed(
            "fetch", ["corpora", "fetch", "wordnet"], corpus=self.corpus, environment=self._cache("first")
        )
        self.answers = {name: self._answers(f"whole-{name}") for name in ("linear", "recurrent", "mixed")}
        self.before = set(os.listdir(folder))

    def _write(self, name: str, header: list[str], rows: list[Any]) -> None:
        with (self.folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])

    def _corpus(self) -> tuple[dict[str, bytes], bytes]:
        """Files that wordnet needs, which do not compress, and the archive with them."""
        files = {name: self.rng.randbytes(50_000) for name in CATALOGUE["wordnet"].needs}
        raw = io.BytesIO()
        with zipfile.ZipFile(raw, "w") as archive:
            for name, content in files.items():
                archive.writestr(f"wordnet/{name}", content)
        return files, raw.getvalue()

    def _cache(self, name: str) -> dict[str, str]:
        return {"SEQTEXT_DATA": name, "XDG_CACHE_HOME": name, "no_proxy": "*"}

    def _undisturbed(self, name: str, arguments: list[str], **how: Any) -> None:
        began = time.monotonic()
        self.ended(self.children.ask("start", arguments=arguments, **how)["pid"], may=(0,))
        self.seconds[name] = time.monotonic() - began

    def _answers(self, name: str) -> list[Any]:
        found: list[Any] = self.here.ask("answer", folder=name, values=self._values(name))["answers"]
        return found

    def _values(self, name: str) -> dict[str, list[Any]]:
        texts = ["good film 1", "", "a bad, bad day"]
        return {"text": texts, **({"age": [1, None, 3.5], "kind": ["u", "x", None]} if "mixed" in name else {})}

    # ------------------------------------------------------------------------------ commands that are cut short

    def ended(self, pid: int, *, may: tuple[int, ...]) -> str:
        """Wait for the end and return all that was told; wrong is another exit status, a traceback, or none."""
        found = self.children.ask("wait", pid=pid)
        told: str = found["told"]
        if "Traceback" in told:
            raise Wrong(told[-1_500:])
        if found["megabytes"] > MOST_MEGABYTES:
            raise Wrong(f"{found['megabytes']:,.0f} MB: {told[-300:]}")
        if found["status"] not in may:
            raise Wrong(f"ended with {found['status']}: {told[-300:]}")
        return told

    def struck(self, name: str, arguments: list[str], sent: list[signal.Signals], after: str = "", **how: Any) -> str:
        """Start a command, send it signals at random moments, the first ``after`` it told so; return all it told."""
        fresh = not how and self.rng.random() < 0.1
        pid = self.children.ask("start", arguments=arguments, fresh=fresh, **how)["pid"]
        if after:
            while not ((seen := self.children.ask("look", pid=pid))["ended"] or after in seen["told"]):
                time.sleep(0.01)
            time.sleep(self.rng.uniform(0, 0.3))
        else:
            time.sleep(self.rng.uniform(0, 1.1 * self.seconds[name] + 5 * fresh))
        for one in sent:
            os.kill(pid, one)  # the worker has not waited for it, so there it is
            time.sleep(self.rng.uniform(0, 0.5) if len(sent) > 1 else 0)
        return self.ended(pid, may=(0, 1, -signal.SIGKILL) if signal.SIGKILL in sent else INTERRUPTED)

    def interrupt(self) -> list[signal.Signals]:
        """Ctrl-C or SIGTERM; sometimes somebody is impatient."""
        return [self.rng.choice([signal.SIGINT, signal.SIGTERM]) for _ in range(self.rng.choice([1, 1, 2]))]

    def is_whole(self, name: str) -> None:
        """Wrong is a folder that is there and cannot be used."""
        found = self.here.ask("run", arguments=["inspect", name])
        if found["status"]:
            raise Wrong(f"{name} is not whole: {found['told'][-300:]}")

    def weights(self, name: str) -> bytes:
        return (self.folder / name / "weights.safetensors").read_bytes()

    def cut_short(self, name: str, sent: list[signal.Signals], after: str = "") -> str:
        """What is trained is whole or not there, what stood there stays, and once more it becomes the same."""
        self.sweep()
        out, checkpoint = f"cut-{name}", f"cut-{name}.checkpoint"
        for left in (out, checkpoint):
            shutil.rmtree(self.folder / left, ignore_errors=True)
        has_former = self.rng.random() < 0.5
        if has_former:
            shutil.copytree(self.folder / f"whole-{name}", self.folder / out)
        asked = [*self.commands[name], "--out", out, *(["--force"] if has_former else [])]
        told = self.struck(name, asked, sent, after)
        is_there = (self.folder / out).exists()
        if is_there:
            self.is_whole(out)
        elif has_former or "saved to" in told or "wrote " in told:
            raise Wrong(f"{out} is lost: {told[-300:]}")
        if is_there and after and self.weights(out) != self.weights(f"whole-{name}"):
            raise Wrong(f"{out} is not the model that was trained")
        if self.rng.random() < 0.5:
            # A network that was stopped early, with its checkpoint, needs no --force to go on.
            is_ready = is_there and (name != "network" or not (self.folder / checkpoint).exists())
            once_more = [*asked, *(["--force"] if is_ready and not has_former else [])]
            self.ended(self.children.ask("start", arguments=once_more)["pid"], may=(0,))
            if self.weights(out) != self.weights(f"whole-{name}"):
                raise Wrong(f"{out} once more has other weights: {told[-300:]}")
            self.nothing_is_left()
        return "held"

    def hidden(self) -> list[Path]:
        """What commands have put beside what they write."""
        return [one for one in self.folder.glob(".*") if one.name not in self.before]

    def sweep(self) -> None:
        """Forget what another trial has left."""
        for one in self.hidden():
            shutil.rmtree(one) if one.is_dir() else one.unlink()

    def nothing_is_left(self) -> None:
        """Wrong are temporary files after a command that ended well."""
        if left := self.hidden():
            raise Wrong(f"left lying about: {', '.join(sorted(map(str, left)))}")

    def kill_training(self) -> str:
        """kill -9 of `train`: the former model or the new one is whole; the same command gives the same weights"""
        return self.cut_short(self.rng.choice(["linear", "linear", "recurrent", "mixed"]), [signal.SIGKILL])

    def kill_pretraining(self) -> str:
        """kill -9 of `pretrain`: the same"""
        return self.cut_short("network", [signal.SIGKILL])

    def kill_classify(self) -> str:
        """kill -9 of `classify`: the former result or none; `--resume` writes what nobody disturbed would have"""
        return self._classify([signal.SIGKILL])

    def kill_fetch(self) -> str:
        """kill -9 of `corpora fetch`: the whole corpus or none; once more it is there, and nothing else"""
        return self._fetch([signal.SIGKILL])

    def stop_training(self) -> str:
        """Ctrl-C, SIGTERM, or two, during `train`: a whole model, or the former or none"""
        return self.cut_short(self.rng.choice(["linear", "recurrent", "recurrent", "mixed"]), self.interrupt())

    def stop_pretraining(self) -> str:
        """Ctrl-C, SIGTERM, or two, during `pretrain`: a whole network, the former or none; the same command goes on"""
        return self.cut_short("network", self.interrupt())

    def stop_classify(self) -> str:
        """Ctrl-C, SIGTERM, or two, during `classify`: whole rows, the first ones; `--resume` adds the others"""
        return self._classify(self.interrupt())

    def stop_fetch(self) -> str:
        """Ctrl-C, SIGTERM, or two, during `corpora fetch`: the whole corpus or none; once more it is there"""
        return self._fetch(self.interrupt())

    def after_training(self) -> str:
        """any of these after `train` said "saved to", while it scores and publishes: the trained model is there"""
        sent = [signal.SIGKILL] if self.rng.random() < 0.5 else self.interrupt()
        return self.cut_short(self.rng.choice(["linear", "recurrent", "mixed"]), sent, after="saved to")

    def _classify(self, sent: list[signal.Signals]) -> str:
        model, result = self.rng.choice(["linear", "recurrent"]), self.folder / "labelled.csv"
        result.unlink(missing_ok=True)
        self.sweep()
        has_former = self.rng.random() < 0.3
        if has_former:
            result.write_bytes(b"text\nformer\n")
        asked = ["classify", "long.csv", "--text", "text", "-m", f"whole-{model}", "-o", "labelled.csv"]
        self.struck(f"classify {model}", asked, sent)
        content = result.read_bytes() if result.exists() else b""
        if has_former and content == b"text\nformer\n":
            return "held"
        if not self.labelled[model].startswith(content) or content[-1:] not in (b"\n", b""):
            raise Wrong("labelled.csv has rows that are not those of the input")
        if (has_former or signal.SIGKILL in sent) and content not in (b"", self.labelled[model]):
            raise Wrong("labelled.csv is not whole")
        if has_former and not content:
            raise Wrong("the former labelled.csv is lost")
        self.ended(self.children.ask("start", arguments=[*asked, "--resume"])["pid"], may=(0,))
        if result.read_bytes() != self.labelled[model]:
            raise Wrong("--resume wrote something else")
        self.nothing_is_left()
        return "held"

    def _fetch(self, sent: list[signal.Signals]) -> str:
        root = self.folder / "cache"
        shutil.rmtree(root, ignore_errors=True)
        how = {"corpus": self.corpus, "environment": self._cache("cache")}
        self.struck("fetch", ["corpora", "fetch", "wordnet"], sent, **how)
        if (root / "wordnet").exists():
            self._corpus_is_whole(root)
        self.ended(self.children.ask("start", arguments=["corpora", "fetch", "wordnet"], **how)["pid"], may=(0,))
        self._corpus_is_whole(root)
        if left := set(os.listdir(root)) - {"wordnet"}:
            raise Wrong(f"left lying about: {', '.join(sorted(left))}")
        return "held"

    def _corpus_is_whole(self, root: Path) -> None:
        if {one.name: one.read_bytes() for one in (root / "wordnet").iterdir()} != self.corpus_files:
            raise Wrong("the corpus is not whole")

    # ----------------------------------------------------------------------- disks that are full, or not to be written

    def writing(self, place: str) -> tuple[str, list[str], dict[str, Any]]:
        """A command that writes below ``place``; what it writes there, the arguments, and how to start it."""
        name = self.rng.choice(["linear"] * 5 + ["recurrent", "network", "classify", "classify", "fetch", "fetch"])
        if name == "fetch":
            return (
                "wordnet",
                ["corpora", "fetch", "wordnet"],
                {"corpus": self.corpus, "environment": self._cache(place)},
            )
        if name == "classify":
            return (
                "labelled.csv",
                ["classify", "long.csv", "--text=text", "--model=whole-linear", "-o", f"{place}/labelled.csv"],
                {},
            )
        return "kept", [*self.commands[name], "--out", f"{place}/kept", "--force"], {}

    def full_disk(self) -> str:
        """full disk: what cannot be written is told in one line, what stood there stays, and nothing else is left"""
        place = self.folder / "full"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        name, asked, how = self.writing("full")
        former = "whole-network" if "pretrain" in asked else "whole-linear"
        has_former = name == "kept" and self.rng.random() < 0.5
        if has_former:
            shutil.copytree(self.folder / former, place / name)
        limit = self.rng.choice([1, 1_000, 20_000, self.rng.randrange(1, 400_000)])
        told = self.ended(self.children.ask("start", arguments=asked, limit=limit, **how)["pid"], may=(0, 1))
        outcome = self.one_line(told)
        if has_former or (name == "kept" and (place / name).exists()):
            self.is_whole("full/kept")
        if left := set(os.listdir(place)) - {name, f"{name}.checkpoint", ".wordnet.fetch"}:
            raise Wrong(f"left lying about: {', '.join(sorted(left))}")
        if (place / "labelled.csv").exists() and outcome != "held":
            raise Wrong("a result that could not be written is there")
        for elsewhere in self.folder.glob("seqtext-model-*"):
            self.is_whole(f"{elsewhere.name}/model")
            shutil.rmtree(elsewhere)
        return outcome

    def read_only(self) -> str:
        """folder that nobody may write to: told in one line, before any work, and nothing is there"""
        place = self.folder / "locked"
        if not place.exists():
            place.mkdir(0o555)
        _, asked, how = self.writing("locked")
        began = time.monotonic()
        told = self.ended(self.children.ask("start", arguments=asked, as_nobody=True, **how)["pid"], may=(1,))
        if os.listdir(place):
            raise Wrong(f"in a folder that is read-only there is {os.listdir(place)}")
        if "train" in asked[0] and time.monotonic() - began > MOST_SECONDS and "epoch" in told:
            raise Wrong("it was trained before that was noticed")
        return self.one_line(told)

    def one_line(self, told: str) -> str:
        """How a command ended that told so: with at most one line of an error, and not a long one."""
        lines = [line for line in told.splitlines() if line.startswith("seqtext: ")]
        if len(lines) > 1 or (lines and len(lines[0]) > LONGEST_LINE):
            raise Wrong(f"an error of {len(told):,} characters: {told[-300:]}")
        return "refused in one line" if lines else "held"

    def two_trainings(self) -> str:
        """two trainings into one folder, at once: one model that is whole"""
        self.sweep()
        name = self.rng.choice(["linear"] * 9 + ["recurrent"])
        asked = [*self.commands["linear"], "--out", "shared", "--force", "--no-baseline"]
        other = [*self.commands[name], "--out", "shared", "--force", "--no-baseline"]
        running = [self.children.ask("start", arguments=one)["pid"] for one in (asked, other)]
        for pid in running:
            self.ended(pid, may=(0,))
        self.is_whole("shared")
        self.nothing_is_left()
        return "held"

    # -------------------------------------------------------------------------------------- damaged and hostile

    def damaged_model(self) -> str:
        """model folder with a damaged file: refused"""
        return self._model(damage, signed=False)

    def forged_model(self) -> str:
        """model folder of an enemy, its checksums right: refused, or it answers with probabilities"""
        return self._model(forge, signed=True)

    def _model(self, spoil: Callable[[random.Random, Path, Path], str], *, signed: bool) -> str:
        name = self.rng.choice(list(self.answers))
        what = spoil(self.rng, self.folder / f"whole-{name}", self.folder / "spoilt")
        found = self.here.ask("answer", folder="spoilt", values=self._values(name))
        self.in_bounds(found, what, 0)
        if found["refused"]:
            return "refused in one line"
        if not signed and found["answers"] != self.answers[name]:
            raise Wrong(f"went unnoticed: {what}")
        if self.rng.random() < 0.3:
            for asked in (["inspect"], ["inspect", "--json"], ["inspect", "--graph"], ["inspect", "--recipe"]):
                self.in_bounds(self.here.ask("run", arguments=[*asked, "spoilt"]), f"{asked} {what}", 0)
            asked = ["evaluate", "data.csv", "--text=text", "--label=label", "-m", "spoilt"]
            self.in_bounds(self.here.ask("run", arguments=asked), f"evaluate {what}", 0)
        return "held"

    def in_bounds(self, found: Mapping[str, Any], what: str, size: int) -> None:
        """Wrong is what takes too much time or memory, or tells more than a line."""
        told = found["told"]
        if "Traceback" in told:
            raise Wrong(f"{what}: {told[-1_500:]}")
        if found.get("status", 0) not in (0, 1) or (found.get("status") == 1 and "seqtext: " not in told):
            raise Wrong(f"{what} ended with {found['status']}: {told[-300:]}")
        self.one_line(told)
        if found.get("refused") and ("\n" in told or len(told) > LONGEST_LINE):
            raise Wrong(f"{what}: an error of several lines: {told[:600]}")
        if "\x1b" in told or "\x1b" in found.get("printed", ""):
            raise Wrong(f"{what}: writes to the terminal as it likes: {told[-300:]!r}")
        if found["megabytes"] > MOST_MEGABYTES:
            raise Wrong(f"{what}: {found['megabytes']:,.0f} MB: {told[-300:]}")
        if found["seconds"] > MOST_SECONDS + SECONDS_PER_MEGABYTE * size / 1e6:
            raise Wrong(f"{what}: {found['seconds']:.1f} s for {size:,} bytes: {told[-300:]}")

    def hostile_file(self) -> str:
        """hostile file through `check`, `classify`, `evaluate`, `explain`, `train`, `pretrain`: rows stay in place"""
        one = hostile(self.rng)
        path = self.folder / f"hostile{one.suffix}"
        path.write_bytes(one.content)
        try:
            return self._fed(one, path)
        except Wrong as error:
            kept = Path(tempfile.gettempdir()) / f"hostile-{hashlib.sha256(one.content).hexdigest()[:8]}{one.suffix}"
            shutil.copy(path, kept)
            raise Wrong(f"{kept}: {error}") from error
        finally:
            path.unlink()

    def _fed(self, one: Hostile, path: Path) -> str:
        model = f"--model=whole-{self.rng.choice(['linear', 'recurrent'])}"
        result = self.folder / f"result.{self.rng.choice(['csv', 'tsv', 'jsonl', 'parquet'])}"
        result.unlink(missing_ok=True)
        refused = 0
        for asked in (
            ["check", path.name],
            ["classify", path.name, model, "-o", result.name],
            ["evaluate", path.name, model],
            ["explain", "--file", path.name, model],
            ["train", "--data", path.name, "--recipe=linear", "--out=fed", "--force", "--no-baseline"],
        ):
            found = self.here.ask("run", arguments=asked)
            self.in_bounds(found, asked[0], min(one.size, 10**8))
            refused += found["status"]
            if asked[0] == "classify":
                self._rows_stay(one, result, found)
        if self.rng.random() < 0.005:
            asked = ["pretrain", "--data", path.name, "--out=fed-network", "--force", *TINY, "--set=epochs=1"]
            self.one_line(self.ended(self.children.ask("start", arguments=asked)["pid"], may=(0, 1)))
        return "refused in one line" if refused == 5 else "held"

    def _rows_stay(self, one: Hostile, result: Path, found: Mapping[str, Any]) -> None:
        if one.texts is None:
            return
        if found["status"]:
            raise Wrong(f"refused although it is right: {found['told'][-300:]}")
        if result.suffix == ".parquet":
            texts = pq.read_table(result).column("text").to_pylist()
        else:
            with result.open(encoding="utf-8", newline="") as file:
                if result.suffix == ".jsonl":
                    texts = [json.loads(line)["text"] for line in file.read().split("\n")[:-1]]
                else:
                    delimiter = "," if result.suffix == ".csv" else "\t"
                    texts = [row["text"] for row in csv.DictReader(file, delimiter=delimiter)]
        if texts != one.texts:
            first = next((i for i, (a, b) in enumerate(zip(texts, one.texts, strict=False)) if a != b), -1)
            raise Wrong(f"{len(texts)} rows of {len(one.texts)} in {result.name}, row {first} is another")


KINDS: list[Callable[[Campaign], str]] = [
    Campaign.kill_training,
    Campaign.kill_pretraining,
    Campaign.kill_classify,
    Campaign.kill_fetch,
    Campaign.stop_training,
    Campaign.stop_pretraining,
    Campaign.stop_classify,
    Campaign.stop_fetch,
    Campaign.after_training,
    Campaign.full_disk,
    Campaign.read_only,
    Campaign.two_trainings,
    Campaign.damaged_model,
    Campaign.forged_model,
    Campaign.hostile_file,
]
# Of the time: more for those that are tried by the thousand, less for what is over at once.
SHARES = {"hostile_file": 6, "forged_model": 4, "damaged_model": 2, "kill_training": 2, "stop_training": 2,
          "after_training": 2, "read_only": 0.5}  # fmt: skip


def run(seed: int, minutes: float, counts: Mapping[str, int]) -> tuple[dict[str, Counter[str]], list[str]]:
    """Try the kinds of faults, each at most so many times; return how often each came to what, and what was wrong."""
    found: dict[str, Counter[str]] = {one.__name__: Counter() for one in KINDS}
    spent = dict.fromkeys(found, 0.0)
    told: list[str] = []
    memory = Path("/dev/shm")  # a campaign of small files spares the disk
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None))
        campaign = Campaign(Path(folder), random.Random(seed), lambda body: stack.enter_context(server(body)))
        stack.callback(campaign.here.end)
        stack.callback(campaign.children.end)
        end = time.monotonic() + 60 * minutes
        while time.monotonic() < end:
            left = [one for one in KINDS if found[one.__name__].total() < counts.get(one.__name__, sys.maxsize)]
            if not left:
                break
            kind = min(left, key=lambda one: spent[one.__name__] / SHARES.get(one.__name__, 1))
            began = time.monotonic()
            # What a trial draws depends on nothing but its number, however the others went.
            campaign.rng = random.Random(f"{seed} {kind.__name__} {found[kind.__name__].total()}")
            try:
                outcome = kind(campaign)
            except Exception as error:  # whatever it is, the campaign goes on and tells
                outcome = "wrong"
                told.append(f"{kind.__name__}: {'' if isinstance(error, Wrong) else type(error).__name__} {error}")
                print(told[-1], file=sys.stderr, flush=True)
            found[kind.__name__][outcome] += 1
            spent[kind.__name__] += time.monotonic() - began
    return found, told


def table(found: Mapping[str, Counter[str]], seed: int) -> str:
    """The counts as Markdown."""
    docs = {one.__name__: one.__doc__ for one in KINDS}
    lines = [f"| what is done, and what must hold | tried | {' | '.join(OUTCOMES)} |", "|---|--:|--:|--:|--:|"]
    lines += [
        f"| {docs[name]} | {counts.total():,} | {' | '.join(f'{counts[one]:,}' for one in OUTCOMES)} |"
        for name, counts in found.items()
    ]
    return "\n".join([*lines, "", f"(`scripts/faults.py`, seed {seed}, {os.cpu_count()} cores, busy with other work.)"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", action="append", default=[], metavar="KIND=N", help="try a kind at most N times")
    parser.add_argument("--only", help="only these kinds, separated by commas")
    parser.add_argument("--update", type=Path, metavar="FILE")
    options = parser.parse_args()
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and so remove the folder
    counts = {name: int(count) for name, _, count in (one.partition("=") for one in options.count)}
    if options.only:
        counts |= {one.__name__: 0 for one in KINDS if one.__name__ not in options.only.split(",")}
    found, told = run(options.seed, options.minutes, counts)
    show(table(found, options.seed), "faults", options.update)
    sys.exit(bool(told))


if __name__ == "__main__":
    main()
