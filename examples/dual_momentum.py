"""Dual momentum among three assets: Antonacci (2014), Dual Momentum Investing. Run it with --legs ETH-USD,IWM,SPY."""

import pandas as pd
from pydantic import Field

from unlockstep.signals import Signal, Trend
from unlockstep.strategies import Allocation, by_leg, first_of_month, targets


class DualMomentum(Allocation):
    """Once a month, all in the leg that rose most over the last year, or in cash where none did."""

    name = "dual_momentum"
    hypothesis = "the strongest of three assets goes on"
    grid = {"window": (63, 126, 252)}
    legs = 3

    window: int = Field(default=252, ge=10, le=1000, description="sessions of each leg's trend")

    def leg_signals(self, leg: str) -> dict[str, Signal]:
        return {"trend": Trend(leg=leg, window=self.window)}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        trend = by_leg(s, "trend")
        best = trend.rank(axis=1, ascending=False, method="first") == 1
        return targets((best & (trend > 0)).astype(float), where=first_of_month(s.index))
