"""Year-over-year growth by the calendar, and responses against regressions."""

import exchange_calendars
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import Floats, market_of, random_market
from unlockstep.signals import Gap, Market, Response, YoY, YoYDivergence
from unlockstep.signals.divergence import YEAR, year_earlier, yoy_growth


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


def regression(market: Market, day: int, horizon: int, window: int) -> tuple[float, Floats]:
    """Slope and residuals of the crypto leg's returns on the equity leg's in the window before the horizon."""
    logs = [np.log(leg.close) for leg in market.legs]
    crypto, equity = (np.diff(x[day - horizon - window : day - horizon + 1]) for x in logs)
    assert len(crypto) == window
    fit = sm.OLS(crypto, sm.add_constant(equity)).fit()
    return float(fit.params[1]), np.asarray(fit.resid)


@pytest.mark.parametrize("day", [100, 101, 160, 199])
def test_gap_is_the_unexplained_move_in_standard_deviations_of_the_regression(day: int) -> None:
    market = random_market(33, 200)
    horizon, window = 20, 80
    beta, residuals = regression(market, day, horizon, window)
    moves = [np.log(leg.close[day] / leg.close[day - horizon]) for leg in market.legs]
    expected = (moves[0] - beta * moves[1]) / (np.sqrt((residuals**2).mean()) * np.sqrt(horizon))
    assert Gap(horizon=horizon, window=window).compute(market).iloc[day] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("day", [100, 101, 160, 199])
def test_response_is_the_crypto_move_over_the_one_that_the_regression_predicts(day: int) -> None:
    market = random_market(33, 200)
    horizon, window = 20, 80
    beta, _ = regression(market, day, horizon, window)
    moves = [np.log(leg.close[day] / leg.close[day - horizon]) for leg in market.legs]
    value = Response(horizon=horizon, window=window, min_predicted=1e-9).compute(market).iloc[day]
    assert value == pytest.approx(moves[0] / (beta * moves[1]), rel=1e-9)


def test_a_predicted_move_too_small_to_judge_gives_no_response() -> None:
    market = random_market(34, 300)
    horizon, window = 15, 60
    every = Response(horizon=horizon, window=window, min_predicted=1e-9).compute(market)
    judged = Response(horizon=horizon, window=window, min_predicted=0.03).compute(market)
    predicted = pd.Series(index=market.sessions, dtype=float)
    for day in range(horizon + window, 300):
        beta, _ = regression(market, day, horizon, window)
        predicted.iloc[day] = beta * np.log(market.equity.close[day] / market.equity.close[day - horizon])
    expected = every.where(predicted.abs() >= 0.03)
    assert expected.notna().sum() > 20
    assert expected.iloc[horizon + window :].isna().sum() > 20
    np.testing.assert_allclose(judged, expected, rtol=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), beta=st.floats(0.3, 4.0))
def test_a_crypto_leg_that_moves_beta_times_as_much_responds_in_full(seed: int, beta: float) -> None:
    equity = random_market(seed, 120).equity.close
    market = market_of(equity**beta, equity)
    response = Response(horizon=20, window=60, min_predicted=1e-4).compute(market).dropna()
    assert len(response) > 10
    np.testing.assert_allclose(response, 1.0, rtol=1e-5)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), jump=st.floats(0.05, 0.5))
def test_a_jump_of_the_crypto_leg_alone_widens_the_gap_by_its_own_size(seed: int, jump: float) -> None:
    market = random_market(seed, 120)
    lifted = market.crypto.close.copy()
    lifted[119] *= np.exp(jump)
    before = Gap(horizon=20, window=80).compute(market).iloc[-1]
    after = Gap(horizon=20, window=80).compute(market_of(lifted, market.equity.close)).iloc[-1]
    _, residuals = regression(market, 119, 20, 80)
    assert after - before == pytest.approx(jump / (residuals.std() * np.sqrt(20)), rel=1e-6)


class TestKnownAnswers:
    """Growth over the year to 2025-12-31, from the closes in the files."""

    def test_small_caps_grew_with_dividends(self, real: Market) -> None:
        assert YoY(leg="equity").compute(real)["2025-12-31"] == pytest.approx(0.127, abs=0.0005)

    def test_eth_fell(self, real: Market) -> None:
        assert YoY(leg="crypto").compute(real)["2025-12-31"] == pytest.approx(-0.110, abs=0.0005)

    def test_small_caps_grew_more(self, real: Market) -> None:
        assert YoYDivergence().compute(real)["2025-12-31"] == pytest.approx(0.237, abs=0.001)
