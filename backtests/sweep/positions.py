"""Compiled: from what a variant wants in each session to its decisions, and what the timing test says of them.

Between two decisions weights stand still, so that the timing figures are sums over stretches, from running totals.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unlockstep.signals.jit import njit
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats
from unlockstep.strategies.weights import MAX_GROSS


class Scored(NamedTuple):
    """Running totals over the E sessions that decisions earn: (E + 1) x k, k the scores and their products."""

    total: Floats  # score of crypto, of equity
    square: Floats  # score products: cc, ce, ee
    excess: Floats  # the same of the returns in excess of their mean
    excess_square: Floats


class Decisions(NamedTuple):
    """The decisions of n variants, one variant after the other.

    rows: by evaluated session.  targets: a row a decision, crypto and equity.  edges: n + 1, where each variant begins.
    """

    rows: NDArray[np.int64]
    targets: Floats
    edges: NDArray[np.int64]

    @classmethod
    def none(cls) -> "Decisions":
        """Of no variants."""
        return cls(np.empty(0, dtype=np.int64), np.empty((0, 2)), np.zeros(1, dtype=np.int64))

    def variant_keys(self) -> list[bytes]:
        """Of each variant; equal for equal decisions."""
        rows, targets = self.rows.view(np.uint8), self.targets.ravel().view(np.uint8)
        ends = (self.edges * 8).tolist()
        return [rows[begin:end].tobytes() + targets[2 * begin : 2 * end].tobytes() for begin, end in pairwise(ends)]

    def of(self, variants: NDArray[np.int64]) -> "Decisions":
        """The decisions of some of the variants, in their order."""
        counts = np.diff(self.edges)[variants]
        edges = np.concatenate([[0], np.cumsum(counts)])
        taken = np.arange(edges[-1]) + np.repeat(self.edges[:-1][variants] - edges[:-1], counts)
        return Decisions(self.rows[taken], self.targets[taken], edges)


def joined(parts: Sequence[Decisions]) -> Decisions:
    """The decisions of all parts, one part after the other; at least one."""
    counts = np.concatenate([np.diff(part.edges) for part in parts])
    return Decisions(
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.targets for part in parts]),
        np.concatenate([[0], np.cumsum(counts)]),
    )


def decisions_of(
    crypto: Floats, equity: Floats, warmups: NDArray[np.int64], opening: int, due: NDArray[np.bool_]
) -> Decisions:
    """What n variants decide, from what they want: n x T shares of the account.

    due: 1 x T or n x T, where mixes are rebalanced.
    """
    n, sessions = len(crypto), crypto.shape[1] - opening
    rows, targets = np.empty(n * sessions, dtype=np.int64), np.empty((n * sessions, 2))
    edges = np.zeros(n + 1, dtype=np.int64)
    _decide_all(crypto, equity, warmups, opening, due, rows, targets, edges)
    return Decisions(rows[: edges[-1]].copy(), targets[: edges[-1]].copy(), edges)


@njit(cache=True, nogil=True, error_model="numpy")
def decide(
    crypto: Floats,
    equity: Floats,
    warmup: int,
    opening: int,
    due: NDArray[np.bool_],
    rows: NDArray[np.int64],
    targets: Floats,
) -> int:
    """Fill in the decisions of one variant, by evaluated session; returns how many. See `TargetWeights.from_wanted`."""
    c = e = np.nan
    for t in range(opening, warmup - 1, -1):  # the view in force in the first evaluated session
        if not np.isnan(crypto[t]):
            c, e = crypto[t], equity[t]
            break
    count = 0
    if not np.isnan(c):
        rows[0], targets[0, 0], targets[0, 1] = 0, c, e
        count = 1
    for t in range(max(opening + 1, warmup), len(crypto)):
        now = crypto[t]
        if np.isnan(now):
            now, other = c, e
        else:
            other = equity[t]
        if now != c or other != e or (due[t] and not ((c == 0.0 or c == 1.0) and (e == 0.0 or e == 1.0))):
            if np.isnan(now):
                continue
            c, e = now, other
            rows[count], targets[count, 0], targets[count, 1] = t - opening, c, e
            count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _decide_all(
    crypto: Floats,
    equity: Floats,
    warmups: NDArray[np.int64],
    opening: int,
    due: NDArray[np.bool_],
    rows: NDArray[np.int64],
    targets: Floats,
    edges: NDArray[np.int64],
) -> None:
    for i in range(len(crypto)):
        at = edges[i]
        when = due[i if len(due) > 1 else 0]
        edges[i + 1] = at + decide(crypto[i], equity[i], warmups[i], opening, when, rows[at:], targets[at:])


@njit(cache=True, nogil=True, error_model="numpy")
def is_admissible(targets: Floats, decisions: int) -> bool:
    """Whether `TargetWeights` would take these weights."""
    for k in range(decisions):
        c, e = targets[k, 0], targets[k, 1]
        if not (max(c, 0.0) + max(e, 0.0) <= 1.0 + 1e-9 and abs(c) + abs(e) <= MAX_GROSS + 1e-9):
            return False
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def hold(rows: NDArray[np.int64], targets: Floats, decisions: int, weights: Floats) -> None:
    """Spread decisions over the sessions in which they are in force; nothing is held before the first."""
    first = rows[0] if decisions else len(weights)
    weights[:first] = 0.0
    for k in range(decisions):
        until = rows[k + 1] if k + 1 < decisions else len(weights)
        for t in range(rows[k], min(until, len(weights))):
            weights[t, 0], weights[t, 1] = targets[k, 0], targets[k, 1]


@njit(cache=True, nogil=True, error_model="numpy")
def timing(rows: NDArray[np.int64], targets: Floats, decisions: int, scored: Any) -> tuple[float, float]:
    """(annual timing information ratio, t of the scores); NaN where the weights never vary."""
    sessions = len(scored.total) - 1
    mean_c = mean_e = 0.0
    for k in range(decisions):
        length = _until(rows, k, decisions, sessions) - min(rows[k], sessions)
        mean_c += length * targets[k, 0]
        mean_e += length * targets[k, 1]
    mean_c /= sessions
    mean_e /= sessions
    largest = score = score_square = money = money_square = 0.0
    for k in range(-1, decisions):
        begin = 0 if k < 0 else min(rows[k], sessions)
        end = _until(rows, k, decisions, sessions)
        if end <= begin:
            continue
        c = (0.0 if k < 0 else targets[k, 0]) - mean_c
        e = (0.0 if k < 0 else targets[k, 1]) - mean_e
        largest = max(largest, abs(c), abs(e))
        score += c * (scored.total[end, 0] - scored.total[begin, 0])
        score += e * (scored.total[end, 1] - scored.total[begin, 1])
        money += c * (scored.excess[end, 0] - scored.excess[begin, 0])
        money += e * (scored.excess[end, 1] - scored.excess[begin, 1])
        for j, weight in enumerate((c * c, 2.0 * c * e, e * e)):
            score_square += weight * (scored.square[end, j] - scored.square[begin, j])
            money_square += weight * (scored.excess_square[end, j] - scored.excess_square[begin, j])
    if largest <= 1e-12:
        return np.nan, np.nan
    mean = money / sessions
    variance = money_square / sessions - mean * mean
    ratio = mean / np.sqrt(variance) * np.sqrt(SESSIONS_PER_YEAR) if variance > 0.0 else np.nan
    return ratio, score / np.sqrt(score_square) if score_square > 0.0 else np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def _until(rows: NDArray[np.int64], k: int, decisions: int, sessions: int) -> int:
    """The session in which the k-th decision is followed by the next; k = -1: nothing was decided yet."""
    return min(rows[k + 1], sessions) if k + 1 < decisions else sessions
