"""One alarm: the calibrated detectors together, with one promise."""

from typing import ClassVar

import numpy as np
from pydantic import Field

from unlockstep.signals.change_point import ChangePoint
from unlockstep.signals.critical import CRITICAL
from unlockstep.signals.dcc import DccBreak
from unlockstep.signals.detector import Detector
from unlockstep.signals.fluctuation import FisherBreak, MonitorBreak
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.markov import MarkovBreak

PARTS: tuple[Detector, ...] = (FisherBreak(), MonitorBreak(), ChangePoint(), DccBreak(), MarkovBreak())
"""The calibrated detectors, at their defaults."""


class AnyBreak(Detector):
    """The mean of the evidence of the five calibrated detectors, each in units of its own critical value.

        statistic(D) = 1/5 Σ evidence_i(D) / critical_i;  i: fisher_break, monitor_break, change_point, dcc_break,
        markov_break

    Whoever watches five detectors and takes whichever speaks first has more false alarms than each of them promises.
    This one keeps one promise for all five: the critical value is simulated for their mean. Those that see a break soon
    raise it together, and one alone, which a jump of one leg may mislead, seldom does. Of the rules compared, among
    them the largest of the five, e-detectors and FOCuS, the mean has the least delay for its false alarms
    (docs/method.md).

    NaN where one of the five has no evidence, since the promise is made for all of them.
    """

    name: ClassVar[str] = "any_break"
    meaning: ClassVar[str] = "1 = the five calibrated detectors together see a fall of the coupling, else 0"

    critical: float = Field(
        default=CRITICAL["any_break"],
        gt=0,
        description="mean evidence, in units of each detector's critical value, that makes a break",
    )

    @property
    def warmup(self) -> int:
        return max(part.warmup for part in PARTS)

    def statistic(self, market: Market) -> Floats:
        return np.asarray(np.mean([part.statistic(market) / CRITICAL[part.name] for part in PARTS], axis=0))
