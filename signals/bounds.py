"""How far the two correlations can be trusted: a band round that of returns, and what levels do by chance alone."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from unlockstep.signals.correlation import Correlation, Window
from unlockstep.signals.level_rates import DISTANCES, NODES, RATES
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.resolution import resolution
from unlockstep.signals.rolling import align, in_parts, windows
from unlockstep.signals.signal import Signal

NORMAL = 1.959964
"""97.5 % quantile of the normal distribution."""

OUTER = (0.025, 0.975)

Side = Literal["low", "high"]


class _Bound(Signal):
    """A lower or an upper bound on a correlation of the window."""

    unit: ClassVar[str] = "correlation"

    window: Window = Field(default=90, description="sessions")
    side: Side = Field(default="low", description="which bound")

    @property
    def warmup(self) -> int:
        return self.window


class CorrelationBound(_Bound):
    """A bound of the 95 % interval of the rolling correlation of daily log returns.

    Fisher's z, with the standard error of r from its influence ψ = uv − r (u² + v²)/2, u and v the standardised returns
    of the window (Devlin, Gnanadesikan and Kettenring 1975): se² = mean(ψ²)/n. It asks for no normality, and lets
    volatility change; it takes the window's sessions for independent and the true correlation for constant in it. With
    one session in ten four times as wild as the others, 90 sessions' band holds the truth in 87 % of samples, the band
    that takes returns for normal in 66 %. NaN also where a leg does not vary within a window.
    """

    name: ClassVar[str] = "correlation_bound"
    meaning: ClassVar[str] = "a bound of the 95 % interval of the return correlation, each session alone"

    def values(self, market: Market) -> Floats:
        returns = market.log_returns.to_numpy()[1:]
        crypto, equity = (windows(leg, self.window) for leg in returns.T)
        error = align(in_parts(_error, crypto, equity), len(market.sessions))
        r = Correlation(window=self.window).values(market)
        inner = np.clip(r, -1.0 + 1e-12, 1.0 - 1e-12)
        reach = NORMAL * error / (1.0 - inner**2)
        return np.asarray(np.tanh(np.arctanh(inner) + (reach if self.side == "high" else -reach)))


def _error(x: Floats, y: Floats) -> Floats:
    """Standard error of the correlation of each row of x with the same row of y; NaN where one does not vary."""
    u, v = (each - each.mean(axis=1, keepdims=True) for each in (x, y))
    spreads = [np.sqrt((each * each).mean(axis=1, keepdims=True)) for each in (u, v)]
    floor = [resolution(each, 1) for each in (x, y)]
    u, v = (
        np.divide(each, s, out=np.full_like(each, np.nan), where=s > least)
        for each, s, least in zip((u, v), spreads, floor, strict=True)
    )
    r = (u * v).mean(axis=1, keepdims=True)
    influence = u * v - 0.5 * r * (u * u + v * v)
    return np.asarray(np.sqrt((influence * influence).mean(axis=1) / x.shape[1]))


class LevelBound(_Bound):
    """What the correlation of price levels stays above, or below, in 97.5 % of windows with no decoupling at all.

    Of random walks whose returns correlate as observed, see `correlation.false_decoupling_rate`, whose assumptions hold
    here too. A level correlation between the two bounds is no news, whatever its sign.
    """

    name: ClassVar[str] = "level_bound"
    meaning: ClassVar[str] = "a bound of the range in which 95 % of level correlations lie with no decoupling at all"

    def values(self, market: Market) -> Floats:
        return chance_bound(Correlation(window=self.window).values(market), self.side)


def chance_bound(returns: Floats, side: Side) -> Floats:
    """The bound on levels for each correlation of returns, in [-1, 1]; NaN stays NaN."""
    strength = np.abs(returns)
    inner = np.clip(strength, 0.0, 1.0 - 1e-12)
    distances = [np.interp(inner, NODES, [np.interp(share, row, DISTANCES) for row in RATES]) for share in OUTER]
    low, high = (np.tanh(np.arctanh(inner) + distance) for distance in distances)
    # with one leg turned upside down both correlations change sign
    upright, turned = (low, -high) if side == "low" else (high, -low)
    return np.asarray(np.where(np.isnan(returns), np.nan, np.where(returns < 0, turned, upright)))
