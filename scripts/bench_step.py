"""
Milliseconds of a training step of the default's recurrent half with and without XLA, in the same run.

    python scripts/bench_step.py

Why `compile_model` passes jit_compile=False. Random ids, the best of several steps; the first ones compile.
"""

import os
import time

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from seqtext.models.build import build
from seqtext.models.heads import Multiclass
from seqtext.models.recurrent import Recurrent
from seqtext.models.spec import ModelSpec
from seqtext.models.text import TextInput
from seqtext.recipes import Training
from seqtext.training.fit import compile_model

WORDS, LABELS, STEPS = 20_000, 2, 10


def milliseconds(rows: int, length: int, *, jit: bool) -> float:
    """The best of several steps on ``rows`` texts of ``length`` tokens."""
    spec = ModelSpec((TextInput("text", WORDS, (Recurrent(),)),), (Multiclass("label", LABELS),), head_dropout=0.5)
    model = build(spec)
    compile_model(model, spec, Training())
    model.jit_compile = jit
    rng = np.random.default_rng(0)
    ids = {"text": rng.integers(2, WORDS, (rows, length)).astype(np.int32)}
    labels = {"label": rng.integers(0, LABELS, rows)}
    taken = []
    for _ in range(STEPS):
        began = time.perf_counter()
        model.train_on_batch(ids, labels)
        taken.append(1000 * (time.perf_counter() - began))
    return min(taken)


def main() -> None:
    print("| rows x tokens | plain, ms | XLA, ms | times as long |\n|---|--:|--:|--:|")
    for rows, length in ((64, 32), (64, 256), (128, 256)):
        plain, xla = (milliseconds(rows, length, jit=jit) for jit in (False, True))
        print(f"| {rows} x {length} | {plain:.0f} | {xla:.0f} | {xla / plain:.1f} |", flush=True)


if __name__ == "__main__":
    main()
