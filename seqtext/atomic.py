"""Put a folder in the place of another in one step, so that nobody sees half of it and nobody's death loses any."""

import contextlib
import ctypes
import errno
import hashlib
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
# What a folder is called while it is written, and one that waits to be removed. The names are short, however long
# that of the folder itself is, and hidden.
HIDDEN, NEW, OLD = ".seqtext-", "new", "old"
# Of <linux/fcntl.h> and <linux/fs.h>.
AT_FDCWD, RENAME_EXCHANGE = -100, 2
# What a kernel or file system says that cannot exchange two folders.
CANNOT_EXCHANGE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EXDEV, errno.EPERM}
TRIES = 5


def place_of(folder: Path) -> Path:
    """Return where what belongs to ``folder`` is written first: beside it, or in it where it is a mount point."""
    return folder if os.path.ismount(folder) else Path(os.path.abspath(folder)).parent


def new_folder(folder: Path, mode: int = 0o777) -> Path:
    """Make an empty folder for what is to be put at ``folder``; less of ``mode`` where the umask says so."""
    made = place_of(folder) / f"{_stem(folder)}{NEW}-{secrets.token_hex(4)}"
    made.mkdir(mode)
    return made


def _stem(folder: Path) -> str:
    name = os.fsencode(os.path.basename(os.path.abspath(folder)))
    return f"{HIDDEN}{hashlib.sha256(name).hexdigest()[:12]}."


@contextlib.contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Wait until nobody else writes to ``folder``, and sweep up what those have left who died while they did."""
    # The folder above is locked, and not a file in it, which would be left behind.
    with locked(place_of(folder)) as is_locked:
        if is_locked:
            restore(folder)
            for left in place_of(folder).glob(f"{_stem(folder)}*"):
                remove(left)
        yield


@contextlib.contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Be the only one inside for this file or folder, if need be after a ``wait``; yield whether one is."""
    handle = None
    try:
        import fcntl

        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        is_locked = True
    except (ImportError, OSError):  # Windows; a file system that cannot; without ``wait``, one that another has locked
        is_locked = False
    try:
        yield is_locked
    finally:
        if handle is not None:
            os.close(handle)


def sweep(folder: Path, pattern: str) -> None:
    """Remove the files in ``folder`` that those have left who died while they held them `locked`."""
    for left in folder.glob(pattern):
        with locked(left, wait=False) as is_nobodys, contextlib.suppress(OSError):
            if is_nobodys:
                left.unlink()


def put(new: Path, folder: Path, last: str) -> None:
    """
    Put ``new``, which is whole, in the place of ``folder``, and remove what stood there.

    Where a folder is to be replaced the two are exchanged in one step. Kernels and file systems that cannot do so take
    two; whoever dies between them leaves the former folder beside, and `restore` brings it back. The files of a mount
    point, which cannot be renamed, are replaced one by one, and that with the name ``last`` in the end.
    """
    sync(new)
    if os.path.ismount(folder):
        _put_inside(new, folder, last)
    elif not os.path.lexists(folder):
        new.rename(folder)
    elif exchange(new, folder):
        remove(new)
    else:
        _put_in_two_steps(new, folder)
    sync(place_of(folder))


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change their names in one step; return whether that can be done here at all."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in CANNOT_EXCHANGE:
        return False
    raise OSError(code, os.strerror(code), str(other))


def _put_in_two_steps(new: Path, folder: Path) -> None:
    old = place_of(folder) / f"{_stem(folder)}{OLD}-{secrets.token_hex(4)}"
    try:
        folder.rename(old)
        new.rename(folder)
    except BaseException:  # Ctrl-C included: between the two nothing is at ``folder``
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
    remove(old)


def _put_inside(new: Path, folder: Path, last: str) -> None:
    names = sorted((one.name for one in new.iterdir()), key=lambda name: name == last)
    for name in names:
        os.replace(new / name, folder / name)
    remove(new)
    for one in folder.iterdir():
        if one.name not in names and one.is_file():
            one.unlink()


def restore(folder: Path) -> None:
    """Bring back the former ``folder`` if somebody died while it was replaced."""
    if os.path.lexists(folder):
        return
    with contextlib.suppress(OSError):
        for old in sorted(place_of(folder).glob(f"{_stem(folder)}{OLD}-*")):
            old.rename(folder)
            return


def remove(folder: Path) -> None:
    """Remove a folder, if need be one that nobody may write to; what cannot be removed stays."""
    with contextlib.suppress(OSError):
        if folder.is_symlink():  # nobody's but a stranger's, who would have us touch another folder
            folder.unlink()
            return
        folder.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def sync(folder: Path) -> None:
    """Let the names in ``folder`` be on the disk, and not in memory alone."""
    with contextlib.suppress(OSError):  # Windows, and file systems that cannot
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def probe(folder: Path) -> None:
    """Do with an empty file all that `put` would do for ``folder``; an OSError says what cannot be done."""
    made = new_folder(folder)
    try:
        with (made / "probe").open("wb") as file:
            file.write(b"seqtext")
            file.flush()
            os.fsync(file.fileno())
        made = made.rename(made.with_name(made.name + "-renamed"))
    finally:
        remove(made)


def read_whole(folder: Path, read: Callable[[], T], failure: type[Exception]) -> T:
    """Return what ``read`` makes of ``folder``, once more if it fails because the folder was replaced meanwhile."""
    for _ in range(TRIES):
        before = _identity(folder)
        try:
            return read()
        except failure:
            if _identity(folder) == before:
                raise
    return read()


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns
