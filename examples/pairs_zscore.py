"""Pairs trading with a stop: Gatev, Goetzmann and Rouwenhorst (2006), Pairs trading."""

import pandas as pd
from pydantic import Field

from unlockstep.signals import Price, Signal
from unlockstep.strategies import Strategy, stop_loss, target, until


class PairsZscore(Strategy):
    """Buy the leg that fell behind and sell the other, until their ratio is back at its mean or runs away."""

    name = "pairs_zscore"
    hypothesis = "the ratio of the two prices comes back to its mean"
    lookback = ("window",)

    window: int = Field(default=60, ge=20, le=500, description="sessions of mean and deviation")
    entry: float = Field(default=2.0, gt=0, le=5, description="deviations from the mean at which a position is opened")
    stop: float = Field(default=0.2, gt=0, lt=1, description="move of the ratio against it at which it is closed")

    def signals(self) -> dict[str, Signal]:
        return {"crypto": Price(leg="crypto"), "equity": Price(leg="equity")}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        ratio = s["crypto"] / s["equity"]
        z = (ratio - ratio.rolling(self.window).mean()) / ratio.rolling(self.window).std()
        wanted = until(z < -self.entry, z > 0) - until(z > self.entry, z < 0)
        share = stop_loss(wanted, ratio, self.stop)
        return target(crypto=share / 2, equity=-share / 2, exits=(wanted != 0) & (share == 0))
