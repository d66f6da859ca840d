"""Dictionary forms of English words, from WordNet's files on disk."""

import warnings
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from seqtext.data.files import cache_roots
from seqtext.errors import DataError, missing_extra

PARTS = {"noun": "n", "verb": "v", "adjective": "a", "adverb": "r"}
ENDINGS = ("noun", "verb", "adj", "adv")
FILES = (*(name.format(ending) for name in ("index.{}", "data.{}", "{}.exc") for ending in ENDINGS), "lexnames")


@cache
def find_wordnet(*roots: Path) -> Path:
    """Return the folder with WordNet's files below one of ``roots``; a DataError says how to get one."""
    incomplete = ""
    for folder in (root / "wordnet" for root in roots):
        missing = [name for name in FILES if not (folder / name).is_file()]
        if not missing:
            return folder
        if folder.is_dir():
            incomplete = f" ({folder} has no {missing[0]})"
    raise DataError(f"lemmatising needs WordNet, which is not here{incomplete}; run: seqtext corpora fetch wordnet")


@cache
def read_wordnet(folder: Path) -> Any:
    """Return NLTK's reader of the WordNet in ``folder``."""
    try:
        # Slow to import, and not needed to use a model without this step.
        import nltk.data
        from nltk.corpus.reader.wordnet import WordNetCorpusReader
    except ImportError as error:
        raise missing_extra("nltk", "train") from error

    class Reader(WordNetCorpusReader):
        """Without the table to WordNet's other versions, which would be read from NLTK's own data folder."""

        def map_wn(self, version: str = "wordnet") -> None:
            """Map nothing."""

    # NLTK reads only below the folders in this list; everything that is used here is read at once.
    nltk.data.path.append(str(folder))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that there is no multilingual WordNet
            return Reader(str(folder), None)
    except (OSError, ValueError, AssertionError, IndexError, StopIteration) as error:
        raise DataError(
            f"cannot read WordNet in {folder}: {error}; delete that folder and run: seqtext corpora fetch wordnet"
        ) from error
    finally:
        nltk.data.path.remove(str(folder))


@cache
def lemmatiser(folder: Path, part: str) -> Any:
    """Return a function from a lower-case word to its dictionary form, which remembers the words it has seen."""
    forms = read_wordnet(folder)._morphy
    return lru_cache(maxsize=100_000)(lambda word: min(forms(word, PARTS[part]), key=len, default=word))


def lemma(word: str, part: str) -> str:
    """Return the dictionary form of ``word``, read as one part of speech; what WordNet lacks stays as it is."""
    found = lemmatiser(find_wordnet(*cache_roots()), part)(word.lower())
    return word if found == word.lower() else found
