"""Sketches: the returns of a trial, shortened so that thousands of trials can be kept and counted together.

A sketch is z = T^(−1/2) Σ_t g_t x_t for DRAWS draws of g, x the standardised returns, or what the timing test sums:
rules that share most of their positions have nearly the same returns however independent their timing is. g_t belongs
to the calendar day of session t, whatever trial it is drawn for, so that sketches made years apart correlate as the
returns of their trials do: a copy has the same sketch, a run with a day more nearly the same, and trials on other days
are independent. Of a whole sweep two rows are kept, the largest and the smallest sketch at each draw: the number of
independent trials needs no more.
"""

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import norm

from unlockstep.backtests.stats.circular_shifts import scores, shaped
from unlockstep.signals.errors import DataError
from unlockstep.signals.market import Floats

DRAWS = 512
"""Draws of a sketch: one kilobyte each, and an error of simulation of 4 % in the number of trials."""

STREAM = 20_260_115
"""Seed of g. Sketches that are kept must stay comparable, so neither it nor DRAWS may ever change."""

Sketches = NDArray[np.float16]


def sketches(returns: ArrayLike, sessions: pd.DatetimeIndex) -> Sketches:
    """V x DRAWS sketches of T x V returns in these T sessions; NaN for a trial whose returns never vary.

    Raises DataError for returns that are missing or infinite.
    """
    x = np.asarray(returns, dtype=float)
    if not np.isfinite(x).all():
        raise DataError(
            "Returns that are missing or infinite have no correlations",
            name="returns",
            remedy="drop or complete these variants",
        )
    deviation = x.std(axis=0)
    varies = deviation > 1e-12
    x = (x - x.mean(axis=0)) / np.where(varies, deviation, 1.0)
    z = np.where(varies[:, None], x.T @ draws(sessions) / np.sqrt(len(x)), np.nan)
    return z.astype(np.float16)


def timing_sketches(weights: ArrayLike, returns: ArrayLike, sessions: pd.DatetimeIndex) -> Sketches:
    """V x DRAWS sketches of the timing of T x V x A weights against T x A returns: of each session's sum of scores.

    sessions: the T in which the returns were complete.  NaN for weights that never vary.  Raises what `timing_test`
    raises for shapes that do not fit.
    """
    in_force, earned = shaped(weights, returns)
    score, _ = scores(earned - earned.mean(axis=0))
    return sketches(np.einsum("tva,ta->tv", in_force - in_force.mean(axis=0), score), sessions)


def draws(sessions: pd.DatetimeIndex) -> Floats:
    """T x DRAWS: the draws g of these sessions."""
    return np.stack([_year(day.year)[day.day_of_year - 1] for day in sessions])


@cache
def _year(year: int) -> Floats:
    """366 x DRAWS normals, a row a day of the year. RandomState, since numpy promises that its stream never changes."""
    return np.random.RandomState([STREAM, year]).standard_normal((366, DRAWS))


def independent_trials(sketch_rows: Sketches, most: int | None = None) -> float:
    """How many independent trials would have the expected maximum that these V x DRAWS sketches have.

    Copies count once; rows of NaN are no trials; 0 where there is no other. 1 for identical trials, V for independent
    ones, never more: opposed trials, whose maximum is larger still, count as independent.  most: how many trials the
    rows stand for where they are the largest and the smallest sketches of more.
    """
    varying = sketch_rows[np.isfinite(sketch_rows[:, 0])]
    distinct = len({row.tobytes() for row in varying}) if most is None else most
    if distinct <= 1 or not len(varying):
        return float(min(distinct, len(varying)))
    # each draw with its mirror image: the maximum of −z is −min z
    spread = varying.max(axis=0).astype(float) - varying.min(axis=0).astype(float)
    expected = float(spread.mean()) / 2.0
    if expected >= exact_maximum(distinct):
        return float(distinct)
    if expected <= exact_maximum(1.0):  # copies of one
        return 1.0
    return float(brentq(lambda n: exact_maximum(n) - expected, 1.0, distinct))


def exact_maximum(n: float) -> float:
    """E[max_n] of n independent standard normals for any real n ≥ 1, from its survival function 1 − Φⁿ."""
    grid = np.linspace(-9.0, 9.0, 1801)
    return float(np.trapezoid(1.0 - norm.cdf(grid) ** n, grid) - 9.0)
