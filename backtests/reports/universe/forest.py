"""The forest plot of a strategy: a row a pair, in plain HTML, all strategies on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass

from unlockstep.backtests.reports.charts.scale import Scale, Span, scale_of, span, tick_texts
from unlockstep.backtests.reports.text.figure import Text, figure
from unlockstep.backtests.reports.text.small_table import signed, signed_bounds
from unlockstep.backtests.reports.universe.wording import pair_name, share
from unlockstep.backtests.results.model.base import Number
from unlockstep.backtests.results.model.universe import PooledResult, UniverseResult

SMALLEST, LARGEST = 9.0, 17.0
"""Pixels across the dot of a pair without weight, and of the one with the largest."""


@dataclass(frozen=True)
class ForestRow:
    """One pair: its own ratio and interval, the ratio drawn towards the others, its weight.

    href: the page of its own study, "" without one.  size: of its dot, in pixels.  drawn: dot and interval of the
    pooled ratio.
    """

    name: str
    href: str
    weight: Text
    size: float
    interval: Span
    drawn: Span
    estimate: Text
    bounds: Text
    pooled: Text
    pooled_bounds: Text


@dataclass(frozen=True)
class Forest:
    """The plot of one strategy: rows by group, and all pairs together; still: pairs on which its weights never vary."""

    groups: Sequence[tuple[str, Sequence[ForestRow]]]
    average: Span
    average_figure: Text
    average_bounds: Text
    zero: float
    ticks: Sequence[tuple[float, str]]
    still: Sequence[str]


def forest_scale(result: UniverseResult) -> Scale:
    """A scale that shows the intervals of all pairs and strategies."""
    values: list[Number] = [0.0]
    for one in result.strategies:
        values += [*one.average_ci]
        for each in one.estimates:
            values += [*each.timing_ci, *each.pooled_ci]
    return scale_of(values, 0.02)


def forest(result: UniverseResult, one: PooledResult, scale: Scale) -> Forest:
    """The plot of one strategy."""
    most = max((each.weight or 0.0 for each in one.estimates), default=0.0)
    groups: dict[str, list[ForestRow]] = {}
    still = []
    for number, (pair, each) in enumerate(zip(result.pairs, one.estimates, strict=True)):
        name = pair_name(pair.pair)
        if each.timing_ir is None:
            still.append(name)
            continue
        folder = pair.standalone.folder if pair.standalone is not None else None
        part = (each.weight or 0.0) / most if most else 0.0
        row = ForestRow(
            name=name,
            href=f"{folder}/report.html" if folder else "",
            weight=share(one, number),
            size=round(SMALLEST + (LARGEST - SMALLEST) * part**0.5, 1),
            interval=span(scale, each.timing_ir, each.timing_ci),
            drawn=span(scale, each.pooled_ir, each.pooled_ci),
            estimate=signed(figure(each, lambda e: e.timing_ir)),
            bounds=signed_bounds(each, lambda e: e.timing_ci),
            pooled=signed(figure(each, lambda e: e.pooled_ir)),
            pooled_bounds=signed_bounds(each, lambda e: e.pooled_ci),
        )
        groups.setdefault(pair.group, []).append(row)
    return Forest(
        groups=[*groups.items()],
        average=span(scale, one.average_ir, one.average_ci),
        average_figure=signed(figure(one, lambda o: o.average_ir)),
        average_bounds=signed_bounds(one, lambda o: o.average_ci),
        zero=scale.at(0.0),
        ticks=tick_texts(scale),
        still=still,
    )
