"""Shifts that tell chance and nothing else: clear of what positions look back on, and of what the sample has found.

At a shift of k sessions each position meets the return k sessions after (or, round the circle, T − k before) the one
that it earned. Three things other than chance would show there, and are kept out:

- Positions that meet the returns they were made from. At k > T − look_back t says how a rule works: a trend rule held
  against its own past looks brilliant.
- Positions that were made from the same returns as the true ones. At k < look_back, and at k > T − look_back, they
  still resemble them.
- An effect. It lifts t wherever positions resemble themselves, and with it the quantile that it is held against. So
  each variant is shifted against returns from which its own effect, whatever its sign, was taken out: the least-squares
  slope of the returns on its positions. Were only the strongest variant's taken out, the others would keep their luck
  at neighbouring shifts and lose it at the true one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.stats.circular_shifts import scores, shifts, spectra, standardised
from unlockstep.signals.market import Floats


@dataclass(frozen=True, eq=False)
class ClearNull:
    """t of V variants at S clear shifts, had none of them found anything; NaN for one whose weights never vary.

    score, money, standardised: S x V, of scores, of raw and of standardised returns.
    gain: length V, by how much t grows with an effect, against how t of raw returns does; 1 means alike.
    """

    score: Floats
    money: Floats
    standardised: Floats
    gain: Floats


def clear_shifts(sessions: int, look_back: int) -> NDArray[np.int64]:
    """The shifts k with look_back ≤ k ≤ T − look_back, true alignment never; half of all T stay at least."""
    margin = clear_margin(sessions, look_back)
    return np.arange(margin, sessions - margin + 1)


def clear_margin(sessions: int, look_back: int) -> int:
    """The first clear shift."""
    return max(1, min(look_back, sessions // 4))


def clear_null(centred: Floats, excess: Floats, varies: NDArray[np.bool_], look_back: int) -> ClearNull:
    """The null distribution of T x V x A weights less their means and T x A returns less theirs."""
    sessions, variants, _ = centred.shape
    rows = clear_shifts(sessions, look_back)
    null = np.full((3, len(rows), variants), np.nan)
    gain = np.full(variants, np.nan)
    for v in np.flatnonzero(varies):
        bet = centred[:, v]
        residual = without_effect(bet, excess)
        score, slope = scores(residual)
        positions = spectra(bet[:, None])
        for i, outcome in enumerate((score, residual, standardised(residual))):
            null[i, :, v] = shifts(positions, outcome)[rows, 0]
        gain[v] = _gain(bet, residual, score, slope)
    return ClearNull(null[0], null[1], null[2], gain)


def without_effect(bet: Floats, excess: Floats) -> Floats:
    """T x A returns less what an effect proportional to these T x A positions, off their means, explains of them."""
    return excess - float((bet * excess).sum() / (bet**2).sum()) * bet


def half_width(null: Floats, probability: float) -> Floats:
    """Length V: how far above its mean t at the true alignment lies at most, with this probability; of S x V null t.

    It is one more draw from what the shifts are drawn from, of which they hold n independent ones: the prediction
    interval of Student's t, s √(n / (n − 1)) √(1 + 1 / n) t(n − 1), and the normal quantile at least. n is S over the
    sum of the squared autocorrelations of t along the shifts, as of any variance (Bartlett 1946), 2 at least.
    """
    from scipy.stats import norm
    from scipy.stats import t as student

    shifts = len(null)
    power = np.abs(np.fft.rfft(null, 2 * shifts, axis=0)) ** 2
    products = np.fft.irfft(power, axis=0)[: shifts // 2 + 1]
    with np.errstate(invalid="ignore", divide="ignore"):  # NaN, or 0 throughout, for one that never varies
        correlations = products[1:] / products[0]
    n = np.maximum(2.0, shifts / (1.0 + 2.0 * (correlations**2).sum(axis=0)))
    spread = null.std(axis=0) * np.sqrt((n + 1.0) / (n - 1.0))
    return np.asarray(np.maximum(norm.ppf(probability), spread * student.ppf(probability, n - 1.0)))


def _gain(bet: Floats, residual: Floats, score: Floats, slope: Floats) -> float:
    """By how much t of scores grows with an effect, against how t of raw returns does. All are T x A.

    For an effect proportional to the positions' distance from their average, in the volatility that they met: where
    they are on in wild sessions, a score grows less with it than where they are on in calm ones. NaN where nothing is
    scored.
    """
    size = (bet**2).mean(axis=0)
    bent = float(np.sqrt(((bet * score).sum(axis=1) ** 2).mean()))
    deviation = float((bet * residual).sum(axis=1).std())
    grows = float((bet**2 * slope).mean(axis=0).sum())
    return grows * deviation / (bent * float(size.sum())) if bent > 0 else float("nan")
