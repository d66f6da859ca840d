"""
How fast seqtext trains on a CPU, beside scripts that people write: the same models, rows, ids and hyperparameters.

    SEQTEXT_DATA=... python scripts/bench_train.py [--rows N] [--epochs 3] [--rounds 3] [--torch-python PYTHON] \
        [--torch-threads N] [--update docs/performance_training.md] [--out FILE] [MODEL ...]
    python scripts/bench_train.py --table FILE [--update docs/performance_training.md]

IMDB's training reviews as ids of the 10,000 most frequent words, of which a fifth is scored after every epoch. Each
contestant runs in a process of its own, whose whole time is taken: start, imports, compiling, training, scoring. They
take turns, in another order each round, and ratios are taken within a round: a machine that is busy slows all of them.
What they are given, the ids, is made once and before.
"""

import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tables import show

WORDS, SEED, EPSILON = 10_000, 42, 1e-7  # the last is that of Keras' optimizers


@dataclass(frozen=True)
class Model:
    """What all contestants build and how they train it; ``dropout`` is that of embeddings (by channel) and features."""

    title: str
    cell: str
    embedding: int
    units: int
    is_bidirectional: bool = False
    dropout: float = 0.0
    optimizer: str = "rmsprop"
    rate: float = 1e-3
    batch: int = 128
    length: int = 500


MODELS = {
    "rnn": Model("Embedding(10000, 32), SimpleRNN(32)", "simple_rnn", 32, 32),
    "lstm": Model("Embedding(10000, 64), LSTM(64)", "lstm", 64, 64),
    "gru": Model("Embedding(10000, 64), GRU(64)", "gru", 64, 64),
    "bilstm": Model("Embedding(10000, 64), bidirectional LSTM(64), max and mean", "lstm", 64, 64, True),
    # What the default recipe chooses for IMDB, but for word dropout, schedule, clipping and label smoothing.
    "default": Model(
        "default recipe's network: Embedding(10000, 128), bidirectional LSTM(64), max and mean, dropout",
        *("lstm", 128, 64, True, 0.5, "adam", 2e-3, 64, 400),
    ),
}
KERAS_CELLS = {"simple_rnn": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"}


@dataclass(frozen=True)
class Part:
    """Documents as arrays of ids from 1 on, and labels 0 and 1, int64."""

    ids: list[np.ndarray]
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    def padded(self, rows: Any, length: int | None = None) -> np.ndarray:
        """These rows with zeros on the left: int32 of shape (rows, length of the longest, or ``length``)."""
        found = np.zeros((len(rows), length or max(len(self.ids[i]) for i in rows)), np.int32)
        for cells, i in zip(found, rows, strict=True):
            cells[len(cells) - len(self.ids[i]) :] = self.ids[i]
        return found


class Clock:
    """Documents a second of the last epoch, without what scores it."""

    def start(self) -> None:
        self.began = time.perf_counter()

    def stop(self, rows: int) -> None:
        self.speed = rows / (time.perf_counter() - self.began)


# A contestant trains and returns the accuracy on the validation rows after the last epoch.
Contestant = Callable[[Model, Part, Part, int, Clock], float]


def keras_model(what: Model) -> Any:
    import keras

    layers = keras.layers
    keras.utils.set_random_seed(SEED)
    ids = keras.Input((None,), dtype="int32")
    steps = layers.Embedding(WORDS, what.embedding)(ids)
    if what.dropout:
        steps = layers.SpatialDropout1D(what.dropout)(steps)
    cell = getattr(layers, KERAS_CELLS[what.cell])(what.units, return_sequences=what.is_bidirectional)
    features = layers.Bidirectional(cell)(steps) if what.is_bidirectional else cell(steps)
    if what.is_bidirectional:
        pooled = [layers.GlobalMaxPooling1D()(features), layers.GlobalAveragePooling1D()(features)]
        features = layers.Concatenate()(pooled)
    if what.dropout:
        features = layers.Dropout(what.dropout)(features)
    model = keras.Model(ids, layers.Dense(1, activation="sigmoid")(features))
    optimizer = {"rmsprop": keras.optimizers.RMSprop, "adam": keras.optimizers.Adam}[what.optimizer](what.rate)
    model.compile(optimizer, loss="binary_crossentropy", metrics=["acc"])
    return model


def fit_keras(
    model: Any, training: Any, validation: Any, rows: int, epochs: int, clock: Clock, **options: Any
) -> float:
    import keras

    told = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: clock.start())
    told.on_test_begin = lambda logs=None: clock.stop(rows)
    options |= {"epochs": epochs, "validation_data": validation, "callbacks": [told], "verbose": 0}
    return model.fit(*training, **options).history["val_acc"][-1]


def plain_keras(what: Model, training: Part, validation: Part, epochs: int, clock: Clock) -> float:
    """As on the course slides: every document as long as the longest may be."""
    model = keras_model(what)
    arrays = [(part.padded(range(len(part)), what.length), part.labels) for part in (training, validation)]
    return fit_keras(model, arrays[0], arrays[1], len(training), epochs, clock, batch_size=what.batch)


def careful_keras(what: Model, training: Part, validation: Part, epochs: int, clock: Clock) -> float:
    """Documents of like length together: tf.data with buckets of 50 tokens, shuffled, fetched ahead."""
    import tensorflow as tf

    model = keras_model(what)
    bounds = list(range(51, what.length, 50))

    def batches(part: Part, *, shuffle: bool) -> Any:
        starts = tf.constant(np.cumsum([0, *map(len, part.ids)]))
        # Backwards, so that the zeros that tf.data puts on the right are on the left in the end.
        words = tf.constant(np.concatenate([ids[::-1] for ids in part.ids]))
        labels = tf.constant(part.labels)
        rows = tf.data.Dataset.range(len(part))
        if shuffle:
            rows = rows.shuffle(len(part), seed=SEED)
        documents = rows.map(lambda i: (words[starts[i] : starts[i + 1]], labels[i]))
        found = documents.bucket_by_sequence_length(
            lambda ids, _: tf.size(ids), bounds, [what.batch] * (len(bounds) + 1)
        )
        return found.map(lambda ids, label: (tf.reverse(ids, [1]), label)).prefetch(tf.data.AUTOTUNE)

    fed = batches(training, shuffle=True), batches(validation, shuffle=False)
    return fit_keras(model, fed[:1], fed[1], len(training), epochs, clock)


def pytorch(what: Model, training: Part, validation: Part, epochs: int, clock: Clock) -> float:
    """Batches of documents sorted by length, the batches in another order each epoch."""
    import torch

    model, optimizer = torch_model(what)
    rng = np.random.default_rng(SEED)

    def batches(part: Part) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        order = np.argsort([len(ids) for ids in part.ids], kind="stable")
        found = [order[start : start + what.batch] for start in range(0, len(order), what.batch)]
        for i in rng.permutation(len(found)):
            yield torch.from_numpy(part.padded(found[i])), torch.from_numpy(part.labels[found[i]]).float()

    for _ in range(epochs):
        clock.start()
        model.train()
        for ids, labels in batches(training):
            optimizer.zero_grad()
            torch.nn.functional.binary_cross_entropy_with_logits(model(ids), labels).backward()
            optimizer.step()
        clock.stop(len(training))
        model.eval()
        with torch.no_grad():
            right = sum(float(((model(ids) > 0) == (labels > 0)).sum()) for ids, labels in batches(validation))
    return right / len(validation)


def torch_model(what: Model) -> tuple[Any, Any]:
    """The model, with initial weights as Keras has them, and its optimizer."""
    import torch
    from torch import nn

    torch.manual_seed(SEED)

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(WORDS, what.embedding)
            cell = {"simple_rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[what.cell]
            self.cell = cell(what.embedding, what.units, batch_first=True, bidirectional=what.is_bidirectional)
            self.drop, self.drop_channels = nn.Dropout(what.dropout), nn.Dropout1d(what.dropout)
            self.dense = nn.Linear(what.units * (4 if what.is_bidirectional else 1), 1)
            nn.init.uniform_(self.embedding.weight, -0.05, 0.05)
            for name, weight in self.cell.named_parameters():
                if "weight" in name:
                    (nn.init.orthogonal_ if "_hh" in name else nn.init.xavier_uniform_)(weight)
                else:
                    nn.init.zeros_(weight)
                    if what.cell == "lstm" and "_ih" in name:
                        nn.init.ones_(weight[what.units : 2 * what.units])  # of the forget gate

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            steps = self.embedding(ids)
            if what.dropout:
                steps = self.drop_channels(steps.transpose(1, 2)).transpose(1, 2)
            steps, _ = self.cell(steps)
            found = torch.cat([steps.amax(1), steps.mean(1)], 1) if what.is_bidirectional else steps[:, -1]
            return self.dense(self.drop(found))[:, 0]

    model = Network()
    if what.optimizer == "rmsprop":
        # Keras adds it below the root: with 1e-7 behind it, the embedding would learn many times as fast as with Keras.
        return model, torch.optim.RMSprop(model.parameters(), what.rate, alpha=0.9, eps=EPSILON**0.5)
    return model, torch.optim.Adam(model.parameters(), what.rate, eps=EPSILON)


def seqtext(what: Model, training: Part, validation: Part, epochs: int, clock: Clock, **settings: Any) -> float:
    """The loop that ``seqtext train`` runs, with these ``settings`` of training."""
    from seqtext.models.heads import Binary
    from seqtext.models.recurrent import Recurrent
    from seqtext.models.rows import Rows
    from seqtext.models.spec import ModelSpec
    from seqtext.models.text import TextInput
    from seqtext.preprocess.padding import pad_ids
    from seqtext.recipes import Recipe
    from seqtext.recipes.named import AS_KERAS_DOES
    from seqtext.recipes.recipe import Output
    from seqtext.training.progress import Progress
    from seqtext.training.quiet import import_tensorflow_quietly

    import_tensorflow_quietly()
    from seqtext.models.build import build, precision
    from seqtext.training.fit import fit

    class Padder:
        pad = staticmethod(pad_ids)

    class Told(Progress):
        def batch(self, epoch: int, epochs: int, done: float, loss: float) -> None:
            if done == 1:
                clock.stop(len(training))

        def epoch(self, epoch: int, epochs: int, scores: dict[str, float]) -> None:
            clock.start()  # for the next epoch

    encoder = Recurrent(
        embedding_dim=what.embedding,
        cell=what.cell,
        units=what.units,
        bidirectional=what.is_bidirectional,
        pooling="max_mean" if what.is_bidirectional else "last",
        word_dropout=0.0,
        embedding_dropout=what.dropout,
    )
    asked = {"optimizer": what.optimizer, "learning_rate": what.rate, "batch_size": what.batch, "epochs": epochs}
    asked = dataclasses.replace(AS_KERAS_DOES, **asked, **settings)
    spec = ModelSpec((TextInput("text", WORDS, (encoder,)),), (Binary("label"),), head_dropout=what.dropout)
    rows = [Rows({"text": Padder()}, {"text": part.ids}, {"label": part.labels}) for part in (training, validation)]
    clock.start()
    with precision(asked.precision):
        model = build(spec, seed=SEED)
    history, _ = fit(model, spec, *rows, Recipe(training=asked, output=Output(head="binary")), progress=Told())
    return history[-1]["validation_accuracy"]


PLAIN, CAREFUL, TORCH, OURS = "plain Keras", "careful Keras", "PyTorch", "seqtext"
CONTESTANTS: dict[str, Contestant] = {PLAIN: plain_keras, CAREFUL: careful_keras, TORCH: pytorch, OURS: seqtext}


def write_ids(path: Path, rows: int) -> None:
    """Ids of some of IMDB's training reviews, in an order of chance, a fifth of which is for validation."""
    from seqtext import corpora
    from seqtext.preprocess import Tokenizer

    data = corpora.load("imdb").train
    chosen = np.random.default_rng(SEED).permutation(len(data))[:rows]
    texts, labels = (np.array(data.column(name), dtype=object)[chosen].tolist() for name in ("text", "label"))
    held_out = len(chosen) // 5
    tokenizer = Tokenizer(num_words=WORDS)
    tokenizer.fit_on_texts(texts[held_out:])
    ids = [np.array(some or [1], np.int32) for some in tokenizer.texts_to_sequences(texts)]
    ends = np.cumsum([len(some) for some in ids])
    is_positive = np.array([label == max(labels) for label in labels], np.int64)
    np.savez(path, ids=np.concatenate(ids), ends=ends, labels=is_positive, held_out=held_out)


def read_ids(path: Path, length: int) -> tuple[Part, Part]:
    """Rows to learn from and to score; of long documents the last ``length`` words."""
    with np.load(path) as found:
        ids = [some[-length:] for some in np.split(found["ids"], found["ends"][:-1])]
        labels, held_out = found["labels"], int(found["held_out"])
    return Part(ids[held_out:], labels[held_out:]), Part(ids[:held_out], labels[:held_out])


def compete(options: argparse.Namespace) -> None:
    """Run one contestant in this process and say how it was, in JSON on the last line."""
    clock, what = Clock(), MODELS[options.models[0]]
    accuracy = CONTESTANTS[options.compete](what, *read_ids(options.ids, what.length), options.epochs, clock)
    print(json.dumps({"speed": clock.speed, "accuracy": accuracy}))


def timed(who: str, model: str, ids: Path, options: argparse.Namespace) -> dict[str, Any]:
    python = options.torch_python if who == TORCH else sys.executable
    more = {"OMP_NUM_THREADS": str(options.torch_threads)} if who == TORCH and options.torch_threads else {}
    command = [python, __file__, "--compete", who, "--ids", str(ids), "--epochs", str(options.epochs), model]
    began = time.monotonic()
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ | more
    )
    record = {"model": model, "who": who, "seconds": time.monotonic() - began}
    return record | json.loads(done.stdout.splitlines()[-1])


def bench(options: argparse.Namespace, out: Path) -> None:
    has_torch = subprocess.run([options.torch_python, "-c", "import torch"], stderr=subprocess.DEVNULL).returncode == 0
    those = [who for who in CONTESTANTS if who != TORCH or has_torch]
    with tempfile.TemporaryDirectory() as folder:
        ids = Path(folder) / "ids.npz"
        write_ids(ids, options.rows)
        for turn in range(options.rounds):
            for model in options.models or MODELS:
                for who in those[turn % len(those) :] + those[: turn % len(those)]:
                    record = {"round": turn, "rows": options.rows} | timed(who, model, ids, options)
                    print(json.dumps(record), file=sys.stderr, flush=True)
                    with out.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(record) + "\n")


def table(path: Path) -> str:
    """The results as Markdown: medians over the rounds, of numbers and of ratios within a round."""
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    found: dict[tuple[str, str], dict[int, dict[str, Any]]] = defaultdict(dict)
    for record in records:
        found[record["model"], record["who"]][record["round"]] = record
    lines = [
        "| model | who | documents a second | seqtext is as fast, times | seconds in all | seqtext is as fast, times "
        "| validation accuracy |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for (model, who), rounds in sorted(found.items(), key=lambda one: list(MODELS).index(one[0][0])):
        ours = found.get((model, OURS), {})
        both = [(ours[turn], rounds[turn]) for turn in rounds if turn in ours]
        middle = {
            name: statistics.median(one[name] for one in rounds.values()) for name in ("speed", "seconds", "accuracy")
        }
        steady = "" if who == OURS or not both else f"{statistics.median(a['speed'] / b['speed'] for a, b in both):.2f}"
        whole = (
            "" if who == OURS or not both else f"{statistics.median(b['seconds'] / a['seconds'] for a, b in both):.2f}"
        )
        lines.append(
            f"| {MODELS[model].title} | {who} | {middle['speed']:,.0f} | {steady} | {middle['seconds']:.0f} | {whole} "
            f"| {middle['accuracy']:.3f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("models", nargs="*", choices=[*MODELS, []], metavar="MODEL")
    parser.add_argument("--rows", type=int, default=25_000, help="reviews in all, a fifth of them for validation")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--torch-python", default=sys.executable, help="a Python that has torch")
    parser.add_argument("--torch-threads", type=int, metavar="N", help="for a machine where others compute")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where a line of JSON is added for each run")
    parser.add_argument("--table", type=Path, metavar="FILE", help="print the table of such a file")
    parser.add_argument("--update", type=Path, metavar="PAGE")
    parser.add_argument("--compete", choices=CONTESTANTS, help=argparse.SUPPRESS)
    parser.add_argument("--ids", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.compete:
        compete(options)
        return
    with tempfile.TemporaryDirectory() as folder:
        out = options.table or options.out or Path(folder) / "results.jsonl"
        if not options.table:
            bench(options, out)
        found = table(out)
    show(found, "bench_train", options.update)


if __name__ == "__main__":
    main()
