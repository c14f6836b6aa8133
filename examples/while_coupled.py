"""Hold while a detector says so. A study needs no code for it: strategy = "when", see docs/python.md."""

import pandas as pd

from unlockstep.signals import FisherBreak, Signal
from unlockstep.signals.breakdown import COUPLED
from unlockstep.strategies import Strategy, cooldown, target


class WhileCoupled(Strategy):
    """Hold ETH while Fisher's z sees no break of its correlation with IWM; after a break, out for a month at least."""

    name = "while_coupled"
    hypothesis = "ETH falls when it comes apart from small caps"

    def signals(self) -> dict[str, Signal]:
        return {"state": FisherBreak()}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        coupled = (s["state"] == COUPLED).astype(float).where(s["state"].notna())
        return target(crypto=cooldown(coupled, 21), equity=0.0)
