"""What is in a price frame: coverage, gaps, doubtful bars, and what a run would refuse.

It reports, and stops at nothing. `doubtful` says which bars are doubtful; those that are not complete yet, or dated in
the future, are found here.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from unlockstep.backtests.data.align import PAY_NO_DIVIDENDS, is_adjusted
from unlockstep.backtests.data.calendar import bar_times, day_name, expected_dates, last_complete
from unlockstep.backtests.data.checked import ExaminedPrices, Span
from unlockstep.backtests.data.doubtful import doubtful_bars, refuse_splits, stretches_of
from unlockstep.backtests.data.frames import check_calendar, check_order, check_prices
from unlockstep.backtests.data.identity import NOTHING, StatedIdentity, identity_by_name, resolve_identity
from unlockstep.signals.errors import DataError
from unlockstep.signals.identity import Clock, Identity


def examine(
    ticker: str,
    frame: pd.DataFrame,
    where: str,
    *,
    start: pd.Timestamp | None,
    end: pd.Timestamp | None,
    now: pd.Timestamp,
    accept_doubtful: bool = False,
    stated: StatedIdentity = NOTHING,
) -> ExaminedPrices:
    """Everything `data check` says of one ticker's price frame between `start` and `end`.

    accept_doubtful: as in `make_market`.  stated: what the study says of the ticker.
    """
    refusals = _refusals(check_order, frame, where)
    dates = pd.DatetimeIndex(frame.index)
    tidy = frame[~dates.duplicated()].sort_index().loc[start:end]
    identity, is_clear = identity_by_name(ticker, stated), True
    try:
        identity = resolve_identity(ticker, tidy, where, stated).identity
    except DataError as error:
        refusals.append(str(error))
        is_clear = False
    prices = _unexamined(identity, where)
    prices = replace(
        prices,
        adjusted=is_adjusted(tidy, identity.asset_class),
        rows=len(tidy),
        repeated=_days(dates[dates.duplicated()].unique()),
        whole=Span(len(frame), day_name(dates.min()), day_name(dates.max())) if len(frame) else None,
    )
    if tidy.empty:
        if prices.whole is not None:
            span = f"it runs from {prices.whole.first} to {prices.whole.last}"
            refusals.append(f"{where} has no rows in the period asked for; {span}.")
        return replace(prices, refusals=tuple(refusals))
    refusals += _refusals(check_prices, tidy, where)
    refusals += _refusals(check_calendar, tidy, identity, where) if is_clear else []
    doubtful = doubtful_bars(tidy)
    if not accept_doubtful:
        refusals += _refusals(refuse_splits, doubtful, where)
    within = pd.DatetimeIndex(tidy.index)
    prices = replace(
        prices,
        first=day_name(within[0]),
        last=day_name(within[-1]),
        jumps=doubtful.jumps,
        odd_bars=doubtful.odd_bars,
        frozen=doubtful.frozen,
        unfinished=_days(within[within > last_complete(identity.clock, now)]),
        refusals=tuple(refusals),
    )
    if not is_clear:
        return prices
    try:
        expected = expected_dates(identity.clock, within[0], within[-1])
    except DataError:  # outside the calendar, which check_calendar has said
        return prices
    return replace(
        prices,
        gaps=_gaps(expected, within),
        strangers=_days(within.difference(expected)),
        known_at=_known_at(identity.clock, within[-1]),
    )


def unexamined(ticker: str, where: str, *refusals: str, stated: StatedIdentity = NOTHING) -> ExaminedPrices:
    """What `examine` says where there is nothing to look at."""
    return replace(_unexamined(identity_by_name(ticker, stated), where), refusals=refusals)


def _unexamined(identity: Identity, where: str) -> ExaminedPrices:
    return ExaminedPrices(
        identity.ticker,
        where,
        identity.clock,
        identity.asset_class,
        identity.currency,
        adjusted=identity.asset_class in PAY_NO_DIVIDENDS,
    )


def _refusals(check: Callable[..., None], *arguments: Any) -> list[str]:
    try:
        check(*arguments)
    except DataError as error:
        return [str(error)]
    return []


def _gaps(expected: pd.DatetimeIndex, dates: pd.DatetimeIndex) -> tuple[tuple[str, str, int], ...]:
    """(first, last, number) of each run of dates that are expected and absent."""
    return tuple(
        (day_name(expected[first]), day_name(expected[after - 1]), after - first)
        for first, after in stretches_of(~expected.isin(dates))
    )


def _known_at(clock: Clock, day: pd.Timestamp) -> str | None:
    """When the bar of `day` was complete; None for a day that is no session."""
    days = expected_dates(clock, day, day)
    return f"{bar_times(clock, days)[1][0]:%Y-%m-%d %H:%M} UTC" if len(days) else None


def _days(dates: pd.DatetimeIndex) -> tuple[str, ...]:
    return tuple(day_name(day) for day in dates)
