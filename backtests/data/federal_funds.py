"""The effective federal funds rate by calendar year, embedded: what cash in US dollars earned.

Averages of the daily rate (FRED series DFF) over the days of each year; before 2005 of its monthly averages (FEDFUNDS).
The series is in the public domain. Within a year the true rate moved, by 4 points in 2022.
"""

import numpy as np
import pandas as pd

from unlockstep.backtests.data.rate_series import RateSeries

NAME = "fed-funds"
"""What a study calls this rate."""

SOURCE = "the effective federal funds rate, calendar-year averages"

AVERAGES = {  # percent a year, simple, act/360
    1990: 8.098, 1991: 5.685, 1992: 3.520, 1993: 3.022, 1994: 4.207, 1995: 5.835, 1996: 5.299, 1997: 5.461,
    1998: 5.352, 1999: 4.971, 2000: 6.237, 2001: 3.879, 2002: 1.666, 2003: 1.126, 2004: 1.351, 2005: 3.217,
    2006: 4.965, 2007: 5.017, 2008: 1.924, 2009: 0.159, 2010: 0.176, 2011: 0.102, 2012: 0.141, 2013: 0.107,
    2014: 0.088, 2015: 0.134, 2016: 0.393, 2017: 1.003, 2018: 1.835, 2019: 2.157, 2020: 0.372, 2021: 0.079,
    2022: 1.692, 2023: 5.026, 2024: 5.142, 2025: 4.212,
}  # fmt: skip

FIRST, LAST = min(AVERAGES), max(AVERAGES)


def federal_funds(until: pd.Timestamp) -> tuple[RateSeries, tuple[str, ...]]:
    """(the rate of each day up to `until`, notes): the average of the day's year.

    Days after the last year have its average, which a note says.
    """
    days = pd.date_range(f"{FIRST}-01-01", max(until, pd.Timestamp(f"{LAST}-12-31")), freq="D", unit="us")
    rates = np.array([AVERAGES[min(year, LAST)] for year in days.year]) / 100.0
    notes: tuple[str, ...] = ()
    if until.year > LAST:
        notes = (
            f"Cash: no federal funds rate after {LAST} is embedded, so cash earns that year's average, "
            f"{AVERAGES[LAST]:.2f} %, in later sessions too; --cash-rate takes a file with the true one.",
        )
    return RateSeries("The embedded federal funds rate", days, rates), notes
