"""ContextSeries: a series beside the pair, as it is known when the decision of each session is taken.

A value stands at session D if it was known at the market's `decided_at` of D, and is the last one that was. It bears
the instant at which it became known; a market refuses one that was known later than its decision. Where nothing is in
force (before the first value, where the source misses the bar that should be there, where the last value is too old)
the session has NaN: nothing is filled in.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from unlockstep.signals.errors import DataError

Floats = NDArray[np.float64]

PriceField = Literal["open", "high", "low", "close"]
SeriesField = Literal["open", "high", "low", "close", "volume"]
FIELDS: tuple[SeriesField, ...] = ("open", "high", "low", "close", "volume")

BRIDGE = "bridge_"
"""How the names of the bridges between the legs begin, see `chain`."""


class Bars(Protocol):
    """What has bars: a leg, a series of the context."""

    @property
    def open(self) -> Floats | None: ...
    @property
    def high(self) -> Floats | None: ...
    @property
    def low(self) -> Floats | None: ...
    @property
    def close(self) -> Floats: ...
    @property
    def volume(self) -> Floats | None: ...


def series_in(bars: Bars, field: SeriesField, owner: str) -> Floats:
    """The T values of a field; DataError that names its owner where there are none."""
    values: Floats | None = getattr(bars, field)
    if values is not None:
        return values
    has = [name for name in FIELDS if getattr(bars, name) is not None]
    raise DataError(
        f"{owner} has no {field}, but {', '.join(has)}",
        name=owner,
        choices=has,
        remedy=f"give prices whose source has a column {field}, or a rule that reads another series",
    )


def fingerprint(*arrays: NDArray[np.float64] | NDArray[np.int64]) -> str:
    """The sha256 of some arrays, every NaN the same."""
    digest = hashlib.sha256()
    for array in arrays:
        if array.dtype.kind == "f":
            array = np.where(np.isnan(array), np.nan, array)
        digest.update(array.astype(array.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class ContextSeries:
    """One series beside the pair, on the T sessions of a market.

    name:     as rules know it
    source:   the ticker, or the file, that it comes from
    clock:    on which its bars are made; "" for a dated series
    close:    T values, the adjusted closes of a ticker or the values of a dated series; NaN where none is in force
    known_at: T UTC instants at which the value in force became known; NaT where there is none
    open, high, low, volume: T values each, as of a leg; None where the source has none
    """

    name: str
    source: str
    clock: str
    close: Floats
    known_at: pd.DatetimeIndex
    open: Floats | None = None
    high: Floats | None = None
    low: Floats | None = None
    volume: Floats | None = None

    def series(self, field: SeriesField) -> Floats:
        """T values of this field; DataError where the source has none."""
        return series_in(self, field, f"{self.name} ({self.source})")

    @property
    def fields(self) -> tuple[SeriesField, ...]:
        """The fields that it has."""
        return tuple(field for field in FIELDS if getattr(self, field) is not None)

    def slice(self, start: int, stop: int) -> "ContextSeries":
        """The same on the sessions numbered start to stop - 1."""
        part = slice(start, stop)
        opens, high, low, volume = (
            None if v is None else v[part] for v in (self.open, self.high, self.low, self.volume)
        )
        known_at = self.known_at[part]
        return replace(self, known_at=known_at, close=self.close[part], open=opens, high=high, low=low, volume=volume)

    def check(self, sessions: pd.DatetimeIndex, decided_at: pd.DatetimeIndex) -> None:
        """Raise DataError unless it has a value, or NaN, for each session, none known after the session's decision."""
        for field in self.fields:
            values = self.series(field)
            if len(values) != len(sessions) or np.isinf(values).any():
                raise DataError(
                    f"{self.name}: {len(values)} values of {field} for {len(sessions)} sessions, or infinite ones",
                    name=self.name,
                    limit=len(sessions),
                )
            late = ~np.isnan(values) & ~np.asarray(self.known_at <= decided_at)
            if late.any():
                first = sessions[int(np.argmax(late))].date()
                raise DataError(
                    f"{self.name}: its {field} of {first} is not known when the decision of {first} is taken",
                    name=self.name,
                    dates=[first],
                    remedy="give each session the last value that is known then",
                )

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of its values, and of when they became known."""
        instants = self.known_at.tz_convert(None).values.astype("M8[s]").astype(np.int64)
        return fingerprint(*(self.series(field) for field in self.fields), instants)
