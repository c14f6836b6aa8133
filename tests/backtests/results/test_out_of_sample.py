"""Walks over grids: no hindsight in a choice, accounts that trade what was chosen, grids of what was worth trying."""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from tests.backtests.build import FAST, experiment_of, paying_market
from tests.build import market_of, random_market
from unlockstep.backtests.config.study import Study
from unlockstep.backtests.engine import portfolio as engine
from unlockstep.backtests.engine.experiment import Experiment, Grid, build_experiment
from unlockstep.backtests.results.model.base import as_float
from unlockstep.backtests.results.model.variant import WalkForwardResult
from unlockstep.backtests.results.out_of_sample import (
    Walk,
    every_out_of_sample,
    overfitting,
    tried,
    tried_walk,
    walk,
)
from unlockstep.backtests.stats.pbo import probability_of_backtest_overfitting
from unlockstep.backtests.stats.timing_test import timing_test
from unlockstep.signals import Market
from unlockstep.signals.errors import ParameterError
from unlockstep.signals.market import Floats
from unlockstep.signals.signal import SignalCache
from unlockstep.strategies.derisk import Derisk
from unlockstep.strategies.eth_leads import EthLeads
from unlockstep.strategies.rebalancing import Rebalance
from unlockstep.strategies.weights import TargetWeights
from unlockstep.strategies.when import Holding, When

FAMILY = {"strategy": "eth_leads", "params": {"trend": [10, 15, 21, 30]}}
SLOWEST = 30
TRAIN, TEST = 100, 40
SESSIONS = 400


def out_of_sample(experiment: Experiment, strategy: str | None) -> WalkForwardResult | None:
    """Of one strategy alone; None where time is too short."""
    return every_out_of_sample(experiment, [strategy]).get(strategy)


def family(market: Market, **study: Any) -> Experiment:
    return experiment_of(market, FAMILY, train_sessions=TRAIN, test_sessions=TEST, **study)


def walked(market: Market, *, rolling: bool = False, **study: Any) -> Walk:
    conducted = family(market, **study)
    result = walk(conducted, tried(conducted, "eth_leads"), rolling=rolling)
    assert result is not None
    return result


def altered(market: Market, first: int) -> Market:
    """The same market with other returns of both legs from session number `first` on."""
    close = market.close.to_numpy().copy()
    close[first:] = close[first - 1] * np.cumprod(
        1.0 + np.random.default_rng(77).normal(0, (0.08, 0.03), (len(close) - first, 2)), axis=0
    )
    return market_of(close[:, 0], close[:, 1])


@pytest.mark.parametrize("rolling", [False, True])
@pytest.mark.parametrize("fold", range(7))
def test_prices_after_the_first_decision_of_a_fold_change_nothing_chosen_before(fold: int, rolling: bool) -> None:
    market = random_market(8, SESSIONS)
    before = walked(market, rolling=rolling)
    assert len(before.path.folds) == 7
    # the choice is made once the session of the fold's first decision has closed
    start = SLOWEST + before.path.folds[fold].start
    after = walked(altered(market, start + 1), rolling=rolling)
    assert [f.chosen for f in after.path.folds[: fold + 1]] == [f.chosen for f in before.path.folds[: fold + 1]]
    positions = before.path.folds[fold].start - before.path.first + 1
    np.testing.assert_array_equal(after.path.weights[:positions], before.path.weights[:positions])  # type: ignore[index]


def test_prices_before_a_fold_do_change_what_is_chosen() -> None:
    market = random_market(8, SESSIONS)
    before, after = walked(market), walked(altered(market, SLOWEST + 2))
    assert [f.chosen for f in after.path.folds] != [f.chosen for f in before.path.folds]


def plain_choice(weights: Floats, returns: Floats) -> int:
    """The column with the largest timing statistic, written as the definition reads."""
    results = []
    for v in range(weights.shape[1]):
        x = ((weights[:, v] - weights[:, v].mean(axis=0)) * (returns - returns.mean(axis=0))).sum(axis=1)
        results.append(x.sum() / np.sqrt((x**2).sum()))
    return int(np.argmax(results))


@pytest.mark.parametrize("rolling", [False, True])
@pytest.mark.parametrize("lag", [1, 3])
def test_each_fold_holds_what_had_the_best_timing_in_its_training_sessions(rolling: bool, lag: int) -> None:
    market = random_market(5, SESSIONS)
    conducted = family(market, lag=lag)
    walk = walked(market, rolling=rolling, lag=lag)
    weights, earned = conducted.weights, conducted.earned()
    assert [fold.start for fold in walk.path.folds] == list(range(TRAIN + lag, len(earned), TEST))
    for fold in walk.path.folds:
        rows = slice(fold.start - lag - TRAIN if rolling else 0, fold.start - lag)
        assert fold.chosen == plain_choice(weights[rows, :4], earned[rows])
        np.testing.assert_array_equal(
            walk.path.weights[fold.start - walk.path.first : fold.stop - walk.path.first],  # type: ignore[index]
            weights[fold.start : fold.stop, fold.chosen],
        )
    stitched = np.concatenate([weights[f.start : f.stop, f.chosen] for f in walk.path.folds])
    rest = earned[walk.path.first :]
    x = ((stitched - stitched.mean(axis=0)) * (rest - rest.mean(axis=0))).sum(axis=1)
    assert walk.timing.information_ratio[0] == pytest.approx(x.mean() / x.std() * np.sqrt(252))
    assert lag > 1 or len(set(walk.path.choice)) > 1


def test_the_sharpe_ratio_told_is_that_of_an_account_trading_the_stitched_weights() -> None:
    market = random_market(5, SESSIONS)
    conducted, walk = family(market), walked(market)
    first = walk.path.first
    trading = conducted.evaluated.slice(first)
    positions = np.asarray(walk.path.weights)
    # a decision in the first session and whenever the weights change; all or nothing is held, which does not drift
    days = trading.sessions[: len(positions)]
    changed = [t for t in range(len(positions)) if t == 0 or (positions[t] != positions[t - 1]).any()]
    decisions = TargetWeights("stitched", pd.DataFrame(positions[changed], days[changed], columns=list(market.tickers)))
    returns = engine.run(trading, [decisions], conducted.costs).returns["stitched"]
    entry = out_of_sample(conducted, "eth_leads")
    assert entry is not None
    assert entry.tried.sharpe == pytest.approx(returns.mean() / returns.std() * np.sqrt(252))
    assert entry.tried.timing_ir == walk.timing.information_ratio[0]


class DailyMix(When):
    """Both legs in halves at all times, brought back to halves in each session."""

    name: ClassVar[str] = "daily_mix"
    rebalance: ClassVar[Rebalance] = "daily"
    grid: ClassVar = {}

    hold: Holding = "both"
    otherwise: Holding = "both"


@pytest.mark.parametrize("setting", [None, "never"])
def test_the_account_of_a_walk_is_rebalanced_as_its_strategy_or_the_study_says(setting: Rebalance | None) -> None:
    market = random_market(5, SESSIONS)
    study = Study(strategies=[DailyMix()], train_sessions=TRAIN, test_sessions=TEST, rebalance=setting)
    conducted = build_experiment(study, SignalCache(market), study.strategies())
    walk = tried_walk(conducted, "daily_mix")
    assert walk is not None
    trading = conducted.evaluated.slice(walk.path.first)
    days = trading.sessions[: len(np.asarray(walk.path.weights))] if setting is None else trading.sessions[:1]
    decisions = TargetWeights("halves", pd.DataFrame(0.5, days, columns=list(market.tickers)))
    returns = engine.run(trading, [decisions], conducted.costs).returns["halves"]
    entry = out_of_sample(conducted, "daily_mix")
    assert entry is not None
    assert entry.tried.sharpe == pytest.approx(returns.mean() / returns.std() * np.sqrt(252), rel=1e-9)


def test_the_folds_told_are_dated_by_their_decisions_and_name_variants() -> None:
    market = random_market(5, SESSIONS)
    conducted, walk = family(market), walked(market)
    entry = out_of_sample(conducted, "eth_leads")
    assert entry is not None
    folds = entry.tried.folds
    sessions = conducted.evaluated.sessions
    assert entry.tried.first == folds[0].first == str(sessions[TRAIN + 1].date())
    assert folds[-1].last == str(sessions[len(conducted.earned()) - 1].date())
    assert [fold.chosen for fold in folds] == [conducted.candidates[f.chosen] for f in walk.path.folds]
    assert entry.tried.variants == 4


@pytest.mark.parametrize(("short", "fits"), [(1, False), (0, True)])
def test_a_walk_needs_training_a_gap_and_one_whole_test(short: int, fits: bool) -> None:
    # warm-up, training, the gap of one lag, a test, and two decisions that earn nothing any more
    conducted = family(random_market(1, SLOWEST + TRAIN + 1 + TEST + 2 - short))
    assert (walk(conducted, tried(conducted, "eth_leads")) is not None) == fits
    assert (out_of_sample(conducted, "eth_leads") is not None) == fits
    assert (out_of_sample(conducted, None) is not None) == fits


def test_timing_that_pays_always_pays_on_later_data() -> None:
    walk = walked(paying_market(SESSIONS, pays=0.006))
    assert walk.timing.information_ratio[0] > 3
    assert walk.timing.p[0] < 0.01


def test_a_walk_over_one_variant_is_that_variant_s_later_data() -> None:
    conducted = experiment_of(random_market(2, 300), FAST, train_sessions=TRAIN, test_sessions=TEST)
    result = walk(conducted, tried(conducted, "eth_leads"))
    assert result is not None
    rows = slice(TRAIN + 1, len(conducted.earned()))
    alone = timing_test(conducted.weights[rows, 0][:, None], conducted.earned()[rows])
    np.testing.assert_array_equal(result.timing.shifted, alone.shifted)


def test_what_was_tried_of_a_strategy_leaves_out_the_others_and_the_benchmarks() -> None:
    conducted = experiment_of(random_market(2, 400), FAST, {"strategy": "derisk", "params": {"window": 60}})
    assert tried(conducted, "derisk").labels == (conducted.candidates[1],)
    everything = tried(conducted, None)
    assert list(everything.labels) == conducted.candidates
    np.testing.assert_array_equal(everything.weights, conducted.weights[:, :2])


def test_a_grid_holds_the_study_s_own_variants_first_and_each_once() -> None:
    conducted = experiment_of(random_market(2, 400), {"strategy": "eth_leads", "params": {"trend": [150, 21]}})
    grid = conducted.grid("eth_leads")
    labels = [EthLeads(trend=trend).label for trend in (150, 21, 10, 42, 63, 126)]
    assert list(grid.labels) == labels
    opening = 150
    close = conducted.market.crypto.close
    for label, trend in zip(labels, (150, 21, 10, 42, 63, 126), strict=True):
        positions = [float(close[t] > close[t - trend]) for t in range(opening, 400)]
        np.testing.assert_array_equal(grid.weights[:, labels.index(label), 1], positions)
    assert not grid.weights[:, :, 0].any()


def test_a_grid_leaves_out_what_cannot_decide_when_the_window_opens() -> None:
    # the study's own variant opens the window after 42 sessions; trends of 63 and 126 come too late
    conducted = experiment_of(random_market(2, 400), {"strategy": "eth_leads", "params": {"trend": 42}})
    assert sorted(conducted.grid("eth_leads").labels) == sorted(EthLeads(trend=t).label for t in (10, 21, 42))


class Corners(Derisk):
    """A grid with corners whose thresholds contradict each other."""

    grid: ClassVar = {"decouple_below": (0.1, 0.5), "couple_above": (0.3, 0.6), "window": (60, 90)}


def test_a_grid_leaves_out_corners_that_contradict_themselves() -> None:
    with pytest.raises(ParameterError):
        Corners(decouple_below=0.5, couple_above=0.3)
    conducted = experiment_of(random_market(2, 400), {"strategy": "derisk"})
    cornered = [Corners(**s.params) if s.name == "derisk" else s for s in conducted.strategies]
    conducted = replace(conducted, strategies=cornered, _cached={})
    result = conducted.grid("derisk").labels
    assert Derisk().label in result
    # three of four corners, two windows each, and the study's own, which is none of them
    assert len(result) == 7
    assert not any("decouple_below=0.5,couple_above=0.3" in label for label in result)


def test_combinatorial_paths_are_five_from_fifteen_splits() -> None:
    entry = out_of_sample(family(random_market(5, SESSIONS)), "eth_leads")
    assert entry is not None
    paths = entry.combinatorial
    # C(6, 2) = 15; each group is tested in 5 of them
    assert (paths.splits, paths.paths) == (15, 5)
    assert len(paths.timing_ir) == len(paths.timing_p) == 5
    assert len(set(paths.timing_ir)) > 1
    assert all(0 < as_float(p) <= 1 for p in paths.timing_p)


def test_combinatorial_paths_of_one_variant_are_all_that_variant() -> None:
    conducted = experiment_of(random_market(2, 400), {"strategy": "derisk"}, train_sessions=TRAIN, test_sessions=TEST)
    entry = out_of_sample(conducted, None)
    assert entry is not None
    np.testing.assert_allclose(np.array(entry.combinatorial.timing_ir, float), conducted.timing.information_ratio[0])
    assert entry.pbo is None


def test_overfitting_is_measured_on_the_net_returns_of_accounts() -> None:
    conducted = family(random_market(5, SESSIONS))
    result = overfitting(conducted, [tried(conducted, None)])[0]
    expected = probability_of_backtest_overfitting(conducted.returns(1.0)[conducted.candidates].to_numpy())
    assert result is not None
    assert (result.pbo, result.splits) == (expected.pbo, 12870)
    assert result.loss_probability == expected.loss_probability


def test_a_grid_of_one_has_nothing_to_overfit() -> None:
    conducted = experiment_of(random_market(2, 200))
    one = tried(conducted, None)
    assert overfitting(conducted, [one])[0] is None
    assert isinstance(one, Grid)


def test_strategies_simulated_together_are_told_as_each_alone() -> None:
    market = random_market(5, SESSIONS)
    conducted = experiment_of(market, FAMILY, {"strategy": "derisk"}, train_sessions=TRAIN, test_sessions=TEST)
    together = every_out_of_sample(conducted, ["eth_leads", "derisk", None])
    assert set(together) == {"eth_leads", "derisk", None}
    for strategy, content in together.items():
        alone = out_of_sample(conducted, strategy)
        assert alone is not None
        assert content == alone
