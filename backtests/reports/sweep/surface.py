"""The surface of a sweep on its page: grids of any two parameters, raw and deflated, and plateau against peak."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.charts.style import PERCENT, Chart, Look, Plotly, axis, layout, legend_entry
from unlockstep.backtests.reports.text.figure import Text, figure, text
from unlockstep.backtests.reports.text.format import count, p_value, percent, short_percent, value
from unlockstep.backtests.reports.text.small_table import SmallTable, signed
from unlockstep.backtests.results.model.base import Number
from unlockstep.backtests.results.model.sweep import (
    BestRing,
    ChancePeaks,
    Ends,
    SurfacePair,
    SurfaceResult,
    SurfaceView,
    SweepResult,
)

VIEWS = {"best": "best over the others", "median": "median over the others", "slice": "slice through the best"}
CELLS = {"best": "the best of each cell", "median": "the median of each cell", "slice": "each cell through the best"}
"""What a grid shows of the variants that its two parameters leave open, as the choice and the title call it."""

USUAL = 0.05
"""Share of chance's peaks that are as flat, up to which a plateau is called unusual."""


def surface_figure(result: SweepResult) -> Plotly | None:
    """What the page draws grids from; None where no parameter is varied, or no variant changes its position.

    Every grid is that of sweep.json; `space` is its number there.
    """
    numbers = _drawn(result)
    if not numbers:
        return None
    return {
        "alpha": result.luck.alpha,
        "views": VIEWS,
        "first": numbers.index(_first(result)),
        "spaces": [_space(result, number) for number in numbers],
    }


def _drawn(result: SweepResult) -> list[int]:
    """The numbers of the spaces that have grids."""
    return [number for number, surface in enumerate(result.surface) if surface.pairs]


def _first(result: SweepResult) -> int:
    """The number of the space that the page opens with: the one that holds the best variant, if it has grids."""
    numbers = _drawn(result)
    leading = result.best[0].space if result.best else numbers[0]
    return leading if leading in numbers else numbers[0]


def _first_pair(surface: SurfaceResult) -> int:
    """The number of the pair that the page opens with: that of the most cells."""
    return max(range(len(surface.pairs)), key=lambda i: surface.pairs[i].best.cells)


def _alone(surface: SurfaceResult) -> bool:
    """Whether a cell holds one variant: at most two parameters are varied, and no values share a cell."""
    return len(surface.axes) <= 2 and all(first == last for cells in surface.axes.values() for first, last in cells)


def _views(pair: SurfacePair) -> dict[str, SurfaceView]:
    return {"best": pair.best, "median": pair.median, "slice": pair.slice}


def _space(result: SweepResult, number: int) -> Plotly:
    surface = result.surface[number]
    grids = [view.t for pair in surface.pairs for view in _views(pair).values()]
    return {
        "strategy": surface.strategy,
        "space": number,
        "limit": max((abs(t) for grid in grids for row in grid for t in row if t is not None), default=None),
        "axes": {axis: _cells(cells) for axis, cells in surface.axes.items()},
        "views": ["best"] if _alone(surface) else list(VIEWS),
        "first": _first_pair(surface),
        "pairs": [
            {
                **pair.as_json(),
                "titles": {view: [str(title) for title in titles(result, surface, pair, view)] for view in VIEWS},
            }
            for pair in surface.pairs
        ],
        "cubes": [{**cube.as_json(), "axes": [_cells(cells) for cells in cube.axes]} for cube in surface.cubes],
    }


def _cells(ends: Ends) -> list[str]:
    """The values of each cell: one, or from first to last of neighbours that share it."""
    return [value(first) if first == last else f"{value(first)} to {value(last)}" for first, last in ends]


def titles(result: SweepResult, surface: SurfaceResult, pair: SurfacePair, view: str) -> tuple[Text, Text]:
    """What a grid of t shows, and what is left of it."""
    grid = _views(pair)[view]
    by = f"By {pair.x} and {pair.y}" if pair.y else f"By {pair.x}"
    if len(result.surface) > 1:
        by = f"{surface.strategy} b{by[1:]}"
    what = "t is" if _alone(surface) else f"{CELLS[view]} has a t of"
    cells = count(figure(grid, lambda g: g.cells))
    raw = text("{}, {} up to {}", by, what, signed(figure(grid, lambda g: g.highest)))
    if grid.half is not None:
        half = percent(figure(grid, lambda g: g.half), 0)
        raw += text("; {} of {} cells reach half of the best's", half, cells)
    passing = text("{} of {} cells pass", count(figure(grid, lambda g: g.passing)), cells)
    left = text(
        "Counting all {} variants, {} {}; the lowest p is {}",
        count(figure(result, lambda r: r.variants)),
        passing if grid.passing else "no cell passes",
        short_percent(figure(result, lambda r: r.luck.alpha)),
        p_value(figure(grid, lambda g: g.lowest_p)),
    )
    return raw, left


def first_titles(result: SweepResult) -> tuple[Text, Text] | None:
    """Those of the grid that the page opens with; None where it draws none."""
    if not _drawn(result):
        return None
    surface = result.surface[_first(result)]
    return titles(result, surface, surface.pairs[_first_pair(surface)], "best")


def grid_figure(result: SweepResult) -> Chart:
    """The empty frame of a grid; the page draws the chosen one in it."""
    frame = layout(
        synthetic=result.data.synthetic,
        hovermode="closest",
        xaxis=axis("", type="category", showgrid=False),
        yaxis=axis("", type="category", showgrid=False),
    )
    return {"data": [], "layout": frame, "series": []}


def _rings(result: SweepResult) -> list[BestRing]:
    """The distances from the best at which there are variants, the nearest first."""
    return [ring for ring in result.plateau.rings if ring.variants] if result.plateau else []


def plateau_sentence(result: SweepResult) -> Text:
    """What the nearest neighbours of the best keep, beside those of chance's peaks; empty where there is no best."""
    if not (rings := _rings(result)):
        if (result.luck.best_t or 0.0) <= 0.0:
            return Text()
        return text("No variant near the best was tried, so that plateau and peak cannot be told apart.")
    ring = rings[0]
    variants = count(figure(ring, lambda r: r.variants))
    sentence = text(
        "{} from the best variant {} keeps {} of its t",
        "One step" if ring.steps == 1 else text("{} steps", count(figure(ring, lambda r: r.steps))),
        "the only neighbour" if ring.variants == 1 else text("the median of {} neighbours", variants),
        percent(figure(ring, lambda r: r.kept), 0),
    )
    if ring.luck.kept is None:
        return sentence + "."
    return sentence + _beside_chance(ring.luck)


def _beside_chance(peaks: ChancePeaks) -> Text:
    as_flat = peaks.as_flat or 0.0
    if as_flat > 0.5:
        flat = "Most peaks that chance makes are flatter."
    elif as_flat > USUAL:
        flat = "Chance makes plateaus as flat: this one is no evidence."
    else:
        flat = "Chance seldom makes one as flat; that is no test, and the p of the whole sweep decides."
    return text(
        "; where chance made the peak, {}, and as much or more round {} of {} such peaks. {}",
        percent(figure(peaks, lambda p: p.kept), 0),
        percent(figure(peaks, lambda p: p.as_flat), 0),
        count(figure(peaks, lambda p: p.peaks)),
        flat,
    )


def plateau_title(result: SweepResult) -> Text:
    """What the chart of the plateau shows; empty where there is none."""
    if not (rings := _rings(result)):
        return Text()
    ring = rings[0]
    title = text(
        "The best keeps {} of its t {} away",
        percent(figure(ring, lambda r: r.kept), 0),
        "one step" if ring.steps == 1 else text("{} steps", count(figure(ring, lambda r: r.steps))),
    )
    if ring.luck.kept is None:
        return title
    return title + text(", a peak made by chance {}", percent(figure(ring, lambda r: r.luck.kept), 0))


def plateau_figure(result: SweepResult) -> Chart | None:
    """What neighbours keep of the peak's t, by their distance, and the same of chance's peaks."""
    if not (rings := _rings(result)):
        return None
    beside = [ring for ring in rings if ring.luck.kept is not None]

    def line(of: Sequence[BestRing], shares: Sequence[Number], name: str, **look: Any) -> Plotly:
        return {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": [0, *(ring.steps for ring in of)],
            "y": lines.decimals(100.0 * np.array([1.0, *shares], dtype=np.float64), 1),
            "hovertemplate": f"%{{y:.0f}}{PERCENT} {name}<extra></extra>",
            **look,
        }

    looks: dict[str, Look] = {
        "median": {"color": "@crypto", "dash": "solid", "width": 2.5},
        "lowest": {"color": "@crypto", "dash": "dot", "width": 1.5},
        "luck": {"color": "@equity", "dash": "dash", "width": 2.0},
    }
    quiet: Plotly = {"hoverinfo": "skip", "hovertemplate": None, "line": {"width": 0}}
    data: list[Plotly] = [
        line(beside, [ring.luck.low for ring in beside], "", **quiet),
        line(beside, [ring.luck.high for ring in beside], "", **quiet, fill="tonexty", fillcolor="@fan"),
        line(beside, [ring.luck.kept for ring in beside], "median of chance's peaks", line=looks["luck"]),
        line(rings, [ring.lowest_kept for ring in rings], "lowest neighbour of the best", line=looks["lowest"]),
        line(rings, [ring.kept for ring in rings], "median neighbour of the best", line=looks["median"],
             mode="lines+markers", marker={"color": "@crypto", "size": 8}),
    ]  # fmt: skip
    series = [
        legend_entry("Median neighbour of the best", "", looks["median"], [4], True),
        legend_entry("Its lowest neighbour", "", looks["lowest"], [3], True),
        legend_entry("Peaks made by chance, median and 90 %", "", looks["luck"], [0, 1, 2], True),
    ]
    frame = layout(
        synthetic=result.data.synthetic,
        xaxis=axis("Steps away from the peak", dtick=1, showgrid=False),
        yaxis=axis("Share of the peak's t", ticksuffix=PERCENT, zerolinewidth=1.5, nticks=7),
    )
    return {"data": data, "layout": frame, "series": series}


def plateau_table(result: SweepResult) -> SmallTable:
    """The same in figures; no rows where nothing surrounds the best."""
    rows = [
        (
            count(figure(ring, lambda r: r.steps)),
            count(figure(ring, lambda r: r.variants)),
            signed(figure(ring, lambda r: r.median_t)),
            signed(figure(ring, lambda r: r.lowest_t)),
            percent(figure(ring, lambda r: r.kept), 0),
            percent(figure(ring, lambda r: r.half), 0),
            percent(figure(ring, lambda r: r.luck.kept), 0),
            percent(figure(ring, lambda r: r.luck.half), 0),
            percent(figure(ring, lambda r: r.luck.as_flat), 0),
        )
        for ring in _rings(result)
    ]
    return SmallTable(
        "Plateau against peak: what the neighbours of the best keep of its t",
        "A step is the next value of one parameter, and steps in several add up. Peaks made by chance: the best "
        "variant at alignments of positions and returns without information, and its neighbours at the same one. As "
        "flat: share of these peaks whose median neighbour keeps as much. Neighbours share most of their trades, here "
        "and there.",
        ("Steps", "Variants", "Median t", "Lowest t", "Median keeps", "Keep half", "Chance: median keeps",
         "Chance: keep half", "Chance: as flat"),
        rows,
    )  # fmt: skip
