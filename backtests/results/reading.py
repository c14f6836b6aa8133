"""One number, many readings: every way in which a published correlation of a pair may have been measured.

A reading is a convention (what is correlated, on which rows, at which hours and closes, how often), a window and its
last day. `grid` says what was tried at a date, `rolling` the same over many dates at once, with the same code.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from unlockstep.signals.decoupling import later, synchronised, torn
from unlockstep.signals.identity import AROUND_THE_CLOCK
from unlockstep.signals.market import Floats, Market
from unlockstep.signals.rolling import pearson, windows

Measure = Literal["log returns", "simple returns", "levels", "log levels"]
Rows = Literal["sessions", "own days", "calendar days"]
Clock = Literal["00:00 UTC", "synchronised"]
Close = Literal["adjusted", "raw"]
Frequency = Literal["daily", "weekly", "monthly"]
Unit = Literal["sessions", "days"]
Kind = Literal["returns", "levels"]
KINDS: tuple[Kind, Kind] = ("returns", "levels")
KIND_NAMES: dict[Kind, str] = {"returns": "returns", "levels": "price levels"}
Days: TypeAlias = NDArray[np.int64]
"""Dates as days since 1970-01-01."""

FEWEST = 10
"""Returns or prices that a reading takes at least: fewer are no correlation that anybody would publish."""

FEWEST_SYNCHRONISED = 60
"""Returns that a synchronised reading takes at least: put back from daily bars, the torn hours have a standard error of
1.4 times the plain one, up to 0.18 at 60 returns and 0.31 at 21, which no published decimal survives."""

AROUND = 3
"""Days by which a window may end before or after the published date."""


@dataclass(frozen=True)
class Convention:
    """How two prices are correlated.

    rows:   sessions: crypto's move compounds over the days between.  own days: its move of the session's own UTC day,
            weekends left out.  calendar days: the leg that has sessions is carried over the others.
    clock:  00:00 UTC: bars joined by date.  synchronised: the hours put back that two clocks tear apart, as in the
            signal `synchronised_correlation`.
    close:  adjusted for dividends, or raw, as quoted.
    """

    measure: Measure
    rows: Rows = "sessions"
    clock: Clock = "00:00 UTC"
    close: Close = "adjusted"
    frequency: Frequency = "daily"

    @property
    def kind(self) -> Kind:
        """Returns or price levels."""
        return "levels" if self.measure in ("levels", "log levels") else "returns"

    @property
    def of_returns(self) -> "Convention":
        """The same of log returns, which price levels are held against."""
        return replace(self, measure="log returns")

    def __str__(self) -> str:
        parts = [f"{self.frequency} {self.measure}"]
        parts += [self.rows] if self.rows != "sessions" else []
        parts += [self.clock] if self.clock == "synchronised" else []
        return ", ".join([*parts, f"{self.close} closes"])


@dataclass(frozen=True, eq=False)
class PairPrices:
    """A pair on its sessions, and what a leg that trades around the clock did between them.

    closes:  for each leg its closes of every calendar day from the first session to the last; None of one that has
             sessions.
    """

    market: Market
    closes: tuple[Floats | None, Floats | None]

    @classmethod
    def of(cls, market: Market, frames: dict[str, pd.DataFrame]) -> "PairPrices":
        """frames: ticker → price frame, the market's own."""
        every = pd.date_range(market.sessions[0], market.sessions[-1])
        first, second = (
            np.asarray(frames[leg.ticker]["close"].loc[every[0] : every[-1]].to_numpy(), dtype=float)
            if leg.clock == AROUND_THE_CLOCK
            else None
            for leg in market.pair_legs
        )
        return cls(market, (first, second))

    @property
    def sessions(self) -> Days:
        """The market's sessions."""
        return day_numbers(self.market.sessions)


@dataclass(frozen=True, eq=False)
class Observations:
    """What a convention correlates, in order: n returns or prices of each leg, and the day of each.

    whole_from:  the first day from which none is missing.  torn: of synchronised readings, what two clocks tear apart.
    """

    days: Days
    crypto: Floats
    equity: Floats
    whole_from: int
    torn: tuple[NDArray[np.bool_], Floats, Floats, Floats] | None = None

    @property
    def fewest(self) -> int:
        """Returns or prices that a reading takes at least."""
        return FEWEST if self.torn is None else FEWEST_SYNCHRONISED


@dataclass(frozen=True)
class Window:
    """So many sessions, or calendar days, the last one included."""

    length: int
    unit: Unit


@dataclass(frozen=True)
class Reading:
    """A reading and its figure.

    first, last:  days of its first and last observation.
    """

    convention: Convention
    window: Window
    first: int
    last: int
    observations: int
    value: float


def day_numbers(dates: pd.DatetimeIndex) -> Days:
    """Dates as days since 1970-01-01."""
    return dates.to_numpy().astype("M8[D]").astype(np.int64)


def conventions(prices: PairPrices) -> tuple[Convention, ...]:
    """Every convention that the prices allow: no raw closes where there are no others, no calendar days nor two clocks
    where neither leg trades around the clock.
    """
    closes: tuple[Close, ...] = (
        ("adjusted", "raw") if any(leg.traded is not None for leg in prices.market.pair_legs) else ("raw",)
    )
    around = [leg.clock == AROUND_THE_CLOCK for leg in prices.market.pair_legs]
    rows: list[Rows] = ["sessions"]
    rows += ["own days"] if any(around) and not all(around) else []
    rows += ["calendar days"] if any(around) else []
    apart = bool(later(prices.market).any())
    return tuple(_all_conventions(closes, tuple(rows), apart=apart))


def _all_conventions(closes: tuple[Close, ...], rows: tuple[Rows, ...], *, apart: bool) -> Iterator[Convention]:
    returns: tuple[Measure, ...] = ("log returns", "simple returns")
    levels: tuple[Measure, ...] = ("levels", "log levels")
    for measure, close in product(returns, closes):
        yield from (Convention(measure, row, close=close) for row in rows)
        if apart:
            yield Convention(measure, clock="synchronised", close=close)
        yield from (Convention(measure, close=close, frequency=often) for often in ("weekly", "monthly"))
    for measure, close in product(levels, closes):
        yield from (Convention(measure, row, close=close) for row in rows if row != "own days")
        yield from (Convention(measure, close=close, frequency=often) for often in ("weekly", "monthly"))


@lru_cache(maxsize=128)
def observe(prices: PairPrices, convention: Convention) -> Observations:
    """The returns or prices that a convention correlates."""
    days, legs = _closes(prices, convention)
    if convention.kind == "levels":
        crypto, equity = (np.log(leg) if convention.measure == "log levels" else leg for leg in legs)
        return Observations(days, crypto, equity, int(days[0]))
    ratios = [leg[1:] / leg[:-1] for leg in legs]
    if convention.rows == "own days":
        ratios = [
            leg.close[1:] / leg.open[1:] if leg.clock == AROUND_THE_CLOCK else ratio
            for leg, ratio in zip(prices.market.pair_legs, ratios, strict=True)
        ]
    crypto, equity = (np.log(ratio) if convention.measure == "log returns" else ratio - 1 for ratio in ratios)
    if convention.clock == "synchronised":
        pieces = torn(np.column_stack([crypto, equity]), later(prices.market)[1:])
        return Observations(days[2:], crypto[1:], equity[1:], int(days[1]) + 1, pieces)
    return Observations(days[1:], crypto, equity, int(days[0]) + 1)


def figures(observations: Observations, firsts: Days, lasts: Days) -> tuple[Floats, Days, Days]:
    """(correlation, place of the first observation, place after the last) of each window, `firsts` to `lasts`.

    Arrays of n. NaN where observations are missing, fewer than `fewest`, or do not vary.
    """
    begins = np.searchsorted(observations.days, firsts, side="left")
    ends = np.searchsorted(observations.days, lasts, side="right")
    whole = (firsts >= observations.whole_from) & (ends - begins >= observations.fewest)
    values = np.full(len(firsts), np.nan)
    pairs, place = np.unique(np.column_stack([begins, ends])[whole], axis=0, return_inverse=True)
    each = np.full(len(pairs), np.nan)
    lengths = pairs[:, 1] - pairs[:, 0]
    for length in np.unique(lengths):
        at = lengths == length
        each[at] = _correlate(observations, pairs[at, 0], int(length))
    values[whole] = each[place.ravel()]
    return values, begins, ends


def _correlate(observations: Observations, begins: Days, length: int) -> Floats:
    columns = [observations.crypto, observations.equity]
    if observations.torn is None:
        return pearson(*(windows(column, length)[begins] for column in columns))
    apart, *pieces = observations.torn
    crypto, equity, early, beside, late = (windows(x, length)[begins] for x in (*columns, *pieces))
    return synchronised(crypto, equity, windows(apart, length)[begins], early, beside, late)


def bounds(prices: PairPrices, window: Window, lasts: Days) -> Days:
    """The first day of the window that ends on each of `lasts`; the day before all others where they are too few."""
    if window.unit == "days":
        return lasts - window.length + 1
    sessions = prices.sessions
    first = np.searchsorted(sessions, lasts, side="right") - window.length
    return np.where(first >= 0, sessions[np.maximum(first, 0)], sessions[0] - 1)


def grid(prices: PairPrices, spans: Sequence[tuple[Window, int]]) -> tuple[Reading, ...]:
    """Every reading of the windows that end on a day each, and up to `AROUND` days before or after; each once.

    A window that takes in the same returns or prices as another is no reading of its own. None is shortened: what the
    prices do not cover whole is left out.
    """
    unique: dict[tuple[Convention, int, int], Reading] = {}
    for convention, (window, last) in product(conventions(prices), spans):
        if fits(convention, window):
            lasts = sorted(range(last - AROUND, last + AROUND + 1), key=lambda day: abs(day - last))
            for reading in read_on(prices, convention, window, [d for d in lasts if d <= prices.sessions[-1]]):
                unique.setdefault((convention, reading.first, reading.last), reading)
    return tuple(unique.values())


def read_on(prices: PairPrices, convention: Convention, window: Window, lasts: Sequence[int]) -> list[Reading]:
    """The reading of the window that ends on each of `lasts`, without those that the prices do not cover."""
    observations, ends_on = observe(prices, convention), np.array(lasts, dtype=np.int64)
    values, begins, ends = figures(observations, bounds(prices, window, ends_on), ends_on)
    return [
        Reading(
            convention,
            window,
            int(observations.days[begin]),
            int(observations.days[end - 1]),
            int(end - begin),
            float(value),
        )
        for value, begin, end in zip(values, begins, ends, strict=True)
        if np.isfinite(value)
    ]


def fits(convention: Convention, window: Window) -> bool:
    """Whether a convention can be read over a window: there is no counting of sessions on calendar days."""
    return window.unit == "days" or convention.rows != "calendar days"


def rolling(prices: PairPrices, convention: Convention, window: Window, lasts: Days) -> Floats:
    """The reading of the window that ends on each of `lasts`; NaN where there is none."""
    return figures(observe(prices, convention), bounds(prices, window, lasts), lasts)[0]


def _closes(prices: PairPrices, convention: Convention) -> tuple[Days, list[Floats]]:
    """(the days, the closes of both legs on them)."""
    legs = [
        leg.traded if convention.close == "raw" and leg.traded is not None else leg.close
        for leg in prices.market.pair_legs
    ]
    sessions = prices.sessions
    if convention.rows == "calendar days":
        days = np.arange(sessions[0], sessions[-1] + 1)
        carried = np.searchsorted(sessions, days, side="right") - 1
        return days, [
            leg[carried] if closes is None else closes for leg, closes in zip(legs, prices.closes, strict=True)
        ]
    if convention.frequency == "daily":
        return sessions, legs
    at = last_of_each(prices.market.sessions, convention.frequency)
    return sessions[at], [leg[at] for leg in legs]


def last_of_each(sessions: pd.DatetimeIndex, frequency: Frequency) -> NDArray[np.intp]:
    """Places of the last session of each week or month, that of one that goes on after the last session left out."""
    after = pd.DatetimeIndex(sessions.append(pd.DatetimeIndex([sessions[-1] + pd.offsets.BDay()])))
    numbers = day_numbers(after)
    # 1970-01-05 was a Monday
    period = (numbers - 4) // 7 if frequency == "weekly" else after.to_numpy().astype("M8[M]").astype(np.int64)
    return np.flatnonzero(np.diff(period))
