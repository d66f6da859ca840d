"""
A trained model as a folder of plain files: writing it, checking it, and predicting with it through ONNX Runtime.

Nothing here imports TensorFlow. A folder is checked whole before it is used: a closed schema with upper bounds,
sizes and sha256 of every file, names and shapes of every weight. That finds damage and refuses what cannot be ours;
a model is still only as trustworthy as the place it comes from.
"""

import csv
import hashlib
import io
import json
import math
import os
import re
import shutil
import struct
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtext.errors import BundleError, DataError, MissingExtraError, SeqtextError
from seqtext.models.onnx_check import check_graph
from seqtext.models.spec import ModelSpec, weight_shapes
from seqtext.preprocess import LabelEncoder, TextPipeline
from seqtext.preprocess.padding import bucket_length, length_batches, pad_ids
from seqtext.schema import from_plain, to_plain

if TYPE_CHECKING:
    import onnxruntime

FORMAT = 1
MANIFEST = "model.json"
WEIGHTS = "weights.safetensors"
GRAPH = "model.onnx"
EXTRAS = ("metrics.json", "history.csv", "README.md")
MAX_MANIFEST_BYTES = 32 * 2**20
MAX_VOCABULARY_BYTES = 512 * 2**20
MAX_FILE_BYTES = 4 * 2**30
NO_CHECKSUM = "0" * 64
CHECKSUM = re.compile(r"[0-9a-f]{64}")
BATCH_ROWS = 64
# Ids, padding included, that are read at once: 0.1 GB for 128 numbers a step, however long the longest text is.
BATCH_IDS = 2**17


@dataclass(frozen=True)
class FileFacts:
    """Size and sha256 of one file of the folder."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """
    The content of ``model.json``.

    ``checksum`` is the sha256 of the file itself with 64 zeros in the place of the checksum. ``columns`` says which
    column of the training file fed each input and output. ``made`` tells how the model was made, for people.
    """

    format: int
    checksum: str
    spec: ModelSpec
    pipelines: dict[str, Any]
    labels: dict[str, tuple[str, ...]]
    label_kinds: dict[str, str]
    columns: dict[str, str]
    recipe: dict[str, Any]
    made: dict[str, Any]
    files: dict[str, FileFacts]


class Bundle:
    """
    A trained model that labels raw texts.

    Get one from `seqtext.load`. Texts are given as a list of strings where the model has one input, else as a
    mapping from input name to list of strings; answers are arrays where it has one output, else dicts by output name.
    """

    def __init__(self, folder: Path, manifest: Manifest, pipelines: dict[str, TextPipeline], graph: bytes) -> None:
        self.folder = folder
        self.manifest = manifest
        self.pipelines = pipelines
        self._graph = graph

    def __repr__(self) -> str:
        return f"Bundle({str(self.folder)!r}: {self.summary})"

    @property
    def spec(self) -> ModelSpec:
        """Inputs, encoders and outputs of the model."""
        return self.manifest.spec

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """Label names of each output, in the order of the probabilities' columns."""
        return self.manifest.labels

    @property
    def summary(self) -> str:
        """The model in a few words."""
        text = self.spec.inputs[0]
        kind = f"{'bidirectional ' if text.bidirectional else ''}{text.cell} {text.units}"
        labels = " and ".join(listed(names) for names in self.labels.values())
        return f"{kind}, {text.vocabulary_size:,} words, labels {labels}"

    @cached_property
    def _session(self) -> "onnxruntime.InferenceSession":
        import onnxruntime  # 0.25 s: not needed for looking at a model

        try:
            return onnxruntime.InferenceSession(self._graph, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises several unrelated kinds
            raise BundleError(
                f"{self.folder / GRAPH} cannot be run: {_first_line(error)}; train the model again"
            ) from error

    def start(self) -> "Bundle":
        """Load ONNX Runtime and the graph now (0.1 s), rather than with the first text."""
        _ = self._session
        return self

    def predict_proba(self, texts: Sequence[str | None] | Mapping[str, Sequence[str | None]]) -> Any:
        """
        Probabilities of every label: float32 of shape (rows, labels), or a dict of such by output name.

        Row i belongs to text i. An empty or missing text (None, NaN) is read as one unknown word.
        """
        columns = self._columns(texts)
        ids = {name: self.pipelines[name].encode(column) for name, column in columns.items()}
        lengths = np.max([[len(row) for row in column] for column in ids.values()], axis=0)
        answers = {head.name: np.zeros((len(lengths), head.n_labels), np.float32) for head in self.spec.outputs}
        for rows in _affordable_batches(lengths):
            feed = {name: pad_ids([column[i] for i in rows]) for name, column in ids.items()}
            for name, answer in self._run(feed, list(answers)).items():
                answers[name][rows] = answer
        return answers if len(answers) > 1 else next(iter(answers.values()))

    def _run(self, feed: Mapping[str, np.ndarray], outputs: list[str]) -> dict[str, np.ndarray]:
        try:
            return dict(zip(outputs, self._session.run(outputs, feed), strict=True))
        except Exception as error:  # ONNX Runtime raises several unrelated kinds
            raise BundleError(f"{self.folder / GRAPH} failed on these texts: {_first_line(error)}") from error

    def __getstate__(self) -> dict[str, Any]:
        # The session belongs to this process, and is made again from the graph.
        return {name: value for name, value in vars(self).items() if name != "_session"}

    def predict(self, texts: Sequence[str | None] | Mapping[str, Sequence[str | None]]) -> Any:
        """
        The most probable label of every text, as an array, or as a dict of arrays by output name.

        Labels are strings, whole numbers or truth values, as they were in training.
        """
        answers = self.predict_proba(texts)
        if isinstance(answers, dict):
            return {name: self._values(name, answer) for name, answer in answers.items()}
        return self._values(self.spec.outputs[0].name, answers)

    def _values(self, output: str, probabilities: np.ndarray) -> np.ndarray:
        encoder = _encoder(self.manifest, output)
        return np.asarray(encoder.inverse_transform(range(len(encoder))).tolist())[probabilities.argmax(axis=1)]

    def _columns(
        self, texts: Sequence[str | None] | Mapping[str, Sequence[str | None]]
    ) -> dict[str, Sequence[str | None]]:
        names = [text.name for text in self.spec.inputs]
        if isinstance(texts, str):
            raise TypeError("give a list of texts, not one string: predict([text])")
        if hasattr(texts, "columns"):  # a DataFrame: list() would give the names of its columns
            frame: Any = texts
            texts = {str(name): frame[name] for name in frame.columns}
        if not isinstance(texts, Mapping):
            if len(names) > 1:
                raise TypeError(f"this model reads several texts; give a dict with the keys {', '.join(names)}")
            return {names[0]: list(texts)}
        if missing := [name for name in names if name not in texts]:
            raise ValueError(f"the input {missing[0]!r} is missing; this model reads {', '.join(names)}")
        columns: dict[str, Sequence[str | None]] = {name: list(texts[name]) for name in names}
        if len({len(column) for column in columns.values()}) > 1:
            raise ValueError("all inputs must have the same number of rows")
        return columns


def _affordable_batches(lengths: np.ndarray) -> Iterator[np.ndarray]:
    """Rows of like length together, and the fewer the longer they are: a few long texts must not fill the memory."""
    for rows in length_batches(lengths, BATCH_ROWS):
        longest = bucket_length(int(lengths[rows].max()))
        for part in length_batches(lengths[rows], max(1, min(BATCH_ROWS, BATCH_IDS // longest))):
            yield rows[part]


def load(folder: str | os.PathLike[str]) -> Bundle:
    """
    Read a trained model from its folder, without TensorFlow.

    Raises BundleError, in one line, if anything in the folder is missing, damaged, or not as seqtext writes it.

    >>> load("no/such/folder")
    Traceback (most recent call last):
    seqtext.errors.BundleError: no model at no/such/folder: there is no such folder; train one with 'seqtext train'
    """
    folder = Path(folder)
    if not os.path.isdir(folder):  # Path.is_dir raises an OSError where the path cannot be looked at
        found = "that is a file, not a folder" if os.path.exists(folder) else "there is no such folder"
        raise BundleError(f"no model at {folder}: {found}; train one with 'seqtext train'")
    manifest = read_manifest(folder)
    contents = {name: _read_file(folder / name, facts) for name, facts in manifest.files.items()}
    check_weights(contents[WEIGHTS], manifest.spec, folder / WEIGHTS)
    try:
        check_graph(contents[GRAPH], manifest.spec)
    except ValueError as error:
        raise _damaged(folder / GRAPH, _first_line(error)) from error
    pipelines = {text.name: _read_pipeline(folder, manifest, text.name, contents) for text in manifest.spec.inputs}
    return Bundle(folder, manifest, pipelines, contents[GRAPH])


def read_manifest(folder: Path) -> Manifest:
    """Read and check ``model.json``, but not the files that it lists."""
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_MANIFEST_BYTES + 1)
    except FileNotFoundError:
        raise BundleError(
            f"{folder} is not a model: it has no {MANIFEST}; give a folder written by 'seqtext train'"
        ) from None
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}") from error
    data = _parse_manifest(raw, path)
    stated = data.get("checksum")
    if not isinstance(stated, str) or not CHECKSUM.fullmatch(stated) or raw.count(stated.encode()) != 1:
        raise _damaged(path, "its checksum is missing")
    if hashlib.sha256(raw.replace(stated.encode(), NO_CHECKSUM.encode())).hexdigest() != stated:
        raise _damaged(path, "it does not match its own checksum")
    manifest = from_plain_manifest(data, path)
    _check_manifest(manifest, path)
    return manifest


def _parse_manifest(raw: bytes, path: Path) -> dict[str, Any]:
    if len(raw) > MAX_MANIFEST_BYTES:
        raise _damaged(path, f"it is larger than {MAX_MANIFEST_BYTES:,} bytes")
    try:
        data = _strict_json(raw)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, f"it is not valid JSON ({_first_line(error)})") from error
    if not isinstance(data, dict):
        raise _damaged(path, "it does not hold an object")
    if data.get("format") != FORMAT:
        raise BundleError(
            f"{path} has the format {data.get('format')!r:.60}, this seqtext reads format {FORMAT}; "
            "install the seqtext that wrote it, or train the model again"
        )
    return data


def _strict_json(raw: bytes) -> Any:
    """Read JSON as the standard has it: no NaN, no key twice in an object, no half of a surrogate pair."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON number")

    def as_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("a key stands twice in one object")
        return found

    data = json.loads(raw.decode("utf-8"), parse_constant=refuse, object_pairs_hook=as_object)
    if b"\\ud" in raw.lower():
        json.dumps(data, ensure_ascii=False).encode("utf-8")  # fails on half a pair, which nothing could print
    return data


def from_plain_manifest(data: dict[str, Any], path: Path) -> Manifest:
    """Check the schema of ``model.json`` and the bounds of the model in it."""
    try:
        return from_plain(Manifest, data, MANIFEST, BundleError)
    except (SeqtextError, RecursionError) as error:
        raise _damaged(path, _first_line(error)) from error


def _check_manifest(manifest: Manifest, path: Path) -> None:
    inputs = [text.name for text in manifest.spec.inputs]
    heads = {head.name: head.n_labels for head in manifest.spec.outputs}
    if set(manifest.pipelines) != set(inputs) or set(manifest.labels) != set(heads):
        raise _damaged(path, "its pipelines and labels do not belong to its inputs and outputs")
    if set(manifest.columns) != {*inputs, *heads}:
        raise _damaged(path, "its columns do not belong to its inputs and outputs")
    for name, labels in manifest.labels.items():
        if len(labels) != heads[name] or len(set(labels)) != len(labels):
            raise _damaged(path, f"it should name {heads[name]} different labels for {name!r}")
        try:
            _encoder(manifest, name)
        except (KeyError, DataError) as error:
            raise _damaged(path, f"the labels of {name!r} are not of the kind that it states") from error
    expected = {WEIGHTS, GRAPH, *EXTRAS, *(vocabulary_file(name) for name in inputs)}
    if set(manifest.files) != expected:
        raise _damaged(path, f"it should list the files {', '.join(sorted(expected))}")


def _encoder(manifest: Manifest, output: str) -> LabelEncoder:
    """The labels of one output, with the type that they had in training."""
    return LabelEncoder.from_dict({"classes": list(manifest.labels[output]), "kind": manifest.label_kinds[output]})


def vocabulary_file(name: str) -> str:
    """
    File that holds the words of one input.

    >>> vocabulary_file("text")
    'vocabulary.text.json'
    """
    return f"vocabulary.{name}.json"


def _read_file(path: Path, facts: FileFacts) -> bytes:
    limit = MAX_VOCABULARY_BYTES if path.suffix == ".json" else MAX_FILE_BYTES
    if not 0 <= facts.bytes <= limit:
        raise _damaged(path, f"{MANIFEST} says that it has {facts.bytes:,} bytes, and at most {limit:,} are allowed")
    try:
        with path.open("rb") as file:
            content = file.read(facts.bytes + 1)
    except FileNotFoundError:
        raise _damaged(path, "the file is missing") from None
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) != facts.bytes:
        found = "more" if len(content) > facts.bytes else f"{len(content):,}"
        raise _damaged(path, f"{MANIFEST} promises {facts.bytes:,} bytes, the file has {found}")
    if hashlib.sha256(content).hexdigest() != facts.sha256:
        raise _damaged(path, f"its content does not match the sha256 in {MANIFEST}")
    return content


def _read_pipeline(folder: Path, manifest: Manifest, name: str, contents: Mapping[str, bytes]) -> TextPipeline:
    path = folder / vocabulary_file(name)
    options = manifest.pipelines[name]
    try:
        words = _strict_json(contents[path.name])
        if not isinstance(options, dict) or "vocabulary" in options:
            raise BundleError(f"the pipeline of {name!r} is not as seqtext writes it")
        pipeline = TextPipeline.from_dict({**options, "vocabulary": words})
    except MissingExtraError:
        raise
    except (SeqtextError, ValueError, TypeError, RecursionError) as error:
        raise _damaged(path, _first_line(error)) from error
    expected = next(text.vocabulary_size for text in manifest.spec.inputs if text.name == name)
    if len(pipeline.vocabulary_) != expected:
        raise _damaged(path, f"it has {len(pipeline.vocabulary_):,} words, the model has {expected:,}")
    return pipeline


def check_weights(content: bytes, spec: ModelSpec, path: Path) -> None:
    """Check that a safetensors file holds exactly the weights of ``spec``: names, shapes, float32, nothing else."""
    try:
        (size,) = struct.unpack("<Q", content[:8])
        header = _strict_json(content[8 : 8 + size])
        found = {name: from_plain(_Weight, facts, name, BundleError) for name, facts in header.items()}
    except (BundleError, struct.error, ValueError, AttributeError, RecursionError) as error:
        raise _damaged(path, "its header cannot be read") from error
    shapes = weight_shapes(spec)
    for name in (*shapes, *found):
        if name not in found or name not in shapes or (found[name].dtype, found[name].shape) != ("F32", shapes[name]):
            raise _damaged(path, f"the weight {name!r:.80} is not as the model in {MANIFEST} has it")
    # The arrays stand one behind the other, without gap or overlap, up to the end of the file.
    end = 0
    for weight in sorted(found.values(), key=lambda weight: weight.data_offsets):
        begin, end = end, end + 4 * math.prod(weight.shape)
        if weight.data_offsets != (begin, end):
            raise _damaged(path, "it does not hold the numbers that its header promises")
    if len(content) != 8 + size + end:
        raise _damaged(path, "it does not hold the numbers that its header promises")


@dataclass(frozen=True)
class _Weight:
    """One entry of the header of a safetensors file."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, ...]


def load_weights(bundle: Bundle) -> dict[str, np.ndarray]:
    """The weights of a loaded model, float32, by the names of `weight_shapes`."""
    import safetensors.numpy

    return safetensors.numpy.load((bundle.folder / WEIGHTS).read_bytes())


@dataclass(frozen=True)
class Contents:
    """All that is written into a model folder."""

    spec: ModelSpec
    pipelines: Mapping[str, TextPipeline]
    labels: Mapping[str, Sequence[str]]
    label_kinds: Mapping[str, str]
    columns: Mapping[str, str]
    recipe: Mapping[str, Any]
    made: Mapping[str, Any]
    weights: Mapping[str, np.ndarray]
    graph: bytes
    metrics: Mapping[str, Any]
    history: Sequence[Mapping[str, float]]
    card: str


def save(folder: str | os.PathLike[str], contents: Contents, *, replace: bool = False) -> Path:
    """
    Write a model folder: everything beside it first, then one rename, so that it is there whole or not at all.

    An existing model is replaced only with ``replace``; anything else that stands there is never touched. Raises
    BundleError where the folder cannot be written.
    """
    folder = Path(folder)
    check_target(folder, replace=replace)
    with written_beside(folder, replace=replace) as temporary:
        write_files(temporary, contents)
    return folder


def check_target(folder: Path, *, replace: bool) -> None:
    """Raise BundleError if a model may not, or cannot, be written to ``folder``; worth asking before training."""
    with _one_line(folder):
        if folder.is_dir():
            if not (folder / MANIFEST).is_file() and any(folder.iterdir()):
                raise BundleError(f"{folder} exists and is not a model; give another --out, nothing was touched")
            if (folder / MANIFEST).is_file() and not replace:
                raise BundleError(
                    f"{folder} holds a model already; give --force (in Python replace=True) or another folder"
                )
        elif folder.exists():
            raise BundleError(f"{folder} is a file; give a folder as --out, nothing was touched")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder.parent):
            pass


@contextmanager
def written_beside(folder: Path, *, replace: bool = False) -> Iterator[Path]:
    """
    Give a temporary folder next to ``folder`` that takes its place at the end; on any error nothing is left.

    What may be replaced is asked again then, for hours may have passed.
    """
    with _one_line(folder):
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
        try:
            yield temporary
            temporary.chmod(0o777 & ~_umask())
            check_target(folder, replace=replace)
            _swap(temporary, folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _swap(temporary: Path, folder: Path) -> None:
    if not folder.exists():
        temporary.rename(folder)
        return
    attic = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old-", dir=folder.parent))
    try:
        folder.rename(attic / "old")
        temporary.rename(folder)
    except BaseException:  # Ctrl-C included: between the two there is no model at ``folder``
        if (attic / "old").exists():
            (attic / "old").rename(folder)
        attic.rmdir()
        raise
    shutil.rmtree(attic, ignore_errors=True)


@contextmanager
def _one_line(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BundleError(
            f"the model cannot be written to {folder}: {error.strerror or error}; free space or give another --out"
        ) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_files(folder: Path, contents: Contents) -> None:
    """Write all files of a model into an existing, empty folder."""
    import safetensors.numpy

    options = {}
    files: dict[str, bytes] = {}
    for name, pipeline in contents.pipelines.items():
        options[name] = pipeline.to_dict()
        files[vocabulary_file(name)] = _json(options[name].pop("vocabulary"))
    files[WEIGHTS] = safetensors.numpy.save(
        {name: np.ascontiguousarray(array) for name, array in contents.weights.items()}
    )
    files[GRAPH] = contents.graph
    files["metrics.json"] = _json(contents.metrics)
    files["history.csv"] = _history(contents.history)
    files["README.md"] = contents.card.encode()
    manifest = Manifest(
        format=FORMAT,
        checksum=NO_CHECKSUM,
        spec=contents.spec,
        pipelines=options,
        labels={name: tuple(labels) for name, labels in contents.labels.items()},
        label_kinds=dict(contents.label_kinds),
        columns=dict(contents.columns),
        recipe=dict(contents.recipe),
        made=dict(contents.made),
        files={name: FileFacts(len(content), hashlib.sha256(content).hexdigest()) for name, content in files.items()},
    )
    raw = _json(to_plain(manifest))
    files[MANIFEST] = raw.replace(NO_CHECKSUM.encode(), hashlib.sha256(raw).hexdigest().encode(), 1)
    for name, content in files.items():
        with (folder / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def listed(names: Sequence[str], most: int = 8) -> str:
    """
    Names for a message, however many there are.

    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def _history(records: Sequence[Mapping[str, float]]) -> bytes:
    text = io.StringIO()
    names = ["epoch", *(records[0] if records else ())]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({"epoch": epoch, **record} for epoch, record in enumerate(records, 1))
    return text.getvalue().encode()


def _damaged(path: Path, problem: str) -> BundleError:
    return BundleError(f"{path} is damaged: {problem}; copy the model folder again, or train it again")


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
