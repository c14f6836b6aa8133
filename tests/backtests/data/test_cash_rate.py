"""What cash earns: by hand, from a file, from Yahoo's bill, by default."""

import gzip
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.backtests.data.listings import eth, iwm
from tests.backtests.data.yahoo_server import Listing, YahooServer
from tests.build import PAIR
from tests.refusals import refused
from unlockstep.backtests.data.cash_rate import CashRate, bill_of, risk_free_of, with_cash
from unlockstep.backtests.data.federal_funds import AVERAGES
from unlockstep.backtests.data.in_memory import PriceFrames
from unlockstep.backtests.data.load import load_market
from unlockstep.backtests.data.rate_file import read_rates
from unlockstep.backtests.data.rate_series import RateSeries, cash_returns
from unlockstep.signals import Market
from unlockstep.signals.errors import DataError

FOUR = pd.DatetimeIndex(["2024-02-15", "2024-02-16", "2024-02-20", "2024-02-21"]).as_unit("us")
"""A Thursday, a Friday, the Tuesday after Presidents' Day, a Wednesday."""


def daily(first: str, rates: list[float]) -> RateSeries:
    return RateSeries("rates.csv", pd.date_range(first, periods=len(rates), freq="D", unit="us"), np.array(rates))


def rate_file(folder: Path, text: str, name: str = "rates.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def of_folder(folder: Path, cash_rate: CashRate | None) -> Market:
    return with_cash(load_market(str(folder), PAIR, start=None, end=None, seed=0), cash_rate, bill_of(str(folder)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of ETH-USD and IWM from June 2023 to 10 January 2024."""
    for ticker, listing in (("ETH-USD", eth("2024-01-10")), ("IWM", iwm("2024-01-10"))):
        listing.bars.rename_axis("date").to_csv(tmp_path / f"{ticker}.csv")
    return tmp_path


def bills(percent: float, *, last: str = "2024-01-10") -> Listing:
    """^IRX at this discount from June 2023 on, but for a holiday without a quote and a quote below zero."""
    bars = iwm(last).bars.copy()
    bars.loc[:] = percent
    bars.loc[pd.Timestamp("2023-10-09")] = np.nan
    bars.loc[pd.Timestamp("2023-11-15")] = -0.1
    return Listing(bars, zone="America/Chicago")


class TestAccrual:
    def test_each_night_pays_a_360th_and_nights_between_two_sessions_do_not_compound(self) -> None:
        # Thursday's night 3.6 %; Friday's, Saturday's, Sunday's and Monday's 7.2, 1.8, 1.8 and 3.6 %; Tuesday's 36 %
        series = daily("2024-02-15", [0.036, 0.072, 0.018, 0.018, 0.036, 0.36, 9.0])
        expected = [0.0, 0.0001, (0.072 + 0.018 + 0.018 + 0.036) / 360, 0.001]
        np.testing.assert_allclose(cash_returns(series, FOUR), expected, rtol=1e-12)

    def test_a_rate_stays_in_force_where_a_day_has_none(self) -> None:
        dates = pd.DatetimeIndex(["2024-02-15", "2024-02-16", "2024-02-20"]).as_unit("us")
        series = RateSeries("DFF.csv", dates, np.array([0.036, 0.072, 0.36]))
        np.testing.assert_allclose(cash_returns(series, FOUR), [0.0, 0.0001, 4 * 0.0002, 0.001], rtol=1e-12)

    def test_the_rate_of_a_session_itself_and_later_ones_change_nothing_of_it(self) -> None:
        rates = [0.03] * 7
        late = [*rates[:6], 0.9]  # the night of Wednesday, after the last session
        np.testing.assert_array_equal(
            cash_returns(daily("2024-02-15", rates), FOUR), cash_returns(daily("2024-02-15", late), FOUR)
        )

    def test_where_the_history_begins_changes_nothing_of_later_sessions(self) -> None:
        series = daily("2024-02-15", [0.036, 0.072, 0.018, 0.018, 0.036, 0.36])
        np.testing.assert_array_equal(cash_returns(series, FOUR)[2:], cash_returns(series, FOUR[1:])[1:])

    def test_a_series_that_begins_too_late_is_refused(self) -> None:
        with refused(DataError, name="rates.csv", dates=["2024-02-15", "2024-02-16"], remedy="start later"):
            cash_returns(daily("2024-02-16", [0.05] * 6), FOUR)

    def test_a_series_that_ends_is_carried_over_a_week_and_no_further(self) -> None:
        series = daily("2024-02-08", [0.036])  # the newest rate of the 15th's night is seven days old
        two = pd.DatetimeIndex(["2024-02-15", "2024-02-16"]).as_unit("us")
        assert cash_returns(series, two)[1] == pytest.approx(0.0001)
        with refused(DataError, dates=["2024-02-08", "2024-02-16"], limit=7, remedy="--cash-rate"):
            cash_returns(series, FOUR)

    def test_monthly_averages_are_no_daily_series(self) -> None:
        months = pd.date_range("2024-01-01", periods=3, freq="MS", unit="us")
        with refused(DataError, limit=7, dates=["2024-02-01", "2024-02-15"]):
            cash_returns(RateSeries("FEDFUNDS.csv", months, np.full(3, 0.05)), FOUR)


class TestFiles:
    @pytest.mark.parametrize(
        ("header", "cell", "expected"),
        [
            ("date,rate", "0.0533", 0.0533),
            ("Date,Percent", "5.33", 0.0533),
            ("DATE,DFF", "5.33", 0.0533),
            ("observation_date,SOFR", "5.31", 0.0531),
            # 100 less 5 % · 91/360 is paid for 100 in 91 days: 1.263889 on 98.736111, times 360/91
            ("observation_date,DTB3", "5", 1.2638888888888889 / 98.73611111111111 * 360 / 91),
            # 5 % · 28/360 off: 0.388889 on 99.611111, times 360/28
            ("observation_date,DTB4WK", "5", 0.3888888888888889 / 99.6111111111111 * 360 / 28),
            ("observation_date,DGS3MO", "3.65", 0.036),  # 0.01 % a day of 365
        ],
    )
    def test_a_column_says_what_its_numbers_are(self, tmp_path: Path, header: str, cell: str, expected: float) -> None:
        series = read_rates(rate_file(tmp_path, f"{header}\n2024-02-15,{cell}\n2024-02-16,{cell}\n"))
        assert [str(day.date()) for day in series.dates] == ["2024-02-15", "2024-02-16"]
        np.testing.assert_allclose(series.rates, expected, rtol=1e-12)

    def test_what_fred_writes_of_a_holiday_is_no_rate(self, tmp_path: Path) -> None:
        series = read_rates(rate_file(tmp_path, "observation_date,DTB3\n2024-02-16,0\n2024-02-19,.\n2024-02-20,\n"))
        assert [str(day.date()) for day in series.dates] == ["2024-02-16"]

    def test_semicolons_and_decimal_commas_are_read(self, tmp_path: Path) -> None:
        series = read_rates(
            rate_file(tmp_path, "\ufeffdate;rate;note\r\n2024-02-15;0,0533;x\r\n2024-02-16;-0,005;y\r\n")
        )
        assert series.rates.tolist() == [0.0533, -0.005]

    def test_dates_are_read_in_the_forms_of_price_files_and_the_newest_row_may_be_the_first(
        self, tmp_path: Path
    ) -> None:
        series = read_rates(rate_file(tmp_path, "date;percent\n16.02.2024;5,33\n15.02.2024;5,31\n"))
        assert [str(day.date()) for day in series.dates] == ["2024-02-15", "2024-02-16"]
        np.testing.assert_allclose(series.rates, [0.0531, 0.0533], rtol=1e-12)

    def test_a_compressed_file_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "rates.csv.gz").write_bytes(gzip.compress(b"date,rate\n2024-02-15,0.05\n"))
        assert read_rates(tmp_path / "rates.csv.gz").rates.tolist() == [0.05]

    def test_parquet_is_read_with_dates_in_a_column_or_the_index(self, tmp_path: Path) -> None:
        table = pd.DataFrame({"date": FOUR, "rate": [0.01, 0.02, 0.03, 0.04]})
        table.to_parquet(tmp_path / "a.parquet")
        table.set_index("date").to_parquet(tmp_path / "b.parquet")
        for name in ("a.parquet", "b.parquet"):
            series = read_rates(tmp_path / name)
            assert (series.dates.tolist(), series.rates.tolist()) == (FOUR.tolist(), [0.01, 0.02, 0.03, 0.04])

    def test_bills_in_a_file_of_yahoo_s_layout_are_read_by_their_name(self, tmp_path: Path) -> None:
        text = "Date,Open,High,Low,Close,Adj Close,Volume\n2024-02-15,4,4,4,5,5,0\n"
        series = read_rates(rate_file(tmp_path, text, "^IRX.csv"))
        assert series.rates[0] == pytest.approx(1.2638888888888889 / 98.73611111111111 * 360 / 91)
        with refused(DataError, name="^TNX.csv"):
            read_rates(rate_file(tmp_path, text, "^TNX.csv"))

    @pytest.mark.parametrize("header", ["date,yield", "day,rate", "date,rate,percent", "rate,DFF"])
    def test_a_file_that_leaves_open_which_column_is_the_rate_is_refused(self, tmp_path: Path, header: str) -> None:
        row = ",".join(["2024-02-15", *["0.05"] * header.count(",")])
        with refused(DataError, name="rates.csv", remedy="percent"):
            read_rates(rate_file(tmp_path, f"{header}\n{row}\n"))

    def test_a_folder_is_called_one(self, tmp_path: Path) -> None:
        with refused(DataError, name=str(tmp_path), remedy="or a file") as caught:
            risk_free_of(str(tmp_path), FOUR, None)
        assert "is a folder" in str(caught.value)

    def test_percent_in_a_column_of_fractions_is_refused(self, tmp_path: Path) -> None:
        with refused(DataError, name="rates.csv", dates=["2024-02-16"], limit=1, remedy="percent"):
            read_rates(rate_file(tmp_path, "date,rate\n2024-02-15,0.9\n2024-02-16,5.33\n"))

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("date,rate\n2024-02-15,0.05\n2024-02-16,5.33%\n", 3),
            ("date,rate\n2024-02-15,0.05\n2024-02-30,0.05\n", 3),
            ("date,rate\n2024-02-15,0.05\n2024-02-16\n", 3),
        ],
    )
    def test_a_cell_that_is_no_number_or_date_is_named_by_its_line(self, tmp_path: Path, text: str, line: int) -> None:
        with refused(DataError, name="rates.csv", line=line):
            read_rates(rate_file(tmp_path, text))

    @pytest.mark.parametrize(
        ("days", "dates"),
        [
            (["2024-02-16", "2024-02-15", "2024-02-19"], ["2024-02-15"]),
            (["2024-02-15", "2024-02-15"], ["2024-02-15"]),
        ],
    )
    def test_days_out_of_order_or_twice_are_refused(self, tmp_path: Path, days: list[str], dates: list[str]) -> None:
        with refused(DataError, name="rates.csv", dates=dates):
            read_rates(rate_file(tmp_path, "date,rate\n" + "".join(f"{day},0.05\n" for day in days)))

    @pytest.mark.parametrize(
        "content",
        [b"", b"date,rate\n", b"date,rate\n2024-02-15,.\n", b"date,rate\n\xff,1\n", b"date,rate\n" + b"1" * 200_000],
    )
    def test_a_file_without_rates_is_refused(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "rates.csv").write_bytes(content)
        with refused(DataError, name="rates.csv"):
            read_rates(tmp_path / "rates.csv")

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        path = str(tmp_path / "none.csv")
        with refused(DataError, name=path, choices=["fed-funds", "^IRX"], remedy="--cash-rate"):
            risk_free_of(path, FOUR, None)


class TestAverages:
    def test_they_are_those_of_the_daily_series(self, real_folder: Path) -> None:
        path = real_folder.parent / "rates" / "fed_funds.csv"
        if not path.exists():
            pytest.skip("the folder of real prices has no rates beside it")
        days = pd.read_csv(path, parse_dates=["date"])
        percent = days.groupby(days["date"].dt.year)["rate"].mean() * 100.0
        for year in range(2005, 2026):
            assert AVERAGES[year] == pytest.approx(percent[year], abs=0.0005), year

    def test_a_night_pays_the_average_of_its_own_year(self) -> None:
        sessions = pd.DatetimeIndex(["2021-12-30", "2021-12-31", "2022-01-03"]).as_unit("us")
        risk_free, notes = risk_free_of("fed-funds", sessions, None)
        expected = [0.0, 0.00079 / 360, (0.00079 + 2 * 0.01692) / 360]
        np.testing.assert_allclose(risk_free.returns, expected, rtol=1e-12)
        assert notes == ()

    def test_after_the_last_year_its_average_is_carried_and_a_note_says_so(self) -> None:
        sessions = pd.DatetimeIndex(["2025-12-31", "2026-01-02", "2026-01-05"]).as_unit("us")
        risk_free, notes = risk_free_of("fed-funds", sessions, None)
        np.testing.assert_allclose(risk_free.returns, [0.0, 2 * 0.04212 / 360, 3 * 0.04212 / 360], rtol=1e-12)
        assert len(notes) == 1
        assert "2025" in notes[0]

    def test_before_the_first_year_there_is_none(self) -> None:
        sessions = pd.DatetimeIndex(["1989-12-28", "1989-12-29"]).as_unit("us")
        with refused(DataError, dates=["1989-12-28", "1990-01-01"], remedy="--cash-rate"):
            risk_free_of("fed-funds", sessions, None)


class TestSources:
    def test_a_constant_pays_a_252nd_each_session(self) -> None:
        risk_free, _ = risk_free_of(0.0252, FOUR, None)
        np.testing.assert_allclose(risk_free.earned, [0.0001] * 3, rtol=1e-12)
        assert risk_free.annual == pytest.approx(0.0252)

    def test_cash_earns_nothing_only_when_asked_to(self, folder: Path) -> None:
        assert of_folder(folder, 0.0).risk_free is None
        risk_free = of_folder(folder, None).risk_free
        assert risk_free is not None
        assert risk_free.rate == "fed-funds"
        # the first night is Thursday's, 1 June 2023
        assert risk_free.returns[1] == pytest.approx(0.05026 / 360)

    def test_the_demo_earns_the_averages(self) -> None:
        market = with_cash(load_market("demo", PAIR, start=None, end=None, seed=1), None, None)
        assert market.risk_free is not None
        assert market.risk_free.rate == "fed-funds"
        nights = pd.date_range("2016-01-04", "2025-12-30")
        total = sum(AVERAGES[day.year] / 36_000 for day in nights)
        assert market.risk_free.earned.sum() == pytest.approx(total, rel=1e-12)

    def test_a_folder_and_frames_with_bills_earn_theirs(self, folder: Path) -> None:
        bars = bills(5.0).bars.rename_axis("date")
        bars.to_csv(folder / "^IRX.csv")
        frames = {ticker: pd.read_csv(folder / f"{ticker}.csv", parse_dates=["date"]) for ticker in (*PAIR, "^IRX")}
        handed = PriceFrames.of(frames)
        assert handed.pair(PAIR) == PAIR
        in_memory = with_cash(
            load_market("frames", PAIR, start=None, end=None, seed=0, frames=handed),
            None,
            bill_of("frames", frames=handed),
        )
        for market in (of_folder(folder, None), in_memory):
            assert market.risk_free is not None
            assert market.risk_free.rate == "^IRX"
            assert market.risk_free.returns[1] == pytest.approx(1.2638888888888889 / 98.73611111111111 / 91)

    def test_bills_that_the_source_lacks_are_refused(self, folder: Path) -> None:
        with refused(DataError, name="^IRX", choices=["fed-funds", "^IRX"], remedy="--cash-rate"):
            of_folder(folder, "^IRX")

    def test_yahoos_prices_earn_its_bills(self, yahoo: YahooServer) -> None:
        yahoo.listings |= {"ETH-USD": eth("2024-01-10"), "IWM": iwm("2024-01-10"), "^IRX": bills(5.0)}
        market = load_market("yahoo", PAIR, start=date(2023, 10, 2), end=date(2024, 1, 10), seed=0)
        market = with_cash(market, None, bill_of("yahoo"))
        assert market.risk_free is not None
        rate = 1.2638888888888889 / 98.73611111111111 * 360 / 91
        by_session = dict(zip(market.sessions.strftime("%m-%d"), market.risk_free.returns, strict=True))
        assert by_session["10-03"] == pytest.approx(rate / 360)
        assert by_session["10-10"] == pytest.approx(rate / 360)  # the bond market's holiday before has Friday's rate
        assert by_session["11-16"] == pytest.approx(-0.001 / (1 + 0.001 * 91 / 360) / 360)
        assert by_session["11-20"] == pytest.approx(3 * rate / 360)

    def test_an_account_in_another_currency_must_name_its_rate(self, tmp_path: Path) -> None:
        for ticker, listing in (("ETH-EUR", eth("2024-01-10")), ("BTC-EUR", eth("2024-01-10"))):
            listing.bars.rename_axis("date").to_csv(tmp_path / f"{ticker}.csv")
        market = load_market(str(tmp_path), ("ETH-EUR", "BTC-EUR"), start=None, end=None, seed=0)
        with refused(DataError, name="EUR", choices=["fed-funds", "^IRX"], remedy="--cash-rate"):
            with_cash(market, None, bill_of(str(tmp_path)))
        for rate in (0.02, "fed-funds"):
            named = with_cash(market, rate, bill_of(str(tmp_path))).risk_free
            assert named is not None
            assert named.rate == rate

    def test_prices_alone_ask_yahoo_for_no_bills(self, yahoo: YahooServer) -> None:
        yahoo.listings |= {"ETH-USD": eth("2024-01-10"), "IWM": iwm("2024-01-10")}
        load_market("yahoo", PAIR, start=date(2023, 10, 2), end=date(2024, 1, 10), seed=0)
        assert {ticker for ticker, _ in yahoo.requests} == set(PAIR)
