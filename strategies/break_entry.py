"""S4: correlations break in transitions, and the break is the opportunity."""

from typing import ClassVar

import pandas as pd
from pydantic import Field

from unlockstep.signals import Breakdown, BreakOnset, Signal
from unlockstep.signals.breakdown import MinStay, onsets
from unlockstep.signals.correlation import Window
from unlockstep.signals.market import Floats
from unlockstep.signals.signal import Columns, SignalCache
from unlockstep.strategies.named_state import ReadsState
from unlockstep.strategies.strategy import target, where_defined


class BreakEntry(ReadsState):
    """Hold ETH for `hold` sessions after the onset of a break, cash otherwise.

    The most literal reading of S4, hence the primary variant of the default study. Defaults: the note's 90 sessions
    and the thresholds of the `breakdown` signal; 60 sessions, a quarter, is the shortest horizon over which the note
    speaks of a transition. A new onset within the holding time starts it anew.
    """

    name: ClassVar[str] = "break_entry"
    statement: ClassVar[str] = "S4"
    hypothesis: ClassVar[str] = "ETH rises in the quarter after it breaks away from IWM"
    ordered: ClassVar = Breakdown.ordered
    usual_state: ClassVar = ("window", "decouple_below", "couple_above", "min_stay")
    grid: ClassVar = {
        "window": (60, 90, 120, 180),
        "hold": (20, 60, 120),
        "decouple_below": (0.0, 0.1, 0.15, 0.2),
    }

    window: Window = Field(default=90, description="sessions of the correlation")
    decouple_below: float = Field(default=0.15, ge=-1, le=1, description="correlation under which a break begins")
    couple_above: float = Field(default=0.30, ge=-1, le=1, description="correlation over which a break ends")
    min_stay: MinStay = Field(default=5, description="sessions beyond a threshold before the state changes")
    hold: int = Field(default=60, ge=1, le=500, description="sessions to hold ETH after an onset")

    def signals(self) -> dict[str, Signal]:
        state = self.state_signal()
        return {"onset": BreakOnset(**state.params)} if type(state) is Breakdown else {"state": state}

    @property
    def warmup(self) -> int:
        first_onset = 0 if type(self.state_signal()) is Breakdown else 1  # BreakOnset counts it itself
        return super().warmup + first_onset + self.hold - 1

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        onset = s["onset"] if "onset" in s else pd.Series(onsets(s["state"].to_numpy()), s.index)
        recent = onset.rolling(self.hold).max()
        return target(recent, 0.0, where=recent.notna())

    @classmethod
    def rules(cls, signal_cache: SignalCache, columns: Columns) -> tuple[Floats, Floats]:
        from unlockstep.signals.compiled import onsets as every_onset
        from unlockstep.signals.compiled import recent

        onset = every_onset(cls.states(signal_cache, columns))
        holding = recent(onset, columns["hold"])
        return where_defined(holding, holding, 0.0)
