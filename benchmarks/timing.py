"""Rounds in which everybody takes a turn, so that a busy machine is busy for all; medians and spreads."""

import gc
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

import numpy as np

Name = TypeVar("Name", bound=Hashable)
Measured = TypeVar("Measured")


@dataclass(frozen=True)
class Spread:
    """Median, smallest and largest of the measurements of several rounds."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, measured: Sequence[float]) -> "Spread":
        """Of one number or more."""
        return cls(float(np.median(measured)), float(min(measured)), float(max(measured)))

    def times(self, factor: float) -> "Spread":
        """In another unit."""
        return Spread(factor * self.median, factor * self.least, factor * self.most)


def ratio(slow: Sequence[float], fast: Sequence[float]) -> Spread:
    """Of slow to fast, round by round."""
    return Spread.of([a / b for a, b in zip(slow, fast, strict=True)])


def seconds(task: Callable[[], object]) -> float:
    """Wall time of one call."""
    gc.collect()  # nobody pays for what another one left behind
    start = perf_counter()
    task()
    return perf_counter() - start


def in_turns(measures: Mapping[Name, Callable[[], Measured]], rounds: int) -> dict[Name, list[Measured]]:
    """Name → what each measure answered in each of the rounds; all take their turn in every round."""
    result: dict[Name, list[Measured]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            result[name].append(measure())
    return result
