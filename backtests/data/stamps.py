"""The day of a bar whose date carries a time of day: a midnight, or an instant of its session.

Daily bars are stamped with the instant at which their day begins (midnight, in the exchange's time zone or in UTC), at
which their session opens (TradingView), or closes (Google). An instant between open and close belongs to that session
whatever it means, so every stamp is checked against the exchange's calendar; any other is refused.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from unlockstep.backtests.data.calendar import bar_times, has_sessions, sessions_between, time_zone
from unlockstep.backtests.data.cells import CellError, shown
from unlockstep.signals.errors import DataError
from unlockstep.signals.identity import Clock

DAILY = "daily bars have one plain date a row, such as 2025-12-31"

MIDNIGHT = time(0)
SATURDAY, SUNDAY = 5, 6


def days_of_stamps(
    moments: Sequence[datetime], texts: Sequence[str], ticker: str, clock: Clock
) -> tuple[list[date], str]:
    """(days, words): the day of each moment, and at which instant of it they lie, "" for plain midnights.

    moments: with an offset from UTC, or as the clock at the exchange shows them.  texts: what messages quote.
    Raises CellError with the row.
    """
    zoned = [moment.tzinfo is not None for moment in moments]
    if any(zoned) and not all(zoned):
        row = zoned.index(not zoned[0])
        row = row if zoned[row] else 0  # the one that has a zone
        raise CellError(f"{shown(texts[row])} carries a time zone", DAILY, row)
    if all(zoned):
        in_utc = [moment.astimezone(UTC) for moment in moments]
        if all(moment.time() == MIDNIGHT for moment in in_utc):
            return [moment.date() for moment in in_utc], "stamped at midnight UTC" if moments else ""
    days = [moment.date() for moment in moments]
    if all(moment.time() == MIDNIGHT for moment in moments):
        if not any(zoned):
            return days, ""
        if {SATURDAY, SUNDAY} <= {day.weekday() for day in days}:
            raise CellError(
                f"{shown(texts[0])} is no midnight UTC, at which bars of what trades around the clock begin",
                "take bars from 00:00 to 24:00 UTC",
                0,
            )
        return days, "stamped at midnight of their time zone"
    return _days_at_exchange(moments, texts, ticker, clock)


def _days_at_exchange(
    moments: Sequence[datetime], texts: Sequence[str], ticker: str, clock: Clock
) -> tuple[list[date], str]:
    """The same for moments that are midnights at the ticker's exchange or lie in its sessions; CellError for others."""
    zone = ZoneInfo(time_zone(clock)) if has_sessions(clock) else UTC
    there = [moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone) for moment in moments]
    days = [moment.date() for moment in there]
    if all(moment.time() == MIDNIGHT for moment in there):
        return days, f"stamped at midnight in {zone}"
    outside = np.array([moment.time() != MIDNIGHT for moment in there])
    if outside.all() and has_sessions(clock):
        outside = ~_are_in_sessions(days, there, clock)
        if not outside.any():
            return days, "stamped within the session"
    row = int(np.argmax(outside))
    what = "is no midnight" if moments[row].tzinfo else "carries a time of day"
    raise CellError(f"{shown(texts[row])} {what}, and lies in no session of {ticker}", DAILY, row)


def _are_in_sessions(days: Sequence[date], moments: Sequence[datetime], clock: Clock) -> NDArray[np.bool_]:
    """Which moments lie after the open of their day's session, and no later than the longest session lasts."""
    index = pd.DatetimeIndex(np.array(days, dtype="M8[D]").astype("M8[us]"))
    try:
        sessions = sessions_between(index.min(), index.max(), clock)
    except DataError:
        sessions = pd.DatetimeIndex([])
    if sessions.empty:
        return np.zeros(len(days), dtype=np.bool_)
    opens, closes = (times.tz_convert(None).to_numpy() for times in bar_times(clock, sessions))
    place = sessions.get_indexer(index)
    instants = np.array([moment.astimezone(UTC).replace(tzinfo=None) for moment in moments], dtype="M8[us]")
    after = instants - opens[place]
    in_session: NDArray[np.bool_] = (place >= 0) & (after >= np.timedelta64(0)) & (after <= (closes - opens).max())
    return in_session
