"""
A pre-trained network: a language model and all that it learned, in memory and as a folder of plain files.

The folder is checked on load as that of a model is; see `seqtext.model_folder`.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seqtext.atomic import read_whole
from seqtext.errors import BundleError
from seqtext.model_folder import NETWORK, SavedFolder, parse_json, to_json, write
from seqtext.models.language import LanguageSpec
from seqtext.preprocess import TextPipeline
from seqtext.preprocess.vocabulary import MAX_VOCABULARY_BYTES
from seqtext.recipes import Recipe
from seqtext.saving import MAX_HEADER_BYTES, WEIGHTS, read_arrays
from seqtext.schema import OWN_DEFAULTS, from_plain, to_plain

VOCABULARY = "vocabulary.json"


@dataclass(frozen=True)
class Pretrained:
    """
    How a network was pre-trained, for people.

    Parameters
    ----------
    created
        Date and time, ISO 8601.
    recipe, source
        Name of the recipe that the cleaning is of, and the files that the texts came from.
    texts, tokens
        How many were learned from, and how many were held out.
    epochs, seconds
        Of training, interruptions left out.
    was_stopped
        Whether somebody ended training before its time.
    perplexity
        On the held-out texts by direction, over the whole vocabulary, the unknown word included.
    history
        One record of scores per epoch.
    versions
        Of the packages that made it.
    """

    created: str
    recipe: str
    source: str
    texts: dict[str, int]
    tokens: dict[str, int]
    epochs: int
    seconds: float
    was_stopped: bool
    perplexity: dict[str, float]
    history: tuple[dict[str, float], ...]
    versions: dict[str, str]


@dataclass(frozen=True)
class LanguageModel:
    """
    A language model with its weights.

    Parameters
    ----------
    recipe
        How it was asked for: cleaning and tokens of the text, the recurrent encoder, training and rows.
    spec
        What it is.
    pipeline
        From texts to ids.
    weights
        float32, named and shaped as in `LanguageSpec.weight_shapes`.
    made
        How it was made.
    """

    recipe: Recipe
    spec: LanguageSpec
    pipeline: TextPipeline
    weights: Mapping[str, np.ndarray]
    made: Pretrained


@dataclass(frozen=True)
class Manifest:
    """The content of ``pretrained.json``; the vocabulary is in a file of its own."""

    recipe: Recipe
    spec: LanguageSpec
    pipeline: dict[str, Any]
    made: Pretrained


def manifest_of(network: LanguageModel) -> Manifest:
    """Return what ``pretrained.json`` says of a network."""
    options = {name: value for name, value in network.pipeline.to_dict().items() if name != "vocabulary"}
    return Manifest(network.recipe, network.spec, options, network.made)


def save(network: LanguageModel, folder: str | os.PathLike[str], *, replace: bool = False) -> Path:
    """Write a network to ``folder``, there whole or not at all; only another network is ever replaced."""
    import safetensors.numpy

    files = {
        VOCABULARY: to_json(network.pipeline.vocabulary_),
        WEIGHTS: safetensors.numpy.save({name: np.ascontiguousarray(one) for name, one in network.weights.items()}),
    }
    write(Path(folder), to_plain(manifest_of(network)), files, replace=replace, kind=NETWORK)
    return Path(folder)


def load(folder: str | os.PathLike[str]) -> LanguageModel:
    """
    Read a pre-trained network from its folder, without TensorFlow.

    Raises BundleError, in one line, if anything in the folder is missing, damaged, or not as seqtext writes it.

    >>> load("no/such/folder")
    Traceback (most recent call last):
    seqtext.errors.BundleError: no pre-trained network at no/such/folder: there is no such folder; make one with \
'seqtext pretrain'
    """
    return read_whole(Path(folder), lambda: _load(Path(folder)), BundleError)


def _load(folder: Path) -> LanguageModel:
    saved = SavedFolder(folder, NETWORK)
    name = NETWORK.manifest
    # A network takes long to make: one from before there was some setting is read, with what is usual for that.
    default: Any = OWN_DEFAULTS
    manifest = saved.checked(name, lambda: from_plain(Manifest, saved.manifest, "network", BundleError, default))
    saved.check_names({VOCABULARY, WEIGHTS})
    raw = saved.read(VOCABULARY, MAX_VOCABULARY_BYTES)
    pipeline = saved.checked(VOCABULARY, lambda: _pipeline(manifest, raw))
    shapes = manifest.spec.weight_shapes()
    expected = {name: ("F32", shape) for name, shape in shapes.items()}
    content = saved.read(WEIGHTS, 4 * manifest.spec.weight_count + MAX_HEADER_BYTES)
    weights = saved.checked(WEIGHTS, lambda: read_arrays(content, expected))
    return LanguageModel(manifest.recipe, manifest.spec, pipeline, weights, manifest.made)


def _pipeline(manifest: Manifest, raw: bytes) -> TextPipeline:
    if "vocabulary" in manifest.pipeline:
        raise ValueError("what prepares the texts is not as seqtext writes it")
    pipeline = TextPipeline.from_dict({**manifest.pipeline, "vocabulary": parse_json(raw)})
    if len(pipeline.vocabulary_) != manifest.spec.vocabulary_size:
        raise ValueError(
            f"it has {len(pipeline.vocabulary_):,} words, the network has {manifest.spec.vocabulary_size:,}"
        )
    return pipeline


def perplexity_words(perplexity: Mapping[str, float]) -> str:
    """
    Return perplexities for people.

    >>> perplexity_words({"forward": 101.26, "backward": 99.0})
    '101.3 forward, 99.0 backward'
    """
    return ", ".join(f"{value:,.1f} {direction}" for direction, value in perplexity.items() if math.isfinite(value))
