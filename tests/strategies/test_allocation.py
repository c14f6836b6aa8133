"""Strategies of any number of legs: what they are given, what they may answer, and which legs."""

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from tests.build import market_of, random_market, with_legs
from tests.refusals import refused
from tests.rotation import Rotation, strongest_by_loops
from unlockstep.signals import Market, Price, Signal, Trend
from unlockstep.signals.errors import DataError, StudyError, WeightsError
from unlockstep.signals.trend import Volatility
from unlockstep.strategies import Allocation, Strategy, by_leg, target, targets
from unlockstep.strategies.benchmarks import EqualWeight, HoldLeg

LEGS = ("ETH-USD", "IWM", "L2", "L3")


@pytest.fixture(scope="module")
def market() -> Market:
    return with_legs(random_market(5, 200), 4, 5)


def answering(shares: dict[str, float]) -> Allocation:
    """A strategy that answers these columns in every session."""

    class Fixed(Allocation):
        name = "fixed"
        hypothesis = "none"

        def leg_signals(self, leg: str) -> dict[str, Signal]:
            return {"price": Price(leg=leg)}

        def rule(self, s: pd.DataFrame) -> pd.DataFrame:
            return targets(shares, where=pd.Series(True, index=s.index))

    return Fixed()


def test_the_strongest_leg_is_held_as_plain_loops_decide(market: Market) -> None:
    decided = Rotation(window=30).decide(market)
    assert list(decided.frame.columns) == list(LEGS)
    expected = strongest_by_loops([leg.close.tolist() for leg in market.legs], 30)
    assert decided.frame.index.tolist() == [market.sessions[row] for row in expected]
    np.testing.assert_array_equal(decided.frame, list(expected.values()))


def test_a_rule_is_given_each_signal_of_a_leg_by_ticker_and_those_of_the_market_by_name(market: Market) -> None:
    given: list[pd.DataFrame] = []

    class Mixed(Allocation):
        name = "mixed"
        hypothesis = "none"

        def signals(self) -> dict[str, Signal]:
            return {"first": Trend(leg="crypto", window=20)}

        def leg_signals(self, leg: str) -> dict[str, Signal]:
            return {"trend": Trend(leg=leg, window=20), "volatility": Volatility(leg=leg, window=30)}

        def rule(self, s: pd.DataFrame) -> pd.DataFrame:
            given.append(s)
            return targets(dict.fromkeys(LEGS, 0.25), where=s["first"].notna())

    assert Mixed().warmup == 30
    Mixed().decide(market)
    (s,) = given
    assert list(by_leg(s, "volatility").columns) == list(LEGS)
    closes = market.leg("L3").close
    np.testing.assert_allclose(by_leg(s, "trend")["L3"].iloc[20:], np.log(closes[20:] / closes[:-20]), rtol=1e-12)
    np.testing.assert_array_equal(s["first"], by_leg(s, "trend")["ETH-USD"])


def test_a_strategy_of_a_pair_holds_the_first_two_and_nothing_of_the_others(market: Market) -> None:
    class Both(Strategy):
        name: ClassVar[str] = "both"
        hypothesis: ClassVar[str] = "none"

        def signals(self) -> dict[str, Signal]:
            return {"trend": Trend(window=20)}

        def rule(self, s: pd.DataFrame) -> pd.DataFrame:
            return target((s["trend"] > 0).astype(float), 0.0, where=s["trend"].notna())

    decided = Both().decide(market)
    assert list(decided.frame.columns) == list(LEGS)
    assert not decided.frame[["L2", "L3"]].to_numpy().any()
    pd.testing.assert_frame_equal(decided.frame[["ETH-USD", "IWM"]], Both().decide(random_market(5, 200)).frame)


@pytest.mark.parametrize("shares", [{**dict.fromkeys(LEGS, 0.2), "QQQ": 0.1}, {"ETH-USD": 1.0}])
def test_weights_of_what_is_no_leg_or_of_only_some_are_refused(market: Market, shares: dict[str, float]) -> None:
    with refused(WeightsError, name="fixed", choices=LEGS, remedy="0 for what is not held"):
        answering(shares).decide(market)


@pytest.mark.parametrize(("shares", "limit"), [((0.4, 0.3, 0.2, 0.2), 1), ((1.0, -0.5, -0.5, -0.1), 2)])
def test_more_than_the_account_long_or_twice_it_in_all_is_refused(
    market: Market, shares: tuple[float, ...], limit: float
) -> None:
    with refused(WeightsError, name="fixed", limit=limit, dates=[str(market.sessions[0].date())]):
        answering(dict(zip(LEGS, shares, strict=True))).decide(market)


def test_a_strategy_of_three_legs_refuses_four(market: Market) -> None:
    class Three(Rotation):
        name = "three"
        legs: ClassVar[int | None] = 3

    with refused(StudyError, name="three", limit=3, choices=LEGS, remedy="--legs"):
        Three().decide(market)
    assert len(Three().decide(with_legs(random_market(5, 200), 3, 5)).frame.columns) == 3


def test_benchmarks_hold_one_leg_or_all_in_equal_shares(market: Market) -> None:
    assert HoldLeg(leg="L3").decide(market).frame.iloc[0].tolist() == [0.0, 0.0, 0.0, 1.0]
    assert HoldLeg(leg="equity").decide(market).frame.iloc[0].tolist() == [0.0, 1.0, 0.0, 0.0]
    assert EqualWeight().decide(market).frame.iloc[0].tolist() == [0.25] * 4


def test_a_leg_is_known_by_its_ticker_and_one_that_is_not_there_is_refused(market: Market) -> None:
    assert market.leg("L2") is market.further[0]
    assert market.leg("IWM") is market.leg("equity") is market.equity
    assert market.series_of("L2.close") is market.further[0].close
    with refused(StudyError, name="QQQ", choices=("crypto", "equity", *LEGS), remedy="--legs"):
        Trend(leg="QQQ", window=5).compute(market)


def test_a_decision_waits_for_the_latest_bar_of_all_legs(market: Market) -> None:
    late = market.further[1].known_at + pd.Timedelta(hours=30)
    slow = Market(
        market.sessions, market.crypto, market.equity, "by hand", further=(
            market.further[0], type(market.crypto)(**{**vars(market.further[1]), "known_at": late})
        ),
    )  # fmt: skip
    assert (slow.decided_at == late).all()
    assert slow.sha256 != market.sha256 != market.slice(0, 199).sha256


@pytest.mark.parametrize("legs", [21, 25])
def test_a_market_has_twenty_legs_at_most_and_each_once(legs: int) -> None:
    assert len(with_legs(random_market(1, 20), 20, 1).legs) == 20
    with refused(DataError, name="legs", limit=20):
        with_legs(random_market(1, 20), legs, 1)
    pair = market_of([1.0, 2.0], [1.0, 1.0])
    with refused(DataError, name="IWM", remedy="each leg needs another ticker"):
        Market(pair.sessions, pair.crypto, pair.equity, "by hand", further=(pair.equity,))
