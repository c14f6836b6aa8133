"""Half-life of the correlation's deviations from its mean, free of the windows that hide it.

A rolling correlation over 90 sessions shares 89 of them with its neighbour: a correlation that never changes shows
deviations with a half-life of 45 sessions. So nothing here is rolling:

 1. Fisher's z of the correlation in each of n successive blocks of 20 sessions that share nothing
 2. model: z = mean + deviation + noise; deviation an AR(1) with half-life h, noise independent between blocks, normal,
    of unknown size
 3. restricted likelihood, which leaves the mean out (Patterson and Thompson 1971), at each h of a grid, the sizes of
    deviation and noise at their best; with the sample's mean instead h would come out far too short
 4. interval: the h whose log-likelihood lies within 2.0 of the best, a simulated value. For an AR(1) the restricted
    likelihood ratio stays near chi-squared up to the unit root (Chen and Deo 2009), half of which would be 1.92

Measured by `python -m unlockstep.backtests.calibration.statements` on 800 worlds of each kind, GARCH(0.08, 0.90) with
t-distributed shocks of 5 degrees of freedom: on 2,514 sessions the interval missed a true half-life of 20, 40, 120 and
500 sessions in 2 to 5 % (correlation around 0.3 with a deviation of 0.35 in z; at 120 also with one of 0.2), and one of
42 and 120 where the correlation switches between 0.6 and 0, so that the model is wrong, in 4 and 6 %. On 1,250
sessions: 2 to 4 %.
"""

from dataclasses import dataclass

import numpy as np

from unlockstep.signals.market import Floats
from unlockstep.signals.resolution import RESOLUTION

BLOCK = 20
"""Sessions a block: a month."""

HALF_LIVES = np.concatenate([np.geomspace(5.0, 5000.0, 45), [100_000.0]])
"""The grid, sessions; its ends stand for "shorter" and for "never"."""

RATIOS = np.concatenate([[0.0], np.geomspace(0.02, 50.0, 30)])
"""Variance of the deviations to that of the noise."""

WITHIN = 2.0
"""Log-likelihood by which a half-life of the 95 % interval may fall short of the best; chi-squared would have 1.92."""

SAME = 1e-6
"""Standard deviation of z over the blocks at or below which they are all the same."""

VARIES = 4.2
"""Twice the log-likelihood that deviations must add: 5 % of worlds of constant correlation 0, 0.45 and 0.7, of 504,
1,250 or 2,514 sessions, exceeded 3.1 to 4.2 (`python -m unlockstep.backtests.calibration.statements`)."""


@dataclass(frozen=True)
class HalfLife:
    """sessions, ci: half-life and its 95 % interval; infinite at the upper end of the grid, 5 is "5 or less".

    evidence: twice the log-likelihood that deviations add to a constant correlation; over VARIES it is said to vary.
    blocks: how many there were.
    NaN where the blocks' correlations are missing, or all the same: copies, clipped at 0.995, deviate from nothing.
    """

    sessions: float
    ci: tuple[float, float]
    evidence: float
    blocks: int

    @property
    def varies(self) -> bool:
        """True where a constant correlation can be ruled out, at 5 %."""
        return self.evidence > VARIES

    def left_after(self, horizon: int) -> tuple[float, tuple[float, float]]:
        """The share of a deviation that is left after so many sessions, and its 95 % interval."""
        share, low, high = (0.5 ** (horizon / sessions) for sessions in (self.sessions, *self.ci))
        return share, (low, high)


def half_life(returns: Floats) -> HalfLife:
    """The half-life of the correlation of T x 2 returns; the oldest T % 20 rows are left out. NaN where a leg stands
    still for a whole block, or where every block has the same correlation. See the module's docstring for the method
    and its measured coverage.
    """
    z = block_correlations(returns)
    if len(z) < 3 or not np.isfinite(z).all() or z.std() <= SAME:
        return HalfLife(float("nan"), (float("nan"), float("nan")), float("nan"), len(z))
    likelihood = _likelihood(z)
    profile = likelihood.max(axis=1)
    best = int(profile.argmax())
    return HalfLife(
        float("inf") if best == len(HALF_LIVES) - 1 else float(HALF_LIVES[best]),
        _interval(profile.max() - profile),
        float(2 * (profile.max() - likelihood[0, 0])),
        len(z),
    )


def block_correlations(returns: Floats) -> Floats:
    """Fisher's z of the correlation in each block of 20 rows of T x 2 returns, the last block ending with them."""
    count = len(returns) // BLOCK
    blocks = returns[len(returns) - count * BLOCK :].reshape(count, BLOCK, 2)
    centred = blocks - blocks.mean(axis=1, keepdims=True)
    squares = (centred**2).sum(axis=1)
    spread = np.sqrt(squares.prod(axis=1))
    product = centred.prod(axis=2).sum(axis=1)
    varies = squares.min(axis=1) > BLOCK * RESOLUTION**2
    correlation = np.divide(product, spread, out=np.full(count, np.nan), where=varies)
    return np.asarray(np.arctanh(np.clip(correlation, -0.995, 0.995)))


def _interval(short: Floats) -> tuple[float, float]:
    """The half-lives between which `short`, the log-likelihood missing to the best, first and last crosses WITHIN."""
    inside = np.flatnonzero(short <= WITHIN)
    first, last = int(inside[0]), int(inside[-1])
    return (
        _crossing(short, first - 1, first) if first else float(HALF_LIVES[0]),
        _crossing(short, last + 1, last) if last < len(HALF_LIVES) - 1 else float("inf"),
    )


def _crossing(short: Floats, outside: int, inside: int) -> float:
    """The half-life between two neighbours of the grid at which `short` is WITHIN, on a line over log half-lives."""
    part = (WITHIN - short[inside]) / (short[outside] - short[inside])
    logs = np.log(HALF_LIVES)
    return float(np.exp(logs[inside] + part * (logs[outside] - logs[inside])))


def _likelihood(z: Floats) -> Floats:
    """Restricted log-likelihood less a constant, h x ratios, of length n block correlations, the noise at its best.

    By the Kalman filter of AR(1) plus noise, run on z and on a column of ones at once, which takes the mean out
    (de Jong 1991). A ratio means the same visible variance, that of deviations from the sample's mean, at every h.
    """
    n, decay = len(z), 0.5 ** (BLOCK / HALF_LIVES)[:, None]
    apart = np.arange(1, n)
    visible = (n - (n + 2.0 * (decay**apart * (n - apart)).sum(axis=1, keepdims=True)) / n) / (n - 1)
    deviation = RATIOS / visible
    variance, level, one = deviation, np.zeros_like(deviation), np.zeros_like(deviation)
    log_size, squares, crossed, ones = (np.zeros_like(deviation) for _ in range(4))
    for value in z:
        size, surprise, rest = variance + 1.0, value - level, 1.0 - one
        log_size += np.log(size)
        squares += surprise**2 / size
        crossed += surprise * rest / size
        ones += rest**2 / size
        gain = variance / size
        level, one = decay * (level + gain * surprise), decay * (one + gain * rest)
        variance = decay**2 * variance * (1.0 - gain) + (1.0 - decay**2) * deviation
    noise = (squares - crossed**2 / ones) / (n - 1)
    return np.asarray(-0.5 * ((n - 1) * np.log(noise) + log_size + np.log(ones)))
