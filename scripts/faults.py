"""
Break seqtext on purpose, and count what it loses or says that is not true.

    python scripts/faults.py [--minutes 10] [--seed 0] [--trials N]

Each kind of fault is tried in turn until the time is over, or N times. Wrong is: a traceback, a model or a result that
is lost or half there, a row that is not where it was, an answer from a damaged model file, a command that does not end.
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
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

from seqtext import load, model_folder, saving
from seqtext.data.dataset import iter_chunks
from seqtext.errors import SeqtextError
from seqtext.recipes import find_recipe
from seqtext.training.labelled import labelled_rows
from seqtext.training.run import train

WORDS = [
    "good",
    "bad",
    "film",
    "plot",
    "actor",
    "day",
    "rain",
    "sun",
    "never",
    "always",
    "quite",
    "so",
    "very",
    "not",
    "the",
    "a",
    "of",
    "and",
]
SECONDS = 120  # a command that takes longer hangs
TINY = ["--set", "units=4", "--set", "embedding_dim=4", "--set", "epochs=30", "--set", "min_count=1"]
OUTCOMES = ("held", "refused in one line", "wrong")


class Wrong(Exception):
    """Something was lost, or untrue."""


def sentences(rng: random.Random, rows: int) -> list[tuple[str, str]]:
    """Texts and labels that can be learned."""
    found = []
    for i in range(rows):
        label = rng.choice(["up", "down"])
        found.append((" ".join([*rng.choices(WORDS, k=8), {"up": "good", "down": "bad"}[label], str(i)]), label))
    return found


class Campaign:
    """One folder to break things in, with a labelled file and a model made of it."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self.folder, self.rng = folder, rng
        rows = sentences(rng, 300)
        self.data = folder / "data.csv"
        with self.data.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *rows])
        self.long = folder / "long.csv"
        with self.long.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *sentences(rng, 60_000)])
        texts, labels = ([row[i] for row in rows] for i in (0, 1))
        self.model, _ = train(labelled_rows({"text": texts}, {"label": labels}), find_recipe("linear"))
        saving.save(self.model, folder / "model")
        self.answers = self.model.predict_proba(texts[:5]).tolist()
        self.texts = texts

    # ------------------------------------------------------------------------------ commands that are cut short

    def command(self, *arguments: str, limit: int = 0) -> subprocess.Popen:
        """Start the command; with ``limit`` no file can grow beyond so many bytes, as on a full disk."""

        def restrict() -> None:
            if limit:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        return subprocess.Popen(
            [sys.executable, "-m", "seqtext", *arguments],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            preexec_fn=restrict,
        )

    def ended(self, process: subprocess.Popen, *, may: tuple[int, ...]) -> str:
        """Wait for the end; wrong is another exit status, a traceback, or none."""
        try:
            _, told = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Wrong(f"{process.args} did not end") from None
        if "Traceback" in told:
            raise Wrong(f"{process.args}: {told[-300:]}")
        if process.returncode not in may:
            raise Wrong(f"{process.args} ended with {process.returncode}: {told[-300:]}")
        return "held" if process.returncode in (0, -signal.SIGKILL) else "refused in one line"

    def signalled(self, arguments: list[str], sent: signal.Signals, most: float, may: tuple[int, ...]) -> str:
        process = self.command(*arguments)
        time.sleep(self.rng.uniform(0, most))
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(sent)
        return self.ended(process, may=may)

    def model_is_whole(self, name: str) -> None:
        """Wrong is a model folder that is there and cannot be used."""
        try:
            load(self.folder / name).predict(["so good"])
        except SeqtextError as error:
            raise Wrong(f"{name}: {error}") from error

    def kill_training(self) -> str:
        """The model that stood there, or the new one, is there after kill -9."""
        target = self.folder / "replaced"
        if not target.exists():
            shutil.copytree(self.folder / "model", target)
        asked = ["train", "--data", "data.csv", "--recipe", "linear", "--out", "replaced", "--force"]
        outcome = self.signalled(asked, signal.SIGKILL, 6, (0, -signal.SIGKILL))
        self.model_is_whole("replaced")
        return outcome

    def stop_training(self) -> str:
        """Ctrl-C and SIGTERM leave a model that is whole, or none."""
        sent = self.rng.choice([signal.SIGINT, signal.SIGTERM])
        asked = ["train", "--data", "data.csv", "--recipe", "recurrent", *TINY, "--out", "stopped", "--force"]
        outcome = self.signalled(asked, sent, 20, (0, 1, 130, 143, -signal.SIGINT, -signal.SIGTERM))
        if (self.folder / "stopped").exists():
            self.model_is_whole("stopped")
        return "held" if outcome != "wrong" else outcome

    def kill_classify(self) -> str:
        """The result is whole, or not there."""
        result = self.folder / "labelled.csv"
        result.unlink(missing_ok=True)
        sent = self.rng.choice([signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
        asked = ["classify", "long.csv", "-m", "model", "-o", "labelled.csv"]
        self.signalled(asked, sent, 5, (0, 1, 130, 143, -sent))
        if result.exists():
            with result.open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            with self.long.open(encoding="utf-8", newline="") as file:
                before = list(csv.DictReader(file))[: len(rows)]
            if [row["text"] for row in rows] != [row["text"] for row in before] or not all(
                row["predicted_score"] for row in rows
            ):
                raise Wrong("labelled.csv has rows that are not those of the input")
        return "held"

    def full_disk(self) -> str:
        """What cannot be written is told in one line, and what stood there stays."""
        target = self.folder / "kept"
        if not target.exists():
            shutil.copytree(self.folder / "model", target)
        asked = ["train", "--data", "data.csv", "--recipe", "linear", "--out", "kept", "--force"]
        outcome = self.ended(self.command(*asked, limit=self.rng.choice([1, 1_000, 20_000])), may=(0, 1))
        self.model_is_whole("kept")
        return outcome

    def two_trainings(self) -> str:
        """Two trainings into one folder: one model that is whole."""
        asked = ["train", "--data", "data.csv", "--recipe", "linear", "--out", "shared", "--force", "--no-baseline"]
        for process in [self.command(*asked), self.command(*asked)]:
            self.ended(process, may=(0,))
        self.model_is_whole("shared")
        return "held"

    # -------------------------------------------------------------------------------------- damaged and hostile

    def damaged_model(self) -> str:
        """A model folder with changed bytes is refused; signed anew it is refused, or answers with numbers."""
        copy = self.folder / "damaged"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.folder / "model", copy)
        path = self.rng.choice([one for one in sorted(copy.iterdir()) if one.stat().st_size])
        raw = bytearray(path.read_bytes())
        at = self.rng.randrange(len(raw))
        kind = self.rng.choice(["flip", "cut", "repeat"])
        if kind == "flip":
            raw[at] ^= 1 << self.rng.randrange(8)
        elif kind == "cut":
            del raw[at:]
        else:
            raw[at:at] = raw[at : at + self.rng.randrange(1, 200)]
        path.write_bytes(bytes(raw))
        is_signed = self.rng.random() < 0.5 and _sign(copy)
        try:
            answers = load(copy).predict_proba(self.texts[:5]).tolist()
        except SeqtextError as error:
            if "\n" in str(error):
                raise Wrong(f"an error of several lines: {error}") from error
            return "refused in one line"
        if not is_signed and answers != self.answers:
            raise Wrong(f"a damaged {path.name} went unnoticed")
        return "held"

    def hostile_file(self) -> str:
        """Row i out is row i in, or the file is refused in one line."""
        suffix = self.rng.choice(["csv", "jsonl", "txt", "tsv", "json", "xlsx"])
        path = self.folder / f"hostile.{suffix}"
        path.write_bytes(_mangled(self.rng, suffix))
        rows = 0
        try:
            for chunk in iter_chunks(path, rows=50):
                texts = chunk.columns[chunk.names[0]]
                if len(self.model.predict([one if isinstance(one, str) else None for one in texts])) != len(chunk):
                    raise Wrong(f"{path} lost a row")
                rows += len(chunk)
        except SeqtextError as error:
            if "\n" in str(error):
                raise Wrong(f"an error of several lines: {error}") from error
            return "refused in one line"
        return "held"


def _sign(folder: Path) -> bool:
    """Make the checksums right again; False where model.json is no JSON any more."""
    path = folder / "model.json"
    try:
        manifest = json.loads(path.read_bytes())
        for name, facts in manifest["files"].items():
            content = (folder / name).read_bytes()
            facts |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        manifest["checksum"] = model_folder.NO_CHECKSUM
        raw = model_folder.to_json(manifest)
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        return False
    path.write_bytes(raw.replace(model_folder.NO_CHECKSUM.encode(), hashlib.sha256(raw).hexdigest().encode(), 1))
    return True


def _mangled(rng: random.Random, suffix: str) -> bytes:
    """A small file of that format in which something is odd."""
    rows = sentences(rng, rng.randrange(1, 40))
    odd = [
        "\x00",
        "\ufeff",
        '"',
        "\r",
        "\u2028",
        "\ud83d".encode("utf-16", "surrogatepass").decode("latin-1"),
        "\t",
        ",",
        "\n",
    ]
    rows = [(text + rng.choice(odd) if rng.random() < 0.2 else text, label) for text, label in rows]
    if suffix == "jsonl":
        whole = "\n".join(json.dumps({"text": text, "label": label}) for text, label in rows)
    elif suffix == "json":
        whole = json.dumps([{"text": text, "label": label} for text, label in rows], indent=rng.choice([None, 1]))
    elif suffix == "xlsx":
        return _mangled_workbook(rng, rows)
    elif suffix == "txt":
        whole = "\n".join(text for text, _ in rows)
    else:
        file = io.StringIO()
        csv.writer(file, delimiter="," if suffix == "csv" else "\t").writerows([("text", "label"), *rows])
        whole = file.getvalue()
    return _damaged(rng, whole.encode(rng.choice(["utf-8", "utf-8", "utf-8", "utf-16", "latin-1"]), "replace"))


def _damaged(rng: random.Random, whole: bytes) -> bytes:
    """The same, or with other bytes here and there, or cut off."""
    raw = bytearray(whole)
    for _ in range(rng.choice([0, 0, 1, 3])):
        raw[rng.randrange(len(raw))] = rng.randrange(256)
    return bytes(raw[: rng.randrange(1, len(raw))] if rng.random() < 0.2 else raw)


def _mangled_workbook(rng: random.Random, rows: list[tuple[str, str]]) -> bytes:
    """A workbook of whose parts one may be damaged, or the archive."""
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'
    lines = ("".join(cell.format(escape(value)) for value in row) for row in [("text", "label"), *rows])
    sheet = "".join(f'<row r="{number}">{line}</row>' for number, line in enumerate(lines, 1))
    schemas = "http://schemas.openxmlformats.org"
    main, kinds = f"{schemas}/spreadsheetml/2006/main", f"{schemas}/officeDocument/2006/relationships"
    type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    parts = {
        "[Content_Types].xml": f'<Types><Override PartName="/xl/workbook.xml" ContentType="{type}"/></Types>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{kinds}"><sheets><sheet name="a" sheetId="1" r:id="r"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="r" Type="{kinds}/worksheet" '
        'Target="sheet.xml"/></Relationships>',
        "xl/sheet.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    file, odd = io.BytesIO(), rng.choice([*parts, "none"])
    with zipfile.ZipFile(file, "w", rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive:
        for name, part in parts.items():
            raw = part.encode("utf-8", "replace")
            archive.writestr(name, _damaged(rng, raw) if name == odd else raw)
    return _damaged(rng, file.getvalue()) if rng.random() < 0.5 else file.getvalue()


def run(seed: int, minutes: float, trials: int | None) -> tuple[dict[str, Counter], list[str]]:
    """Try every kind of fault in turn; return how often each came to what, and what was wrong."""
    found: dict[str, Counter] = {}
    told: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        campaign = Campaign(Path(folder), random.Random(seed))
        # Those in this process take milliseconds, those with a process of their own seconds.
        kinds: list[tuple[Callable[[], str], int]] = [
            (campaign.damaged_model, 100),
            (campaign.hostile_file, 100),
            (campaign.kill_training, 1),
            (campaign.stop_training, 1),
            (campaign.kill_classify, 1),
            (campaign.full_disk, 1),
            (campaign.two_trainings, 1),
        ]
        end, rounds = time.monotonic() + 60 * minutes, 0
        while time.monotonic() < end and (trials is None or rounds < trials):
            rounds += 1
            for trial, times in kinds:
                counts = found.setdefault(trial.__doc__ or "", Counter())
                for _ in range(times):
                    try:
                        counts[trial()] += 1
                    except Exception as error:  # whatever it is, the campaign goes on and tells
                        counts["wrong"] += 1
                        told.append(f"{trial.__name__}: {type(error).__name__}: {error}")
                if time.monotonic() > end:
                    break
    return found, told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trials", type=int, help="rounds over all kinds of faults, if the time is not over before")
    options = parser.parse_args()
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    found, told = run(options.seed, options.minutes, options.trials)
    print(f"| what must hold | tried | {' | '.join(OUTCOMES)} |\n|---|--:|--:|--:|--:|")
    for what, counts in found.items():
        print(f"| {what} | {counts.total():,} | {' | '.join(f'{counts[one]:,}' for one in OUTCOMES)} |")
    for line in told[:20]:
        print(line, file=sys.stderr)
    sys.exit(bool(told))


if __name__ == "__main__":
    main()
