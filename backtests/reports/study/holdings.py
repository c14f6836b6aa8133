"""What each variant decided to hold, and the fills that came of it: data for the section that shows the chosen one."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.charts.figures import PERCENT, Figure, axis, decoupled, layout
from unlockstep.backtests.reports.study.variant_rows import row_key
from unlockstep.backtests.reports.text.format import count, percent, times
from unlockstep.backtests.reports.text.variants import shown_name
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.variant import VariantResult

MAX_FILLS = 15_000
"""Fills of all variants that a page holds; those of the others stand in trades.parquet."""


def holdings(result: RunResult, frames: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Decisions and fills by variant, the primary first, benchmarks last, and the frame that they are drawn in.

    variants: key, name and title of each; weights: sessions by their number among `dates`, and the target of either
    leg in percent; fills: a list a column, or None for those left out for the size of the file.
    """
    pair, weights, trades = result.data.pair, frames["weights"], frames["trades"]
    ordered = sorted(result.variants, key=lambda v: (v.name != result.primary, v.benchmark))
    of = dict(tuple(trades.groupby("variant", sort=False)))
    variants, room = [], MAX_FILLS
    for v in ordered:
        if v.name not in weights:
            continue
        filled = of.get(v.name, trades.iloc[:0])
        fits = len(filled) <= room
        room -= len(filled) if fits else 0
        variants.append(
            {
                "key": row_key(v.name),
                "name": shown_name(v, pair),
                "title": _title(v, pair),
                "weights": _decisions(pd.DataFrame(weights[v.name]), pair),
                "fills": _fills(filled, pair) if fits else None,
            }
        )
    return {"pair": list(pair), "dates": lines.days(weights.index), "variants": variants}


def weights_frame(frames: Mapping[str, pd.DataFrame], *, synthetic: bool) -> Figure:
    """The empty chart of weights; the page draws the chosen variant in it."""
    dates = lines.days(frames["returns"].index)
    frame = layout(
        synthetic=synthetic,
        bands=lines.clip(decoupled(frames["signals"]), dates[0], dates[-1]) if dates else [],
        xaxis=axis("", type="date", hoverformat="%Y-%m-%d", range=[dates[0], dates[-1]] if dates else None),
        yaxis=axis("Target weight", tickformat=".0f", ticksuffix=PERCENT, zerolinewidth=1.5, nticks=6),
    )
    return {"data": [], "layout": frame, "series": []}


def _title(variant: VariantResult, pair: Sequence[str]) -> str:
    metrics = variant.metrics
    exposures = " and ".join(f"{percent(metrics.exposure.get(ticker), 0)} in {ticker}" for ticker in pair)
    return (
        f"{shown_name(variant, pair)} held {exposures} on average; {count(metrics.trades)} fills, "
        f"{times(metrics.turnover)} of the account traded a year"
    )


def _decisions(weights: pd.DataFrame, pair: Sequence[str]) -> dict[str, Any]:
    targets = weights[list(pair)].to_numpy(dtype=float)
    at = np.flatnonzero(np.isfinite(targets).any(axis=1))
    return {"at": at.tolist(), "legs": [lines.decimals(100.0 * targets[at, leg], 2) for leg in (0, 1)]}


def _fills(trades: pd.DataFrame, pair: Sequence[str]) -> dict[str, Any]:
    return {
        "session": lines.days(pd.Index(trades["session"])),
        "leg": [pair.index(asset) for asset in trades["asset"]],
        "side": trades["side"].tolist(),
        "size": lines.rounded(trades["size"].to_numpy(dtype=float), 6),
        "price": lines.rounded(trades["price"].to_numpy(dtype=float), 7),
        "fee": lines.decimals(trades["fee"].to_numpy(dtype=float), 2),
        "slippage": lines.decimals(trades["slippage"].to_numpy(dtype=float), 2),
    }
