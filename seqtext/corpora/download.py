"""
Downloads that are continued, checked and unpacked: from servers and archives that may break off, lie or attack.

Each function leaves either what it promises or a DownloadError of one line.
"""

import hashlib
import http.client
import os
import shutil
import stat
import tarfile
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from seqtext.corpora.catalogue import Corpus
from seqtext.data.files import reason
from seqtext.errors import DownloadError

# (bytes so far, bytes in all or None)
Progress = Callable[[int, int | None], None]

# A download that fails this often in a row, each time without gaining a megabyte, is given up.
TRIES = 4
PAUSE = 0.5
GAIN = 1 << 20
# Bytes a second, over one timeout: less is a server that hangs while it pretends to work.
SLOWEST = 1_000


def download(known: Corpus, part: Path, progress: Progress | None, timeout: float) -> None:
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
    cause = getattr(failure, "reason", None) or failure
    said = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
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
        raise DownloadError(f"cannot write {known.name} to {part.parent}: {reason(error)}") from error


def check_sha256(known: Corpus, part: Path) -> None:
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


def unpack(known: Corpus, archive: Path, target: Path) -> None:
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
            f"cannot unpack {known.name} to {target}: {reason(error)}; "
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
