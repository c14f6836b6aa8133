"""The Sharpe ratio and what is known about its error.

Symbols as in the papers: SR a Sharpe ratio per period (never annual), T the number of periods, γ₃ skewness, γ₄ raw
kurtosis (3 for a normal), Φ the normal distribution function, ρ_k the autocorrelation of returns at lag k.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from unlockstep.signals.market import SESSIONS_PER_YEAR
from unlockstep.signals.resolution import RESOLUTION

ROUNDING = 1e-14
"""An account's return and cash's are one where they differ by less: both are ratios of rounded values."""


def excess_returns(returns: NDArray[np.float64], risk_free: NDArray[np.float64]) -> NDArray[np.float64]:
    """T (x V) simple returns less those of cash on the same T sessions (Sharpe 1994); exactly 0 for cash itself.

    NaN in, NaN out.
    """
    if not risk_free.any():
        return returns
    excess = returns - risk_free.reshape(-1, *[1] * (returns.ndim - 1))
    return np.where(np.abs(excess) < ROUNDING, 0.0, excess)


def sharpe_ratio(returns: ArrayLike, *, periods: int = SESSIONS_PER_YEAR) -> float:
    """Annual Sharpe ratio of T simple returns in excess of cash: mean / standard deviation (ddof 1) · √periods.

    The returns are in excess of cash already (`excess_returns`), or the difference of two accounts.

    NaN where the returns do not vary. NaN in, NaN out.
    """
    x = np.asarray(returns, dtype=float)
    deviation = float(x.std(ddof=1)) if len(x) > 1 else 0.0
    return float(x.mean() / deviation * np.sqrt(periods)) if deviation > RESOLUTION else float("nan")


def lo_standard_error(sr: float, n_periods: int) -> float:
    """Standard error of a Sharpe ratio from T independent normal returns: √((1 + SR²/2)/T), Lo (2002).

    sr is per period and so is the answer. Too small for skewed, fat-tailed or persistent returns.
    """
    return float(np.sqrt((1.0 + sr * sr / 2.0) / n_periods))


def annual_factor(q: int, autocorrelations: ArrayLike) -> float:
    """What makes a Sharpe ratio per period one per q periods: η(q) = q / √(q + 2 Σ_{k<q} (q − k) ρ_k), Lo (2002).

    autocorrelations: ρ₁, ρ₂, … of the returns; those not given are taken as zero, those at lag q and beyond have no
    weight. √q for independent returns, less for persistent ones. NaN where no series could have such autocorrelations.
    """
    rho = np.asarray(autocorrelations, dtype=float)[: q - 1]
    variance = q + 2.0 * float((q - np.arange(1, len(rho) + 1)) @ rho)
    return float(q / np.sqrt(variance)) if variance > 0 else float("nan")


def _variance_factor(sr: float, skewness: float, kurtosis: float) -> float:
    """1 − γ₃ SR + (γ₄ − 1)/4 SR²: T times the variance of an estimated Sharpe ratio (Mertens 2002, Opdyke 2007)."""
    return 1.0 - skewness * sr + (kurtosis - 1.0) / 4.0 * sr * sr


def moments(returns: ArrayLike) -> tuple[float, float, float]:
    """(SR per period, skewness γ₃, raw kurtosis γ₄) of T returns; NaN where they do not vary."""
    x = np.asarray(returns, dtype=float)
    sr = sharpe_ratio(x, periods=1)
    if not np.isfinite(sr):
        return float("nan"), float("nan"), float("nan")
    deviation = x - x.mean()
    second, third, fourth = (float((deviation**power).mean()) for power in (2, 3, 4))
    return sr, third / second**1.5, fourth / second**2


def probabilistic_sharpe_ratio(
    sr: float, n_periods: int, *, benchmark: float = 0.0, skewness: float = 0.0, kurtosis: float = 3.0
) -> float:
    """Probability that the true Sharpe ratio exceeds `benchmark`.

    Bailey and López de Prado (2012): Φ[(SR − SR*) √(T − 1) / √(1 − γ₃ SR + (γ₄ − 1)/4 SR²)].
    sr and benchmark are per period. Assumes returns independent over time; where they are not it is too sure.
    """
    spread = np.sqrt(_variance_factor(sr, skewness, kurtosis))
    return float(norm.cdf((sr - benchmark) * np.sqrt(n_periods - 1) / spread))


def minimum_track_record_length(
    sr: float,
    *,
    benchmark: float = 0.0,
    skewness: float = 0.0,
    kurtosis: float = 3.0,
    confidence: float = 0.95,
) -> float:
    """Periods needed before a Sharpe ratio of `sr` exceeds `benchmark` with this confidence; inf where it never will.

    Bailey and López de Prado (2012): 1 + (1 − γ₃ SR + (γ₄ − 1)/4 SR²) (z / (SR − SR*))², sr and benchmark per period.
    """
    if sr <= benchmark:
        return float("inf")
    z = float(norm.ppf(confidence))
    return float(1 + _variance_factor(sr, skewness, kurtosis) * (z / (sr - benchmark)) ** 2)
