"""Covariation and lead-lag of two prices that are not observed at the same instants.

For intraday prices. No source of this project gives any: daily bars of two clocks are one observation a day each and
can feed neither function with anything but their overlap. Call them on time-stamped prices of your own.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from unlockstep.signals.errors import ParameterError
from unlockstep.signals.market import Floats
from unlockstep.signals.resolution import RESOLUTION


def hayashi_yoshida(
    times_a: ArrayLike, prices_a: ArrayLike, times_b: ArrayLike, prices_b: ArrayLike, shift: float = 0.0
) -> float:
    """Correlation of the log prices of a and b (Hayashi and Yoshida 2005), with a's clock put forward by `shift`.

        Σ_ij Δa_i Δb_j 1{(s_{i−1} + shift, s_i + shift] meets (t_{j−1}, t_j]} / √(Σ Δa_i² Σ Δb_j²)

    times: strictly increasing numbers in any one unit, shift in the same; the lengths of a and b need not agree.
    prices: positive. No joining of clocks, hence none of the bias towards zero that joining brings (Epps 1979).
    Assumes prices observed without noise; bid-ask bounce inflates the denominator. NaN where a price never moves.
    Raises ParameterError for unordered times, fewer than two prices, or prices that are not positive.
    """
    start, log_a = _observed(times_a, prices_a, "a")
    instants, log_b = _observed(times_b, prices_b, "b")
    moved = start + shift
    # b's intervals that meet (s, e] lie end to end, from b's last instant up to s to its first one from e on
    before = np.clip(np.searchsorted(instants, moved[:-1], side="right") - 1, 0, len(instants) - 1)
    after = np.clip(np.searchsorted(instants, moved[1:], side="left"), 0, len(instants) - 1)
    step_a, step_b = np.diff(log_a), np.diff(log_b)
    met = np.where(after > before, log_b[after] - log_b[before], 0.0)
    moves = min(float(np.sqrt(step @ step)) for step in (step_a, step_b)) > RESOLUTION
    scale = float(np.sqrt((step_a @ step_a) * (step_b @ step_b)))
    return float(step_a @ met) / scale if moves else float("nan")


def hayashi_yoshida_lead(
    times_a: ArrayLike, prices_a: ArrayLike, times_b: ArrayLike, prices_b: ArrayLike, shifts: Sequence[float]
) -> tuple[float, Floats]:
    """(lead, correlations): the shift with the largest |correlation|, positive where a leads b by so much, and the
    correlation at each shift: the lead-lag estimator of Hoffmann, Rosenbaum and Yoshida (2013).

    Choosing the largest of many is no test: under no lead at all some shift is the largest.
    """
    correlations = np.array([hayashi_yoshida(times_a, prices_a, times_b, prices_b, shift) for shift in shifts])
    if not np.isfinite(correlations).any():
        return float("nan"), correlations
    return float(shifts[int(np.nanargmax(np.abs(correlations)))]), correlations


def _observed(times: ArrayLike, prices: ArrayLike, name: str) -> tuple[Floats, Floats]:
    """(instants, log prices) as arrays, checked."""
    instants, values = np.asarray(times, dtype=float), np.asarray(prices, dtype=float)
    if instants.ndim != 1 or instants.shape != values.shape or len(instants) < 2:
        raise ParameterError(
            f"Series {name}: {instants.size} times and {values.size} prices",
            name=name,
            limit=2,
            remedy="give two or more of each",
        )
    if not (np.diff(instants) > 0).all():
        raise ParameterError(
            f"Series {name}: its times must be strictly increasing", name=name, remedy="sort them and drop repetitions"
        )
    if not (np.isfinite(values) & (values > 0)).all():
        raise ParameterError(f"Series {name}: its prices must be positive finite numbers", name=name, limit=0)
    return instants, np.log(values)
