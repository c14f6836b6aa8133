"""Drawdown exit: hold, but not through a crash."""

import pandas as pd
from pydantic import Field

from unlockstep.signals import Price, Signal, Trend
from unlockstep.strategies import Strategy, target, trailing_stop


class DrawdownExit(Strategy):
    """Hold IWM while its trend is up, until it has fallen from its best close since; back with the next trend."""

    name = "drawdown_exit"
    hypothesis = "large losses come at the end of a trend, and in pieces"
    grid = {"fall": (0.05, 0.1, 0.15)}

    window: int = Field(default=126, ge=10, le=1000, description="sessions of the trend")
    fall: float = Field(default=0.08, gt=0, lt=1, description="fall from the best close at which it is sold")

    def signals(self) -> dict[str, Signal]:
        return {"close": Price(leg="equity"), "trend": Trend(leg="equity", window=self.window)}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        wanted = (s["trend"] > 0).astype(float).where(s["trend"].notna())
        share = trailing_stop(wanted, s["close"], self.fall)
        return target(crypto=0.0, equity=share, exits=(wanted > 0) & (share == 0))
