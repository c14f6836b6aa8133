"""The synthetic market: openly so, close to the facts of each year, and without an edge unless one is planted."""

from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kurtosis as excess
from scipy.stats import zscore

from tests.build import PAIR
from tests.refusals import refused
from unlockstep.backtests.data import demo
from unlockstep.backtests.data.align import make_market
from unlockstep.backtests.data.load import load_market
from unlockstep.signals import Gap, LeadLag, Market, Signal, Trend, Volatility, YoYDivergence
from unlockstep.signals.correlation import Correlation
from unlockstep.signals.errors import DataError
from unlockstep.strategies.break_entry import BreakEntry
from unlockstep.strategies.registry import all_strategies

SEEDS = range(24)

FACTS = {  # annual volatility of ETH and of IWM, and the correlation of their returns, from real prices
    2016: (1.351, 0.182, -0.138),
    2017: (1.375, 0.119, 0.090),
    2018: (1.079, 0.180, 0.103),
    2019: (0.763, 0.160, -0.017),
    2020: (1.021, 0.410, 0.454),
    2021: (1.076, 0.220, 0.214),
    2022: (0.886, 0.281, 0.561),
    2023: (0.489, 0.200, 0.145),
    2024: (0.671, 0.208, 0.429),
    2025: (0.709, 0.228, 0.508),
}


@cache
def market_of_seed(seed: int, data: str = "demo") -> Market:
    return load_market(data, PAIR, start=None, end=None, seed=seed)


@pytest.mark.parametrize("data", ["demo", "demo:edge"])
def test_it_says_that_it_is_synthetic_wherever_it_is_shown(data: str) -> None:
    market = market_of_seed(7, data)
    assert market.synthetic
    assert market.source.startswith("SYNTHETIC")
    assert "seed 7" in market.source
    assert "SYNTHETIC" in repr(market)
    assert ("no edge" in market.source) == (data == "demo")


def test_the_same_seed_gives_the_same_prices_and_other_seeds_give_others() -> None:
    again = load_market("demo", PAIR, start=None, end=None, seed=3)
    assert again.sha256 == market_of_seed(3).sha256
    hashes = {market_of_seed(seed, data).sha256 for seed in range(6) for data in ("demo", "demo:edge")}
    assert len(hashes) == 12


def test_a_part_of_the_period_has_the_same_prices_as_the_whole() -> None:
    part = load_market("demo", PAIR, start=date(2019, 3, 2), end=date(2021, 6, 30), seed=3)
    whole = market_of_seed(3)
    first, last = whole.sessions.searchsorted([pd.Timestamp("2019-03-04"), pd.Timestamp("2021-06-30")])
    assert part.sha256 == whole.slice(int(first), int(last) + 1).sha256


def test_it_runs_over_every_session_of_ten_years() -> None:
    market = market_of_seed(0)
    assert (market.sessions[0], market.sessions[-1]) == (pd.Timestamp("2016-01-04"), pd.Timestamp("2025-12-31"))
    assert len(market.sessions) == 2514
    assert market.tickers == PAIR


def test_eth_opens_at_midnight_where_it_closed() -> None:
    market = market_of_seed(0)
    next_day = np.diff(market.sessions) == np.timedelta64(1, "D")
    np.testing.assert_allclose(market.crypto.open[1:][next_day], market.crypto.close[:-1][next_day], rtol=1e-12)
    after_a_weekend = market.crypto.open[1:][~next_day] / market.crypto.close[:-1][~next_day]
    assert (after_a_weekend != 1.0).all()


def test_iwm_moves_overnight_too() -> None:
    market = market_of_seed(0)
    overnight = np.log(market.equity.open[1:] / market.equity.close[:-1])
    whole = np.log(market.equity.close[1:] / market.equity.close[:-1])
    assert 0.2 < overnight.var() / whole.var() < 0.4


@pytest.mark.parametrize("year", list(FACTS))
def test_volatility_and_correlation_of_each_year_are_close_to_the_facts(year: int) -> None:
    crypto, equity, correlation = FACTS[year]
    variances, correlations = [], []
    for market in map(market_of_seed, SEEDS):
        returns = market.log_returns.to_numpy()[1:][market.sessions[1:].year == year]
        variances.append(returns.var(axis=0, ddof=1) * 252)
        correlations.append(np.corrcoef(returns.T)[0, 1])
    np.testing.assert_allclose(np.sqrt(np.mean(variances, axis=0)), [crypto, equity], rtol=0.08)
    assert np.mean(correlations) == pytest.approx(correlation, abs=0.06)


def test_its_tails_are_fatter_than_normal_and_its_volatility_clusters() -> None:
    kurtosis, clustering = [], []
    for seed in SEEDS:
        market = market_of_seed(seed)
        returns, year = market.log_returns.to_numpy()[1:], market.sessions[1:].year
        scaled = np.vstack([zscore(returns[year == y], axis=0) for y in FACTS])
        kurtosis.append(np.median([excess(returns[year == y], axis=0) for y in FACTS], axis=0))
        clustering.append([np.corrcoef(np.abs(x[:-1]), np.abs(x[1:]))[0, 1] for x in scaled.T])
    crypto, equity = np.median(kurtosis, axis=0)
    assert 2.0 < crypto < 6.0
    assert 0.5 < equity < 6.6
    assert (np.mean(clustering, axis=0) > 0.03).all()


def edge_of(condition: Signal, threshold: float, leg: str, data: str = "demo") -> float:
    """z of the difference of a leg's mean next simple return between values over and up to a threshold, over all seeds.

    About normal with standard deviation 1 where the next return cannot be foretold.
    """
    scores = []
    for seed in SEEDS:
        market = market_of_seed(seed, data)
        value = condition.compute(market).to_numpy()[:-1]
        following = market.close[leg].pct_change().to_numpy()[1:]
        over, under = following[value > threshold], following[value <= threshold]
        if min(len(over), len(under)) < 100:
            continue
        error = np.sqrt(over.var() / len(over) + under.var() / len(under))
        scores.append((over.mean() - under.mean()) / error)
    assert len(scores) > 12
    return float(np.sum(scores) / np.sqrt(len(scores)))


@pytest.mark.parametrize("leg", ["crypto", "equity"])
@pytest.mark.parametrize(
    ("condition", "threshold"),
    [
        (Trend(leg="crypto", window=10), 0.0),
        (Trend(leg="crypto", window=120), 0.0),
        (Trend(leg="equity", window=21), 0.0),
        (Correlation(window=60), 0.2),
        (Volatility(leg="crypto", window=20), 0.8),
        (Gap(horizon=60, window=120), 0.0),
        (LeadLag(), 0.0),
        (YoYDivergence(), -0.3),
    ],
    ids=lambda value: value.label if isinstance(value, Signal) else "",
)
def test_no_past_foretells_the_next_simple_return(condition: Signal, threshold: float, leg: str) -> None:
    assert abs(edge_of(condition, threshold, leg)) < 3.5


@pytest.mark.parametrize("variance", [1e-6, 1e-4, 0.005, 0.05])
def test_whatever_the_variance_of_a_bar_its_simple_return_is_expected_to_be_zero(variance: float) -> None:
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)  # the expectation over a standard normal shock, exactly
    expected = (weights * np.exp(demo._fair(np.full(40, variance), nodes))).sum() / weights.sum()
    assert expected == pytest.approx(1.0, abs=1e-12)


def test_the_planted_drift_falls_on_the_sessions_that_a_fill_at_the_next_close_earns() -> None:
    draw = demo._draw(np.random.default_rng([5, 0xDE30]), spells=True)
    flat = make_market(
        demo._frames(draw, np.zeros(len(draw.days))), demo.PAIR, start=None, end=None, source="without the plant"
    )
    extra = (market_of_seed(5, "demo:edge").log_returns - flat.log_returns)["crypto"].to_numpy()
    positions = BreakEntry().decide(flat).weights_in_force(flat.sessions)["ETH-USD"].to_numpy() == 1.0
    days = np.diff(flat.sessions) / np.timedelta64(1, "D")
    daily = np.concatenate([[np.nan], extra[1:] / days])
    planted, rest = daily[2:][positions[:-2]], daily[2:][~positions[:-2]]
    assert len(planted) > 100
    np.testing.assert_allclose(planted, planted[0], rtol=1e-6)
    np.testing.assert_allclose(rest, rest[0], rtol=1e-6)
    assert (planted[0] - rest[0]) * 365.25 == pytest.approx(4.5, rel=1e-6)


def holding_z(data: str, delay: int) -> float:
    """z of ETH's mean simple return while `break_entry` holds it, less that of other sessions, over all seeds."""
    scores = []
    for seed in SEEDS:
        market = market_of_seed(seed, data)
        positions = (
            BreakEntry().decide(market).weights_in_force(market.sessions)["ETH-USD"].to_numpy()[: -delay or None]
        )
        following = market.close["crypto"].pct_change().to_numpy()[delay:]
        inside, outside = following[positions == 1.0], following[positions == 0.0]
        if min(len(inside), len(outside)) < 60:
            continue
        error = np.sqrt(inside.var() / len(inside) + outside.var() / len(outside))
        scores.append((inside.mean() - outside.mean()) / error)
    assert len(scores) > 12
    return float(np.sum(scores) / np.sqrt(len(scores)))


def test_the_planted_edge_is_there_for_a_trader_who_fills_at_the_next_close() -> None:
    # Decided at session D, filled at the close of D + 1, it earns the return of D + 2.
    assert holding_z("demo:edge", delay=2) > 8.0
    assert abs(holding_z("demo", delay=2)) < 3.5


@pytest.mark.parametrize("data", ["demo", "demo:edge"])
def test_every_strategy_finds_something_to_decide(data: str) -> None:
    market = market_of_seed(1, data)
    for cls in all_strategies().values():
        assert len(cls().decide(market).frame) >= 1


def test_another_pair_is_refused_with_the_way_to_bring_its_prices() -> None:
    groups = [f"SYN-{group}{number}" for group in "BCD" for number in ("", 1, 2, 3)]
    with refused(DataError, choices=["ETH-USD", "IWM", "SYN-A2", "SYN-A3", *groups], remedy="--data"):
        load_market("demo", ("BTC-USD", "SPY"), start=None, end=None, seed=1)
