"""From a correlation to a state, coupled or decoupled, and to the sessions at which a break began.

States carry hysteresis: the correlation must stay beyond a threshold for `min_stay` sessions before the state changes,
and the two thresholds lie apart. Nothing else is remembered, so a state depends only on the past since the last
confirmed crossing; before the first one it is unknown (NaN).
"""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from unlockstep.signals.correlation import Correlation, Window
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.rolling import windows
from unlockstep.signals.signal import Columns, Signal, SignalCache

COUPLED, DECOUPLED = 0.0, 1.0

MinStay = Annotated[int, Field(ge=1, le=60)]


def hysteresis(level: Floats, below: float, above: float, min_stay: int) -> Floats:
    """Length T states: 1 once `level` has been under `below` for `min_stay` sessions, 0 once over `above` as long.

    NaN until the first confirmed crossing. A NaN level confirms nothing.
    """
    states = np.full(len(level), np.nan)
    if len(level) < min_stay:
        return states
    tail = states[min_stay - 1 :]
    tail[windows(level < below, min_stay).all(axis=1)] = DECOUPLED
    tail[windows(level > above, min_stay).all(axis=1)] = COUPLED
    confirmed = np.where(np.isnan(states), -1, np.arange(len(states)))
    last = np.maximum.accumulate(confirmed)
    return np.where(last >= 0, states[last], np.nan)


def onsets(states: Floats) -> Floats:
    """Length T: 1 where a coupled market became decoupled, else 0; NaN while the state or the one before is unknown."""
    before = np.concatenate([[np.nan], states[:-1]])
    starts = np.where((before == COUPLED) & (states == DECOUPLED), 1.0, 0.0)
    return np.where(np.isnan(before) | np.isnan(states), np.nan, starts)


class Breakdown(Signal):
    """Coupled (0) or decoupled (1), from the return correlation and two thresholds.

    The defaults are a choice on paper. A 90-session correlation has a standard error near 0.1; with 0.45 as coupled
    and 0 as unrelated the middle is 0.22, and the thresholds lie three quarters of a standard error to either side.
    NaN until the correlation has been beyond a threshold for `min_stay` sessions.
    """

    name: ClassVar[str] = "breakdown"
    meaning: ClassVar[str] = "1 = decoupled, 0 = coupled, by two thresholds on the return correlation"
    unit: ClassVar[str] = "state"
    ordered: ClassVar = (("decouple_below", "<=", "couple_above"),)

    window: Window = Field(default=90, description="sessions of the correlation")
    decouple_below: float = Field(default=0.15, ge=-1, le=1, description="correlation under which a break begins")
    couple_above: float = Field(default=0.30, ge=-1, le=1, description="correlation over which a break ends")
    min_stay: MinStay = Field(default=5, description="sessions beyond a threshold before the state changes")

    @property
    def warmup(self) -> int:
        return Correlation(window=self.window).warmup + self.min_stay - 1

    def values(self, market: Market) -> Floats:
        level = Correlation(window=self.window).values(market)
        return hysteresis(level, self.decouple_below, self.couple_above, self.min_stay)

    @classmethod
    def block(cls, signal_cache: SignalCache, columns: Columns) -> Floats:
        from unlockstep.signals.compiled import states

        all_ = cls.filled(columns)
        levels, rows = signal_cache.table(Correlation, {"window": all_["window"]})
        return np.asarray(states(levels, rows, all_["decouple_below"], all_["couple_above"], all_["min_stay"]))


class BreakOnset(Breakdown):
    """1 in the session in which the coupled market is first seen decoupled, else 0; parameters as `breakdown`.

    NaN until two successive states are known.
    """

    name: ClassVar[str] = "break_onset"
    meaning: ClassVar[str] = "1 in the session in which a break is first seen, else 0"
    unit: ClassVar[str] = "event"

    @property
    def warmup(self) -> int:
        return super().warmup + 1

    def values(self, market: Market) -> Floats:
        return onsets(super().values(market))

    @classmethod
    def block(cls, signal_cache: SignalCache, columns: Columns) -> Floats:
        from unlockstep.signals import compiled

        return np.asarray(compiled.onsets(super().block(signal_cache, columns)))


class RelativeBreakdown(Signal):
    """Decoupled (1) when the short-window correlation lies under its own long-window norm by `drop`, else coupled (0).

    The state ends when less than half of the drop remains. NaN until one of the two has held for `min_stay` sessions.
    """

    name: ClassVar[str] = "relative_breakdown"
    meaning: ClassVar[str] = "1 = the return correlation has fallen under its own long-run norm, else 0"
    unit: ClassVar[str] = "state"
    ordered: ClassVar = (("short", "<", "long"),)

    short: Window = Field(default=60, description="sessions of the correlation watched")
    long: Window = Field(default=252, description="sessions of its norm")
    drop: float = Field(default=0.20, gt=0, le=2, description="fall of the correlation that makes a break")
    min_stay: MinStay = Field(default=5, description="sessions beyond a threshold before the state changes")

    @property
    def warmup(self) -> int:
        return Correlation(window=self.long).warmup + self.min_stay - 1

    def values(self, market: Market) -> Floats:
        gap = Correlation(window=self.short).values(market) - Correlation(window=self.long).values(market)
        return hysteresis(gap, -self.drop, -self.drop / 2, self.min_stay)
