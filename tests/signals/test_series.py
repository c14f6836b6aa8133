"""Prices, volumes, ranges and series beside the pair, on bars made by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.build import market_of
from unlockstep.signals import Context, ContextSeries, Price, Range, Volume
from unlockstep.signals.errors import DataError, StudyError
from unlockstep.signals.histories import Histories
from unlockstep.signals.market import Market, read_only

NAN = np.nan


def hand_made() -> Market:
    """Four sessions; equity has highs, lows and volumes, crypto has none."""
    market = market_of([10.0, 11.0, 12.0, 13.0], [100.0, 110.0, 99.0, 100.0])
    high, low = read_only([101.0, 112.0, 108.0, 101.0]), read_only([99.0, 104.0, 98.0, 95.0])
    equity = replace(market.equity, high=high, low=low, volume=read_only([5.0, NAN, 7.0, 0.0]))
    vix = ContextSeries("vix", "^VIX", "XNYS", read_only([NAN, 20.0, 21.0, 19.0]), equity.known_at)
    return replace(market, equity=equity, context=(vix,))


def test_series_are_those_of_the_bars() -> None:
    market = hand_made()
    np.testing.assert_array_equal(Price(leg="equity", field="high").compute(market), [101.0, 112.0, 108.0, 101.0])
    np.testing.assert_array_equal(Price(leg="equity", field="close").compute(market), [100.0, 110.0, 99.0, 100.0])
    np.testing.assert_array_equal(Volume(leg="equity").compute(market), [5.0, NAN, 7.0, 0.0])
    np.testing.assert_array_equal(Context("vix").compute(market), [NAN, 20.0, 21.0, 19.0])


def test_the_true_range_reaches_to_the_close_before() -> None:
    # 112 - 100, 110 - 98, 101 - 95, over the closes before: 100, 110, 99
    expected = [NAN, 12 / 100, 12 / 110, 6 / 99]
    np.testing.assert_allclose(Range(leg="equity", window=1).compute(hand_made()), expected)
    mean = (12 / 100 + 12 / 110) / 2
    np.testing.assert_allclose(Range(leg="equity", window=2).compute(hand_made()).iloc[2], mean)


def test_what_is_not_there_is_refused_by_its_name() -> None:
    with pytest.raises(DataError) as caught:
        Price(leg="crypto", field="high").compute(hand_made())
    assert (caught.value.name, list(caught.value.choices)) == ("ETH-USD", ["open", "close"])
    with pytest.raises(StudyError) as unnamed:
        Context("spy").compute(hand_made())
    assert (unnamed.value.name, list(unnamed.value.choices)) == ("spy", ["vix"])


def test_a_value_that_is_known_after_its_decision_is_refused() -> None:
    market = hand_made()
    late = replace(market.context[0], known_at=market.decided_at + pd.Timedelta(seconds=1))
    with pytest.raises(DataError) as caught:
        replace(market, context=(late,))
    assert (caught.value.name, list(caught.value.dates)) == ("vix", [market.sessions[1].date()])


def test_signals_say_what_they_read_beside_opens_and_closes() -> None:
    assert Price(field="open").reads == () == Price().reads
    assert Range(leg="crypto").reads == ("crypto.high", "crypto.low")
    assert (Volume().reads, Context("m2").reads) == (("equity.volume",), ("m2",))


def test_in_a_history_a_bar_that_is_turned_round_has_its_shadows_turned_too() -> None:
    bars = {"open": [10.0, 10.0], "high": [11.0, 12.0], "low": [9.0, 9.0], "close": [10.0, 11.0]}
    market = market_of(bars["close"], [1.0, 1.0], crypto_open=bars["open"])
    crypto = replace(market.crypto, high=read_only(bars["high"]), low=read_only(bars["low"]))
    market = replace(market, crypto=crypto)
    # as it was, and its 10 % up as 1 / 1.1 down; the high was 12 / 11 above the body, and the low 9 / 10 below it
    close = np.array([[[1.1, 1.0]], [[1 / 1.1, 1.0]]])
    histories = Histories(market, close, np.ones((2, 1, 2)), turned=np.array([[[False]], [[True]]]))
    made = histories.bars("crypto")
    np.testing.assert_allclose(made.close, [[10.0, 11.0], [10.0, 10 / 1.1]])
    np.testing.assert_allclose(made.series("high"), [[11.0, 12.0], [11.0, 10.0 * 10 / 9]])
    np.testing.assert_allclose(made.series("low"), [[9.0, 9.0], [9.0, 10 / 1.1 * 11 / 12]])
    for number in range(2):
        one = histories.history(number)
        for field in ("open", "high", "low", "close"):
            price = Price(leg="crypto", field=field)
            np.testing.assert_allclose(price.values_of(histories)[number], price.compute(one))
