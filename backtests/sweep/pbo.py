"""PBO of a sweep: among variants drawn from all, how often the best of one half of time is a bad one in the other.

What it needs of a variant are sums over blocks of time, which are kept while the variants are evaluated.
"""

from collections.abc import Sequence

from unlockstep.backtests.results.model.sweep import OverfittingResult
from unlockstep.backtests.stats.pbo import BlockSums, overfitting_of

RANKED = 10_000
"""Variants that are ranked: a random part of larger sweeps."""

BLOCKS = 16


def overfitting_result(parts: Sequence[BlockSums]) -> OverfittingResult | None:
    """PBO of choosing by Sharpe ratio among the variants of all parts; None unless two of them vary."""
    variants = sum(part.variants for part in parts)
    if variants < 2:
        return None
    overfitting = overfitting_of(parts)
    return OverfittingResult(
        variants=variants,
        pbo=overfitting.pbo,
        splits=overfitting.splits,
        loss_probability=overfitting.loss_probability,
        sharpe_in=overfitting.sharpe_in,
        sharpe_out=overfitting.sharpe_out,
    )
