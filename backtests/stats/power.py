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

    centred: T x V x A weights less their averages.  excess, score, slope: T x A, see `scores`.  deviation: length V, of
    the timing returns.  varies: V booleans.  groups: the columns that compete with each other.
    """

    centred: Floats
    excess: Floats
    score: Floats
    slope: Floats
    deviation: Floats
    varies: NDArray[np.bool_]
    groups: list[Group]


def _without_effect(shifted: Floats, sample: TimingSample) -> Floats:
    """T x V: t at every shift, had the strongest variant found nothing.

    An effect that is there lifts t at the shifts near the true alignment; what could be seen is asked without it.
    """
    centred, excess, varies = sample.centred, sample.excess, sample.varies
    if not varies.any():
        return shifted
    strongest = centred[:, int(np.nanargmax(shifted[0]))]
    slope = float((strongest * excess).sum() / (strongest**2).sum())
    if slope <= 0:
        return shifted
    without = all_shifts(centred, scores(excess - slope * strongest)[0])
    without[:, ~varies] = np.nan
    return without


def detectable(shifted: Floats, sample: TimingSample) -> Floats:
    """Length V: the information ratio whose t exceeds what it must reach by POWER_Z of its standard deviations.

    shifted: T x V, t at every shift, row 0 the true alignment. NaN for a variant whose weights never vary.

    An effect lifts t at the shifts too, as far as the positions resemble themselves so many sessions later, and with it
    the quantile that it is held against; slow positions pay for that.
    """
    shifted = _without_effect(shifted, sample)
    centred, score, slope, deviation = sample.centred, sample.score, sample.slope, sample.deviation
    sessions, variants = shifted.shape
    years = sessions / SESSIONS_PER_YEAR
    steepness = slope.mean(axis=0)
    likeness = sum(circular_autoproducts(centred[:, :, a]) * steepness[a] for a in range(centred.shape[2]))
    smallest = np.full(variants, np.nan)
    for columns, level in sample.groups:
        gain = _gain(centred[:, columns], score, slope, deviation[columns])
        with np.errstate(divide="ignore", invalid="ignore"):
            lift = np.asarray(likeness)[:, columns] / np.asarray(likeness)[0, columns] * gain * np.sqrt(years)
        null, maxima = shifted[:, columns], shifted[:, columns].max(axis=1, keepdims=True)
        needed = POWER_Z * np.maximum(1.0, null.std(axis=0))
        place = min(int(np.ceil(level * sessions)), sessions - 1)
        low, high = np.zeros(null.shape[1]), np.full(null.shape[1], 100.0 / np.sqrt(years))
        for _ in range(HALVINGS):
            middle = (low + high) / 2.0
            reach = np.partition(np.maximum(maxima, null + middle * lift), place, axis=0)[place]
            enough = middle * lift[0] >= reach + needed
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        smallest[columns] = np.where(np.isfinite(gain), high, np.nan)
    return smallest


def _gain(centred: Floats, score: Floats, slope: Floats, deviation: Floats) -> Floats:
    """Length V: by how much t grows with an effect, against how t in money does; 1 means alike.

    For an effect proportional to the positions' distance from their average. Slopes are averaged over the sessions, so
    that the chance of the alignment stays out.
    """
    size = (centred**2).mean(axis=0)
    bent = np.sqrt((np.einsum("tva,ta->tv", centred, score) ** 2).mean(axis=0))
    grows = (size * slope.mean(axis=0)).sum(axis=1)
    nothing = np.full(len(bent), np.nan)
    return np.asarray(np.divide(grows * deviation, bent * size.sum(axis=1), out=nothing, where=bent > 0))
