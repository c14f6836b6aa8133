"""What is tried on one subject, in this order, until the time is over or enough is found.

1. a few cuts spread over all of the history, with every kind of future
2. every session of whole markets, many in one computation, where the code forgets: a crash and a moon; then holes
   before each cut, and the other futures; the market cut off, on some
3. where it does not forget: every session of a year, and cuts spread over whole markets, one by one
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from unlockstep.backtests.audit.findings import Cuts
from unlockstep.backtests.audit.grouped_cuts import GroupedCuts, Memory, Way, memory_of
from unlockstep.backtests.audit.perturbations import CUT, WHOLE
from unlockstep.backtests.audit.plan import OVERTIME, Clock, Stretch
from unlockstep.backtests.audit.probes import OTHERS, PATTERNS, Pair, Search, extremes, others

FIRST = 8
"""Cuts spread over all of the markets that are tried before any other, with every future."""

FEWEST = 4
"""Cuts in a row, at least, however slow the code is."""

ENDS = 40
"""Cuts after which a market is cut off, where other cuts go in groups: a market has one end."""

ENOUGH = 24
"""Cuts that show a difference after which no more are tried."""

FIRST_SHARE, GROUPS_SHARE, ENDS_SHARE, ROW_SHARE, SPREAD_SHARE, REST_SHARE = 0.2, 0.5, 0.55, 0.55, 0.7, 0.85
"""Shares of the time after which no more are begun: first cuts, groups of every session, ends, cuts in a row, spread
ones, other futures.
"""

MOSTLY = 0.8
"""Share of a market's sessions after which its cuts in a row would show nothing new."""

IN_GROUPS = 100
"""Computations for which there must be time if cuts are to be tried in groups."""

EXTREMES = Way((WHOLE, "crash", "moon"))

Turn = tuple[int, int]
"""(number of the stretch, session after which the future is cut off)"""


@dataclass
class Tries:
    """The tries of one search.

    done: cuts after which a crash and a moon were tried.  grouped: stretch → its sessions that are cut after in groups.
    """

    search: Search
    stretches: tuple[Stretch, ...]
    clock: Clock
    least: int
    done: dict[Turn, None] = field(default_factory=dict)
    grouped: dict[int, range] = field(default_factory=dict)

    def run(self) -> None:
        """All that there is time for."""
        for _ in self.steps():
            if len({(d.pair.market, d.pair.cut) for d in self.search.differences}) >= ENOUGH:
                return

    def steps(self) -> Iterator[None]:
        """After each computation, or a few."""
        yield from self._first()
        memories = self._memories() if self._quick() else {}
        for number, memory in memories.items():
            self.grouped[number] = range(memory.since, self.stretches[number].every.stop)
            for decided in self._groups(number, memory, lambda _: EXTREMES, GROUPS_SHARE):
                self.done |= dict.fromkeys((number, cut) for cut in decided)
                yield
        if memories:
            yield from self._ends()
            for number, memory in memories.items():
                for way in (_with_holes, _with_others):
                    yield from (None for _ in self._groups(number, memory, way, REST_SHARE))
        yield from self._one_by_one()

    def made(self) -> tuple[Cuts, ...]:
        """The cuts by stretches, those without any left out."""
        made = {m: sorted(cut for market, cut in self.done if market == m) for m in range(len(self.stretches))}
        return tuple(
            Cuts(
                stretch.market.source, stretch.spread, len(made[m]),
                len(stretch.every) if m in self.grouped else len(stretch.cuts),
                *(str(stretch.market.sessions[made[m][end]].date()) for end in (0, -1)),
            )
            for m, stretch in enumerate(self.stretches) if made[m]
        )  # fmt: skip

    def _first(self) -> Iterator[None]:
        turns = self._turns(spread=True) or self._turns(spread=False)
        for turn, (market, cut) in enumerate(turns[:FIRST]):
            for groups in (extremes(market, cut), others(market, cut, turn)):
                if turn and self.clock.over(FIRST_SHARE):
                    return
                self.search.compare(groups)
                self.done[market, cut] = None
                yield

    def _quick(self) -> bool:
        """Whether there is time for groups, judged by the computations so far."""
        return self.clock.spent * IN_GROUPS < self.clock.effort.seconds * max(self.search.computed, 1)

    def _memories(self) -> dict[int, Memory]:
        """The whole markets on which the code forgets soon, and its memory there."""
        memories = {}
        for number, stretch in enumerate(self.stretches):
            if stretch.spread or not any(other.spread for other in self.stretches):
                memory = memory_of(self.search, number, stretch.every)
                if memory is not None:
                    memories[number] = memory
        return memories

    def _groups(self, number: int, memory: Memory, way: Callable[[int], Way], share: float) -> Iterator[list[int]]:
        grouped = GroupedCuts(self.search, number, self.grouped[number], memory.sessions)
        return grouped.cover(way, lambda: self.clock.over(share))

    def _ends(self) -> Iterator[None]:
        for market, cut in self._turns(spread=True)[FIRST : FIRST + ENDS]:
            if self.clock.over(ENDS_SHARE):
                return
            self.search.compare([(Pair(market, cut, WHOLE, CUT),)])
            yield

    def _one_by_one(self) -> Iterator[None]:
        """The cuts in a row, the spread ones, and the other futures, on markets whose sessions were not all tried."""
        made = {m: sum(market == m for market, _ in self.done) for m in self.grouped}
        complete = {
            self.stretches[m].market.source for m, cuts in made.items() if cuts > MOSTLY * len(self.stretches[m].every)
        }
        row = [turn for turn in self._turns(spread=False) if self.stretches[turn[0]].market.source not in complete]
        spread = [turn for turn in self._turns(spread=True) if turn not in self.done]

        def late(turn: int, share: float, fewest: int, least: int = 0) -> bool:
            return turn >= fewest and self.clock.over(share) and (turn >= least or self.clock.over(OVERTIME * share))

        for turn, (market, cut) in enumerate(row):
            if late(turn, ROW_SHARE, FEWEST, self.least):
                break
            self._try(market, cut)
            yield
        for market, cut in spread:
            if self.clock.over(SPREAD_SHARE):
                break
            self._try(market, cut)
            yield
        for turn, (market, cut) in enumerate(row):
            if late(turn, REST_SHARE, FEWEST // 2):
                break
            self._try(market, cut, turn)
            yield

    def _try(self, market: int, cut: int, turn: int | None = None) -> None:
        self.search.compare(extremes(market, cut) if turn is None else others(market, cut, turn))
        self.done[market, cut] = None

    def _turns(self, *, spread: bool) -> list[Turn]:
        """The cuts in a row, or the spread ones, the markets in turn."""
        plans = [(m, s.cuts) for m, s in enumerate(self.stretches) if s.spread == spread]
        most = max((len(cuts) for _, cuts in plans), default=0)
        return [(m, cuts[i]) for i in range(most) for m, cuts in plans if i < len(cuts)]


def _with_holes(turn: int) -> Way:
    return Way(("crash", "moon"), PATTERNS[(7 * turn) % len(PATTERNS)])


def _with_others(turn: int) -> Way:
    return Way((WHOLE, OTHERS[turn % len(OTHERS)]))
