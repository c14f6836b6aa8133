"""Hold X while a state says so: any detector as a strategy, without code."""

from typing import ClassVar, Literal, TypeAlias

import numpy as np
import pandas as pd
from pydantic import Field

from unlockstep.signals import Signal
from unlockstep.signals.breakdown import COUPLED, DECOUPLED
from unlockstep.signals.market import Floats
from unlockstep.signals.signal import Columns, SignalCache
from unlockstep.strategies.named_state import ReadsState
from unlockstep.strategies.strategy import target, where_defined

Holding: TypeAlias = Literal["crypto", "equity", "both", "cash"]

SHARES: dict[str, tuple[float, float]] = {
    "crypto": (1.0, 0.0),
    "equity": (0.0, 1.0),
    "both": (0.5, 0.5),
    "cash": (0.0, 0.0),
}
"""Holding → shares of the account in crypto and in equity."""


class When(ReadsState):
    """Hold one thing while a signal says that the pair is decoupled, or coupled, and another otherwise.

    Not in the default study: it stands for no statement until a state is named. Default: all in ETH while `breakdown`
    says decoupled, cash otherwise, the plainest reading of a break as an opportunity.
    """

    name: ClassVar[str] = "when"
    statement: ClassVar[str] = ""
    hypothesis: ClassVar[str] = "what is held pays while the state lasts"
    in_default_study: ClassVar[bool] = False
    grid: ClassVar = {"state": ("coupled", "decoupled"), "hold": ("crypto", "equity", "both")}

    state: Literal["coupled", "decoupled"] = Field(default="decoupled", description="the state that is waited for")
    hold: Holding = Field(default="crypto", description="held while it lasts: a leg, both in halves, or cash")
    otherwise: Holding = Field(default="cash", description="held while it does not")

    def signals(self) -> dict[str, Signal]:
        return {"state": self.state_signal()}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        lasts = (s["state"] == (DECOUPLED if self.state == "decoupled" else COUPLED)).astype(float)
        (crypto, equity), (crypto_else, equity_else) = SHARES[self.hold], SHARES[self.otherwise]
        return target(
            crypto * lasts + crypto_else * (1.0 - lasts),
            equity * lasts + equity_else * (1.0 - lasts),
            where=s["state"].notna(),
        )

    @classmethod
    def rules(cls, signal_cache: SignalCache, columns: Columns) -> tuple[Floats, Floats]:
        state = cls.states(signal_cache, columns)
        lasts = state == np.where(columns["state"] == "decoupled", DECOUPLED, COUPLED)[:, None]
        hold, otherwise = (
            np.array([SHARES[each] for each in columns[name].tolist()]) for name in ("hold", "otherwise")
        )
        crypto, equity = (np.where(lasts, hold[:, [leg]], otherwise[:, [leg]]) for leg in (0, 1))
        return where_defined(state, crypto, equity)
