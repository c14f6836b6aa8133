"""A place for compiled code, wherever there is one that can be written; to be called before numba is imported.

What numba keeps is executed when it is read, without a look at who wrote it. Beside a rule, where numba would keep it,
somebody else may have put it, so all is kept in the user's cache folder. Where that cannot be written, as in a
container or for the user of a service, a folder of the user's own under the system's temporary one takes its place. A
folder that others own or may write is not used; nor is one that a file in the current folder names. A rule's matplotlib
is given the same place.
"""

import os
import stat
import sys
import tempfile
import warnings
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"
"""Environment variable by which numba is told a folder; where it is set, a `.numba_config.yaml` sets none."""


class CompilerCacheWarning(UserWarning):
    """Compiled code is kept in a temporary folder, or not at all."""


def find_compiler_cache() -> None:
    """Let numba keep what it compiles where only this user writes; says so once where that is no usual place."""
    chosen = os.environ.setdefault(VARIABLE, "")
    usual = Path(chosen).absolute() if chosen else _home_cache()
    if _writable(usual):
        _keep_in(usual)
        return
    folder = _temporary()
    if folder is None:
        _keep_nothing()
        warnings.warn(
            "no folder can be written for compiled code: it is compiled anew by every command",
            CompilerCacheWarning,
            stacklevel=2,
        )
        return
    os.environ.setdefault("MPLCONFIGDIR", str(folder / "matplotlib"))  # else it says where it puts its own
    _keep_in(folder)
    warnings.warn(
        f"'{usual}' cannot be written, so compiled code is kept in '{folder}'; name another folder in the environment "
        f"variable {VARIABLE}",
        CompilerCacheWarning,
        stacklevel=2,
    )


def _keep_in(folder: Path) -> None:
    os.environ[VARIABLE] = str(folder)  # for the processes that this one starts, too
    if "numba" in sys.modules:  # somebody has imported it before
        sys.modules["numba"].core.config.reload_config()


def _home_cache() -> Path:
    """Where numba keeps what it can keep nowhere else."""
    from platformdirs import user_cache_path

    return user_cache_path("numba", appauthor=False)


def _writable(folder: Path) -> bool:
    """Whether a folder is there, or could be made, for new files; not one in a home that nobody knows."""
    try:
        above = next((place for place in (folder, *folder.parents) if place.exists()), None)
        return folder.is_absolute() and above is not None and above.is_dir() and os.access(above, os.W_OK | os.X_OK)
    except OSError:
        return False


def _temporary() -> Path | None:
    """A folder of this user's alone, the same for all commands; None where there is no temporary folder."""
    try:
        folder = Path(tempfile.gettempdir()) / f"unlockstep-{getattr(os, 'getuid', lambda: 0)()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        facts = folder.lstat()
        ours = not hasattr(os, "getuid") or (facts.st_uid == os.getuid() and not facts.st_mode & 0o077)
        return folder if ours and stat.S_ISDIR(facts.st_mode) else Path(tempfile.mkdtemp(prefix="unlockstep-"))
    except OSError:
        return None


def _keep_nothing() -> None:
    from numba.core import dispatcher

    setattr(dispatcher.Dispatcher, "enable_caching", lambda _: None)  # noqa: B010 - which mypy takes for a method
