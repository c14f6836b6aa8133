"""TO BE FILLED IN: how unlockstep's own sweep is measured. Every function raises NotImplementedError until then.

The runner shows what raises it as "not measured". What is timed, and what is not:

sweep_throughput  strategies → signals → decisions → accounts → returns and Sharpe ratios; the market is given
kernel_only       targets → accounts → returns and Sharpe ratios; targets in whatever layout the kernel likes best
all_shifts        the timing test by every circular shift of a family, family-wise p-values included
peak_memory       of a fresh process that sweeps once (see `fresh.run`; print `fresh.peak_memory()` last in it)

Each is called once before it is measured, so that compilation and caches of the first call are not in it, except for
`peak_memory` and `cold_start`, which measure fresh processes.
"""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.fresh import Fresh
from benchmarks.work import Outcome, Work
from signals.market import Market


@dataclass(frozen=True, eq=False)
class Swept:
    """seconds: wall time of what is to be timed.  outcome: Sharpe ratios and final values, in the variants' order."""

    seconds: float
    outcome: Outcome


def sweep_throughput(market: Market, n_variants: int, workers: int) -> Swept:
    """Sweep the variants of `benchmarks.variants.strategies(n_variants)`, in that order, on `workers` threads.

    Costs, lag, fill and capital are those of `benchmarks.check.reference`, to which the outcome must be equal.
    """
    raise NotImplementedError


def kernel_only(work: Work, workers: int) -> Swept:
    """Simulate the targets of the work, and reduce them to Sharpe ratios and final values."""
    raise NotImplementedError


def all_shifts(n_variants: int, sessions: int) -> float:
    """Seconds of the timing test of so many variants and sessions by all circular shifts, family-wise p-values too."""
    raise NotImplementedError


def peak_memory(n_variants: int) -> float:
    """Peak memory, in bytes, of a fresh process that sweeps `n_variants` of the demo."""
    raise NotImplementedError


def cold_start(file: Path) -> Fresh:
    """A fresh process that loads unlockstep and does the work in `file` (see `Work.load`) once, by the kernel."""
    raise NotImplementedError
