"""The Market: two clocks, checks, slices and the fingerprint."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.build import market_of, random_market
from tests.refusals import refused
from unlockstep.signals import Leg, Market
from unlockstep.signals.errors import DataError, HistoryError
from unlockstep.signals.market import SESSIONS_PER_YEAR, read_only


@pytest.fixture
def three() -> Market:
    sessions = pd.DatetimeIndex(["2024-01-04", "2024-01-05", "2024-01-08"], name="session")  # Thursday, Friday, Monday
    return market_of([100.0, 110.0, 99.0], [50.0, 50.0, 55.0], sessions=sessions)


def test_a_year_has_252_sessions() -> None:
    assert SESSIONS_PER_YEAR == 252


def test_returns_are_logs_from_session_to_session_and_the_first_is_missing(three: Market) -> None:
    expected = [[np.nan, np.nan], [np.log(1.1), 0.0], [np.log(0.9), np.log(1.1)]]
    np.testing.assert_allclose(three.log_returns, expected)
    assert list(three.log_returns.columns) == ["crypto", "equity"]


def test_a_decision_waits_for_the_later_of_the_two_bars(three: Market) -> None:
    # The bar of ETH labelled Friday ends on Saturday at 00:00 UTC, hours after the close of IWM.
    assert list(three.decided_at) == [
        pd.Timestamp("2024-01-05 00:00", tz="UTC"),
        pd.Timestamp("2024-01-06 00:00", tz="UTC"),
        pd.Timestamp("2024-01-09 00:00", tz="UTC"),
    ]


def test_a_decision_waits_for_the_equity_leg_where_that_one_is_later(three: Market) -> None:
    late = replace(three.equity, known_at=three.crypto.known_at + pd.Timedelta(hours=1))
    assert (replace(three, equity=late).decided_at == late.known_at).all()


def test_instants_of_different_resolution_are_compared_as_instants(three: Market) -> None:
    coarse = replace(three.crypto, known_at=three.crypto.known_at.as_unit("s"))
    fine = replace(three.equity, known_at=three.equity.known_at.as_unit("ns"))
    market = replace(three, crypto=coarse, equity=fine)
    assert (market.decided_at == three.decided_at).all()


def test_a_slice_knows_nothing_of_what_was_cut_off(three: Market) -> None:
    part = three.slice(1)
    assert list(part.sessions) == list(three.sessions[1:])
    assert part.log_returns.iloc[0].isna().all()
    assert part.crypto.close.tolist() == [110.0, 99.0]
    assert list(part.equity.known_at) == list(three.equity.known_at[1:])
    assert three.slice(0, 2).crypto.close.tolist() == [100.0, 110.0]


@pytest.mark.parametrize(("start", "stop"), [(3, None), (2, 2), (2, 1)])
def test_a_slice_without_sessions_is_refused(three: Market, start: int, stop: int | None) -> None:
    with refused(HistoryError, remedy="dates"):
        three.slice(start, stop)


def test_a_pair_of_one_ticker_is_refused() -> None:
    with refused(DataError, name="IWM"):
        market_of([1.0, 2.0], [1.0, 2.0], tickers=("IWM", "IWM"))


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
@pytest.mark.parametrize("name", ["open", "close"])
def test_a_price_that_is_not_positive_and_finite_is_refused_by_ticker_and_date(
    three: Market, bad: float, name: str
) -> None:
    prices = {name: read_only([50.0, bad, 50.0])}
    leg = replace(three.equity, **prices)  # type: ignore[arg-type]
    with refused(DataError, name="IWM", dates=["2024-01-05"], remedy="correct the row"):
        replace(three, equity=leg)


def test_a_leg_of_another_length_is_refused(three: Market) -> None:
    short = replace(three.crypto, close=read_only([1.0, 2.0]))
    with refused(DataError, name="ETH-USD", limit=3):
        replace(three, crypto=short)


@pytest.mark.parametrize("dates", [["2024-01-05", "2024-01-04"], ["2024-01-05", "2024-01-05"]])
def test_sessions_out_of_order_or_repeated_are_refused(dates: list[str]) -> None:
    with refused(DataError, name="sessions"):
        market_of([1.0, 2.0], [1.0, 2.0], sessions=pd.DatetimeIndex(dates))


def test_a_bar_that_closes_before_it_opens_is_refused(three: Market) -> None:
    odd = replace(three.equity, known_at=three.equity.tradable_from)
    with refused(DataError, name="IWM"):
        replace(three, equity=odd)


class TestFingerprint:
    def test_equal_markets_have_the_same_one(self) -> None:
        assert random_market(1, 30).sha256 == random_market(1, 30).sha256

    def test_it_does_not_depend_on_the_resolution_of_dates_and_instants(self, three: Market) -> None:
        def coarse(leg: Leg) -> Leg:
            return replace(leg, tradable_from=leg.tradable_from.as_unit("s"), known_at=leg.known_at.as_unit("s"))

        other = replace(
            three, sessions=three.sessions.as_unit("s"), crypto=coarse(three.crypto), equity=coarse(three.equity)
        )
        assert other.sha256 == three.sha256

    def test_every_price_clock_session_and_ticker_counts(self, three: Market) -> None:
        def nudged(leg: Leg, name: str) -> Leg:
            prices = np.array(getattr(leg, name))
            prices[-1] = np.nextafter(prices[-1], 1e9)
            return replace(leg, **{name: read_only(prices)})  # type: ignore[arg-type]

        second = pd.Timedelta(seconds=1)
        others = [
            replace(three, crypto=nudged(three.crypto, "open")),
            replace(three, crypto=nudged(three.crypto, "close")),
            replace(three, equity=nudged(three.equity, "open")),
            replace(three, equity=nudged(three.equity, "close")),
            replace(three, equity=replace(three.equity, known_at=three.equity.known_at + second)),
            replace(three, crypto=replace(three.crypto, tradable_from=three.crypto.tradable_from + second)),
            replace(three, crypto=replace(three.crypto, ticker="BTC-USD")),
            replace(three, sessions=three.sessions + pd.Timedelta(days=1)),
            three.slice(1),
        ]
        assert len({three.sha256, *(other.sha256 for other in others)}) == len(others) + 1


def test_a_synthetic_market_says_so(three: Market) -> None:
    assert repr(three) == "<Market ETH-USD/IWM: 3 sessions, 2024-01-04 to 2024-01-08>"
    assert "SYNTHETIC" in repr(replace(three, synthetic=True))
