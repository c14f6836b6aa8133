"""Families that attack the verdict: what `attack_rules` hold, one variant and twenty, and fifty near-copies."""

from collections.abc import Iterable

from unlockstep.backtests.calibration.attack_rules import (
    AgainstTheMove,
    BuyTheDip,
    Calendar,
    Extreme,
    InCalm,
    RideTheTrend,
    Stretches,
)
from unlockstep.backtests.calibration.families import FAMILIES, FREE, Family
from unlockstep.backtests.config.study import Study
from unlockstep.strategies.derisk import Derisk
from unlockstep.strategies.strategy import Strategy


def _family(name: str, about: str, strategies: Iterable[Strategy]) -> Family:
    return Family(name, about, Study(strategies=list(strategies), costs=FREE))


_WINDOWS = (60, 120, 180, 250, 380)

ATTACK_FAMILIES = {
    family.name: family
    for family in (
        _family("dip", "buys a fall of 40 % from the high", [BuyTheDip()]),
        _family(
            "20 dips",
            "5 windows, 4 depths",
            [BuyTheDip(window=w, depth=d) for w in _WINDOWS for d in (0.2, 0.3, 0.4, 0.5)],
        ),
        _family("contrarian", "a weight that falls with the past return", [AgainstTheMove()]),
        _family(
            "20 contrarians",
            "5 windows, 4 gains",
            [AgainstTheMove(window=w, gain=g) for w in (10, 20, 60, 120, 250) for g in (0.25, 0.5, 1.0, 2.0)],
        ),
        _family("calm", "in when calm", [InCalm()]),
        _family(
            "20 calms",
            "4 windows, 5 ratios",
            [InCalm(window=w, below=b) for w in (20, 40, 60, 90) for b in (0.7, 0.8, 0.9, 1.0, 1.1)],
        ),
        _family("trend", "12-month trend", [RideTheTrend()]),
        _family("20 trends", "20 windows, 120 to 348 sessions", [RideTheTrend(window=w) for w in range(120, 360, 12)]),
        _family("2 % exposed", "in after a rare fall", [Extreme()]),
        _family("98 % exposed", "out after a rare fall", [Extreme(out=True)]),
        _family(
            "20 extremes",
            "in and out, 5 windows, 2 falls",
            [Extreme(window=w, move=m, out=o) for w in (10, 15, 20, 30, 60) for m in (1.5, 2.0) for o in (False, True)],
        ),
        _family("weekday", "in on Mondays", [Calendar()]),
        _family("20 weekdays", "20 sets of weekdays", [Calendar(days=d) for d in range(1, 21)]),
        *(
            _family(f"{n} stretches", f"{n} stretches of the calendar", [Stretches(count=n)])
            for n in (1, 2, 3, 7, 10, 15)
        ),
        _family(
            "20 stretches",
            "1 to 4 stretches, 5 beginnings",
            [Stretches(count=n, offset=o) for n in (1, 2, 3, 4) for o in (0.0, 0.2, 0.4, 0.6, 0.8)],
        ),
        _family(
            "50 copies",
            "derisk, 50 thresholds close together",
            [Derisk(decouple_below=0.1 + 0.002 * i) for i in range(50)],
        ),
    )
}
"""Name → family."""

ALL_FAMILIES = {**FAMILIES, **ATTACK_FAMILIES}
"""Every family that can be asked for by name."""
