"""Year-over-year growth by the calendar."""

import exchange_calendars
import numpy as np
import pandas as pd
import pytest

from tests.build import market_of, random_market
from unlockstep.signals import YoY, YoYDivergence
from unlockstep.signals.yoy import YEAR, year_earlier, yoy_growth


@pytest.fixture(scope="module")
def exchange() -> pd.DatetimeIndex:
    """The sessions of the New York Stock Exchange from 1990 to 2027, from the calendar itself."""
    return pd.DatetimeIndex(exchange_calendars.get_calendar("XNYS", start="1990-01-01", end="2027-12-31").sessions)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2025-12-31", "2024-12-31"),
        ("2024-02-29", "2023-02-28"),  # 29 February compares with 28 February
        ("2025-02-28", "2024-02-28"),  # and not 28 February with 29 February
        ("2024-03-01", "2023-03-01"),
        ("2023-07-03", "2022-07-01"),  # 3 July 2022 was a Sunday
        ("2022-07-05", "2021-07-02"),  # 5 July 2021 was a holiday, after a weekend
        ("2024-07-05", "2023-07-05"),
        ("2025-01-02", "2024-01-02"),
        ("2024-01-02", "2022-12-30"),  # 2 January 2023 was a holiday, 1 January a Sunday
        ("2002-09-16", "2001-09-10"),  # the exchange was closed from 11 to 14 September 2001, a Friday
        ("2002-09-11", "2001-09-10"),
    ],
)
def test_a_session_compares_with_the_last_one_at_or_before_its_date_a_year_earlier(
    exchange: pd.DatetimeIndex, today: str, expected: str
) -> None:
    result = year_earlier(exchange)[exchange == pd.Timestamp(today)].item()
    assert exchange[result] == pd.Timestamp(expected)


def test_there_is_no_session_a_year_before_the_first_year(exchange: pd.DatetimeIndex) -> None:
    before = year_earlier(exchange)
    first_year = exchange < exchange[0] + pd.DateOffset(years=1)
    assert (before[first_year] == -1).all()
    assert (before[~first_year] >= 0).all()


def test_growth_over_a_year_is_known_after_so_many_sessions_wherever_the_history_begins(
    exchange: pd.DatetimeIndex,
) -> None:
    starts, ready = exchange[:-YEAR], exchange[YEAR:]
    assert (starts <= ready - pd.DateOffset(years=1)).all()


def test_no_fewer_sessions_would_do_for_every_year_since_1990(exchange: pd.DatetimeIndex) -> None:
    # From Monday 1 April 1991 on: Good Friday of 1992 fell on 17 April, that of 1991 on 29 March, so the year held no
    # Good Friday at all; and 29 February 1992 made it a day longer.
    start = int(exchange.searchsorted(pd.Timestamp("1991-04-01")))
    assert exchange[start] == pd.Timestamp("1991-04-01")
    assert exchange[start + YEAR - 1] < pd.Timestamp("1992-04-01")


def test_growth_is_the_close_over_the_close_a_year_earlier() -> None:
    sessions = pd.DatetimeIndex(["2023-03-01", "2023-03-03", "2024-03-01", "2024-03-02", "2024-03-04"], name="session")
    growth = yoy_growth(np.array([100.0, 80.0, 130.0, 90.0, 100.0]), sessions)
    np.testing.assert_allclose(growth, [np.nan, np.nan, 0.3, -0.1, 0.25])


def test_scaled_divergence_counts_each_legs_growth_in_its_own_volatilities() -> None:
    market = random_market(31, 330)
    day = 320
    year = market.sessions[day] - pd.DateOffset(years=1)
    before = max(i for i, session in enumerate(market.sessions) if session <= year)
    scores = []
    for leg in market.legs:
        returns = pd.Series(np.log(leg.close)).diff()
        growth = np.log(leg.close[day] / leg.close[before])
        scores.append(growth / (returns.iloc[day - 251 : day + 1].std() * np.sqrt(252)))
    assert YoYDivergence(scaled=True).compute(market).iloc[day] == pytest.approx(scores[1] - scores[0], rel=1e-10)


def test_divergence_is_the_equity_legs_growth_less_the_crypto_legs() -> None:
    market = random_market(32, 300)
    expected = YoY(leg="equity").compute(market) - YoY(leg="crypto").compute(market)
    np.testing.assert_allclose(YoYDivergence().compute(market), expected, rtol=1e-12)
    grown = market_of(np.linspace(100, 150, 300), np.full(300, 50.0))
    assert (YoYDivergence().compute(grown).dropna() < 0).sum() > 30
