"""Every layout of price files gives the prices that stand in it, or is refused in one sentence."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.backtests.data.layouts import READ, REFUSED, SOUND_FILES, Layout
from tests.backtests.data.test_files import DAYS, SESSIONS, eth, iwm, load
from unlockstep.backtests.data.doubtful import DOUBTFUL
from unlockstep.backtests.data.files import read_folder
from unlockstep.backtests.data.price_folder import tickers_in
from unlockstep.signals.errors import DataError

FAULTS = Path(__file__).parents[3] / "docs" / "faults.md"
PRICES = ["open", "high", "low", "close"]


def write(folder: Path, layout: Layout) -> None:
    """The layout's files, and the sound one of each ticker that they do not hold."""
    several = "prices.csv" in layout.files
    for ticker in () if several else ("ETH-USD", "IWM"):
        if not any(name.startswith(ticker) for name in layout.files):
            (folder / f"{ticker}.csv").write_bytes(SOUND_FILES[f"{ticker}.csv"])
    for name, content in layout.files.items():
        (folder / name).write_bytes(content)


@pytest.mark.parametrize("layout", READ, ids=lambda layout: layout.name)
def test_a_layout_gives_the_prices_that_stand_in_it(tmp_path: Path, layout: Layout) -> None:
    write(tmp_path, layout)
    assert tickers_in(tmp_path) == (
        ["ETH-USD"] if any(name.endswith(".txt") for name in layout.files) else ["ETH-USD", "IWM"]
    )
    read = read_folder(tmp_path, ("ETH-USD", "IWM"))
    for ticker, days, expected in (("ETH-USD", DAYS, eth()), ("IWM", SESSIONS, iwm())):
        frame = read[ticker].frame
        assert list(frame.index) == list(days)
        np.testing.assert_array_equal(frame[PRICES], expected[PRICES])
    assert ("adj_close" in read["IWM"].frame) == layout.adjusted
    if layout.adjusted:
        np.testing.assert_array_equal(read["IWM"].frame["adj_close"], iwm()["adj_close"])
    assert [note for note in load(tmp_path).notes if not note.startswith(DOUBTFUL)] == list(layout.said)


@pytest.mark.parametrize("layout", REFUSED, ids=lambda layout: layout.name)
def test_a_layout_that_is_not_read_is_refused_with_what_was_understood(tmp_path: Path, layout: Layout) -> None:
    write(tmp_path, layout)
    with pytest.raises(DataError) as caught:
        load(tmp_path)
    assert str(caught.value) == layout.said[0]
    assert caught.value.name in layout.files


def test_the_table_of_layouts_tells_each_and_no_other() -> None:
    text = FAULTS.read_text(encoding="utf-8")
    section = text.partition("## Layouts of price files")[2].partition("\n## ")[0]
    rows = [re.split(r" \| ", row.strip("| ")) for row in section.splitlines() if row.startswith("| ")]
    documented = {row[0]: row[-1] for row in rows if len(row) == 2}
    expected = {
        layout.name: "; ".join(f"`{note}`" for note in layout.said) or "nothing" for layout in (*READ, *REFUSED)
    }
    assert documented == {"Layout": documented["Layout"], **expected}


# Parquet


def two_levels(*tickers: str) -> pd.DataFrame:
    """What yfinance.download answers for these tickers, with IWM's prices for each."""
    frame = iwm().set_index(pd.DatetimeIndex(SESSIONS, name="Date")).drop(columns="date")
    frame.columns = ["Open", "High", "Low", "Close", "Adj Close"]
    return pd.concat(dict.fromkeys(tickers, frame), axis=1, names=["Ticker", "Price"]).swaplevel(axis=1)


def dated(dates: Any) -> pd.DataFrame:
    return iwm().assign(date=dates)


PARQUET = {
    "yfinance.download of one ticker": two_levels("IWM"),
    "yfinance.download of two tickers": two_levels("SPY", "IWM"),
    "its columns in one level": two_levels("SPY", "IWM").set_axis(
        ["_".join(pair) for pair in two_levels("SPY", "IWM").columns], axis=1
    ),
    "midnights of New York in the index": iwm().drop(columns="date").set_axis(SESSIONS.tz_localize("America/New_York")),
    "the same in UTC": dated(SESSIONS.tz_localize("America/New_York").tz_convert("UTC")),
    "midnights in UTC": dated(SESSIONS.tz_localize("UTC")),
    "midnights in UTC, in another time zone": dated(SESSIONS.tz_localize("UTC").tz_convert("Europe/Berlin")),
    "thousandths of seconds since 1970": dated(SESSIONS.as_unit("ms").asi8),
    "billionths of seconds since 1970": dated(SESSIONS.as_unit("ns").asi8),
    "dates as whole numbers": dated(SESSIONS.strftime("%Y%m%d").astype(int)),
    "closes of the sessions": dated(SESSIONS + pd.Timedelta(hours=16)),
    "levels of ticker and date": dated(SESSIONS).assign(ticker="IWM").set_index(["ticker", "date"]),
    "levels of date and ticker, of two tickers": pd.concat(
        [dated(SESSIONS).assign(ticker=ticker) for ticker in ("SPY", "IWM")]
    ).set_index(["date", "ticker"]),
    "an index without a name": iwm().drop(columns="date").set_axis(SESSIONS),
    "periods": dated(SESSIONS.to_period("D")),
    "decimal commas as texts": iwm().astype(str).replace(r"\.", ",", regex=True),
    "the type of Arrow": dated(SESSIONS).convert_dtypes(dtype_backend="pyarrow"),
    "newest row first": dated(SESSIONS).iloc[::-1],
}


@pytest.mark.parametrize("kind", PARQUET)
@pytest.mark.parametrize("name", ["IWM.parquet", "IWM.pq"])
def test_a_parquet_file_gives_the_prices_that_stand_in_it(tmp_path: Path, kind: str, name: str) -> None:
    PARQUET[kind].to_parquet(tmp_path / name)
    frame = read_folder(tmp_path, ("IWM",))["IWM"].frame
    assert list(frame.index) == list(SESSIONS)
    for column in (*PRICES, "adj_close"):
        np.testing.assert_array_equal(frame[column], iwm()[column])


def test_rows_of_a_ticker_without_any_price_are_no_bars_where_others_stand_beside_it(tmp_path: Path) -> None:
    """As pandas stacks a table of two tickers, with a row for both on each day that one has."""
    quiet = iwm().assign(ticker="IWM").set_index("date").reindex(DAYS.strftime("%Y-%m-%d")).rename_axis("date")
    both = pd.concat([eth().assign(ticker="ETH-USD").set_index("date"), quiet.fillna({"ticker": "IWM"})])
    both.to_csv(tmp_path / "prices.csv")
    assert list(read_folder(tmp_path, ("IWM",))["IWM"].frame.index) == list(SESSIONS)


def test_a_folder_of_parquet_files_is_named_as_one(tmp_path: Path) -> None:
    (tmp_path / "IWM.parquet").mkdir()
    dated(SESSIONS).to_parquet(tmp_path / "IWM.parquet" / "part-0.parquet")
    with pytest.raises(DataError) as caught:
        read_folder(tmp_path, ("IWM",))
    assert str(caught.value) == (
        "IWM.parquet is a folder of Parquet files, not one; join them in one, as "
        "pandas.read_parquet('IWM.parquet').to_parquet(…) does."
    )


def test_a_file_of_several_tickers_that_holds_another_names_those_it_has(tmp_path: Path) -> None:
    two_levels("SPY", "QQQ").to_parquet(tmp_path / "prices.parquet")
    with pytest.raises(DataError) as caught:
        read_folder(tmp_path, ("IWM",))
    assert caught.value.choices == ("QQQ", "SPY")


def test_a_session_that_one_ticker_of_several_lacks_is_refused(tmp_path: Path) -> None:
    """Rows without any price of a ticker are no bars of it, so a gap among its sessions stays one."""
    frame = two_levels("SPY", "IWM")
    frame.loc["2024-01-10", (slice(None), "IWM")] = np.nan
    frame.to_csv(tmp_path / "prices.csv")
    (tmp_path / "ETH-USD.csv").write_bytes(SOUND_FILES["ETH-USD.csv"])
    with pytest.raises(DataError) as caught:
        load(tmp_path)
    assert list(map(str, caught.value.dates)) == ["2024-01-10"]
    frame.loc["2024-01-10", ("Open", "IWM")] = 206.0  # the others are still missing
    frame.to_csv(tmp_path / "prices.csv")
    with pytest.raises(DataError, match="high is no number on 2024-01-10"):
        load(tmp_path)


def test_a_file_of_closes_that_names_the_ticker_says_why_it_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "closes.csv").write_text("Date,ETH-USD,IWM\n2024-01-01,2000.5,\n2024-01-02,2001.5,200.0\n")
    for ticker in ("IWM", "ETHUSD"):
        with pytest.raises(DataError) as caught:
            read_folder(tmp_path, (ticker,))
        assert (caught.value.name, caught.value.choices) == ("closes.csv", ("ETH-USD", "IWM"))
