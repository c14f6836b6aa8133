"""A strategy on data that its parameters have not seen: refitted as time goes by.

Refitted among what the study tried of it, which the verdict asks for, and over its whole grid, which is shown beside.
The criterion is the timing statistic of the training sessions, so that no exposure is chosen for its drift. What was
chosen is stitched into one path of weights, with its own timing test; the engine trades it like any other decision, so
that a change of variant pays its costs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from unlockstep.backtests.config.costs import Costs
from unlockstep.backtests.engine.experiment import Experiment, Grid
from unlockstep.backtests.engine.instants import apart
from unlockstep.backtests.engine.orders import Trading
from unlockstep.backtests.results.model.variant import (
    CombinatorialPaths,
    Fold,
    Overfitting,
    TriedWalk,
    WalkForwardResult,
)
from unlockstep.backtests.results.model.variant import Walk as PathResult
from unlockstep.backtests.stats.pbo import probability_of_backtest_overfitting
from unlockstep.backtests.stats.sharpe import sharpe_ratio
from unlockstep.backtests.stats.timing_test import TimingTest, timing_test
from unlockstep.backtests.stats.walk_forward import Criterion, WalkForward, combinatorial_purged, walk_forward
from unlockstep.signals.errors import WeightsError
from unlockstep.signals.market import Floats, Market
from unlockstep.strategies.rebalancing import Rebalance, rebalance_of
from unlockstep.strategies.weights import TargetWeights

CRITERION: Criterion = "timing"


@dataclass(frozen=True, eq=False)
class Walk:
    """A walk forward over a grid: what was chosen when, and the timing test of the stitched weights."""

    grid: Grid
    path: WalkForward
    timing: TimingTest


def tried(experiment: Experiment, strategy: str | None) -> Grid:
    """What the study tried of a strategy, or of all of them."""
    chosen = {s.label: s for s in experiment.strategies if not s.benchmark and strategy in (None, s.name)}
    labels = tuple(chosen)
    costs = tuple(experiment.variant_costs[label] for label in labels)
    how = rebalance_of(experiment.study.rebalance, (each.rebalance for each in chosen.values()))
    return Grid(labels, experiment.weights[:, [experiment.place[label] for label in labels]], costs, how)


def walk(experiment: Experiment, grid: Grid, *, rolling: bool = False) -> Walk | None:
    """The walk forward over a grid; None where time is too short. A grid of one is that variant's later data.

    Trains on the study's `train_sessions` (all earlier ones unless rolling), tests on its `test_sessions`.
    """
    study, earned = experiment.study, experiment.earned()
    purge = study.lag  # the return of the last training decision must be known when the choice is made
    if len(earned) < study.train_sessions + purge + study.test_sessions or _of_two_instants(experiment, grid):
        return None
    path = walk_forward(
        _gross(grid, earned),
        weights=grid.weights[: len(earned)],
        asset_returns=earned,
        criterion=CRITERION,
        train=study.train_sessions,
        test=study.test_sessions,
        rolling=rolling,
        purge=purge,
    )
    assert path.weights is not None  # given above
    return Walk(grid, path, timing_test(path.weights[:, None], earned[path.first :]))


def _of_two_instants(experiment: Experiment, grid: Grid) -> bool:
    """Whether some variants hold over the night and others trade within sessions: no account goes from one to the
    other.
    """
    legs = len(experiment.market.legs)
    halves = (grid.weights[..., :legs], grid.weights[..., legs:])
    return all(half.any() for half in halves)


def tried_walk(experiment: Experiment, strategy: str | None) -> Walk | None:
    """The walk forward among what the study tried of a strategy, or of all of them; computed once."""
    return experiment.cached(("walk", strategy), lambda: walk(experiment, tried(experiment, strategy)))


@dataclass(frozen=True, eq=False)
class _Walked:
    """A strategy's grid and its walks: among what the study tried, and over the grid, expanding and rolling."""

    grid: Grid
    walks: tuple[Walk, Walk, Walk]


def every_out_of_sample(
    experiment: Experiment, strategies: Iterable[str | None]
) -> dict[str | None, WalkForwardResult]:
    """All that a report says of each strategy, and (None) of all together: walks and combinatorial purged paths.

    "tried" among the variants of the study; the rest over the strategy's whole grid, or over all variants of the study.
    Those for which time is too short are left out. All are simulated together, which is faster.
    """
    walked = {strategy: each for strategy in strategies if (each := _walked(experiment, strategy)) is not None}
    if not walked:
        return {}
    sharpes = _sharpes(experiment, [each.walks for each in walked.values()])
    overfitted = overfitting(experiment, [each.grid for each in walked.values()])
    study = experiment.study
    every: dict[str | None, WalkForwardResult] = {}
    for (strategy, each), sharpe, pbo in zip(walked.items(), sharpes, overfitted, strict=True):
        among, expanding, rolling = (_path(experiment, *pair) for pair in zip(each.walks, sharpe, strict=True))
        every[strategy] = WalkForwardResult(
            criterion=CRITERION,
            train_sessions=study.train_sessions,
            test_sessions=study.test_sessions,
            tried=TriedWalk(variants=len(each.walks[0].grid.labels), **dict(among)),
            grid=len(each.grid.labels),
            expanding=expanding,
            rolling=rolling,
            combinatorial=_paths(experiment, each.grid),
            pbo=pbo,
        )
    return every


def _walked(experiment: Experiment, strategy: str | None) -> _Walked | None:
    chosen = tried(experiment, strategy)
    grid = chosen if strategy is None else experiment.grid(strategy)
    among, rolling = tried_walk(experiment, strategy), walk(experiment, grid, rolling=True)
    expanding = among if grid is chosen else walk(experiment, grid)
    if among is None or expanding is None or rolling is None:
        return None
    return _Walked(grid, (among, expanding, rolling))


def overfitting(experiment: Experiment, grids: Sequence[Grid]) -> list[Overfitting | None]:
    """The probability of backtest overfitting over each grid, from returns in excess of cash; None unless two ever held
    something.
    """
    grid_weights = [dict(zip(grid.labels, np.moveaxis(grid.weights, 1, 0), strict=True)) for grid in grids]
    every: list[Overfitting | None] = []
    for net in _net(experiment, grid_weights, [(grid.costs, grid.rebalance) for grid in grids], experiment.evaluated):
        # a corner of the grid may ruin its account; no one asked to hold it
        excess = None if isinstance(net, WeightsError) else experiment.over_cash(net).to_numpy()
        if excess is None or (excess.std(axis=0) > 0).sum() < 2:
            every.append(None)
            continue
        test = probability_of_backtest_overfitting(excess)
        every.append(Overfitting(pbo=test.pbo, splits=test.splits, loss_probability=test.loss_probability))
    return every


def _gross(grid: Grid, earned: Floats) -> Floats:
    return np.asarray(np.einsum("tva,ta->tv", grid.weights[: len(earned)], earned))


def _path(experiment: Experiment, walked: Walk, sharpe: float) -> PathResult:
    sessions, timing = experiment.evaluated.sessions, walked.timing
    return PathResult(
        first=str(sessions[walked.path.first].date()),
        timing_ir=timing.information_ratio[0],
        timing_ci=tuple(timing.ci[0]),
        timing_p=timing.p[0],
        sharpe=sharpe,
        folds=tuple(
            Fold(
                first=str(sessions[fold.start].date()),
                last=str(sessions[fold.stop - 1].date()),
                chosen=walked.grid.labels[fold.chosen],
            )
            for fold in walked.path.folds
        ),
    )


def _sharpes(experiment: Experiment, every: Sequence[tuple[Walk, ...]]) -> list[list[float]]:
    """Annual Sharpe ratios, net, of accounts that trade the stitched weights; all walks begin in the same session.

    Where the variants chosen among pay different costs, the account pays the dearest of them.
    """
    walk_weights = [{str(i): _stitched(walked) for i, walked in enumerate(walks)} for walks in every]
    ratios: list[list[float]] = []
    terms = [(tuple(Costs.dearest(walked.grid.costs) for walked in walks), walks[0].grid.rebalance) for walks in every]
    market = experiment.evaluated.slice(every[0][0].path.first)
    for names, net in zip(walk_weights, _net(experiment, walk_weights, terms, market), strict=True):
        if isinstance(net, WeightsError):
            ratios.append([float("nan")] * len(names))
        else:
            excess = experiment.over_cash(net)
            ratios.append([sharpe_ratio(excess[name].to_numpy()) for name in names])
    return ratios


def _stitched(walked: Walk) -> Floats:
    assert walked.path.weights is not None  # given in `walk`
    return walked.path.weights


def _net(
    experiment: Experiment,
    every: Sequence[dict[str, Floats]],
    terms: Sequence[tuple[tuple[Costs, ...], Rebalance]],
    market: Market,
) -> list[pd.DataFrame | WeightsError]:
    """Net returns of accounts that hold these weights, a row a session's decision, from the market's first one on; an
    error in the place of those that are held together with one that is ruined.

    terms: of each group of accounts the costs, one an account, and when mixes are rebalanced.
    """
    study = experiment.study

    def decided(name: str, weights: Floats, how: Rebalance) -> TargetWeights:
        weights, day_trades = apart(weights, len(market.legs))
        sessions = market.sessions[: len(weights)]
        wanted = pd.DataFrame(weights[: len(sessions)], sessions, columns=list(market.tickers))
        if day_trades:
            return TargetWeights.of_day_trades(name, wanted.iloc[1:], "before_open")
        return TargetWeights.from_wanted(name, wanted, how, market=market, lag=study.lag)

    tradings = [
        Trading([decided(*pair, how) for pair in weights_by_name.items()], paid, study.fill, study.lag)
        for weights_by_name, (paid, how) in zip(every, terms, strict=True)
    ]
    return experiment.net_returns(market, tradings)


def _paths(experiment: Experiment, grid: Grid) -> CombinatorialPaths:
    """Combinatorial purged cross-validation: 15 ways to leave 2 of 6 stretches out, stitched into 5 whole paths."""
    earned = experiment.earned()
    paths = combinatorial_purged(
        _gross(grid, earned),
        weights=grid.weights[: len(earned)],
        asset_returns=earned,
        criterion=CRITERION,
        purge=experiment.study.lag,
    )
    assert paths.weights is not None
    tests = timing_test(np.moveaxis(paths.weights, 0, 1), earned)
    return CombinatorialPaths(
        splits=paths.n_splits,
        paths=paths.n_paths,
        timing_ir=tuple(tests.information_ratio),
        timing_p=tuple(tests.p),
    )
