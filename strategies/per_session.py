"""Values by session: a Series, as `rule` has them, or an array with sessions along its last axis, as `rules` has them.

What works on both is written once, for n x T arrays; an answer has the form of the values that it was made of.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from unlockstep.signals.errors import ParameterError
from unlockstep.signals.market import Floats

BySession = TypeVar("BySession", pd.Series, NDArray[Any])
"""A Series of T values, or an array of T or n x T."""

Setting: TypeAlias = float | NDArray[Any]
"""One number for all variants, or an array of n."""


def rows_of(*values: pd.Series | NDArray[Any]) -> list[Floats]:
    """Each as an array of 1 x T or n x T, True as 1; ParameterError where their sessions or their numbers n differ."""
    indexes = [each.index for each in values if isinstance(each, pd.Series)]
    if any(not index.equals(indexes[0]) for index in indexes[1:]):
        raise ParameterError("Series of different sessions are put together", remedy="reindex them first")
    rows = [np.ascontiguousarray(np.atleast_2d(np.asarray(each, dtype=np.float64))) for each in values]
    lengths = {each.shape[1] for each in rows}
    if len(lengths) > 1:
        raise ParameterError(
            f"Arrays of {' and '.join(map(str, sorted(lengths)))} sessions are put together",
            remedy="sessions run along the last axis of each",
        )
    if len({len(each) for each in rows} - {1}) > 1:
        raise ParameterError("Arrays of different numbers of variants are put together", remedy="give n x T, or T")
    return rows


def settings_of(name: str, setting: Setting, rows: Sequence[Floats], *, least: float, below: float = np.inf) -> Floats:
    """The setting of each of n variants, n the largest number of rows or settings.

    least: the smallest one allowed; 0 is to say more than 0.  below: what it must be less than.
    Raises ParameterError for a setting out of its bounds, or where numbers of variants differ.
    """
    given = np.atleast_1d(np.asarray(setting, dtype=np.float64))
    counts = {len(given), *(len(each) for each in rows)} - {1}
    if given.ndim > 1 or len(counts) > 1:
        raise ParameterError(
            f"{name}: one number, or one for each variant, is needed", name=name, remedy="give an array of n for n x T"
        )
    outside = ~((given > 0) & (given >= least) & (given < below))
    if outside.any():
        wrong = given[int(np.argmax(outside))]
        needed = f"at least {least:g}" if least else "more than 0"
        limit = f"{needed} and less than {below:g}" if below < np.inf else needed
        raise ParameterError(
            f"{name} = {wrong:g}: {limit} is needed", name=name, limit=below if wrong >= below else least
        )
    return np.ascontiguousarray(np.broadcast_to(given, (max(counts, default=1),)))


def counts_of(name: str, setting: Setting, rows: Sequence[Floats]) -> NDArray[np.int64]:
    """As `settings_of`, of whole numbers of sessions, at least 1."""
    given = settings_of(name, setting, rows, least=1)
    if (given != np.floor(given)).any():
        wrong = given[int(np.argmax(given != np.floor(given)))]
        raise ParameterError(f"{name} = {wrong:g}: a whole number of sessions is needed", name=name)
    return given.astype(np.int64)


def as_given(values: BySession, rows: Floats) -> BySession:
    """The answer, n x T, in the form of `values`: a Series on its sessions, or an array of T where n is 1 there too."""
    if isinstance(values, pd.Series):
        if len(rows) > 1:
            raise ParameterError("A Series is of one variant", remedy="give an array, and settings for n of them")
        return pd.Series(rows[0], values.index)
    return rows[0] if np.ndim(values) == 1 and len(rows) == 1 else rows
