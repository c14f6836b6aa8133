"""Each variant against what could have been held instead: the legs and the constant mix of its own average weights.

Alpha is shown and never decides. With a free beta it rewards any position that is on in calm markets: in worlds without
any edge its t-value passed for skill in 60 to 84 % of them.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from backtests.results.bootstrap import circular_block, interval
from backtests.results.metrics import cagr
from backtests.results.sharpe import sharpe_ratio
from signals.market import SESSIONS_PER_YEAR, Floats


@dataclass(frozen=True)
class Against:
    """One variant against one benchmark; annual figures.

    information_ratio: mean over standard deviation of the difference of their returns.
    alpha, beta: intercept (annual) and slope of the variant's returns on the benchmark's.
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
    """(coefficients, t-values) of y on a constant and the k columns of x, length 1 + k each; HAC standard errors."""
    from statsmodels.regression.linear_model import OLS

    design = np.column_stack([np.ones(len(y)), x])
    fit = OLS(y, design).fit(cov_type="HAC", cov_kwds={"maxlags": automatic_lag(len(y))})
    return np.asarray(fit.params), np.asarray(fit.tvalues)


def against(returns: Floats, benchmark: Floats) -> Against:
    """T net returns of a variant against T net returns of a benchmark."""
    alpha = alpha_t = beta = float("nan")
    if benchmark.std() > 1e-12:
        coefficients, t = hac_regression(returns, benchmark[:, None])
        alpha, beta = coefficients[0] * SESSIONS_PER_YEAR, coefficients[1]
        alpha_t = t[0] if returns.std() > 1e-12 and not np.allclose(returns, benchmark) else float("nan")
    return Against(
        sharpe_difference=sharpe_ratio(returns) - sharpe_ratio(benchmark),
        cagr_difference=cagr(returns) - cagr(benchmark),
        information_ratio=sharpe_ratio(returns - benchmark),
        alpha=float(alpha),
        alpha_t_hac=float(alpha_t),
        beta=float(beta),
    )


@dataclass(frozen=True)
class LegAlpha:
    """Alpha of a variant against both legs at once; annual, HAC t-values."""

    alpha: float
    alpha_t_hac: float
    betas: tuple[float, float]
    betas_t_hac: tuple[float, float]


def leg_alpha(returns: Floats, legs: Floats) -> LegAlpha:
    """Regression of T net returns on a constant and the T x 2 returns of the legs; NaN for returns that never vary."""
    if returns.std() < 1e-12:
        nothing = (float("nan"), float("nan"))
        return LegAlpha(*nothing, nothing, nothing)
    b, t = (values.tolist() for values in hac_regression(returns, legs))
    return LegAlpha(b[0] * SESSIONS_PER_YEAR, t[0], (b[1], b[2]), (t[1], t[2]))


def sharpe_intervals(returns: pd.DataFrame, *, seed: int) -> dict[str, tuple[float, float]]:
    """95 % circular block bootstrap interval of each column's annual Sharpe ratio; all columns share the resamples."""

    def sharpes(drawn: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(drawn.mean(axis=0) / drawn.std(axis=0, ddof=1) * np.sqrt(SESSIONS_PER_YEAR))

    varying = returns.loc[:, returns.std() > 1e-12]
    bounds = interval(circular_block(varying.to_numpy(), sharpes, seed=seed))
    found = {str(name): (float(lo), float(hi)) for name, (lo, hi) in zip(varying.columns, bounds, strict=True)}
    return {str(name): found.get(str(name), (float("nan"), float("nan"))) for name in returns.columns}
