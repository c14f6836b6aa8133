"""Bars that are doubtful: prices that there can have been, but that look like a fault of the source.

A bar is doubtful, and no more, where
- its return is larger than JUMP robust standard deviations of the days around it, and either the next bar takes three
  quarters of it back, as a misprint does, or the prices stand in a ratio that splits have, as an unadjusted split does,
  or they are FARTHEST times apart; a misprint counts in the closes before dividends are taken out, too;
- its high or low does not hold its open and close, or all four prices are those of the bar before;
- it begins a stretch of equal closes that is too long for chance (`MOST_BY_CHANCE`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from unlockstep.backtests.data.calendar import day_name, name_dates
from unlockstep.signals.errors import DataError

DOUBTFUL = "DOUBTFUL bars"
"""How a note on them begins."""
NAMED = 3
"""Bars that a note names; `data check` lists more."""

JUMP = 10.0
"""Robust standard deviations: returns of ETH and of funds in their worst weeks stay below, or look like no misprint."""
AROUND = 61
"""Bars, centred on the one in question, whose returns say what is usual."""
RATIOS = (1.5, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 40, 50, 100, 1000)
FARTHEST = 3.0
"""Ratio of two closes, one after the other, beyond which a large move is doubtful whatever its ratio."""
RATIO_SLACK = 0.03
"""What a day's own return may add to a split's ratio."""
BAR_SLACK = 1e-4
"""Relative slack of open and close between low and high: vendors round them differently."""
MOST_BY_CHANCE = 0.05
"""Expected number, in the whole series, of stretches of equal closes as long as one that is doubtful."""


@dataclass(frozen=True)
class DoubtfulBar:
    """A date, and what is doubtful about its bar.

    split: whether it looks like a split that was not adjusted for.  misprint: like a wrong close, which the next bar
    takes back.
    """

    date: str
    what: str
    split: bool = False
    misprint: bool = False


@dataclass(frozen=True)
class DoubtfulBars:
    """What is doubtful in a price frame, by kind, each in order of dates."""

    jumps: tuple[DoubtfulBar, ...] = ()
    odd_bars: tuple[DoubtfulBar, ...] = ()
    frozen: tuple[DoubtfulBar, ...] = ()

    @property
    def every(self) -> list[DoubtfulBar]:
        """All of them, jumps first."""
        return [*self.jumps, *self.frozen, *self.odd_bars]


def doubtful_bars(frame: pd.DataFrame) -> DoubtfulBars:
    """The doubtful bars of a price frame in order of dates; prices that are none are passed over."""
    return DoubtfulBars(tuple(_jumps(frame)), tuple(_odd_bars(frame)), tuple(_frozen_closes(frame["close"])))


def refuse_splits(bars: DoubtfulBars, where: str) -> None:
    """Raise DataError naming the dates at which a split was not adjusted for; `where` names the file or source."""
    splits = [bar for bar in bars.jumps if bar.split]
    if splits:
        dates = pd.DatetimeIndex([bar.date for bar in splits])
        raise DataError(
            f"{where}: the close of {name_dates(dates)} looks like a split that was not adjusted for "
            f"({splits[0].what})",
            name=where,
            dates=dates,
            remedy="divide the prices before it by the split's ratio, or take prices adjusted for splits; if the move "
            "was real, accept it with --accept-doubtful (accept_doubtful = true in a study)",
        )


def doubtful_note(bars: Sequence[DoubtfulBar], where: str) -> str:
    """The note on a source's doubtful bars, the first three by date; "" where there are none."""
    if not bars:
        return ""
    named = "; ".join(f"{bar.date}: {bar.what}" for bar in bars[:NAMED])
    more = f"; and {len(bars) - NAMED:,} more" if len(bars) > NAMED else ""
    return (
        f"{DOUBTFUL} in {where}: {named}{more}. Every figure below takes them as they are; see unlockstep data check."
    )


def _jumps(frame: pd.DataFrame) -> list[DoubtfulBar]:
    """Returns that look like a misprint or an unadjusted split."""
    jumps = _jumps_of(frame["adj_close"] if "adj_close" in frame else frame["close"])
    if "adj_close" in frame:  # misprints alone: there a split may stand that the adjusted closes are adjusted for
        dates = {bar.date for bar in jumps}
        misprints = [bar for bar in _jumps_of(frame["close"]) if bar.misprint and bar.date not in dates]
        jumps = sorted([*jumps, *misprints], key=lambda bar: bar.date)
    return jumps


def _jumps_of(closes: pd.Series) -> list[DoubtfulBar]:
    closes = closes[np.isfinite(closes) & (closes > 0)]
    returns = np.log(closes).diff()
    usual = 1.4826 * returns.abs().rolling(AROUND, center=True, min_periods=AROUND // 3).median()
    large = (returns.abs() > JUMP * usual) & (usual > 0)
    taken_back = (returns + returns.shift(-1)).abs() < returns.abs() / 4
    way_back = (large & taken_back).shift(fill_value=False)
    jumps = []
    for day in closes.index[large & ~way_back]:
        move = float(returns[day])
        ratio = float(np.exp(abs(move)))
        near = [r for r in RATIOS if abs(ratio / r - 1) < RATIO_SLACK]
        back = bool(taken_back[day])
        if back:
            what = f"{np.expm1(move):+z,.1%}, and the next bar takes it back"
        elif near:
            what = f"{np.expm1(move):+z,.1%}, a ratio of {near[0]:g} as a split has"
        elif ratio > FARTHEST:
            what = f"{np.expm1(move):+z,.1%}, and no other bar near it moves so far"
        else:
            continue
        jumps.append(DoubtfulBar(day_name(day), what, split=bool(near) and not back, misprint=back))
    return jumps


def _odd_bars(frame: pd.DataFrame) -> list[DoubtfulBar]:
    """Bars whose four prices cannot be, or are those of the day before."""
    opens, high, low, close = (frame[name] for name in ("open", "high", "low", "close"))
    slack = BAR_SLACK * close
    bars = frame[["open", "high", "low", "close"]]
    kinds = {
        "high below low": high < low - slack,
        "open or close above the high": (high >= low - slack) & (np.maximum(opens, close) > high + slack),
        "open or close below the low": (high >= low - slack) & (np.minimum(opens, close) < low - slack),
    }
    odd_bars = [DoubtfulBar(day_name(day), what) for what, odd in kinds.items() for day in frame.index[odd]]
    for begin, end in stretches_of((bars == bars.shift()).all(axis=1).to_numpy()):
        reach = f", up to {day_name(frame.index[end - 1])}, {end - begin:,} bars" if end > begin + 1 else ""
        odd_bars.append(DoubtfulBar(day_name(frame.index[begin]), f"the same four prices as the bar before{reach}"))
    return sorted(odd_bars, key=lambda bar: bar.date)


def _frozen_closes(closes: pd.Series) -> list[DoubtfulBar]:
    """Stretches of equal closes that are too long for chance.

    Some closes repeat by themselves, the more so the coarser prices are. With p the number of stretches as a share of
    the bars that could begin one, n bars hold n p^k of k repeats by chance.
    """
    closes = closes[np.isfinite(closes)]
    repeats = (closes.diff() == 0).to_numpy()
    stretches = stretches_of(repeats)
    moves = len(closes) - 1 - int(repeats.sum())
    share = len(stretches) / (moves + len(stretches)) if moves else 0.0  # a leg that never moves has no chance to
    return [
        DoubtfulBar(
            day_name(closes.index[begin - 1]),
            f"the same close up to {day_name(closes.index[end - 1])}, {end - begin + 1:,} bars",
        )
        for begin, end in stretches
        if len(closes) * share ** (end - begin) < MOST_BY_CHANCE
    ]


def stretches_of(true: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(first, one after the last) of each run of true values."""
    edges = np.diff(np.concatenate([[0], true.astype(int), [0]]))
    return list(zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True))
