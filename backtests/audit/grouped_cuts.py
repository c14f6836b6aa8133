"""Many cuts in one computation, for code that forgets.

A future that lasts for a few sessions, after which prices go on as they were, leaves its mark on code that remembers M
sessions for M more; then the code says what it said. So one computation alters prices after many cuts, M and some
sessions apart, and the rows up to each cut must be as they were. Where they are not, the future of that one cut is
altered alone, which decides: it is a look-ahead, or a memory that was longer there. Where memories are often longer,
the groups are halved; code that never forgets is left to cuts one by one.
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
"""Share of the cuts that had to be tried alone above which groups are halved."""

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


def memory_of(search: Search, market: int, cuts: range) -> int | None:
    """Sessions for which what is said remembers brief futures, the longest of a few; None where it does for ever, or
    refuses them.
    """
    whole, longest = search.whole[market].values, 0
    for share in (0.2, 0.45, 0.7):
        cut = cuts[int(share * len(cuts))]
        for name in ("crash", "moon"):
            values = search.values(futures(search.markets[market], (cut,), BRIEFLY + name, search.seed))
            if values is None:
                return None
            marked = np.flatnonzero(search.changed(whole, values).any(axis=1))
            longest = max(longest, int(marked[-1]) - cut - BRIEF if len(marked) else 0)
            if longest > len(whole) // LONG:
                return None
    return longest


@dataclass
class GroupedCuts:
    """The `cuts` of one market, many in one computation, and what of the past differed in the differences of `search`.

    memory: what `memory_of` says.  tried, alone: cuts compared, and those tried alone that were no look-ahead.
    """

    search: Search
    market: int
    cuts: Sequence[int]
    memory: int
    tried: int = 0
    alone: int = 0

    def cover(self, way: Callable[[int], Way], over: Callable[[], bool]) -> Iterator[list[int]]:
        """The cuts decided by each computation of a group, until all are, or it is over, or the memory is too long.

        way: how group number i is altered.
        """
        pending, turn = sorted(self.cuts), 0
        while pending and self.memory <= len(self.search.markets[self.market].sessions) // LONG:
            left: list[int] = []
            for group in _apart(pending, self.memory + BRIEF + WINDOW):
                if over():
                    return
                if left:
                    left += group
                    continue
                decided = self._compare(group, way(turn), over)
                left += [cut for cut in group if cut not in decided]
                turn += 1
                yield decided
            pending, self.memory = sorted(left), 2 * self.memory
            self.tried = self.alone = 0

    def _compare(self, group: list[int], way: Way, over: Callable[[], bool]) -> list[int]:
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
            begin = cut + BRIEF + self.memory + 1
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
