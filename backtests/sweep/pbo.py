"""PBO of a sweep: among variants drawn from all, how often the best of one half of time is a bad one in the other."""

from collections.abc import Iterator, Sequence

import numpy as np

from unlockstep.backtests.results.model.sweep import OverfittingResult
from unlockstep.backtests.stats.pbo import BlockSums, block_sums, overfitting_of
from unlockstep.backtests.stats.sharpe import excess_returns
from unlockstep.backtests.sweep.accounts import simulate
from unlockstep.backtests.sweep.kernel import SOLVENT
from unlockstep.backtests.sweep.plan import SLICE, Plan

RANKED = 10_000
"""Variants that are ranked: a random part of larger sweeps."""

BLOCKS = 16


def overfitting_result(plan: Plan, drawn: Sequence[tuple[int, int]]) -> OverfittingResult | None:
    """PBO of choosing by Sharpe ratio among these variants, (space, number); None unless two of them vary."""
    if len(plan.terms.evaluated.sessions) - 1 < 2 * BLOCKS:
        return None
    parts = list(_sums(plan, drawn))
    if sum(len(part.mean) for part in parts) < 2:
        return None
    overfitting = overfitting_of(parts)
    return OverfittingResult(
        variants=sum(len(part.mean) for part in parts),
        pbo=overfitting.pbo,
        splits=overfitting.splits,
        loss_probability=overfitting.loss_probability,
        sharpe_in=overfitting.sharpe_in,
        sharpe_out=overfitting.sharpe_out,
    )


def _sums(plan: Plan, drawn: Sequence[tuple[int, int]]) -> Iterator[BlockSums]:
    for number, space in enumerate(plan.spaces):
        mine = np.array([place for owner, place in drawn if owner == number], dtype=np.int64)
        for begin in range(0, len(mine), SLICE):
            columns = space.columns_of(mine[begin : begin + SLICE])
            crypto, equity = space.strategy.rules(plan.signal_cache, columns)
            simulated = simulate(plan.terms, crypto, equity, space.warmups(columns), rebalance=space.strategy.rebalance)
            net = simulated.returns[simulated.fate == SOLVENT].T
            yield block_sums(excess_returns(net, plan.terms.evaluated.cash_returns[1:]), BLOCKS)
