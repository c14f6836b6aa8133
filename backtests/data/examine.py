"""What is in a price frame: coverage, gaps, doubtful bars, and what a run would refuse.

It reports, and stops at nothing. A bar is doubtful, and no more, where
- its return is larger than JUMP robust standard deviations of the days around it, and either the next bar takes three
  quarters of it back, as a misprint does, or the prices stand in a ratio that splits have, as an unadjusted split does;
- its high or low does not hold its open and close, or all four prices are those of the bar before;
- it is not complete yet, or dated in the future.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from unlockstep.backtests.data.calendar import bar_times, expected_dates, last_complete
from unlockstep.backtests.data.checked import DoubtfulBar, ExaminedPrices, Span
from unlockstep.backtests.data.frames import check_calendar, check_order, check_prices
from unlockstep.backtests.data.identity import NOTHING, StatedIdentity, identity_by_name, resolve_identity
from unlockstep.signals.errors import DataError
from unlockstep.signals.identity import Clock, Identity

JUMP = 10.0
"""Robust standard deviations: returns of ETH and of funds in their worst weeks stay below, or look like no misprint."""
AROUND = 61
"""Bars, centred on the one in question, whose returns say what is usual."""
RATIOS = (1.5, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 40, 50, 100)
RATIO_SLACK = 0.03
"""What a day's own return may add to a split's ratio."""
BAR_SLACK = 1e-4
"""Relative slack of open and close between low and high: vendors round them differently."""


def examine(
    ticker: str,
    frame: pd.DataFrame,
    where: str,
    *,
    start: pd.Timestamp | None,
    end: pd.Timestamp | None,
    now: pd.Timestamp,
    stated: StatedIdentity = NOTHING,
) -> ExaminedPrices:
    """Everything `data check` says of one ticker's price frame between `start` and `end`; stated: what the study says
    of the ticker.
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
        adjusted=prices.adjusted or "adj_close" in frame,
        rows=len(tidy),
        repeated=_days(dates[dates.duplicated()].unique()),
        whole=Span(len(frame), _day(dates.min()), _day(dates.max())) if len(frame) else None,
    )
    if tidy.empty:
        if prices.whole is not None:
            span = f"it runs from {prices.whole.first} to {prices.whole.last}"
            refusals.append(f"{where} has no rows in the period asked for; {span}.")
        return replace(prices, refusals=tuple(refusals))
    refusals += _refusals(check_prices, tidy, where)
    refusals += _refusals(check_calendar, tidy, identity, where) if is_clear else []
    within = pd.DatetimeIndex(tidy.index)
    prices = replace(
        prices,
        first=_day(within[0]),
        last=_day(within[-1]),
        jumps=tuple(_jumps(tidy)),
        odd_bars=tuple(_odd_bars(tidy)),
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
        gaps=tuple(_stretches(expected, ~expected.isin(within))),
        strangers=_days(within.difference(expected)),
        known_at=_known_at(identity.clock, within[-1]),
    )


def unexamined(ticker: str, where: str, *refusals: str, stated: StatedIdentity = NOTHING) -> ExaminedPrices:
    """What `examine` says where there is nothing to look at."""
    return replace(_unexamined(identity_by_name(ticker, stated), where), refusals=refusals)


def _unexamined(identity: Identity, where: str) -> ExaminedPrices:
    no_dividends = identity.asset_class in ("crypto", "fx")
    return ExaminedPrices(
        identity.ticker, where, identity.clock, identity.asset_class, identity.currency, adjusted=no_dividends
    )


def _refusals(check: Callable[..., None], *arguments: Any) -> list[str]:
    try:
        check(*arguments)
    except DataError as error:
        return [str(error)]
    return []


def _stretches(expected: pd.DatetimeIndex, absent: np.ndarray) -> list[tuple[str, str, int]]:
    """(first, last, number) of each run of absent dates."""
    edges = np.diff(np.concatenate([[0], absent.astype(int), [0]]))
    begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [
        (_day(expected[first]), _day(expected[after - 1]), after - first)
        for first, after in zip(begins.tolist(), ends.tolist(), strict=True)
    ]


def _jumps(frame: pd.DataFrame) -> list[DoubtfulBar]:
    """Returns that look like a misprint or an unadjusted split."""
    closes = frame["adj_close"] if "adj_close" in frame else frame["close"]
    closes = closes[np.isfinite(closes) & (closes > 0)]
    returns = np.log(closes).diff()
    usual = 1.4826 * returns.abs().rolling(AROUND, center=True, min_periods=AROUND // 3).median()
    large = (returns.abs() > JUMP * usual) & (usual > 0)
    taken_back = (returns + returns.shift(-1)).abs() < returns.abs() / 4
    way_back = (large & taken_back).shift(fill_value=False)
    jumps = []
    for day in closes.index[large & ~way_back]:
        move = float(returns[day])
        ratio = float(np.exp(abs(move)))
        near = [r for r in RATIOS if abs(ratio / r - 1) < RATIO_SLACK]
        if taken_back[day]:
            what = f"{np.expm1(move):+z.1%}, and the next bar takes it back"
        elif near:
            what = f"{np.expm1(move):+z.1%}, a ratio of {near[0]:g} as a split has"
        else:
            continue
        jumps.append(DoubtfulBar(_day(day), what))
    return jumps


def _odd_bars(frame: pd.DataFrame) -> list[DoubtfulBar]:
    """Bars whose four prices cannot be, or are those of the day before."""
    opens, high, low, close = (frame[name] for name in ("open", "high", "low", "close"))
    slack = BAR_SLACK * close
    bars = frame[["open", "high", "low", "close"]]
    kinds = {
        "high below low": high < low - slack,
        "open or close above the high": (high >= low - slack) & (np.maximum(opens, close) > high + slack),
        "open or close below the low": (high >= low - slack) & (np.minimum(opens, close) < low - slack),
        "the same four prices as the bar before": (bars == bars.shift()).all(axis=1),
    }
    odd_bars = [DoubtfulBar(_day(day), what) for what, odd in kinds.items() for day in frame.index[odd]]
    return sorted(odd_bars, key=lambda bar: bar.date)


def _known_at(clock: Clock, day: pd.Timestamp) -> str | None:
    """When the bar of `day` was complete; None for a day that is no session."""
    days = expected_dates(clock, day, day)
    return f"{bar_times(clock, days)[1][0]:%Y-%m-%d %H:%M} UTC" if len(days) else None


def _day(day: pd.Timestamp) -> str:
    return str(pd.Timestamp(day).date())


def _days(dates: pd.DatetimeIndex) -> tuple[str, ...]:
    return tuple(_day(day) for day in dates)
