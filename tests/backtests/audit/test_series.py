"""Look-ahead through highs, volumes and series beside the pair is caught, and so is reading one without saying so."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

import numpy as np
import pytest

from unlockstep.backtests.audit.auditor import audit
from unlockstep.backtests.audit.findings import Outcome
from unlockstep.backtests.audit.plan import Effort
from unlockstep.backtests.audit.subprocess_pool import run_in_subprocess
from unlockstep.backtests.audit.target import Subject
from unlockstep.signals import Market, Signal
from unlockstep.signals.market import Floats

OF_MARKET: dict[str, tuple[Callable[[Market], Floats], str]] = {
    "crypto.high": (lambda market: market.crypto.series("high") / market.crypto.close, "crypto.high"),
    "equity.low": (lambda market: market.equity.series("low") / market.equity.close, "equity.low"),
    "equity.volume": (lambda market: market.equity.series("volume"), "equity.volume"),
    "vix": (lambda market: market.context_series("vix").close, "vix"),
    "a part of vix": (lambda market: market.context_series("vix").series("high"), "vix"),
}


class Reading(Signal):
    """A series, or what it will be a session later; says what it reads, or does not."""

    name: ClassVar[str] = "reading"
    meaning: ClassVar[str] = "a series"
    unit: ClassVar[str] = "none"

    series: str
    ahead: bool = False
    declared: bool = True

    @property
    def warmup(self) -> int:
        return 1

    @property
    def reads(self) -> tuple[str, ...]:
        return (OF_MARKET[self.series][1],) if self.declared else ()

    def values(self, market: Market) -> Floats:
        values = np.array(OF_MARKET[self.series][0](market))
        if self.ahead:
            values[:-1] = values[1:]
        values[0] = np.nan
        return values


def audited(signal: Signal, market: Market) -> Outcome:
    effort = Effort(0.6, 0, first_calls=1, beginnings=4)
    return run_in_subprocess(partial(audit, Subject(signal), (market.slice(0, 300),), effort, 7))


@pytest.mark.parametrize("series", OF_MARKET)
def test_a_series_read_a_session_ahead_is_found_and_one_read_in_time_is_not(series: str, demo: Market) -> None:
    leaking = audited(Reading(series=series, ahead=True), demo)
    assert [(finding.what, finding.ahead) for finding in leaking.findings] == [("look-ahead", 1)]
    assert audited(Reading(series=series), demo).findings == ()


@pytest.mark.parametrize("series", OF_MARKET)
def test_a_series_that_is_read_without_being_declared_is_named(series: str, demo: Market) -> None:
    (finding,) = audited(Reading(series=series, declared=False), demo).findings
    assert finding.what == "reads"
    assert f"it reads {OF_MARKET[series][1]} without saying so" in finding.sentence
