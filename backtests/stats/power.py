"""What a sample could have shown: the smallest information ratio that its timing test would find."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unlockstep.signals.market import SESSIONS_PER_YEAR, Floats

POWER_Z = 0.8416
"""Normal quantile of a power of 80 %."""


Group = tuple[NDArray[np.bool_], float]
"""Columns that compete with each other, and the part of the error that they share."""


def critical_value(null: Floats, group: Group) -> float:
    """The largest t whose p-value is above the group's error, of S x V null t: what a variant of it must exceed.

    The p-value counts the null's largest t of the group at or above it, and the truth itself.
    """
    columns, error = group
    largest = np.sort(null[:, columns].max(axis=1))
    allowed = int(np.floor(error * (len(largest) + 1) + 1e-9))
    return float(largest[-max(1, allowed)])


def detectable(
    null: Floats, groups: Sequence[Group], *, gain: Floats, spread: Floats, sessions: int, scaled: bool = False
) -> Floats:
    """Length V: the information ratio whose t exceeds what it must reach by POWER_Z of its standard deviations.

    null: S x V, t under the null hypothesis, the truth not among them.  gain: length V, see `clear_shifts.ClearNull`.
    spread: length V, the standard deviation of t by clear shifts; at least 1 is taken.  scaled: whether t is divided by
    it before it is held against the null, whose average is then what chance alone adds to t.  NaN for a variant that
    never varies.
    """
    smallest = np.full(null.shape[1], np.nan)
    error = np.maximum(1.0, spread)
    for group in groups:
        columns, _ = group
        reach = critical_value(null, group)
        if scaled:
            needed = (reach + POWER_Z) * error[columns] - null[:, columns].mean(axis=0)
        else:
            needed = reach + POWER_Z * error[columns]
        smallest[columns] = needed / (gain[columns] * np.sqrt(sessions / SESSIONS_PER_YEAR))
    return smallest
