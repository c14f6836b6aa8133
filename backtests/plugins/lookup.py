"""Name → class: unlockstep's own signals and strategies, those of the user's files, those that other packages bring."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from unlockstep.backtests.plugins.entry_points import installed
from unlockstep.backtests.plugins.error_attribution import shown
from unlockstep.backtests.plugins.file_loader import load
from unlockstep.signals.errors import CodeError, unknown_name
from unlockstep.signals.registry import HINDSIGHT, SIGNALS
from unlockstep.signals.signal import Signal
from unlockstep.strategies.registry import all_strategies
from unlockstep.strategies.strategy import Strategy


def strategy_named(name: str, files: Mapping[str, str]) -> type[Strategy]:
    """The strategy of that name: of these files (path → sha256, see `file_loader.load`), unlockstep's, or another
    package's.

    Raises ParameterError where there is none, CodeError where two sources name one alike, and what `file_loader.load`
    and `Installed.load` raise.
    """
    of_files = _of_files(files) if files else {}
    if name in of_files:
        return of_files[name]
    ours = all_strategies()
    if name in ours:
        return ours[name]
    brought = installed("Strategy")  # last: it looks through all packages, and a run asks for hundreds of names
    if name not in brought:
        raise unknown_name("strategy", name, [*ours, *of_files, *brought])
    strategy: type[Strategy] = brought[name].load()
    return strategy


def _of_files(files: Mapping[str, str]) -> dict[str, type[Strategy]]:
    brought = installed("Strategy")
    strategies: dict[str, tuple[type[Strategy], Path]] = {}
    for user_file in (load(Path(path), sha256) for path, sha256 in files.items()):
        for name, cls in user_file.strategies.items():
            if name in strategies:
                first, second = shown(strategies[name][1]), shown(user_file.path)
                raise CodeError(f"'{name}' is a strategy of {first} and of {second}", name=name, remedy="rename one")
            if name in brought:
                raise CodeError(
                    f"'{name}' is a strategy of {shown(user_file.path)} and of {brought[name].package}",
                    name=name,
                    remedy="rename one",
                )
            strategies[name] = cls, user_file.path
    return {name: cls for name, (cls, _) in strategies.items()}


def signal_named(name: str) -> type[Signal]:
    """The signal of that name, unlockstep's or another package's, those of hindsight included.

    Raises ParameterError where there is none, and what `Installed.load` raises.
    """
    ours: dict[str, type[Signal]] = {**SIGNALS, **HINDSIGHT}
    if name in ours:
        return ours[name]
    brought = installed("Signal")
    if name not in brought:
        raise unknown_name("signal", name, [*SIGNALS, *brought])
    signal: type[Signal] = brought[name].load()
    return signal


def source_of(cls: type[Strategy], files: Mapping[str, str]) -> dict[str, str]:
    """Where a strategy comes from: {"file", "sha256"} for one of these files, else {"package"} with its version."""
    for user_file in (load(Path(path), sha256) for path, sha256 in files.items()):
        if cls in user_file.strategies.values():
            return {"file": str(user_file.path), "sha256": user_file.sha256}
    ours = cls.__module__.startswith("unlockstep.strategies.")
    brought = {} if ours else installed("Strategy")
    if cls.name in brought:
        return {"package": brought[cls.name].package}
    return {"package": f"unlockstep {version('unlockstep')}"}
