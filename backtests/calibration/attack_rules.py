"""Rules that attack the verdict: each looks back in its own way on the returns that it trades. None is for trading.

They are strategies like any other, in no registry, so that a study can be made of them and judged by the code of a run.
All hold the crypto leg or cash.
"""

from typing import ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from unlockstep.signals import Signal, Trend
from unlockstep.signals.breakdown import hysteresis
from unlockstep.signals.correlation import Window
from unlockstep.signals.histories import Histories, ManyHistories, align_all
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.rolling import align
from unlockstep.signals.signal import Columns, SignalCache
from unlockstep.strategies.strategy import Strategy, target, where_defined


class Fall(Signal, ManyHistories):
    """Log distance of the crypto leg's close from its highest close of the last `window` + 1 sessions, 0 or less."""

    name: ClassVar[str] = "fall"
    meaning: ClassVar[str] = "how far ETH has fallen from its high"
    unit: ClassVar[str] = "log move"

    window: Window = Field(default=250, description="sessions of the high")

    @property
    def warmup(self) -> int:
        return self.window

    def values(self, market: Market) -> Floats:
        logs = np.log(market.crypto.close)
        high = pd.Series(logs).rolling(self.window + 1).max().to_numpy()
        return np.asarray(logs - high)

    def values_of(self, histories: Histories) -> Floats:
        from scipy.ndimage import maximum_filter1d

        logs, size = histories.log_close("crypto"), self.window + 1
        high = maximum_filter1d(logs, size, axis=1, origin=size // 2 - (size % 2 == 0))
        return align_all((logs - high)[:, self.window :], histories.sessions)


class Calm(Signal, ManyHistories):
    """Mean absolute return of the crypto leg over `window` sessions, over that of the last 300."""

    name: ClassVar[str] = "calm"
    meaning: ClassVar[str] = "how wild ETH is against its own year: under 1 it is calm"
    unit: ClassVar[str] = "ratio"

    window: Window = Field(default=40, description="sessions")

    @property
    def warmup(self) -> int:
        return 301

    def values(self, market: Market) -> Floats:
        close = market.crypto.close
        # capped, so that one crash does not make a month wild
        moves = np.concatenate([[0.0], np.cumsum(np.minimum(np.abs(close[1:] / close[:-1] - 1.0), 0.12))])
        short = (moves[301:] - moves[301 - self.window : -self.window]) / self.window
        return align(short / ((moves[301:] - moves[1:-300]) / 300), len(close))

    def values_of(self, histories: Histories) -> Floats:
        sizes = np.minimum(np.abs(histories.close[:, :, 0] - 1.0), 0.12)
        moves = np.hstack([np.zeros((len(histories), 1)), np.cumsum(sizes, axis=1)])
        short = (moves[:, 301:] - moves[:, 301 - self.window : -self.window]) / self.window
        return align_all(short / ((moves[:, 301:] - moves[:, 1:-300]) / 300), histories.sessions)


class _Rule(Strategy):
    """A rule of one signal; each says what it holds given the signal's values."""

    statement: ClassVar[str] = ""
    hypothesis: ClassVar[str] = "none: it attacks the verdict"

    def signal(self) -> Signal:
        """What it looks at."""
        raise NotImplementedError

    def share(self, values: Floats) -> Floats:
        """Length T share in the crypto leg."""
        raise NotImplementedError

    def signals(self) -> dict[str, Signal]:
        return {"x": self.signal()}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        shares = self.share(s["x"].to_numpy())
        return target(pd.Series(shares, s.index), 0.0, where=pd.Series(np.isfinite(shares), s.index))


class BuyTheDip(_Rule):
    """In once the price has fallen by `depth` from its high, out when half of the fall is made good."""

    name: ClassVar[str] = "buy_the_dip"
    window: Window = Field(default=380, description="sessions of the high")
    depth: float = Field(default=0.4, gt=0, lt=1, description="fall that is bought")

    def signal(self) -> Signal:
        return Fall(window=self.window)

    def share(self, values: Floats) -> Floats:
        bottom = float(np.log(1.0 - self.depth))
        return np.where(np.isnan(values), np.nan, np.nan_to_num(hysteresis(values, bottom, bottom / 2, 1)))

    @classmethod
    def rules(cls, signal_cache: SignalCache, columns: Columns) -> tuple[Floats, Floats]:
        from unlockstep.signals.compiled import states

        falls, rows = signal_cache.table(Fall, {"window": columns["window"]})
        bottom = np.log(1.0 - columns["depth"])
        dips = states(falls, rows, bottom, bottom / 2, np.ones(len(rows), dtype=np.int64))
        return where_defined(falls[rows], np.nan_to_num(dips), 0.0)


class AgainstTheMove(_Rule):
    """A weight that falls continuously with the past return: 1/2 less `gain` times the move, over
    0.05 √window.
    """

    name: ClassVar[str] = "against_the_move"
    window: Window = Field(default=60, description="sessions of the move")
    gain: float = Field(default=0.5, gt=0, le=5, description="weight that a move of one unit takes away")

    def signal(self) -> Signal:
        return Trend(leg="crypto", window=self.window)

    def share(self, values: Floats) -> Floats:
        return np.asarray(np.clip(0.5 - self.gain * values / (0.05 * np.sqrt(self.window)), 0.0, 1.0))

    @classmethod
    def rules(cls, signal_cache: SignalCache, columns: Columns) -> tuple[Floats, Floats]:
        windows = columns["window"]
        move = Trend.block(signal_cache, {"leg": np.full(len(windows), "crypto"), "window": windows})
        units = (0.05 * np.sqrt(windows))[:, None]
        return where_defined(move, np.clip(0.5 - columns["gain"][:, None] * move / units, 0.0, 1.0), 0.0)


class RideTheTrend(_Rule):
    """In while the price stands above where it stood `window` sessions ago."""

    name: ClassVar[str] = "ride_the_trend"
    window: Window = Field(default=252, description="sessions of the trend")

    def signal(self) -> Signal:
        return Trend(leg="crypto", window=self.window)

    def share(self, values: Floats) -> Floats:
        return np.where(np.isnan(values), np.nan, values > 0)

    @classmethod
    def rules(cls, signal_cache: SignalCache, columns: Columns) -> tuple[Floats, Floats]:
        windows = columns["window"]
        trend = Trend.block(signal_cache, {"leg": np.full(len(windows), "crypto"), "window": windows})
        return where_defined(trend, trend > 0, 0.0)


class InCalm(_Rule):
    """In while the market is calmer than `below` times its year."""

    name: ClassVar[str] = "in_calm"
    window: Window = Field(default=40, description="sessions of calm")
    below: float = Field(default=1.0, gt=0, le=5, description="ratio under which it is in")

    def signal(self) -> Signal:
        return Calm(window=self.window)

    def share(self, values: Floats) -> Floats:
        return np.where(np.isnan(values), np.nan, values < self.below)

    @classmethod
    def rules(cls, signal_cache: SignalCache, columns: Columns) -> tuple[Floats, Floats]:
        calm = Calm.block(signal_cache, {"window": columns["window"]})
        return where_defined(calm, calm < columns["below"][:, None], 0.0)


class Extreme(_Rule):
    """In (or, `out`, out) only after a rare fall: exposed about 2 or 98 % of the time."""

    name: ClassVar[str] = "extreme"
    window: Window = Field(default=10, description="sessions of the move")
    move: float = Field(default=2.0, gt=0, le=10, description="fall that triggers, in units of 0.05 √window")
    out: bool = Field(default=False, description="out after the fall, else in")

    def signal(self) -> Signal:
        return Trend(leg="crypto", window=self.window)

    def share(self, values: Floats) -> Floats:
        fallen = values < -self.move * 0.05 * np.sqrt(self.window)
        return np.where(np.isnan(values), np.nan, fallen != self.out)


class Calendar(_Rule):
    """In on some weekdays (bits of `days`, Monday the lowest)."""

    name: ClassVar[str] = "calendar"
    days: int = Field(default=1, ge=1, le=30, description="weekdays on which it is in")

    def signal(self) -> Signal:
        return Trend(leg="crypto", window=10)

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        weekday = np.asarray(pd.DatetimeIndex(s.index).day_of_week)
        return target(pd.Series((self.days >> weekday & 1).astype(float), s.index), 0.0, where=s["x"].notna())


class Stretches(_Rule):
    """In for a few long stretches, at dates of the calendar: `count` of them, the first beginning at `offset`."""

    name: ClassVar[str] = "stretches"
    count: int = Field(default=1, ge=1, le=20, description="stretches")
    offset: float = Field(default=0.3, ge=0, lt=1, description="where the first begins, a share of ten years")

    def signal(self) -> Signal:
        return Trend(leg="crypto", window=10)

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        days = (pd.DatetimeIndex(s.index) - pd.Timestamp("2016-01-01")).days / 3653.0
        phase = np.asarray((days - self.offset) * self.count % 1.0)
        return target(pd.Series((phase < 0.5).astype(float), s.index), 0.0, where=s["x"].notna())
