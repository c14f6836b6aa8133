"""Intervals drawn as lines in plain HTML: positions in percent of a common scale."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from unlockstep.backtests.reports.text.format import Number, is_missing, ratio


@dataclass(frozen=True)
class Scale:
    """A straight line from `low` to `high`."""

    low: float
    high: float

    def at(self, x: float) -> float:
        """Position of x, in percent from the left."""
        return round((x - self.low) / (self.high - self.low) * 100, 2)


@dataclass(frozen=True)
class Span:
    """An estimate with its interval on a scale, in percent; None for what is missing."""

    dot: float | None
    left: float | None
    width: float | None


def scale_of(values: Iterable[Number], margin: float = 0.05) -> Scale:
    """A scale that shows all values, with a margin at either end; −1 to 1 where there are none."""
    finite = [float(x) for x in values if x is not None and not is_missing(x)]
    if not finite:
        return Scale(-1.0, 1.0)
    low, high = min(finite), max(finite)
    spread = (high - low) or max(abs(high), 1.0)
    return Scale(low - margin * spread, high + margin * spread)


def span(scale: Scale, estimate: Number, bounds: Sequence[Number] | None) -> Span:
    """Where an estimate and its interval lie."""
    dot = None if estimate is None or is_missing(estimate) else scale.at(float(estimate))
    if bounds is None or len(bounds) != 2 or bounds[0] is None or bounds[1] is None:
        return Span(dot, None, None)
    left = scale.at(float(bounds[0]))
    return Span(dot, left, round(scale.at(float(bounds[1])) - left, 2))


def tick_texts(scale: Scale) -> list[tuple[float, str]]:
    """Where the ticks stand, and their texts: as many decimals as they need."""
    return [(scale.at(x), ratio(x, 1 if x * 10 % 1 < 1e-6 else 2)) for x in ticks(scale)]


def ticks(scale: Scale, about: int = 6) -> list[float]:
    """Round numbers inside the scale, `about` as many, in steps of 1, 2 or 5 times a power of ten."""
    rough = (scale.high - scale.low) / about
    power = 10.0 ** len(str(int(1 / rough))) if rough < 1 else 1.0
    steps = [base / power * tens for tens in (1.0, 10.0, 100.0) for base in (1.0, 2.0, 5.0)]
    step = next((s for s in steps if s >= rough), rough)
    first = int(scale.low / step) - 1
    candidates = [round(k * step, 10) for k in range(first, first + 3 * about + 3)]
    return [x for x in candidates if scale.low <= x <= scale.high]
