"""S3b: a temporary decoupling; the gap closes."""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from unlockstep.signals import Beta, Gap, Signal
from unlockstep.signals.breakdown import hysteresis
from unlockstep.signals.correlation import Window
from unlockstep.signals.market import Floats
from unlockstep.signals.signal import Columns, SignalCache
from unlockstep.strategies.strategy import Strategy, target, where_defined


class Reconvergence(Strategy):
    """Bet on the laggard once the gap between ETH and its beta to IWM has opened, until it has closed.

    rotation: all in the laggard, half and half while no gap is open; never short. hedged: a quarter of the account in
    ETH, long when it lags and short when it leads, against IWM in proportion to the beta at entry (between 0 and 2);
    cash while no gap is open. Defaults on paper: one standard deviation opens a gap, a quarter of one closes it; a gap
    is judged over a quarter of a year. A quarter of the account, so that a threefold ETH cannot ruin a short.
    """

    name: ClassVar[str] = "reconvergence"
    statement: ClassVar[str] = "S3b"
    hypothesis: ClassVar[str] = "when ETH and IWM have come apart, the gap closes"
    grid: ClassVar = {
        "mode": ("rotation", "hedged"),
        "horizon": (20, 60, 120),
        "enter": (0.5, 1.0, 1.5, 2.0),
    }
    ordered: ClassVar = (("exit", "<", "enter"),)
    studied: ClassVar = ({"mode": "rotation"}, {"mode": "hedged"})

    mode: Literal["rotation", "hedged"] = Field(
        default="rotation", description="long-only rotation, or beta-hedged long/short"
    )
    horizon: Window = Field(default=60, description="sessions over which the gap opened")
    window: Window = Field(default=252, description="sessions of the past sensitivity")
    enter: float = Field(default=1.0, gt=0, le=5, description="gap that opens a position, in standard deviations")
    exit: float = Field(default=0.25, ge=0, le=5, description="gap that closes it, in standard deviations")

    def signals(self) -> dict[str, Signal]:
        return {"gap": Gap(horizon=self.horizon, window=self.window), "beta": Beta(window=self.window)}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        gap = s["gap"].to_numpy()
        lags = hysteresis(gap, -self.enter, -self.exit, min_stay=1)  # 1 from the gap's opening to its closing
        leads = hysteresis(-gap, -self.enter, -self.exit, min_stay=1)
        side = pd.Series(lags - leads, index=s.index)  # +1 hold the lagging ETH, -1 it leads, 0 no gap is open
        if self.mode == "rotation":
            crypto = 0.5 + 0.5 * side
            return target(crypto, 1.0 - crypto, where=side.notna())
        entered = side.ne(side.shift()) & side.ne(0)
        beta = s["beta"].clip(0.0, 2.0).where(entered).ffill().fillna(0.0)
        return target(0.25 * side, -0.25 * beta * side, where=side.notna())

    @classmethod
    def rules(cls, signal_cache: SignalCache, columns: Columns) -> tuple[Floats, Floats]:
        from unlockstep.signals.compiled import at_entry, states

        gap, rows = signal_cache.table(Gap, {key: columns[key] for key in ("horizon", "window")})
        at_once = np.ones(len(rows), dtype=np.int64)
        lags, leads = (states(level, rows, -columns["enter"], -columns["exit"], at_once) for level in (gap, -gap))
        side = lags - leads
        beta = np.clip(Beta.block(signal_cache, {"window": columns["window"]}), 0.0, 2.0)
        rotation = (columns["mode"] == "rotation")[:, None]
        crypto = np.where(rotation, 0.5 + 0.5 * side, 0.25 * side)
        return where_defined(side, crypto, np.where(rotation, 1.0 - crypto, -0.25 * at_entry(side, beta) * side))
