"""One published figure: which readings are it, where the others lie, and what chance gives."""

from collections.abc import Callable

from unlockstep.backtests.reports.charts.style import Chart, axis, layout
from unlockstep.backtests.reports.replicate.view import (
    COLOURS,
    READING_HEADS,
    READING_WORDS,
    ReplicationView,
    describe_sources,
    mains,
    reading_row,
    written,
)
from unlockstep.backtests.reports.text.figure import Words, figure, sentence, text
from unlockstep.backtests.reports.text.format import MISSING, count, percent, ratio, sentence_text, typographic
from unlockstep.backtests.reports.text.small_table import SmallTable
from unlockstep.backtests.results.model.replication import Chance, FigureReplication, KindResult
from unlockstep.backtests.results.reading import KIND_NAMES

MOST_ROWS = 40
"""Readings that a table lists at most; every one is in replicate.json."""


def figure_view(result: FigureReplication) -> ReplicationView:
    """The view of one figure."""
    pair, published = "/".join(result.pair), written(result.published)
    return ReplicationView(
        title=f"Which reading gives {published}? {pair}, {result.window} days or sessions to {result.near}",
        finding=sentence_text(sentence(result, lambda r: r.finding)),
        sources=describe_sources(result.data),
        warnings=tuple(map(typographic, result.data.notes)),
        tables=tuple(table for table in (_kinds(result), _agreeing(result), _main(result)) if table.rows),
        charts=(
            (
                "readings",
                f"Every reading, beside {published}",
                "Each point is a reading, by the last day of its window; the line is the published figure.",
            ),
        ),
        figures={"readings": _chart(result)},
        parts_title="",
        parts=(),
        missing=(),
    )


def _kinds(result: FigureReplication) -> SmallTable:
    chance = result.chance
    rows = [
        _kind_row(result.returns, chance, lambda c: c.returns),
        _kind_row(result.levels, chance, lambda c: c.levels),
    ]
    if chance is None:
        note: Words = "The prices are too short for shares of other dates."
    else:
        note = text(
            "At other dates: at how many of {}, {} to {}, some reading of the kind is the figure; of either kind at "
            "{}, and a number as precise that is printed at another date at {}.",
            count(figure(chance, lambda c: c.dates)),
            chance.first,
            chance.last,
            percent(figure(chance, lambda c: c.number), 1),
            percent(figure(chance, lambda c: c.other), 1),
        )
    heads = ("Kind", "Tried", "Agree", "Lowest", "Highest", "On the day", "At other dates")
    return SmallTable("Readings by kind", note, heads, rows)


def _kind_row(result: KindResult, chance: Chance | None, share: Callable[[Chance], float]) -> tuple[Words, ...]:
    return (
        KIND_NAMES[result.kind],
        count(figure(result, lambda k: k.tried)),
        count(figure(result, lambda k: k.agreeing)),
        ratio(figure(result, lambda k: k.low), 3),
        ratio(figure(result, lambda k: k.high), 3),
        mains(result),
        MISSING if chance is None else percent(figure(chance, share), 1),
    )


def _agreeing(result: FigureReplication) -> SmallTable:
    agreeing = [reading for reading in result.recomputed if reading.agrees]
    more = len(agreeing) - MOST_ROWS
    note = f"{more} more are in replicate.json." if more > 0 else ""
    caption = f"Readings that print as {written(result.published)}"
    return SmallTable(caption, note, READING_HEADS, [reading_row(r) for r in agreeing[:MOST_ROWS]], READING_WORDS)


def _main(result: FigureReplication) -> SmallTable:
    rows = [reading_row(reading) for each in (result.returns, result.levels) for reading in each.main]
    return SmallTable("The project's own conventions, on the day", "", READING_HEADS, rows, READING_WORDS)


def _chart(result: FigureReplication) -> Chart:
    points = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": KIND_NAMES[kind],
            "x": [reading.last for reading in mine],
            "y": [round(reading.value, 4) for reading in mine],
            "text": [str(reading.convention) for reading in mine],
            "marker": {"color": colour, "size": 7, "opacity": 0.6},
            "hovertemplate": "%{y:.3f}: %{text}, to %{x}<extra></extra>",
        }
        for kind, colour in COLOURS.items()
        for mine in [[r for r in result.recomputed if r.convention.kind == kind]]
    ]
    line = {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": result.published.value, "y1": result.published.value,
        "line": {"color": "@ink", "width": 1.5, "dash": "dot"},
    }  # fmt: skip
    frame = layout(synthetic=False, hovermode="closest", xaxis=axis(""), yaxis=axis("correlation"), showlegend=True)
    frame["shapes"] = [*frame.get("shapes", []), line]
    return {"data": points, "layout": frame, "series": []}
