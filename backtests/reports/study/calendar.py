"""Months and crises as tables: what the primary variant and both legs brought in each."""

from typing import Any

from unlockstep.backtests.reports.text.format import Number, count, is_missing, percent, ratio
from unlockstep.backtests.reports.text.small_table import SmallTable
from unlockstep.backtests.reports.text.wording import counted, examined, shown_name

Result = dict[str, Any]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SHADES = (0.02, 0.05, 0.1, 0.2)
"""Returns from which a cell is one shade darker."""


def _shown(result: Result) -> list[dict[str, Any]]:
    """The variant examined, and both legs held."""
    legs = [v for v in result["variants"] if v["strategy"] in ("hold_eth", "hold_iwm")]
    main = examined(result)
    return [v for v in (main, *legs) if v is not None and v.get("calendar")]


def calendar_views(result: Result) -> list[dict[str, Any]]:
    """A calendar for each variant shown: title, and a row a year of (text, shade) by month, and the year."""
    views = []
    for v in _shown(result):
        months = [x for row in v["calendar"] for x in row["months"] if not is_missing(x)]
        name = shown_name(v, result["data"]["pair"])
        title = f"{name} stood still in every month"
        if any(x != 0 for x in months):
            best, worst = (percent(x, 0, True) for x in (max(months), min(months)))
            title = f"{name}: the best month brought {best}, the worst {worst}"
        views.append(
            {
                "title": title,
                "heads": MONTHS,
                "rows": [
                    {
                        "year": row["year"],
                        "months": [_cell(x) for x in row["months"]],
                        "total": _cell(row["total"]),
                    }
                    for row in v["calendar"]
                ],
            }
        )
    return views


def _cell(x: Number) -> tuple[str, str]:
    """(text, shade): "" for a month without a session, "up3" or "down1" by size, "flat" for nothing."""
    if x is None or is_missing(x):
        return "", ""
    if x == 0:
        return percent(x, 0), "flat"
    shade = 1 + sum(abs(x) >= step for step in SHADES)
    return percent(x, 1 if abs(x) < 0.1 else 0, True), f"{'up' if x > 0 else 'down'}{shade}"


def crises_table(result: Result) -> SmallTable | None:
    """What happened in each crisis; None without one in the sample."""
    crises, shown = result.get("crises") or [], _shown(result)
    if not crises or not shown:
        return None
    pair, first = result["data"]["pair"], shown[0]
    names = [shown_name(v, pair) for v in shown]
    losses = sum(through["return"] < 0 for through in first["crises"])
    caption = f"{names[0]} lost in {counted(losses, len(crises), 'crisis', 'crises')}"
    rows = [
        (
            crisis["name"],
            f"{crisis['first']} to {crisis['last']}",
            count(crisis["sessions"]),
            ratio(crisis["correlation"], signed=True),
            *(percent(v["crises"][i][key], 0, key == "return") for v in shown for key in ("return", "fall")),
            crisis["told"],
        )
        for i, crisis in enumerate(crises)
    ]
    heads = [head for name in names for head in (name, "worst fall")]
    note = (
        "Net return over the stretch, and the worst fall from a peak within it. Correlation: of daily log returns, in "
        "stretches of ten sessions or more. The stretches were chosen with hindsight, for what fell; they describe."
    )
    if result["data"]["synthetic"]:
        note = "The dates are those of real events, of which these SYNTHETIC prices know nothing. " + note
    return SmallTable(
        caption, note, ("Crisis", "Dates", "Sessions", "Correlation", *heads, "What"), rows, (1, 4 + len(heads))
    )
