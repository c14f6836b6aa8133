"""How unlockstep's own sweep is measured. What is timed, and what is not:

sweep_throughput  strategies → signals → decisions → accounts → all figures; the market is given, signals are computed
                  anew in each call, worker processes are there already
kernel_only       targets → accounts → figures; targets in the kernel's layout, as the plain loop gets them in its own
all_shifts        the timing test by every circular shift of a family, family-wise p-values and sketches included
peak_memory       of a fresh process that sweeps once, and of its workers together
cold_start        a fresh process that loads unlockstep and does the work in a file once, by the kernel

Each is called once before it is measured, so that compilation and caches of the first call are not in it, except for
`peak_memory` and `cold_start`, which measure fresh processes.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks import fresh
from benchmarks.check import COSTS
from benchmarks.fresh import Fresh
from benchmarks.markets import long_market
from benchmarks.variants import LAG, OPENING, spaces
from benchmarks.work import CAPITAL, YEAR, Floats, Outcome, Work
from unlockstep.backtests.sweep.accounts import FIGURES, Simulated, TradingTerms, simulate
from unlockstep.backtests.sweep.null_distribution import NullAccumulator, NullDistribution
from unlockstep.backtests.sweep.plan import SLICE, Plan
from unlockstep.backtests.sweep.workers import evaluated
from unlockstep.signals.market import Leg, Market, read_only

SHARPE, CAGR = FIGURES.index("sharpe"), FIGURES.index("cagr")


@dataclass(frozen=True, eq=False)
class Swept:
    """seconds: wall time of what is to be timed.  outcome: Sharpe ratios and final values, in the variants' order."""

    seconds: float
    outcome: Outcome


def sweep_throughput(market: Market, n_variants: int, workers: int, evidence: bool = False) -> Swept:
    """Sweep the variants of `benchmarks.variants.strategies(n_variants)`, in that order, on `workers` processes.

    evidence: whether they are weighed against chance too, as `unlockstep sweep` does.
    """
    plan = _plan(market, n_variants, evidence)
    began = perf_counter()
    result = dict(evaluated(plan, list(plan.blocks()), workers=workers))
    seconds = perf_counter() - began
    figures = np.empty((n_variants, len(FIGURES)))
    for block, swept in result.items():
        figures[block.space + 2 * swept.numbers] = swept.figures
    return Swept(seconds, _outcome(figures, len(market.sessions) - OPENING))


def kernel_only(work: Work, workers: int) -> Swept:
    """Simulate the targets of the work, and reduce them to figures, on `workers` threads."""
    terms = TradingTerms(_market(work), 0, COSTS, "close", LAG, CAPITAL)
    wanted = _wanted(work)
    parts = np.array_split(np.arange(work.variants), max(1, work.variants // SLICE))
    ready = [tuple(np.ascontiguousarray(leg[part]) for leg in wanted) for part in parts]
    _ = terms.legs, terms.scored

    def one(crypto: Floats, equity: Floats) -> Simulated:
        return simulate(terms, crypto, equity, np.zeros(len(crypto), dtype=np.int64), paths=False)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(abs, range(workers)))  # threads are there already
        began = perf_counter()
        result = list(pool.map(lambda part: one(*part), ready))
        seconds = perf_counter() - began
    return Swept(seconds, _outcome(np.concatenate([each.figures for each in result]), work.sessions))


def all_shifts(n_variants: int, sessions: int) -> float:
    """Seconds of the timing test of so many variants and sessions by all circular shifts, family-wise p-values too."""
    market = long_market(sessions + LAG + 1)
    terms = TradingTerms(market, 0, COSTS, "close", LAG, CAPITAL)
    rng = np.random.default_rng(1)
    stays = rng.random((n_variants, len(market.sessions))) < 0.97
    crypto = np.where(stays, np.nan, rng.choice([0.0, 0.5], stays.shape))
    crypto[:, 0] = 0.0
    simulated = simulate(terms, crypto, 0.5 - crypto, np.zeros(n_variants, dtype=np.int64))
    t = simulated.figures[:, FIGURES.index("timing_t")]
    began = perf_counter()
    accumulator = NullAccumulator(terms)
    parts: list[NullDistribution] = [
        accumulator.accumulate(simulated.returns[begin : begin + SLICE], simulated.weights[begin : begin + SLICE])
        for begin in range(0, n_variants, SLICE)
    ]
    null = reduce(NullDistribution.and_, parts)
    _ = [null.p_family(float(each)) for each in t]
    return perf_counter() - began


def peak_memory(n_variants: int) -> float:
    """Bytes that a fresh process and its workers use at most to sweep so many variants of the demo, report included."""
    return fresh.run("-m", "benchmarks.ours", "sweep", str(n_variants)).peak


def cold_start(file: Path) -> Fresh:
    """A fresh process that loads unlockstep and does the work in `file` (see `Work.load`) once, by the kernel."""
    return fresh.run("-m", "benchmarks.ours", "kernel", str(file))


def _plan(market: Market, n_variants: int, evidence: bool) -> Plan:
    """A plan of its own, so that no signal is known from the call before."""
    terms = TradingTerms(market, OPENING, COSTS, "close", LAG, CAPITAL)
    return Plan(terms, tuple(space for space in spaces(n_variants) if space.size), evidence=evidence)


def _outcome(figures: Floats, sessions: int) -> Outcome:
    final = CAPITAL * (1.0 + figures[:, CAGR]) ** ((sessions - 1) / YEAR)
    return Outcome(figures[:, SHARPE].copy(), final)


def _wanted(work: Work) -> Floats:
    """2 x V x T wanted weights in the row of their decision, as the kernel reads them."""
    decided = np.full((2, work.variants, work.sessions), np.nan)
    decided[:, :, :-LAG] = np.transpose(work.targets[LAG:], (2, 1, 0))
    return decided


def _market(work: Work) -> Market:
    """The prices of the work as a market; clocks decide nothing here."""
    import pandas as pd

    sessions = pd.DatetimeIndex(work.dates, name="session")
    midnight = sessions.tz_localize("UTC")
    crypto, equity = (read_only(price) for price in work.prices.T)
    hour = pd.Timedelta(hours=1)
    return Market(
        sessions,
        Leg(work.tickers[0], "24/7", crypto, crypto, midnight, midnight + 24 * hour),
        Leg(work.tickers[1], "XNYS", equity, equity, midnight + 14.5 * hour, midnight + 21 * hour),
        source="SYNTHETIC prices of the benchmarks",
        synthetic=True,
    )


def _sweep_all(n_variants: int) -> float:
    """Sweep and write everything in this process and its workers; the sum of their peaks, in bytes."""
    from tempfile import TemporaryDirectory

    from unlockstep.backtests.config.study import Study
    from unlockstep.backtests.jobs.sweep import SweepRequest, sweep_into

    with TemporaryDirectory() as folder:
        place = Path(folder)
        request = SweepRequest(tuple(space for space in spaces(n_variants) if space.size))
        sweep_into(Study.make(data="demo"), request, place / "sweep", ledger=place / "ledger.sqlite")
        return fresh.peak_memory() + sum(fresh.peak_memory(child) for child in fresh.children())


def main(what: str, given: str) -> None:
    """What the fresh process does."""
    if what == "sweep":
        peak = _sweep_all(int(given))
    else:
        kernel_only(Work.load(Path(given)), 1)
        peak = fresh.peak_memory()
    print(peak)  # noqa: T201 - for the parent


if __name__ == "__main__":
    main(*sys.argv[1:])
