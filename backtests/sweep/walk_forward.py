"""Choosing among all variants of a sweep without hindsight: walk-forward and combinatorial purged paths.

The choice is that of `results.walk_forward` with the criterion "timing": the variant whose timing return has the
highest t on the training rows. Only the best variant of each set of training rows is kept while blocks come in, so that
the number of variants costs no memory. What was chosen is stitched into one path of weights, tested by its timing, and
traded by vectorbt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from unlockstep.backtests.engine import portfolio as engine
from unlockstep.backtests.results.model.sweep import ChoiceResult
from unlockstep.backtests.results.model.variant import CombinatorialPaths, Fold, Walk
from unlockstep.backtests.stats.sharpe import excess_returns, sharpe_ratio
from unlockstep.backtests.stats.timing_test import timing_test
from unlockstep.backtests.stats.walk_forward import TIE
from unlockstep.backtests.sweep.accounts import TradingTerms, simulate
from unlockstep.backtests.sweep.grid import Space
from unlockstep.backtests.sweep.positions import Decisions
from unlockstep.signals.errors import WeightsError
from unlockstep.signals.jit import njit
from unlockstep.signals.market import Floats
from unlockstep.signals.signal import SignalCache
from unlockstep.strategies.rebalancing import Rebalance, rebalance_of
from unlockstep.strategies.weights import TargetWeights

GROUPS, TEST_GROUPS = 6, 2
"""Of combinatorial purged cross-validation: 15 splits, 5 paths."""

Spans = list[tuple[int, int]]
"""Rows, as stretches begin … end - 1."""


@dataclass(frozen=True)
class Hold:
    """Choose on these rows, hold on those."""

    train: Spans
    test: Spans


@dataclass(frozen=True, eq=False)
class Choices:
    """Every choice that is to be made on E rows: the walk forward, expanding and rolling, and the splits."""

    expanding: tuple[Hold, ...]
    rolling: tuple[Hold, ...]
    combinatorial: tuple[Hold, ...]

    @property
    def all(self) -> tuple[Hold, ...]:
        """In one row."""
        return (*self.expanding, *self.rolling, *self.combinatorial)

    @cached_property
    def trained(self) -> NDArray[np.int64]:
        """Choices x stretches x 2: begin and end of each stretch of training rows; empty ones fill up."""
        most = max((len(hold.train) for hold in self.all), default=1)
        table = np.zeros((len(self.all), most, 2), dtype=np.int64)
        for i, hold in enumerate(self.all):
            table[i, : len(hold.train)] = hold.train
        return table


def choices_of(rows: int, *, train: int, test: int, purge: int) -> Choices:
    """The choices on so many rows, as `results.walk_forward` makes them; no walk where a first fold is not whole.

    train, test: rows.  purge: rows left out between training and test.
    """
    first = train + purge
    starts = range(first, rows, test) if rows >= first + test else range(0)
    walks = [
        tuple(Hold([(start - first if rolling else 0, start - purge)], [(start, min(start + test, rows))])
              for start in starts)
        for rolling in (False, True)
    ]  # fmt: skip
    edges = [*(rows // GROUPS * group for group in range(GROUPS)), rows]
    groups = list(pairwise(edges))
    splits = []
    for tested in combinations(range(GROUPS), TEST_GROUPS):
        training = np.ones(rows, dtype=bool)
        for group in tested:
            training[max(0, edges[group] - purge) : edges[group + 1] + purge] = False
        splits.append(Hold(_spans(training), [groups[group] for group in tested]))
    return Choices(walks[0], walks[1], tuple(splits))


@dataclass(frozen=True, eq=False)
class Leaders:
    """The best of some variants on the training rows of each choice.

    scores: length C, -inf where none has one.  spaces, numbers: which variant; of equal ones the first.
    """

    scores: Floats
    spaces: NDArray[np.int64]
    numbers: NDArray[np.int64]

    @classmethod
    def of(cls, scores: Floats, space: int, numbers: NDArray[np.int64]) -> "Leaders":
        """Of n variants of a space: n x C scores, NaN where a variant has none."""
        comparable = np.where(np.isnan(scores), -np.inf, scores)
        if not len(comparable):
            return cls.none(comparable.shape[1])
        best = np.argmax(comparable >= comparable.max(axis=0) - TIE, axis=0)
        return cls(comparable[best, np.arange(len(best))], np.full(len(best), space), numbers[best])

    @classmethod
    def none(cls, choices: int) -> "Leaders":
        """Of no variants."""
        return cls(np.full(choices, -np.inf), np.zeros(choices, dtype=np.int64), np.zeros(choices, dtype=np.int64))

    def or_(self, later: "Leaders") -> "Leaders":
        """The better of the two for each choice; `later` variants come after these, and must be better."""
        ahead = later.scores > self.scores + TIE
        return Leaders(
            np.where(ahead, later.scores, self.scores),
            np.where(ahead, later.spaces, self.spaces),
            np.where(ahead, later.numbers, self.numbers),
        )


class Chooser:
    """Scores blocks of variants for every choice, on the same terms."""

    def __init__(self, terms: TradingTerms, choices: Choices) -> None:
        self.terms, self.choices = terms, choices
        crypto, equity = terms.earned.T
        columns = np.column_stack([crypto, equity, crypto * crypto, crypto * equity, equity * equity])
        self.running = np.vstack([np.zeros((1, 5)), np.cumsum(columns, axis=0)])

    def scores(self, decisions: Decisions) -> Floats:
        """Timing t of the training rows of each choice, n x C; NaN where the weights do not vary there."""
        t = np.full((len(decisions.edges) - 1, len(self.choices.all)), np.nan)
        _score(decisions, self.running, self.choices.trained, t)
        return t


def stitched(holds: Sequence[Hold], chosen: Sequence[Floats]) -> tuple[int, Floats]:
    """(first row, rows x 2 weights) of what was chosen in each fold, held on its test rows."""
    first, last = holds[0].test[0][0], holds[-1].test[-1][1]
    weights = np.empty((last - first, 2))
    for hold, fold_weights in zip(holds, chosen, strict=True):
        for begin, end in hold.test:
            weights[begin - first : end - first] = fold_weights[begin:end]
    return first, weights


def choice_result(
    terms: TradingTerms, spaces: Sequence[Space], signal_cache: SignalCache, choices: Choices, leaders: Leaders
) -> ChoiceResult | None:
    """What choosing among all variants was worth on rows that it had not seen; None where time is too short."""
    if not choices.expanding or not np.isfinite(leaders.scores).any():
        return None
    weights_cache = _WeightsCache(terms, spaces, signal_cache)
    places = list(zip(leaders.spaces.tolist(), leaders.numbers.tolist(), strict=True))
    rolling = len(choices.expanding)
    combinatorial = rolling + len(choices.rolling)
    return ChoiceResult(
        expanding=_walk(terms, weights_cache, choices.expanding, places[:rolling]),
        rolling=_walk(terms, weights_cache, choices.rolling, places[rolling:combinatorial]),
        combinatorial=_paths(terms, weights_cache, choices, places[combinatorial:]),
    )


class _WeightsCache:
    """Weights in force of variants, computed when asked for."""

    def __init__(self, terms: TradingTerms, spaces: Sequence[Space], signal_cache: SignalCache) -> None:
        self.terms, self.spaces, self.signal_cache = terms, spaces, signal_cache
        self.rebalance = rebalance_of(terms.rebalance, (space.strategy.rebalance for space in spaces))

    def weights(self, place: tuple[int, int]) -> Floats:
        space, number = self.spaces[place[0]], place[1]
        columns = space.columns(number, number + 1)
        crypto, equity = space.strategy.rules(self.signal_cache, columns)
        return np.asarray(simulate(self.terms, crypto, equity, space.warmups(columns)).weights[0])

    def label(self, place: tuple[int, int]) -> str:
        return self.spaces[place[0]].variant(place[1]).label


def _walk(
    terms: TradingTerms, weights_cache: _WeightsCache, holds: Sequence[Hold], picked: Sequence[tuple[int, int]]
) -> Walk:
    first, weights = stitched(holds, [weights_cache.weights(place) for place in picked])
    test = timing_test(weights[:, None], terms.earned[first:])
    sessions = terms.evaluated.sessions
    return Walk(
        first=str(sessions[first].date()),
        timing_ir=test.information_ratio[0],
        timing_ci=test.ci[0],
        timing_p=test.p[0],
        sharpe=_net_sharpe(terms, first, weights, weights_cache.rebalance),
        folds=[
            Fold(
                first=str(sessions[hold.test[0][0]].date()),
                last=str(sessions[hold.test[-1][1] - 1].date()),
                chosen=weights_cache.label(place),
            )
            for hold, place in zip(holds, picked, strict=True)
        ],
    )


def _net_sharpe(terms: TradingTerms, first: int, weights: Floats, rebalance: Rebalance) -> float:
    """Annual Sharpe ratio, net, of an account that trades the stitched weights; NaN where it is ruined."""
    market = terms.evaluated.slice(first)
    frame = pd.DataFrame(weights, market.sessions[: len(weights)], columns=list(market.tickers))
    decisions = [TargetWeights.from_wanted("chosen", frame, rebalance, market=market, lag=terms.lag)]
    try:
        result = engine.run(market, decisions, terms.costs, fill=terms.fill, lag=terms.lag, capital=terms.capital)
    except WeightsError:
        return float("nan")
    return sharpe_ratio(excess_returns(result.returns["chosen"].to_numpy(), result.risk_free))


def _paths(
    terms: TradingTerms, weights_cache: _WeightsCache, choices: Choices, picked: Sequence[tuple[int, int]]
) -> CombinatorialPaths:
    rows = len(terms.earned)
    tested: dict[tuple[int, int], list[Floats]] = {}  # stretch → what each split that tests it holds there
    for hold, place in zip(choices.combinatorial, picked, strict=True):
        weights = weights_cache.weights(place)
        for begin, end in hold.test:
            tested.setdefault((begin, end), []).append(weights[begin:end])
    paths = np.empty((rows, len(next(iter(tested.values()))), 2))
    for (begin, end), parts in tested.items():
        for path, part in enumerate(parts):
            paths[begin:end, path] = part
    tests = timing_test(paths, terms.earned)
    return CombinatorialPaths(
        splits=len(choices.combinatorial),
        paths=paths.shape[1],
        timing_ir=tests.information_ratio.tolist(),
        timing_p=tests.p.tolist(),
    )


def _spans(mask: NDArray[np.bool_]) -> Spans:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


@njit(cache=True, nogil=True, error_model="numpy")
def _score(decided: Any, running: Floats, trained: NDArray[np.int64], t: Floats) -> None:
    last, most = len(running) - 1, np.diff(decided.edges).max() if len(t) else 0
    rows, targets = np.empty(most, dtype=np.int64), np.empty((most, 2))
    for i in range(len(t)):
        n_changes = 0  # decisions that change something; a mix that is rebalanced changes no weight in force
        for k in range(decided.edges[i], decided.edges[i + 1]):
            c, e = decided.targets[k, 0], decided.targets[k, 1]
            if n_changes == 0 or c != targets[n_changes - 1, 0] or e != targets[n_changes - 1, 1]:
                rows[n_changes], targets[n_changes, 0], targets[n_changes, 1] = decided.rows[k], c, e
                n_changes += 1
        for c in range(len(trained)):
            t[i, c] = _criterion(rows, targets, n_changes, running, trained[c], last)


@njit(cache=True, nogil=True, error_model="numpy")
def _criterion(
    rows: NDArray[np.int64], targets: Floats, decisions: int, running: Floats, trained: NDArray[np.int64], last: int
) -> float:
    """T = Σx / √Σx² of the timing returns on some stretches of rows; the averages are those of the same rows."""
    length = mean_c = mean_e = return_c = return_e = 0.0
    low_c = low_e = np.inf
    high_c = high_e = -np.inf
    score = square = 0.0
    for turn in range(2):
        for s in range(len(trained)):
            begin, end = trained[s, 0], trained[s, 1]
            if end <= begin:
                continue
            if turn == 0:
                length += end - begin
                return_c += running[end, 0] - running[begin, 0]
                return_e += running[end, 1] - running[begin, 1]
            for k in range(-1, decisions):
                here = max(begin, 0 if k < 0 else rows[k])
                there = min(end, rows[k + 1] if k + 1 < decisions else last)
                if there <= here:
                    if k >= 0 and rows[k] >= end:
                        break
                    continue
                c = 0.0 if k < 0 else targets[k, 0]
                e = 0.0 if k < 0 else targets[k, 1]
                n = there - here
                if turn == 0:
                    mean_c += n * c
                    mean_e += n * e
                    low_c, high_c = min(low_c, c), max(high_c, c)
                    low_e, high_e = min(low_e, e), max(high_e, e)
                    continue
                c -= mean_c
                e -= mean_e
                sum_c, sum_e = running[there, 0] - running[here, 0], running[there, 1] - running[here, 1]
                score += c * (sum_c - n * return_c) + e * (sum_e - n * return_e)
                cc = running[there, 2] - running[here, 2] - 2.0 * return_c * sum_c + n * return_c * return_c
                ce = running[there, 3] - running[here, 3] - return_c * sum_e - return_e * sum_c
                ce += n * return_c * return_e
                ee = running[there, 4] - running[here, 4] - 2.0 * return_e * sum_e + n * return_e * return_e
                square += c * c * cc + 2.0 * c * e * ce + e * e * ee
        if turn == 0:
            if length < 2 or max(high_c - low_c, high_e - low_e) <= 1e-12:
                return np.nan
            mean_c /= length
            mean_e /= length
            return_c /= length
            return_e /= length
    return score / np.sqrt(square) if square > 1e-24 else np.nan
