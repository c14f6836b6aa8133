"""Prices from Yahoo: the real yfinance asks a server on the loopback address, which answers well, badly or not."""

import logging
import os
import re
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.backtests.data.listings import eth, iwm, pay, prices, split
from tests.backtests.data.yahoo_server import (
    Fault,
    Listing,
    YahooServer,
    empty,
    failing,
    failing_in_json,
    garbled,
    not_found,
    page,
    reset,
    status,
    too_many,
    truncated,
    unanswered,
    whole,
)
from tests.refusals import refused
from unlockstep.backtests.data.calendar import expected_dates, last_complete
from unlockstep.backtests.data.identity import StatedIdentity, identity_by_name
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.data.yahoo import download, history, history_of
from unlockstep.signals.errors import DataError, UnreachableError

NOON = pd.Timestamp("2024-01-11 12:00", tz="UTC")
"""ETH's bar of the 11th is open, IWM's session has not begun."""


def complete(listing: Listing, last: str) -> pd.DataFrame:
    """The server's own bars up to `last`, as a price frame."""
    return listing.bars.loc[:last].rename_axis("date")


def same(result: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(result, expected, check_freq=False, rtol=1e-12)


@pytest.mark.parametrize(
    ("ticker", "now", "expected"),
    [
        ("IWM", "2024-01-10 20:59:59", "2024-01-09"),  # a second before the close of 16:00 New York
        ("IWM", "2024-01-10 21:00:00", "2024-01-10"),
        ("IWM", "2024-03-11 19:59:59", "2024-03-08"),  # the first Monday of daylight saving time; a weekend before
        ("IWM", "2024-03-11 20:00:00", "2024-03-11"),
        ("IWM", "2024-11-29 17:59:59", "2024-11-27"),  # an early close; Thanksgiving before
        ("IWM", "2024-11-29 18:00:00", "2024-11-29"),
        ("IWM", "2024-12-01 12:00:00", "2024-11-29"),  # a Sunday
        ("IWM", "2025-01-01 00:00:00", "2024-12-31"),
        ("IWM", "2025-01-10 00:30:00", "2025-01-08"),  # 9 January: a day of mourning
        ("ETH-USD", "2024-11-29 23:59:59", "2024-11-28"),
        ("ETH-USD", "2024-11-30 00:00:00", "2024-11-29"),
        ("ETH-USD", "2024-12-01 12:00:00", "2024-11-30"),  # a Saturday's bar
        ("ETH-USD", "2024-03-01 00:00:00", "2024-02-29"),
    ],
)
def test_a_bar_is_complete_from_the_instant_of_its_close_on(ticker: str, now: str, expected: str) -> None:
    assert last_complete(identity_by_name(ticker).clock, pd.Timestamp(now, tz="UTC")) == pd.Timestamp(expected)


# Answers without fault


def test_a_history_with_dividends_and_a_split_comes_as_yahoo_sent_it(yahoo: YahooServer) -> None:
    listing = iwm("2024-01-10")
    pay(listing, "2023-12-20", 0.6)
    split(listing, "2023-11-01", 2, 1)
    yahoo.listings["IWM"] = listing
    history = history_of("IWM", now=NOON)
    same(history.frame, complete(listing, "2024-01-10"))
    assert history.frame["adj_close"].iloc[0] < history.frame["close"].iloc[0]
    assert (history.change, history.notes, history.retrieved_at) == ("new", (), NOON)
    assert yahoo.prices_requested() == [("IWM", "1900-01-01")]


def test_volumes_come_as_yahoo_sent_them_and_one_that_it_has_not_is_unknown(yahoo: YahooServer) -> None:
    listing = iwm("2024-01-10")
    listing.bars.loc["2023-11-06", "volume"] = np.nan  # yfinance says 0
    listing.bars.loc["2023-11-07", "volume"] = 0.0
    yahoo.listings |= {"IWM": listing, "ETH-USD": eth("2024-01-11")}
    for ticker in yahoo.listings:
        history_of(ticker, now=NOON)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "present", lambda: NOON)
        market = load_market("yahoo", ("ETH-USD", "IWM"), start=None, end=None, seed=0)
    for leg in market.legs:
        sent = yahoo.listings[leg.ticker].bars["volume"].reindex(market.sessions)
        np.testing.assert_array_equal(leg.series("volume"), sent)
    assert np.isnan(market.equity.series("volume")[market.sessions.get_loc("2023-11-06")])


def test_only_the_server_and_no_host_of_yahoo_is_reached(yahoo: YahooServer) -> None:
    yahoo.listings["ETH-USD"] = eth("2024-01-11")
    history_of("ETH-USD", now=NOON)
    assert yahoo.requests[0] == ("ETH-USD", None)  # the time zone
    assert {host.split(":")[0] for host in yahoo.tunnels} == {"fc.yahoo.com", "guce.yahoo.com"}


def test_a_bar_still_open_is_left_out_and_not_stored(yahoo: YahooServer) -> None:
    yahoo.listings["ETH-USD"] = eth("2024-01-11")
    for change in ("new", "up to date"):
        history = history_of("ETH-USD", now=NOON)
        assert (history.frame.index[-1], history.change) == (pd.Timestamp("2024-01-10"), change)


def blank(listing: Listing, day: pd.Timestamp) -> pd.DataFrame:
    """The bars with a row of nulls on `day`."""
    bars = listing.bars.copy()
    bars.loc[day] = np.nan
    return bars


def twice(day: str, **changes: float) -> Callable[[dict[str, Any]], None]:
    """Send the row of `day` twice; the second time later and with other prices."""

    def edit(chart: dict[str, Any]) -> None:
        stamps = chart["timestamp"]
        dates = [str(pd.Timestamp(stamp, unit="s").date()) for stamp in stamps]
        if day not in dates:
            return
        at = dates.index(day)
        columns = chart["indicators"]["quote"][0] | chart["indicators"]["adjclose"][0]
        stamps.insert(at + 1, stamps[at] + 3600)
        for name, column in columns.items():
            column.insert(at + 1, column[at] + changes.get(name, 0.0))

    return edit


@pytest.mark.parametrize("now", ["2024-01-11 16:00", "2024-01-11 21:30"])
def test_the_last_day_sent_twice_is_no_fault_while_open_or_where_both_rows_agree(yahoo: YahooServer, now: str) -> None:
    is_open = now.endswith("16:00")
    listing = iwm("2024-01-11")
    listing.edit = twice("2024-01-11", close=1.0 * is_open)
    yahoo.listings["IWM"] = listing
    history = history_of("IWM", now=pd.Timestamp(now, tz="UTC"))
    same(history.frame, complete(listing, "2024-01-10" if is_open else "2024-01-11"))


def test_a_complete_last_day_sent_twice_with_two_prices_is_refused(yahoo: YahooServer) -> None:
    listing = iwm("2024-01-11")
    listing.edit = twice("2024-01-11", close=1.0)
    yahoo.listings["IWM"] = listing
    with refused(UnreachableError, name="IWM", dates=["2024-01-11"]):
        history_of("IWM", now=pd.Timestamp("2024-01-11 21:30", tz="UTC"))


@pytest.mark.parametrize("row", ["absent", "empty"])
def test_a_day_that_yahoo_has_not_yet_filled_in_is_left_out_said_and_asked_for_again(
    yahoo: YahooServer, row: str
) -> None:
    listing = eth("2024-01-11")
    after_midnight = pd.Timestamp("2024-01-11 00:30", tz="UTC")
    day = pd.Timestamp("2024-01-10")
    bar = listing.bars.loc[[day]]
    listing.bars = listing.bars.drop(day) if row == "absent" else blank(listing, day)
    yahoo.listings["ETH-USD"] = listing
    history = history_of("ETH-USD", now=after_midnight)
    assert history.frame.index[-1] == pd.Timestamp("2024-01-09")
    assert history.notes == (
        "ETH-USD ends on 2024-01-09: at 2024-01-11 00:30 UTC Yahoo had no prices of 2024-01-10 yet.",
    )
    listing.bars = pd.concat([listing.bars.drop(day, errors="ignore"), bar]).sort_index()
    later = history_of("ETH-USD", now=NOON)
    assert (later.change, later.notes) == ("+1 row", ())
    same(later.frame, complete(listing, "2024-01-10"))


# Faults

RETRIED = [
    pytest.param(too_many, "Yahoo limits how often it is asked .HTTP 429.", id="429"),
    pytest.param(failing, "Yahoo failed with HTTP 500", id="500"),
    pytest.param(failing_in_json, "Yahoo failed with HTTP 500", id="500-json"),
    pytest.param(status(503), "Yahoo failed with HTTP 503", id="503"),
    pytest.param(truncated, "Yahoo's answer was cut short", id="truncated"),
    pytest.param(garbled, "Yahoo's answer was no chart", id="garbled"),
    pytest.param(page, "Yahoo's answer was no chart", id="html"),
    pytest.param(reset, "the connection to Yahoo broke", id="reset"),
    pytest.param(unanswered, "Yahoo did not answer within 0.4 s", id="silent"),
]


def hasten(monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    """Wait for an answer that does not come for a moment only."""
    if fault is unanswered:
        monkeypatch.setattr(download, "PATIENCE", download.Patience(attempts=3, first_wait=0.01, timeout=0.4))


@pytest.mark.parametrize(("fault", "words"), RETRIED)
@pytest.mark.parametrize("zone_given", [False, True])
def test_a_fault_that_stays_is_told_in_one_sentence_after_the_last_attempt(
    yahoo: YahooServer, monkeypatch: pytest.MonkeyPatch, fault: Fault, words: str, zone_given: bool
) -> None:
    yahoo.listings["IWM"] = iwm("2024-01-10")
    if zone_given:
        history_of("IWM", now=NOON)
        (Path(os.environ["UNLOCKSTEP_CACHE"]) / "IWM.parquet").unlink()
    before = len(yahoo.requests)
    yahoo.always = fault
    hasten(monkeypatch, fault)
    with refused(UnreachableError, name="IWM", limit=3) as error:
        history_of("IWM", now=NOON)
    assert re.search(words, str(error.value))  # the fault of the last attempt
    requests = yahoo.requests[before:]
    assert len(requests) == (6 if fault is too_many else 3)  # yfinance asks twice where it is told to wait
    assert all((since is not None) == zone_given for _, since in requests)


@pytest.mark.parametrize(("fault", "words"), RETRIED)
@pytest.mark.parametrize("sound_before", [0, 1])
def test_a_fault_that_passes_leaves_no_trace(
    yahoo: YahooServer, monkeypatch: pytest.MonkeyPatch, fault: Fault, words: str, sound_before: int
) -> None:
    hasten(monkeypatch, fault)
    yahoo.listings["IWM"] = iwm("2024-01-10")
    yahoo.faults = [whole] * sound_before + [fault] * 2
    history = history_of("IWM", now=NOON)
    same(history.frame, complete(yahoo.listings["IWM"], "2024-01-10"))
    assert (history.change, history.notes) == ("new", ())
    assert yahoo.faults == []


def test_the_table_of_faults_has_what_the_user_sees() -> None:
    table = (Path(__file__).parents[3] / "docs" / "faults.md").read_text(encoding="utf-8")
    for words in {str(fault.values[1]) for fault in RETRIED} - {"Yahoo failed with HTTP 503"}:
        assert re.search(words.replace("0.4", "15"), table), words


@pytest.mark.parametrize(
    ("fault", "kind", "remedy"),
    [
        (not_found, DataError, "check the spelling"),
        (empty, DataError, "check the spelling"),
        (status(404), DataError, "check the spelling"),
        (status(401, b'{"finance": {"error": {"code": "Unauthorized"}}}'), UnreachableError, ""),
    ],
    ids=["404", "empty", "404-html", "401"],
)
def test_what_cannot_pass_is_asked_for_once(
    yahoo: YahooServer, fault: Fault, kind: type[DataError], remedy: str
) -> None:
    yahoo.always = fault
    begun = time.monotonic()
    with refused(kind, name="IWN", remedy=remedy):
        history_of("IWN", now=NOON)
    assert (
        len(yahoo.requests) <= 4
    )  # a refusal is met with yfinance's other cookie, for the time zone and for the prices
    assert time.monotonic() - begun < 5


def test_prices_without_a_row_are_an_empty_answer(yahoo: YahooServer) -> None:
    yahoo.listings["IWM"] = Listing(iwm("2024-01-10").bars.iloc[:0])
    with refused(DataError, name="IWM", remedy="spelling"):
        history_of("IWM", now=NOON)


def test_a_refused_connection_is_told_at_once(yahoo: YahooServer) -> None:
    yahoo.shutdown()
    yahoo.server_close()
    with refused(UnreachableError, name="IWM", remedy="is there a network?") as error:
        history_of("IWM", now=NOON)
    assert error.value.limit is None  # it was not asked again


def test_waits_double_with_chance_and_end_at_the_ceiling(yahoo: YahooServer, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("unlockstep.backtests.data.yahoo.download.time.sleep", waits.append)
    monkeypatch.setattr(download, "PATIENCE", download.Patience(attempts=6, first_wait=1.0, timeout=0.4))
    yahoo.always = failing
    with refused(UnreachableError, limit=6):
        history_of("IWM", now=NOON)
    assert len(waits) == 5
    for wait, middle in zip(waits, (1, 2, 4, 8, 16), strict=True):
        assert 0.5 * middle <= wait <= 1.5 * middle
    assert len({wait / middle for wait, middle in zip(waits, (1, 2, 4, 8, 16), strict=True)}) == 5
    waits.clear()
    monkeypatch.setattr(download, "PATIENCE", download.Patience(attempts=6, first_wait=1.0, longest=0.4, timeout=0.4))
    with refused(UnreachableError, limit=1):
        history_of("IWM", now=NOON)
    assert waits == []


# Rows that are wrong


def test_a_row_without_prices_inside_the_history_is_refused_with_its_date(yahoo: YahooServer) -> None:
    yahoo.listings |= {"ETH-USD": eth("2024-01-11"), "IWM": iwm("2024-01-10")}
    bars = yahoo.listings["ETH-USD"].bars
    bars.loc[bars.index == pd.Timestamp("2023-08-16")] = np.nan
    end = date(2024, 1, 9)
    with refused(DataError, name="Yahoo's ETH-USD", dates=["2023-08-16"]):
        load_market("yahoo", ("ETH-USD", "IWM"), start=date(2023, 6, 1), end=end, seed=0)
    market = load_market("yahoo", ("ETH-USD", "IWM"), start=date(2023, 8, 17), end=end, seed=0)
    assert str(market.sessions[0].date()) == "2023-08-17"


@pytest.mark.parametrize("price", [0.0, -3.0])
def test_a_price_of_zero_or_less_is_refused_with_its_date(yahoo: YahooServer, price: float) -> None:
    yahoo.listings |= {"ETH-USD": eth("2024-01-11"), "IWM": iwm("2024-01-10")}
    yahoo.listings["IWM"].bars.loc["2023-08-16", "low"] = price
    with refused(DataError, name="Yahoo's IWM", dates=["2023-08-16"]):
        load_market("yahoo", ("ETH-USD", "IWM"), start=None, end=date(2024, 1, 9), seed=0)


def test_a_missing_day_inside_the_history_is_refused_with_its_date(yahoo: YahooServer) -> None:
    yahoo.listings |= {"ETH-USD": eth("2024-01-11"), "IWM": iwm("2024-01-10")}
    yahoo.listings["ETH-USD"].bars = yahoo.listings["ETH-USD"].bars.drop(pd.Timestamp("2023-08-16"))
    with refused(DataError, name="Yahoo's ETH-USD", dates=["2023-08-16"]):
        load_market("yahoo", ("ETH-USD", "IWM"), start=None, end=date(2024, 1, 9), seed=0)


def test_days_sent_twice_and_rows_out_of_order_are_refused_with_their_dates(yahoo: YahooServer) -> None:
    listing = iwm("2024-01-10")
    yahoo.listings["IWM"] = listing
    listing.edit = twice("2023-08-16")
    with refused(UnreachableError, name="IWM", dates=["2023-08-16"]):
        history_of("IWM", now=NOON)

    def swapped(chart: dict[str, Any]) -> None:
        chart["timestamp"][3:5] = chart["timestamp"][4:2:-1]

    listing.edit = swapped
    with refused(UnreachableError, name="IWM", dates=["2023-06-06"]):
        history_of("IWM", now=NOON)


def test_another_clock_or_currency_than_the_tickers_name_promises_is_refused(yahoo: YahooServer) -> None:
    yahoo.listings["VOD"] = Listing(eth("2024-01-10").bars, zone="Europe/London", currency="GBp")
    with refused(DataError, name="VOD"):
        history_of("VOD", now=NOON)
    yahoo.listings["IWM"] = iwm("2024-01-10")
    yahoo.listings["IWM"].currency = "CAD"
    with refused(DataError, name="IWM", remedy="USD"):
        history_of("IWM", now=NOON)
    yahoo.listings["IWM"].edit = lambda chart: chart["meta"].update(currency=None)
    assert history_of("IWM", now=NOON).change == "new"  # what is not said contradicts nothing
    yahoo.listings["ETH-EUR"] = eth("2024-01-10")
    with refused(DataError, name="ETH-EUR", remedy="EUR"):
        history_of("ETH-EUR", now=NOON)


@pytest.mark.parametrize(
    ("ticker", "clock", "zone", "currency"),
    [
        ("VOD.L", "XLON", "Europe/London", "GBp"),  # pence
        ("SAP.DE", "XETR", "Europe/Berlin", "EUR"),
        ("7203.T", "XTKS", "Asia/Tokyo", "JPY"),
        ("EURUSD=X", "24/5", "Europe/London", "USD"),
        ("^VIX", "XNYS", "America/Chicago", "USD"),
        ("ETH-EUR", "24/7", "UTC", "EUR"),
    ],
)
def test_tickers_of_other_exchanges_and_currencies_come_on_their_own_clock(
    yahoo: YahooServer, ticker: str, clock: str, zone: str, currency: str
) -> None:
    dates = expected_dates(clock, pd.Timestamp("2023-10-02"), pd.Timestamp("2024-01-10"))
    yahoo.listings[ticker] = Listing(prices(dates), zone=zone, currency=currency)
    frame = history_of(ticker, now=NOON).frame
    assert list(frame.index) == list(dates)


def test_a_currency_that_the_study_says_is_taken_and_another_study_is_told(yahoo: YahooServer) -> None:
    dates = expected_dates("XLON", pd.Timestamp("2023-10-02"), pd.Timestamp("2024-01-10"))
    yahoo.listings["CSPX.L"] = Listing(prices(dates), zone="Europe/London", currency="USD")
    remedy = '[tickers."CSPX.L"] currency = "USD"'
    with refused(DataError, name="CSPX.L", remedy=remedy):
        history_of("CSPX.L", now=NOON)
    assert history_of("CSPX.L", now=NOON, stated=StatedIdentity(currency="USD")).change == "new"
    with refused(DataError, name="CSPX.L", remedy=remedy):  # from the cache, which remembers
        history_of("CSPX.L", now=NOON)


def test_a_listing_of_today_has_no_complete_bar_yet(yahoo: YahooServer) -> None:
    yahoo.listings["NEW-USD"] = eth("2024-01-11", first="2024-01-11")
    with refused(DataError, name="NEW-USD"):
        history_of("NEW-USD", now=NOON)


def test_yfinance_says_nothing_of_its_own(yahoo: YahooServer, capfd: pytest.CaptureFixture[str]) -> None:
    yahoo.always = failing
    with pytest.raises(UnreachableError):
        history_of("IWM", now=NOON)
    assert capfd.readouterr() == ("", "")


def test_what_is_said_beside_the_result_goes_through_the_log(
    yahoo: YahooServer, caplog: pytest.LogCaptureFixture
) -> None:
    yahoo.listings["IWM"] = iwm("2024-01-10")
    history_of("IWM", now=NOON)
    pay(yahoo.listings["IWM"], "2024-01-10", 0.5)
    yahoo.listings["IWM"].bars = pd.concat([yahoo.listings["IWM"].bars, iwm("2024-01-11").bars.iloc[[-1]]])
    with caplog.at_level(logging.WARNING, logger="unlockstep"):
        history_of("IWM", now=NOON + pd.Timedelta(hours=12))
    assert [record.name for record in caplog.records] == [history.log.name]
    assert "Yahoo restated" in caplog.text
