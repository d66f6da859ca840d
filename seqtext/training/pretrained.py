"""Embeddings that start from pretrained word vectors."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtext import corpora
from seqtext.errors import DataError, RecipeError
from seqtext.models.spec import ModelSpec
from seqtext.preprocess import load_vectors
from seqtext.training.progress import Progress

if TYPE_CHECKING:
    import keras

# Vectors of GloVe are some times as long as the embeddings that recurrent layers start well from.
SHRINK = 2.5


def find_vectors(name: str) -> Path:
    """Return the file of vectors called ``name``: a path, or a name of the catalogue that has been fetched."""
    if Path(name).is_file():
        return Path(name)
    if name not in corpora.CATALOGUE:
        raise DataError(f"there are no vectors {name!r}: neither a file nor a name of 'seqtext corpora list'")
    found = corpora.find(name)
    if found is None:
        raise DataError(f"the vectors {name!r} are not here; get them with 'seqtext corpora fetch {name}'")
    return found


def with_vectors(
    spec: ModelSpec, preparers: Mapping[str, Any], *, seed: int, progress: Progress
) -> tuple[ModelSpec, dict[str, np.ndarray]]:
    """
    Return the model with embeddings as wide as the vectors, and what these embeddings start from, by weight name.

    Parameters
    ----------
    spec
        The model; its recurrent encoders say which vectors they want.
    preparers
        Fitted, by input name: only the vectors of their words are kept.
    seed
        Of the rows of words without a vector.
    progress
        Who is told how many words have a vector.
    """
    inputs, start = [], {}
    for part in spec.inputs:
        encoders = []
        for path, encoder in getattr(part, "parts", {}).items():
            place = f"{path}/embedding/embeddings"
            if getattr(encoder, "vectors", "") and place not in start:
                words = known_words(preparers[part.name])
                vectors = load_vectors(find_vectors(encoder.vectors), words, seed=seed)
                if not vectors.found.any():
                    raise RecipeError(
                        f"{encoder.vectors} has no vector of any word of {part.name!r}; is it lower case?"
                    )
                matrix = vectors.matrix.copy()
                matrix[vectors.found] /= SHRINK
                start[place] = matrix
                progress.say(
                    f"{part.name}: {vectors.share_of_words:.0%} of the words have a vector in {encoder.vectors}"
                )
            if place in start:  # by this text, or by one before it that shares its encoders
                encoder = dataclasses.replace(encoder, embedding_dim=start[place].shape[1])
            encoders.append(encoder)
        inputs.append(dataclasses.replace(part, encoders=tuple(encoders)) if encoders else part)
    return dataclasses.replace(spec, inputs=tuple(inputs)), start


def known_words(preparer: Any) -> list[str]:
    """Return the words that the sequence of a text knows, in the order of their ids; none of what is no text."""
    words: list[str] = getattr(preparer, "sequence_vocabulary", getattr(preparer, "vocabulary_", []))
    return words


def in_half(start: Mapping[str, np.ndarray], spec: ModelSpec, half: ModelSpec) -> dict[str, np.ndarray]:
    """Return arrays named as in ``spec`` under the names of the half without its wide bags, which counts anew."""
    names: dict[str, str] = {}
    for part in half.inputs:
        whole = next(one for one in spec.inputs if one.name == part.name)
        kept = [path for path, one in getattr(whole, "parts", {}).items() if one in getattr(part, "encoders", ())]
        names |= dict(zip(kept, getattr(part, "parts", {}), strict=True))
    return {
        f"{names[path]}{name.removeprefix(path)}": array
        for name, array in start.items()
        for path in names
        if name.startswith(f"{path}/")
    }


def start_from(model: "keras.Model", spec: ModelSpec, start: Mapping[str, np.ndarray]) -> None:
    """Put the arrays of `with_vectors` into a Keras model; what it has beyond them in any direction stays fresh."""
    import keras

    from seqtext.models.build import variables

    found = variables(model, spec)
    for name, array in start.items():
        whole = np.array(keras.ops.convert_to_numpy(found[name]))
        whole[tuple(map(slice, array.shape))] = array
        found[name].assign(whole)
