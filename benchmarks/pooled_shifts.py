"""All clear shifts of 40 pairs, 12 strategies and 5,000 sessions, and what they say together: seconds.

`python -m benchmarks.pooled_shifts`: positions are held for 60 sessions on average, and returns are independent; what
is measured does not depend on either.
"""

from time import perf_counter

import numpy as np

from unlockstep.backtests.stats.circular_shifts import scores, standardised
from unlockstep.backtests.stats.clear_shifts import clear_margin
from unlockstep.backtests.stats.pooled_timing import PairTiming, pooled_timing
from unlockstep.backtests.stats.timing_test import timing_test
from unlockstep.signals.market import Floats

PAIRS, STRATEGIES, SESSIONS, LOOK_BACK, HOLDING = 40, 12, 5000, 373, 60


def pair_timing(weights: Floats, returns: Floats) -> PairTiming:
    """The timing test of one pair, as a universe holds it; weights: T x V x A, returns: T x A."""
    test = timing_test(weights, returns, look_back=LOOK_BACK)
    excess = returns - returns.mean(axis=0)
    outcomes = np.stack([scores(excess)[0], standardised(excess), excess])
    clear = test.clear
    return PairTiming(
        information_ratio=test.information_ratio,
        gain=test.gain,
        t=np.stack([test.t, test.t_standardised, test.t_money]),
        x=np.einsum("tva,kta->ktv", weights - weights.mean(axis=0), outcomes),
        null=np.stack([clear.score, clear.standardised, clear.money]),
        rows=np.arange(len(returns)),
        margin=clear_margin(len(returns), LOOK_BACK),
    )


def main() -> None:
    """Print the seconds that the pairs take one after another, and pooling them."""
    rng = np.random.default_rng(7)
    turns = rng.random((PAIRS, SESSIONS, STRATEGIES, 2)) < 1.0 / HOLDING
    weights = np.logical_xor.accumulate(turns, axis=1).astype(float)
    returns = rng.normal(0.0, 0.01, (PAIRS, SESSIONS, 2))
    start = perf_counter()
    timings = [pair_timing(positions, earned) for positions, earned in zip(weights, returns, strict=True)]
    each = perf_counter()
    pooled = pooled_timing(timings, SESSIONS)
    end = perf_counter()
    print(  # noqa: T201 - its output
        f"{PAIRS} pairs, {STRATEGIES} strategies, {SESSIONS} sessions: {pooled.null.shape[1]} joint shifts; "
        f"pairs {each - start:.1f} s, pooled {end - each:.1f} s"
    )


if __name__ == "__main__":
    main()
