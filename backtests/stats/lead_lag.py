"""Who moves first, at many lags at once.

    asymmetry(k) = corr(first(t − k), second(t)) − corr(second(t − k), first(t)),  in scores

A score is a return divided by a volatility known before it and bent where it is extreme, as in the timing test: with
raw returns the few wildest weeks decide.

Each asymmetry is studentised as White (1980) does. The largest |t| over the lags is compared with the same maximum at
circular shifts of one leg against the other, which keep both legs' clusters and trends and break only who follows whom;
so the error holds for all lags (and windows) together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.stats.circular_shifts import ROUNDING, scores
from unlockstep.signals.market import Floats
from unlockstep.signals.resolution import RELATED

SHIFTS = 400
"""Circular shifts, spread evenly; of fewer rows, every one."""

CLEAR = 30
"""Sessions around no shift at all that are left out: there a true lead would pass for chance."""


@dataclass(frozen=True, eq=False)
class LeadLagTest:
    """Results at L lags in W windows; positive where the first leg leads.

    asymmetry, error, t: W x L.  critical: the |t| that 95 % of shifts nowhere exceed.  p: W x L, for all together.
    """

    asymmetry: Floats
    error: Floats
    t: Floats
    critical: float
    p: Floats


def lead_lag_test(returns: Floats, lags: Sequence[int], windows: Sequence[slice] = (slice(None),)) -> LeadLagTest:
    """The test on T x 2 log returns, within each of the windows, which lie apart and in order.

    Scores are those of the whole sample. Deterministic. NaN (p: 1) where a leg does not vary. T of at least
    2 * CLEAR + 2, or there is no shift.
    Measured: see `judge_lead_lag`.
    """
    first, second = (x / np.maximum(x.std(), 1e-300) for x in scored(returns).T)
    n = len(first)
    apart = np.unique(np.linspace(0, n, SHIFTS, endpoint=False).astype(int))
    apart = apart[(apart == 0) | ((apart > CLEAR) & (apart < n - CLEAR))]
    shifted = second[(np.arange(n) + apart[:, None]) % n]
    bounds = [window.indices(n)[:2] for window in windows]
    sums = np.array([_sums(first, shifted, lag, bounds) for lag in lags])  # L x 2 x S x W
    total, squares = sums.transpose(1, 2, 3, 0)  # each S x W x L
    errors = np.sqrt(squares)
    t = np.divide(total, errors, out=np.zeros_like(total), where=errors > RELATED * np.sqrt(n))
    largest = np.abs(t[1:]).max(axis=(1, 2))
    sizes = np.array([[stop - start] for start, stop in bounds])
    moved = errors[0] > RELATED * np.sqrt(n)
    return LeadLagTest(
        asymmetry=np.where(moved, total[0] / sizes, np.nan),
        error=np.where(moved, errors[0] / sizes, np.nan),
        t=np.where(moved, t[0], np.nan),
        critical=float(np.quantile(largest, 0.95)),
        p=(1.0 + (largest >= np.abs(t[0])[..., None] - ROUNDING).sum(axis=2)) / (1.0 + len(largest)),
    )


def scored(returns: Floats) -> Floats:
    """T x 2 scores of T x 2 log returns; see `timing.scores`."""
    return scores(returns - returns.mean(axis=0))[0]


def lead_correlations(returns: Floats, lags: Sequence[int]) -> tuple[Floats, Floats]:
    """corr(first(t − k), second(t)) and corr(second(t − k), first(t)) of the scores of T x 2 returns, k in lags."""
    first, second = (x / np.maximum(x.std(), 1e-300) for x in scored(returns).T)
    n = len(first)
    return (
        np.array([first[: n - k] @ second[k:] / n for k in lags]),
        np.array([second[: n - k] @ first[k:] / n for k in lags]),
    )


def _sums(first: Floats, second: Floats, lag: int, bounds: list[tuple[int, int]]) -> NDArray[np.float64]:
    """2 x S x W: sums and sums of squares within the windows of first(t − lag) second(t) − second(t − lag) first(t)."""
    product = first[:-lag] * second[:, lag:] - second[:, :-lag] * first[lag:]
    rows = [slice(start, max(start, stop - lag)) for start, stop in bounds]
    return np.array(
        [
            np.column_stack([product[:, row].sum(axis=1) for row in rows]),
            np.column_stack([(product[:, row] ** 2).sum(axis=1) for row in rows]),
        ]
    )
