"""S3c: crypto prices the future before equities do."""

from typing import ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from unlockstep.signals import Signal, Trend
from unlockstep.signals.correlation import Window
from unlockstep.signals.market import Floats
from unlockstep.signals.signal import Columns, SignalCache
from unlockstep.strategies.strategy import Strategy, target, where_defined


class EthLeads(Strategy):
    """Hold IWM while ETH's own trend is up, cash otherwise.

    Defaults: a month of trend (21 sessions); a lead of less could not be traded a session later at a cost, and of
    more would be no lead.
    """

    name: ClassVar[str] = "eth_leads"
    statement: ClassVar[str] = "S3c"
    hypothesis: ClassVar[str] = "IWM follows where ETH has gone"
    grid: ClassVar = {"trend": (10, 21, 42, 63, 126)}

    trend: Window = Field(default=21, description="sessions of ETH's trend")

    def signals(self) -> dict[str, Signal]:
        return {"trend": Trend(leg="crypto", window=self.trend)}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return target(0.0, (s["trend"] > 0).astype(float), where=s["trend"].notna())

    @classmethod
    def rules(cls, signal_cache: SignalCache, columns: Columns) -> tuple[Floats, Floats]:
        trend = Trend.block(signal_cache, {"leg": np.full(len(columns["trend"]), "crypto"), "window": columns["trend"]})
        return where_defined(trend, 0.0, trend > 0)
