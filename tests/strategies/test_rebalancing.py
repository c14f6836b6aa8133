"""When a mix is rebalanced, by hand and against a plain loop; and the cause of each decision."""

import numpy as np
import pandas as pd
import pytest

from tests.build import market_of, random_market
from tests.refusals import refused
from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.engine.orders import evaluated_decisions
from unlockstep.backtests.engine.portfolio import run
from unlockstep.backtests.sweep.accounts import TradingTerms, simulate
from unlockstep.signals import Market, Signal
from unlockstep.signals.errors import StudyError, WeightsError
from unlockstep.signals.signal import SignalCache
from unlockstep.strategies import Strategy, TargetWeights, stop_loss, target
from unlockstep.strategies.benchmarks import FixedMix
from unlockstep.strategies.rebalancing import Rebalance

N = np.nan


def mixed(market: Market, rows: list[tuple[float, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, market.sessions, list(market.tickers))


def days_of(decisions: TargetWeights, market: Market) -> list[int]:
    return market.sessions.get_indexer(decisions.frame.index).tolist()


def test_a_mix_is_rebalanced_on_the_dates_that_are_asked_for_and_nothing_else_is() -> None:
    market = market_of(np.ones(30), np.ones(30))  # weekdays from 2024-01-01: the 23rd is 1 February
    halves, whole = mixed(market, [(N, N)] * 2 + [(0.5, 0.5)] * 28), mixed(market, [(1.0, 0.0)] * 30)
    by_dates = {how: TargetWeights.from_wanted("x", halves, how) for how in ("monthly", "never", "daily")}
    assert days_of(by_dates["monthly"], market) == [2, 23]
    assert days_of(by_dates["never"], market) == [2]
    assert days_of(by_dates["daily"], market) == list(range(2, 30))
    assert days_of(TargetWeights.from_wanted("x", whole, "daily"), market) == [0]
    assert by_dates["monthly"].causes.tolist() == ["decision", "rebalancing"]


def test_a_band_restates_a_mix_once_a_share_has_drifted_beyond_it_by_hand() -> None:
    # decided on 0, filled on 1 at 100; on 3 crypto is 0.5 * 1.5 / 1.25 = 0.6 of the account: off by 0.1
    market = market_of([100, 100, 120, 150, 300, 300, 300], np.full(7, 50.0))
    wanted = mixed(market, [(0.5, 0.5)] * 7)
    decided = TargetWeights.from_wanted("x", wanted, 0.05, market=market)
    # on 2: 0.6 / 1.1 = 0.545, within. 3: restated, filled on 4 at 300, whence nothing moves
    assert days_of(decided, market) == [0, 3]
    assert days_of(TargetWeights.from_wanted("x", wanted, 0.2, market=market), market) == [0, 4]  # 0.75 on 4
    later = TargetWeights.from_wanted("x", wanted, 0.05, market=market, lag=2)  # filled on 2 at 120; on 3: 0.556
    assert days_of(later, market) == [0, 3]
    with refused(WeightsError, name="x"):
        TargetWeights.from_wanted("x", wanted, 0.05)


def plain_band(market: Market, crypto: float, equity: float, band: float, lag: int) -> list[int]:
    """The sessions of decisions of a constant mix: holdings in units of money, one session after the other."""
    prices, cash_returns = market.close.to_numpy(), market.cash_returns
    units, cash, decided = np.zeros(2), 1.0, [0]
    for t in range(len(prices)):
        cash *= 1 + cash_returns[t] if t else 1.0
        if t - lag in decided:
            account = cash + float(units @ prices[t])
            units, cash = np.array([crypto, equity]) * account / prices[t], (1 - crypto - equity) * account
        account = cash + float(units @ prices[t])
        off = np.abs(units * prices[t] / account - [crypto, equity]).max()
        if t and t - decided[-1] >= lag and off > band:
            decided.append(t)
    return decided


@pytest.mark.parametrize(("crypto", "equity"), [(0.5, 0.5), (0.3, 0.0), (-0.2, 0.6)])
@pytest.mark.parametrize("lag", [1, 3])
def test_a_band_is_that_of_a_plain_account(crypto: float, equity: float, lag: int) -> None:
    market = random_market(8, 700)
    wanted = mixed(market, [(crypto, equity)] * 700)
    decided = TargetWeights.from_wanted("x", wanted, 0.03, market=market, lag=lag)
    assert days_of(decided, market) == plain_band(market, crypto, equity, 0.03, lag)
    assert len(decided.frame) > 5
    cut = TargetWeights.from_wanted("x", wanted[:400], 0.03, market=market.slice(0, 400), lag=lag)
    assert days_of(cut, market) == [day for day in days_of(decided, market) if day < 400]


@pytest.mark.parametrize("rebalance", ["monthly", "never", "daily", 0.04])
def test_the_sweep_rebalances_as_the_engine_does(rebalance: Rebalance) -> None:
    market = random_market(9, 400)
    signal_cache, shares = SignalCache(market), (0.2, 0.5, 0.9)
    terms = TradingTerms(market, 50, Costs(), lag=2, rebalance=rebalance)
    mixes = [FixedMix(crypto=share) for share in shares]
    decisions = [
        evaluated_decisions(mix, mix.decide(market, signal_cache), terms.evaluated, rebalance=rebalance, lag=2)
        for mix in mixes
    ]
    expected = run(terms.evaluated, decisions, Costs(), lag=2).returns.to_numpy()
    crypto, equity = (np.repeat([[each] for each in legs], 400, axis=1) for legs in (shares, [1 - x for x in shares]))
    swept = simulate(terms, crypto, equity, np.zeros(3, dtype=np.int64))
    np.testing.assert_allclose(swept.returns.T, expected, atol=1e-12)


class Halves(Strategy):
    """Half of the account in the crypto leg, with a stop."""

    name = "halves"
    statement = ""
    hypothesis = "for tests"
    rebalance = "never"

    def signals(self) -> dict[str, Signal]:
        return {}

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        close = pd.Series([100.0, 100, 95, 80, 80, 80, 80, 80], s.index)
        wanted = pd.Series([0.5, 0.5, 0.5, 0.5, 0.5, 0, 0.5, 0.4], s.index)
        stopped = stop_loss(wanted, close, 0.1)
        return target(stopped, 0.0, where=stopped.notna(), exits=(wanted != 0) & (stopped == 0))


def test_each_fill_bears_its_cause() -> None:
    close = [100.0, 100, 95, 80, 80, 80, 80, 80, 80]
    market = market_of(close[:8], np.ones(8))
    decided = Halves().decide(market)
    assert days_of(decided, market) == [0, 3, 6, 7]
    assert decided.causes.tolist() == ["decision", "exit", "decision", "decision"]
    daily = decided.rebalanced(market, "daily", 1)
    assert days_of(daily, market) == [0, 1, 2, 3, 6, 7]
    assert daily.causes.tolist() == ["decision", "rebalancing", "rebalancing", "exit", "decision", "decision"]
    fills = run(market, [daily], Costs()).trades
    assert fills["cause"].tolist() == ["decision", "rebalancing", "rebalancing", "exit", "decision"][: len(fills)]


def test_a_study_overrides_what_a_strategy_says() -> None:
    market = random_market(2, 100)
    signal_cache = SignalCache(market)

    def count(rebalance: Rebalance | None) -> int:
        decided = FixedMix().decide(market, signal_cache)
        return len(evaluated_decisions(FixedMix(), decided, market, rebalance=rebalance, lag=1).frame)

    assert (count(None), count("never"), count("daily")) == (5, 1, 100)


@pytest.mark.parametrize("wrong", ["weekly", 0, 1.0, -0.1, True, "0.05"])
def test_a_study_that_rebalances_otherwise_is_refused(wrong: object) -> None:
    with refused(StudyError, name="rebalance"):
        Study.make(rebalance=wrong)
