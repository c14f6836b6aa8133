"""The null distribution: how often the timing test's t comes up where positions and returns are shifted apart."""

from unlockstep.backtests.reports.charts.bars import bars_against_null
from unlockstep.backtests.reports.charts.style import Chart, axis, layout, legend_entry, upright
from unlockstep.backtests.reports.text import figure as texts
from unlockstep.backtests.reports.text.format import p_value, ratio
from unlockstep.backtests.reports.text.small_table import signed
from unlockstep.backtests.reports.text.variants import shown_name
from unlockstep.backtests.results.model.run import RunResult


def null_title(result: RunResult) -> texts.Text:
    """The observed t beside what chance makes of the same positions; empty without a distribution."""
    null = result.family.null
    variant = next((v for v in result.variants if null is not None and v.name == null.variant), None)
    if null is None or variant is None:
        return texts.Text()
    return texts.text(
        "{} has a timing t of {}; shifted against the returns its positions do as well with p {}, and counting all "
        "variants p is {}",
        shown_name(variant, result.data.pair),
        signed(texts.figure(null, lambda n: n.t)),
        p_value(texts.figure(variant, lambda v: v.inference.timing_p)),
        p_value(texts.figure(variant, lambda v: v.inference.timing_p_family)),
    )


def null_figure(result: RunResult) -> Chart | None:
    """Bars: t of the variant at every shift. Line: the best of all variants at every shift. Upright: the observed t."""
    null = result.family.null
    if null is None or null.t is None or null.lowest is None or null.width is None:
        return None
    traces = bars_against_null(
        null.lowest,
        null.width,
        {
            "y": null.alone,
            "name": "this variant",
            "marker": {"color": "@sky"},
            "hovertemplate": "%{y:,} shifts<extra>this variant</extra>",
        },
        {
            "y": null.best,
            "name": "best of all variants",
            "hovertemplate": "%{y:,} shifts<extra>best of all variants</extra>",
        },
    )
    annotation = {
        "x": null.t, "y": 0.98, "xref": "x", "yref": "paper", "xanchor": "left", "yanchor": "top", "xshift": 5,
        "showarrow": False, "text": f"observed {ratio(null.t, signed=True)}", "font": {"size": 12, "color": "@ink"},
    }  # fmt: skip
    frame = layout(
        synthetic=result.data.synthetic,
        shapes=[upright(null.t, color="@ink", width=2)],
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
