"""The timing test: did the moments at which positions were held carry information?

Null hypothesis: given the path of exposures, its timing says nothing about the returns that follow.

Statistic: the timing return of each session, x = Σ over legs (w − w̄)(r − r̄), is what the positions earned beyond the
constant mix of their own average weights; t = Σx / √Σx² studentises it in the heteroskedasticity-consistent way of
White (1980), so that positions which are on in calm or in wild markets only do not pass for skill.

Null distribution: the same statistic with the positions shifted against the returns by every possible number of
sessions, in a circle. Shifts keep all that the positions and the returns each are (holding times, trends, volatility
clusters) and break only their alignment. All shifts are used: they are a group only together. They come from five
fast Fourier transforms a variant.

Families: the maximum over the variants of each shift, stepwise (Romano and Wolf 2005), gives each variant a p-value
that holds for all of them at once, whatever their dependence. Assumes that the shifted alignments are exchangeable
with the true one, which serial dependence reaching round the whole sample would break.
"""

from dataclasses import dataclass

import numpy as np

from signals.market import SESSIONS_PER_YEAR, Floats


@dataclass(frozen=True, eq=False)
class TimingTest:
    """Results for V variants over T sessions; arrays of length V unless said otherwise.

    information_ratio: annual timing information ratio, mean(x) / std(x) · √252
    t:          studentised timing return
    p:          one-sided p-value of each variant on its own
    p_family:   the same, adjusted for the whole family
    ci:         V x 2, 95 % interval of the information ratio from the spread of the shifted t
    upper:      95 % upper bound of the information ratio, one-sided
    detectable: scalar, the smallest information ratio that this sample and family would show with 80 % power
    critical:   scalar, 95 % quantile of the shifted maximum
    shifted:    T x V, the statistic at every shift; row 0 is the true alignment
    NaN (p-values: 1) for a variant whose weights never vary.
    """

    information_ratio: Floats
    t: Floats
    p: Floats
    p_family: Floats
    ci: Floats
    upper: Floats
    detectable: float
    critical: float
    shifted: Floats


def timing_test(weights: Floats, returns: Floats) -> TimingTest:
    """The timing test of a family.

    weights: T x V x A, the share of the account in each of A assets that was in force while the returns of the same
    row were earned. returns: T x A simple returns. No NaN. Deterministic: every shift is used.
    """
    sessions = len(returns)
    centred = weights - weights.mean(axis=0)
    excess = returns - returns.mean(axis=0)
    shifted = _all_shifts(centred, excess)
    varies = np.abs(centred).max(axis=(0, 2)) > 1e-12
    shifted[:, ~varies] = np.nan

    x = np.einsum("tva,ta->tv", centred, excess)
    deviation = x.std(axis=0)
    ratio = np.divide(x.mean(axis=0), deviation, out=np.full(len(deviation), np.nan), where=varies & (deviation > 0))
    years = sessions / SESSIONS_PER_YEAR
    observed = shifted[0]
    tolerance = 1e-9  # rounding of the transforms must not push the true alignment below itself
    p = np.where(varies, (shifted >= observed - tolerance).mean(axis=0), 1.0)
    critical, spread = float("nan"), np.full(len(p), np.nan)
    if varies.any():
        critical = float(np.quantile(np.nanmax(shifted[:, varies], axis=1), 0.95))
        spread[varies] = np.maximum(1.0, shifted[:, varies].std(axis=0))
    ratio = ratio * np.sqrt(SESSIONS_PER_YEAR)
    half = 1.96 * spread / np.sqrt(years)
    median_spread = float(np.median(spread[varies])) if varies.any() else float("nan")
    return TimingTest(
        information_ratio=ratio,
        t=observed,
        p=p,
        p_family=_step_down(shifted, varies, tolerance),
        ci=np.column_stack([ratio - half, ratio + half]),
        upper=ratio + 1.645 * spread / np.sqrt(years),
        # the factor 1.1 and the form are from simulation: power 80 % at about this ratio
        detectable=1.1 * (critical + 0.84 * median_spread) / float(np.sqrt(years)),
        critical=critical,
        shifted=shifted,
    )


def circular_products(positions: Floats, outcomes: Floats) -> Floats:
    """T x V: Σ_t positions[t] · outcomes[t + k], in a circle, for every shift k; T x V positions, T outcomes."""
    spectrum = np.conj(np.fft.rfft(positions, axis=0)) * np.fft.rfft(outcomes)[:, None]
    return np.asarray(np.fft.irfft(spectrum, n=len(outcomes), axis=0))


def _all_shifts(weights: Floats, returns: Floats) -> Floats:
    """T x V: t of the weights against the returns k sessions later, in a circle, for every k = 0 … T − 1."""
    assets = weights.shape[2]
    total = np.zeros(weights.shape[:2])
    squares = np.zeros(weights.shape[:2])
    for a in range(assets):
        total += circular_products(weights[:, :, a], returns[:, a])
        for b in range(a, assets):
            twice = 1.0 if a == b else 2.0
            pairs = weights[:, :, a] * weights[:, :, b]
            squares += twice * circular_products(pairs, returns[:, a] * returns[:, b])
    floor = 1e-12 * np.maximum(squares.max(axis=0), 1e-300)
    return np.asarray(total / np.sqrt(np.maximum(squares, floor)))


def _step_down(shifted: Floats, varies: np.ndarray, tolerance: float) -> Floats:
    """Romano–Wolf adjusted p-values, length V: 1 for variants that do not vary."""
    adjusted = np.ones(shifted.shape[1])
    columns = np.flatnonzero(varies)
    order = columns[np.argsort(-shifted[0, columns], kind="stable")]
    # maxima over "this variant and all weaker ones", from the weakest up
    maxima = np.maximum.accumulate(shifted[:, order[::-1]], axis=1)[:, ::-1]
    p = (maxima >= shifted[0, order] - tolerance).mean(axis=0)
    adjusted[order] = np.maximum.accumulate(p)
    return adjusted
