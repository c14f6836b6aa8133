"""Honest signals and strategies of many kinds, none of which may raise an alarm."""

from collections.abc import Callable
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from unlockstep.signals import Market, Signal, Trend, Volatility
from unlockstep.signals.market import Floats
from unlockstep.signals.refit import refits
from unlockstep.signals.rolling import align, windows
from unlockstep.strategies import Strategy, target

Honest = Callable[[Market], Any]
CLEAN_SIGNALS: dict[str, tuple[Honest, int]] = {}
"""Name → (values, warm-up)"""


def honest(name: str, warmup: int) -> Callable[[Honest], Honest]:
    def register(function: Honest) -> Honest:
        CLEAN_SIGNALS[name] = function, warmup
        return function

    return register


class Clean(Signal):
    """A signal that knows the past alone."""

    name: ClassVar[str] = "clean"
    meaning: ClassVar[str] = "yesterday's newspaper"
    unit: ClassVar[str] = "none"

    kind: str = "an exponential average"

    @property
    def warmup(self) -> int:
        return CLEAN_SIGNALS[self.kind][1]

    def values(self, market: Market) -> Floats:
        values = np.array(CLEAN_SIGNALS[self.kind][0](market), dtype=float)
        values[: self.warmup] = np.nan
        return values


def returns(market: Market) -> "pd.Series[float]":
    return market.log_returns["crypto"]


@honest("an exponential average", 60)
def _(market: Market) -> Any:
    return returns(market).ewm(span=20).mean()


@honest("an expanding z-score", 60)
def _(market: Market) -> Any:
    r = returns(market)
    return (r - r.expanding().mean()) / r.expanding().std()


@honest("a state with two thresholds", 40)
def _(market: Market) -> Any:
    level = returns(market).rolling(20).sum().to_numpy()
    state, out = 0.0, []
    for value in level:
        state = 1.0 if value > 0.05 else 0.0 if value < -0.05 else state
        out.append(state)
    return out


@honest("a rolling deviation", 30)
def _(market: Market) -> Any:
    return returns(market).rolling(20).std()


@honest("a rolling correlation", 62)
def _(market: Market) -> Any:
    r = market.log_returns
    return r["crypto"].rolling(60).corr(r["equity"])


@honest("a sum of all returns", 1)
def _(market: Market) -> Any:
    return returns(market).fillna(0.0).cumsum()


@honest("the fall from the highest so far", 1)
def _(market: Market) -> Any:
    total = returns(market).fillna(0.0).cumsum()
    return total - total.cummax()


@honest("the highest price so far", 1)
def _(market: Market) -> Any:
    return market.close["crypto"].cummax()


@honest("a model fitted each half year", 252 + 131)
def _(market: Market) -> Any:
    x, y = market.log_returns.to_numpy().T
    out = np.full(len(x), np.nan)
    for fit, stop in refits(market.sessions, 252):
        slope = np.polyfit(x[fit - 252 : fit], y[fit - 252 : fit], 1)[0]
        out[fit:stop] = y[fit:stop] - slope * x[fit:stop]
    return out


@honest("an as-of join backwards", 40)
def _(market: Market) -> Any:
    close = market.close.reset_index()
    fridays = close[close["session"].dt.dayofweek == 4]
    joined = pd.merge_asof(close[["session"]], fridays, on="session", direction="backward", allow_exact_matches=False)
    return joined["crypto"]


@honest("the year to date", 260)
def _(market: Market) -> Any:
    close = market.close["crypto"]
    return close / close.groupby(market.sessions.year).transform("first") - 1.0


@honest("weights over sliding windows", 61)
def _(market: Market) -> Any:
    r = returns(market).to_numpy()[1:]
    return align(windows(r, 60) @ np.linspace(0.0, 1.0, 60), len(r) + 1)


@honest("a Kalman filter", 200)
def _(market: Market) -> Any:
    level, variance, out = 0.0, 1.0, []
    for value in returns(market).fillna(0.0):
        variance += 1e-5
        gain = variance / (variance + 1e-3)
        level, variance = level + gain * (value - level), (1.0 - gain) * variance
        out.append(level)
    return out


@honest("a rank within the past year", 253)
def _(market: Market) -> Any:
    return returns(market).rolling(252).rank(pct=True)


@honest("a week labelled at its end", 20)
def _(market: Market) -> Any:
    weekly = returns(market).resample("W-FRI").sum().shift(1)
    return weekly.reindex(market.sessions, method="ffill")


@honest("principal components of the past quarter", 64)
def _(market: Market) -> Any:
    x = market.log_returns.to_numpy()
    out = np.full(len(x), np.nan)
    for i in range(64, len(x), 1):
        past = np.nan_to_num(x[i - 62 : i + 1])
        out[i] = abs(np.linalg.svd(past, full_matrices=False)[2][0, 0])
    return out


@honest("a recursive filter", 250)
def _(market: Market) -> Any:
    return lfilter([0.1], [1.0, -0.9], returns(market).fillna(0.0))


@honest("a gap filled forwards", 30)
def _(market: Market) -> Any:
    r = returns(market)
    return r.where(r.abs() > 0.005).ffill(limit=5).fillna(0.0).rolling(10).sum()


@honest("seeded noise", 30)
def _(market: Market) -> Any:
    return np.random.default_rng(3).standard_normal(len(market.sessions)).cumsum() * 0.0 + returns(market).to_numpy()


class Honestly(Strategy):
    """Base of honest strategies."""

    statement: ClassVar[str] = ""
    hypothesis: ClassVar[str] = "the past is all there is"

    def signals(self) -> dict[str, Signal]:
        return {"trend": Trend(window=20), "risk": Volatility(window=20)}


class Crossover(Honestly):
    name: ClassVar[str] = "crossover"

    @property
    def warmup(self) -> int:
        return 90

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        fast, slow = (s["trend"].ewm(span=span).mean() for span in (5, 20))
        return target((fast > slow).astype(float), 0.0, where=slow.notna())


class RiskTarget(Honestly):
    name: ClassVar[str] = "risk_target"

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        share = (0.2 / s["risk"]).clip(0.0, 1.0)
        return target(share, 0.0, where=share.notna())


class Monthly(Honestly):
    """Looks at the trend in the first session of each month, and holds until the next."""

    name: ClassVar[str] = "monthly"

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        month = pd.Series(pd.DatetimeIndex(s.index).month, index=s.index)
        opening = month.ne(month.shift()) & month.shift().notna()
        return target((s["trend"] > 0).astype(float), 0.0, where=opening & s["trend"].notna())


class OnDates(Honestly):
    """Holds ETH from the 25th to the 3rd."""

    name: ClassVar[str] = "on_dates"

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        day = pd.DatetimeIndex(s.index).day
        positions = pd.Series((day >= 25) | (day <= 3), index=s.index)
        return target(positions.astype(float), 0.0, where=s["trend"].notna())


class Latched(Honestly):
    """In above one threshold, out below the other, out at first."""

    name: ClassVar[str] = "latched"
    mode: Literal["long"] = "long"

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        position, out = 0.0, []
        for value in s["trend"]:
            position = 1.0 if value > 0.08 else 0.0 if value < -0.08 else position
            out.append(position)
        return target(pd.Series(out, index=s.index), 0.0, where=s["trend"].notna())


class AboveItsPast(Honestly):
    name: ClassVar[str] = "above_its_past"

    @property
    def warmup(self) -> int:
        return 120

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        middle = s["trend"].rolling(100).median()
        return target((s["trend"] > middle).astype(float), 0.0, where=middle.notna())


CLEAN_STRATEGIES: list[type[Strategy]] = [Crossover, RiskTarget, Monthly, OnDates, Latched, AboveItsPast]
