"""The surface of a sweep on its page: grids of any two parameters, raw and deflated, and plateau against peak."""

from typing import Any

import numpy as np

from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.charts.figures import PERCENT, Figure, axis, layout, legend_entry
from unlockstep.backtests.reports.text.format import count, p_value, percent, short_percent, value
from unlockstep.backtests.reports.text.small_table import SmallTable, signed

VIEWS = {"best": "best over the others", "median": "median over the others", "slice": "slice through the best"}
CELLS = {"best": "the best of each cell", "median": "the median of each cell", "slice": "each cell through the best"}
"""What a grid shows of the variants that its two parameters leave open, as the choice and the title call it."""

USUAL = 0.05
"""Share of luck's peaks that are as flat, up to which a plateau is called unusual."""


def surfaces(result: dict[str, Any]) -> dict[str, Any] | None:
    """What the page draws grids from; None where no parameter is varied, or no variant changes its position.

    Every grid is that of sweep.json; `space` is its number there.
    """
    numbers = [number for number, surface in enumerate(result["surface"]) if surface["pairs"]]
    if not numbers:
        return None
    leading = result["best"][0]["space"] if result["best"] else None
    return {
        "alpha": result["luck"]["alpha"],
        "views": VIEWS,
        "first": numbers.index(leading) if leading in numbers else 0,
        "spaces": [_space(result, number, result["surface"][number]) for number in numbers],
    }


def _space(result: dict[str, Any], number: int, surface: dict[str, Any]) -> dict[str, Any]:
    pairs, name = surface["pairs"], surface["strategy"]
    every = [t for pair in pairs for view in VIEWS for row in pair[view]["t"] for t in row if t is not None]
    names = list(surface["axes"])
    alone = len(names) <= 2 and all(a == b for cells in surface["axes"].values() for a, b in cells)
    return {
        "strategy": name,
        "space": number,
        "limit": max((abs(t) for t in every), default=None),
        "axes": {axis: [cell(*ends) for ends in cells] for axis, cells in surface["axes"].items()},
        "views": ["best"] if alone else list(VIEWS),
        "first": pairs.index(max(pairs, key=lambda pair: pair["best"]["cells"])),
        "pairs": [
            {**pair, "titles": {view: titles(result, name, pair, view, alone) for view in VIEWS}} for pair in pairs
        ],
        "cubes": [
            {**cube, "axes": [[cell(*ends) for ends in cells] for cells in cube["axes"]]} for cube in surface["cubes"]
        ],
    }


def cell(first: Any, last: Any) -> str:
    """The values of a cell: one, or from first to last of neighbours that share it."""
    return value(first) if first == last else f"{value(first)} to {value(last)}"


def titles(result: dict[str, Any], strategy: str, pair: dict[str, Any], view: str, alone: bool) -> list[str]:
    """What a grid of t shows, and what is left of it."""
    grid = pair[view]
    by = f"By {pair['x']} and {pair['y']}" if pair["y"] else f"By {pair['x']}"
    if len(result["surface"]) > 1:
        by = f"{strategy} b{by[1:]}"
    what = "t is" if alone else f"{CELLS[view]} has a t of"
    raw = f"{by}, {what} up to {signed(grid['highest'])}"
    if grid["half"] is not None:
        raw += f"; {percent(grid['half'], 0)} of {count(grid['cells'])} cells reach half of the best's"
    alpha, cells = short_percent(result["luck"]["alpha"]), count(grid["cells"])
    passing = f"{count(grid['passing'])} of {cells} cells pass" if grid["passing"] else "no cell passes"
    counted, lowest = count(result["variants"]), p_value(grid["lowest_p"])
    return [raw, f"Counting all {counted} variants, {passing} {alpha}; the lowest p is {lowest}"]


def first_titles(shown: dict[str, Any] | None) -> list[str]:
    """Those of the grid that the page opens with."""
    if shown is None:
        return ["", ""]
    space = shown["spaces"][shown["first"]]
    titles: list[str] = space["pairs"][space["first"]]["titles"][space["views"][0]]
    return titles


def grid_figure(result: dict[str, Any]) -> Figure:
    """The empty frame of a grid; the page draws the chosen one in it."""
    frame = layout(
        synthetic=bool(result["data"]["synthetic"]),
        hovermode="closest",
        xaxis=axis("", type="category", showgrid=False),
        yaxis=axis("", type="category", showgrid=False),
    )
    return {"data": [], "layout": frame, "series": []}


def plateau_sentence(result: dict[str, Any]) -> str:
    """What the nearest neighbours of the best keep, beside what those of luck's peaks do; "" where there is no best."""
    plateau = result["plateau"]
    if plateau is None:
        best = result["luck"]["best_t"]
        if best is None or best <= 0:
            return ""
        return "No variant near the best was tried, so that plateau and peak cannot be told apart."
    ring = next(ring for ring in plateau["rings"] if ring["variants"])
    steps = "One step" if ring["steps"] == 1 else f"{count(ring['steps'])} steps"
    whose = "the only neighbour" if ring["variants"] == 1 else f"the median of {count(ring['variants'])} neighbours"
    sentence = f"{steps} from the best variant {whose} keeps {percent(ring['kept'], 0)} of its t"
    null = ring["luck"]
    if null["kept"] is None:
        return f"{sentence}."
    if null["as_flat"] > 0.5:
        flat = "Most peaks that luck makes are flatter."
    elif null["as_flat"] > USUAL:
        flat = "Luck makes plateaus as flat: this one is no evidence."
    else:
        flat = "Luck seldom makes one as flat; that is no test, and the p of the whole sweep decides."
    return (
        f"{sentence}; where luck made the peak, {percent(null['kept'], 0)}, and as much or more round "
        f"{percent(null['as_flat'], 0)} of {count(null['peaks'])} such peaks. {flat}"
    )


def plateau_title(result: dict[str, Any]) -> str:
    """What the chart of the plateau shows."""
    ring = next(ring for ring in result["plateau"]["rings"] if ring["variants"])
    steps = "one step" if ring["steps"] == 1 else f"{count(ring['steps'])} steps"
    if ring["luck"]["kept"] is None:
        return f"The best keeps {percent(ring['kept'], 0)} of its t {steps} away"
    return (
        f"The best keeps {percent(ring['kept'], 0)} of its t {steps} away, a peak made by luck "
        f"{percent(ring['luck']['kept'], 0)}"
    )


def plateau_figure(result: dict[str, Any]) -> Figure | None:
    """What neighbours keep of the peak's t, by their distance, and the same of luck's peaks."""
    if result["plateau"] is None:
        return None
    rings = [ring for ring in result["plateau"]["rings"] if ring["variants"]]
    beside = [ring for ring in rings if ring["luck"]["kept"] is not None]

    def line(of: list[dict[str, Any]], shares: list[Any], name: str, **look: Any) -> dict[str, Any]:
        return {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": [0, *(ring["steps"] for ring in of)],
            "y": lines.decimals(100.0 * np.array([1.0, *shares]), 1),
            "hovertemplate": f"%{{y:.0f}}{PERCENT} {name}<extra></extra>",
            **look,
        }

    looks = {
        "median": {"color": "@crypto", "dash": "solid", "width": 2.5},
        "lowest": {"color": "@crypto", "dash": "dot", "width": 1.5},
        "luck": {"color": "@equity", "dash": "dash", "width": 2.0},
    }
    quiet = {"hoverinfo": "skip", "hovertemplate": None, "line": {"width": 0}}
    data = [
        line(beside, [ring["luck"]["low"] for ring in beside], "", **quiet),
        line(beside, [ring["luck"]["high"] for ring in beside], "", **quiet, fill="tonexty", fillcolor="@fan"),
        line(beside, [ring["luck"]["kept"] for ring in beside], "median of luck's peaks", line=looks["luck"]),
        line(rings, [ring["lowest_kept"] for ring in rings], "lowest neighbour of the best", line=looks["lowest"]),
        line(rings, [ring["kept"] for ring in rings], "median neighbour of the best", line=looks["median"],
             mode="lines+markers", marker={"color": "@crypto", "size": 8}),
    ]  # fmt: skip
    series = [
        legend_entry("Median neighbour of the best", "", looks["median"], [4], True),
        legend_entry("Its lowest neighbour", "", looks["lowest"], [3], True),
        legend_entry("Peaks made by luck, median and 90 %", "", looks["luck"], [0, 1, 2], True),
    ]
    frame = layout(
        synthetic=bool(result["data"]["synthetic"]),
        xaxis=axis("Steps away from the peak", dtick=1, showgrid=False),
        yaxis=axis("Share of the peak's t", ticksuffix=PERCENT, zerolinewidth=1.5, nticks=7),
    )
    return {"data": data, "layout": frame, "series": series}


def plateau_table(result: dict[str, Any]) -> SmallTable:
    """The same in figures; no rows where nothing surrounds the best."""
    rings = result["plateau"]["rings"] if result["plateau"] else []
    rows = [
        (
            count(ring["steps"]),
            count(ring["variants"]),
            signed(ring["median_t"]),
            signed(ring["lowest_t"]),
            percent(ring["kept"], 0),
            percent(ring["half"], 0),
            percent(ring["luck"]["kept"], 0),
            percent(ring["luck"]["half"], 0),
            percent(ring["luck"]["as_flat"], 0),
        )
        for ring in rings
        if ring["variants"]
    ]
    return SmallTable(
        "Plateau against peak: what the neighbours of the best keep of its t",
        "A step is the next value of one parameter, and steps in several add up. Peaks made by luck: the best variant "
        "at alignments of positions and returns that tell nothing, and its neighbours at the same one. As flat: share "
        "of these peaks whose median neighbour keeps as much. Neighbours share most of their trades, here and there.",
        ("Steps", "Variants", "Median t", "Lowest t", "Median keeps", "Keep half", "Luck: median keeps",
         "Luck: keep half", "Luck: as flat"),
        rows,
    )  # fmt: skip
