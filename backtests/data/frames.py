"""Price frames: what every source delivers, and the checks that each must pass.

A price frame has a tz-naive daily index named "date" and the float columns open, high, low, close and, where the
source has them, adj_close and volume. Checks refuse, they never repair.
"""

import numpy as np
import pandas as pd

from unlockstep.backtests.data.calendar import EARLIEST, expected_dates, fitting_clock, name_dates
from unlockstep.backtests.data.columns import PRICES
from unlockstep.signals.errors import DataError
from unlockstep.signals.identity import AROUND_THE_CLOCK, WEEKDAYS, Identity

HIGHEST = 1e12
"""Price that nothing has; beyond it lies a broken number."""

ROUNDED = 1e-6
"""Share by which rounding may put a high below its low."""

OUTSIDE = 0.05
"""Share by which an open or a close may lie outside of its bar: sources take them from different venues. The prices
that this was tried on, seven tickers over ten years, have none outside at all.
"""


_REMEDY = "correct the rows at their source, or choose a period without them"


def check_order(frame: pd.DataFrame, where: str) -> None:
    """Raise DataError unless the dates are unique, ascending and of our times; `where` names the file or source."""
    if frame.empty:
        raise DataError(f"{where} holds no rows", name=where, remedy="it needs one row a day")
    repeated = frame.index[frame.index.duplicated()]
    if len(repeated):
        raise DataError(
            f"{where} has more than one row for {name_dates(repeated)}",
            name=where,
            dates=repeated,
            remedy="keep one row a date",
        )
    steps = np.diff(frame.index.to_numpy().astype("M8[D]").astype(np.int64))
    if (steps < 0).any():
        late = frame.index[1:][steps < 0]
        raise DataError(
            f"{where} is not in order of dates: {name_dates(late)} comes too late",
            name=where,
            dates=late,
            remedy="sort the rows by date",
        )
    if frame.index[0] < EARLIEST:
        raise DataError(
            f"{where}: {frame.index[0].date()} lies before all markets of today",
            name=where,
            dates=frame.index[:1],
            remedy="correct the date",
        )


def check_prices(frame: pd.DataFrame, where: str) -> None:
    """Raise DataError unless every price is a finite number above zero, and each bar one that there can have been;
    names the column and the dates.
    """
    for column in frame.columns.drop("volume", errors="ignore"):
        prices = frame[column].to_numpy()
        for problem, bad in (
            ("no number", np.isnan(prices)),
            ("an infinite number", np.isinf(prices)),
            ("zero or less", prices <= 0),
            (f"above {HIGHEST:.0e}", prices > HIGHEST),
        ):
            if bad.any():
                raise DataError(
                    f"{where}: {column} is {problem} on {name_dates(frame.index[bad])}",
                    name=where,
                    dates=frame.index[bad],
                    remedy=_REMEDY,
                )
    opens, high, low, close = (frame[column].to_numpy() for column in PRICES)
    outside = {
        f"the {name} lies more than {OUTSIDE:.0%} outside of high and low": (
            (prices > high * (1 + OUTSIDE)) | (prices < low * (1 - OUTSIDE))
        )
        for name, prices in (("open", opens), ("close", close))
    }
    for problem, bad in {"the high is below the low": high < low * (1 - ROUNDED), **outside}.items():
        if bad.any():
            raise DataError(
                f"{where}: {problem} on {name_dates(frame.index[bad])}",
                name=where,
                dates=frame.index[bad],
                remedy=_REMEDY,
            )


def check_calendar(frame: pd.DataFrame, identity: Identity, where: str, *, may_miss: bool = False) -> None:
    """Raise DataError unless the frame has exactly the dates of its ticker's clock between its first and last row.

    may_miss: it may lack some of them, as a series beside the pair may.

    Currencies trade at no exchange: vendors differ in the days that they leave out, and only the sessions of a market
    are asked for, see `align`.
    """
    clock, ticker = identity.clock, identity.ticker
    if clock == WEEKDAYS:
        return
    expected = expected_dates(clock, frame.index[0], frame.index[-1])
    dates = pd.DatetimeIndex(frame.index)
    missing, extra = expected.difference(dates), dates.difference(expected)
    unit = "calendar days" if clock == AROUND_THE_CLOCK else f"sessions of {clock}"
    if len(extra):
        holes = f", and {len(missing)} {unit} have no row: {name_dates(missing)}" if len(missing) else ""
        fitting = fitting_clock(dates)
        fits = f": its dates are the sessions of {fitting}" if fitting else ""
        raise DataError(
            f"{where}: {name_dates(extra)} {'is' if len(extra) == 1 else 'are'} no session of {clock}, whose calendar "
            f"{ticker} is taken to keep{holes}{fits}",
            name=where,
            dates=extra,
            choices=[fitting] if fitting else (),
            remedy="compare the rows with the source; where the exchange is another, say so in the study: "
            f'[tickers."{ticker}"] clock = "{fitting or "XLON"}"{"" if fitting else ", for one"}',
        )
    if len(missing) and not may_miss:
        raise DataError(
            f"{where}: {len(missing)} {unit} missing: {name_dates(missing)}",
            name=where,
            dates=missing,
            remedy="add the rows from the source, or choose a period without them (--start, --end)",
        )
