"""What `unlockstep audit` does: find what was named, audit each in a process of its own, say what was found."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from unlockstep.backtests.audit.auditor import audit, reads_of
from unlockstep.backtests.audit.findings import BLIND, Finding, Outcome
from unlockstep.backtests.audit.grid import GridResult, check_grid
from unlockstep.backtests.audit.plan import Effort
from unlockstep.backtests.audit.stand_ins import missing, series_read, with_legs, with_stand_ins
from unlockstep.backtests.audit.subprocess_pool import POSSIBLE, LostError, isolated, spread
from unlockstep.backtests.audit.target import Kind, Subject
from unlockstep.backtests.audit.watched_call import watched
from unlockstep.backtests.config.overrides import setting_of
from unlockstep.backtests.config.study import PAIR, Study
from unlockstep.backtests.config.study_tables import Variant
from unlockstep.backtests.config.variants import expanded, with_settings
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.plugins.class_loader import check_class
from unlockstep.backtests.plugins.entry_points import installed
from unlockstep.backtests.plugins.error_attribution import one_line
from unlockstep.backtests.plugins.file_loader import absolute, execute, is_file
from unlockstep.backtests.plugins.local_imports import read
from unlockstep.backtests.plugins.lookup import signal_named, strategy_named
from unlockstep.backtests.plugins.trust import Trust
from unlockstep.signals.chain import BRIDGE
from unlockstep.signals.errors import CodeError, StudyError, unknown_name
from unlockstep.signals.market import Market
from unlockstep.signals.registry import HINDSIGHT, SHOWN, SIGNALS
from unlockstep.signals.signal import Signal
from unlockstep.strategies.registry import all_strategies
from unlockstep.strategies.strategy import Strategy

T = TypeVar("T")

EVERYTHING = "all"
TIME, MOST = 45.0, 5.0
"""Seconds of CPU time for all that is audited together, and for one of them at most."""

GRID = 0.5
"""Of the seconds for one subject, those for all other sets of parameters of a strategy's grid together."""

FEW, DECENT = 10, 60
"""Subjects that are few, and the least number of cuts in a row for each of them."""

LIMIT = 600.0
"""Seconds after which an audit of one subject is given up; its steps have limits of their own."""

Advance = Callable[[int, int], None]


IN_USE = (
    "it was audited as it is in this process: what its code has kept from earlier calls could hide a look-ahead; audit "
    "its file to begin anew"
)
"""What is noted of a class, or an instance, that the process may have used before."""

STAND_IN = (
    "{name} was a made-up series where the prices held none: --context {name}=TICKER with --data gives the true one"
)
"""What is noted of a series beside the pair that a market lacked."""

BRIDGE_STAND_IN = (
    "{name} was a made-up series where the prices held none: --data with a pair that has bridges, such as "
    "ETH-USD,IWM with BTC-USD and SPY, gives the true one"
)
"""The same of a bridge, which --context does not name."""

Target: TypeAlias = str | Path | type[Signal] | type[Strategy] | Signal | Strategy
"""A registered name, "all", a Python file, a class with the parameters that studies run, or one signal or strategy."""


@dataclass(frozen=True)
class AuditTargets:
    """What is to be audited.

    broken: what could not be loaded.  files: in which they are, where some were named.  notes: for all of them.
    """

    subjects: tuple[Subject, ...]
    broken: tuple[Outcome, ...] = ()
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def grids(self) -> list[type[Strategy]]:
        """The strategies among them that name a grid for sweeps."""
        classes = (type(subject.part) for subject in self.subjects)
        return [cls for cls in dict.fromkeys(classes) if issubclass(cls, Strategy) and cls.grid]


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
        """Whether nothing was found in any of them, and all could be compared."""
        return not self.findings and all(outcome.status in ("clean", "hindsight") for outcome in self.outcomes)

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


def load_targets(what: Target, settings: Sequence[str] = (), trust: Trust = False) -> AuditTargets:
    """What is meant: a registered signal or strategy, all of them, those of a Python file or of a study's TOML file, a
    class, or an instance.

    settings: "STRATEGY.PARAM=VALUE", the sets of parameters to audit in place of those that studies run.
    trust: which files that a study names may run, see `plugins.trust`; a file that is given by its name may.
    Signals with the parameters that reports show and with their defaults, strategies with those that studies run.
    A file is executed anew. One of all that cannot be loaded is a finding of its own.
    Raises TrustError for a study whose files may not run, ParameterError for an unknown name, CodeError for a class
    that cannot be used, StudyError for what is neither signal nor strategy, and what `file_loader.execute` and
    `Installed.load` raise.
    """
    if not isinstance(what, str | Path):
        return AuditTargets(_subjects_of(what), notes=(IN_USE,))
    what = str(what)
    if what.endswith(".toml"):
        study = Study.read(Path(what), trust=trust)
        parts = [s for s in study.strategies() if not s.benchmark]
        variants = [Variant(strategy=s.name, params=s.params) for s in parts]
        changed = with_settings(variants, settings, files=study.files)
        made = study.model_copy(update={"variants": changed}).strategies() if settings else parts
        subjects = tuple(Subject(strategy) for strategy in made if not strategy.benchmark)
        return AuditTargets(subjects, files=tuple(Path(file) for file in study.files))
    if is_file(what):
        path = absolute(what)
        user_file = execute(path, read(path))
        return AuditTargets(_subjects(user_file.signals, user_file.strategies, settings), files=(path,))
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
        settings,
    )
    return AuditTargets(subjects, tuple(broken))


def _subjects(
    signals: dict[str, type[Signal]], strategies: dict[str, type[Strategy]], settings: Sequence[str] = ()
) -> tuple[Subject, ...]:
    shown = [signal for signal in SHOWN if type(signal) in signals.values()]
    parts: list[Signal | Strategy] = list(dict.fromkeys([*shown, *(cls() for cls in signals.values())]))
    chosen: dict[str, dict[str, Any]] = {}
    for setting in settings:
        name, parameter, value = setting_of(setting, example="my_rule.window=60,90", owner="STRATEGY")
        if name not in strategies:
            raise unknown_name("strategy among those audited", name, list(strategies))
        chosen.setdefault(name, {})[parameter] = value.split(",")
    for name, cls in strategies.items():
        studied = [{**params, **chosen.get(name, {})} for params in cls.studied]
        parts += dict.fromkeys(cls(**params) for each in studied for params in expanded(each))
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
    drawn = tuple(load_market("demo", PAIR, start=None, end=None, seed=seed + i) for i in range(2))
    return drawn if given is None else (given, *drawn)


def _stand_in_note(name: str) -> str:
    return (BRIDGE_STAND_IN if name.startswith(BRIDGE) else STAND_IN).format(name=name)


def run_audit(
    targets: AuditTargets, markets: Sequence[Market], *, seed: int, advance: Advance | None = None
) -> AuditResult:
    """The audit of every target."""
    audited, grids = targets.subjects, targets.grids
    names = series_read(audited)
    lacking = sorted({name for market in markets for name in missing(market, names)})
    markets = [with_stand_ins(market, names, seed) for market in markets]
    notes = (*targets.notes, *map(_stand_in_note, lacking))
    jobs = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    seconds = min(TIME / len(audited), MOST) if audited else MOST
    if len(audited) <= FEW:
        effort = Effort(seconds, least=DECENT, first_calls=6, beginnings=16)
    else:
        effort = Effort(seconds, least=0, first_calls=1, beginnings=8)

    def one(number: int) -> tuple[Outcome, ...]:
        subject = audited[number]
        return (audit(subject, _with_legs(markets, type(subject.part), seed), effort, seed),)

    def one_grid(number: int) -> tuple[GridResult, tuple[Outcome, ...]]:
        cls, brief = grids[number], replace(effort, seconds=GRID * seconds)
        fitting = _with_legs(markets, cls, seed)
        result = isolated(partial(check_grid, cls, fitting[0], brief, seed), LIMIT)
        suspects = [Subject(cls(**params)) for params in result.suspects]
        return result, tuple(audit(subject, fitting, effort, seed) for subject in suspects)

    works: list[Callable[[], Any]] = [
        *(partial(one, number) for number in range(len(audited))),
        *(partial(one_grid, number) for number in range(len(grids))),
    ]
    answers: dict[int, Any] = {}
    done = spread(works, jobs=jobs, limit=LIMIT) if POSSIBLE else ((i, work()) for i, work in enumerate(works))
    for count, (number, answer) in enumerate(done, 1):
        answers[number] = answer
        if advance is not None:
            advance(count, len(works))
    outcomes = [
        _lost(subject, answer) if isinstance(answer := answers[i], BaseException) else answer[0]
        for i, subject in enumerate(audited)
    ]
    outcomes = _with_grids(outcomes, [(cls, answers[len(audited) + i]) for i, cls in enumerate(grids)])
    reads = tuple(finding for file in targets.files for finding in read_by_import(file))
    ended = [replace(outcome, notes=(*outcome.notes, *notes)) for outcome in outcomes]
    if reads:
        ended = [replace(o, status="finding", findings=(*reads, *o.findings)) for o in ended]
    return AuditResult(
        (*ended, *targets.broken),
        tuple(AuditedMarket(m.source, str(m.sessions[0].date()), str(m.sessions[-1].date())) for m in markets),
        seed,
    )


def _with_legs(markets: Sequence[Market], cls: type[Signal | Strategy], seed: int) -> list[Market]:
    """The markets with as many legs as a class of strategies holds; as they are for a signal, and for a pair's."""
    if issubclass(cls, Signal) or cls.legs == 2:
        return list(markets)
    return [with_legs(market, cls.legs, seed) for market in markets]


def _with_grids(outcomes: Sequence[Outcome], grids: Sequence[tuple[type[Strategy], Any]]) -> list[Outcome]:
    """The outcomes, the first of each strategy with what its grid showed, and those of sets that look ahead."""
    results = list(outcomes)
    for cls, answer in grids:
        first = next(i for i, outcome in enumerate(results) if (outcome.name, outcome.kind) == (cls.name, "strategy"))
        if isinstance(answer, BaseException):
            results[first] = replace(
                results[first], notes=(*results[first].notes, f"its grid could not be tried: {one_line(answer)}")
            )
            continue
        grid, suspects = answer
        notes = (*results[first].notes, *grid.failures[:3])
        results[first] = replace(results[first], variants=grid.tried, grid=grid.total, notes=notes)
        results += [outcome for outcome in suspects if outcome.findings]
    return results


def read_by_import(file: Path) -> tuple[Finding, ...]:
    """The findings on what a file opens when it is imported, with those beside it, which is done
    once more for that.
    """

    def imported() -> None:
        execute(file, texts)

    try:
        texts = read(file)
        code = frozenset(str(path) for path in texts)
        return reads_of(watched(imported, code, LIMIT), "the file", "when it is imported")
    except (LostError, CodeError, StudyError):  # it was imported before, and audited
        return ()


def _lost(subject: Subject, error: BaseException) -> Outcome:
    """The outcome of an audit that did not come to its end."""
    finding = Finding("error", subject.label, f"its audit failed: {one_line(error)}", no_line="its process ended")
    return Outcome(subject.part.name, subject.label, subject.kind, subject.warmup, "finding", findings=(finding,))
