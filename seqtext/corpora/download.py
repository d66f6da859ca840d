"""Downloads: pooch checks and unpacks them; what is here goes on where one broke off."""

import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, Any

from seqtext.corpora.catalogue import Corpus
from seqtext.data.files import reason
from seqtext.errors import DownloadError, missing_extra

# Given up after so many failures in a row, each a second after the one before, and none with a megabyte of gain.
TRIES, PAUSE, GAIN = 4, 1.0, 1 << 20
TIMEOUT = 30.0  # seconds without an answer
Progress = Callable[[int, int], None]


def download(known: Corpus, root: Path, progress: Progress) -> None:
    """Bring a corpus to its first path below ``root``, where it appears only when it is complete."""
    try:
        import pooch
    except ImportError as error:
        raise missing_extra("pooch", "train") from error

    pooch.get_logger().setLevel("WARNING")  # it tells of every download
    target, archive = root / known.paths[0], root / f".{known.name}.archive"
    unpacker = pooch.Unzip if known.url.endswith(".zip") else pooch.Untar
    resume = partial(_resume, known, root / f".{known.name}.part", progress)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{known.name}.", dir=root) as temporary:
            pooch.retrieve(known.url, known.checksum, archive.name, root, unpacker([target.name], temporary), resume)
            os.replace(Path(temporary, target.name), target)
        archive.unlink()
    except ValueError as error:
        raise DownloadError(
            f"what {known.url} sent is not {known.name}: {str(error).split('. ')[0]}; it was removed; "
            "try again, on another network if it stays so"
        ) from error
    except OSError as error:
        raise DownloadError(
            f"cannot write {known.name} to {root}: {reason(error)}; SEQTEXT_DATA names another folder; "
            "what was downloaded is kept for the next try"
        ) from error


def _resume(known: Corpus, part: Path, progress: Progress, url: str, output_file: str, _: Any) -> None:
    """Bring ``part`` to its full size in as many tries as it takes, and move it to where pooch wants it."""
    import requests

    failures = 0
    with open(part, "ab") as file:
        while (before := file.tell()) < known.size:
            try:
                _append(known, url, file, progress)
            except requests.RequestException as error:
                failures = failures + 1 if file.tell() - before < GAIN else 0
                if failures == TRIES:
                    raise _given_up(known, error, file.tell()) from error
                time.sleep(PAUSE)
    os.replace(part, output_file)


def _append(known: Corpus, url: str, file: IO[bytes], progress: Progress) -> None:
    """Append to ``file`` what the server has beyond it."""
    import requests

    headers = {"Range": f"bytes={file.tell()}-", "Accept-Encoding": "identity"}
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
        response.raise_for_status()
        if response.status_code != requests.codes.partial_content:  # this server always sends everything
            file.truncate(file.seek(0))
        _check(known, response, file.tell())
        for block in response.iter_content(1 << 13):  # of a block that breaks off nothing is kept
            file.write(block)
            progress(file.tell(), known.size)
            if file.tell() > known.size:
                return  # pooch will refuse it
    if file.tell() < known.size:
        raise requests.ConnectionError(f"the connection ended after {file.tell():,} of {known.size:,} bytes")


def _check(known: Corpus, response: Any, have: int) -> None:
    """Refuse a redirect that leaves https, and a file of another size before it is downloaded."""
    ways = [one.url for one in (*response.history, response)]
    size = have + int(response.headers.get("Content-Length", known.size - have))
    if ways[0].startswith("https:") and not all(way.startswith("https:") for way in ways):
        problem = f"is redirected to {ways[-1]}, which is not https"
    elif size != known.size:
        problem = f"has {size:,} bytes, where {known.name} has {known.size:,}: it was replaced"
    else:
        return
    raise DownloadError(f"{known.url} {problem}, or a proxy answers in its place; see {known.homepage}")


def _given_up(known: Corpus, error: BaseException, have: int) -> DownloadError:
    """Return one line about the bottom of a chain of errors, which is what broke."""
    while error.__context__:
        error = error.__context__
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    kept = f" ({have:,} bytes are kept, and it continues there)" if have else ""
    return DownloadError(
        f"cannot download {known.name} from {known.url.split('/')[2]}: {said}; check the network, or on "
        f"{known.homepage} whether it has moved, then run 'seqtext corpora fetch {known.name}' again{kept}"
    )
