"""The kernel keeps the accounts that vectorbt keeps, and the figures that are computed from them, to 1e-9."""

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import Floats, earning, market_of, random_market
from tests.refusals import refused
from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.engine import portfolio as engine
from unlockstep.backtests.results.metrics import measure
from unlockstep.backtests.stats.timing_test import timing_test
from unlockstep.backtests.sweep.accounts import FIGURES, Simulated, TradingTerms, simulate
from unlockstep.backtests.sweep.kernel import REFUSED, RUINED, SOLVENT
from unlockstep.signals import Market
from unlockstep.signals.errors import WeightsError
from unlockstep.signals.signal import SignalCache
from unlockstep.strategies import Strategy, TargetWeights
from unlockstep.strategies.registry import all_strategies

TOLERANCE = 1e-9
FREE = Costs((0.0, 0.0), (0.0, 0.0), borrow_rate=0.0)
DEAR = Costs((40.0, 20.0), (30.0, 10.0), borrow_rate=0.10)
DAILY = 0.0002 + 0.0004 * np.sin(np.arange(5000) / 250)
"""What cash earns, where it does: other in each session, and below zero in some."""
SETTINGS = {"free": FREE, "default": Costs(), "dear": DEAR}
VARIANTS: list[Strategy] = [
    cls(**params) for cls in all_strategies().values() if cls.decides == "after_close" for params in cls.studied
]


def assert_agrees(terms: TradingTerms, decisions: list[TargetWeights], outcome: Simulated) -> None:
    """Returns and every figure equal those of vectorbt's accounts and of the timing test, relative to their size."""
    since = [decision.since(terms.evaluated.sessions[0]) for decision in decisions]
    result = engine.run(terms.evaluated, since, terms.costs, fill=terms.fill, lag=terms.lag, capital=terms.capital)
    np.testing.assert_allclose(outcome.returns.T, result.returns, rtol=TOLERANCE, atol=1e-12)
    weights = np.moveaxis(outcome.weights, 0, 1)
    timing = timing_test(weights, terms.earned)
    for i, metrics in enumerate(measure(result).values()):
        expected = [
            metrics.cagr, metrics.volatility, metrics.sharpe, metrics.sortino, metrics.max_drawdown, metrics.calmar,
            metrics.turnover, *metrics.exposure.values(), metrics.trades, metrics.costs_paid,
            timing.information_ratio[i], timing.t[i],
        ]  # fmt: skip
        np.testing.assert_allclose(
            outcome.figures[i], expected, rtol=TOLERANCE, atol=1e-11, err_msg=f"{decisions[i].variant}: {FIGURES}"
        )


def all_decided(market: Market) -> tuple[list[TargetWeights], Floats, Floats, "np.ndarray"]:
    """Decisions of every strategy as a study runs it, and what its rule wants, as the kernel takes it."""
    signal_cache = SignalCache(market)
    wanted = np.empty((2, len(VARIANTS), len(market.sessions)))
    for i, variant in enumerate(VARIANTS):
        frame = variant._frame(market, signal_cache)
        wanted[:, i] = variant.rule(frame).to_numpy(dtype=float).T
    decisions = [variant.decide(market, signal_cache) for variant in VARIANTS]
    return decisions, wanted[0], wanted[1], np.array([variant.warmup for variant in VARIANTS])


@pytest.fixture(scope="module")
def on_demo(demo: Market) -> tuple[Market, tuple[list[TargetWeights], Floats, Floats, "np.ndarray"]]:
    return demo, all_decided(demo)


@pytest.fixture(scope="module")
def on_real(real: Market) -> tuple[Market, tuple[list[TargetWeights], Floats, Floats, "np.ndarray"]]:
    return real, all_decided(real)


@pytest.mark.parametrize("lag", [1, 2, 5])
@pytest.mark.parametrize("fill", ["close", "open"])
@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("prices", ["on_demo", "on_real"])
def test_every_strategy_at_every_fill_cost_and_lag_is_vectorbts(
    request: pytest.FixtureRequest, prices: str, setting: str, fill: Literal["close", "open"], lag: int
) -> None:
    market, (decisions, crypto, equity, warmups) = request.getfixturevalue(prices)
    market = replace(market, risk_free=None) if setting == "free" else earning(market, DAILY[: len(market.sessions)])
    terms = TradingTerms(market, int(warmups.max()), SETTINGS[setting], fill, lag)
    simulated = simulate(terms, crypto, equity, warmups)
    assert (simulated.fate == SOLVENT).all()
    assert_agrees(terms, decisions, simulated)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    lag=st.integers(1, 3),
    fill=st.sampled_from(["close", "open"]),
    fees=st.tuples(*[st.floats(0, 100)] * 4),
    borrow=st.floats(0, 0.3),
    highest=st.floats(0, 0.001),
)
def test_random_weights_long_and_short_are_vectorbts(
    seed: int,
    lag: int,
    fill: Literal["close", "open"],
    fees: tuple[float, float, float, float],
    borrow: float,
    highest: float,
) -> None:
    rng = np.random.default_rng(seed)
    market = earning(random_market(seed, 90, daily=(0.02, 0.01)), rng.uniform(-highest / 4, highest, 90))
    wanted = rng.choice([-0.3, 0.0, 0.2, 0.4, 0.5], (2, 6, 90))
    wanted[:, :, :8] = np.nan
    wanted[:, rng.random((6, 90)) < 0.8] = np.nan
    costs = Costs(fees[:2], fees[2:], borrow)
    terms = TradingTerms(market, 5, costs, fill, lag)
    decisions = []
    for i in range(6):
        frame = pd.DataFrame(wanted[:, i].T, market.sessions, columns=list(market.tickers))
        decisions.append(TargetWeights.from_wanted(f"random {i}", frame.ffill()))
    simulated = simulate(terms, wanted[0], wanted[1], np.zeros(6, dtype=np.int64))
    assert (simulated.fate == SOLVENT).all()
    assert_agrees(terms, decisions, simulated)


@pytest.mark.parametrize("price", [1e-6, 1e-2, 3.0, 4e5])
@pytest.mark.parametrize("setting", SETTINGS)
def test_an_order_that_is_rounding_is_a_trade_in_neither(price: float, setting: str) -> None:
    # legs that move as one: a mix is rebalanced each month by nothing but the rounding of its units, up to 1e-5 of them
    crypto = price * np.exp(np.cumsum(np.random.default_rng(7).normal(0, 0.02, 300)))
    market = market_of(crypto, 7.7 * crypto)
    shares = np.array([[0.5, 0.5], [0.3, 0.7], [1.0, 0.0], [0.2, 0.1], [-0.3, 0.3]])
    wanted = np.repeat(shares.T[:, :, None], 300, axis=2)
    decisions = [
        TargetWeights.from_wanted(
            f"{share}", pd.DataFrame([share] * 300, market.sessions, columns=list(market.tickers))
        )
        for i, share in enumerate(shares)
    ]
    terms = TradingTerms(market, 0, SETTINGS[setting])
    simulated = simulate(terms, wanted[0], wanted[1], np.zeros(len(shares), dtype=np.int64))
    assert_agrees(terms, decisions, simulated)
    if setting == "free":  # two fills at the beginning, and none where both legs are held in the shares that they had
        assert simulated.figures[:3, FIGURES.index("trades")].tolist() == [2, 2, 1]


def test_an_account_that_grows_steadily_has_no_sharpe_ratio_in_either() -> None:
    market = market_of(100 * 1.0003 ** np.arange(600), 50 * 1.0001 ** np.arange(600))
    wanted = np.repeat(np.array([[1.0, 0.5], [0.0, 0.5]])[:, :, None], 600, axis=2)
    decisions = [
        TargetWeights.from_wanted(name, pd.DataFrame([shares] * 600, market.sessions, columns=list(market.tickers)))
        for name, shares in (("one leg", (1.0, 0.0)), ("both", (0.5, 0.5)))
    ]
    terms = TradingTerms(market, 1, FREE)
    simulated = simulate(terms, wanted[0], wanted[1], np.zeros(2, dtype=np.int64))
    assert_agrees(terms, decisions, simulated)


def test_figures_are_the_same_with_and_without_paths(demo: Market) -> None:
    _, crypto, equity, warmups = all_decided(demo)
    terms = TradingTerms(demo, int(warmups.max()), Costs())
    with_, without = (simulate(terms, crypto, equity, warmups, paths=paths) for paths in (True, False))
    np.testing.assert_array_equal(with_.figures, without.figures)
    assert without.returns.shape[0] == without.weights.shape[0] == 0


def test_an_account_that_is_ruined_has_no_figures() -> None:
    rising = 100.0 * 1.2 ** np.arange(20)
    market = market_of(rising, np.full(20, 50.0))
    short = np.full((1, 20), -1.0)
    simulated = simulate(TradingTerms(market, 0, FREE), short, np.zeros((1, 20)), np.zeros(1, dtype=np.int64))
    assert simulated.fate.tolist() == [RUINED]
    assert np.isnan(simulated.figures).all()


@pytest.mark.parametrize(("crypto", "equity"), [(0.7, 0.7), (-1.5, 0.6), (np.inf, 0.0)])
def test_weights_that_no_account_may_hold_are_refused(crypto: float, equity: float) -> None:
    market = random_market(1, 40)
    with refused(WeightsError, name="x"):
        TargetWeights("x", pd.DataFrame([[crypto, equity]], market.sessions[:1], columns=list(market.tickers)))
    wanted = np.full((2, 1, 40), [[[crypto]], [[equity]]])
    simulated = simulate(TradingTerms(market, 0, FREE), wanted[0], wanted[1], np.zeros(1, dtype=np.int64))
    assert simulated.fate.tolist() == [REFUSED]


def test_what_a_rule_wants_before_its_warm_up_is_not_held() -> None:
    market = random_market(2, 60)
    wanted = np.zeros((1, 60))
    wanted[0, :10] = 1.0
    wanted[0, 10:] = np.nan
    simulated = simulate(TradingTerms(market, 5, FREE), wanted, np.zeros((1, 60)), np.array([10]))
    assert (simulated.weights == 0.0).all()
    constant = simulate(TradingTerms(market, 5, FREE), wanted, np.zeros((1, 60)), np.array([0]))
    assert (constant.weights[0, :, 0] == 1.0).all()
