"""How time grows with size: measured at sizes a factor apart, and the exponent of the power law through them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.timing import Spread, in_turns


@dataclass(frozen=True)
class Curve:
    """Seconds at each size.

    name: whose.  axis: "variants" or "sessions".  sizes, seconds: of equal length, sizes rising.
    """

    name: str
    axis: str
    sizes: tuple[int, ...]
    seconds: tuple[Spread, ...]

    @property
    def exponent(self) -> float:
        """The power b of seconds = a · sizeᵇ, by least squares on the logarithms of sizes and median seconds."""
        medians = [spread.median for spread in self.seconds]
        return float(np.polyfit(np.log(self.sizes), np.log(medians), 1)[0])


def curve(name: str, axis: str, measures: Mapping[int, Callable[[], float]], rounds: int) -> Curve:
    """The curve through `measures`, size → how to measure its seconds; every size takes its turn in every round."""
    in_turns(measures, 1)  # first calls compile, or ask for memory
    result = in_turns(measures, rounds)
    return Curve(name, axis, tuple(measures), tuple(Spread.of(taken) for taken in result.values()))
