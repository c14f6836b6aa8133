"""What `unlockstep audit` does: find what was named, audit each in a process of its own, say it all in plain values."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from unlockstep.backtests.audit.auditor import audit
from unlockstep.backtests.audit.findings import BLIND, Finding, Outcome
from unlockstep.backtests.audit.plan import Effort
from unlockstep.backtests.audit.side_effects import Watch
from unlockstep.backtests.audit.subprocess_pool import POSSIBLE, spread
from unlockstep.backtests.audit.target import Kind, Subject
from unlockstep.backtests.data.demo import demo_market
from unlockstep.backtests.plugins.entry_points import installed
from unlockstep.backtests.plugins.error_attribution import one_line
from unlockstep.backtests.plugins.file_loader import is_file, load
from unlockstep.backtests.plugins.lookup import signal_named, strategy_named
from unlockstep.signals.errors import CodeError, unknown_name
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


@dataclass(frozen=True)
class AuditTargets:
    """What is to be audited; `broken`: what could not be loaded; `read`: what its file opened when it was imported."""

    subjects: tuple[Subject, ...]
    broken: tuple[Outcome, ...] = ()
    read: tuple[str, ...] = ()


def load_targets(what: str) -> AuditTargets:
    """What a name stands for: a registered signal or strategy, all of them, or those of a Python file.

    Signals with the parameters that reports show and with their defaults, strategies with those that studies run.
    One of all that cannot be loaded is a finding of its own.
    Raises ParameterError for an unknown name and what `file_loader.load` and `Installed.load` raise.
    """
    if is_file(what):
        watch = Watch(users_only=True)
        with watch.on():
            user_file = load(Path(what))
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


def markets_for(seed: int, given: Market | None = None) -> tuple[Market, ...]:
    """The markets of an audit: two draws of the demo, and the one that was asked for, if any, first."""
    drawn = tuple(demo_market(edge=False, seed=seed + i) for i in range(2))
    return drawn if given is None else (given, *drawn)


def run_audit(
    audited: Sequence[Subject],
    markets: Sequence[Market],
    *,
    seed: int,
    advance: Advance | None = None,
    targets: AuditTargets | None = None,
) -> dict[str, Any]:
    """The audit of every subject, as plain values: "audited", "markets", "blind", and "findings", their number."""
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
    read = tuple(
        Finding("reads", "the file", f"it opens {name} when it is imported: its content cannot be cut off")
        for name in (targets.read if targets else ())
    )
    ended = [replace(o, status="finding", findings=(*read, *o.findings)) if read else o for o in outcomes if o]
    rows = [asdict(outcome) for outcome in (*ended, *(targets.broken if targets else ()))]
    return {
        "schema": 1,
        "audited": rows,
        "findings": sum(len(row["findings"]) for row in rows),
        "markets": [
            {"source": market.source, "first": str(market.sessions[0].date()), "last": str(market.sessions[-1].date())}
            for market in markets
        ],
        "seed": seed,
        "blind": list(BLIND),
    }


def _lost(subject: Subject, error: BaseException) -> Outcome:
    """The outcome of an audit that did not come to its end."""
    finding = Finding("error", subject.label, f"its audit failed: {one_line(error)}")
    return Outcome(subject.part.name, subject.label, subject.kind, subject.warmup, "finding", findings=(finding,))
