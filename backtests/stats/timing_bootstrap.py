"""The timing test with another null distribution: returns resampled by the stationary bootstrap.

The positions stay where they were; blocks of the scores are drawn at random and laid end to end (Politis and Romano
1994), which breaks the alignment as shifts do and draws new histories besides. It is shown beside the shifts and
decides nothing: blocks cut trends that are longer than they are, so that it rejects too often where returns persist.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unlockstep.backtests.stats.bootstrap import BLOCK
from unlockstep.backtests.stats.circular_shifts import all_shifts, scores, shaped
from unlockstep.backtests.stats.timing_test import single_p, step_down
from unlockstep.signals.lean_arch import import_arch
from unlockstep.signals.market import Floats

BATCH = 100
"""Resampled histories held in memory at once."""


@dataclass(frozen=True, eq=False)
class BootstrapTiming:
    """p, p_family: length V, as in `TimingTest` but without a primary's share; block: mean sessions of a block."""

    p: Floats
    p_family: Floats
    block: int


def timing_bootstrap(weights: ArrayLike, returns: ArrayLike, *, seed: int, draws: int = 1000) -> BootstrapTiming:
    """The timing statistics of V variants against `draws` resampled histories.

    weights, returns: as `timing_test` takes them. Blocks have the mean length that Politis and White (2004) find best
    for the scores, and BLOCK sessions at least. The true history counts as one of the draws.
    """
    in_force, earned = shaped(weights, returns)
    centred = in_force - in_force.mean(axis=0)
    score, _ = scores(earned - earned.mean(axis=0))
    varies = np.abs(centred).max(axis=(0, 2), initial=0.0) > 1e-12
    true = all_shifts(centred, score)[:1]
    rows, block = resampled_rows(score, seed=seed, draws=draws)
    batches = [_statistics(centred, score[rows[i : i + BATCH]]) for i in range(0, draws, BATCH)]
    statistic = np.vstack([true, *batches])
    return BootstrapTiming(single_p(statistic, varies), step_down(statistic, varies), block)


def resampled_rows(score: Floats, *, seed: int, draws: int) -> tuple[NDArray[np.int64], int]:
    """(draws x T rows of resampled histories, mean sessions of a block) of T x A scores."""
    import_arch()
    from arch.bootstrap import StationaryBootstrap, optimal_block_length

    moving = score[:, score.std(axis=0) > 0]
    best = optimal_block_length(moving)["stationary"].max() if moving.size else BLOCK
    block = round(max(BLOCK, best))
    resampler = StationaryBootstrap(block, np.arange(len(score)), seed=np.random.default_rng(seed))
    return np.array([drawn[0] for drawn, _ in resampler.bootstrap(draws)]), block


def _statistics(centred: Floats, drawn: Floats) -> Floats:
    """B x V: t of T x V x A weights against B x T x A histories, each centred."""
    histories = drawn - drawn.mean(axis=1, keepdims=True)
    total = squares = np.zeros((len(drawn), centred.shape[1]))
    for a in range(centred.shape[2]):
        total = total + histories[:, :, a] @ centred[:, :, a]
        for b in range(centred.shape[2]):
            squares = squares + (histories[:, :, a] * histories[:, :, b]) @ (centred[:, :, a] * centred[:, :, b])
    return np.asarray(total / np.sqrt(np.maximum(squares, 1e-300)))
