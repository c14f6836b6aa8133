"""Sessions and the instants of bars, from the exchange's published hours."""

from datetime import datetime, tzinfo

import pandas as pd
import pytest

from tests.refusals import refused
from unlockstep.backtests.data import calendar
from unlockstep.backtests.data.calendar import (
    bar_times,
    common_sessions,
    expected_dates,
    fitting_clock,
    name_dates,
    sessions_between,
)
from unlockstep.backtests.data.exchanges import EXCHANGES, Exchange
from unlockstep.signals import Market
from unlockstep.signals.errors import DataError, StudyError


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


def test_sessions_leave_out_weekends_and_holidays() -> None:
    result = sessions_between(pd.Timestamp("2024-12-21"), pd.Timestamp("2025-01-12"))
    days = ["12-23", "12-24", "12-26", "12-27", "12-30", "12-31"]
    later = ["01-02", "01-03", "01-06", "01-07", "01-08", "01-10"]  # 9 January 2025: mourning for President Carter
    assert [str(day.date()) for day in result] == [f"2024-{day}" for day in days] + [f"2025-{day}" for day in later]
    assert result.name == "session"
    assert result.tz is None
    assert result.unit == "us"


def test_dates_outside_a_calendar_are_refused_with_its_bounds() -> None:
    with refused(DataError, name="XTKS", dates=["1996-12-31", "1997-02-01"], remedy="inside it"):
        sessions_between(pd.Timestamp("1996-12-31"), pd.Timestamp("1997-02-01"), "XTKS")
    with refused(DataError, name="XNYS", dates=["2020-01-01", "2150-01-01"]):
        sessions_between(pd.Timestamp("2020-01-01"), pd.Timestamp("2150-01-01"))


@pytest.mark.parametrize(
    ("clock", "first", "last", "days"),
    [
        ("XNYS", "2001-09-10", "2001-09-18", ["09-10", "09-17", "09-18"]),  # closed after 11 September
        ("XNYS", "1985-09-26", "1985-09-30", ["09-26", "09-30"]),  # the hurricane Gloria
        ("XLON", "2005-03-24", "2005-03-29", ["03-24", "03-29"]),  # Good Friday and Easter Monday
        ("XETR", "2024-05-01", "2024-05-02", ["05-02"]),  # Labour Day
        ("XTKS", "1999-12-30", "2000-01-05", ["12-30", "01-04", "01-05"]),  # New Year in Japan
        ("XHKG", "1997-06-27", "1997-07-03", ["06-27", "07-03"]),  # the handover
    ],
)
def test_calendars_are_those_of_the_exchanges_long_before_crypto(
    clock: str, first: str, last: str, days: list[str]
) -> None:
    sessions = sessions_between(pd.Timestamp(first), pd.Timestamp(last), clock)
    assert [f"{day:%m-%d}" for day in sessions] == days


@pytest.mark.parametrize(
    ("clock", "session", "opens", "closes"),
    [
        ("XLON", "2024-07-01", "2024-07-01 07:00", "2024-07-01 15:30"),
        ("XLON", "2024-12-24", "2024-12-24 08:00", "2024-12-24 12:30"),  # closes at 12:30
        ("XETR", "2024-01-10", "2024-01-10 08:00", "2024-01-10 16:30"),
        ("XTKS", "2024-01-10", "2024-01-10 00:00", "2024-01-10 06:00"),
        ("XTKS", "2024-11-06", "2024-11-06 00:00", "2024-11-06 06:30"),  # closes at 15:30 since 5 November
        ("XASX", "2024-01-10", "2024-01-09 23:00", "2024-01-10 05:00"),  # opens the day before, UTC
        ("24/5", "2024-01-10", "2024-01-10 00:00", "2024-01-11 00:00"),
    ],
)
def test_a_bar_of_another_exchange_has_its_instants(clock: str, session: str, opens: str, closes: str) -> None:
    instants = bar_times(clock, pd.DatetimeIndex([session]))
    assert [f"{instant[0]:%Y-%m-%d %H:%M}" for instant in instants] == [opens, closes]


@pytest.mark.parametrize(
    ("clocks", "days"),
    [
        (["24/7", "XNYS"], ["05-02", "05-03", "05-06", "05-07", "05-08"]),
        (["24/7", "24/7"], ["05-02", "05-03", "05-06", "05-07", "05-08"]),  # New York's, where none has an exchange
        (["24/7", "XLON"], ["05-02", "05-03", "05-07", "05-08"]),  # 6 May 2024: a bank holiday
        (["XNYS", "XLON"], ["05-02", "05-03", "05-07", "05-08"]),
        (["XLON", "XTKS"], ["05-02", "05-07", "05-08"]),  # 3 to 6 May: holidays in Japan
        (["24/5", "XSAU"], ["05-02", "05-06", "05-07", "05-08"]),  # Riyadh trades on Sundays and not on Fridays
    ],
)
def test_a_pair_decides_on_the_sessions_that_both_legs_have(clocks: list[str], days: list[str]) -> None:
    sessions = common_sessions(pd.Timestamp("2024-05-02"), pd.Timestamp("2024-05-08"), clocks)
    assert [f"{day:%m-%d}" for day in sessions] == days
    assert (sessions.name, sessions.unit) == ("session", "us")


def test_a_misspelt_calendar_is_refused_with_what_was_meant() -> None:
    with refused(StudyError, name="XLND", choices=["XLON"], remedy="did you mean 'XLON'?"):
        sessions_between(pd.Timestamp("2024-01-01"), pd.Timestamp("2024-02-01"), "XLND")


UNBUILT = {"ASEX", "XTAE"}
"""Calendars of Athens and Tel Aviv, which exchange_calendars cannot build with pandas 3."""


@pytest.mark.parametrize(
    "exchange", [e for e in EXCHANGES if e.code not in UNBUILT], ids=lambda exchange: exchange.code
)
def test_every_exchange_of_the_table_has_a_calendar(exchange: Exchange) -> None:
    sessions = sessions_between(pd.Timestamp("2024-01-10"), pd.Timestamp("2024-03-10"), exchange.code)
    opens, closes = bar_times(exchange.code, sessions)
    assert len(sessions) > 30
    assert (opens < closes).all()


def test_a_calendar_that_cannot_be_built_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr("exchange_calendars.get_calendar", fail)
    with refused(DataError, name="XKAR", remedy="other exchanges"):
        sessions_between(pd.Timestamp("1991-01-10"), pd.Timestamp("1991-03-10"), "XKAR")


def test_dates_show_whose_calendar_they_keep() -> None:
    year = pd.Timestamp("2023-01-02"), pd.Timestamp("2023-12-29")
    for clock in ("XNYS", "XLON", "XTKS"):
        assert fitting_clock(sessions_between(*year, clock)) == clock
    assert fitting_clock(pd.bdate_range(*year)) is None
    assert fitting_clock(sessions_between(pd.Timestamp("2023-06-01"), pd.Timestamp("2023-06-16"), "XNYS")) is None


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
