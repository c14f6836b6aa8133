"""One account, one currency: legs in two are refused, or one is converted with an exchange rate that is given.

A leg's open is converted with the open of the rate on the same date, its close with the close. So a converted bar is
known when both bars are, and can be traded when both have opened; nothing is converted with a rate of another day.
It has no high and no low: when within the day the leg and the rate had theirs is not known.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from unlockstep.backtests.data.identity import identity_of
from unlockstep.backtests.data.ticker_name import FIAT, parse_ticker
from unlockstep.signals.errors import DataError, StudyError
from unlockstep.signals.market import Leg, read_only


def base_of(fx: str) -> str:
    """The currency that an exchange rate converts from: EUR for EURUSD=X; StudyError for what is no rate."""
    name = parse_ticker(fx)
    if not name.quote:
        raise StudyError(
            f"'{fx}' is no exchange rate",
            name=fx,
            remedy="name one that says both currencies, such as EURUSD=X, the price of a euro in dollars",
        )
    return name.symbol


def in_one_currency(legs: tuple[Leg, ...], rate: Leg | None) -> tuple[tuple[Leg, ...], tuple[str, ...]]:
    """(the legs in one currency, notes on what was converted); rate: an exchange rate on the same sessions, or None.

    Raises DataError where the legs are in several currencies, converted or not.
    """
    notes: list[str] = []
    if rate is not None:
        base, quote = base_of(rate.ticker), identity_of(rate).currency
        converted = [leg for leg in legs if identity_of(leg).currency == base]
        legs = tuple(_converted(leg, rate, quote) if leg in converted else leg for leg in legs)
        notes = [
            f"{leg.ticker} is converted from {base} to {quote} with {rate.ticker}: opens with the rate's open of the "
            "same date, closes with its close."
            for leg in converted
        ] or [f"{rate.ticker} converts nothing: no ticker of the {_together(legs)} is quoted in {base}."]
    currencies = list(dict.fromkeys(identity_of(leg).currency for leg in legs))
    if len(currencies) == 1:
        return legs, tuple(notes)
    first, second = currencies[:2]
    examples = [next(leg for leg in legs if identity_of(leg).currency == each) for each in currencies]
    tickers = " and ".join(f"{leg.ticker} in {identity_of(leg).currency}" for leg in examples)
    raise DataError(
        f"The {_together(legs)} {'is' if len(legs) == 2 else 'are'} quoted in "
        f"{'two' if len(currencies) == 2 else len(currencies)} currencies, {tickers}, and an account holds one",
        name=examples[0].ticker if first != "USD" else examples[1].ticker,
        choices=currencies,
        remedy=_remedy(examples, first, second)
        if len(currencies) == 2
        else "choose legs of two currencies at most, of which --fx converts one",
    )


def _together(legs: Sequence[Leg]) -> str:
    return "pair" if len(legs) == 2 else "legs"


def _remedy(legs: Sequence[Leg], first: str, second: str) -> str:
    leg, base, quote = (legs[0], first, second) if first != "USD" else (legs[1], second, first)
    rate = f"{base}{quote}=X" if base in FIAT else f"{base}-{quote}"
    return (
        f"--fx {rate} converts {base} to {quote} with that series, which the same source must hold; where {leg.ticker} "
        f'is quoted in {quote}, say so in the study: [tickers."{leg.ticker}"] currency = "{quote}"'
    )


def _converted(leg: Leg, rate: Leg, currency: str) -> Leg:
    """A leg at the prices that it has in another currency; before the open it has one where the rate has, too."""
    before_open = None
    if leg.before_open is not None and rate.before_open is not None:
        before_open = read_only(leg.before_open * rate.before_open)
    return replace(
        leg,
        open=read_only(leg.open * rate.open),
        close=read_only(leg.close * rate.close),
        high=None,
        low=None,
        before_open=before_open,
        tradable_from=_later(leg.tradable_from, rate.tradable_from),
        known_at=_later(leg.known_at, rate.known_at),
        identity=replace(identity_of(leg), currency=currency),
    )


def _later(one: pd.DatetimeIndex, other: pd.DatetimeIndex) -> pd.DatetimeIndex:
    instants = np.maximum(one.tz_convert(None).to_numpy(), other.tz_convert(None).to_numpy())
    return pd.DatetimeIndex(instants).tz_localize("UTC")
