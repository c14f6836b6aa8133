"""Turn of the month: Lakonishok and Smidt (1988), Are seasonal anomalies real?"""

import numpy as np
import pandas as pd
from pydantic import Field

from unlockstep.signals import Signal
from unlockstep.strategies import Strategy, target


class TurnOfMonth(Strategy):
    """Hold IWM on the last weekday of a month and the first three. A decision of today earns the day after tomorrow."""

    name = "turn_of_month"
    hypothesis = "small caps rise at the turn of the month, when salaries and pensions are invested"

    first: int = Field(default=3, ge=1, le=10, description="weekdays held from the beginning of a month")

    def signals(self) -> dict[str, Signal]:
        return {}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        earned = np.busday_offset(s.index.to_numpy().astype("M8[D]"), 2, roll="forward")
        month = earned.astype("M8[M]")
        begun = np.busday_count(month.astype("M8[D]"), earned) < self.first
        ending = np.busday_count(earned, (month + 1).astype("M8[D]")) == 1
        return target(crypto=0.0, equity=pd.Series(begun | ending, s.index).astype(float))
