"""How often the timing test's t comes up in histories of redrawn signs, and the t that is observed."""

from unlockstep.backtests.reports.charts.bars import bars_against_null
from unlockstep.backtests.reports.charts.style import Chart, axis, layout, legend_entry, upright
from unlockstep.backtests.reports.text.format import ratio
from unlockstep.backtests.results.model.family import NullCounts


def null_bars(
    null: NullCounts | None, *, synthetic: bool, one: str = "variant", all_of: str = "variants"
) -> Chart | None:
    """Bars: t of one variant in each history. Line: the best of all in each. Upright: the observed t; None without.

    one, all_of: what is tested, and several of it.
    """
    if null is None or null.t is None or null.lowest is None or null.width is None:
        return None
    alone, best = f"this {one}", f"best of all {all_of}"
    traces = bars_against_null(
        null.lowest,
        null.width,
        {
            "y": null.alone,
            "name": alone,
            "marker": {"color": "@sky"},
            "hovertemplate": f"%{{y:,}} histories<extra>{alone}</extra>",
        },
        {"y": null.best, "name": best, "hovertemplate": f"%{{y:,}} histories<extra>{best}</extra>"},
    )
    annotation = {
        "x": null.t, "y": 0.98, "xref": "x", "yref": "paper", "xanchor": "left", "yanchor": "top", "xshift": 5,
        "showarrow": False, "text": f"observed {ratio(null.t, signed=True)}", "font": {"size": 12, "color": "@ink"},
    }  # fmt: skip
    frame = layout(
        synthetic=synthetic,
        shapes=[upright(null.t, color="@ink", width=2)],
        annotations=[annotation],
        xaxis=axis("t of the timing, a bin each quarter"),
        yaxis=axis("Histories", rangemode="tozero", tickformat=","),
        bargap=0.06,
    )
    keys = [
        legend_entry(alone, "", {"color": "@sky", "dash": "solid", "width": 8}, [0], True),
        legend_entry(best, "", {"color": "@equity", "dash": "solid", "width": 2.5}, [1], True),
    ]
    return {"data": traces, "layout": frame, "series": keys}
