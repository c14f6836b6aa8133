"""How often does choosing the best variant choose a bad one? Combinatorially symmetric cross-validation.

Bailey, Borwein, López de Prado and Zhu (2017), "The probability of backtest overfitting":

 1. cut the T sessions into S blocks; every choice of S/2 of them is the sample in which the best variant is chosen,
    and the other S/2, as many, are out of sample
 2. ω = rank of the chosen variant out of sample / (V + 1), logit λ = ln(ω / (1 − ω))
 3. PBO = share of splits with λ ≤ 0: the chosen one was in the lower half

A diagnostic of the choosing, not a verdict: without any edge it is about one half, and less than that half the time.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from signals.errors import DataError, HistoryError, ParameterError
from signals.market import SESSIONS_PER_YEAR, Floats


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
        raise ParameterError(f"Returns of shape {returns.shape} are no T x V table of variants.")
    if blocks % 2 or not 2 <= blocks <= 16:
        raise ParameterError(f"{blocks} blocks cannot be halved into splits; take an even number from 2 to 16.")
    if len(returns) < 2 * blocks:
        raise HistoryError(f"{len(returns)} sessions are too few for {blocks} blocks; {2 * blocks} are needed.")
    if not np.isfinite(returns).all():
        raise DataError("Returns that are missing or infinite cannot be ranked; drop or complete these variants.")
    varying = returns[:, returns.std(axis=0) > 1e-12]
    if varying.shape[1] < 2:
        raise ParameterError(f"{varying.shape[1]} variants vary; choosing takes at least two.")

    inside = _sharpe_ratios(varying, blocks)
    # in the order of combinations, the complement of split i is split i from the end
    outside = inside[::-1]
    chosen = inside.argmax(axis=1)[:, None]
    in_sample = np.take_along_axis(inside, chosen, axis=1)
    out_of_sample = np.take_along_axis(outside, chosen, axis=1)
    margin = 1e-9  # rounding must not break ties
    below = (outside < out_of_sample - margin).sum(axis=1)
    tied = (np.abs(outside - out_of_sample) <= margin).sum(axis=1)  # itself included
    omega = (below + (tied + 1) / 2) / (varying.shape[1] + 1)
    logits = np.log(omega / (1.0 - omega))
    return Overfitting(
        pbo=float((logits <= 0).mean()),
        splits=len(logits),
        logits=logits,
        loss_probability=float((out_of_sample < -margin).mean()),
        sharpe_in=float(np.median(in_sample) * np.sqrt(SESSIONS_PER_YEAR)),
        sharpe_out=float(np.median(out_of_sample) * np.sqrt(SESSIONS_PER_YEAR)),
    )


def _sharpe_ratios(returns: Floats, blocks: int) -> Floats:
    """Splits x V: Sharpe ratio per session (ddof 1) over each choice of half of the blocks, from sums over blocks."""
    scaled = returns / returns.std(axis=0)
    mean = scaled.mean(axis=0)
    centred = scaled - mean  # sums of squares about zero would lose digits
    edges = np.arange(blocks + 1) * len(returns) // blocks
    split = _splits(blocks)

    sessions = split @ np.diff(edges)[:, None]
    total = split @ np.add.reduceat(centred, edges[:-1], axis=0)
    squares = split @ np.add.reduceat(centred**2, edges[:-1], axis=0)
    deviation = np.sqrt(np.maximum(squares - total**2 / sessions, 0.0) / (sessions - 1.0))
    # returns that stand still leave a deviation of rounding only, a hundredth of this limit
    ratios = np.divide(total / sessions + mean, deviation, out=np.zeros_like(total), where=deviation > 1e-7)
    return np.asarray(ratios)


@lru_cache(maxsize=1)
def _splits(blocks: int) -> Floats:
    """Splits x blocks: 1 for the half that is the sample, in the order of combinations. Not to be written to."""
    members = np.array(list(combinations(range(blocks), blocks // 2)))
    split = np.zeros((len(members), blocks))
    np.put_along_axis(split, members, 1.0, axis=1)
    split.flags.writeable = False
    return split
