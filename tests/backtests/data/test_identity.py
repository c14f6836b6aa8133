"""Who a ticker is: by name, by bars, by study; asked where they contradict each other."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.refusals import refused
from unlockstep.backtests.data.calendar import expected_dates
from unlockstep.backtests.data.identity import NOTHING, StatedIdentity, identity_by_name, resolve_identity, weekends_of
from unlockstep.signals.errors import DataError

FIRST, LAST = pd.Timestamp("2024-01-02"), pd.Timestamp("2024-06-28")


def bars(clock: str, seed: int = 1) -> pd.DataFrame:
    """A price frame on the dates of a clock, closes a random walk, each open the close before."""
    dates = expected_dates(clock, FIRST, LAST).rename("date")
    close = 100.0 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.02, len(dates))))
    opens = np.concatenate([[100.0], close[:-1]])
    both = np.vstack([opens, close])
    return pd.DataFrame({"open": opens, "high": both.max(0), "low": both.min(0), "close": close}, index=dates)


def filled(clock: str = "XNYS") -> pd.DataFrame:
    """The bars of a clock, every other day a repetition of the bar before."""
    frame = bars(clock)
    return frame.reindex(pd.date_range(frame.index[0], LAST, name="date")).ffill()


@pytest.mark.parametrize(
    ("ticker", "clock", "expected"),
    [
        ("ETHUSD", "24/7", ("crypto", "24/7", "USD")),
        ("XETHZUSD", "24/7", ("crypto", "24/7", "USD")),
        ("BINANCE:ETHUSDT", "24/7", ("crypto", "24/7", "USD")),
        ("ETH-EUR", "24/7", ("crypto", "24/7", "EUR")),
        ("ETH", "24/7", ("crypto", "24/7", "USD")),
        ("FOOUSD", "24/7", ("crypto", "24/7", "USD")),
        ("mycoin", "24/7", ("crypto", "24/7", "USD")),
        ("IWM", "XNYS", ("listed", "XNYS", "USD")),
        ("LINK", "XNYS", ("listed", "XNYS", "USD")),  # a share of that name, since it knows no weekends
        ("VOD.L", "XLON", ("listed", "XLON", "GBP")),
        ("^N225", "XTKS", ("index", "XTKS", "JPY")),
        ("EURUSD=X", "24/5", ("fx", "24/5", "USD")),
    ],
)
def test_name_and_bars_say_who_a_ticker_is(ticker: str, clock: str, expected: tuple[str, str, str]) -> None:
    identity = resolve_identity(ticker, bars(clock), f"{ticker}.csv").identity
    assert (identity.asset_class, identity.clock, identity.currency) == expected


@pytest.mark.parametrize("ticker", ["ETHUSD", "ETH-USD", "ETH", "FOOUSD", "BINANCE:ETHUSDT"])
def test_crypto_without_weekends_is_asked_about_and_no_row_is_told_to_go(ticker: str) -> None:
    with refused(
        DataError, name=ticker, dates=["2024-01-02", "2024-06-28"], remedy=f'[tickers."{ticker}"] clock = "XNYS"'
    ) as caught:
        resolve_identity(ticker, bars("XNYS"), f"{ticker}.csv")
    assert "remove" not in str(caught.value)


@pytest.mark.parametrize("ticker", ["IWM", "VOD.L", "^RUT"])
def test_a_listing_with_weekends_is_asked_about(ticker: str) -> None:
    with refused(DataError, name=ticker, remedy=f'[tickers."{ticker}"] clock = "24/7"') as caught:
        resolve_identity(ticker, bars("24/7"), f"{ticker}.csv")
    assert "remove" not in str(caught.value)


@pytest.mark.parametrize(
    ("ticker", "clock", "remedy"),
    [("IWM", "XNYS", "leave the filled rows out"), ("ETH-USD", "24/5", "get the bars of weekends")],
)
def test_weekends_that_repeat_the_day_before_are_filled_rows(ticker: str, clock: str, remedy: str) -> None:
    with refused(DataError, name=ticker, dates=["2024-01-06", "2024-06-23"], remedy=remedy):
        resolve_identity(ticker, filled(clock), f"{ticker}.csv")


def test_a_leg_that_never_moves_has_no_filled_rows() -> None:
    flat = bars("24/7").assign(open=5.0, high=5.0, low=5.0, close=5.0)
    assert weekends_of(flat) == "every"


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (bars("24/7"), "every"),
        (bars("XNYS"), "none"),
        (bars("24/5"), "none"),
        (filled(), "filled"),
        (bars("XSAU"), "unclear"),  # Riyadh trades on Sundays
        (bars("XNYS").iloc[:3], "unclear"),
        (bars("24/7").drop(pd.date_range("2024-01-20", "2024-05-30")), "unclear"),
        (bars("XNYS").iloc[:0], "unclear"),
    ],
    ids=["every", "none", "weekdays", "filled", "riyadh", "short", "holes", "empty"],
)
def test_weekends_are_read_off_the_bars(frame: pd.DataFrame, expected: str) -> None:
    assert weekends_of(frame) == expected


@pytest.mark.parametrize(
    ("ticker", "stated", "expected"),
    [
        ("ETHUSD", {"clock": "XNYS"}, ("crypto", "XNYS", "USD")),
        ("IWM", {"clock": "24/7"}, ("crypto", "24/7", "USD")),
        ("VOD", {"clock": "XLON"}, ("listed", "XLON", "GBP")),
        ("VOD", {"clock": "XLON", "currency": "USD"}, ("listed", "XLON", "USD")),
        ("ETH", {"asset_class": "listed"}, ("listed", "XNYS", "USD")),
        ("GC=F", {"clock": "CMES"}, ("future", "CMES", "USD")),
        ("X", {"asset_class": "crypto"}, ("crypto", "24/7", "USD")),
        ("BTC-EUR", {"currency": "USD"}, ("crypto", "24/7", "USD")),
    ],
)
def test_what_the_study_says_holds(ticker: str, stated: dict[str, Any], expected: tuple[str, str, str]) -> None:
    for identity in (
        identity_by_name(ticker, StatedIdentity(**stated)),
        resolve_identity(
            ticker, bars("XNYS" if "24/7" not in expected else "24/7"), "x", StatedIdentity(**stated)
        ).identity,
    ):
        assert (identity.asset_class, identity.clock, identity.currency) == expected


@pytest.mark.parametrize("ticker", ["GC=F", "FOO.XYZ", "ABC:IWM"])
def test_an_exchange_that_a_name_does_not_say_is_asked_for(ticker: str) -> None:
    with refused(DataError, name=ticker, remedy=f'[tickers."{ticker}"] clock'):
        resolve_identity(ticker, bars("XNYS"), f"{ticker}.csv", NOTHING)


@pytest.mark.parametrize(
    ("ticker", "clock", "words"),
    [
        ("ETH-USDT", "24/7", ["USDT", "at par with USD"]),
        ("ETH", "24/7", ["does not say", "USD", 'currency = "…"']),
        ("VOD.L", "XLON", ["GBP", 'currency = "…"']),
        ("mycoin", "24/7", ["weekends", "24/7"]),
    ],
)
def test_what_was_concluded_is_said(ticker: str, clock: str, words: list[str]) -> None:
    notes = " ".join(resolve_identity(ticker, bars(clock), "x").notes)
    assert all(word in notes for word in words)


@pytest.mark.parametrize(
    ("ticker", "clock"), [("ETH-USD", "24/7"), ("IWM", "XNYS"), ("ETH-EUR", "24/7"), ("^RUT", "XNYS")]
)
def test_what_a_name_says_needs_no_note(ticker: str, clock: str) -> None:
    assert resolve_identity(ticker, bars(clock), "x").notes == ()


def test_fingerprints_have_one_spelling_of_a_coin() -> None:
    spellings = ["ETHUSD", "eth-usd", "ETH/USD", "XETHZUSD", "COINBASE:ETHUSD", "ETH-USD"]
    assert {identity_by_name(ticker).canonical for ticker in spellings} == {"ETH-USD"}
    assert identity_by_name("IWM").canonical == "IWM"
