"""Downloads: pooch checks and unpacks them; what is here goes on where one broke off."""

import os
import queue
import re
import shutil
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import IO, Any

from seqtext.atomic import only_writer
from seqtext.corpora.catalogue import Corpus
from seqtext.data.files import reason
from seqtext.errors import DownloadError, missing_extra, shortened

# Given up after so many failures in a row, each a second after the one before, and none with a megabyte of gain.
TRIES, PAUSE, GAIN = 4, 1.0, 1 << 20
TIMEOUT = 30.0  # seconds without a byte
PATIENCE = 60.0  # seconds until the answer begins, all redirects included, and between two of its blocks
BLOCK = 1 << 13
Progress = Callable[[int, int], None]


def download(known: Corpus, root: Path, progress: Progress) -> None:
    """Bring a corpus to its first path below ``root``, where it appears only when it is complete."""
    try:
        import pooch
    except ImportError as error:
        raise missing_extra("pooch", "train") from error

    pooch.get_logger().setLevel("WARNING")  # it tells of every download
    target = root / known.paths[0]
    # What may lie about when somebody dies is in one folder. pooch takes a relative path as below that of the archive.
    work = (root / f".{known.name}.fetch").absolute()
    archive, part, unpacked = (work / name for name in ("archive", "part", "unpacked"))
    unpacker = pooch.Unzip if known.url.endswith(".zip") else pooch.Untar
    resume = partial(_resume, known, part, progress)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with only_writer(target):
            if target.exists():  # another one has fetched it meanwhile
                return
            work.mkdir(exist_ok=True)
            for left in {*work.iterdir()} - {archive, part}:
                left.unlink() if left.is_file() else shutil.rmtree(left)
            try:
                pooch.retrieve(known.url, known.checksum, archive.name, work, None, resume)
                _unpack(known, archive, unpacker([target.name], unpacked), unpacked / target.name)
                os.replace(unpacked / target.name, target)
                archive.unlink()
            finally:
                shutil.rmtree(unpacked, ignore_errors=True)
                with suppress(OSError):  # it is kept if there is something to go on with
                    work.rmdir()
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


def _unpack(known: Corpus, archive: Path, unpacker: Any, unpacked: Path) -> None:
    """Bring what is wanted of ``archive`` to ``unpacked``; remove an archive of which that cannot be done."""
    try:
        unpacker(str(archive), "download", None)
        if unpacked.exists():
            return
        found = f"it holds no {unpacked.name}"
    except Exception as error:  # whatever zip, tar and their compressions raise
        if isinstance(error, OSError) and error.errno is not None:
            raise
        found = one_line(error)
    archive.unlink()
    raise DownloadError(
        f"the archive of {known.name} cannot be unpacked: {found}; it was removed; see {known.homepage} for a newer one"
    )


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
    with closing(_arriving(url, headers)) as arriving:
        response = next(arriving)
        response.raise_for_status()
        if response.status_code != requests.codes.partial_content:  # this server always sends everything
            file.truncate(file.seek(0))
        _check(known, response, file.tell())
        for block in arriving:  # of a block that breaks off nothing is kept
            file.write(block)
            progress(file.tell(), known.size)
            if file.tell() > known.size:
                return  # pooch will refuse it
    if file.tell() < known.size:
        raise requests.ConnectionError(f"the connection ended after {file.tell():,} of {known.size:,} bytes")


def _arriving(url: str, headers: dict[str, str]) -> Generator[Any, None, None]:
    """
    Yield the response, then its blocks; a RequestException says what is wrong, and where one is not there in time.

    A thread waits for them: the timeout of a socket begins anew with every byte, and every line before the answer.
    """
    import requests

    arrived: queue.Queue[Any] = queue.Queue(4)
    is_over = threading.Event()

    def give(value: Any) -> bool:
        while not is_over.is_set():
            with suppress(queue.Full):
                arrived.put(value, timeout=0.1)
                return True
        return False

    def receive() -> None:
        try:
            with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
                if give(response):
                    all(map(give, response.iter_content(BLOCK)))
            give(None)
        except requests.RequestException as error:
            give(error)
        except Exception as error:  # headers and addresses that no library expects
            give(requests.ConnectionError(f"the answer makes no sense ({one_line(error)})"))

    threading.Thread(target=receive, daemon=True).start()
    try:
        value: Any = None
        while True:
            try:
                value = arrived.get(timeout=PATIENCE)
            except queue.Empty:
                value = requests.ConnectionError(
                    f"more than {PATIENCE:g} s for an answer, or for {BLOCK >> 10} kB of it"
                )
            if value is None:
                return
            if isinstance(value, Exception):
                raise value
            yield value
    finally:
        is_over.set()


def _check(known: Corpus, response: Any, have: int) -> None:
    """Refuse a redirect that leaves https, and a file of another size before it is downloaded."""
    ways = [one.url for one in (*response.history, response)]
    length = str(response.headers.get("Content-Length", known.size - have))
    size = have + (int(length) if re.fullmatch("[0-9]{1,18}", length) else 0)
    if ways[0].startswith("https:") and not all(way.startswith("https:") for way in ways):
        problem = f"is redirected to {shortened(ways[-1])}, which is not https"
    elif size != known.size:
        problem = f"has {size:,} bytes, where {known.name} has {known.size:,}: it was replaced"
    else:
        return
    raise DownloadError(f"{known.url} {problem}, or a proxy answers in its place; see {known.homepage}")


def _given_up(known: Corpus, error: BaseException, have: int) -> DownloadError:
    """Return one line about the bottom of a chain of errors, which is what broke."""
    while error.__context__:
        error = error.__context__
    kept = f" ({have:,} bytes are kept, and it continues there)" if have else ""
    return DownloadError(
        f"cannot download {known.name} from {known.url.split('/')[2]}: {one_line(error)}; check the network, or on "
        f"{known.homepage} whether it has moved, then run 'seqtext corpora fetch {known.name}' again{kept}"
    )


def one_line(error: BaseException) -> str:
    """What an error says, of which a part may be a stranger's, in a line without control characters."""
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    folded = " ".join(str(said).split())
    return shortened("".join(one if one.isprintable() else "?" for one in folded), 200)
