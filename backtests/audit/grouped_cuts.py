"""Many cuts in one computation, for code that forgets.

A future that lasts for a few sessions, after which prices go on as they were, leaves its mark on code that remembers M
sessions for M more; then the code says what it said. So one computation alters prices after many cuts, M and some
sessions apart, and the rows up to each cut must be as they were. Where they are not, the future of that one cut is
altered alone, which decides: it is a look-ahead, or a memory that was longer there. Where memories are often longer,
the cuts of a group lie twice as far apart, or the history is bisected; code that never forgets is left to cuts one by
one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.audit.perturbations import BRIEF, BRIEFLY, HOLES, WHOLE, futures, with_holes
from unlockstep.backtests.audit.plan import order
from unlockstep.backtests.audit.probes import Pair, Search
from unlockstep.signals.market import Floats

WINDOW = 12
"""Rows up to each cut, at least, that are compared; with BRIEF it bounds the reach that every single session shows."""

TRIED = 4
"""Cuts tried alone, at least, before a group's memory is thought to be too short."""

OFTEN = 0.25
"""Share of the cuts that had to be tried alone above which a group size is given up."""

FAILURES = 12
"""Group sizes that are given up before all groups are."""

LONG = 3
"""Part of a market, one over this, above which a memory is too long for groups."""

Holes = tuple[str, bool, tuple[int, ...]]


@dataclass(frozen=True)
class Way:
    """One way to alter many futures: the names of the sides that are compared, and holes before each cut, if any."""

    names: tuple[str, ...]
    holes: Holes | None = None

    def pairs(self, market: int, cut: int, *, brief: bool = False) -> tuple[Pair, ...]:
        """The same for one cut alone; brief: with futures that are over after a while."""
        names = [BRIEFLY + name if brief and name != WHOLE else name for name in self.names]
        return tuple(Pair(market, cut, a, b, self.holes) for i, a in enumerate(names) for b in names[i + 1 :])


SHARES = (0.75, 0.5, 0.25, 0.02)
"""Of a market, where its memory is measured, the latest first."""


@dataclass(frozen=True)
class Memory:
    """How long code remembers: `sessions`, the longest that was seen of brief futures from session number `since` on;
    what comes before, such as the years on which a model is trained, may be remembered for ever.
    """

    sessions: int
    since: int


def memory_of(search: Search, market: int, cuts: range) -> Memory | None:
    """The memory of the code on this market; None where it never forgets, or refuses the futures."""
    whole, longest, since = search.whole[market].values, 0, len(cuts)
    for share in SHARES:
        place = int(share * len(cuts))
        sessions = _remembered(search, market, cuts[place], whole)
        if sessions is None or sessions > len(whole) // LONG:
            break
        longest, since = max(longest, sessions), cuts[place if share > SHARES[-1] else 0]
    return Memory(longest, since) if since < len(cuts) else None


def _remembered(search: Search, market: int, cut: int, whole: Floats) -> int | None:
    """Sessions after which a brief future shows no more."""
    longest = 0
    for name in ("crash", "moon"):
        values = search.values(futures(search.markets[market], (cut,), BRIEFLY + name, search.seed))
        if values is None:
            return None
        marked = np.flatnonzero(search.changed(whole, values).any(axis=1))
        if len(marked) and marked[-1] == len(whole) - 1:
            return None  # for ever, as far as can be seen
        longest = max(longest, int(marked[-1]) - cut - BRIEF if len(marked) else 0)
    return longest


@dataclass
class GroupedCuts:
    """The `cuts` of one market, many in one computation, and what of the past differed in the differences of `search`.

    memory: in sessions, see `memory_of`.  tried, alone: cuts of a group size that were compared, and those tried alone
    that were no look-ahead.  failures: group sizes that were given up.
    """

    search: Search
    market: int
    cuts: Sequence[int]
    memory: int
    tried: int = 0
    alone: int = 0
    failures: int = 0

    def cover(self, way: Callable[[int], Way], over: Callable[[], bool]) -> Iterator[list[int]]:
        """The cuts decided by each computation of a group, until all are, or it is over, or memories are too long.

        way: how group number i is altered.
        """
        parts, turn = [(sorted(self.cuts), self.memory)], 0
        while parts and self.failures < FAILURES:
            cuts, memory = parts.pop()
            self.tried = self.alone = 0
            left: list[int] = []
            for group in _apart(cuts, memory + BRIEF + WINDOW):
                if over():
                    return
                if left:
                    left += group
                    continue
                decided = self._compare(group, memory, way(turn), over)
                left += [cut for cut in group if cut not in decided]
                turn += 1
                yield decided
            if left:
                self.failures += 1
                parts += self._smaller(sorted(left), memory)

    def _smaller(self, cuts: list[int], memory: int) -> list[tuple[list[int], int]]:
        """The same cuts further apart; or the later and the earlier half of them by themselves: one may be a stretch
        that is never forgotten, such as the years on which a model is trained.
        """
        if memory < 4 * self.memory and 2 * memory <= len(self.search.markets[self.market].sessions) // LONG:
            return [(cuts, 2 * memory)]
        middle = (cuts[0] + cuts[-1]) // 2
        halves = [[cut for cut in cuts if cut <= middle], [cut for cut in cuts if cut > middle]]
        return [
            (half, self.memory) for half in halves if half and half[-1] - half[0] > 4 * (self.memory + BRIEF + WINDOW)
        ]

    def _compare(self, group: list[int], memory: int, way: Way, over: Callable[[], bool]) -> list[int]:
        """The cuts of the group that are decided: all, unless memories turn out to be longer."""
        different = self._different(group, way)
        if different is None:
            return (
                group if way.holes else []
            )  # with holes there is nothing to compare; without, one by one there may be
        decided: list[int] = []
        begin = 0
        for cut in group:
            if different[begin : cut + 1].any():
                if over() or self.alone >= max(TRIED, OFTEN * self.tried):
                    break
                exact = begin == 0  # nothing was altered before it
                confirmed = self.search.compare([way.pairs(self.market, cut)]) or (
                    exact and self.search.compare([way.pairs(self.market, cut, brief=True)])
                )
                self.alone += not confirmed
            begin = cut + BRIEF + memory + 1
            decided.append(cut)
            self.tried += 1
        return decided

    def _different(self, group: list[int], way: Way) -> NDArray[np.bool_] | None:
        """The rows in which two of the sides differ; None where the code refuses one of them."""
        base = self.search.markets[self.market]
        if way.holes is not None:
            name, missing, legs = way.holes
            base = with_holes(base, group, HOLES[name], missing=missing, legs=legs)
        sides: list[Floats] = []
        for name in way.names:
            if name == WHOLE:
                sides.append(self.search.whole[self.market].values)
                continue
            values = self.search.values(futures(base, group, name, self.search.seed), holed=way.holes is not None)
            if values is None:
                return None
            sides.append(values)
        self.search.compared += 1
        self.search.holed += way.holes is not None
        apart = [self.search.changed(one, other) for one, other in combinations(sides, 2)]
        return np.asarray(np.any(apart, axis=0).any(axis=1))


def _apart(cuts: list[int], spacing: int) -> Iterator[list[int]]:
    """The cuts in groups whose members lie `spacing` sessions apart; any beginning of the groups is spread evenly."""
    first = cuts[0]
    classes: dict[int, list[int]] = {}
    for cut in cuts:
        classes.setdefault((cut - first) % spacing, []).append(cut)
    places = list(classes)
    return (classes[places[i]] for i in order(0, len(places)))
