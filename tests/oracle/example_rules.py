"""The rules of `examples/` once more, by hand: a loop over bars each, with numbers of Python alone.

Each answers what is wanted after each session, a share for each leg, or None where there is no view or no change.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import log, sqrt

from tests.oracle.accounting import ByLeg

Wanted = list[ByLeg | None]


@dataclass(frozen=True)
class Bars:
    """T bars of one leg."""

    high: Sequence[float]
    low: Sequence[float]
    close: Sequence[float]
    volume: Sequence[float]


@dataclass(frozen=True)
class History:
    """T sessions.

    legs: crypto and equity first.  vix: as it is known at each decision.  coupled: whether a detector, which has tests
    of its own, says so; None where it does not know.
    """

    days: Sequence[date]
    legs: Sequence[Bars]
    vix: Sequence[float]
    coupled: Sequence[bool | None]

    @property
    def crypto(self) -> Bars:
        return self.legs[0]

    @property
    def equity(self) -> Bars:
        return self.legs[1]


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def deviation(values: Sequence[float]) -> float:
    centre = mean(values)
    return sqrt(sum((value - centre) ** 2 for value in values) / (len(values) - 1))


def breakout(h: History) -> Wanted:
    wanted: Wanted = []
    inside = False
    bars = h.crypto
    for t, close in enumerate(bars.close):
        if t >= 27 and close < min(bars.low[t - 27 : t]):
            inside = False
        elif t >= 55 and close > max(bars.high[t - 55 : t]):
            inside = True
        wanted.append((1.0 if inside else 0.0, 0.0) if t >= 55 else None)
    return wanted


def drawdown_exit(h: History) -> Wanted:
    wanted: Wanted = []
    best, out = 0.0, False
    close = h.equity.close
    for t in range(len(close)):
        if t < 126:
            wanted.append(None)
            continue
        if close[t] <= close[t - 126]:
            best, out = 0.0, False
            wanted.append((0.0, 0.0))
            continue
        best = max(best, close[t])
        out = out or close[t] <= best * 0.92
        wanted.append((0.0, 0.0 if out else 1.0))
    return wanted


def pairs_zscore(h: History) -> Wanted:
    wanted: Wanted = []
    ratio = [one / other for one, other in zip(h.crypto.close, h.equity.close, strict=True)]
    side, entered, stopped = 0, 0.0, False
    for t, now in enumerate(ratio):
        if t >= 59:
            window = ratio[t - 59 : t + 1]
            z = (now - mean(window)) / deviation(window)
            before = side
            if (side == 1 and z > 0) or (side == -1 and z < 0):
                side = 0
            if z < -2:
                side = 1
            elif z > 2:
                side = -1
            if side != before:
                entered, stopped = now, False
            stopped = stopped or (side != 0 and side * (now / entered - 1) <= -0.2)
        share = 0.0 if stopped else side / 2
        wanted.append((share, -share) if t >= 60 else None)
    return wanted


def rsi_reversal(h: History) -> Wanted:
    wanted: Wanted = []
    close, left = h.equity.close, 0
    for t in range(len(close)):
        if t >= 14:
            moves = [close[i] - close[i - 1] for i in range(t - 13, t + 1)]
            up, down = sum(m for m in moves if m > 0), -sum(m for m in moves if m < 0)
            left = 10 if 100 * up / (up + down) < 30 else max(left - 1, 0)
        wanted.append((0.0, 1.0 if left else 0.0) if t >= 24 else None)
    return wanted


def turn_of_month(h: History) -> Wanted:
    wanted: Wanted = []
    for day in h.days:
        earned = next_weekday(next_weekday(day))
        first, weekdays = earned.replace(day=1), 0
        while first <= earned:
            weekdays += first.weekday() < 5
            first += timedelta(days=1)
        last = next_weekday(earned).month != earned.month
        wanted.append((0.0, 1.0 if weekdays <= 3 or last else 0.0))
    return wanted


def next_weekday(day: date) -> date:
    day += timedelta(days=1)
    return day if day.weekday() < 5 else next_weekday(day)


def vix_filter(h: History) -> Wanted:
    return [(0.0, 1.0 if vix < 25 else 0.0) for vix in h.vix]


def volatility_trend(h: History) -> Wanted:
    wanted: Wanted = []
    close, share = h.crypto.close, 0.0
    for t in range(len(close)):
        if t < 60:
            wanted.append(None)
            continue
        returns = [log(close[i] / close[i - 1]) for i in range(t - 59, t + 1)]
        sized = min(0.2 / (deviation(returns) * sqrt(252)), 1.0) if t >= 126 and close[t] > close[t - 126] else 0.0
        if sized == 0.0 or share == 0.0 or abs(sized - share) > 0.05:
            share = sized
        wanted.append((share, 0.0) if t >= 126 else None)
    return wanted


def volume_filter(h: History) -> Wanted:
    wanted: Wanted = []
    close, volume = h.equity.close, h.equity.volume
    for t in range(len(close)):
        if t < 126:
            wanted.append(None)
            continue
        busy = mean(volume[t - 20 : t + 1]) > mean(volume[t - 125 : t + 1])
        wanted.append((0.0, 1.0 if busy and close[t] > close[t - 126] else 0.0))
    return wanted


def weekend_effect(h: History) -> Wanted:
    return [(1.0 if day.strftime("%A") == "Thursday" else 0.0, 0.0) for day in h.days]


def while_coupled(h: History) -> Wanted:
    wanted: Wanted = []
    inside, out_since = False, 21
    for coupled in h.coupled:
        if coupled is None:
            wanted.append(None)
            continue
        if inside and not coupled:
            inside, out_since = False, 0
        elif not inside and coupled and out_since >= 21:
            inside = True
        out_since += 1
        wanted.append((1.0 if inside else 0.0, 0.0))
    return wanted


def dual_momentum(h: History) -> Wanted:
    wanted: Wanted = []
    for t, day in enumerate(h.days):
        if t < 252 or day.month == h.days[t - 1].month:
            wanted.append(None)
            continue
        risen = [bars.close[t] / bars.close[t - 252] for bars in h.legs]
        wanted.append(tuple(1.0 if rise == max(risen) and rise > 1.0 else 0.0 for rise in risen))
    return wanted


def risk_parity(h: History) -> Wanted:
    wanted: Wanted = []
    for t, day in enumerate(h.days):
        if t < 60 or day.month == h.days[t - 1].month:
            wanted.append(None)
            continue
        inverse = [
            1.0 / deviation([log(bars.close[i] / bars.close[i - 1]) for i in range(t - 59, t + 1)]) for bars in h.legs
        ]
        wanted.append(tuple(each / sum(inverse) for each in inverse))
    return wanted


RULES: tuple[Callable[[History], Wanted], ...] = (
    breakout,
    drawdown_exit,
    pairs_zscore,
    rsi_reversal,
    turn_of_month,
    vix_filter,
    volatility_trend,
    volume_filter,
    weekend_effect,
    while_coupled,
)
"""Of pairs, each named as its file in `examples/`."""

ALLOCATIONS: tuple[Callable[[History], Wanted], ...] = (dual_momentum, risk_parity)
"""The same, of more legs."""


def decisions(wanted: Wanted, days: Sequence[date]) -> dict[int, ByLeg]:
    """Session → what is decided: a change, and for a mix, which drifts, the first session of each month too."""
    taken: dict[int, ByLeg] = {}
    before: ByLeg | None = None
    for t, shares in enumerate(wanted):
        if shares is None:
            continue
        mix = any(share not in (0.0, 1.0) for share in shares)
        if shares != before or (mix and days[t].month != days[t - 1].month):
            taken[t] = shares
        before = shares
    return taken
