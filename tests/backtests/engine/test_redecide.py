"""Strategies decide again on histories: the market they see, and what they would have held in it."""

from itertools import product
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from tests.backtests.build import experiment_of
from tests.build import random_market
from unlockstep.backtests.config.costs import Fill
from unlockstep.backtests.engine.instants import filled_returns
from unlockstep.backtests.engine.redecide import (
    filled,
    histories_of,
    statistics_of,
    weights_again,
    weights_of_histories,
)
from unlockstep.backtests.stats.circular_shifts import scores, standardised, studentised
from unlockstep.backtests.stats.redecided_test import signs
from unlockstep.signals import Beta, Correlation, Gap, Market, Response, Signal, SignalCache, Trend, YoY
from unlockstep.signals.compiled import rolling_moments
from unlockstep.signals.histories import HistoryCache
from unlockstep.signals.market import Floats
from unlockstep.signals.rolling import pearson, slope, windows
from unlockstep.signals.signal import Columns
from unlockstep.strategies.derisk import Derisk
from unlockstep.strategies.registry import all_strategies
from unlockstep.strategies.strategy import Strategy

SESSIONS = 900


def history_of(market: Market, sign: Floats) -> Market:
    return histories_of(market, sign[None]).history(0)


@pytest.fixture(scope="module")
def market() -> Market:
    return random_market(3, SESSIONS)


def studied() -> list[Strategy]:
    return [cls(**dict(p)) for cls in all_strategies().values() for p in cls.studied if not cls.benchmark]


def test_with_every_sign_as_it_was_the_history_is_the_market(market: Market) -> None:
    again = history_of(market, np.ones(SESSIONS))
    for leg, other in zip(again.legs, market.legs, strict=True):
        np.testing.assert_allclose(leg.close, other.close, rtol=1e-9)
        np.testing.assert_allclose(leg.open, other.open, rtol=1e-9)


def test_both_legs_of_a_session_are_turned_together_and_keep_their_size(market: Market) -> None:
    sign = np.random.default_rng(1).choice([-1.0, 1.0], SESSIONS)
    before, after = (
        np.diff(m.close.to_numpy(), axis=0) / m.close.to_numpy()[:-1] for m in (market, history_of(market, sign))
    )
    mean = before.mean(axis=0)
    np.testing.assert_allclose(after - mean, sign[1:, None] * (before - mean), atol=1e-12)


def test_on_the_market_itself_every_strategy_decides_what_it_decided(market: Market) -> None:
    strategies = studied()
    opening = max(strategy.warmup for strategy in strategies)
    weights = weights_again(strategies, market, opening)
    for column, strategy in enumerate(strategies):
        expected = strategy.decide(market).weights_in_force(market.sessions).fillna(0.0).to_numpy()[opening:]
        np.testing.assert_array_equal(weights[:, column], expected, err_msg=strategy.label)


def test_what_is_held_does_not_depend_on_later_signs(market: Market) -> None:
    sign = np.random.default_rng(2).choice([-1.0, 1.0], SESSIONS)
    other = sign.copy()
    other[700:] *= -1.0
    strategies = studied()
    one, two = (weights_again(strategies, history_of(market, each), 500) for each in (sign, other))
    np.testing.assert_allclose(one[:200], two[:200], atol=1e-9)
    assert (one[200:] != two[200:]).any()


def test_an_experiment_draws_its_histories_by_the_seed_of_its_study(market: Market) -> None:
    one, same, other = (experiment_of(market, seed=seed).redecided() for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.null, same.null)
    assert (one.null[1:] != other.null[1:]).any()
    assert one.null.shape == (200, 1)


def test_a_calibration_draws_no_more_than_it_needs(market: Market) -> None:
    experiment = experiment_of(market)
    whole, short = experiment.redecided(), experiment.redecided(0.06)
    assert len(short.null) <= len(whole.null)
    assert (short.p_family <= 0.06).tolist() == (whole.p_family <= 0.06).tolist()


def grids() -> list[Strategy]:
    """Every strategy, a dozen variants of its grid of each."""
    variants = []
    for cls in all_strategies().values():
        if not cls.benchmark:
            corners = list(product(*cls.grid.values()))
            chosen = corners[:: max(1, len(corners) // 12)]
            variants += [cls(**dict(zip(cls.grid, corner, strict=True))) for corner in chosen]
    return variants


def test_many_histories_at_once_are_decided_on_as_each_alone(market: Market) -> None:
    strategies, histories = grids(), histories_of(market, signs(SESSIONS, seed=4, histories=6))
    opening = 500
    at_once = weights_of_histories(strategies, histories, opening)
    for number in range(6):
        history = histories.history(number)
        signal_cache = SignalCache(history)
        for column, strategy in enumerate(strategies):
            decided = strategy.decide(history, signal_cache).weights_in_force(market.sessions)
            alone = decided.fillna(0.0).to_numpy()[opening:]
            np.testing.assert_allclose(at_once[number, column], alone, atol=1e-10, err_msg=strategy.label)


def test_rules_for_arrays_decide_in_all_histories_at_once(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    def one_by_one(strategies: list[Strategy], *_: object) -> Floats:
        raise AssertionError(f"{strategies[0].label} decides in one history after the other")

    monkeypatch.setattr("unlockstep.backtests.engine.redecide.weights_again", one_by_one)
    quick = [strategy for strategy in studied() if "rules" in vars(type(strategy))]
    histories = histories_of(market, signs(SESSIONS, seed=4, histories=2))
    assert len({type(strategy) for strategy in quick}) > 6
    assert weights_of_histories(quick, histories, 500).shape[:2] == (2, len(quick))


@pytest.mark.parametrize(
    "signal",
    [
        Correlation(window=60),
        Correlation(window=60, method="spearman"),
        Beta(window=60),
        Trend(leg="equity", window=40),
        YoY(leg="crypto"),
        Response(horizon=40, window=90),
        Gap(horizon=40, window=90),
    ],
    ids=lambda signal: signal.label,
)
def test_a_signal_of_many_histories_has_the_values_of_each(market: Market, signal: Signal) -> None:
    histories = histories_of(market, signs(SESSIONS, seed=4, histories=3))
    values = HistoryCache(histories).values_of(signal)
    for number in range(3):
        np.testing.assert_allclose(values[number], signal.compute(histories.history(number)), rtol=1e-8, atol=1e-10)


class Doubled(Trend):
    """A user's signal, derived from one that knows many histories."""

    name: ClassVar[str] = "doubled"

    def values(self, market: Market) -> Floats:
        return 2.0 * super().values(market)


def test_a_derived_signal_keeps_its_values(market: Market) -> None:
    histories = histories_of(market, signs(SESSIONS, seed=4, histories=2))
    doubled, trend = (HistoryCache(histories).values_of(cls(window=30)) for cls in (Doubled, Trend))
    np.testing.assert_allclose(doubled, 2.0 * trend, atol=1e-10)


class WithoutRules(Derisk):
    """A user's strategy that says its rule for one variant only."""

    name: ClassVar[str] = "without_rules"

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        return 1.0 - super().rule(s)


class OfOneMarket(Derisk):
    """A user's strategy whose rule for arrays reads a signal as one series."""

    name: ClassVar[str] = "of_one_market"

    @classmethod
    def rules(cls, signal_cache: SignalCache, columns: Columns) -> tuple[Floats, Floats]:
        trend = signal_cache.of(Trend(window=30)).to_numpy()
        crypto, equity = Derisk.rules(signal_cache, columns)
        return np.where(trend > 0, crypto, 0.0), equity

    def rule(self, s: pd.DataFrame) -> pd.DataFrame:
        raise AssertionError(s.columns)


@pytest.mark.parametrize("cls", [WithoutRules, OfOneMarket])
def test_a_strategy_that_knows_one_market_decides_in_each_by_itself(market: Market, cls: type[Derisk]) -> None:
    strategies = [cls(), cls(window=60), Derisk()]
    histories = histories_of(market, signs(SESSIONS, seed=4, histories=3))
    at_once = weights_of_histories(strategies, histories, 300)
    for number in range(3):
        alone = weights_again(strategies, histories.history(number), 300)
        np.testing.assert_allclose(at_once[number].swapaxes(0, 1), alone, atol=1e-10)


@pytest.mark.parametrize(("fill", "lag"), [("open", 1), ("open", 3), ("close", 1), ("close", 2)])
def test_what_histories_earn_is_what_each_of_them_earns(market: Market, fill: Fill, lag: int) -> None:
    histories = histories_of(market, signs(SESSIONS, seed=4, histories=3)).slice(300)
    at_once = filled(histories, fill=fill, lag=lag)
    for number in range(3):
        alone = filled_returns(histories.history(number), fill=fill, lag=lag)
        np.testing.assert_allclose(at_once[number], alone, atol=1e-12)


def test_the_statistics_of_many_histories_are_those_of_each() -> None:
    rng = np.random.default_rng(5)
    weights, earned = rng.choice([0.0, 0.5, 1.0], (3, 2, 50, 2)), rng.standard_normal((3, 48, 2))
    weights[1, 1] = 0.5  # never varies
    t = statistics_of(weights, earned)
    assert np.isnan(t[1, :, 1]).all()
    for h in range(3):
        in_force, excess = weights[h, :, :48].swapaxes(0, 1), earned[h] - earned[h].mean(axis=0)
        centred = in_force - in_force.mean(axis=0)
        expected = [studentised(centred, outcome) for outcome in (scores(excess)[0], standardised(excess), excess)]
        np.testing.assert_allclose(t[h], expected, rtol=1e-10)


def test_moments_of_windows_that_do_not_vary_are_zero_and_others_exact() -> None:
    rng = np.random.default_rng(6)
    x, y = rng.standard_normal((2, 300)), 0.01 * rng.standard_normal((2, 300))
    x[0, 100:160], y[1, 50:90] = 3.0, 0.0
    xx, yy, xy = rolling_moments(x, y, 20)
    for row in range(2):
        a, b = windows(x[row], 20), windows(y[row], 20)
        spread = np.sqrt(xx[row] * yy[row])
        r = np.divide(xy[row], spread, out=np.full(len(a), np.nan), where=spread > 0)
        np.testing.assert_allclose(r, pearson(a, b), atol=1e-9)
        beta = np.divide(xy[row], yy[row], out=np.full(len(a), np.nan), where=yy[row] > 0)
        np.testing.assert_allclose(beta, slope(a, b), atol=1e-6)
    assert np.isnan(pearson(windows(x[0], 20), windows(y[0], 20))).sum() == 41
