"""A folder of price files: what is read, and what is refused with file, dates and remedy."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import PAIR
from tests.refusals import refused
from unlockstep.backtests.data.cells import plain_numbers
from unlockstep.backtests.data.load import load_market
from unlockstep.signals import Market, Trend
from unlockstep.signals.errors import DataError, HistoryError

Change = Callable[[pd.DataFrame], pd.DataFrame]

HOLIDAYS = ["2024-01-01", "2024-01-15", "2024-02-19"]
SESSIONS = pd.bdate_range("2024-01-01", "2024-02-29").difference(pd.DatetimeIndex(HOLIDAYS))
DAYS = pd.date_range("2024-01-01", "2024-02-29")


def prices(dates: pd.DatetimeIndex, start: float, *, adjusted: bool) -> pd.DataFrame:
    """Rows as a file holds them: prices rise by one a row, the open half of one below the close."""
    close = start + np.arange(len(dates), dtype=float)
    frame = pd.DataFrame(
        {"date": dates.strftime("%Y-%m-%d"), "open": close - 0.5, "high": close + 1, "low": close - 1, "close": close}
    )
    if adjusted:
        frame["adj_close"] = close * 0.9
    return frame.astype({"date": object})


def eth() -> pd.DataFrame:
    return prices(DAYS, 2000.0, adjusted=False)


def iwm() -> pd.DataFrame:
    return prices(SESSIONS, 200.0, adjusted=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two months of sound prices."""
    eth().to_csv(tmp_path / "ETH-USD.csv", index=False)
    iwm().to_csv(tmp_path / "IWM.csv", index=False)
    return tmp_path


def load(folder: Path, *, pair: tuple[str, str] = PAIR, start: date | None = None, end: date | None = None) -> Market:
    return load_market(str(folder), pair, start=start, end=end, seed=0)


class TestSoundFiles:
    def test_they_give_the_sessions_of_the_exchange_and_the_closes_of_both(self, folder: Path) -> None:
        market = load(folder)
        assert list(market.sessions) == list(SESSIONS)
        assert market.tickers == PAIR
        assert market.source == "files ETH-USD.csv and IWM.csv"
        assert not market.synthetic
        assert market.crypto.close[:4].tolist() == [2001.0, 2002.0, 2003.0, 2004.0]  # 2 to 5 January
        assert market.crypto.close[4] == 2007.0  # 8 January: the weekend lies between
        assert market.crypto.open[4] == 2006.5

    def test_the_equity_legs_open_and_close_are_both_adjusted(self, folder: Path) -> None:
        market = load(folder)
        np.testing.assert_allclose(market.equity.close, 0.9 * (200.0 + np.arange(len(SESSIONS))))
        np.testing.assert_allclose(market.equity.open, 0.9 * (199.5 + np.arange(len(SESSIONS))))
        assert market.equity.adjusted

    def test_a_dividend_changes_the_return_over_its_day_but_not_that_from_open_to_close(self, folder: Path) -> None:
        raw = iwm()
        raw["adj_close"] = raw["close"] * np.where(np.arange(len(raw)) < 10, 0.99, 1.0)  # 1 % paid before row 10
        raw.to_csv(folder / "IWM.csv", index=False)
        leg = load(folder).equity
        close, opens = raw["close"].to_numpy(), raw["open"].to_numpy()
        assert leg.close[10] / leg.close[9] == pytest.approx(close[10] / close[9] / 0.99)
        assert leg.open[10] / leg.close[9] == pytest.approx(opens[10] / close[9] / 0.99)
        np.testing.assert_allclose(leg.close / leg.open, close / opens)

    def test_an_equity_leg_without_adjusted_closes_is_marked(self, folder: Path) -> None:
        iwm().drop(columns="adj_close").to_csv(folder / "IWM.csv", index=False)
        market = load(folder)
        assert not market.equity.adjusted
        assert market.crypto.adjusted  # no dividends there
        np.testing.assert_allclose(market.equity.close, 200.0 + np.arange(len(SESSIONS)))

    def test_parquet_and_csv_give_the_same_market(self, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        other = tmp_path_factory.mktemp("parquet")
        eth().assign(date=DAYS).to_parquet(other / "ETH-USD.parquet")
        iwm().assign(date=SESSIONS).set_index("date").to_parquet(other / "IWM.parquet")
        assert load(other).sha256 == load(folder).sha256
        np.testing.assert_array_equal(load(other).equity.open, load(folder).equity.open)

    def test_column_names_as_yahoo_writes_them_and_other_columns_do_no_harm(self, folder: Path) -> None:
        expected = load(folder).sha256
        named = iwm().rename(columns={"date": "Date", "adj_close": "Adj Close", "close": " Close"})
        named.assign(Volume=1, Comment="fine").to_csv(folder / "IWM.csv", index=False)
        assert load(folder).sha256 == expected

    def test_only_the_period_asked_for_is_used_both_ends_included(self, folder: Path) -> None:
        market = load(folder, start=date(2024, 1, 10), end=date(2024, 2, 1))
        assert (market.sessions[0], market.sessions[-1]) == (pd.Timestamp("2024-01-10"), pd.Timestamp("2024-02-01"))

    def test_a_period_that_starts_on_a_weekend_starts_with_the_next_session(self, folder: Path) -> None:
        assert load(folder, start=date(2024, 1, 13)).sessions[0] == pd.Timestamp("2024-01-16")  # 15th: a holiday

    def test_rows_outside_the_period_may_be_broken(self, folder: Path) -> None:
        raw = eth()
        raw.loc[3, "close"] = -1.0
        raw.drop(index=[5, 6]).to_csv(folder / "ETH-USD.csv", index=False)
        assert load(folder, start=date(2024, 1, 20)).crypto.close[0] == 2021.0

    def test_the_period_that_both_have_is_used(self, folder: Path) -> None:
        eth().iloc[20:50].to_csv(folder / "ETH-USD.csv", index=False)
        market = load(folder)
        assert (market.sessions[0], market.sessions[-1]) == (pd.Timestamp("2024-01-22"), pd.Timestamp("2024-02-16"))


def drop(*dates: str) -> Change:
    return lambda frame: frame[~frame["date"].isin(dates)]


def put(day: str, column: str, value: object) -> Change:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        here = (frame["date"] == day).to_numpy()
        cells = [value if result else old for old, result in zip(frame[column], here, strict=True)]
        return frame.assign(**{column: pd.Series(cells, index=frame.index, dtype=object)})

    return change


def repeat(day: str) -> Change:
    return lambda frame: pd.concat([frame, frame[frame["date"] == day]]).sort_values("date", kind="stable")


def swap(first: str, second: str) -> Change:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        rows = {day: row for row, day in enumerate(frame["date"])}
        order = np.arange(len(frame))
        order[[rows[first], rows[second]]] = rows[second], rows[first]
        return frame.iloc[order]

    return change


def add(day: str) -> Change:
    return lambda frame: pd.concat([frame, frame.tail(1).assign(date=day)]).sort_values("date")


BROKEN: dict[str, tuple[str, Change, dict[str, Any]]] = {
    "a column missing": (
        "IWM",
        lambda frame: frame.drop(columns="open"),
        {"name": "IWM.csv", "remedy": "Needed: date, open, high, low, close"},
    ),
    "two columns missing": (
        "ETH-USD",
        lambda frame: frame.drop(columns=["date", "close"]),
        {"name": "ETH-USD.csv", "remedy": "Needed"},
    ),
    "a column twice, in other capitals": (
        "IWM",
        lambda frame: frame.assign(Close=frame["close"]),
        {"name": "IWM.csv", "remedy": "keep one"},
    ),
    "a date twice": (
        "IWM",
        repeat("2024-01-10"),
        {"name": "IWM.csv", "dates": ["2024-01-10"], "remedy": "keep one row a date"},
    ),
    "dates out of order": (
        "ETH-USD",
        swap("2024-01-10", "2024-01-11"),
        {"name": "ETH-USD.csv", "dates": ["2024-01-10"], "remedy": "sort the rows by date"},
    ),
    "a price of zero": (
        "IWM",
        put("2024-01-10", "close", 0),
        {"name": "IWM.csv", "dates": ["2024-01-10"], "remedy": "choose a period without them"},
    ),
    "a negative open": (
        "ETH-USD",
        put("2024-01-13", "open", -3.0),
        {"name": "ETH-USD.csv", "dates": ["2024-01-13"], "remedy": "correct the rows"},
    ),
    "an infinite price": (
        "IWM",
        put("2024-02-01", "adj_close", "inf"),
        {"name": "IWM.csv", "dates": ["2024-02-01"], "remedy": "correct the rows"},
    ),
    "an empty price": (
        "ETH-USD",
        put("2024-01-14", "close", None),
        {"name": "ETH-USD.csv", "dates": ["2024-01-14"], "remedy": "correct the rows"},
    ),
    "a price that says NaN": (
        "IWM",
        put("2024-01-10", "high", "NaN"),
        {"name": "IWM.csv", "dates": ["2024-01-10"], "remedy": "correct the rows"},
    ),
    "a word for a price": (
        "IWM",
        put("2024-01-10", "close", "n/v"),
        {"name": "IWM.csv", "dates": ["2024-01-10"], "line": 8},
    ),
    "a word for a date": (
        "IWM",
        put("2024-01-10", "date", "yesterday"),
        {"name": "IWM.csv", "line": 8, "remedy": "write dates as 2025-12-31"},
    ),
    "a date of another style": (
        "IWM",
        put("2024-01-10", "date", "10/01/2024"),
        {"name": "IWM.csv", "line": 8, "remedy": "write dates as 2025-12-31"},
    ),
    "a time of day": (
        "ETH-USD",
        lambda frame: frame.assign(date=frame["date"] + " 16:00:00"),
        {"name": "ETH-USD.csv", "line": 2, "remedy": "one plain date a row, such as 2025-12-31"},
    ),
    "a session missing": (
        "IWM",
        drop("2024-01-10"),
        {"name": "IWM.csv", "dates": ["2024-01-10"], "remedy": "--start, --end"},
    ),
    "many sessions missing": (
        "IWM",
        drop("2024-01-09", "2024-01-10", "2024-01-11", "2024-01-12", "2024-01-16"),
        {
            "name": "IWM.csv",
            "dates": ["2024-01-09", "2024-01-10", "2024-01-11", "2024-01-12", "2024-01-16"],
            "remedy": "add the rows",
        },
    ),
    "a day of crypto missing": (
        "ETH-USD",
        drop("2024-01-10"),
        {"name": "ETH-USD.csv", "dates": ["2024-01-10"], "remedy": "--start, --end"},
    ),
    "a Saturday of crypto missing": (
        "ETH-USD",
        drop("2024-01-13"),
        {"name": "ETH-USD.csv", "dates": ["2024-01-13"], "remedy": "--start, --end"},
    ),
    "a holiday traded": (
        "IWM",
        add("2024-01-15"),
        {"name": "IWM.csv", "dates": ["2024-01-15"], "remedy": "compare the rows"},
    ),
    "a weekend traded": (
        "IWM",
        lambda frame: add("2024-01-13")(add("2024-01-14")(frame)),
        {"name": "IWM.csv", "dates": ["2024-01-13", "2024-01-14"], "remedy": "compare the rows"},
    ),
    "no rows": ("IWM", lambda frame: frame.iloc[:0], {"name": "IWM.csv", "remedy": "it needs one row a day"}),
    "no common period": (
        "ETH-USD",
        lambda frame: frame.assign(date=(DAYS + pd.Timedelta(days=366)).strftime("%Y-%m-%d")),
        {"dates": ["2025-01-01", "2024-02-29"], "remedy": "choose dates that all of them cover"},
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_csv_file_is_refused_with_its_name_the_dates_and_a_remedy(folder: Path, kind: str) -> None:
    ticker, change, expected = BROKEN[kind]
    sound = eth() if ticker == "ETH-USD" else iwm()
    change(sound).to_csv(folder / f"{ticker}.csv", index=False)
    with refused(DataError, **expected) as caught:
        load(folder)
    assert "\n" not in str(caught.value)


PARQUET = [
    "a column missing",
    "a date twice",
    "dates out of order",
    "a price of zero",
    "an empty price",
    "a session missing",
    "a Saturday of crypto missing",
    "a holiday traded",
    "no rows",
]


@pytest.mark.parametrize("kind", PARQUET)
def test_a_broken_parquet_file_is_refused_likewise(folder: Path, kind: str) -> None:
    ticker, change, expected = BROKEN[kind]
    (folder / f"{ticker}.csv").unlink()
    broken = change(eth() if ticker == "ETH-USD" else iwm())
    numbers = {column: "float64" for column in broken.columns if column != "date"}
    broken.astype(numbers).assign(date=pd.to_datetime(broken["date"])).to_parquet(
        folder / f"{ticker}.parquet", index=False
    )
    with refused(DataError, **{**expected, "name": f"{ticker}.parquet"}):
        load(folder)


def test_bars_around_the_clock_that_begin_at_another_midnight_are_refused(folder: Path) -> None:
    (folder / "ETH-USD.csv").unlink()
    eth().assign(date=DAYS.tz_localize("America/New_York")).to_parquet(folder / "ETH-USD.parquet")
    with refused(DataError, name="ETH-USD.parquet", line=1):
        load(folder)


def test_a_parquet_file_of_no_bytes_is_refused(folder: Path) -> None:
    (folder / "IWM.csv").unlink()
    (folder / "IWM.parquet").write_bytes(b"")
    with refused(DataError, name="IWM.parquet", remedy="re-save it as parquet"):
        load(folder)


def test_a_parquet_file_that_is_none_is_refused(folder: Path) -> None:
    (folder / "IWM.csv").rename(folder / "IWM.parquet")
    with refused(DataError, name="IWM.parquet", remedy="re-save it as parquet"):
        load(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with refused(DataError, name=str(tmp_path / "nowhere"), remedy="--data"):
        load(tmp_path / "nowhere")


def test_a_file_that_is_not_there_is_refused_with_those_that_are(folder: Path) -> None:
    with refused(DataError, name="BTC-USD", choices=["ETH-USD", "IWM"], remedy="--pair"):
        load(folder, pair=("BTC-USD", "IWM"))


def test_a_folder_without_price_files_is_refused(tmp_path: Path) -> None:
    with refused(DataError, name="ETH-USD", choices=[]):
        load(tmp_path)


def test_a_period_that_ends_before_it_starts_is_refused(folder: Path) -> None:
    with refused(DataError, dates=["2024-02-01", "2024-01-31"]):
        load(folder, start=date(2024, 2, 1), end=date(2024, 1, 31))


def test_a_period_that_the_files_do_not_reach_is_refused_with_what_they_have(folder: Path) -> None:
    with refused(DataError, dates=["2025-01-01", "2024-02-29"], remedy="choose dates"):
        load(folder, start=date(2025, 1, 1))


def test_a_period_without_a_session_is_refused(folder: Path) -> None:
    with refused(DataError, dates=["2024-01-13", "2024-01-15"]):
        load(folder, start=date(2024, 1, 13), end=date(2024, 1, 15))


def test_too_short_a_history_is_refused_by_the_signal_that_needs_more(folder: Path) -> None:
    with refused(HistoryError, dates=["2024-01-02", "2024-02-29"], limit=61, remedy="earlier"):
        Trend(window=60).compute(load(folder))


def test_gaps_at_the_edge_of_the_period_asked_for_are_found(folder: Path) -> None:
    drop("2024-01-10", "2024-01-11")(iwm()).to_csv(folder / "IWM.csv", index=False)
    with refused(DataError, name="IWM.csv", dates=["2024-01-10", "2024-01-11"], remedy="add the rows"):
        load(folder, start=date(2024, 1, 10))


def test_prices_of_2005_lie_on_the_sessions_that_there_were(tmp_path: Path) -> None:
    days = pd.bdate_range("2005-01-03", "2005-02-28").difference(pd.DatetimeIndex(["2005-01-17", "2005-02-21"]))
    for ticker in ("SPY", "IWM"):
        prices(days, 100.0, adjusted=True).to_csv(tmp_path / f"{ticker}.csv", index=False)
    market = load(tmp_path, pair=("SPY", "IWM"))
    assert list(market.sessions) == list(days)  # Martin Luther King Day and Presidents' Day are left out
    assert str(market.equity.known_at[0]) == "2005-01-03 21:00:00+00:00"


def test_prices_older_than_the_calendar_are_refused_with_its_bounds(tmp_path: Path) -> None:
    days = pd.bdate_range("1996-11-01", "1996-12-27")
    for ticker in ("7203.T", "6758.T"):
        prices(days, 100.0, adjusted=True).to_csv(tmp_path / f"{ticker}.csv", index=False)
    with refused(DataError, name="XTKS", dates=["1996-11-01", "1996-12-27"], remedy="--start"):
        load(tmp_path, pair=("7203.T", "6758.T"))


def test_the_real_files_pass_every_check(real: Market) -> None:
    assert (real.sessions[0], real.sessions[-1]) == (pd.Timestamp("2015-12-01"), pd.Timestamp("2025-12-31"))
    in_study = real.sessions >= pd.Timestamp("2016-01-01")
    assert in_study.sum() == 252 + 251 + 251 + 252 + 253 + 252 + 251 + 250 + 252 + 250  # 2016 to 2025
    assert not real.synthetic
    assert real.crypto.adjusted
    assert real.equity.adjusted


class TestParquetIndexes:
    def folder_of(self, folder: Path, index: pd.Index) -> Path:
        frame = iwm().drop(columns="date").set_axis(index)
        frame.to_parquet(folder / "IWM.parquet")
        (folder / "IWM.csv").unlink()
        return folder

    @pytest.mark.parametrize("name", ["date", "Date", None])
    def test_dates_may_stand_in_the_index_whatever_its_name(self, folder: Path, name: str | None) -> None:
        expected = load(folder).sha256
        assert load(self.folder_of(folder, SESSIONS.rename(name))).sha256 == expected

    def test_dates_in_index_and_column_are_one_too_many(self, folder: Path) -> None:
        frame = iwm().set_axis(SESSIONS.rename("date"))
        frame.to_parquet(folder / "IWM.parquet")
        (folder / "IWM.csv").unlink()
        with refused(DataError, name="IWM.parquet"):
            load(folder)

    def test_two_files_of_one_ticker_are_one_too_many(self, folder: Path) -> None:
        iwm().to_parquet(folder / "IWM.parquet")
        with refused(DataError, name=str(folder), choices=["IWM.csv", "IWM.parquet"]):
            load(folder)

    @pytest.mark.parametrize("wrong", [True, pd.Timestamp("2024-01-02")])
    def test_truth_values_and_times_are_no_prices(self, folder: Path, wrong: bool | pd.Timestamp) -> None:
        iwm().assign(close=wrong).to_parquet(folder / "IWM.parquet")
        (folder / "IWM.csv").unlink()
        with refused(DataError, name="IWM.parquet"):
            load(folder)


@given(
    st.lists(
        st.one_of(
            st.floats(allow_nan=False, allow_infinity=False).map(repr),
            st.sampled_from(["", " 1", "1_0", "inf", "nan", "1e", ".", "1.", ".5", "+3", "1,5", "٣", "1e400", "x"]),
            st.text(alphabet="0123456789.eE+- ", max_size=6),
        ),
        max_size=6,
    )
)
def test_a_column_read_at_once_says_what_its_cells_say_one_by_one(cells: list[str]) -> None:
    result = plain_numbers(cells)
    if result is not None:
        np.testing.assert_array_equal(result, [float(cell) for cell in cells])
    elif all(re.fullmatch(r"[0-9]+", cell) for cell in cells):
        pytest.fail("a column of plain numbers was not read at once")
