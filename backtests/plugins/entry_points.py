"""Signals and strategies that other installed packages bring, by entry points.

An entry point's name is the `name` of its class. So what there is can be told without importing anything, a package is
imported when one of its names is asked for, and a broken one breaks nothing else.
"""

from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from inspect import getsourcefile, getsourcelines
from pathlib import Path
from typing import Any, Literal

from unlockstep.backtests.plugins.error_attribution import GROUPS, Place, locate_default_error, one_line
from unlockstep.backtests.plugins.validation import problem_of
from unlockstep.signals.errors import CodeError
from unlockstep.signals.registry import HINDSIGHT, SIGNALS
from unlockstep.signals.signal import Signal
from unlockstep.strategies.registry import all_strategies
from unlockstep.strategies.strategy import Strategy

Kind = Literal["Signal", "Strategy"]


@dataclass(frozen=True)
class Installed:
    """An entry point. package: the name and version of the distribution, such as "acme-rules 1.2"."""

    kind: Kind
    name: str
    package: str
    entries: tuple[EntryPoint, ...]

    def load(self) -> Any:
        """The class, a Signal's or a Strategy's by its kind, imported and checked.

        Raises CodeError that names the package, and file and line, for what is wrong with it.
        """
        if len(self.entries) > 1:
            raise CodeError(
                f"'{self.name}' is a {self.kind.lower()} of {self.package}", name=self.name, remedy="remove one of them"
            )
        (entry,) = self.entries
        try:
            cls: Any = entry.load()
            problem = self._problem(entry, cls)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # sys.exit() in a package ends nothing of ours
            located = locate_default_error(error) or CodeError(one_line(error), name=self.name)
            raise located.at(self.package) from error
        if problem is not None:
            raise CodeError(f"{self.package}: {_place(cls)}{problem}", name=self.package)
        return cls

    def _problem(self, entry: EntryPoint, cls: Any) -> str | None:
        if not (isinstance(cls, type) and issubclass(cls, Strategy if self.kind == "Strategy" else Signal)):
            return f"its entry point '{self.name}' of {entry.group} names {entry.value}, which is no {self.kind}"
        problem = problem_of(cls, all_strategies() if self.kind == "Strategy" else {**SIGNALS, **HINDSIGHT})
        if problem is None and cls.name != self.name:
            return f"its entry point '{self.name}' of {entry.group} names a {self.kind} that calls itself '{cls.name}'"
        return problem


def installed(kind: Kind) -> dict[str, Installed]:
    """Name → what other packages bring of a kind, in the order of the names; nothing is imported."""
    entries: dict[str, dict[tuple[str, str], EntryPoint]] = {}
    for entry in entry_points(group=GROUPS[kind]):
        package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.module
        entries.setdefault(entry.name, {})[package, entry.value] = entry  # a package may lie on the path twice
    return {
        name: Installed(kind, name, " and of ".join(dict.fromkeys(p for p, _ in each)), tuple(each.values()))
        for name, each in sorted(entries.items())
    }


def _place(cls: Any) -> str:
    try:
        return f"{Place(Path(str(getsourcefile(cls))), getsourcelines(cls)[1])}, class {cls.__name__}: "
    except (OSError, TypeError):  # no class, or one without source
        return ""
