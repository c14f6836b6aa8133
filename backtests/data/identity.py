"""Who a ticker is: from its name, its bars and the study, which decides.

1. What the study says of a ticker ([tickers."ETHUSD"]) holds.
2. Else its name says what it is, in the usual spellings (`ticker_name`), and its bars must agree: what has bars on
   weekends trades around the clock, what has none does not.
3. Where a name says nothing for sure, its bars decide.
4. Where name and bars contradict each other, or neither says enough, the study is asked, and nothing is guessed.

What was concluded without being said stands in the notes of every result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from unlockstep.backtests.data.exchanges import US, by_code
from unlockstep.backtests.data.ticker_name import AT_PAR, TickerName, parse_ticker
from unlockstep.signals.errors import DataError
from unlockstep.signals.identity import AROUND_THE_CLOCK, WEEKDAYS, AssetClass, Clock, Identity
from unlockstep.signals.market import Leg

WEEKENDS_NEEDED = 4
"""Days of weekends in a period, of which none has a bar, that show that a ticker does not trade on weekends."""

FILLED = 0.9
"""Share of weekend bars that repeat the bar before from which on they are taken for filled rows, where those of other
days do not."""

Weekends = Literal["every", "filled", "none", "unclear"]
"""What bars say of weekends: that it trades then, that its rows repeat Friday's, that it does not, or nothing."""


@dataclass(frozen=True)
class StatedIdentity:
    """What a study says of a ticker; None where it says nothing."""

    asset_class: AssetClass | None = None
    clock: Clock | None = None
    currency: str | None = None


@dataclass(frozen=True)
class ResolvedIdentity:
    """A ticker's identity, and what of it was concluded without being said, in sentences."""

    identity: Identity
    notes: tuple[str, ...] = ()


Stated = Mapping[str, StatedIdentity]
"""Ticker → what the study says of it."""

NOTHING = StatedIdentity()


def identity_by_name(ticker: str, stated: StatedIdentity = NOTHING) -> Identity:
    """Who a ticker is by its name and the study alone; what neither says is as for a listing of the United States."""
    name = parse_ticker(ticker)
    return _identity(ticker, name, stated, stated.asset_class or _class_of_clock(stated.clock, name))


def identity_of(leg: Leg) -> Identity:
    """Who a leg is; of one that was made by hand, by its name."""
    return identity_by_name(leg.ticker) if leg.identity is None else leg.identity


def resolve_identity(
    ticker: str, frame: pd.DataFrame, where: str, stated: StatedIdentity = NOTHING
) -> ResolvedIdentity:
    """Who a ticker is, by the study, its name and the bars in `frame`; `where` names its file or source.

    Raises DataError where name and bars contradict each other, or neither says enough.
    """
    name = parse_ticker(ticker)
    asset_class = stated.asset_class or _class_of_clock(stated.clock, name)
    notes = []
    if stated.clock is None and stated.asset_class is None:
        weekends = weekends_of(frame)
        if weekends == "none":
            _refuse_crypto_without_weekends(ticker, name, frame, where)
            if name.asset_class == "crypto":  # a coin's name that shares have, too
                asset_class = "listed"
        elif weekends == "filled" and name.asset_class != "fx":
            raise _filled(ticker, asset_class, frame, where)
        elif weekends == "every" and name.asset_class not in ("crypto", "fx"):
            if name.sure or name.asset_class != "listed":
                raise _listed_with_weekends(ticker, frame, where)
            asset_class = "crypto"
            notes.append(
                f"{ticker} has bars on weekends, so it is taken for a crypto asset on the clock 24/7 "
                f"({_table(ticker)} of the study says otherwise)."
            )
    if asset_class in ("listed", "index", "future") and stated.clock is None and _has_no_exchange(name):
        raise DataError(
            f"{where}: the name {ticker} does not say at which exchange it trades",
            name=ticker,
            remedy=f'say it in the study: {_table(ticker)} clock = "XNYS", or another calendar, and currency',
        )
    identity = _identity(ticker, name, stated, asset_class)
    return ResolvedIdentity(identity, (*notes, *_currency_notes(identity, name, stated)))


def weekends_of(frame: pd.DataFrame) -> Weekends:
    """What the bars in a price frame say of weekends."""
    dates = pd.DatetimeIndex(frame.index)
    if dates.empty:
        return "unclear"
    on_weekend = dates.day_of_week.to_numpy() >= 5
    days = pd.date_range(dates.min(), dates.max(), freq="D")
    n_weekend = int((days.day_of_week >= 5).sum())
    if not on_weekend.any():
        return "none" if n_weekend >= WEEKENDS_NEEDED else "unclear"
    if on_weekend.sum() < n_weekend / 2 or set(dates.day_of_week[on_weekend]) != {5, 6}:
        return "unclear"  # some holes too many, or an exchange whose week is another
    prices = frame[["open", "high", "low", "close"]].to_numpy()
    repeats = np.concatenate([[False], (prices[1:, 3] == prices[:-1, 3]) & (prices[1:, 0] == prices[:-1, 0])])
    frozen = (prices == prices[:, :1]).all(axis=1)
    frozen[1:] &= prices[1:, 3] == prices[:-1, 3]
    repeats |= frozen
    return "filled" if repeats[on_weekend].mean() >= FILLED > 2 * repeats[~on_weekend].mean() else "every"


def _class_of_clock(clock: Clock | None, name: TickerName) -> AssetClass:
    """The class by name, unless the study puts the ticker on a clock that this class does not keep."""
    if clock is None or (clock == AROUND_THE_CLOCK and name.asset_class == "fx"):
        return name.asset_class
    if clock == AROUND_THE_CLOCK:
        return "crypto"
    return name.asset_class if name.sure or name.asset_class != "crypto" else "listed"


def _identity(ticker: str, name: TickerName, stated: StatedIdentity, asset_class: AssetClass) -> Identity:
    usual = {"crypto": AROUND_THE_CLOCK, "fx": WEEKDAYS}
    clock = stated.clock or usual.get(asset_class) or (name.exchange.code if name.exchange else US)
    exchange = by_code().get(clock)
    quote = name.quote if asset_class in ("crypto", "fx") else ""
    currency = stated.currency or AT_PAR.get(quote, quote) or (exchange.currency if exchange else "USD")
    return Identity(
        ticker=ticker,
        asset_class=asset_class,
        clock=clock,
        currency=currency,
        quote=quote or currency,
        symbol=name.symbol,
    )


def _has_no_exchange(name: TickerName) -> bool:
    return name.exchange is None and name.asset_class not in ("crypto", "fx")


def _currency_notes(identity: Identity, name: TickerName, stated: StatedIdentity) -> list[str]:
    """What was concluded of the currency, where it is not plain."""
    ticker, currency = identity.ticker, identity.currency
    if stated.currency is not None:
        return []
    if identity.quote in AT_PAR:
        return [f"{ticker} is quoted in {identity.quote}, which is taken at par with {currency}."]
    says = f'{_table(ticker)} currency = "…" in the study says otherwise'
    if identity.asset_class == "crypto" and not name.quote:
        return [f"{ticker} does not say what it is quoted in; it is taken for {currency} ({says})."]
    if identity.asset_class not in ("crypto", "fx") and currency != "USD":
        return [f"{ticker} is taken as quoted in {currency}, the currency of {identity.clock} ({says})."]
    return []


def _refuse_crypto_without_weekends(ticker: str, name: TickerName, frame: pd.DataFrame, where: str) -> None:
    """Raise DataError for a coin's name whose bars leave out all weekends, unless shares have that name, too."""
    if name.asset_class != "crypto" or (not name.sure and name.also_listed):
        return
    raise DataError(
        f"{where}: {ticker} {'is' if name.sure else 'can be'} the name of a crypto asset, which trades every day, but "
        f"from {_day(frame, 0)} to {_day(frame, -1)} it has no bar on a weekend",
        name=ticker,
        dates=[frame.index[0], frame.index[-1]],
        remedy="add the weekends from the source; where they are bars of an exchange's sessions, say so in the study: "
        f'{_table(ticker)} clock = "XNYS"',
        choices=[AROUND_THE_CLOCK, US],
    )


def _listed_with_weekends(ticker: str, frame: pd.DataFrame, where: str) -> DataError:
    return DataError(
        f"{where}: {ticker} is the name of a listing at an exchange, but from {_day(frame, 0)} to {_day(frame, -1)} it "
        "has bars on weekends",
        name=ticker,
        dates=[frame.index[0], frame.index[-1]],
        remedy="see whether these are its prices; where it trades around the clock, say so in the study: "
        f'{_table(ticker)} clock = "24/7"',
        choices=[AROUND_THE_CLOCK, US],
    )


def _filled(ticker: str, asset_class: AssetClass, frame: pd.DataFrame, where: str) -> DataError:
    weekend = frame.index[pd.DatetimeIndex(frame.index).day_of_week >= 5]
    return DataError(
        f"{where}: the rows of weekends, {len(weekend)} from {weekend[0].date()} to {weekend[-1].date()}, repeat the "
        f"prices of the day before: they were filled in, and {ticker} did not trade at them",
        name=ticker,
        dates=[weekend[0], weekend[-1]],
        remedy="get the bars of weekends from the source" if asset_class == "crypto" else "leave the filled rows out",
    )


def _table(ticker: str) -> str:
    """The table of a study that speaks of a ticker."""
    return f'[tickers."{ticker}"]'


def _day(frame: pd.DataFrame, at: int) -> str:
    return str(pd.Timestamp(frame.index[at]).date())
