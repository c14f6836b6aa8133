"""The field is measured: how fast each is at the common work, how that grows, and how long a first run takes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks import check, fresh, sweep_runs
from benchmarks.check import Difference
from benchmarks.competitors.field import BROADCASTS, FIELD, LOOP, Competitor, competitor_of
from benchmarks.fresh import Fresh
from benchmarks.growth import Curve, curve
from benchmarks.plan import Plan
from benchmarks.timing import in_turns, seconds
from benchmarks.variants import prepare
from benchmarks.work import Work
from unlockstep.signals.market import Market

GROWN = (LOOP, BROADCASTS[1])
STARTED = (LOOP, BROADCASTS[1], "broadcast_numba_250", "bt", "backtesting")


@dataclass(frozen=True)
class Speed:
    """Of one competitor, or of ours.

    variants:   that it was given
    seconds:    a variant, in each round
    difference: of its answer from that of the engine of record; equal: whether that is within what is allowed
    """

    name: str
    variants: int
    seconds: list[float]
    difference: Difference
    equal: bool


@dataclass(frozen=True)
class _Entry:
    name: str
    variants: int
    difference: Difference
    equal: bool
    measure: Callable[[], float]


def speeds(market: Market, work: Work, workers: int, plan: Plan) -> dict[str, Speed]:
    """Key → speed of everybody installed, and of our sweep and kernel, the last."""
    expected = check.reference(market, work)
    entries: dict[str, _Entry] = {}
    for competitor in (c for c in FIELD if c.installed):
        part = competitor.given(work)
        right = check.reference(market, part) if competitor.one_leg else expected
        simulated = check.difference(competitor.simulate(part), right)  # the first call, which is not timed
        entries[competitor.key] = _Entry(
            competitor.name, part.variants, simulated, simulated.within(competitor.allowed), _timed(competitor, part)
        )
    for key, (name, variants, sweep) in sweep_runs.sweeps(market, work, workers, plan).items():
        simulated = check.difference(sweep().outcome.first(work.variants), expected)
        entries[key] = _Entry(name, variants, simulated, simulated.within(check.EQUAL), sweep_runs.timed(sweep))
    taken = in_turns({key: entry.measure for key, entry in entries.items()}, plan.rounds)
    return {
        key: Speed(e.name, e.variants, [second / e.variants for second in taken[key]], e.difference, e.equal)
        for key, e in entries.items()
    }


def _timed(competitor: Competitor, part: Work) -> Callable[[], float]:
    if competitor.key == LOOP:  # its targets are laid out beforehand in the order in which it reads them
        from benchmarks.competitors import plain_loop

        return partial(seconds, partial(plain_loop.simulate, part, plain_loop.arranged(part)))
    return partial(seconds, partial(competitor.simulate, part))


def growth(work: Work, plan: Plan) -> list[Curve]:
    """Of the plain loop and of a broadcast, in variants and in sessions."""
    sessions, variants = plan.grown
    curves = []
    for competitor in (competitor_of(key) for key in GROWN if competitor_of(key).installed):
        wide = {size: _timed(competitor, repeated(work, sessions, size)) for size in plan.by_variants}
        curves.append(curve(competitor.name, "variants", wide, plan.rounds))
        long = {size: _timed(competitor, repeated(work, size, variants)) for size in plan.by_sessions}
        curves.append(curve(competitor.name, "sessions", long, plan.rounds))
    return curves


def repeated(work: Work, sessions: int, variants: int) -> Work:
    """The work over and over, to these sizes: of use where only time matters."""
    rows, columns = np.arange(sessions) % work.sessions, np.arange(variants) % work.variants
    return replace(work, dates=work.dates[rows], prices=work.prices[rows], targets=work.targets[np.ix_(rows, columns)])


def cold_starts(market: Market, plan: Plan) -> dict[str, list[Fresh]]:
    """Name → a fresh process in each of the rounds, which does a small part of the work."""
    sessions, variants = plan.small
    with TemporaryDirectory() as folder:
        file = Path(folder) / "work.npz"
        prepare(market.slice(0, sessions), variants).save(file)
        starts: dict[str, Callable[[], Fresh]] = {
            competitor_of(key).name: partial(fresh.start, key, file) for key in STARTED if competitor_of(key).installed
        }
        starts |= sweep_runs.starts(file)
        in_turns(starts, 1)  # fills the disk's cache, and those that compilers keep on it
        return in_turns(starts, plan.rounds)
