"""Hedged legs agree with loops: betas, prices and accounts of four legs; and they know the past alone."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from tests.build import random_market, with_legs
from tests.oracle.test_oracle import CAPITAL, TOLERANCE, books_of
from tests.refusals import refused
from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.engine.experiment import Experiment, build_experiment
from unlockstep.backtests.engine.hedge import Hedge, hedged_pair
from unlockstep.backtests.engine.portfolio import run
from unlockstep.signals import Market
from unlockstep.signals.errors import DataError, HistoryError, WeightsError
from unlockstep.signals.market import read_only
from unlockstep.signals.signal import SignalCache
from unlockstep.strategies import TargetWeights

LAG = 2
YEAR = 252
COSTS = Costs((10.0, 1.0, 12.0, 2.0), (5.0, 2.0, 7.0, 3.0), borrow_rate=0.05)


@pytest.fixture(scope="module")
def four() -> Market:
    """A pair whose legs move with their hedges, by 0.9 and 1.3 of them; sessions are weekdays."""
    market = with_legs(random_market(5, 420, daily=(0.02, 0.006)), 4, seed=3)
    tied = []
    for leg, hedge, beta in zip(market.pair_legs, market.further, (0.9, 1.3), strict=True):
        factor = (hedge.close / hedge.close[0]) ** beta
        tied.append(replace(leg, open=read_only(leg.open * factor), close=read_only(leg.close * factor)))
    return replace(market, crypto=tied[0], equity=tied[1])


def returns_of(closes: list[float]) -> list[float]:
    return [float("nan")] + [now / before - 1.0 for before, now in pairwise(closes)]


def betas_by_hand(market: Market) -> list[tuple[float, float]]:
    """What is in force in each session, NaN before the first; a sum at a time."""
    months = [session.month for session in market.sessions]
    returns = [returns_of(leg.close.tolist()) for leg in market.legs]
    in_force = (float("nan"), float("nan"))
    betas = []
    for t, month in enumerate(months):
        if t >= YEAR and month != months[t - 1]:
            slopes = []
            for i in (0, 1):
                y, x = (returns[j][t - YEAR + 1 : t + 1] for j in (i, i + 2))
                my, mx = sum(y) / YEAR, sum(x) / YEAR
                above = sum((a - my) * (b - mx) for a, b in zip(y, x, strict=True))
                slopes.append(above / sum((b - mx) ** 2 for b in x))
            in_force = (slopes[0], slopes[1])
        betas.append(in_force)
    return betas


def weights_of(hedge: Hedge) -> TargetWeights:
    """In, out, and short of one leg against the other, decided in sessions that begin no month."""
    sessions = hedge.market.sessions[[5, 30, 47, 90]]
    frame = pd.DataFrame(
        [[1.0, 0.0], [0.0, 0.0], [-0.4, 0.6], [0.5, 0.5]], sessions, columns=list(hedge.market.tickers)
    )
    return TargetWeights("by hand", frame)


def test_betas_and_prices_of_hedged_legs_are_those_of_a_loop_over_sessions(four: Market) -> None:
    hedge = hedged_pair(four, LAG)
    betas = betas_by_hand(four)
    first = next(t for t, beta in enumerate(betas) if beta[0] == beta[0]) + LAG
    assert hedge.market.tickers == ("ETH-USD/L2", "IWM/L3")
    assert hedge.market.sessions[0] == hedge.traded.sessions[0] == four.sessions[first]
    np.testing.assert_allclose(hedge.betas, betas[first:], rtol=TOLERANCE)
    for i, leg in enumerate(hedge.market.legs):
        bars, other = four.legs[i], four.legs[i + 2]
        close = [100.0]
        for s in range(first + 1, len(four.sessions)):
            beta = betas[s - 1 - LAG][i]  # decided LAG sessions before the close at which it was traded
            night = 1 + (bars.open[s] / bars.close[s - 1] - 1) - beta * (other.open[s] / other.close[s - 1] - 1)
            session = 1 + (bars.close[s] / bars.close[s - 1] - 1) - beta * (other.close[s] / other.close[s - 1] - 1)
            assert leg.open[s - first] == pytest.approx(close[-1] * night, rel=TOLERANCE)
            close.append(close[-1] * session)
        np.testing.assert_allclose(leg.close, close, rtol=TOLERANCE)


@pytest.mark.parametrize("fill", ["open", "close"])
def test_accounts_of_hedged_legs_agree_with_books_of_four_legs(four: Market, fill: str) -> None:
    hedge = hedged_pair(four, LAG)
    wanted = weights_of(hedge)
    betas = dict(zip(four.sessions, betas_by_hand(four), strict=True))
    rows, dates, weights = [], [], (0.0, 0.0)
    for t, session in enumerate(hedge.market.sessions):
        decided = session in wanted.frame.index
        if decided:
            weights = tuple(wanted.frame.loc[session])
        begins = t > 0 and session.month != hedge.market.sessions[t - 1].month
        if decided or (begins and weights != (0.0, 0.0)):
            crypto, equity = betas[session]
            rows.append([weights[0] / 2, weights[1] / 2, -crypto * weights[0] / 2, -equity * weights[1] / 2])
            dates.append(session)
    by_hand = TargetWeights("by hand", pd.DataFrame(rows, pd.DatetimeIndex(dates), columns=list(four.tickers)))
    assert len(rows) > 4
    books = books_of(hedge.traded, by_hand, COSTS, fill, LAG, [0.0] * len(hedge.traded.sessions))  # type: ignore[arg-type]
    result = run(hedge.traded, [hedge.on_legs(wanted)], COSTS, fill=fill, lag=LAG, capital=CAPITAL)  # type: ignore[arg-type]
    np.testing.assert_allclose(result.value["by hand"], books.values, rtol=TOLERANCE)
    assert {trade.leg for trade in books.trades} == {0, 1, 2, 3}
    assert set(result.trades["cause"]) == {"decision", "rebalancing"}


def test_an_experiment_on_hedged_legs_trades_four_legs_at_the_costs_of_each(four: Market) -> None:
    hedge = hedged_pair(four, 1)
    experiment = _experiment(hedge)
    assets = experiment.backtest.trades.groupby("variant", observed=True)["asset"].agg(set)
    assert assets["hold_eth"] == {"ETH-USD", "L2"}
    assert assets["hold_iwm"] == {"IWM", "L3"}
    assert experiment.costs.fee_bps == (10.0, 1.0, 1.0, 1.0)  # of a coin, and of listed tickers
    assert experiment.primary is None
    np.testing.assert_allclose(experiment.returns(1.0)["hold_eth"], experiment.backtest.returns["hold_eth"], rtol=1e-12)


def _experiment(hedge: Hedge) -> Experiment:
    study = Study.make(data="nowhere", variants=[{"strategy": "eth_leads", "params": {}}])
    return build_experiment(study, SignalCache(hedge.market), study.strategies(), hedge=hedge)


def test_the_future_changes_no_hedged_price_of_the_past(four: Market) -> None:
    whole, cut = hedged_pair(four, LAG), 350
    closes = [np.concatenate([leg.close[:cut], leg.close[cut:] ** 0.9]) for leg in four.legs]
    legs = [replace(leg, close=read_only(close)) for leg, close in zip(four.legs, closes, strict=True)]
    other = hedged_pair(replace(four, crypto=legs[0], equity=legs[1], further=tuple(legs[2:])), LAG)
    n = int(whole.market.sessions.searchsorted(four.sessions[cut]))
    for before, after in zip(whole.market.legs, other.market.legs, strict=True):
        np.testing.assert_array_equal(before.close[:n], after.close[:n])
        assert not np.array_equal(before.close, after.close)
    np.testing.assert_array_equal(whole.betas[:n], other.betas[:n])
    short = hedged_pair(four.slice(0, cut), LAG)
    np.testing.assert_array_equal(whole.market.crypto.close[:n], short.market.crypto.close)


def test_too_short_a_history_a_hedge_that_does_not_move_and_day_trades_are_refused(four: Market) -> None:
    with refused(HistoryError, name="hedges", limit=YEAR):
        hedged_pair(four.slice(0, YEAR), LAG)
    still = replace(four.further[1], close=read_only(np.full(len(four.sessions), 9.0)))
    with refused(DataError, name="L3", limit=YEAR):
        hedged_pair(replace(four, further=(four.further[0], still)), LAG)
    hedge = hedged_pair(four, LAG)
    with refused(WeightsError, name="by hand"):
        hedge.on_legs(replace(weights_of(hedge), day_trades=True))
