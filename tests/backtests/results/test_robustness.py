"""Robustness tables: simulated where they say so, and parts and years that add up to the whole."""

from typing import Any

import numpy as np
import pytest

from tests.backtests.build import FREE, WINDOW, experiment_of, paying_market, plain_weights
from tests.build import market_of, random_market
from unlockstep.backtests.engine import portfolio as engine
from unlockstep.backtests.engine.experiment import Experiment
from unlockstep.backtests.results.evidence import weights_of
from unlockstep.backtests.results.model.base import as_float
from unlockstep.backtests.results.model.variant import RandomEntries, Robustness
from unlockstep.backtests.results.robustness import COST_MULTIPLES, FILLS, LAGS, break_even, robustness
from unlockstep.backtests.stats.random_entries import random_entries
from unlockstep.backtests.stats.sharpe import sharpe_ratio
from unlockstep.backtests.stats.timing_test import timing_test
from unlockstep.signals import Market

SESSIONS = 400


@pytest.fixture(scope="module")
def market() -> Market:
    return random_market(12, SESSIONS)


@pytest.fixture(scope="module")
def conducted(market: Market) -> Experiment:
    return experiment_of(market)


@pytest.fixture(scope="module")
def tables(conducted: Experiment) -> Robustness:
    return robustness(conducted, conducted.candidates[0])


def mean_lead(experiment: Experiment, multiple: float) -> float:
    """Mean net return over the constant mix from an engine run of its own."""
    variant = experiment.candidates[0]
    decisions = [experiment.decisions[experiment.place[variant]], experiment.mixes[variant]]
    returns = engine.run(experiment.evaluated, decisions, experiment.costs.times(multiple)).returns
    return float((returns.iloc[:, 0] - returns.iloc[:, 1]).mean())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_at_the_break_even_multiple_of_the_costs_the_lead_over_the_mix_is_gone(seed: int) -> None:
    experiment = experiment_of(paying_market(SESSIONS, seed=seed, pays=0.0012))
    multiple = break_even(experiment, experiment.candidates[0])
    free = mean_lead(experiment, 0.0)
    assert free > 0
    assert 1.0 < multiple < 40.0
    # costs are nearly linear in their rates: a hundredth of the lead may be left
    assert abs(mean_lead(experiment, multiple)) < 0.01 * free
    assert mean_lead(experiment, 0.9 * multiple) > 0 > mean_lead(experiment, 1.1 * multiple)


def test_where_there_is_no_lead_or_no_cost_nothing_breaks_even() -> None:
    losing = experiment_of(paying_market(SESSIONS, pays=-0.003))
    assert mean_lead(losing, 0.0) < 0
    assert np.isnan(break_even(losing, losing.candidates[0]))
    free = experiment_of(paying_market(SESSIONS), costs=FREE)
    assert np.isnan(break_even(free, free.candidates[0]))


def test_the_cost_table_holds_the_study_s_own_multiple_too(market: Market, tables: Robustness) -> None:
    assert [row.multiple for row in tables.costs] == [0.0, 1.0, 2.0, 4.0]
    experiment = experiment_of(market, cost_multiple=3.0)
    rows = robustness(experiment, experiment.candidates[0]).costs
    assert [row.multiple for row in rows] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_every_row_of_costs_lags_and_fills_is_an_engine_run_of_its_own(
    conducted: Experiment, tables: Robustness
) -> None:
    def sharpe(multiple: float = 1.0, **how: Any) -> float:
        decision = conducted.decisions[conducted.place[conducted.candidates[0]]]
        costs = conducted.costs.times(multiple)
        returns = engine.run(conducted.evaluated, [decision], costs, **how).returns.iloc[:, 0]
        return float(returns.mean() / returns.std() * np.sqrt(252))

    assert [row.sharpe for row in tables.costs] == pytest.approx([sharpe(m) for m in COST_MULTIPLES])
    assert [row.sharpe for row in tables.lag] == pytest.approx([sharpe(lag=lag) for lag in LAGS])
    assert [row.sharpe for row in tables.fill] == pytest.approx([sharpe(fill=fill) for fill in FILLS])
    assert (
        len({round(as_float(x), 6) for x in [*(r.sharpe for r in tables.costs), *(r.sharpe for r in tables.lag)]}) == 8
    )  # one in both


def test_the_lag_table_s_timing_is_that_of_decisions_against_later_returns(
    market: Market, conducted: Experiment, tables: Robustness
) -> None:
    positions, close = plain_weights(market), market.close.to_numpy()[WINDOW:]
    assert [row.lag for row in tables.lag] == [1, 2, 3, 4, 5]
    everything = conducted.weights
    i = conducted.place[conducted.candidates[0]]
    for row in tables.lag:
        earned = close[row.lag + 1 :] / close[row.lag : -1] - 1.0
        w, r = positions[: len(earned), 1], earned[:, 1]
        x = (w - w.mean()) * (r - r.mean())
        assert row.timing_ir == pytest.approx(x.mean() / x.std() * np.sqrt(252))
        again = timing_test(everything[: len(earned)], earned)
        assert row.timing_p == pytest.approx(again.p[i])


def test_a_study_with_a_lag_of_its_own_shows_it() -> None:
    late = experiment_of(random_market(12, SESSIONS), lag=8)
    rows = robustness(late, late.candidates[0]).lag
    assert [row.lag for row in rows] == [1, 2, 3, 4, 5, 8]
    assert rows[-1].timing_ir == late.timing.information_ratio[0]


@pytest.mark.parametrize("lag", [1, 4])
def test_the_years_timing_returns_add_up_to_the_whole(lag: int) -> None:
    market = random_market(12, 700)
    experiment = experiment_of(market, lag=lag)
    rows = robustness(experiment, experiment.candidates[0]).subperiods
    close = market.slice(WINDOW).equity.close
    earned = close[lag + 1 :] / close[lag:-1] - 1.0
    positions = plain_weights(market)[: len(earned), 1]
    x = (positions - positions.mean()) * (earned - earned.mean())
    assert [row.year for row in rows] == [2024, 2025, 2026]
    assert sum(as_float(row.timing_return) for row in rows) == pytest.approx(x.sum())
    # a timing return belongs to the session in which it was earned
    earned_in = market.sessions[WINDOW + lag + 1 :].year
    for row in rows:
        assert row.timing_return == pytest.approx(x[earned_in == row.year].sum())


def test_the_years_returns_compound_to_the_whole(conducted: Experiment, tables: Robustness) -> None:
    whole = float(np.prod(1.0 + conducted.returns(1.0)[conducted.candidates[0]].to_numpy()))
    assert np.prod([1.0 + as_float(row.simple_return) for row in tables.subperiods]) == pytest.approx(whole)
    assert sum(row.sessions for row in tables.subperiods) == SESSIONS - WINDOW - 1


@pytest.mark.parametrize("sessions", [398, 399, 400])
def test_three_parts_of_equal_length_cover_every_session_once(sessions: int) -> None:
    market = random_market(12, sessions)
    experiment = experiment_of(market)
    parts = robustness(experiment, experiment.candidates[0]).parts
    earning = [str(day.date()) for day in market.sessions[WINDOW + 2 :]]
    spans = [(earning.index(part.first), earning.index(part.last)) for part in parts]
    covered = [row for first, last in spans for row in range(first, last + 1)]
    assert covered == list(range(len(earning)))
    lengths = [last - first + 1 for first, last in spans]
    assert len(lengths) == 3
    assert max(lengths) - min(lengths) <= 1


def test_a_part_is_timed_about_its_own_averages(market: Market, tables: Robustness) -> None:
    close = market.slice(WINDOW).equity.close
    earned = close[2:] / close[1:-1] - 1.0
    positions = plain_weights(market)[: len(earned), 1]
    first = 0
    for part, rows in zip(tables.parts, np.array_split(np.arange(len(earned)), 3), strict=True):
        assert rows[0] == first
        first = rows[-1] + 1
        x = (positions[rows] - positions[rows].mean()) * (earned[rows] - earned[rows].mean())
        assert part.timing_ir == pytest.approx(x.mean() / x.std() * np.sqrt(252))
        assert part.timing_p == timing_test(positions[rows], earned[rows]).p[0]


def test_random_entries_are_those_of_the_weights_and_the_study_s_seed(
    conducted: Experiment, tables: Robustness
) -> None:
    expected = random_entries(
        weights_of(conducted, conducted.candidates[0]), conducted.earned(), seed=conducted.study.seed
    )
    assert tables.random_entries == RandomEntries(**vars(expected))


def test_more_costs_never_raise_the_sharpe_ratio_of_a_rule_that_trades_often(tables: Robustness) -> None:
    sharpes = [as_float(row.sharpe) for row in tables.costs]
    leads = [as_float(row.ir_over_mix) for row in tables.costs]
    assert sharpes == sorted(sharpes, reverse=True)
    assert leads == sorted(leads, reverse=True)
    assert sharpes[0] - sharpes[-1] > 0.3


def test_a_variant_that_never_trades_has_tables_without_figures() -> None:
    # a trend of ETH that never turns up: cash for ever
    falling = random_market(3, 200)
    experiment = experiment_of(market_of(np.exp(-0.01 * np.arange(200)), falling.equity.close))
    result = robustness(experiment, experiment.candidates[0])
    assert all(row.sharpe is None for row in result.costs)
    assert result.break_even_multiple is None
    assert {(row.timing_p, row.timing_ir) for row in result.lag} == {(1.0, None)}
    assert {(row.timing_p, row.timing_ir) for row in result.parts} == {(1.0, None)}
    assert result.random_entries.p == 1.0
    assert sum(as_float(row.timing_return) for row in result.subperiods) == 0.0
    assert np.isnan(sharpe_ratio(experiment.returns(0.0)[experiment.candidates[0]].to_numpy()))
