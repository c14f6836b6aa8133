"""Each variant against what could have been held instead: the legs and the constant mix of its own average weights.

Alpha is shown and never decides. With a free beta it rewards any position that is on in calm markets: in worlds without
any edge its t-value passed for skill in 60 to 84 % of them.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from unlockstep.backtests.stats.bootstrap import BLOCK, circular_block, interval
from unlockstep.backtests.stats.cagr import cagr
from unlockstep.backtests.stats.sharpe import excess_returns, sharpe_ratio
from unlockstep.signals.errors import DataError, HistoryError
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats
from unlockstep.signals.resolution import RELATED, RESOLUTION


@dataclass(frozen=True)
class Against:
    """One variant against one benchmark; annual figures.

    information_ratio: mean over standard deviation of the difference of their returns.
    alpha, beta: intercept (annual) and slope of the variant's returns on the benchmark's, both in excess of cash
    (Jensen 1968); of these are the Sharpe ratios, too.
    alpha_t_hac: its t-value with Newey–West (1987) standard errors, lag ⌊4 (T/100)^(2/9)⌋.
    NaN where the benchmark does not vary, as cash does not.
    """

    sharpe_difference: float
    cagr_difference: float
    information_ratio: float
    alpha: float
    alpha_t_hac: float
    beta: float


def automatic_lag(sessions: int) -> int:
    """Newey and West's (1994) rule of thumb for daily data: ⌊4 (T/100)^(2/9)⌋."""
    return int(4 * (sessions / 100) ** (2 / 9))


def hac_regression(y: Floats, x: Floats) -> tuple[Floats, Floats]:
    """(coefficients, t-values) of y on a constant and the k columns of x, length 1 + k each; HAC standard errors.

    NaN where a column of x does not vary, or is a linear function of the others but for rounding; t-values also where
    that is so of y.
    """
    from statsmodels.regression.linear_model import OLS

    deviation = x.std(axis=0)
    nothing = np.full(1 + x.shape[1], np.nan)
    if (deviation <= RESOLUTION).any():
        return nothing, nothing
    if np.linalg.matrix_rank((x - x.mean(axis=0)) / deviation, RELATED * np.sqrt(len(x))) < x.shape[1]:
        return nothing, nothing
    design = np.column_stack([np.ones(len(y)), x])
    fit = OLS(y, design).fit(cov_type="HAC", cov_kwds={"maxlags": automatic_lag(len(y))})
    if np.abs(fit.resid).max() <= RELATED * np.abs(y).max():
        return np.asarray(fit.params), nothing
    return np.asarray(fit.params), np.asarray(fit.tvalues)


def against(returns: Floats, benchmark: Floats, risk_free: Floats) -> Against:
    """T net returns of a variant against T net returns of a benchmark; risk_free: T returns of cash."""
    alpha = alpha_t = beta = float("nan")
    ours, theirs = (excess_returns(each, risk_free) for each in (returns, benchmark))
    if theirs.std() > 1e-12:
        coefficients, t = hac_regression(ours, theirs[:, None])
        alpha, beta = coefficients[0] * SESSIONS_PER_YEAR, coefficients[1]
        alpha_t = t[0] if ours.std() > 1e-12 and not np.allclose(ours, theirs) else float("nan")
    return Against(
        sharpe_difference=sharpe_ratio(ours) - sharpe_ratio(theirs),
        cagr_difference=cagr(returns) - cagr(benchmark),
        information_ratio=sharpe_ratio(returns - benchmark),
        alpha=float(alpha),
        alpha_t_hac=float(alpha_t),
        beta=float(beta),
    )


@dataclass(frozen=True)
class LegAlpha:
    """Alpha of a variant against all legs at once, and a beta for each; annual, HAC t-values."""

    alpha: float
    alpha_t_hac: float
    betas: tuple[float, ...]
    betas_t_hac: tuple[float, ...]


def leg_alpha(returns: Floats, legs: Floats) -> LegAlpha:
    """Regression of T net returns on a constant and the T x N returns of the legs, all of them in excess of cash.

    NaN for returns that never vary.
    """
    if returns.std() < 1e-12:
        nothing = (float("nan"),) * legs.shape[1]
        return LegAlpha(float("nan"), float("nan"), nothing, nothing)
    b, t = (values.tolist() for values in hac_regression(returns, legs))
    return LegAlpha(b[0] * SESSIONS_PER_YEAR, t[0], tuple(b[1:]), tuple(t[1:]))


def sharpe_intervals(returns: pd.DataFrame, *, seed: int) -> dict[str, tuple[float, float]]:
    """95 % circular block bootstrap interval of each column's annual Sharpe ratio; all columns share the resamples.

    returns: in excess of cash.
    """

    def sharpes(drawn: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(drawn.mean(axis=0) / drawn.std(axis=0, ddof=1) * np.sqrt(SESSIONS_PER_YEAR))

    varying = returns.loc[:, returns.std() > 1e-12]
    bounds = interval(circular_block(varying.to_numpy(), sharpes, seed=seed))
    intervals = {str(name): (float(lo), float(hi)) for name, (lo, hi) in zip(varying.columns, bounds, strict=True)}
    return {str(name): intervals.get(str(name), (float("nan"), float("nan"))) for name in returns.columns}


MIN_SESSIONS, MIN_BLOCKS = 30, 10
"""What two accounts have at least for their Sharpe ratios to be tested: sessions, and blocks in which they differ."""


@dataclass(frozen=True)
class SharpeDifference:
    """Difference of two annual Sharpe ratios, and whether it is more than chance.

    difference:      of the first over the second
    standard_error:  of the difference, for the dependence within a block
    ci:              95 % interval, symmetric
    p:               two-sided p-value of no difference
    block:           sessions a block; 0 where nothing was resampled
    """

    difference: float
    standard_error: float
    ci: tuple[float, float]
    p: float
    block: int


def sharpe_difference(a: Floats, b: Floats, *, seed: int, draws: int = 1000, block: int = BLOCK) -> SharpeDifference:
    """Ledoit and Wolf's (2008) test of two Sharpe ratios from the same T sessions, a and b simple returns in
    excess of cash.

    The difference is a function f of the four moments v = (mean a, mean b, mean a², mean b²), so its standard error
    is √(∇f' Ψ ∇f / T), Ψ the long-run covariance of the moments (their section 3.1). It is resampled in a circle, in
    ⌊T/block⌋ blocks a draw, and studentised in each draw: d* = |Δ* − Δ| / s*, s* from the blocks drawn (section 3.2).
    p = (1 + #{d* ≥ |Δ| / s}) / (1 + draws), ci = Δ ± s · 95 % quantile of d*.

    Ψ of the sample is that of all its T blocks, where the paper has a prewhitened Parzen kernel: one length serves for
    both, and in simulations it kept the size under slow drifts too, which a filter of first order misses. Blocks are
    shortened until a sample holds ten.

    NaN throughout, block 0, where a or b does not vary, or where they differ, but in fewer than ten blocks: draws that
    hold none of these have no error, and the interval is as wide as it pleases. Where one is the other at another
    leverage there is no difference: 0, p = 1. Draws in which one does not vary are left out.

    Assumes stationary returns with finite fourth moments. Raises DataError for missing or infinite returns,
    HistoryError for fewer than 30 sessions.
    """
    sessions = len(a)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise DataError(
            "Returns that are missing or infinite have no Sharpe ratio", name="returns", remedy="compare complete ones"
        )
    if sessions < MIN_SESSIONS:
        raise HistoryError(
            f"{sessions} sessions are too few to resample; at least {MIN_SESSIONS} are needed", limit=MIN_SESSIONS
        )
    nan = float("nan")
    untested = SharpeDifference(nan, nan, (nan, nan), nan, block=0)
    if min(a.std(), b.std()) <= 1e-12:
        return untested
    scaled = np.column_stack([a / a.std(), b / b.std()])
    terms = np.hstack([scaled, scaled**2])
    moments = terms.mean(axis=0)
    delta, gradient = _difference(moments)
    if ((terms - moments) @ gradient).std() < 1e-9:
        return SharpeDifference(0.0, 0.0, (0.0, 0.0), 1.0, block=0)

    block = max(1, min(block, sessions // MIN_BLOCKS))
    if len(np.unique(np.flatnonzero(np.abs(a - b) > 1e-9) // block)) < MIN_BLOCKS:
        return untested
    running = np.vstack([np.zeros(4), terms, terms[: block - 1]]).cumsum(axis=0)
    sums = running[block:] - running[:-block]  # of the block that begins at each session, in a circle
    error = float(np.sqrt((((sums - block * moments) @ gradient) ** 2).mean() / block / sessions))

    # a draw enters only through how often each block is in it, so all draws are one matrix product
    per_draw = sessions // block
    counts = _shares(sessions, per_draw, draws, seed)
    means = counts @ sums
    products = (counts @ (sums[:, :, None] * sums[:, None, :]).reshape(sessions, 16)).reshape(draws, 4, 4)
    with np.errstate(invalid="ignore", divide="ignore"):
        deltas, gradients = _difference(means / block)
        spread = np.einsum("di,dij,dj->d", gradients, products, gradients) - (gradients * means).sum(axis=1) ** 2
        studentised = np.abs(deltas - delta) / np.sqrt(spread / block / (per_draw * block))
    studentised = studentised[np.isfinite(studentised)]

    # the papers' Sharpe ratios have standard deviations of ddof 0, ours of ddof 1
    annual = float(np.sqrt(SESSIONS_PER_YEAR * (sessions - 1) / sessions))
    half = float(np.quantile(studentised, 0.95, method="higher")) * error
    return SharpeDifference(
        difference=float(delta) * annual,
        standard_error=error * annual,
        ci=((float(delta) - half) * annual, (float(delta) + half) * annual),
        p=float((1 + (studentised >= abs(delta) / error).sum()) / (1 + len(studentised))),
        block=block,
    )


@lru_cache(maxsize=1)  # all comparisons of a run have the same sessions and the same draws
def _shares(sessions: int, per_draw: int, draws: int, seed: int) -> Floats:
    """Draws x sessions: the share of a draw's blocks that begin in each session. Not to be written to."""
    starts = np.random.default_rng(seed).integers(0, sessions, (draws, per_draw)) + sessions * np.arange(draws)[:, None]
    counts = np.bincount(starts.ravel(), minlength=draws * sessions).reshape(draws, sessions) / per_draw
    counts.flags.writeable = False
    return np.asarray(counts)


def _difference(moments: Floats) -> tuple[Floats, Floats]:
    """(Sharpe difference, its gradient) of … x 4 moments: mean a, mean b, mean a², mean b²."""
    mean, square = moments[..., :2], moments[..., 2:]
    deviation = np.sqrt(square - mean**2)
    ratio, sign = mean / deviation, np.array([1.0, -1.0])
    return ratio @ sign, np.concatenate([sign * square / deviation**3, -sign * mean / 2 / deviation**3], axis=-1)
