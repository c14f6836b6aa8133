"""Detectors: has the correlation of returns fallen? A state with a known rate of false alarms.

Each detector has one statistic, evidence of a fall, computed from the past of each session. The pair counts as
decoupled once the statistic exceeds its critical value, and as coupled again once it is below half of it. Critical
values are simulated, not looked up: in worlds whose correlation is always 0.4, an alarm is raised in one year of ten.
Elsewhere the rate is another; docs/method.md has it measured.
"""

from abc import abstractmethod
from typing import ClassVar

import numpy as np
from pydantic import Field

from unlockstep.signals.breakdown import hysteresis
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.signal import Signal


class Detector(Signal):
    """Base of the detectors whose critical value is simulated.

    Values: 1 decoupled, 0 coupled. NaN until the statistic has first been over its critical value or under half of it,
    and later only where there is no evidence, as where a leg did not vary.
    """

    unit: ClassVar[str] = "state"

    critical: float = Field(gt=0, description="evidence over which a break begins; it ends under half of it")

    @abstractmethod
    def statistic(self, market: Market) -> Floats:
        """T values of evidence that the correlation has fallen, larger for more; NaN before `warmup`."""

    def values(self, market: Market) -> Floats:
        evidence = self.statistic(market)
        states = hysteresis(-evidence, -self.critical, -self.critical / 2, 1)
        return np.where(np.isnan(evidence), np.nan, states)
