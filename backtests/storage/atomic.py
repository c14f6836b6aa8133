"""Files and folders that are there whole or not at all, whatever kills the process that writes them.

The work goes on in a hidden folder beside its place, under a lock that the system lets go when the process dies. A
single step then puts it there: a rename, or the exchange of two folders. What a killed process left behind is removed
by the next one that works in the same place; what a living one holds is never touched.
"""

import ctypes
import errno
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = ".unlockstep-unfinished-"
"""How the names of all hidden folders of unfinished work begin."""

_LINUX_HERE, _LINUX_EXCHANGE = -100, 2  # AT_FDCWD, RENAME_EXCHANGE of <linux/fs.h>
_MAC_SWAP = 2  # RENAME_SWAP of <sys/stdio.h>


def reason(error: OSError) -> str:
    """What the system says about an error, without a path: "No space left on device"."""
    return os.strerror(error.errno) if error.errno else str(error).splitlines()[0]


def write_file(path: Path, content: bytes) -> None:
    """Write a new file and see it onto the disk; OSError where that fails."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, text: str) -> None:
    """Put a text file in its place, new or instead of the old one, in a single step; OSError where that fails."""
    with unfinished(path.parent) as work:
        write_file(work / path.name, text.encode())
        os.replace(work / path.name, path)


@contextmanager
def unfinished(parent: Path) -> Iterator[Path]:
    """A new hidden folder in `parent` to work in; whatever is in it at the end is removed.

    Removes what killed processes left in `parent`. Raises OSError where nothing can be written there.
    """
    _sweep(parent)
    work, lock = _begin(parent)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        _release(lock)


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Hold `folder` for this process; False where another one holds it."""
    lock = _lock(folder)
    try:
        yield lock is not None
    finally:
        _release(lock)


def move_in(made: Path, place: Path, *, replace: bool) -> None:
    """Put the folder `made` at `place`, in a single step; with `replace` it may take another's place.

    Then `made` holds what was there, for the caller to remove. Raises FileExistsError where the place is taken.
    """
    if not replace or not place.exists():
        try:
            os.rename(made, place)
            return
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                raise
            if not replace:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
    if not _exchanged(made, place):
        _in_two_steps(made, place)


def _begin(parent: Path) -> tuple[Path, int | None]:
    while True:
        work = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        try:
            lock = _lock(work)
        except OSError:  # a file system without locks: then nobody sweeps there either
            return work, None
        if lock is not None and work.exists():
            return work, lock
        _release(lock)  # swept away by another process before it was held


def _lock(folder: Path) -> int | None:
    """A descriptor that holds the folder until it is closed or this process dies; None where another process holds it
    or it is gone. Raises OSError where it cannot be held at all.
    """
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    except OSError:
        os.close(lock)
        raise
    return lock


def _release(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)


def _sweep(parent: Path) -> None:
    for left in parent.glob(f"{PREFIX}*"):
        try:
            lock = _lock(left)
        except OSError:  # no folder, or none of this user's
            continue
        if lock is not None:
            shutil.rmtree(left, ignore_errors=True)
            os.close(lock)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in a single step; False where system or file system know no such step."""
    library = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    if sys.platform == "linux" and hasattr(library, "renameat2"):
        failed = library.renameat2(_LINUX_HERE, names[0], _LINUX_HERE, names[1], _LINUX_EXCHANGE)
    elif sys.platform == "darwin" and hasattr(library, "renamex_np"):
        failed = library.renamex_np(*names, _MAC_SWAP)
    else:
        return False
    if not failed:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number))


def _in_two_steps(made: Path, place: Path) -> None:
    """Exchange by two renames. A kill between them leaves the old folder under the name that `aside` has: hidden, whole
    and not swept away.
    """
    aside = Path(tempfile.mkdtemp(prefix=f".{place.name[:40]}-replaced-", dir=place.parent))
    os.rename(place, aside)
    try:
        os.rename(made, place)
    except OSError:
        os.rename(aside, place)
        raise
    os.rename(aside, made)
