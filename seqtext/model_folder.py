"""
A folder of files that is there whole or not at all, and is checked before anything in it is used.

``model.json`` lists size and sha256 of the other files and carries a checksum of itself. That finds damage, and
bounds keep a hostile folder from exhausting the machine; what the files mean is checked by who reads them.
"""

import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from seqtext import atomic
from seqtext.errors import BundleError, MissingExtraError, SeqtextError
from seqtext.schema import from_plain, to_plain

T = TypeVar("T")


@dataclass(frozen=True)
class Kind:
    """
    What kind of folder it is.

    Parameters
    ----------
    manifest, format
        The file that lists the others, and the number of its format.
    word, command
        What people call what is in the folder, and the command that writes it.
    """

    manifest: str
    format: int
    word: str
    command: str


FORMAT = 2
MANIFEST = "model.json"
MODEL = Kind(MANIFEST, FORMAT, "model", "seqtext train")
NETWORK = Kind("pretrained.json", 1, "pre-trained network", "seqtext pretrain")
CHECKPOINT = Kind("checkpoint.json", 2, "checkpoint", "seqtext train")
# What each of the others is good for, for who takes it for a model.
REMEDIES = {
    NETWORK: "train a model from it with 'seqtext train --pretrained {folder}'",
    CHECKPOINT: "give the command that wrote it once more, and it goes on",
    MODEL: "classify with it, or pre-train a network with 'seqtext pretrain'",
}
MAX_MANIFEST_BYTES = 32 * 2**20
# A list of lists in a file takes a byte, in memory a hundred.
MAX_JSON_LISTS = 1_000_000
JSON_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
NO_CHECKSUM = "0" * 64
CHECKSUM = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class FileFacts:
    """Size and sha256 of one file of the folder."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Seal:
    """
    What `write` adds to ``model.json``.

    ``checksum`` is the sha256 of the file itself with 64 zeros in the place of the checksum.
    """

    format: int
    checksum: str
    files: dict[str, FileFacts]


# ------------------------------------------------------------------------------------------------- reading


class SavedFolder:
    """
    The files of a model folder, read as far as they are asked for.

    Attributes
    ----------
    manifest
        The content of ``model.json``, whose checksum is right, without what `write` added.
    files
        Size and sha256 of the other files.
    """

    def __init__(self, folder: Path, kind: Kind = MODEL) -> None:
        atomic.restore(folder)
        if not os.path.isdir(folder):  # Path.is_dir raises an OSError where the path cannot be looked at
            found = "that is a file, not a folder" if os.path.exists(folder) else "there is no such folder"
            verb = "train" if kind == MODEL else "make"
            raise BundleError(f"no {kind.word} at {folder}: {found}; {verb} one with '{kind.command}'")
        self.folder, self.kind = folder, kind
        raw = _read(folder / kind.manifest, MAX_MANIFEST_BYTES)
        if raw is None:
            raise BundleError(_what_else(folder, kind))
        data = self.checked(kind.manifest, lambda: _parse_manifest(raw))
        if data.get("format") != kind.format:
            raise BundleError(
                f"{folder / kind.manifest} has the format {data.get('format')!r:.60}, this seqtext reads format "
                f"{kind.format}; install the seqtext that wrote it, or train the {kind.word} again"
            )
        seal = self.checked(kind.manifest, lambda: _check_seal(raw, data, kind))
        self.files = seal.files
        self.manifest = {name: value for name, value in data.items() if name not in vars(seal)}

    def check_names(self, expected: set[str]) -> None:
        """Raise BundleError if ``model.json`` does not list exactly the files that are ``expected``."""
        if set(self.files) != expected:
            raise self.damaged(self.kind.manifest, f"it should list the files {', '.join(sorted(expected))}")

    def read(self, name: str, limit: int) -> bytes:
        """Return the content of a file that has at most ``limit`` bytes and the right size and sha256."""
        facts = self.files[name]
        if not 0 <= facts.bytes <= limit:
            raise self.damaged(
                name, f"{self.kind.manifest} says that it has {facts.bytes:,} bytes, and at most {limit:,} are allowed"
            )
        content = _read(self.folder / name, facts.bytes)
        if content is None:
            raise self.damaged(name, "the file is missing")
        if len(content) != facts.bytes:
            found = "more" if len(content) > facts.bytes else f"{len(content):,}"
            raise self.damaged(name, f"{self.kind.manifest} promises {facts.bytes:,} bytes, the file has {found}")
        if hashlib.sha256(content).hexdigest() != facts.sha256:
            raise self.damaged(name, f"its content does not match the sha256 in {self.kind.manifest}")
        return content

    def checked(self, name: str, make: Callable[[], T]) -> T:
        """Return what ``make`` makes of the file ``name``; whatever is wrong with it is a BundleError of one line."""
        try:
            return make()
        except MissingExtraError:
            raise
        except (SeqtextError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise self.damaged(name, (str(error).splitlines() or [type(error).__name__])[0][:500]) from error

    def damaged(self, name: str, problem: str) -> BundleError:
        """Return the error that says what is wrong with the file ``name``."""
        return BundleError(
            f"{self.folder / name} is damaged: {problem}; copy the {self.kind.word} folder again, or train it again"
        )


def kind_of(folder: Path) -> Kind | None:
    """Return what kind of folder that is, by the file that lists the others; None if there is no such file."""
    return next((kind for kind in (MODEL, NETWORK, CHECKPOINT) if os.path.isfile(folder / kind.manifest)), None)


def _what_else(folder: Path, wanted: Kind) -> str:
    found = kind_of(folder)
    if found:
        return f"{folder} is a {found.word}, not a {wanted.word}; {REMEDIES[found].format(folder=folder)}"
    return f"{folder} is not a {wanted.word}: it has no {wanted.manifest}; give a folder written by '{wanted.command}'"


def _read(path: Path, limit: int) -> bytes | None:
    """One byte more than ``limit`` at most; None if there is no such file."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise BundleError(f"{path} is not an ordinary file; copy the model folder again")
        with path.open("rb") as file:
            return file.read(limit + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}") from error


def _parse_manifest(raw: bytes) -> dict[str, Any]:
    if len(raw) > MAX_MANIFEST_BYTES:
        raise ValueError(f"it is larger than {MAX_MANIFEST_BYTES:,} bytes")
    data = parse_json(raw)
    if not isinstance(data, dict):
        raise ValueError("it does not hold an object")
    return data


def _check_seal(raw: bytes, data: dict[str, Any], kind: Kind) -> Seal:
    stated = data.get("checksum")
    if not isinstance(stated, str) or not CHECKSUM.fullmatch(stated) or raw.count(stated.encode()) != 1:
        raise ValueError("its checksum is missing")
    if hashlib.sha256(raw.replace(stated.encode(), NO_CHECKSUM.encode())).hexdigest() != stated:
        raise ValueError("it does not match its own checksum")
    known = ("format", "checksum", "files")
    return from_plain(Seal, {name: data[name] for name in known if name in data}, kind.manifest, BundleError)


def _lists(raw: bytes) -> int:
    return raw.count(b"[") + raw.count(b"{")


def parse_json(raw: bytes) -> Any:
    """
    Read JSON as the standard has it: no NaN, no key twice in an object, no half of a surrogate pair.

    >>> parse_json(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ValueError: it is not valid JSON (a key stands twice in one object)
    """

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON number")

    def as_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("a key stands twice in one object")
        return found

    if _lists(raw) > MAX_JSON_LISTS and _lists(JSON_TEXT.sub(b"", raw)) > MAX_JSON_LISTS:
        raise ValueError(f"it has more than {MAX_JSON_LISTS:,} lists and objects")
    try:
        data = json.loads(raw.decode("utf-8"), parse_constant=refuse, object_pairs_hook=as_object)
        if b"\\ud" in raw.lower():
            json.dumps(data, ensure_ascii=False).encode("utf-8")  # fails on half a pair, which nothing could print
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is not valid JSON ({(str(error).splitlines() or ['too deep'])[0]})") from error
    return data


# ------------------------------------------------------------------------------------------------- writing


def to_json(value: Any) -> bytes:
    """Return plain values as JSON that people can read, too."""
    return (json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def write(
    folder: Path,
    manifest: Mapping[str, Any],
    files: Mapping[str, bytes],
    *,
    replace: bool = False,
    kind: Kind = MODEL,
) -> None:
    """
    Write a model folder: everything beside it first, then one rename, so that it is there whole or not at all.

    Parameters
    ----------
    folder
        Its parents are made. A model that stands there is replaced only with ``replace``; anything else never.
    manifest
        The content of ``model.json``, to which format, checksum and the list of files are added.
    files
        Content by file name.
    kind
        What kind of folder it is; only one of the same kind is ever replaced.

    Raises
    ------
    BundleError
        If the folder cannot be written.
    """
    facts = {name: FileFacts(len(content), hashlib.sha256(content).hexdigest()) for name, content in files.items()}
    raw = to_json({**to_plain(Seal(kind.format, NO_CHECKSUM, facts)), **manifest})
    sealed = raw.replace(NO_CHECKSUM.encode(), hashlib.sha256(raw).hexdigest().encode(), 1)
    check_target(folder, replace=replace, kind=kind)
    with _one_line(folder), atomic.only_writer(folder):
        # Once more, for another may have been writing until now.
        _check_free(folder, replace=replace, kind=kind)
        mode = stat.S_IMODE(folder.stat().st_mode) if folder.is_dir() else 0o777
        temporary = atomic.new_folder(folder, mode | 0o700)
        try:
            for name, content in {**files, kind.manifest: sealed}.items():
                with (temporary / name).open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            if folder.is_dir():
                temporary.chmod(mode)  # the umask may have taken something away
            atomic.put(temporary, folder, kind.manifest)
        finally:
            if temporary.exists():
                atomic.remove(temporary)


def check_target(folder: Path, *, replace: bool, kind: Kind = MODEL) -> None:
    """Raise BundleError if a model may not, or cannot, be written to ``folder``; worth asking before training."""
    with _one_line(folder):
        _check_free(folder, replace=replace, kind=kind)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with atomic.only_writer(folder):
            atomic.probe(folder)


def _check_free(folder: Path, *, replace: bool, kind: Kind) -> None:
    if folder.is_dir():
        is_one = (folder / kind.manifest).is_file()
        if not is_one and not all(map(_is_nobodys, folder.iterdir())):
            raise BundleError(f"{folder} exists and is not a {kind.word}; give another --out, nothing was touched")
        if is_one and not replace:
            raise BundleError(
                f"{folder} holds a {kind.word} already; give --force (in Python replace=True) or another folder"
            )
    elif folder.exists():
        raise BundleError(f"{folder} is a file; give a folder as --out, nothing was touched")


def _is_nobodys(path: Path) -> bool:
    """Whether a file in a folder is what a file system, or a training that was killed, has left there."""
    return path.name == "lost+found" or path.name.startswith(atomic.HIDDEN)


@contextmanager
def _one_line(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BundleError(
            f"the model cannot be written to {folder}: {error.strerror or error}; free space or give another --out"
        ) from error
