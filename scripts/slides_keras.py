"""
The two models of the course slides as plain Keras scripts, left padding and all: what seqtext is compared with.

    python scripts/slides_keras.py imdb rows.jsonl

Reads rows with the keys part ("train" or "test"), text and label; prints accuracy and macro-F1 on the test rows, and
the seconds that training took, as JSON. Nothing of seqtext's models, padding or batches is used; the Tokenizer and
pad_sequences are seqtext's drop-ins for the ones that Keras 3 no longer has, which give the same arrays.
"""

import json
import re
import sys
import time

import keras
import numpy as np
from sklearn.metrics import accuracy_score, f1_score

from seqtext.preprocess import Tokenizer, pad_sequences


def imdb(train: list[str], test: list[str], train_labels: np.ndarray) -> np.ndarray:
    """Embedding(10000, 32), SimpleRNN(32), sigmoid; 500 tokens, rmsprop, 10 epochs of 128, 20 % for validation."""
    tokenizer = Tokenizer(num_words=10_000)
    tokenizer.fit_on_texts(train)
    ids, test_ids = (pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=500) for texts in (train, test))
    model = keras.Sequential(
        [keras.layers.Embedding(10_000, 32), keras.layers.SimpleRNN(32), keras.layers.Dense(1, activation="sigmoid")]
    )
    model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["acc"])
    # validation_split takes the last rows, and the file is sorted by label.
    order = np.random.default_rng(42).permutation(len(ids))
    model.fit(ids[order], train_labels[order], epochs=10, batch_size=128, validation_split=0.2, verbose=0)
    return (model.predict(test_ids, batch_size=128, verbose=0)[:, 0] > 0.5).astype(int)


def gop(train: list[str], test: list[str], train_labels: np.ndarray) -> np.ndarray:
    """2,000 words, Embedding(128), LSTM(196) with both dropouts 0.2, softmax; adam, 7 epochs of 32."""

    def cleaned(text: str) -> str:
        return re.sub(r"[^a-zA-Z0-9\s]", "", text.lower()).replace("rt", " ")

    tokenizer = Tokenizer(num_words=2_000, split=" ")
    # As on the slides: the words of the test rows are counted as well.
    tokenizer.fit_on_texts([cleaned(text) for text in (*train, *test)])
    ids = pad_sequences(tokenizer.texts_to_sequences([cleaned(text) for text in (*train, *test)]))
    ids, test_ids = ids[: len(train)], ids[len(train) :]
    model = keras.Sequential(
        [
            keras.layers.Embedding(2_000, 128),
            keras.layers.LSTM(196, dropout=0.2, recurrent_dropout=0.2),
            keras.layers.Dense(int(train_labels.max()) + 1, activation="softmax"),
        ]
    )
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    model.fit(ids, keras.utils.to_categorical(train_labels), epochs=7, batch_size=32, verbose=0)
    return model.predict(test_ids, batch_size=32, verbose=0).argmax(axis=1)


def main() -> None:
    model, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    names = sorted({row["label"] for row in rows})
    parts = {part: [row for row in rows if row["part"] == part] for part in ("train", "test")}
    texts = {part: [row["text"] for row in some] for part, some in parts.items()}
    labels = {part: np.array([names.index(row["label"]) for row in some]) for part, some in parts.items()}
    keras.utils.set_random_seed(42)
    began = time.monotonic()
    found = {"imdb": imdb, "gop": gop}[model](texts["train"], texts["test"], labels["train"])
    scores = {
        "accuracy": accuracy_score(labels["test"], found),
        "macro_f1": f1_score(labels["test"], found, average="macro"),
        "seconds": time.monotonic() - began,
    }
    print(json.dumps(scores))


if __name__ == "__main__":
    main()
