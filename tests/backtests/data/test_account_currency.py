"""One account, one currency. Expected prices by hand: a price in euros times dollars a euro."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.refusals import refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.align import make_market
from unlockstep.backtests.data.calendar import expected_dates
from unlockstep.backtests.data.identity import StatedIdentity
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.results.holdout import split_holdout
from unlockstep.signals import Market
from unlockstep.signals.closed_hours import ClosedHoursMove
from unlockstep.signals.errors import DataError, StudyError

FIRST, LAST = pd.Timestamp("2024-01-02"), pd.Timestamp("2024-03-28")
CLOCKS = {"ETH-EUR": "24/7", "ETH-USD": "24/7", "IWM": "XNYS", "SAP.DE": "XETR", "EURUSD=X": "24/5", "GBPUSD=X": "24/5",
          "BTC-USD": "24/7", "ETH-BTC": "24/7", "7203.T": "XTKS", "JPY=X": "24/5", "VOD.L": "XLON"}  # fmt: skip


def bars(ticker: str) -> pd.DataFrame:
    dates = expected_dates(CLOCKS[ticker], FIRST, LAST).rename("date")
    close = np.exp(np.cumsum(np.random.default_rng(len(ticker)).normal(0, 0.02, len(dates))))
    opens = close * 0.99
    return pd.DataFrame({"open": opens, "high": close, "low": opens, "close": close}, index=dates)


def market(
    pair: tuple[str, str],
    fx: str | None = None,
    *,
    drop: tuple[str, ...] = (),
    stated: dict[str, StatedIdentity] | None = None,
) -> Market:
    frames = {ticker: bars(ticker) for ticker in (*pair, *([fx] if fx else []))}
    if fx:
        frames[fx] = frames[fx].drop(pd.DatetimeIndex(drop))
    return make_market(frames, pair, start=None, end=None, source="", fx=fx, stated=stated or {})


@pytest.mark.parametrize(
    ("pair", "currencies", "remedy"),
    [
        (("ETH-EUR", "IWM"), ["EUR", "USD"], "--fx EURUSD=X"),
        (("IWM", "SAP.DE"), ["USD", "EUR"], "--fx EURUSD=X"),
        (("ETH-USD", "7203.T"), ["USD", "JPY"], "--fx JPYUSD=X"),
        (("SAP.DE", "VOD.L"), ["EUR", "GBP"], "--fx EURGBP=X"),
        (("ETH-BTC", "IWM"), ["BTC", "USD"], "--fx BTC-USD"),
    ],
)
def test_two_currencies_in_one_account_are_refused(pair: tuple[str, str], currencies: list[str], remedy: str) -> None:
    with refused(DataError, choices=currencies, remedy=remedy):
        market(pair)


def test_a_leg_is_converted_with_the_rate_of_the_same_date() -> None:
    converted, eth, rate = market(("ETH-EUR", "IWM"), "EURUSD=X"), bars("ETH-EUR"), bars("EURUSD=X")
    sessions = expected_dates("XNYS", FIRST, LAST)
    np.testing.assert_array_equal(converted.crypto.close, (eth["close"] * rate["close"]).reindex(sessions))
    np.testing.assert_array_equal(converted.crypto.open, (eth["open"] * rate["open"]).reindex(sessions))
    np.testing.assert_array_equal(converted.equity.close, bars("IWM")["close"])
    assert [leg.identity.currency for leg in converted.legs if leg.identity] == ["USD", "USD"]
    assert any("EURUSD=X" in note and "converted" in note for note in converted.notes)


def test_a_converted_bar_is_known_when_the_rate_is() -> None:
    sap = market(("SAP.DE", "IWM"), "EURUSD=X")
    assert (sap.crypto.known_at == (sap.sessions + pd.Timedelta(days=1)).tz_localize("UTC")).all()
    assert str(sap.crypto.tradable_from[0]) == "2024-01-02 08:00:00+00:00"  # Xetra opens at 9:00 in Frankfurt


def test_a_rate_the_other_way_round_converts_the_other_leg() -> None:
    converted, rate = market(("7203.T", "IWM"), "JPY=X"), bars("JPY=X")  # yen a dollar
    iwm = (bars("IWM")["close"] * rate["close"]).reindex(converted.sessions)
    np.testing.assert_array_equal(converted.equity.close, iwm)
    assert {leg.identity.currency for leg in converted.legs if leg.identity} == {"JPY"}


def test_a_coin_is_a_rate_too() -> None:
    converted = market(("ETH-BTC", "IWM"), "BTC-USD")
    expected = (bars("ETH-BTC")["close"] * bars("BTC-USD")["close"]).reindex(converted.sessions)
    np.testing.assert_array_equal(converted.crypto.close, expected)


def test_a_price_before_the_open_is_converted_at_the_rate_of_its_instant() -> None:
    converted = market(("ETH-BTC", "IWM"), "BTC-USD")
    closes = bars("ETH-BTC")["close"] * bars("BTC-USD")["close"]
    expected = closes.reindex(converted.sessions - pd.Timedelta(days=1))
    assert converted.crypto.before_open is not None
    np.testing.assert_array_equal(converted.crypto.before_open, expected)


def test_a_rate_that_stands_still_on_weekends_leaves_no_price_before_the_open() -> None:
    converted = market(("ETH-EUR", "IWM"), "EURUSD=X")
    with refused(DataError, name="ETH-EUR", remedy="--fx"):
        ClosedHoursMove().compute(converted)


def test_a_stablecoin_has_a_rate_of_its_own_where_the_study_says_so() -> None:
    frames = {"ETH-USDT": bars("ETH-EUR"), "IWM": bars("IWM"), "USDT-USD": bars("BTC-USD") / 100}
    stated = {"ETH-USDT": StatedIdentity(currency="USDT")}
    pair = ("ETH-USDT", "IWM")
    converted = make_market(frames, pair, start=None, end=None, source="", fx="USDT-USD", stated=stated)
    expected = (frames["ETH-USDT"]["close"] * frames["USDT-USD"]["close"]).reindex(converted.sessions)
    np.testing.assert_array_equal(converted.crypto.close, expected)
    np.testing.assert_array_equal(converted.equity.close, bars("IWM")["close"])
    with refused(DataError, choices=["USDT", "USD"], remedy="--fx USDT-USD"):
        make_market(frames, pair, start=None, end=None, source="", stated=stated)


def test_a_session_without_a_rate_is_refused_and_no_other_day_s_rate_is_taken() -> None:
    with refused(DataError, name="EURUSD=X", dates=["2024-02-06"]):
        market(("ETH-EUR", "IWM"), "EURUSD=X", drop=("2024-02-06",))


def test_a_day_without_a_rate_that_is_no_session_matters_to_nobody() -> None:
    whole, holed = (market(("ETH-EUR", "IWM"), "EURUSD=X", drop=days) for days in ((), ("2024-01-15",)))
    assert whole.sha256 == holed.sha256  # Martin Luther King Day


def test_a_rate_of_another_currency_leaves_two_and_is_refused() -> None:
    with refused(DataError, choices=["EUR", "USD"], remedy="--fx EURUSD=X"):
        market(("ETH-EUR", "IWM"), "GBPUSD=X")


def test_a_rate_that_converts_nothing_says_so() -> None:
    assert any("converts nothing" in note for note in market(("ETH-USD", "IWM"), "EURUSD=X").notes)


def test_the_study_says_a_currency_that_the_name_does_not() -> None:
    in_dollars = market(("VOD.L", "IWM"), stated={"VOD.L": StatedIdentity(currency="USD")})
    assert in_dollars.crypto.identity is not None
    assert in_dollars.crypto.identity.currency == "USD"
    with refused(DataError, choices=["GBP", "USD"]):
        market(("VOD.L", "IWM"))


@pytest.mark.parametrize("source", ["folder", "frames"])
def test_every_source_has_the_same_guard(tmp_path: Path, source: str) -> None:
    frames = {ticker: bars(ticker) for ticker in ("ETH-EUR", "IWM", "EURUSD=X")}
    for ticker, frame in frames.items():
        frame.to_csv(tmp_path / f"{ticker}.csv")
    data = str(tmp_path) if source == "folder" else frames
    study = Study.make(data=data, pair=("ETH-EUR", "IWM"), start=None)
    with refused(DataError, choices=["EUR", "USD"]):
        split_holdout(study)
    converted = split_holdout(study.changed(fx="EUR/USD")).market
    by_hand = make_market(frames, ("ETH-EUR", "IWM"), start=None, end=None, source="", fx="EURUSD=X")
    assert converted.sha256 == by_hand.sha256


def test_the_demo_has_no_rates() -> None:
    with refused(DataError, name="EURUSD=X", remedy="leave --fx out"):
        load_market("demo", ("ETH-USD", "IWM"), start=None, end=None, seed=0, fx="EURUSD=X")


@pytest.mark.parametrize("fx", ["IWM", "ETH", "", "../x"])
def test_what_is_no_rate_is_refused(fx: str) -> None:
    with refused(StudyError, name="fx"):
        Study.make(fx=fx)


def test_a_pair_turned_round_two_exchanges_and_two_coins_are_told() -> None:
    turned, coins = market(("IWM", "ETH-USD")), market(("BTC-USD", "ETH-USD"))
    assert any("--pair ETH-USD,IWM" in note for note in turned.notes)
    assert any("XNYS" in note for note in coins.notes)
    assert list(coins.sessions) == list(expected_dates("XNYS", FIRST, LAST))
    both = market(("SAP.DE", "VOD.L"), stated={"VOD.L": StatedIdentity(currency="EUR")})
    assert any("XETR and XLON" in note for note in both.notes)
    assert market(("ETH-USD", "IWM")).notes == ()
