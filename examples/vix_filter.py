"""VIX filter: small caps while fear is low. Run it with --context vix=^VIX."""

import pandas as pd
from pydantic import Field

from unlockstep.signals import Context, Signal
from unlockstep.strategies import Strategy, target


class VixFilter(Strategy):
    """Hold IWM while the VIX is under a level, cash otherwise and while it is unknown."""

    name = "vix_filter"
    hypothesis = "small caps are not paid for the risk that the VIX shows"
    grid = {"level": (20.0, 25.0, 30.0)}

    level: float = Field(default=25.0, gt=0, le=100, description="points of the VIX")

    def signals(self) -> dict[str, Signal]:
        return {"vix": Context("vix")}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return target(crypto=0.0, equity=(s["vix"] < self.level).astype(float))
