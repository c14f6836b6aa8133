"""Look-ahead of every kind, planted to be caught. `# <-` marks the line that an audit should point to."""

from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.signal import filtfilt, savgol_filter
from scipy.sparse.linalg import spsolve

from unlockstep.signals import Market, Signal, Trend, Volatility
from unlockstep.signals.market import Floats
from unlockstep.signals.signal import SignalCache
from unlockstep.signals.yoy import year_earlier
from unlockstep.strategies import Strategy, target
from unlockstep.strategies.weights import TargetWeights

Leaking = Callable[[Market], Any]
SIGNAL_LEAKS: dict[str, Leaking] = {}
AHEAD: dict[str, int | None] = {}
"""Name → sessions that it looks ahead, None for up to the end of the sample, absent where it varies."""


def planted(name: str, ahead: int | None = -1) -> Callable[[Leaking], Leaking]:
    def register(function: Leaking) -> Leaking:
        SIGNAL_LEAKS[name] = function
        if ahead != -1:
            AHEAD[name] = ahead
        return function

    return register


class Leak(Signal):
    """A signal that looks ahead."""

    name: ClassVar[str] = "leak"
    meaning: ClassVar[str] = "tomorrow's newspaper"
    unit: ClassVar[str] = "none"

    kind: str = "the next return"

    @property
    def warmup(self) -> int:
        return 260 if self.kind == "a YoY that reads the next row" else 30

    def values(self, market: Market) -> Floats:
        values = np.array(SIGNAL_LEAKS[self.kind](market), dtype=float)
        values[: self.warmup] = np.nan
        return values


def returns(market: Market) -> "pd.Series[float]":
    return market.log_returns["crypto"]


@planted("the next return", 1)
def _(market: Market) -> Any:
    r = returns(market)
    return r.shift(-1)  # <-


@planted("a centred window", 10)
def _(market: Market) -> Any:
    r = returns(market)
    smooth = r.rolling(21, center=True, min_periods=1).mean()  # <-
    return smooth * 2.0


@planted("a z-score over the full sample", None)
def _(market: Market) -> Any:
    r = returns(market)
    mean = r.mean()  # <-
    return (r - mean) / r.rolling(20).std()


@planted("a back-fill")
def _(market: Market) -> Any:
    rising = returns(market).where(lambda r: r > 0)
    filled = rising.bfill()  # <-
    return filled * 2.0


@planted("a week labelled at its start", 4)
def _(market: Market) -> Any:
    close = market.close["crypto"]
    weekly = close.resample("W-MON", label="left", closed="left").last()  # <-
    return weekly.reindex(market.sessions, method="ffill")


@planted("above the full sample's quantile", None)
def _(market: Market) -> Any:
    r = returns(market)
    high = r.quantile(0.9)  # <-
    return (r > high).astype(float)


@planted("a parameter fitted on the full sample", None)
def _(market: Market) -> Any:
    crypto, equity = market.log_returns.fillna(0.0).to_numpy().T
    slope, intercept = np.polyfit(equity, crypto, 1)  # <-
    return crypto - slope * equity - intercept


@planted("an interpolation across gaps")
def _(market: Market) -> Any:
    monthly = returns(market).where(np.arange(len(market.sessions)) % 21 == 0)
    return monthly.interpolate()  # <-


@planted("the last value broadcast", None)
def _(market: Market) -> Any:
    r = returns(market)
    last = r.iloc[-1]  # <-
    return r.rolling(5).mean() - last


@planted("a YoY that reads the next row", 1)
def _(market: Market) -> Any:
    close = market.crypto.close
    now = np.minimum(np.arange(len(close)) + 1, len(close) - 1)
    growth = close[now] / close[np.maximum(year_earlier(market.sessions), 0)]  # <-
    return growth - 1.0


@planted("a smoothed instead of a filtered state")
def _(market: Market) -> Any:
    r = returns(market).fillna(0.0).to_numpy()
    state, gain = np.zeros(len(r)), 0.1
    for i in range(1, len(r)):
        state[i] = (1 - gain) * state[i - 1] + gain * r[i]
    smooth = state.copy()
    for i in range(len(r) - 2, -1, -1):
        smooth[i] = 0.5 * state[i] + 0.5 * smooth[i + 1]  # <-
    return smooth


@planted("principal components of the full sample", None)
def _(market: Market) -> Any:
    x = market.log_returns.fillna(0.0).to_numpy()
    _, _, axes = np.linalg.svd(x, full_matrices=False)  # <-
    return x @ np.abs(axes[0])


_seen: dict[str, float] = {}


@planted("a global kept between calls", None)
def _(market: Market) -> Any:
    r = returns(market)
    if "mean" not in _seen:
        _seen["mean"] = float(r.mean())  # <-
    return (r - _seen["mean"]).rolling(5).mean()


@cache
def _level(sessions: int) -> list[float]:
    return []


@planted("a cache of a function", None)
def _(market: Market) -> Any:
    r = returns(market)
    retained = _level(1)
    if not retained:
        retained.append(float(r.std()))  # <-
    return r / retained[0]


@planted("a seed that depends on the length", None)
def _(market: Market) -> Any:
    r = returns(market)
    rng = np.random.default_rng(len(r))  # <-
    return r + 0.001 * rng.standard_normal(len(r))


def _scattered(sessions: int) -> Any:
    return np.random.default_rng(11).random(sessions) < 0.02


@planted("a back-fill over 2 % scattered holes")
def _(market: Market) -> Any:
    r = returns(market)
    positions = r.mask(_scattered(len(r)))
    return positions.bfill()  # <-


@planted("a back-fill of flat bars")
def _(market: Market) -> Any:
    moved = returns(market).replace(0.0, np.nan)
    return moved.bfill()  # <-


@planted("a back-fill of bars that are missing")
def _(market: Market) -> Any:
    close = pd.Series(market.crypto.close)
    whole = close.bfill()  # <-
    return whole.ffill().pct_change(5)


@planted("a fill forwards, then backwards")
def _(market: Market) -> Any:
    r = returns(market)
    quiet = r.where(r.abs() > 0.002)
    return quiet.bfill(limit=3).ffill()  # <-


@planted("an average shifted back", 3)
def _(market: Market) -> Any:
    r = returns(market)
    return r.rolling(10).mean().shift(-3)  # <-


@planted("a month labelled before it is over")
def _(market: Market) -> Any:
    r = returns(market)
    month = pd.DatetimeIndex(r.index).to_period("M")
    return r.groupby(month).transform("sum")  # <-


@planted("an as-of join forwards")
def _(market: Market) -> Any:
    close = market.close.reset_index()
    month_ends = close.iloc[20::21]
    joined = pd.merge_asof(  # <-
        close[["session"]], month_ends, on="session", direction="forward"
    )
    return joined["crypto"].ffill()


@planted("an as-of join with the nearest")
def _(market: Market) -> Any:
    close = market.close.reset_index()
    joined = pd.merge_asof(close[["session"]], close.iloc[::5], on="session", direction="nearest")  # <-
    return joined["crypto"]


@planted("a line between known points")
def _(market: Market) -> Any:
    r = market.crypto.close
    points = np.arange(0, len(r), 10)
    return np.interp(np.arange(len(r)), points, r[points])  # <-


@planted("a filter run both ways")
def _(market: Market) -> Any:
    r = returns(market).fillna(0.0).to_numpy()
    return filtfilt([0.2], [1.0, -0.8], r)  # <-


@planted("a polynomial filter", 5)
def _(market: Market) -> Any:
    r = returns(market).fillna(0.0).to_numpy()
    return savgol_filter(r, 11, 2)  # <-


@planted("a low pass by Fourier", None)
def _(market: Market) -> Any:
    r = returns(market).fillna(0.0).to_numpy()
    spectrum = np.fft.rfft(r)  # <-
    spectrum[20:] = 0.0
    return np.fft.irfft(spectrum, len(r))


@planted("a Hodrick-Prescott trend", None)
def _(market: Market) -> Any:
    y = np.log(market.crypto.close)
    second = sparse.diags([1.0, -2.0, 1.0], [0, 1, 2], shape=(len(y) - 2, len(y)))
    return spsolve((sparse.eye(len(y)) + 1600.0 * second.T @ second).tocsc(), y)  # <-


@planted("a rank within the full sample", None)
def _(market: Market) -> Any:
    return returns(market).rank(pct=True)  # <-


@planted("an average run backwards", None)
def _(market: Market) -> Any:
    r = returns(market)
    return r[::-1].ewm(span=10).mean()[::-1]  # <-


@planted("the largest price still to come", None)
def _(market: Market) -> Any:
    close = market.crypto.close
    peak = np.maximum.accumulate(close[::-1])[::-1]  # <-
    return close / peak


@planted("a share of the final price", None)
def _(market: Market) -> Any:
    close = market.crypto.close
    return close / close[-1]  # <-


@planted("rows dropped, then the nearest")
def _(market: Market) -> Any:
    r = returns(market)
    loud = r[r.abs() > 0.01]
    return loud.reindex(r.index, method="nearest")  # <-


@planted("an order by size", None)
def _(market: Market) -> Any:
    r = returns(market).fillna(0.0).to_numpy()
    return np.argsort(np.argsort(r)).astype(float)  # <-


@planted("a z-score beside one huge number", None)
def _(market: Market) -> Any:
    r = returns(market)
    jump = np.nan_to_num(r.fillna(0.0).pct_change().to_numpy())
    mean = r.mean()  # <-
    return np.where(np.abs(jump) > 50, jump, (r - mean) / r.rolling(20).std())


@planted("a rank beside a sentinel", None)
def _(market: Market) -> Any:
    rank = returns(market).rank(pct=True)  # <-
    return rank.where(market.sessions.day != 13, 1e12)


@planted("whether the length is odd", None)
def _(market: Market) -> Any:
    r = returns(market)
    sign = 1.0 if len(r) % 2 else -1.0  # <-
    return sign * r


@planted("the size of the next move", 1)
def _(market: Market) -> Any:
    r = returns(market)
    return r.abs().shift(-1).rolling(3, min_periods=1).max()  # <-


@planted("a loop that reads one too many", 1)
def _(market: Market) -> Any:
    close = market.crypto.close
    out = np.zeros(len(close))
    for i in range(1, len(close) - 1):
        out[i] = close[i + 1] / close[i - 1]  # <-
    return out


@planted("bins of the full sample", None)
def _(market: Market) -> Any:
    r = returns(market).fillna(0.0)
    return pd.qcut(r, 5, labels=False)  # <-


@planted("a trend of the full sample taken out", None)
def _(market: Market) -> Any:
    y = np.log(market.crypto.close)
    x = np.arange(len(y))
    line = np.polyval(np.polyfit(x, y, 1), x)  # <-
    return y - line


@planted("the last session of the month", 1)
def _(market: Market) -> Any:
    month = pd.Series(market.sessions.month, index=market.sessions)
    return (month != month.shift(-1)).astype(float)  # <-


@planted("two steps through a helper", 2)
def _(market: Market) -> Any:
    r = returns(market)
    late = _two_later(r)
    return late.rolling(4).mean()


def _two_later(r: "pd.Series[float]") -> "pd.Series[float]":
    return r.shift(-2)  # <-


@planted("volatility scaled by the full sample", None)
def _(market: Market) -> Any:
    r = returns(market)
    size = r.rolling(20).std()
    return size / size.max()  # <-


class Planted(Strategy):
    """Base of the strategies that look ahead; they read an honest trend and volatility."""

    statement: ClassVar[str] = ""
    hypothesis: ClassVar[str] = "tomorrow is known today"

    def signals(self) -> dict[str, Signal]:
        return {"trend": Trend(window=10), "risk": Volatility(window=20)}


class NextTrend(Planted):
    name: ClassVar[str] = "next_trend"

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        rising = s["trend"].shift(-1) > s["trend"]  # <-
        return target(rising.astype(float), 0.0, where=s["trend"].notna())


class AboveMedian(Planted):
    name: ClassVar[str] = "above_median"

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        middle = s["trend"].median()  # <-
        return target((s["trend"] > middle).astype(float), 0.0, where=s["trend"].notna())


class Centred(Planted):
    name: ClassVar[str] = "centred"

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        smooth = s["trend"].rolling(9, center=True).mean()  # <-
        return target((smooth > 0).astype(float), 0.0, where=smooth.notna())


class SparseFill(Planted):
    """Two sessions of a hundred are thought to be missing, and filled from behind."""

    name: ClassVar[str] = "sparse_fill"

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        holed = s["trend"].mask(np.random.default_rng(5).random(len(s)) < 0.02)
        filled = holed.bfill()  # <-
        return target((0.5 + filled).clip(0.0, 1.0), 0.0, where=filled.notna())


class WeekAhead(Planted):
    name: ClassVar[str] = "week_ahead"

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        week = pd.DatetimeIndex(s.index).to_period("W")
        level = s["trend"].groupby(week).transform("last")  # <-
        return target((level > 0).astype(float), 0.0, where=level.notna())


class StoredThreshold(Planted):
    """The first call's median is kept on the class."""

    name: ClassVar[str] = "kept_threshold"
    stored: ClassVar[list[float]] = []

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        if not self.stored:
            self.stored.append(float(s["trend"].median()))  # <-
        high = s["trend"] > self.stored[0]
        return target(high.astype(float), 0.0, where=s["trend"].notna())


class SameClose(Planted):
    """ETH's bar of a session used at IWM's close of the same date: decisions stamped a session early."""

    name: ClassVar[str] = "same_close"

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return target((s["trend"] > 0).astype(float), 0.0, where=s["trend"].notna())

    def decide(self, market: Market, signal_cache: SignalCache | None = None) -> TargetWeights:
        late = super().decide(market, signal_cache).frame
        places = market.sessions.get_indexer(pd.DatetimeIndex(late.index)) - 1  # <-
        early = late.set_axis(market.sessions[places])
        return TargetWeights(self.label, early)


class LeakingSignal(Planted):
    """An honest rule on a signal that looks ahead."""

    name: ClassVar[str] = "leaking_signal"

    def signals(self) -> dict[str, Signal]:
        return {"trend": Trend(window=10), "news": Leak(kind="a rank within the full sample")}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return target((s["news"] > 0.5).astype(float), 0.0, where=s["trend"].notna())


STRATEGY_LEAKS: list[type[Strategy]] = [
    NextTrend, AboveMedian, Centred, SparseFill, WeekAhead, StoredThreshold, SameClose, LeakingSignal,
]  # fmt: skip
