"""The evaluated window: what opens it, and what may fix it."""

from datetime import date

import numpy as np
import pytest

from tests.backtests.build import FAST, experiment_of
from tests.build import random_market
from tests.refusals import refused
from unlockstep.backtests.engine.window import MIN_EVALUATED, Warmup, opening_of
from unlockstep.backtests.results.provenance import provenance
from unlockstep.signals.errors import HistoryError

SLOW = {"strategy": "eth_leads", "params": {"trend": 200}}
MARKET = random_market(3, 500)
SLOWEST = Warmup("slow", 200)


def day(row: int) -> date:
    return MARKET.sessions[row].date()


def test_the_slowest_variant_opens_the_window_and_is_named() -> None:
    experiment = experiment_of(MARKET, FAST, SLOW)
    assert (experiment.slowest.variant, experiment.slowest.sessions) == ("eth_leads(trend=200)", 200)
    opening = provenance(MARKET, experiment.evaluated, experiment.study, slowest=experiment.slowest).evaluated.opening
    assert opening is not None
    assert (opening.by, opening.warmup, opening.earliest) == ("warm-up", 200, str(day(201)))


def test_a_fixed_window_is_the_same_whoever_takes_part() -> None:
    alone, together = (experiment_of(MARKET, *variants, evaluate_from=day(260)) for variants in ([FAST], [FAST, SLOW]))
    assert alone.evaluated.sessions.equals(together.evaluated.sessions)
    assert alone.evaluated.sessions[1].date() == day(260)  # the first with a return
    fast = "eth_leads(trend=10)"
    assert np.array_equal(alone.returns()[fast], together.returns()[fast])
    assert alone.timing.information_ratio[0] == together.timing.information_ratio[0]


def test_the_first_day_that_the_warm_up_allows_is_the_default_window() -> None:
    assert opening_of(MARKET, SLOWEST, day(201)) == opening_of(MARKET, SLOWEST, None) == 200


def test_a_day_without_a_session_stands_for_the_next_session() -> None:
    saturday = next(row for row in range(300, 310) if (day(row) - day(row - 1)).days > 2)
    assert opening_of(MARKET, SLOWEST, date.fromordinal(day(saturday).toordinal() - 1)) == saturday - 1


@pytest.mark.parametrize("row", [0, 1, 200])
def test_a_day_inside_a_warm_up_is_refused_with_the_first_that_is_allowed(row: int) -> None:
    dates = [str(day(row)), str(day(201))]
    with refused(HistoryError, name="evaluate_from", dates=dates, limit=200, remedy=str(day(201))):
        opening_of(MARKET, SLOWEST, day(row))


def test_a_day_after_which_too_little_is_left_is_refused_with_the_last_that_is_allowed() -> None:
    last = len(MARKET.sessions) - MIN_EVALUATED + 1
    assert opening_of(MARKET, SLOWEST, day(last)) == last - 1
    dates = [str(day(last + 1)), str(day(last))]
    with refused(HistoryError, name="evaluate_from", dates=dates, limit=MIN_EVALUATED, remedy=str(day(last))):
        opening_of(MARKET, SLOWEST, day(last + 1))
    with refused(HistoryError, name="evaluate_from", limit=MIN_EVALUATED):
        opening_of(MARKET, SLOWEST, date(2100, 1, 1))
