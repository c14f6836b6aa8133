"""The series themselves: prices, volumes and ranges of the legs, and series beside the pair.

Adjusted prices move as a whole when a dividend or a split comes: compare them with each other, as ratios or across
sessions, never with a number.
"""

from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from unlockstep.signals.context import PriceField, SeriesField
from unlockstep.signals.histories import Histories, ManyHistories, same_in_each
from unlockstep.signals.market import Floats, Instant, LegName, Market
from unlockstep.signals.rolling import align, windows
from unlockstep.signals.signal import Signal

IN_MARKET = ("open", "close")
"""Fields of a leg that the fingerprint of a market covers."""


class Price(Signal, ManyHistories):
    """Price of one leg's bar of the session, adjusted for dividends and splits by the factor of its close.

    The crypto leg's bar is that of the session's date alone; the days between sessions are in its returns.
    Raises DataError where the source has no highs or lows, as of a leg that was converted to another currency.
    """

    name: ClassVar[str] = "price"
    meaning: ClassVar[str] = "a leg's adjusted price: open, high, low or close"
    unit: ClassVar[str] = "price"

    leg: LegName = Field(default="crypto", description="crypto, equity, or the ticker of any leg")
    field: PriceField = Field(default="close", description="open, high, low or close")

    @property
    def warmup(self) -> int:
        return 0

    @property
    def available(self) -> Instant:
        return "open" if self.field == "open" else "after_close"

    @property
    def reads(self) -> tuple[str, ...]:
        return () if self.field in IN_MARKET else (f"{self.leg}.{self.field}",)

    def values(self, market: Market) -> Floats:
        return market.leg(self.leg).series(self.field)

    def values_of(self, histories: Histories) -> Floats:
        return histories.bars(self.leg).series(self.field)


class Volume(Signal, ManyHistories):
    """Volume of one leg's bar of the session, as its source counts it: shares, coins, or dollars.

    NaN where the source has no volume of the session; DataError where it has none at all.
    """

    name: ClassVar[str] = "volume"
    meaning: ClassVar[str] = "what was traded of a leg in the session's bar"
    unit: ClassVar[str] = "shares, coins or dollars, as the source counts"

    leg: LegName = Field(default="equity", description="crypto, equity, or the ticker of any leg")

    @property
    def warmup(self) -> int:
        return 0

    @property
    def reads(self) -> tuple[str, ...]:
        return (f"{self.leg}.volume",)

    def values(self, market: Market) -> Floats:
        return market.leg(self.leg).series("volume")

    def values_of(self, histories: Histories) -> Floats:
        return same_in_each(self.values(histories.market), histories)


class Range(Signal):
    """Average true range of one leg over the window, as a fraction of the close before each bar (Wilder 1978).

    The true range of a session is the largest of high - low, |high - close before| and |low - close before|. The
    average is simple; NaN nowhere after the warm-up, DataError where the source has no highs and lows.
    """

    name: ClassVar[str] = "range"
    meaning: ClassVar[str] = "a leg's average true range over the window, over the close before"
    unit: ClassVar[str] = "fraction of the price"

    leg: LegName = Field(default="equity", description="crypto, equity, or the ticker of any leg")
    window: int = Field(default=14, ge=1, le=1260, description="sessions")

    @property
    def warmup(self) -> int:
        return self.window

    @property
    def reads(self) -> tuple[str, ...]:
        return (f"{self.leg}.high", f"{self.leg}.low")

    def values(self, market: Market) -> Floats:
        leg = market.leg(self.leg)
        before = leg.close[:-1]
        highest = np.maximum(leg.series("high")[1:], before)
        lowest = np.minimum(leg.series("low")[1:], before)
        return align(windows((highest - lowest) / before, self.window).mean(axis=1), len(leg.close))


class Context(Signal, ManyHistories):
    """A series beside the pair, which the study names: the last value that is known when the session is decided.

    NaN where none is known yet, where its source has no bar of the last session that it should have, and where a dated
    value is too old; see `[context]` in the documentation. StudyError where the study names no such series.
    """

    name: ClassVar[str] = "context"
    meaning: ClassVar[str] = "a further ticker or dated series, as it is known at the decision"
    unit: ClassVar[str] = "the series' own"

    series: str = Field(
        default="vix", description="its name in the study's table [context]", pattern="^[a-z][a-z0-9_]*$"
    )
    field: SeriesField = Field(default="close", description="open, high, low, close (a dated series' value) or volume")

    def __init__(self, *series: str, **values: Any) -> None:
        """The series may be named alone: Context("vix")."""
        super().__init__(**(dict(zip(("series",), series, strict=True)) if series else {}), **values)

    @property
    def warmup(self) -> int:
        return 0

    @property
    def reads(self) -> tuple[str, ...]:
        return (self.series,)

    def values(self, market: Market) -> Floats:
        return market.context_series(self.series).series(self.field)

    def values_of(self, histories: Histories) -> Floats:
        return same_in_each(self.values(histories.market), histories)
