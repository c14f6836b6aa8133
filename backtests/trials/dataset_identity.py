"""What makes two markets the same data: legs that move alike, whatever they are called.

Neither the pair's name nor the fingerprint can say it. Other prices for the same tickers, simulated ones or those of
another seed of the demo, are other data; a day more, another start, a restated dividend or a renamed file changes the
fingerprint of data that have been looked at all the same. So months are compared: the log returns of whole months that
both hold. Either most of them are nearly equal, though a few be wrong; or all together move as one, though each differ
a little, as those of another vendor do who closes the day a minute later.

Under other tickers it takes a year of shared months, and equal means equal within a quarter of the leg's own deviation:
two bond funds can stay within half a percent of each other and be two.

Of markets of more legs one is the same data as another where all its legs are among the other's, in whatever order:
what was tried on a pair was tried on part of what a study of five legs sees.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from unlockstep.signals.market import Floats, Market
from unlockstep.signals.resolution import RESOLUTION

TOLERANCE = 0.005
"""Largest difference between two log returns of one month: more than a restated quarterly dividend changes."""

ALIKE = 0.9
"""Share of the shared months in which all legs must agree within the tolerance."""

MIN_MONTHS = 3
"""Fewest shared months that can say so; with fewer only equal fingerprints are the same data."""


AS_ONE = 0.99
"""Correlation of the log returns of months, in each leg, above which they are the same prices, however far apart."""

ENOUGH_MONTHS = 12
"""Fewest shared months whose correlation says anything: twelve independent normal ones exceed 0.99 once in 10⁹; and
fewest that make prices under other tickers the same."""

DEVIATION_SHARE = 0.25
"""Largest difference between two log returns of one month under other tickers, in standard deviations of the leg's."""


@dataclass(frozen=True, eq=False)
class DataSet:
    """What is remembered of a market.

    tickers: of its legs, in alphabetical order of their usual spelling: a pair turned round is the same data.
    first, last: sessions.
    months: M x N log returns of whole months, in the order of the tickers; first_month: the number of the first,
    12 · year + month.
    """

    tickers: tuple[str, ...]
    source: str
    synthetic: bool
    sha256: str
    first: str
    last: str
    first_month: int
    months: Floats

    def same_as(self, other: "DataSet") -> bool:
        """Whether both hold the same prices, as far as their periods overlap; False where they do not.

        A ticker decides nothing: prices of a renamed file are the same, also where their name turns the pair round.
        """
        if self.sha256 == other.sha256:
            return True
        start = max(self.first_month, other.first_month)
        stop = min(each.first_month + len(each.months) for each in (self, other))
        ours, theirs = (each.months[start - each.first_month : stop - each.first_month] for each in (self, other))
        if len(self.tickers) > len(other.tickers):
            return other.same_as(self)
        if set(self.tickers) <= set(other.tickers):
            theirs = theirs[:, [other.tickers.index(ticker) for ticker in self.tickers]]
            return stop - start >= MIN_MONTHS and _alike(ours, theirs, np.full(len(self.tickers), TOLERANCE))
        if stop - start < ENOUGH_MONTHS:
            return False
        return any(
            _alike(ours, theirs[:, order], _leg_tolerance(ours, theirs[:, order])) for order in _orders(ours, theirs)
        )


def _orders(ours: Floats, theirs: Floats) -> list[list[int]]:
    """Which of their legs may be each of ours: every way for a pair, else the nearest one left, in our order."""
    if ours.shape[1] == 2:
        return [list(order) for order in permutations(range(theirs.shape[1]), 2)]
    apart = np.abs(ours[:, :, None] - theirs[:, None, :]).mean(axis=0)
    order: list[int] = []
    for row in apart:
        order.append(min((leg for leg in range(len(row)) if leg not in order), key=lambda leg: float(row[leg])))
    return [order]


def _leg_tolerance(ours: Floats, theirs: Floats) -> Floats:
    """Tolerance of each leg under other tickers."""
    return np.asarray(np.minimum(TOLERANCE, DEVIATION_SHARE * np.minimum(ours.std(axis=0), theirs.std(axis=0))))


def _alike(ours: Floats, theirs: Floats, tolerance: Floats) -> bool:
    """Whether two M x N tables of months are the same prices, each leg within its tolerance or moving as one."""
    if (np.abs(ours - theirs) <= tolerance).all(axis=1).mean() >= ALIKE:
        return True
    return len(ours) >= ENOUGH_MONTHS and all(_as_one(ours[:, leg], theirs[:, leg]) for leg in range(ours.shape[1]))


def _as_one(ours: Floats, theirs: Floats) -> bool:
    """Whether the months of a leg move as one; not where either never moves."""
    if min(ours.std(), theirs.std()) <= RESOLUTION:
        return False
    return bool(np.corrcoef(ours, theirs)[0, 1] > AS_ONE)


def months_of(market: Market) -> dict[str, Any]:
    """The entry "months" of result.json, by which prices are known again that were restated: `recalled` reads it."""
    data = data_set_of(market)
    return {"pair": list(data.tickers), "first": data.first_month, "log_returns": data.months.round(6).tolist()}


def recalled(entry: Mapping[str, Any]) -> DataSet:
    """The data set of a run's entry "data" in result.json."""
    months = entry["months"]
    table = np.asarray(months["log_returns"], dtype=float).reshape(-1, len(months["pair"]))
    return DataSet(
        tuple(months["pair"]), entry["source"], entry["synthetic"], entry["sha256"], entry["first"],
        entry["last"], months["first"], table,
    )  # fmt: skip


def data_set_of(market: Market) -> DataSet:
    """What is remembered of a market. The month of its last session may still go on, so it is left out."""
    order = np.argsort([leg.canonical for leg in market.legs])
    number = np.asarray(12 * market.sessions.year + market.sessions.month)
    ends = np.flatnonzero(np.diff(number))  # the last session of every month but the last
    closes = np.column_stack([market.legs[i].close for i in order])
    return DataSet(
        tickers=tuple(market.tickers[leg] for leg in order),
        source=market.source,
        synthetic=market.synthetic,
        sha256=market.sha256,
        first=str(market.sessions[0].date()),
        last=str(market.sessions[-1].date()),
        first_month=int(number[ends[0]] + 1) if len(ends) else int(number[0]),
        months=np.diff(np.log(closes[ends]), axis=0),
    )
