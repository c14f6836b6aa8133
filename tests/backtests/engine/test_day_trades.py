"""Decisions before the open: filled at the open, closed at the close, refused where they read the session."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from tests.build import earning, market_of, random_market, with_legs
from tests.refusals import refused
from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.config.variants import studied
from unlockstep.backtests.engine.experiment import build_experiment
from unlockstep.backtests.engine.instants import apart, earning_rows, filled_returns, side_by_side
from unlockstep.backtests.engine.portfolio import run
from unlockstep.backtests.engine.redecide import filled, histories_of, weights_again, weights_of_histories
from unlockstep.backtests.stats.redecided_test import signs
from unlockstep.signals import Market, Price, Signal, SignalCache
from unlockstep.signals.errors import DataError, LookAheadError, WeightsError
from unlockstep.signals.market import Instant
from unlockstep.strategies import Strategy, TargetWeights, target
from unlockstep.strategies.weekend_lead import WeekendLead

FREE = Costs((0.0, 0.0), (0.0, 0.0), borrow_rate=0.0)
MONDAYS = market_of(
    [100.0, 100.0, 100.0, 100.0],
    [50.0, 44.0, 60.0, 60.0],
    equity_open=[50.0, 40.0, 50.0, 60.0],
    sessions=pd.DatetimeIndex(["2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09"], name="session"),
)


def day_trades(market: Market, rows: dict[int, float], available: Instant = "before_open") -> TargetWeights:
    """Shares of IWM to hold within the sessions of these numbers."""
    frame = pd.DataFrame(0.0, market.sessions, list(market.tickers))
    for row, share in rows.items():
        frame.iloc[row, 1] = share
    return TargetWeights.of_day_trades("by hand", frame.loc[market.sessions[list(rows)]], available)


class ReadsTheOpen(Strategy):
    name: ClassVar[str] = "reads_the_open"
    hypothesis: ClassVar[str] = "a gap goes on"
    decides: ClassVar[Instant] = "before_open"

    def signals(self) -> dict[str, Signal]:
        return {"open": Price(leg="equity", field="open")}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return target(0.0, (s["open"] > 0).astype(float))


def test_a_day_trade_by_hand() -> None:
    # session 1: long, 40 → 44, +10 %; session 2: half short, 50 → 60, -10 %; each side costs 1 % of what it trades
    result = run(MONDAYS, [day_trades(MONDAYS, {1: 1.0, 2: -0.5})], FREE, capital=1_000.0)
    np.testing.assert_allclose(result.value["by hand"], [1000.0, 1100.0, 990.0, 990.0], rtol=1e-12)
    np.testing.assert_allclose(result.exposure["by hand"]["IWM"], [0.0, 1.0, -0.5, 0.0], atol=1e-12)
    trades = result.trades
    assert trades["price"].tolist() == pytest.approx([40.0, 44.0, 50.0, 60.0])
    assert trades["cause"].tolist() == ["decision", "exit", "decision", "exit"]
    assert trades["session"].tolist() == list(MONDAYS.sessions[[1, 1, 2, 2]])
    dear = run(MONDAYS, [day_trades(MONDAYS, {2: -0.5})], Costs((0.0, 100.0), (0.0, 0.0), 0.5), capital=1_000.0)
    # sold 10 units at 50, bought at 60, fees of 5 and 6; no night, no borrow
    assert dear.value["by hand"].iloc[-1] == pytest.approx(1000.0 - 100.0 - 11.0, rel=1e-12)


def test_a_later_lag_moves_it_by_whole_sessions() -> None:
    late = run(MONDAYS, [day_trades(MONDAYS, {1: 1.0})], FREE, lag=2, capital=1_000.0)
    np.testing.assert_allclose(late.value["by hand"], [1000.0, 1000.0, 1200.0, 1200.0], rtol=1e-12)


@pytest.mark.parametrize("fill", ["close", "open"])
def test_others_are_not_changed_by_a_day_trade_beside_them(fill: str) -> None:
    market = earning(with_legs(random_market(3, 120), 3, seed=1), 0.0002)
    rng = np.random.default_rng(4)
    rows = np.sort(rng.choice(110, 30, replace=False))
    weights = pd.DataFrame(rng.uniform(-0.3, 0.3, (30, 3)), market.sessions[rows], list(market.tickers))
    other = TargetWeights("other", weights)
    costs = Costs((10.0, 5.0, 5.0), (5.0, 2.0, 2.0), 0.05)
    alone = run(market, [other], costs, fill=fill)  # type: ignore[arg-type]
    beside = run(market, [other, day_trades(market, {5: 1.0, 9: -1.0})], costs, fill=fill)  # type: ignore[arg-type]
    for name in ("value", "costs_paid", "traded"):
        one, two = (getattr(result, name)["other"].to_numpy() for result in (alone, beside))
        np.testing.assert_allclose(two, one, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(beside.exposure["other"], alone.exposure["other"], atol=1e-10)


@pytest.mark.parametrize("available", ["open", "after_close"])
def test_what_reads_the_session_cannot_be_filled_at_its_open(available: Instant) -> None:
    with refused(LookAheadError, name="IWM", limit=2):
        run(MONDAYS, [day_trades(MONDAYS, {2: 1.0}, available)], FREE)
    late = run(MONDAYS, [day_trades(MONDAYS, {1: 1.0}, available)], FREE, lag=2)
    assert late.value["by hand"].to_numpy()[-1] == pytest.approx(120_000.0)


def test_a_strategy_that_reads_the_open_is_refused_by_the_engine() -> None:
    decided = ReadsTheOpen().decide(MONDAYS)
    assert decided.available == "open"
    with refused(LookAheadError, name="IWM"):
        run(MONDAYS, [decided], FREE)


def test_a_leg_around_the_clock_has_no_price_at_the_open() -> None:
    frame = pd.DataFrame({"ETH-USD": [0.5], "IWM": [0.5]}, MONDAYS.sessions[[2]])
    with refused(WeightsError, name="both", choices=["IWM"]):
        run(MONDAYS, [TargetWeights.of_day_trades("both", frame, "before_open")], FREE)


def test_a_leg_without_opens_is_refused() -> None:
    market = replace(MONDAYS, equity=replace(MONDAYS.equity, open=MONDAYS.equity.close))
    with refused(DataError, name="IWM", dates=[str(day) for day in market.span]):
        run(market, [day_trades(market, {2: 1.0})], FREE)


def test_a_leg_without_opens_is_refused_before_anything_is_simulated() -> None:
    market = random_market(3, 300)
    without = replace(market, equity=replace(market.equity, open=market.equity.close))
    study = Study.make(start=None, variants=studied(("weekend_lead",)))
    with refused(DataError, name="IWM", remedy="give prices with opens"):
        build_experiment(study, SignalCache(without), study.strategies())


def test_weights_meet_the_returns_that_they_earn() -> None:
    market = random_market(2, 40)
    weights = np.random.default_rng(1).uniform(-1, 1, (40, 2))
    for lag in (1, 2):
        earned = filled_returns(market, fill="close", lag=lag, day_trades=True)
        rows = earning_rows(weights, day_trades=True)[: len(earned)]
        for i in range(len(earned)):
            filled_in = i + lag + 1  # decided lag - 1 sessions before
            np.testing.assert_array_equal(rows[i], weights[filled_in - lag + 1])
            expected = market.equity.close[filled_in] / market.equity.open[filled_in] - 1.0
            assert earned[i, 1] == pytest.approx(expected, rel=1e-12)
    wide = side_by_side(earning_rows(weights, day_trades=True), day_trades=True)
    again, within = apart(wide, 2)
    assert within
    np.testing.assert_array_equal(again[2:40], weights[2:])


def test_histories_turn_what_is_known_before_the_open_apart_from_what_follows() -> None:
    market = random_market(6, 900)
    early, later = np.split(signs(1800, seed=3, histories=40), 2, axis=1)
    histories = histories_of(market, early, later)
    weights = weights_of_histories([WeekendLead()], histories, 100, day_trades=True)
    earned = filled(histories.slice(100), fill="close", lag=1, day_trades=True)
    assert weights.shape == (40, 1, 800, 4)
    assert earned.shape == (40, 798, 4)
    for number in (0, 7):
        history = histories.history(number)
        alone = weights_again([WeekendLead()], history, 100)[:, 0]
        np.testing.assert_allclose(weights[number, 0, :-2, 3], alone[2:, 1], atol=1e-12)
        expected = filled_returns(history.slice(100), fill="close", lag=1, day_trades=True)
        np.testing.assert_allclose(earned[number, :, 2:], expected, rtol=1e-9, atol=1e-12)
    # had both parts one sign, a move and the session after it would stay aligned in every history
    gains = np.einsum("hst,hst->h", weights[:, 0, :798, 2:], earned[:, :, 2:] - earned[:, :, 2:].mean(axis=1)[:, None])
    assert abs(gains.mean()) < 3.0 * gains.std() / np.sqrt(40)
    assert gains.min() < 0.0 < gains.max()
