"""Random entries: what would a rule have earned that traded as often and held as long, at other moments?

The episodes of the observed path (see `episodes`) are put in random order: the active ones change places among
themselves, and so do the resting ones. Every draw has the same holding times, the same average weights and the true
returns; only the moments differ.

Null hypothesis: given the returns, every such order was equally likely. A rule with few episodes has few orders, and
its p-value stays at about one over their number or above: a single switch proves nothing.

Two limits. A rule that passes straight from one active episode to another may come to hold the same weights in two in
a row, which then form one longer episode; a rule of two states, or one that rests in between, never does. Weights that
move every session have no holding times to keep: there the shifts of the timing test are the better control.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unlockstep.backtests.stats.episodes import check_path, episodes, resting
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats

ROUNDING = 1e-9
"""Rounding must not push the true path below a draw in the same order."""


@dataclass(frozen=True)
class RandomEntries:
    """One variant against random entries with its own holding times.

    p:         (1 + #{t* ≥ t}) / (1 + draws), t = Σx / √Σx² of the timing returns, t* that of a draw
    ir_median: median over the draws of the annual timing information ratio
    ir_95:     its 95 % quantile: what chance with the same holding times reached one time in twenty
    draws:     number of draws
    Weights that never vary, and returns that never do: p = 1, NaN otherwise.
    """

    p: float
    ir_median: float
    ir_95: float
    draws: int


def random_entries(weights: ArrayLike, asset_returns: ArrayLike, *, seed: int, draws: int = 1000) -> RandomEntries:
    """The timing of one variant against the same episodes in random order.

    weights: T x A, the share of the account in each of A assets that was in force while the returns of the same row
    were earned. asset_returns: T x A simple returns. Raises ParameterError for shapes that differ, and for NaN.

    The observed order counts as one of the draws, so that p is never 0 (Phipson and Smyth 2010).
    """
    weights, asset_returns = np.asarray(weights, dtype=float), np.asarray(asset_returns, dtype=float)
    check_path(weights, asset_returns)
    spans = episodes(weights)
    excess = asset_returns - asset_returns.mean(axis=0)
    if len(spans) == 1 or np.abs(excess).max() < 1e-15:
        return RandomEntries(1.0, float("nan"), float("nan"), draws)

    lengths = spans[:, 1] - spans[:, 0]
    episode_weights = (weights - weights.mean(axis=0))[spans[:, 0]]
    weight_products = _products(episode_weights)
    # Σx and Σx² of an episode are differences of running sums, wherever it comes to lie
    running = _running(excess)
    running_products = _running(_products(excess))

    def sums(order: NDArray[np.int64]) -> tuple[float, float]:
        stops = np.cumsum(lengths[order])
        starts = stops - lengths[order]
        total = np.vdot(episode_weights[order], running[stops] - running[starts])
        squares = np.vdot(weight_products[order], running_products[stops] - running_products[starts])
        return float(total), float(squares)

    rng = np.random.default_rng(seed)
    order = np.arange(len(spans))
    rests = resting(weights, spans)
    groups = [np.flatnonzero(rests), np.flatnonzero(~rests)]
    totals = [sums(order)]
    for _ in range(draws):
        for group in groups:
            order[group] = rng.permutation(group)
        totals.append(sums(order))
    total, squares = np.array(totals).T
    floor = 1e-12 * squares.max()  # an order without any timing return has t = 0
    if floor == 0.0:  # the weights vary only in what never moved
        return RandomEntries(1.0, float("nan"), float("nan"), draws)
    t = total / np.sqrt(np.maximum(squares, floor))
    deviation = np.sqrt(np.maximum(squares - total**2 / len(weights), floor) / len(weights))
    ratios = total / len(weights) / deviation * np.sqrt(SESSIONS_PER_YEAR)
    median, high = np.quantile(ratios[1:], [0.5, 0.95])
    p = (1 + int((t[1:] >= t[0] - ROUNDING).sum())) / (1 + draws)
    return RandomEntries(p, float(median), float(high), draws)


def _products(values: Floats) -> Floats:
    """N x A² products of each pair of the A values of a row."""
    return np.asarray(np.einsum("na,nb->nab", values, values).reshape(len(values), -1))


def _running(values: Floats) -> Floats:
    """(N + 1) x K sums of the rows before each, from zero to all."""
    return np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
