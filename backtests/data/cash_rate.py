"""What cash earns on the sessions of a market: the rate that a study names, or its source's own.

    a number     annual, a 252nd of it from each session to the next; 0 for nothing
    fed-funds    the embedded calendar-year averages of the effective federal funds rate
    ^IRX         the 13-week Treasury bill of the same source as the prices: Yahoo, a folder, frames
    a path       a file of daily rates, see `rate_file`

Where a study names none, Yahoo's prices go with ^IRX, a folder's and frames with theirs where they hold it, and the
rest, the demo too, with fed-funds. No source falls back to nothing, and an account in another currency than the dollar
must name its rate.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from unlockstep.backtests.data import federal_funds
from unlockstep.backtests.data.identity import identity_of
from unlockstep.backtests.data.load import FRAMES, NAMED
from unlockstep.backtests.data.rate_file import BILL as BILL
from unlockstep.backtests.data.rate_file import bill_rate, read_rates, series_of
from unlockstep.backtests.data.rate_series import RateSeries, cash_returns
from unlockstep.backtests.data.ticker_name import match_tickers
from unlockstep.signals.errors import DataError
from unlockstep.signals.market import Market, read_only
from unlockstep.signals.risk_free import RiskFree

if TYPE_CHECKING:
    from unlockstep.backtests.data.in_memory import PriceFrames

CashRate: TypeAlias = float | str
"""An annual rate, or the name of a series."""

DOLLAR = "USD"
"""The currency whose rates are known without being named."""

NAMED_RATES = (federal_funds.NAME, BILL)
"""What a study may say besides a number and a file."""

BillPrices = Callable[[], tuple[pd.DataFrame, tuple[str, ...]]]
"""Gives a price frame of ^IRX, and notes on it."""


def with_cash(market: Market, rate: CashRate | None, bill: BillPrices | None) -> Market:
    """The market with what cash earns on it.

    rate: None for the one that goes with the source of the prices.  bill: see `bill_of`.
    Raises DataError where the rate does not cover the market's sessions, cannot be read, or is none, and where none is
    named for an account in another currency than the dollar.
    """
    if rate == 0.0:
        return market
    usual = federal_funds.NAME if bill is None else BILL
    currency = identity_of(market.equity).currency
    if rate is None and currency != DOLLAR:
        raise DataError(
            f"The account is in {currency}, and {usual}, which cash would earn, is a rate of {DOLLAR}",
            name=currency,
            choices=NAMED_RATES,
            remedy="name one with --cash-rate: a rate a year such as 0.03, a file of daily rates, 0 for nothing, or "
            f"{usual} as it is",
        )
    risk_free, notes = risk_free_of(usual if rate is None else rate, market.sessions, bill)
    return replace(market, risk_free=risk_free, notes=(*market.notes, *notes))


def bill_of(data: str, *, stale: bool = False, frames: "PriceFrames | None" = None) -> BillPrices | None:
    """What gives the price frame of ^IRX of a source; None where it holds none. Yahoo is asked when that is called.

    data, stale, frames: as for `load_market`.
    """
    if data == FRAMES:
        return None if frames is None or BILL not in frames.frames else lambda: (frames.frames[BILL], ())
    if data == "yahoo":
        return lambda: _of_yahoo(stale=stale)
    if data in NAMED:
        return None
    from unlockstep.backtests.data.files import read_folder
    from unlockstep.backtests.data.price_folder import tickers_in

    names = match_tickers(BILL, tickers_in(data))
    if not names:
        return None

    def read() -> tuple[pd.DataFrame, tuple[str, ...]]:
        prices = read_folder(Path(data), names[:1])[names[0]]
        return prices.frame, tuple(filter(None, (prices.note,)))

    return read


def _of_yahoo(*, stale: bool) -> tuple[pd.DataFrame, tuple[str, ...]]:
    from unlockstep.backtests.data.yahoo import history_of

    try:
        history = history_of(BILL, stale=stale)
    except DataError as error:
        other = f"name another rate for cash, such as --cash-rate {federal_funds.NAME}"
        raise type(error)(
            error.args[0].rstrip("."),
            name=BILL,
            dates=error.dates,
            limit=error.limit,
            remedy=f"{error.remedy}, or {other}" if error.remedy else other,
        ) from None
    return history.frame, history.notes


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
            f"'{rate}' is a folder, and no file of the rate that cash is to earn"
            if path.is_dir()
            else f"There is no file '{rate}' with the rate that cash is to earn",
            name=rate,
            choices=NAMED_RATES,
            remedy=f"--cash-rate takes a rate a year such as 0.03, {', '.join(NAMED_RATES)}, or a file",
        )
    return read_rates(path), f"the rates in {path.name}", ()


def _bill_series(prices: pd.DataFrame) -> RateSeries:
    """The simple rate of the bills; days without a quote have none."""
    closes = prices["close"].dropna()
    return series_of(BILL, pd.DatetimeIndex(closes.index), bill_rate(closes.to_numpy() / 100.0))
