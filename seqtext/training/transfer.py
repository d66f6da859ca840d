"""Models that start from a pre-trained network: its words, its embedding and its cells."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from seqtext import language
from seqtext.errors import RecipeError
from seqtext.language import LanguageModel
from seqtext.models.sides import all_encoders
from seqtext.models.spec import ModelSpec
from seqtext.preprocess import TextPipeline
from seqtext.preprocess.clean import list_steps
from seqtext.preprocess.vectors import first_words
from seqtext.preprocess.vocabulary import RESERVED
from seqtext.recipes import Recipe
from seqtext.training.pretrained import find_vectors, known_words
from seqtext.training.progress import Progress

# So many words that only the network knows are kept for the texts to come: some 10 MB of a model.
EXTRA_WORDS = 20_000
# In the place of a folder: what was pre-trained for this one model, on rows without a label.
UNLABELLED = "unlabelled rows"
# So many times smaller do embeddings start, and the kernels that read them larger: together they compute what they did,
# but a step of the optimizer moves words further, as it does in an embedding that starts from scratch.
SHRINK = 4.0
# What an encoder takes from the network: its arrays have to fit.
WIDTHS = ("embedding_dim", "units")
TAKEN = (*WIDTHS, "cell", "activation")


def load_networks(
    recipe: Recipe, inputs: Iterable[str], known: Mapping[str, LanguageModel] | None = None
) -> dict[str, LanguageModel]:
    """Return the networks that some inputs of a recipe start from, by their folders; ``known`` are not read."""
    known = known or {}
    encoders = all_encoders([recipe.input(name) for name in inputs])
    folders = [one.pretrained for one in encoders if getattr(one, "pretrained", "")]
    if UNLABELLED in folders and UNLABELLED not in known:
        raise RecipeError(
            f"pretrained is {UNLABELLED!r} in this recipe; give --use-unlabelled, or set it to a folder of "
            "'seqtext pretrain'"
        )
    return {folder: known[folder] if folder in known else language.load(folder) for folder in dict.fromkeys(folders)}


def extend_vocabularies(
    recipe: Recipe, preparers: Mapping[str, Any], networks: Mapping[str, LanguageModel], progress: Progress
) -> None:
    """
    Let fitted preparers know the commonest words of networks and of word vectors, too.

    Those stand in no training row, and keep what is known of them until a text has one.

    Parameters
    ----------
    recipe
        Says which encoder starts from which network, or from which vectors.
    preparers
        Fitted, by input name; they change.
    networks
        By their folders.
    progress
        Who is told what was found, and where a network's texts were cleaned differently.
    """
    told = recipe.sharing(preparers)[1:]  # what is said of the first text holds for all that share its words
    for name, preparer in preparers.items():
        for encoder in getattr(recipe.input(name), "encoders", ()):
            if vectors := getattr(encoder, "vectors", ""):
                preparer.extend(first_words(find_vectors(vectors), EXTRA_WORDS))
            if network := networks.get(getattr(encoder, "pretrained", "")):
                before = known_words(preparer)
                known, ours = set(before), set(network.pipeline.vocabulary_[len(RESERVED) :])
                shared = len(ours & known) / max(len(known) - len(RESERVED), 1)
                new = [word for word in network.pipeline.vocabulary_ if word in ours and word not in known]
                preparer.extend(new[:EXTRA_WORDS])
                added = len(known_words(preparer)) - len(before)
                if name in told:
                    continue
                progress.say(
                    f"{name}: starts from {encoder.pretrained} (embedding {network.spec.encoder.embedding_dim}, "
                    f"{network.spec.encoder.summary}): {shared:.0%} of the words are known to it, and {added:,} more "
                    "of its words are kept"
                )
                if problem := different_cleaning(preparer, network.pipeline):
                    progress.say(f"{name}: {problem}; pre-train with --recipe of the same cleaning for more")


def different_cleaning(preparer: Any, theirs: TextPipeline) -> str | None:
    """Return in what the two prepare a text differently, if they do."""
    ours = preparer if isinstance(preparer, TextPipeline) else preparer.pipeline
    steps = [list_steps(one.clean) for one in (ours, theirs)]
    if steps[0] != steps[1]:
        here, there = (", ".join(map(str, one)) or "nothing" for one in steps)
        return f"the texts are cleaned by {here}, the pre-trained network's were by {there}"
    if ours.tokens != theirs.tokens:
        return f"the texts are cut into tokens by {ours.tokens}, the pre-trained network's were by {theirs.tokens}"
    return None


def with_networks(
    spec: ModelSpec, preparers: Mapping[str, Any], networks: Mapping[str, LanguageModel]
) -> tuple[ModelSpec, dict[str, np.ndarray]]:
    """
    Return the model with encoders like the networks that they start from, and what they start from, by weight name.

    Words that a network does not know start like its unknown word.

    Parameters
    ----------
    spec
        The model.
    preparers
        Fitted and extended, by input name.
    networks
        By their folders.
    """
    inputs, start = [], {}
    for part in spec.inputs:
        encoders = []
        for path, encoder in getattr(part, "parts", {}).items():
            if network := networks.get(getattr(encoder, "pretrained", "")):
                encoder = _like(encoder, network)
                place_of = {word: place for place, word in enumerate(network.pipeline.vocabulary_)}
                rows = [place_of.get(word, 1) for word in known_words(preparers[part.name])]
                start[f"{path}/embedding/embeddings"] = network.weights["embedding/embeddings"][rows] / SHRINK
                if encoder.pretrained_layers == "all":
                    start |= {f"{path}/{name}": one for name, one in _cells(encoder, network).items()}
            encoders.append(encoder)
        inputs.append(dataclasses.replace(part, encoders=tuple(encoders)) if encoders else part)
    return dataclasses.replace(spec, inputs=tuple(inputs)), start


def _cells(encoder: Any, network: LanguageModel) -> dict[str, np.ndarray]:
    """The weights of the network's cells, for embeddings that have been shrunk."""
    found: dict[str, np.ndarray] = {}
    for direction in encoder.directions:
        path = encoder.path(0, direction)
        found |= {name: one for name, one in network.weights.items() if name.startswith(f"{path}/")}
        found[f"{path}/kernel"] = found[f"{path}/kernel"] * np.float32(SHRINK)
    return found


def _like(encoder: Any, network: LanguageModel) -> Any:
    """An encoder with the widths of the network; where the network reads one way only, so does the encoder."""
    theirs = network.spec.encoder
    taken = {name: getattr(theirs, name) for name in TAKEN}
    return dataclasses.replace(encoder, **taken, bidirectional=encoder.bidirectional and theirs.bidirectional)
