"""ETH's moves while IWM is closed, by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.build import market_of, random_market
from tests.refusals import refused
from unlockstep.backtests.data.demo import demo_frames
from unlockstep.signals import Market
from unlockstep.signals.closed_hours import Closed, ClosedHoursMove, closed_before
from unlockstep.signals.errors import DataError
from unlockstep.signals.market import read_only

# Thursday, Friday, Monday; Tuesday the exchange is closed; Wednesday, Thursday
SESSIONS = pd.DatetimeIndex(["2024-01-04", "2024-01-05", "2024-01-08", "2024-01-10", "2024-01-11"], name="session")
CLOSE = np.array([100.0, 110.0, 120.0, 130.0, 140.0])
BEFORE = np.array([90.0, 100.0, 99.0, 132.0, 130.0])  # of 24:00 UTC of Wednesday, Thursday, Sunday, Tuesday, Wednesday


@pytest.mark.parametrize(
    ("closed", "expected"),
    [
        ("weekends_and_holidays", [np.nan, 0.0, np.log(99 / 110), np.log(132 / 120), 0.0]),
        ("weekends", [np.nan, 0.0, np.log(99 / 110), 0.0, 0.0]),
        ("holidays", [np.nan, 0.0, 0.0, np.log(132 / 120), 0.0]),
        ("nights", [np.nan, np.nan, 0.0, 0.0, np.log(130 / 132)]),
    ],
)
def test_each_kind_of_closed_hours_by_hand(closed: Closed, expected: list[float]) -> None:
    market = market_of(CLOSE, np.ones(5), sessions=SESSIONS)
    market = replace(market, crypto=replace(market.crypto, before_open=read_only(BEFORE)))
    np.testing.assert_allclose(ClosedHoursMove(closed=closed).compute(market), expected, rtol=1e-12)


def test_a_weekend_with_a_holiday_is_a_holiday() -> None:
    sessions = pd.DatetimeIndex(["2024-01-12", "2024-01-16"], name="session")  # Martin Luther King's day between
    assert closed_before(sessions, "holidays").tolist() == [False, True]
    assert closed_before(sessions, "weekends").tolist() == [False, False]


def test_files_give_the_close_of_the_day_before_each_session(demo: Market) -> None:
    closes = demo_frames(edge=False, seed=1)["ETH-USD"]["close"]
    prices = demo.crypto.before_open
    assert prices is not None
    for row in (1, 2, 3, 4, 5, 500, -1):
        assert prices[row] == closes[demo.sessions[row] - pd.Timedelta(days=1)]
    assert demo.equity.before_open is None


def test_only_closed_hours_of_an_exchange_and_prices_around_the_clock_have_moves() -> None:
    market = random_market(1, 50)
    listed = replace(market, crypto=replace(market.crypto, clock="XNYS", before_open=None, ticker="SPY"))
    with refused(DataError, name="SPY"):
        ClosedHoursMove().compute(listed)
    both = replace(market, equity=replace(market.equity, clock="24/7", ticker="BTC-USD"))
    with refused(DataError, name="BTC-USD"):
        ClosedHoursMove().compute(both)


def test_the_instant_before_the_open_is_00_00_utc() -> None:
    market = market_of(CLOSE, np.ones(5), sessions=SESSIONS)
    assert list(market.instants("before_open")) == list(SESSIONS.tz_localize("UTC"))
    assert (market.instants("open") == market.equity.tradable_from).all()
    assert (market.instants("after_close") == market.decided_at).all()
