"""S1: the correlation weakens; without its anchor ETH is only risk."""

from typing import ClassVar

import pandas as pd
from pydantic import Field

from unlockstep.signals import Breakdown, Signal
from unlockstep.signals.breakdown import COUPLED, MinStay
from unlockstep.signals.correlation import Window
from unlockstep.signals.market import Floats
from unlockstep.signals.signal import Columns, SignalCache
from unlockstep.strategies.named_state import ReadsState
from unlockstep.strategies.strategy import target, where_defined


class Derisk(ReadsState):
    """Hold half ETH, half IWM while they are coupled; put ETH's half into cash while they are decoupled.

    Pays if a weakened correlation (S1) comes with poorer returns of ETH. Defaults: the note's 90 sessions, and the
    thresholds that the `breakdown` signal gives reasons for; halves, because nothing speaks for other shares.
    """

    name: ClassVar[str] = "derisk"
    statement: ClassVar[str] = "S1"
    hypothesis: ClassVar[str] = "ETH pays less while its correlation with IWM is broken"
    ordered: ClassVar = Breakdown.ordered
    usual_state: ClassVar = ("window", "decouple_below", "couple_above", "min_stay")
    grid: ClassVar = {
        "window": (60, 90, 120, 180),
        "decouple_below": (0.0, 0.1, 0.15, 0.2),
        "couple_above": (0.25, 0.3, 0.4),
    }

    window: Window = Field(default=90, description="sessions of the correlation")
    decouple_below: float = Field(default=0.15, ge=-1, le=1, description="correlation under which a break begins")
    couple_above: float = Field(default=0.30, ge=-1, le=1, description="correlation over which a break ends")
    min_stay: MinStay = Field(default=5, description="sessions beyond a threshold before the state changes")

    def signals(self) -> dict[str, Signal]:
        return {"state": self.state_signal()}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        coupled = s["state"] == COUPLED
        return target(0.5 * coupled, 0.5, where=s["state"].notna())

    @classmethod
    def rules(cls, signal_cache: SignalCache, columns: Columns) -> tuple[Floats, Floats]:
        state = cls.states(signal_cache, columns)
        return where_defined(state, 0.5 * (state == COUPLED), 0.5)
