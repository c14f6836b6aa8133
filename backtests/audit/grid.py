"""The other sets of parameters of a strategy's grid, which a sweep would run: does one of them look ahead?

A leak may act at one value only. So every value of the grid is tried with the others at their defaults, then the
corners, then all the rest as far as time allows, each with a few cuts: what a set shows is audited in full.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from math import prod
from typing import Any

from unlockstep.backtests.audit.plan import Clock, Effort, order, stretches
from unlockstep.backtests.audit.probes import Search, extremes, others
from unlockstep.backtests.audit.target import Subject
from unlockstep.signals.errors import UnlockstepError
from unlockstep.signals.market import Market
from unlockstep.strategies.strategy import Strategy

CORNERS, MOST = 64, 4096
"""Corners of a grid, and sets of it in all, that are tried at most."""

CUTS = 3
"""Cuts for each set."""

SUSPECTS = 2
"""Sets that look ahead after which no more are tried."""


@dataclass(frozen=True)
class GridResult:
    """What a grid showed. tried, total: sets of parameters besides those studied, and how many the grid has.

    suspects: the sets whose past changed.  failures: what sets raised, in one sentence each.
    """

    tried: int
    total: int
    suspects: tuple[Mapping[str, Any], ...] = ()
    failures: tuple[str, ...] = ()


def parameter_sets(grid: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Sets of the grid, each once: every value alone, the corners, then the others spread evenly over it."""
    alone = ({name: value} for name, values in grid.items() for value in values)
    ends = [list(dict.fromkeys((values[0], values[-1]))) for values in grid.values() if values]
    corners = (dict(zip(grid, corner, strict=True)) for corner, _ in zip(product(*ends), range(CORNERS), strict=False))
    total = prod(len(values) for values in grid.values())
    rest = (_numbered(grid, number) for number in order(0, min(total, MOST)))
    seen = set()
    for each in chain(alone, corners, rest):
        if (key := tuple(sorted(each.items()))) not in seen:
            seen.add(key)
            yield each


def _numbered(grid: Mapping[str, Sequence[Any]], number: int) -> dict[str, Any]:
    chosen = {}
    for name, values in grid.items():
        number, place = divmod(number, len(values))
        chosen[name] = values[place]
    return chosen


def check_grid(cls: type[Strategy], market: Market, effort: Effort, seed: int) -> GridResult:
    """Every set of the grid but those that are studied anyway, for as long as the effort allows; in this process."""
    clock, tried, failures = Clock(effort), 0, dict[str, None]()
    suspects: list[Mapping[str, Any]] = []
    total = prod(len(values) for values in cls.grid.values())
    done = {cls(**params).label for params in cls.studied}
    for turn, params in enumerate(parameter_sets(cls.grid)):
        if clock.over(1.0) or len(suspects) >= SUSPECTS:
            break
        try:
            strategy = cls(**params)
        except UnlockstepError:  # parameters that contradict each other
            total -= len(params) == len(cls.grid)
            continue
        if strategy.label in done:
            continue
        done.add(strategy.label)
        try:
            looks = _looks_ahead(Subject(strategy), market, turn, seed)
        except Exception as error:  # a set that no study runs
            failures.setdefault(f"{strategy.label} fails: {type(error).__name__}")
            continue
        tried += 1
        suspects += [strategy.params] if looks else []
    return GridResult(tried, max(total, tried), tuple(suspects), tuple(failures))


def _looks_ahead(subject: Subject, market: Market, turn: int, seed: int) -> bool:
    """Whether a few cuts show a difference."""
    stretch = stretches((market,), subject.warmup)[0]
    search = Search(subject.observe, (stretch.market,), (subject.observe(stretch.market),), subject.warmup, seed)
    cuts = stretch.cuts[turn % 7 :: 7][:CUTS]
    return any(search.compare(extremes(0, cut)) for cut in cuts) or search.compare(others(0, cuts[0], turn))
