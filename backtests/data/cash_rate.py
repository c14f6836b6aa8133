"""What cash earns on the sessions of a market: the rate that a study names, or its source's own.

    a number     annual, a 252nd of it from each session to the next; 0 for nothing
    fed-funds    the embedded calendar-year averages of the effective federal funds rate
    ^IRX         the 13-week Treasury bill of the same source as the prices: Yahoo, a folder, frames
    a path       a file of daily rates, see `rate_file`

Where a study names none, Yahoo's prices go with ^IRX, a folder's and frames with theirs where they hold it, and the
rest, the demo too, with fed-funds. No source falls back to nothing.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from unlockstep.backtests.data import federal_funds
from unlockstep.backtests.data.rate_file import BILL as BILL
from unlockstep.backtests.data.rate_file import bill_rate, read_rates, series_of
from unlockstep.backtests.data.rate_series import RateSeries, cash_returns
from unlockstep.signals.errors import DataError
from unlockstep.signals.market import read_only
from unlockstep.signals.risk_free import RiskFree

CashRate: TypeAlias = float | str
"""An annual rate, or the name of a series."""

NAMED_RATES = (federal_funds.NAME, BILL)
"""What a study may say besides a number and a file."""

BillPrices = Callable[[], tuple[pd.DataFrame, tuple[str, ...]]]
"""Gives a price frame of ^IRX, and notes on it."""


def usual_rate(bill: BillPrices | None) -> str:
    """The rate of a study that names none; bill: what gives the source's ^IRX, None where it holds none."""
    return federal_funds.NAME if bill is None else BILL


def risk_free_of(
    rate: CashRate, sessions: pd.DatetimeIndex, bill: BillPrices | None
) -> tuple[RiskFree, tuple[str, ...]]:
    """(what cash earns on these sessions, notes).

    Raises DataError where the rate does not cover them, cannot be read, or is none.
    """
    if not isinstance(rate, str):
        return RiskFree.constant(rate, len(sessions)), ()
    series, source, notes = _series(rate, sessions, bill)
    return RiskFree(read_only(cash_returns(series, sessions)), rate, source), notes


def _series(rate: str, sessions: pd.DatetimeIndex, bill: BillPrices | None) -> tuple[RateSeries, str, tuple[str, ...]]:
    if rate == federal_funds.NAME:
        series, notes = federal_funds.federal_funds(sessions[-1])
        return series, federal_funds.SOURCE, notes
    if rate == BILL:
        if bill is None:
            raise DataError(
                f"The source of the prices holds no {BILL}, the rate that cash is to earn",
                name=BILL,
                choices=NAMED_RATES,
                remedy=f"take another with --cash-rate: a rate a year such as 0.03, {federal_funds.NAME}, or a file",
            )
        prices, notes = bill()
        return _bill_series(prices), f"the 13-week Treasury bill ({BILL})", notes
    path = Path(rate)
    if not path.is_file():
        raise DataError(
            f"There is no file '{rate}' with the rate that cash is to earn",
            name=rate,
            choices=NAMED_RATES,
            remedy=f"--cash-rate takes a rate a year such as 0.03, {', '.join(NAMED_RATES)}, or a file",
        )
    return read_rates(path), f"the rates in {path.name}", ()


def _bill_series(prices: pd.DataFrame) -> RateSeries:
    """The simple rate of the bills; days without a quote have none."""
    closes = prices["close"].dropna()
    return series_of(BILL, pd.DatetimeIndex(closes.index), bill_rate(closes.to_numpy() / 100.0))
