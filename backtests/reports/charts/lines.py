"""From a run's frames to lines that a chart can draw: account paths, spans of a state, rounded for the file's size."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Points = list[float | None]


def rounded(values: Floats, significant: int = 5) -> Points:
    """Values to so many significant digits, as JSON has them: what is not finite is None."""
    x = np.asarray(values, dtype=float)
    size = np.where(np.isfinite(x) & (x != 0), np.abs(x), 1.0)
    factor = 10.0 ** (significant - 1 - np.floor(np.log10(size)))
    return as_points(np.round(x * factor) / factor)


def decimals(values: Floats, digits: int = 3) -> Points:
    """Values to so many decimals, as JSON has them."""
    return as_points(np.round(np.asarray(values, dtype=float), digits))


def as_points(values: Floats) -> Points:
    """A list with None for what is not finite."""
    return [x if ok else None for x, ok in zip(values.tolist(), np.isfinite(values).tolist(), strict=True)]


def growth(returns: Floats) -> Floats:
    """What one unit has become after each of T simple returns; NaN once nothing is left."""
    path = np.cumprod(1.0 + returns)
    return np.where(path > 0, path, np.nan)


def log_steps(returns: Floats) -> list[int | None]:
    """Growth of one unit as whole steps of its logarithm in 1/10,000, which takes a third less space than its digits.

    The sum of the first t steps is the logarithm after t sessions, rounded; None once nothing is left.
    """
    path = growth(returns)
    finite = np.isfinite(path)
    level = np.rint(1e4 * np.log(path[finite])).astype(int)
    return [*np.diff(level, prepend=0).tolist(), *[None] * int((~finite).sum())]


def days(index: pd.Index) -> list[str]:
    """Sessions as ISO dates."""
    return [str(day) for day in np.datetime_as_string(index.to_numpy().astype("M8[D]"))]


def column(frame: pd.DataFrame, *beginnings: str) -> pd.Series | None:
    """The first column whose name begins with one of `beginnings`; None in samples too short for that signal."""
    return next((frame[name] for name in frame.columns if str(name).startswith(beginnings)), None)


def spans(state: pd.Series | None) -> list[tuple[str, str]]:
    """(first, last) session of each stretch over which a state is 1."""
    if state is None or state.empty:
        return []
    on = (state == 1.0).to_numpy()
    edges = np.diff(np.concatenate([[0], on.astype(int), [0]]))
    dates = days(state.index)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    return [(dates[a], dates[b]) for a, b in zip(starts, ends, strict=True)]


def marked(event: pd.Series | None) -> list[str]:
    """The sessions in which an event signal is 1."""
    return [] if event is None else days(event.index[(event == 1.0).to_numpy()])


def clip(bands: Sequence[tuple[str, str]], first: str, last: str) -> list[tuple[str, str]]:
    """The parts of the bands that lie between two dates."""
    return [(max(a, first), min(b, last)) for a, b in bands if b >= first and a <= last]


def decoupled(signals: pd.DataFrame) -> list[tuple[str, str]]:
    """The stretches over which the pair was decoupled."""
    return spans(column(signals, "breakdown("))
