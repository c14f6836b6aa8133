"""In which sense are the legs apart at a session? One sentence, made of figures by rules that stand here.

Daily returns, by R, their correlation over 90 sessions, and "before", that of the 252 sessions before those:

    move against each other   R ≤ −0.21, that is −1.96/√89: independent normal returns show less in 2.5 of 100 windows
    have come apart           R < 0.15, under which `breakdown` sees a break, and before ≥ 0.30, its "coupled"
    are unrelated             R < 0.15 otherwise
    have loosened             R lies more than 0.20, the drop of `relative_breakdown`, under before
    are weakly coupled        R < 0.30
    are looser than usual     R lies under the lower quartile of all earlier windows
    are as coupled as ever    R lies at or above the upper quartile of all earlier windows
    are as coupled as usual   R lies between the two
    are coupled               there is under a year of earlier windows

The first that holds is said; the first three are apart in returns. Price levels have parted where their correlation
over 90 sessions is below zero, YoY where the legs' growth over a year has opposite signs; either is apart in trend. A
level correlation is never told without its false-decoupling rate. The earlier windows are those of the market at hand;
they overlap, so that quartiles describe the past and test nothing.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from unlockstep.backtests.stats.correlation_change import REFERENCE, WINDOW
from unlockstep.signals import (
    Breakdown,
    Correlation,
    DecouplingPart,
    LevelCorrelation,
    LevelFalseDecoupling,
    RelativeBreakdown,
    SignalCache,
    YoY,
)
from unlockstep.signals.decoupling import PARTS

OPPOSED = -0.21
QUARTILES = (0.25, 0.75)
EARLIER = 252
"""Earlier windows under which nothing is said to be usual."""

Coupling = Literal[
    "unknown", "opposed", "come apart", "unrelated", "loosened", "weak", "looser", "as ever", "as usual", "coupled"
]
APART: tuple[Coupling, ...] = ("opposed", "come apart", "unrelated")
HEADS: dict[Coupling, str] = {"loosened": "looser", "looser": "looser", "weak": "weakly coupled"}
"""Between apart and together."""
Trend = Literal["parted", "together", "unknown"]


@dataclass(frozen=True)
class PairState:
    """The figures of one session; NaN where there is none.

    returns, before: correlations of daily log returns over the window, and over the reference period before it. rank:
    share of all earlier windows that lay below. parts: of the change from before, correlation, volatility and clock
    (`signals.decoupling`). levels: correlation of levels over the window, with its false-decoupling rate. yoy: growth
    over a year, crypto leg first.
    """

    session: str
    tickers: tuple[str, str]
    returns: float
    before: float
    rank: float
    parts: tuple[float, float, float]
    levels: float
    false_decoupling: float
    yoy: tuple[float, float]

    @property
    def coupling(self) -> Coupling:
        """What the module's docstring says of returns, in a word or two."""
        below, above = Breakdown().decouple_below, Breakdown().couple_above
        if np.isnan(self.returns):
            return "unknown"
        if self.returns <= OPPOSED:
            return "opposed"
        if self.returns < below:
            return "come apart" if self.before >= above else "unrelated"
        if self.before - self.returns > RelativeBreakdown().drop:
            return "loosened"
        if self.returns < above:
            return "weak"
        if np.isnan(self.rank):
            return "coupled"
        if self.rank < QUARTILES[0]:
            return "looser"
        return "as ever" if self.rank >= QUARTILES[1] else "as usual"

    @property
    def level_trend(self) -> Trend:
        """Whether price levels have parted."""
        return "unknown" if np.isnan(self.levels) else "parted" if self.levels < 0 else "together"

    @property
    def yoy_trend(self) -> Trend:
        """Whether the legs' growth over a year has."""
        product = self.yoy[0] * self.yoy[1]
        return "unknown" if np.isnan(product) else "parted" if product < 0 else "together"


def measure_pair_state(signal_cache: SignalCache, session: int = -1) -> PairState:
    """The figures of the session of that number; they use nothing after it."""
    market = signal_cache.market
    at = range(len(market.sessions))[session]
    returns = signal_cache.values(Correlation(window=WINDOW))
    earlier = returns[:at][np.isfinite(returns[:at])]
    long = signal_cache.values(Correlation(window=REFERENCE))
    parts = [signal_cache.values(DecouplingPart(window=WINDOW, reference=REFERENCE, part=part))[at] for part in PARTS]
    return PairState(
        session=str(market.sessions[at].date()),
        tickers=market.pair,
        returns=float(returns[at]),
        before=float(long[at - WINDOW]) if at >= WINDOW else float("nan"),
        rank=float((earlier < returns[at]).mean()) if len(earlier) >= EARLIER else float("nan"),
        parts=(float(parts[0]), float(parts[1]), float(parts[2])),
        levels=float(signal_cache.values(LevelCorrelation(window=WINDOW))[at]),
        false_decoupling=float(signal_cache.values(LevelFalseDecoupling(window=WINDOW))[at]),
        yoy=(
            float(signal_cache.values(YoY(leg="crypto"))[at]),
            float(signal_cache.values(YoY(leg="equity"))[at]),
        ),
    )


def sentence(at: PairState) -> str:
    """The sense in which the legs are apart, in one sentence."""
    pair = " and ".join(at.tickers)
    if "unknown" in (at.coupling, at.level_trend):
        return (
            f"On {at.session} nothing can be said of {pair}: {WINDOW} returns in which both vary are needed before it."
        )
    trend_apart = "parted" in (at.level_trend, at.yoy_trend)
    contrast = "while" if (at.coupling in (*APART, *HEADS)) != trend_apart else "and"
    return (
        f"On {at.session} {pair} are {_head(at.coupling, trend_apart)}: "
        f"daily returns {_returns(at)}, {contrast} {_trend(at)}."
    )


LEVEL_RATE = "that or less in {share} of windows with no decoupling at all"
"""What belongs beside every level correlation."""


def level_rate(false_decoupling: float) -> str:
    """LEVEL_RATE with its share: "that or less in 3% of windows with no decoupling at all"."""
    return LEVEL_RATE.format(share=_share(false_decoupling))


def _head(coupling: Coupling, trend_apart: bool) -> str:
    if coupling in APART:
        return "apart in returns and in trend" if trend_apart else "apart in returns, not in trend"
    if coupling in HEADS:
        return f"{HEADS[coupling]} in returns{' and apart' if trend_apart else ', not apart'} in trend"
    return "apart in trend, not in returns" if trend_apart else "together in returns and in trend"


def _returns(at: PairState) -> str:
    now = f"{_signed(at.returns)} over {WINDOW} sessions"
    before = f"{now}, {_signed(at.before)} over the {REFERENCE} before" if np.isfinite(at.before) else now
    ranked = f", {_rank(at.rank)}" if np.isfinite(at.rank) else ""
    correlation, volatility, clock = at.parts
    made = (
        f"; of the change {_signed(correlation)} is correlation, {_signed(volatility)} volatility, "
        f"{_signed(clock)} the clock"
        if np.isfinite(correlation)
        else ""
    )
    return {
        "opposed": f"move against each other ({before})",
        "come apart": f"have come apart ({before}{made})",
        "unrelated": f"are unrelated ({before})",
        "loosened": f"have loosened ({before}{made})",
        "weak": f"are weakly coupled ({now}{ranked})",
        "looser": f"are looser than usual ({now}{ranked})",
        "as ever": f"are as coupled as ever ({now}{ranked})",
        "as usual": f"are as coupled as usual ({now}{ranked})",
        "coupled": f"are coupled ({now})",
    }[at.coupling]


def _trend(at: PairState) -> str:
    levels = f"price levels ({_signed(at.levels)}, {level_rate(at.false_decoupling)})"
    yoy = f"YoY ({', '.join(f'{ticker} {growth:+z,.1%}' for ticker, growth in zip(at.tickers, at.yoy, strict=True))})"
    return {
        ("parted", "parted"): f"{levels} and {yoy} have parted",
        ("parted", "together"): f"{levels} have parted and {yoy} has not",
        ("together", "parted"): f"{yoy} has parted and {levels} have not",
        ("together", "together"): f"neither {levels} nor {yoy} have parted",
        ("parted", "unknown"): f"{levels} have parted (YoY is unknown in the first year)",
        ("together", "unknown"): f"{levels} have not parted (YoY is unknown in the first year)",
    }[at.level_trend, at.yoy_trend]


def _signed(correlation: float) -> str:
    return f"{correlation:+z.2f}"


def _rank(rank: float) -> str:
    if rank in (0.0, 1.0):
        return "above all earlier windows" if rank else "below all earlier windows"
    return f"above {_share(rank)} of earlier windows"


def _share(share: float) -> str:
    return "under 1%" if share < 0.005 else "over 99%" if share > 0.995 else f"{share:.0%}"
