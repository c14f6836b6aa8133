"""A daily series of interest rates, and what cash earns at it from session to session."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from unlockstep.signals.errors import DataError
from unlockstep.signals.market import Floats

DAYS_A_YEAR = 360
"""Money markets of the dollar and the euro pay the actual days over 360."""

LONGEST_GAP = 7
"""Days for which a rate stays in force without a new one: no market is closed for longer."""


@dataclass(frozen=True, eq=False)
class RateSeries:
    """An interest rate by day.

    where: the file or source that error messages name.  dates: N days, ascending, each at most once.
    rates: N annual rates, simple, act/360, as fractions: 0.05 pays 0.05 / 360 for a night.
    """

    where: str
    dates: pd.DatetimeIndex
    rates: Floats


def cash_returns(series: RateSeries, sessions: pd.DatetimeIndex) -> Floats:
    """T simple returns of cash, each from the session before; the first is 0.

    The night after a day earns the day's rate, and so do the nights after days without one (weekends, holidays):
    interest is simple between two sessions and compounds from one to the next. A rate is published on the next business
    day, so what cash has earned at a session is known then.
    Raises DataError where a night has no rate of at most LONGEST_GAP days before.
    """
    if len(sessions) < 2:
        return np.zeros(len(sessions))
    nights = pd.date_range(sessions[0], sessions[-1] - pd.Timedelta(days=1), freq="D", unit="us")
    place = series.dates.searchsorted(nights, side="right") - 1
    if place[0] < 0:
        begins = series.dates[0]
        raise DataError(
            f"{series.where} begins on {begins.date()}, but cash earns from {nights[0].date()} on",
            name=series.where,
            dates=[nights[0], begins],
            remedy="start later, or take a rate that covers the period (--cash-rate)",
        )
    bare = nights[(nights - series.dates[place]).days.to_numpy() > LONGEST_GAP]
    if len(bare):
        since = series.dates[series.dates <= bare[0]][-1]
        raise DataError(
            f"{series.where} has no rate of the days after {since.date()}, where cash needs one on {bare[0].date()}",
            name=series.where,
            dates=[since, bare[0]],
            limit=LONGEST_GAP,
            remedy="complete it, choose a period without them, or take another rate (--cash-rate)",
        )
    first_nights = (sessions[:-1] - sessions[0]).days.to_numpy()
    return np.concatenate([[0.0], np.add.reduceat(series.rates[place] / DAYS_A_YEAR, first_nights)])
