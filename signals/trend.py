"""A leg's own momentum and volatility."""

from typing import ClassVar

import numpy as np
from pydantic import Field

from unlockstep.signals.correlation import Window
from unlockstep.signals.histories import Histories, ManyHistories, align_all
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats, LegName, Market
from unlockstep.signals.rolling import align, windows
from unlockstep.signals.signal import Signal


class Trend(Signal, ManyHistories):
    """Log move of one leg's adjusted close over the last `window` sessions (time-series momentum,
    Moskowitz, Ooi and Pedersen 2012).
    """

    name: ClassVar[str] = "trend"
    meaning: ClassVar[str] = "a leg's own momentum: its log move over the window"
    unit: ClassVar[str] = "log move"

    leg: LegName = Field(default="crypto", description="crypto, equity, or the ticker of any leg")
    window: int = Field(default=120, ge=1, le=1000, description="sessions; 1 is the last return")

    @property
    def warmup(self) -> int:
        return self.window

    def values(self, market: Market) -> Floats:
        logs = np.log(market.leg(self.leg).close)
        return align(logs[self.window :] - logs[: -self.window], len(logs))

    def values_of(self, histories: Histories) -> Floats:
        logs = histories.log_close(self.leg)
        return align_all(logs[:, self.window :] - logs[:, : -self.window], histories.sessions)


class Volatility(Signal):
    """Standard deviation of one leg's daily log returns over the window, annual (252 sessions)."""

    name: ClassVar[str] = "volatility"
    meaning: ClassVar[str] = "a leg's annual volatility over the window"
    unit: ClassVar[str] = "fraction a year"

    leg: LegName = Field(default="crypto", description="crypto, equity, or the ticker of any leg")
    window: Window = Field(default=60, description="sessions")

    @property
    def warmup(self) -> int:
        return self.window

    def values(self, market: Market) -> Floats:
        returns = np.diff(np.log(market.leg(self.leg).close))
        deviation = windows(returns, self.window).std(axis=1, ddof=1)
        return align(deviation * np.sqrt(SESSIONS_PER_YEAR), len(market.sessions))
