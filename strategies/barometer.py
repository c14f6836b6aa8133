"""S2, the old map: small caps are the barometer, ETH follows."""

from typing import ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from unlockstep.signals import Signal, YoY
from unlockstep.signals.market import Floats
from unlockstep.signals.signal import Columns, SignalCache
from unlockstep.strategies.strategy import Strategy, target, where_defined


class Barometer(Strategy):
    """Hold ETH while IWM stands above where it stood a year ago, cash otherwise.

    The map that statement S2 says no longer works; it pays if S2 is wrong. The threshold is zero because the note
    speaks of a positive YoY, and no other number suggests itself.
    """

    name: ClassVar[str] = "barometer"
    statement: ClassVar[str] = "S2"
    hypothesis: ClassVar[str] = "a positive YoY of IWM still lifts ETH"
    grid: ClassVar = {"threshold": (-0.05, 0.0, 0.05, 0.10)}

    threshold: float = Field(default=0.0, ge=-1, le=1, description="YoY of IWM above which ETH is held")

    def signals(self) -> dict[str, Signal]:
        return {"yoy": YoY(leg="equity")}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        up = s["yoy"] > self.threshold
        return target(up.astype(float), 0.0, where=s["yoy"].notna())

    @classmethod
    def rules(cls, signal_cache: SignalCache, columns: Columns) -> tuple[Floats, Floats]:
        yoy = YoY.block(signal_cache, {"leg": np.full(len(columns["threshold"]), "equity")})
        return where_defined(yoy, yoy > columns["threshold"][:, None], 0.0)
