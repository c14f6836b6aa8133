"""Our own sweep is measured, where there is one: beside the field, and what only it is asked."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from benchmarks import markets, ours
from benchmarks.fresh import Fresh
from benchmarks.growth import Curve, curve
from benchmarks.plan import Plan
from benchmarks.timing import Spread, in_turns, ratio
from benchmarks.work import Work
from signals.market import Market

SWEEP, KERNEL = "sweep", "kernel"
NAME = "our sweep"
GB = 1e9

Sweep = Callable[[], ours.Swept]


def there_is(measure: Callable[[], object]) -> bool:
    """Call it, once and uncounted; False where it is not implemented yet."""
    try:
        measure()
    except NotImplementedError:
        return False
    return True


def timed(sweep: Sweep) -> Callable[[], float]:
    """Seconds of a sweep, as it counts them itself."""
    return lambda: sweep().seconds


def sweeps(market: Market, work: Work, workers: int) -> dict[str, tuple[str, Sweep]]:
    """Key → (name, sweep) of the common work, for those there are."""
    both: dict[str, tuple[str, Sweep]] = {
        SWEEP: (f"{NAME}, signals included", partial(ours.sweep_throughput, market, work.variants, workers)),
        KERNEL: ("our kernel, on the same targets", partial(ours.kernel_only, work, workers)),
    }
    return {key: (name, sweep) for key, (name, sweep) in both.items() if there_is(sweep)}


def starts(file: Path) -> dict[str, Callable[[], Fresh]]:
    """Name → a fresh process that does the work in the file, where there is one."""
    start = partial(ours.cold_start, file)
    return {"our kernel": start} if there_is(start) else {}


def growth(workers: int, plan: Plan) -> list[Curve]:
    """Of our sweep in variants and in sessions, with one worker and, where there are two, with two."""
    sessions, variants = plan.grown
    if not there_is(partial(ours.sweep_throughput, markets.long_market(sessions), variants, 1)):
        return []
    histories = {size: markets.long_market(size) for size in (sessions, *plan.own_by_sessions)}
    curves = []
    for count in range(1, min(2, workers) + 1):
        name = f"{NAME}, {count} worker{'s' if count > 1 else ''}"
        wide = {size: partial(ours.sweep_throughput, histories[sessions], size, count) for size in plan.own_by_variants}
        long = {size: partial(ours.sweep_throughput, histories[size], variants, count) for size in plan.own_by_sessions}
        curves.append(curve(name, "variants", {size: timed(sweep) for size, sweep in wide.items()}, plan.rounds))
        curves.append(curve(name, "sessions", {size: timed(sweep) for size, sweep in long.items()}, plan.rounds))
    return curves


def alone(market: Market, workers: int, plan: Plan) -> dict[str, Spread]:
    """Goal's key → figure, for the goals that no competitor is measured for."""
    figures: dict[str, Spread] = {}
    shifts = partial(ours.all_shifts, *plan.shifts)
    if there_is(shifts):
        figures["shifts"] = Spread.of([shifts() for _ in range(plan.rounds)])
    few, many = plan.peaks
    if there_is(partial(ours.peak_memory, few)):
        peaks = in_turns({size: partial(ours.peak_memory, size) for size in (few, many)}, plan.rounds)
        figures["peak"] = Spread.of(peaks[many]).times(1 / GB)
        figures["peak_growth"] = ratio(peaks[many], peaks[few])
    by_workers = {count: partial(ours.sweep_throughput, market, plan.second_worker, count) for count in (1, 2)}
    if workers > 1 and there_is(by_workers[2]):
        taken = in_turns({count: timed(sweep) for count, sweep in by_workers.items()}, plan.rounds)
        figures["second_worker"] = ratio(taken[1], taken[2])
    return figures


def exponents(curves: list[Curve]) -> dict[str, Spread]:
    """Goal's key → growth exponent of our sweep; of the numbers of workers the one that grows fastest counts."""
    found: Mapping[str, list[float]] = {
        axis: [c.exponent for c in curves if c.axis == axis and c.name.startswith(NAME)]
        for axis in ("variants", "sessions")
    }
    return {
        f"exponent_{axis}": Spread(max(values), min(values), max(values)) for axis, values in found.items() if values
    }
