"""Weekend effect: French (1980), Stock returns and the weekend effect."""

import pandas as pd

from unlockstep.signals import Signal
from unlockstep.strategies import Strategy, target


class WeekendEffect(Strategy):
    """Hold ETH from Friday's close to Monday's, cash in the week.

    Thursday's decision is filled at Friday's close, Friday's at Monday's; holidays make it a day earlier or later.
    """

    name = "weekend_effect"
    hypothesis = "ETH rises while stock exchanges are closed"

    def signals(self) -> dict[str, Signal]:
        return {}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        thursday = pd.Series(pd.DatetimeIndex(s.index).day_of_week == 3, s.index)
        return target(crypto=thursday.astype(float), equity=0.0)
