"""The null distribution: how often the timing test's t comes up where positions and returns are shifted apart."""

from typing import Any

from backtests.reports.charts import Figure, axis, layout
from backtests.reports.format import p_value, ratio
from backtests.reports.wording import shown_name

Result = dict[str, Any]


def null_title(result: Result) -> str:
    """The observed t beside what chance makes of the same positions; "" for runs that kept no distribution."""
    null, v = result["family"].get("null"), _variant(result)
    if not null or v is None:
        return ""
    name, found = shown_name(v, result["data"]["pair"]), v["inference"]
    return (
        f"{name} has a timing t of {ratio(null['t'], signed=True)}; shifted against the returns its positions do as "
        f"well with p {p_value(found['timing_p'])}, and counting all variants p is {p_value(found['timing_p_family'])}"
    )


def null_figure(result: Result) -> Figure | None:
    """Bars: t of the variant at every shift. Line: the best of all variants at every shift. Upright: the observed t."""
    null = result["family"].get("null")
    if not null:
        return None
    middle = [round(null["from"] + (i + 0.5) * null["width"], 4) for i in range(len(null["alone"]))]
    bars = {
        "type": "bar", "name": "this variant", "x": middle, "y": null["alone"], "width": null["width"],
        "marker": {"color": "@sky"}, "hovertemplate": "%{y:,} shifts<extra>this variant</extra>",
    }  # fmt: skip
    best = {
        "type": "scatter", "mode": "lines", "name": "best of all variants", "x": middle, "y": null["best"],
        "line": {"color": "@equity", "width": 2.5, "shape": "hvh"},
        "hovertemplate": "%{y:,} shifts<extra>best of all variants</extra>",
    }  # fmt: skip
    mark = {
        "type": "line", "xref": "x", "yref": "paper", "x0": null["t"], "x1": null["t"], "y0": 0, "y1": 1,
        "line": {"color": "@ink", "width": 2},
    }  # fmt: skip
    told = {
        "x": null["t"], "y": 0.98, "xref": "x", "yref": "paper", "xanchor": "left", "yanchor": "top", "xshift": 5,
        "showarrow": False, "text": f"observed {ratio(null['t'], signed=True)}", "font": {"size": 12, "color": "@ink"},
    }  # fmt: skip
    frame = layout(
        synthetic=bool(result["data"]["synthetic"]),
        shapes=[mark],
        annotations=[told],
        xaxis=axis("t of the timing, a bin each quarter"),
        yaxis=axis("Shifts", rangemode="tozero", tickformat=","),
        bargap=0.06,
    )
    keys = [
        {"name": "this variant", "group": "", "traces": [0], "shown": True, "color": "@sky", "dash": "solid",
         "width": 8},
        {"name": "best of all variants", "group": "", "traces": [1], "shown": True, "color": "@equity", "dash": "solid",
         "width": 2.5},
    ]  # fmt: skip
    return {"data": [bars, best], "layout": frame, "series": keys}


def _variant(result: Result) -> dict[str, Any] | None:
    name = (result["family"].get("null") or {}).get("variant")
    return next((v for v in result["variants"] if v["name"] == name), None)
