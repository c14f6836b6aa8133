"""Models fitted on the past only: when, and on what."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

HALF_YEAR = 130
"""No half year of the exchange holds more sessions."""


def refits(sessions: pd.DatetimeIndex, window: int) -> Iterator[tuple[int, int]]:
    """(fit, stop): a model fitted on the `window` returns of the rows before `fit` is in force on rows fit to stop - 1.

    A model is fitted in the first session of each half of a calendar year. The dates hang on the calendar and not on
    the beginning of the history, so that a later start changes no value.
    """
    halves = sessions.year.to_numpy() * 2 + (sessions.month.to_numpy() > 6)
    opening = np.flatnonzero(np.diff(halves, prepend=-1))
    for fit, stop in zip(opening, [*opening[1:], len(sessions)], strict=True):
        if fit > window:  # row 0 has no return
            yield int(fit), int(stop)
