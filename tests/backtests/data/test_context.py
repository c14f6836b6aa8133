"""Series beside the pair are known at each decision, by their own clock or lag, and by nothing later."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.build import market_of
from tests.refusals import refused
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.data.context import ContextSource, TickerFrame, of_dates, of_ticker
from unlockstep.backtests.data.dated_file import DatedSeries, read_dated
from unlockstep.backtests.data.volumes import volumes_of
from unlockstep.signals.errors import StudyError
from unlockstep.signals.market import Market, read_only

NAN = np.nan
DAYS = pd.DatetimeIndex(["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"], name="session")
MARKET = market_of(np.arange(1.0, 6.0), np.arange(1.0, 6.0), sessions=DAYS)


def equity_pair() -> Market:
    """A pair that is decided at 21:00 UTC, the close in New York."""
    crypto = MARKET.crypto
    prompt = type(crypto)("SPY", "XNYS", crypto.open, crypto.close, MARKET.equity.tradable_from, MARKET.equity.known_at)
    return Market(DAYS, prompt, MARKET.equity, "made by hand")


def frame_of(closes: list[float], days: pd.DatetimeIndex = DAYS) -> pd.DataFrame:
    return pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), closes), index=days.rename("date"))


def test_a_bar_is_used_once_it_is_complete() -> None:
    prices = TickerFrame(frame_of([10.0, 11.0, 12.0, 13.0, 14.0]), "^VIX")
    source = ContextSource(ticker="^VIX")
    around_the_clock = of_ticker("vix", source, prices, MARKET)  # decided at 24:00 UTC
    np.testing.assert_array_equal(around_the_clock.close, [10.0, 11.0, 12.0, 13.0, 14.0])
    # the index is computed until 16:15 in New York, a quarter of an hour after these decisions
    np.testing.assert_array_equal(of_ticker("vix", source, prices, equity_pair()).close, [NAN, 10.0, 11.0, 12.0, 13.0])


def test_a_missing_bar_is_nan_and_nothing_is_filled_in() -> None:
    prices = TickerFrame(frame_of([10.0, 12.0, 13.0, 14.0], DAYS.delete(1)), "^VIX")
    series = of_ticker("vix", ContextSource(ticker="^VIX"), prices, MARKET)
    np.testing.assert_array_equal(series.close, [10.0, NAN, 12.0, 13.0, 14.0])
    assert series.known_at.isna().tolist() == [False, True, False, False, False]


def test_highs_and_lows_are_adjusted_as_the_close_is() -> None:
    prices = frame_of([100.0] * 5).assign(high=104.0, adj_close=50.0, volume=7.0)
    series = of_ticker("spy", ContextSource(ticker="QQQ"), TickerFrame(prices, "QQQ"), MARKET)
    assert (series.close[0], series.series("high")[0], series.series("volume")[0]) == (50.0, 52.0, 7.0)


def test_a_dated_value_is_known_after_its_lag_and_grows_stale() -> None:
    dated = DatedSeries("m2.csv", pd.DatetimeIndex(["2024-01-01", "2024-01-03"]), read_only([1.0, 2.0]))
    lag = ContextSource(file="m2.csv", known_after=pd.Timedelta(days=1))
    # known at the end of January 2nd and of January 4th
    np.testing.assert_array_equal(of_dates("m2", lag, dated, MARKET).close, [1.0, 1.0, 2.0, 2.0, 2.0])
    brief = ContextSource(file="m2.csv", known_after=pd.Timedelta(days=1), stale_after=pd.Timedelta(days=3))
    np.testing.assert_array_equal(of_dates("m2", brief, dated, MARKET).close, [1.0, 1.0, 2.0, 2.0, NAN])


def test_a_file_of_dated_values(tmp_path: Path) -> None:
    (tmp_path / "m2.csv").write_text("observation_date,M2SL\n2024-02-01,20.5\n2024-03-01,.\n2024-04-01,-1\n")
    dated = read_dated(tmp_path / "m2.csv")
    assert dated.values.tolist() == [20.5, -1.0]
    assert [str(day.date()) for day in dated.dates] == ["2024-02-01", "2024-04-01"]


def test_a_file_must_say_when_its_values_are_known() -> None:
    assert Study.make(context={"vix": "^VIX"}).context["vix"].ticker == "^VIX"
    for source in ({"file": "m2.csv"}, {"ticker": "SPY", "file": "x.csv", "known_after": "1 day"}, {}):
        with refused(StudyError, name="context.m2"):
            Study.make(context={"m2": source})


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1.2M", "-", "3K"], [1_200_000.0, NAN, 3_000.0]),
        (["1,234", "12", ""], [1234.0, 12.0, NAN]),
        (["1.5", "2.5"], [1.5, 2.5]),
    ],
)
def test_volumes_as_vendors_write_them(cells: list[str], expected: list[float]) -> None:
    volumes, words = volumes_of(cells, point_is_usual=True)
    np.testing.assert_array_equal(volumes, expected)
    assert words == ""


def test_a_volume_that_is_none_is_left_out_and_said() -> None:
    assert volumes_of(["5", "many"], point_is_usual=True) == (None, "no volume, as one is 'many'")
    assert volumes_of(np.array([1.0, -1.0]), point_is_usual=True)[0] is None
