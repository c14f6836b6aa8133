"""Volume filter: a trend that is traded is a trend."""

import pandas as pd
from pydantic import Field

from unlockstep.signals import Signal, Trend, Volume
from unlockstep.strategies import Strategy, target


class VolumeFilter(Strategy):
    """Hold IWM while it rises on more volume than usual: that of a month over that of half a year."""

    name = "volume_filter"
    hypothesis = "a rise on growing volume goes on"
    grid = {"short": (5, 21)}

    short: int = Field(default=21, ge=1, le=60, description="sessions of the volume now")
    long: int = Field(default=126, ge=61, le=500, description="sessions of the usual volume, and of the trend")

    def signals(self) -> dict[str, Signal]:
        return {"trend": Trend(leg="equity", window=self.long), "volume": Volume(leg="equity")}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        busy = s["volume"].rolling(self.short).mean() > s["volume"].rolling(self.long).mean()
        return target(crypto=0.0, equity=((s["trend"] > 0) & busy).astype(float))
