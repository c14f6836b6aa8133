"""The statements on worlds in which they are true, false, or beyond telling."""

from pathlib import Path

import numpy as np
import pytest

from backtests.results.lockstep import lockstep
from backtests.results.statements import judge_statements
from backtests.results.statements.statement import RECENT, exact_share
from backtests.sources import load_market
from signals import Market, Readings
from signals.market import Floats
from tests.build import market_of


def world(crypto: Floats, equity: Floats) -> Market:
    """A market of these log returns."""
    return market_of(100 * np.exp(np.cumsum(crypto)), 100 * np.exp(np.cumsum(equity)))


def pair(seed: int, correlation: Floats | float, sessions: int = 1500) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    equity, own = rng.standard_normal((2, sessions))
    return 0.03 * (correlation * equity + np.sqrt(1 - np.square(correlation)) * own), 0.01 * equity


def word(market: Market, statement: str) -> str:
    return judge_statements(Readings(market), seed=1)[statement].finding.split(":")[0]


def test_a_correlation_that_has_fallen_is_found_weaker() -> None:
    fallen = np.where(np.arange(1500) < 1500 - RECENT, 0.7, 0.0)
    assert word(world(*pair(1, fallen)), "S1") == "Supported"
    assert word(world(*pair(1, 0.7 - fallen)), "S1") == "Contradicted"


def test_the_estimate_of_s1_is_the_difference_of_two_plain_correlations() -> None:
    crypto, equity = pair(2, 0.4)
    found = judge_statements(Readings(world(crypto, equity)), seed=1)["S1"]
    recent = np.corrcoef(crypto[-252:], equity[-252:])[0, 1]
    before = np.corrcoef(crypto[-1008:-252], equity[-1008:-252])[0, 1]
    assert found.estimate == pytest.approx(recent - before)
    assert found.ci[0] < found.estimate < found.ci[1]


def test_an_eth_that_leads_by_two_sessions_is_found_first() -> None:
    crypto, noise = pair(3, 0.0)
    equity = 0.8 * noise + 0.2 * np.concatenate([[0.0, 0.0], crypto[:-2]])
    assert word(world(crypto, equity), "S3c") == "Supported"
    lagging = 0.02 * np.random.default_rng(4).standard_normal(1500) + 2 * np.concatenate([[0.0, 0.0], equity[:-2]])
    assert word(world(lagging, equity), "S3c") == "Contradicted"


def test_a_gap_that_closes_is_found_to_close() -> None:
    rng = np.random.default_rng(5)
    equity = 0.01 * rng.standard_normal(2500)
    distance, crypto = 0.0, np.empty(2500)
    for i in range(2500):  # ETH is pulled back to IWM with a half-life of about 20 sessions
        step = -0.035 * distance + 0.03 * rng.standard_normal()
        distance += step
        crypto[i] = equity[i] + step
    assert word(world(crypto, equity), "S3b") == "Supported"


def test_a_sample_too_short_for_a_statement_says_so_without_a_number() -> None:
    for key, found in judge_statements(Readings(world(*pair(6, 0.4, sessions=150))), seed=1).items():
        assert found.finding.startswith("Cannot tell"), key
        assert np.isnan(found.estimate), key


def test_a_leg_that_never_moves_gives_no_numbers_and_no_warnings() -> None:
    still = market_of(100 * np.exp(np.cumsum(pair(7, 0.4, sessions=800)[0])), np.full(800, 50.0))
    for key, found in judge_statements(Readings(still), seed=1).items():
        assert found.finding.startswith("Cannot tell"), key
        assert "nan" not in found.finding, key


def test_pairs_on_one_clock_are_judged_at_lag_one(real_folder: Path) -> None:
    market = load_market(str(real_folder), ("GLD", "TLT"), start=None, end=None, seed=0)
    found = judge_statements(Readings(market), seed=1)["S3c"]
    assert found.detail["first_lag"] == 1
    assert found.detail["clock"] is None
    assert "clocks" not in found.finding


def test_four_breaks_of_four_decide_nothing() -> None:
    # Clopper and Pearson: the lower bound of 4 of 4 is 0.025^(1/4) = 0.398, of 6 of 6 it is 0.025^(1/6) = 0.541
    assert exact_share(4, 4) == pytest.approx((0.025**0.25, 1.0))
    assert exact_share(6, 6)[0] == pytest.approx(0.025 ** (1 / 6))
    assert exact_share(0, 4) == pytest.approx((0.0, 1 - 0.025**0.25))


def test_the_last_session_is_read_as_it_stands(demo: Market) -> None:
    now = lockstep(Readings(demo))
    logs = np.log(np.column_stack([demo.crypto.close, demo.equity.close]))
    returns = np.diff(logs, axis=0)
    assert now["return_correlation"] == pytest.approx(np.corrcoef(returns[-90:].T)[0, 1])
    levels = np.corrcoef(demo.crypto.close[-90:], demo.equity.close[-90:])[0, 1]
    assert now["level_correlation"] == pytest.approx(levels)
    assert [year["year"] for year in now["correlation_by_year"]] == list(range(2016, 2026))


def test_the_published_correlations_come_out_on_real_prices(real: Market) -> None:
    found = {year["year"]: round(year["correlation"], 3) for year in lockstep(Readings(real))["correlation_by_year"]}
    published = {
        2016: -0.138, 2017: 0.090, 2018: 0.103, 2019: -0.017, 2020: 0.454,
        2021: 0.214, 2022: 0.561, 2023: 0.145, 2024: 0.429, 2025: 0.508,
    }  # fmt: skip
    assert {year: found[year] for year in published} == published
