"""How often does choosing the best variant choose a bad one? Combinatorially symmetric cross-validation.

Bailey, Borwein, López de Prado and Zhu (2017), "The probability of backtest overfitting":

 1. cut the T sessions into S blocks; every choice of S/2 of them is the sample in which the best variant is chosen,
    and the other S/2, as many, are out of sample
 2. ω = rank of the chosen variant out of sample / (V + 1), logit λ = ln(ω / (1 − ω))
 3. PBO = share of splits with λ ≤ 0: the chosen one was in the lower half

A diagnostic of the choosing, not a verdict: without any edge it is about one half, and less than that half the time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unlockstep.signals.errors import DataError, HistoryError, ParameterError
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats

MARGIN = 1e-9
"""Sharpe ratios that differ by less are tied: rounding must not break ties."""

AT_ONCE = 8
"""Splits held in memory at once."""


@dataclass(frozen=True, eq=False)
class Overfitting:
    """Results over all splits.

    pbo:               share of splits whose chosen variant was at or below the median out of sample
    splits:            their number, C(S, S/2)
    logits:            splits numbers λ, in the order of itertools.combinations
    loss_probability:  share of splits whose chosen variant had a negative Sharpe ratio out of sample
    sharpe_in:         median annual Sharpe ratio of the chosen variant, in the sample it was chosen in
    sharpe_out:        the same out of sample; the gap is what choosing promised and did not keep
    """

    pbo: float
    splits: int
    logits: Floats
    loss_probability: float
    sharpe_in: float
    sharpe_out: float


def probability_of_backtest_overfitting(returns: ArrayLike, *, blocks: int = 16) -> Overfitting:
    """PBO of choosing, among V variants, the one of the highest Sharpe ratio.

    returns: T x V net returns, no NaN. blocks: S, even; 16 make 12,870 splits. Blocks differ by one session at most
    where S does not divide T. Ties share the mean of their ranks. Variants that never vary are left out; one that does
    not vary in half of the sessions has a Sharpe ratio of zero there.

    No slope of out-of-sample on in-sample Sharpe ratios is given: the two halves add up to the whole sample, which
    makes it negative with and without overfitting.

    Raises ParameterError for blocks that are odd or not within 2 to 16 and for fewer than two variants that vary,
    HistoryError for fewer than two sessions a block, DataError for missing or infinite returns.
    """
    returns = np.asarray(returns, dtype=float)
    if returns.ndim != 2:
        raise ParameterError(f"Returns of shape {returns.shape} are no T x V table of variants", name="returns")
    if blocks % 2 or not 2 <= blocks <= 16:
        raise ParameterError(
            f"{blocks} blocks cannot be halved into splits",
            name="blocks",
            limit=16,
            remedy="take an even number from 2 to 16",
        )
    if len(returns) < 2 * blocks:
        raise HistoryError(
            f"{len(returns)} sessions are too few for {blocks} blocks; {2 * blocks} are needed", limit=2 * blocks
        )
    if not np.isfinite(returns).all():
        raise DataError(
            "Returns that are missing or infinite cannot be ranked",
            name="returns",
            remedy="drop or complete these variants",
        )
    return overfitting_of([block_sums(returns, blocks)])


@dataclass(frozen=True, eq=False)
class BlockSums:
    """What PBO needs of V variants that vary, over B blocks: of their returns over their deviation.

    mean: V, of all sessions.  total, squares: B x V, sums of these less the mean, and of their squares.
    sessions: B, of each block.  times: V, for how many variants of equal returns each stands.
    """

    mean: Floats
    total: Floats
    squares: Floats
    sessions: Floats
    times: NDArray[np.int64]

    @property
    def variants(self) -> int:
        """How many variants they stand for."""
        return int(self.times.sum())


def block_sums(returns: Floats, blocks: int = 16, times: NDArray[np.int64] | None = None) -> BlockSums:
    """The sums of T x V net returns; variants that never vary are left out. Variants may come in parts.

    times: for how many variants of equal returns each stands; one unless said.
    """
    deviation = returns.std(axis=0)
    varies = deviation > 1e-12
    scaled = returns[:, varies] / deviation[varies]
    mean = scaled.mean(axis=0)
    centred = scaled - mean  # sums of squares about zero would lose digits
    edges = np.arange(blocks + 1) * len(returns) // blocks
    total, squares = (np.add.reduceat(each, edges[:-1], axis=0) for each in (centred, centred**2))
    times = np.ones(len(varies), dtype=np.int64) if times is None else times
    return BlockSums(mean, total, squares, np.diff(edges).astype(float), times[varies])


def joined_sums(parts: Sequence[BlockSums]) -> BlockSums:
    """The sums of the variants of all parts, one part after the other."""
    return BlockSums(
        np.concatenate([part.mean for part in parts]),
        np.hstack([part.total for part in parts]),
        np.hstack([part.squares for part in parts]),
        parts[0].sessions,
        np.concatenate([part.times for part in parts]),
    )


def overfitting_of(parts: Sequence[BlockSums]) -> Overfitting:
    """PBO of choosing among the variants of all parts; ParameterError for fewer than two."""
    sums = joined_sums(parts)
    if sums.variants < 2:
        raise ParameterError(
            f"{sums.variants} variants vary", name="variants", limit=2, remedy="choosing takes at least two"
        )
    split = _splits(len(sums.sessions))
    omega, in_sample, out_of_sample = np.empty((3, len(split)))
    half = len(split) // 2  # what one split leaves out is the sample of the one as far from the other end
    for begin in range(0, half, AT_ONCE):
        there = slice(begin, min(begin + AT_ONCE, half))
        back = slice(len(split) - 1 - there.start, len(split) - 1 - there.stop, -1)
        inside, outside = _sharpe_ratios(sums, split[there]), _sharpe_ratios(sums, split[back])
        for mine, chosen_from, ranked_in in ((there, inside, outside), (back, outside, inside)):
            omega[mine], in_sample[mine], out_of_sample[mine] = _chosen(chosen_from, ranked_in, sums.times)
    logits = np.log(omega / (1.0 - omega))
    return Overfitting(
        pbo=float((logits <= 0).mean()),
        splits=len(logits),
        logits=logits,
        loss_probability=float((out_of_sample < -MARGIN).mean()),
        sharpe_in=float(np.median(in_sample) * np.sqrt(SESSIONS_PER_YEAR)),
        sharpe_out=float(np.median(out_of_sample) * np.sqrt(SESSIONS_PER_YEAR)),
    )


def _chosen(inside: Floats, outside: Floats, times: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """For each split: ω of the best variant, its Sharpe ratio in the sample and out; all splits x V."""
    chosen = (inside >= inside.max(axis=1, keepdims=True) - MARGIN).argmax(axis=1)[:, None]  # of tied ones the first
    in_sample = np.take_along_axis(inside, chosen, axis=1)
    out_of_sample = np.take_along_axis(outside, chosen, axis=1)
    below = (outside < out_of_sample - MARGIN) @ times
    tied = (outside <= out_of_sample + MARGIN) @ times - below  # itself included
    return (below + (tied + 1) / 2) / (times.sum() + 1), in_sample[:, 0], out_of_sample[:, 0]


def _sharpe_ratios(sums: BlockSums, split: Floats) -> Floats:
    """Splits x V: Sharpe ratio per session (ddof 1) over the blocks of each split."""
    sessions = split @ sums.sessions[:, None]
    total, squares = split @ sums.total, split @ sums.squares
    squares -= total * total / sessions
    deviation = np.sqrt(np.maximum(squares, 0.0, out=squares) / (sessions - 1.0))
    still = deviation <= 1e-7  # returns that stand still leave a deviation of rounding only, a hundredth of this limit
    total /= sessions
    total += sums.mean
    deviation[still] = np.inf
    total /= deviation
    return total


@lru_cache(maxsize=1)
def _splits(blocks: int) -> Floats:
    """Splits x blocks: 1 for the half that is the sample, in the order of combinations. Not to be written to."""
    members = np.array(list(combinations(range(blocks), blocks // 2)))
    split = np.zeros((len(members), blocks))
    np.put_along_axis(split, members, 1.0, axis=1)
    split.flags.writeable = False
    return split
