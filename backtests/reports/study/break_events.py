"""What followed each break, in the report of a study: two fans, and a word on how much they can say."""

from typing import Any

from unlockstep.backtests.reports.charts.fan import fan_figure
from unlockstep.backtests.reports.charts.figures import Figure
from unlockstep.backtests.reports.events.page import CHART_NOTES, effects_table, panel_title
from unlockstep.backtests.reports.text.format import typographic

LEGS = ("crypto", "equity")


def broke_view(result: dict[str, Any]) -> dict[str, Any] | None:
    """Finding, charts and table of the breaks; None for runs that kept no events."""
    events = _events(result)
    if events is None:
        return None
    return {
        "finding": typographic(events["finding"]),
        "charts": [(f"break_{leg}", panel_title(events, "break", leg), CHART_NOTES[leg]) for leg in LEGS],
        "table": effects_table(events, "break"),
    }


def broke_figures(result: dict[str, Any]) -> dict[str, Figure]:
    """The fans by name; none for runs that kept no events."""
    events = _events(result)
    return {} if events is None else {f"break_{leg}": fan_figure(events, "break", leg) for leg in LEGS}


def _events(result: dict[str, Any]) -> dict[str, Any] | None:
    """The kept part of events.json, with the data it is of."""
    events = result.get("events")
    return None if events is None else {**events, "data": result["data"]}
