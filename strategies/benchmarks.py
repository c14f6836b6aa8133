"""Benchmarks: what anyone could hold without a signal."""

from typing import ClassVar

import pandas as pd
from pydantic import Field

from unlockstep.signals.market import LegName
from unlockstep.signals.series import Price
from unlockstep.signals.signal import Signal
from unlockstep.strategies.allocation import Allocation, by_leg, targets
from unlockstep.strategies.strategy import PAIR, Strategy, target


class _Constant(Strategy):
    """Holds the same target for ever."""

    statement: ClassVar[str] = ""
    benchmark: ClassVar[bool] = True

    def signals(self) -> dict[str, Signal]:
        return {}

    def _always(self, s: pd.DataFrame, crypto: float, equity: float) -> pd.DataFrame:
        return target(crypto, equity, where=pd.Series(True, index=s.index))


class HoldEth(_Constant):
    """The whole account in the crypto leg."""

    name: ClassVar[str] = "hold_eth"
    hypothesis: ClassVar[str] = "none: the whole account in ETH (the pair's first leg)"

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return self._always(s, 1.0, 0.0)


class HoldIwm(_Constant):
    """The whole account in the equity leg."""

    name: ClassVar[str] = "hold_iwm"
    hypothesis: ClassVar[str] = "none: the whole account in IWM (the pair's second leg)"

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return self._always(s, 0.0, 1.0)


class FixedMix(_Constant):
    """A constant mix of the legs, rebalanced in the first session of each month unless the study says otherwise."""

    name: ClassVar[str] = "fixed_mix"
    hypothesis: ClassVar[str] = "none: both legs in a constant mix"

    crypto: float = Field(
        default=0.5, ge=0, le=1, description="share of the account in the crypto leg; the rest in equity"
    )

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return self._always(s, self.crypto, 1.0 - self.crypto)


class Cash(_Constant):
    """Nothing but cash."""

    name: ClassVar[str] = "cash"
    hypothesis: ClassVar[str] = "none: nothing but cash"

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return self._always(s, 0.0, 0.0)


class _ConstantAllocation(Allocation):
    """Holds the same share of each leg for ever; in studies of more legs than a pair."""

    statement: ClassVar[str] = ""
    benchmark: ClassVar[bool] = True
    in_default_study: ClassVar[bool] = False

    def leg_signals(self, leg: LegName) -> dict[str, Signal]:
        return {"price": Price(leg=leg)}

    def _always(self, s: pd.DataFrame, shares: dict[str, float]) -> pd.DataFrame:
        return targets(shares, where=pd.Series(True, index=s.index))


class HoldLeg(_ConstantAllocation):
    """The whole account in one leg."""

    name: ClassVar[str] = "hold_leg"
    hypothesis: ClassVar[str] = "none: the whole account in one leg"

    leg: str = Field(default="crypto", description="crypto, equity, or the ticker of any leg")

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        tickers = list(by_leg(s, "price").columns)
        chosen = tickers[PAIR.index(self.leg)] if self.leg in PAIR else self.leg
        return self._always(s, {**dict.fromkeys(tickers, 0.0), chosen: 1.0})


class EqualWeight(_ConstantAllocation):
    """All legs in equal shares, rebalanced in the first session of each month."""

    name: ClassVar[str] = "equal_weight"
    hypothesis: ClassVar[str] = "none: all legs in equal shares, rebalanced each month"

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        tickers = list(by_leg(s, "price").columns)
        return self._always(s, dict.fromkeys(tickers, 1.0 / len(tickers)))
