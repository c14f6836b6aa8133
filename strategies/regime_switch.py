"""S3a: the global risk regime shifted, equities lost influence."""

from typing import ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from unlockstep.signals import Signal, Trend
from unlockstep.signals.breakdown import DECOUPLED
from unlockstep.signals.correlation import Window
from unlockstep.signals.market import Floats
from unlockstep.signals.signal import Columns, SignalCache
from unlockstep.strategies.named_state import ReadsState
from unlockstep.strategies.strategy import target, where_defined


class RegimeSwitch(ReadsState):
    """Hold ETH while the trend that rules it is up, cash otherwise.

    IWM's trend rules until the pair has been decoupled for `persist` sessions in a row; from then on, until they couple
    again, ETH's own trend does. Defaults: a break that outlives a quarter (60 sessions) counts as a new regime; trends
    of half a year, the middle of the 1 to 12 months of Moskowitz, Ooi and Pedersen (2012).
    """

    name: ClassVar[str] = "regime_switch"
    statement: ClassVar[str] = "S3a"
    hypothesis: ClassVar[str] = "in a lasting break ETH obeys its own trend, before it IWM's"
    usual_state: ClassVar = ("window",)
    grid: ClassVar = {"window": (60, 90, 120), "persist": (20, 60, 120), "trend": (60, 120, 250)}

    window: Window = Field(default=90, description="sessions of the correlation")
    persist: int = Field(default=60, ge=1, le=500, description="sessions decoupled that make a new regime")
    trend: Window = Field(default=120, description="sessions of both trends")

    def signals(self) -> dict[str, Signal]:
        return {
            "state": self.state_signal(),
            "own": Trend(leg="crypto", window=self.trend),
            "equities": Trend(leg="equity", window=self.trend),
        }

    @property
    def warmup(self) -> int:
        return max(super().warmup, self.state_signal().warmup + self.persist - 1)

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        new_regime = (s["state"] == DECOUPLED).astype(float).rolling(self.persist).min() == 1.0
        ruling = s["own"].where(new_regime, s["equities"])
        return target((ruling > 0).astype(float), 0.0, where=s.notna().all(axis=1))

    @classmethod
    def rules(cls, signal_cache: SignalCache, columns: Columns) -> tuple[Floats, Floats]:
        from unlockstep.signals.compiled import lasting

        state = cls.states(signal_cache, columns)
        crypto_trend, equity_trend = (
            Trend.block(signal_cache, {"leg": np.full(len(state), leg), "window": columns["trend"]})
            for leg in ("crypto", "equity")
        )
        ruling = np.where(lasting(state, columns["persist"]), crypto_trend, equity_trend)
        return where_defined(state + crypto_trend + equity_trend, ruling > 0, 0.0)
