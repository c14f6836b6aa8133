"""S2: a positive YoY in small caps no longer lifts ETH; its response is muted."""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from unlockstep.signals import Response, Signal, YoY
from unlockstep.signals.correlation import Window
from unlockstep.signals.market import Floats
from unlockstep.signals.signal import Columns, SignalCache
from unlockstep.strategies.strategy import Strategy, target, where_defined


class MutedResponse(Strategy):
    """Act when IWM's YoY is positive and ETH has shown less than `muted_below` of its usual response.

    follow: the muted stay muted, so hold IWM alone. fade: the response is late, so hold ETH alone. Otherwise half and
    half, also where the predicted move is too small to judge. Both are run, because S2 does not say which follows.
    Defaults: half a year of move against the year before it; muted means less than half of the usual response.
    """

    name: ClassVar[str] = "muted_response"
    statement: ClassVar[str] = "S2"
    hypothesis: ClassVar[str] = "a muted response of ETH to rising small caps goes on (follow) or is made up (fade)"
    grid: ClassVar = {
        "mode": ("follow", "fade"),
        "horizon": (60, 120, 250),
        "muted_below": (0.0, 0.5, 0.75),
    }
    studied: ClassVar = ({"mode": "follow"}, {"mode": "fade"})

    mode: Literal["follow", "fade"] = Field(
        default="follow", description="expect the muted response to go on, or to be made up"
    )
    horizon: Window = Field(default=120, description="sessions of the move that is judged")
    window: Window = Field(default=252, description="sessions before it, for the past sensitivity")
    muted_below: float = Field(default=0.5, ge=-2, le=1, description="response under which it counts as muted")

    def signals(self) -> dict[str, Signal]:
        return {"response": Response(horizon=self.horizon, window=self.window), "yoy": YoY(leg="equity")}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        muted = (s["yoy"] > 0) & (s["response"] < self.muted_below)
        crypto = muted.map({True: 0.0 if self.mode == "follow" else 1.0, False: 0.5})
        return target(crypto, 1.0 - crypto, where=s["yoy"].notna())

    @classmethod
    def rules(cls, signal_cache: SignalCache, columns: Columns) -> tuple[Floats, Floats]:
        response = Response.block(signal_cache, {key: columns[key] for key in ("horizon", "window")})
        yoy = YoY.block(signal_cache, {"leg": np.full(len(columns["horizon"]), "equity")})
        muted = (yoy > 0) & (response < columns["muted_below"][:, None])
        crypto = np.where(muted, (columns["mode"] == "fade")[:, None], 0.5)
        return where_defined(yoy, crypto, 1.0 - crypto)
