"""Volatility-targeted trend: more of what is calm, less of what is wild, while it rises."""

import pandas as pd
from pydantic import Field

from unlockstep.signals import Signal, Trend, Volatility
from unlockstep.strategies import Strategy, no_trade_band, target, volatility_target


class VolatilityTrend(Strategy):
    """Hold ETH while it is higher than half a year ago, in the size that brings its volatility to a target."""

    name = "volatility_trend"
    hypothesis = "ETH's trend goes on, and pays the more for its risk the calmer ETH is"
    grid = {"window": (63, 126, 252)}

    window: int = Field(default=126, ge=10, le=1000, description="sessions of the trend")
    volatility: float = Field(default=0.2, gt=0, le=2, description="volatility wanted, a year")

    def signals(self) -> dict[str, Signal]:
        return {"trend": Trend(leg="crypto", window=self.window), "volatility": Volatility(leg="crypto", window=60)}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        up = (s["trend"] > 0).astype(float)
        share = no_trade_band(volatility_target(up, s["volatility"], self.volatility), 0.05)
        return target(crypto=share, equity=0.0, where=s["trend"].notna())
