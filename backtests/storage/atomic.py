"""Files and folders that are there whole or not at all, whatever kills the process that writes them.

The work goes on in a hidden folder beside its place, under a lock that the system releases when the process dies. A
single step then puts it there: a rename, or the exchange of two folders; where the system has no such exchange, two
renames. What a killed process left behind is removed by the next one that works in the same place; what a living one
has locked is never touched.
"""

import errno
import itertools
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import BaseFileLock

PREFIX = ".unlockstep-unfinished-"
"""How the names of all hidden folders of unfinished work begin."""

LOCK = ".unlockstep-lock"
"""The file in a folder by which a process locks the folder; it is there only while the folder is locked."""

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
        _discard(work, lock)


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Lock `folder` for this process; False where another process has locked it."""
    lock = _lock(folder)
    try:
        yield lock is not None
    finally:
        _release(lock)


@contextmanager
def reserved(wanted: Path) -> Iterator[Path]:
    """`wanted`, or the first of NAME-2, NAME-3, … that is free and that no other process has reserved, until the end.

    The reservation of a process that was killed is no longer one. Raises OSError where nothing can be written there.
    """
    wanted.parent.mkdir(parents=True, exist_ok=True)
    _sweep(wanted.parent)
    places = (wanted.with_name(f"{wanted.name}-{n}" if n > 1 else wanted.name) for n in itertools.count(1))
    for place in places:
        mark = place.with_name(PREFIX + place.name)
        try:
            mark.mkdir()
        except FileExistsError:
            continue
        try:
            lock = _lock(mark)
            ours = lock is not None
        except OSError:  # a file system without locks: then nobody sweeps there either
            lock, ours = None, True
        try:
            if ours and not place.exists():
                yield place
                return
        finally:
            _discard(mark, lock)


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


def _begin(parent: Path) -> tuple[Path, "BaseFileLock | None"]:
    """A new hidden folder in `parent`, and its lock; None in place of a lock on a file system without locks."""
    while True:
        work = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        try:
            lock = _lock(work)
        except OSError:  # a file system without locks: then nobody sweeps there either
            return work, None
        if lock is not None:
            return work, lock


def _lock(folder: Path) -> "BaseFileLock | None":
    """A lock on the folder, released when this process dies; None where another process has it or the folder is gone.

    Raises OSError where the folder cannot be locked at all.
    """
    from filelock import FileLock, Timeout

    if folder.is_symlink():  # a link to another folder is not to be swept
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder)
    if not folder.exists():
        return None
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except (Timeout, FileNotFoundError):
        return None
    except NotImplementedError:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), folder) from None
    if not (folder / LOCK).exists():  # removed by another process between opening it and locking it
        lock.release()
        return None
    return lock


def _release(lock: "BaseFileLock | None") -> None:
    """Release a lock and remove its file."""
    if lock is not None:
        with suppress(OSError):  # Windows removes no open file; there filelock removes it on release
            Path(lock.lock_file).unlink()
        lock.release()


def _discard(folder: Path, lock: "BaseFileLock | None") -> None:
    """Remove a folder that this process has locked, and release it; what cannot be removed stays."""
    shutil.rmtree(folder, ignore_errors=True)
    _release(lock)
    with suppress(OSError):  # Windows: the folder is empty only once its lock is released
        folder.rmdir()


def _sweep(parent: Path) -> None:
    for left in parent.glob(f"{PREFIX}*"):
        try:
            lock = _lock(left)
        except OSError:  # no folder, or none of this user's
            continue
        if lock is not None:
            _discard(left, lock)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in a single step; False where system or file system have no such step."""
    if sys.platform not in ("linux", "darwin"):
        return False
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    if hasattr(library, "renameat2"):
        failed = library.renameat2(_LINUX_HERE, names[0], _LINUX_HERE, names[1], _LINUX_EXCHANGE)
    elif hasattr(library, "renamex_np"):
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
    """Exchange by two renames: the old folder aside, the new one in.

    Between the two nothing is at `place`. A kill there leaves the old folder under the name that `aside` has: hidden,
    whole and not swept away.
    """
    aside = place.with_name(f".{place.name[:40]}-replaced-{secrets.token_hex(4)}")
    os.rename(place, aside)
    try:
        os.rename(made, place)
    except OSError:
        os.rename(aside, place)
        raise
    os.rename(aside, made)
