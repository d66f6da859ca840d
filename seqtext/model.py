"""
One trained model, as training makes it and `seqtext.saving` reads it, and its answers.

Nothing here imports TensorFlow: the weights become an ONNX graph when the first text comes.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtext.data.splitting import fingerprints, joined
from seqtext.errors import BundleError, listed, plural, told_apart
from seqtext.evaluation import AnyScores
from seqtext.models.graph import Graph
from seqtext.models.rows import Rows
from seqtext.models.spec import ModelSpec, build_graph
from seqtext.parallel import cores, in_order
from seqtext.preprocess.labels import Encoder
from seqtext.preprocess.padding import bucket_length, length_batches
from seqtext.recipes import Recipe

if TYPE_CHECKING:
    import onnxruntime

# Rows and ids, padding included, that are read at once. More are no faster on one thread, and take more memory: an LSTM
# needs some 20 kB for each id of each batch that is run; docs/performance.md.
BATCH_ROWS = 32
BATCH_IDS = 2**12
# Rows and characters that are encoded at once, of however many are asked.
PIECE_ROWS = 8192
PIECE_CHARACTERS = 2_000_000
# Two threads with the first text must not make two sessions: one's arrays would be freed with the other in use.
MAKING_A_SESSION = threading.Lock()

# Arrays where the model has one output, else dicts of arrays by the column that each output was learned from.
Answers = np.ndarray | dict[str, np.ndarray]


@dataclass(frozen=True)
class Made:
    """
    How a model was made, for people.

    Parameters
    ----------
    created
        Date and time, ISO 8601.
    recipe, source
        Name of the recipe, and the file that the rows came from.
    title, corpus
        What is known of the corpus, if it is one of ours; else empty.
    rows
        How many rows were for training, validation and test.
    epochs, seconds
        Of training.
    was_stopped
        Whether somebody ended training before its time.
    versions
        Of the packages that made it.
    mixed
        Weights of the wide and of the deep half by output, where there is a wide one.
    thresholds
        From which probability on each label was given, by output, before that was made 0.5.
    """

    created: str
    recipe: str
    source: str
    title: str
    corpus: str
    rows: dict[str, int]
    epochs: int
    seconds: float
    was_stopped: bool
    versions: dict[str, str]
    mixed: dict[str, tuple[float, ...]] = field(default_factory=dict)
    thresholds: dict[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def effort(self) -> str:
        """How long it learned, in words; a linear model has no epochs, for a solver finds its weights."""
        if self.epochs:
            return plural(self.epochs, "epoch") + (", stopped by hand before the end" if self.was_stopped else "")
        return "stopped by hand within the first epoch" if self.was_stopped else "solved directly, without epochs"


@dataclass(frozen=True, repr=False)
class TrainedModel:
    """
    A trained model that labels raw texts; get one from `seqtext.load` or from training.

    Texts are given as a list of strings where the model has one input, else as a DataFrame or a mapping of columns;
    answers are arrays where it has one output, else dicts by the column that each output was learned from.

    Parameters
    ----------
    recipe, spec
        What was asked, and what was built.
    preparers
        What turns each input column into numbers, fitted, by input name.
    labels
        The encoder of each output's labels, by output name.
    columns
        The column of the training file behind each input and output.
    weights
        float32 arrays, as `seqtext.models.spec.weight_shapes` names them.
    made
        How the model was made.
    history
        Scores of each epoch.
    scores
        On rows that training never saw: by output, then by contestant. Empty where none were held out.
    seen
        Of which texts it has learned, training and validation rows alike: their `fingerprints` in order, uint64.
    folder
        Where it was read from, if it was.
    kind_of_graph
        What its weights become: a `Graph` of floats, or a `QuantizedGraph`.
    """

    recipe: Recipe
    spec: ModelSpec
    preparers: dict[str, Any]
    labels: dict[str, Encoder]
    columns: dict[str, str]
    weights: dict[str, np.ndarray]
    made: Made
    history: list[dict[str, float]] = field(default_factory=list)
    scores: dict[str, dict[str, AnyScores]] = field(default_factory=dict)
    seen: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    folder: Path | None = None
    kind_of_graph: type[Graph] = Graph

    def __repr__(self) -> str:
        return f"TrainedModel({str(self.folder or 'in memory')!r}: {self.summary})"

    @property
    def label_names(self) -> dict[str, list[str]]:
        """Names of the labels of each output, in the order of the probabilities' columns."""
        return {name: encoder.classes_ for name, encoder in self.labels.items()}

    @property
    def classes_(self) -> Answers:
        """The labels in the order of the probabilities' columns, with the type that they had in training."""
        return self._public({name: np.asarray(encoder.values()) for name, encoder in self.labels.items()})

    @property
    def summary(self) -> str:
        """The model in a few words."""
        labels = " and ".join(listed(map(told_apart, names), 8, quote=False) for names in self.label_names.values())
        return f"{self.spec.summary}, labels {labels}"

    def has_seen(self, inputs: Mapping[str, Sequence[Any]]) -> np.ndarray:
        """
        Return for each row whether the model has learned from one with the same text, as far as it knows.

        Columns by input name; bool of shape (rows,). Texts are the same as in `seqtext.data.splitting.normalise`.
        """
        texts = {name: self.recipe.input(name).read(one) for name, one in self.recipe.text_columns(inputs).items()}
        return np.isin(fingerprints(joined(texts)), self.seen)

    def predict_proba(self, texts: Any) -> Answers:
        """
        Return the probability of every label: float32 of shape (rows, labels).

        Row i belongs to text i. An empty or missing text (None, NaN) is read as one unknown word.
        """
        return self._public(self.probabilities(self._inputs(texts)))

    def predict(self, texts: Any) -> Answers:
        """
        Return the most probable label of every text; of an output with any number of labels, a list of them.

        Labels are strings, whole numbers or truth values, as they were in training.
        """
        answers = self.probabilities(self._inputs(texts))
        return self._public(
            {
                head.name: head.labels_of(head.decode(answers[head.name]), np.asarray(self.labels[head.name].values()))
                for head in self.spec.outputs
            }
        )

    def _public(self, answers: dict[str, np.ndarray]) -> Answers:
        """What people get: a single answer as it is, several by the columns that they know."""
        if len(answers) == 1:
            return next(iter(answers.values()))
        return {self.columns[name]: answer for name, answer in answers.items()}

    def probabilities(
        self,
        columns: Mapping[str, Sequence[Any]],
        at: Callable[[float], None] = lambda done: None,
        turn: AbstractContextManager[Any] | None = None,
    ) -> dict[str, np.ndarray]:
        """
        Return the probabilities of every label, float32 of shape (rows, labels), by output name.

        Parameters
        ----------
        columns
            The values of the rows, by the column that each input was learned from.
        at
            Is told now and then which share of the rows is done.
        turn
            Held while texts are prepared. Threads do that one at a time, being Python; with one lock for all of them,
            the others' graphs run meanwhile, where else all would prepare, and then all run.
        """
        values = self.recipe.read(columns, self.columns)
        n_rows = max(map(len, values.values()))
        answers = {head.name: np.zeros((n_rows, head.n_labels), np.float32) for head in self.spec.outputs}
        done = 0
        for piece in _affordable_pieces(values):
            with turn or nullcontext():
                rows = Rows.encode(self.preparers, {name: column[piece] for name, column in values.items()}, {})
            for indices, found in self._each_batch(rows):
                for name, answer in found.items():
                    answers[name][piece][indices] = answer
                done += len(indices)
                at(done / n_rows)
        return answers

    def _each_batch(self, rows: Rows) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        """Yield the numbers of rows of like length, and their probabilities; several batches are run at once."""
        batches = list(_affordable_batches(rows.lengths))
        threads = min(cores(), len(batches))
        if threads < 2:
            for indices in batches:
                yield indices, self.run(rows.feed(indices))
            return
        from concurrent.futures import ThreadPoolExecutor

        # A pool of its own for each call: one that is kept would not work in a forked copy of this process.
        with ThreadPoolExecutor(threads) as pool:
            try:
                every = in_order(lambda one: pool.submit(lambda: self.run(rows.feed(one))), batches, ahead=2 * threads)
                for indices, future in every:
                    yield indices, future.result()
            finally:
                pool.shutdown(cancel_futures=True)

    def run(self, feed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the probabilities for arrays as `Rows.feed` makes them, by output name."""
        names = [head.name for head in self.spec.outputs]
        try:
            session = self._session
            taken = {one.name: feed[one.name] for one in session.get_inputs()}
            return dict(zip(names, session.run(names, taken), strict=True))
        except Exception as error:  # ONNX Runtime raises several unrelated kinds
            raise BundleError(f"the model failed on these texts: {first_line(error)}") from error

    def graph(self) -> Graph:
        """Return the ONNX graph that answers."""
        return build_graph(self.spec, self.weights, self.kind_of_graph)

    def start(self) -> "TrainedModel":
        """Load ONNX Runtime and make the graph now (0.1 s), rather than with the first text."""
        _ = self._session
        return self

    @property
    def _session(self) -> "onnxruntime.InferenceSession":
        with MAKING_A_SESSION:
            return self._made_session[0]

    @cached_property
    def _made_session(self) -> "tuple[onnxruntime.InferenceSession, list[onnxruntime.OrtValue]]":
        import onnxruntime  # 0.25 s: not needed for looking at a model

        graph = self.graph()
        large = graph.large_constants()
        values = {name: onnxruntime.OrtValue.ortvalue_from_numpy(array) for name, array in large.items()}
        options = onnxruntime.SessionOptions()
        # One thread a run, and as many runs at once as there are cores (`_each_batch`): two threads in one run of an
        # LSTM need 1.8 times the processor time, most of it spent waiting for each other; docs/performance.md.
        options.intra_op_num_threads = 1
        for name, value in values.items():
            options.add_initializer(name, value)
        content = graph.to_bytes(leave_out=large)
        try:
            session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises several unrelated kinds
            raise BundleError(f"the model cannot be run: {first_line(error)}; train it again") from error
        # The session reads these arrays as long as it lives.
        return session, list(values.values())

    def __getstate__(self) -> dict[str, Any]:
        # The session belongs to this process, and is made again from the weights.
        return {name: value for name, value in vars(self).items() if name != "_made_session"}

    def _inputs(self, data: Any) -> dict[str, list[Any]]:
        """The columns of ``data`` by input name."""
        names = [part.name for part in self.spec.inputs]
        columns = columns_of(data)
        if columns is None:
            if len(names) > 1:
                raise TypeError(
                    f"this model reads several columns; give a DataFrame or a dict with {', '.join(self._known(names))}"
                )
            return {names[0]: as_list(data)}
        if len(names) == 1 and len(columns) == 1:
            return {names[0]: as_list(next(iter(columns.values())))}
        found = {}
        for name in names:
            key = next((key for key in (self.columns[name], name) if key in columns), None)
            if key is None:
                known = ", ".join(self._known(names))
                raise ValueError(f"the input {self.columns[name]!r} is missing; this model reads {known}")
            found[name] = as_list(columns[key])
        if len({len(column) for column in found.values()}) > 1:
            raise ValueError("all inputs must have the same number of rows")
        return found

    def _known(self, names: list[str]) -> list[str]:
        return [repr(self.columns[name]) for name in names]


def columns_of(data: Any) -> dict[str, Any] | None:
    """
    Return the columns of a DataFrame or mapping by their names as strings; None if it has none.

    >>> columns_of({"text": ["a"]}), columns_of(["a"])
    ({'text': ['a']}, None)
    """
    if isinstance(data, (str, bytes)):
        raise TypeError("expected a list of values, found one string; put it into a list")
    if isinstance(data, Mapping):
        return {str(name): column for name, column in data.items()}
    if hasattr(data, "columns"):
        if twice := [str(name) for name in data.columns if list(data.columns).count(name) > 1]:
            raise ValueError(f"two columns are called {twice[0]!r}; every one needs its own name")
        return {str(name): data[name] for name in data.columns}
    if getattr(data, "ndim", 1) == 2 and data.shape[1] == 1:
        return {"": data[:, 0]}
    if getattr(data, "ndim", 1) == 2:
        columns = f"{data.shape[1]} columns without names"
        raise ValueError(f"expected texts, found an array of {columns}; give a DataFrame, or a dict of columns")
    return None


def as_list(column: Any) -> list[Any]:
    """Return the values of a list, array or Series as plain Python values."""
    if isinstance(column, (str, bytes)):
        raise TypeError("expected a list of values, found one string; put it into a list")
    return column.tolist() if hasattr(column, "tolist") else list(column)


def _affordable_pieces(columns: Mapping[str, list[Any]]) -> Iterator[slice]:
    """Rows one after the other, as many as may be encoded at once: n-grams take a hundred times what a text takes."""
    begin, size = 0, 0
    for end, row in enumerate(zip(*columns.values(), strict=True)):
        own = sum(len(value) for value in row if isinstance(value, str))
        if end - begin == PIECE_ROWS or (end > begin and size + own > PIECE_CHARACTERS):
            yield slice(begin, end)
            begin, size = end, 0
        size += own
    yield slice(begin, None)


def _affordable_batches(lengths: np.ndarray) -> Iterator[np.ndarray]:
    """Rows of like length together, and the fewer the longer they are: a few long texts must not fill the memory."""
    for rows in length_batches(lengths, BATCH_ROWS):
        longest = bucket_length(int(lengths[rows].max()))
        for part in length_batches(lengths[rows], max(1, min(BATCH_ROWS, BATCH_IDS // longest))):
            yield rows[part]


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, or the name of its kind."""
    return (str(error).splitlines() or [type(error).__name__])[0]
