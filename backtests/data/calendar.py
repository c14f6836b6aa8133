"""The exchange's sessions and the instants at which each clock opens and closes its bars."""

import re
import warnings
from datetime import UTC, date, datetime
from functools import lru_cache

import exchange_calendars
import pandas as pd

from unlockstep.signals.errors import DataError
from unlockstep.signals.market import Clock

FIRST_SESSION = pd.Timestamp("2010-01-01")
"""Nothing traded here is older: ETH began in August 2015."""

OLDEST_NOW = date(2025, 1, 1)
"""Nobody ran this program before, so a clock that says so is wrong; the calendar reaches a year past the clock."""

_AROUND_THE_CLOCK = re.compile(r"^[A-Z0-9]+-(USD|USDT|USDC|EUR|GBP|JPY|BTC|ETH)$")


def clock_of(ticker: str) -> Clock:
    """The clock that a ticker's bars follow, by Yahoo's naming: ETH-USD trades around the clock, the rest on XNYS."""
    return "24/7" if _AROUND_THE_CLOCK.match(ticker) else "XNYS"


@lru_cache(maxsize=1)
def _calendar() -> exchange_calendars.ExchangeCalendar:
    today = datetime.now(UTC).date()
    if today < OLDEST_NOW:
        raise DataError(
            f"The clock of this machine says {today}, before this program was written",
            name="clock",
            dates=[today],
            remedy="set it",
        )
    with warnings.catch_warnings():
        # what exchange_calendars does on pandas 3.1 while it builds a calendar
        warnings.filterwarnings("ignore", "Series.values returning an ndarray that drops timezone")
        return exchange_calendars.get_calendar("XNYS", start=FIRST_SESSION)


def sessions_between(first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
    """The XNYS sessions from `first` to `last`, both included: tz-naive dates named "session".

    Raises DataError outside the calendar's bounds.
    """
    calendar = _calendar()
    if first < calendar.first_session or last > calendar.last_session:
        raise DataError(
            f"The exchange calendar covers {calendar.first_session.date()} to {calendar.last_session.date()}, "
            f"not {first.date()} to {last.date()}",
            dates=[first, last],
            remedy="choose dates inside it",
        )
    # A fixed unit, whatever the calendar library uses: the unit reaches the bytes of the Parquet files.
    return pd.DatetimeIndex(calendar.sessions_in_range(first, last).values.astype("M8[us]"), name="session")


def bar_times(clock: Clock, sessions: pd.DatetimeIndex) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """(opens, closes): UTC instants at which the bars of the sessions begin and are complete."""
    if clock == "24/7":
        opens = pd.DatetimeIndex(sessions.values).tz_localize("UTC")
        return opens, opens + pd.Timedelta(days=1)
    schedule = _calendar().schedule.loc[pd.DatetimeIndex(sessions.values)]
    return tuple(  # type: ignore[return-value]
        pd.DatetimeIndex(schedule[column].dt.tz_convert(None).to_numpy().astype("M8[us]")).tz_localize("UTC")
        for column in ("open", "close")
    )


def last_complete(ticker: str, now: pd.Timestamp) -> pd.Timestamp:
    """The date of the newest bar of `ticker` that is complete at `now` (UTC)."""
    clock = clock_of(ticker)
    today = now.tz_convert(None).normalize()
    if clock == "24/7":
        return today - pd.Timedelta(days=1)
    sessions = sessions_between(today - pd.Timedelta(days=10), today)
    return sessions[bar_times(clock, sessions)[1] <= now][-1]


def expected_dates(clock: Clock, first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
    """The dates on which a ticker of this clock must have a bar: each day, or each session."""
    if clock == "24/7":
        return pd.date_range(first, last, freq="D", unit="us")
    return sessions_between(first, last)


def name_dates(dates: pd.Index, most: int = 3) -> str:
    """'2020-01-02, 2020-01-03 and 4 more': dates as an error message shows them."""
    days = [str(day.date()) for day in pd.DatetimeIndex(dates)]
    shown = ", ".join(days[:most])
    return shown if len(days) <= most else f"{shown} and {len(days) - most} more"
