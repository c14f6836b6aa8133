"""Frames handed over hold what a file with the same prices holds, and are refused where a file would be."""

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from tests.refusals import refused
from unlockstep.backtests.data.demo import PAIR, demo_frames
from unlockstep.backtests.data.in_memory import PriceFrames, price_frame
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.data.price_file import read_prices
from unlockstep.signals.errors import DataError, StudyError

DEMO = {ticker: frame[frame.index >= "2024-01-01"] for ticker, frame in demo_frames(edge=False, seed=3).items()}
IWM = DEMO["IWM"]
DAYS = pd.DatetimeIndex(IWM.index)
COLUMN = IWM.reset_index()
YAHOO = IWM.rename(columns={"adj_close": "Adj Close"}).rename(columns=str.title).rename_axis("Date")


def two_levels(*tickers: str, ticker_first: bool = False) -> pd.DataFrame:
    """What yfinance.download answers for these tickers, the same prices for each."""
    frame = pd.concat(dict.fromkeys(tickers, YAHOO), axis=1, names=["Ticker", "Price"])
    return frame if ticker_first else frame.swaplevel(axis=1)


TABLES: dict[str, Any] = {
    "dates in the index": IWM,
    "dates in an index without a name": IWM.rename_axis(None),
    "dates in an index of texts": IWM.set_axis(DAYS.strftime("%Y-%m-%d"), axis=0),
    "dates in an index of dates": IWM.set_axis(pd.Index(DAYS.date), axis=0),
    "dates in a column": COLUMN,
    "dates in a column, another index": COLUMN.iloc[::-1].iloc[::-1].set_axis(range(5, 5 + len(COLUMN)), axis=0),
    "capitals": YAHOO,
    "columns that nobody needs": YAHOO.assign(Volume=1_000, Dividends=0.0),
    "midnights of New York": YAHOO.tz_localize("America/New_York"),
    "midnights of New York in a column": COLUMN.assign(date=COLUMN["date"].dt.tz_localize("America/New_York")),
    "two levels, price first": two_levels("IWM"),
    "two levels, ticker first": two_levels("IWM", ticker_first=True),
    "two levels, of two tickers": two_levels("SPY", "IWM"),
    "newest row first": IWM.iloc[::-1],
    "whole numbers as texts": COLUMN.astype({"open": str}),
    "polars": pl.from_pandas(COLUMN),
    "polars with dates": pl.from_pandas(COLUMN).with_columns(pl.col("date").cast(pl.Date)),
    "polars with a zone": pl.from_pandas(COLUMN).with_columns(pl.col("date").dt.replace_time_zone("America/New_York")),
    "Arrow": pa.Table.from_pandas(COLUMN, preserve_index=False),
    "Arrow with an index of pandas": pa.Table.from_pandas(IWM),
}


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_holds_what_the_file_of_the_same_prices_holds(kind: str, tmp_path: Path) -> None:
    IWM.to_csv(tmp_path / "IWM.csv")
    pd.testing.assert_frame_equal(
        price_frame(TABLES[kind], "IWM"), read_prices(tmp_path / "IWM.csv", "IWM", "XNYS").frame, rtol=0, atol=0
    )


def test_the_market_is_that_of_the_folder(tmp_path: Path) -> None:
    for ticker, frame in DEMO.items():
        frame.to_csv(tmp_path / f"{ticker}.csv")
    days: dict[str, Any] = {"start": None, "end": None, "seed": 0}
    folder = load_market(str(tmp_path), PAIR, **days)
    handed_over = load_market("frames", PAIR, frames=PriceFrames.of(DEMO), **days)
    assert handed_over.sha256 == folder.sha256
    assert "frames of ETH-USD and IWM" in handed_over.source
    assert any("in no file" in note for note in handed_over.notes)


def test_what_was_handed_over_stays_as_it_is() -> None:
    before = IWM.copy()
    frames = PriceFrames.of({"IWM": IWM})
    frames.frames["IWM"].loc[:, "close"] = 1.0
    pd.testing.assert_frame_equal(IWM, before)
    mine = IWM.copy()
    copied = PriceFrames.of({"IWM": mine})
    mine.loc[:, "close"] = 1.0
    pd.testing.assert_frame_equal(copied.frames["IWM"]["close"].to_frame(), before["close"].to_frame())


def one(column: str, value: Any) -> pd.DataFrame:
    """IWM with one cell, of 2024-01-03, that is something else."""
    frame = IWM.astype({column: object}) if isinstance(value, str) else IWM.copy()
    frame.loc["2024-01-03", column] = value
    return frame


REFUSED: dict[str, tuple[Any, dict[str, Any]]] = {
    "a gap": (IWM.drop(pd.Timestamp("2024-03-05")), {"dates": ["2024-03-05"], "remedy": "add the rows"}),
    "a duplicate": (pd.concat([IWM.iloc[:2], IWM.iloc[1:]]), {"dates": ["2024-01-03"], "remedy": "keep one row"}),
    "disorder": (IWM.iloc[[1, 0, *range(2, len(IWM))]], {"dates": ["2024-01-02"], "remedy": "sort the rows"}),
    "a day on which nothing trades": (
        pd.concat([IWM.iloc[:1], IWM.iloc[:1].set_axis([pd.Timestamp("2024-01-01")])]).sort_index(),
        {"dates": ["2024-01-01"], "remedy": "compare the rows"},
    ),
    "no price": (one("close", float("nan")), {"dates": ["2024-01-03"], "remedy": "correct the rows"}),
    "a price of nothing": (one("open", 0.0), {"dates": ["2024-01-03"]}),
    "a high below the low": (one("high", 1.0), {"dates": ["2024-01-03"]}),
    "a text for a price": (one("open", "closed"), {"dates": ["2024-01-03"], "line": 2}),
    "a time of day": (IWM.set_axis(DAYS + pd.Timedelta(hours=18)), {"line": 1, "remedy": "one plain date a row"}),
    "no midnight in its zone": (
        IWM.set_axis(DAYS + pd.Timedelta(hours=6)).tz_localize("UTC"),
        {"line": 1, "remedy": "one plain date a row"},
    ),
    "no date": (COLUMN.drop(columns="date"), {"remedy": "Needed: date"}),
    "no open": (IWM.drop(columns="open"), {"remedy": "Needed: date"}),
    "two columns of one name": (IWM.assign(Close=1.0), {"remedy": "keep one"}),
    "an adjusted close under another name": (IWM.rename(columns={"adj_close": "adj"}), {"remedy": "adj_close"}),
    "nothing": (IWM.iloc[:0], {"remedy": "one row a day"}),
    "another ticker": (two_levels("SPY"), {"choices": ["SPY"], "remedy": "IWM"}),
    "other tickers": (two_levels("SPY", "QQQ"), {"choices": ["SPY", "QQQ"], "remedy": "IWM"}),
    "a lazy table": (pl.from_pandas(COLUMN).lazy(), {"remedy": ".collect()"}),
    "a list": ([1, 2], {"remedy": "DataFrame"}),
    "a column alone": (IWM["close"], {"remedy": "DataFrame"}),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_frame_is_refused_with_its_ticker_the_dates_and_the_remedy(kind: str) -> None:
    table, fields = REFUSED[kind]
    with refused(DataError, **{"name": "IWM", **fields}) as caught:
        load_market(
            "frames",
            PAIR,
            start=None,
            end=None,
            seed=0,
            frames=PriceFrames.of({"ETH-USD": DEMO["ETH-USD"], "IWM": table}),
        )
    assert "\n" not in str(caught.value)


def test_the_pair_is_the_usual_one_or_the_only_one() -> None:
    def pair(*tickers: str) -> tuple[str, str]:
        return PriceFrames(dict.fromkeys(tickers, IWM)).pair(PAIR)

    assert pair("IWM", "SPY", "ETH-USD") == PAIR
    assert pair("SPY", "QQQ") == ("SPY", "QQQ")
    assert pair("SPY", "BTC-USD") == ("BTC-USD", "SPY")  # the one that trades around the clock is the first leg
    for tickers, remedy in (
        ((), "a frame for each ticker"),
        (("IWM",), "another beside IWM"),
        (("DIA", "SPY", "QQQ"), "pair=('DIA', 'SPY')"),
    ):
        with refused(StudyError, remedy=remedy, choices=tickers):
            pair(*tickers)


def test_an_exchange_rate_among_the_frames_is_no_part_of_the_pair() -> None:
    frames = PriceFrames(dict.fromkeys(("EURUSD", "IWM", "ETH-EUR"), IWM))
    assert frames.pair(PAIR, "EUR/USD") == ("ETH-EUR", "IWM")


def test_a_ticker_without_a_frame_is_named() -> None:
    with refused(DataError, name="SPY", choices=["ETH-USD", "IWM"]):
        PriceFrames.of(DEMO).select(("ETH-USD", "SPY"))


def test_frames_that_were_not_handed_over_are_one_sentence() -> None:
    with refused(StudyError, remedy="unlockstep.run"):
        load_market("frames", PAIR, start=None, end=None, seed=0)
