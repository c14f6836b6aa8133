"""What a replication shows, wherever it is drawn, and how a reading is written."""

from collections.abc import Sequence
from dataclasses import dataclass

from unlockstep.backtests.reports.charts.style import Chart
from unlockstep.backtests.reports.text.figure import Text, Words, figure, joined
from unlockstep.backtests.reports.text.format import MISSING, count, percent, ratio, typographic
from unlockstep.backtests.reports.text.small_table import SmallTable
from unlockstep.backtests.results.model.replication import KindResult, Recomputed, ReplicationData
from unlockstep.backtests.results.published_figures import Published
from unlockstep.backtests.results.reading import AROUND, FEWEST, FEWEST_SYNCHRONISED, Kind

NOTES = (
    "A reading agrees where, rounded to the decimals that were published, it is the published figure, or lies on the "
    "side or in the range that was named; “about”: to the nearest twentieth. That does not show that the source "
    "measured so. Of each figure a hundred readings and more are tried, so that one that agrees may do so by chance: "
    "unlockstep replicate FIGURE says how often. Where none agrees, other prices, hours or conventions may explain it.",
    "Readings: simple and log returns, prices and their logs; sessions, crypto's own days without weekends, calendar "
    "days with the last close carried; bars joined by date (crypto at 00:00 UTC, three to seven hours after the close "
    f"of New York) and, from {FEWEST_SYNCHRONISED} returns on, synchronised; adjusted closes and raw ones; daily, "
    "weekly, monthly; the window counted in sessions and in calendar days, where the source leaves that open, ending "
    f"up to {AROUND} days before or after the date. A window that takes in the same prices as another counts once, one "
    f"of fewer than {FEWEST} returns or prices not at all, and none is shortened.",
    "Price levels measure a shared trend and no coupling. “False decoupling” says how often two random walks whose "
    "returns correlate as these do have levels that correlate so or lower, with no decoupling at all.",
)


COLOURS: dict[Kind, str] = {"returns": "@crypto", "levels": "@equity"}
"""Of the readings of each kind."""


@dataclass(frozen=True)
class Part:
    """A section about one figure: its facts by name."""

    heading: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReplicationView:
    """What is shown: the finding first; tables, sections, what is missing, notes.

    sources: what was read.  warnings: on prices that are old or doubtful.  figures: charts by name, each with its title
    and note in `charts`.
    """

    title: str
    finding: Words
    sources: str
    warnings: tuple[str, ...]
    tables: tuple[SmallTable, ...]
    charts: tuple[tuple[str, str, str], ...]
    figures: dict[str, Chart]
    parts_title: str
    parts: tuple[Part, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...] = NOTES


def describe_sources(data: ReplicationData) -> str:
    """What was read, with its dates, when it was downloaded, and which second leg has no adjusted closes."""
    sources = [
        f"{source.where} {source.first} to {source.last}{'' if source.adjusted else ' (no adjusted closes)'}"
        for source in data.tickers.values()
    ]
    retrieved = [f"retrieved {data.retrieved_at}"] if data.retrieved_at else []
    return f"{data.source}: {'; '.join([*sources, *retrieved])}."


def window(reading: Recomputed) -> str:
    """Such as "30 sessions"; of a statistic "maximum of 180 sessions"."""
    return f"{f'{reading.statistic} of ' if reading.statistic else ''}{reading.window:,} {reading.unit}"


def written(published: Published | None) -> str:
    """A published figure with its own decimals: "above 0.65", "−0.75"; a dash where none was."""
    return MISSING if published is None else typographic(str(published))


def mains(result: KindResult | None) -> Words:
    """The main readings of a kind, from the lowest to the highest: "0.592 to 0.624"."""
    if result is None or not result.main:
        return MISSING
    order = sorted(range(len(result.main)), key=lambda i: result.main[i].value)
    return joined(" to ", [_main(result, i) for i in dict.fromkeys((order[0], order[-1]))])


def _main(result: KindResult, i: int) -> Text:
    return ratio(figure(result, lambda each: each.main[i].value), 3)


def rate(reading: Recomputed) -> Words:
    """The false-decoupling rate of a reading in percent; a dash of what is no price level."""
    return percent(figure(reading, lambda r: r.false_decoupling), 0)


def reading_row(reading: Recomputed) -> tuple[Words, ...]:
    """The cells of a reading: convention, second leg, window, last day, n, correlation, false decoupling."""
    return (
        str(reading.convention), reading.pair[1], window(reading), reading.first, reading.last,
        count(figure(reading, lambda r: r.observations)), ratio(figure(reading, lambda r: r.value), 4),
        rate(reading),
    )  # fmt: skip


READING_HEADS = ("Reading", "With", "Window", "From", "To", "n", "Correlation", "False decoupling")
READING_WORDS = (1, 2, 3, 4)


def unique(reasons: Sequence[tuple[str, Sequence[str]]]) -> tuple[str, ...]:
    """(row, its reasons) → a line a reason, with the rows that it concerns in brackets."""
    rows_by_reason: dict[str, list[str]] = {}
    for row, each in reasons:
        for reason in each:
            rows_by_reason.setdefault(reason, []).append(row)
    return tuple(f"{reason} ({', '.join(dict.fromkeys(rows))})" for reason, rows in rows_by_reason.items())
