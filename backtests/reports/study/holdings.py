"""What each variant decided to hold, and the fills that came of it: data for the section that shows the chosen one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from unlockstep.backtests.reports.charts import lines
from unlockstep.backtests.reports.charts.lines import decoupled
from unlockstep.backtests.reports.charts.style import PERCENT, Chart, axis, layout
from unlockstep.backtests.reports.study.variant_rows import row_key
from unlockstep.backtests.reports.text.format import count, percent, times
from unlockstep.backtests.reports.text.variants import shown_name
from unlockstep.backtests.reports.text.wording import listed
from unlockstep.backtests.results.model.run import RunResult
from unlockstep.backtests.results.model.variant import VariantResult

MAX_FILLS = 15_000
"""Fills of all variants that a page holds; those of the others stand in trades.parquet."""


@dataclass(frozen=True)
class Decisions:
    """The sessions with a decision, by their number among the dates, and the target of each leg in percent."""

    at: list[int]
    legs: tuple[lines.Points, ...]


@dataclass(frozen=True)
class Fills:
    """Fills, a list a column; leg: its number, from 0; fee and slippage in the money of the account; cause: None where
    it follows from the rest.
    """

    session: list[str]
    leg: list[int]
    side: list[str]
    size: lines.Points
    price: lines.Points
    fee: lines.Points
    slippage: lines.Points
    cause: list[str] | None


@dataclass(frozen=True)
class VariantHoldings:
    """What one variant held; key: its row's in the table; fills: None where left out for the size of the file."""

    key: str
    name: str
    title: str
    weights: Decisions
    fills: Fills | None


@dataclass(frozen=True)
class Holdings:
    """Decisions and fills by variant, and the sessions that decisions are numbered by."""

    tickers: tuple[str, ...]
    dates: list[str]
    variants: list[VariantHoldings]


def holdings(result: RunResult, frames: Mapping[str, pd.DataFrame]) -> Holdings:
    """Decisions and fills by variant, the primary first, benchmarks last; frames: weights and trades."""
    tickers, weights, trades = result.data.tickers, frames["weights"], frames["trades"]
    of = dict(tuple(trades.groupby("variant", sort=False)))
    variants, room = [], MAX_FILLS
    for v in sorted(result.variants, key=lambda v: (v.name != result.primary, v.benchmark)):
        if v.name not in weights:
            continue
        filled = of.get(v.name, trades.iloc[:0])
        fits = len(filled) <= room
        room -= len(filled) if fits else 0
        variants.append(
            VariantHoldings(
                key=row_key(v.name),
                name=shown_name(v, tickers),
                title=_title(v, tickers),
                weights=_decisions(pd.DataFrame(weights[v.name]), tickers),
                fills=_fills(filled, tickers) if fits else None,
            )
        )
    return Holdings(tickers, lines.days(weights.index), variants)


def weights_frame(frames: Mapping[str, pd.DataFrame], *, synthetic: bool) -> Chart:
    """The empty chart of weights; the page draws the chosen variant in it."""
    dates = lines.days(frames["returns"].index)
    frame = layout(
        synthetic=synthetic,
        bands=lines.clip(decoupled(frames["signals"]), dates[0], dates[-1]) if dates else [],
        xaxis=axis("", type="date", hoverformat="%Y-%m-%d", range=[dates[0], dates[-1]] if dates else None),
        yaxis=axis("Target weight", tickformat=".0f", ticksuffix=PERCENT, zerolinewidth=1.5, nticks=6),
    )
    return {"data": [], "layout": frame, "series": []}


def _title(variant: VariantResult, tickers: Sequence[str]) -> str:
    metrics = variant.metrics
    exposures = listed([f"{percent(metrics.exposure.get(ticker), 0)} in {ticker}" for ticker in tickers])
    return (
        f"{shown_name(variant, tickers)} held {exposures} on average; {count(metrics.trades)} fills, "
        f"{times(metrics.turnover)} of the account traded a year"
    )


def _decisions(weights: pd.DataFrame, tickers: Sequence[str]) -> Decisions:
    targets = weights[list(tickers)].to_numpy(dtype=float)
    at = np.flatnonzero(np.isfinite(targets).any(axis=1))
    return Decisions(at.tolist(), tuple(lines.decimals(100.0 * leg, 2) for leg in targets[at].T))


def _fills(trades: pd.DataFrame, tickers: Sequence[str]) -> Fills:
    return Fills(
        session=lines.days(pd.Index(trades["session"])),
        leg=[tickers.index(asset) for asset in trades["asset"]],
        side=trades["side"].tolist(),
        size=lines.rounded(trades["size"].to_numpy(dtype=float), 6),
        price=lines.rounded(trades["price"].to_numpy(dtype=float), 7),
        fee=lines.decimals(trades["fee"].to_numpy(dtype=float), 2),
        slippage=lines.decimals(trades["slippage"].to_numpy(dtype=float), 2),
        cause=trades["cause"].tolist() if "cause" in trades else None,
    )
