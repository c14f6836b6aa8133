"""What a sample could have shown: the smallest information ratio that its timing test would find.

Apart from the test, since few of those who make one ask: it takes a third of the time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.stats.circular_shifts import all_shifts, circular_autoproducts, scores
from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats

POWER_Z = 0.8416
"""Normal quantile of a power of 80 %."""

HALVINGS = 14
"""Of the interval in which the detectable ratio is sought: to a ten-thousandth of its width."""


Group = tuple[NDArray[np.bool_], float]
"""Columns that compete with each other, and the quantile of their shifted maximum that one of them must reach."""


@dataclass(frozen=True, eq=False)
class TimingSample:
    """What a test was made of, for those who ask what it could have shown.

    centred: T x V x A weights less their averages.  excess: T x A returns less theirs.  varies: V booleans.
    groups: the columns that compete with each other.  clear: how many shifts, from the true alignment on, are clear of
    what the positions look back on, see `circular_shifts.clear_shifts`.
    """

    centred: Floats
    excess: Floats
    varies: NDArray[np.bool_]
    groups: list[Group]
    clear: int


@dataclass(frozen=True, eq=False)
class _WithoutEffect:
    """The family had no variant found anything.

    null: S x V, t at every clear shift.  lift: S x V, by how much an information ratio of 1 lifts t at each of them.
    NaN for a variant whose weights never vary.
    """

    null: Floats
    lift: Floats


def _without_effect(sample: TimingSample) -> _WithoutEffect:
    """The t of each variant in returns from which its own effect was taken out, whatever its sign.

    An effect that is there moves t at the shifts near the true alignment; what could be seen is asked without it. Each
    variant loses its own: were only the strongest one's taken out, the others would keep their luck near the true
    alignment and lose it there, and the family's maximum would be taken for wilder than it is.
    """
    centred, excess = sample.centred, sample.excess
    sessions, variants, assets = centred.shape
    null, lift = np.full((2, sample.clear, variants), np.nan)
    years = sessions / SESSIONS_PER_YEAR
    for v in np.flatnonzero(sample.varies):
        bet = centred[:, v]
        residual = excess - (bet * excess).sum() / (bet**2).sum() * bet
        score, slope = scores(residual)
        null[:, v] = all_shifts(bet[:, None], score)[: sample.clear, 0]
        steepness = slope.mean(axis=0)
        likeness = np.sum([circular_autoproducts(bet[:, [a]])[:, 0] * steepness[a] for a in range(assets)], axis=0)
        lift[:, v] = likeness[: sample.clear] / likeness[0] * _gain(bet, residual, score, slope) * np.sqrt(years)
    return _WithoutEffect(null, lift)


def detectable(sample: TimingSample) -> Floats:
    """Length V: the information ratio whose t exceeds what it must reach by POWER_Z of its standard deviations.

    NaN for a variant whose weights never vary.

    An effect lifts t at the shifts too, as far as the positions resemble themselves so many sessions later, and with it
    the quantile that it is held against; slow positions pay for that.
    """
    without = _without_effect(sample)
    shifts, variants = without.null.shape
    years = len(sample.excess) / SESSIONS_PER_YEAR
    smallest = np.full(variants, np.nan)
    for columns, level in sample.groups:
        null, lift = without.null[:, columns], without.lift[:, columns]
        maxima = null.max(axis=1, keepdims=True)
        needed = POWER_Z * np.maximum(1.0, null.std(axis=0))
        place = min(int(np.ceil(level * shifts)), shifts - 1)
        low, high = np.zeros(null.shape[1]), np.full(null.shape[1], 100.0 / np.sqrt(years))
        for _ in range(HALVINGS):
            middle = (low + high) / 2.0
            reach = np.partition(np.maximum(maxima, null + middle * lift), place, axis=0)[place]
            enough = middle * lift[0] >= reach + needed
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        smallest[columns] = np.where(np.isfinite(lift[0]), high, np.nan)
    return smallest


def _gain(bet: Floats, residual: Floats, score: Floats, slope: Floats) -> float:
    """By how much t grows with an effect, against how t in money does; 1 means alike. All are T x A.

    For an effect proportional to the positions' distance from their average. Slopes are averaged over the sessions, so
    that the luck of the alignment stays out. NaN where nothing is scored.
    """
    size = (bet**2).mean(axis=0)
    bent = float(np.sqrt(((bet * score).sum(axis=1) ** 2).mean()))
    deviation = float((bet * residual).sum(axis=1).std())
    grows = float((size * slope.mean(axis=0)).sum())
    return grows * deviation / (bent * float(size.sum())) if bent > 0 else float("nan")
