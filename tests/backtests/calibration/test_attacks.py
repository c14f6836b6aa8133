"""The worlds, rules and families that attack the verdict, and the accounts that a calibration keeps of them."""

import numpy as np
import pytest

from unlockstep.backtests.calibration.attack_families import ALL_FAMILIES, ATTACK_FAMILIES
from unlockstep.backtests.calibration.attack_worlds import ALL_KINDS, ATTACK_KINDS, UNIT, garch
from unlockstep.backtests.calibration.kernel_accounts import MULTIPLES, keep_accounts
from unlockstep.backtests.engine.experiment import Experiment, build_experiment
from unlockstep.backtests.engine.redecide import histories_of, weights_again, weights_of_histories
from unlockstep.backtests.results.evidence import evaluate
from unlockstep.backtests.results.verdict import judge
from unlockstep.backtests.stats.redecided_test import signs
from unlockstep.signals import SignalCache
from unlockstep.signals.market import Floats


def history() -> Floats:
    return np.asarray(np.random.default_rng(3).standard_normal((1500, 2)) * UNIT)


def experiment(kind: str, family: str, number: int, length: int = 900) -> Experiment:
    world = ALL_KINDS[kind](np.random.default_rng([5, number]), length, history())
    study = ALL_FAMILIES[family].study
    return build_experiment(study, SignalCache(world.decided), study.strategies(), traded=world.traded())


@pytest.mark.parametrize("kind", ATTACK_KINDS)
def test_the_same_generator_draws_the_same_world_and_another_one_another(kind: str) -> None:
    one, same, other = (ATTACK_KINDS[kind](np.random.default_rng(seed), 600, history()).returns for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    assert one.shape == (600, 2)


@pytest.mark.parametrize(
    ("kind", "drift"), [("sv", 0.5), ("boom", 1.5), ("walk", 0.0), ("calm crash", 0.0), ("leverage", 0.0)]
)
def test_the_mean_return_of_the_crypto_leg_is_what_the_kind_says(kind: str, drift: float) -> None:
    returns = [ATTACK_KINDS[kind](np.random.default_rng([9, i]), 2500, history()).returns[:, 0] for i in range(40)]
    means = np.array([each.mean() * 252 for each in returns])
    assert means.mean() == pytest.approx(drift, abs=4 * means.std() / np.sqrt(40))


def test_crashes_come_in_calm_only_and_all_other_sessions_make_up_for_them() -> None:
    wild, calm = 0, 0
    for seed in range(10):
        returns = ATTACK_KINDS["deep crash"](np.random.default_rng(seed), 2500, history()).returns[:, 0]
        crashes = np.flatnonzero(returns < -0.2)
        size = np.convolve(np.minimum(np.abs(returns), 0.1), np.ones(20) / 20)[: len(returns)]
        calm += int((size[crashes - 1] < np.median(size)).sum())
        wild += int((size[crashes - 1] >= np.median(size)).sum())
    assert 45 <= calm + wild <= 105  # 73.5 expected in ten worlds
    assert calm > 2 * wild  # the last 20 sessions tell the volatility only roughly


def test_without_leverage_the_garch_of_one_shock_is_worked_out_by_hand() -> None:
    # variance 1; a shock of 2 gives 2; then 1 − 0.08 − 0.90 + 0.08 · 4 + 0.90 = 1.24
    returns = garch(np.array([[2.0, 0.0], [1.0, 1.0]]), 0.08, 0.90, 0.0)
    np.testing.assert_allclose(returns, [[2.0, 0.0], [np.sqrt(1.24), np.sqrt(0.92)]])


def test_with_leverage_a_fall_raises_the_variance_more_than_a_rise() -> None:
    fall, rise = (garch(np.array([[s, 0.0], [1.0, 1.0]]), 0.03, 0.83, 0.10)[1, 0] for s in (-2.0, 2.0))
    assert fall**2 - rise**2 == pytest.approx(0.10 * 4)


@pytest.mark.parametrize("family", ATTACK_FAMILIES)
def test_no_family_holds_more_than_the_account(family: str) -> None:
    drawn = experiment("sv", family, 1, 1200)
    candidates = drawn.weights[:, [drawn.place[candidate] for candidate in drawn.candidates]]
    assert ((candidates >= 0) & (candidates <= 1)).all()


@pytest.mark.parametrize("family", ["20 dips", "20 contrarians", "20 calms", "20 trends"])
def test_many_variants_at_once_want_what_each_of_them_wants(family: str) -> None:
    drawn = experiment("sv", family, 2, 1200)
    variants = [strategy for strategy in drawn.strategies if not strategy.benchmark]
    at_once = weights_again(variants, drawn.market, 500)
    for column, variant in enumerate(variants):
        alone = variant.decide(drawn.market).weights_in_force(drawn.market.sessions).fillna(0.0).to_numpy()[500:]
        np.testing.assert_array_equal(at_once[:, column], alone, err_msg=variant.label)


@pytest.mark.parametrize("family", ["20 dips", "20 contrarians", "20 calms", "20 trends", "20 extremes", "20 weekdays"])
def test_many_histories_at_once_are_decided_on_as_each_alone(family: str) -> None:
    drawn = experiment("sv", family, 2, 1200)
    variants = [strategy for strategy in drawn.strategies if not strategy.benchmark]
    histories = histories_of(drawn.market, signs(1200, seed=3, histories=3))
    at_once = weights_of_histories(variants, histories, 500)
    for number in range(3):
        alone = weights_again(variants, histories.history(number), 500)
        np.testing.assert_allclose(at_once[number].swapaxes(0, 1), alone, atol=1e-10)


@pytest.mark.parametrize(("kind", "family"), [("garch", "one"), ("sv", "dip"), ("calm crash", "20 calms")])
def test_the_kernel_keeps_the_accounts_of_vectorbt_and_the_verdicts_are_the_same(kind: str, family: str) -> None:
    for number in range(2):
        quick, record = (experiment(kind, family, number) for _ in range(2))
        keep_accounts(quick)
        for multiple in MULTIPLES:
            np.testing.assert_allclose(quick.returns(multiple), record.returns(multiple), atol=1e-12)
            assert list(quick.returns(multiple)) == list(record.returns(multiple))
        rule = quick.study.rule
        one, two = (judge(evaluate(each), rule, primary=each.primary) for each in (quick, record))
        assert one == two


def test_no_fall_of_a_wild_world_takes_a_price_to_zero() -> None:
    place = list(ALL_KINDS).index("weekdays")
    for number in range(40):  # one of them falls by more than the whole before returns are bounded
        world = ATTACK_KINDS["weekdays"](np.random.default_rng([7, place, number]), 2512, history())
        assert world.decided.crypto.close.min() > 0
