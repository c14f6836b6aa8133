"""From the blocks of a sweep to what is said of all its variants: one pass, in their order, in little memory."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.stats.pbo import BlockSums
from unlockstep.backtests.sweep.accounts import FIGURES
from unlockstep.backtests.sweep.kernel import RUINED, SOLVENT
from unlockstep.backtests.sweep.null_distribution import LEVELS, NullDistribution, level_of
from unlockstep.backtests.sweep.plan import Block, Plan, Swept
from unlockstep.backtests.sweep.walk_forward import Leaders

RANKED = FIGURES.index("timing_t")
"""By which figure the best are chosen: the statistic of the verdict, so that no exposure is chosen for its drift."""

HEAD = 1000
"""Of how many best variants the t is known."""


@dataclass
class Collected:
    """What is known of all variants together.

    evaluated, ruined, contradictory: by the number of the space.  best: (space, number) of the HEAD best, best first,
    with their t.  observed: length LEVELS, how many t lie in each level.  by_value: (space, parameter) → a row a value:
    how many variants with a t, the sum of these, the largest.  every: space → the t of each of its variants, NaN for
    those without one.  null, leaders: None without evidence.  ranked: sums of those that PBO ranks.
    """

    evaluated: Counter[int] = field(default_factory=Counter)
    ruined: Counter[int] = field(default_factory=Counter)
    contradictory: Counter[int] = field(default_factory=Counter)
    best: list[tuple[int, int]] = field(default_factory=list)
    t: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    observed: NDArray[np.int64] = field(default_factory=lambda: np.zeros(LEVELS, dtype=np.int64))
    by_value: dict[tuple[int, str], NDArray[np.float64]] = field(default_factory=dict)
    every: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    null: NullDistribution | None = None
    leaders: Leaders | None = None
    ranked: list[BlockSums] = field(default_factory=list)

    def add(self, plan: Plan, block: Block, swept: Swept) -> None:
        """Take in the next block."""
        number = block.space
        self.evaluated[number] += len(swept.numbers)
        self.contradictory[number] += block.end - block.begin - len(swept.numbers)
        self.ruined[number] += int((swept.fate == RUINED).sum())
        t = swept.figures[:, RANKED]
        ranked = np.flatnonzero((swept.fate == SOLVENT) & ~np.isnan(t))
        self.observed += np.bincount(level_of(t[ranked]), minlength=LEVELS)
        every = self.every.setdefault(number, np.full(plan.spaces[number].size, np.nan))
        every[swept.numbers[ranked]] = t[ranked]
        self._rank(number, swept.numbers[ranked], t[ranked])
        self._spread(plan, number, swept.numbers[ranked], t[ranked])
        if swept.null is not None:
            self.null = swept.null if self.null is None else self.null.and_(swept.null)
        if swept.leaders is not None:
            self.leaders = swept.leaders if self.leaders is None else self.leaders.or_(swept.leaders)
        if swept.ranked is not None:
            self.ranked.append(swept.ranked)

    def _rank(self, space: int, numbers: NDArray[np.int64], t: NDArray[np.float64]) -> None:
        """Of equal ones the earlier is the better."""
        everything = np.concatenate([self.t, t])
        order = np.argsort(-everything, kind="stable")[:HEAD]
        names = [*self.best, *((space, int(number)) for number in numbers)]
        self.best = [names[place] for place in order]
        self.t = everything[order]

    def _spread(self, plan: Plan, number: int, numbers: NDArray[np.int64], t: NDArray[np.float64]) -> None:
        space = plan.spaces[number]
        places = space.places(numbers)
        for name in space.varied:
            table = self.by_value.setdefault((number, name), np.array([[0.0, 0.0, -np.inf]] * len(space.axes[name])))
            table[:, 0] += np.bincount(places[name], minlength=len(table))
            table[:, 1] += np.bincount(places[name], weights=t, minlength=len(table))
            np.maximum.at(table[:, 2], places[name], t)

    @property
    def variants(self) -> int:
        """How many were evaluated."""
        return self.evaluated.total()


def collect(plan: Plan, swept: Iterable[tuple[Block, Swept]]) -> Collected:
    """Over all blocks, which come in their order."""
    collected = Collected()
    for block, each in swept:
        collected.add(plan, block, each)
    return collected
