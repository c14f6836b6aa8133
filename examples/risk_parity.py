"""Risk parity of any number of legs: Maillard, Roncalli and Teiletche (2010), correlations left out."""

import pandas as pd
from pydantic import Field

from unlockstep.signals import Signal, Volatility
from unlockstep.strategies import Allocation, by_leg, first_of_month, inverse_volatility, targets


class RiskParity(Allocation):
    """Once a month, every leg of the study in proportion to 1 / volatility. With --legs ETH-USD,IWM,SPY, or any."""

    name = "risk_parity"
    hypothesis = "risk is paid alike in every leg"
    grid = {"window": (20, 60, 120)}

    window: int = Field(default=60, ge=10, le=1000, description="sessions of each leg's volatility")

    def leg_signals(self, leg: str) -> dict[str, Signal]:
        return {"volatility": Volatility(leg=leg, window=self.window)}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        shares = inverse_volatility(by_leg(s, "volatility"))
        return targets(shares, where=first_of_month(s.index))
