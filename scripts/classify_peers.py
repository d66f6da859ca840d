"""
What `bench_classify.py` compares seqtext with: the same LSTM as people run it by hand, each in a process of its own.

Exit status 3 says that a package is missing.
"""

import csv
import json
import os
import sys
from pathlib import Path

import numpy as np

LENGTH = 256
BATCH = 64


def texts_of(file: str) -> list[str]:
    csv.field_size_limit(10_000_000)
    with open(file, encoding="utf-8", newline="") as rows:
        return [row["text"] for row in csv.DictReader(rows)]


def write(file: str, texts: list[str], answers: np.ndarray) -> None:
    with open(file, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["text", "label", "score"])
        best = answers.argmax(axis=1)
        writer.writerows(zip(texts, best.tolist(), answers.max(axis=1).round(4).tolist(), strict=True))


def prepare(model: str) -> None:
    """Write the weights and the words beside the model, for who cannot read it."""
    from seqtext.models.spec import build_graph
    from seqtext.saving import load

    trained = load(model)
    np.savez(f"{model}.npz", **{name.replace("/", "|"): array for name, array in trained.weights.items()})
    Path(f"{model}.words.json").write_text(json.dumps(trained.preparers["text"].vocabulary_), encoding="utf-8")
    Path(f"{model}.onnx").write_bytes(build_graph(trained.spec, trained.weights).to_bytes())


def arrays(model: str, file: str) -> None:
    """Write the ids of a file, padded in batches of like length, as seqtext would feed them."""
    from seqtext.models.rows import Rows
    from seqtext.saving import load

    rows = Rows.encode(load(model).preparers, {"text": texts_of(file)}, {})
    np.savez(f"{model}.arrays.npz", *(feed["text"] for _, feed in rows.batches(BATCH)))


def weights_of(model: str) -> dict[str, np.ndarray]:
    with np.load(f"{model}.npz") as found:
        return {name.replace("|", "/"): found[name] for name in found.files}


def one(weights: dict[str, np.ndarray], end: str) -> np.ndarray:
    return next(array for name, array in weights.items() if name.endswith(end))


def onnx(model: str, file: str, out: str) -> None:
    """ONNX Runtime as it is, on arrays that are there: no reading, no cleaning, no tokenizing, no writing."""
    import onnxruntime

    session = onnxruntime.InferenceSession(f"{model}.onnx", providers=["CPUExecutionProvider"])
    with np.load(f"{model}.arrays.npz") as batches:
        for name in batches.files:
            session.run(None, {"text": batches[name]})


def ids_of(model: str, texts: list[str]) -> list[list[int]]:
    """Ids by the words of the model, lower case and white space: as the course's scripts do, in plain Python."""
    words = json.loads(Path(f"{model}.words.json").read_text(encoding="utf-8"))
    find = {word: number for number, word in enumerate(words)}.get
    table = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', " "))
    return [[find(word, 1) for word in text.lower().translate(table).split()][-LENGTH:] or [1] for text in texts]


def keras(model: str, file: str, out: str) -> None:
    """The script of a tutorial: everything is read, tokenized by the legacy Tokenizer, padded to one length."""
    import keras
    from keras.src.legacy.preprocessing.text import Tokenizer

    weights = weights_of(model)
    embeddings = one(weights, "embedding/embeddings")
    words = json.loads(Path(f"{model}.words.json").read_text(encoding="utf-8"))
    network = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(*embeddings.shape),
            keras.layers.LSTM(64),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    cell = [one(weights, f"forward/{name}") for name in ("kernel", "recurrent_kernel", "bias")]
    head = [one(weights, f"answer/{name}") for name in ("kernel", "bias")]
    network.set_weights([embeddings, *cell, *head])
    tokenizer = Tokenizer(num_words=len(words), oov_token=words[1])
    tokenizer.word_index = {word: number for number, word in enumerate(words) if number}
    texts = texts_of(file)
    sequences = tokenizer.texts_to_sequences(texts)
    length = min(LENGTH, max(map(len, sequences)))
    ids = keras.utils.pad_sequences(sequences, length)
    write(out, texts, network.predict(ids, batch_size=BATCH, verbose=0))


def torch(model: str, file: str, out: str) -> None:
    """Sorted by length and packed, as PyTorch's manual has it."""
    import torch
    from torch.nn.utils.rnn import pack_padded_sequence

    torch.set_num_threads(1)  # two take three times as long on 2 busy cores
    weights = weights_of(model)
    embeddings = torch.from_numpy(one(weights, "embedding/embeddings"))
    lstm = torch.nn.LSTM(embeddings.shape[1], 64, batch_first=True)
    kernel, bias = torch.from_numpy(one(weights, "answer/kernel")), torch.from_numpy(one(weights, "answer/bias"))
    with torch.no_grad():
        lstm.weight_ih_l0.copy_(torch.from_numpy(one(weights, "forward/kernel").T.copy()))
        lstm.weight_hh_l0.copy_(torch.from_numpy(one(weights, "forward/recurrent_kernel").T.copy()))
        lstm.bias_ih_l0.copy_(torch.from_numpy(one(weights, "forward/bias")))
        lstm.bias_hh_l0.zero_()
    texts = texts_of(file)
    ids = ids_of(model, texts)
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    answers = np.zeros((len(ids), 2), dtype=np.float32)
    with torch.inference_mode():
        for begin in range(0, len(order), BATCH):
            rows = order[begin : begin + BATCH]
            batch = [torch.tensor(ids[i]) for i in rows]
            padded = embeddings[torch.nn.utils.rnn.pad_sequence(batch, batch_first=True)]
            packed = pack_padded_sequence(padded, [len(one) for one in batch], batch_first=True, enforce_sorted=False)
            _, (state, _) = lstm(packed)
            answers[rows] = torch.softmax(state[0] @ kernel + bias, dim=1).numpy()
    write(out, texts, answers)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
    try:
        {"prepare": prepare, "arrays": arrays, "onnx": onnx, "keras": keras, "torch": torch}[sys.argv[1]](*sys.argv[2:])
    except ImportError:
        sys.exit(3)
