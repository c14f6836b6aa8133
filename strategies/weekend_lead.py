"""S3c: crypto prices the future before equities do, while they sleep."""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from unlockstep.signals import Signal
from unlockstep.signals.closed_hours import Closed, ClosedHoursMove
from unlockstep.signals.market import Floats, Instant
from unlockstep.signals.signal import Columns, SignalCache
from unlockstep.strategies.strategy import Strategy, target, where_defined


class WeekendLead(Strategy):
    """Hold IWM from its open to its close after ETH has moved over the weekend: with ETH (follow) or against it (fade).

    Decided before the open, from ETH's price at 00:00 UTC. ETH itself is not held: its bars have no price at IWM's
    open, and the one of 00:00 UTC is 13 to 15 hours old by then. Long or short with the whole account, flat at the
    close. Default: the threshold is 0, every move counts.
    """

    name: ClassVar[str] = "weekend_lead"
    statement: ClassVar[str] = "S3c"
    hypothesis: ClassVar[str] = "after its open IWM goes on where ETH went while it was closed, or gives it back"
    grid: ClassVar = {"mode": ("follow", "fade"), "threshold": (0.0, 0.01, 0.02, 0.05)}
    studied: ClassVar = ({"mode": "follow"}, {"mode": "fade"})
    in_default_study: ClassVar[bool] = False
    decides: ClassVar[Instant] = "before_open"

    mode: Literal["follow", "fade"] = Field(default="follow", description="follow or fade: with ETH, or against it")
    closed: Closed = Field(
        default="weekends_and_holidays", description="weekends_and_holidays, weekends, holidays or nights"
    )
    threshold: float = Field(default=0.0, ge=0.0, le=1.0, description="log move of ETH that must be exceeded")

    def signals(self) -> dict[str, Signal]:
        return {"move": ClosedHoursMove(closed=self.closed)}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        side = np.sign(s["move"]).where(s["move"].abs() > self.threshold, 0.0)
        return target(0.0, side if self.mode == "follow" else -side, where=s["move"].notna())

    @classmethod
    def rules(cls, signal_cache: SignalCache, columns: Columns) -> tuple[Floats, Floats]:
        move = ClosedHoursMove.block(signal_cache, {"closed": columns["closed"]})
        side = np.where(np.abs(move) > columns["threshold"][:, None], np.sign(move), 0.0)
        return where_defined(move, 0.0, np.where(columns["mode"] == "follow", 1.0, -1.0)[:, None] * side)
