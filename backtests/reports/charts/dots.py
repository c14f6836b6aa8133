"""Estimates as dots with their intervals as lines, one below the other on one scale, in plain HTML."""

from collections.abc import Sequence
from dataclasses import dataclass

from unlockstep.backtests.reports.charts.scale import Span, scale_of, span, tick_texts
from unlockstep.backtests.reports.text.figure import Figure, Text, Words
from unlockstep.backtests.reports.text.format import interval_text
from unlockstep.backtests.reports.text.small_table import signed


@dataclass(frozen=True)
class Estimate:
    """A named figure with the bounds of its 95 % interval; [] where it has none."""

    name: str
    value: Figure
    bounds: Sequence[Figure]

    @property
    def interval(self) -> Text:
        """The interval as text; "–" where there is none."""
        return interval_text(self.bounds, signed)

    @property
    def leaves_zero_out(self) -> bool:
        """True where the interval holds no zero."""
        ends = [bound.value for bound in self.bounds if bound.value is not None]
        return len(ends) == 2 and (ends[0] > 0 or ends[1] < 0)


@dataclass(frozen=True)
class DotRow:
    """One estimate; whole: the one that the others are parts of."""

    name: str
    whole: bool
    figure: Text
    bounds: Words
    span: Span


@dataclass(frozen=True)
class Dots:
    """The picture: its finding, its note, its rows, and positions in percent of the width for marks and ticks."""

    title: Words
    note: Words
    rows: list[DotRow]
    marks: list[tuple[str, float]]
    ticks: list[tuple[float, str]]


def dots(title: Words, note: Words, estimates: Sequence[Estimate]) -> Dots:
    """The picture of some estimates, the first of which is the whole."""
    scale = scale_of([0.0, *(x.value for each in estimates for x in (each.value, *each.bounds))])
    rows = [
        DotRow(
            name=each.name,
            whole=i == 0,
            figure=signed(each.value),
            bounds=each.interval if each.bounds else "no interval",
            span=span(scale, each.value.value, [bound.value for bound in each.bounds]),
        )
        for i, each in enumerate(estimates)
    ]
    return Dots(title, note, rows, [("zero", scale.at(0.0))], tick_texts(scale))
