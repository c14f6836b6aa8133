"""The null distribution: how often the timing test's t comes up where positions and returns are shifted apart."""

from typing import Any

from unlockstep.backtests.reports.charts.figures import Figure, axis, bars_against_null, layout, legend_entry, upright
from unlockstep.backtests.reports.text.format import p_value, ratio
from unlockstep.backtests.reports.text.wording import shown_name

Result = dict[str, Any]


def null_title(result: Result) -> str:
    """The observed t beside what chance makes of the same positions; "" for runs that kept no distribution."""
    null, v = result["family"].get("null"), _variant(result)
    if not null or v is None:
        return ""
    name, inference = shown_name(v, result["data"]["pair"]), v["inference"]
    return (
        f"{name} has a timing t of {ratio(null['t'], signed=True)}; shifted against the returns its positions do as "
        f"well with p {p_value(inference['timing_p'])}, and counting all variants p is "
        f"{p_value(inference['timing_p_family'])}"
    )


def null_figure(result: Result) -> Figure | None:
    """Bars: t of the variant at every shift. Line: the best of all variants at every shift. Upright: the observed t."""
    null = result["family"].get("null")
    if not null:
        return None
    traces = bars_against_null(
        null["from"],
        null["width"],
        {
            "y": null["alone"],
            "name": "this variant",
            "marker": {"color": "@sky"},
            "hovertemplate": "%{y:,} shifts<extra>this variant</extra>",
        },
        {
            "y": null["best"],
            "name": "best of all variants",
            "hovertemplate": "%{y:,} shifts<extra>best of all variants</extra>",
        },
    )
    annotation = {
        "x": null["t"], "y": 0.98, "xref": "x", "yref": "paper", "xanchor": "left", "yanchor": "top", "xshift": 5,
        "showarrow": False, "text": f"observed {ratio(null['t'], signed=True)}", "font": {"size": 12, "color": "@ink"},
    }  # fmt: skip
    frame = layout(
        synthetic=bool(result["data"]["synthetic"]),
        shapes=[upright(null["t"], color="@ink", width=2)],
        annotations=[annotation],
        xaxis=axis("t of the timing, a bin each quarter"),
        yaxis=axis("Shifts", rangemode="tozero", tickformat=","),
        bargap=0.06,
    )
    keys = [
        legend_entry("this variant", "", {"color": "@sky", "dash": "solid", "width": 8}, [0], True),
        legend_entry("best of all variants", "", {"color": "@equity", "dash": "solid", "width": 2.5}, [1], True),
    ]
    return {"data": traces, "layout": frame, "series": keys}


def _variant(result: Result) -> dict[str, Any] | None:
    name = (result["family"].get("null") or {}).get("variant")
    return next((v for v in result["variants"] if v["name"] == name), None)
