"""What `unlockstep audit` does: find what was named, audit each in a process of its own, say what was found."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from unlockstep.backtests.audit.auditor import audit
from unlockstep.backtests.audit.findings import BLIND, Finding, Outcome
from unlockstep.backtests.audit.plan import Effort
from unlockstep.backtests.audit.side_effects import Watch
from unlockstep.backtests.audit.subprocess_pool import POSSIBLE, spread
from unlockstep.backtests.audit.target import Kind, Subject
from unlockstep.backtests.data.demo import demo_market
from unlockstep.backtests.plugins.class_loader import check_class
from unlockstep.backtests.plugins.entry_points import installed
from unlockstep.backtests.plugins.error_attribution import one_line
from unlockstep.backtests.plugins.file_loader import absolute, execute, is_file
from unlockstep.backtests.plugins.local_imports import read
from unlockstep.backtests.plugins.lookup import signal_named, strategy_named
from unlockstep.signals.errors import CodeError, StudyError, unknown_name
from unlockstep.signals.market import Market
from unlockstep.signals.registry import HINDSIGHT, SHOWN, SIGNALS
from unlockstep.signals.signal import Signal
from unlockstep.strategies.registry import all_strategies
from unlockstep.strategies.strategy import Strategy

T = TypeVar("T")

EVERYTHING = "all"
TIME, MOST = 36.0, 20.0
"""Seconds of CPU time for all that is audited together, and for one of them at most."""

FEW, DECENT = 10, 60
"""Subjects that are few, and the least number of cuts in a row for each of them."""

LIMIT = 600.0
"""Seconds after which an audit of one subject is given up."""

Advance = Callable[[int, int], None]


IN_USE = (
    "it was audited as it is in this process: what its code has kept from earlier calls could hide a look-ahead; audit "
    "its file to begin anew"
)
"""What is noted of a class, or an instance, that the process may have used before."""

Target: TypeAlias = str | Path | type[Signal] | type[Strategy] | Signal | Strategy
"""A registered name, "all", a Python file, a class with the parameters that studies run, or one signal or strategy."""


@dataclass(frozen=True)
class AuditTargets:
    """What is to be audited.

    broken: what could not be loaded.  read: what its file opened when it was imported.  notes: for all of them.
    """

    subjects: tuple[Subject, ...]
    broken: tuple[Outcome, ...] = ()
    read: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class AuditedMarket:
    """Prices on which was audited. first, last: sessions."""

    source: str
    first: str
    last: str


@dataclass(frozen=True)
class AuditResult:
    """What an audit says; shows itself in a notebook.

    outcomes: one for each signal or strategy.  markets: the prices that were cut and altered.  seed: of the synthetic
    markets and futures.
    """

    outcomes: tuple[Outcome, ...]
    markets: tuple[AuditedMarket, ...]
    seed: int

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that must not be, of all outcomes; empty where nothing was found."""
        return tuple(finding for outcome in self.outcomes for finding in outcome.findings)

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """What `unlockstep audit --json` prints: "audited", "markets", "blind", and "findings", their number."""
        return {
            "schema": 1,
            "audited": [asdict(outcome) for outcome in self.outcomes],
            "findings": len(self.findings),
            "markets": [asdict(market) for market in self.markets],
            "seed": self.seed,
            "blind": list(BLIND),
        }

    def __repr__(self) -> str:
        names = ", ".join(dict.fromkeys(outcome.name for outcome in self.outcomes))
        return f"<Audit of {names}: {len(self.findings) or 'no'} finding{'' if len(self.findings) == 1 else 's'}>"

    def _repr_html_(self) -> str:
        from unlockstep.backtests.reports.audit import show_audit
        from unlockstep.backtests.reports.html import terminal_fragment

        return terminal_fragment(lambda console: show_audit(console, self.outcomes))


def load_targets(what: Target) -> AuditTargets:
    """What is meant: a registered signal or strategy, all of them, those of a Python file, a class, or an instance.

    Signals with the parameters that reports show and with their defaults, strategies with those that studies run.
    A file is executed anew. One of all that cannot be loaded is a finding of its own.
    Raises ParameterError for an unknown name, CodeError for a class that cannot be used, StudyError for what is neither
    signal nor strategy, and what `file_loader.execute` and `Installed.load` raise.
    """
    if not isinstance(what, str | Path):
        return AuditTargets(_subjects_of(what), notes=(IN_USE,))
    what = str(what)
    if is_file(what):
        watch, path = Watch(users_only=True), absolute(what)
        with watch.on():
            user_file = execute(path, read(path))
        return AuditTargets(_subjects(user_file.signals, user_file.strategies), read=tuple(watch.seen))
    signals = dict.fromkeys([*SIGNALS, *HINDSIGHT, *installed("Signal")])
    strategies = dict.fromkeys([*all_strategies(), *installed("Strategy")])
    if what not in {EVERYTHING, *signals, *strategies}:
        raise unknown_name("signal or strategy", what, [*signals, *strategies, EVERYTHING])
    broken: list[Outcome] = []

    def loaded(kind: Kind, names: Iterable[str], named: Callable[[str], T]) -> dict[str, T]:
        subjects = {}
        for name in names:
            try:
                subjects[name] = named(name)
            except CodeError as error:
                if what != EVERYTHING:
                    raise
                finding = Finding("error", name, f"it cannot be loaded: {one_line(error)}")
                broken.append(Outcome(name, name, kind, 0, "finding", findings=(finding,)))
        return subjects

    subjects = _subjects(
        loaded("signal", [name for name in signals if what in (name, EVERYTHING)], signal_named),
        loaded("strategy", [n for n in strategies if what in (n, EVERYTHING)], lambda name: strategy_named(name, {})),
    )
    return AuditTargets(subjects, tuple(broken))


def _subjects(signals: dict[str, type[Signal]], strategies: dict[str, type[Strategy]]) -> tuple[Subject, ...]:
    shown = [signal for signal in SHOWN if type(signal) in signals.values()]
    parts: list[Signal | Strategy] = list(dict.fromkeys([*shown, *(cls() for cls in signals.values())]))
    parts += [cls(**params) for cls in strategies.values() for params in cls.studied]
    return tuple(Subject(part) for part in parts)


def _subjects_of(what: object) -> tuple[Subject, ...]:
    """The subjects of a class or an instance."""
    cls = what if isinstance(what, type) else type(what)
    if not issubclass(cls, Signal | Strategy):
        raise StudyError(
            f"{cls.__name__} is neither a signal nor a strategy",
            name=cls.__name__,
            remedy="an audit takes names, files and either",
        )
    if not cls.__module__.startswith("unlockstep."):
        check_class(cls)
    if isinstance(what, Signal | Strategy):
        return (Subject(what),)
    return _subjects({cls.name: cls}, {}) if issubclass(cls, Signal) else _subjects({}, {cls.name: cls})


def markets_for(seed: int, given: Market | None = None) -> tuple[Market, ...]:
    """The markets of an audit: two draws of the demo, and the one that was asked for, if any, first."""
    drawn = tuple(demo_market(edge=False, seed=seed + i) for i in range(2))
    return drawn if given is None else (given, *drawn)


def run_audit(
    targets: AuditTargets, markets: Sequence[Market], *, seed: int, advance: Advance | None = None
) -> AuditResult:
    """The audit of every target."""
    audited = targets.subjects
    jobs = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

    def one(number: int) -> Outcome:
        seconds = min(TIME / len(audited), MOST)
        if len(audited) <= FEW:
            effort = Effort(seconds, least=DECENT, first_calls=6, beginnings=16)
        else:
            effort = Effort(seconds, least=0, first_calls=1, beginnings=8)
        return audit(audited[number], markets, effort, seed)

    works = [partial(one, number) for number in range(len(audited))]
    outcomes: list[Outcome | None] = [None] * len(works)
    done = spread(works, jobs=jobs, limit=LIMIT) if POSSIBLE else ((i, work()) for i, work in enumerate(works))
    for count, (number, answer) in enumerate(done, 1):
        outcomes[number] = answer if isinstance(answer, Outcome) else _lost(audited[number], answer)
        if advance is not None:
            advance(count, len(works))
    reads = tuple(
        Finding("reads", "the file", f"it opens {name} when it is imported: its content cannot be cut off")
        for name in targets.read
    )
    ended = [replace(o, notes=(*o.notes, *targets.notes)) for o in outcomes if o]
    if reads:
        ended = [replace(o, status="finding", findings=(*reads, *o.findings)) for o in ended]
    return AuditResult(
        (*ended, *targets.broken),
        tuple(AuditedMarket(m.source, str(m.sessions[0].date()), str(m.sessions[-1].date())) for m in markets),
        seed,
    )


def _lost(subject: Subject, error: BaseException) -> Outcome:
    """The outcome of an audit that did not come to its end."""
    finding = Finding("error", subject.label, f"its audit failed: {one_line(error)}")
    return Outcome(subject.part.name, subject.label, subject.kind, subject.warmup, "finding", findings=(finding,))
