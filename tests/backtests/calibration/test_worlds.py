"""Worlds whose truth is known: is it what the module says? Moments, regimes, and no edge for whoever knows the past."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from tests.build import random_market
from unlockstep.backtests.calibration.families import FAMILIES
from unlockstep.backtests.calibration.judge_world import Task, extra_returns, judge_world
from unlockstep.backtests.calibration.worlds import (
    BLOCK,
    CRASH,
    DRIFT,
    FLOOR,
    JUMP,
    KINDS,
    RARE,
    VOLATILITY,
    World,
    history_of,
    market_of,
)
from unlockstep.backtests.engine.experiment import build_experiment
from unlockstep.signals import SignalCache
from unlockstep.signals.market import Floats

LENGTH = 2500
DRAWN = ("garch", "drift", "linked", "crash", "skewed")


def history(rows: int = LENGTH) -> Floats:
    """Returns with fat tails, clusters, a correlation that comes and goes, and means that differ from zero."""
    world = KINDS["garch"](np.random.default_rng(3), rows, np.zeros((1, 2)))
    return np.asarray(world.returns + np.array([0.002, 0.0004]))


def drawn(kind: str, number: int = 0, *, length: int = LENGTH, seed: int = 11, given: Floats | None = None) -> World:
    return KINDS[kind](np.random.default_rng([seed, number]), length, history() if given is None else given)


@cache
def cached_world(kind: str, number: int) -> World:
    """The world of a number, drawn once for all tests that only read it."""
    return drawn(kind, number)


def many(kind: str, worlds: int) -> list[Floats]:
    """The returns traded in so many worlds, placeholders left out."""
    return [cached_world(kind, number).returns[1:] for number in range(worlds)]


# ---------------------------------------------------------------------------------------------- how they are drawn


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_generator_draws_the_same_world_and_another_one_another(kind: str) -> None:
    first, again, other = drawn(kind), drawn(kind), drawn(kind, 1)
    np.testing.assert_array_equal(first.returns, again.returns)
    assert first.decided.sha256 == again.decided.sha256
    assert not np.array_equal(first.returns, other.returns)
    assert first.decided.sha256 != other.decided.sha256


def test_a_world_depends_on_its_seed_kind_and_number_and_on_nothing_else() -> None:
    given = history()

    def judged(kind: str, world: int, seed: int) -> list[dict[str, object]]:
        result = judge_world(Task(kind, "one", world, seed), FAMILIES["one"], given, ())
        return [record.model_dump(exclude={"kind", "world"}) for record in result]

    # what the sample could detect is a figure of a world to many digits
    first, third = judged("garch", 1, 7), judged("garch", 3, 7)
    assert judged("garch", 1, 7) == first
    assert [third, judged("garch", 1, 8), judged("linked", 1, 7)].count(first) == 0
    # a constant drift on the same draws would hardly change it
    pairs = [(first[0], judged("drift", 1, 7)[0]), (third[0], judged("drift", 3, 7)[0])]
    distances = [abs(float(str(plain["detectable"])) - float(str(other["detectable"]))) for plain, other in pairs]
    assert max(distances) > 0.01


@pytest.mark.parametrize("kind", KINDS)
def test_a_world_has_a_session_for_each_return_and_ends_with_2025(kind: str) -> None:
    world = drawn(kind, length=700)
    for market in (world.decided, world.traded()):
        assert len(market.sessions) == 700
        assert str(market.sessions[-1].date()) == "2025-12-31"
        assert market.synthetic
    np.testing.assert_array_equal(world.decided.sessions, world.traded().sessions)
    close = world.traded().close.to_numpy()
    np.testing.assert_allclose(close[1:] / close[:-1] - 1.0, world.returns[1:], atol=1e-12)
    np.testing.assert_array_equal(history_of(world.traded()), close[1:] / close[:-1] - 1.0)


def test_opens_say_nothing_that_the_close_before_did_not() -> None:
    market = market_of(history(300))
    for leg in market.legs:
        np.testing.assert_array_equal(leg.open[1:], leg.close[:-1])


@pytest.mark.parametrize("kind", KINDS)
def test_decided_and_traded_are_one_market_but_where_blocks_are_drawn(kind: str) -> None:
    world = drawn(kind, length=500)
    assert (world.decided.sha256 == world.traded().sha256) == (kind != "resampled")


# ---------------------------------------------------------------------------------------------- no edge in any of them

Rule = Callable[[Floats], Floats]


def trailing(returns: Floats, window: int) -> Floats:
    """Windows of the last so many sessions; the first ends with session `window` − 1."""
    return sliding_window_view(returns, window, axis=0)


def by_correlation(returns: Floats) -> Floats:
    pairs = trailing(returns, 60)
    centred = pairs - pairs.mean(axis=-1, keepdims=True)
    covariance = (centred[:, 0] * centred[:, 1]).mean(axis=-1)
    return np.asarray(covariance / centred[:, 0].std(axis=-1) / centred[:, 1].std(axis=-1) > 0.3, dtype=float)


def by_calm(returns: Floats) -> Floats:
    deviation = trailing(returns[:, 0], 60).std(axis=-1)
    return np.asarray(deviation < 0.8 / np.sqrt(252), dtype=float)


def by_trend(returns: Floats) -> Floats:
    return np.asarray(trailing(returns[:, 0], 60).sum(axis=-1) > 0, dtype=float)


def by_yesterday(returns: Floats) -> Floats:
    return np.asarray(returns[59:, 1] > 0, dtype=float)


RULES: dict[str, Rule] = {
    "correlation": by_correlation, "calm": by_calm, "trend": by_trend, "yesterday": by_yesterday,
}  # fmt: skip


def timing_t(kind: str, rule: Rule, worlds: int) -> float:
    """Studentised timing return, over all worlds together, of a rule that holds the crypto leg a session later."""
    positions, earned = [], []
    for number in range(worlds):
        world = cached_world(kind, number)
        positions.append(rule(history_of(world.decided))[:-1])
        earned.append(world.returns[1:][60:, 0])
    w, r = np.concatenate(positions), np.concatenate(earned)
    assert len(w) == worlds * (LENGTH - 61)
    assert 0.05 < w.mean() < 0.95  # else the rule asks nothing
    x = (w - w.mean()) * (r - r.mean())
    return float(x.sum() / np.sqrt((x**2).sum()))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", KINDS)
def test_positions_made_of_the_past_earn_nothing_by_their_timing(kind: str, rule: str) -> None:
    # 26 worlds, 63,000 sessions; 28 statistics: one beyond 4 in 560 suites without an edge anywhere
    assert abs(timing_t(kind, RULES[rule], 26)) < 4.0


def test_positions_made_of_the_future_would_have_been_seen() -> None:
    def oracle(returns: Floats) -> Floats:
        ahead = np.append(returns[60:, 0], 0.0)
        noise = np.random.default_rng(1).standard_normal(len(ahead)) * 0.05
        return np.asarray(0.1 * ahead + 0.9 * noise > 0, dtype=float)

    assert timing_t("garch", oracle, 26) > 8.0


# ---------------------------------------------------------------------------------------------- moments and regimes


@pytest.mark.parametrize("kind", ["garch", "linked"])
def test_the_volatilities_are_those_promised(kind: str) -> None:
    returns = np.concatenate(many(kind, 40))
    # 400 years; the clusters make the estimate rough
    np.testing.assert_allclose(returns.std(axis=0) * np.sqrt(252), VOLATILITY, rtol=0.12)
    error = np.array(VOLATILITY) / np.sqrt(len(returns) / 252)
    assert (np.abs(returns.mean(axis=0) * 252) < 4 * error).all()


def test_returns_have_clusters_and_fat_tails() -> None:
    result = many("garch", 20)
    squares = [np.corrcoef(r[1:, 0] ** 2, r[:-1, 0] ** 2)[0, 1] for r in result]
    plain = [np.corrcoef(r[1:, 0], r[:-1, 0])[0, 1] for r in result]
    assert np.mean(squares) > 0.08
    assert abs(np.mean(plain)) < 0.02
    z = np.concatenate([r[:, 0] / r[:, 0].std() for r in result])
    assert (z**4).mean() > 5.0  # a normal has 3


def test_the_drift_is_a_constant_on_top_of_the_same_returns() -> None:
    plain, drifting = drawn("garch"), drawn("drift")
    added = drifting.returns - plain.returns
    np.testing.assert_allclose(added[:, 0], DRIFT / 252, atol=1e-15)
    assert not added[:, 1].any()
    assert DRIFT == 0.80


def test_a_crash_is_one_session_of_minus_eighty_percent_after_the_first_quarter() -> None:
    for number in range(20):
        crypto = cached_world("crash", number).returns[:, 0]
        falls = np.flatnonzero(np.abs(crypto - CRASH) < 1e-12)
        assert len(falls) == 1
        assert falls[0] >= LENGTH // 4
        others = np.delete(crypto, falls)
        np.testing.assert_array_equal(others, np.delete(cached_world("garch", number).returns[:, 0], falls))
    assert CRASH == -0.80


def test_the_correlation_switches_between_coupled_and_not() -> None:
    # centred windows of 61 sessions spend their time near 0.6 and near 0, about half of it in each
    results = []
    for returns in many("garch", 20):
        pairs = trailing(returns, 61)
        centred = pairs - pairs.mean(axis=-1, keepdims=True)
        deviations = centred[:, 0].std(axis=-1) * centred[:, 1].std(axis=-1)
        results.append((centred[:, 0] * centred[:, 1]).mean(axis=-1) / deviations)
    rho = np.concatenate(results)
    assert 0.35 < (rho > 0.3).mean() < 0.65
    assert np.median(rho[rho > 0.3]) == pytest.approx(0.55, abs=0.1)
    assert np.median(rho[rho < 0.3]) == pytest.approx(0.05, abs=0.1)


def wild(returns: Floats) -> Floats:
    """T booleans: the conditional variance of GARCH(0.08, 0.90) above its mean, from the returns before."""
    variance, result = 1.0, []
    for r in returns[:, 0] / (0.8 / np.sqrt(252)):
        result.append(variance > 1.0)
        variance = 0.02 + 0.08 * float(r) ** 2 + 0.90 * variance
    return np.array(result)


def test_linked_legs_are_correlated_while_the_crypto_leg_is_wild_and_else_not() -> None:
    result = many("linked", 20)
    # the recursion forgets that it began at the mean within the sessions left out
    state = np.concatenate([wild(r)[300:] for r in result])
    unit = np.concatenate([r[300:] / r[300:].std(axis=0) for r in result])
    clipped = np.clip(unit, -3, 3)
    assert np.corrcoef(clipped[state].T)[0, 1] == pytest.approx(0.7, abs=0.07)
    assert np.corrcoef(clipped[~state].T)[0, 1] == pytest.approx(0.0, abs=0.05)
    assert 0.1 < state.mean() < 0.6


def test_skewed_returns_jump_down_while_coupled_and_up_while_not_and_are_else_those_of_garch() -> None:
    unit, jumps, coupled = VOLATILITY[0] / np.sqrt(252), [], []
    for number in range(40):
        plain, skewed = cached_world("garch", number).returns[1:], cached_world("skewed", number).returns[1:]
        np.testing.assert_array_equal(skewed[:, 1], plain[:, 1])
        pairs = trailing(np.clip(plain, -0.05, 0.05), 81)
        centred = pairs - pairs.mean(axis=-1, keepdims=True)
        deviations = centred[:, 0].std(axis=-1) * centred[:, 1].std(axis=-1)
        coupled.append((centred[:, 0] * centred[:, 1]).mean(axis=-1) / deviations)
        jumps.append(np.where(np.minimum(plain, skewed)[:, 0] > FLOOR, (skewed - plain)[:, 0] / unit, np.nan)[40:-40])
    jump, rho = np.concatenate(jumps), np.concatenate(coupled)
    whole = np.isfinite(jump)
    assert whole.mean() > 0.999  # the floor takes the rest
    jump, rho = jump[whole], rho[whole]
    # a binary variable of mean zero; its third moment is p (1 − p)(1 − 2p) times the cube of what it jumps by
    rare = np.abs(jump) > 0.5 * JUMP
    np.testing.assert_allclose(np.abs(jump[rare]), (1.0 - RARE) * JUMP)
    np.testing.assert_allclose(np.abs(jump[~rare]), RARE * JUMP)
    assert rare.mean() == pytest.approx(RARE, rel=0.15)
    assert abs(jump.mean()) < 4 * jump.std() / np.sqrt(len(jump))
    third = RARE * (1 - RARE) * (1 - 2 * RARE) * JUMP**3
    # regimes are only guessed from 81 sessions around
    assert (jump[rho > 0.4] ** 3).mean() == pytest.approx(-third, rel=0.35)
    assert (jump[rho < 0.1] ** 3).mean() == pytest.approx(third, rel=0.35)


def test_flipped_returns_keep_the_size_of_every_deviation_and_the_product_of_both_legs() -> None:
    given = history()
    mean = given.mean(axis=0)
    world = drawn("flipped", given=given)
    deviations = world.returns - mean
    np.testing.assert_allclose(np.sort(np.abs(deviations), axis=0), np.sort(np.abs(given - mean), axis=0), atol=1e-12)
    products = (given - mean).prod(axis=1)
    np.testing.assert_allclose(np.sort(deviations.prod(axis=1)), np.sort(products), atol=1e-12)
    start = int(np.argmin(np.abs(np.abs(given[:, 0] - mean[0]) - abs(deviations[0, 0]))))
    signs = np.sign(deviations[:, 0]) * np.sign(np.roll(given[:, 0] - mean[0], -start))
    np.testing.assert_allclose(deviations, signs[:, None] * np.roll(given - mean, -start, axis=0), atol=1e-12)
    assert abs(signs.mean()) < 4 / np.sqrt(LENGTH)
    assert abs((signs[1:] * signs[:-1]).mean()) < 4 / np.sqrt(LENGTH)


def test_resampled_rows_are_rows_of_the_history_in_blocks() -> None:
    given = history(1000)
    world = drawn("resampled", given=given)
    place = {row.tobytes(): number for number, row in enumerate(given)}
    rows = np.array([place[row.tobytes()] for row in world.returns])
    steps = np.diff(rows) % len(given)
    assert (np.flatnonzero(steps != 1) % BLOCK == BLOCK - 1).all()
    assert (steps == 1).mean() > 0.98
    decided = history_of(world.decided)
    result = np.array([np.abs(given - row).sum(axis=1).argmin() for row in decided])
    np.testing.assert_allclose(given[result], decided, atol=1e-12)
    assert (result == rows[1:]).mean() < 0.2  # another draw


# ---------------------------------------------------------------------------------------------- what is planted


@pytest.mark.parametrize("kind", ["garch", "flipped", "resampled"])
@pytest.mark.parametrize("effect", [0.5, 1.5])
def test_a_planted_effect_adds_exactly_the_timing_ratio_promised(kind: str, effect: float) -> None:
    study = FAMILIES["one"].study
    world = drawn(kind, 2, length=1500)
    base = build_experiment(study, SignalCache(world.decided), study.strategies(), traded=world.traded())
    (variant,) = base.candidates
    traded = world.planted(extra_returns(base, variant, effect))
    assert traded.returns.min() > FLOOR  # else the floor would take some of it
    moved = base.traded_in(traded.traded())
    weights = base.weights[: len(base.earned()), 0]
    centred = weights - weights.mean(axis=0)
    before, after = ((centred * (e - e.mean(axis=0))).sum(axis=1) for e in (base.earned(), moved.earned()))
    assert (after - before).mean() / before.std() == pytest.approx(effect / np.sqrt(252), abs=1e-9)
    np.testing.assert_array_equal(traded.returns[:, 1], world.returns[:, 1])
    assert traded.decided is world.decided


def test_nothing_is_planted_before_the_first_decision_earns() -> None:
    study = FAMILIES["one"].study
    world = drawn("garch", 2, length=800)
    base = build_experiment(study, SignalCache(world.decided), study.strategies())
    extra = extra_returns(base, base.candidates[0], 1.0)
    opening = len(extra) - len(base.evaluated.sessions)
    assert opening > 60
    assert not extra[: opening + 2].any()
    assert len(set(np.round(extra[opening + 2 :], 12))) == 2  # in and out


def test_no_session_loses_more_than_the_floor() -> None:
    extra = np.where(np.arange(300) % 100 == 50, -2.0, 0.0)
    world = drawn("garch", length=300).planted(extra)
    np.testing.assert_array_equal(world.returns[extra < 0, 0], FLOOR)
    np.testing.assert_array_equal(world.returns[extra == 0], drawn("garch", length=300).returns[extra == 0])
    assert (world.traded().close.to_numpy() > 0).all()


def test_a_rule_that_never_acts_has_nothing_planted() -> None:
    study = FAMILIES["one"].study
    base = build_experiment(study, SignalCache(random_market(1, 400, correlation=0.95)), study.strategies())
    assert base.weights[:, 0].std(axis=0).tolist() == [0.0, 0.0]
    assert not extra_returns(base, base.candidates[0], 1.0).any()
