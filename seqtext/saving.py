"""
A trained model as a folder of plain files, and back.

Loading checks a closed schema with upper bounds, and names and shapes of every weight, before anything is built. The
ONNX graph is made from the checked weights, so nothing that runs comes from a file.
"""

import csv
import io
import math
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seqtext.atomic import read_whole
from seqtext.card import model_card
from seqtext.errors import BundleError
from seqtext.evaluation import AnyScores
from seqtext.model import Made, TrainedModel
from seqtext.model_folder import MANIFEST, SavedFolder, parse_json, to_json, write
from seqtext.models.spec import ModelSpec, plain_name, weight_shapes
from seqtext.preprocess.labels import Encoder
from seqtext.preprocess.vocabulary import MAX_VOCABULARY_BYTES
from seqtext.recipes import Recipe
from seqtext.schema import OWN_DEFAULTS, from_plain, to_plain

WEIGHTS, METRICS, HISTORY, CARD = "weights.safetensors", "metrics.json", "history.csv", "README.md"
# The fingerprints of the texts that the model has learned from: 64 bits each, little-endian, in order.
SEEN = "training_texts.bin"
MAX_SEEN_BYTES = 800_000_000
MAX_EXTRA_BYTES = 256 * 2**20
MAX_HEADER_BYTES = 2**20
# Element types of safetensors that we use, and NumPy's.
DTYPES = {"F32": "<f4", "U64": "<u8", "U32": "<u4", "I64": "<i8", "I32": "<i4"}


@dataclass(frozen=True)
class LabelFacts:
    """Names of the labels of one output in their order, and the type that they had in training."""

    classes: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class Manifest:
    """The content of ``model.json``; vocabularies are in files of their own."""

    recipe: Recipe
    spec: ModelSpec
    preparers: dict[str, Any]
    labels: dict[str, LabelFacts]
    columns: dict[str, str]
    made: Made


def vocabulary_file(name: str) -> str:
    """
    Return the name of the file that holds the words of one input.

    >>> vocabulary_file("text")
    'vocabulary.text.json'
    """
    return f"vocabulary.{plain_name(name)}.json"


def ngrams_file(name: str) -> str:
    """Return the name of the file that holds the n-grams of one input."""
    return f"ngrams.{plain_name(name)}.safetensors"


def save(model: TrainedModel, folder: str | os.PathLike[str], *, replace: bool = False) -> Path:
    """
    Write ``model`` to ``folder``: there whole or not at all.

    An existing model is replaced only with ``replace``; anything else that stands there is never touched. Raises
    BundleError where the folder cannot be written.
    """
    import safetensors.numpy

    if not model.weights:
        raise BundleError(
            "only models that seqtext builds can be saved for use without Keras, and this one is your own; save it "
            "with classifier.model_.save(FILE)"
        )
    with_words = [part.name for part in model.spec.inputs if part.has_vocabulary]
    words = {name: model.preparers[name].to_dict()["vocabulary"] for name in with_words}
    with_ngrams = [part.name for part in model.spec.inputs if getattr(part, "array_shapes", {})]
    scores = {output: {who: one.to_dict() for who, one in each.items()} for output, each in model.scores.items()}
    arrays = {name: np.ascontiguousarray(array) for name, array in model.weights.items()}
    files = {
        **{vocabulary_file(name): to_json(one) for name, one in words.items()},
        **{ngrams_file(name): safetensors.numpy.save(model.preparers[name].arrays()) for name in with_ngrams},
        WEIGHTS: safetensors.numpy.save(arrays),
        METRICS: to_json(scores),
        HISTORY: _history(model.history),
        CARD: model_card(model).encode(),
        **({SEEN: model.seen.astype("<u8").tobytes()} if len(model.seen) else {}),
    }
    write(Path(folder), to_plain(manifest_of(model)), files, replace=replace)
    return Path(folder)


def manifest_of(model: TrainedModel) -> Manifest:
    """Return what ``model.json`` says of a model."""
    preparers = {name: one.to_dict() for name, one in model.preparers.items()}
    for one in preparers.values():
        one.pop("vocabulary", None)
    labels = {name: LabelFacts(tuple(one.classes_), one.kind_) for name, one in model.labels.items()}
    return Manifest(model.recipe, model.spec, preparers, labels, model.columns, model.made)


def _history(records: Sequence[Mapping[str, float]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["epoch", *(records[0] if records else ())], lineterminator="\n")
    writer.writeheader()
    writer.writerows({"epoch": epoch, **record} for epoch, record in enumerate(records, 1))
    return text.getvalue().encode()


def load(folder: str | os.PathLike[str]) -> TrainedModel:
    """
    Read a trained model from its folder, without TensorFlow.

    Raises BundleError, in one line, if anything in the folder is missing, damaged, or not as seqtext writes it.

    >>> load("no/such/folder")
    Traceback (most recent call last):
    seqtext.errors.BundleError: no model at no/such/folder: there is no such folder; train one with 'seqtext train'
    """
    return read_whole(Path(folder), lambda: _load(Path(folder)), BundleError)


def _load(folder: Path) -> TrainedModel:
    saved = SavedFolder(folder)
    manifest = saved.checked(MANIFEST, lambda: from_plain(Manifest, saved.manifest, "model", BundleError, OWN_DEFAULTS))
    words = [part.name for part in manifest.spec.inputs if part.has_vocabulary]
    ngrams = [part.name for part in manifest.spec.inputs if getattr(part, "array_shapes", {})]
    files = {WEIGHTS, METRICS, HISTORY, CARD, *map(vocabulary_file, words), *map(ngrams_file, ngrams)}
    saved.check_names(files | ({SEEN} & set(saved.files)))
    labels = saved.checked(MANIFEST, lambda: _read_labels(manifest))
    contents = {name: saved.read(name, MAX_EXTRA_BYTES) for name in (METRICS, HISTORY, CARD)}
    return TrainedModel(
        recipe=manifest.recipe,
        spec=manifest.spec,
        preparers={part.name: _read_preparer(saved, manifest, part) for part in manifest.spec.inputs},
        labels=labels,
        columns=manifest.columns,
        weights=_read_weights(saved, manifest.spec),
        made=manifest.made,
        history=saved.checked(HISTORY, lambda: _read_history(contents[HISTORY])),
        scores=saved.checked(METRICS, lambda: _read_scores(contents[METRICS], manifest)),
        seen=_read_seen(saved),
        folder=folder,
    )


def _read_seen(saved: SavedFolder) -> np.ndarray:
    raw = saved.read(SEEN, MAX_SEEN_BYTES) if SEEN in saved.files else b""

    def read() -> np.ndarray:
        found = np.frombuffer(raw, "<u8")
        if (found[1:] <= found[:-1]).any():
            raise ValueError("it does not hold numbers in order")
        return found

    return saved.checked(SEEN, read)


def _read_labels(manifest: Manifest) -> dict[str, Encoder]:
    inputs = [part.name for part in manifest.spec.inputs]
    heads = {head.name: head.n_labels for head in manifest.spec.outputs}
    if set(manifest.preparers) != set(inputs) or set(manifest.labels) != set(heads):
        raise ValueError("its preparers and labels do not belong to its inputs and outputs")
    if set(manifest.columns) != {*inputs, *heads}:
        raise ValueError("its columns do not belong to its inputs and outputs")
    for name, facts in manifest.labels.items():
        if len(facts.classes) != heads[name]:
            raise ValueError(f"it should name {heads[name]} different labels for {name!r}")
    return {
        head.name: _read_encoder(
            head.encoder(manifest.recipe.output_of(head.name).separator), manifest.labels[head.name]
        )
        for head in manifest.spec.outputs
    }


def _read_encoder(empty: Encoder, facts: LabelFacts) -> Encoder:
    return empty.from_dict({"classes": list(facts.classes), "kind": facts.kind, **empty.get_params()})


def _read_preparer(saved: SavedFolder, manifest: Manifest, part: Any) -> Any:
    options = manifest.preparers[part.name]
    name = vocabulary_file(part.name) if part.has_vocabulary else MANIFEST
    raw = saved.read(name, MAX_VOCABULARY_BYTES) if part.has_vocabulary else b""
    ngrams = _read_ngrams(saved, part)

    def read() -> Any:
        if not isinstance(options, dict) or "vocabulary" in options:
            raise ValueError(f"what prepares {part.name!r} is not as seqtext writes it")
        words = {"vocabulary": parse_json(raw)} if part.has_vocabulary else {}
        preparer = part.preparer.from_dict({**options, **words}, *([ngrams] if ngrams else []))
        if problem := part.mismatch(preparer):
            raise ValueError(problem)
        return preparer

    return saved.checked(name, read)


@dataclass(frozen=True)
class _Entry:
    """One entry of the header of a safetensors file."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, ...]


def _read_weights(saved: SavedFolder, spec: ModelSpec) -> dict[str, np.ndarray]:
    expected = {name: ("F32", shape) for name, shape in weight_shapes(spec).items()}
    raw = saved.read(WEIGHTS, 4 * spec.weight_count + MAX_HEADER_BYTES)
    return saved.checked(WEIGHTS, lambda: read_arrays(raw, expected))


def _read_ngrams(saved: SavedFolder, part: Any) -> dict[str, np.ndarray]:
    """What a preparer has learned beside its words, if it has."""
    name, expected = ngrams_file(part.name), getattr(part, "array_shapes", {})
    if not expected:
        return {}
    raw = saved.read(name, 8 * sum(math.prod(shape) for _, shape in expected.values()) + MAX_HEADER_BYTES)
    return saved.checked(name, lambda: read_arrays(raw, expected))


def read_arrays(content: bytes, expected: Mapping[str, tuple[str, tuple[int, ...]]]) -> dict[str, np.ndarray]:
    """
    Return the arrays of a safetensors file, without a copy.

    Raises ValueError unless it holds arrays of exactly these names, element types and shapes, one behind the other, and
    all numbers are finite.
    """
    try:
        (size,) = struct.unpack("<Q", content[:8])
        header = parse_json(content[8 : 8 + size])
        found = {name: from_plain(_Entry, facts, name, BundleError) for name, facts in header.items()}
    except (BundleError, struct.error, ValueError, AttributeError) as error:
        raise ValueError("its header cannot be read") from error
    end = 0
    for name, entry in sorted(found.items(), key=lambda item: item[1].data_offsets):
        if name not in expected or (entry.dtype, entry.shape) != expected[name]:
            raise ValueError(f"the weight {name!r:.80} is not as the model in {MANIFEST} has it")
        begin, end = end, end + np.dtype(DTYPES[entry.dtype]).itemsize * math.prod(entry.shape)
        if entry.data_offsets != (begin, end):
            raise ValueError("it does not hold the numbers that its header promises")
    if lacking := [name for name in expected if name not in found]:
        raise ValueError(f"the weight {lacking[0]!r:.80} is not as the model in {MANIFEST} has it")
    if len(content) != 8 + size + end:
        raise ValueError("it does not hold the numbers that its header promises")
    arrays = {}
    for name, (dtype, shape) in expected.items():
        begin = 8 + size + found[name].data_offsets[0]
        arrays[name] = np.frombuffer(content, DTYPES[dtype], math.prod(shape), begin).reshape(shape)
        if not np.isfinite(arrays[name]).all():
            raise ValueError(f"the weight {name!r:.80} holds what is no number")
    return arrays


def _read_history(raw: bytes) -> list[dict[str, float]]:
    rows = csv.DictReader(io.StringIO(raw.decode("utf-8"), newline=""))
    return [{name: float(value) for name, value in row.items() if name != "epoch"} for row in rows]


def _read_scores(raw: bytes, manifest: Manifest) -> dict[str, dict[str, AnyScores]]:
    data = parse_json(raw)
    if not isinstance(data, dict) or not all(isinstance(one, dict) for one in data.values()):
        raise ValueError("it does not hold scores by output and contestant")
    heads = {head.name: head for head in manifest.spec.outputs}
    return {
        output: {
            who: heads[output].score_class.from_dict(one, manifest.labels[output].classes) for who, one in each.items()
        }
        for output, each in data.items()
    }
