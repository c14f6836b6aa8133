"""A strategy of any number of legs, as a user would write it, and what it decides by plain loops."""

from collections.abc import Sequence
from typing import ClassVar

import pandas as pd
from pydantic import Field

from unlockstep.signals import Signal, Trend
from unlockstep.strategies import Allocation, by_leg, targets


class Rotation(Allocation):
    """The whole account in the leg that rose most over the window; cash where none rose."""

    name: ClassVar[str] = "rotation"
    hypothesis: ClassVar[str] = "the strongest of several legs goes on"
    grid: ClassVar = {"window": (40, 60)}

    window: int = Field(default=60, ge=2, le=500, description="sessions")

    def leg_signals(self, leg: str) -> dict[str, Signal]:
        return {"trend": Trend(leg=leg, window=self.window)}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        trend = by_leg(s, "trend")
        strongest = trend.rank(axis=1, method="first", ascending=False) == 1
        return targets((strongest & (trend > 0)).astype(float), where=trend.notna().all(axis=1))


def strongest_by_loops(closes: Sequence[Sequence[float]], window: int) -> dict[int, tuple[float, ...]]:
    """Session → shares, where they change; closes: of each leg."""
    decided: dict[int, tuple[float, ...]] = {}
    latest: tuple[float, ...] | None = None
    for session in range(window, len(closes[0])):
        growth = [leg[session] / leg[session - window] for leg in closes]
        best = max(range(len(growth)), key=lambda leg: growth[leg])
        shares = tuple(1.0 if leg == best and growth[leg] > 1.0 else 0.0 for leg in range(len(growth)))
        if shares != latest:
            decided[session] = latest = shares
    return decided
