"""The drawing of a network names every part, in the order of the computation, with its shape."""

import importlib
from pathlib import Path

from seqtext.models.bag import Bag
from seqtext.models.heads import Binary, Multiclass
from seqtext.models.picture import picture
from seqtext.models.recurrent import Recurrent
from seqtext.models.spec import Dense, ModelSpec
from seqtext.models.text import TextInput


def test_every_part_is_drawn_with_its_shape():
    title = TextInput("title", 10, (Recurrent(4, "gru", 3), Bag(max_chars=0, hidden_units=5)), (7,))
    body = TextInput("body", 10, (Recurrent(4, "lstm", 2, bidirectional=False, pooling="last"),))
    dense = (Dense(8, "gelu", l2=0.01, dropout=0.5), Dense(6))

    assert picture(ModelSpec((title, body), (Multiclass("topic", 4), Binary("mood")), dense, 0.3)).splitlines() == [
        "title: text",
        " ├─ embedding 4, bidirectional gru 3, max_mean pooling  (rows, 12)",
        " └─ bag of words up to 2 in a row, tfidf, 5 units, relu  (rows, 5)",
        "body: text",
        " └─ embedding 4, lstm 2, last pooling  (rows, 2)",
        " │",
        "joined  (rows, 19)",
        " │",
        "dense 8, gelu, l2 0.01, dropout 0.5  (rows, 8)",
        " │",
        "dense 6, relu  (rows, 6)",
        " │",
        "dropout 0.3",
        " │",
        " ├─ topic: multiclass  (rows, 4)",
        " └─ mood: binary  (rows, 2)",
    ]


def test_an_input_without_encoders_reads_itself():
    class Number:
        """Of another kind than texts."""

        name, kind, width, summary = "age", "number", 2, "a number, scaled"

        def weight_shapes(self):
            return {}

    spec = object.__new__(ModelSpec)
    for name, value in (("inputs", (Number(),)), ("outputs", (Binary("mood"),)), ("dense", ()), ("head_dropout", 0.0)):
        object.__setattr__(spec, name, value)

    assert picture(spec).splitlines()[:2] == ["age: number", " └─ a number, scaled  (rows, 2)"]


def test_the_drawings_of_the_page_are_up_to_date(monkeypatch):
    scripts = Path(__file__).parent.parent.parent / "scripts"
    monkeypatch.syspath_prepend(str(scripts))
    script = importlib.import_module("pictures")

    assert script.pictures() in script.PAGE.read_text(encoding="utf-8")
