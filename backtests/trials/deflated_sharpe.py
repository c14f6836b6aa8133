"""What many trials do to a Sharpe ratio: the best of N is good by chance alone, and how good is known.

Symbols as in the papers: SR a Sharpe ratio, T the number of periods, N a number of trials, Φ the normal distribution
function, γ Euler's constant, E[max_N] the expected maximum of N independent standard normals.

Which N? The variants of a study are no independent trials. `effective_trials` says to how many they amount.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm

from unlockstep.backtests.stats.sharpe import probabilistic_sharpe_ratio
from unlockstep.backtests.trials.return_sketches import independent_trials, sketches
from unlockstep.signals.market import SESSIONS_PER_YEAR


def expected_maximum(n_trials: float) -> float:
    """E[max_N] by the False Strategy theorem's approximation; N need not be whole.

    Bailey and López de Prado (2014): (1 − γ) Φ⁻¹(1 − 1/N) + γ Φ⁻¹(1 − 1/(N e)); 0 for N = 1, and nowhere below.
    """
    if n_trials <= 1:
        return 0.0
    first, second = norm.ppf(1 - 1 / n_trials), norm.ppf(1 - 1 / (n_trials * math.e))
    # between one trial and 1.3 the approximation dips below the maximum of a single one
    return max(0.0, float((1 - np.euler_gamma) * first + np.euler_gamma * second))


def deflated_sharpe_ratio(
    sr: float,
    n_periods: int,
    *,
    n_trials: float,
    trial_variance: float,
    skewness: float = 0.0,
    kurtosis: float = 3.0,
) -> float:
    """Probability that the true Sharpe ratio exceeds what the best of N useless trials would have shown.

    Bailey and López de Prado (2014): the PSR at SR₀ = √V · E[max_N], V the variance over the trials of their
    per-period Sharpe ratios. Convention: T − 1 and the variance term at SR, as in the paper, so that its example gives
    0.9004; a later one, with T and the variance term at SR₀, gives 0.9128 for it.
    """
    hurdle = float(np.sqrt(trial_variance)) * expected_maximum(n_trials)
    return probabilistic_sharpe_ratio(sr, n_periods, benchmark=hurdle, skewness=skewness, kurtosis=kurtosis)


def minimum_backtest_length(n_trials: float, sr_annual: float) -> float:
    """Years a backtest must have before the best of N useless trials is expected below an annual Sharpe ratio.

    Bailey, Borwein, López de Prado and Zhu (2014): (E[max_N] / SR)². inf for a Sharpe ratio of zero or less.
    """
    return (expected_maximum(n_trials) / sr_annual) ** 2 if sr_annual > 0 else float("inf")


@dataclass(frozen=True)
class HaircutSharpe:
    """A Sharpe ratio after N tests.

    p:           two-sided p-value of the Sharpe ratio as the only test
    p_multiple:  the same as the best of N
    sharpe:      the annual Sharpe ratio that would have this p-value as the only test
    """

    p: float
    p_multiple: float
    sharpe: float


def haircut_sharpe_ratio(
    sr_annual: float, n_periods: int, *, n_trials: float, periods: int = SESSIONS_PER_YEAR
) -> HaircutSharpe:
    """Harvey and Liu's (2015) haircut, in its Bonferroni form: p_M = 1 − (1 − p)^N.

    sr_annual: from n_periods returns, `periods` of them a year. p = 2 (1 − Φ(|SR| √years)): the normal distribution,
    as in the paper's example, so returns independent over time. The sign is kept. NaN in, NaN out.
    """
    root_years = np.sqrt(n_periods / periods)
    p = 2.0 * float(norm.sf(abs(sr_annual) * root_years))
    p_multiple = float(-np.expm1(n_trials * np.log1p(-p))) if p < 1.0 else 1.0
    # beyond t = 38 the p-value underflows to zero, and its inverse is infinite
    left = np.minimum(norm.isf(p_multiple / 2.0) / root_years, abs(sr_annual))
    return HaircutSharpe(p, p_multiple, float(np.sign(sr_annual) * left))


def effective_trials(returns: ArrayLike, sessions: pd.DatetimeIndex) -> float:
    """How many independent trials would have the expected maximum that V dependent ones have.

    returns: T x V in these T sessions, no NaN (DataError). Columns that never vary are no trials; 0 where there is no
    other.

    N solves E[max_N] = E[max_v z_v], z normal with the variants' correlations. That is the N which the False Strategy
    theorem of Bailey and López de Prado (2014) asks for, and effective numbers of dependent tests are so simulated in
    genetics (Conneely and Boehnke 2007; Dudbridge and Gusnanto 2008). z is drawn as T^(−1/2) Σ_t g_t x_t, g standard
    normal and x the standardised returns (the multiplier bootstrap of Chernozhukov, Chetverikov and Kato 2013), so that
    copies, the order and the scale of variants change nothing, up to rounding. Of the usual shortcuts none can say so:
    the average correlation (2014, appendix) calls ten groups of twenty near-copies 129 trials, where this finds 18;
    the participation ratio of the eigenvalues weighs a variant by its copies; clusters need a number of clusters.

    In a deflated Sharpe ratio this N belongs with the sampling variance of one Sharpe ratio, about 1/T: the variance
    over the trials leaves out what they share already, and with both the hurdle is lowered twice. Among 20 useless
    variants of correlation 0.8, the best passed DSR > 0.95 in 11 % of simulated worlds with both, and in 4 % with 1/T,
    or with the plain count and the variance over trials.
    """
    return independent_trials(sketches(returns, sessions))
