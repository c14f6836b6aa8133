"""Choosing a variant without hindsight: walk-forward, and its combinatorial, purged cousin.

The best variant of a finished backtest was chosen with the results known. Here a variant is chosen on training rows
and held on other rows; what is stitched from those is what the act of choosing was worth.

Row t of every array is the same session. A change of variant costs nothing here: the returns of each are net of its
own trades, not of the trades from one to the next. The stitched weights say what a simulation would have to trade.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import comb
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unlockstep.backtests.stats.episodes import timing_returns
from unlockstep.signals.errors import HistoryError, ParameterError, unknown_name
from unlockstep.signals.market import Floats
from unlockstep.signals.resolution import RESOLUTION

Criterion = Literal["sharpe", "return", "timing"]
Rows = slice | NDArray[np.int64]

TIE = 1e-12
"""Criteria that differ by no more are equal: rounding chooses nothing."""


@dataclass(frozen=True)
class Fold:
    """Rows train_start … train_stop − 1 chose the variant held in rows start … stop − 1."""

    train_start: int
    train_stop: int
    start: int
    stop: int
    chosen: int


@dataclass(frozen=True, eq=False)
class WalkForward:
    """A walk forward through T rows; everything but `folds` is out of sample.

    folds:   in order, without gap or overlap; the last one may be shorter
    first:   the first out-of-sample row
    returns: T − first, simple returns of the variant held
    weights: (T − first) x A, its weights; None where none were given
    choice:  T − first, its column
    """

    folds: tuple[Fold, ...]
    first: int
    returns: Floats
    weights: Floats | None
    choice: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CombinatorialPaths:
    """The out-of-sample paths of combinatorial purged cross-validation, P of them from S splits.

    n_splits: S = C(N, k)
    n_paths:  P = (k / N) C(N, k)
    returns:  P x T simple returns of the variants held
    weights:  P x T x A, their weights; None where none were given
    chosen:   length S, the column chosen in each split, splits in lexicographic order of their test groups
    """

    n_splits: int
    n_paths: int
    returns: Floats
    weights: Floats | None
    chosen: NDArray[np.int64]


def walk_forward(
    returns: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    asset_returns: ArrayLike | None = None,
    criterion: Criterion = "sharpe",
    train: int = 756,
    test: int = 252,
    rolling: bool = False,
    purge: int = 0,
) -> WalkForward:
    """Choose the best of V variants again every `test` rows, on the rows before, and hold it.

    returns: T x V simple returns. weights: T x V x A, the share of the account in each of A assets that was in force
    while the same row's returns were earned. asset_returns: T x A simple returns.

    criterion, of the training rows alone:
        sharpe  mean / standard deviation (ddof 1)
        return  mean of log(1 + return), so compounded; a return of −100 % or less makes it NaN
        timing  t = Σx / √Σx², x the timing returns with the averages of the training rows; needs both other arrays

    train:   rows of training: exactly so many if `rolling`, else at least, from row 0 on
    purge:   rows left out between training and test. A choice made on rows up to s can be filled `lag` sessions
             later, so that with orders at lag n only purge ≥ n could have been traded.

    A variant whose criterion is NaN (NaN among its training rows, or nothing that varies) is not chosen. Of equal ones
    the first column is, and also where every criterion is NaN: variants of which nothing is known are equal.

    Raises HistoryError when no row is left to test, ParameterError for impossible arguments.
    """
    pool = _pool(returns, weights, asset_returns, criterion)
    first = train + purge
    if train < 2 or test < 1 or purge < 0:
        raise ParameterError(
            f"train {train}, test {test}, purge {purge}: at least 2, 1 and 0 rows are needed", name="train, test, purge"
        )
    sessions = len(pool.returns)
    if sessions <= first:
        raise HistoryError(
            f"{sessions} sessions leave none to test after {train} of training and {purge} left out "
            f"between; at least {first + 1} are needed",
            limit=first + 1,
            remedy="Take more history, or train on less",
        )
    folds = []
    for start in range(first, len(pool.returns), test):
        trained = slice(start - first if rolling else 0, start - purge)
        stop = min(start + test, len(pool.returns))
        folds.append(Fold(trained.start, trained.stop, start, stop, pool.best(trained)))
    choice = np.repeat([fold.chosen for fold in folds], [fold.stop - fold.start for fold in folds])
    rows = np.arange(first, len(pool.returns))
    chosen_weights = None if pool.weights is None else pool.weights[rows, choice]
    return WalkForward(tuple(folds), first, pool.returns[rows, choice], chosen_weights, choice)


def combinatorial_purged(
    returns: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    asset_returns: ArrayLike | None = None,
    criterion: Criterion = "sharpe",
    groups: int = 6,
    test_groups: int = 2,
    purge: int = 0,
) -> CombinatorialPaths:
    """Every way to choose a variant on N − k of N groups of rows and hold it on the other k, stitched into paths.

    López de Prado (2018), chapter 12, with N = `groups` and k = `test_groups`: groups of ⌊T/N⌋ rows, the last one
    takes the rest; each path holds every group once as a test, in path p by the p-th split that tests it. The `purge`
    rows on both sides of each test group are left out of training.

    The arrays, `criterion`, NaN and ties: as in `walk_forward`. Training rows lie before and after a test, so the
    paths say how well choosing generalises, not what could have been traded.

    Raises HistoryError when a group, or what training has left, is too short; ParameterError for impossible arguments.
    """
    pool = _pool(returns, weights, asset_returns, criterion)
    if not 1 <= test_groups < groups or purge < 0:
        raise ParameterError(
            f"{test_groups} test groups of {groups}, purge {purge}: 1 ≤ test groups < groups, purge ≥ 0",
            name="test_groups, groups, purge",
        )
    sessions = len(pool.returns)
    edges = [*(sessions // groups * group for group in range(groups)), sessions]
    splits = list(combinations(range(groups), test_groups))
    chosen = np.array([pool.best(_training_rows(edges, split, purge)) for split in splits])

    n_paths = comb(groups - 1, test_groups - 1)
    choice = np.empty((n_paths, sessions), dtype=np.int64)
    for group, (start, stop) in enumerate(pairwise(edges)):
        choice[:, start:stop] = chosen[[group in split for split in splits], None]
    rows = np.arange(sessions)
    chosen_weights = None if pool.weights is None else pool.weights[rows, choice]
    return CombinatorialPaths(len(splits), n_paths, pool.returns[rows, choice], chosen_weights, chosen)


def _training_rows(edges: list[int], tested: Iterable[int], purge: int) -> NDArray[np.int64]:
    """The rows outside the test groups and their margins."""
    training = np.ones(edges[-1], dtype=bool)
    for group in tested:
        training[max(0, edges[group] - purge) : edges[group + 1] + purge] = False
    if edges[1] < 1 or training.sum() < 2:
        raise HistoryError(
            f"{edges[-1]} sessions in {len(edges) - 1} groups leave {training.sum()} to train on, with {purge} "
            "left out on both sides of a test group",
            name="groups",
            limit=len(edges) - 1,
            remedy="Take more history, fewer groups or a smaller purge",
        )
    return np.flatnonzero(training)


def _pool(
    returns: ArrayLike, weights: ArrayLike | None, asset_returns: ArrayLike | None, criterion: Criterion
) -> "_Pool":
    table = np.asarray(returns, dtype=float)
    if table.ndim != 2:
        raise ParameterError(f"returns of shape {table.shape} are no T x V table of variants", name="returns")
    in_force, earned = (None if given is None else np.asarray(given, dtype=float) for given in (weights, asset_returns))
    return _Pool(table, in_force, earned, criterion)


@dataclass(frozen=True, eq=False)
class _Pool:
    """The variants to choose from, and by what."""

    returns: Floats
    weights: Floats | None
    asset_returns: Floats | None
    criterion: Criterion

    def __post_init__(self) -> None:
        if self.criterion not in get_args(Criterion):
            raise unknown_name("criterion", self.criterion, get_args(Criterion))
        if self.criterion == "timing" and (self.weights is None or self.asset_returns is None):
            raise ParameterError(
                "The criterion 'timing' needs weights and asset_returns",
                name="criterion",
                choices=("weights", "asset_returns"),
            )
        shape = self.returns.shape
        for name, given, wanted in (("weights", self.weights, shape), ("asset_returns", self.asset_returns, shape[:1])):
            if given is not None and given.shape[: len(wanted)] != wanted:
                raise ParameterError(
                    f"returns of shape {shape} do not go with {name} of shape {given.shape}", name=name
                )

    def best(self, rows: Rows) -> int:
        """The first column with the highest criterion on these rows."""
        scores = self._scores(rows)
        comparable = np.where(np.isnan(scores), -np.inf, scores)
        return int(np.argmax(comparable >= comparable.max() - TIE))

    def _scores(self, rows: Rows) -> Floats:
        """Length V: the criterion of each variant, NaN where it has none."""
        nothing = np.full(self.returns.shape[1], np.nan)
        if self.weights is not None and self.asset_returns is not None and self.criterion == "timing":
            weights = self.weights[rows]
            x = timing_returns(weights, self.asset_returns[rows])
            varies = np.ptp(weights, axis=0).max(axis=1) > TIE
            total, spread = x.sum(axis=0), np.sqrt((x**2).sum(axis=0))
            return np.asarray(np.divide(total, spread, out=nothing, where=varies & (spread > TIE)))
        returns = self.returns[rows]
        if self.criterion == "return":
            logs = np.log1p(returns, out=np.full_like(returns, np.nan), where=returns > -1.0)
            return np.asarray(logs.mean(axis=0))
        deviation = returns.std(axis=0, ddof=1)
        return np.asarray(np.divide(returns.mean(axis=0), deviation, out=nothing, where=deviation > RESOLUTION))
