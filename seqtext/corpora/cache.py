"""Where corpora lie: the folders they are looked for in, those that are there, and fetching the others."""

import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from seqtext.corpora.catalogue import corpus
from seqtext.data.files import COMPRESSIONS, cache_roots
from seqtext.errors import DataError, DownloadError


def find(name: str) -> Path | None:
    """Return where the real corpus lies, a file or a folder; ``None`` if it is in no cache folder."""
    known = corpus(name)
    for path in (root / relative for root in cache_roots() for relative in known.paths):
        if path.is_dir() and all((path / needed).exists() for needed in known.needs):
            return path
        file = plain_or_compressed(path)
        if file and (known.test is None or plain_or_compressed(path.with_name(known.test))):
            return file
    return None


def plain_or_compressed(path: Path) -> Path | None:
    """Return the file that there is: ``path``, or the same with .gz, .xz or .zst."""
    candidates = (path.with_name(path.name + suffix) for suffix in ("", *COMPRESSIONS))
    return next((file for file in candidates if file.is_file()), None)


def sample_path(name: str) -> Path:
    """Return where the bundled sample of a corpus lies."""
    known = corpus(name)
    if known.sample is None:
        raise DataError(f"{known.name} has no bundled sample; run 'seqtext corpora fetch {known.name}'")
    package = Path(__file__).parents[1]
    installed, in_checkout = package / "sample_corpora", package.parent / "corpora"
    return (installed if installed.is_dir() else in_checkout) / known.sample


def status(name: str) -> dict[str, Any]:
    """Return what is known about a corpus, and where it and its sample lie, as ``seqtext corpora list --json`` does."""
    known = corpus(name)
    here = {"path": find(name), "sample": sample_path(name) if known.sample else None}
    return asdict(known) | here | {"is_fetchable": bool(known.url), "size": known.size or None}


def fetch(name: str, *, progress: Callable[[int, int], None] = lambda here, in_all: None) -> Path:
    """Return where the corpus lies; fetch it if need be. ``progress`` gets the bytes that are here, and in all."""
    known = corpus(name)
    if found := find(name):
        return found
    root = _writable_root()
    target = root / known.paths[0]
    if not known.url:
        raise DownloadError(
            f"{known.name} cannot be fetched without a login; download {target.name} from {known.homepage} "
            f"and put it at {target} (or with one of {', '.join(COMPRESSIONS)})"
        )
    if target.exists():
        raise DownloadError(f"{target} is there but is not a complete copy of {known.name}; move or remove it")
    from seqtext.corpora.download import download  # not needed for what is here

    download(known, root, progress)
    return target


def _writable_root() -> Path:
    """Return the first cache folder that can be written; where none can, the first, which the error will name."""
    roots = cache_roots()
    for root in roots:
        existing = next(path for path in (root, *root.absolute().parents) if path.exists())
        if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
            return root
    return roots[0]
