"""Charts of signals over the whole period: lines named at their right ends, decoupled stretches shaded."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.charts.lines import decoupled
from unlockstep.backtests.reports.charts.style import Chart, LegendEntry, Look, Plotly, axis, layout, legend_entry, safe
from unlockstep.backtests.reports.text.figure import Figure as TextFigure
from unlockstep.backtests.reports.text.figure import Text, Words, text
from unlockstep.backtests.reports.text.format import MISSING, Formatter, percent, ratio
from unlockstep.backtests.reports.text.wording import chance, listed

SIGNALS = "signals.parquet"

ESTIMATORS = {
    "raw": ("correlation(", "@ink", "solid", 2.2),
    "synchronised": ("synchronised_correlation(", "@crypto", "solid", 1.5),
    "adjusted": ("adjusted_correlation(", "@green", "dash", 1.5),
    "over 5 sessions": ("overlap_correlation(window=90,horizon=5", "@orange", "dot", 1.5),
    "by DCC": ("dcc(", "@pink", "dashdot", 1.5),
}
"""Reading of the correlation of returns → the beginning of its signal, and how its line looks."""


def correlations(signals: pd.DataFrame, *, synthetic: bool) -> Chart | None:
    """Rolling correlation of returns and of levels, breaks marked; None where the sample has neither.

    The line of levels carries, session by session, how often such returns show that or less by chance.
    """
    columns = {
        "of daily returns": (lines.column(signals, "correlation("), "@ink", "solid", 2.2),
        "of price levels": (lines.column(signals, "level_correlation("), "@pink", "dot", 1.5),
    }
    rates = lines.column(signals, "level_false_decoupling(")
    starts = lines.marked(lines.column(signals, "break_onset("))
    figure = _panel(
        columns,
        "Correlation, 90 sessions" if all(_window(s, 90) for s, *_ in columns.values()) else "Correlation",
        signals,
        synthetic,
        write=lambda x: ratio(x, signed=True),
        hover="%{y:+z.2f}",
        axis_more={"range": [-1.02, 1.1], "dtick": 0.5, "tickformat": "+.1f"},
    )
    if figure is not None:
        bands = _bands(signals)
        figure["data"] = [*bands, *figure["data"]]
        for key in figure["series"]:
            key["traces"] = [trace + len(bands) for trace in key["traces"]]
    if figure is not None and rates is not None:
        for line in figure["data"]:
            if line.get("name") == "of price levels":
                line["customdata"] = [chance(x) for x in rates.tolist()]
                line["hovertemplate"] = "%{y:+z.2f}, that or less by chance: %{customdata}"
        for key in figure["series"]:
            if key["name"] == "of price levels":
                key["name"] += f"; the last value or less by chance: {chance(rates.iloc[-1])}"
    if figure is not None and starts:
        marks = {
            "type": "scatter", "mode": "markers", "name": "break begins", "x": starts, "y": [1.0] * len(starts),
            "marker": {"symbol": "triangle-down", "size": 11, "color": "@equity"}, "hovertemplate": "first seen",
        }  # fmt: skip
        figure["data"].append(marks)
        figure["series"].append(
            legend_entry("break begins", "", {"color": "@equity", "mark": "▼"}, [len(figure["data"]) - 1], True)
        )
    return figure


def _bands(signals: pd.DataFrame) -> list[Plotly]:
    """The 95 % interval of the correlation of returns, filled; what levels do by chance, between thin lines."""
    bounds = [
        lines.column(signals, f"{name}(window=90,side={side})")
        for name in ("correlation_bound", "level_bound")
        for side in ("low", "high")
    ]
    if any(column is None for column in bounds):
        return []
    quiet = {"type": "scatter", "mode": "lines", "x": "#signals", "hoverinfo": "skip"}
    low, high, floor, ceiling = (lines.decimals(column.to_numpy(), 2) for column in bounds if column is not None)
    thin = {"color": "@pink", "width": 0.8, "dash": "dot"}
    return [
        {**quiet, "y": low, "line": {"width": 0}},
        {**quiet, "y": high, "line": {"width": 0}, "fill": "tonexty", "fillcolor": "@fan"},
        {**quiet, "y": floor, "line": thin, "opacity": 0.6},
        {**quiet, "y": ceiling, "line": thin, "opacity": 0.6},
    ]


def last_value(signals: pd.DataFrame, beginning: str) -> Text:
    """Where a signal stands at the last session; "" without a value."""
    column = lines.column(signals, beginning)
    return Text() if column is None or last_of(column).value is None else ratio(last_of(column), signed=True)


def return_correlations(signals: pd.DataFrame, *, synthetic: bool) -> Chart | None:
    """The correlation of returns read in five ways, see READINGS; None without any."""
    columns = {
        name: (lines.column(signals, beginning), color, dash, width)
        for name, (beginning, color, dash, width) in ESTIMATORS.items()
    }
    return _panel(
        columns,
        "Correlation",
        signals,
        synthetic,
        write=lambda x: ratio(x, signed=True),
        hover="%{y:+z.2f}",
        axis_more={"dtick": 0.25, "tickformat": "+.2f"},
    )


def return_correlations_title(signals: pd.DataFrame) -> Words:
    """Where the readings stand at the last session, in a sentence."""
    ends = {name: lines.column(signals, beginning) for name, (beginning, *_) in ESTIMATORS.items()}
    estimates = [
        text("{} {}", ratio(last_of(column), signed=True), name)
        for name, column in ends.items()
        if column is not None and len(column) and np.isfinite(column.iloc[-1])
    ]
    if not estimates:
        return "Correlation of returns, four readings"
    return text("At the last session returns correlate {}", listed(estimates))


def growth_rates(signals: pd.DataFrame, pair: Sequence[str], *, synthetic: bool) -> Chart | None:
    """Year-over-year growth of both legs on a log scale of the price over that of a year before; None without any."""
    columns = {
        pair[leg]: (_plus_one(lines.column(signals, f"yoy(leg={name}")), f"@{name}", "solid", 1.8)
        for leg, name in enumerate(("crypto", "equity"))
    }
    steps = (-0.9, -0.75, -0.5, 0.0, 1.0, 3.0, 9.0, 49.0, 249.0)
    return _panel(
        columns,
        "Growth over one year (log scale)",
        signals,
        synthetic,
        write=lambda x: MISSING if x is None else percent(x - 1.0, 0, True),
        hover="%{y:.3~f} of the price a year before",
        axis_more={
            "type": "log",
            "tickvals": [1.0 + step for step in steps],
            "ticktext": [percent(step, 0, True) for step in steps],
        },
    )


def last_of(signal: pd.Series) -> TextFigure:
    """The value at the last session, with its place; None where it has none."""
    last = float(signal.iloc[-1])
    place = f"{SIGNALS} {signal.name} {lines.days(signal.index[-1:])[0]}"
    return TextFigure(last if np.isfinite(last) else None, place)


SINGLE = {
    "betas": ("beta", "@crypto", 1.8, "Beta", "+.1f"),
    "responses": ("response", "@green", 1.5, "Response, share of the prediction", "+.1f"),
    "gaps": ("gap", "@green", 1.5, "Gap, standard deviations", "+.0f"),
}
"""Chart of one signal → the signal, how its line looks, its axis and that one's ticks."""


def singles(signals: pd.DataFrame, *, synthetic: bool) -> dict[str, Chart | None]:
    """The charts of SINGLE by name; None where the sample has none of that signal."""
    return {
        chart: _panel(
            {name: (lines.column(signals, f"{name}("), color, "solid", width)}, title, signals, synthetic,
            write=lambda x: ratio(x, 1, True), hover="%{y:+z.2f}", axis_more={"tickformat": ticks},
        )
        for chart, (name, color, width, title, ticks) in SINGLE.items()
    }  # fmt: skip


def _plus_one(signal: pd.Series | None) -> pd.Series | None:
    return None if signal is None else signal + 1.0


def _window(signal: pd.Series | None, sessions: int) -> bool:
    return signal is None or f"window={sessions}" in str(signal.name)


def _panel(
    columns: dict[str, tuple[pd.Series | None, str, str, float]],
    title: str,
    signals: pd.DataFrame,
    synthetic: bool,
    *,
    write: Formatter,
    hover: str,
    axis_more: Plotly,
) -> Chart | None:
    """Signals over the whole period on one axis, each named at its right end; None where none has a value."""
    drawn = {
        name: (signal, color, dash, width)
        for name, (signal, color, dash, width) in columns.items()
        if signal is not None and bool(np.isfinite(signal.to_numpy()).any())
    }
    if not drawn:
        return None
    data: list[Plotly] = []
    series: list[LegendEntry] = []
    ends: list[Plotly] = []
    dates = lines.days(signals.index)
    for name, (signal, color, dash, width) in drawn.items():
        look: Look = {"color": color, "dash": dash, "width": width}
        series.append(legend_entry(name, "", look, [len(data)], True))
        data.append(
            {"type": "scatter", "mode": "lines", "name": safe(name), "x": "#signals",
             "y": lines.decimals(signal.to_numpy(), 3),
             "line": look, "hovertemplate": hover}
        )  # fmt: skip
        last = last_of(signal).value
        if last is not None:
            ends.append(
                {
                    "x": dates[-1],
                    "y": np.log10(last) if axis_more.get("type") == "log" else last,
                    "text": write(last),
                    "font": {"color": color, "size": 13},
                }
            )
    ends.sort(key=lambda end: end["y"])
    labels = [
        {**end, "xanchor": "left", "xshift": 6, "showarrow": False, "yshift": 9 * (2 * i - len(ends) + 1)}
        for i, end in enumerate(ends)
    ]
    frame = layout(
        synthetic=synthetic,
        bands=decoupled(signals),
        annotations=labels,
        xaxis=axis("", type="date", hoverformat="%Y-%m-%d", range=[dates[0], dates[-1]]),
        yaxis=axis(title, zerolinewidth=1.5, nticks=6, **axis_more),
    )
    frame["margin"] = {"l": 68, "r": 58, "t": 12, "b": 8}
    return {"data": data, "layout": frame, "series": series}
