"""Where an audit cuts the future off, and how long it may go on.

Two kinds of stretches. In a row: every session of one year, on a short excerpt, since a leak over rare sessions shows
only where a cut falls there. Spread: every fifth session of all of a market, since a leak may wait for a date, or for
a minimum of observations.
"""

import time
from dataclasses import dataclass

import numpy as np

from unlockstep.backtests.audit.perturbations import copied
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
        self.effort, self.begun = effort, time.process_time()

    def over(self, share: float) -> bool:
        """True where this share of the time is spent."""
        return time.process_time() - self.begun > share * self.effort.seconds


@dataclass(frozen=True, eq=False)
class Stretch:
    """Cuts of one market: `market` is what is computed on, `cuts` in the order in which they are tried."""

    market: Market
    spread: bool
    cuts: tuple[int, ...]


def stretches(markets: tuple[Market, ...], warmup: int) -> tuple[Stretch, ...]:
    """A year in a row of each market; and cuts spread over all of each but the last, which has no more to show.

    Raises HistoryError where a market does not hold the warm-up and a span of a quarter of a year.
    """
    whole = [market for market in markets[: max(1, len(markets) - 1)] if len(market.sessions) > warmup + SPAN + LATER]
    return (
        *(_in_a_row(market, warmup) for market in markets),
        *(_spread(market, warmup, number) for number, market in enumerate(whole)),
    )


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
    return Stretch(excerpt, spread=False, cuts=order(warmup, len(excerpt.sessions) - LATER // 2))


def _spread(market: Market, warmup: int, number: int) -> Stretch:
    first = warmup + 2 * number % EVERY  # other sessions on each market
    return Stretch(copied(market), spread=True, cuts=order(first, len(market.sessions) - LATER // 2, EVERY))
