"""The family's entry: what is counted, against which yardsticks it is tested, and what a family of one has not."""

import numpy as np
import pytest

from tests.backtests.build import FAST, FREE, experiment_of, paying_market
from tests.build import market_of, random_market
from unlockstep.backtests.engine.experiment import Experiment
from unlockstep.backtests.results.family import family_result
from unlockstep.backtests.results.model.base import as_float
from unlockstep.backtests.results.model.family import FamilyResult
from unlockstep.backtests.results.out_of_sample import every_out_of_sample
from unlockstep.backtests.stats.sharpe import sharpe_ratio
from unlockstep.backtests.stats.spa import superior_predictive_ability
from unlockstep.backtests.trials.deflated_sharpe import minimum_backtest_length
from unlockstep.backtests.trials.trial_count import count_trials
from unlockstep.backtests.trials.trial_recording import trials_of

THREE = {"strategy": "eth_leads", "params": {"trend": [10, 21, 42]}}


def entry_of(experiment: Experiment) -> FamilyResult:
    trials = count_trials(trials_of(experiment), None, experiment.primary)
    walked = every_out_of_sample(experiment, [None] if experiment.candidates else [])
    return family_result(experiment, trials, walked.get(None))


@pytest.fixture(scope="module")
def three() -> Experiment:
    return experiment_of(random_market(4, 400), THREE, train_sessions=100, test_sessions=60)


@pytest.fixture(scope="module")
def entry(three: Experiment) -> FamilyResult:
    return entry_of(three)


def test_trials_are_the_claims_and_no_benchmark(three: Experiment, entry: FamilyResult) -> None:
    assert len(three.strategies) == 7  # four benchmarks
    assert entry.n_trials == entry.n_variants == 3
    assert 1.0 < as_float(entry.n_effective) <= 3.0


def test_copies_of_a_variant_are_one_trial() -> None:
    # thresholds between which no YoY of a market that doubles each year ever lies: the same decisions three times
    rng = np.random.default_rng(1)
    crypto = np.exp(np.cumsum(0.04 * rng.standard_normal(700)))
    equity = 100.0 * np.exp(np.cumsum(np.log(2.0) / 252 + 0.001 * rng.standard_normal(700)))
    copies = experiment_of(market_of(crypto, equity), {"strategy": "barometer", "params": {"threshold": [0, 0.1, 0.2]}})
    assert len(copies.candidates) == 3
    assert entry_of(copies).n_effective == 1.0


def test_one_variant_is_one_trial_and_has_no_overfitting_probability() -> None:
    one = entry_of(experiment_of(random_market(4, 400), FAST, train_sessions=100, test_sessions=60))
    assert one.n_effective == one.n_trials == 1
    assert one.pbo is None
    assert one.walk_forward is not None
    assert one.walk_forward.pbo is None
    assert one.primary_share is None  # alone it has the whole error


def test_several_variants_have_an_overfitting_probability(entry: FamilyResult) -> None:
    assert 0.0 <= as_float(entry.pbo) <= 1.0
    assert entry.walk_forward is not None
    assert entry.walk_forward.pbo is not None
    assert entry.pbo == entry.walk_forward.pbo.pbo


def test_a_sample_too_short_to_walk_has_neither_walk_nor_overfitting_probability() -> None:
    short = entry_of(experiment_of(random_market(4, 400), THREE))
    assert short.walk_forward is None
    assert short.pbo is None


def test_the_family_is_tested_against_three_yardsticks(three: Experiment, entry: FamilyResult) -> None:
    assert list(entry.spa) == ["constant_mix", "hold_eth", "hold_iwm"]
    returns = three.returns(1.0)
    net = returns[three.candidates].to_numpy()
    for name, test in entry.spa.items():
        assert as_float(test.p_lower) <= as_float(test.p) <= as_float(test.p_upper)
        assert set(test.superior) <= set(three.candidates)
        if name != "constant_mix":
            expected = superior_predictive_ability(net, returns[name].to_numpy(), seed=three.study.seed)
            assert (test.p, test.p_reality_check) == (expected.p_consistent, expected.p_reality_check)
    assert entry.spa_p == entry.spa["constant_mix"].p


def test_each_variant_is_held_against_a_constant_mix_of_its_own() -> None:
    # a leg that rises a little each session: who holds it longer is ahead of another one's mix without any timing
    rng = np.random.default_rng(8)
    crypto = 2000.0 * np.exp(np.cumsum(0.002 + 0.04 * rng.standard_normal(500)))
    equity = 100.0 * np.cumprod(1.001 + 0.005 * rng.standard_normal(500))
    different = {"strategy": "eth_leads", "params": {"trend": [10, 120]}}
    experiment = experiment_of(market_of(crypto, equity), different, costs=FREE)
    returns, seed = experiment.returns(1.0), experiment.study.seed
    net = returns[experiment.candidates].to_numpy()
    mixes = returns[[f"constant mix of {candidate}" for candidate in experiment.candidates]].to_numpy()
    nothing = np.zeros(len(returns))
    single, foreign = (
        superior_predictive_ability(net - mix, nothing, seed=seed).p_consistent for mix in (mixes, mixes[:, :1])
    )
    assert single != foreign
    assert entry_of(experiment).spa["constant_mix"].p == single


def test_a_variant_that_is_far_ahead_is_named_superior() -> None:
    ahead = experiment_of(paying_market(400, pays=0.006), THREE, costs=FREE)
    result = entry_of(ahead).spa["constant_mix"]
    assert ahead.candidates[0] in result.superior
    assert as_float(result.p) < 0.01


def test_the_backtest_length_is_that_of_the_best_sharpe_ratio(three: Experiment, entry: FamilyResult) -> None:
    best = max(sharpe_ratio(three.returns(1.0)[candidate].to_numpy()) for candidate in three.candidates)
    assert best > 0
    assert entry.min_backtest_years == minimum_backtest_length(as_float(entry.n_effective), best)


def test_the_primary_s_share_is_told_where_one_was_named(three: Experiment, entry: FamilyResult) -> None:
    assert entry.primary_share is None
    named = experiment_of(random_market(4, 400), THREE, primary="eth_leads(trend=21)", primary_share=0.4)
    assert entry_of(named).primary_share == 0.4
    assert entry.critical_t == three.timing.critical


def test_a_study_of_benchmarks_alone_tries_nothing() -> None:
    result = entry_of(experiment_of(random_market(4, 200), {"strategy": "hold_iwm"}))
    assert result.n_trials == result.n_effective == 0
    assert result.spa == {}
    assert (result.spa_p, result.pbo, result.walk_forward, result.min_backtest_years) == (None, None, None, None)
