"""The picture of strength: the timing intervals of the variants on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass

from unlockstep.backtests.reports.charts.scale import Scale, Span, scale_of, span, ticks
from unlockstep.backtests.reports.study.variant_rows import leading, row_key
from unlockstep.backtests.reports.text.figure import Figure, Text, figure, joined, text
from unlockstep.backtests.reports.text.format import (
    MISSING,
    Number,
    is_missing,
    ratio,
)
from unlockstep.backtests.reports.text.small_table import signed, signed_bounds
from unlockstep.backtests.reports.text.variants import (
    candidates,
    interval_count,
    roles_of,
    shown_name,
)
from unlockstep.backtests.reports.text.wording import (
    decision_kind,
)
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.variant import VariantResult

MAX_FOREST = 16
"""Variants in the picture of strength."""


def strength_scale(*results: RunResult) -> Scale:
    """A scale that shows the timing intervals of every variant of the runs, and the values they are held against."""
    values: list[Number] = [0.0]
    for result in results:
        values.append(result.study["worthwhile_ir"])
        for inference in (v.inference for v in candidates(result)):
            values += [inference.timing_ir, inference.min_detectable_ir, *(inference.timing_ci or ())]
    return scale_of(values)


@dataclass(frozen=True)
class StrengthRow:
    """One variant's timing interval: as text, and as percent of the scale's width (span, marks by name).

    role: "primary", "smallest p", both or "".
    """

    name: str
    key: str
    role: str
    decision: str
    kind: str
    estimate: Text
    bounds: Text
    span: Span
    marks: list[tuple[str, float]]


@dataclass(frozen=True)
class StrengthView:
    """The picture of strength: what it shows, what it leaves out, its rows, and the values of its scale."""

    title: str
    omitted: str
    rows: list[StrengthRow]
    ticks: list[tuple[float, str]]
    worthwhile: Text
    detectable: Text


def strength_view(result: RunResult, scale: Scale, group: str = "") -> StrengthView:
    """The picture of strength: each variant's timing interval on one scale, with the values it is held against.

    group: the run, on comparison pages.
    """
    worthwhile = figure(result, lambda r: r.study["worthwhile_ir"])
    rows, total = leading(result, MAX_FOREST), len(candidates(result))
    shown = f"{len(rows)} of {total} variants are shown: the primary and those with the smallest family-wise p-values."
    return StrengthView(
        title=interval_count(result),
        omitted=shown if len(rows) < total else "",
        rows=[_strength_row(v, result, scale, group) for v in rows],
        ticks=[(scale.at(x), ratio(x, 1 if x * 10 % 1 < 1e-6 else 2)) for x in ticks(scale)],
        worthwhile=signed(worthwhile),
        detectable=range_words([figure(v.inference, lambda i: i.min_detectable_ir) for v in rows]),
    )


def _strength_row(variant: VariantResult, result: RunResult, scale: Scale, group: str) -> StrengthRow:
    inference = variant.inference
    marks = {"zero": 0.0, "worthwhile": result.study["worthwhile_ir"], "detectable": inference.min_detectable_ir}
    return StrengthRow(
        name=shown_name(variant, result.data.pair),
        key=row_key(variant.name, group),
        role=" and ".join(roles_of(variant, result)),
        decision=variant.verdict,
        kind=decision_kind(variant.verdict),
        estimate=signed(figure(inference, lambda i: i.timing_ir)),
        bounds=signed_bounds(inference, lambda i: i.timing_ci),
        span=span(scale, inference.timing_ir, inference.timing_ci),
        marks=[(name, scale.at(float(x))) for name, x in marks.items() if x is not None and not is_missing(x)],
    )


def range_words(ratios: Sequence[Figure]) -> Text:
    """The smallest and largest of some ratios: "+0.99", "+0.99 to +1.16"; "–" of none."""
    present = sorted((x for x in ratios if not is_missing(x.value)), key=lambda x: x.value or 0.0)
    if not present:
        return text(MISSING)
    ends = {str(end): end for end in (signed(present[0]), signed(present[-1]))}
    return joined(" to ", ends.values())
