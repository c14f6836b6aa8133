"""The probes of causality: one past, many futures, and what of the past changed.

Every cut: a crash and a moon against the whole market and against each other. Besides, as far as time allows: the
market cut off there; a crash against a moon after a past with holes in its last bars; one of the other futures. Holes
and other futures take turns from cut to cut.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from unlockstep.backtests.audit.comparison import changed
from unlockstep.backtests.audit.perturbations import ALTERATIONS, CUT, HOLES, WHOLE, future, with_holes
from unlockstep.backtests.audit.target import MisfitError, Observed
from unlockstep.signals.market import Floats, Market

Observe = Callable[[Market], Observed]

OTHERS = tuple(name for name in ALTERATIONS if name not in ("crash", "moon"))
PATTERNS = tuple(product(HOLES, (False, True), ((0, 1), (0,), (1,))))
"""(name of the holes, missing or flat, legs)"""


@dataclass(frozen=True)
class Pair:
    """Two futures of one past: the market numbered `market`, with `holes` up to the cut if any, altered after `cut`."""

    market: int
    cut: int
    left: str
    right: str
    holes: tuple[str, bool, tuple[int, ...]] | None = None

    def base(self, markets: tuple[Market, ...]) -> Market:
        """The past that both share, holes included."""
        market = markets[self.market]
        if self.holes is None:
            return market
        name, missing, legs = self.holes
        return with_holes(market, (self.cut,), HOLES[name], missing=missing, legs=legs)

    def sides(self, markets: tuple[Market, ...], seed: int, after: int | None = None) -> tuple[Market, Market]:
        """Both markets, altered after session `after` (the cut unless given); the holes stay where they are."""
        base, after = self.base(markets), self.cut if after is None else after
        return future(base, after, self.left, seed), future(base, after, self.right, seed)


@dataclass(frozen=True)
class Difference:
    """What of the past differed between the two futures of a pair: (cut + 1) x c, True where it did."""

    pair: Pair
    changed: NDArray[np.bool_]


def differing_columns(differences: Sequence[Difference]) -> list[int]:
    """The columns that differ in any of them."""
    if not differences:
        return []
    return [int(c) for c in np.flatnonzero(np.any([d.changed.any(axis=0) for d in differences], axis=0))]


Group = tuple[Pair, ...]
"""Pairs with one past, whose futures are computed together."""


def extremes(market: int, cut: int) -> list[Group]:
    """What every cut tries."""
    return [tuple(Pair(market, cut, left, right) for left, right in combinations((WHOLE, "crash", "moon"), 2))]


def others(market: int, cut: int, turn: int) -> list[Group]:
    """What is tried besides, as far as time allows; `turn` counts the cuts."""
    return [
        (Pair(market, cut, WHOLE, CUT),),
        (Pair(market, cut, "crash", "moon", PATTERNS[(7 * turn) % len(PATTERNS)]),),
        (Pair(market, cut, WHOLE, OTHERS[turn % len(OTHERS)]),),
    ]


class Search:
    """One subject's past under many futures, each computed in this process.

    differences: where the past changed, as found.  computed: markets; holed: pairs with holes that could be compared.
    failures: what the code raised on an altered market, by the kind of error, with the first of its kind.
    """

    def __init__(
        self, observe: Observe, markets: tuple[Market, ...], whole: tuple[Observed, ...], warmup: int, seed: int
    ) -> None:
        self.observe, self.markets, self.whole, self.warmup, self.seed = observe, markets, whole, warmup, seed
        self.differences: list[Difference] = []
        self.computed = self.holed = self.compared = 0
        self.failures: dict[str, Exception] = {}

    def compare(self, groups: list[Group]) -> bool:
        """Try these pairs; True where the past of one differs."""
        before = len(self.differences)
        for group in groups:
            market, base = group[0].market, group[0].base(self.markets)
            seen: dict[str, Floats | None] = {WHOLE: self.whole[market].values} if group[0].holes is None else {}
            for pair in group:
                for name in (pair.left, pair.right):
                    if name not in seen:
                        seen[name] = self.values(future(base, pair.cut, name, self.seed), holed=pair.holes is not None)
                left, right = seen[pair.left], seen[pair.right]
                if left is not None and right is not None:
                    self._compare(pair, left, right)
        return len(self.differences) > before

    def values(self, market: Market, *, holed: bool = False) -> Floats | None:
        """What is said on an altered market; None where the code refuses it, which is kept unless it has holes."""
        self.computed += 1
        try:
            return self.observe(market).values
        except MisfitError as error:
            self.failures.setdefault("misfit", error)
        except Exception as error:
            if not holed:  # whoever refuses holes, refuses them on both sides
                self.failures.setdefault(type(error).__name__, error)
        return None

    def changed(self, left: Floats, right: Floats) -> NDArray[np.bool_]:
        """Where two answers differ."""
        return changed(left, right, self.warmup)

    def _compare(self, pair: Pair, left: Floats, right: Floats) -> None:
        self.compared += 1
        self.holed += pair.holes is not None
        where = self.changed(left[: pair.cut + 1], right[: pair.cut + 1])
        if where.any():
            self.differences.append(Difference(pair, where))


def scope(
    pair: Pair, markets: tuple[Market, ...], seed: int, observe: Observe, warmup: int, row: int, column: int
) -> int | None:
    """How many sessions the value of `row` looks ahead: the furthest future that, altered alone, changes it.

    Doubling and halving: whoever sees a session, sees all that lie between. None where the value is not changed.
    """
    last = len(markets[pair.market].sessions) - 1

    def sees(ahead: int) -> bool:
        left, right = (observe(side).values for side in pair.sides(markets, seed, after=row + ahead - 1))
        return bool(changed(left[: row + 1], right[: row + 1], warmup)[row, column])

    near, far = pair.cut + 1 - row, last - row
    if near > far or not sees(near):
        return None
    if sees(far):
        return far
    while far - near > 1:
        middle = (near + far) // 2 if near > 64 else min(2 * near, (near + far) // 2)
        near, far = (middle, far) if sees(middle) else (near, middle)
    return near
