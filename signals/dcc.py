"""Dynamic conditional correlation, with parameters estimated on the past alone."""

from functools import lru_cache
from typing import ClassVar

import numpy as np
from pydantic import Field

from unlockstep.signals.correlation import Window
from unlockstep.signals.critical import CRITICAL
from unlockstep.signals.detector import Detector
from unlockstep.signals.fluctuation import fisher_z
from unlockstep.signals.lean_arch import import_arch
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.refit import HALF_YEAR, refits
from unlockstep.signals.resolution import RESOLUTION
from unlockstep.signals.scores import BOUND
from unlockstep.signals.signal import Signal

PERSISTENCE, NEWS = (0.90, 0.97, 0.99), (0.0, 0.01, 0.03, 0.06)
"""The grid of a + b and of a on which the search for the parameters begins."""

LIMIT = 0.999999
"""Largest correlation of the model, in size: at 1 there is no density."""


class DCC(Signal):
    """Correlation of the next session's returns by a DCC(1,1) model (Engle 2002).

    Stage one, by `arch`: each leg's log returns as GARCH(1,1) (Bollerslev 1986), which gives standardised returns e_t.
    Stage two:   Q_t = (1 - a - b) S + a e_{t-1} e_{t-1}' + b Q_{t-1},   correlation_t = q_12 / sqrt(q_11 q_22)

    with S the correlation matrix of the e_t, a and b by quasi maximum likelihood. e_t enters bounded at two deviations,
    in the spirit of Boudt, Danielsson and Laurent (2013), and scaled to a mean square of one: a wild session otherwise
    rules the estimate for months.

    Both stages are fitted in the first session of each half year, on the `window` returns before it, and the
    correlation is run on from there. The value of session D is the forecast for D + 1, from returns up to D.
    """

    name: ClassVar[str] = "dcc"
    meaning: ClassVar[str] = "correlation expected of the next session's returns, by a DCC-GARCH model of the past"
    unit: ClassVar[str] = "correlation"

    window: Window = Field(default=756, ge=250, description="sessions on which the model is fitted")

    @property
    def warmup(self) -> int:
        return self.window + HALF_YEAR

    def values(self, market: Market) -> Floats:
        return self.paths(market)[0]

    def paths(self, market: Market) -> tuple[Floats, Floats, Floats]:
        """T forecasts of the correlation, the T correlations around which the model in force lets them move, and the
        standard errors of their difference, in Fisher's z, under a constant correlation (see `DccBreak`).
        """
        paths = _paths(market, self.window).copy()
        paths[:, : self.warmup] = np.nan
        return paths[0], paths[1], paths[2]


class DccBreak(Detector):
    """Breaks by DCC: how many standard errors the DCC correlation lies under the level that the model returns to.

        statistic(D) = (artanh(S_12) - artanh(dcc(D))) / s,   s² = v (a² / (1 - b²) + 1 / window)

    Under a constant correlation q_12 is an AR(1) of coefficient b driven by a times the products, and S_12 a mean of
    `window` of them; v is the variance of a session's influence on Fisher's z, (e_1 e_2 - S_12 (e_1² + e_2²) / 2) /
    (1 - S_12²), in the sessions fitted. Without s a fit to volatile products, whose a is large, would be taken for a
    break, and one with a small a would see none. Where a is 0 there is no evidence, and the statistic is 0.
    """

    name: ClassVar[str] = "dcc_break"
    meaning: ClassVar[str] = "1 = the DCC correlation has fallen under its own long-run level, else 0"

    window: Window = Field(default=756, ge=250, description="sessions on which the model is fitted")
    critical: float = Field(
        default=CRITICAL["dcc_break"], gt=0, description="fall in standard errors that makes a break"
    )

    @property
    def warmup(self) -> int:
        return DCC(window=self.window).warmup

    def statistic(self, market: Market) -> Floats:
        forecast, level, error = DCC(window=self.window).paths(market)
        fall = fisher_z(level) - fisher_z(forecast)
        return np.divide(fall, error, out=np.where(np.isnan(fall), np.nan, 0.0), where=error > 0)


@lru_cache(maxsize=1)  # of one market `dcc` and `dcc_break` are read, by the same fits
def _paths(market: Market, window: int) -> Floats:
    """3 x T: forecasts, levels and errors, NaN before the first fit. They are shared, so callers copy them."""
    out = np.full((3, len(market.sessions)), np.nan)
    returns = market.log_returns.to_numpy()
    for fit, stop in refits(market.sessions, window):
        out[:, fit:stop] = _forecasts(returns[fit - window : stop], window)
    return out


def _forecasts(returns: Floats, fitted: int) -> Floats:
    """3 x (n - fitted): the DCC forecast after each of the later returns, the level that it returns to, and the error
    of their difference in Fisher's z.

    n x 2 log returns; the first `fitted` rows are those that the model is estimated on. NaN where a leg did not vary,
    or its GARCH fit did not converge.
    """
    past = returns[:fitted]
    if not (past.std(axis=0) > RESOLUTION).all():
        return np.full((3, len(returns) - fitted), np.nan)
    residuals = np.column_stack([_standardised(leg, fitted) for leg in returns.T])
    if not np.isfinite(residuals).all():
        return np.full((3, len(returns) - fitted), np.nan)
    products = np.column_stack([residuals[:, 0] ** 2, residuals[:, 1] ** 2, residuals[:, 0] * residuals[:, 1]])
    target = products[:fitted].mean(axis=0)
    a, b = _estimate(products[:fitted], target)
    path = _conditional(products, target, a, b)[fitted + 1 :]
    return np.stack([path, np.full(len(path), target[2]), np.full(len(path), _error(products[:fitted], target, a, b))])


def _error(products: Floats, target: Floats, a: float, b: float) -> float:
    """Standard error, in Fisher's z, of the forecast less its level under a constant correlation; see `DccBreak`.

    n x 3 products of the sessions fitted; 0 where the legs move as one.
    """
    level = min(abs(target[2]), LIMIT)
    influence = (products[:, 2] - target[2] * (products[:, 0] + products[:, 1]) / 2.0) / (1.0 - level**2)
    return float(np.sqrt(influence.var() * (a * a / (1.0 - b * b) + 1.0 / len(products))))


def _standardised(leg: Floats, fitted: int) -> Floats:
    """Length n: returns over their GARCH(1,1) volatility, bounded, with a mean square of one in the first `fitted`.

    The parameters are those of the first `fitted`; from there the recursion runs on. NaN where the fit does not
    converge.
    """
    import_arch()
    from arch import arch_model
    from scipy.signal import lfilter

    scaled = leg / leg[:fitted].std()
    model = arch_model(scaled[:fitted], mean="Zero", vol="GARCH", p=1, q=1, rescale=False)
    fit = model.fit(disp="off", show_warning=False)
    if fit.convergence_flag != 0:
        return np.full(len(leg), np.nan)
    omega, alpha, beta = np.asarray(fit.params)
    past = np.asarray(fit.conditional_volatility) ** 2
    later = lfilter([1.0], [1.0, -beta], omega + alpha * scaled[fitted - 1 : -1] ** 2, zi=[beta * past[-1]])[0]
    residuals = np.clip(scaled / np.sqrt(np.concatenate([past, later])), -BOUND, BOUND)
    return np.asarray(residuals / np.sqrt((residuals[:fitted] ** 2).mean()))


def _conditional(products: Floats, target: Floats, a: float, b: float) -> Floats:
    """Length n + 1 conditional correlations: row t uses the n x 3 products (e1², e2², e1 e2) before row t."""
    from scipy.signal import lfilter

    drive = (1.0 - a - b) * target + a * products
    later = lfilter([1.0], [1.0, -b], drive, axis=0, zi=b * target[None])[0]
    q = np.vstack([target, later])
    return np.asarray(np.clip(q[:, 2] / np.sqrt(q[:, 0] * q[:, 1]), -LIMIT, LIMIT))


def _loss(products: Floats, target: Floats, a: float, b: float) -> float:
    """Minus the quasi log likelihood of the correlations, Engle (2002) without its constants."""
    rho = _conditional(products[:-1], target, a, b)
    left = 1.0 - rho * rho
    squares = products[:, 0] + products[:, 1] - 2.0 * rho * products[:, 2]
    return float((np.log(left) + squares / left).sum())


def _estimate(products: Floats, target: Floats) -> tuple[float, float]:
    """(a, b) of least loss: the best of a grid, refined. Without dynamics in the past a is 0 and the correlation
    stands.
    """
    from scipy.optimize import minimize

    def loss(point: Floats) -> float:
        a, persistence = point
        if not (0.0 <= a <= persistence < 1.0):
            return float("inf")
        return _loss(products, target, a, persistence - a)

    start = min(((a, p) for p in PERSISTENCE for a in NEWS), key=lambda point: loss(np.array(point)))
    optimum = minimize(loss, start, method="Nelder-Mead", options={"maxiter": 80, "xatol": 1e-4, "fatol": 1e-4})
    a, persistence = optimum.x
    return float(a), float(persistence - a)
