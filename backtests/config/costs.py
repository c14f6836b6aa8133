"""What trading costs, and the price that orders are filled at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from unlockstep.signals.errors import ParameterError

Fill = Literal["close", "open"]


TOTAL_BPS = 10_000.0


@dataclass(frozen=True)
class Costs:
    """What trading costs. Tuples hold a figure for each leg, the crypto leg first, the equity leg second.

    fee_bps, slippage_bps: basis points of the traded value. borrow_rate: annual, on shorts. What cash earns
    is no cost: the market says it (`Market.risk_free`).
    """

    fee_bps: tuple[float, ...] = (10.0, 1.0)
    slippage_bps: tuple[float, ...] = (5.0, 2.0)
    borrow_rate: float = 0.03

    def __post_init__(self) -> None:
        figures = (*self.fee_bps, *self.slippage_bps, self.borrow_rate)
        if not all(np.isfinite(figure) and figure >= 0 for figure in figures):
            raise ParameterError(f"Costs must be finite and not negative; got {self}", limit=0)
        if max(*self.fee_bps, *self.slippage_bps) >= TOTAL_BPS:
            raise ParameterError(
                f"A fee or slippage of {TOTAL_BPS:g} basis points would take the whole trade; got {self}",
                limit=TOTAL_BPS,
            )

    @classmethod
    def dearest(cls, every: Sequence["Costs"]) -> "Costs":
        """The largest of each figure."""
        fees, slippages = (
            tuple(max(bps) for bps in zip(*(getattr(each, name) for each in every), strict=True))
            for name in ("fee_bps", "slippage_bps")
        )
        return cls(fees, slippages, max(each.borrow_rate for each in every))

    def times(self, multiple: float) -> "Costs":
        """The same with fees, slippage and borrow cost multiplied."""
        fees, slippages = (tuple(multiple * bps for bps in legs) for legs in (self.fee_bps, self.slippage_bps))
        return Costs(fees, slippages, multiple * self.borrow_rate)
