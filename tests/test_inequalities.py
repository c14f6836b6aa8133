"""What must never happen, whatever the numbers: claims about the statistics and the verdict, as inequalities.

A skill-less winner fails; more trials, more doubt; what has no timing is never an edge; whatever strengthens the
evidence never weakens the verdict.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.backtests.build import FREE, experiment_of, paying_market, verdicts_of
from tests.build import market_of, random_market
from unlockstep.backtests.calibration.families import FAMILIES
from unlockstep.backtests.calibration.judge_world import Task, judge_world
from unlockstep.backtests.config.thresholds import Rule
from unlockstep.backtests.results.decision import Evidence, Gates
from unlockstep.backtests.results.evidence import evaluate
from unlockstep.backtests.results.model.base import Decision
from unlockstep.backtests.results.reasons import Candidate, Verdict
from unlockstep.backtests.results.verdict import judge_study, judge_variant
from unlockstep.backtests.stats.random_entries import random_entries
from unlockstep.backtests.stats.sharpe import (
    annual_factor,
    lo_standard_error,
    minimum_track_record_length,
    moments,
    probabilistic_sharpe_ratio,
    sharpe_ratio,
)
from unlockstep.backtests.stats.spa import superior_predictive_ability
from unlockstep.backtests.stats.timing_bootstrap import timing_bootstrap
from unlockstep.backtests.stats.timing_test import timing_test
from unlockstep.backtests.trials.deflated_sharpe import (
    deflated_sharpe_ratio,
    effective_trials,
    haircut_sharpe_ratio,
    minimum_backtest_length,
)
from unlockstep.signals.market import Floats

ROUNDING = 1e-9

ratios = st.floats(-0.3, 0.3)
"""Sharpe ratios per session: up to 4.8 a year."""
skews = st.floats(-2.0, 2.0)
tails = st.floats(5.0, 30.0)  # raw kurtosis; at least 1 + skewness² for every distribution there is
lengths = st.integers(30, 5000)
counts = st.floats(1.0, 10_000.0)
seeds = st.integers(0, 10_000)


def idle(seed: int, sessions: int = 200, variants: int = 5) -> tuple[Floats, Floats]:
    """Persistent long/flat weights of two assets that know nothing of fat-tailed returns."""
    rng = np.random.default_rng(seed)
    returns = rng.standard_t(5, (sessions, 2)) * (0.04, 0.01)
    slow = np.cumsum(rng.standard_normal((sessions, variants, 2)), axis=0)
    return (slow > np.median(slow, axis=0)).astype(float) * 0.5, returns


# ---------------------------------------------------------------------------------------------- skill-less winners


def drifting(seed: int, sessions: int = 1260, rules: int = 20) -> tuple[Floats, Floats]:
    """Random long/flat rules, one asset that doubles every year."""
    rng = np.random.default_rng(seed)
    returns = 0.02 * rng.standard_t(5, sessions) + np.log(2.0) / 252
    slow = np.cumsum(rng.standard_normal((sessions, rules)), axis=0)
    return (slow > np.median(slow, axis=0)).astype(float), returns


def psr(returns: Floats) -> float:
    sr, skewness, kurtosis = moments(returns)
    return probabilistic_sharpe_ratio(sr, len(returns), skewness=skewness, kurtosis=kurtosis)


def test_the_best_of_twenty_idle_rules_on_a_drifting_asset_looks_sure_and_has_no_timing() -> None:
    sure, timed = 0, 0
    for seed in range(60):
        weights, returns = drifting(seed)
        earned = weights * returns[:, None]
        best = int(np.argmax([sharpe_ratio(column) for column in earned.T]))
        sure += psr(earned[:, best]) > 0.95
        timed += timing_test(weights, returns).p_family[best] <= 0.05
    assert sure >= 54
    # nominal 5 % of 60; more than 8 have a probability below 0.3 %
    assert timed <= 8


@pytest.mark.parametrize("seed", range(6))
def test_no_study_calls_the_winner_of_a_drifting_market_an_edge(seed: int) -> None:
    rng = np.random.default_rng(seed)
    crypto = random_market(seed, 1000).crypto.close
    equity = 100.0 * np.cumprod(1.0 + 0.01 * rng.standard_t(5, 1000) + np.log(2.5) / 252)
    experiment = experiment_of(
        market_of(crypto, equity), {"strategy": "eth_leads", "params": {"trend": [10, 15, 21, 30, 42]}}, costs=FREE
    )
    returns = experiment.returns(1.0)[experiment.candidates]
    assert max(psr(returns[candidate].to_numpy()) for candidate in experiment.candidates) > 0.95
    assert verdicts_of(experiment).study.decision != "edge"


@pytest.mark.slow
def test_the_best_of_twenty_in_drifting_worlds_passes_for_skill_in_naive_eyes_only() -> None:
    family, unused = FAMILIES["best of 20"], np.zeros((9, 2))
    records = [judge_world(Task("drift", family.name, number, 3), family, unused, ())[0] for number in range(40)]
    assert sum(t.psr for t in records) >= 34
    # nominal 5 % of 40; more than 7 have a probability below 0.2 %
    assert sum(t.decision == "edge" for t in records) <= 7


# ---------------------------------------------------------------------------------------------- Sharpe ratios


@given(ratios, lengths, counts, counts, st.floats(0.0, 0.01), skews, tails)
@settings(deadline=None)
def test_more_trials_never_raise_a_deflated_sharpe_ratio(
    sr: float, n: int, few: float, more: float, variance: float, skewness: float, kurtosis: float
) -> None:
    few, more = sorted((few, more))
    shape: dict[str, float] = {"trial_variance": variance, "skewness": skewness, "kurtosis": kurtosis}
    fewer = deflated_sharpe_ratio(sr, n, n_trials=few, **shape)
    assert deflated_sharpe_ratio(sr, n, n_trials=more, **shape) <= fewer
    assert fewer <= probabilistic_sharpe_ratio(sr, n, skewness=skewness, kurtosis=kurtosis)


@given(ratios, lengths, counts, st.floats(0.0, 0.01), st.floats(0.0, 0.01))
@settings(deadline=None)
def test_trials_that_differ_more_never_raise_a_deflated_sharpe_ratio(
    sr: float, n: int, trials: float, narrow: float, wide: float
) -> None:
    narrow, wide = sorted((narrow, wide))
    result = [deflated_sharpe_ratio(sr, n, n_trials=trials, trial_variance=v) for v in (narrow, wide)]
    assert result[1] <= result[0]


@given(ratios, lengths, ratios, ratios, skews, tails)
@settings(deadline=None)
def test_a_higher_hurdle_never_raises_a_probabilistic_sharpe_ratio(
    sr: float, n: int, low: float, high: float, skewness: float, kurtosis: float
) -> None:
    low, high = sorted((low, high))
    over = [
        probabilistic_sharpe_ratio(sr, n, benchmark=hurdle, skewness=skewness, kurtosis=kurtosis)
        for hurdle in (low, high)
    ]
    assert over[1] <= over[0]


@given(ratios, lengths, lengths, ratios, skews, tails)
@settings(deadline=None)
def test_a_longer_record_never_lowers_the_confidence_in_what_is_above_its_hurdle(
    sr: float, short: int, long: int, hurdle: float, skewness: float, kurtosis: float
) -> None:
    short, long = sorted((short, long))
    at = [
        probabilistic_sharpe_ratio(sr, n, benchmark=hurdle, skewness=skewness, kurtosis=kurtosis) for n in (short, long)
    ]
    assert at[1] >= at[0] if sr >= hurdle else at[1] <= at[0]


@given(st.floats(0.001, 0.3), lengths, skews, skews, tails, tails)
@settings(deadline=None)
def test_left_tails_and_fat_tails_never_raise_the_confidence_in_a_positive_ratio(
    sr: float, n: int, left: float, right: float, thin: float, fat: float
) -> None:
    (left, right), (thin, fat) = sorted((left, right)), sorted((thin, fat))
    mild = probabilistic_sharpe_ratio(sr, n, skewness=right, kurtosis=thin)
    assert probabilistic_sharpe_ratio(sr, n, skewness=left, kurtosis=thin) <= mild
    assert probabilistic_sharpe_ratio(sr, n, skewness=right, kurtosis=fat) <= mild


@given(st.floats(0.01, 0.3), st.floats(0.01, 0.3), st.floats(0.5, 0.999), st.floats(0.5, 0.999), skews, tails)
@settings(deadline=None)
def test_more_confidence_never_takes_a_shorter_record_and_a_better_ratio_never_a_longer_one(
    weak: float, strong: float, unsure: float, sure: float, skewness: float, kurtosis: float
) -> None:
    (weak, strong), (unsure, sure) = sorted((weak, strong)), sorted((unsure, sure))
    needed = minimum_track_record_length(weak, confidence=sure, skewness=skewness, kurtosis=kurtosis)
    assert minimum_track_record_length(weak, confidence=unsure, skewness=skewness, kurtosis=kurtosis) <= needed
    assert minimum_track_record_length(strong, confidence=sure) <= minimum_track_record_length(weak, confidence=sure)
    # a record of that length, rounded up, has the confidence asked for
    reached = probabilistic_sharpe_ratio(weak, int(np.ceil(needed)), skewness=skewness, kurtosis=kurtosis)
    assert reached >= sure - ROUNDING


@given(ratios, ratios)
def test_no_record_is_long_enough_for_a_ratio_at_or_below_its_hurdle(sr: float, hurdle: float) -> None:
    assert np.isinf(minimum_track_record_length(sr, benchmark=max(sr, hurdle)))


@given(st.floats(-4, 4), lengths, counts, counts)
@settings(deadline=None)
def test_a_haircut_never_raises_a_sharpe_ratio_and_more_trials_never_cut_less(
    sr: float, n: int, few: float, more: float
) -> None:
    few, more = sorted((few, more))
    less, greater = (haircut_sharpe_ratio(sr, n, n_trials=trials) for trials in (few, more))
    assert abs(greater.sharpe) <= abs(less.sharpe) + ROUNDING
    assert abs(less.sharpe) <= abs(sr)
    assert greater.sharpe * sr >= 0.0
    assert greater.p_multiple >= less.p_multiple >= less.p - ROUNDING


@given(counts, counts, st.floats(0.1, 4), st.floats(0.1, 4))
@settings(deadline=None)
def test_more_trials_never_shorten_the_backtest_and_a_better_ratio_never_lengthens_it(
    few: float, more: float, weak: float, strong: float
) -> None:
    (few, more), (weak, strong) = sorted((few, more)), sorted((weak, strong))
    assert minimum_backtest_length(more, weak) >= minimum_backtest_length(few, weak)
    assert minimum_backtest_length(few, strong) <= minimum_backtest_length(few, weak)


@given(ratios, ratios, lengths, lengths)
def test_a_longer_record_never_widens_a_standard_error_and_a_larger_ratio_never_narrows_it(
    a: float, b: float, n: int, m: int
) -> None:
    small, large = sorted((abs(a), abs(b)))
    short, long = sorted((n, m))
    assert lo_standard_error(small, long) <= lo_standard_error(small, short)
    assert lo_standard_error(small, long) <= lo_standard_error(-large, long)


@given(st.floats(-0.1, 0.9), st.floats(-0.1, 0.9), st.integers(2, 60))
def test_more_persistence_never_raises_the_factor_that_makes_a_ratio_annual(a: float, b: float, q: int) -> None:
    low, high = (annual_factor(q, [rho**k for k in range(1, q)]) for rho in sorted((a, b)))
    assume(np.isfinite(low) and np.isfinite(high) and a > 0 and b > 0)
    assert high <= low + ROUNDING
    assert high <= np.sqrt(q) + ROUNDING


DAYS = pd.bdate_range("2020-01-01", periods=120)


@given(seeds, st.integers(1, 6))
@settings(max_examples=20, deadline=None)
def test_a_variant_more_never_lowers_the_number_of_trials_and_a_copy_leaves_it(seed: int, variants: int) -> None:
    rng = np.random.default_rng(seed)
    common, idiosyncratic = rng.standard_normal((120, 1)), rng.standard_normal((120, 7))
    returns = 0.01 * (rng.uniform(0, 2) * common + idiosyncratic)
    few = effective_trials(returns[:, :variants], DAYS)
    assert few - ROUNDING <= effective_trials(returns[:, : variants + 1], DAYS) + 1e-6
    assert effective_trials(returns[:, [*range(variants), 0]], DAYS) == pytest.approx(few, abs=1e-6)
    assert 1.0 <= few <= variants + ROUNDING


# ---------------------------------------------------------------------------------------------- timing


@given(seeds, st.floats(-1, 1), st.floats(-1, 1))
@settings(max_examples=20, deadline=None)
def test_a_constant_mix_never_has_timing(seed: int, crypto: float, equity: float) -> None:
    _, returns = idle(seed)
    mix = np.tile([crypto, equity], (len(returns), 1))
    test = timing_test(mix[:, None], returns)
    assert test.p[0] == test.p_family[0] == test.p_money[0] == 1.0
    assert np.isnan(test.information_ratio[0])
    assert timing_bootstrap(mix[:, None], returns, seed=1, draws=10).p[0] == 1.0
    assert random_entries(mix, returns, seed=1, draws=10).p == 1.0


@pytest.mark.parametrize("yearly", [0.2, 1.0, 5.0])
def test_a_rule_that_always_holds_is_never_an_edge_however_much_it_earns(yearly: float) -> None:
    rng = np.random.default_rng(4)
    crypto = np.exp(0.001 * np.arange(900))  # a trend that never turns
    equity = 100.0 * np.cumprod(1.0 + 0.002 * rng.standard_normal(900) + yearly / 252)
    experiment = experiment_of(market_of(crypto, equity), costs=FREE)
    assert psr(experiment.returns(1.0)[experiment.candidates[0]].to_numpy()) > 0.99
    judged = verdicts_of(experiment)
    assert judged.study.decision == "cannot tell"
    assert evaluate(experiment)[experiment.candidates[0]].evidence.timing_p_family == 1.0


@given(seeds, st.floats(0.01, 100), st.floats(0.01, 100), st.one_of(st.none(), st.integers(0, 4)))
@settings(max_examples=20, deadline=None)
def test_the_size_of_positions_and_of_returns_changes_no_p_value_and_no_decision(
    seed: int, size: float, scale: float, primary: int | None
) -> None:
    weights, returns = idle(seed)
    plain = timing_test(weights, returns, primary=primary)
    sized = timing_test(size * weights, scale * returns, primary=primary)
    for name in ("p", "p_family", "p_money"):
        np.testing.assert_allclose(getattr(sized, name), getattr(plain, name))
    np.testing.assert_array_equal(sized.p_family <= 0.05, plain.p_family <= 0.05)
    np.testing.assert_allclose(sized.information_ratio, plain.information_ratio, rtol=1e-6)
    one = [random_entries(w * weights[:, 0], returns, seed=1, draws=50).p for w in (1.0, size)]
    assert one[0] == one[1]


@given(seeds, st.integers(0, 4), st.one_of(st.none(), st.integers(0, 4)), st.floats(0.1, 10))
@settings(max_examples=30, deadline=None)
def test_a_copy_of_any_variant_at_any_size_changes_no_family_wise_decision(
    seed: int, which: int, primary: int | None, size: float
) -> None:
    weights, returns = idle(seed)
    doubled = np.concatenate([weights, size * weights[:, which : which + 1]], axis=1)
    plain, more = (timing_test(w, returns, primary=primary) for w in (weights, doubled))
    np.testing.assert_allclose(more.p_family[:5], plain.p_family)
    assert more.p_family[5] == pytest.approx(plain.p_family[which])
    np.testing.assert_array_equal(more.p_family[:5] <= 0.05, plain.p_family <= 0.05)


@given(seeds, st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_a_variant_more_never_makes_another_one_surer_or_easier_to_find(seed: int, before: int) -> None:
    weights, returns = idle(seed)
    few, more = (timing_test(weights[:, :v], returns) for v in (before, before + 1))
    assert (more.p_family[:before] >= few.p_family - ROUNDING).all()
    assert more.critical >= few.critical - ROUNDING
    if np.argmax(more.t) < before:  # what could be seen is asked without the strongest one's effect: the same in both
        assert (more.detectable[:before] >= few.detectable - 1e-2).all()
    np.testing.assert_array_equal(more.p[:before], few.p)


@given(seeds, st.integers(0, 4), st.floats(0.05, 0.95))
@settings(max_examples=20, deadline=None)
def test_a_primary_pays_for_its_family_at_most_what_its_share_costs(seed: int, primary: int, share: float) -> None:
    test = timing_test(*idle(seed), primary=primary, primary_share=share)
    single = test.p[primary]
    assert single - ROUNDING <= test.p_family[primary] <= single / share + ROUNDING
    assert (test.p_family >= test.p - ROUNDING).all()


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_mirrored_positions_have_mirrored_statistics_and_only_one_side_can_be_right(seed: int) -> None:
    weights, returns = idle(seed)
    plain, mirrored = timing_test(weights, returns), timing_test(-weights, returns)
    for name in ("t", "t_money", "information_ratio"):
        np.testing.assert_allclose(getattr(mirrored, name), -getattr(plain, name), atol=1e-9)
    # the true alignment counts on both sides
    assert (plain.p + mirrored.p >= 1.0 + 1 / len(returns) - ROUNDING).all()
    both = timing_test(np.concatenate([weights[:, :1], -weights[:, :1]], axis=1), returns)
    assert (both.p_family <= 0.05).sum() <= 1


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_bounds_stand_in_their_order(seed: int) -> None:
    test = timing_test(*idle(seed))
    assert (test.ci[:, 0] < test.information_ratio).all()
    assert (test.information_ratio < test.upper).all()
    assert (test.upper < test.ci[:, 1]).all()
    assert (test.detectable > 0).all()


@given(seeds, st.integers(2, 60))
@settings(max_examples=20, deadline=None)
def test_no_p_value_is_zero(seed: int, sessions: int) -> None:
    weights, returns = idle(seed, sessions + 10)
    weights[:, 0, 0] = returns[:, 0]  # knows everything
    test = timing_test(weights, returns)
    assert test.p.min() >= 1 / len(returns)
    assert test.p_family.min() >= 1 / len(returns)
    assert random_entries(weights[:, 0], returns, seed=1, draws=20).p >= 1 / 21


# ---------------------------------------------------------------------------------------------- yardsticks


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_a_variant_more_never_makes_a_family_s_best_look_surer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    returns = 0.01 * (rng.standard_normal((150, 4)) + np.array([0.15, 0.05, 0.0, -0.05]))
    weaker = returns[:, :1] - returns[:, :1].mean() - 0.01 + 0.005 * rng.standard_normal((150, 1))
    nothing = np.zeros(150)
    few = superior_predictive_ability(returns, nothing, seed=1, draws=100, block=3)
    more = superior_predictive_ability(np.hstack([returns, weaker]), nothing, seed=1, draws=100, block=3)
    assume(few.block > 0)
    assert more.p_consistent >= few.p_consistent
    assert more.p_upper >= few.p_upper
    assert more.p_lower >= few.p_lower
    assert more.p_reality_check >= few.p_reality_check
    assert not (more.superior[:4] & ~few.superior).any()
    # it is hopeless, so that the test with Hansen's threshold hardly minds it
    assert more.p_consistent <= few.p_consistent + 0.03


# ---------------------------------------------------------------------------------------------- costs


@pytest.mark.parametrize("seed", range(4))
def test_higher_costs_never_improve_the_lead_of_a_rule_that_trades_more_than_its_mix(seed: int) -> None:
    for market in (random_market(seed, 300), paying_market(300, seed=seed)):
        experiment = experiment_of(market)
        variant = experiment.candidates[0]
        mix = experiment.mixes[variant].variant
        leads, ends = [], []
        for multiple in (0.0, 0.5, 1.0, 2.0, 4.0):
            returns = experiment.returns(multiple)
            leads.append(float((returns[variant] - returns[mix]).mean()))
            ends.append(np.prod(1.0 + returns.to_numpy(), axis=0))
        assert np.diff(leads).max() < 0
        assert np.diff(ends, axis=0).max() <= ROUNDING  # no account, a benchmark's included, gains by costs


# ---------------------------------------------------------------------------------------------- the verdict

figures = st.floats(-2, 2).map(lambda figure: round(figure, 6))
shares = st.floats(0, 1)
evidence = st.builds(
    Evidence,
    timing_ir=figures,
    timing_ci=st.just((-1.0, 1.0)),
    timing_upper=figures,
    timing_p=shares,
    timing_p_family=st.one_of(shares, st.floats(0, 0.06)),
    cost_drag_ir=st.floats(0, 1),
    detectable=st.floats(0.1, 3),
    years=st.floats(1, 20),
)
later = st.builds(
    Gates,
    money_p=st.one_of(shares, st.floats(0, 0.06)),
    out_of_sample_ir=st.one_of(figures, st.just(float("nan"))),
    net_ir=st.one_of(figures, st.just(float("nan"))),
    best_episode=st.one_of(st.floats(0, 3), st.just(float("nan"))),
)
RULE = Rule()


def decide(e: Evidence, g: Gates, rule: Rule = RULE, *, may_have_none: bool = True) -> Decision:
    return judge_variant(e, rule, family=5, may_have_none=may_have_none, primary=False, gates=g).decision


def better(g: Gates, by: tuple[float, float, float, float]) -> Gates:
    """The same gates with every figure moved towards passing; a missing one stays so."""
    return Gates(
        money_p=g.money_p * (1 - by[0]),
        out_of_sample_ir=g.out_of_sample_ir + by[1],
        net_ir=g.net_ir + by[2],
        best_episode=g.best_episode * (1 - by[3]),
    )


@given(evidence, later, st.tuples(shares, shares, shares, shares, shares), st.booleans())
@settings(max_examples=300)
def test_stronger_evidence_never_takes_an_edge_away(
    e: Evidence, g: Gates, by: tuple[float, float, float, float, float], may_have_none: bool
) -> None:
    stronger = replace(e, timing_p_family=e.timing_p_family * (1 - by[4]))
    result = decide(stronger, better(g, by[:4]), may_have_none=may_have_none)
    if decide(e, g, may_have_none=may_have_none) == "edge":
        assert result == "edge"
    # nor does it make a hopeless case of one that was not
    elif decide(e, g, may_have_none=may_have_none) == "cannot tell":
        assert result != "no edge"


@given(evidence, later, shares, st.booleans())
@settings(max_examples=300)
def test_a_lower_bound_or_higher_costs_never_turn_no_edge_into_anything_else(
    e: Evidence, g: Gates, by: float, may_have_none: bool
) -> None:
    if decide(e, g, may_have_none=may_have_none) == "no edge":
        lower = replace(e, timing_upper=e.timing_upper - by)
        dearer = replace(e, cost_drag_ir=e.cost_drag_ir + by)
        assert decide(lower, g, may_have_none=may_have_none) == "no edge"
        assert decide(dearer, g, may_have_none=may_have_none) == "no edge"


@given(evidence, later)
@settings(max_examples=100)
def test_costs_beyond_every_bound_leave_no_edge_to_what_has_not_passed_the_test(e: Evidence, g: Gates) -> None:
    eaten = replace(e, timing_p_family=1.0, cost_drag_ir=10.0)
    assert decide(eaten, g) == "no edge"
    assert decide(eaten, g, may_have_none=False) == "cannot tell"


@given(evidence, later, st.floats(0.001, 0.49), st.floats(0, 1), st.floats(0, 1), st.floats(0, 5))
@settings(max_examples=300)
def test_a_stricter_rule_never_makes_an_edge(
    e: Evidence, g: Gates, alpha: float, money: float, episode: float, worth: float
) -> None:
    stricter = replace(
        RULE,
        alpha=min(RULE.alpha, alpha),
        money_alpha=min(RULE.money_alpha, money),
        episode_share=min(RULE.episode_share, episode),
        worthwhile_ir=worth,
    )
    if decide(e, g) != "edge":
        assert decide(e, g, stricter) != "edge"


@given(evidence, later)
@settings(max_examples=300)
def test_what_is_missing_is_never_an_edge(e: Evidence, g: Gates) -> None:
    nan = float("nan")
    names = ("money_p", "out_of_sample_ir", "net_ir", "best_episode")
    gaps: tuple[dict[str, Any], ...] = tuple({name: nan} for name in names)
    for gap in gaps:
        assert decide(replace(e, timing_p_family=0.0), replace(g, **gap)) != "edge"
    assert decide(replace(e, timing_ir=nan), g) != "edge"
    assert decide(replace(e, timing_p_family=nan), g) != "edge"


STRONG = Evidence(1.5, (0.8, 2.2), 2.1, 0.001, 0.01, 0.1, 1.4, 8.0)
decisions: Any = st.lists(st.sampled_from(["edge", "no edge", "cannot tell"]), min_size=1, max_size=6)


def study_of(result: list[Decision]) -> Decision:
    return judge_study(
        [Candidate(f"v{i}", Verdict(d, ("because.",)), STRONG) for i, d in enumerate(result)], RULE
    ).decision


@given(decisions, st.sampled_from(["edge", "no edge", "cannot tell"]))
def test_a_claim_more_never_takes_the_study_s_edge_away_nor_makes_no_edge_of_doubt(
    result: list[Decision], another: Decision
) -> None:
    before, after = study_of(result), study_of([*result, another])
    if before == "edge":
        assert after == "edge"
    if after == "no edge":
        assert before == "no edge"
    assert (after == "edge") == ("edge" in [*result, another])
