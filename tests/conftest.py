"""Small models, made once per session, and a way to forge model folders."""

import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

# TensorFlow's greetings would hide the warnings of a failing test.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# The machine may be busy, and a session's model may safely be used by many examples.
settings.register_profile(
    "seqtext", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("seqtext")

HAPPY = """
what a lovely film
the cast is wonderful and the songs are a joy
I laughed until I cried
warm, funny, and beautifully shot
my favourite of the year
a wonderful story, told with love
go and see it, you will smile
lovely people in a lovely place
the best two hours of my week
charming from the first scene to the last
such a joy, I want to see it again
funny and wise
great songs, great jokes
a delight
beautiful, and never dull
I loved every minute
she is wonderful in it
bright and full of life
a warm hug of a film
perfect for a rainy day
"""
SAD = """
what a waste of time
the cast looks bored and the songs are awful
I slept until it ended
cold, dull, and badly shot
the worst of the year
an awful story, told without care
stay at home, you will thank me
nasty people in a nasty place
the longest two hours of my week
boring from the first scene to the last
such a mess, I want my money back
dull and stupid
bad songs, worse jokes
a disaster
ugly, and always slow
I hated every minute
she is terrible in it
grey and full of holes
a cold shower of a film
terrible even for a rainy day
"""


@pytest.fixture(scope="session")
def reviews():
    """Forty short reviews and whether they are "happy" or "sad"."""
    happy, sad = HAPPY.strip().splitlines(), SAD.strip().splitlines()
    texts = [text for pair in zip(happy, sad, strict=True) for text in pair]
    return texts, ["happy", "sad"] * len(happy)


@pytest.fixture(scope="session")
def tiny():
    """A recipe that trains in seconds, with everything in it: both directions, two poolings, every dropout."""
    from seqtext.recipes import Recipe
    from seqtext.recipes.change import changed

    return changed(
        Recipe(),
        {
            "cell": "gru",
            "units": 4,
            "embedding_dim": 6,
            "num_words": 200,
            "min_count": 1,
            "max_length": 8,
            "learning_rate": 0.05,
            "epochs": 15,
            "early_stopping": "none",
            "batch_size": 8,
            "validation_share": 0.2,
        },
    )


@pytest.fixture(scope="session")
def learned(reviews, tiny):
    """What `train` gives for the reviews: the trained model, and the Keras model behind it."""
    from seqtext.training.labelled import labelled_rows
    from seqtext.training.run import Origin, train

    texts, labels = reviews
    return train(labelled_rows({"text": texts}, {"label": labels}), tiny, origin=Origin("tiny", "conftest.py"))


@pytest.fixture(scope="session")
def trained(learned):
    """A model of the reviews, in memory."""
    return learned[0]


@pytest.fixture(scope="session")
def trained_pairs(reviews, tiny):
    """A model of two texts, title and body, and two answers, mood and rain."""
    from seqtext.recipes.change import changed
    from seqtext.training.labelled import labelled_rows
    from seqtext.training.run import train

    texts, moods = reviews
    recipe = changed(
        tiny,
        {"cell": "lstm", "bidirectional": False, "pooling": "attention", "epochs": 1, "class_weight": "balanced"},
    )
    rain = ["wet" if i % 4 < 3 else "dry" for i in range(len(texts))]
    rows = labelled_rows({"title": [text[:9] for text in texts], "body": texts}, {"mood": moods, "rain": rain})
    return train(rows, recipe)[0]


@pytest.fixture(scope="session")
def saved(trained, tmp_path_factory):
    """Folder of the trained model; use ``model_folder`` to change something in it."""
    from seqtext import saving

    return saving.save(trained, tmp_path_factory.mktemp("models") / "saved")


@pytest.fixture
def model_folder(saved, tmp_path):
    """A copy of the trained model, to be damaged."""
    return Path(shutil.copytree(saved, tmp_path / "model"))


@pytest.fixture(scope="session")
def random_weights():
    """Function from a spec to weights for it, large enough to make every part of a model matter."""
    from seqtext.models.spec import weight_shapes

    def draw(spec):
        rng = np.random.default_rng(1)
        return {name: rng.normal(size=shape).astype(np.float32) for name, shape in weight_shapes(spec).items()}

    return draw


@pytest.fixture(scope="session")
def untrained(random_weights):
    """Function from a spec with text inputs to a model with random weights; no training, so it takes no time."""
    from seqtext.model import Made, TrainedModel
    from seqtext.preprocess import LabelEncoder, TextPipeline
    from seqtext.recipes import Recipe

    def model(spec, *, words=("good", "bad", "film", "the", "not", "!")):
        preparers = {
            text.name: TextPipeline(num_words=text.vocabulary_size).fit([" ".join(words)]) for text in spec.inputs
        }
        labels = {head.name: LabelEncoder().fit([f"label {i}" for i in range(head.n_labels)]) for head in spec.outputs}
        made = Made("2026-01-01T00:00:00+00:00", "tiny", "memory", "", "", {"training": 2}, 1, 0.5, False, {})
        columns = {name: name for name in (*preparers, *labels)}
        history = [{"loss": 0.5, "validation_loss": 1.0}]
        return TrainedModel(Recipe(), spec, preparers, labels, columns, random_weights(spec), made, history)

    return model


@pytest.fixture
def untrained_network():
    """A tiny pre-trained network that nobody trained: it has random weights."""
    from seqtext.language import LanguageModel, Pretrained
    from seqtext.models.language import LanguageSpec
    from seqtext.models.recurrent import Recurrent
    from seqtext.preprocess import TextPipeline
    from seqtext.recipes import Recipe

    pipeline = TextPipeline(clean=("unicode", "lowercase", "spaces")).fit(["what a lovely film"])
    spec = LanguageSpec(Recurrent(embedding_dim=4, units=4), len(pipeline.vocabulary_))
    rng = np.random.default_rng(1)
    weights = {name: rng.normal(size=shape).astype(np.float32) for name, shape in spec.weight_shapes().items()}
    counts, costs = {"training": 9, "held out": 1}, {"forward": 3.0}
    made = Pretrained(
        "2026-01-01T00:00:00+00:00", "tiny", "memory", counts, counts, 1, 0.5, False, costs, ({"loss": 1.0},), {}
    )
    return LanguageModel(Recipe(), spec, pipeline, weights, made)


def sign(folder):
    """Make sizes and checksums of a changed folder right again, as a forger would."""
    path = folder / "model.json"
    manifest = json.loads(path.read_bytes())
    for name in manifest["files"]:
        content = (folder / name).read_bytes()
        manifest["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    seal(path, json.dumps(manifest, ensure_ascii=False, indent=1))


def seal(path, text):
    """Write ``text``, which need not be valid JSON, to model.json with its own checksum."""
    zeros = "0" * 64
    raw = re.sub(r'("checksum": ")[0-9a-f]{64}', rf"\g<1>{zeros}", text, count=1).encode("utf-8", "surrogatepass")
    path.write_bytes(raw.replace(zeros.encode(), hashlib.sha256(raw).hexdigest().encode(), 1))


@pytest.fixture(scope="session")
def forge():
    """
    Function that changes a file of a model folder and signs the folder again.

    ``forge(folder, name, change)`` puts ``change(content)`` into the file; for "model.json", and "pretrained.json" of a
    network, ``change`` gets the parsed manifest, and changes it or gives another text.
    """

    def do(folder, name, change):
        path = folder / name
        if name not in ("model.json", "pretrained.json"):
            path.write_bytes(change(path.read_bytes()))
            sign(folder)
            return
        manifest = json.loads(path.read_bytes())
        text = change(manifest)
        seal(path, text if isinstance(text, str) else json.dumps(manifest, indent=1))

    return do
