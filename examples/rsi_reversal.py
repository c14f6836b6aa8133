"""RSI reversal: Wilder's relative strength index (1978), with simple averages as Cutler has it."""

import pandas as pd
from pydantic import Field

from unlockstep.signals import Price, Signal
from unlockstep.strategies import Strategy, hold_for, target


class RsiReversal(Strategy):
    """Buy IWM when its RSI falls under a level, and hold it for some sessions."""

    name = "rsi_reversal"
    hypothesis = "who fell fast comes back"
    grid = {"level": (20.0, 30.0)}
    lookback = ("window", "hold")

    window: int = Field(default=14, ge=2, le=100, description="sessions of the RSI")
    level: float = Field(default=30.0, gt=0, lt=100, description="RSI under which it is bought")
    hold: int = Field(default=10, ge=1, le=250, description="sessions")

    def signals(self) -> dict[str, Signal]:
        return {"close": Price(leg="equity")}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        move = s["close"].diff()
        gain, loss = (side.clip(lower=0).rolling(self.window).mean() for side in (move, -move))
        rsi = 100 * gain / (gain + loss)
        return target(crypto=0.0, equity=hold_for(rsi.lt(self.level).where(rsi.notna()), self.hold))
