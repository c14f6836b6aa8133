"""An interest rate in a file: CSV or Parquet, a row a day, a column that says what its numbers are.

    rate       a fraction a year, simple, act/360          percent    the same in percent
    DFF, …     a series of FRED under its own name         close      of ^IRX, in percent

A Treasury bill is quoted by its discount from the face value, a constant maturity by its yield over 365 days; both are
turned into the simple rate over 360 days that pays the same.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from unlockstep.backtests.data.cells import shown
from unlockstep.backtests.data.dated_file import DATES, dated_table, values_by_day
from unlockstep.backtests.data.frames import check_order
from unlockstep.backtests.data.rate_series import DAYS_A_YEAR, RateSeries
from unlockstep.backtests.data.ticker_name import match_tickers
from unlockstep.signals.errors import DataError
from unlockstep.signals.market import Floats

LOWEST, HIGHEST = -0.1, 1.0
"""Annual rates beyond these are none: a number in percent is taken for a fraction, most often."""

BILL = "^IRX"
"""Yahoo's name of the 13-week Treasury bill, quoted by its discount in percent."""

BILL_DAYS = 91
"""Days of a 13-week bill."""


def without_bill(tickers: Sequence[str]) -> list[str]:
    """The tickers but ^IRX, in whatever spelling: a rate, and no prices."""
    bills = match_tickers(BILL, tickers)
    return [ticker for ticker in tickers if ticker not in bills]


def bill_rate(discount: Floats, days: int = BILL_DAYS) -> Floats:
    """The simple annual rate, act/360, of bills of so many days at these annual discounts; both as fractions."""
    return np.asarray(discount / (1.0 - discount * days / DAYS_A_YEAR))


def _simple(rates: Floats) -> Floats:
    return rates


def _percent(rates: Floats) -> Floats:
    return rates / 100.0


def _bill(percent: Floats) -> Floats:
    return bill_rate(percent / 100.0)


def _four_weeks(percent: Floats) -> Floats:
    return bill_rate(percent / 100.0, 28)


def _yield_over_365(percent: Floats) -> Floats:
    return percent / 100.0 * DAYS_A_YEAR / 365


COLUMNS: dict[str, Callable[[Floats], Floats]] = {
    "rate": _simple, "percent": _percent,
    "dff": _percent, "effr": _percent, "sofr": _percent, "obfr": _percent,
    "dtb3": _bill, "dtb4wk": _four_weeks, "dgs1mo": _yield_over_365, "dgs3mo": _yield_over_365,
}  # fmt: skip
"""Column, in small letters → what makes its numbers simple annual rates, act/360, as fractions."""


def read_rates(path: Path) -> RateSeries:
    """The rate in a file; a day without a number has none, as FRED writes holidays (".").

    Dates and numbers may be written as in price files, the newest row may be the first, and a text may be compressed.
    Raises DataError naming the file, the line or the dates, and the remedy.
    """
    where = path.name
    table = dated_table(path, "rates")
    names = [head[-1].strip().lower() for head in table.heads]
    columns = COLUMNS | ({"close": _bill} if where.upper().startswith(f"{BILL}.") else {})
    dated = [name for name in names if name in DATES]
    rated = [name for name in names if name in columns]
    if len(dated) != 1 or len(rated) != 1:
        raise DataError(
            f"{where} must have one column of dates and one of rates; it has "
            f"{', '.join(shown(name)[1:-1] for name in names[:12])}",
            name=where,
            choices=COLUMNS,
            remedy="call them date and rate (a fraction a year, act/360) or percent; series of FRED keep their name, "
            f"one of {', '.join(name.upper() for name in COLUMNS if name not in ('rate', 'percent'))}",
        )
    days, numbers = values_by_day(table, names.index(dated[0]), names.index(rated[0]), rated[0])
    quoted = ~np.isnan(numbers)
    dates, rates = pd.DatetimeIndex(np.array(days, dtype="M8[us]"))[quoted], columns[rated[0]](numbers[quoted])
    newest_first = len(dates) > 1 and dates.is_monotonic_decreasing and dates.is_unique
    return series_of(where, dates[::-1], rates[::-1]) if newest_first else series_of(where, dates, rates)


def series_of(where: str, dates: pd.DatetimeIndex, rates: Floats) -> RateSeries:
    """The series of these dates and rates; DataError where they are out of order or no rates."""
    check_order(pd.DataFrame({"rate": rates}, dates), where)
    bad = ~(np.isfinite(rates) & (rates >= LOWEST) & (rates <= HIGHEST))
    if bad.any():
        day, rate = dates[bad][0], float(rates[bad][0])
        raise DataError(
            f"{where}: {rate:.6g} on {day.date()} is no rate between {LOWEST:g} and {HIGHEST:g} a year",
            name=where,
            dates=[day],
            limit=HIGHEST,
            remedy="rates are fractions, such as 0.0533; a column in percent is called percent",
        )
    return RateSeries(where, dates, rates)
