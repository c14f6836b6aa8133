"""Our own sweep is measured, where there is one: beside the field, and what only it is asked."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from benchmarks import markets, ours
from benchmarks.fresh import Fresh
from benchmarks.growth import Curve, curve
from benchmarks.plan import Plan
from benchmarks.timing import Spread, in_turns, ratio
from benchmarks.variants import OPENING
from benchmarks.work import Work
from unlockstep.signals.market import Market

SWEEP, KERNEL = "sweep", "kernel"
NAME = "our sweep"
GB = 1e9

Sweep = Callable[[], ours.Swept]


def timed(sweep: Sweep) -> Callable[[], float]:
    """Seconds of a sweep, as it counts them itself."""
    return lambda: sweep().seconds


def sweeps(market: Market, work: Work, workers: int, plan: Plan) -> dict[str, tuple[str, int, Sweep]]:
    """Key → (name, variants, sweep) of the common work; the sweep gets more variants, of which those are the first."""
    many = partial(ours.sweep_throughput, market, plan.swept, workers)
    return {
        SWEEP: (f"{NAME}, signals and all figures included, {workers} workers", plan.swept, many),
        KERNEL: (f"our kernel, {workers} threads", work.variants, partial(ours.kernel_only, work, workers)),
    }


def starts(file: Path) -> dict[str, Callable[[], Fresh]]:
    """Name → a fresh process that does the work in the file."""
    return {"our kernel": partial(ours.cold_start, file)}


def growth(workers: int, plan: Plan) -> list[Curve]:
    """Of our sweep in variants and in sessions, with one worker and, where there are two, with two."""
    sessions, variants = plan.grown
    histories = {size: markets.long_market(size + OPENING) for size in (sessions, *plan.sweep_by_sessions)}
    curves = []
    for count in range(1, min(2, workers) + 1):
        name = f"{NAME}, {count} worker{'s' if count > 1 else ''}"
        wide = {
            size: partial(ours.sweep_throughput, histories[sessions], size, count) for size in plan.sweep_by_variants
        }
        long = {
            size: partial(ours.sweep_throughput, histories[size], variants, count) for size in plan.sweep_by_sessions
        }
        curves.append(curve(name, "variants", {size: timed(sweep) for size, sweep in wide.items()}, plan.rounds))
        curves.append(curve(name, "sessions", {size: timed(sweep) for size, sweep in long.items()}, plan.rounds))
    return curves


def alone(market: Market, workers: int, plan: Plan) -> dict[str, Spread]:
    """Goal's key → figure, for the goals that no competitor is measured for."""
    ours.all_shifts(*plan.shifts)  # compiles
    figures = {"shifts": Spread.of([ours.all_shifts(*plan.shifts) for _ in range(plan.rounds)])}
    few, many = plan.peaks
    peaks = in_turns({size: partial(ours.peak_memory, size) for size in (few, many)}, plan.rounds)
    figures["peak"] = Spread.of(peaks[many]).times(1 / GB)
    figures["peak_growth"] = ratio(peaks[many], peaks[few])
    if workers > 1:
        for key, variants, evidence in (("second_worker", plan.weighed, True), ("second_figures", plan.swept, False)):
            sweeps = {n: timed(partial(ours.sweep_throughput, market, variants, n, evidence)) for n in (1, 2)}
            in_turns(sweeps, 1)  # workers start
            taken = in_turns(sweeps, plan.rounds)
            figures[key] = ratio(taken[1], taken[2])
    return figures


def exponents(curves: list[Curve]) -> dict[str, Spread]:
    """Goal's key → growth exponent of our sweep; of the numbers of workers the one that grows fastest counts."""
    result: Mapping[str, list[float]] = {
        axis: [c.exponent for c in curves if c.axis == axis and c.name.startswith(NAME)]
        for axis in ("variants", "sessions")
    }
    return {
        f"exponent_{axis}": Spread(max(values), min(values), max(values)) for axis, values in result.items() if values
    }
