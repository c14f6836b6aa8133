"""Which decoupling? The change of the return correlation from one period to another, taken apart; and what trend says.

The change of the plain ("raw") correlation of daily log returns is the sum of three parts, exactly:

    correlation  A − S before      the synchronised correlation as it would be at the reference period's volatility
                                   of the equity leg (Forbes and Rigobon 2002), less that of the reference period
    volatility   S − A             what that volatility added
    clock        change of R − S   what the labels of two clocks tear apart

R raw, S synchronised, A adjusted: `signals.decoupling` has the formulas and their assumptions. Outside the sum stands
what only trend says: the correlation of levels with its false-decoupling rate, and the legs' growth over a year.

Intervals are 95 %: the estimate ± CRITICAL HAC standard errors, by influence functions (the delta method) and Newey and
West's (1987) weights, the two periods taken as independent. Measured on 1,500 GARCH-t worlds of each kind (shocks of 5
degrees of freedom, GARCH(0.08, 0.90) and (0.12, 0.86), ρ of 0, 0.45 and 0.7; periods of 90 against 252 and 756
sessions, of 252 against 252, 756 and 2,250), they leave out the truth in

    change            2 to 6 % of worlds of constant correlation (8 % in the hardest)
    correlation part  2 to 5 % of worlds of constant beta and own variance, which the adjustment assumes;
                      3 to 25 % of those of constant correlation, which it does not: see LIMITATIONS.md
    clock             2 to 4 % of either

The volatility part has none: it is the arithmetic of an assumption, and no world has it at zero.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from unlockstep.signals import DecouplingPart, Market, SignalCache
from unlockstep.signals.correlation import false_decoupling_rate
from unlockstep.signals.decoupling import PARTS, adjusted, later, torn
from unlockstep.signals.errors import HistoryError
from unlockstep.signals.long_run import long_run_variance
from unlockstep.signals.market import Floats
from unlockstep.signals.resolution import RESOLUTION
from unlockstep.signals.rolling import pearson, slope
from unlockstep.signals.yoy import yoy_growth

WINDOW, REFERENCE = 90, 252
HORIZONS = (1, 2, 5)
CRITICAL, LAG = 2.4, 5
FEWEST = 60
"""Sessions under which a period is not judged."""


@dataclass(frozen=True)
class Span:
    """The returns that end in the sessions numbered `first` to `last`; number 0 has none, number 1 none before it."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if self.first < 2 or self.last - self.first + 1 < FEWEST:
            raise HistoryError(
                f"A period of sessions number {self.first} to {self.last} cannot be taken apart: it needs at "
                f"least {FEWEST} sessions, and two before it",
                limit=FEWEST,
                remedy="choose longer or later periods",
            )


@dataclass(frozen=True)
class Estimate:
    """A difference of correlations and its 95 % interval."""

    estimate: float
    ci: tuple[float, float]


@dataclass(frozen=True)
class Period:
    """First and last session of a span, YYYY-MM-DD, and its number of sessions."""

    first: str
    last: str
    sessions: int


@dataclass(frozen=True)
class Decomposition:
    """The change of the return correlation between two periods.

    before, now: raw correlations of daily returns. change: now less before, the sum of correlation, volatility and
    clock. variance_ratio: of the equity leg, recent to reference. overlapping: sessions of a return → its correlation
    (before, now). level_correlation, false_decoupling: of the recent period, and how often such returns show it or less
    by chance. yoy: ticker → growth over the year to the end of the recent period. NaN where a leg does not vary, and
    where the history is too short.
    """

    reference: Period
    recent: Period
    before: float
    now: float
    change: Estimate
    correlation: Estimate
    volatility: float
    clock: Estimate
    variance_ratio: float
    overlapping: dict[str, tuple[float, float]]
    level_correlation: float
    false_decoupling: float
    yoy: dict[str, float]


@dataclass(frozen=True, eq=False)
class _Moments:
    """Estimates in one period, and their influence functions, length n, mean zero."""

    raw: float
    synchronised: float
    variance: float
    of_raw: Floats
    of_synchronised: Floats
    of_variance: Floats
    """Of its logarithm."""


def span_between(market: Market, first: str | pd.Timestamp, last: str | pd.Timestamp) -> Span:
    """The sessions from one date to another, both included. Raises HistoryError where they are too few."""
    start = int(market.sessions.searchsorted(pd.Timestamp(first), side="left"))
    return Span(max(start, 2), int(market.sessions.searchsorted(pd.Timestamp(last), side="right")) - 1)


def latest(market: Market, window: int = WINDOW, reference: int = REFERENCE) -> tuple[Span, Span]:
    """(reference, recent): the market's last `window` sessions and the `reference` sessions before them.

    Raises HistoryError where the market is too short.
    """
    end = len(market.sessions) - 1
    return Span(end - window - reference + 1, end - window), Span(end - window + 1, end)


def decompose(market: Market, reference: Span, recent: Span) -> Decomposition:
    """The change of the return correlation from one period to the other; see the module's docstring."""
    then, now = _moments(market, reference), _moments(market, recent)
    ratio = now.variance / then.variance if min(then.variance, now.variance) > RESOLUTION**2 else float("nan")
    level = float(adjusted(np.array(now.synchronised), np.array(ratio)))
    # derivatives of A by S and by the logarithm of the variance ratio
    bend = (1.0 + (ratio - 1.0) * (1.0 - now.synchronised**2)) ** -1.5
    by_s = ratio * bend
    by_ratio = -ratio * now.synchronised * (1.0 - now.synchronised**2) * bend / 2.0
    levels = _level_correlation(market, recent)
    return Decomposition(
        reference=_period(market, reference),
        recent=_period(market, recent),
        before=then.raw,
        now=now.raw,
        change=_estimate(now.raw - then.raw, now.of_raw, then.of_raw),
        correlation=_estimate(
            level - then.synchronised,
            by_s * now.of_synchronised + by_ratio * now.of_variance,
            then.of_synchronised + by_ratio * then.of_variance,
        ),
        volatility=now.synchronised - level,
        clock=_estimate(
            (now.raw - now.synchronised) - (then.raw - then.synchronised),
            now.of_raw - now.of_synchronised,
            then.of_raw - then.of_synchronised,
        ),
        variance_ratio=ratio,
        overlapping={str(h): (_overlapping(market, reference, h), _overlapping(market, recent, h)) for h in HORIZONS},
        level_correlation=levels,
        false_decoupling=float(false_decoupling_rate(np.array(now.raw), np.array(levels))),
        yoy={leg.ticker: float(yoy_growth(leg.close, market.sessions)[recent.last]) for leg in market.pair_legs},
    )


def decompose_years(market: Market) -> list[Decomposition]:
    """Each calendar year against all sessions of the market before it; years without enough of either are left out."""
    decompositions = []
    years = market.sessions.year.to_numpy()
    for year in np.unique(years):
        sessions = np.flatnonzero(years == year)
        first = max(int(sessions[0]), 2)
        if first - 2 >= FEWEST and sessions[-1] - first + 1 >= FEWEST:
            decompositions.append(decompose(market, Span(2, first - 1), Span(first, int(sessions[-1]))))
    return decompositions


def part_frame(signal_cache: SignalCache, window: int = WINDOW, reference: int = REFERENCE) -> pd.DataFrame:
    """T x (change, correlation, volatility, clock), session by session: the last `window` sessions against the
    `reference` sessions before. Causal; NaN while the history is too short.
    """
    parts = {p: signal_cache.values(DecouplingPart(window=window, reference=reference, part=p)) for p in PARTS}
    total = parts["correlation"] + parts["volatility"] + parts["clock"]
    frame = pd.DataFrame(parts, index=signal_cache.market.sessions)
    frame.insert(0, "change", total)
    return frame


def _moments(market: Market, span: Span) -> _Moments:
    returns = market.log_returns.to_numpy()[span.first - 1 : span.last + 1]
    apart, early, beside, late = torn(returns, later(market)[span.first - 1 : span.last + 1])
    pair = returns[1:]
    raw = float(pearson(pair[None, :, 0], pair[None, :, 1])[0])
    deviation = pair.std(axis=0)
    if not np.isfinite(raw):
        nothing = np.full(len(pair), np.nan)
        return _Moments(raw, raw, float(deviation[1] ** 2), nothing, nothing, nothing)
    u = (pair - pair.mean(axis=0)) / deviation
    loading = slope(early[None], beside[None])[0]
    early, beside, late = (x - x.mean() for x in (early, beside, late))
    across = (early - loading * beside) * late * apart / deviation.prod()
    synchronised = float(np.clip(raw + across.mean(), -1.0, 1.0))
    product, size = u[:, 0] * u[:, 1], (u * u).sum(axis=1) / 2.0
    put_back = product + across - (raw + across.mean()) * size
    return _Moments(
        raw, synchronised, float(pair[:, 1].var(ddof=1)), product - raw * size, put_back, u[:, 1] ** 2 - 1.0
    )


def _estimate(value: float, *influences: Floats) -> Estimate:
    """Value ± CRITICAL standard errors, from the influence functions of independent periods."""
    half = CRITICAL * float(np.sqrt(sum(long_run_variance(x, LAG) / len(x) for x in influences)))
    return Estimate(value, (value - half, value + half))


def _overlapping(market: Market, span: Span, horizon: int) -> float:
    """Correlation of returns over `horizon` sessions, one ending in each session of the period that has one."""
    if span.first < horizon:
        return (
            _overlapping(market, Span(horizon, span.last), horizon) if span.last - horizon >= FEWEST else float("nan")
        )
    logs = np.log(market.close.to_numpy())[span.first - horizon : span.last + 1]
    moves = logs[horizon:] - logs[:-horizon]
    return float(pearson(moves[None, :, 0], moves[None, :, 1])[0])


def _level_correlation(market: Market, span: Span) -> float:
    close = market.close.to_numpy()[span.first : span.last + 1]
    return float(pearson(close[None, :, 0], close[None, :, 1])[0])


def _period(market: Market, span: Span) -> Period:
    first, last = (str(market.sessions[i].date()) for i in (span.first, span.last))
    return Period(first, last, span.last - span.first + 1)
