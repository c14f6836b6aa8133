"""Sessions and the instants of bars, from the exchange's published hours."""

from datetime import datetime, tzinfo

import pandas as pd
import pytest

from tests.refusals import refused
from unlockstep.backtests.data import calendar
from unlockstep.backtests.data.calendar import bar_times, clock_of, expected_dates, name_dates, sessions_between
from unlockstep.signals import Market
from unlockstep.signals.errors import DataError


@pytest.mark.parametrize(
    ("session", "opens", "closes"),
    [
        ("2024-01-10", "14:30", "21:00"),
        ("2024-03-08", "14:30", "21:00"),  # the last session of standard time
        ("2024-03-11", "13:30", "20:00"),  # the first of daylight saving time
        ("2024-11-01", "13:30", "20:00"),  # the last of daylight saving time
        ("2024-11-04", "14:30", "21:00"),
        ("2024-07-03", "13:30", "17:00"),  # closes at 13:00 New York, in summer
        ("2024-11-29", "14:30", "18:00"),  # the day after Thanksgiving closes at 13:00
        ("2024-12-24", "14:30", "18:00"),
    ],
)
def test_a_session_opens_and_closes_by_the_clock_of_new_york(session: str, opens: str, closes: str) -> None:
    day = pd.Timestamp(session)
    result = bar_times("XNYS", sessions_between(day, day))
    assert [str(instant[0]) for instant in result] == [f"{session} {opens}:00+00:00", f"{session} {closes}:00+00:00"]


def test_a_bar_of_crypto_runs_from_midnight_to_midnight_utc_whatever_new_york_does() -> None:
    sessions = sessions_between(pd.Timestamp("2024-11-29"), pd.Timestamp("2024-12-02"))
    opens, closes = bar_times("24/7", sessions)
    assert [str(instant) for instant in opens] == ["2024-11-29 00:00:00+00:00", "2024-12-02 00:00:00+00:00"]
    assert [str(instant) for instant in closes] == ["2024-11-30 00:00:00+00:00", "2024-12-03 00:00:00+00:00"]


@pytest.mark.parametrize("ticker", ["ETH-USD", "BTC-USD", "SOL-EUR", "ETH-BTC", "1INCH-USD", "ETH-USDT"])
def test_a_ticker_quoted_in_another_coin_or_currency_trades_around_the_clock(ticker: str) -> None:
    assert clock_of(ticker) == "24/7"


@pytest.mark.parametrize("ticker", ["IWM", "SPY", "^RUT", "BRK-B", "BF-A", "ETHE", "eth-usd", "ETH-USD.X"])
def test_any_other_ticker_trades_in_sessions(ticker: str) -> None:
    assert clock_of(ticker) == "XNYS"


def test_sessions_leave_out_weekends_and_holidays() -> None:
    result = sessions_between(pd.Timestamp("2024-12-21"), pd.Timestamp("2025-01-12"))
    days = ["12-23", "12-24", "12-26", "12-27", "12-30", "12-31"]
    later = ["01-02", "01-03", "01-06", "01-07", "01-08", "01-10"]  # 9 January 2025: mourning for President Carter
    assert [str(day.date()) for day in result] == [f"2024-{day}" for day in days] + [f"2025-{day}" for day in later]
    assert result.name == "session"
    assert result.tz is None
    assert result.unit == "us"


def test_dates_outside_the_calendar_are_refused_with_its_bounds() -> None:
    with refused(DataError, dates=["2009-12-31", "2010-02-01"], remedy="inside it"):
        sessions_between(pd.Timestamp("2009-12-31"), pd.Timestamp("2010-02-01"))
    with refused(DataError, dates=["2020-01-01", "2150-01-01"]):
        sessions_between(pd.Timestamp("2020-01-01"), pd.Timestamp("2150-01-01"))


def test_a_ticker_that_trades_around_the_clock_must_have_every_day() -> None:
    friday, tuesday = pd.Timestamp("2024-01-12"), pd.Timestamp("2024-01-16")
    assert [day.day for day in expected_dates("24/7", friday, tuesday)] == [12, 13, 14, 15, 16]
    assert [day.day for day in expected_dates("XNYS", friday, tuesday)] == [12, 16]


def test_long_lists_of_dates_are_cut_short() -> None:
    days = pd.date_range("2024-01-01", periods=5)
    assert name_dates(days[:1]) == "2024-01-01"
    assert name_dates(days[:3]) == "2024-01-01, 2024-01-02, 2024-01-03"
    assert name_dates(days) == "2024-01-01, 2024-01-02, 2024-01-03 and 2 more"


def test_every_decision_of_the_demo_waits_for_midnight_utc_hours_after_the_close_of_new_york(demo: Market) -> None:
    wait = demo.decided_at - demo.equity.known_at
    assert set(wait / pd.Timedelta(hours=1)) == {3.0, 4.0, 6.0, 7.0}  # winter 3, summer 4; early closes 6 and 7
    early = demo.sessions[wait >= pd.Timedelta(hours=6)]
    assert pd.Timestamp("2024-11-29") in early
    assert len(early) < 30
    midnights = (demo.sessions + pd.Timedelta(days=1)).tz_localize("UTC")
    assert (demo.decided_at == midnights).all()


def test_a_clock_that_was_never_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Stopped":
            return cls(1970, 1, 1, tzinfo=tz)

    monkeypatch.setattr(calendar, "datetime", Stopped)
    calendar._calendar.cache_clear()
    with refused(DataError, name="clock", dates=["1970-01-01"]):
        sessions_between(pd.Timestamp("2024-01-02"), pd.Timestamp("2024-01-03"))
