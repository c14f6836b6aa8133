"""The version of the code that figures come from."""

import hashlib
from collections.abc import Collection
from pathlib import Path
from types import ModuleType

from unlockstep import signals, strategies
from unlockstep.backtests import engine, results, stats, sweep, trials
from unlockstep.signals.errors import RunError


def fingerprint(*parts: ModuleType, without: Collection[str] = ()) -> str:
    """Fingerprint of the code of modules and packages (their own modules, not those of packages within)."""
    files: list[Path] = []
    for part in parts:
        place = Path(str(part.__file__))
        files += sorted(place.parent.glob("*.py")) if hasattr(part, "__path__") else [place]
    files = [file for file in files if file.name not in without]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def code() -> str:
    """Fingerprint of all modules that decide a figure of a variant."""
    return fingerprint(signals, strategies, sweep, results, trials, stats, engine)


def check_code(expected: str) -> None:
    """Raise RunError where this process runs other code than the sweep."""
    if code() != expected:
        raise RunError(
            "A worker of the cluster runs another version of unlockstep", remedy="install the same one on all machines"
        )
