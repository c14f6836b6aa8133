"""Everything, in order: the field and ours side by side, growth, cold starts, the command line; then the goals."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from platform import python_version

from benchmarks import commands, field_runs, markets, sweep_runs
from benchmarks.competitors.field import BROADCASTS, BT, CALLS, LOOP
from benchmarks.field_runs import Speed
from benchmarks.fresh import Fresh
from benchmarks.growth import Curve
from benchmarks.plan import Plan
from benchmarks.sweep_runs import KERNEL, SWEEP
from benchmarks.timing import Spread, ratio
from benchmarks.variants import prepare

PACKAGES = ("vectorbt", "vectorbt-rust", "numba", "numpy", "pandas", "bt", "backtesting")
RACES = {"broadcast": (BROADCASTS, SWEEP), "calls": ((CALLS,), SWEEP), "bt": (BT, SWEEP), "kernel": ((LOOP,), KERNEL)}
"""Goal's key → (those of whom the fastest is the rival, ours)."""


@dataclass(frozen=True)
class Report:
    """All that was measured.

    load: processes at work or waiting for it, on average over the minute before.  sessions: of the common work.
    speeds: key → speed.  cold: name → a fresh process in each round.  commands: name → seconds in each round.
    figures: goal's key → measured; a goal without one was not measured.
    """

    plan: Plan
    when: datetime
    cores: int
    load: float
    versions: dict[str, str]
    sessions: int
    speeds: dict[str, Speed]
    curves: list[Curve]
    cold: dict[str, list[Fresh]]
    commands: dict[str, list[float]]
    figures: dict[str, Spread]

    @property
    def all_equal(self) -> bool:
        """Whether every answer was that of the engine, within what each accounting allows."""
        return all(speed.equal for speed in self.speeds.values())


def run_benchmarks(plan: Plan, say: Callable[[str], None]) -> Report:
    """Measure everything that the plan asks for; `say` hears of each step."""
    cores, load = usable_cores(), os.getloadavg()[0]
    say("deciding the variants")
    market = markets.demo()
    work = prepare(market, plan.variants)
    say("the common work, in turns")
    speeds = field_runs.speeds(market, work, cores, plan)
    say("growth")
    curves = [*field_runs.growth(work, plan), *sweep_runs.growth(cores, plan)]
    say("cold starts")
    cold = field_runs.cold_starts(market, plan)
    say("the command line")
    taken = commands.measure(plan.rounds)
    say("what only our sweep is asked")
    alone = sweep_runs.alone(market, cores, plan)
    figures = races(speeds) | sweep_runs.exponents(curves) | alone | commands.figures(taken)
    return Report(plan, datetime.now(UTC), cores, load, versions(), work.sessions, speeds, curves, cold, taken, figures)


def races(speeds: dict[str, Speed]) -> dict[str, Spread]:
    """Goal's key → how many times as long the fastest of the rivals takes as ours, where both were measured."""
    figures = {}
    for key, (rivals, ours) in RACES.items():
        present = [speeds[rival] for rival in rivals if rival in speeds]
        if present and ours in speeds:
            best = min(present, key=lambda speed: Spread.of(speed.seconds).median)
            figures[key] = ratio(best.seconds, speeds[ours].seconds)
    return figures


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def versions() -> dict[str, str]:
    """Python's and those of the packages measured that are installed."""
    result = {"Python": python_version()}
    for package in PACKAGES:
        try:
            result[package] = version(package)
        except PackageNotFoundError:
            continue
    return result
