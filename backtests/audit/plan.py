"""Where an audit cuts the future off, and how long it may go on.

Two kinds of stretches. Whole markets: every session where the code forgets, so that many cuts fit in one computation,
else every fifth, since a leak may wait for a date, or for a minimum of observations. In a row: every session of one
year, on a short excerpt, for code whose cuts are tried one by one: a leak over rare sessions shows only where a cut
falls there.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unlockstep.backtests.audit.perturbations import copied
from unlockstep.backtests.audit.run_queue import unqueued
from unlockstep.signals.errors import HistoryError
from unlockstep.signals.market import Market

SPAN = 252
"""Sessions after the warm-up with a cut after each of them, a year."""

LATER = 40
"""Sessions after the last cut."""

EVERY = 5
"""Sessions from cut to cut where they are spread over all of a market."""

OVERTIME = 3.0
"""By how much the time may be exceeded for the least number of cuts."""


@dataclass(frozen=True)
class Effort:
    """How hard to look at one subject.

    seconds: of CPU time, after which no more is begun, so that a busy machine looks as hard as an idle one.
    least: cuts in a row that are made though the time be over, unless it is so by far.
    first_calls: cuts tried in fresh processes.  beginnings: histories that begin later.
    """

    seconds: float
    least: int
    first_calls: int
    beginnings: int


class Clock:
    """What is left of an effort, in this process, from now on."""

    def __init__(self, effort: Effort) -> None:
        self.effort, self.begun, self.waited = effort, time.process_time(), unqueued()

    @property
    def spent(self) -> float:
        """Seconds of the processor; or, where code waits for other processes or sleeps, half of those."""
        return max(time.process_time() - self.begun, (unqueued() - self.waited) / 2)

    def over(self, share: float) -> bool:
        """True where this share of the time is spent."""
        return self.spent > share * self.effort.seconds


@dataclass(frozen=True, eq=False)
class Stretch:
    """Cuts of one market: `market` is what is computed on, `cuts` in the order in which they are tried one by one.

    spread: the cuts lie over all of the history, else in a row.  every: all sessions that there is room to cut after.
    """

    market: Market
    spread: bool
    cuts: tuple[int, ...]
    every: range


def stretches(markets: tuple[Market, ...], warmup: int) -> tuple[Stretch, ...]:
    """A year in a row of each market; and cuts spread over all of each that is longer.

    Raises HistoryError where a market does not hold the warm-up and a span of a quarter of a year.
    """
    longer = [market for market in markets if len(market.sessions) > warmup + SPAN + LATER]
    return (
        *(_in_a_row(market, warmup) for market in markets),
        *(_spread(market, warmup, number) for number, market in enumerate(longer)),
    )


def largest(planned: Sequence[Stretch]) -> list[Stretch]:
    """Of each market the stretch with the most sessions to cut after."""
    by_market: dict[str, Stretch] = {}
    for stretch in planned:
        best = by_market.setdefault(stretch.market.source, stretch)
        by_market[stretch.market.source] = max(best, stretch, key=lambda each: len(each.every))
    return list(by_market.values())


def order(first: int, last: int, step: int = 1) -> tuple[int, ...]:
    """The sessions from `first` up to but not `last`, so that any beginning of them is spread evenly."""
    cuts = np.arange(first, last, step)
    golden = np.argsort(np.arange(len(cuts)) * 0.6180339887498949 % 1.0)
    return tuple(int(cut) for cut in cuts[golden])


def _in_a_row(market: Market, warmup: int) -> Stretch:
    have = len(market.sessions)
    if have < warmup + LATER + 63:
        raise HistoryError(
            f"An audit of a warm-up of {warmup} sessions needs {warmup + LATER + 63} of them; "
            f"{market.span[0]} to {market.span[1]} holds {have}",
            dates=market.span,
            limit=warmup + LATER + 63,
        )
    excerpt = copied(market.slice(max(0, have - warmup - SPAN - LATER)))
    every = range(warmup, len(excerpt.sessions) - LATER // 2)
    return Stretch(excerpt, spread=False, cuts=order(every.start, every.stop), every=every)


def _spread(market: Market, warmup: int, number: int) -> Stretch:
    every = range(warmup, len(market.sessions) - LATER // 2)
    cuts = order(warmup + 2 * number % EVERY, every.stop, EVERY)  # other sessions on each market
    return Stretch(copied(market), spread=True, cuts=cuts, every=every)
