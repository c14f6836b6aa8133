"""Is a leg's movement its own, or the rounding of its prices?

Prices are written to a step: cents, a tick, the seven digits of single precision. A close that is right to a step s has
a standard error of s/√12, and a return the errors of two closes. Two copies of one series that were rounded apart, a
constant, or a constant growth, then vary by these errors and by nothing else: correlations, gaps and leads of such
returns are those of the rounding, however long the sample.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from unlockstep.signals.market import Floats, Leg
from unlockstep.signals.resolution import RESOLUTION

T = TypeVar("T", bound=np.generic)

SINGLE = 1e-7
"""Relative error of prices that were kept in single precision and written with eight digits, as vendors do."""

DOUBLE = 1e-12
"""The same in double precision, with room for a product or two."""

DIGITS = 9
"""Most decimals that a step may have."""

WITHIN = 0.1
"""Largest error of a price, in the smallest decimal step looked at: beyond it any number is near a multiple."""

NEAR = 21
"""Sessions, a month, whose prices show a step of their own where half of them bring another price."""

DISTINCT = 2.5
"""A leg moves by itself where what the other leg does not explain is more than this many times the rounding. One that
moves by one step in every session varies by √6 = 2.45 times the rounding; beyond, 84 % of the variance is no rounding.
"""


def price_steps(prices: Floats) -> Floats:
    """T steps: the price of a session and those near it are multiples of its step, such as 0.01 for cents; 0 where no
    step is seen.

    The largest step of all prices, decimal or not (0.05, 0.125, 20), or the decimal step of the prices near by where
    it is coarser: after a split, older prices have more digits.
    """
    digits = _decimals(prices)
    finest = int(digits.max())
    common = 0.0
    if finest <= DIGITS:
        common = float(np.gcd.reduce(np.rint(prices * 10.0**finest).astype(np.int64))) / 10.0**finest
    moves = _around(np.diff(prices, prepend=prices[0]) != 0).sum(axis=1)
    near = _around(digits).max(axis=1)
    by_digits = np.where((moves >= NEAR // 2) & (near <= DIGITS), 10.0 ** -near.astype(float), 0.0)
    return np.maximum(by_digits, common)


def _decimals(prices: Floats) -> NDArray[np.int64]:
    """T decimals with which each price is written, as far as its precision lets that be seen; DIGITS + 1 for none."""
    digits = np.full(len(prices), DIGITS + 1, dtype=np.int64)
    for n in range(DIGITS, -1, -1):
        scaled = prices * 10.0**n
        whole = np.rint(scaled)
        error = np.where(scaled * SINGLE <= WITHIN, SINGLE, DOUBLE) * scaled
        digits[(whole > 0) & (error <= WITHIN) & (np.abs(scaled - whole) <= error)] = n
    return digits


def _around(values: NDArray[T]) -> NDArray[T]:
    """T x NEAR: the values of each row and of those on either side of it; beyond the ends, the last one again."""
    return sliding_window_view(np.pad(values, NEAR // 2, mode="edge"), NEAR)


def leg_step(leg: Leg) -> float:
    """The last step of the leg's closes, before or after dividends were taken out, whichever is coarser."""
    lasts = [(float(price_steps(each)[-1]), float(each[-1])) for each in _written(leg)]
    return max(lasts, key=lambda last: last[0] / last[1])[0]


def return_rounding(leg: Leg) -> float:
    """Root mean square of the errors that the rounding of its prices gives the leg's T - 1 log returns."""
    square = np.max([(price_steps(each) / each) ** 2 / 12.0 for each in _written(leg)], axis=0)
    square = np.maximum(square, SINGLE**2)
    return float(np.sqrt((square[1:] + square[:-1]).mean()))


def _written(leg: Leg) -> list[Floats]:
    """The closes that the leg's source wrote."""
    return [leg.close] if leg.traded is None else [leg.close, leg.traded]


@dataclass(frozen=True)
class IdiosyncraticMovement:
    """What one leg does by itself, in log returns of a session.

    deviation: of its returns.  slope: of their regression on the other leg's.  residual: root mean square of what it
    leaves.  rounding: root mean square of what the rounding of the prices makes of that residual; `of_leg`, of the leg
    alone.
    """

    deviation: float
    slope: float
    residual: float
    rounding: float
    of_leg: float

    @property
    def varies(self) -> bool:
        """Whether the leg's returns vary by more than the rounding of its prices."""
        return self.deviation > DISTINCT * self.of_leg

    @property
    def is_distinct(self) -> bool:
        """Whether the leg moves by itself, beside the other leg and the rounding of both."""
        return self.residual > DISTINCT * self.rounding


def idiosyncratic_movement(leg: Leg, other: Leg) -> IdiosyncraticMovement:
    """How the leg moves beside the other, over T >= 3 sessions; one that does not vary explains nothing."""
    y, x = (np.diff(np.log(each.close)) for each in (leg, other))
    y, x = y - y.mean(), x - x.mean()
    deviation = float(y.std())
    slope = float(x @ y) / float(x @ x) if x.std() > RESOLUTION else 0.0
    of_leg, of_other = return_rounding(leg), return_rounding(other)
    residual, rounding = float((y - slope * x).std()), float(np.hypot(of_leg, slope * of_other))
    return IdiosyncraticMovement(deviation, slope, residual, rounding, of_leg)
