"""Months and crises as tables: what the primary variant and both legs brought in each."""

from collections.abc import Sequence
from dataclasses import dataclass

from unlockstep.backtests.reports.text.figure import MISSING_FIGURE, Figure, Words, figure, figures, text
from unlockstep.backtests.reports.text.format import MISSING, count, is_missing, percent, ratio
from unlockstep.backtests.reports.text.small_table import SmallTable
from unlockstep.backtests.reports.text.variants import examined, legs_of, shown_name
from unlockstep.backtests.reports.text.wording import counted
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.variant import CrisisReturn, VariantResult

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SHADES = (0.02, 0.05, 0.1, 0.2)
"""Returns from which a cell is one shade darker."""


@dataclass(frozen=True)
class ReturnCell:
    """A net return; shade: "up3" or "down1" by size, "flat" for nothing. Both are empty without a session."""

    text: Words
    shade: str


@dataclass(frozen=True)
class YearView:
    """A year of a calendar, its months and its total."""

    year: int
    months: list[ReturnCell]
    total: ReturnCell


@dataclass(frozen=True)
class CalendarView:
    """One variant's net returns by month."""

    title: Words
    heads: tuple[str, ...]
    rows: list[YearView]


def _shown(result: RunResult) -> list[VariantResult]:
    """The variant examined, and both legs held."""
    return [v for v in (examined(result), *legs_of(result)) if v is not None and v.calendar]


def calendar_views(result: RunResult) -> list[CalendarView]:
    """A calendar for each variant shown."""
    return [_calendar_view(v, result.data.pair) for v in _shown(result)]


def _calendar_view(variant: VariantResult, pair: Sequence[str]) -> CalendarView:
    months = [figures(row, lambda r: r.months) for row in variant.calendar]
    present = sorted((x for row in months for x in row if not is_missing(x.value)), key=lambda x: x.value or 0.0)
    name = shown_name(variant, pair)
    title: Words = f"{name} stood still in every month"
    if any(x.value for x in present):
        best, worst = (percent(x, 0, True) for x in (present[-1], present[0]))
        title = text("{}: the best month brought {}, the worst {}", name, best, worst)
    rows = [
        YearView(row.year, [_cell(x) for x in of_year], _cell(figure(row, lambda r: r.total)))
        for row, of_year in zip(variant.calendar, months, strict=True)
    ]
    return CalendarView(title, MONTHS, rows)


def _cell(x: Figure) -> ReturnCell:
    if x.value is None or is_missing(x.value):
        return ReturnCell("", "")
    size = abs(x.value)
    if not size:
        return ReturnCell(percent(x, 0), "flat")
    shade = 1 + sum(size >= step for step in SHADES)
    return ReturnCell(percent(x, 1 if size < 0.1 else 0, True), f"{'up' if x.value > 0 else 'down'}{shade}")


def crises_table(result: RunResult) -> SmallTable | None:
    """What happened in each crisis; None without one in the sample."""
    crises, shown = result.crises, _shown(result)
    if not crises or not shown:
        return None
    names = [shown_name(v, result.data.pair) for v in shown]
    rows: list[tuple[Words, ...]] = [
        (
            crisis.name,
            f"{crisis.first} to {crisis.last}",
            count(figure(crisis, lambda c: c.sessions)),
            ratio(figure(crisis, lambda c: c.correlation), signed=True),
            *(cell for v in shown for cell in _through(v.crises[i])),
            crisis.told,
        )
        for i, crisis in enumerate(crises)
    ]
    heads = [head for name in names for head in (name, "worst fall")]
    note = (
        "Net return over the stretch, and the worst fall from a peak within it. Correlation: of daily log returns, in "
        "stretches of ten sessions or more. The stretches were chosen with hindsight, for what fell; they describe."
    )
    if result.data.synthetic:
        note = "The dates are those of real events, of which these SYNTHETIC prices know nothing. " + note
    return SmallTable(
        _crises_title(names[0], shown[0].crises),
        note,
        ("Crisis", "Dates", "Sessions", "Correlation", *heads, "What"),
        rows,
        (1, 4 + len(heads)),
    )


def _crises_title(name: str, crises: Sequence[CrisisReturn | None]) -> str:
    """In how many crises an account lost, of those in which it held anything."""
    invested = [crisis for crisis in crises if crisis is not None and crisis.exposure != 0.0]
    idle = len(crises) - len(invested)
    if not invested:
        return f"{name} held nothing in {'the one crisis' if idle == 1 else f'any of {idle} crises'}"
    losses = sum((crisis.simple_return or 0.0) < 0 for crisis in invested)
    lost = f"{name} lost in {counted(losses, len(invested), 'crisis', 'crises')}"
    return f"{lost} in which it held anything, held nothing in {idle}" if idle else lost


def _through(crisis: CrisisReturn | None) -> tuple[Words, Words]:
    """The return, and the worst fall; in words where nothing was held."""
    if crisis is None:
        return percent(MISSING_FIGURE), percent(MISSING_FIGURE)
    if crisis.exposure == 0.0:
        return "nothing held", MISSING
    fall = percent(figure(crisis, lambda c: c.fall), 0)
    return percent(figure(crisis, lambda c: c.simple_return), 0, True), fall
