"""Compiled accounts of any number of legs are vectorbt's, the oracle's, and on a pair the kernel's, to 1e-9."""

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import Floats, earning, market_of, random_market, with_legs
from tests.oracle.accounting import Tariff, keep_books
from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.engine import portfolio as engine
from unlockstep.backtests.results.metrics import measure
from unlockstep.backtests.stats.timing_test import timing_test
from unlockstep.backtests.sweep.accounts import FIGURES, TradingTerms, simulate
from unlockstep.backtests.sweep.kernel import REFUSED, RUINED, SOLVENT
from unlockstep.backtests.sweep.many_legs import simulate_legs
from unlockstep.strategies import TargetWeights
from unlockstep.strategies.rebalancing import Rebalance

TOLERANCE = 1e-9
SESSIONS, VARIANTS, OPENING = 90, 5, 5


def drawn(rng: np.random.Generator, legs: int) -> Floats:
    """N x n x T shares, long and short, of an account that keeps a tenth in cash; NaN for no change."""
    wanted = rng.choice([-0.3, 0.0, 0.2, 0.5, 0.8], (legs, VARIANTS, SESSIONS)) / legs * 1.1
    wanted[:, :, :8] = np.nan
    wanted[:, rng.random((VARIANTS, SESSIONS)) < 0.8] = np.nan
    return wanted


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    legs=st.sampled_from([2, 3, 20]),
    lag=st.integers(1, 3),
    fill=st.sampled_from(["close", "open"]),
    rebalance=st.sampled_from(["monthly", "daily", "never", 0.02]),
)
def test_they_are_vectorbts_and_the_oracles(
    seed: int, legs: int, lag: int, fill: Literal["close", "open"], rebalance: Rebalance
) -> None:
    rng = np.random.default_rng(seed)
    interest = rng.uniform(-0.0002, 0.001, SESSIONS)
    market = earning(with_legs(random_market(seed, SESSIONS, daily=(0.02, 0.01)), legs, seed), interest)
    fees, slippages = (tuple(rng.uniform(0, 60, legs).tolist()) for _ in range(2))
    terms = TradingTerms(market, OPENING, Costs(fees, slippages, 0.2), fill, lag, rebalance=rebalance)
    wanted = drawn(rng, legs)
    simulated = simulate_legs(terms, tuple(wanted), np.zeros(VARIANTS, dtype=np.int64))
    assert (simulated.fate == SOLVENT).all()

    columns, evaluated = list(market.tickers), terms.evaluated
    decisions = []
    for i in range(VARIANTS):
        in_force = pd.DataFrame(wanted[:, i].T, market.sessions, columns=columns).ffill().iloc[OPENING:]
        decisions.append(TargetWeights.from_wanted(f"random {i}", in_force, rebalance, market=evaluated, lag=lag))
    result = engine.run(evaluated, decisions, terms.costs, fill=fill, lag=lag, capital=terms.capital)
    np.testing.assert_allclose(simulated.returns.T, result.returns, rtol=TOLERANCE, atol=1e-12)
    timing = timing_test(np.moveaxis(simulated.weights, 0, 1), terms.earned)
    for i, metrics in enumerate(measure(result).values()):
        exposure = list(metrics.exposure.values())
        expected = [*(getattr(metrics, name) for name in FIGURES[:7]), *exposure[:2], metrics.trades]
        expected += [metrics.costs_paid, timing.information_ratio[i], timing.t[i], *exposure[2:]]
        np.testing.assert_allclose(simulated.figures[i], expected, rtol=TOLERANCE, atol=1e-11, err_msg=str(i))

    number = {session: row for row, session in enumerate(evaluated.sessions)}
    opens, closes = (
        list(zip(*(getattr(leg, name).tolist() for leg in evaluated.legs), strict=True)) for name in ("open", "close")
    )
    for i, decision in enumerate(decisions):
        targets = {number[s]: tuple(map(float, row)) for s, row in decision.frame.iterrows()}  # type: ignore[index]
        tariff = Tariff(tuple(f / 1e4 for f in fees), tuple(s / 1e4 for s in slippages), 0.2)
        books = keep_books(
            opens, closes, targets, fill=fill, lag=lag, tariff=tariff, capital=terms.capital,
            interest=interest[OPENING:].tolist(),
        )  # fmt: skip
        np.testing.assert_allclose(simulated.returns[i], books.returns, rtol=TOLERANCE, atol=1e-11)


@pytest.mark.parametrize("fill", ["close", "open"])
def test_on_a_pair_they_are_the_kernels(fill: Literal["close", "open"]) -> None:
    rng = np.random.default_rng(3)
    market = earning(random_market(3, SESSIONS), 0.0002)
    terms = TradingTerms(market, OPENING, Costs(), fill)
    wanted, warmups = drawn(rng, 2), np.full(VARIANTS, 12)
    ours, kernels = simulate_legs(terms, tuple(wanted), warmups), simulate(terms, wanted[0], wanted[1], warmups)
    for name in ("fate", "figures", "returns", "weights"):
        np.testing.assert_allclose(getattr(ours, name), getattr(kernels, name), rtol=TOLERANCE, atol=1e-12)


def test_what_is_ruined_and_what_no_account_may_hold_has_no_figures() -> None:
    rising = 100.0 * 1.2 ** np.arange(20)
    market = with_legs(market_of(rising, np.full(20, 50.0)), 3, 0)
    market = replace(market, further=(replace(market.further[0], open=market.crypto.open, close=market.crypto.close),))
    wanted = np.zeros((3, 3, 20))
    wanted[2, 0], wanted[0, 1], wanted[:, 2] = -1.0, -1.5, 0.4  # a short of what rises; gross 1.5; long 1.2 in all
    terms = TradingTerms(market, 0, Costs((0.0,) * 3, (0.0,) * 3, 0.0))
    simulated = simulate_legs(terms, tuple(wanted), np.zeros(3, dtype=np.int64))
    assert simulated.fate.tolist() == [RUINED, RUINED, REFUSED]
    assert np.isnan(simulated.figures).all()
