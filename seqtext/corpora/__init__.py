"""
Corpora by name: found, loaded and fetched.

Real corpora are looked for below ``SEQTEXT_DATA``, then below the user's cache folder. A small sample
of each task is installed with the package. What is known about each is in ``catalogue``.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from seqtext.corpora.catalogue import CATALOGUE, TASKS, Corpus
from seqtext.corpora.download import Progress, check_sha256, unpack
from seqtext.corpora.download import download as download_archive
from seqtext.data import dataset
from seqtext.data.dataset import Dataset
from seqtext.data.files import COMPRESSIONS
from seqtext.errors import DataError, DownloadError, did_you_mean


@dataclass(frozen=True)
class Parts:
    """A corpus as read: the columns "text" and "label" of its parts, beside any others that it has."""

    train: Dataset
    test: Dataset | None
    name: str
    is_sample: bool
    path: Path


@dataclass(frozen=True)
class Status:
    """
    One line of ``seqtext corpora list``.

    Parameters
    ----------
    path, sample
        Where the real corpus was found, and where the bundled sample lies; ``None`` if there is none.
    is_fetchable
        Whether ``fetch`` can download it without a login.
    is_verified
        Whether a sha256 is known. Without one, a download is checked for its size and its files only.
    size
        Bytes to download, if known.
    """

    name: str
    title: str
    task: str | None
    path: Path | None
    sample: Path | None
    is_fetchable: bool
    is_verified: bool
    size: int | None
    licence: str
    homepage: str


def corpus(name: str) -> Corpus:
    """
    Look up a corpus by its own name or by its task.

    >>> corpus("authors").name
    'spooky'
    """
    known = CATALOGUE.get(TASKS.get(name, name))
    if known is None:
        names = [*CATALOGUE, *TASKS]
        raise DataError(f"no corpus {name!r}; choose from {', '.join(CATALOGUE)}{did_you_mean(name, names)}")
    return known


def cache_roots() -> list[Path]:
    """The folders where corpora are looked for: ``SEQTEXT_DATA`` if it is set, then the user's cache."""
    roots = [_user_cache()]
    if chosen := os.environ.get("SEQTEXT_DATA"):
        roots.insert(0, Path(chosen).expanduser())
    return roots


def _user_cache() -> Path:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "seqtext"


def find(name: str) -> Path | None:
    """Where the real corpus lies: a file or a folder; ``None`` if it is in no cache folder."""
    known = corpus(name)
    return next((path for root in cache_roots() for path in _places(known, root)), None)


def _places(known: Corpus, root: Path) -> Iterator[Path]:
    """The complete copies of a corpus below ``root``."""
    for relative in known.paths:
        path = root / relative
        if path.suffix:
            for suffix in ("", *COMPRESSIONS):
                file = path.with_name(path.name + suffix)
                if file.is_file() and (known.test is None or _test_file(known, file)):
                    yield file
        elif path.is_dir() and all((path / needed).exists() for needed in known.needs):
            yield path


def _test_file(known: Corpus, train: Path) -> Path | None:
    candidates = (train.with_name(f"{known.test}{suffix}") for suffix in ("", *COMPRESSIONS))
    return next((path for path in candidates if path.is_file()), None)


def sample_path(name: str) -> Path:
    """Where the bundled sample of a corpus lies."""
    known = corpus(name)
    if known.sample is None:
        raise DataError(f"{known.name} has no bundled sample; run 'seqtext corpora fetch {known.name}'")
    # From a checkout without an install the samples lie in the repository's own folder.
    folders = [Path(__file__).resolve().parents[2] / "corpora"]
    with suppress(ModuleNotFoundError):
        folders.insert(0, Path(str(resources.files("seqtext.sample_corpora") / known.sample)).parent)
    for folder in folders:
        if (folder / known.sample).is_file():
            return folder / known.sample
    raise DataError(f"the bundled sample {known.sample} is missing from this installation; install seqtext again")


def load(name: str, *, sample: bool = False) -> Parts:
    """
    Read a corpus: the real one if it is in a cache folder, else (or with ``sample=True``) the bundled sample.

    Labels are those of the file, save that IMDB's numbers become names. Unlabelled rows are left out.
    """
    known = corpus(name)
    if known.task is None:
        raise DataError(f"{known.name} is a resource without labels, so nothing can be trained on it")
    path = None if sample else find(name)
    if path is None:
        path = sample_path(name)
        return Parts(_labelled(dataset.read(path), known), None, known.name, True, path)
    if path.is_dir():
        train, test = (_read_tree(path, part, known) for part in ("train", "test"))
        return Parts(train, test, known.name, False, path)
    test_file = _test_file(known, path) if known.test else None
    test_rows = _labelled(dataset.read(test_file), known) if test_file else None
    return Parts(_labelled(dataset.read(path), known), test_rows, known.name, False, path)


def _read_tree(folder: Path, part: str, known: Corpus) -> Dataset:
    """
    One part of a tree part/label/text.txt, without its unlabelled texts.

    Labels come last to first ("pos" before "neg"), as in the other published forms of IMDB: the same
    rows in the same order, so the same seed gives the same model whichever form is there.
    """
    rows = dataset.read_folder(folder / part, skip=("unsup",))
    labels = rows.column(known.label)
    order = sorted(range(len(rows)), key=lambda row: labels[row] or "", reverse=True)
    # sorted with reverse=True keeps the order of equal labels
    ordered = rows.take(order)
    columns = dict(ordered.columns)
    columns["path"] = [f"{part}/{path}" for path in ordered.column("path")]
    columns["part"] = [part] * len(rows)
    return _labelled(Dataset(columns, str(folder)), known)


def _labelled(rows: Dataset, known: Corpus) -> Dataset:
    """Rename the columns to "text" and "label", name the labels, and drop rows without one."""
    texts, labels = rows.column(known.text), rows.column(known.label)
    names = [known.label_names.get(label, label) if label else None for label in labels]
    unlabelled = {"-1"} if known.label_names else set()
    others = {
        name: values for name, values in rows.columns.items() if name not in (known.text, known.label, "text", "label")
    }
    found = Dataset({"text": texts, "label": names, **others}, rows.source)
    return found.take([row for row, label in enumerate(names) if label and label not in unlabelled])


def status(name: str) -> Status:
    """What ``seqtext corpora list`` says about a corpus."""
    known = corpus(name)
    sample = None
    if known.sample:
        with suppress(DataError):
            sample = sample_path(name)
    return Status(
        name=known.name,
        title=known.title,
        task=known.task,
        path=find(name),
        sample=sample,
        is_fetchable=known.url is not None,
        is_verified=known.sha256 is not None,
        size=known.size,
        licence=known.licence,
        homepage=known.homepage,
    )


def cache_root() -> Path:
    """The folder that ``fetch`` writes to: the first of :func:`cache_roots` that can be written."""
    roots = cache_roots()
    for root in roots:
        existing = next(path for path in (root, *root.absolute().parents) if path.exists())
        if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
            return root
    tried = " nor ".join(str(root) for root in roots)
    raise DownloadError(f"cannot write to {tried}; set SEQTEXT_DATA to a folder that you can write to")


def fetch(
    name: str,
    *,
    root: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    timeout: float = 30.0,
) -> Path:
    """
    Download a corpus, check it, unpack it, and give the folder where it lies; at once if it is there already.

    A broken download is continued, by this call and by the next one. The folder appears under its name
    only when it is complete.

    Parameters
    ----------
    root
        The folder to write to; by default :func:`cache_root`.
    progress
        Called with the bytes that are there and the bytes in all (``None`` if unknown).
    timeout
        Seconds without an answer, or with less than a kilobyte a second, after which a connection is given up.

    Raises
    ------
    DownloadError
        If the corpus cannot be had without a login, or the download, its size, its sha256 or its
        contents are not what they should be.
    """
    known = corpus(name)
    found = find(name) if root is None else next(_places(known, Path(root)), None)
    if found is not None:
        return found
    if known.url is None:
        place = Path(root or cache_root()) / known.paths[0]
        raise DownloadError(
            f"{known.name} cannot be fetched without a login; download {place.name} from {known.homepage} "
            f"and put it at {place} (or with one of {', '.join(COMPRESSIONS)})"
        )
    root = Path(root or cache_root())
    target = root / known.paths[0]
    if target.exists():
        raise DownloadError(f"{target} is there but is not a complete copy of {known.name}; move or remove it")
    part = root / f".{known.name}.part"
    download_archive(known, part, progress, timeout)
    check_sha256(known, part)
    unpack(known, part, target)
    part.unlink()
    return target
