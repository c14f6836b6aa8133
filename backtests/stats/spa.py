"""Does any of many variants beat the benchmark, when all were tried? Bootstrap tests of a whole family.

The differences of returns, variant less benchmark, are resampled together in blocks of geometric length, the stationary
bootstrap of Politis and Romano (1994). The largest mean difference is held against the largest of the resamples, in
which every variant's true mean is moved to zero:

White (2000)            reality check: the means as they are, so that wild variants drown the quiet ones
Hansen (2005)           superior predictive ability: standardised means; hopeless variants are not moved to zero
Romano and Wolf (2005)  the same step by step, for which variants are superior: the better leave, the rest try again
"""

from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unlockstep.signals.errors import DataError, HistoryError, ParameterError
from unlockstep.signals.lean_arch import import_arch
from unlockstep.signals.market import Floats

SHORTEST = 30
"""Sessions below which the automatic block length cannot be estimated."""


@dataclass(frozen=True, eq=False)
class SuperiorAbility:
    """Results for V variants against one benchmark.

    p_lower, p_consistent, p_upper: Hansen's p-values. p_consistent is the test; the bounds treat every variant worse
        than the benchmark as hopeless (lower), or none of them (upper). lower ≤ consistent ≤ upper.
    p_reality_check: White's p-value, not standardised.
    superior:        V booleans, better than the benchmark by Romano and Wolf's steps; a mistake anywhere among them has
        at most the probability `level`.
    block:           mean sessions a block; 0 where nothing was resampled.
    """

    p_lower: float
    p_consistent: float
    p_upper: float
    p_reality_check: float
    superior: NDArray[np.bool_]
    block: int


def superior_predictive_ability(
    returns: ArrayLike,
    benchmark: ArrayLike,
    *,
    seed: int,
    draws: int = 1000,
    block: int | None = None,
    level: float = 0.05,
) -> SuperiorAbility:
    """Test whether the best of V variants has a higher mean return than the benchmark.

    returns: T x V net returns; benchmark: T. block: mean sessions a block; None takes the longest of the variants'
    automatic lengths (Politis and White 2004, corrected 2009), since one persistent variant is enough for too small
    p-values. level: of the steps behind `superior`.

    Each difference is divided by its standard deviation first. Hansen divides by a long-run one; dependence over time
    is in the resamples either way, and in simulations with mixed persistence the plain one kept the size better.
    p = (1 + #{draws above the sample}) / (1 + draws), so never zero. Variants that do not differ from the benchmark, or
    only by a constant, are left out and never superior. All p are 1 where no variant has the higher mean.

    Assumes stationary differences. Raises DataError for missing or infinite returns, HistoryError for fewer than 30
    sessions, ParameterError for too few draws.
    """
    returns, benchmark = np.asarray(returns, dtype=float), np.asarray(benchmark, dtype=float)
    if returns.ndim != 2 or benchmark.shape != returns.shape[:1]:
        raise ParameterError(
            f"Returns of shape {returns.shape} do not go with a benchmark of shape {benchmark.shape}: T x V and T",
            name="returns",
        )
    if not (np.isfinite(returns).all() and np.isfinite(benchmark).all()):
        raise DataError(
            "Returns that are missing or infinite cannot be resampled",
            name="returns",
            remedy="drop or complete these variants",
        )
    if len(returns) < SHORTEST:
        raise HistoryError(
            f"{len(returns)} sessions are too few to resample; at least {SHORTEST} are needed", limit=SHORTEST
        )
    if draws < 2 / level:
        raise ParameterError(
            f"{draws} draws decide nothing at a level of {level:g}",
            name="draws",
            limit=ceil(2 / level),
            remedy=f"take {ceil(2 / level)} or more",
        )
    differences = returns - benchmark[:, None]
    deviation = differences.std(axis=0, ddof=1)
    varies = deviation > 1e-12
    differences = differences[:, varies]
    superior = np.zeros(len(varies), dtype=bool)
    if not (differences.mean(axis=0) > 0).any():
        return SuperiorAbility(1.0, 1.0, 1.0, 1.0, superior, block=0)
    block = block or _longest_block(differences)

    import_arch()
    from arch.bootstrap import StepM

    nothing = np.zeros(len(returns))
    # arch takes losses, and its studentize=True changes no p-value; the column of zeros, the benchmark against itself,
    # keeps its StepM from failing once every variant has left
    losses = np.column_stack([-differences / deviation[varies], nothing])
    # the quantile at which "superior" and "p of the best ≤ level" are the same thing
    size = (floor(level * (draws + 1)) - 1) / (draws - 1)
    steps = StepM(nothing, losses, size=size, block_size=block, reps=draws, seed=seed)
    steps.compute()
    superior[np.flatnonzero(varies)[np.asarray(steps.superior_models, dtype=int)]] = True
    steps.spa.compute()  # from the same resamples, all variants again

    def p(share: float) -> float:
        return (1.0 + round(share * draws)) / (1.0 + draws)

    ability = steps.spa.pvalues
    return SuperiorAbility(
        p_lower=p(ability["lower"]),
        p_consistent=p(ability["consistent"]),
        p_upper=p(ability["upper"]),
        p_reality_check=p(_reality_check(differences, block=block, draws=draws, seed=seed)),
        superior=superior,
        block=block,
    )


def _reality_check(differences: Floats, *, block: int, draws: int, seed: int) -> float:
    """Share of the resamples whose largest mean, each moved to zero, is above the sample's: White's (2000) p-value.

    arch's RealityCheck gives the same number, and finds Hansen's two others and their variances on the way.
    """
    import_arch()
    from arch.bootstrap import StationaryBootstrap

    mean = differences.mean(axis=0)
    resampler = StationaryBootstrap(block, differences, seed=seed)
    best = [(drawn[0].mean(axis=0) - mean).max() for drawn, _ in resampler.bootstrap(draws)]
    return float((np.array(best) > mean.max()).mean())


def _longest_block(differences: Floats) -> int:
    """The longest automatic block length of the columns, in whole sessions; copies of a column do not change it."""
    import_arch()
    from arch.bootstrap import optimal_block_length

    return max(1, ceil(float(optimal_block_length(differences)["stationary"].max())))
