"""
The catalogue of corpora: where they lie, how they are read, and how they are fetched.

Real corpora are looked for below ``SEQTEXT_DATA``, then below the user's cache folder. A small sample
of each task is installed with the package.
"""

import hashlib
import http.client
import os
import shutil
import stat
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import IO, Any

from seqtext import dataset
from seqtext.dataset import Dataset
from seqtext.errors import DataError, DownloadError, did_you_mean

# (bytes so far, bytes in all or None)
Progress = Callable[[int, int | None], None]

# A download that fails this often in a row, each time without gaining a megabyte, is given up.
TRIES = 4
PAUSE = 0.5
GAIN = 1 << 20
# Bytes a second, over one timeout: less is a server that hangs while it pretends to work.
SLOWEST = 1_000


@dataclass(frozen=True)
class Corpus:
    """
    What is known about one corpus.

    Parameters
    ----------
    paths
        Where it may lie below a cache folder, best first: a file (also .gz, .xz, .zst) or a folder.
        The first one is where ``fetch`` puts it.
    needs
        Files or folders that a folder must contain to count as complete.
    test
        The file with the official test part, beside the training file.
    archive_root
        The folder inside the archive that holds the corpus.
    size, sha256
        Of the archive; ``None`` where no official number is known.
    max_unpacked
        No more than this many bytes are unpacked.
    """

    name: str
    title: str
    licence: str
    citation: str
    paths: tuple[str, ...]
    homepage: str
    task: str | None = None
    sample: str | None = None
    text: str = "text"
    label: str = "label"
    label_names: Mapping[str, str] = field(default_factory=dict)
    test: str | None = None
    needs: tuple[str, ...] = ()
    url: str | None = None
    archive_root: str = ""
    size: int | None = None
    sha256: str | None = None
    max_size: int = 200_000_000
    max_unpacked: int = 600_000_000
    max_files: int = 150_000


CATALOGUE: dict[str, Corpus] = {
    "imdb": Corpus(
        name="imdb",
        title="Large Movie Review Dataset: 25,000 + 25,000 film reviews, negative or positive",
        licence="no explicit licence; the authors ask to be cited; review texts belong to their writers",
        citation='Maas et al. (2011), "Learning Word Vectors for Sentiment Analysis", ACL',
        homepage="https://ai.stanford.edu/~amaas/data/sentiment/",
        task="imdb",
        sample="reviews.csv",
        label_names={"0": "negative", "1": "positive", "neg": "negative", "pos": "positive"},
        paths=("imdb/aclImdb", "imdb/train.jsonl", "aclImdb"),
        test="test.jsonl",
        needs=("train/neg", "train/pos", "test/neg", "test/pos"),
        url="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
        archive_root="aclImdb",
        size=84_125_825,
        sha256="c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
    ),
    "gop_debate": Corpus(
        name="gop_debate",
        title="First GOP Debate Twitter Sentiment: 13,871 tweets, Negative, Neutral or Positive",
        licence="CC BY-NC-SA 4.0 as listed by Kaggle; tweets are subject to the terms of Twitter/X",
        citation='CrowdFlower (2015), "First GOP Debate Twitter Sentiment", Data for Everyone',
        homepage="https://www.kaggle.com/datasets/crowdflower/first-gop-debate-twitter-sentiment",
        task="sentiment",
        sample="tweets.csv",
        label="sentiment",
        paths=("gop_debate/Sentiment.csv",),
    ),
    "spooky": Corpus(
        name="spooky",
        title="Spooky Author Identification: 19,579 sentences by Poe (EAP), Shelley (MWS), Lovecraft (HPL)",
        licence="Kaggle competition rules; the texts are in the public domain",
        citation='Kaggle (2017), "Spooky Author Identification"',
        homepage="https://www.kaggle.com/c/spooky-author-identification/data",
        task="authors",
        sample="authors.csv",
        label="author",
        paths=("spooky/train.csv",),
    ),
    "wordnet": Corpus(
        name="wordnet",
        title="WordNet 3.0, the dictionary that the lemmatiser looks words up in",
        licence="WordNet licence (Princeton University)",
        citation="Fellbaum (1998), WordNet: An Electronic Lexical Database, MIT Press",
        homepage="https://wordnet.princeton.edu/",
        paths=("wordnet", "nltk/wordnet", "corpora/wordnet"),
        needs=tuple(f"{kind}.{part}" for kind in ("index", "data") for part in ("noun", "verb", "adj", "adv")),
        url="https://raw.githubusercontent.com/nltk/nltk_data/gh-pages/packages/corpora/wordnet.zip",
        archive_root="wordnet",
        max_size=50_000_000,
        max_unpacked=200_000_000,
        max_files=200,
    ),
}

TASKS = {corpus.task: corpus.name for corpus in CATALOGUE.values() if corpus.task}


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
            for suffix in ("", *dataset.COMPRESSIONS):
                file = path.with_name(path.name + suffix)
                if file.is_file() and (known.test is None or _test_file(known, file)):
                    yield file
        elif path.is_dir() and all((path / needed).exists() for needed in known.needs):
            yield path


def _test_file(known: Corpus, train: Path) -> Path | None:
    candidates = (train.with_name(f"{known.test}{suffix}") for suffix in ("", *dataset.COMPRESSIONS))
    return next((path for path in candidates if path.is_file()), None)


def sample_path(name: str) -> Path:
    """Where the bundled sample of a corpus lies."""
    known = corpus(name)
    if known.sample is None:
        raise DataError(f"{known.name} has no bundled sample; run 'seqtext corpora fetch {known.name}'")
    # From a checkout without an install the samples lie in the repository's own folder.
    folders = [Path(__file__).resolve().parent.parent / "corpora"]
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


# -------------------------------------------------------------------------------------------- fetching


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
            f"and put it at {place} (or with one of {', '.join(dataset.COMPRESSIONS)})"
        )
    root = Path(root or cache_root())
    target = root / known.paths[0]
    if target.exists():
        raise DownloadError(f"{target} is there but is not a complete copy of {known.name}; move or remove it")
    part = root / f".{known.name}.part"
    _download(known, part, progress, timeout)
    _check_sha256(known, part)
    _unpack(known, part, target)
    part.unlink()
    return target


def _download(known: Corpus, part: Path, progress: Progress | None, timeout: float) -> None:
    """Bring ``part`` to its full size, in as many tries as it takes while there is progress."""
    failures, has_begun = 0, False
    while True:
        before = _size(part)
        try:
            _continue(known, part, progress, timeout)
            return
        except urllib.error.HTTPError as error:
            error.close()
            if error.code < 500 and error.code not in (408, 429):
                raise DownloadError(
                    f"cannot download {known.name}: the server answers {error.code} {error.reason} for {known.url}; "
                    f"nothing was changed; the file may have moved: see {known.homepage}"
                ) from error
            failure: Exception = error
        except (OSError, http.client.HTTPException) as error:
            failure = error
        gained = _size(part) - before
        has_begun = has_begun or gained > 0
        failures = 0 if gained >= GAIN else failures + 1
        # A URLError proper: there was no connection at all. Only a network that was there may come back.
        if failures >= TRIES or (type(failure) is urllib.error.URLError and not has_begun):
            raise _no_download(known, part, failure) from failure
        time.sleep(PAUSE * 2**failures)


def _no_download(known: Corpus, part: Path, failure: Exception) -> DownloadError:
    reason = getattr(failure, "reason", None) or failure
    said = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    kept = f" ({_size(part):,} bytes are kept, and it continues there)" if _size(part) else ""
    return DownloadError(
        f"cannot download {known.name} from {urllib.parse.urlsplit(known.url).netloc!s}: {' '.join(said.split())}; "
        f"nothing was changed; check the network, then run 'seqtext corpora fetch {known.name}' again{kept}"
    )


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


class _SameSecurity(urllib.request.HTTPRedirectHandler):
    """Follow redirects, but never from https to a connection that anybody can tamper with."""

    def redirect_request(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str) -> Any:
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise urllib.error.HTTPError(req.full_url, 403, f"redirect to {newurl}, which is not https", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _continue(known: Corpus, part: Path, progress: Progress | None, timeout: float) -> None:
    """Append what is missing to ``part``; an OSError or HTTPException says that it is worth another try."""
    have = _size(part)
    if known.size is not None and have >= known.size:
        if have == known.size:
            return
        part.unlink()
        have = 0
    with _request(known, part, have, timeout) as response:
        if response is None:
            return
        if response.status != 206:
            have = 0  # the server does not know Range: it sends everything
        total = _announced(response, have)
        _check_announced(known, total)
        with _local(known, part):
            part.parent.mkdir(parents=True, exist_ok=True)
            file = open(part, "ab" if have else "wb")  # noqa: SIM115
        try:
            done = _copy_response(known, response, file, have, total, progress, timeout)
        finally:
            with _local(known, part):
                file.close()
    expected = known.size or total
    if expected is not None and done < expected:
        raise ConnectionError(f"the connection ended after {done:,} of {expected:,} bytes")


@contextmanager
def _request(known: Corpus, part: Path, have: int, timeout: float) -> Iterator[http.client.HTTPResponse | None]:
    """Ask for everything after ``have`` bytes; ``None`` says that there is nothing more."""
    assert known.url is not None
    headers = {"User-Agent": "seqtext", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    opener = urllib.request.build_opener(_SameSecurity)
    try:
        response = opener.open(urllib.request.Request(known.url, headers=headers), timeout=timeout)
    except urllib.error.HTTPError as error:
        if error.code != 416:
            raise
        error.close()
        if known.size is None and error.headers.get("Content-Range") == f"bytes */{have}":
            yield None
            return
        part.unlink()
        raise ConnectionError("the server refuses to continue the download") from error
    with response:
        if response.status == 206 and not _begins_at(response, have):
            part.unlink(missing_ok=True)
            raise ConnectionError("the server continues the download at another place")
        yield response


def _begins_at(response: http.client.HTTPResponse, have: int) -> bool:
    return (response.headers.get("Content-Range") or "").startswith(f"bytes {have}-")


def _announced(response: http.client.HTTPResponse, have: int) -> int | None:
    """How many bytes the whole file has, as the server says."""
    length = response.headers.get("Content-Length", "")
    return have + int(length) if length.isdigit() else None


def _check_announced(known: Corpus, total: int | None) -> None:
    if total is None:
        return
    if known.size is not None and total != known.size:
        raise DownloadError(
            f"{known.url} has {total:,} bytes, where {known.name} has {known.size:,}: it was replaced, or a proxy "
            f"answers in its place; nothing was changed; see {known.homepage}"
        )
    if total > known.max_size:
        raise _too_large(known, total)


def _too_large(known: Corpus, size: int) -> DownloadError:
    most = known.size or known.max_size
    return DownloadError(
        f"{known.url} sends {size:,} bytes or more, where at most {most:,} are expected; it was not kept; "
        f"see {known.homepage}"
    )


def _copy_response(
    known: Corpus,
    response: http.client.HTTPResponse,
    file: IO[bytes],
    done: int,
    total: int | None,
    progress: Progress | None,
    timeout: float,
) -> int:
    began, at_beginning = time.monotonic(), done
    while block := response.read1(1 << 16):
        done += len(block)
        if done > (known.size or known.max_size):
            Path(file.name).unlink()
            raise _too_large(known, done)
        with _local(known, Path(file.name)):
            file.write(block)
        if progress:
            progress(done, known.size or total)
        if (now := time.monotonic()) - began > timeout:
            if done - at_beginning < SLOWEST * (now - began):
                raise TimeoutError(f"less than {SLOWEST:,} bytes a second")
            began, at_beginning = now, done
    return done


@contextmanager
def _local(known: Corpus, part: Path) -> Iterator[None]:
    """Tell a failing disk from a failing network: another try does not help, so nothing is kept."""
    try:
        yield
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise DownloadError(f"cannot write {known.name} to {part.parent}: {dataset.reason(error)}") from error


def _check_sha256(known: Corpus, part: Path) -> None:
    if known.sha256 is None:
        return
    with open(part, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != known.sha256:
        part.unlink()
        raise DownloadError(
            f"what {known.url} sent is not {known.name}: its sha256 is {found[:16]}..., expected "
            f"{known.sha256[:16]}...; it was removed; try again, on another network if it stays so"
        )


# ------------------------------------------------------------------------------------------- unpacking


def _unpack(known: Corpus, archive: Path, target: Path) -> None:
    """Unpack into a temporary folder beside ``target``, check what is there, and rename it."""
    with _local(known, archive):
        temporary = Path(tempfile.mkdtemp(prefix=f".{known.name}.", dir=archive.parent))
    try:
        members = _zip_members if known.url and known.url.endswith(".zip") else _tar_members
        _write_members(known, members(known, archive), temporary)
        complete = temporary / known.archive_root
        lacking = [needed for needed in known.needs if not (complete / needed).exists()]
        if lacking:
            raise DownloadError(f"the archive of {known.name} lacks {', '.join(lacking)}; it was removed; try again")
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(complete, target)
    except DownloadError:
        archive.unlink(missing_ok=True)
        raise
    except OSError as error:
        # gzip reports damage without a number; the others say that a name is a file and a folder as well.
        if error.errno is None or isinstance(error, FileExistsError | NotADirectoryError):
            raise _damaged(known, archive, error) from error
        raise DownloadError(
            f"cannot unpack {known.name} to {target}: {dataset.reason(error)}; "
            f"the download is kept as {archive}, and the next try begins with it"
        ) from error
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise _damaged(known, archive, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _damaged(known: Corpus, archive: Path, error: Exception) -> DownloadError:
    archive.unlink(missing_ok=True)
    return DownloadError(f"the archive of {known.name} is damaged ({error}); it was removed; try again")


Member = tuple[str, int, IO[bytes] | None]  # name, size, contents (None for a folder)


def _tar_members(known: Corpus, archive: Path) -> Iterator[Member]:
    import gzip

    with gzip.open(archive) as packed:
        metered: Any = _Metered(known, packed)
        tar = tarfile.open(fileobj=metered, mode="r|")  # noqa: SIM115 (a stream: there is nothing to close)
        for member in tar:
            if not (member.isreg() or member.isdir()) or member.issparse():
                raise _hostile(known, f"{member.name!r} is a link or a device")
            yield member.name, member.size, None if member.isdir() else tar.extractfile(member)
        # tarfile takes a damaged header for the end; the checksum at the real end tells.
        while metered.read(1 << 16):
            pass


class _Metered:
    """Unpacked data as it is read, up to a bound: headers can be bombs as well as contents."""

    def __init__(self, known: Corpus, packed: Any) -> None:
        self.known, self.packed, self.left = known, packed, known.max_unpacked

    def read(self, size: int) -> bytes:
        data = self.packed.read(size)
        self.left -= len(data)
        if self.left < 0:
            raise _hostile(self.known, f"it unpacks to more than {self.known.max_unpacked:,} bytes")
        return data


def _zip_members(known: Corpus, archive: Path) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise _hostile(known, f"{member.filename!r} is a link or a device")
            if member.is_dir():
                yield member.filename, 0, None
            else:
                with packed.open(member) as contents:
                    yield member.filename, member.file_size, contents


def _write_members(known: Corpus, members: Iterator[Member], folder: Path) -> None:
    left = known.max_unpacked
    for count, (name, size, contents) in enumerate(members, 1):
        left -= size
        if count > known.max_files:
            raise _hostile(known, f"it holds more than {known.max_files:,} files")
        if left < 0:
            raise _hostile(known, f"it unpacks to more than {known.max_unpacked:,} bytes")
        path = folder.joinpath(*_safe_parts(known, name))
        if contents is None:
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            raise _hostile(known, f"{name!r} is there twice")
        with open(path, "xb") as file:
            shutil.copyfileobj(contents, file)


def _safe_parts(known: Corpus, name: str) -> list[str]:
    """
    The folders and the name of a member, or a refusal if it could lead out of the folder.

    Backslashes and colons are separators and drives on Windows.
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    leads_out = name.startswith("/") or ".." in parts or any(sign in name for sign in "\\:\0")
    if leads_out or len(parts) > 8 or max(map(len, name.encode().split(b"/"))) > 200:
        raise _hostile(known, f"the name {name[:100]!r} leads out of its folder")
    return parts


def _hostile(known: Corpus, why: str) -> DownloadError:
    return DownloadError(f"the archive of {known.name} is refused, because {why}; nothing was unpacked")
