"""Breakout on highs and lows: the channel of Donchian, as the Turtles traded it."""

import pandas as pd
from pydantic import Field

from unlockstep.signals import Price, Signal
from unlockstep.strategies import Strategy, target, until


class Breakout(Strategy):
    """Hold ETH from a close above the highest high of the sessions before to one under their lowest low."""

    name = "breakout"
    hypothesis = "who breaks out of its range goes on"
    grid = {"window": (20, 55, 100)}
    lookback = ("window",)

    window: int = Field(default=55, ge=5, le=500, description="sessions of the highest high; half of it of the low")

    def signals(self) -> dict[str, Signal]:
        return {field: Price(leg="crypto", field=field) for field in ("high", "low", "close")}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        above = s["close"] > s["high"].rolling(self.window).max().shift()
        below = s["close"] < s["low"].rolling(self.window // 2).min().shift()
        return target(crypto=until(above, below), equity=0.0)
