"""What is traded and what that costs: decisions, their costs, the price and the lag of their fills."""

from collections.abc import Sequence
from dataclasses import dataclass

from unlockstep.backtests.config.costs import Costs, Fill
from unlockstep.strategies.weights import TargetWeights


@dataclass(frozen=True, eq=False)
class Trading:
    """Decisions, one TargetWeights a variant, and how they are traded.

    fill: the price they are filled at.  lag: sessions between decision and fill.
    """

    decisions: Sequence[TargetWeights]
    costs: Costs
    fill: Fill = "close"
    lag: int = 1

    @property
    def names(self) -> list[str]:
        """The variants, in order."""
        return [decision.variant for decision in self.decisions]
