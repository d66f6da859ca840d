"""Corpora by name: found in the cache folders or bundled as samples, loaded, and fetched."""

from seqtext.corpora.cache import cache_roots, fetch, find, sample_path, status
from seqtext.corpora.catalogue import CATALOGUE, corpus, tasks
from seqtext.corpora.read import load

__all__ = ["CATALOGUE", "cache_roots", "corpus", "fetch", "find", "load", "sample_path", "status", "tasks"]
