"""Exchanges' sessions and the instants at which each clock opens and closes its bars."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import lru_cache

import exchange_calendars
import pandas as pd

from unlockstep.backtests.data.exchanges import US
from unlockstep.signals.errors import DataError, StudyError
from unlockstep.signals.identity import AROUND_THE_CLOCK, WEEKDAYS, Clock

EARLIEST = pd.Timestamp("1900-01-01")
"""Before it lies a broken date; some calendars begin later."""

_USUAL_START = pd.Timestamp("2010-01-01")
"""Where a calendar begins that is asked for no earlier session: it takes less time to build."""

LARGEST_EXCHANGES = (US, "XLON", "XETR", "XPAR", "XSWX", "XMIL", "XMAD", "XSTO", "XTSE", "XTKS", "XHKG", "XASX", "XSHG")
"""Calendars that the dates of a file are compared with that do not fit the one expected of them."""

MANY = 120
"""Dates that tell one calendar from another: half a year has holidays of its own."""

OLDEST_NOW = date(2025, 1, 1)
"""Nobody ran this program before, so a clock that says so is wrong; a calendar reaches a year past the clock."""


def is_clock(clock: str) -> bool:
    """Whether there is such a clock: 24/7, 24/5, or the code of one of exchange_calendars."""
    return clock in exchange_calendars.get_calendar_names(include_aliases=False)


def has_sessions(clock: Clock) -> bool:
    """Whether a clock is an exchange's, with sessions of its own."""
    return clock not in (AROUND_THE_CLOCK, WEEKDAYS)


@dataclass(frozen=True, eq=False)
class _Calendar:
    """An exchange's calendar; begins: the first date that it knows anything of."""

    calendar: exchange_calendars.ExchangeCalendar
    begins: pd.Timestamp


def _calendar_from(code: Clock, first: pd.Timestamp) -> _Calendar:
    """The calendar, from the decade of `first` on or earlier, or from where it begins."""
    decade = pd.Timestamp(first.year // 10 * 10, 1, 1)
    return _calendar(code, max(EARLIEST, min(decade, _USUAL_START)))


@lru_cache(maxsize=64)
def _calendar(code: Clock, start: pd.Timestamp) -> _Calendar:
    if not is_clock(code):
        raise unknown_clock(code)
    today = datetime.now(UTC).date()
    if today < OLDEST_NOW:
        raise DataError(
            f"The clock of this machine says {today}, before this program was written",
            name="clock",
            dates=[today],
            remedy="set it",
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what exchange_calendars does while it builds a calendar is no user's matter
        try:
            return _build(code, start)
        except Exception as error:  # some calendars cannot be built with every pandas, and raise whatever comes up
            raise DataError(
                f"exchange_calendars cannot build the calendar {code} here ({type(error).__name__})",
                name=code,
                remedy="choose tickers of other exchanges",
            ) from None


def _build(code: Clock, start: pd.Timestamp) -> _Calendar:
    try:
        return _Calendar(exchange_calendars.get_calendar(code, start=start), start)
    except ValueError:  # it begins later
        calendar = exchange_calendars.get_calendar(code)
        begins = calendar.bound_min()
        if begins is None:
            return _Calendar(calendar, calendar.first_session)
        return _Calendar(exchange_calendars.get_calendar(code, start=begins), begins)


def unknown_clock(clock: str) -> StudyError:
    """The error for a clock that there is not; says what was meant, where that can be seen."""
    names = exchange_calendars.get_calendar_names(include_aliases=False)
    close = get_close_matches(clock.upper(), names, n=1)
    hint = f"did you mean '{close[0]}'?" if close else "a clock is 24/7, or the code of an exchange, such as XNYS"
    return StudyError(f"There is no clock '{clock}'", name=clock, choices=close or names, remedy=hint)


def sessions_between(first: pd.Timestamp, last: pd.Timestamp, clock: Clock = US) -> pd.DatetimeIndex:
    """The sessions of an exchange from `first` to `last`, both included: tz-naive dates named "session".

    Raises DataError outside the calendar's bounds, StudyError where there is no such calendar.
    """
    whole = _calendar_from(clock, first)
    begins, ends = whole.begins, whole.calendar.last_session
    if first < begins or last > ends:
        raise DataError(
            f"The calendar of {clock} covers {begins.date()} to {ends.date()}, not {first.date()} to {last.date()}",
            name=clock,
            dates=[first, last],
            remedy="choose dates inside it (--start, --end)",
        )
    # A fixed unit, whatever the calendar library uses: the unit reaches the bytes of the Parquet files.
    sessions = whole.calendar.sessions
    within = sessions[(sessions >= first) & (sessions <= last)]
    return pd.DatetimeIndex(within.values.astype("M8[us]"), name="session")


def time_zone(clock: Clock) -> str:
    """The name of the time zone of an exchange."""
    return str(_calendar_from(clock, _USUAL_START).calendar.tz)


def common_sessions(first: pd.Timestamp, last: pd.Timestamp, clocks: Iterable[Clock]) -> pd.DatetimeIndex:
    """The decision clock of tickers with these clocks: the dates on which all of them have a bar, and which are
    sessions of their exchanges, or of the New York Stock Exchange where none has an exchange.
    """
    distinct = list(dict.fromkeys(clocks))
    exchanges = [clock for clock in distinct if has_sessions(clock)] or [US]
    sessions = sessions_between(first, last, exchanges[0])
    for clock in (*exchanges[1:], *(clock for clock in distinct if clock == WEEKDAYS)):
        dates = expected_dates(clock, first, last)
        sessions = pd.DatetimeIndex(sessions[sessions.isin(dates)], name="session")
    return sessions


def bar_times(clock: Clock, sessions: pd.DatetimeIndex) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """(opens, closes): UTC instants at which the bars of the sessions begin and are complete."""
    if not has_sessions(clock):
        opens = pd.DatetimeIndex(sessions.values).tz_localize("UTC")
        return opens, opens + pd.Timedelta(days=1)
    schedule = _calendar_from(clock, sessions[0]).calendar.schedule.loc[pd.DatetimeIndex(sessions.values)]
    return tuple(  # type: ignore[return-value]
        pd.DatetimeIndex(schedule[column].dt.tz_convert(None).to_numpy().astype("M8[us]")).tz_localize("UTC")
        for column in ("open", "close")
    )


def last_complete(clock: Clock, now: pd.Timestamp) -> pd.Timestamp:
    """The date of the newest bar of this clock that is complete at `now` (UTC)."""
    today = now.tz_convert(None).normalize()
    if clock == AROUND_THE_CLOCK:
        return today - pd.Timedelta(days=1)
    dates = expected_dates(clock, today - pd.Timedelta(days=20), today + pd.Timedelta(days=1))
    return dates[bar_times(clock, dates)[1] <= now][-1]


def expected_dates(clock: Clock, first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
    """The dates on which a ticker of this clock must have a bar: each day, each weekday, or each session."""
    if not has_sessions(clock):
        return pd.date_range(first, last, freq="D" if clock == AROUND_THE_CLOCK else "B", unit="us")
    return sessions_between(first, last, clock)


def fitting_clock(dates: pd.DatetimeIndex) -> Clock | None:
    """The first of LARGEST_EXCHANGES whose sessions are exactly these dates, at least MANY of them; None for none."""
    if len(dates) < MANY:
        return None
    for code in LARGEST_EXCHANGES:
        try:
            expected = sessions_between(dates[0], dates[-1], code)
        except DataError:
            continue
        if expected.equals(pd.DatetimeIndex(dates)):
            return code
    return None


def day_name(day: pd.Timestamp) -> str:
    """A day as messages and files have it, such as 2024-01-31."""
    return str(pd.Timestamp(day).date())


def name_dates(dates: pd.Index, most: int = 3) -> str:
    """'2020-01-02, 2020-01-03 and 4 more': dates as an error message shows them."""
    days = [str(day.date()) for day in pd.DatetimeIndex(dates)]
    shown = ", ".join(days[:most])
    return shown if len(days) <= most else f"{shown} and {len(days) - most} more"
