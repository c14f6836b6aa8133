"""Year-over-year (YoY) growth of a leg, and its divergence between the legs."""

from typing import ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from unlockstep.signals.histories import Histories, ManyHistories
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats, LegName, Market
from unlockstep.signals.resolution import RESOLUTION
from unlockstep.signals.rolling import align, windows
from unlockstep.signals.signal import Signal

YEAR = 255
"""No calendar year of the exchange, from whichever session on, has held more sessions since 1990 (1991 to 1992 came to
as many), so that wherever a history begins, its YoY is known from session number YEAR on."""


def year_earlier(sessions: pd.DatetimeIndex) -> np.ndarray:
    """Length T: number of the last session at or before the same calendar date one year earlier; -1 where none.

    29 February compares with 28 February.
    """
    return sessions.searchsorted(sessions - pd.DateOffset(years=1), side="right") - 1


def yoy_growth(close: Floats, sessions: pd.DatetimeIndex) -> Floats:
    """Length T simple growth over one calendar year; NaN in the first year."""
    before = year_earlier(sessions)
    growth = close / close[np.maximum(before, 0)] - 1.0
    return np.where(before >= 0, growth, np.nan)


class YoY(Signal, ManyHistories):
    """Calendar year-over-year growth of one leg's adjusted close.

    Compares with the last session at or before the same date one year earlier, not with a fixed number of rows.
    """

    name: ClassVar[str] = "yoy"
    meaning: ClassVar[str] = "growth of a leg over one calendar year"
    unit: ClassVar[str] = "fraction"

    leg: LegName = Field(default="equity", description="crypto, equity, or the ticker of any leg")

    @property
    def warmup(self) -> int:
        return YEAR

    def values(self, market: Market) -> Floats:
        growth = yoy_growth(market.leg(self.leg).close, market.sessions)
        growth[: self.warmup] = np.nan
        return growth

    def values_of(self, histories: Histories) -> Floats:
        logs, before = histories.log_close(self.leg), year_earlier(histories.market.sessions)
        growth = np.expm1(logs - logs[:, np.maximum(before, 0)])
        growth[:, before < 0] = np.nan
        growth[:, : self.warmup] = np.nan
        return growth


class YoYDivergence(Signal):
    """YoY of the equity leg minus YoY of the crypto leg.

    scaled: each leg's log growth is divided by the standard deviation of its log returns over the last 252 sessions,
    made annual; the difference is then in standard deviations of a year, and ETH's size no longer decides it. NaN where
    a leg did not vary.
    """

    name: ClassVar[str] = "yoy_divergence"
    meaning: ClassVar[str] = "YoY of IWM minus YoY of ETH: positive when small caps grew more"
    unit: ClassVar[str] = "fraction, or standard deviations if scaled"

    scaled: bool = Field(default=False, description="divide each leg's growth by its volatility")

    @property
    def warmup(self) -> int:
        return YEAR

    def values(self, market: Market) -> Floats:
        crypto, equity = (yoy_growth(leg.close, market.sessions) for leg in market.pair_legs)
        if self.scaled:
            returns = market.log_returns.to_numpy()[1:]
            spread = [align(windows(returns[:, i], SESSIONS_PER_YEAR).std(axis=1, ddof=1), len(crypto)) for i in (0, 1)]
            crypto, equity = (
                np.divide(np.log1p(growth), daily * np.sqrt(SESSIONS_PER_YEAR), out=nothing, where=daily > RESOLUTION)
                for growth, daily, nothing in zip(
                    (crypto, equity), spread, np.full((2, len(crypto)), np.nan), strict=True
                )
            )
        divergence = equity - crypto
        divergence[: self.warmup] = np.nan
        return divergence
