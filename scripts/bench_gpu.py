"""
How fast an LSTM trains on a GPU: cuDNN beside the plain kernel, mixed precision, plain Keras and a bare PyTorch loop.

    python scripts/bench_gpu.py [--batches 100] [--epochs 3] [--torch-python PYTHON] [--update PAGE]
    python scripts/bench_gpu.py --tiny

Embedding(10000, 128) and LSTM(128), random documents of 200 words, batches of 128: speed alone, no accuracy. Each
contestant runs in a process of its own. Documents a second are those of the last epoch, as is how busy the GPU was,
which nvidia-smi is asked five times a second; where it is not there, that stays blank.

Without a GPU this ends at once, but with --tiny: then all run on the CPU in one process, on almost nothing, to see that
the script itself works. These figures mean nothing.
"""

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import bench_train
import numpy as np
from bench_train import Clock, Model, Part
from tables import show

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
LARGE = Model("LSTM(128)", "lstm", 128, 128, length=200, batch=128)
TINY = Model("LSTM(2)", "lstm", 2, 2, length=4, batch=4)
UTILISATION = ["nvidia-smi", "-i", "0", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "-lms", "200"]


class Watch(Clock):
    """A clock that also asks, from the start of an epoch to its end, how busy the GPU is: percent, None if unknown."""

    def __init__(self) -> None:
        self.samples: list[float] = []
        self.busy: float | None = None
        if shutil.which(UTILISATION[0]):
            self.asked = subprocess.Popen(UTILISATION, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        for line in self.asked.stdout or ():
            if line.strip().isdigit():
                self.samples.append(float(line))

    def start(self) -> None:
        self.samples.clear()
        super().start()

    def stop(self, rows: int) -> None:
        super().stop(rows)
        self.busy = statistics.mean(self.samples) if self.samples else None

    def close(self) -> None:
        if hasattr(self, "asked"):
            self.asked.kill()


def bare_torch(what: Model, training: Part, validation: Part, epochs: int, clock: Clock, *, half: bool = False) -> None:
    """A loop of torch.nn.LSTM over arrays that are on the GPU already."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model, optimizer = bench_train.torch_model(what)
    model.to(device)
    ids = torch.from_numpy(training.padded(range(len(training)), what.length)).to(device)
    labels = torch.from_numpy(training.labels).float().to(device)
    loss_of, scaler = torch.nn.functional.binary_cross_entropy_with_logits, torch.amp.GradScaler(device, enabled=half)
    for _ in range(epochs):
        clock.start()
        for batch in torch.randperm(len(training), device=device).split(what.batch):
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast(device, torch.float16 if device == "cuda" else torch.bfloat16, enabled=half):
                loss = loss_of(model(ids[batch]), labels[batch])
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
        loss.item()  # waits for the GPU
        clock.stop(len(training))


# Who runs, and with which settings.
CONTESTANTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "seqtext, plain kernel (`--cudnn off`)": (bench_train.seqtext, {"cudnn": "off"}),
    "seqtext, cuDNN": (bench_train.seqtext, {}),
    "seqtext, cuDNN, mixed precision": (bench_train.seqtext, {"precision": "mixed_float16"}),
    "plain Keras": (bench_train.plain_keras, {}),
    "`torch.nn.LSTM` in a bare loop": (bare_torch, {}),
    "`torch.nn.LSTM` in a bare loop, mixed precision": (bare_torch, {"half": True}),
}


def documents(what: Model, count: int) -> Part:
    """Random documents, all of the same length: what a GPU is fed at its best."""
    rng = np.random.default_rng(bench_train.SEED)
    return Part(list(rng.integers(1, bench_train.WORDS, (count, what.length), np.int32)), rng.integers(0, 2, count))


def compete(who: str, what: Model, batches: int, epochs: int) -> dict[str, Any]:
    """Documents a second of one contestant, and how busy the GPU was."""
    run, settings = CONTESTANTS[who]
    watch = Watch()
    try:
        run(what, documents(what, batches * what.batch), documents(what, what.batch), epochs, watch, **settings)
    finally:
        watch.close()
    return {"speed": watch.speed, "busy": watch.busy}


def compete_alone(who: str, options: argparse.Namespace) -> dict[str, Any]:
    """The same in a process of its own, which has the GPU for itself."""
    python = options.torch_python if CONTESTANTS[who][0] is bare_torch else sys.executable
    numbers = ["--batches", str(options.batches), "--epochs", str(options.epochs)]
    command = [python, __file__, "--compete", who, *numbers]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def has_torch(python: str) -> bool:
    if python == sys.executable:
        return importlib.util.find_spec("torch") is not None
    return subprocess.run([python, "-c", "import torch"], stderr=subprocess.DEVNULL).returncode == 0


def gpus() -> list[str]:
    """The GPUs that Keras can use; asked in another process, since who asks may take all their memory."""
    code = "from seqtext.training.kernels import find_gpus; print('\\n'.join(find_gpus()))"
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.decode().split("\n")[:-1] if done.stdout.strip() else []


def table(found: dict[str, dict[str, Any]], what: Model, where: str) -> str:
    """The results as Markdown."""
    first = next(iter(found.values()))["speed"]
    lines = [
        f"{what.title}, {what.length} steps, batches of {what.batch}, on {where}:",
        "",
        "| who | documents a second | as fast as the plain kernel, times | GPU busy, % |",
        "|---|--:|--:|--:|",
    ]
    for who, one in found.items():
        busy = "" if one["busy"] is None else f"{one['busy']:.0f}"
        lines.append(f"| {who} | {one['speed']:,.0f} | {one['speed'] / first:.2f} | {busy} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--batches", type=int, default=100, help="in an epoch")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--torch-python", default=sys.executable, help="a Python that has torch")
    parser.add_argument("--tiny", action="store_true", help="try the script itself, on a CPU")
    parser.add_argument("--update", type=Path, metavar="PAGE")
    parser.add_argument("--compete", choices=CONTESTANTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.compete:
        print(json.dumps(compete(options.compete, LARGE, options.batches, options.epochs)))
        return
    if options.tiny and options.update:
        parser.error("figures of --tiny mean nothing, and belong on no page; leave out --update")
    if not options.tiny and not (found := gpus()):
        sys.exit("no GPU that Keras can use here ('seqtext device' tells more); --tiny tries the script on a CPU")
    python = sys.executable if options.tiny else options.torch_python
    those = [who for who, (run, _) in CONTESTANTS.items() if run is not bare_torch or has_torch(python)]
    if len(those) < len(CONTESTANTS):
        print("PyTorch is not installed, so not measured", file=sys.stderr)
    results = {
        who: compete(who, TINY, batches=2, epochs=1) if options.tiny else compete_alone(who, options) for who in those
    }
    what, where = (TINY, "a CPU, which says nothing") if options.tiny else (LARGE, found[0])
    show(table(results, what, where), "bench_gpu", options.update)


if __name__ == "__main__":
    main()
