"""The second instant: what claims to be known before the open of a session, and reads of it."""

from functools import partial
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from tests.build import random_market
from unlockstep.backtests.audit.auditor import audit
from unlockstep.backtests.audit.findings import Outcome
from unlockstep.backtests.audit.plan import Effort
from unlockstep.backtests.audit.subprocess_pool import run_in_subprocess
from unlockstep.backtests.audit.target import Subject
from unlockstep.signals import Market, Price, Signal
from unlockstep.signals.closed_hours import ClosedHoursMove
from unlockstep.signals.market import Floats, Instant
from unlockstep.strategies import Strategy, target
from unlockstep.strategies.weekend_lead import WeekendLead

MARKET = random_market(12, 300)


def audited(part: Signal | Strategy) -> Outcome:
    return run_in_subprocess(partial(audit, Subject(part), (MARKET,), Effort(0.6, 0, first_calls=1, beginnings=6), 7))


class Claims(Signal):
    """Says that it is known before the open, and reads one price of the session."""

    name: ClassVar[str] = "claims"
    meaning: ClassVar[str] = "nothing"
    unit: ClassVar[str] = "none"

    price: str = "equity.open"

    @property
    def warmup(self) -> int:
        return 1

    @property
    def available(self) -> Instant:
        return "before_open"

    def values(self, market: Market) -> Floats:
        leg, field = self.price.split(".")
        prices = getattr(market.leg(leg), field)
        return np.concatenate([[np.nan], np.log(prices[1:] / market.leg(leg).close[:-1])])


class BuysTheGap(Strategy):
    """Decides before the open on the open."""

    name: ClassVar[str] = "buys_the_gap"
    hypothesis: ClassVar[str] = "a gap goes on"
    decides: ClassVar[Instant] = "before_open"

    def signals(self) -> dict[str, Signal]:
        return {"open": Price(leg="equity", field="open"), "move": ClosedHoursMove()}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return target(0.0, (s["open"] > s["open"].shift()).astype(float), where=s["open"].shift().notna())


@pytest.mark.parametrize("price", ["equity.open", "equity.close", "crypto.close"])
def test_a_price_of_the_session_read_before_its_open_is_found(price: str) -> None:
    outcome = audited(Claims(price=price))
    assert [finding.what for finding in outcome.findings] == ["look-ahead"]


def test_a_strategy_that_decides_before_the_open_on_the_open_is_found() -> None:
    findings = audited(BuysTheGap()).findings
    assert [(finding.what, finding.where) for finding in findings if finding.what == "look-ahead"] == [
        ("look-ahead", "the rule")
    ]


@pytest.mark.parametrize("part", [ClosedHoursMove(), ClosedHoursMove(closed="nights"), WeekendLead(mode="fade")])
def test_what_is_known_at_00_00_utc_raises_no_alarm_at_either_instant(part: Signal | Strategy) -> None:
    assert audited(part).status == "clean"
